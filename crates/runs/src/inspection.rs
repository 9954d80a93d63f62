//! What a model is made of, as the document `germane_inspection`.

use crate::error::Error;
use crate::histogram_files::HistogramFiles;
use crate::open_model::{AnyModel, ModelFormat, OpenedModel, model_format};
use germane_inference::documents::number;
use germane_models::histfactory_xml::Configuration;
use germane_models::hs3::Document;
use germane_models::template_fit::TemplateFit;
use germane_models::workspace::Workspace;
use germane_models::{Constraint, HistogramSource, Model, Parameter};
use germane_texts::Source;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Channels, samples, modifiers, parameters, measurements and warnings of a model that was opened from `source`; data, starts and
/// bounds are those of the model. Models that were joined in memory, or are quadratic, have no source.
///
/// # Errors
/// Mistakes of the text that opening it did not meet.
pub fn inspect_model(source: Option<&Source>, opened: &OpenedModel) -> Result<Value, Error> {
    let format = source.map(|source| model_format(&source.text));
    let word = format.map_or(if matches!(opened.model, AnyModel::Quadratic(_)) { "scaling" } else { "joint" }, ModelFormat::word);
    let measurements = match (source, format) {
        (Some(source), Some(format)) => measurements(source, format)?,
        _ => Vec::new(),
    };
    let likelihood = opened.model.likelihood();
    let channels = channels(&opened.model);
    let parameters: Vec<Value> = likelihood.parameters().iter().map(parameter).collect();
    let mut samples = BTreeSet::new();
    let mut modifiers = BTreeSet::new();
    for sample in opened.model.binned().map(Model::samples).unwrap_or_default() {
        samples.insert(sample.sample);
        modifiers.extend(sample.modifiers.into_iter().map(|(name, kind)| (kind, name)));
    }
    let modifiers: Vec<Value> = modifiers.iter().map(|(kind, name)| json!({"name": name, "type": kind})).collect();
    Ok(json!({
        "germane_inspection": 1, "file": source.map(|source| &*source.name), "format": word,
        "poi": opened.model.poi().map(|index| likelihood.parameters()[index].name.as_str()),
        "channels": channels, "samples": samples, "modifiers": modifiers, "parameters": parameters,
        "measurements": measurements,
        "warnings": opened.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }))
}

fn channels(model: &AnyModel) -> Vec<Value> {
    match model {
        AnyModel::Binned(model) => {
            let samples = model.samples();
            let expected = model.expected_by_sample(&model.start());
            let channel = |(name, range): (&str, std::ops::Range<usize>)| {
                let sample = |one: &germane_models::SampleStructure| {
                    let modifier = |(name, kind): &(String, &'static str)| json!({"name": name, "type": kind});
                    let sum = expected.iter().find(|(channel, sample, _)| channel == name && *sample == one.sample);
                    let sum = sum.map(|(.., bins)| number(bins.iter().sum()));
                    json!({
                        "name": one.sample, "expected": sum, "modifiers": one.modifiers.iter().map(modifier).collect::<Vec<_>>(),
                    })
                };
                let own: Vec<Value> = samples.iter().filter(|one| one.channel == name).map(sample).collect();
                let observed: f64 = model.observed()[range.clone()].iter().sum();
                json!({"name": name, "bins": range.len(), "observed": number(observed), "samples": own})
            };
            model.channels().map(channel).collect()
        }
        AnyModel::Densities(model) => {
            let channel = |(name, bins, entries): (String, Option<usize>, f64)| json!({"name": name, "bins": bins, "observed": number(entries), "samples": []});
            model.channels().into_iter().map(channel).collect()
        }
        AnyModel::Joint(_) | AnyModel::Quadratic(_) => Vec::new(),
    }
}

fn parameter(parameter: &Parameter) -> Value {
    let constraint = parameter.constraint.map(|constraint| match constraint {
        Constraint::Normal { centre, width } => json!({"type": "normal", "centre": number(centre), "width": number(width)}),
        Constraint::Poisson { observed, rate } => json!({"type": "poisson", "observed": number(observed), "rate": number(rate)}),
        Constraint::Bifurcated { centre, below, above } => {
            json!({"type": "bifurcated", "centre": number(centre), "below": number(below), "above": number(above)})
        }
        other => json!({"type": format!("{other:?}")}),
    });
    json!({
        "name": parameter.name, "start": number(parameter.start), "lower": number(parameter.lower),
        "upper": number(parameter.upper), "fixed": parameter.fixed, "constraint": constraint,
    })
}

/// Questions that the text asks: names with their parameters of interest, where the format has them.
fn measurements(source: &Source, format: ModelFormat) -> Result<Vec<Value>, Error> {
    let measurement = |name: &str, poi: Vec<&str>| json!({"name": name, "poi": poi});
    Ok(match format {
        ModelFormat::Workspace => {
            let workspace = Workspace::read(source).map_err(Error::text)?;
            let all = workspace.measurements.iter();
            all.map(|one| measurement(&one.name, one.poi.iter().map(String::as_str).collect())).collect()
        }
        ModelFormat::Hs3 => {
            let document = Document::read(source).map_err(Error::text)?;
            document.analyses().map(|name| measurement(name, Vec::new())).collect()
        }
        ModelFormat::HistFactoryXml => {
            let files = HistogramFiles::beside(Path::new(&*source.name));
            let configuration = Configuration::read(source, |name| files.text(name)).map_err(Error::text)?;
            let interest = |one: &germane_models::histfactory_xml::Measurement| {
                measurement(&one.name, one.interest.iter().map(|named| named.name.as_str()).collect())
            };
            configuration.measurements.iter().map(interest).collect()
        }
        ModelFormat::Cabinetry | ModelFormat::TrexFitter => {
            let read = if format == ModelFormat::Cabinetry { TemplateFit::read_cabinetry } else { TemplateFit::read_trexfitter };
            let fit = read(source).map_err(Error::text)?;
            vec![measurement(&fit.name, fit.interest.iter().map(String::as_str).collect())]
        }
        ModelFormat::Datacard => Vec::new(),
    })
}
