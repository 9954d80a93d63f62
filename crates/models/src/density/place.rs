//! A point in units of a Gaussian's standard deviation, exact enough for its far tails.

use germane_numerics::maths;

/// Below this the rounding of z changes e^(-z²/2) by less than 2e-14 of it.
const NEAR: f64 = 8.0;

/// z = (x - mean)/sigma with what rounding took from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) z: f64,
    pub(super) rest: f64,
}

impl Place {
    pub(super) fn new(x: f64, mean: f64, sigma: f64) -> Self {
        let distance = x - mean;
        let z = distance / sigma;
        if z.abs() < NEAR || !z.is_finite() {
            return Self { z, rest: 0.0 };
        }
        let subtracted = x - distance;
        let lost = (x - (distance + subtracted)) + (subtracted - mean);
        Self { z, rest: (z.mul_add(-sigma, distance) + lost) / sigma }
    }

    /// e^(-z²/2).
    pub(super) fn bell(self) -> f64 {
        let square = self.z * self.z;
        if self.z.abs() < NEAR || !square.is_finite() {
            return maths::exp(-0.5 * square);
        }
        let rest = self.z.mul_add(self.z, -square) + 2.0 * self.z * self.rest;
        maths::exp(-0.5 * square) * (1.0 - 0.5 * rest)
    }

    /// e^(s z + s²/2), for exponents that are not positive; `slack` is what rounding took from s.
    pub(super) fn slope(self, s: f64, slack: f64) -> f64 {
        let half = 0.5 * s;
        let sum = self.z + half;
        let exponent = s * sum;
        if exponent.abs() < 0.5 * NEAR * NEAR {
            return maths::exp(exponent);
        }
        let back = sum - self.z;
        let lost = (self.z - (sum - back)) + (half - back) + self.rest + 0.5 * slack;
        maths::exp(exponent) * (1.0 + s.mul_add(sum, -exponent) + s * lost + slack * sum)
    }
}
