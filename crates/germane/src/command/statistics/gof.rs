//! `germane gof`.

use super::super::options::GofArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::toys::failures;
use super::{compatibility, no_result, workspace, write};
use germane_inference::toys::{GoodnessTest, ToyGoodness, toy_distance, toy_goodness};
use germane_inference::{Options, documents};
use germane_reports::Table;
use germane_reports::recipes::{self, Quantity, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{AnyModel, Error, Kept, Pool};
use std::ops::Range;

pub(in super::super) fn gof(console: &Console, arguments: &GofArguments) -> Result<i32, Stop> {
    let Some(&(_, test)) = GoodnessTest::NAMES.iter().find(|(name, _)| *name == arguments.test) else {
        return compatibility::compatibility(console, arguments);
    };
    let model = workspace::model(console, &arguments.model)?;
    let (seed, count) = (arguments.toys.seed, arguments.toys.toys.unwrap_or(0));
    let pool = Pool::new(arguments.toys.threads.unwrap_or(0))?;
    let mut found = goodness(&model, test, seed, 0..0, &pool)?;
    let which = format!("{} {seed}", test.name());
    let mut kept = Kept::open(arguments.toys.keep.as_deref(), &[&germane_runs::fingerprint(&model).0, which.as_bytes()])?;
    found.toys = kept.collect("best", count, |range| Ok(goodness(&model, test, seed, range, &pool)?.toys))?;
    let name = match test {
        GoodnessTest::KolmogorovSmirnov => "Kolmogorov-Smirnov",
        GoodnessTest::AndersonDarling => "Anderson-Darling",
        _ => "saturated",
    };
    if let Some(path) = &arguments.output {
        let ensembles = vec![("best fit".to_owned(), found.toys.values().collect())];
        let statistic = Quantity::new(&format!("{name} goodness of fit"), None);
        write(&recipes::Toys { ensembles, statistic, observed: Some(found.statistic), bins: 0 }.figure(), path)?;
    }
    if console.json {
        console.document(&documents::goodness(&found, seed))?;
        return Ok(0);
    }
    let mut table = Table::new(&[&format!("goodness of fit ({name})"), "p-value", "from", "to", "toys"]);
    if test == GoodnessTest::Saturated {
        let asymptotic = found.asymptotic.map_or(Cell::Empty, Cell::Number);
        table.row(vec![format!("χ² with {} degrees of freedom", found.ndof).into(), asymptotic]);
    }
    if count > 0 {
        let (p, (low, high)) = (found.p(), found.p().interval());
        table.row(vec!["toys at the best fit".into(), p.p().into(), low.into(), high.into(), p.toys.into()]);
    }
    console.out(&format!("statistic {}\n", Cell::Number(found.statistic).text()))?;
    console.out(&table.text(Console::room()))?;
    if test != GoodnessTest::Saturated && count == 0 {
        console.note("note: its p-value is that of toys: ask for some with --toys N");
    }
    failures(console, std::iter::once(&found.toys));
    Ok(0)
}

/// The statistic of the data and of a range of toys.
fn goodness(model: &AnyModel, test: GoodnessTest, seed: u64, toys: Range<u64>, pool: &Pool) -> Result<ToyGoodness, Error> {
    let options = Options::default();
    match (test, model.binned()) {
        (GoodnessTest::Saturated, _) => toy_goodness(model, seed, toys, &options, pool).map_err(no_result),
        (_, Some(model)) => toy_distance(model, test, seed, toys, &options, pool).map_err(no_result),
        (_, None) => Err(usage(format!("--test {} is for models of bins", test.name()), "--test saturated takes others")),
    }
}
