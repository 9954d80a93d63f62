//! Landau's distribution of energy losses; arguments mean (CERNLIB's, 0.22 widths above the maximum), sigma.
//!
//! φ(λ) = 1/(2πi) ∫ e^(s ln s + λ s) ds along a line to the right of 0, λ = (x - mean)/sigma. L. Landau, J. Phys. USSR 8 (1944)
//! 201. Below -1 the line goes through the saddle point e^(-1-λ), where the trapezoidal rule converges faster than any power;
//! above, it is folded to the left, where φ(λ) = 1/π ∫ e^(-t ln t - λ t) sin(πt) dt over t > 0. Values have 1e-12 of the truth.

use std::f64::consts::PI;

use germane_numerics::maths;

use super::dual::Dual;
use super::jet::Jet;
use super::quadrature::{SIXTEEN, eight};

/// Where one integral gives way to the other.
const SPLIT: f64 = -1.0;
/// Terms of this size, relative to the largest, end a sum.
const NOTHING: f64 = 1e-18;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let [mean, sigma, ..] = Dual::variables(&arguments[..2]);
    let place = (Dual::constant(x) - mean) / sigma;
    place.chain(moments(place.value, [0, 1, 2])).write(out);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let [mean, sigma, ..] = Dual::variables(&arguments[..2]);
    let [from, to] = [low, high].map(|x| (Dual::constant(x) - mean) / sigma);
    // Cumulated, density, slope. Above the split the first is what lies above, with the other sign.
    let [lower, upper] = [from, to].map(|end| (moments(end.value, [-1, 0, 1]), end.value < SPLIT));
    let mut sum = to.chain(upper.0) - from.chain(lower.0);
    if lower.1 != upper.1 {
        sum.value += 1.0;
    }
    if to.value - from.value < 0.5 {
        // The difference would lose digits.
        sum.value = eight(from.value, to.value, |place| moments(place, [0, 0, 0])[0]);
    }
    (sum * sigma).write(out);
}

/// 1/(2πi) ∫ s^k e^(s ln s + λ s) ds for three k: derivatives of φ for k >= 0; for -1 what is below λ, or, above the split, minus
/// what is above.
fn moments(place: f64, powers: [i32; 3]) -> [f64; 3] {
    if place.is_nan() {
        return [f64::NAN; 3];
    }
    if place < SPLIT { through_the_saddle(place, powers) } else { folded(place, powers) }
}

fn through_the_saddle(place: f64, powers: [i32; 3]) -> [f64; 3] {
    let saddle = maths::exp(-1.0 - place);
    // e^(-saddle) underflows.
    if saddle > 745.0 {
        return [0.0; 3];
    }
    let step = 0.125 * saddle.sqrt();
    let mut sums = [0.0; 3];
    for k in 0..4000 {
        let y = f64::from(k) * step;
        let (ln, angle) = (0.5 * maths::ln(saddle * saddle + y * y), maths::atan2(y, saddle));
        // s ln s + λ s plus the saddle, its value there with the other sign.
        let exponent = saddle * (ln + place) - y * angle + saddle;
        let phase = y * (ln + place) + saddle * angle;
        let size = maths::exp(exponent);
        let weight = if k == 0 { 0.5 } else { 1.0 };
        for (sum, power) in sums.iter_mut().zip(powers) {
            let turned = phase + f64::from(power) * angle;
            *sum += weight * size * maths::exp(f64::from(power) * ln) * maths::cos(turned);
        }
        if size < NOTHING {
            break;
        }
    }
    sums.map(|sum| sum * step / PI * maths::exp(-saddle))
}

fn folded(place: f64, powers: [i32; 3]) -> [f64; 3] {
    // From small t, where t ln t is not smooth, panels double; then they have the width of a half wave.
    let scale = 1.0 / place.abs().max(1.0);
    let (mut from, mut width, mut sums) = (0.0, scale * 2e-6, [0.0; 3]);
    for _ in 0..400 {
        let panel = folded_panel(from, width, place, powers);
        for (sum, part) in sums.iter_mut().zip(panel) {
            *sum += part;
        }
        from += width;
        let nothing = panel.iter().zip(&sums).all(|(part, sum)| part.abs() <= NOTHING * sum.abs());
        if from > 2.0 * scale && nothing {
            break;
        }
        width = from.min(0.5);
    }
    // s = -t: s^k has the sign (-1)^k.
    let mut signed = powers.iter().map(|power| if power % 2 == 0 { 1.0 / PI } else { -1.0 / PI });
    sums.map(|sum| sum * signed.next().unwrap_or(0.0))
}

/// Sixteen points between `from` and `from + width` for all powers of t.
fn folded_panel(from: f64, width: f64, place: f64, powers: [i32; 3]) -> [f64; 3] {
    let (half, middle) = (0.5 * width, from + 0.5 * width);
    let mut sums = [0.0; 3];
    for (x, weight) in SIXTEEN {
        for t in [middle - half * x, middle + half * x] {
            let height = half * weight * maths::exp(-t * (maths::ln(t) + place)) * maths::sin(PI * t);
            for (sum, power) in sums.iter_mut().zip(powers) {
                *sum += height * maths::powi(t, power);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_definition() {
        // mpmath 1.3, 30 digits, both integrals.
        for (place, truth) in [
            (-3.7, 5.323_542_339_900_355_7e-7),
            (-2.0, 0.043_985_478_379_363_887),
            (-1.1, 0.142_921_964_523_637_77),
            (-0.9, 0.158_793_516_787_566_98),
            (0.0, 0.178_854_160_675_249_45),
            (1.5, 0.124_221_094_071_471_86),
            (5.0, 0.039_163_419_581_290_407),
            (30.0, 0.001_298_671_406_775_381_9),
            (500.0, 4.085_712_883_475_183_6e-6),
        ] {
            let [ours, ..] = moments(place, [0, 1, 2]);
            assert!((ours / truth - 1.0).abs() < 1e-12, "{place}: {ours} {truth}");
        }
        assert_eq!(moments(-20.0, [0, 1, 2]), [0.0; 3]);
    }

    #[test]
    fn what_is_below_and_above_adds_up_to_one() {
        let below = through_the_saddle(SPLIT, [-1, 0, 1]);
        let above = folded(SPLIT, [-1, 0, 1]);
        assert!((below[0] - above[0] - 1.0).abs() < 1e-13, "{below:?} {above:?}");
        for k in 1..3 {
            assert!((below[k] / above[k] - 1.0).abs() < 1e-12, "{below:?} {above:?}");
        }
    }
}
