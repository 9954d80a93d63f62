//! The search along a line: parabolas through the lowest points.
//!
//! F. James, MINUIT reference manual, MIGRAD: not an exact minimum along the line is wanted, but one that is cheap.

use super::objective::Objective;
use super::precision::{EPS, EPS2};

/// A point on a line: how many steps along, and -ln L there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Along {
    pub(super) length: f64,
    pub(super) value: f64,
}

/// Most evaluations.
const MOST: usize = 12;

/// Points nearer than this part of a step are one.
const TOLERANCE: f64 = 0.05;

/// Longest step of the first parabola, and how many times further than the lowest point later ones may reach.
const LONGEST: f64 = 5.0;
const FURTHER: f64 = 2.0;

/// The lowest point found along `step` from `u`, where -ln L is `value` and its derivative by the length `slope` (below 0).
pub(super) fn lowest(objective: &Objective<'_>, u: &[f64], value: f64, step: &[f64], slope: f64) -> Along {
    let at = |length: f64| {
        let moved: Vec<f64> = u.iter().zip(step).map(|(u, step)| u + length * step).collect();
        Along { length, value: objective.value(&moved) }
    };
    let shortest = u.iter().zip(step).filter(|(_, step)| **step != 0.0).map(|(u, step)| (u / step).abs());
    let shortest = shortest.fold(f64::INFINITY, f64::min);
    let shortest = EPS2 * if shortest.is_finite() && shortest >= EPS { shortest } else { EPS };
    let origin = Along { length: 0.0, value };
    let mut last = at(1.0);
    let mut best = if last.value < value { last } else { origin };
    let (mut evaluations, mut near, mut most) = (1, TOLERANCE, LONGEST);
    // Parabolas by the value and slope at the origin and one more point.
    let newest = loop {
        let curve = 2.0 * (last.value - value - slope * last.length) / (last.length * last.length);
        let mut length = if curve == 0.0 { 1.0 } else { -slope / curve };
        if length < 0.0 || length > most {
            length = most;
        }
        length = length.max(near);
        if length < shortest {
            return best;
        }
        if (length - 1.0).abs() < near {
            if last.value < value {
                return best;
            }
            length = 1.0 + near;
        }
        let next = at(length);
        evaluations += 1;
        if next.value < best.value {
            best = next;
        }
        // No lower within the precision of the function: nearer to the origin.
        let blind = (value - best.value).abs() < best.value.abs() * EPS;
        if evaluations >= MOST {
            return best;
        }
        if !blind {
            break next;
        }
        near *= length;
        most = length - near;
        last = next;
    };
    let three = [origin, last, newest];
    by_three_points(&at, three, best, [evaluations as f64, near, most])
}

/// Parabolas through three points, of which the highest is replaced each time.
fn by_three_points(
    at: &dyn Fn(f64) -> Along,
    mut three: [Along; 3],
    mut best: Along,
    [evaluations, near, most]: [f64; 3],
) -> Along {
    let (mut evaluations, mut most) = (evaluations as usize, most);
    let (mut upper, mut lower) = (1000.0f64, -100.0f64);
    while evaluations < MOST {
        most = most.max(FURTHER * best.length.abs());
        let [curve, slope] = parabola(three, best.length);
        let mut length = if curve < EPS2 {
            best.length + if slope < 0.0 { most } else { -most }
        } else {
            (best.length - slope / (2.0 * curve)).clamp(best.length - most, best.length + most)
        };
        length = if length > 0.0 { length.min(upper) } else { length.max(lower) };
        let newest = loop {
            let apart = near.max((near * length).abs());
            if three.iter().any(|point| (point.length - length).abs() < apart) {
                return best;
            }
            let newest = at(length);
            evaluations += 1;
            if !three.iter().all(|point| newest.value > point.value) {
                break newest;
            }
            if length > best.length {
                upper = upper.min(length - near);
            } else {
                lower = lower.max(length + near);
            }
            if evaluations >= MOST {
                return best;
            }
            length = 0.5 * (length + best.length);
        };
        let highest = (0..3).fold(0, |most, k| if three[k].value > three[most].value { k } else { most });
        three[highest] = newest;
        if newest.value < best.value {
            best = newest;
        } else if newest.length > best.length {
            upper = upper.min(newest.length - near);
        } else {
            lower = lower.max(newest.length + near);
        }
    }
    best
}

/// Curvature (the factor of the square) of the parabola through three points, and its slope at a place.
fn parabola([a, b, c]: [Along; 3], place: f64) -> [f64; 2] {
    let first = (b.value - a.value) / (b.length - a.length);
    let second = (c.value - b.value) / (c.length - b.length);
    let curve = (second - first) / (c.length - a.length);
    [curve, first + curve * (2.0 * place - a.length - b.length)]
}

#[cfg(test)]
mod tests {
    use super::{Along, parabola};

    #[test]
    fn a_parabola_is_its_own_interpolation() {
        // 3 t² - 5 t + 2: slope 6 t - 5.
        let point = |length: f64| Along { length, value: 3.0 * length * length - 5.0 * length + 2.0 };
        let [curve, slope] = parabola([point(0.0), point(1.0), point(2.5)], 1.7);
        assert!((curve - 3.0).abs() < 1e-12 && (slope - (6.0 * 1.7 - 5.0)).abs() < 1e-12);
    }
}
