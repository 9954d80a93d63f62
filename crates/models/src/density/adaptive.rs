//! Integrals of shapes that have no closed form: Gauss-Kronrod with 7 and 15 points, panels halved until all is exact to 1e-12.

use super::jet::Jet;

/// Points of the 15-point rule with its weights and those of the 7-point rule. R. Piessens et al., QUADPACK (1983).
const POINTS: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_225, 0.0),
    (0.949_107_912_342_758_5, 0.063_092_092_629_978_55, 0.129_484_966_168_869_7),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_18, 0.0),
    (0.741_531_185_599_394_4, 0.140_653_259_715_525_92, 0.279_705_391_489_276_67),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (0.405_845_151_377_397_2, 0.190_350_578_064_785_4, 0.381_830_050_505_118_94),
    (0.207_784_955_007_898_47, 0.204_432_940_075_298_9, 0.0),
    (0.0, 0.209_482_141_084_727_82, 0.417_959_183_673_469_4),
];
/// Panels after which an integral is given up as it is.
const MOST_PANELS: usize = 2000;
/// Error of a panel, relative to the whole.
const CONTENT: f64 = 1e-12;

/// The integral of a jet in `size` arguments.
pub(super) fn integral(low: f64, high: f64, size: usize, f: impl Fn(f64, &mut Jet)) -> Jet {
    let mut total = Jet::ZERO;
    let mut whole = panel(low, high, size, &f).2;
    let mut waiting = vec![(low, high)];
    let mut panels = 0;
    while let Some((from, to)) = waiting.pop() {
        let (fine, error, scale) = panel(from, to, size, &f);
        panels += 1;
        whole = whole.max(scale);
        let middle = 0.5 * (from + to);
        let done = !(error > CONTENT * whole) || panels + waiting.len() > MOST_PANELS || !(from < middle && middle < to);
        if done {
            total.add_scaled(1.0, &fine, size);
        } else {
            waiting.push((middle, to));
            waiting.push((from, middle));
        }
    }
    total
}

/// The 15-point sum, the greatest distance of its entries from the 7-point one, and the integral of the greatest entry.
fn panel(low: f64, high: f64, size: usize, f: &impl Fn(f64, &mut Jet)) -> (Jet, f64, f64) {
    let (half, middle) = (0.5 * (high - low), 0.5 * (low + high));
    let (mut fine, mut coarse, mut scale) = (Jet::ZERO, Jet::ZERO, 0.0);
    let mut jet = Jet::ZERO;
    for (x, weight, rough) in POINTS {
        for sign in [-1.0, 1.0] {
            // The middle is one point.
            if x == 0.0 && sign > 0.0 {
                continue;
            }
            f(middle + sign * half * x, &mut jet);
            fine.add_scaled(half * weight, &jet, size);
            coarse.add_scaled(half * rough, &jet, size);
            scale += half * weight * largest(&jet, size);
        }
    }
    coarse.subtract(&fine);
    (fine, largest(&coarse, size), scale)
}

fn largest(jet: &Jet, size: usize) -> f64 {
    let entries = jet.first[..size].iter().chain(&jet.second[..size * (size + 1) / 2]);
    entries.fold(jet.value.abs(), |most, entry| most.max(entry.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_numerics::maths;

    #[test]
    fn smooth_and_kinked_functions_are_integrated() {
        let one = |f: fn(f64) -> f64| move |x: f64, jet: &mut Jet| jet.value = f(x);
        let close = |found: Jet, truth: f64| assert!((found.value / truth - 1.0).abs() < 1e-11, "{} {truth}", found.value);
        // By hand; the last is ∫ |x - 1/3|.
        close(integral(0.0, 3.0, 0, one(|x| x * x)), 9.0);
        close(integral(-20.0, 20.0, 0, one(|x| maths::exp(-x * x))), std::f64::consts::PI.sqrt());
        close(integral(0.0, 1.0, 0, one(|x| (x - 1.0 / 3.0).abs())), 5.0 / 18.0);
        assert!(integral(0.0, 1.0, 0, one(|_| f64::NAN)).value.is_nan());
    }
}
