//! Joint models.

use super::Model;
use crate::error::raise;
use germane::inference::documents;
use germane::models::Likelihood;
use germane::models::combination::{AnyExperiment, Combination, Correlations, Map};
use germane::models::workspace::Workspace;
use germane::runs::{AnyModel, ModelFormat, model_format};
use germane::texts::{Diagnostic, Source};
use pyo3::prelude::*;
use std::sync::Arc;

pub(super) fn join(py: Python<'_>, map: &Source, models: &[PyRef<'_, Model>]) -> PyResult<(Model, String)> {
    let parts: Vec<Arc<dyn AnyExperiment>> = models.iter().map(|model| model.any.clone().into_part()).collect();
    let sources: Vec<Option<Source>> = models.iter().map(|model| model.source.clone().filter(|_| !model.replaced)).collect();
    let interest = models.iter().find_map(|model| Some(model.parameters_of()[model.poi?].name.clone()));
    let joined = py.detach(|| {
        let joint = Map::read(map)?.join(&parts, Correlations::Given)?;
        let shared = documents::combination(&joint, &[]).to_string();
        let workspace = workspace(&joint, &sources);
        Ok((joint, shared, workspace))
    });
    let (joint, shared, workspace) = joined.map_err(|problems: Vec<Diagnostic>| raise(py, 6, &problems))?;
    let (model, source) = match workspace {
        Some((model, source)) => (AnyModel::Binned(Box::new(model)), Some(source)),
        None => (AnyModel::Joint(Box::new(joint)), None),
    };
    let named = interest.and_then(|name| model.likelihood().parameters().iter().position(|p| p.name == name));
    let poi = model.poi().or(named);
    Ok((Model::new(model, poi, source), shared))
}

/// The joint model as a workspace, where that format can say it: such a model has more doors.
fn workspace(joint: &Combination, sources: &[Option<Source>]) -> Option<(germane::models::Model, Source)> {
    let part = |source: &Option<Source>| {
        let source = source.as_ref().filter(|source| model_format(&source.text) == ModelFormat::Workspace)?;
        Workspace::read(source).ok()
    };
    let parts = sources.iter().map(part).collect::<Option<Vec<Workspace>>>()?;
    let workspace = joint.workspace(&parts).ok()?;
    let source = Source::new("joint workspace", workspace.to_json().to_string());
    Some((workspace.model(None).ok()?, source))
}
