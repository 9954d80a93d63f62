//! `germane significance`.

use super::super::options::SignificanceArguments;
use super::super::print::{Console, Stop};
use super::{no_result, number, workspace};
use germane_inference::Options;
use germane_inference::hypothesis::discovery;
use germane_models::Likelihood;
use germane_reports::Table;
use serde_json::json;

pub(in super::super) fn significance(console: &Console, arguments: &SignificanceArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let name = &model.parameters()[poi].name;
    let found = discovery(&model, poi, &Options::default()).map_err(no_result)?;
    if console.json {
        console.document(&json!({
            "germane_significance": 1, "poi": name,
            "observed": {"q0": number(found.statistic), "p": number(found.p), "z": number(found.significance)},
            "expected": {
                "q0": number(found.expected_statistic), "p": number(found.expected_p), "z": number(found.expected_significance),
            },
        }))?;
        return Ok(0);
    }
    let mut table = Table::new(&["", "significance [σ]", "p-value", "q0"]);
    table.row(vec!["observed".into(), found.significance.into(), found.p.into(), found.statistic.into()]);
    let expected = [found.expected_significance, found.expected_p, found.expected_statistic];
    table.row(std::iter::once(format!("expected, {name} = 1").into()).chain(expected.map(Into::into)).collect());
    console.out(&table.text(Console::width()))?;
    Ok(0)
}
