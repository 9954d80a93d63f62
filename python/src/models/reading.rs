//! Descriptions in, descriptions out.

use super::Model;
use crate::error::raise;
use germane::models::datacard::CardOptions;
use germane::models::interpolation::{FactorCode, Interpolation, TemplateCode};
use germane::models::patchset::PatchSet;
use germane::models::quadratic::{QuadraticModel, Terms};
use germane::models::workspace::Workspace;
use germane::runs::{
    AnyModel, Error, ModelFormat, ModelOptions, OpenedModel, card_physics, convert_model, inspect_model, model_format,
    open_model, patched_workspace,
};
use germane::texts::{Diagnostic, Source};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::Path;

/// The formats by the words that Python uses.
const FORMATS: [ModelFormat; 4] = [ModelFormat::Workspace, ModelFormat::Hs3, ModelFormat::HistFactoryXml, ModelFormat::Datacard];

fn raised(py: Python<'_>, error: &Error) -> PyErr {
    raise(py, error.exit, &error.diagnostics)
}

pub(super) fn read(
    py: Python<'_>,
    source: Source,
    expected: Option<&str>,
    measurement: Option<String>,
    card: (f64, Option<String>, Vec<(String, String)>, Vec<String>),
) -> PyResult<Model> {
    let format = model_format(&source.text).word();
    if let Some(expected) = expected.filter(|expected| *expected != format) {
        let problem = Diagnostic::new("value", format!("{} is {format}, not {expected}", source.name));
        return Err(raise(py, 6, &[problem.advice("`Model.read` reads any format")]));
    }
    let (mass, physics, keywords, masked) = card;
    let mut card = CardOptions::default().mass(mass);
    if let Some(physics) = physics {
        card = card.physics(card_physics(&physics).map_err(|error| raised(py, &error))?);
    }
    (card.keywords, card.masked) = (keywords, masked);
    let options = ModelOptions { measurement, card, ..ModelOptions::default() };
    let OpenedModel { model, warnings, groups, .. } =
        py.detach(|| open_model(&source, &options)).map_err(|error| raised(py, &error))?;
    let warnings = warnings.iter().map(ToString::to_string).collect();
    let poi = model.poi();
    Ok(Model { card: options.card, warnings, groups, ..Model::new(model, poi, Some(source)) })
}

pub(super) fn read_workspace(
    py: Python<'_>,
    source: Source,
    measurement: Option<&str>,
    (factor, template): (&str, &str),
) -> PyResult<Model> {
    let factor = match factor {
        "code1" => FactorCode::Code1,
        "code4" => FactorCode::Code4,
        other => return Err(PyValueError::new_err(format!("{other} is no code of a normsys: code1 or code4"))),
    };
    let template = match template {
        "code0" => TemplateCode::Code0,
        "code2" => TemplateCode::Code2,
        "code4p" => TemplateCode::Code4p,
        other => return Err(PyValueError::new_err(format!("{other} is no code of a histosys: code0, code2 or code4p"))),
    };
    let read = || {
        let workspace = Workspace::read_with(&source, Interpolation { factor, template })?;
        Ok((workspace.model(measurement)?, workspace.warnings))
    };
    let (model, warnings) = py.detach(read).map_err(|problems: Vec<Diagnostic>| raise(py, 6, &problems))?;
    let warnings = warnings.iter().map(ToString::to_string).collect();
    let poi = model.poi();
    Ok(Model { warnings, ..Model::new(AnyModel::Binned(Box::new(model)), poi, Some(source)) })
}

pub(super) fn read_scaling(
    py: Python<'_>,
    scaling: (String, String),
    parts: Vec<(String, String)>,
    linear: bool,
    linear_in: Vec<String>,
) -> PyResult<Model> {
    let source = |(text, name): (String, String)| Source::new(name, text);
    let (scaling, parts) = (source(scaling), parts.into_iter().map(source).collect::<Vec<_>>());
    let read = py.detach(|| QuadraticModel::read(&scaling, &parts, &Terms { linear, linear_in }));
    let model = read.map_err(|problems| raise(py, 6, &problems))?;
    Ok(Model::new(AnyModel::Quadratic(Box::new(model)), None, None))
}

fn source(model: &Model) -> PyResult<&Source> {
    let replaced = "the model is not what its description says: data, parameters or templates have been replaced";
    let none = "a joint model that no workspace can say, or one of quadratic forms, has no description to convert";
    let source = model.source.as_ref().ok_or_else(|| PyValueError::new_err(none))?;
    if model.replaced { Err(PyValueError::new_err(replaced)) } else { Ok(source) }
}

pub(super) fn convert(py: Python<'_>, model: &Model, format: &str) -> PyResult<String> {
    let source = source(model)?;
    let Some(to) = FORMATS.into_iter().find(|known| known.word() == format) else {
        return Err(PyValueError::new_err(format!("no format `{format}`")));
    };
    if to == ModelFormat::Workspace && model_format(&source.text) == to {
        return Ok(source.text.to_string());
    }
    py.detach(|| convert_model(source, to, &model.card)).map_err(|error| raised(py, &error))
}

pub(super) fn inspect(py: Python<'_>, model: &Model) -> PyResult<String> {
    let groups = model.groups.clone();
    let opened = OpenedModel { model: model.any.clone(), warnings: Vec::new(), axes: Vec::new(), groups };
    let source = model.source.as_ref();
    let document = py.detach(|| inspect_model(source, &opened)).map_err(|error| raised(py, &error))?;
    Ok(document.to_string())
}

/// The text of a file, unpacked.
#[pyfunction]
pub(crate) fn read_text(py: Python<'_>, name: &str) -> PyResult<String> {
    let read = py.detach(|| germane::runs::read_text(Path::new(name)));
    read.map(|source| source.text.to_string()).map_err(|problem| raise(py, 4, &[problem]))
}

/// A workspace with a patch: of a patchset in a file (`FILE[:NAME]`), or of the text of one by name.
#[pyfunction]
pub(crate) fn patched(
    py: Python<'_>,
    text: String,
    name: String,
    file: Option<String>,
    patchset: Option<(String, String)>,
) -> PyResult<(String, String)> {
    let source = Source::new(name, text);
    let found = match (file, patchset) {
        (Some(file), _) => patched_workspace(&source, &file),
        (None, Some((patchset, name))) => {
            let patches = PatchSet::read(&Source::new("patchset", patchset)).map_err(Error::text);
            patches.and_then(|patches| patches.apply(&source, &name).map_err(Error::text))
        }
        (None, None) => Ok(source),
    };
    let found = found.map_err(|error| raised(py, &error))?;
    Ok((found.text.to_string(), found.name.to_string()))
}
