//! Columns that grow row by row while raw records are decoded, and become LH5 tables.

use crate::hdf5::{Element, Values};
use crate::lh5::{Content, Object, Vectors};
use germane_columns::{NumberType, buffer::Buffer};
use indexmap::IndexMap;

/// One column of a raw table.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSpec {
    /// Name as the peer writes it.
    pub name: String,
    /// What a row of it holds.
    pub kind: ColumnKind,
    /// Unit, where it has one.
    pub units: Option<&'static str>,
}

/// What a row of a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// one number
    Number(NumberType),
    /// one byte, 0 or 1
    Bool,
    /// numbers, the same count in each row
    Fixed(NumberType, usize),
    /// texts of so many bytes, padded with zero bytes, the same count in each row
    Texts {
        /// bytes of each text
        size: usize,
        /// texts in each row
        count: usize,
    },
    /// numbers, any count
    Vector(NumberType),
    /// `t0` and `dt` of this float type, and samples, the same count in each row
    Waveform {
        /// type of `t0`
        t0: NumberType,
        /// type of `dt`
        dt: NumberType,
        /// type of the samples
        sample: NumberType,
        /// samples in each row
        samples: usize,
    },
}

/// Rows of one table. Values are pushed in the order of the columns, native byte order.
#[derive(Clone, Debug)]
pub struct Rows {
    columns: Vec<ColumnSpec>,
    bytes: Vec<Vec<u8>>,
    /// Cumulative lengths of vector columns; empty for others.
    sums: Vec<Vec<i64>>,
    /// t0 and dt of waveform columns; empty for others.
    times: Vec<[Vec<u8>; 2]>,
    finished: usize,
}

impl Rows {
    /// No rows of these columns.
    pub fn new(columns: Vec<ColumnSpec>) -> Self {
        let n = columns.len();
        Self { columns, bytes: vec![Vec::new(); n], sums: vec![Vec::new(); n], times: vec![Default::default(); n], finished: 0 }
    }

    /// The columns.
    pub fn columns(&self) -> &[ColumnSpec] {
        &self.columns
    }

    /// Finished rows.
    pub fn len(&self) -> usize {
        self.finished
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.finished == 0
    }

    /// Bytes held.
    pub fn nbytes(&self) -> usize {
        let sums: usize = self.sums.iter().map(|s| 8 * s.len()).sum();
        let times: usize = self.times.iter().flatten().map(Vec::len).sum();
        self.bytes.iter().map(Vec::len).sum::<usize>() + sums + times
    }

    /// The number of a `Number` or `Bool` column in the current row.
    #[inline]
    pub fn push<T: bytemuck::Pod>(&mut self, column: usize, value: T) {
        self.bytes[column].extend_from_slice(bytemuck::bytes_of(&value));
    }

    /// All numbers of a `Fixed` or `Vector` column, or all texts of a `Texts` column, in the current row, as native bytes.
    #[inline]
    pub fn push_list(&mut self, column: usize, bytes: &[u8]) {
        self.bytes[column].extend_from_slice(bytes);
        if let ColumnKind::Vector(number) = &self.columns[column].kind {
            let before = self.sums[column].last().copied().unwrap_or(0);
            self.sums[column].push(before + (bytes.len() / number.size()) as i64);
        }
    }

    /// Start time, sampling period and samples (native bytes) of a `Waveform` column in the current row.
    #[inline]
    pub fn push_waveform(&mut self, column: usize, t0: f64, dt: f64, samples: &[u8]) {
        let ColumnKind::Waveform { t0: t0_type, dt: dt_type, .. } = self.columns[column].kind else {
            unreachable!("invariant: a waveform is pushed into a waveform column")
        };
        for (into, value, ty) in [(0, t0, t0_type), (1, dt, dt_type)] {
            match ty {
                NumberType::F32 => self.times[column][into].extend_from_slice(&(value as f32).to_ne_bytes()),
                _ => self.times[column][into].extend_from_slice(&value.to_ne_bytes()),
            }
        }
        self.bytes[column].extend_from_slice(samples);
    }

