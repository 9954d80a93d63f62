//! Fits of single peaks: extended unbinned likelihood of a peak function in a window.

use germane_models::density::{DensityChannel, DensityModel, Observations};
use germane_models::peaks::{Measured, PeakFunction, Signal};
use germane_models::{Likelihood, Parameter};
use germane_numerics::{maths, special};
use serde::Serialize;

use crate::fit::{Fit, Goodness, number};
use crate::least_squares;
use crate::minimise::{Options, minimise};

/// A number with its standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    #[serde(serialize_with = "number")]
    pub value: f64,
    /// Its standard deviation.
    #[serde(serialize_with = "number")]
    pub error: f64,
}

/// Where a fit of a peak starts: what is known of it from a look at the spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeakStart {
    /// Position.
    pub mu: f64,
    /// Standard deviation, sigma₀ of the bounds.
    pub sigma: f64,
}

/// A fitted peak.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PeakFit {
    /// Name of the peak function.
    pub function: &'static str,
    /// Ends of the window: `x_lo` and `x_hi`, which are no parameters of the fit.
    pub window: [f64; 2],
    /// Position of the maximum of the signal, without the background; none if the fit is not valid.
    pub mode: Option<Estimate>,
    /// Full width of the signal at half of its maximum; none if the fit is not valid.
    pub fwhm: Option<Estimate>,
    /// Likelihood ratio of Poisson counts in bins against the fitted function.
    pub goodness: Option<Goodness>,
    /// The fit: parameters, covariance, certificate.
    pub fit: Fit,
}

/// Fits a peak function to the events inside a window (its upper end does not belong to it). -ln L is
/// n_sig (S(hi) - S(lo)) + n_bkg - Σ ln f(x_i) + ln N!, with the signal normalised on the whole line and the background in the
/// window.
///
/// Bounds: htail in [0, 0.5], tau in [0.1, 5] sigma₀, sigma up to half of the window, hstep in [-1, 1], yields not negative,
/// mu inside the window. Errors come from the inverse Hessian, those of mode and width from it and their exact derivatives. The
/// fit's own answer says whether it is valid.
///
/// # Panics
/// If the function has no peak, or the window is none.
pub fn fit_peak(function: PeakFunction, values: &[f64], window: [f64; 2], start: PeakStart) -> PeakFit {
    let inside = values.iter().copied().filter(|value| (window[0]..window[1]).contains(value)).collect();
    fit_inside(function, inside, window, start)
}

/// The same for values that are all inside the window.
pub(crate) fn fit_inside(function: PeakFunction, values: Vec<f64>, window: [f64; 2], start: PeakStart) -> PeakFit {
    let counts = Binned::new(&values, window, start.sigma);
    let parameters = parameters(function, &values, window, start);
    let rough = model(function, parameters.clone(), counts.observations());
    let rough = minimise(&rough, &Options { edm: 1e-4, iterations: 60, ..Options::default() });
    let mut options = Options { edm: 1e-10, alone: true, ..Options::default() };
    if rough.is_valid() {
        options.start = Some(rough.values());
    }
    let [low, high] = window;
    let model = model(function, parameters, Observations::Events { low, high, values });
    let fit = minimise(&model, &options);
    let signal = signal(&fit);
    let estimate = |measured: Option<Measured>| {
        let measured = measured.filter(|_| fit.is_valid())?;
        Some(Estimate { value: measured.value, error: spread(&fit, &measured.gradient) })
    };
    PeakFit {
        function: function.name(),
        window,
        mode: estimate(signal.mode()),
        fwhm: estimate(signal.full_width(0.5)),
        goodness: fit.is_valid().then(|| counts.goodness(&model, &fit)),
        fit,
    }
}

impl PeakFit {
    /// Value of a parameter; NaN if the function has none of that name.
    pub fn value(&self, name: &str) -> f64 {
        self.fit.parameter(name).map_or(f64::NAN, |parameter| parameter.value)
    }

    /// Standard deviation of a parameter, if it has one.
    pub fn error(&self, name: &str) -> Option<f64> {
        self.fit.parameter(name).and_then(|parameter| parameter.error)
    }

    /// Values of all parameters of the peak function in its order, `x_lo` and `x_hi` included.
    pub fn all_parameters(&self) -> Vec<f64> {
        [self.window.to_vec(), self.fit.values()].concat()
    }
}

fn model(function: PeakFunction, parameters: Vec<Parameter>, observations: Observations) -> DensityModel {
    let channel = DensityChannel { name: "window".to_owned(), density: function.specification(), observations };
    match DensityModel::new(parameters, vec![channel]) {
        Ok(model) => model,
        Err(mistakes) => panic!("invariant: the parameters of a peak function are its own: {mistakes:?}"),
    }
}

