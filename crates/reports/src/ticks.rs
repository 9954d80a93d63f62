//! Where ticks stand: multiples of 1, 2, 2.5 or 5 times a power of ten, and decades on logarithmic axes.

use germane_numerics::maths::{log10, powi};

/// Ticks of an axis with their texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) major: Vec<f64>,
    pub(crate) labels: Vec<String>,
    pub(crate) minor: Vec<f64>,
    /// Labels are to be multiplied by ten to this power.
    pub(crate) exponent: i32,
}

/// Multiples of the smallest step of 1, 2, 2.5, 5 × 10^k that cuts the range into at most `intervals` parts.
/// Fewer than two ticks are avoided by a smaller step.
pub fn linear(low: f64, high: f64, intervals: usize) -> Vec<f64> {
    steps(low, high, intervals).1
}

/// The step and its multiples; the step as (mantissa index, power) so that ticks are rounded once.
fn steps(low: f64, high: f64, intervals: usize) -> ((usize, i32), Vec<f64>) {
    const MANTISSAS: [f64; 4] = [1.0, 2.0, 2.5, 5.0];
    let range = high - low;
    if !(range.is_finite() && range > 0.0 && low.is_finite()) {
        return ((0, 0), Vec::new());
    }
    let raw = range / intervals.max(1) as f64;
    let power = log10(raw).floor() as i32;
    // Candidates in rising order from well below; the first that is large enough is taken.
    let mut candidates: Vec<(usize, i32)> = (power - 2..=power + 1).flat_map(|p| (0..4).map(move |m| (m, p))).collect();
    let first =
        candidates.iter().position(|&(m, p)| times(MANTISSAS[m], p) >= raw * (1.0 - 1e-12)).unwrap_or(candidates.len() - 1);
    candidates.truncate(first + 1);
    let slack = range * 1e-10;
    while let Some((m, p)) = candidates.pop() {
        let step = times(MANTISSAS[m], p);
        let from = ((low - slack) / step).ceil();
        let to = ((high + slack) / step).floor();
        // Neighbouring doubles leave no room for ticks.
        if !(to - from < 1000.0) {
            break;
        }
        let count = (to - from) as i64 + 1;
        if count >= 2 || candidates.is_empty() {
            let ticks = (0..count.max(0)).map(|i| multiple(from + i as f64, MANTISSAS[m], p)).collect();
            return ((m, p), ticks);
        }
    }
    ((0, 0), Vec::new())
}

fn times(mantissa: f64, power: i32) -> f64 {
    if power >= 0 { mantissa * powi(10.0, power) } else { mantissa / powi(10.0, -power) }
}

/// `n` times the step, computed so that 3 × 0.1 is 0.3; 0 has no sign.
fn multiple(n: f64, mantissa: f64, power: i32) -> f64 {
    times(n * mantissa, power) + 0.0
}

/// Ticks of a linear axis with labels of the shortest common form.
pub(crate) fn linear_ticks(low: f64, high: f64, intervals: usize) -> Ticks {
    let ((m, p), major) = steps(low, high, intervals);
    let largest = major.iter().fold(0.0f64, |a, &b| a.max(b.abs()));
    let exponent = common_exponent(largest, low, high);
    // 2.5 needs one digit more than its power says.
    let digits = (exponent - p + i32::from(m == 2)).max(0) as usize;
    let labels = major.iter().map(|&tick| number(times(tick, -exponent), digits)).collect();
    let parts = if m == 1 { 4.0 } else { 5.0 };
    let step = times([1.0, 2.0, 2.5, 5.0][m], p);
    let mut minor = Vec::new();
    if let Some(&first) = major.first() {
        let slack = (high - low) * 1e-9;
        let count = major.len() * parts as usize + 2 * parts as usize;
        for i in 0..count {
            if i % parts as usize != 0 {
                let tick = first - step + i as f64 * (step / parts);
                if tick > low - slack && tick < high + slack {
                    minor.push(tick);
                }
            }
        }
    }
    Ticks { major, labels, minor, exponent }
}

