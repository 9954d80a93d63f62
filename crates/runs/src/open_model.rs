//! A model in any of the formats that are read, told apart by what is written and not by the name of the file.

use crate::error::Error;
use crate::histogram_files::HistogramFiles;
use crate::templates::template_workspace;
use germane_models::combination::{AnyExperiment, Combination};
use germane_models::datacard::{Card, CardOptions};
use germane_models::histfactory_xml::{Configuration, Convention};
use germane_models::hs3::{self, Compiled, Document, HistoSys};
use germane_models::patchset::PatchSet;
use germane_models::quadratic::QuadraticModel;
use germane_models::template_fit::{Built, ChannelAxis, TemplateFit};
use germane_models::workspace::Workspace;
use germane_models::{HistogramSource, Likelihood, Model};
use germane_texts::{Diagnostic, Source, nearest};
use std::path::Path;
use std::sync::Arc;

/// Formats of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelFormat {
    /// pyhf's JSON.
    Workspace,
    /// HS3, the statistics serialisation standard.
    Hs3,
    /// The top-level XML of HistFactory; histograms and channels are in other files.
    HistFactoryXml,
    /// A datacard of combine; histograms are in other files.
    Datacard,
    /// cabinetry's configuration; events or histograms are in other files.
    Cabinetry,
    /// TRExFitter's configuration, likewise.
    TrexFitter,
}

impl ModelFormat {
    /// The word for it, as `germane convert --to` takes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Workspace => "pyhf",
            Self::Hs3 => "hs3",
            Self::HistFactoryXml => "histfactory",
            Self::Datacard => "datacard",
            Self::Cabinetry => "cabinetry",
            Self::TrexFitter => "trexfitter",
        }
    }
}

/// What a description leaves open.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// Measurement by name; the first if absent. Cards have none.
    pub measurement: Option<String>,
    /// Mass, keywords, physics model and masked channels of cards.
    pub card: CardOptions,
    /// What `hi` and `lo` of the `histosys` of HS3 documents are.
    pub histosys: HistoSys,
}

/// A compiled model, and what is odd in its description.
#[derive(Debug)]
pub struct OpenedModel {
    /// The model.
    pub model: AnyModel,
    /// Remarks, with places.
    pub warnings: Vec<Diagnostic>,
    /// What is on the axes of channels, where the description says it.
    pub axes: Vec<ChannelAxis>,
    /// Groups of parameters, by their names, where the description has them.
    pub groups: Vec<(String, Vec<String>)>,
}

impl OpenedModel {
    fn new(model: AnyModel, warnings: Vec<Diagnostic>) -> Self {
        Self { model, warnings, axes: Vec::new(), groups: Vec::new() }
    }
}

/// A compiled model of any kind.
#[derive(Clone, Debug)]
pub enum AnyModel {
    /// Of bins.
    Binned(Box<Model>),
    /// With densities of events, or with functions of parameters.
    Densities(Box<hs3::Model>),
    /// Of several models.
    Joint(Box<Combination>),
    /// Of yields that are quadratic in coefficients.
    Quadratic(Box<QuadraticModel>),
}

impl From<Compiled> for AnyModel {
    fn from(compiled: Compiled) -> Self {
        match compiled {
            Compiled::Binned(model) => Self::Binned(model),
            Compiled::General(model) => Self::Densities(model),
        }
    }
}

impl AnyModel {
    /// What a fit needs.
    pub fn likelihood(&self) -> &dyn Likelihood {
        match self {
            Self::Binned(model) => &**model,
            Self::Densities(model) => &**model,
            Self::Joint(model) => &**model,
            Self::Quadratic(model) => &**model,
        }
    }

    /// The model, if it is one of bins.
    pub fn binned(&self) -> Option<&Model> {
        match self {
            Self::Binned(model) => Some(model),
            Self::Densities(_) | Self::Joint(_) | Self::Quadratic(_) => None,
        }
    }

    /// Index of the parameter of interest.
    pub fn poi(&self) -> Option<usize> {
        match self {
            Self::Binned(model) => model.poi(),
            Self::Densities(model) => model.poi(),
            Self::Joint(_) | Self::Quadratic(_) => None,
        }
    }

    /// The same model with a parameter held at a value.
    ///
    /// # Errors
    /// If there is no such parameter, with the nearest name.
    pub fn fix(self, name: &str, value: f64) -> Result<Self, Diagnostic> {
        parameter_index(self.likelihood(), name)?;
        let wrong = |message: String| Diagnostic::new("value", message);
        Ok(match self {
            Self::Binned(model) => Self::Binned(Box::new(model.fix(name, value).map_err(wrong)?)),
            Self::Densities(model) => Self::Densities(Box::new(model.fix(name, value).map_err(wrong)?)),
            Self::Joint(model) => Self::Joint(Box::new(model.fix(name, value).map_err(wrong)?)),
            Self::Quadratic(model) => Self::Quadratic(Box::new(model.fix(name, value).map_err(wrong)?)),
        })
    }

    /// The same as a part of a joint model.
    pub fn into_part(self) -> Arc<dyn AnyExperiment> {
        match self {
            Self::Binned(model) => Arc::new(*model),
            Self::Densities(model) => Arc::new(*model),
            Self::Joint(model) => Arc::new(*model),
            // Says that its data are not exchanged.
            quadratic @ Self::Quadratic(_) => Arc::new(quadratic),
        }
    }
}

