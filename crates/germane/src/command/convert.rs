//! `germane convert`.

use super::options::ConvertArguments;
use super::print::{Console, Stop};
use super::statistics::workspace;
use super::usage;
use germane_runs::{Error, ModelFormat, convert_model};
use std::path::Path;

pub(super) fn convert(console: &Console, arguments: &ConvertArguments) -> Result<i32, Stop> {
    let format = match (arguments.to.as_deref(), arguments.output.as_deref()) {
        (Some("hs3"), _) => ModelFormat::Hs3,
        (Some(_), _) => ModelFormat::Workspace,
        (None, Some(path)) if path.to_string_lossy().ends_with(".hs3.json") => ModelFormat::Hs3,
        (None, Some(path)) if path.extension().is_some_and(|suffix| suffix == "json") => ModelFormat::Workspace,
        (None, _) => {
            return Err(usage("which format?", "end the output in .json or .hs3.json, or write --to hs3 or --to pyhf").into());
        }
    };
    let source = workspace::read(&arguments.input)?;
    let text = convert_model(&source, format)?;
    let Some(path) = &arguments.output else { return console.out(text.trim_end_matches('\n')).map(|()| 0) };
    if path.exists() && !arguments.force {
        return Err(usage(format!("{} is there already", path.display()), "write --force to replace it").into());
    }
    publish(path, &text)?;
    Ok(0)
}

/// Writes a text beside its final name, then renames it.
fn publish(path: &Path, text: &str) -> Result<(), Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| Error::resources(path, &error))
}
