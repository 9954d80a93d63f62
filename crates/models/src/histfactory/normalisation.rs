//! RooFit normalises the density of an auxiliary datum over the range of that datum; the integral depends on the parameter.
//!
//! Other tools normalise over all values, and so does everything else here. These terms belong to models that are compiled to
//! reproduce ROOT's values of -ln L.

use germane_numerics::{maths, special};

use crate::likelihood::Constraint;
use crate::poisson;

/// The integral of a constraint's density over a range of its auxiliary datum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Normalisation {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Normalisation {
    /// ln of the integral for a parameter's value `x`, with its first and second derivative.
    pub(crate) fn ln_integral(&self, constraint: &Constraint, x: f64) -> [f64; 3] {
        let ([value, first, second], ln) = match *constraint {
            Constraint::Normal { width, .. } => self.normal(x, width),
            Constraint::Poisson { rate, .. } => {
                let integral = self.poisson(x, rate);
                (integral, maths::ln(integral[0]))
            }
            // HistFactory has none of them.
            Constraint::Bifurcated { .. } | Constraint::LogNormal { .. } => return [0.0; 3],
        };
        let slope = first / value;
        [ln, slope, second / value - slope * slope]
    }

    /// The integral with its derivatives, and its logarithm.
    fn normal(&self, x: f64, width: f64) -> ([f64; 3], f64) {
        let ends = [(self.low - x) / width, (self.high - x) / width];
        let (outside, heights) =
            (special::normal_cdf(ends[0]) + special::normal_survival(ends[1]), ends.map(special::normal_pdf));
        let moment = |i: usize| if heights[i] == 0.0 { 0.0 } else { ends[i] * heights[i] };
        let first = (heights[0] - heights[1]) / width;
        ([1.0 - outside, first, (moment(0) - moment(1)) / (width * width)], maths::log1p(-outside))
    }

    fn poisson(&self, x: f64, rate: f64) -> [f64; 3] {
        let mean = rate * x;
        let density = |datum: f64| {
            let value = maths::exp(-poisson::nll(datum, mean));
            let slope = datum / mean - 1.0;
            [value, value * slope * rate, value * (slope * slope - datum / (mean * mean)) * rate * rate]
        };
        romberg(self.low, self.high, density)
    }
}

/// Points of the extrapolation.
const POINTS: usize = 5;
/// Halvings after which RooFit gives up.
const MOST_STEPS: usize = 20;
/// Error at which RooFit's integrator is content, absolute or relative.
const CONTENT: f64 = 1e-7;

/// RooFit's one-dimensional integral: trapezoids, halved until the polynomial through the last five sums, taken at width 0,
/// moves by less than 1e-7. What that leaves of the error (some 1e-9) is part of ROOT's -ln L. The derivatives are those of the
/// same sums.
fn romberg(low: f64, high: f64, f: impl Fn(f64) -> [f64; 3]) -> [f64; 3] {
    let add = |a: [f64; 3], b: [f64; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
    let scaled = |a: [f64; 3], factor: f64| a.map(|v| factor * v);
    let mut sums = vec![scaled(add(f(low), f(high)), 0.5 * (high - low))];
    for step in 1..MOST_STEPS {
        let count = 1_u32 << (step - 1);
        let width = (high - low) / f64::from(count);
        let points = (0..count).map(|k| f(low + (f64::from(k) + 0.5) * width));
        let middle = points.fold([0.0; 3], add);
        sums.push(scaled(add(sums[step - 1], scaled(middle, width)), 0.5));
        if sums.len() < POINTS {
            continue;
        }
        let last = &sums[sums.len() - POINTS..];
        let (best, without_first) = (extrapolated(last), extrapolated(&last[1..]));
        let error = (best[0] - without_first[0]).abs();
        if error <= CONTENT * best[0].abs() || error <= CONTENT {
            return best;
        }
    }
    extrapolated(&sums[sums.len() - POINTS..])
}

/// The value at width 0 of the polynomial in the squared width through sums whose widths halve.
fn extrapolated(sums: &[[f64; 3]]) -> [f64; 3] {
    let mut column = sums.to_vec();
    let mut quarter = 4.0;
    while column.len() > 1 {
        // Neville's scheme for squared widths that fall by 4.
        let next = column.windows(2).map(|pair| [0, 1, 2].map(|k| pair[1][k] + (pair[1][k] - pair[0][k]) / (quarter - 1.0)));
        column = next.collect();
        quarter *= 4.0;
    }
    column[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normal_density_loses_its_tails() {
        // mpmath 1.3, 50 digits: Φ((10-1)/0.2236) - Φ(-1/0.2236) and its logarithm's derivatives.
        let found = Normalisation { low: 0.0, high: 10.0 }.ln_integral(&Constraint::Normal { centre: 1.0, width: 0.2236 }, 1.0);
        for (ours, truth) in found.into_iter().zip(NORMAL) {
            assert!((ours - truth).abs() <= 1e-12 * truth.abs(), "{ours} {truth}");
        }
    }

    #[test]
    fn a_poisson_density_is_integrated_as_by_roofit() {
        // RooFit 6.40: -ln L of the measurement GammaExample less its other terms (exact integral 1.7e-9 higher).
        let constraint = Constraint::Poisson { observed: 10.0, rate: 1.0 / 0.09 };
        let normalisation = Normalisation { low: 0.0, high: 10.0 };
        let found = normalisation.ln_integral(&constraint, 1.0);
        assert!((found[0] - POISSON).abs() < 1e-12, "{}", found[0]);
        let h = 1e-5;
        let [above, below] = [1.0 + h, 1.0 - h].map(|x| normalisation.ln_integral(&constraint, x));
        assert!(((above[0] - below[0]) / (2.0 * h) - found[1]).abs() < 1e-8);
        assert!(((above[1] - below[1]) / (2.0 * h) - found[2]).abs() < 1e-8);
    }

    /// mpmath 1.3, 50 digits.
    const NORMAL: [f64; 3] = [-3.869_653_965_888_267_7e-6, 8.095_264_832_438_857e-5, -1.619_157_964_224_824_6e-3];
    /// The same sums and extrapolation with mpmath, 50 digits.
    const POISSON: f64 = -0.949_134_266_828_788;
}
