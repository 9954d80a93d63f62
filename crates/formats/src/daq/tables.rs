//! A sink that keeps every table in memory, for tests.

use super::{Key, Rows, Sink, TableSpec};
use crate::Error;
use crate::lh5::Object;

/// All rows that a reader gives, table by table, in the order in which they were opened.
#[derive(Debug, Default)]
pub(super) struct Tables {
    tables: Vec<(TableSpec, Rows)>,
}

impl Tables {
    /// The tables with their rows; nothing is left.
    pub(super) fn take(&mut self) -> Vec<(TableSpec, Object)> {
        self.tables.drain(..).map(|(spec, mut rows)| (spec, rows.take())).collect()
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

    fn object(&mut self, _: &'static str, _: Option<&Key>, _: Object) -> Result<(), Error> {
        Ok(())
    }
}
