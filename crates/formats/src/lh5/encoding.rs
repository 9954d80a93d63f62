//! Waveforms of objects in memory: encoded and decoded.

use super::codec::Codec;
use super::encoded::{decode_row, lock};
use super::memory::{Aligned, from_sums, integers, sums};
use super::rows::in_memory;
use super::{Content, Object, Vectors};
use crate::hdf5::{Element, Values};
use crate::{Error, Kind};
use germane_codecs::{Fault, OutOfRange, radware_sigcompress, uleb128_zigzag_diff};
use germane_columns::{NumberType, buffer::Buffer};
use germane_numerics::Executor;
use std::sync::Mutex;

/// Samples that one task encodes.
const BLOCK: usize = 1 << 20;

impl Object {
    /// An array of two axes, or vectors, of integers as encoded waveforms; `codec` and `codec_shift` become attributes.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for another form, and with row and sample for a sample that the codec cannot hold.
    pub fn encode(&self, codec: Codec, executor: &dyn Executor) -> Result<Self, Error> {
        let unsupported = |message: String| in_memory(Kind::Unsupported, "", message);
        let (values, ends) = match &self.content {
            Content::Array(values) if values.shape.len() == 2 => {
                let samples = values.shape[1];
                (values, (1..=values.shape[0]).map(|row| row * samples).collect::<Vec<usize>>())
            }
            Content::Vectors(Vectors { cumulative_length, flattened_data }) => {
                self.check()?;
                let Content::Array(values) = &flattened_data.content else {
                    return Err(unsupported("only vectors of numbers are encoded".to_owned()));
                };
                let ends = sums(cumulative_length).map_err(|(row, why)| unsupported(format!("row {row}: {why}")))?;
                (values, ends.into_iter().map(|end| end as usize).collect())
            }
            _ => return Err(unsupported("waveforms are an array of two axes or vectors".to_owned())),
        };
        let (Element::Number(number), Some(bytes)) = (&values.element, values.bytes()) else {
            return Err(unsupported("waveforms are numbers".to_owned()));
        };
        let start = |row: usize| if row == 0 { 0 } else { ends[row - 1] };
        let mut blocks = Vec::new();
        let mut row = 0;
        while row < ends.len() {
            let first = row;
            row += 1;
            while row < ends.len() && ends[row] - start(first) <= BLOCK {
                row += 1;
            }
            blocks.push(first..row);
        }
        type Made = Result<(Vec<u8>, Vec<u64>), (usize, Fault)>;
        let made: Vec<Mutex<Option<Made>>> = blocks.iter().map(|_| Mutex::new(None)).collect();
        executor.run(blocks.len(), &|number_of_block| {
            let one = || {
                let (mut out, mut lengths) = (Vec::new(), Vec::new());
                for row in blocks[number_of_block].clone() {
                    let before = out.len();
                    let samples = &bytes[start(row) * number.size()..ends[row] * number.size()];
                    encode_row(codec, *number, samples, &mut out).map_err(|fault| (row, fault))?;
                    lengths.push((out.len() - before) as u64);
                }
                Ok((out, lengths))
            };
            *lock(&made[number_of_block]) = Some(one());
        });
        let (mut all, mut total, mut encoded_ends) = (Vec::new(), 0_u64, Vec::with_capacity(ends.len()));
        for block in made {
            let block = block.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (bytes, lengths) = block
                .unwrap_or_else(|| Ok((Vec::new(), Vec::new())))
                .map_err(|(row, fault)| unsupported(format!("row {row}: {fault}")))?;
            all.extend_from_slice(&bytes);
            encoded_ends.extend(lengths.into_iter().map(|length| {
                total += length;
                total
            }));
        }
        let count = all.len();
        let bytes = Values::fixed(Element::Number(NumberType::U8), vec![count], Buffer::from_vec(all));
        let cumulative_length = from_sums(&encoded_ends, NumberType::U32).unwrap_or_else(|_| encoded_ends.into());
        let flattened_data = Box::new(Object::new("array<1>{real}", Content::Array(bytes)));
        let vectors = Content::Vectors(Vectors { cumulative_length, flattened_data });
        let encoded_data = Box::new(Object::new("array<1>{array<1>{real}}", vectors));
        let (datatype, size) = match &self.content {
            Content::Array(values) => {
                let size: Values = vec![values.shape[1] as i64].into();
                let size = Content::Scalar(Values { shape: Vec::new(), ..size });
                ("array_of_encoded_equalsized_arrays<1,1>{real}", Object::new("real", size))
            }
            _ => {
                let lengths: Vec<u64> = (0..ends.len()).map(|row| (ends[row] - start(row)) as u64).collect();
                let lengths = from_sums(&lengths, NumberType::U32).unwrap_or_else(|_| lengths.into());
                ("array<1>{encoded_array<1>{real}}", Object::new("array<1>{real}", Content::Array(lengths)))
            }
        };
        let mut object = Object::new(datatype, Content::Encoded { encoded_data, decoded_size: Box::new(size) });
        object.attributes.clone_from(&self.attributes);
        codec.describe(&mut object.attributes);
        Ok(object)
    }

