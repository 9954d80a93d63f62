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
            text.push_str(&format!("{}{cycle}  {}{entries}{problem}\n", object.path, object.class));
            let mut document = json!({
                "name": object.path, "cycle": object.cycle, "class": object.class, "title": object.title, "entries": object.entries,
                "problem": object.problem,
            });
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

fn columns(schema: &germane_formats::TableSchema) -> (Table, Value) {
    let mut table = Table::new(&["column", "type", "in the file", "bytes", "compression", "note"]);
    let mut list = Vec::new();
    for column in &schema.columns {
        table.row(vec![
            column.field.name.as_str().into(),
            column.field.ty.to_string().into(),
            column.type_name.as_str().into(),
            column.compressed_bytes.into(),
            column.compression.as_str().into(),
            column.problem.as_ref().unwrap_or(&column.field.doc).as_str().into(),
        ]);
        list.push(json!({
            "name": column.field.name, "type": column.field.ty.to_string(), "type_name": column.type_name, "doc": column.field.doc,
            "bytes": column.compressed_bytes, "compression": column.compression, "problem": column.problem,
        }));
    }
    (table, list.into())
}
