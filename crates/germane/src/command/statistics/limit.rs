//! `germane limit`.

use super::super::options::LimitArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::toys::failures;
use super::{no_result, region, workspace, write};
use germane_inference::hypothesis::{Statistic, Tests, UpperLimit, upper_limit, without_signal};
use germane_inference::toys::{Crossing, ToyTest, ToyTests, toy_limit};
use germane_inference::{Options, documents};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{Cls, Quantity, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{AnyModel, Pool};

pub(in super::super) fn limit(console: &Console, arguments: &LimitArguments) -> Result<i32, Stop> {
    if !(arguments.level > 0.0 && arguments.level < 1.0) {
        return Err(usage(format!("--level {} is no probability", arguments.level), "write --level 0.95").into());
    }
    if arguments.feldman_cousins {
        return region::region(console, arguments);
    }
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let name = model.parameters()[poi].name.clone();
    let options = Options::default();
    let asimov = without_signal(&model, poi, &options).map_err(no_result)?;
    let mut tests = Tests::new(&model, &asimov, poi, &options).map_err(no_result)?;
    let mut found = upper_limit(&mut tests, arguments.level).map_err(no_result)?;
    if let Some(count) = arguments.toys.toys {
        let from = ToyStart { model: &model, poi, name: &name, asymptotic: &found, count };
        return by_toys(console, arguments, &from);
    }
    if let Some(path) = &arguments.output {
        let far = 1.3 * found.expected[4].max(found.observed);
        let points = arguments.points.unwrap_or(100).max(1);
        for k in 0..=points {
            let value = far * k as f64 / points as f64;
            found.points.push(tests.test(value).map_err(no_result)?);
        }
        found.points.sort_by(|a, b| a.value.total_cmp(&b.value));
        write(&figure(&found, &name).figure(), path)?;
    }
    if console.json {
        console.document(&documents::limit(&name, tests.best(), &found))?;
        return Ok(0);
    }
    let mut table = Table::new(&["upper limit", &name]);
    table.row(vec!["observed".into(), found.observed.into()]);
    for (band, limit) in EXPECTED.iter().zip(found.expected) {
        table.row(vec![(*band).into(), limit.into()]);
    }
    console.out(&table.text(Console::room()))?;
    let (level, best) = (100.0 * arguments.level, Cell::from(tests.best()).text());
    console.out(&format!("{level} % confidence, CLs, asymptotic; best {name} = {best}\n"))?;
    for note in &found.notes {
        console.note(&format!("note: {note}"));
    }
    Ok(0)
}

/// What limits by toys begin with.
struct ToyStart<'a> {
    model: &'a AnyModel,
    poi: usize,
    name: &'a str,
    asymptotic: &'a UpperLimit,
    count: u64,
}

/// Limits by toys at the values of the asymptotic limits and around them.
fn by_toys(console: &Console, arguments: &LimitArguments, from: &ToyStart<'_>) -> Result<i32, Stop> {
    if arguments.toys.keep.is_some() {
        let message = "--keep holds the toys of one tested value, a limit tests several";
        return Err(usage(message, "keep them with `germane toys --value V --keep FILE`").into());
    }
    let pool = Pool::new(arguments.toys.threads.unwrap_or(0))?;
    let (seed, name) = (arguments.toys.seed, from.name);
    let mut tests = ToyTests::new(from.model, from.poi, Statistic::QTilde, seed, &Options::default()).map_err(no_result)?;
    let mut values: Vec<f64> = from.asymptotic.expected.into_iter().chain([from.asymptotic.observed]).collect();
    let (least, most) = values.iter().fold((f64::INFINITY, 0.0f64), |(least, most), v| (least.min(*v), most.max(*v)));
    values.extend([0.7 * least, 1.3 * most]);
    let found = toy_limit(&mut tests, arguments.level, &values, 0..from.count, &pool).map_err(no_result)?;
    if let Some(path) = &arguments.output {
        let bands = std::array::from_fn(|band| found.tests.iter().map(|test| test.expected_cls()[band].0).collect());
        let figure = Cls {
            x: found.tests.iter().map(|test| test.value).collect(),
            expected: bands,
            observed: Some(found.tests.iter().map(ToyTest::cls).collect()),
            level: 1.0 - found.level,
            quantity: Quantity::new(name, None),
        };
        write(&figure.figure(), path)?;
    }
    failures(console, found.tests.iter().flat_map(|test| [&test.signal, &test.background]));
    if console.json {
        console.document(&documents::toy_limit(name, tests.best(), from.count, seed, &found))?;
        return Ok(0);
    }
    let mut table = Table::new(&["upper limit", name, "asymptotic"]);
    let cell = |one: Crossing| Cell::Measured(one.value, one.error);
    table.row(vec!["observed".into(), cell(found.observed), from.asymptotic.observed.into()]);
    for (k, band) in EXPECTED.iter().enumerate() {
        table.row(vec![(*band).into(), cell(found.expected[k]), from.asymptotic.expected[k].into()]);
    }
    console.out(&table.text(Console::room()))?;
    let (level, best) = (100.0 * arguments.level, Cell::from(tests.best()).text());
    console.out(&format!("{level} % confidence, CLs, {} toys of each hypothesis; best {name} = {best}\n", from.count))?;
    Ok(0)
}

/// Names of the expected limits.
const EXPECTED: [&str; 5] = ["expected −2σ", "expected −1σ", "expected median", "expected +1σ", "expected +2σ"];

fn figure(found: &UpperLimit, name: &str) -> Cls {
    let bands = std::array::from_fn(|band| found.points.iter().map(|tested| tested.expected[band]).collect());
    Cls {
        x: found.points.iter().map(|tested| tested.value).collect(),
        expected: bands,
        observed: Some(found.points.iter().map(|tested| tested.p.cls).collect()),
        level: 1.0 - found.level,
        quantity: Quantity::new(name, None),
    }
}
