//! `germane sample`.

use super::super::options::SampleArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::{no_result, workspace, write};
use germane_columns::NumberType;
use germane_columns::buffer::Buffer;
use germane_formats::hdf5::{Element, Values};
use germane_formats::npz::{self, Arrays, Storage};
use germane_inference::documents;
use germane_inference::sampling::{Marginal, Posterior, SampleOptions, nested_sample, sample as draw};
use germane_numerics::maths;
use germane_reports::Table;
use germane_reports::recipes::{self, Quantity, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{AnyModel, Error, Pool, file_diagnostic};

pub(in super::super) fn sample(console: &Console, arguments: &SampleArguments) -> Result<i32, Stop> {
    let mut options = SampleOptions::default();
    options.chains = arguments.chains as usize;
    options.draws = arguments.draws as usize;
    options.warmup = arguments.warmup as usize;
    options.acceptance = arguments.acceptance;
    options.shortest = arguments.shortest;
    options.from_mode = !arguments.from_start;
    options.points = arguments.points as usize;
    options.seed = arguments.seed;
    options.check().map_err(|message| usage(message, "`germane sample --help` says what the settings mean"))?;
    let model = workspace::model(console, &arguments.model)?;
    let pool = Pool::new(arguments.threads.unwrap_or(0))?;
    let likelihood = model.likelihood();
    let found = if arguments.nested { nested_sample(likelihood, &options, &pool) } else { draw(likelihood, &options, &pool) };
    let found = found.map_err(no_result)?;
    for path in &arguments.output {
        if path.extension().is_some_and(|suffix| suffix == "npz") {
            let written = npz::write(path, &arrays(&found), Storage::Stored);
            written.map_err(|error| Error::input(vec![file_diagnostic(&error)]))?;
        } else {
            write(&figure(&found, place(&found, &model, arguments)?).figure(), path)?;
        }
    }
    if console.json {
        console.document(&documents::sample(&found))?;
    } else {
        console.out(&table(&found))?;
    }
    Ok(if found.valid { 0 } else { germane_runs::exit::FIT })
}

/// Place of the parameter of the figure: the one asked for, that of interest, or the first.
fn place(found: &Posterior, model: &AnyModel, arguments: &SampleArguments) -> Result<usize, Stop> {
    let interest = model.poi().map(|index| model.likelihood().parameters()[index].name.clone());
    let asked = arguments.parameter.as_ref().or(arguments.model.poi.as_ref());
    let Some(name) = asked.or(interest.as_ref()) else { return Ok(0) };
    match found.parameters.iter().position(|marginal| marginal.name == *name) {
        Some(place) => Ok(place),
        None if asked.is_none() => Ok(0),
        None => Err(usage(format!("`{name}` is no parameter that was sampled"), "name a free one with --parameter NAME").into()),
    }
}

/// Draws by the names of the parameters: chains by draws, or where they are weighted all behind each other, with `weights`.
fn arrays(found: &Posterior) -> Arrays {
    let doubles = |shape: &[usize], values: Vec<f64>| {
        Values::fixed(Element::Number(NumberType::F64), shape.to_vec(), Buffer::from_vec(values))
    };
    let mut all = Arrays::new();
    for (place, marginal) in found.parameters.iter().enumerate() {
        let values = found.chains_of(place).concat();
        let shape = if found.weights.is_some() { vec![values.len()] } else { vec![found.chains, found.draws] };
        all.insert(marginal.name.clone(), doubles(&shape, values));
    }
    if let Some(weights) = &found.weights {
        let weights = weights.concat();
        let name = if all.contains_key("weights") { "weights of the draws" } else { "weights" };
        all.insert(name.to_owned(), doubles(&[weights.len()], weights));
    }
    all
}

fn figure(found: &Posterior, place: usize) -> recipes::Posterior {
    let marginal = &found.parameters[place];
    let [_, low, median, high, ..] = marginal.quantiles;
    recipes::Posterior {
        parameter: Quantity::new(&marginal.name, marginal.unit.as_deref()),
        chains: found.chains_of(place),
        weights: found.weights.clone(),
        interval: Some([low, median, high]),
    }
}

fn table(found: &Posterior) -> String {
    let mut table = Table::new(&["parameter", "mean", "deviation", "16 %", "median", "84 %", "95 %", "effective", "R-hat"]);
    for marginal in &found.parameters {
        table.row(row(marginal));
    }
    let mut text = table.text(Console::room());
    if let Some([ln, error]) = found.ln_evidence {
        let evidence = Cell::Measured(ln, error).text();
        text.push_str(&format!(
            "ln Z = {evidence} (flat prior within the bounds), {} runs, {} points\n",
            found.chains, found.draws
        ));
    } else {
        text.push_str(&format!("{} chains of {} draws, {} divergent\n", found.chains, found.draws, found.divergences));
    }
    if !found.valid {
        text.push_str(&format!("not to be trusted: {}\n", found.reason));
    }
    text
}

fn row(marginal: &Marginal) -> Vec<Cell> {
    let unit = marginal.unit.as_ref().map_or(String::new(), |unit| format!(" [{unit}]"));
    let [_, low, median, high, upper, _] = marginal.quantiles;
    // Three digits of the deviation.
    let places = (2.0 - maths::log10(marginal.deviation).floor()).clamp(0.0, 12.0) as i32;
    let rounded = |value: f64| Cell::Number((value * maths::powi(10.0, places)).round() / maths::powi(10.0, places));
    let mut row: Vec<Cell> = vec![format!("{}{unit}", marginal.name).into()];
    row.extend([marginal.mean, marginal.deviation, low, median, high, upper].map(rounded));
    row.push(Cell::Number(marginal.effective.round()));
    row.push(marginal.r_hat.map_or(Cell::Empty, |r_hat| format!("{r_hat:.3}").into()));
    row
}
