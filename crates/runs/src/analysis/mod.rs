//! The analysis file: its form, its check, and what it says as structures.

mod check;
mod json_schema;
pub mod keys;
mod quantity;
mod read;
mod shape;
mod structures;

pub use json_schema::json_schema;
pub use quantity::Quantity;
pub use read::read;
pub use structures::*;
