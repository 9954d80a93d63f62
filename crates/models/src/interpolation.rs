//! How a systematic parameter moves between the templates at -1, 0 and +1: codes 0, 1, 2, 4, 4p of HistFactory, and those of
//! datacards.
//!
//! Each function gives value, first and second derivative with respect to the parameter. Formulas: K. Cranmer et al.,
//! HistFactory (CERN-OPEN-2012-016), with pyhf's numbering; code 4p is pyhf's polynomial of degree six inside, linear outside.
//! Datacards: documentation of CMS combine, chapters on log-normal and shape uncertainties.

use germane_numerics::maths;

/// Code of a factor (normsys).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FactorCode {
    /// Exponential in the parameter, with a kink at 0.
    Code1,
    /// Exponential outside [-1, 1], a polynomial of degree six inside, smooth to the second derivative.
    #[default]
    Code4,
}

/// Code of an additive change of bins (histosys).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TemplateCode {
    /// Linear, with a kink at 0.
    Code0,
    /// Quadratic inside [-1, 1], linear outside.
    Code2,
    /// A polynomial of degree six inside [-1, 1], linear outside, smooth to the second derivative.
    #[default]
    Code4p,
}

/// The codes that a model uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interpolation {
    /// For normsys.
    pub factor: FactorCode,
    /// For histosys.
    pub template: TemplateCode,
}

/// How many standard deviations a factor is moved by its parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pull {
    /// As many as the parameter says.
    #[default]
    Itself,
    /// (x - 1)/r: a parameter around 1 with relative uncertainty r (HistFactory's gamma constraint).
    AroundOne(f64),
    /// ((1 + r)^x - 1)/r: a log-normal parameter with relative uncertainty r (HistFactory's log-normal constraint).
    LogNormal(f64),
}

impl Pull {
    /// Value, first and second derivative at `x`.
    pub fn at(self, x: f64) -> [f64; 3] {
        match self {
            Self::Itself => [x, 1.0, 0.0],
            Self::AroundOne(relative) => [(x - 1.0) / relative, 1.0 / relative, 0.0],
            Self::LogNormal(relative) => {
                let (kappa, ln) = (maths::pow(1.0 + relative, x), maths::log1p(relative));
                [(kappa - 1.0) / relative, kappa * ln / relative, kappa * ln * ln / relative]
            }
        }
    }
}

/// A factor that is 1 at 0, `high` at +1 and `low` at -1, compiled.
#[derive(Clone, Debug)]
pub struct Factor {
    pull: Pull,
    low: f64,
    high: f64,
    ln_low: f64,
    ln_high: f64,
    /// a_1 … a_6 of 1 + Σ a_i x^i inside [-1, 1]; none for code 1.
    inside: Option<[f64; 6]>,
}

impl Factor {
    /// Compiles a factor. Both values must be positive: their logarithms are needed; with others the results are NaN.
    ///
    /// ```
    /// use germane_models::interpolation::{Factor, FactorCode};
    /// let factor = Factor::new(0.9, 1.2, FactorCode::Code4);
    /// assert!((factor.at(1.0)[0] - 1.2).abs() < 1e-15);
    /// assert_eq!(factor.at(0.0)[0], 1.0);
    /// ```
    pub fn new(low: f64, high: f64, code: FactorCode) -> Self {
        let (ln_low, ln_high) = (maths::ln(low), maths::ln(high));
        let inside = match code {
            FactorCode::Code1 => None,
            FactorCode::Code4 => Some(polynomial(low, high, ln_low, ln_high)),
        };
        Self { pull: Pull::Itself, low, high, ln_low, ln_high, inside }
    }

    /// The same, moved by another function of its parameter.
    #[must_use]
    pub fn pulled(self, pull: Pull) -> Self {
        Self { pull, ..self }
    }

    /// Value, first and second derivative at `x`.
    pub fn at(&self, x: f64) -> [f64; 3] {
        if self.pull == Pull::Itself {
            return self.between(x);
        }
        let [pull, first, second] = self.pull.at(x);
        let [value, slope, curve] = self.between(pull);
        [value, slope * first, curve * first * first + slope * second]
    }

