//! Errors of the rooms as the exceptions of `germane.errors`.

use germane::texts::Diagnostic;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Exception that fits the first mistake; its text is what the command prints.
pub(crate) fn raise(py: Python<'_>, exit: i32, diagnostics: &[Diagnostic]) -> PyErr {
    let message = germane::texts::render(diagnostics, false);
    let document = germane::texts::to_json(exit, diagnostics).to_string();
    let made = (|| -> PyResult<Bound<'_, PyAny>> {
        let document = py.import("json")?.call_method1("loads", (document,))?;
        py.import("germane.errors")?.call_method1("from_document", (message, document))
    })();
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(failed) => failed,
    }
}

/// Exception for a refused operation on a histogram.
pub(crate) fn refused(py: Python<'_>, error: &germane::histograms::Error) -> PyErr {
    use germane::histograms::ErrorKind;
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
