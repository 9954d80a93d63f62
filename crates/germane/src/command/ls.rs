//! `germane ls`.

use super::options::LsArguments;
use super::print::{Console, Stop};
use germane_reports::tables;
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
            text.push_str(&format!("{}  {}{entries}\n", object.name, object.class));
            let mut document = json!({"name": object.name, "class": object.class, "title": object.title, "entries": object.entries});
            if object.entries.is_some() {
                let table = file.table(&object.name).map_err(bad)?;
                let (columns, rows, list) = columns(table.schema());
                text.push_str(&tables::text(&columns, &rows, Console::width()));
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

fn columns(schema: &germane_formats::TableSchema) -> (Vec<String>, Vec<Vec<String>>, Value) {
    let header = ["column", "type", "in the file", "bytes", "compression", "note"].map(str::to_owned).to_vec();
    let (mut rows, mut list) = (Vec::new(), Vec::new());
    for column in &schema.columns {
        let note = column.problem.clone().unwrap_or_else(|| column.field.doc.clone());
        rows.push(vec![
            column.field.name.clone(),
            column.field.ty.to_string(),
            column.type_name.clone(),
            column.compressed_bytes.to_string(),
            column.compression.clone(),
            note,
        ]);
        list.push(json!({
            "name": column.field.name, "type": column.field.ty.to_string(), "type_name": column.type_name, "doc": column.field.doc,
            "bytes": column.compressed_bytes, "compression": column.compression, "problem": column.problem,
        }));
    }
    (header, rows, list.into())
}