    /// Derivatives of the value by `low` and by `high`, each with its derivative by `x`.
    pub fn by_ends(&self, x: f64) -> [[f64; 2]; 2] {
        let [pull, slope, _] = self.pull.at(x);
        let (ln_low, ln_high) = (self.ln_low, self.ln_high);
        let ends = match self.inside {
            Some(_) if pull.abs() < 1.0 => {
                // The polynomial is linear in value, slope and curvature at either end.
                let end = |ln: f64| [1.0, ln + 1.0, ln * (ln + 2.0)];
                [coefficients(end(ln_low), [0.0; 3]), coefficients([0.0; 3], end(ln_high))].map(|a| {
                    let value = |(sum, slope): (f64, f64), &a: &f64| (a + pull * sum, sum + pull * slope);
                    // Σ a_i x^i from the constant term 0 up.
                    let (sum, slope) = a.iter().rev().fold((0.0, 0.0), value);
                    [pull * sum, sum + pull * slope]
                })
            }
            _ if pull >= 0.0 => {
                let power = maths::pow(self.high, pull - 1.0);
                [[0.0; 2], [pull * power, power * (1.0 + pull * ln_high)]]
            }
            _ => {
                let power = maths::pow(self.low, -pull - 1.0);
                [[-pull * power, power * (pull * ln_low - 1.0)], [0.0; 2]]
            }
        };
        ends.map(|[value, by_pull]| [value, by_pull * slope])
    }

    /// Values at -1 and +1.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The same factor between other values.
    pub(crate) fn with_ends(&self, low: f64, high: f64) -> Self {
        let code = if self.inside.is_some() { FactorCode::Code4 } else { FactorCode::Code1 };
        Self::new(low, high, code).pulled(self.pull)
    }

    /// The same at so many standard deviations.
    fn between(&self, x: f64) -> [f64; 3] {
        match self.inside {
            Some(a) if x.abs() < 1.0 => {
                let value = x * (a[0] + x * (a[1] + x * (a[2] + x * (a[3] + x * (a[4] + x * a[5])))));
                let first = a[0] + x * (2.0 * a[1] + x * (3.0 * a[2] + x * (4.0 * a[3] + x * (5.0 * a[4] + x * 6.0 * a[5]))));
                let second = 2.0 * a[1] + x * (6.0 * a[2] + x * (12.0 * a[3] + x * (20.0 * a[4] + x * 30.0 * a[5])));
                [1.0 + value, first, second]
            }
            _ if x >= 0.0 => {
                let value = maths::pow(self.high, x);
                [value, value * self.ln_high, value * self.ln_high * self.ln_high]
            }
            _ => {
                let value = maths::pow(self.low, -x);
                [value, -value * self.ln_low, value * self.ln_low * self.ln_low]
            }
        }
    }
}

/// The polynomial whose value, slope and curvature at ±1 are those of high^x and low^-x: odd and even part apart.
fn polynomial(low: f64, high: f64, ln_low: f64, ln_high: f64) -> [f64; 6] {
    let end = |value: f64, ln: f64| [value - 1.0, value * ln, value * ln * ln];
    coefficients(end(low, ln_low), end(high, ln_high))
}

/// The same from value - 1, slope (of the magnitude of the parameter) and curvature at both ends.
fn coefficients(down: [f64; 3], up: [f64; 3]) -> [f64; 6] {
    let odd: [f64; 3] = std::array::from_fn(|k| 0.5 * (up[k] - down[k]));
    let even: [f64; 3] = std::array::from_fn(|k| 0.5 * (up[k] + down[k]));
    [
        (15.0 * odd[0] - 7.0 * odd[1] + odd[2]) / 8.0,
        (24.0 * even[0] - 9.0 * even[1] + even[2]) / 8.0,
        (-5.0 * odd[0] + 5.0 * odd[1] - odd[2]) / 4.0,
        (-12.0 * even[0] + 7.0 * even[1] - even[2]) / 4.0,
        (3.0 * odd[0] - 3.0 * odd[1] + odd[2]) / 8.0,
        (8.0 * even[0] - 5.0 * even[1] + even[2]) / 8.0,
    ]
}

