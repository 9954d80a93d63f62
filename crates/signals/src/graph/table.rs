//! What is known of a table before it is read.

use crate::element::Element;
use crate::graph::Period;

/// A table of events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<TableColumn>,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    /// Name.
    pub name: String,
    /// Type of the elements.
    pub element: Element,
    /// Elements of each event.
    pub shape: ColumnShape,
    /// `units`.
    pub units: Option<String>,
    /// Where it is a `table{dt,t0,values}`.
    pub waveform: Option<WaveformColumn>,
}

/// Elements of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnShape {
    /// one
    Scalar,
    /// always as many
    Samples(usize),
    /// as many as the longest vector of the table at most
    Ragged(usize),
    /// something that can be copied only: texts, structures, vectors of vectors
    Other,
}

/// Sampling of a waveform column.
#[derive(Clone, Debug, PartialEq)]
pub struct WaveformColumn {
    /// `dt`, equal for all rows
    pub period: Period,
    /// `units` of `t0`; `None` where it has none (then that of `dt`)
    pub t0_units: Option<String>,
}

impl Table {
    /// Column `name`.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}
