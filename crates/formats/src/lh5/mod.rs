//! LH5: the data model of LEGEND on top of [`crate::hdf5`].
//!
//! Source: "LEGEND data format specifications", legend-exp.

mod columns;
mod object;

pub use object::{Attributes, Content, Object, Vectors};