    /// Ends the current row, of which every column has been pushed.
    #[inline]
    pub fn end_row(&mut self) {
        self.finished += 1;
    }

    /// Adds the first `rows` rows of another one with the same columns.
    ///
    /// # Panics
    /// If its columns are other ones.
    pub fn extend_from(&mut self, other: &Self, rows: usize) {
        assert_eq!(self.columns, other.columns, "rows of the same columns");
        let rows = rows.min(other.finished);
        for (i, spec) in self.columns.iter().enumerate() {
            let bytes = match &spec.kind {
                ColumnKind::Number(number) => rows * number.size(),
                ColumnKind::Bool => rows,
                ColumnKind::Fixed(number, count) => rows * count * number.size(),
                ColumnKind::Texts { size, count } => rows * count * size,
                ColumnKind::Waveform { sample, samples, .. } => rows * samples * sample.size(),
                ColumnKind::Vector(number) => {
                    let before = self.sums[i].last().copied().unwrap_or(0);
                    self.sums[i].extend(other.sums[i][..rows].iter().map(|sum| before + sum));
                    other.sums[i][..rows].last().map_or(0, |items| *items as usize * number.size())
                }
            };
            self.bytes[i].extend_from_slice(&other.bytes[i][..bytes]);
            if let ColumnKind::Waveform { t0, dt, .. } = &spec.kind {
                for (into, number) in [(0, t0), (1, dt)] {
                    self.times[i][into].extend_from_slice(&other.times[i][into][..rows * number.size()]);
                }
            }
        }
        self.finished += rows;
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.iter_mut().for_each(Vec::clear);
        self.sums.iter_mut().for_each(Vec::clear);
        self.times.iter_mut().flatten().for_each(Vec::clear);
        self.finished = 0;
    }

    /// The rows as an LH5 table, columns sorted by name as writers do; nothing is left here but room for as many rows again.
    ///
    /// # Panics
    /// If a row was ended without all of its columns.
    pub fn take(&mut self) -> Object {
        let rows = std::mem::take(&mut self.finished);
        let mut columns = IndexMap::with_capacity(self.columns.len());
        for (i, spec) in self.columns.iter().enumerate() {
            let (bytes, sums) = (renew(&mut self.bytes[i]), renew(&mut self.sums[i]));
            let object = match &spec.kind {
                ColumnKind::Number(number) => {
                    Object::new("array<1>{real}", Content::Array(array(Element::Number(*number), vec![rows], bytes)))
                }
                ColumnKind::Bool => Object::new("array<1>{bool}", Content::Array(array(Element::Bool, vec![rows], bytes))),
                ColumnKind::Fixed(number, count) => matrix(*number, rows, *count, bytes),
                ColumnKind::Texts { size, count } => {
                    let element = Element::FixedText { size: *size, utf8: false };
                    let values = array(element, vec![rows, *count], bytes);
                    Object::new("array_of_equalsized_arrays<1,1>{string}", Content::Array(values))
                }
                ColumnKind::Vector(number) => {
                    let items = bytes.len() / number.size();
                    let flat = Content::Array(array(Element::Number(*number), vec![items], bytes));
                    let vectors =
                        Vectors { cumulative_length: sums.into(), flattened_data: Box::new(Object::new("array<1>{real}", flat)) };
                    assert_eq!(vectors.cumulative_length.rows(), rows, "a vector a row");
                    Object::new("array<1>{array<1>{real}}", Content::Vectors(vectors))
                }
                ColumnKind::Waveform { t0, dt, sample, samples } => {
                    let [t0_bytes, dt_bytes] = self.times[i].each_mut().map(renew);
                    let time = |number: &NumberType, bytes| {
                        let values = array(Element::Number(*number), vec![rows], bytes);
                        Object::new("array<1>{real}", Content::Array(values)).units("ns")
                    };
                    let members = [
                        ("dt", time(dt, dt_bytes)),
                        ("t0", time(t0, t0_bytes)),
                        ("values", matrix(*sample, rows, *samples, bytes)),
                    ];
                    table(rows, members.into_iter().map(|(name, object)| (name.to_owned(), object)).collect())
                }
            };
            let object = match spec.units {
                Some(units) => object.units(units),
                None => object,
            };
            columns.insert(spec.name.clone(), object);
        }
        columns.sort_unstable_keys();
        table(rows, columns)
    }
}

