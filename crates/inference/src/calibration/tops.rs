//! Steps two and three: the densest place around each matched peak, and the top of the parabola through its logarithmic counts.

use germane_numerics::maths;

use super::document::Line;
use super::matching::Matched;

/// Width in keV of the interval that must hold most events.
const INTERVAL: f64 = 1.5;
/// How far around a peak the densest interval is looked for, in keV.
const AROUND: f64 = 5.0;

/// Top of the peak of each line that was matched.
pub(super) fn tops(energies: &[f64], matched: &Matched, lines: &[Line]) -> Vec<Option<f64>> {
    lines.iter().zip(&matched.peaks).map(|(_, peak)| top(energies, (*peak)?, &matched.polynomial)).collect()
}

fn top(energies: &[f64], peak: f64, polynomial: &super::scale::Polynomial) -> Option<f64> {
    let slope = polynomial.slope(peak);
    let (interval, around) = (INTERVAL / slope, AROUND / slope);
    let mut near: Vec<f64> = energies.iter().copied().filter(|energy| (energy - peak).abs() < around).collect();
    near.sort_by(f64::total_cmp);
    // The densest interval; of several equal ones the middle of the first and the last.
    let (mut most, mut first, mut last) = (0, peak, peak);
    for (index, &start) in near.iter().enumerate() {
        let count = near[index..].partition_point(|energy| *energy < start + interval);
        let middle = start + 0.5 * interval;
        if count > most {
            (most, first, last) = (count, middle, middle);
        } else if count == most {
            last = middle;
        }
    }
    if most == 0 {
        return None;
    }
    let middle = 0.5 * (first + last);
    let count = |from: f64, to: f64| {
        let place = |x: f64| near.partition_point(|energy| *energy < x);
        (place(to) - place(from)) as f64
    };
    let [left, centre, right] =
        [-1.0, 0.0, 1.0].map(|k: f64| maths::ln(count(middle + (k - 0.5) * interval, middle + (k + 0.5) * interval).max(0.5)));
    let bend = left - 2.0 * centre + right;
    let shift = if bend < 0.0 { (0.5 * (left - right) / bend).clamp(-0.7, 0.7) } else { 0.0 };
    Some(middle + shift * interval)
}
