//! A model in any of the formats that are read, told apart by what is written and not by the name of the file.

use crate::error::Error;
use crate::histogram_files::HistogramFiles;
use germane_models::Model;
use germane_models::datacard::{Card, CardOptions};
use germane_models::histfactory_xml::{Configuration, Convention};
use germane_models::workspace::Workspace;
use germane_texts::{Diagnostic, Source};
use std::path::Path;

/// Formats of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelFormat {
    /// pyhf's JSON.
    Workspace,
    /// The top-level XML of HistFactory; histograms and channels are in other files.
    HistFactoryXml,
    /// A datacard of combine; histograms are in other files.
    Datacard,
}

/// What a description leaves open.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// Measurement by name; the first if absent. Cards have none.
    pub measurement: Option<String>,
    /// Mass, keywords, physics model and masked channels of cards.
    pub card: CardOptions,
}

/// A compiled model, and what is odd in its description.
#[derive(Debug)]
pub struct OpenedModel {
    /// The model.
    pub model: Model,
    /// Remarks, with places.
    pub warnings: Vec<Diagnostic>,
}

/// The format of a text, by its first character that is no blank; of a card by its lines.
///
/// ```
/// use germane_runs::{ModelFormat, model_format};
/// assert_eq!(model_format("\n<Combination/>"), ModelFormat::HistFactoryXml);
/// assert_eq!(model_format("{}"), ModelFormat::Workspace);
/// assert_eq!(model_format("A title\nimax 1\n"), ModelFormat::Datacard);
/// ```
pub fn model_format(text: &str) -> ModelFormat {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        ModelFormat::HistFactoryXml
    } else if Card::recognises(text) {
        ModelFormat::Datacard
    } else {
        ModelFormat::Workspace
    }
}

/// Reads and compiles the model that a text describes; files that it names are looked for as [`HistogramFiles`] says.
///
/// # Errors
/// All mistakes of the text, and of the files that it names.
pub fn open_model(source: &Source, options: &ModelOptions) -> Result<OpenedModel, Error> {
    let measurement = options.measurement.as_deref();
    match model_format(&source.text) {
        ModelFormat::Datacard => {
            let card = Card::read(source).map_err(Error::text)?;
            let files = HistogramFiles::beside(Path::new(&*source.name));
            let model = card.model(&files, &options.card).map_err(|problems| {
                // A mistake in the text wins over a file that is not there.
                let missing = problems.iter().all(|problem| problem.code == "file");
                if missing { Error::input(problems) } else { Error::text(problems) }
            })?;
            Ok(OpenedModel { model, warnings: card.warnings })
        }
        ModelFormat::Workspace => {
            let workspace = Workspace::read(source).map_err(Error::text)?;
            let model = workspace.model(measurement).map_err(Error::text)?;
            Ok(OpenedModel { model, warnings: workspace.warnings })
        }
        ModelFormat::HistFactoryXml => {
            let files = HistogramFiles::beside(Path::new(&*source.name));
            let configuration = Configuration::read(source, |name| files.text(name)).map_err(Error::text)?;
            let compiled = configuration.model(measurement, &files, Convention::Exact).map_err(Error::text)?;
            Ok(OpenedModel { model: compiled.model, warnings: compiled.warnings })
        }
    }
}
