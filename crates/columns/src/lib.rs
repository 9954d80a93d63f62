//! Arrow-layout arrays with axes, units and missing values.
//!
//! The lowest data room: an [`Array`] is the values, a [`Type`] is the same shape without data (what plans use),
//! a [`Field`] is a named type with unit and documentation. Nothing here knows of files or expressions.
//!
//! ```
//! use germane_columns::{Array, Type};
//! let pt = Array::list(&[2, 0, 1], Array::from(vec![41.0, 32.5, 27.0]));
//! assert_eq!(pt.len(), 3);
//! assert_eq!(pt.ty().to_string(), "list<float64>");
//! ```

mod array;
mod builder;
mod ffi;
mod field;
mod render;
pub mod unit;

pub use array::{Array, Data, Numbers};
pub use builder::TextBuilder;
pub use ffi::{FFI_ArrowArray, FFI_ArrowSchema, export};
pub use field::{Field, NumberType, Type};
pub use unit::{Ratio, Unit, UnitError};

/// Re-exported buffers, so that upper rooms build arrays without naming arrow crates themselves.
pub mod buffer {
    pub use arrow_buffer::{
        ArrowNativeType, BooleanBuffer, BooleanBufferBuilder, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer,
    };
}
