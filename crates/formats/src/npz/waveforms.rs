//! Waveforms and their encoded form as arrays of an archive.
//!
//! | array | plain | encoded |
//! |---|---|---|
//! | `values` | rows by samples, or all samples one after the other | |
//! | `cumulative_length` | ends of the rows in flat `values` (n, inclusive sums) | ends of the rows in `encoded_data` (n) |
//! | `encoded_data` | | bytes of all rows, one after the other, uint8 |
//! | `decoded_size` | | samples of a row: one number for all, or one for each (n) |
//! | `codec` | | `uleb128_zigzag_diff` or `radware_sigcompress` |
//! | `codec_shift` | | of `radware_sigcompress`: what was added to the samples |
//!
//! Other arrays are handed on. Names and meanings are those of encoded arrays in LH5.

use super::Arrays;
use crate::hdf5::{Element, ValueData, Values};
use bytemuck::Pod;
pub use germane_codecs::OutOfRange;
use germane_codecs::{Fault, Sample, radware_sigcompress, uleb128_zigzag_diff};
use germane_columns::{
    NumberType,
    buffer::{ArrowNativeType, Buffer},
};
use std::{borrow::Cow, fmt, ops::Range};

/// A waveform codec with its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// differences as variable-length numbers
    Uleb128ZigzagDiff,
    /// sections of packed values
    RadwareSigcompress {
        /// added to the samples, which are then 16 bits with sign
        shift: i32,
    },
}

impl Codec {
    /// Names of all codecs.
    pub const NAMES: [&'static str; 2] = ["uleb128_zigzag_diff", "radware_sigcompress"];

    /// Name as the attribute `codec` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uleb128ZigzagDiff => Self::NAMES[0],
            Self::RadwareSigcompress { .. } => Self::NAMES[1],
        }
    }

    /// The codec of this name.
    pub fn named(name: &str, shift: i32) -> Option<Self> {
        match name {
            "uleb128_zigzag_diff" => Some(Self::Uleb128ZigzagDiff),
            "radware_sigcompress" => Some(Self::RadwareSigcompress { shift }),
            _ => None,
        }
    }

    fn encode<T: Sample>(self, samples: &[T], rule: OutOfRange, out: &mut Vec<u8>) -> Result<(), Fault> {
        match self {
            Self::Uleb128ZigzagDiff => uleb128_zigzag_diff::encode(samples, out),
            Self::RadwareSigcompress { shift } => radware_sigcompress::encode(samples, shift, rule, out),
        }
    }

    fn decode<T: Sample>(self, bytes: &[u8], rule: OutOfRange, out: &mut [T]) -> Result<(), Fault> {
        match self {
            Self::Uleb128ZigzagDiff => uleb128_zigzag_diff::decode_into(bytes, out, rule),
            Self::RadwareSigcompress { shift } => radware_sigcompress::decode_into(bytes, shift, out, rule),
        }
    }

    fn samples(self, bytes: &[u8]) -> Result<usize, Fault> {
        match self {
            Self::Uleb128ZigzagDiff => Ok(uleb128_zigzag_diff::samples(bytes)),
            Self::RadwareSigcompress { .. } => radware_sigcompress::samples(bytes),
        }
    }
}

/// What is wrong with which array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the array.
    pub array: &'static str,
    /// Number of the row.
    pub row: Option<usize>,
    /// The reason in one line.
    pub message: String,
}

impl Problem {
    fn new(array: &'static str, message: impl Into<String>) -> Self {
        Self { array, row: None, message: message.into() }
    }

