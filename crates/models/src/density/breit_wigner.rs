//! Breit-Wigner: 1/((x - mean)² + width²/4); arguments mean, width (full width at half maximum).

use germane_numerics::maths;

use super::jet::Jet;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let (d, g) = (x - arguments[0], 0.5 * arguments[1]);
    let f = 1.0 / (d * d + g * g);
    out.value = f;
    // Derivatives in g = width/2; each order in the width brings a factor 1/2.
    out.first[0] = 2.0 * d * f * f;
    out.first[1] = -g * f * f;
    out.set_second(0, 0, (8.0 * d * d * f - 2.0) * f * f);
    out.set_second(1, 0, -4.0 * d * g * f * f * f);
    out.set_second(1, 1, (2.0 * g * g * f - 0.5) * f * f);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let g = 0.5 * arguments[1];
    let (a, b) = (low - arguments[0], high - arguments[0]);
    // Difference of two arc tangents without cancellation.
    let angle = maths::atan2(g * (b - a), g * g + a * b);
    let (fa, fb) = (1.0 / (a * a + g * g), 1.0 / (b * b + g * g));
    let once = b * fb - a * fa;
    let twice = b * fb * fb - a * fa * fa;
    out.value = angle / g;
    out.first[0] = fa - fb;
    out.first[1] = 0.5 * (-angle / (g * g) - once / g);
    out.set_second(0, 0, 2.0 * (a * fa * fa - b * fb * fb));
    out.set_second(1, 0, g * (fb * fb - fa * fa));
    out.set_second(1, 1, 0.25 * (2.0 * angle / (g * g * g) + 2.0 * once / (g * g) + 2.0 * twice));
}
