//! `germane show`.

use super::options::ShowArguments;
use super::print::{Console, Stop};
use germane_reports::terminal;
use germane_runs::Error;
use germane_runs::rows::to_json;
use germane_runs::table::Table;
use serde_json::{Map, Value, json};
use std::ops::Range;
use std::path::Path;

pub(super) fn show(console: &Console, arguments: &ShowArguments) -> Result<i32, Stop> {
    let (path, object) = split(&arguments.file, arguments.object.as_deref());
    if let Some(entry) = arguments.entry {
        return super::dsp::show(console, path, object, entry, arguments);
    }
    let range = rows(&arguments.rows)?;
    if let Some(name) = object
        && let Some(histogram) = germane_runs::table::histogram(Path::new(path), name)?
    {
        return show_histogram(console, name, &histogram);
    }
    let table = Table::open(Path::new(path), object)?;
    let texts: Vec<&str> = match arguments.expr.as_slice() {
        [] => table.readable(),
        given => given.iter().map(String::as_str).collect(),
    };
    let values = table.values(&texts, arguments.cut.as_deref(), range.clone())?;
    let shown = values.columns.first().map_or(0, germane_columns::Array::len);
    let stop = range.end.min(table.entries());
    if console.json {
        let mut columns = Map::new();
        for (field, array) in values.fields.iter().zip(&values.columns) {
            let list: Vec<Value> = (0..shown).map(|i| to_json(array, i)).collect();
            let unit = field.unit.as_ref().map(ToString::to_string);
            columns.insert(field.name.clone(), json!({"type": field.ty.to_string(), "unit": unit, "values": list}));
        }
        let document = json!({"germane_rows": 1, "file": path, "object": table.name(), "start": range.start.min(stop), "stop": stop, "columns": columns});
        console.document(&document)?;
        return Ok(0);
    }
    let named = |f: &germane_columns::Field| f.unit.as_ref().map_or_else(|| f.name.clone(), |u| format!("{} [{u}]", f.name));
    let columns = std::iter::once("entry".to_owned()).chain(values.fields.iter().map(named)).collect();
    let mut lines = germane_reports::Table { columns, rows: Vec::new() };
    for i in 0..shown {
        // Behind a cut the entry's number is not known here; rows are counted.
        let number = if arguments.cut.is_some() { i as u64 } else { range.start + i as u64 };
        lines.row(std::iter::once(number.into()).chain(values.columns.iter().map(|c| c.value_text(i).into())).collect());
    }
    console.out(&lines.text(Console::width()))?;
    Ok(0)
}

fn show_histogram(console: &Console, name: &str, histogram: &germane_histograms::Histogram) -> Result<i32, Stop> {
    if console.json {
        console.document(&histogram.to_uhi())?;
    } else {
        let axis = &histogram.axes()[0];
        let values = histogram.values(false);
        let picture = match (histogram.axes().len(), axis.labels()) {
            (1, Some(labels)) => terminal::categories(labels, &values, Console::width()),
            (1, None) => terminal::histogram(&axis.edges(), &values, None, Console::width(), 40),
            (dimensions, _) => format!("{dimensions} axes: see it with --json\n"),
        };
        console.out(&format!("{name}: {} entries\n{picture}", histogram.entries()))?;
    }
    Ok(0)
}

/// `FILE OBJECT`, or `FILE:OBJECT` with the longest existing file name.
fn split<'a>(file: &'a str, object: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    if object.is_some() || Path::new(file).exists() {
        return (file, object);
    }
    let colons = file.char_indices().filter(|(_, c)| *c == ':').map(|(i, _)| i);
    match colons.rev().find(|&i| Path::new(&file[..i]).exists()) {
        Some(i) => (&file[..i], Some(&file[i + 1..])),
        None => (file, object),
    }
}

/// `a:b`, `a:`, `:b`
fn rows(text: &str) -> Result<Range<u64>, Error> {
    let wrong = || super::usage(format!("`{text}` is no range of rows"), "write --rows 0:20");
    let (start, stop) = text.split_once(':').ok_or_else(wrong)?;
    let number = |t: &str, default: u64| if t.is_empty() { Ok(default) } else { t.parse().map_err(|_| wrong()) };
    Ok(number(start, 0)?..number(stop, u64::MAX)?)
}
