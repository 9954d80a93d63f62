//! Upper limits by toys: CLs at several values, interpolated to the level.

use std::ops::Range;

use germane_models::Experiment;
use germane_numerics::{Executor, maths};

use super::test::{ToyTest, ToyTests};
use crate::minimum::NoResult;

/// Values tested beyond those that were given, at most.
const MORE: usize = 8;

/// Where CLs reaches 1 - level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// The limit; NaN if the tested values do not enclose it.
    pub value: f64,
    /// Its standard deviation from the numbers of toys.
    pub error: f64,
}

/// Upper limits from toys.
#[derive(Clone, Debug, PartialEq)]
pub struct ToyLimit {
    /// Confidence level.
    pub level: f64,
    /// From the data.
    pub observed: Crossing,
    /// Expected for background at -2 … +2 standard deviations.
    pub expected: [Crossing; 5],
    /// Tests, by ascending value.
    pub tests: Vec<ToyTest>,
}

/// Observed and expected upper limits by CLs from the toys of a range at each of `values` (sorted here), and at larger or
/// smaller ones as long as these do not enclose all limits. ln CLs is interpolated linearly.
///
/// All values are tested with the same random numbers, so that CLs is smooth in the value.
///
/// # Errors
/// If a test has no result.
pub fn toy_limit<M: Experiment>(
    tests: &mut ToyTests<'_, M>,
    level: f64,
    values: &[f64],
    toys: Range<u64>,
    executor: &dyn Executor,
) -> Result<ToyLimit, NoResult> {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| *value > 0.0 && value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    if values.is_empty() {
        return Err(NoResult("no positive value of the parameter to test".to_owned()));
    }
    let alpha = 1.0 - level;
    let mut done = Vec::new();
    for value in values {
        done.push(tests.test(value, toys.clone(), executor)?);
    }
    for _ in 0..MORE {
        let all = |test: &ToyTest, good: &dyn Fn(f64) -> bool| good(test.cls()) && test.expected_cls().iter().all(|p| good(p.0));
        let (first, last) = (&done[0], &done[done.len() - 1]);
        // A CLs that is not a number comes from too few toys; no other value helps.
        if !all(first, &|cls| cls >= alpha || cls.is_nan()) {
            done.insert(0, tests.test(0.7 * first.value, toys.clone(), executor)?);
        } else if !all(last, &|cls| cls <= alpha || cls.is_nan()) {
            done.push(tests.test(1.4 * last.value, toys.clone(), executor)?);
        } else {
            break;
        }
    }
    let observed: Vec<[f64; 3]> = done.iter().map(|test| [test.value, test.cls(), test.cls_error()]).collect();
    let bands: Vec<[(f64, f64); 5]> = done.iter().map(ToyTest::expected_cls).collect();
    let expected = std::array::from_fn(|band| {
        let points: Vec<[f64; 3]> = done.iter().zip(&bands).map(|(test, all)| [test.value, all[band].0, all[band].1]).collect();
        crossing(&points, alpha)
    });
    Ok(ToyLimit { level, observed: crossing(&observed, alpha), expected, tests: done })
}

/// Where ln CLs, linear between points of (value, CLs, error), falls to the level for the last time.
fn crossing(points: &[[f64; 3]], alpha: f64) -> Crossing {
    let pair = points.windows(2).rev().find(|pair| pair[0][1] >= alpha && pair[1][1] < alpha);
    let Some([[low, above, first], [high, below, second]]) = pair.and_then(|pair| <[[f64; 3]; 2]>::try_from(pair).ok()) else {
        return Crossing { value: f64::NAN, error: f64::NAN };
    };
    // No toy at all above the value: less than one, and the line ends there.
    let floor = below.max(second).max(f64::MIN_POSITIVE).min(alpha * (1.0 - f64::EPSILON));
    let fall = maths::ln(above / floor);
    let part = maths::ln(above / alpha) / fall;
    let relative = (1.0 - part) * first / above + part * second / floor;
    Crossing { value: low + part * (high - low), error: relative * (high - low) / fall }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponential_is_interpolated_exactly() {
        let at = |value: f64| [value, maths::exp(-value), 0.01 * maths::exp(-value)];
        let found = crossing(&[at(1.0), at(2.5), at(4.0)], 0.05);
        assert!((found.value - maths::ln(20.0)).abs() < 1e-14);
        // d value = d CLs / CLs for this slope.
        assert!((found.error - 0.01).abs() < 1e-14);
        assert!(crossing(&[at(1.0), at(2.0)], 0.05).value.is_nan());
        assert!(crossing(&[at(1.0), [2.0, f64::NAN, f64::NAN]], 0.05).value.is_nan());
    }
}
