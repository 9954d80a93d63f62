//! Rules for systematic templates before they become modifiers: symmetrise, split into yield and shape, prune, smooth.

/// How a pair of templates is made symmetric around the nominal one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symmetry {
    /// The lower one is the mirror image of the upper one.
    OneSided,
    /// Both get half of their difference.
    TwoSided,
    /// Both get the larger of the two distances of each bin, with the sign of upper minus lower.
    Max,
    /// Both get the mean of the two distances of each bin, with the sign of upper minus lower.
    AbsMean,
}

/// Upper and lower template after symmetrisation.
///
/// ```
/// use germane_models::templates::{Symmetry, symmetrise};
/// let (up, down) = symmetrise(Symmetry::OneSided, &[10.0, 20.0], &[11.0, 19.0], &[10.0, 20.0]);
/// assert_eq!((up, down), (vec![11.0, 19.0], vec![9.0, 21.0]));
/// ```
pub fn symmetrise(rule: Symmetry, nominal: &[f64], up: &[f64], down: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let distance = |(n, (u, d)): (&f64, (&f64, &f64))| {
        let sign = if u >= d { 1.0 } else { -1.0 };
        match rule {
            Symmetry::OneSided => u - n,
            Symmetry::TwoSided => 0.5 * (u - d),
            Symmetry::Max => sign * (u - n).abs().max((d - n).abs()),
            Symmetry::AbsMean => sign * 0.5 * ((u - n).abs() + (d - n).abs()),
        }
    };
    let distances: Vec<f64> = nominal.iter().zip(up.iter().zip(down)).map(distance).collect();
    let moved = |sign: f64| nominal.iter().zip(&distances).map(|(n, d)| n + sign * d).collect();
    // The upper template of the one-sided rule is what was given, to the bit.
    let upper = if rule == Symmetry::OneSided { up.to_vec() } else { moved(1.0) };
    (upper, moved(-1.0))
}

/// A template as its yield relative to the nominal one and its shape with the nominal yield.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Ratio of the integrals.
    pub norm: f64,
    /// Template divided by that ratio.
    pub shape: Vec<f64>,
}

/// Splits a template into yield and shape. Where the nominal integral is 0 the ratio is not finite.
pub fn split(nominal: &[f64], template: &[f64]) -> Split {
    let norm = crate::pairwise::sum(template) / crate::pairwise::sum(nominal);
    Split { norm, shape: template.iter().map(|value| value / norm).collect() }
}

/// Thresholds below which parts of a systematic are dropped, and above which it is reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Of the change of the yield.
    pub norm: f64,
    /// Of the change of any bin of the shape.
    pub shape: f64,
    /// Of a yield that is suspiciously large.
    pub large: f64,
}

/// What is kept of a systematic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The yield: one of both ratios changes by at least the threshold.
    pub norm: bool,
    /// The shape: some bin of one of both shapes changes by at least the threshold.
    pub shape: bool,
    /// One of both ratios changes by more than is plausible.
    pub large: bool,
}

/// Decides what is kept of a pair of templates; empty bins of the nominal one do not count.
pub fn prune(nominal: &[f64], up: &[f64], down: &[f64], thresholds: Thresholds) -> Kept {
    let parts = [split(nominal, up), split(nominal, down)];
    let moves = |part: &Split| (part.norm - 1.0).abs();
    let bends = |part: &Split| {
        let pairs = part.shape.iter().zip(nominal);
        pairs.into_iter().any(|(shape, n)| *n != 0.0 && (shape - n).abs() / n >= thresholds.shape)
    };
    Kept {
        norm: parts.iter().any(|part| moves(part) >= thresholds.norm),
        shape: parts.iter().any(bends),
        large: parts.iter().any(|part| moves(part) > thresholds.large),
    }
}

/// A template smoothed: 353QH twice on its ratio to the nominal one, then scaled to its own integral.
pub fn smoothed(nominal: &[f64], template: &[f64]) -> Vec<f64> {
    let ratio: Vec<f64> = template.iter().zip(nominal).map(|(value, n)| value / n).collect();
    let values: Vec<f64> = smooth_353qh_twice(&ratio).iter().zip(nominal).map(|(ratio, n)| ratio * n).collect();
    let scale = crate::pairwise::sum(template) / crate::pairwise::sum(&values);
    values.into_iter().map(|value| value * scale).collect()
}

/// The smoother 353QH, applied again to its residuals; negative results become 0 if no input is negative. Fewer than three
/// values are left as they are.
///
/// Source: J. H. Friedman, "Data analysis techniques for high energy particle physics", CERN 74-23 (1974), after Tukey.
pub fn smooth_353qh_twice(values: &[f64]) -> Vec<f64> {
    if values.len() < 3 {
        return values.to_vec();
    }
    let once = smooth_353qh(values);
    let residuals: Vec<f64> = values.iter().zip(&once).map(|(value, smooth)| value - smooth).collect();
    let positive = values.iter().all(|value| *value >= 0.0);
    let sums = once.iter().zip(smooth_353qh(&residuals)).map(|(smooth, rest)| smooth + rest);
    sums.map(|sum| if positive { sum.max(0.0) } else { sum }).collect()
}

/// Running medians of 3, 5 and 3, parabolas through flat triples, and the average (1, 2, 1)/4.
fn smooth_353qh(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut z = values.to_vec();
    for round in 0..3 {
        let o = z.clone();
        if round == 1 {
            for i in 2..n.saturating_sub(2) {
                z[i] = median(&o[i - 2..=i + 2]);
            }
            z[1] = median(&o[..3]);
            z[n - 2] = median(&o[n - 3..]);
        } else {
            for i in 1..n - 1 {
                z[i] = median(&o[i - 1..=i + 1]);
            }
            if round == 0 {
                // The ends follow the line through their neighbours.
                z[0] = median(&[3.0 * z[1] - 2.0 * z[2], o[0], z[1]]);
                z[n - 1] = median(&[z[n - 2], o[n - 1], 3.0 * z[n - 2] - 2.0 * z[n - 3]]);
            }
        }
    }
    let mut o = z.clone();
    for i in 2..n.saturating_sub(2) {
        if z[i - 1] != z[i] || z[i] != z[i + 1] {
            continue;
        }
        let (left, right) = (z[i - 2] - z[i], z[i + 2] - z[i]);
        if left * right <= 0.0 {
            continue;
        }
        // The flat side of a top or bottom is bent towards the steeper side.
        let (near, far, at) = if right.abs() > left.abs() { (z[i + 2], z[i - 2], i - 1) } else { (z[i - 2], z[i + 2], i + 1) };
        o[i] = -0.5 * near + z[i] * (4.0 / 3.0) + far / 6.0;
        o[at] = 0.5 * (far - near) + z[i];
    }
    for i in 1..n - 1 {
        z[i] = 0.25 * o[i - 1] + 0.5 * o[i] + 0.25 * o[i + 1];
    }
    (z[0], z[n - 1]) = (o[0], o[n - 1]);
    z
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = [0.0; 5];
    let sorted = &mut sorted[..values.len()];
    sorted.copy_from_slice(values);
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
