//! `germane rank`.

use super::super::options::RankArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::{no_result, workspace, write};
use germane_inference::{Group, Impact, ImpactKind, Options, documents, minimise, ranking};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{self, Recipe};
use germane_reports::tables::Cell;
use germane_runs::{Error, OpenedModel, Pool, pattern};
use germane_texts::{Diagnostic, nearest};

pub(in super::super) fn rank(console: &Console, arguments: &RankArguments) -> Result<i32, Stop> {
    let OpenedModel { model, groups: own, .. } = workspace::noted(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let kind = if arguments.covariance { ImpactKind::Covariance } else { ImpactKind::Refit };
    let groups = match arguments.group.as_slice() {
        [] => own.iter().map(|group| described(&model, group)).collect::<Result<Vec<_>, _>>()?,
        asked => asked.iter().map(|text| group(&model, &own, text)).collect::<Result<Vec<_>, _>>()?,
    };
    let fit = minimise(&model, &Options::default());
    let pool = Pool::new(arguments.threads.unwrap_or(0))?;
    let found = ranking(&model, poi, &fit, kind, &groups, &Options::default(), &pool).map_err(no_result)?;
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
    // Names need the room: three digits tell impacts apart.
    let shift = |value: f64| Cell::Rounded(value, 3);
    let cell = |value: Option<f64>| value.map_or(Cell::Empty, shift);
    for row in &found.rows {
        table.row(vec![
            row.name.as_str().into(),
            Cell::Measured(row.value, row.error),
            cell(row.pull),
            shift(row.postfit[0]),
            shift(row.postfit[1]),
            cell(row.prefit.map(|sides| sides[0])),
            cell(row.prefit.map(|sides| sides[1])),
        ]);
    }
    let best = found.error.map_or(Cell::Number(found.value), |error| Cell::Measured(found.value, error));
    console.out(&format!("impacts on {} = {}\n", found.poi, best.text()))?;
    console.out(&table.text(Console::room()))?;
    if !found.groups.is_empty() {
        let mut table = Table::new(&["group", "parameters", "held at its best", "its measurements"]);
        for group in &found.groups {
            table.row(vec![
                group.name.as_str().into(),
                Cell::Count(group.members as u64),
                group.frozen.into(),
                group.auxiliary.into(),
            ]);
        }
        console.out(&table.text(Console::room()))?;
    }
    Ok(0)
}

/// A group of the model's description.
fn described(model: &dyn Likelihood, (name, members): &(String, Vec<String>)) -> Result<Group, Error> {
    let members = members.iter().map(|member| workspace::index(model, member)).collect::<Result<_, _>>()?;
    Ok((name.clone(), members))
}

/// The parameters of `NAME=PATTERN,PATTERN`, or of a group of the description.
fn group(model: &dyn Likelihood, own: &[(String, Vec<String>)], text: &str) -> Result<Group, Error> {
    let Some((name, patterns)) = text.split_once('=') else {
        if let Some(group) = own.iter().find(|(name, _)| name == text) {
            return described(model, group);
        }
        let problem = usage(format!("`{text}` is no NAME=PATTERN[,PATTERN]"), "write --group 'jets=JES_*,JER_*'");
        let mut diagnostics = problem.diagnostics;
        if let Some(near) = nearest(text, own.iter().map(|(name, _)| name.as_str())) {
            diagnostics = vec![Diagnostic::new("usage", format!("the model has no group `{text}`")).nearest(near)];
        }
        return Err(Error { diagnostics, ..problem });
    };
    let mut members = Vec::new();
    for pattern in patterns.split(',').map(str::trim) {
        let fits = |name: &str| name == pattern || pattern::matches(pattern, name);
        let found: Vec<usize> = (0..model.parameters().len()).filter(|&index| fits(&model.parameters()[index].name)).collect();
        if found.is_empty() {
            members.push(workspace::index(model, pattern)?);
        }
        members.extend(found);
    }
    members.sort_unstable();
    members.dedup();
    Ok((name.to_owned(), members))
}

fn figure(model: &dyn Likelihood, found: &germane_inference::Ranking) -> recipes::Ranking {
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
