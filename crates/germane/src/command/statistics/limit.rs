//! `germane limit`.

use super::super::options::LimitArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::{no_result, number, workspace, write};
use germane_inference::Options;
use germane_inference::hypothesis::{Tested, Tests, UpperLimit, upper_limit, without_signal};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{Cls, Quantity, Recipe};
use serde_json::json;

pub(in super::super) fn limit(console: &Console, arguments: &LimitArguments) -> Result<i32, Stop> {
    if !(arguments.level > 0.0 && arguments.level < 1.0) {
        return Err(usage(format!("--level {} is no probability", arguments.level), "write --level 0.95").into());
    }
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let name = model.parameters()[poi].name.clone();
    let options = Options::default();
    let asimov = without_signal(&model, poi, &options).map_err(no_result)?;
    let mut tests = Tests::new(&model, &asimov, poi, &options).map_err(no_result)?;
    let mut found = upper_limit(&mut tests, arguments.level).map_err(no_result)?;
    if let Some(path) = &arguments.output {
        let far = 1.3 * found.expected[4].max(found.observed);
        for k in 0..=arguments.points {
            let value = far * k as f64 / arguments.points as f64;
            found.points.push(tests.test(value).map_err(no_result)?);
        }
        found.points.sort_by(|a, b| a.value.total_cmp(&b.value));
        write(&figure(&found, &name).figure(), path)?;
    }
    if console.json {
        let point = |tested: &Tested| {
            json!({
                "poi": number(tested.value), "cls": number(tested.p.cls), "clsb": number(tested.p.signal),
                "clb": number(tested.p.background), "expected": tested.expected.map(number),
            })
        };
        console.document(&json!({
            "germane_limit": 1, "poi": name, "level": arguments.level, "observed": number(found.observed),
            "expected": found.expected.map(number), "best": number(tests.best()),
            "points": found.points.iter().map(point).collect::<Vec<_>>(), "notes": found.notes,
        }))?;
        return Ok(0);
    }
    let mut table = Table::new(&["upper limit", &name]);
    table.row(vec!["observed".into(), found.observed.into()]);
    for (band, limit) in
        ["expected −2σ", "expected −1σ", "expected median", "expected +1σ", "expected +2σ"].iter().zip(found.expected)
    {
        table.row(vec![(*band).into(), limit.into()]);
    }
    console.out(&table.text(Console::width()))?;
    console.out(&format!("{} % confidence, CLs, asymptotic; best {name} = {}\n", 100.0 * arguments.level, tests.best()))?;
    for note in &found.notes {
        console.note(&format!("note: {note}"));
    }
    Ok(0)
}

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
