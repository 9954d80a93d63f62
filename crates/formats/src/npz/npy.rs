//! One array: a header in the form of a Python dictionary, then the elements.
//!
//! ```text
//! offset  size  meaning
//! 0       6     "\x93NUMPY"
//! 6       2     version: major 1, 2 or 3, minor
//! 8       2, 4  length of the header, little endian (4 bytes from version 2 on)
//! …       …     {'descr': '<u2', 'fortran_order': False, 'shape': (3, 4), } and blanks up to a multiple of 64
//! ```

use crate::{
    Kind,
    hdf5::{Element, ValueData, Values},
};
use germane_columns::{NumberType, buffer::Buffer};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Why bytes are no array that we read.
type Refusal = (Kind, String);

/// Bytes that begin where a number of 64 bits may.
pub(super) struct Aligned {
    words: Vec<u64>,
    length: usize,
}

impl Aligned {
    pub(super) fn new(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(8)], length }
    }

    pub(super) fn as_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.length]
    }

    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.length]
    }

    /// The bytes from `start` on, in place where their alignment allows.
    fn into_buffer(self, start: usize) -> Buffer {
        if !start.is_multiple_of(8) {
            let mut copy = Self::new(self.length - start);
            copy.as_mut().copy_from_slice(&self.bytes()[start..]);
            return copy.into_buffer(0);
        }
        let length = self.length - start;
        Buffer::from_vec(self.words).slice_with_length(start, length)
    }
}

/// What the header says.
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
    /// offset of the elements
    start: usize,
}

/// Reads an array.
pub(super) fn parse(bytes: Aligned) -> Result<Values, Refusal> {
    let damaged = |message: &str| (Kind::Damaged, message.to_owned());
    let header = header(bytes.bytes())?;
    let (big, kind, size) = split(&header.descr)?;
    let elements = header.shape.iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
    let elements = elements.ok_or_else(|| damaged("a shape beyond all memory"))?;
    let there = bytes.length - header.start;
    // Elements without bytes justify no memory at all.
    if elements.checked_mul(size) != Some(there) || (size == 0 && elements > bytes.length) {
        let message = format!("{there} bytes for an array of shape {:?} and type {}", header.shape, header.descr);
        return Err((Kind::Damaged, message));
    }
    let element = element(kind, size).ok_or_else(|| unsupported(&header.descr))?;
    let mut buffer = bytes.into_buffer(header.start);
    let part = match kind {
        'U' => 4,
        'c' => size / 2,
        'S' | 'b' => 1,
        _ => size,
    };
    if big != cfg!(target_endian = "big") && part > 1 {
        buffer = changed(&buffer, |bytes| bytes.chunks_exact_mut(part).for_each(<[u8]>::reverse));
    }
    if header.fortran && header.shape.len() > 1 && size > 0 {
        buffer = changed(&buffer, |bytes| {
            let columns = bytes.to_vec();
            to_rows(&columns, &header.shape, size, bytes);
        });
    }
    match element {
        Element::Text { .. } => {
            let (offsets, bytes) = texts(&buffer, size / 4, elements)?;
            Ok(Values { element, shape: header.shape, data: ValueData::Texts { offsets, bytes } })
        }
        Element::Bool => {
            let buffer = changed(&buffer, |bytes| bytes.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0)));
            Ok(Values::fixed(element, header.shape, buffer))
        }
        _ => Ok(Values::fixed(element, header.shape, buffer)),
    }
}

/// A copy with something done to it.
fn changed(buffer: &Buffer, change: impl FnOnce(&mut [u8])) -> Buffer {
    let mut copy = Aligned::new(buffer.len());
    copy.as_mut().copy_from_slice(buffer);
    change(copy.as_mut());
    copy.into_buffer(0)
}

/// From the first axis running fastest to the last one.
fn to_rows(columns: &[u8], shape: &[usize], size: usize, rows: &mut [u8]) {
    let mut strides = vec![size; shape.len()];
    for axis in 1..shape.len() {
        strides[axis] = strides[axis - 1] * shape[axis - 1];
    }
    let mut place = vec![0; shape.len()];
    for element in rows.chunks_exact_mut(size) {
        let at: usize = place.iter().zip(&strides).map(|(index, stride)| index * stride).sum();
        element.copy_from_slice(&columns[at..at + size]);
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            if place[axis] < shape[axis] {
                break;
            }
            place[axis] = 0;
        }
    }
}

