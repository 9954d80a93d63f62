//! Upper limits: the value of the parameter of interest at which CLs has fallen to 1 - level.

use super::asymptotic::{BANDS, ln_survival, p_values, root_at};
use super::{Tested, Tests};
use crate::minimum::NoResult;
use germane_numerics::maths;

/// Relative precision of a limit.
const PRECISION: f64 = 1e-10;

/// Upper limits of the parameter of interest.
#[derive(Clone, Debug, PartialEq)]
pub struct UpperLimit {
    /// Confidence level, e.g. 0.95.
    pub level: f64,
    /// From the data.
    pub observed: f64,
    /// Expected for background at -2 … +2 standard deviations.
    pub expected: [f64; 5],
    /// Tests at the limits, ascending.
    pub points: Vec<Tested>,
    /// What the user should know, e.g. that a limit lies beyond the bound of the parameter.
    pub notes: Vec<String>,
}

/// Observed and expected upper limits by CLs and the asymptotic formulae.
///
/// # Errors
/// If a profile has no minimum, or the data exclude no value.
pub fn upper_limit(tests: &mut Tests<'_>, level: f64) -> Result<UpperLimit, NoResult> {
    let alpha = 1.0 - level;
    let first = tests.asimov.error().unwrap_or(1.0);
    let mut expected = [0.0; 5];
    // The median first: its neighbours start from what its search has learned.
    for band in [2, 1, 3, 0, 4] {
        let wanted = root_at(alpha, BANDS[band]);
        let guess = if band == 2 { first * wanted } else { expected[2] * wanted / root_at(alpha, 0.0) };
        expected[band] = crossing(&mut tests.asimov, guess, |asimov, value| {
            let (rise, slope) = asimov.rise(value)?;
            let root = rise.sqrt();
            Ok((wanted - root, if root > 0.0 { -0.5 * slope / root } else { 0.0 }))
        })?;
    }
    let guess = (tests.data.best().max(0.0) + expected[2]).max(f64::MIN_POSITIVE);
    let mut both = (&mut tests.data, &mut tests.asimov);
    let observed = crossing(&mut both, guess, |(data, asimov), value| {
        let (q, dq) = data.statistic(value)?;
        let (a, da) = asimov.rise(value)?;
        Ok((p_values(q, a).ln_cls - maths::ln(alpha), slope_of_ln_cls(q, dq, a, da)))
    })?;
    let upper = tests.data.problem.parameter(tests.poi).upper;
    let beyond = expected.iter().chain([&observed]).filter(|limit| **limit > upper).count();
    let notes = (beyond > 0).then(|| {
        let name = &tests.data.problem.parameter(tests.poi).name;
        format!("{beyond} of 6 limits lie beyond the upper bound {upper} of {name}")
    });
    let mut values: Vec<f64> = expected.iter().copied().chain([observed]).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let points = values.into_iter().map(|value| tests.test(value)).collect::<Result<_, _>>()?;
    Ok(UpperLimit { level, observed, expected, points, notes: notes.into_iter().collect() })
}

/// d ln CLs from the derivatives of both statistics.
pub(super) fn slope_of_ln_cls(q: f64, dq: f64, a: f64, da: f64) -> f64 {
    let (root, width) = (q.max(0.0).sqrt(), a.max(0.0).sqrt());
    if width == 0.0 {
        return 0.0;
    }
    let dwidth = 0.5 * da / width;
    let (signal, dsignal, background, dbackground) = if root <= width {
        let droot = if root > 0.0 { 0.5 * dq / root } else { 0.0 };
        (root, droot, root - width, droot - dwidth)
    } else {
        let t = (q - a) / (2.0 * width);
        let dt = (dq - da) / (2.0 * width) - t * dwidth / width;
        (t + width, dt + dwidth, t, dt)
    };
    // d ln(1 - Φ(x)) = -φ(x)/(1 - Φ(x)) dx
    let hazard = |x: f64| maths::exp(-0.5 * x * x - ln_survival(x)) / (2.0 * std::f64::consts::PI).sqrt();
    hazard(background) * dbackground - hazard(signal) * dsignal
}

/// Where a falling function crosses 0: Newton between points that are known to be above and below.
fn crossing<T>(
    state: &mut T,
    guess: f64,
    mut function: impl FnMut(&mut T, f64) -> Result<(f64, f64), NoResult>,
) -> Result<f64, NoResult> {
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut value = guess;
    for _ in 0..200 {
        let (height, slope) = function(state, value)?;
        if height.is_nan() {
            return Err(NoResult(format!("CLs is not defined at {value}")));
        }
        if height > 0.0 {
            low = low.max(value);
        } else {
            high = high.min(value);
        }
        let newton = value - height / slope;
        if slope < 0.0 && (newton - value).abs() <= PRECISION * value.abs() {
            return Ok(newton);
        }
        let middle = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low.max(guess) };
        let inside = slope < 0.0 && newton > low && newton < high && newton < 4.0 * low.max(guess);
        let next = if inside { newton } else { middle };
        if high.is_finite() && high - low <= PRECISION * high {
            return Ok(0.5 * (low + high));
        }
        if next > 1e12 * guess {
            break;
        }
        value = next;
    }
    Err(NoResult("no value is excluded: CLs does not fall to the level".to_owned()))
}
