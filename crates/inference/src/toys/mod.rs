//! Distributions of statistics from random data: p-values, CLs, limits, goodness of fit.
//!
//! Main and auxiliary data of a toy are thrown at one point of the model (unconditionally) and are a function of seed, number
//! and hypothesis alone, so that any range of toys can be worked out by any thread, and results of ranges be put together.

mod compatibility;
mod enumeration;
mod evaluate;
mod goodness;
mod intervals;
mod limit;
mod p_value;
mod sample;
mod test;
mod throw;

pub use compatibility::{ChannelValue, Compatibility, channel_compatibility};
pub use goodness::{GoodnessTest, ToyGoodness, toy_distance, toy_goodness};
pub use intervals::{Piece, Region, Search, TestedValue, feldman_cousins};
pub use limit::{Crossing, ToyLimit, toy_limit};
pub use p_value::PValue;
pub use sample::{Failure, Sample};
pub use test::{ToyTest, ToyTests, toy_discovery};