/// Offsets and UTF-8 of texts that are stored as code points, padded with zeros.
fn texts(points: &[u8], width: usize, count: usize) -> Result<(Vec<i64>, Buffer), Refusal> {
    let (mut offsets, mut bytes) = (Vec::with_capacity(count + 1), String::new());
    offsets.push(0);
    for index in 0..count {
        let text = &points[4 * width * index..4 * width * (index + 1)];
        let points = text.chunks_exact(4).map(|four| u32::from_ne_bytes(four.try_into().expect("invariant: four bytes")));
        let points: Vec<u32> = points.collect();
        let end = points.iter().rposition(|point| *point != 0).map_or(0, |last| last + 1);
        for point in &points[..end] {
            bytes.push(char::from_u32(*point).ok_or_else(|| (Kind::Damaged, format!("{point} is no code point")))?);
        }
        offsets.push(bytes.len() as i64);
    }
    Ok((offsets, Buffer::from_vec(bytes.into_bytes())))
}

fn header(bytes: &[u8]) -> Result<Header, Refusal> {
    let damaged = |message: &str| (Kind::Damaged, message.to_owned());
    let cut = || damaged("ends inside the header of the array");
    if !bytes.starts_with(MAGIC) {
        return Err((Kind::NotThisFormat, "not a NumPy array".to_owned()));
    }
    let number = |at: usize, width: usize| {
        let bytes = bytes.get(at..at + width)?;
        Some(bytes.iter().rev().fold(0_usize, |n, byte| n << 8 | usize::from(*byte)))
    };
    let (text, length) = match bytes.get(6).ok_or_else(cut)? {
        1 => (10, number(8, 2)),
        2 | 3 => (12, number(8, 4)),
        version => return Err((Kind::Unsupported, format!("version {version} of the format of arrays"))),
    };
    let start = text + length.ok_or_else(cut)?;
    let text = bytes.get(text..start).ok_or_else(cut)?;
    let text = std::str::from_utf8(text).map_err(|_| damaged("the header of the array is no text"))?;
    let mut words = Words { rest: text };
    let fields = words.dictionary().ok_or_else(|| (Kind::Damaged, format!("header of the array: {}", text.trim())))?;
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("descr", Word::Text(text)) => descr = Some(text),
            ("descr", Word::Fields) => return Err((Kind::Unsupported, "arrays of structures".to_owned())),
            ("fortran_order", Word::Flag(flag)) => fortran = Some(flag),
            ("shape", Word::Shape(lengths)) => shape = Some(lengths),
            _ => {}
        }
    }
    match (descr, fortran, shape) {
        (Some(descr), Some(fortran), Some(shape)) => Ok(Header { descr, fortran, shape, start }),
        _ => Err((Kind::Damaged, format!("header of the array: {}", text.trim()))),
    }
}

/// A value in the header.
enum Word {
    Text(String),
    Flag(bool),
    Shape(Vec<usize>),
    /// fields of a structure, not looked at
    Fields,
}

/// The few forms of Python literals that headers have.
struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn take(&mut self, word: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(word)?;
        Some(())
    }

    fn dictionary(&mut self) -> Option<Vec<(String, Word)>> {
        self.take("{")?;
        let mut fields = Vec::new();
        while self.take("}").is_none() {
            let name = self.text()?;
            self.take(":")?;
            fields.push((name, self.word()?));
            if self.take(",").is_none() {
                self.take("}")?;
                break;
            }
        }
        self.rest.trim().is_empty().then_some(fields)
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.rest.trim_start().chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        self.take(if quote == '"' { "\"" } else { "'" })?;
        let (text, rest) = self.rest.split_once(quote)?;
        self.rest = rest;
        Some(text.to_owned())
    }

    fn word(&mut self) -> Option<Word> {
        match self.rest.trim_start().chars().next()? {
            '\'' | '"' => self.text().map(Word::Text),
            'T' => self.take("True").map(|()| Word::Flag(true)),
            'F' => self.take("False").map(|()| Word::Flag(false)),
            '(' => self.shape().map(Word::Shape),
            '[' => {
                let end = self.rest.rfind(']')?;
                self.rest = &self.rest[end + 1..];
                Some(Word::Fields)
            }
            _ => None,
        }
    }

    fn shape(&mut self) -> Option<Vec<usize>> {
        self.take("(")?;
        let mut lengths = Vec::new();
        while self.take(")").is_none() {
            self.rest = self.rest.trim_start();
            let end = self.rest.find(|letter: char| !letter.is_ascii_digit())?;
            lengths.push(self.rest[..end].parse().ok()?);
            // Python 2 wrote long integers with a letter.
            self.rest = self.rest[end..].strip_prefix('L').unwrap_or(&self.rest[end..]);
            if self.take(",").is_none() {
                self.take(")")?;
                break;
            }
        }
        Some(lengths)
    }
}

fn unsupported(descr: &str) -> Refusal {
    let what = if descr.ends_with('O') { "Python objects".to_owned() } else { format!("arrays of type {descr}") };
    (Kind::Unsupported, what)
}