    fn of_row(array: &'static str, row: usize, fault: &Fault) -> Self {
        Self { array, row: Some(row), message: fault.reason.clone() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "{} row {row}: {}", self.array, self.message),
            None => write!(f, "{}: {}", self.array, self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// Calls a function of the sample type that fits a number type.
macro_rules! by_type {
    ($number:expr, $function:ident($($argument:expr),*)) => {
        match $number {
            NumberType::I8 => $function::<i8>($($argument),*),
            NumberType::I16 => $function::<i16>($($argument),*),
            NumberType::I32 => $function::<i32>($($argument),*),
            NumberType::I64 => $function::<i64>($($argument),*),
            NumberType::U8 => $function::<u8>($($argument),*),
            NumberType::U16 => $function::<u16>($($argument),*),
            NumberType::U32 => $function::<u32>($($argument),*),
            NumberType::U64 => $function::<u64>($($argument),*),
            NumberType::F32 => $function::<f32>($($argument),*),
            NumberType::F64 => $function::<f64>($($argument),*),
        }
    };
}

/// Replaces `values` by its encoded form.
///
/// # Errors
/// A [`Problem`] if `values` is absent, no array of numbers with one or two axes, or does not fit `cumulative_length`; or with
/// the row and sample that the codec cannot hold.
pub fn encode(arrays: &Arrays, codec: Codec, rule: OutOfRange) -> Result<Arrays, Problem> {
    let values = get(arrays, "values")?;
    let number = number(values, "values")?;
    let (rows, sizes) = match (&values.shape[..], arrays.get("cumulative_length")) {
        ([rows, samples], None) => {
            let rows: Vec<_> = (0..*rows).map(|row| row * samples..(row + 1) * samples).collect();
            (rows, scalar(*samples as i64))
        }
        ([_, _], Some(_)) => return Err(Problem::new("cumulative_length", "belongs to flat values, but these have two axes")),
        ([all], None) => (vec![0..*all; 1], scalar(*all as i64)),
        ([all], Some(ends)) => {
            let rows = ranges(ends, *all, "values")?;
            let sizes: Vec<u32> = rows.iter().map(|row| row.len() as u32).collect();
            (rows, sizes.into())
        }
        (shape, _) => return Err(Problem::new("values", format!("has {} axes; one or two are encoded", shape.len()))),
    };
    let bytes = values.bytes().expect("invariant: numbers have bytes");
    let (encoded, ends) = by_type!(number, encode_rows(bytes, &rows, codec, rule))?;
    let mut out = rest(arrays, &["values", "cumulative_length"]);
    out.insert("encoded_data".to_owned(), encoded.into());
    out.insert("cumulative_length".to_owned(), sums(&ends));
    out.insert("decoded_size".to_owned(), sizes);
    out.insert("codec".to_owned(), text(codec.name()));
    if let Codec::RadwareSigcompress { shift } = codec {
        out.insert("codec_shift".to_owned(), scalar(i64::from(shift)));
    }
    Ok(out)
}

fn encode_rows<T: Sample + Pod>(
    bytes: &[u8],
    rows: &[Range<usize>],
    codec: Codec,
    rule: OutOfRange,
) -> Result<(Vec<u8>, Vec<u64>), Problem> {
    let samples: Cow<'_, [T]> = slice(bytes);
    let (mut encoded, mut ends) = (Vec::new(), Vec::with_capacity(rows.len()));
    for (index, row) in rows.iter().enumerate() {
        let done = codec.encode(&samples[row.clone()], rule, &mut encoded);
        done.map_err(|fault| Problem::of_row("values", index, &fault))?;
        ends.push(encoded.len() as u64);
    }
    Ok((encoded, ends))
}

/// The codec that the arrays name, with their shift.
///
/// # Errors
/// A [`Problem`] if `codec` is absent or unknown, or `codec_shift` is no whole number of 32 bits.
pub fn codec_of(arrays: &Arrays) -> Result<Codec, Problem> {
    let name = read_text(get(arrays, "codec")?)
        .ok_or_else(|| Problem::new("codec", format!("is no text; one of {} is wanted", Codec::NAMES.join(", "))))?;
    let shift = arrays.get("codec_shift").map_or(Ok(0), |shift| {
        let whole = integers(shift, "codec_shift")?;
        let shift = if let [shift] = whole[..] { i32::try_from(shift).ok() } else { None };
        shift.ok_or_else(|| Problem::new("codec_shift", "is no single whole number of 32 bits"))
    })?;
    Codec::named(&name, shift).ok_or_else(|| Problem::new("codec", format!("`{name}` is none of {}", Codec::NAMES.join(", "))))
}

/// Replaces the encoded form by `values` of the type `number`.
///
/// # Errors
/// A [`Problem`] if an array is absent or they do not fit each other; or with the row that is damaged, or whose sample the type
/// does not hold and `rule` refuses.
pub fn decode(arrays: &Arrays, codec: Codec, number: NumberType, rule: OutOfRange) -> Result<Arrays, Problem> {
    let data = get(arrays, "encoded_data")?;
    if data.element != Element::Number(NumberType::U8) || data.shape.len() != 1 {
        return Err(Problem::new("encoded_data", "is no array of uint8 with one axis"));
    }
    let bytes = data.bytes().expect("invariant: numbers have bytes");
    let rows = ranges(get(arrays, "cumulative_length")?, bytes.len(), "encoded_data")?;
    let stored = get(arrays, "decoded_size")?;
    let sizes = integers(stored, "decoded_size")?;
    let equal = stored.shape.is_empty();
    if !equal && sizes.len() != rows.len() {
        return Err(Problem::new("decoded_size", format!("has {} numbers for {} rows", sizes.len(), rows.len())));
    }
    // What the rows themselves say is compared before there is room for it.
    let (mut total, mut ends) = (0_usize, Vec::with_capacity(rows.len()));
    for (index, row) in rows.iter().enumerate() {
        let size = if equal { sizes[0] } else { sizes[index] };
        let there = codec.samples(&bytes[row.clone()]).map_err(|fault| Problem::of_row("encoded_data", index, &fault))?;
        if there as i64 != size {
            let message = format!("has {there} samples where {size} are promised");
            return Err(Problem { array: "encoded_data", row: Some(index), message });
        }
        total += there;
        ends.push(total as u64);
    }
    let buffer = by_type!(number, decode_rows(bytes, &rows, &ends, codec, rule))?;
    let mut out = rest(arrays, &["encoded_data", "cumulative_length", "decoded_size", "codec", "codec_shift"]);
    let width = sizes.first().and_then(|size| usize::try_from(*size).ok());
    let shape = match width {
        Some(width) if equal => vec![rows.len(), width],
        _ if equal => return Err(Problem::new("decoded_size", "is negative")),
        _ => vec![total],
    };
    out.insert("values".to_owned(), Values::fixed(Element::Number(number), shape, buffer));
    if !equal {
        out.insert("cumulative_length".to_owned(), sums(&ends));
    }
    Ok(out)
}

fn decode_rows<T: Sample + ArrowNativeType>(
    bytes: &[u8],
    rows: &[Range<usize>],
    ends: &[u64],
    codec: Codec,
    rule: OutOfRange,
) -> Result<Buffer, Problem> {
    let total = ends.last().map_or(0, |end| *end as usize);
    let mut samples = vec![T::default(); total];
    let mut start = 0;
    for (index, (row, end)) in rows.iter().zip(ends).enumerate() {
        let done = codec.decode(&bytes[row.clone()], rule, &mut samples[start..*end as usize]);
        done.map_err(|fault| Problem::of_row("encoded_data", index, &fault))?;
        start = *end as usize;
    }
    Ok(Buffer::from_vec(samples))
}

/// All arrays but some.
fn rest(arrays: &Arrays, without: &[&str]) -> Arrays {
    arrays
        .iter()
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .map(|(name, values)| (name.clone(), values.clone()))
        .collect()
}

fn get<'a>(arrays: &'a Arrays, name: &'static str) -> Result<&'a Values, Problem> {
    arrays.get(name).ok_or_else(|| {
        let names: Vec<&str> = arrays.keys().map(String::as_str).collect();
        Problem::new(name, format!("no such array; there are {}", names.join(", ")))
    })
}

fn number(values: &Values, array: &'static str) -> Result<NumberType, Problem> {
    match values.element {
        Element::Number(number) => Ok(number),
        _ => Err(Problem::new(array, "holds no numbers")),
    }
}

/// Numbers as they lie in memory, copied where they are not aligned.
fn slice<T: Pod>(bytes: &[u8]) -> Cow<'_, [T]> {
    let copied = || bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect();
    bytemuck::try_cast_slice(bytes).map_or_else(|_| Cow::Owned(copied()), Cow::Borrowed)
}

/// Whole numbers of any type.
fn integers(values: &Values, array: &'static str) -> Result<Vec<i64>, Problem> {
    fn all<T: Sample + Pod>(bytes: &[u8]) -> Option<Vec<i64>> {
        slice::<T>(bytes).iter().map(|number| number.whole()).collect()
    }
    let number = number(values, array)?;
    let bytes = values.bytes().expect("invariant: numbers have bytes");
    by_type!(number, all(bytes)).ok_or_else(|| Problem::new(array, "holds what is no whole number of 64 bits"))
}

/// Rows from their ends, which must rise to `length`.
fn ranges(ends: &Values, length: usize, of: &'static str) -> Result<Vec<Range<usize>>, Problem> {
    let array = "cumulative_length";
    let mut start = 0;
    let mut rows = Vec::new();
    for (row, end) in integers(ends, array)?.into_iter().enumerate() {
        let end = usize::try_from(end).ok().filter(|end| (start..=length).contains(end));
        let end =
            end.ok_or_else(|| Problem { array, row: Some(row), message: format!("falls, or ends behind the {length} of {of}") })?;
        rows.push(start..end);
        start = end;
    }
    if start != length {
        return Err(Problem::new(array, format!("ends at {start} of the {length} of {of}")));
    }
    Ok(rows)
}

/// Ends of rows in the type that LH5 files have, or a wider one where that is too small.
fn sums(ends: &[u64]) -> Values {
    match ends.iter().map(|end| u32::try_from(*end)).collect::<Result<Vec<u32>, _>>() {
        Ok(narrow) => narrow.into(),
        Err(_) => ends.to_vec().into(),
    }
}

fn scalar(number: i64) -> Values {
    Values { shape: Vec::new(), ..vec![number].into() }
}

fn text(text: &str) -> Values {
    let data = ValueData::Texts { offsets: vec![0, text.len() as i64], bytes: Buffer::from(text.as_bytes()) };
    Values { element: Element::Text { utf8: true }, shape: Vec::new(), data }
}

/// A single text of any form.
fn read_text(values: &Values) -> Option<String> {
    if values.count() != 1 {
        return None;
    }
    let bytes = match &values.data {
        ValueData::Fixed(bytes) if matches!(values.element, Element::FixedText { .. }) => bytes,
        ValueData::Texts { bytes, .. } => bytes,
        _ => return None,
    };
    Some(std::str::from_utf8(bytes).ok()?.trim_end_matches('\0').to_owned())
}
