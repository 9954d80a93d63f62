//! Position and widths of a signal, with their derivatives.

use crate::density::exgauss;
use crate::density::jet::Jet;

/// The signal of a germanium peak: (1 - htail) Gaussian + htail exgauss, without yield and step.
///
/// ```
/// use germane_models::peaks::Signal;
/// let width = Signal::gaussian(2614.5, 1.1).full_width(0.5).unwrap();
/// // 2 √(2 ln 2) sigma
/// assert!((width.value - 2.354_820_045_030_949 * 1.1).abs() < 1e-12);
/// assert!((width.gradient[1] - 2.354_820_045_030_949).abs() < 1e-10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signal {
    /// Mean of the Gaussian.
    pub mu: f64,
    /// Standard deviation of the Gaussian.
    pub sigma: f64,
    /// Part of the events in the tail.
    pub htail: f64,
    /// Length of the tail: at low x if positive, at high x if negative.
    pub tau: f64,
}

/// A number with its derivatives in mu, sigma, htail, tau.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its derivatives.
    pub gradient: [f64; 4],
}

/// How many sigma the maximum can be from the mean, towards the tail: it is where tail and Gaussian meet, which moves with the
/// logarithm of tau/sigma alone.
const REACH: f64 = 10.0;
/// Steps of the coarse search on a sigma.
const STEPS: f64 = 8.0;

impl Signal {
    /// A signal without tail.
    pub fn gaussian(mu: f64, sigma: f64) -> Self {
        Self { mu, sigma, htail: 0.0, tau: sigma }
    }

    /// Density at x, of unit area on the whole line.
    pub fn density(&self, x: f64) -> f64 {
        exgauss::signal(x - self.mu, &self.arguments())
    }

    /// Where the density is largest; none if the parameters have no density (sigma not positive, tau 0, htail outside [0, 1]).
    pub fn mode(&self) -> Option<Measured> {
        let at = self.top()?;
        // The slope vanishes at the mode whatever the parameters: its derivatives in them give those of the mode.
        let ladder = self.derivatives(at);
        let [_, curve] = exgauss::slopes(at, &self.arguments());
        let gradient = [1.0, -ladder.mixed[0] / curve, -ladder.mixed[1] / curve, -ladder.mixed[2] / curve];
        Some(Measured { value: self.mu + at, gradient })
    }

    /// Width at a fraction of the maximum, between the points on both sides that fall to it (0.5: full width at half maximum); none
    /// as for [`Signal::mode`], or if the fraction is not between 0 and 1.
    pub fn full_width(&self, fraction: f64) -> Option<Measured> {
        if !(fraction > 0.0 && fraction < 1.0) {
            return None;
        }
        let top = self.top()?;
        let height = fraction * exgauss::signal(top, &self.arguments());
        let ends = [-1.0, 1.0].map(|side| self.crossing(top, side, height));
        let [low, high] = [ends[0]?, ends[1]?];
        // density(end) = fraction density(top), where the top itself does not matter: its slope is 0.
        let over = self.derivatives(top).first;
        let motion = |end: f64| {
            let [slope, _] = exgauss::slopes(end, &self.arguments());
            let here = self.derivatives(end).first;
            [0, 1, 2].map(|k| -(here[k] - fraction * over[k]) / slope)
        };
        let (left, right) = (motion(low), motion(high));
        let gradient = [0.0, right[0] - left[0], right[1] - left[1], right[2] - left[2]];
        Some(Measured { value: high - low, gradient })
    }

    /// Arguments of the shape with the mean at 0, where differences are exact.
    fn arguments(&self) -> [f64; 4] {
        [0.0, self.sigma, self.htail, self.tau]
    }

    /// The mode minus mu.
    fn top(&self) -> Option<f64> {
        let Self { mu, sigma, htail, tau } = *self;
        let defined = sigma > 0.0 && sigma.is_finite() && mu.is_finite() && tau.is_finite() && tau != 0.0;
        if !(defined && (0.0..=1.0).contains(&htail)) {
            return None;
        }
        if htail == 0.0 {
            return Some(0.0);
        }
        let arguments = self.arguments();
        let (step, side) = (sigma / STEPS, -tau.signum());
        let point = |k: usize| side * step * k as f64;
        let count = (REACH * STEPS) as usize;
        let mut best = 0;
        for k in 1..=count {
            if exgauss::signal(point(k), &arguments) > exgauss::signal(point(best), &arguments) {
                best = k;
            }
        }
        let ends = [point(best) - step, point(best) + step];
        Some(bisected(ends, |x| exgauss::slopes(x, &arguments)))
    }

    /// Distance from mu of the first point on a side of the top at which the density has the height.
    fn crossing(&self, top: f64, side: f64, height: f64) -> Option<f64> {
        let arguments = self.arguments();
        let above = |x: f64| exgauss::signal(x, &arguments) - height;
        let mut step = 0.5 * self.sigma;
        let (mut inner, mut outer) = (top, top + side * step);
        // Steps grow with the tail, which may be much longer than sigma.
        for _ in 0..2000 {
            if above(outer) <= 0.0 {
                let ends = [inner.min(outer), inner.max(outer)];
                return Some(bisected(ends, |x| [side * above(x), side * exgauss::slopes(x, &arguments)[0]]));
            }
            inner = outer;
            step *= 1.1;
            outer += side * step;
        }
        None
    }

    /// Derivatives in sigma, htail and tau of the density at a distance from mu, and of its slope.
    fn derivatives(&self, at: f64) -> Derivatives {
        let mut jet = Jet::ZERO;
        exgauss::density(at, &self.arguments(), &mut jet);
        Derivatives { first: [jet.first[1], jet.first[2], jet.first[3]], mixed: [1, 2, 3].map(|k| -jet.get_second(k, 0)) }
    }
}

struct Derivatives {
    first: [f64; 3],
    mixed: [f64; 3],
}

/// The root between two points of a function that falls, from the function and its derivative: Newton's steps inside a bracket.
fn bisected([mut low, mut high]: [f64; 2], f: impl Fn(f64) -> [f64; 2]) -> f64 {
    let mut at = 0.5 * (low + high);
    for _ in 0..100 {
        let [value, slope] = f(at);
        if value > 0.0 {
            low = at;
        } else {
            high = at;
        }
        let newton = at - value / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if next == at || high - low <= 1e-15 * (low.abs() + high.abs()) {
            return next;
        }
        at = next;
    }
    at
}
