//! `germane gof --test channel_compatibility`.

use super::super::options::GofArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::toys::failures;
use super::{no_result, workspace, write};
use germane_inference::toys::{Compatibility, channel_compatibility};
use germane_inference::{FittedParameter, Options, documents};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{self, Quantity, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{Kept, Pool};

pub(super) fn compatibility(console: &Console, arguments: &GofArguments) -> Result<i32, Stop> {
    let any = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&any, &arguments.model)?;
    let refusal = || usage("the values of channels are compared in models of bins", "--test saturated takes others");
    let model = any.binned().ok_or_else(refusal)?;
    let name = &model.parameters()[poi].name;
    let (seed, count) = (arguments.toys.seed, arguments.toys.toys.unwrap_or(0));
    let pool = Pool::new(arguments.toys.threads.unwrap_or(0))?;
    let compare = |range| channel_compatibility(model, poi, seed, range, &Options::default(), &pool).map_err(no_result);
    let mut found = compare(0..0)?;
    let which = format!("channel_compatibility {poi} {seed}");
    let mut kept = Kept::open(arguments.toys.keep.as_deref(), &[&germane_runs::fingerprint(model).0, which.as_bytes()])?;
    found.toys = kept.collect("best", count, |range| Ok(compare(range)?.toys))?;
    if let Some(path) = &arguments.output {
        write(&figure(&found, name).figure(), path)?;
    }
    if console.json {
        console.document(&documents::compatibility(name, &found, seed))?;
        return Ok(0);
    }
    let mut table = Table::new(&["channel", name, "down", "up", ""]);
    let row = |label: &str, fitted: &FittedParameter| {
        let [down, up] = fitted.minos.unwrap_or_default().map(|end| end.map_or(Cell::Empty, Cell::Number));
        let value = fitted.error.map_or(Cell::Number(fitted.value), |error| Cell::Measured(fitted.value, error));
        let note = if fitted.at_bound.is_some() { "at a bound" } else { "" };
        vec![label.into(), value, down, up, note.into()]
    };
    for one in &found.channels {
        table.row(row(&one.channel, &one.fitted));
    }
    table.row(row("all together", &found.common));
    console.out(&table.text(Console::room()))?;
    let mut table = Table::new(&["agreement of the channels", "p-value", "from", "to", "toys"]);
    let asymptotic = found.asymptotic.map_or(Cell::Empty, Cell::Number);
    table.row(vec![format!("χ² with {} degrees of freedom", found.ndof).into(), asymptotic]);
    if count > 0 {
        let (p, (low, high)) = (found.p(), found.p().interval());
        table.row(vec!["toys at the common value".into(), p.p().into(), low.into(), high.into(), p.toys.into()]);
    }
    console.out(&format!("\nstatistic {}\n", Cell::Number(found.statistic).text()))?;
    console.out(&table.text(Console::room()))?;
    if found.asymptotic.is_none() {
        console.note("note: the value of a channel is at a bound, where the statistic is not distributed as χ²; toys tell");
    }
    failures(console, std::iter::once(&found.toys));
    Ok(0)
}

fn figure(found: &Compatibility, name: &str) -> recipes::Compatibility {
    let ends = |fitted: &FittedParameter| {
        let error = fitted.error.unwrap_or(0.0);
        let [down, up] = fitted.minos.unwrap_or_default();
        [fitted.value + down.unwrap_or(-error), fitted.value + up.unwrap_or(error)]
    };
    recipes::Compatibility {
        channels: found.channels.iter().map(|one| one.channel.clone()).collect(),
        values: found.channels.iter().map(|one| one.fitted.value).collect(),
        ends: found.channels.iter().map(|one| ends(&one.fitted)).collect(),
        common: found.common.value,
        common_ends: ends(&found.common),
        quantity: Quantity::new(name, None),
    }
}
