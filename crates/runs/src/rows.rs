//! Packed rows: columns of selected entries as bytes that are equal where the values are.

use germane_columns::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use germane_columns::{Array, Data, Numbers, TextBuilder};
use serde_json::{Value, json};

/// Columns of equal length.
#[derive(Clone, Debug, Default)]
pub struct Columns(pub Vec<Array>);

impl Columns {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.0.first().map_or(0, Array::len)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps the rows of these indices.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        Self(self.0.iter().map(|array| take(array, rows)).collect())
    }
}

/// Items of an array by index.
pub fn take(array: &Array, rows: &[usize]) -> Array {
    let data = match &array.data {
        Data::Number(Numbers::F64(values)) => Array::from(rows.iter().map(|&i| values[i]).collect::<Vec<_>>()).data,
        Data::Number(Numbers::I64(values)) => Array::from(rows.iter().map(|&i| values[i]).collect::<Vec<_>>()).data,
        Data::Number(numbers) => Array::from(rows.iter().map(|&i| numbers.get_f64(i)).collect::<Vec<_>>()).data,
        Data::Bool(bits) => Array::from(rows.iter().map(|&i| bits.value(i)).collect::<Vec<_>>()).data,
        Data::Text { offsets, bytes } | Data::Binary { offsets, bytes } => {
            let mut builder = TextBuilder::default();
            for &i in rows {
                builder.push(&bytes[offsets[i] as usize..offsets[i + 1] as usize]);
            }
            builder.finish().data
        }
        Data::List { offsets, items } => {
            let lengths = rows.iter().map(|&i| (offsets[i + 1] - offsets[i]) as usize);
            let inner: Vec<usize> = rows.iter().flat_map(|&i| offsets[i] as usize..offsets[i + 1] as usize).collect();
            Data::List { offsets: OffsetBuffer::from_lengths(lengths), items: Box::new(take(items, &inner)) }
        }
        Data::FixedList { size, items, .. } => {
            let inner: Vec<usize> = rows.iter().flat_map(|&i| i * size..(i + 1) * size).collect();
            Data::FixedList { size: *size, len: rows.len(), items: Box::new(take(items, &inner)) }
        }
        Data::Struct { fields, .. } => Data::Struct {
            fields: fields.iter().map(|(name, field)| (name.clone(), take(field, rows))).collect(),
            len: rows.len(),
        },
    };
    let validity =
        array.validity.as_ref().map(|mask| NullBuffer::from(rows.iter().map(|&i| mask.is_valid(i)).collect::<Vec<_>>()));
    Array::new(data).with_validity(validity)
}

/// Joins arrays of one type, in order.
pub fn concatenate(parts: &[Array]) -> Option<Array> {
    let first = parts.first()?;
    let length = parts.iter().map(Array::len).sum();
    let validity = parts
        .iter()
        .any(|p| p.validity.is_some())
        .then(|| NullBuffer::from(parts.iter().flat_map(|p| (0..p.len()).map(|i| p.is_valid(i))).collect::<Vec<_>>()));
    let data = match &first.data {
        Data::Number(Numbers::I64(_)) => {
            let mut out = Vec::with_capacity(length);
            for part in parts {
                out.extend(part.as_numbers()?.to_i64()?.into_iter().map(|v| v.unwrap_or(0)));
            }
            Array::from(out).data
        }
        Data::Number(_) => {
            let mut out = Vec::with_capacity(length);
            for part in parts {
                out.extend(part.as_numbers()?.to_f64());
            }
            Array::from(out).data
        }
        Data::Bool(_) => {
            let mut out: Vec<bool> = Vec::with_capacity(length);
            for part in parts {
                let Data::Bool(bits) = &part.data else { return None };
                out.extend(bits.iter());
            }
            Array::from(out).data
        }
        Data::Text { .. } | Data::Binary { .. } => {
            let mut builder = TextBuilder::default();
            for part in parts {
                let (Data::Text { offsets, bytes } | Data::Binary { offsets, bytes }) = &part.data else { return None };
                for w in offsets.windows(2) {
                    builder.push(&bytes[w[0] as usize..w[1] as usize]);
                }
            }
            builder.finish().data
        }
        Data::List { .. } => {
            let (mut lengths, mut items) = (Vec::new(), Vec::new());
            for part in parts {
                let (offsets, inner) = part.as_list()?;
                lengths.extend(offsets.windows(2).map(|w| (w[1] - w[0]) as usize));
                let start = offsets[0] as usize;
                items.push(inner.slice(start, offsets[offsets.len() - 1] as usize - start));
            }
            Data::List { offsets: OffsetBuffer::from_lengths(lengths), items: Box::new(concatenate(&items)?) }
        }
        Data::FixedList { size, .. } => {
            let mut items = Vec::new();
            for part in parts {
                let Data::FixedList { items: inner, .. } = &part.data else { return None };
                items.push((**inner).clone());
            }
            Data::FixedList { size: *size, len: length, items: Box::new(concatenate(&items)?) }
        }
        Data::Struct { fields, .. } => {
            let mut out = Vec::new();
            for (name, _) in fields {
                let members: Vec<Array> = parts.iter().map(|p| p.field(name).cloned()).collect::<Option<_>>()?;
                out.push((name.clone(), concatenate(&members)?));
            }
            Data::Struct { fields: out, len: length }
        }
    };
    Some(Array::new(data).with_validity(validity))
}

