//! Columns of files → the schema of expressions, and back from an expression's input to a column.

use super::Read;
use crate::analysis::{Analysis, Dataset, Kind as DatasetKind, Label};
use crate::inputs::Bound;
use germane_columns::{Field, Type};
use germane_expressions::{ColumnType, ConstantValue, Input, Schema};
use germane_texts::Diagnostic;

/// Schema of a dataset: its columns, and its labels as `dataset.NAME`.
pub(super) fn of(analysis: &Analysis, dataset: &Dataset, bound: &Bound) -> Schema {
    let kind = if dataset.kind == DatasetKind::Data { "data" } else { "simulation" };
    let mut constants = vec![("kind".to_owned(), ConstantValue::Text(kind.to_owned()))];
    constants.push(("process".to_owned(), ConstantValue::Text(dataset.process().to_owned())));
    if let Some(luminosity) = &analysis.luminosity {
        constants.push(("luminosity".to_owned(), ConstantValue::Float(luminosity.value, luminosity.unit.clone())));
    }
    for (name, label) in &dataset.labels {
        let value = match label {
            Label::Text(text) => ConstantValue::Text(text.clone()),
            Label::Number(number) => ConstantValue::Float(number.value, number.unit.clone()),
        };
        constants.retain(|(n, _)| n != name);
        constants.push((name.clone(), value));
    }
    schema_of(bound, &constants)
}

/// Schema of the columns that can be read.
pub(crate) fn schema_of(bound: &Bound, constants: &[(String, ConstantValue)]) -> Schema {
    let mut schema = Schema { constants: constants.iter().cloned().collect(), ..Schema::default() };
    let readable = |index: usize| !bound.problems.contains_key(&index);
    // Counters are columns of the event like others.
    let counters =
        bound.collections.collections.iter().filter_map(|c| Some((bound.columns[c.counter?].name.clone(), c.counter?)));
    for (name, index) in bound.collections.event.iter().cloned().chain(counters) {
        if let Some(column) = ColumnType::from_field(&bound.columns[index]).filter(|_| readable(index)) {
            schema.event.insert(name, column);
        }
    }
    for collection in &bound.collections.collections {
        // A counter of one column without fields: not items with an unnamed field, but a list of values.
        if let [(unnamed, index)] = collection.fields.as_slice()
            && unnamed.is_empty()
        {
            if let Some(column) = ColumnType::from_field(&bound.columns[*index]).filter(|_| readable(*index)) {
                schema.event.insert(collection.name.clone(), column);
            }
            continue;
        }
        let fields = (collection.fields.iter())
            .filter(|(_, index)| readable(*index))
            .filter_map(|(name, index)| Some((name.clone(), ColumnType::from_field(&item_field(&bound.columns[*index]))?)))
            .collect();
        schema.collections.insert(collection.name.clone(), fields);
    }
    for record in &bound.collections.records {
        let fields = (record.fields.iter())
            .filter(|(_, index)| readable(*index))
            .filter_map(|(name, index)| Some((name.clone(), ColumnType::from_field(&bound.columns[*index])?)))
            .collect();
        schema.objects.insert(record.name.clone(), fields);
    }
    schema
}

/// The field of the items of a collection's column.
fn item_field(field: &Field) -> Field {
    match &field.ty {
        Type::List(items) => Field { ty: items.ty.clone(), ..field.clone() },
        _ => field.clone(),
    }
}

/// The column that an input of a program is read from.
///
/// # Errors
/// If no column has that name (our own fault: the schema was made from the columns).
pub(crate) fn column(bound: &Bound, input: &Input) -> Result<Read, Diagnostic> {
    let found = match &input.collection {
        None => bound.columns.iter().position(|c| c.name == input.field).map(|column| Read { column, counter: None }),
        Some(name) => {
            let field = |fields: &[(String, usize)]| fields.iter().find(|(n, _)| *n == input.field).map(|(_, index)| *index);
            let collection = bound.collections.collections.iter().find(|c| c.name == *name);
            match collection {
                Some(c) => field(&c.fields).map(|column| Read { column, counter: c.counter }),
                None => {
                    let record = bound.collections.records.iter().find(|r| r.name == *name);
                    record.and_then(|r| field(&r.fields)).map(|column| Read { column, counter: None })
                }
            }
        }
    };
    found.ok_or_else(|| Diagnostic::new("internal", format!("no column for `{}`", input.field)))
}

/// What to say if some files of the dataset lack a column that is read, unless they may.
pub(super) fn lacking(analysis: &Analysis, bound: &Bound, read: Read) -> Option<Diagnostic> {
    let dataset = &analysis.datasets[bound.dataset];
    let without: Vec<&str> = bound.inputs.iter().filter(|i| i.columns[read.column].is_none()).map(|i| i.url.as_str()).collect();
    if without.is_empty() || dataset.missing_is_null {
        return None;
    }
    let name = &bound.columns[read.column].name;
    let count = format!("{} of {}", without.len(), bound.files);
    let shown = without.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let more = if without.len() > 3 { ", …" } else { "" };
    let message = format!("column `{name}` is missing in {count} files of dataset `{}`: {shown}{more}", dataset.name.text);
    let diagnostic = Diagnostic::new("column", message).at(&analysis.source, dataset.name.span).object(&bound.tree).files(count);
    Some(diagnostic.advice("`missing: null` in the dataset keeps their entries, with nulls"))
}