/// Index of a parameter.
///
/// # Errors
/// If there is none, with the nearest name or those that there are.
pub fn parameter_index(model: &dyn Likelihood, name: &str) -> Result<usize, Diagnostic> {
    model.parameters().iter().position(|parameter| parameter.name == name).ok_or_else(|| {
        let diagnostic = Diagnostic::new("name", format!("no parameter `{name}`"));
        let names: Vec<&str> = model.parameters().iter().map(|p| p.name.as_str()).collect();
        match nearest(name, names.iter().copied()) {
            Some(near) => diagnostic.nearest(near),
            None if names.len() > 8 => {
                diagnostic.advice(format!("there are {}, … ({} in all)", names[..6].join(", "), names.len()))
            }
            None => diagnostic.advice(format!("there are {}", names.join(", "))),
        }
    })
}

/// A workspace with a patch `PATCHSET[:NAME]`; a patchset of one patch needs no name.
///
/// # Errors
/// A file that cannot be read, mistakes of the patchset, a patch that does not exist or does not fit.
pub fn patched_workspace(workspace: &Source, patch: &str) -> Result<Source, Error> {
    let (file, name) = match patch.rsplit_once(':') {
        Some((file, name)) if !Path::new(patch).exists() => (file, Some(name)),
        _ => (patch, None),
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::input(vec![Diagnostic::new("file", format!("{file}: {error}")).file(file.to_owned())]))?;
    let patches = PatchSet::read(&Source::new(file, text)).map_err(Error::text)?;
    let names = patches.names();
    let name = match (name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, _) => {
            let first = names.first().copied().unwrap_or("NAME");
            let problem = Diagnostic::new("usage", format!("{file} has {} patches", names.len()));
            return Err(Error { exit: 2, diagnostics: vec![problem.advice(format!("name one, as {file}:{first}"))] });
        }
    };
    patches.apply(workspace, name).map_err(Error::text)
}

/// The format of a text, by what is written in it; of a card by its lines.
///
/// ```
/// use germane_runs::{ModelFormat, model_format};
/// assert_eq!(model_format("\n<Combination/>"), ModelFormat::HistFactoryXml);
/// assert_eq!(model_format(r#"{"metadata": {"hs3_version": "0.2"}}"#), ModelFormat::Hs3);
/// assert_eq!(model_format("{}"), ModelFormat::Workspace);
/// assert_eq!(model_format("General:\n  POI: mu\nRegions: []\n"), ModelFormat::Cabinetry);
/// assert_eq!(model_format("A title\nimax 1\n"), ModelFormat::Datacard);
/// ```
pub fn model_format(text: &str) -> ModelFormat {
    let first = text.trim_start_matches('\u{feff}').trim_start().chars().next();
    match first {
        Some('<') => ModelFormat::HistFactoryXml,
        // The standard requires it, and no other format has it.
        Some('{') if text.contains("\"hs3_version\"") => ModelFormat::Hs3,
        _ if TemplateFit::is_cabinetry(text) => ModelFormat::Cabinetry,
        _ if TemplateFit::is_trexfitter(text) => ModelFormat::TrexFitter,
        _ if Card::recognises(text) => ModelFormat::Datacard,
        _ => ModelFormat::Workspace,
    }
}

/// Reads and compiles the model that a text describes; files that it names are looked for as [`HistogramFiles`] says.
///
/// # Errors
/// All mistakes of the text, and of the files that it names.
pub fn open_model(source: &Source, options: &ModelOptions) -> Result<OpenedModel, Error> {
    let measurement = options.measurement.as_deref();
    let binned = |model: Model, warnings| OpenedModel::new(AnyModel::Binned(Box::new(model)), warnings);
    match model_format(&source.text) {
        ModelFormat::Datacard => open_datacard(source, &options.card),
        ModelFormat::Workspace => {
            let workspace = Workspace::read(source).map_err(Error::text)?;
            let model = workspace.model(measurement).map_err(Error::text)?;
            Ok(binned(model, workspace.warnings))
        }
        ModelFormat::Cabinetry | ModelFormat::TrexFitter => {
            let Built { workspace, warnings, axes } = configured(source)?;
            let model = workspace.model(measurement).map_err(Error::text)?;
            Ok(OpenedModel { axes, ..binned(model, warnings) })
        }
        ModelFormat::Hs3 => {
            let document = Document::read(source).map_err(Error::text)?.histosys(options.histosys);
            let compiled = document.compile(measurement, Convention::Exact).map_err(Error::text)?;
            Ok(OpenedModel::new(compiled.into(), Vec::new()))
        }
        ModelFormat::HistFactoryXml => {
            let files = HistogramFiles::beside(Path::new(&*source.name));
            let configuration = Configuration::read(source, |name| files.text(name)).map_err(Error::text)?;
            let compiled = configuration.model(measurement, &files, Convention::Exact).map_err(Error::text)?;
            Ok(binned(compiled.model, compiled.warnings))
        }
    }
}

/// The workspace of a configuration of templates; they are made from its files.
pub(crate) fn configured(source: &Source) -> Result<Built, Error> {
    let fit = match model_format(&source.text) {
        ModelFormat::TrexFitter => TemplateFit::read_trexfitter(source),
        _ => TemplateFit::read_cabinetry(source),
    };
    template_workspace(&fit.map_err(Error::text)?, 0)
}

/// Reads and compiles a datacard; files that it names are beside it.
fn open_datacard(source: &Source, options: &CardOptions) -> Result<OpenedModel, Error> {
    let card = Card::read(source).map_err(Error::text)?;
    let files = HistogramFiles::beside(Path::new(&*source.name));
    let compiled = card.compile(&files, options).map_err(|problems| {
        // A mistake in the text wins over a file that is not there.
        let missing = problems.iter().all(|problem| problem.code == "file");
        if missing { Error::input(problems) } else { Error::text(problems) }
    })?;
    let groups = card.groups_of(compiled.likelihood());
    Ok(OpenedModel { groups, ..OpenedModel::new(compiled.into(), card.warnings) })
}