/// Bytes of an array; see [`unpack`].
pub fn pack(array: &Array, out: &mut Vec<u8>) {
    let put = |out: &mut Vec<u8>, n: usize| out.extend_from_slice(&(n as u64).to_le_bytes());
    let tag = match &array.data {
        Data::Bool(_) => 0_u8,
        Data::Number(Numbers::I64(_)) => 1,
        Data::Number(_) => 2,
        Data::Text { .. } | Data::Binary { .. } => 3,
        Data::List { .. } => 4,
        Data::FixedList { .. } => 5,
        Data::Struct { .. } => 6,
    };
    out.push(tag | if array.validity.is_some() { 0x80 } else { 0 });
    put(out, array.len());
    if array.validity.is_some() {
        out.extend((0..array.len()).map(|i| u8::from(array.is_valid(i))));
    }
    match &array.data {
        Data::Bool(bits) => out.extend(bits.iter().map(u8::from)),
        Data::Number(Numbers::I64(values)) => values.iter().for_each(|v| out.extend_from_slice(&v.to_le_bytes())),
        Data::Number(numbers) => numbers.to_f64().iter().for_each(|v| out.extend_from_slice(&v.to_bits().to_le_bytes())),
        Data::Text { offsets, bytes } | Data::Binary { offsets, bytes } => {
            offsets.windows(2).for_each(|w| put(out, (w[1] - w[0]) as usize));
            out.extend_from_slice(&bytes[offsets[0] as usize..offsets[offsets.len() - 1] as usize]);
        }
        Data::List { offsets, items } => {
            offsets.windows(2).for_each(|w| put(out, (w[1] - w[0]) as usize));
            let start = offsets[0] as usize;
            pack(&items.slice(start, offsets[offsets.len() - 1] as usize - start), out);
        }
        Data::FixedList { size, items, .. } => {
            put(out, *size);
            pack(items, out);
        }
        Data::Struct { fields, .. } => {
            put(out, fields.len());
            for (name, field) in fields {
                put(out, name.len());
                out.extend_from_slice(name.as_bytes());
                pack(field, out);
            }
        }
    }
}

/// Reads what [`pack`] wrote; `None` where bytes are missing or make no sense.
pub fn unpack(bytes: &mut &[u8], depth: usize) -> Option<Array> {
    let depth = depth.checked_sub(1)?;
    let tag = take_bytes(bytes, 1)?[0];
    let length = take_length(bytes)?;
    let validity =
        if tag & 0x80 != 0 { Some(take_bytes(bytes, length)?.iter().map(|&b| b != 0).collect::<Vec<_>>()) } else { None };
    let lengths = |bytes: &mut &[u8]| -> Option<Vec<usize>> {
        // Eight bytes a length: bounded by what is there before anything is allocated.
        (length.checked_mul(8)? <= bytes.len()).then_some(())?;
        (0..length).map(|_| take_length(bytes)).collect()
    };
    let data = match tag & 0x7f {
        0 => Array::from(take_bytes(bytes, length)?.iter().map(|&b| b != 0).collect::<Vec<_>>()).data,
        1 => Array::from(words(bytes, length)?.map(i64::from_le_bytes).collect::<Vec<_>>()).data,
        2 => Array::from(words(bytes, length)?.map(f64::from_le_bytes).collect::<Vec<_>>()).data,
        3 => {
            let mut builder = TextBuilder::default();
            for n in lengths(bytes)? {
                builder.push(take_bytes(bytes, n)?);
            }
            builder.finish().data
        }
        4 => {
            let lengths = lengths(bytes)?;
            let items = unpack(bytes, depth)?;
            (lengths.iter().try_fold(0_usize, |sum, &n| sum.checked_add(n))? == items.len()).then_some(())?;
            Data::List { offsets: OffsetBuffer::new(ScalarBuffer::from(offsets_of(&lengths))), items: Box::new(items) }
        }
        5 => {
            let size = take_length(bytes)?;
            let items = unpack(bytes, depth)?;
            (size.checked_mul(length)? == items.len()).then_some(())?;
            Data::FixedList { size, len: length, items: Box::new(items) }
        }
        6 => {
            let count = take_length(bytes)?;
            let mut fields = Vec::new();
            for _ in 0..count {
                let n = take_length(bytes)?;
                let name = std::str::from_utf8(take_bytes(bytes, n)?).ok()?.to_owned();
                let field = unpack(bytes, depth)?;
                (field.len() == length).then_some(())?;
                fields.push((name, field));
            }
            Data::Struct { fields, len: length }
        }
        _ => return None,
    };
    Some(Array::new(data).with_validity(validity.map(NullBuffer::from)))
}

