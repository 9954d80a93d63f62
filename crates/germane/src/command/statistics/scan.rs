//! `germane scan`.

use super::super::options::ScanArguments;
use super::super::print::{Console, Stop};
use super::super::usage;
use super::{no_result, union, workspace, write};
use germane_inference::{FunctionCurve, Options, documents, minima, segments};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_reports::recipes::{Quantity, Recipe, Scan};
use germane_reports::tables::Cell;
use germane_runs::AnyModel;

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
    let headers = [found.name.as_str(), "2ΔNLL", "functions"];
    if let Some(path) = &arguments.output {
        let parameter = Quantity::new(&found.name, unit.as_deref());
        write(&Scan { parameter, x: found.values.clone(), curves: curves(&found), best: Some(found.best) }.figure(), path)?;
    }
    if console.json {
        console.document(&documents::scan(&found))?;
        return Ok(0);
    }
    let mut table = Table::new(if found.curves.is_empty() { &headers[..2] } else { &headers });
    for (k, (value, rise)) in found.values.iter().zip(&found.rises).enumerate() {
        let mut row = vec![(*value).into(), rise.map_or_else(|| "no minimum".into(), Cell::Number)];
        row.extend(lowest(&found, k).map(|curve| curve.functions.join(", ").into()));
        table.row(row);
    }
    console.out(&table.text(Console::room()))?;
    if !found.curves.is_empty() {
        console.out(&intervals(&model, poi)?)?;
    }
    Ok(0)
}

/// Combinations of functions that a figure shows.
const SHOWN: usize = 11;

/// The profile; where there is a choice between functions, the envelope and the curves of those that come lowest.
fn curves(found: &germane_inference::Scan) -> Vec<(String, Vec<f64>)> {
    let heights = |rises: &[Option<f64>]| rises.iter().map(|rise| rise.unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    if found.curves.is_empty() {
        return vec![("profiled".to_owned(), heights(&found.rises))];
    }
    let least = |curve: &FunctionCurve| curve.rises.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let mut all: Vec<&FunctionCurve> = found.curves.iter().collect();
    all.sort_by(|a, b| least(a).total_cmp(&least(b)));
    let single = all.into_iter().take(SHOWN).map(|curve| (curve.functions.join(", "), heights(&curve.rises)));
    std::iter::once(("envelope".to_owned(), heights(&found.rises))).chain(single).collect()
}

/// The functions that are lowest at a value of the scan.
fn lowest(found: &germane_inference::Scan, k: usize) -> Option<&FunctionCurve> {
    let height = |curve: &FunctionCurve| curve.rises[k].unwrap_or(f64::INFINITY);
    found.curves.iter().min_by(|a, b| height(a).total_cmp(&height(b))).filter(|curve| curve.rises[k].is_some())
}

/// Intervals of the envelope at one and two standard deviations, which may have several pieces.
fn intervals(model: &AnyModel, poi: usize) -> Result<String, Stop> {
    let options = Options::default();
    let mut found = minima(model, 0, 1, &options).map_err(no_result)?;
    let mut text = String::new();
    for (name, rise) in [("68.3 %", 0.5), ("95.4 %", 2.0)] {
        let pieces = segments(model, poi, rise, &mut found, &options).map_err(no_result)?;
        text.push_str(&format!("{name}: {}\n", union(&pieces)));
    }
    Ok(text)
}
