//! Rows of values in memory: chosen, joined, counted.

use crate::hdf5::{Element, ValueData, Values};
use germane_columns::{NumberType, buffer::Buffer};
use std::ops::Range;

/// Bytes that are aligned for every number, zero at first.
pub(super) struct Aligned {
    words: Vec<u64>,
    len: usize,
}

impl Aligned {
    /// `len` zero bytes; the system gives them when they are first touched.
    pub(super) fn zeroed(len: usize) -> Self {
        Self { words: crate::hdf5::memory::zeroed(len), len }
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.len]
    }

    pub(super) fn into_buffer(self) -> Buffer {
        Buffer::from_vec(self.words).slice_with_length(0, self.len)
    }
}

/// Bytes as a buffer that is aligned for every number.
pub(super) fn aligned(bytes: &[u8]) -> Buffer {
    let mut copy = Aligned::zeroed(bytes.len());
    copy.bytes_mut().copy_from_slice(bytes);
    copy.into_buffer()
}

/// Integers as inclusive sums of lengths: they do not fall and are not negative.
///
/// The error is the row and the reason.
pub(super) fn sums(values: &Values) -> Result<Vec<u64>, (usize, String)> {
    let wide = integers(values).ok_or((0, "sums of lengths are integers in one axis".to_owned()))?;
    let mut last = 0;
    let mut found = Vec::with_capacity(wide.len());
    for (row, sum) in wide.into_iter().enumerate() {
        match u64::try_from(sum) {
            Ok(sum) if sum >= last => last = sum,
            _ => return Err((row, format!("the sum of lengths falls from {last} to {sum}"))),
        }
        found.push(last);
    }
    Ok(found)
}

/// Integers of one axis, or one integer.
pub(super) fn integers(values: &Values) -> Option<Vec<i128>> {
    fn wide<T: bytemuck::AnyBitPattern + Into<i128>>(bytes: &[u8]) -> Vec<i128> {
        bytes.chunks_exact(size_of::<T>()).map(|one| bytemuck::pod_read_unaligned::<T>(one).into()).collect()
    }
    let (Element::Number(number), Some(bytes), true) = (&values.element, values.bytes(), values.shape.len() < 2) else {
        return None;
    };
    Some(match number {
        NumberType::I8 => wide::<i8>(bytes),
        NumberType::I16 => wide::<i16>(bytes),
        NumberType::I32 => wide::<i32>(bytes),
        NumberType::I64 => wide::<i64>(bytes),
        NumberType::U8 => wide::<u8>(bytes),
        NumberType::U16 => wide::<u16>(bytes),
        NumberType::U32 => wide::<u32>(bytes),
        NumberType::U64 => wide::<u64>(bytes),
        NumberType::F32 | NumberType::F64 => return None,
    })
}

/// Sums of lengths in an integer type; the first that it cannot hold is the error.
pub(super) fn from_sums(sums: &[u64], number: NumberType) -> Result<Values, String> {
    fn narrow<T: TryFrom<u64>>(sums: &[u64]) -> Result<Vec<T>, String> {
        let one = |sum: &u64| T::try_from(*sum).map_err(|_| format!("the sum of lengths {sum} exceeds its integer type"));
        sums.iter().map(one).collect()
    }
    Ok(match number {
        NumberType::I8 => narrow::<i8>(sums)?.into(),
        NumberType::I16 => narrow::<i16>(sums)?.into(),
        NumberType::I32 => narrow::<i32>(sums)?.into(),
        NumberType::I64 => narrow::<i64>(sums)?.into(),
        NumberType::U8 => narrow::<u8>(sums)?.into(),
        NumberType::U16 => narrow::<u16>(sums)?.into(),
        NumberType::U32 => narrow::<u32>(sums)?.into(),
        NumberType::U64 => sums.to_vec().into(),
        NumberType::F32 | NumberType::F64 => return Err("sums of lengths are integers".to_owned()),
    })
}

/// The rows of increasing ranges; the caller has compared them with the rows that there are.
pub(super) fn rows_of(values: &Values, ranges: &[Range<usize>]) -> Values {
    let rows: usize = ranges.iter().map(ExactSizeIterator::len).sum();
    let mut shape = values.shape.clone();
    let items: usize = shape.get(1..).unwrap_or_default().iter().product();
    if let Some(first) = shape.first_mut() {
        *first = rows;
    }
    let data = match &values.data {
        ValueData::Fixed(bytes) => {
            let size = items * values.element.size().unwrap_or(0);
            ValueData::Fixed(match ranges {
                [range] => slice(bytes, range.start * size, range.len() * size),
                _ => {
                    let mut chosen = Aligned::zeroed(rows * size);
                    let mut into = chosen.bytes_mut();
                    for range in ranges {
                        let (here, rest) = into.split_at_mut(range.len() * size);
                        here.copy_from_slice(&bytes[range.start * size..range.end * size]);
                        into = rest;
                    }
                    chosen.into_buffer()
                }
            })
        }
        ValueData::Texts { offsets, bytes } => {
            let (offsets, ranges) = moved(offsets, items, ranges);
            let chosen: Vec<u8> = ranges.iter().flat_map(|range| &bytes[range.clone()]).copied().collect();
            ValueData::Texts { offsets, bytes: Buffer::from_vec(chosen) }
        }
        ValueData::Lists { offsets, items: inner } => {
            let (offsets, ranges) = moved(offsets, items, ranges);
            ValueData::Lists { offsets, items: Box::new(rows_of(inner, &ranges)) }
        }
    };
    Values { element: values.element.clone(), shape, data }
}

/// Part of a buffer, shared where it stays aligned for every number.
fn slice(bytes: &Buffer, start: usize, len: usize) -> Buffer {
    let part = bytes.slice_with_length(start, len);
    if len == 0 || part.as_ptr().align_offset(8) == 0 { part } else { aligned(&part) }
}

