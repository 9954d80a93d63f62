//! Peak functions by name: sums of shapes with their public parameters.

use germane_texts::{Diagnostic, nearest};

use crate::density::{Argument, ComponentSpec, DensityChannel, DensityModel, DensitySpec, Observations, ShapeSpec};
use crate::likelihood::Parameter;

/// A peak, a background, or their sum.
///
/// ```
/// use germane_models::peaks::PeakFunction;
/// let peak = PeakFunction::GaussOnUniform;
/// assert_eq!(peak.parameters(), ["x_lo", "x_hi", "n_sig", "mu", "sigma", "n_bkg"]);
/// // 200 background events on 20 keV; the signal is far away.
/// let density = peak.pdf(&[91.0], &[90.0, 110.0, 50.0, 105.0, 0.5, 200.0]);
/// assert!((density[0] - 10.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeakFunction {
    /// Gaussian of unit area.
    Gaussian,
    /// Gaussian convolved with an exponential, unit area; tail at low x for tau > 0.
    Exgauss,
    /// (1 - htail) Gaussian + htail exgauss, unit area.
    GaussOnExgauss,
    /// 1 + hstep erf(z/√2), normalised on the window.
    Step,
    /// Constant on the window.
    Uniform,
    /// m x + b, normalised on the window.
    Linear,
    /// e^(c x), normalised on the window.
    Exponential,
    /// Gaussian on a step.
    GaussOnStep,
    /// Gaussian on a constant.
    GaussOnUniform,
    /// Gaussian on a straight line.
    GaussOnLinear,
    /// Gaussian on an exponential.
    GaussOnExponential,
    /// Gaussian with a tail on a step.
    HpgePeak,
}

/// A component: parameter of its yield (none: 1), shape, and the parameter of each argument of the shape. Components on the
/// whole line are signals, those in the window backgrounds.
struct Part {
    signal: bool,
    yields: Option<&'static str>,
    shape: &'static str,
    arguments: &'static [(&'static str, &'static str)],
}

/// A function with its parameters.
struct Definition {
    name: &'static str,
    parameters: &'static [&'static str],
    parts: &'static [Part],
}

const fn signal(shape: &'static str, arguments: &'static [(&'static str, &'static str)]) -> Part {
    Part { signal: true, yields: None, shape, arguments }
}

const fn background(shape: &'static str, arguments: &'static [(&'static str, &'static str)]) -> Part {
    Part { signal: false, yields: None, shape, arguments }
}

const fn counted(part: Part) -> Part {
    let yields = if part.signal { "n_sig" } else { "n_bkg" };
    Part { signal: part.signal, yields: Some(yields), shape: part.shape, arguments: part.arguments }
}

const GAUSSIAN: Part = signal("gaussian", &[("mean", "mu"), ("sigma", "sigma")]);
const EXGAUSS: Part = signal("exgauss", &[("mean", "mu"), ("sigma", "sigma"), ("tau", "tau")]);
const TAILED: Part = signal("gauss_on_exgauss", &[("mean", "mu"), ("sigma", "sigma"), ("htail", "htail"), ("tau", "tau")]);
const STEP: Part = background("step", &[("mean", "mu"), ("sigma", "sigma"), ("hstep", "hstep")]);
const UNIFORM: Part = background("uniform", &[]);
const LINEAR: Part = background("linear", &[("slope", "m"), ("intercept", "b")]);
const EXPONENTIAL: Part = background("exponential", &[("c", "c")]);

