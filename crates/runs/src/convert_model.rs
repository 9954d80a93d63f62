//! A model in another format, with other names, or without some of its parts; several as one.

use crate::error::Error;
use crate::histogram_files::{HistogramFiles, histogram_file};
use crate::open_model::{ModelFormat, configured, model_format};
use germane_models::HistogramSource;
use germane_models::datacard::{Card, CardOptions};
use germane_models::histfactory_xml::Configuration;
use germane_models::hs3::Document;
use germane_models::workspace::{Join, PartKind, PartName, Workspace};
use germane_texts::{Diagnostic, Source, nearest};
use serde_json::Value;
use std::path::Path;

/// What is to become of models.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The new format.
    pub to: ModelFormat,
    /// Parts that are left out: `KIND:NAME`.
    pub drop: Vec<String>,
    /// New names: `OLD=NEW` or `KIND:OLD=NEW`.
    pub rename: Vec<String>,
    /// What cards leave open.
    pub card: CardOptions,
    /// What files beside the text are called, without suffix.
    pub name: String,
    /// Whether a card may keep the bins of channels as templates in a file beside it; otherwise each bin is a counting channel.
    pub templates: bool,
}

impl Conversion {
    /// To a format, with everything and all names as they are; files beside the text are called after `model`, cards have none.
    pub fn new(to: ModelFormat) -> Self {
        let (drop, rename, card) = (Vec::new(), Vec::new(), CardOptions::default());
        Self { to, drop, rename, card, name: "model".to_owned(), templates: false }
    }

    fn edits(&self) -> bool {
        !self.drop.is_empty() || !self.rename.is_empty()
    }
}

/// The text of a model in its new format, and what that cannot say.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The text.
    pub text: String,
    /// Files that belong beside it, by the names that it gives them: further texts, and histograms.
    pub beside: Vec<(String, Vec<u8>)>,
    /// What is lost, item by item, with its places in the old text.
    pub losses: Vec<Diagnostic>,
}

/// A model as pyhf's workspace.
struct AsWorkspace {
    source: Source,
    losses: Vec<Diagnostic>,
}

impl Converted {
    fn alone(text: String, losses: Vec<Diagnostic>) -> Self {
        Self { text, beside: Vec::new(), losses }
    }
}

/// Converts models; several are put into one workspace, where nothing may have the same name but parameters.
///
/// # Errors
/// Mistakes of the texts and of the files that they name, parts that are not there, what is wrong with the result, and conversions
/// that do not exist.
pub fn convert_models(sources: &[Source], conversion: &Conversion) -> Result<Converted, Error> {
    if let ([source], false) = (sources, conversion.edits()) {
        match (model_format(&source.text), conversion.to) {
            (ModelFormat::Hs3, ModelFormat::Hs3) => {
                let text = Document::read(source).map_err(Error::text)?.to_text();
                return Ok(Converted::alone(text, Vec::new()));
            }
            (ModelFormat::Hs3, ModelFormat::Workspace) => {
                // The spelling of numbers stays.
                let written = as_workspace(source, &conversion.card)?;
                return Ok(Converted::alone(written.source.text.to_string(), written.losses));
            }
            _ => {}
        }
    }
    let mut losses = Vec::new();
    let mut joined: Option<Workspace> = None;
    for source in sources {
        let mut written = as_workspace(source, &conversion.card)?;
        losses.append(&mut written.losses);
        if let ([_], false, ModelFormat::Hs3) = (sources, conversion.edits(), conversion.to) {
            return hs3(&written.source, losses);
        }
        let workspace = Workspace::read(&written.source).map_err(Error::text)?;
        joined = Some(match joined {
            None => workspace,
            Some(joined) => joined.joined(&workspace, Join::None).map_err(|mut problems| {
                for problem in &mut problems {
                    *problem = problem.clone().advice("`germane combine` takes a map of what is the same");
                }
                Error::text(problems)
            })?,
        });
    }
    let workspace = edited(joined.unwrap_or_default(), conversion)?;
    let text = format!("{:#}\n", workspace.to_json());
    match conversion.to {
        ModelFormat::Hs3 => hs3(&Source::new("the workspace", text), losses),
        ModelFormat::Datacard => {
            let file = conversion.templates.then(|| format!("{}.root", conversion.name));
            let mut written = workspace.to_datacard(None, file.as_deref()).map_err(Error::text)?;
            losses.append(&mut written.losses);
            let mut beside = Vec::new();
            if let (Some(file), false) = (file, written.histograms.is_empty()) {
                let bytes = histogram_file(&file, &written.histograms).map_err(|problem| Error::text(vec![problem]))?;
                beside.push((file, bytes));
            }
            Ok(Converted { text: written.text, beside, losses })
        }
        ModelFormat::HistFactoryXml => histfactory(&workspace, &conversion.name, losses),
        _ => Ok(Converted::alone(text, losses)),
    }
}

/// The text of a model in another format that says all of it; `options` are what a card leaves open.
///
/// # Errors
/// As [`convert_models`], what would be lost, item by item, and formats that are more than a text.
pub fn convert_model(source: &Source, to: ModelFormat, options: &CardOptions) -> Result<String, Error> {
    let conversion = Conversion { card: options.clone(), ..Conversion::new(to) };
    let converted = convert_models(std::slice::from_ref(source), &conversion)?;
    if !converted.beside.is_empty() {
        let problem = Diagnostic::new("unsupported", format!("a model as {} is several files", to.word()));
        return Err(Error::text(vec![problem.advice("`germane convert MODEL -o FOLDER/` writes them")]));
    }
    if converted.losses.is_empty() { Ok(converted.text) } else { Err(Error::text(converted.losses)) }
}

