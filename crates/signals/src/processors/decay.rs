//! Decay times: what remains of an exponential after a sample.

use crate::processor::{Call, Fault};
use germane_numerics::maths;

/// `exp(-1/tau)` of constant `k`, a decay time in samples.
///
/// # Errors
/// Not above 0.
pub(super) fn remaining(call: &Call<'_>, k: usize) -> Result<f64, Fault> {
    let tau = call.number(k)?;
    if !(tau > 0.0) {
        return Err(Fault::at(k, format!("expected a decay time above 0, this is {tau} samples")));
    }
    Ok(maths::exp(-1.0 / tau))
}
