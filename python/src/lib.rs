//! Python bindings of germane: conversions only, the rooms do the work.
//!
//! What a user imports is `germane/*.py`; this module is `germane._core`. Unsafe code is in [`arrow`] alone: the C data
//! interface hands out raw pointers.

mod array;
mod arrow;
mod values;

use pyo3::prelude::*;

/// The extension module.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<array::Array>()?;
    module.add_class::<array::Buffer>()?;
    module.add_class::<array::Batch>()?;
    Ok(())
}
