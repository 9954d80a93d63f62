//! `germane gof`.

use super::super::options::GofArguments;
use super::super::print::{Console, Stop};
use super::toys::failures;
use super::{no_result, workspace, write};
use germane_inference::toys::toy_goodness;
use germane_inference::{Options, documents};
use germane_reports::Table;
use germane_reports::recipes::{self, Quantity, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{Kept, Pool};

pub(in super::super) fn gof(console: &Console, arguments: &GofArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let (seed, count) = (arguments.toys.seed, arguments.toys.toys.unwrap_or(0));
    let pool = Pool::new(arguments.toys.threads.unwrap_or(0))?;
    let options = Options::default();
    let mut found = toy_goodness(&model, seed, 0..0, &options, &pool).map_err(no_result)?;
    let which = format!("saturated {seed}");
    let mut kept = Kept::open(arguments.toys.keep.as_deref(), &[&germane_runs::fingerprint(&model).0, which.as_bytes()])?;
    found.toys =
        kept.collect("best", count, |range| Ok(toy_goodness(&model, seed, range, &options, &pool).map_err(no_result)?.toys))?;
    if let Some(path) = &arguments.output {
        let ensembles = vec![("best fit".to_owned(), found.toys.values().collect())];
        let statistic = Quantity::new("saturated goodness of fit", None);
        write(&recipes::Toys { ensembles, statistic, observed: Some(found.statistic), bins: 0 }.figure(), path)?;
    }
    if console.json {
        console.document(&documents::goodness(&found, seed))?;
        return Ok(0);
    }
    let mut table = Table::new(&["goodness of fit (saturated)", "p-value", "from", "to", "toys"]);
    let asymptotic = found.asymptotic.map_or(Cell::Empty, Cell::Number);
    table.row(vec![format!("χ² with {} degrees of freedom", found.ndof).into(), asymptotic]);
    if count > 0 {
        let (p, (low, high)) = (found.p(), found.p().interval());
        table.row(vec!["toys at the best fit".into(), p.p().into(), low.into(), high.into(), p.toys.into()]);
    }
    console.out(&format!("statistic {}\n", Cell::Number(found.statistic).text()))?;
    console.out(&table.text(Console::room()))?;
    failures(console, std::iter::once(&found.toys));
    Ok(0)
}
