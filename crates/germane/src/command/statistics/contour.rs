//! `germane contour`.

use super::super::options::ContourArguments;
use super::super::print::{Console, Stop};
use super::{no_result, workspace, write};
use germane_inference::{Contour, Options, documents};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{self, Quantity, Recipe};

/// Levels of confidence of the contours, with their names.
const LEVELS: [(f64, &str); 2] = [(0.682689492137086, "68.3 %"), (0.954499736103642, "95.4 %")];

pub(in super::super) fn contour(console: &Console, arguments: &ContourArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let pair = [workspace::index(&model, &arguments.first)?, workspace::index(&model, &arguments.second)?];
    let mut found: Vec<(&str, Contour)> = Vec::new();
    for (level, name) in LEVELS {
        let rise = recipes::rise(level, 2);
        let ring = germane_inference::contour(&model, pair, rise, usize::from(arguments.points), &Options::default());
        found.push((name, ring.map_err(no_result)?));
    }
    if let Some(path) = &arguments.output {
        let quantity = |index: usize| Quantity::new(&model.parameters()[index].name, model.parameters()[index].unit.as_deref());
        let curves = found.iter().map(|(name, ring)| ((*name).to_owned(), ring.points.iter().map(|point| point.at).collect()));
        let figure =
            recipes::Contour { x: quantity(pair[0]), y: quantity(pair[1]), best: found[0].1.best, curves: curves.collect() };
        write(&figure.figure(), path)?;
    }
    if console.json {
        console.document(&documents::contours(&found))?;
        return Ok(0);
    }
    let mut table = Table::new(&["level", &arguments.first, &arguments.second, ""]);
    for (name, ring) in &found {
        for point in &ring.points {
            let note = if point.on_bound { "bound" } else { "" };
            table.row(vec![(*name).into(), point.at[0].into(), point.at[1].into(), note.into()]);
        }
    }
    console.out(&table.text(Console::room()))?;
    Ok(0)
}
