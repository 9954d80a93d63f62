//! Tier `hit`: expressions with parameters and quality flags over the columns of tier `dsp`.
//!
//! The configuration is pygama's: `{outputs, operations, aggregations}`, one block for all tables or one for each. Arithmetic is that
//! of the language of `expressions` (f64, i64), without units: what an operation gives is in the `units` of its `lgdo_attrs`.

mod configuration;
mod convert;
mod plan;
mod write;

pub use configuration::{Aggregation, Block, Configuration, Operation};
pub use convert::convert;
pub(crate) use convert::{detector_of, fields, output_path};
pub use plan::{Column, Hit};
pub(crate) use write::{Made, write};