fn offsets_of(lengths: &[usize]) -> Vec<i64> {
    std::iter::once(0)
        .chain(lengths.iter().scan(0_i64, |end, &n| {
            *end += n as i64;
            Some(*end)
        }))
        .collect()
}

fn take_bytes<'a>(bytes: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(n)?;
    *bytes = tail;
    Some(head)
}

fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(take_bytes(bytes, 8)?.try_into().ok()?)).ok()
}

fn words<'a>(bytes: &mut &'a [u8], n: usize) -> Option<impl Iterator<Item = [u8; 8]> + 'a> {
    let body = take_bytes(bytes, n.checked_mul(8)?)?;
    Some(body.chunks_exact(8).map(|c| c.try_into().expect("invariant: chunks of eight")))
}

/// Value `i` as JSON; non-finite numbers are texts.
pub fn to_json(array: &Array, i: usize) -> Value {
    if !array.is_valid(i) {
        return Value::Null;
    }
    match &array.data {
        Data::Bool(bits) => json!(bits.value(i)),
        Data::Number(numbers) => match numbers {
            Numbers::F64(_) | Numbers::F32(_) => match numbers.get_f64(i) {
                x if x.is_finite() => json!(x),
                x if x.is_nan() => json!("nan"),
                x => json!(if x > 0.0 { "inf" } else { "-inf" }),
            },
            Numbers::U64(values) => json!(values[i]),
            Numbers::I64(values) => json!(values[i]),
            narrow => json!(narrow.get_f64(i) as i64),
        },
        Data::Text { .. } => json!(array.text(i).unwrap_or("")),
        Data::Binary { offsets, bytes } => json!(bytes[offsets[i] as usize..offsets[i + 1] as usize]),
        Data::List { offsets, items } => (offsets[i] as usize..offsets[i + 1] as usize).map(|j| to_json(items, j)).collect(),
        Data::FixedList { size, items, .. } => (i * size..(i + 1) * size).map(|j| to_json(items, j)).collect(),
        Data::Struct { fields, .. } => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), to_json(field, i))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arrays() -> impl Strategy<Value = Array> {
        let floats = proptest::collection::vec(any::<f64>(), 0..20).prop_map(Array::from);
        let lists = (proptest::collection::vec(0_usize..4, 0..10)).prop_map(|lengths| {
            let total = lengths.iter().sum::<usize>();
            Array::list(&lengths, Array::from((0..total as i64).collect::<Vec<_>>()))
        });
        let texts = proptest::collection::vec(".{0,6}", 0..10).prop_map(|v| v.iter().map(String::as_str).collect::<Array>());
        let bools = proptest::collection::vec(any::<bool>(), 0..20).prop_map(Array::from);
        prop_oneof![floats, lists, texts, bools]
    }

    fn packed(array: &Array) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(array, &mut bytes);
        bytes
    }

    proptest! {
        #[test]
        fn packed_rows_come_back(array in arrays(), mask in any::<u64>()) {
            let valid = NullBuffer::from((0..array.len()).map(|i| mask >> (i % 64) & 1 == 1).collect::<Vec<_>>());
            let array = array.with_validity(Some(valid));
            let bytes = packed(&array);
            let back = unpack(&mut bytes.as_slice(), 8).expect("own bytes");
            prop_assert_eq!(packed(&back), bytes);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(unpack(&mut bytes.as_slice(), 8));
        }

        #[test]
        fn parts_join_to_the_whole(array in arrays(), at in 0_usize..20) {
            let at = at.min(array.len());
            let joined = concatenate(&[array.slice(0, at), array.slice(at, array.len() - at)]).expect("one type");
            prop_assert_eq!(packed(&joined), packed(&array));
        }
    }
}
