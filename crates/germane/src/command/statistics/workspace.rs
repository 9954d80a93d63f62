//! The model that the options of a command name.

use super::super::options::{CardArguments, ModelArguments};
use super::super::print::{Console, Stop};
use super::super::usage;
use germane_models::datacard::CardOptions;
use germane_models::hs3::HistoSys;
use germane_models::template_fit::ChannelAxis;
use germane_models::{Experiment, Likelihood, Model};
use germane_runs::{AnyModel, Error, ModelOptions, OpenedModel};
use germane_texts::{Diagnostic, Source};
use std::path::Path;

/// Reads the description, applies the patch, compiles the measurement, holds parameters, chooses the data.
pub(super) fn model(console: &Console, arguments: &ModelArguments) -> Result<AnyModel, Stop> {
    noted(console, arguments).map(|opened| opened.model)
}

/// The same, of a model of bins and samples, with what is on the axes of its channels.
pub(super) fn model_with_axes(console: &Console, arguments: &ModelArguments) -> Result<(Model, Vec<ChannelAxis>), Stop> {
    let opened = noted(console, arguments)?;
    match opened.model {
        AnyModel::Binned(model) => Ok((*model, opened.axes)),
        _ => {
            let message = format!("{} has densities of events or functions of parameters", arguments.workspace);
            Err(usage(message, "it has no yields of samples in bins; the other commands take it").into())
        }
    }
}

/// The model, after notes of what is odd.
pub(super) fn noted(console: &Console, arguments: &ModelArguments) -> Result<OpenedModel, Stop> {
    let (_, opened) = opened(arguments)?;
    for warning in &opened.warnings {
        console.note(&format!("note: {warning}"));
    }
    Ok(opened)
}

/// The description (with its patch) and the model, with what is odd.
pub(super) fn opened(arguments: &ModelArguments) -> Result<(Source, OpenedModel), Stop> {
    let mut source = read(&arguments.workspace)?;
    if let Some(patch) = &arguments.patch {
        source = germane_runs::patched_workspace(&source, patch)?;
    }
    let (masks, fixed): (Vec<_>, Vec<_>) = arguments.fix.iter().partition(|assignment| is_mask(&source, assignment));
    let card = card_options(&arguments.card, &masks)?;
    let histosys = if arguments.histosys == "differences" { HistoSys::Differences } else { HistoSys::Contents };
    let options = ModelOptions { measurement: arguments.measurement.clone(), card, histosys };
    let mut opened = germane_runs::open_model(&source, &options)?;
    let mut model = opened.model;
    for assignment in fixed {
        let (name, value) = assignment
            .split_once('=')
            .and_then(|(name, value)| Some((name, value.parse::<f64>().ok()?)))
            .ok_or_else(|| usage(format!("`{assignment}` is no NAME=VALUE"), "write --fix mu=1"))?;
        model = model.fix(name, value).map_err(|problem| Error::text(vec![problem]))?;
    }
    if arguments.data == "asimov" {
        let start: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
        model = model.expecting(&start).map_err(|message| usage(message, "choose another start, or fit the observed data"))?;
    }
    opened.model = model;
    Ok((source, opened))
}

/// Whether an assignment leaves a channel of a card out: combine's `mask_CHANNEL=1`.
fn is_mask(source: &Source, assignment: &str) -> bool {
    assignment.starts_with("mask_") && germane_runs::model_format(&source.text) == germane_runs::ModelFormat::Datacard
}

/// What the options say about cards; `masks` are assignments to parameters `mask_CHANNEL`.
pub(in super::super) fn card_options(arguments: &CardArguments, masks: &[&String]) -> Result<CardOptions, Error> {
    let mut card = CardOptions::default().mass(arguments.mass);
    if let Some(physics) = &arguments.physics {
        card = card.physics(germane_runs::card_physics(physics)?);
    }
    for pair in &arguments.keyword_value {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| usage(format!("`{pair}` is no NAME=TEXT"), "write --keyword-value YEAR=2018"))?;
        card = card.keyword(name, value);
    }
    for mask in masks {
        match mask.strip_prefix("mask_").and_then(|rest| rest.split_once('=')) {
            Some((_, "0")) => {}
            Some((channel, "1")) => card = card.mask(channel),
            _ => return Err(usage(format!("`{mask}` is no mask"), "write --fix mask_CHANNEL=1")),
        }
    }
    Ok(arguments.mask.iter().fold(card, CardOptions::mask))
}

/// Index of the parameter of interest: the one asked for, or that of the measurement.
pub(super) fn poi(model: &AnyModel, arguments: &ModelArguments) -> Result<usize, Stop> {
    let index = match &arguments.poi {
        Some(name) => index(model, name)?,
        None => model.poi().ok_or_else(|| usage("the measurement has no parameter of interest", "name one with --poi NAME"))?,
    };
    if model.parameters()[index].fixed {
        let message = format!("the parameter of interest `{}` is fixed", model.parameters()[index].name);
        return Err(usage(message, "name another with --poi NAME").into());
    }
    Ok(index)
}

/// Index of a parameter.
pub(super) fn index(model: &dyn Likelihood, name: &str) -> Result<usize, Error> {
    germane_runs::parameter_index(model, name).map_err(|problem| Error::text(vec![problem]))
}

/// A text from a file, which may be packed, or standard input.
pub(in super::super) fn read(name: &str) -> Result<Source, Error> {
    if name != "-" {
        return germane_runs::read_text(Path::new(name)).map_err(|problem| Error::input(vec![problem]));
    }
    let text = std::io::read_to_string(std::io::stdin());
    let text = text.map_err(|error| Error::input(vec![Diagnostic::new("file", format!("{name}: {error}"))]))?;
    Ok(Source::new(name, text))
}