/// Byte order, letter and bytes of an element.
fn split(descr: &str) -> Result<(bool, char, usize), Refusal> {
    let mut letters = descr.chars();
    let (big, kind) = match letters.next() {
        Some('<' | '|') => (false, letters.next()),
        Some('>') => (true, letters.next()),
        Some('=') => (cfg!(target_endian = "big"), letters.next()),
        other => (false, other),
    };
    let (Some(kind), Ok(size)) = (kind, letters.as_str().parse::<usize>()) else { return Err(unsupported(descr)) };
    let size = if kind == 'U' { size.checked_mul(4).ok_or_else(|| unsupported(descr))? } else { size };
    Ok((big, kind, size))
}

fn element(kind: char, size: usize) -> Option<Element> {
    use NumberType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    Some(match (kind, size) {
        ('b', 1) => Element::Bool,
        ('i', 1) => Element::Number(I8),
        ('i', 2) => Element::Number(I16),
        ('i', 4) => Element::Number(I32),
        ('i', 8) => Element::Number(I64),
        ('u', 1) => Element::Number(U8),
        ('u', 2) => Element::Number(U16),
        ('u', 4) => Element::Number(U32),
        ('u', 8) => Element::Number(U64),
        ('f', 2) => Element::Half,
        ('f', 4) => Element::Number(F32),
        ('f', 8) => Element::Number(F64),
        ('c', 8) => Element::Complex(F32),
        ('c', 16) => Element::Complex(F64),
        ('S', _) => Element::FixedText { size, utf8: false },
        ('U', _) => Element::Text { utf8: true },
        _ => return None,
    })
}

/// Type of an element as NumPy writes it.
fn descr(element: &Element) -> Option<String> {
    let order = if cfg!(target_endian = "big") { '>' } else { '<' };
    let number = |number: NumberType| {
        let kind = match number.name().as_bytes()[0] {
            b'u' => 'u',
            b'f' => 'f',
            _ => 'i',
        };
        let order = if number.size() == 1 { '|' } else { order };
        format!("{order}{kind}{}", number.size())
    };
    Some(match element {
        Element::Number(of) | Element::Enumeration { base: of, .. } => number(*of),
        Element::Half => format!("{order}f2"),
        Element::Bool => "|b1".to_owned(),
        Element::Complex(part) => format!("{order}c{}", 2 * part.size()),
        Element::FixedText { size, .. } => format!("|S{size}"),
        _ => return None,
    })
}

/// Writes an array.
pub(super) fn format(values: &Values) -> Result<Vec<u8>, String> {
    let unsupported = || format!("NumPy files do not hold {:?}", values.element);
    match &values.data {
        ValueData::Fixed(bytes) => {
            let descr = descr(&values.element).ok_or_else(unsupported)?;
            Ok(with_header(&descr, &values.shape, bytes))
        }
        ValueData::Texts { offsets, bytes } => {
            let mut texts = Vec::with_capacity(values.count());
            for pair in offsets.windows(2) {
                let text = bytes.get(pair[0] as usize..pair[1] as usize).and_then(|text| std::str::from_utf8(text).ok());
                texts.push(text.ok_or_else(|| "text that is no UTF-8".to_owned())?);
            }
            // NumPy has no texts of no length.
            let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
            let mut points = vec![0_u32; width * texts.len()];
            for (text, points) in texts.iter().zip(points.chunks_exact_mut(width)) {
                text.chars().zip(points).for_each(|(letter, point)| *point = u32::from(letter));
            }
            let order = if cfg!(target_endian = "big") { '>' } else { '<' };
            Ok(with_header(&format!("{order}U{width}"), &values.shape, bytemuck::cast_slice(&points)))
        }
        ValueData::Lists { .. } => Err(unsupported()),
    }
}

fn with_header(descr: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let lengths: Vec<String> = shape.iter().map(|length| format!("{length},")).collect();
    let shape = match &lengths[..] {
        [one] => format!("({one})"),
        all => format!("({})", all.join(" ").trim_end_matches(',')),
    };
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut out = MAGIC.to_vec();
    // The text ends with a line break, and the elements start at a multiple of 64.
    let padded = |before: usize| (before + text.len() + 1).next_multiple_of(64) - before;
    if let Ok(length) = u16::try_from(padded(10)) {
        out.extend([1, 0]);
        out.extend(length.to_le_bytes());
    } else {
        out.extend([2, 0]);
        out.extend((padded(12) as u32).to_le_bytes());
    }
    let end = out.len() + padded(out.len());
    out.extend(text.bytes());
    out.resize(end - 1, b' ');
    out.push(b'\n');
    out.extend_from_slice(bytes);
    out
}
