//! Errors of the rooms as the exceptions of `germane.errors`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Exception for a refused operation on a histogram.
pub(crate) fn refused(py: Python<'_>, error: &germane_histograms::Error) -> PyErr {
    use germane_histograms::ErrorKind;
    let builtin = match error.kind() {
        ErrorKind::Index => "IndexError",
        ErrorKind::Value => "ValueError",
        ErrorKind::Type => "TypeError",
        _ => "",
    };
    let made = (|| -> PyResult<Bound<'_, PyAny>> {
        if !builtin.is_empty() {
            return py.import("builtins")?.getattr(builtin)?.call1((error.to_string(),));
        }
        let entry = PyDict::new(py);
        entry.set_item("code", "name")?;
        entry.set_item("message", error.to_string())?;
        entry.set_item("nearest", error.nearest())?;
        py.import("germane.errors")?.getattr("CategoryError")?.call1((error.to_string(), 6, vec![entry]))
    })();
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(failed) => failed,
    }
}
