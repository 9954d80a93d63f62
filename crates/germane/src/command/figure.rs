//! Figures to files.

use super::print::Stop;
use germane_reports::Figure;
use germane_runs::Error;
use std::path::Path;

/// Writes a figure as its suffix says: `.json`, `.svg`, `.png`.
pub(super) fn write(figure: &Figure, path: &Path) -> Result<(), Stop> {
    let bytes = match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("json") => figure.to_json().into_bytes(),
        Some("svg") => germane_reports::svg(figure).into_bytes(),
        Some("png") => germane_reports::png(figure).map_err(|error| Error::internal(error.to_string()))?,
        _ => return Err(super::usage(format!("`{}` is no figure", path.display()), "end it in .json, .svg or .png").into()),
    };
    std::fs::write(path, bytes).map_err(|error| Error::resources(path, &error).into())
}