/// Parameters with bounds, started from what the sides of the window say of the background.
fn parameters(function: PeakFunction, values: &[f64], window: [f64; 2], start: PeakStart) -> Vec<Parameter> {
    assert!(function.parameters().contains(&"n_sig"), "{} has no peak", function.name());
    let [low, high] = window;
    let (width, total) = (high - low, values.len() as f64);
    let half = 0.5 * width;
    let sigma = start.sigma.clamp(1e-3 * width, half);
    let mu = if start.mu > low && start.mu < high { start.mu } else { 0.5 * (low + high) };
    let side = |from: f64, to: f64| {
        let count = values.iter().filter(|value| (from..to).contains(*value)).count() as f64;
        (to > from).then(|| count / (to - from))
    };
    let reach = (4.0 * sigma).min(0.4 * width);
    let (left, right) = match (side(low, mu - reach), side(mu + reach, high)) {
        (Some(left), Some(right)) => (left, right),
        (Some(one), None) | (None, Some(one)) => (one, one),
        (None, None) => (0.0, 0.0),
    };
    let background = (0.5 * (left + right) * width).clamp(0.02 * total + 1.0, 0.98 * total + 2.0);
    let step = if left + right > 0.0 { ((right - left) / (right + left)).clamp(-0.8, 0.8) } else { 0.0 };
    let most = 2.0 * total + 10.0;
    let parameter = |name: &str| match name {
        "n_sig" => Parameter::new(name, (total - background).max(0.02 * total + 1.0)).within(0.0, most),
        "n_bkg" => Parameter::new(name, background).within(0.0, most),
        "mu" => Parameter::new(name, mu).within(low, high),
        "sigma" => Parameter::new(name, sigma).within(1e-4 * width, half),
        "htail" => Parameter::new(name, 0.1).within(0.0, 0.5),
        "tau" => Parameter::new(name, sigma).within(0.1 * sigma, 5.0 * sigma),
        "hstep" => Parameter::new(name, step).within(-1.0, 1.0),
        // Of a line only the ratio of slope and intercept shows.
        "b" => Parameter::new(name, 1.0).fix(),
        _ => Parameter::new(name, 0.0),
    };
    function.parameters().iter().skip(2).map(|name| parameter(name)).collect()
}

/// The signal of a fitted function.
fn signal(fit: &Fit) -> Signal {
    let value = |name: &str| fit.parameter(name).map(|parameter| parameter.value);
    let mut signal = Signal::gaussian(value("mu").unwrap_or(f64::NAN), value("sigma").unwrap_or(f64::NAN));
    if let (Some(htail), Some(tau)) = (value("htail"), value("tau")) {
        (signal.htail, signal.tau) = (htail, tau);
    }
    signal
}

/// Standard deviation of a function of mu, sigma, htail, tau with that gradient.
fn spread(fit: &Fit, gradient: &[f64; 4]) -> f64 {
    let slope = |name: &String| {
        let place = ["mu", "sigma", "htail", "tau"].iter().position(|known| known == name);
        place.map_or(0.0, |index| gradient[index])
    };
    let slopes: Vec<f64> = fit.covariance.names.iter().map(slope).collect();
    least_squares::spread(&fit.covariance.values, &slopes)
}

/// Counts of a window in bins of about half a sigma.
struct Binned {
    edges: Vec<f64>,
    counts: Vec<f64>,
}

/// Fewest expected events of a bin that counts for the goodness of a fit.
const EXPECTED: f64 = 10.0;

impl Binned {
    fn new(values: &[f64], [low, high]: [f64; 2], sigma: f64) -> Self {
        let wanted = (high - low) / (0.5 * sigma);
        let bins = if wanted.is_finite() { (wanted as usize).clamp(20, 160) } else { 80 };
        let edge = |k: usize| if k == bins { high } else { low + (high - low) * (k as f64 / bins as f64) };
        let edges: Vec<f64> = (0..=bins).map(edge).collect();
        let mut counts = vec![0.0; bins];
        let scale = bins as f64 / (high - low);
        for value in values {
            counts[(((value - low) * scale) as usize).min(bins - 1)] += 1.0;
        }
        Self { edges, counts }
    }

    fn observations(&self) -> Observations {
        Observations::Counts { edges: self.edges.clone(), counts: self.counts.clone() }
    }

    /// Twice the likelihood ratio of Poisson counts, with bins joined until [`EXPECTED`] events are expected in each. The
    /// parameters maximise another likelihood (of the single events), so that p is a little small.
    fn goodness(&self, model: &DensityModel, fit: &Fit) -> Goodness {
        let expected = model.bin_integrals(0, None, &self.edges, &fit.values());
        let mut joined: Vec<[f64; 2]> = Vec::new();
        let mut open = [0.0; 2];
        for (count, mean) in self.counts.iter().zip(expected) {
            open = [open[0] + count, open[1] + mean];
            if open[1] >= EXPECTED {
                joined.push(std::mem::take(&mut open));
            }
        }
        match joined.last_mut() {
            Some(last) => *last = [last[0] + open[0], last[1] + open[1]],
            None => joined.push(open),
        }
        let term = |&[count, mean]: &[f64; 2]| {
            let part = if count > 0.0 { count * maths::ln(count / mean) } else { 0.0 };
            2.0 * (mean - count + part)
        };
        let statistic: f64 = joined.iter().map(term).sum();
        let free = model.parameters().iter().filter(|parameter| !parameter.fixed).count();
        let ndof = joined.len() as i64 - free as i64;
        let p = (ndof > 0).then(|| special::chi2_survival(statistic, ndof as f64));
        Goodness { kind: "poisson_likelihood_ratio_of_joined_bins".to_owned(), statistic, ndof, p }
    }
}
