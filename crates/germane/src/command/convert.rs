//! `germane convert`.

use super::options::ConvertArguments;
use super::print::{Console, Stop};
use super::statistics::workspace;
use super::usage;
use germane_runs::{Conversion, Error, ModelFormat, convert_models};
use germane_texts::Diagnostic;
use std::path::Path;

pub(super) fn convert(console: &Console, arguments: &ConvertArguments) -> Result<i32, Stop> {
    let edited = !arguments.drop.is_empty() || !arguments.rename.is_empty() || arguments.inputs.len() > 1;
    let format = match (arguments.to.as_deref(), arguments.output.as_deref()) {
        (Some("hs3"), _) => ModelFormat::Hs3,
        (Some("datacard"), _) => ModelFormat::Datacard,
        (Some("histfactory"), _) => ModelFormat::HistFactoryXml,
        (Some(_), _) => ModelFormat::Workspace,
        (None, Some(path)) if path.to_string_lossy().ends_with(".hs3.json") => ModelFormat::Hs3,
        (None, Some(path)) if path.extension().is_some_and(|suffix| suffix == "txt") => ModelFormat::Datacard,
        (None, Some(path)) if path.extension().is_some_and(|suffix| suffix == "json") => ModelFormat::Workspace,
        (None, _) if edited => ModelFormat::Workspace,
        (None, _) => {
            return Err(usage(
                "which format?",
                "end the output in .json, .hs3.json or .txt, or write --to datacard, hs3 or pyhf",
            )
            .into());
        }
    };
    let sources: Vec<_> = arguments.inputs.iter().map(|input| workspace::read(input)).collect::<Result<_, _>>()?;
    let card = workspace::card_options(&arguments.card, &[])?;
    let conversion = Conversion { to: format, drop: arguments.drop.clone(), rename: arguments.rename.clone(), card };
    let converted = convert_models(&sources, &conversion)?;
    if !converted.losses.is_empty() && !arguments.lossy {
        let count = converted.losses.len();
        let what = if count == 1 { "one thing is".to_owned() } else { format!("{count} things are") };
        let last = Diagnostic::new("loss", format!("{what} lost, and nothing was written"));
        let losses = converted.losses.into_iter().chain([last.advice("write --lossy to convert without")]);
        return Err(Error::text(losses.collect()).into());
    }
    for loss in &converted.losses {
        console.note(&format!("lost: {loss}"));
    }
    let Some(path) = &arguments.output else {
        return console.out(converted.text.trim_end_matches('\n')).map(|()| 0);
    };
    if path.exists() && !arguments.force {
        return Err(usage(format!("{} is there already", path.display()), "write --force to replace it").into());
    }
    publish(path, &converted.text)?;
    Ok(0)
}

/// Writes a text beside its final name, then renames it.
fn publish(path: &Path, text: &str) -> Result<(), Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| Error::resources(path, &error))
}
