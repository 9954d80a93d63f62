//! A model in any of the formats that are read, told apart by what is written and not by the name of the file.

use crate::error::Error;
use crate::histogram_files::HistogramFiles;
use germane_models::Model;
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
}

/// A compiled model, and what is odd in its description.
#[derive(Debug)]
pub struct OpenedModel {
    /// The model.
    pub model: Model,
    /// Remarks, with places.
    pub warnings: Vec<Diagnostic>,
}

/// The format of a text, by its first character that is no blank.
///
/// ```
/// use germane_runs::{ModelFormat, model_format};
/// assert_eq!(model_format("\n<Combination/>"), ModelFormat::HistFactoryXml);
/// assert_eq!(model_format("{}"), ModelFormat::Workspace);
/// ```
pub fn model_format(text: &str) -> ModelFormat {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        ModelFormat::HistFactoryXml
    } else {
        ModelFormat::Workspace
    }
}

/// Reads and compiles the model that a text describes; files that it names are looked for as [`HistogramFiles`] says.
///
/// # Errors
/// All mistakes of the text, and of the files that it names.
pub fn open_model(source: &Source, measurement: Option<&str>) -> Result<OpenedModel, Error> {
    match model_format(&source.text) {
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
