//! Peaks of germanium spectra: densities with the parameter order that is in use in the field, and the position and widths of
//! their signal.
//!
//! A signal is normalised on the whole line, a background on the window. The functions are sums of the shapes of
//! [`density`](crate::density), so that what is fitted and what is drawn is the same formula.

mod function;
mod signal;

pub use function::PeakFunction;
pub use signal::{Measured, Signal};