/// Offsets of chosen rows from 0 on, and the ranges of what they point at.
fn moved(offsets: &[i64], items: usize, ranges: &[Range<usize>]) -> (Vec<i64>, Vec<Range<usize>>) {
    let mut found = vec![0];
    let mut inner = Vec::with_capacity(ranges.len());
    for range in ranges {
        let (start, end) = (range.start * items, range.end * items);
        let shift = found[found.len() - 1] - offsets[start];
        found.extend(offsets[start + 1..=end].iter().map(|offset| offset + shift));
        inner.push(offsets[start] as usize..offsets[end] as usize);
    }
    (found, inner)
}

/// Values of the same element and inner shape, one after the other.
///
/// The error says what differs.
pub(super) fn joined(parts: &[&Values]) -> Result<Values, String> {
    let Some(first) = parts.first() else { return Err("nothing to join".to_owned()) };
    let tail = |values: &Values| values.shape.get(1..).map(<[usize]>::to_vec);
    if let Some(other) = parts.iter().find(|part| part.element != first.element) {
        return Err(format!("elements {:?} and {:?}", first.element, other.element));
    }
    if let Some(other) = parts.iter().find(|part| tail(part) != tail(first)) {
        return Err(format!("shapes {:?} and {:?}", first.shape, other.shape));
    }
    if first.shape.is_empty() {
        return Err("scalars are not joined".to_owned());
    }
    let mut shape = first.shape.clone();
    shape[0] = parts.iter().map(|part| part.rows()).sum();
    let data = match &first.data {
        ValueData::Fixed(_) => {
            let all: Vec<&Buffer> = parts.iter().filter_map(|part| part.bytes()).collect();
            let mut joined = Aligned::zeroed(all.iter().map(|bytes| bytes.len()).sum());
            let mut into = joined.bytes_mut();
            for bytes in all {
                let (here, rest) = into.split_at_mut(bytes.len());
                here.copy_from_slice(bytes);
                into = rest;
            }
            ValueData::Fixed(joined.into_buffer())
        }
        ValueData::Texts { .. } => {
            let (mut all, mut joined) = (vec![0], Vec::new());
            for part in parts {
                if let ValueData::Texts { offsets, bytes } = &part.data {
                    append_offsets(&mut all, offsets);
                    joined.extend_from_slice(&bytes[offsets[0] as usize..offsets[offsets.len() - 1] as usize]);
                }
            }
            ValueData::Texts { offsets: all, bytes: Buffer::from_vec(joined) }
        }
        ValueData::Lists { .. } => {
            let (mut all, mut inner) = (vec![0], Vec::new());
            for part in parts {
                if let ValueData::Lists { offsets, items } = &part.data {
                    append_offsets(&mut all, offsets);
                    inner.push(&**items);
                }
            }
            ValueData::Lists { offsets: all, items: Box::new(joined(&inner)?) }
        }
    };
    Ok(Values { element: first.element.clone(), shape, data })
}

fn append_offsets(all: &mut Vec<i64>, offsets: &[i64]) {
    let shift = all[all.len() - 1] - offsets[0];
    all.extend(offsets[1..].iter().map(|offset| offset + shift));
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one range")]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Values {
        let mut offsets = vec![0];
        let mut bytes = Vec::new();
        for text in list {
            bytes.extend_from_slice(text.as_bytes());
            offsets.push(bytes.len() as i64);
        }
        Values {
            element: Element::Text { utf8: true },
            shape: vec![list.len()],
            data: ValueData::Texts { offsets, bytes: Buffer::from_vec(bytes) },
        }
    }

    #[test]
    fn rows_of_all_storages_are_chosen_and_joined_again() {
        let numbers: Values = vec![1_u16, 2, 3, 4, 5, 6].into();
        let square = Values { shape: vec![3, 2], ..numbers };
        let words = texts(&["a", "", "long", "b"]);
        let lists = Values {
            element: Element::List(Box::new(Element::Number(NumberType::I32))),
            shape: vec![3],
            data: ValueData::Lists { offsets: vec![0, 2, 2, 3], items: Box::new(vec![7_i32, 8, 9].into()) },
        };
        for values in [square, words, lists] {
            let rows = values.rows();
            let (a, b) = (rows_of(&values, &[0..1]), rows_of(&values, &[1..rows]));
            assert_eq!(joined(&[&a, &b]).unwrap(), values);
            assert_eq!(rows_of(&values, &[0..1, 1..rows]), values);
        }
        let chosen = rows_of(&texts(&["a", "", "long", "b"]), &[0..1, 2..3]);
        assert_eq!(chosen, texts(&["a", "long"]));
    }

    #[test]
    fn sums_that_fall_are_told_by_row() {
        assert_eq!(sums(&vec![1_u32, 1, 4].into()).unwrap(), [1, 1, 4]);
        assert_eq!(sums(&vec![1_i64, 3, 2].into()).unwrap_err(), (2, "the sum of lengths falls from 3 to 2".to_owned()));
        assert_eq!(sums(&vec![-1_i8].into()).unwrap_err().0, 0);
        assert!(sums(&vec![1.0_f64].into()).is_err());
        assert!(from_sums(&[300], NumberType::U8).unwrap_err().contains("300"));
    }

    #[test]
    fn other_elements_and_shapes_are_not_joined() {
        let (a, b): (Values, Values) = (vec![1_u16].into(), vec![1_i16].into());
        assert!(joined(&[&a, &b]).is_err());
        let c = Values { shape: vec![1, 1], ..a.clone() };
        assert!(joined(&[&a, &c]).is_err());
    }
}
