//! HDF5: reading and writing, in our own code, so that every error knows its byte and every chunk goes straight where it belongs.
//!
//! Source: "HDF5 File Format Specification Version 3.0", The HDF Group.

mod values;

pub use values::{Attribute, Element, ValueData, Values};