/// The power of ten taken out of the labels: a multiple of three for large numbers, none in between.
fn common_exponent(largest: f64, low: f64, high: f64) -> i32 {
    if !(largest > 0.0) || high - low < 1e-4 * largest {
        return 0;
    }
    let power = log10(largest * (1.0 + 1e-12)).floor() as i32;
    if power >= 5 {
        power - power.rem_euclid(3)
    } else if power <= -4 {
        power
    } else {
        0
    }
}

/// Digits with the typographic minus.
pub(crate) fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// Decades and their ninths; over less than two decades also 2 and 5 are written.
pub(crate) fn logarithmic_ticks(low: f64, high: f64, most: usize) -> Ticks {
    let mut ticks = Ticks::default();
    if !(low > 0.0 && high > low && high.is_finite()) {
        return ticks;
    }
    let (first, last) = (log10(low).floor() as i32, log10(high).ceil() as i32);
    let inside = |x: f64| x >= low * (1.0 - 1e-9) && x <= high * (1.0 + 1e-9);
    let decades = (first..=last).filter(|&p| inside(times(1.0, p))).count();
    if decades < 2 {
        for p in first..=last {
            for m in 1..10 {
                let x = times(f64::from(m), p);
                if inside(x) && matches!(m, 1 | 2 | 5) {
                    ticks.major.push(x);
                    let plain = (-3..4).contains(&p);
                    let digits = (-p).max(0) as usize;
                    ticks.labels.push(if plain { number(x, digits) } else { format!("${m}\\times10^{{{p}}}$") });
                } else if inside(x) {
                    ticks.minor.push(x);
                }
            }
        }
        return ticks;
    }
    // Decades are thinned out evenly, the left-out ones become minor ticks.
    let stride = decades.div_ceil(most.max(2)) as i32;
    for p in first..=last {
        let x = times(1.0, p);
        if inside(x) {
            if p.rem_euclid(stride) == 0 {
                ticks.major.push(x);
                ticks.labels.push(match p {
                    0 => "1".to_owned(),
                    1 => "10".to_owned(),
                    _ => format!("$10^{{{p}}}$"),
                });
            } else {
                ticks.minor.push(x);
            }
        }
        if stride == 1 {
            ticks.minor.extend((2..10).map(|m| times(f64::from(m), p)).filter(|&x| inside(x)));
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_1_2_25_and_5_times_a_power_of_ten() {
        assert_eq!(linear(60.0, 120.0, 9), [60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0]);
        assert_eq!(linear(0.0, 0.123, 5), [0.0, 0.025, 0.05, 0.075, 0.1]);
        assert_eq!(linear(-2.5, 2.5, 5), [-2.0, -1.0, 0.0, 1.0, 2.0]);
    }

    #[test]
    fn labels_are_as_short_as_they_can_be() {
        assert_eq!(linear_ticks(0.0, 1.0, 5).labels, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        let large = linear_ticks(0.0, 1.5e7, 5);
        assert_eq!((large.labels[1].as_str(), large.exponent), ("5", 6));
        assert_eq!(linear_ticks(-1.0, 1.0, 4).labels[0], "−1.0");
        assert_eq!(linear_ticks(1e6, 1e6 + 1.0, 5).labels[1], "1000000.2");
    }

    #[test]
    fn ranges_that_are_none_have_no_ticks() {
        for (low, high) in
            [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (-1e308, 1e308), (1.0, 1.0000000000000002)]
        {
            assert!(linear(low, high, 5).len() < 20);
        }
        assert!(logarithmic_ticks(0.0, 1.0, 5).major.is_empty());
    }

    #[test]
    fn decades_are_powers_and_short_ranges_have_plain_numbers() {
        assert_eq!(logarithmic_ticks(0.5, 2e3, 9).labels, ["1", "10", "$10^{2}$", "$10^{3}$"]);
        assert_eq!(logarithmic_ticks(20.0, 90.0, 9).labels, ["20", "50"]);
        assert!(logarithmic_ticks(1e-300, 1e300, 8).major.len() <= 8);
    }
}
