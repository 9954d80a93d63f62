//! Shapes of trapezoidal filters: the difference of the sums over two windows.

use crate::processor::{Call, Fault};

/// Samples of the two windows and of the gap between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trapezoid {
    /// the newer window
    pub(super) rise: usize,
    /// the gap
    pub(super) flat: usize,
    /// the older window
    pub(super) fall: usize,
}

impl Trapezoid {
    /// From constants: rise and flat at `rise` and `rise + 1`; fall, if it is not the rise, at `fall`.
    ///
    /// # Errors
    /// Not whole, too small, or wider than the waveform, argument 0.
    pub(super) fn of(call: &Call<'_>, rise: usize, fall: Option<usize>) -> Result<Self, Fault> {
        let shape =
            Self { rise: call.count(rise, 1)?, flat: call.count(rise + 1, 0)?, fall: call.count(fall.unwrap_or(rise), 1)? };
        let (width, samples) = (shape.rise.saturating_add(shape.flat).saturating_add(shape.fall), call.length(0));
        if width > samples {
            return Err(Fault::at(rise, format!("the trapezoid is {width} samples wide, the waveform has {samples}")));
        }
        Ok(shape)
    }
}
