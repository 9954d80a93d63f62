//! `germane toys`.

use super::super::options::ToysArguments;
use super::super::print::{Console, Stop};
use super::{no_result, workspace, write};
use germane_inference::hypothesis::Statistic;
use germane_inference::toys::{Sample, ToyTest, ToyTests};
use germane_inference::{Options, documents};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{self, Quantity, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{AnyModel, Kept, Pool};

pub(in super::super) fn toys(console: &Console, arguments: &ToysArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let name = model.parameters()[poi].name.clone();
    let found = Statistic::NAMES.iter().find(|(name, _)| *name == arguments.statistic);
    let statistic = found.map_or(Statistic::QTilde, |(_, statistic)| *statistic);
    let value = if statistic == Statistic::Q0 { 0.0 } else { arguments.value };
    let throw = Throw { model: &model, poi, statistic, seed: arguments.toys.seed, count: arguments.toys.count() };
    let pool = Pool::new(arguments.toys.threads.unwrap_or(0))?;
    let (best, test) = throw.test(value, arguments.toys.keep.as_deref(), &pool)?;
    if let Some(path) = &arguments.output {
        let ensembles = throw.ensembles(&test, &name).into_iter().map(|(label, sample)| (label, sample.values().collect()));
        let statistic = Quantity::new(statistic.name(), None);
        let ensembles = ensembles.collect();
        write(&recipes::Toys { ensembles, statistic, observed: Some(test.observed), bins: 0 }.figure(), path)?;
    }
    if console.json {
        console.document(&documents::toys(&name, best, arguments.toys.seed, &test))?;
        return Ok(0);
    }
    let mut table = Table::new(&["toys with", "p-value", "from", "to", "reached", "toys", "failed"]);
    for (label, sample) in throw.ensembles(&test, &name) {
        let p = sample.p_value(test.observed);
        let (low, high) = p.interval();
        let failed: u64 = sample.failures().values().sum();
        table.row(vec![label.into(), p.p().into(), low.into(), high.into(), p.reached.into(), p.toys.into(), failed.into()]);
    }
    console.out(&format!(
        "{} of the data at {name} = {}: {}; best {name} = {best}\n",
        statistic.name(),
        test.value,
        test.observed
    ))?;
    console.out(&table.text(Console::room()))?;
    if statistic != Statistic::Q0 {
        let cls = Cell::Measured(test.cls(), test.cls_error()).text();
        console.out(&format!("CLs = {cls}; expected {}\n", Cell::Number(test.expected_cls()[2].0).text()))?;
    }
    failures(console, throw.ensembles(&test, &name).into_iter().map(|(_, sample)| sample));
    Ok(0)
}

/// Which toys of which model.
pub(super) struct Throw<'a> {
    pub(super) model: &'a AnyModel,
    pub(super) poi: usize,
    pub(super) statistic: Statistic,
    pub(super) seed: u64,
    pub(super) count: u64,
}

impl Throw<'_> {
    /// The best value of the parameter of interest, and the test of a value.
    pub(super) fn test(&self, value: f64, keep: Option<&std::path::Path>, pool: &Pool) -> Result<(f64, ToyTest), Stop> {
        let mut tests = ToyTests::new(self.model, self.poi, self.statistic, self.seed, &Options::default()).map_err(no_result)?;
        let observed = tests.observed(value).map_err(no_result)?;
        let which = format!("{} {} {} {}", self.statistic.name(), self.poi, value.to_bits(), self.seed);
        let mut kept = Kept::open(keep, &[&germane_runs::fingerprint(self.model).0, which.as_bytes()])?;
        let mut sample = |ensemble: &str, truth: f64| {
            kept.collect(ensemble, self.count, |range| tests.toys(value, truth, range, pool).map_err(no_result))
        };
        let background = sample("background", 0.0)?;
        // The p-value of q0 is that of the background alone.
        let signal = if self.statistic == Statistic::Q0 { background.clone() } else { sample("signal", value)? };
        Ok((tests.best(), ToyTest { statistic: self.statistic, value, observed, signal, background }))
    }

    fn ensembles<'t>(&self, test: &'t ToyTest, name: &str) -> Vec<(String, &'t Sample)> {
        let mut all = vec![(format!("{name} = 0"), &test.background)];
        if self.statistic != Statistic::Q0 {
            all.insert(0, (format!("{name} = {}", test.value), &test.signal));
        }
        all
    }
}

/// Says which toys have failed, and why.
pub(super) fn failures<'a>(console: &Console, samples: impl Iterator<Item = &'a Sample>) {
    for sample in samples {
        for (failure, count) in sample.failures() {
            console.note(&format!("note: {count} of {} toys have no statistic: {}", sample.toys.len(), failure.reason()));
        }
    }
}
