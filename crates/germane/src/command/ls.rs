//! `germane ls`.

use super::options::LsArguments;
use super::print::{Console, Stop};
use germane_reports::Table;
use germane_runs::{Error, file_diagnostic};
use serde_json::{Value, json};

pub(super) fn ls(console: &Console, arguments: &LsArguments) -> Result<i32, Stop> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let mut documents = Vec::new();
    for path in &arguments.files {
        let file = germane_formats::open(path).map_err(bad)?;
        let mut objects = Vec::new();
        let mut text = format!("{}\n", path.display());
        for object in file.objects().map_err(bad)? {
            let entries = object.entries.map_or_else(String::new, |n| format!("  {n} entries"));
            let cycle = if object.newest { String::new() } else { format!(";{}", object.cycle) };
            let problem = object.problem.as_ref().map_or_else(String::new, |p| format!("  {p}"));
            let stored = object.stored.as_ref().map_or_else(String::new, |stored| storage(stored, object.bytes));
            text.push_str(&format!("{}{cycle}  {}{entries}{stored}{problem}\n", object.path, object.class));
            let mut document = json!({
                "name": object.path, "cycle": object.cycle, "class": object.class, "title": object.title, "entries": object.entries,
                "problem": object.problem,
            });
            if let Some(stored) = &object.stored {
                document["shape"] = json!(stored.shape);
                document["element"] = json!(stored.element);
                document["units"] = json!(stored.units);
                document["filters"] = json!(stored.filters);
                document["bytes"] = object.bytes.into();
                document["raw_bytes"] = stored.raw_bytes.into();
                document["link"] = json!(stored.link);
            }
            if object.entries.is_some() && object.newest {
                let table = file.table(&object.path).map_err(bad)?;
                let (table, list) = columns(table.schema());
                text.push_str(&table.text(Console::width()));
                document["columns"] = list;
            }
            objects.push(document);
        }
        if !console.json {
            console.out(&text)?;
        }
        documents.push(json!({"file": path.display().to_string(), "objects": objects}));
    }
    if console.json {
        console.document(&json!({"germane_list": 1, "files": documents}))?;
    }
    Ok(0)
}

/// Shape, type, unit and filters of an object, and how much smaller they make it.
fn storage(stored: &germane_formats::Stored, bytes: u64) -> String {
    let mut text = String::new();
    if let (Some(shape), Some(element)) = (&stored.shape, &stored.element) {
        let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        text.push_str(&format!("  {element} ({})", axes.join(", ")));
    }
    if let Some(units) = &stored.units {
        text.push_str(&format!("  [{units}]"));
    }
    if let Some(filters) = stored.filters.as_ref().filter(|filters| *filters != "none") {
        text.push_str(&format!(
            "  {filters}{}",
            ratio(stored.raw_bytes, bytes).map_or_else(String::new, |r| format!(" {r:.1}x"))
        ));
    }
    if let Some(link) = &stored.link {
        text.push_str(&format!("  -> {link}"));
    }
    text
}

fn ratio(raw: u64, stored: u64) -> Option<f64> {
    (stored > 0 && raw > 0).then(|| raw as f64 / stored as f64)
}

fn columns(schema: &germane_formats::TableSchema) -> (Table, Value) {
    // Formats that tell more have more to show.
    let told = schema.columns.iter().any(|column| column.raw_bytes.is_some());
    let mut names = vec!["column", "type", "in the file", "bytes", "compression", "note"];
    if told {
        names.insert(2, "unit");
        names.insert(6, "ratio");
    }
    let mut table = Table::new(&names);
    let mut list = Vec::new();
    for column in &schema.columns {
        let unit = column.field.unit.as_ref().map(ToString::to_string);
        let ratio = column.raw_bytes.and_then(|raw| ratio(raw, column.compressed_bytes));
        let mut row = vec![
            column.field.name.as_str().into(),
            column.field.ty.to_string().into(),
            column.type_name.as_str().into(),
            column.compressed_bytes.into(),
            column.compression.as_str().into(),
            column.problem.as_ref().unwrap_or(&column.field.doc).as_str().into(),
        ];
        if told {
            row.insert(2, unit.as_deref().unwrap_or_default().into());
            row.insert(6, ratio.map_or_else(String::new, |ratio| format!("{ratio:.1}")).as_str().into());
        }
        table.row(row);
        let mut document = json!({
            "name": column.field.name, "type": column.field.ty.to_string(), "type_name": column.type_name, "doc": column.field.doc,
            "bytes": column.compressed_bytes, "compression": column.compression, "problem": column.problem,
        });
        if let Some(raw) = column.raw_bytes {
            document["unit"] = json!(unit);
            document["raw_bytes"] = raw.into();
            document["blocks"] = column.blocks.into();
        }
        list.push(document);
    }
    (table, list.into())
}
