//! A sink that keeps every table and object in memory.

use super::{Key, Rows, Sink, TableSpec};
use crate::Error;
use crate::lh5::Object;

/// Everything that a reader gives, table by table, in the order in which they were opened.
#[derive(Debug, Default)]
pub(super) struct Tables {
    tables: Vec<(TableSpec, Rows)>,
    objects: Vec<(&'static str, Option<Key>, Object)>,
}

impl Tables {
    /// The tables with their rows; nothing is left.
    pub(super) fn take(&mut self) -> Vec<(TableSpec, Object)> {
        self.tables.drain(..).map(|(spec, mut rows)| (spec, rows.take())).collect()
    }

    /// Headers and configurations.
    pub(super) fn objects(&self) -> &[(&'static str, Option<Key>, Object)] {
        &self.objects
    }

    /// Rows of all tables of a decoder.
    pub(super) fn rows_of(&self, decoder: &str) -> usize {
        self.tables.iter().filter(|(spec, _)| spec.decoder == decoder).map(|(_, rows)| rows.len()).sum()
    }
}

impl Sink for Tables {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        self.tables.push((table.clone(), Rows::new(table.columns.clone())));
        Some(self.tables.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        &mut self.tables[slot].1
    }

    fn object(&mut self, decoder: &'static str, key: Option<&Key>, object: Object) -> Result<(), Error> {
        self.objects.push((decoder, key.cloned(), object));
        Ok(())
    }
}
