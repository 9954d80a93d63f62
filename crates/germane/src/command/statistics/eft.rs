//! `germane eft`.

use super::super::options::EftArguments;
use super::super::print::{Console, Stop};
use super::{no_result, union, workspace, write};
use germane_inference::{InformationBasis, Minima, Options, Segment, documents, information_basis, minima, scan, segments};
use germane_models::Likelihood;
use germane_models::quadratic::{QuadraticModel, Terms};
use germane_reports::Table;
use germane_reports::recipes::{Quantity, Recipe, Scan, rise};
use germane_runs::Error;
use germane_texts::{Diagnostic, nearest};
use std::path::Path;

/// Probabilities of the intervals.
const LEVELS: [f64; 2] = [0.682_689_492_137_086, 0.95];

/// The intervals of one coefficient, each with its level.
type Intervals = (usize, Vec<(f64, Vec<Segment>)>);

pub(in super::super) fn eft(console: &Console, arguments: &EftArguments) -> Result<i32, Stop> {
    let scaling = workspace::read(&arguments.scaling)?;
    let parts = arguments.parts.iter().map(|name| workspace::read(name)).collect::<Result<Vec<_>, _>>()?;
    let terms = Terms { linear: arguments.linear, linear_in: arguments.linear_in.clone() };
    let model = QuadraticModel::read(&scaling, &parts, &terms).map_err(Error::text)?;
    let coefficients: Vec<usize> = (0..model.coefficients()).collect();
    let wanted = match arguments.coefficient.as_slice() {
        [] => coefficients.clone(),
        names => names.iter().map(|name| index(&model, name)).collect::<Result<_, _>>()?,
    };
    let options = Options::default();
    let mut found = minima(&model, arguments.starts, arguments.seed, &options).map_err(no_result)?;
    let mut intervals: Vec<Intervals> = Vec::new();
    for index in wanted {
        let mut at = |level: f64| segments(&model, index, 0.5 * rise(level, 1), &mut found, &options).map_err(no_result);
        intervals.push((index, vec![(LEVELS[0], at(LEVELS[0])?), (LEVELS[1], at(LEVELS[1])?)]));
    }
    let start: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
    let basis = information_basis(&model, &start, &coefficients).map_err(no_result)?;
    if let (Some(name), Some(path)) = (&arguments.scan, &arguments.output) {
        let index = index(&model, name)?;
        let figure = scanned(&model, index, usize::from(arguments.points), &found, &intervals)?;
        write(&figure.figure(), path as &Path)?;
    }
    if console.json {
        console.document(&documents::coefficients(&model, &found, &intervals, &basis))?;
        return Ok(0);
    }
    console.out(&minima_table(&model, &found))?;
    console.out("\n")?;
    console.out(&interval_table(&model, &found, &intervals))?;
    console.out("\n")?;
    console.out(&basis_table(&basis))?;
    Ok(0)
}

fn index(model: &QuadraticModel, name: &str) -> Result<usize, Error> {
    let names = || model.parameters()[..model.coefficients()].iter().map(|parameter| parameter.name.as_str());
    names().position(|known| known == name).ok_or_else(|| {
        let diagnostic = Diagnostic::new("name", format!("no coefficient `{name}`"));
        Error::text(vec![match nearest(name, names()) {
            Some(near) => diagnostic.nearest(near),
            None => diagnostic,
        }])
    })
}

/// 2ΔNLL along a coefficient over its 95 % interval and a little more.
fn scanned(model: &QuadraticModel, index: usize, points: usize, found: &Minima, intervals: &[Intervals]) -> Result<Scan, Stop> {
    let parameter = &model.parameters()[index];
    let pieces = intervals.iter().find(|(known, _)| *known == index).map(|(_, levels)| &levels[1].1);
    let ends = pieces.and_then(|pieces| Some((pieces.first()?.low, pieces.last()?.high)));
    let (low, high) = ends.unwrap_or((parameter.lower, parameter.upper));
    let (low, high) = (low - 0.3 * (high - low), high + 0.3 * (high - low));
    let (low, high) = (low.max(parameter.lower), high.min(parameter.upper));
    let values: Vec<f64> = (0..points).map(|k| low + (high - low) * k as f64 / (points - 1) as f64).collect();
    let options = |x: &[f64]| {
        let mut options = Options::default();
        options.start = Some(x.to_vec());
        options
    };
    // The lowest of the profiles that begin at each minimum.
    let mut profiled = vec![f64::NAN; points];
    for minimum in &found.minima {
        let Ok(one) = scan(model, index, &values, points, &options(&minimum.x)) else { continue };
        for (lowest, height) in profiled.iter_mut().zip(&one.rises) {
            *lowest = lowest.min(height.map_or(f64::NAN, |height| height + 2.0 * minimum.rise));
        }
    }
    let mut x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
    let heights: Vec<f64> = values
        .iter()
        .map(|value| {
            x[index] = *value;
            2.0 * model.nll(&x)
        })
        .collect();
    let least = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let fixed = heights.into_iter().map(|height| height - least).collect();
    let curves = vec![("profiled".to_owned(), profiled), ("others at the start".to_owned(), fixed)];
    Ok(Scan { parameter: Quantity::new(&parameter.name, None), x: values, curves, best: Some(found.best().x[index]) })
}

fn minima_table(model: &QuadraticModel, found: &Minima) -> String {
    let mut table = Table::new(&["minimum", "ΔNLL", "-ln L", "searches", "coefficients"]);
    for (k, minimum) in found.minima.iter().enumerate() {
        let names = model.parameters()[..model.coefficients()].iter().zip(&minimum.x);
        let mut values: Vec<String> = names.take(6).map(|(parameter, value)| format!("{} {value:.4}", parameter.name)).collect();
        if model.coefficients() > 6 {
            values.push("…".to_owned());
        }
        let number = format!("{}{}", k + 1, if minimum.flat { " (flat)" } else { "" });
        table.row(vec![
            number.into(),
            minimum.rise.into(),
            minimum.nll.into(),
            (minimum.reached as u64).into(),
            values.join(", ").into(),
        ]);
    }
    table.text(Console::room())
}

fn interval_table(model: &QuadraticModel, found: &Minima, intervals: &[Intervals]) -> String {
    let mut table = Table::new(&["coefficient", "best", "68.3 %", "95 %"]);
    for (index, levels) in intervals {
        let name = model.parameters()[*index].name.as_str();
        table.row(vec![name.into(), found.best().x[*index].into(), union(&levels[0].1).into(), union(&levels[1].1).into()]);
    }
    table.text(Console::room())
}

fn basis_table(basis: &InformationBasis) -> String {
    let mut table = Table::new(&["information", "error", "direction"]);
    let determined = basis.eigenvalues.len() - basis.flat;
    for (k, value) in basis.eigenvalues.iter().enumerate() {
        let mut parts: Vec<(&String, f64)> = basis.names.iter().zip(basis.directions.row(k).iter().copied()).collect();
        parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let parts: Vec<String> =
            parts.iter().take(5).filter(|(_, part)| part.abs() > 0.05).map(|(name, part)| format!("{part:+.2} {name}")).collect();
        let error = if k < determined { (1.0 / value.sqrt()).into() } else { "flat".into() };
        table.row(vec![(*value).into(), error, parts.join(" ").into()]);
    }
    table.text(Console::room())
}
