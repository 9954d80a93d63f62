//! Exact sums, special functions, vector maths, dense algebra: the same bits everywhere.
//!
//! Nothing in this room calls the system's mathematical library, and every sum has a fixed order, so that a result
//! does not depend on the machine, the number of threads or the cut of the data.

pub mod arrow;
pub mod dense;
mod even_slots;
mod evenly_spaced;
mod exact_batch;
mod exact_sum;
mod exact_sums;
mod executor;
pub mod faddeeva;
pub mod fourier;
pub mod logarithm;
pub mod maths;
mod packed_sum;
pub mod random;
mod rounding;
pub mod simd;
pub mod special;
pub mod varint;
mod wide_sum;

pub use even_slots::EvenSlots;
pub use evenly_spaced::evenly_spaced;
pub use exact_batch::{ExactBatch, WeightSums};
pub use exact_sum::ExactSum;
pub use exact_sums::ExactSums;
pub use executor::{Executor, Inline};
pub use packed_sum::UnpackError;
