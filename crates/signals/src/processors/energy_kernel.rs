//! Kernels of energy filters: two sinh flanks with a flat top, and the inverse of an exponential decay.

use crate::processor::{Call, Fault};
use germane_numerics::maths;

/// What a cusp is made of, in samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cusp {
    sigma: f64,
    flat: usize,
    decay: f64,
}

impl Cusp {
    /// From the arguments `sigma`, `flat`, `decay` of a call, with the kernel as the fourth.
    ///
    /// # Errors
    /// A curvature or decay that is not positive, a flat top that is no whole number or longer than the kernel.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, Fault> {
        let (sigma, flat, decay, length) = (call.number(0)?, call.count(1, 0)?, call.number(2)?, call.length(3));
        if !(sigma > 0.0) {
            return Err(Fault::at(0, format!("the curvature must be positive, this is {sigma}")));
        }
        if !(decay > 0.0) {
            return Err(Fault::at(2, format!("the decay constant must be positive, this is {decay}")));
        }
        if flat + 2 > length {
            return Err(Fault::at(1, format!("the flat top is {flat} samples long, the kernel has {length}")));
        }
        Ok(Self { sigma, flat, decay })
    }

    /// Samples of each flank.
    fn flank(&self, length: usize) -> usize {
        (length - self.flat) / 2
    }

    /// Flanks of sinh with height 1 and the flat top between.
    pub(super) fn shape(&self, length: usize) -> Vec<f64> {
        let flank = self.flank(length);
        (0..length)
            .map(|i| {
                let distance = if i < flank { i } else { length - i };
                if i >= flank && i <= flank + self.flat { 1.0 } else { sinh_ratio(distance, flank, self.sigma) }
            })
            .collect()
    }

    /// The shape without its area: parabolas under the flanks take it away.
    pub(super) fn shape_without_area(&self, length: usize) -> Vec<f64> {
        let flank = self.flank(length);
        let parabola = |i: usize| {
            let distance = if i < flank {
                i as f64
            } else if i > flank + self.flat {
                (length - i) as f64
            } else {
                return 0.0;
            };
            distance * (distance - flank as f64)
        };
        let shape = self.shape(length);
        let mut area = germane_numerics::ExactSum::new();
        shape.iter().for_each(|&x| area.add(x));
        let under: f64 = (0..length).map(parabola).sum();
        let scale = area.value() / under;
        shape.iter().enumerate().map(|(i, x)| x - parabola(i) * scale).collect()
    }

    /// `shape[i] - exp(-1/decay) shape[i-1]`: a step that decays becomes one that stays.
    pub(super) fn without_decay(&self, shape: &[f64]) -> Vec<f64> {
        let ratio = maths::exp(-1.0 / self.decay);
        (0..shape.len()).map(|i| shape[i] - ratio * if i > 0 { shape[i - 1] } else { 0.0 }).collect()
    }
}

/// `sinh(i / sigma) / sinh(flank / sigma)`, also where both are too large for a number.
fn sinh_ratio(i: usize, flank: usize, sigma: f64) -> f64 {
    let (x, y) = (i as f64 / sigma, flank as f64 / sigma);
    if y < 700.0 { maths::sinh(x) / maths::sinh(y) } else { maths::exp(x - y) * -maths::expm1(-2.0 * x) }
}
