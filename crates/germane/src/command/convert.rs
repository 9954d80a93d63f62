//! `germane convert`.

use super::options::ConvertArguments;
use super::print::{Console, Stop};
use super::statistics::workspace;
use super::usage;
use germane_runs::{Conversion, Error, ModelFormat, convert_models};
use germane_texts::Diagnostic;
use std::path::{Path, PathBuf};

pub(super) fn convert(console: &Console, arguments: &ConvertArguments) -> Result<i32, Stop> {
    let edited = !arguments.drop.is_empty() || !arguments.rename.is_empty() || arguments.inputs.len() > 1;
    let format = match (arguments.to.as_deref(), arguments.output.as_deref()) {
        (Some("hs3"), _) => ModelFormat::Hs3,
        (Some("datacard"), _) => ModelFormat::Datacard,
        (Some("histfactory"), _) => ModelFormat::HistFactoryXml,
        (Some(_), _) => ModelFormat::Workspace,
        (None, Some(path)) if is_folder(path) => ModelFormat::HistFactoryXml,
        (None, Some(path)) if path.to_string_lossy().ends_with(".hs3.json") => ModelFormat::Hs3,
        (None, Some(path)) if path.extension().is_some_and(|suffix| suffix == "xml") => ModelFormat::HistFactoryXml,
        (None, Some(path)) if path.extension().is_some_and(|suffix| suffix == "txt") => ModelFormat::Datacard,
        (None, Some(path)) if path.extension().is_some_and(|suffix| suffix == "json") => ModelFormat::Workspace,
        (None, _) if edited => ModelFormat::Workspace,
        (None, _) => {
            return Err(usage(
                "which format?",
                "end the output in .json, .hs3.json, .txt or .xml, or write --to datacard, histfactory, hs3 or pyhf",
            )
            .into());
        }
    };
    let output = match arguments.output.as_deref() {
        Some(path) if format == ModelFormat::HistFactoryXml && is_folder(path) => Some(path.join("combination.xml")),
        None if format == ModelFormat::HistFactoryXml => {
            return Err(usage("a model as HistFactory's XML is several files", "write -o FOLDER/ or -o combination.xml").into());
        }
        path => path.map(Path::to_owned),
    };
    let sources: Vec<_> = arguments.inputs.iter().map(|input| workspace::read(input)).collect::<Result<_, _>>()?;
    let card = workspace::card_options(&arguments.card, &[])?;
    let (drop, rename) = (arguments.drop.clone(), arguments.rename.clone());
    let mut conversion = Conversion { drop, rename, card, ..Conversion::new(format) };
    if let Some(stem) = output.as_deref().and_then(Path::file_stem) {
        conversion.name = stem.to_string_lossy().into_owned();
        conversion.templates = !arguments.counting;
    }
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
    let Some(path) = output else {
        return console.out(converted.text.trim_end_matches('\n')).map(|()| 0);
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut files: Vec<(PathBuf, Vec<u8>)> =
        converted.beside.into_iter().map(|(name, bytes)| (folder.join(name), bytes)).collect();
    // The file that names the others comes last.
    files.push((path, converted.text.into_bytes()));
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists() && !arguments.force) {
        return Err(usage(format!("{} is there already", there.display()), "write --force to replace it").into());
    }
    if arguments.output.as_deref().is_some_and(is_folder) {
        std::fs::create_dir_all(&folder).map_err(|error| Error::resources(&folder, &error))?;
    }
    publish(&files)?;
    Ok(0)
}

/// Whether a path is, or is to be, a folder.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// Writes files beside their final names, then renames them all.
fn publish(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Error> {
    let beside = |path: &Path| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        PathBuf::from(beside)
    };
    let resources = |path: &Path, error: std::io::Error| {
        for (path, _) in files {
            drop(std::fs::remove_file(beside(path)));
        }
        Error::resources(path, &error)
    };
    for (path, bytes) in files {
        std::fs::write(beside(path), bytes).map_err(|error| resources(path, error))?;
    }
    for (path, _) in files {
        std::fs::rename(beside(path), path).map_err(|error| resources(path, error))?;
    }
    Ok(())
}
