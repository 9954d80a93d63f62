//! Tables of one decoder: the sink is asked once for each key.

use super::{ColumnSpec, Key, Sink, TableSpec};
use std::collections::HashMap;

/// One table at the sink, which is asked when its first row comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Slot {
    #[default]
    Unasked,
    Unwanted,
    Open(usize),
}

impl Slot {
    /// The slot; `None` if nobody wants the table.
    #[inline]
    pub(super) fn of(&mut self, sink: &mut dyn Sink, spec: impl FnOnce() -> TableSpec) -> Option<usize> {
        if let Self::Unasked = self {
            *self = sink.open(&spec()).map_or(Self::Unwanted, Self::Open);
        }
        match *self {
            Self::Open(slot) => Some(slot),
            _ => None,
        }
    }
}

/// Where the rows of each key go.
#[derive(Debug)]
pub(super) struct Slots {
    decoder: &'static str,
    by_key: HashMap<u64, Option<usize>>,
    last: Option<(u64, Option<usize>)>,
}

impl Slots {
    pub(super) fn new(decoder: &'static str) -> Self {
        Self { decoder, by_key: HashMap::new(), last: None }
    }

    /// The slot of a key; `None` if nobody wants it.
    #[inline]
    pub(super) fn of(&mut self, key: u64, sink: &mut dyn Sink, columns: impl FnOnce() -> Vec<ColumnSpec>) -> Option<usize> {
        if let Some((last, slot)) = self.last
            && last == key
        {
            return slot;
        }
        let decoder = self.decoder;
        let open = || sink.open(&TableSpec { decoder, key: Some(Key::Number(key)), columns: columns() });
        let slot = *self.by_key.entry(key).or_insert_with(open);
        self.last = Some((key, slot));
        slot
    }
}
