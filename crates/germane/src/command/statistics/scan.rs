//! `germane scan`.

use super::super::options::ScanArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::{no_result, workspace, write};
use germane_inference::{Options, documents};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{Quantity, Recipe, Scan};
use germane_reports::tables::Cell;

pub(in super::super) fn scan(console: &Console, arguments: &ScanArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let points = usize::from(arguments.points);
    let values = match &arguments.range {
        None => Vec::new(),
        Some(range) => {
            let ends = range.split_once(':').and_then(|(low, high)| Some((low.parse::<f64>().ok()?, high.parse::<f64>().ok()?)));
            let (low, high) = ends
                .filter(|(low, high)| low < high)
                .ok_or_else(|| usage(format!("`{range}` is no range"), "write --range 0:3"))?;
            (0..points).map(|k| low + (high - low) * k as f64 / (points - 1) as f64).collect()
        }
    };
    let found = germane_inference::scan(&model, poi, &values, points, &Options::default()).map_err(no_result)?;
    let unit = model.parameters()[poi].unit.clone();
    if let Some(path) = &arguments.output {
        let rises = found.rises.iter().map(|rise| rise.unwrap_or(f64::NAN)).collect();
        let curves = vec![("profiled".to_owned(), rises)];
        let parameter = Quantity::new(&found.name, unit.as_deref());
        write(&Scan { parameter, x: found.values.clone(), curves, best: Some(found.best) }.figure(), path)?;
    }
    if console.json {
        console.document(&documents::scan(&found))?;
        return Ok(0);
    }
    let mut table = Table::new(&[&found.name, "2ΔNLL"]);
    for (value, rise) in found.values.iter().zip(&found.rises) {
        table.row(vec![(*value).into(), rise.map_or_else(|| "no minimum".into(), Cell::Number)]);
    }
    console.out(&table.text(Console::room()))?;
    Ok(0)
}