/// What a column held; room for as much is reserved, so that the next rows are not moved while they come.
fn renew<T>(column: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(column.len());
    std::mem::replace(column, room)
}

fn table(rows: usize, columns: IndexMap<String, Object>) -> Object {
    let names: Vec<&str> = columns.keys().map(String::as_str).collect();
    Object::new(&format!("table{{{}}}", names.join(",")), Content::Table { rows, columns })
}

fn matrix(number: NumberType, rows: usize, count: usize, bytes: Vec<u8>) -> Object {
    let values = array(Element::Number(number), vec![rows, count], bytes);
    Object::new("array_of_equalsized_arrays<1,1>{real}", Content::Array(values))
}

fn array(element: Element, shape: Vec<usize>, bytes: Vec<u8>) -> Values {
    // Allocators align buffers of this size for every number; where one did not, the copy does.
    let buffer = Buffer::from_vec(bytes);
    let aligned = buffer.as_ptr().align_offset(8) == 0 || buffer.is_empty();
    let buffer = if aligned { buffer } else { Buffer::from_slice_ref(buffer.as_slice()) };
    Values::fixed(element, shape, buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_a_table_and_leave_nothing() {
        let number = |name: &str| ColumnSpec { name: name.to_owned(), kind: ColumnKind::Number(NumberType::U32), units: None };
        let vector = ColumnSpec { name: "list".to_owned(), kind: ColumnKind::Vector(NumberType::U16), units: Some("ADC") };
        let mut rows = Rows::new(vec![number("packet_id"), vector, number("a")]);
        for i in 0..3_u32 {
            rows.push(0, i);
            rows.push_list(1, bytemuck::cast_slice(&vec![7_u16; i as usize]));
            rows.push(2, 10 * i);
            rows.end_row();
        }
        let object = rows.take();
        assert_eq!(object.datatype.as_deref(), Some("table{a,list,packet_id}"));
        let Content::Table { rows: 3, columns } = object.content else { panic!("three rows") };
        let Content::Vectors(vectors) = &columns["list"].content else { panic!("vectors") };
        assert_eq!(vectors.cumulative_length, vec![0_i64, 1, 3].into());
        assert!(rows.is_empty() && rows.nbytes() == 0);
    }
    #[test]
    fn rows_of_another_are_added_behind() {
        let vector = ColumnSpec { name: "list".to_owned(), kind: ColumnKind::Vector(NumberType::U16), units: None };
        let kind = ColumnKind::Waveform { t0: NumberType::F32, dt: NumberType::F64, sample: NumberType::U16, samples: 2 };
        let waveform = ColumnSpec { name: "waveform".to_owned(), kind, units: None };
        let made = |range: std::ops::Range<u16>| {
            let mut rows = Rows::new(vec![vector.clone(), waveform.clone()]);
            for i in range {
                rows.push_list(0, bytemuck::cast_slice(&vec![i; i as usize % 3]));
                rows.push_waveform(1, 0.5 * f64::from(i), 16.0, bytemuck::cast_slice(&[i, i + 1]));
                rows.end_row();
            }
            rows
        };
        let mut joined = made(0..4);
        joined.extend_from(&made(4..9), 3);
        assert_eq!(joined.take(), made(0..7).take());
        let mut cleared = made(0..4);
        cleared.clear();
        cleared.extend_from(&made(0..2), 2);
        assert_eq!(cleared.take(), made(0..2).take());
    }
}
