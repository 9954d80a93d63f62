//! Commands on workspaces: a model in, a table, a document or a figure out.

mod contour;
mod fit;
mod limit;
mod rank;
mod scan;
mod significance;
mod workspace;
mod yields;

pub(super) use contour::contour;
pub(super) use fit::fit;
pub(super) use limit::limit;
pub(super) use rank::rank;
pub(super) use scan::scan;
pub(super) use significance::significance;
pub(super) use yields::yields;

use super::print::Stop;
use germane_inference::NoResult;
use germane_reports::Figure;
use germane_runs::Error;
use germane_texts::Diagnostic;
use std::path::Path;

/// A number of a document: what is not finite is a word.
fn number(value: f64) -> serde_json::Value {
    let word = || {
        if value.is_nan() {
            "nan"
        } else if value > 0.0 {
            "inf"
        } else {
            "-inf"
        }
    };
    serde_json::Number::from_f64(value).map_or_else(|| word().into(), serde_json::Value::Number)
}

/// A test that has no result: exit code 7.
fn no_result(reason: NoResult) -> Error {
    Error { exit: germane_runs::exit::FIT, diagnostics: vec![Diagnostic::new("fit", reason.0)] }
}

/// Writes a figure as its suffix says: `.json`, `.svg`, `.png`.
fn write(figure: &Figure, path: &Path) -> Result<(), Stop> {
    let bytes = match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("json") => figure.to_json().into_bytes(),
        Some("svg") => germane_reports::svg(figure).into_bytes(),
        Some("png") => germane_reports::png(figure).map_err(|error| Error::internal(error.to_string()))?,
        _ => return Err(super::usage(format!("`{}` is no figure", path.display()), "end it in .json, .svg or .png").into()),
    };
    std::fs::write(path, bytes).map_err(|error| Error::resources(path, &error).into())
}
