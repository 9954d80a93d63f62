//! Arrays handed in: their lists level by level, and their values widened into columns.

use super::axes::Axis;
use super::column::Column;
use super::program::EvaluateError;
use crate::graph::{Input, Storage};
use germane_columns::{Array, Data, Numbers};
use std::collections::HashMap;
use std::ops::Range;

/// Lists of one level.
#[derive(Clone, Copy, Debug)]
enum Level<'a> {
    Offsets(&'a [i64]),
    Fixed { size: usize, len: usize },
}

impl Level<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Offsets(offsets) => offsets.len() - 1,
            Self::Fixed { len, .. } => *len,
        }
    }

    fn start(&self, list: usize) -> usize {
        match self {
            Self::Offsets(offsets) => offsets[list] as usize,
            Self::Fixed { size, .. } => size * list,
        }
    }
}

/// One array as the program reads it.
#[derive(Debug)]
pub(crate) struct View<'a> {
    levels: Vec<Level<'a>>,
    leaf: &'a Array,
}

/// Codes of texts: constants of the program first, then texts as they come.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    codes: HashMap<Vec<u8>, u32>,
    known: Vec<Vec<u8>>,
    constants: usize,
}

impl Texts {
    pub(crate) fn new(constants: &[std::sync::Arc<str>]) -> Self {
        let mut texts = Self::default();
        for constant in constants {
            texts.code(constant.as_bytes());
        }
        texts.constants = texts.known.len();
        texts
    }

    fn code(&mut self, text: &[u8]) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = self.known.len() as u32;
        self.codes.insert(text.to_vec(), code);
        self.known.push(text.to_vec());
        code
    }

    pub(crate) fn text(&self, code: u32) -> &[u8] {
        self.known.get(code as usize).map_or(&[], Vec::as_slice)
    }

    /// Forgets what is no constant, so that memory does not grow with the data.
    pub(crate) fn reset(&mut self) {
        for text in self.known.drain(self.constants..) {
            self.codes.remove(&text);
        }
    }
}

impl<'a> View<'a> {
    /// Checks an array: depth, kind, lengths.
    pub(crate) fn new(
        input: &Input,
        array: &'a Array,
        depth: usize,
        storage: Storage,
        entries: usize,
    ) -> Result<Self, EvaluateError> {
        let wrong = |expected: &str| EvaluateError::WrongInput { input: input.clone(), expected: expected.to_owned() };
        if array.len() != entries {
            return Err(wrong(&format!("{entries} entries, there are {}", array.len())));
        }
        let (mut levels, mut leaf) = (Vec::new(), array);
        for _ in 0..depth {
            let (level, items) = match &leaf.data {
                Data::List { offsets, items } => (Level::Offsets(offsets), items),
                Data::FixedList { size, len, items } => (Level::Fixed { size: *size, len: *len }, items),
                _ => return Err(wrong(&format!("{depth} levels of lists"))),
            };
            if level.start(level.len()) > items.len() {
                return Err(wrong("offsets inside of the items"));
            }
            levels.push(level);
            leaf = items;
        }
        let fits = match (&leaf.data, storage) {
            (Data::Bool(_), Storage::Bool) | (Data::Text { .. } | Data::Binary { .. }, Storage::Text) => true,
            (Data::Number(numbers), Storage::Int) => !numbers.number_type().is_float(),
            (Data::Number(_), Storage::Float) => true,
            _ => false,
        };
        if fits { Ok(Self { levels, leaf }) } else { Err(wrong(&format!("{storage:?} values").to_lowercase())) }
    }

    /// Whether the outermost lists are as long as those of another array.
    pub(crate) fn same_lists(&self, other: &Self) -> bool {
        match (self.levels.first(), other.levels.first()) {
            (Some(Level::Offsets(a)), Some(Level::Offsets(b))) => {
                a == b || a.windows(2).zip(b.windows(2)).all(|(a, b)| a[1] - a[0] == b[1] - b[0])
            }
            (Some(a), Some(b)) => (0..a.len()).all(|k| a.start(k + 1) - a.start(k) == b.start(k + 1) - b.start(k)),
            _ => true,
        }
    }

    /// Elements of the level that belong to events `events`.
    fn range(&self, events: &Range<usize>, depth: usize) -> Range<usize> {
        self.levels[..depth]
            .iter()
            .fold(events.clone(), |range, level| level.start(range.start)..level.start(range.end).max(level.start(range.start)))
    }

    /// Lists of one level for some events.
    pub(crate) fn lists(&self, events: &Range<usize>, depth: usize, out: &mut Axis) -> Result<(), EvaluateError> {
        let lists = self.range(events, depth);
        let level = self.levels[depth];
        let start = level.start(lists.start);
        let end = level.start(lists.end);
        if end.saturating_sub(start) > 1 << 26 {
            return Err(EvaluateError::TooManyItems);
        }
        out.offsets.clear();
        out.offsets.push(0);
        let mut last = start;
        for list in lists {
            last = level.start(list + 1).max(last);
            out.offsets.push((last - start) as u32);
        }
        out.len = last - start;
        Ok(())
    }

    /// Values for some events.
    pub(crate) fn values(&self, events: &Range<usize>, storage: Storage, texts: &mut Texts, out: &mut Column) {
        let range = self.range(events, self.levels.len());
        out.clear();
        match (&self.leaf.data, storage) {
            (Data::Bool(bits), _) => out.bools.extend(range.clone().map(|i| bits.value(i))),
            (Data::Number(numbers), Storage::Float) => widen(numbers, range.clone(), &mut out.floats),
            (Data::Number(numbers), _) => whole(numbers, range.clone(), out),
            (Data::Text { offsets, bytes } | Data::Binary { offsets, bytes }, _) => {
                for i in range.clone() {
                    let text = bytes.get(offsets[i] as usize..offsets[i + 1] as usize).unwrap_or(&[]);
                    out.codes.push(texts.code(text));
                }
            }
            _ => {}
        }
        if let Some(mask) = &self.leaf.validity {
            for (k, i) in range.clone().enumerate() {
                if !mask.is_valid(i) {
                    out.lose(k, range.len());
                }
            }
        }
    }
}

fn widen(numbers: &Numbers, range: Range<usize>, to: &mut Vec<f64>) {
    macro_rules! widen {
        ($($kind:ident),*) => {
            match numbers { $(Numbers::$kind(values) => to.extend(values[range].iter().map(|&x| x as f64))),* }
        };
    }
    widen!(I8, I16, I32, I64, U8, U16, U32, U64, F32, F64);
}

/// Integers as i64; unsigned ones above 2^63 - 1 are missing.
fn whole(numbers: &Numbers, range: Range<usize>, out: &mut Column) {
    macro_rules! whole {
        ($($kind:ident),*) => {
            match numbers {
                $(Numbers::$kind(values) => out.ints.extend(values[range].iter().map(|&x| x as i64)),)*
                Numbers::U64(values) => {
                    for (k, value) in values[range.clone()].iter().enumerate() {
                        out.ints.push(i64::try_from(*value).unwrap_or(0));
                        if i64::try_from(*value).is_err() {
                            out.lose(k, range.len());
                        }
                    }
                }
                Numbers::F32(_) | Numbers::F64(_) => {}
            }
        };
    }
    whole!(I8, I16, I32, I64, U8, U16, U32);
}