fn hs3(workspace: &Source, losses: Vec<Diagnostic>) -> Result<Converted, Error> {
    let text = Document::from_workspace(workspace).map_err(Error::text)?.to_text();
    Ok(Converted::alone(text, losses))
}

fn histfactory(workspace: &Workspace, name: &str, mut losses: Vec<Diagnostic>) -> Result<Converted, Error> {
    let file = format!("{name}.root");
    let mut written = workspace.to_histfactory_xml(&file).map_err(Error::text)?;
    losses.append(&mut written.losses);
    let texts = written.configuration.texts(name);
    let histograms = histogram_file(&file, &written.histograms).map_err(|problem| Error::text(vec![problem]))?;
    let mut beside: Vec<(String, Vec<u8>)> = texts.channels.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    beside.push((file, histograms));
    Ok(Converted { text: texts.combination, beside, losses })
}

/// The workspace that a text is, or becomes.
fn as_workspace(source: &Source, options: &CardOptions) -> Result<AsWorkspace, Error> {
    let named = |tree: &Value| Source::new(format!("{} as a workspace", source.name), format!("{tree:#}\n"));
    match model_format(&source.text) {
        ModelFormat::Workspace => Ok(AsWorkspace { source: source.clone(), losses: Vec::new() }),
        ModelFormat::Hs3 => {
            let document = Document::read(source).map_err(Error::text)?;
            let (tree, losses) = document.to_workspace_with_losses();
            Ok(AsWorkspace { source: named(&tree), losses })
        }
        ModelFormat::HistFactoryXml => {
            let files = HistogramFiles::beside(Path::new(&*source.name));
            let configuration = Configuration::read(source, |name| files.text(name)).map_err(Error::text)?;
            let (workspace, losses) = configuration.to_workspace(&files).map_err(Error::text)?;
            Ok(AsWorkspace { source: named(&workspace.to_json()), losses })
        }
        ModelFormat::Cabinetry | ModelFormat::TrexFitter => {
            let workspace = configured(source)?.workspace;
            Ok(AsWorkspace { source: named(&workspace.to_json()), losses: Vec::new() })
        }
        ModelFormat::Datacard => {
            let card = Card::read(source).map_err(Error::text)?;
            let files = HistogramFiles::beside(Path::new(&*source.name));
            let (workspace, losses) = card.to_workspace(&files, options).map_err(Error::text)?;
            Ok(AsWorkspace { source: named(&workspace.to_json()), losses })
        }
    }
}

/// The workspace without what is dropped, with new names.
fn edited(workspace: Workspace, conversion: &Conversion) -> Result<Workspace, Error> {
    let mut problems = Vec::new();
    let mut part = |text: &str| match part(&workspace, text) {
        Ok(part) => Some(part),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let dropped: Vec<PartName> = conversion.drop.iter().filter_map(|text| part(text)).collect();
    let mut renamed = Vec::new();
    for text in &conversion.rename {
        match text.rsplit_once('=') {
            Some((old, new)) if !new.is_empty() => renamed.extend(part(old).map(|old| (old, new.to_owned()))),
            _ => {
                let problem = Diagnostic::new("usage", format!("`{text}` is no OLD=NEW"));
                return Err(Error { exit: 2, diagnostics: vec![problem.advice("write --rename mu=strength")] });
            }
        }
    }
    if !problems.is_empty() {
        return Err(Error::text(problems));
    }
    let renamed_first = workspace.renamed(&renamed).map_err(Error::text)?;
    let dropped: Vec<PartName> = dropped
        .into_iter()
        .map(|part| {
            let new = renamed.iter().find(|(old, _)| *old == part).map(|(_, new)| new.clone());
            PartName { name: new.unwrap_or(part.name), ..part }
        })
        .collect();
    if dropped.is_empty() { Ok(renamed_first) } else { renamed_first.without(&dropped).map_err(Error::text) }
}

/// The part that `KIND:NAME` means, or a name that only one kind of part has.
fn part(workspace: &Workspace, text: &str) -> Result<PartName, Diagnostic> {
    if let Some((word, name)) = text.split_once(':')
        && let Some(kind) = PartKind::of_word(word)
    {
        return Ok(PartName::new(kind, name));
    }
    let kinds: Vec<PartKind> = PartKind::ALL.into_iter().filter(|kind| workspace.names(*kind).contains(text)).collect();
    match kinds[..] {
        [kind] => Ok(PartName::new(kind, text)),
        [] => {
            let problem = Diagnostic::new("name", format!("no part of the model is called `{text}`"));
            Err(match nearest(text, PartKind::ALL.into_iter().flat_map(|kind| workspace.names(kind))) {
                Some(near) => problem.nearest(near),
                None => problem.advice("kinds are channel, sample, modifier, type, measurement"),
            })
        }
        [first, ..] => {
            let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
            let problem = Diagnostic::new("name", format!("`{text}` is the name of a {}", words.join(" and of a ")));
            Err(problem.advice(format!("write {}:{text}", first.word())))
        }
    }
}
