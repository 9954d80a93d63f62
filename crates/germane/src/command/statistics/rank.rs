//! `germane rank`.

use super::super::options::RankArguments;
use super::super::print::{Console, Stop};
use super::{no_result, workspace, write};
use germane_inference::{Impact, ImpactKind, Options, documents, minimise, ranking};
use germane_models::{Likelihood, Model};
use germane_reports::Table;
use germane_reports::recipes::{self, Recipe};

pub(in super::super) fn rank(console: &Console, arguments: &RankArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let kind = if arguments.covariance { ImpactKind::Covariance } else { ImpactKind::Refit };
    let fit = minimise(&model, &Options::default());
    let found = ranking(&model, poi, &fit, kind, &Options::default()).map_err(no_result)?;
    if let Some(path) = &arguments.output {
        write(&figure(&model, &found).figure(), path)?;
    }
    for (name, reason) in &found.failed {
        console.note(&format!("note: no impact of {name}: {reason}"));
    }
    if console.json {
        console.document(&documents::ranking(&found, kind))?;
        return Ok(0);
    }
    let mut table = Table::new(&["parameter", "value", "pull", "post-fit up", "post-fit down", "pre-fit up", "pre-fit down"]);
    let cell = |value: Option<f64>| value.map_or(germane_reports::tables::Cell::Empty, Into::into);
    for row in &found.rows {
        table.row(vec![
            row.name.as_str().into(),
            germane_reports::tables::Cell::Measured(row.value, row.error),
            cell(row.pull),
            row.postfit[0].into(),
            row.postfit[1].into(),
            cell(row.prefit.map(|sides| sides[0])),
            cell(row.prefit.map(|sides| sides[1])),
        ]);
    }
    console.out(&format!("impacts on {} = {}\n", found.poi, found.value))?;
    console.out(&table.text(Console::width()))?;
    Ok(0)
}

fn figure(model: &Model, found: &germane_inference::Ranking) -> recipes::Ranking {
    let side = |pick: &dyn Fn(&Impact) -> f64| found.rows.iter().map(pick).collect::<Vec<_>>();
    let width = |row: &Impact| {
        let parameter = model.parameters().iter().find(|parameter| parameter.name == row.name);
        parameter.and_then(|parameter| parameter.constraint).map_or(f64::NAN, |constraint| constraint.width())
    };
    recipes::Ranking {
        names: found.rows.iter().map(|row| row.name.clone()).collect(),
        pulls: side(&|row| row.pull.unwrap_or(f64::NAN)),
        errors: side(&|row| row.error / width(row)),
        prefit: [0, 1].map(|k| side(&|row| row.prefit.map_or(f64::NAN, |sides| sides[k]))),
        postfit: [0, 1].map(|k| side(&|row| row.postfit[k])),
        interest: found.poi.clone(),
        most: 30,
    }
}
