//! Buffers of one node in one block, and what an operation sees of its arguments.

use crate::graph::{Constant, Storage};

/// A position that is none.
pub(crate) const NONE: u32 = u32::MAX;

/// Values of one node. Only the buffer of its storage is in use.
#[derive(Debug, Default)]
pub(crate) struct Column {
    pub(crate) floats: Vec<f64>,
    pub(crate) ints: Vec<i64>,
    pub(crate) bools: Vec<bool>,
    /// codes of texts, or positions
    pub(crate) codes: Vec<u32>,
    /// which values are there; in use only if `nulls`
    pub(crate) valid: Vec<bool>,
    /// of positions: whether one can be none
    pub(crate) nulls: bool,
}

impl Column {
    pub(crate) fn clear(&mut self) {
        self.floats.clear();
        self.ints.clear();
        self.bools.clear();
        self.codes.clear();
        self.valid.clear();
        self.nulls = false;
    }

    pub(crate) fn validity(&self) -> Option<&[bool]> {
        self.nulls.then_some(&self.valid)
    }
}

/// Values of one argument: a column, or one value for all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span<'a, T> {
    Slice(&'a [T]),
    One(T),
    /// values at positions, none of which is none
    Gathered(&'a [T], &'a [u32]),
}

impl<T: Copy> Span<'_, T> {
    pub(crate) fn at(&self, i: usize) -> T {
        match self {
            Self::Slice(values) => values[i],
            Self::One(value) => *value,
            Self::Gathered(values, index) => values[index[i] as usize],
        }
    }
}

/// One argument of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operand<'a> {
    Column(&'a Column),
    Constant(&'a Constant),
    /// code of a constant text
    Code(u32),
    /// floats of a column without missing values at positions
    Gathered(&'a Column, &'a [u32]),
}

impl<'a> Operand<'a> {
    pub(crate) fn floats(self) -> Span<'a, f64> {
        match self {
            Self::Column(column) => Span::Slice(&column.floats),
            Self::Constant(Constant::Float(bits)) => Span::One(f64::from_bits(*bits)),
            Self::Constant(Constant::Int(value)) => Span::One(*value as f64),
            Self::Gathered(column, index) => Span::Gathered(&column.floats, index),
            _ => Span::One(0.0),
        }
    }

    pub(crate) fn ints(self) -> Span<'a, i64> {
        match self {
            Self::Column(column) => Span::Slice(&column.ints),
            Self::Constant(Constant::Int(value)) => Span::One(*value),
            _ => Span::One(0),
        }
    }

    pub(crate) fn bools(self) -> Span<'a, bool> {
        match self {
            Self::Column(column) => Span::Slice(&column.bools),
            Self::Constant(Constant::Bool(value)) => Span::One(*value),
            _ => Span::One(false),
        }
    }

    pub(crate) fn codes(self) -> Span<'a, u32> {
        match self {
            Self::Column(column) => Span::Slice(&column.codes),
            Self::Code(code) => Span::One(code),
            _ => Span::One(NONE),
        }
    }

    /// Which values are there: `None` means all.
    pub(crate) fn validity(self) -> Option<Span<'a, bool>> {
        match self {
            Self::Column(column) => column.validity().map(Span::Slice),
            Self::Constant(Constant::Null) => Some(Span::One(false)),
            _ => None,
        }
    }

    /// Length of the buffer of a storage.
    pub(crate) fn len(self, storage: Storage) -> usize {
        match self {
            Self::Column(column) => match storage {
                Storage::Float => column.floats.len(),
                Storage::Int => column.ints.len(),
                Storage::Bool => column.bools.len(),
                _ => column.codes.len(),
            },
            _ => 1,
        }
    }
}
