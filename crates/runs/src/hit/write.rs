//! A `dsp` file → a `hit` file: the same tables, row by row.

use super::Hit;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use crate::progress::Progress;
use germane_columns::buffer::Buffer;
use germane_columns::{Array, Data};
use germane_formats::hdf5::{Attribute, Element, FormatVersion, Values};
use germane_formats::lh5::{Content, Fields, Lh5File, Mode, Object, ReadOptions, WriteOptions, Writer};
use germane_formats::{File, Table};
use germane_numerics::Executor;
use germane_texts::Diagnostic;
use std::path::Path;
use std::sync::Arc;

/// Rows that are computed at once.
const BLOCK: u64 = 1 << 16;

/// One table of a file and what is made of it.
pub(crate) struct Made {
    /// path of the table that is read
    pub input: String,
    /// path of the table that is written
    pub output: String,
    /// what is made
    pub hit: Arc<Hit>,
}

/// Writes all tables to a new file, which appears under its name when it is whole.
///
/// # Errors
/// Damage of the input (4), a value that does not exist (4, with table and column), a full disk (5), interruption (130).
pub(crate) fn write(
    input: &File,
    output: &Path,
    made: &[Made],
    executor: &dyn Executor,
    progress: &Progress,
) -> Result<u64, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let lh5 = input.lh5().ok_or_else(|| Error::internal("a dsp file is an LH5 file"))?;
    let mut writer = Writer::create(output, FormatVersion::Earliest).map_err(bad)?;
    let options = WriteOptions { mode: Mode::Append, ..WriteOptions::default() };
    let mut rows = 0;
    for one in made {
        let table = input.table(&one.input).map_err(bad)?;
        let entries = table.schema().entries;
        let mut start = 0;
        loop {
            if progress.is_cancelled() {
                return Err(Error::interrupted());
            }
            let end = (start + BLOCK).min(entries);
            let object = block(lh5, &table, one, start..end, executor)?;
            writer.write("/", &one.output, &object, &options, executor).map_err(bad)?;
            start = end;
            if start >= entries {
                break;
            }
        }
        rows += entries;
    }
    writer.finish_with(executor).map_err(bad)?;
    Ok(rows)
}

fn block(
    lh5: &Lh5File,
    table: &Arc<dyn Table>,
    one: &Made,
    range: std::ops::Range<u64>,
    executor: &dyn Executor,
) -> Result<Object, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let rows = (range.end - range.start) as usize;
    let schema = table.schema();
    let find = |name: &String| schema.columns.iter().position(|c| c.field.name == *name);
    let reads: Vec<usize> = one.hit.reads.iter().filter_map(find).collect();
    let arrays = table.read(&reads, range.clone()).map_err(bad)?;
    let values = one.hit.evaluate(&arrays, rows).map_err(|message| {
        let diagnostic = Diagnostic::new("value", format!("{}: {message}", lh5.name())).object(&one.input);
        Error::input(vec![diagnostic])
    })?;
    let copied: Vec<&str> = one.hit.columns.iter().filter(|c| c.is_copy()).map(|c| c.field.name.as_str()).collect();
    let mut copies = indexmap::IndexMap::new();
    if !copied.is_empty() {
        let options = ReadOptions {
            start: range.start,
            count: Some(range.end - range.start),
            fields: Fields::only(copied),
            ..ReadOptions::default()
        };
        if let Content::Table { columns, .. } = lh5.read(&one.input, &options, executor).map_err(bad)?.object.content {
            copies = columns;
        }
    }
    let mut columns = indexmap::IndexMap::new();
    for (column, values) in one.hit.columns.iter().zip(values) {
        let name = &column.field.name;
        let top = name.split('/').next().unwrap_or(name);
        let object = match values {
            Some(values) => object_of(&values, &column.attributes)?,
            None => match copies.get(top) {
                Some(object) => object.clone(),
                None => return Err(Error::internal(format!("column `{name}` was not read"))),
            },
        };
        columns.insert(top.to_owned(), object);
    }
    let names: Vec<&str> = columns.keys().map(String::as_str).collect();
    let datatype = format!("table{{{}}}", names.join(","));
    Ok(Object::new(&datatype, Content::Table { rows, columns }))
}

/// A column as an LH5 array; conditions are bytes 0 and 1 there.
fn object_of(array: &Array, attributes: &[(String, String)]) -> Result<Object, Error> {
    let values: Values = match &array.data {
        Data::Number(numbers) => {
            let (element, count) = (Element::Number(numbers.number_type()), numbers.len());
            Values::fixed(element, vec![count], numbers.buffer().clone())
        }
        Data::Bool(bits) => {
            let bytes: Vec<u8> = bits.iter().map(u8::from).collect();
            Values::fixed(Element::Bool, vec![bytes.len()], Buffer::from_vec(bytes))
        }
        _ => return Err(Error::internal("an operation gave no numbers")),
    };
    let datatype = if matches!(array.data, Data::Bool(_)) { "array<1>{bool}" } else { "array<1>{real}" };
    let mut object = Object::new(datatype, Content::Array(values));
    for (name, text) in attributes {
        object.attributes.insert(name.clone(), Attribute::Text(text.clone()));
    }
    Ok(object)
}
