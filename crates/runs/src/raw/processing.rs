//! The steps of a `proc_spec`, carried out on a block of rows.

use super::number_types::{self, OutOfRange};
use super::specification::{Process, Window};
use germane_columns::{NumberType, buffer::Buffer};
use germane_formats::hdf5::{Element, ValueData, Values};
use germane_formats::lh5::{Content, Object};
use germane_texts::Span;

/// A value that a step cannot take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refused {
    /// the step in the specification
    pub(crate) span: Span,
    /// one sentence with row and sample
    pub(crate) message: String,
}

impl Process {
    /// Adds the window.
    pub(crate) fn cut(&self, object: &mut Object) {
        let Content::Table { columns, .. } = &mut object.content else { return };
        if let Some(window) = &self.window
            && let Some(windowed) = columns.get(&window.field.text).and_then(|column| cut(window, column))
        {
            columns.insert(window.new.clone(), windowed);
        }
    }

    /// Does the steps that change values: types, fields left out. `first_row` is the number of the first row of the block
    /// in its table. Fields that this table does not have are passed over; whether they may be was checked before.
    pub(crate) fn apply(&self, object: &mut Object, first_row: u64) -> Result<(), Refused> {
        let Content::Table { columns, .. } = &mut object.content else { return Ok(()) };
        for (path, to) in &self.convert {
            let Some((first, rest)) = split(&path.text) else { continue };
            if let Some(values) = columns.get_mut(first).and_then(|column| numbers(column, rest)) {
                let samples = values.shape.iter().skip(1).product::<usize>().max(1);
                convert(values, *to).map_err(|wrong| {
                    let row = first_row + (wrong.index / samples) as u64;
                    let sample = if samples > 1 { format!(", sample {}", wrong.index % samples) } else { String::new() };
                    let message = format!("`{}`, row {row}{sample}: {} does not fit {}", path.text, wrong.value, to.name());
                    Refused { span: path.span, message }
                })?;
            }
        }
        for path in &self.drop {
            columns.shift_remove(&path.text);
        }
        columns.sort_unstable_keys();
        let names: Vec<&str> = columns.keys().map(String::as_str).collect();
        object.datatype = Some(format!("table{{{}}}", names.join(",")));
        Ok(())
    }
}

/// First name of a path and the rest.
fn split(path: &str) -> Option<(&str, &str)> {
    Some(path.split_once('/').unwrap_or((path, ""))).filter(|(first, _)| !first.is_empty())
}

/// The numbers of a field; of vectors their items.
fn numbers<'a>(object: &'a mut Object, path: &str) -> Option<&'a mut Values> {
    match (&mut object.content, split(path)) {
        (Content::Table { columns, .. }, Some((first, rest))) => numbers(columns.get_mut(first)?, rest),
        (Content::Array(values), None) => Some(values),
        (Content::Vectors(vectors), None) => numbers(&mut vectors.flattened_data, ""),
        _ => None,
    }
}

fn convert(values: &mut Values, to: NumberType) -> Result<(), OutOfRange> {
    let (Element::Number(from), ValueData::Fixed(bytes)) = (&values.element, &values.data) else { return Ok(()) };
    let converted = number_types::convert(bytes, *from, to)?;
    *values = Values::fixed(Element::Number(to), values.shape.clone(), converted);
    Ok(())
}

/// The samples of the window of a waveform table, with its start times moved, or of an array of two axes.
fn cut(window: &Window, column: &Object) -> Option<Object> {
    match &column.content {
        Content::Array(values) => {
            let mut cut = column.clone();
            cut.content = Content::Array(samples(values, window)?);
            Some(cut)
        }
        Content::Table { rows, columns } => {
            let Content::Array(values) = &columns.get("values")?.content else { return None };
            let start = window.range(*values.shape.get(1)?).start;
            let mut columns = columns.clone();
            columns.get_mut("values")?.content = Content::Array(samples(values, window)?);
            let (Content::Array(t0), Content::Array(dt)) = (&columns.get("t0")?.content, &columns.get("dt")?.content) else {
                return None;
            };
            let moved = move_start(t0, dt, start)?;
            columns.get_mut("t0")?.content = Content::Array(moved);
            Some(Object { content: Content::Table { rows: *rows, columns }, ..column.clone() })
        }
        _ => None,
    }
}

fn samples(values: &Values, window: &Window) -> Option<Values> {
    let [rows, count] = values.shape[..] else { return None };
    let size = values.element.size()?;
    let range = window.range(count);
    let bytes = values.bytes()?.as_slice();
    let mut kept = Vec::with_capacity(rows * range.len() * size);
    for row in bytes.chunks_exact((count * size).max(1)).take(rows) {
        kept.extend_from_slice(&row[range.start * size..range.end * size]);
    }
    Some(Values::fixed(values.element.clone(), vec![rows, range.len()], Buffer::from_vec(kept)))
}

/// `t0 + start · dt`, rounded as NumPy does: in single precision if both are, else in double and then to the type of `t0`.
fn move_start(t0: &Values, dt: &Values, start: usize) -> Option<Values> {
    let (Element::Number(t0_type), Element::Number(dt_type)) = (&t0.element, &dt.element) else { return None };
    let (t0_bytes, dt_bytes) = (t0.bytes()?.as_slice(), dt.bytes()?.as_slice());
    let pairs = t0_bytes.chunks_exact(t0_type.size()).zip(dt_bytes.chunks_exact(dt_type.size()));
    let single = |bytes: &[u8]| bytes.try_into().map(f32::from_ne_bytes).unwrap_or_default();
    let double = |bytes: &[u8]| bytes.try_into().map(f64::from_ne_bytes).unwrap_or_default();
    let mut moved = Vec::with_capacity(t0_bytes.len());
    for (a, b) in pairs {
        match (t0_type, dt_type) {
            (NumberType::F32, NumberType::F32) => moved.extend_from_slice(&(single(a) + start as f32 * single(b)).to_ne_bytes()),
            (NumberType::F32, NumberType::F64) => {
                moved.extend_from_slice(&((f64::from(single(a)) + start as f64 * double(b)) as f32).to_ne_bytes());
            }
            (NumberType::F64, NumberType::F32) => {
                moved.extend_from_slice(&(double(a) + f64::from(start as f32 * single(b))).to_ne_bytes());
            }
            (NumberType::F64, NumberType::F64) => moved.extend_from_slice(&(double(a) + start as f64 * double(b)).to_ne_bytes()),
            _ => return None,
        }
    }
    Some(Values::fixed(t0.element.clone(), t0.shape.clone(), Buffer::from_vec(moved)))
}
