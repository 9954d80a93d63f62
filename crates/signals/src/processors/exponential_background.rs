//! Decay of an earlier pulse under a waveform: `scale exp(-i/tau) + level`.

use crate::processor::{Call, Fault};
use germane_numerics::maths;

/// `exp(-i/tau)` for all samples of argument 0, and the number of those that are fitted; constants `samples` and `samples + 1`.
///
/// # Errors
/// Fewer than `least` samples, more than there are, or a decay time that is not above 0.
pub(super) fn of(call: &Call<'_>, samples: usize, least: usize) -> Result<(Vec<f64>, usize), Fault> {
    let (count, tau) = (call.count(samples, least)?, call.number(samples + 1)?);
    if count > call.length(0) {
        return Err(Fault::at(samples, format!("{count} samples are to be fitted, the waveform has {}", call.length(0))));
    }
    if !(tau > 0.0) {
        return Err(Fault::at(samples + 1, format!("expected a decay time above 0, this is {tau} samples")));
    }
    Ok(((0..call.length(0)).map(|i| maths::exp(-(i as f64) / tau)).collect(), count))
}
