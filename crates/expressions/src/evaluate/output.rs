//! Results of block after block, collected into arrays.

use super::axes::Axis;
use super::column::{Operand, Span};
use super::input::Texts;
use super::lower::{Arg, Output};
use crate::graph::Storage;
use germane_columns::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use germane_columns::{Array, Data, TextBuilder};

/// What has been collected for one output.
#[derive(Debug)]
pub(crate) enum Collected {
    Values { floats: Vec<f64>, ints: Vec<i64>, bools: Vec<bool>, texts: TextBuilder, valid: Vec<bool>, nulls: bool, len: usize },
    Record(Vec<Collected>),
}

impl Collected {
    pub(crate) fn new(output: &Output) -> Self {
        match output {
            Output::Values { .. } => Self::Values {
                floats: Vec::new(),
                ints: Vec::new(),
                bools: Vec::new(),
                texts: TextBuilder::default(),
                valid: Vec::new(),
                nulls: false,
                len: 0,
            },
            Output::Record { members } => Self::Record(members.iter().map(|(_, member)| Self::new(member)).collect()),
        }
    }

    /// Appends `n` values of a block.
    pub(crate) fn append<'a>(&mut self, output: &'a Output, operand: &impl Fn(&'a Arg) -> Operand<'a>, n: usize, codes: &Texts) {
        match (self, output) {
            (Self::Record(parts), Output::Record { members }) => {
                for (part, (_, member)) in parts.iter_mut().zip(members) {
                    part.append(member, operand, n, codes);
                }
            }
            (Self::Values { floats, ints, bools, texts, valid, nulls, len }, Output::Values { arg, storage }) => {
                let operand = operand(arg);
                match storage {
                    Storage::Float => extend(floats, operand.floats(), n),
                    Storage::Int => extend(ints, operand.ints(), n),
                    Storage::Bool => extend(bools, operand.bools(), n),
                    _ => {
                        let there = operand.validity().unwrap_or(Span::One(true));
                        let span = operand.codes();
                        for i in 0..n {
                            texts.push(if there.at(i) { codes.text(span.at(i)) } else { &[] });
                        }
                    }
                }
                if let Some(there) = operand.validity() {
                    // what is missing has no value: the same bytes however it came about
                    for i in (0..n).filter(|i| !there.at(*i)) {
                        let at = *len + i;
                        match storage {
                            Storage::Float => floats[at] = 0.0,
                            Storage::Int => ints[at] = 0,
                            Storage::Bool => bools[at] = false,
                            _ => {}
                        }
                    }
                    if !*nulls {
                        *nulls = true;
                        valid.resize(*len, true);
                    }
                    extend(valid, there, n);
                } else if *nulls {
                    valid.resize(*len + n, true);
                }
                *len += n;
            }
            _ => {}
        }
    }

    /// The array of everything collected.
    pub(crate) fn finish(self, output: &Output) -> Array {
        match (self, output) {
            (Self::Record(parts), Output::Record { members }) => {
                let fields: Vec<(String, Array)> =
                    parts.into_iter().zip(members).map(|(part, (name, member))| (name.clone(), part.finish(member))).collect();
                let len = fields.first().map_or(0, |(_, array)| array.len());
                let validity = fields.first().and_then(|(_, array)| array.validity.clone());
                Array::new(Data::Struct { fields, len }).with_validity(validity)
            }
            (Self::Values { floats, ints, bools, texts, valid, nulls, .. }, Output::Values { storage, .. }) => {
                let array = match storage {
                    Storage::Float => Array::from(floats),
                    Storage::Int => Array::from(ints),
                    Storage::Bool => Array::new(Data::Bool(packed(&bools))),
                    _ => texts.finish(),
                };
                array.with_validity(nulls.then(|| NullBuffer::new(packed(&valid))))
            }
            _ => Array::from(Vec::<f64>::new()),
        }
    }
}

/// One bit a condition, eight at a time.
fn packed(bools: &[bool]) -> BooleanBuffer {
    let byte = |eight: &[bool]| {
        // the product brings the lowest bit of byte k to bit 56 + k
        let bytes = eight.iter().rev().fold(0_u64, |bytes, yes| bytes << 8 | u64::from(*yes));
        (bytes.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
    };
    let bytes: Vec<u8> = bools.chunks(8).map(byte).collect();
    BooleanBuffer::new(Buffer::from_vec(bytes), 0, bools.len())
}

fn extend<T: Copy>(to: &mut Vec<T>, values: Span<'_, T>, n: usize) {
    match values {
        Span::Slice(values) => to.extend_from_slice(&values[..n]),
        Span::One(value) => to.resize(to.len() + n, value),
        values @ Span::Gathered(..) => to.extend((0..n).map(|i| values.at(i))),
    }
}

/// Offsets of the lists of one output, level by level.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(crate) offsets: Vec<Vec<i64>>,
}

impl Lists {
    pub(crate) fn new(levels: usize) -> Self {
        Self { offsets: vec![vec![0]; levels] }
    }

    pub(crate) fn append(&mut self, level: usize, axis: &Axis) {
        let offsets = &mut self.offsets[level];
        let start = offsets.last().copied().unwrap_or(0);
        offsets.extend(axis.offsets[1..].iter().map(|offset| start + i64::from(*offset)));
    }

    /// Items in their lists.
    pub(crate) fn wrap(self, items: Array) -> Array {
        self.offsets.into_iter().rev().fold(items, |items, offsets| {
            let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
            Array::new(Data::List { offsets, items: Box::new(items) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_in_order() {
        for length in 0..40 {
            let bools: Vec<bool> = (0..length).map(|k| k * k % 7 < 3).collect();
            assert_eq!(packed(&bools), BooleanBuffer::from(bools));
        }
    }
}
