//! Raw files of digitizers to LH5: output specification, buffers, processing, conversion.

mod collector;
mod conversion;
mod number_types;
mod processing;
mod routes;
mod specification;
mod template;

pub use specification::{Codec, Compression, Settings, Specification};

#[cfg(test)]
mod tests;
