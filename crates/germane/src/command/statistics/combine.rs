//! `germane combine`.

use super::super::options::CombineArguments;
use super::super::print::{Console, Stop};
use super::workspace;
use germane_inference::{Fit, Options, documents, minimise};
use germane_models::Likelihood;
use germane_models::combination::{AnyExperiment, Combination, Correlations, Map, Shared, Tie};
use germane_models::datacard::CardOptions;
use germane_models::workspace::Workspace;
use germane_reports::Table;
use germane_reports::tables::Cell;
use germane_runs::{Error, ModelFormat, ModelOptions};
use germane_texts::{Diagnostic, Source};
use std::path::Path;
use std::sync::Arc;

/// Correlations that are compared, the given ones first.
const COMPARED: [(&str, Correlations); 3] =
    [("given", Correlations::Given), ("same", Correlations::Same), ("different", Correlations::Different)];

pub(in super::super) fn combine(console: &Console, arguments: &CombineArguments) -> Result<i32, Stop> {
    let source = workspace::read(&arguments.map)?;
    let map = Map::read(&source).map_err(Error::text)?;
    // Paths are relative to the map.
    let folder = if arguments.map == "-" { None } else { Path::new(&arguments.map).parent() };
    let card = workspace::card_options(&arguments.card, &[])?;
    let mut models: Vec<Arc<dyn AnyExperiment>> = Vec::new();
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    let mut exit = germane_runs::exit::TEXT;
    for (label, path) in &map.models {
        let options = ModelOptions { card: card_of(&card, label), ..ModelOptions::default() };
        let path = folder.map_or_else(|| Path::new(path).to_path_buf(), |folder| folder.join(path));
        let opened = workspace::read(&path.to_string_lossy()).and_then(|source| {
            let opened = germane_runs::open_model(&source, &options);
            sources.push(source);
            opened
        });
        match opened {
            Ok(opened) => {
                for warning in &opened.warnings {
                    console.note(&format!("note: {warning}"));
                }
                models.push(opened.model.into_part());
            }
            Err(error) => {
                exit = error.exit;
                problems.extend(error.diagnostics);
            }
        }
    }
    if !problems.is_empty() {
        return Err(Error { exit, diagnostics: problems }.into());
    }
    let joint = map.join(&models, Correlations::Given).map_err(Error::text)?;
    let fits = fits(&map, &models, &joint);
    if let Some(path) = &arguments.output {
        let text = joint_workspace(&joint, &sources)?;
        std::fs::write(path, text).map_err(|error| Error::resources(path, &error))?;
    }
    let exit = if fits[0].1.is_valid() { 0 } else { germane_runs::exit::FIT };
    if console.json {
        console.document(&documents::combination(&joint, &fits))?;
        return Ok(exit);
    }
    let mut table = Table::new(&["parameter", "is", "in the models"]);
    for shared in joint.shared() {
        table.row(vec![shared.parameters.join(", ").into(), word(shared).into(), shared.members.join(", ").into()]);
    }
    console.out(&table.text(Console::room()))?;
    let mut table = Table::new(&["", "given", "same", "different"]);
    let row = |name: &str, cell: &dyn Fn(&Fit) -> Cell| {
        let mut cells: Vec<Cell> = vec![name.into()];
        for (which, _) in COMPARED {
            let fit = fits.iter().find(|(known, _)| *known == which);
            cells.push(fit.map_or(Cell::Empty, |(_, fit)| cell(fit)));
        }
        cells
    };
    let unconstrained = joint.parameters().iter().filter(|p| p.constraint.is_none() && !p.fixed);
    let shared = joint.shared().iter().flat_map(|shared| &shared.parameters);
    let mut names: Vec<&String> = unconstrained.map(|p| &p.name).collect();
    names.extend(shared.filter(|name| joint.parameters().iter().any(|p| p.name == **name && p.constraint.is_some())));
    for name in names {
        table.row(row(name, &|fit| match fit.parameter(name) {
            Some(parameter) => {
                parameter.error.map_or(Cell::Number(parameter.value), |error| Cell::Measured(parameter.value, error))
            }
            None => Cell::Empty,
        }));
    }
    let number = |value: f64| Cell::Number(value);
    table.row(row("-ln L", &|fit| number(fit.nll)));
    table.row(row("goodness of fit, p", &|fit| fit.goodness.as_ref().and_then(|g| g.p).map_or(Cell::Empty, Cell::Number)));
    table.row(row("state", &|fit| fit.state.word().replace('_', " ").into()));
    console.out("\n")?;
    console.out(&table.text(Console::room()))?;
    Ok(exit)
}

/// The options of one card: a mask `MODEL:CHANNEL` is for that model alone.
fn card_of(options: &CardOptions, label: &str) -> CardOptions {
    let own = |mask: &String| match mask.split_once(':') {
        Some((model, channel)) => (model == label).then(|| channel.to_owned()),
        None => Some(mask.clone()),
    };
    let masked = options.masked.iter().filter_map(own).collect();
    let mut options = options.clone();
    options.masked = masked;
    options
}

/// The joint model as a workspace, if all models are workspaces and the format can say it.
fn joint_workspace(joint: &Combination, sources: &[Source]) -> Result<String, Error> {
    let refusal = |message: String| {
        let advice = "without -o the fits and what is shared are printed";
        Error::text(vec![Diagnostic::new("value", format!("no joint workspace: {message}")).advice(advice)])
    };
    let mut parts = Vec::new();
    for source in sources {
        if germane_runs::model_format(&source.text) != ModelFormat::Workspace {
            return Err(refusal(format!("{} is no workspace", source.name)));
        }
        parts.push(Workspace::read(source).map_err(Error::text)?);
    }
    let workspace = joint.workspace(&parts).map_err(refusal)?;
    Ok(format!("{:#}\n", workspace.to_json()))
}

/// Fits with the given correlations and, where they can be, with full ones and without.
fn fits(map: &Map, models: &[Arc<dyn AnyExperiment>], given: &Combination) -> Vec<(&'static str, Fit)> {
    let mut fits = vec![("given", minimise(given, &Options::default()))];
    for (name, which) in &COMPARED[1..] {
        if let Ok(joint) = map.join(models, *which) {
            fits.push((name, minimise(&joint, &Options::default())));
        }
    }
    fits
}

/// What parameters are to each other.
fn word(shared: &Shared) -> String {
    match shared.tie {
        Tie::Same => "the same".to_owned(),
        Tie::Opposite => "opposite".to_owned(),
        Tie::Partial => {
            let rows = shared.correlation.iter().enumerate();
            let below: Vec<String> = rows.flat_map(|(i, row)| row[..i].iter().map(|rho| format!("{rho}"))).collect();
            format!("correlated by {}", below.join(", "))
        }
    }
}
