//! LH5: the data model of LEGEND on top of [`crate::hdf5`].
//!
//! Source: "LEGEND data format specifications", legend-exp.

mod columns;
mod datatype;
mod fields;
mod memory;
mod object;
mod rows;
mod selection;

pub use datatype::{Datatype, Form, Kind as ElementKind, Mistake, ViewOf};
pub use fields::Fields;
pub use object::{Attributes, Content, Object, Vectors};
pub use selection::{Picked, Selection};
