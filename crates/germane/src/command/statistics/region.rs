//! `germane limit --feldman-cousins`.

use super::super::options::LimitArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::toys::failures;
use super::{no_result, workspace, write};
use germane_inference::hypothesis::Statistic;
use germane_inference::toys::{Region, Search, TestedValue, ToyTests, feldman_cousins};
use germane_inference::{Options, documents};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{PValues, Quantity, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{AnyModel, Error, Kept, Pool};

/// Values of the first grid.
const POINTS: usize = 20;

/// How often a step is halved in which the region ends: by toys, whose numbers decide how well the end is known, and exactly.
const HALVINGS: [usize; 2] = [5, 20];

/// Which region of which model.
struct Asked<'a> {
    model: &'a AnyModel,
    poi: usize,
    level: f64,
    points: usize,
}

pub(super) fn region(console: &Console, arguments: &LimitArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let name = model.parameters()[poi].name.clone();
    let pool = Pool::new(arguments.toys.threads.unwrap_or(0))?;
    let asked = Asked { model: &model, poi, level: arguments.level, points: arguments.points.unwrap_or(POINTS) };
    let thrown = (arguments.toys.count(), arguments.toys.seed);
    let (search, found) = if arguments.exact { asked.exact(&pool)? } else { asked.by_toys(arguments, &pool)? };
    if let Some(path) = &arguments.output {
        write(&figure(&found, &name, search.best).figure(), path)?;
    }
    if console.json {
        console.document(&documents::region(&name, search.best, &found, (!arguments.exact).then_some(thrown)))?;
        return Ok(0);
    }
    let mut table = Table::new(&["region", "from", "to", ""]);
    for piece in &found.pieces {
        let [low, high] = piece.ends.map(|end| match end.error {
            error if error > 0.0 => Cell::Measured(end.value, error),
            _ => end.value.into(),
        });
        let note = match piece.at_bound {
            [true, true] => "both bounds",
            [true, false] => "from its bound",
            [false, true] => "to its bound",
            [false, false] => "",
        };
        table.row(vec![name.as_str().into(), low, high, note.into()]);
    }
    console.out(&table.text(Console::room()))?;
    let how = if arguments.exact { "exact".to_owned() } else { format!("{} toys of each value", thrown.0) };
    let (level, best) = (100.0 * found.level, Cell::from(search.best).text());
    console.out(&format!("{level} % confidence, Feldman and Cousins, {how}; best {name} = {best}\n"))?;
    failures(console, found.tested.iter().filter_map(|one| one.toys.as_ref()));
    for note in &found.notes {
        console.note(&format!("note: {note}"));
    }
    Ok(0)
}

impl Asked<'_> {
    fn by_toys(&self, arguments: &LimitArguments, pool: &Pool) -> Result<(Search, Region), Stop> {
        let (count, seed) = (arguments.toys.count(), arguments.toys.seed);
        let mut tests = ToyTests::new(self.model, self.poi, Statistic::T, seed, &Options::default()).map_err(no_result)?;
        let search = tests.search(self.level, self.points, HALVINGS[0]).map_err(no_result)?;
        // Toys of one value are kept under it: another grid or level throws only those of other values.
        let which = format!("feldman_cousins {} {seed}", self.poi);
        let mut kept = Kept::open(arguments.toys.keep.as_deref(), &[&germane_runs::fingerprint(self.model).0, which.as_bytes()])?;
        let found = feldman_cousins(self.level, &search, &mut |value| {
            let statistic = tests.observed(value).map_err(no_result)?;
            let toys =
                kept.collect(&value.to_string(), count, |range| tests.toys(value, value, range, pool).map_err(no_result))?;
            Ok::<_, Error>(TestedValue::of_toys(value, statistic, toys))
        })?;
        Ok((search, found))
    }

    fn exact(&self, pool: &Pool) -> Result<(Search, Region), Stop> {
        let refusal = || usage("--exact is for models of bins", "without it toys are thrown");
        let model = self.model.binned().ok_or_else(refusal)?;
        let mut tests = ToyTests::new(model, self.poi, Statistic::T, 0, &Options::default()).map_err(no_result)?;
        let search = tests.search(self.level, self.points, HALVINGS[1]).map_err(no_result)?;
        let found = feldman_cousins(self.level, &search, &mut |value| {
            let statistic = tests.observed(value)?;
            tests.enumerated(value, value, pool).map(|p| TestedValue::exact(value, statistic, p))
        });
        Ok((search, found.map_err(no_result)?))
    }
}

fn figure(found: &Region, name: &str, best: f64) -> PValues {
    PValues {
        x: found.tested.iter().map(|one| one.value).collect(),
        p: found.tested.iter().map(|one| one.p).collect(),
        errors: found.tested.iter().map(|one| one.error).collect(),
        level: 1.0 - found.level,
        region: found.pieces.iter().map(|piece| piece.ends.map(|end| end.value)).collect(),
        best: Some(best),
        quantity: Quantity::new(name, None),
    }
}