/// In the order of [`PeakFunction::ALL`].
static DEFINITIONS: [Definition; 12] = [
    Definition { name: "gaussian", parameters: &["mu", "sigma"], parts: &[GAUSSIAN] },
    Definition { name: "exgauss", parameters: &["mu", "sigma", "tau"], parts: &[EXGAUSS] },
    Definition { name: "gauss_on_exgauss", parameters: &["mu", "sigma", "htail", "tau"], parts: &[TAILED] },
    Definition { name: "step", parameters: &["x_lo", "x_hi", "mu", "sigma", "hstep"], parts: &[STEP] },
    Definition { name: "uniform", parameters: &["x_lo", "x_hi"], parts: &[UNIFORM] },
    Definition { name: "linear", parameters: &["x_lo", "x_hi", "m", "b"], parts: &[LINEAR] },
    Definition { name: "exponential", parameters: &["x_lo", "x_hi", "c"], parts: &[EXPONENTIAL] },
    Definition {
        name: "gauss_on_step",
        parameters: &["x_lo", "x_hi", "n_sig", "mu", "sigma", "n_bkg", "hstep"],
        parts: &[counted(GAUSSIAN), counted(STEP)],
    },
    Definition {
        name: "gauss_on_uniform",
        parameters: &["x_lo", "x_hi", "n_sig", "mu", "sigma", "n_bkg"],
        parts: &[counted(GAUSSIAN), counted(UNIFORM)],
    },
    Definition {
        name: "gauss_on_linear",
        parameters: &["x_lo", "x_hi", "n_sig", "mu", "sigma", "n_bkg", "m", "b"],
        parts: &[counted(GAUSSIAN), counted(LINEAR)],
    },
    Definition {
        name: "gauss_on_exponential",
        parameters: &["x_lo", "x_hi", "n_sig", "mu", "sigma", "n_bkg", "c"],
        parts: &[counted(GAUSSIAN), counted(EXPONENTIAL)],
    },
    Definition {
        name: "hpge_peak",
        parameters: &["x_lo", "x_hi", "n_sig", "mu", "sigma", "htail", "tau", "n_bkg", "hstep"],
        parts: &[counted(TAILED), counted(STEP)],
    },
];

impl PeakFunction {
    /// All functions.
    pub const ALL: [Self; 12] = [
        Self::Gaussian,
        Self::Exgauss,
        Self::GaussOnExgauss,
        Self::Step,
        Self::Uniform,
        Self::Linear,
        Self::Exponential,
        Self::GaussOnStep,
        Self::GaussOnUniform,
        Self::GaussOnLinear,
        Self::GaussOnExponential,
        Self::HpgePeak,
    ];