    /// Encoded waveforms as samples of type `number`; other objects as they are.
    ///
    /// # Errors
    /// [`Kind::Damaged`] with the row for bytes that are no waveform, [`Kind::Unsupported`] with row and sample for one that does
    /// not fit (unless `wrap`).
    pub fn decode(&self, number: NumberType, wrap: bool) -> Result<Self, Error> {
        let Content::Encoded { encoded_data, decoded_size } = &self.content else { return Ok(self.clone()) };
        self.check()?;
        let damaged = |message: String| in_memory(Kind::Damaged, "", message);
        let codec = Codec::of(&self.attributes).map_err(damaged)?;
        let Content::Vectors(Vectors { cumulative_length, flattened_data }) = &encoded_data.content else {
            return Err(damaged("encoded_data are no vectors".to_owned()));
        };
        let bytes = match &flattened_data.content {
            Content::Array(values) if values.element.size() == Some(1) => values.bytes(),
            _ => None,
        };
        let bytes = bytes.ok_or_else(|| damaged("encoded_data are no bytes".to_owned()))?;
        let ends = sums(cumulative_length).map_err(|(row, why)| damaged(format!("row {row}: {why}")))?;
        let (Content::Scalar(sizes) | Content::Array(sizes)) = &decoded_size.content else {
            return Err(damaged("decoded_size is no number and no array".to_owned()));
        };
        let lengths =
            integers(sizes).and_then(|all| all.into_iter().map(|n| u64::try_from(n).ok()).collect::<Option<Vec<u64>>>());
        let lengths = lengths.ok_or_else(|| damaged("decoded_size is no integer".to_owned()))?;
        let scalar = matches!(decoded_size.content, Content::Scalar(_));
        let length = |row: usize| if scalar { lengths[0] } else { lengths[row] };
        let start = |row: usize| if row == 0 { 0 } else { ends[row - 1] };
        let mut decoded_ends = Vec::with_capacity(ends.len());
        let mut total = 0_u64;
        for row in 0..ends.len() {
            let stored = ends[row] - start(row);
            if length(row) > codec.most_samples(stored) {
                return Err(damaged(format!("row {row}: {stored} bytes cannot hold {} samples", length(row))));
            }
            total += length(row);
            decoded_ends.push(total);
        }
        let mut made = Aligned::zeroed(total as usize * number.size());
        let mut out = made.bytes_mut();
        for row in 0..ends.len() {
            let (here, rest) = out.split_at_mut(length(row) as usize * number.size());
            out = rest;
            decode_row(codec, number, wrap, &bytes[start(row) as usize..ends[row] as usize], here)
                .map_err(|fault| damaged(format!("row {row}: {fault}")))?;
        }
        let element = Element::Number(number);
        let mut object = if scalar {
            let values = Values::fixed(element, vec![ends.len(), lengths[0] as usize], made.into_buffer());
            Object::new("array_of_equalsized_arrays<1,1>{real}", Content::Array(values))
        } else {
            let values = Values::fixed(element, vec![total as usize], made.into_buffer());
            let cumulative_length = from_sums(&decoded_ends, NumberType::U32).unwrap_or_else(|_| decoded_ends.into());
            let flattened_data = Box::new(Object::new("array<1>{real}", Content::Array(values)));
            Object::new("array<1>{array<1>{real}}", Content::Vectors(Vectors { cumulative_length, flattened_data }))
        };
        object.attributes.clone_from(&self.attributes);
        for name in ["codec", "codec_shift"] {
            object.attributes.shift_remove(name);
        }
        Ok(object)
    }
}

fn encode_row(codec: Codec, number: NumberType, samples: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    macro_rules! encode {
        ($ty:ty) => {{
            let samples: &[$ty] = bytemuck::cast_slice(samples);
            match codec {
                Codec::Uleb128ZigzagDiff => uleb128_zigzag_diff::encode(samples, out),
                Codec::RadwareSigcompress { shift } => radware_sigcompress::encode(samples, shift, OutOfRange::Refuse, out),
            }
        }};
    }
    match number {
        NumberType::I8 => encode!(i8),
        NumberType::I16 => encode!(i16),
        NumberType::I32 => encode!(i32),
        NumberType::I64 => encode!(i64),
        NumberType::U8 => encode!(u8),
        NumberType::U16 => encode!(u16),
        NumberType::U32 => encode!(u32),
        NumberType::U64 => encode!(u64),
        NumberType::F32 => encode!(f32),
        NumberType::F64 => encode!(f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_numerics::Inline;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waveforms_come_back(rows in prop::collection::vec(prop::collection::vec(0..20_000_u16, 0..300), 0..8), equal in any::<bool>()) {
            let length = rows.iter().map(Vec::len).min().unwrap_or(0);
            let rows: Vec<&[u16]> = rows.iter().map(|row| if equal { &row[..length] } else { &row[..] }).collect();
            let flat: Vec<u16> = rows.concat();
            let object = if equal {
                let values = Values { shape: vec![rows.len(), length], ..flat.into() };
                Object::new("array_of_equalsized_arrays<1,1>{real}", Content::Array(values))
            } else {
                let mut end = 0_u32;
                let ends: Vec<u32> = rows.iter().map(|row| { end += row.len() as u32; end }).collect();
                let items = Object::new("array<1>{real}", Content::Array(flat.into()));
                let vectors = Vectors { cumulative_length: ends.into(), flattened_data: Box::new(items) };
                Object::new("array<1>{array<1>{real}}", Content::Vectors(vectors))
            };
            let object = object.units("ADC");
            for codec in [Codec::Uleb128ZigzagDiff, Codec::RadwareSigcompress { shift: -32768 }] {
                let encoded = object.encode(codec, &Inline).unwrap();
                prop_assert_eq!(encoded.decode(NumberType::U16, false).unwrap(), object.clone());
            }
        }
    }
}
