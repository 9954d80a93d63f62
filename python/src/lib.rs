//! Python bindings of germane: conversions only, the rooms do the work.
//!
//! What a user imports is `germane/*.py`; this module is `germane._core`. Unsafe code is in [`arrow`] alone: the C data
//! interface hands out raw pointers.

mod array;
mod arrow;
mod dsp;
mod error;
mod files;
mod histogram;
mod lh5;
mod models;
mod runs;
mod values;

use pyo3::prelude::*;
use std::ffi::OsString;

/// Name that looks most like another one.
#[pyfunction]
fn nearest(name: &str, candidates: Vec<String>) -> Option<String> {
    germane::texts::nearest(name, candidates.iter().map(String::as_str)).map(str::to_owned)
}

/// The command: its exit code for the arguments, the first of which is the program's name.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>) -> i32 {
    py.detach(|| germane::command::main(arguments))
}

/// The extension module.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(nearest, module)?)?;
    module.add_function(wrap_pyfunction!(main, module)?)?;
    module.add_function(wrap_pyfunction!(dsp::build_dsp, module)?)?;
    module.add_function(wrap_pyfunction!(dsp::run_grid, module)?)?;
    module.add_function(wrap_pyfunction!(files::open, module)?)?;
    module.add_function(wrap_pyfunction!(files::write_root, module)?)?;
    module.add_function(wrap_pyfunction!(lh5::reading::lh5_read, module)?)?;
    module.add_function(wrap_pyfunction!(lh5::writing::lh5_concat, module)?)?;
    module.add_function(wrap_pyfunction!(lh5::reading::lh5_rows, module)?)?;
    module.add_function(wrap_pyfunction!(lh5::writing::lh5_write, module)?)?;
    module.add_function(wrap_pyfunction!(lh5::writing::lh5_write_view, module)?)?;
    module.add_function(wrap_pyfunction!(models::edited_workspace, module)?)?;
    module.add_function(wrap_pyfunction!(models::joined_workspace, module)?)?;
    module.add_function(wrap_pyfunction!(models::patched, module)?)?;
    module.add_function(wrap_pyfunction!(models::read_text, module)?)?;
    module.add_function(wrap_pyfunction!(models::sorted_workspace, module)?)?;
    module.add_function(wrap_pyfunction!(runs::plan, module)?)?;
    module.add_function(wrap_pyfunction!(runs::run, module)?)?;
    module.add_function(wrap_pyfunction!(runs::figure_svg, module)?)?;
    module.add_class::<array::Array>()?;
    module.add_class::<array::Batch>()?;
    module.add_class::<array::Buffer>()?;
    module.add_class::<files::File>()?;
    module.add_class::<files::Table>()?;
    module.add_class::<histogram::Axis>()?;
    module.add_class::<histogram::Histogram>()?;
    module.add_class::<lh5::iteration::Lh5Blocks>()?;
    module.add_class::<lh5::node::Lh5Node>()?;
    module.add_class::<lh5::tree::Lh5Member>()?;
    module.add_class::<lh5::tree::Lh5Tree>()?;
    module.add_class::<lh5::values::Lh5Values>()?;
    module.add_class::<models::Fitted>()?;
    module.add_class::<models::Model>()?;
    module.add_class::<runs::Plan>()?;
    Ok(())
}
