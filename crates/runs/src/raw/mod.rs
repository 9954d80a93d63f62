//! Raw files of digitizers to LH5: output specification, buffers, processing, conversion.

mod collector;
mod conversion;
mod documents;
mod number_types;
mod outputs;
mod processing;
mod routes;
mod run;
mod specification;
mod stream;
mod template;

pub(crate) use documents::beside;
pub use run::{Options, Outcome, convert};
pub use specification::{Specification, read_storage};
pub use stream::file_key;
pub(crate) use stream::identity;

#[cfg(test)]
mod tests;