/// Additive change of a bin with contents `low`, `nominal`, `high` at -1, 0, 1 is `Σ weights · (up, down)`, where
/// up = high - nominal and down = nominal - low: the weights, and their first and second derivatives, depend on `x` only.
///
/// Rows: value, first, second derivative; columns: weight of up, weight of down.
pub fn template_weights(code: TemplateCode, x: f64) -> [[f64; 2]; 3] {
    match code {
        TemplateCode::Code0 if x >= 0.0 => [[x, 0.0], [1.0, 0.0], [0.0; 2]],
        TemplateCode::Code0 => [[0.0, x], [0.0, 1.0], [0.0; 2]],
        // s = (up - down)/2, d = (up + down)/2: s x² + d x inside, its tangent outside.
        TemplateCode::Code2 if x > 1.0 => [[1.5 * x - 0.5, 0.5 - 0.5 * x], [1.5, -0.5], [0.0; 2]],
        TemplateCode::Code2 if x < -1.0 => [[-0.5 * x - 0.5, 1.5 * x + 0.5], [-0.5, 1.5], [0.0; 2]],
        TemplateCode::Code2 => [[0.5 * x * (x + 1.0), 0.5 * x * (1.0 - x)], [x + 0.5, 0.5 - x], [1.0, -1.0]],
        TemplateCode::Code4p if x > 1.0 => [[x, 0.0], [1.0, 0.0], [0.0; 2]],
        TemplateCode::Code4p if x < -1.0 => [[0.0, x], [0.0, 1.0], [0.0; 2]],
        TemplateCode::Code4p => {
            let square = x * x;
            let even = square * (15.0 + square * (3.0 * square - 10.0)) / 16.0;
            let slope = x * (30.0 + square * (18.0 * square - 40.0)) / 16.0;
            let curve = (30.0 + square * (90.0 * square - 120.0)) / 16.0;
            [[0.5 * x + even, 0.5 * x - even], [0.5 + slope, 0.5 - slope], [curve, -curve]]
        }
    }
}

/// The step of datacards from -1 to 1 on [-1, 1], smooth to the second derivative, with its derivatives.
fn smooth_step(z: f64) -> [f64; 3] {
    if z.abs() >= 1.0 {
        return [if z > 0.0 { 1.0 } else { -1.0 }, 0.0, 0.0];
    }
    let square = z * z;
    let rest = 1.0 - square;
    [0.125 * z * (square * (3.0 * square - 10.0) + 15.0), 1.875 * rest * rest, -7.5 * z * rest]
}

/// Logarithm of the factor of a log-normal effect of a datacard, `ln_high` at +1 and `ln_low` at -1, linear beyond ±1/2; value,
/// first and second derivative at `x`.
///
/// ```
/// use germane_models::interpolation::log_normal;
/// assert_eq!(log_normal(-0.1, 0.2, 2.0), [0.4, 0.2, 0.0]);
/// assert_eq!(log_normal(-0.2, 0.2, 0.1)[1], 0.2);
/// ```
pub fn log_normal(ln_low: f64, ln_high: f64, x: f64) -> [f64; 3] {
    if x >= 0.5 {
        return [x * ln_high, ln_high, 0.0];
    }
    if x <= -0.5 {
        return [-x * ln_low, -ln_low, 0.0];
    }
    let (mean, half) = (0.5 * (ln_high - ln_low), 0.5 * (ln_high + ln_low));
    let [step, slope, curve] = smooth_step(2.0 * x);
    let (slope, curve) = (2.0 * half * slope, 4.0 * half * curve);
    let kappa = mean + half * step;
    [x * kappa, kappa + x * slope, 2.0 * slope + x * curve]
}

/// The weights of [`template_weights`] for the shapes of datacards, which are linear beyond ±`region`.
pub fn vertical_weights(region: f64, x: f64) -> [[f64; 2]; 3] {
    let [step, slope, curve] = smooth_step(x / region);
    let (slope, curve) = (slope / region, curve / (region * region));
    let (first, second) = (0.5 * x * slope, slope + 0.5 * x * curve);
    let value = 0.5 * x * step;
    [[0.5 * x + value, 0.5 * x - value], [0.5 * (1.0 + step) + first, 0.5 * (1.0 - step) - first], [second, -second]]
}
