//! Rows of fields that a file lacks.

use super::memory::Aligned;
use super::{Content, Object, Vectors};
use crate::hdf5::{Element, ValueData, Values};
use germane_columns::{NumberType, buffer::Buffer};
use indexmap::IndexMap;
use std::ops::Range;

/// The object with rows put in at `(first row, rows)` of the result: NaN, empty texts and vectors, zero where nothing else is left.
/// Which rows they are is told beside the object.
pub(super) fn with_nulls(object: Object, nulls: &[(u64, u64)]) -> Result<Object, String> {
    let rows = object.rows().ok_or("an object without rows cannot be null")?;
    let (mut pieces, mut taken, mut made) = (Vec::new(), 0, 0);
    let take = |pieces: &mut Vec<Object>, range: Range<usize>| {
        let piece = object.select(&[range]).map_err(|error| error.to_string());
        piece.map(|piece| pieces.push(piece))
    };
    for (start, count) in nulls {
        let before = *start as usize - made;
        take(&mut pieces, taken..taken + before)?;
        pieces.push(empty_rows(&object, *count as usize)?);
        taken += before;
        made = (*start + *count) as usize;
    }
    take(&mut pieces, taken..rows)?;
    Object::concatenate(&pieces.iter().collect::<Vec<_>>()).map_err(|error| error.to_string())
}

fn empty_rows(like: &Object, rows: usize) -> Result<Object, String> {
    let content = match &like.content {
        Content::Array(values) => Content::Array(empty_values(values, rows)?),
        Content::Vectors(Vectors { cumulative_length, flattened_data }) => Content::Vectors(Vectors {
            cumulative_length: empty_values(cumulative_length, rows)?,
            flattened_data: Box::new(empty_rows(flattened_data, 0)?),
        }),
        Content::Table { columns, .. } => {
            let one = |(name, column): (&String, &Object)| Ok((name.clone(), empty_rows(column, rows)?));
            Content::Table { rows, columns: columns.iter().map(one).collect::<Result<IndexMap<_, _>, String>>()? }
        }
        Content::Encoded { .. } => return Err("encoded arrays cannot be null: decode them".to_owned()),
        Content::Scalar(_) | Content::Struct(_) => return Err("a struct cannot be null".to_owned()),
    };
    Ok(Object { datatype: like.datatype.clone(), attributes: like.attributes.clone(), content })
}

fn empty_values(like: &Values, rows: usize) -> Result<Values, String> {
    let mut shape = like.shape.clone();
    shape[0] = rows;
    let count: usize = shape.iter().product();
    let data = match (&like.data, like.element.size()) {
        (ValueData::Fixed(_), Some(size)) => {
            let mut made = Aligned::zeroed(count * size);
            let nan: Option<Vec<u8>> = match like.element {
                Element::Number(NumberType::F32) | Element::Complex(NumberType::F32) => Some(f32::NAN.to_ne_bytes().to_vec()),
                Element::Number(NumberType::F64) | Element::Complex(NumberType::F64) => Some(f64::NAN.to_ne_bytes().to_vec()),
                _ => None,
            };
            if let Some(nan) = nan {
                made.bytes_mut().chunks_exact_mut(nan.len()).for_each(|one| one.copy_from_slice(&nan));
            }
            ValueData::Fixed(made.into_buffer())
        }
        (ValueData::Texts { .. }, _) => {
            ValueData::Texts { offsets: vec![0; count + 1], bytes: Buffer::from_vec(Vec::<u8>::new()) }
        }
        (ValueData::Lists { items, .. }, _) => {
            ValueData::Lists { offsets: vec![0; count + 1], items: Box::new(empty_values(items, 0)?) }
        }
        (ValueData::Fixed(_), None) => return Err("elements without a size".to_owned()),
    };
    Ok(Values { element: like.element.clone(), shape, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_put_in_where_they_are_missing() {
        let object = Object::new("array<1>{real}", Content::Array(vec![1.0_f64, 2.0].into()));
        let made = with_nulls(object, &[(0, 1), (2, 2)]).unwrap();
        let Content::Array(values) = &made.content else { unreachable!() };
        let numbers: &[f64] = bytemuck::cast_slice(values.bytes().unwrap());
        assert_eq!(numbers.iter().map(|x| x.is_nan()).collect::<Vec<_>>(), [true, false, true, true, false]);
    }
}