    fn definition(self) -> &'static Definition {
        &DEFINITIONS[self as usize]
    }

    /// Name, as in the documents.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The function of a name.
    ///
    /// # Errors
    /// A diagnostic with the nearest name.
    pub fn named(name: &str) -> Result<Self, Diagnostic> {
        let names = || Self::ALL.into_iter().map(Self::name);
        Self::ALL.into_iter().find(|function| function.name() == name).ok_or_else(|| {
            let problem = Diagnostic::new("name", format!("no peak function `{name}`"));
            match nearest(name, names()) {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("one of {}", names().collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// Names of the parameters in their order; `x_lo` and `x_hi` are the ends of the window.
    pub fn parameters(self) -> &'static [&'static str] {
        self.definition().parameters
    }

    /// Whether it has a background, and therefore a window.
    pub fn has_window(self) -> bool {
        self.parameters()[0] == "x_lo"
    }

    /// The density for a model whose channel has the window as its range; its parameters are those of the function without
    /// `x_lo` and `x_hi`. The components are called `signal` and `background`.
    pub fn specification(self) -> DensitySpec {
        let component = |part: &Part| {
            let yields = part.yields.map_or(Argument::Constant(1.0), Argument::parameter);
            let arguments = part.arguments.iter().map(|(name, from)| (*name, Argument::parameter(*from)));
            let shape = ShapeSpec::new(part.shape, arguments);
            let named = |name: &str| ComponentSpec::new(name, yields, shape);
            if part.signal { named("signal").on_the_line() } else { named("background") }
        };
        DensitySpec { components: self.definition().parts.iter().map(component).collect() }
    }

    /// Density at the points `xs`, events per unit of x (of unit area for functions without yields); a background is 0 outside
    /// the window. NaN where the parameters have no density.
    ///
    /// # Panics
    /// If there are not as many `parameters` as [`PeakFunction::parameters`].
    pub fn pdf(self, xs: &[f64], parameters: &[f64]) -> Vec<f64> {
        self.evaluate(xs, parameters, |model, component, x, values| model.curve(0, Some(component), &[x], values)[0])
    }

    /// Cumulated density at the points `xs`: signals from minus infinity, backgrounds from `x_lo` and not beyond `x_hi`.
    ///
    /// # Panics
    /// As [`PeakFunction::pdf`].
    pub fn cdf(self, xs: &[f64], parameters: &[f64]) -> Vec<f64> {
        let Some((model, values)) = self.model(parameters) else { return vec![f64::NAN; xs.len()] };
        model.cumulated(0, None, xs, values)
    }

    /// Derivatives of the density at `x` in all parameters, in their order; of those of a background 0 outside the window.
    ///
    /// # Panics
    /// As [`PeakFunction::pdf`].
    pub fn gradient(self, x: f64, parameters: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; parameters.len()];
        let Some((model, values)) = self.model(parameters) else { return out };
        out.fill(0.0);
        let first = parameters.len() - values.len();
        for (component, part) in self.definition().parts.iter().enumerate() {
            if !part.signal && !inside(&model, x) {
                continue;
            }
            let slopes = model.curve_gradient(0, Some(component), x, values);
            for (sum, slope) in out[first..].iter_mut().zip(slopes) {
                *sum += slope;
            }
            if !part.signal {
                // The integral over the window, by which the density is divided, grows with its ends.
                let (low, high) = model.range(0);
                let heights = model.curve(0, Some(component), &[x, low, high], values);
                let total = model.bin_integrals(0, Some(component), &[low, high], values)[0];
                out[0] += heights[0] * heights[1] / total;
                out[1] -= heights[0] * heights[2] / total;
            }
        }
        out
    }

    fn evaluate(self, xs: &[f64], all: &[f64], at: impl Fn(&DensityModel, usize, f64, &[f64]) -> f64) -> Vec<f64> {
        let Some((model, values)) = self.model(all) else { return vec![f64::NAN; xs.len()] };
        let parts = self.definition().parts;
        let sum = |x: f64| {
            let there = parts.iter().enumerate().filter(|(_, part)| part.signal || inside(&model, x));
            there.map(|(component, _)| at(&model, component, x, values)).sum()
        };
        xs.iter().map(|&x| sum(x)).collect()
    }

    /// A model without events, and the values of its parameters; none where the window or the parameters are not finite.
    fn model(self, parameters: &[f64]) -> Option<(DensityModel, &[f64])> {
        let names = self.parameters();
        assert_eq!(parameters.len(), names.len(), "{} has the parameters {}", self.name(), names.join(", "));
        let first = if self.has_window() { 2 } else { 0 };
        let (low, high) = if self.has_window() { (parameters[0], parameters[1]) } else { (0.0, 1.0) };
        let known = names[first..].iter().map(|name| Parameter::new(*name, 0.0)).collect();
        let observations = Observations::Events { low, high, values: Vec::new() };
        let channel = DensityChannel { name: self.name().to_owned(), density: self.specification(), observations };
        let values = &parameters[first..];
        let model = DensityModel::new(known, vec![channel]).ok()?;
        values.iter().all(|value| value.is_finite()).then_some((model, values))
    }
}

fn inside(model: &DensityModel, x: f64) -> bool {
    let (low, high) = model.range(0);
    (low..=high).contains(&x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_has_its_own_definition() {
        for (index, function) in PeakFunction::ALL.into_iter().enumerate() {
            assert_eq!(function as usize, index);
            assert_eq!(PeakFunction::named(function.name()).unwrap(), function);
            let arguments = function.definition().parts.iter().flat_map(|part| part.arguments.iter().map(|(_, name)| *name));
            let yields = function.definition().parts.iter().filter_map(|part| part.yields);
            let mut used: Vec<&str> = arguments.chain(yields).collect();
            used.sort_unstable();
            used.dedup();
            let mut named = function.parameters()[if function.has_window() { 2 } else { 0 }..].to_vec();
            named.sort_unstable();
            assert_eq!(used, named, "{}", function.name());
        }
        assert_eq!(PeakFunction::named("hpge_pek").unwrap_err().nearest.as_deref(), Some("hpge_peak"));
    }
}
