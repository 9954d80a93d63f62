//! Waveforms of a file as rows of a raw table in memory, for measurements.

use germane_columns::{Array, Data, Unit};
use germane_signals::Element;
use germane_signals::graph::{ColumnShape, Graph, Part, Period, Table, TableColumn, WaveformColumn};

/// Rows that are given to the evaluator one after the other.
pub(crate) const ROWS: usize = 256;

/// Little-endian `u16` samples, row after row.
pub(crate) struct RawRows {
    samples: usize,
    values: Vec<u16>,
    /// Waveforms in the file.
    pub(crate) found: usize,
}

impl RawRows {
    /// Reads a file; its waveforms are repeated until there are [`ROWS`].
    pub(crate) fn read(path: &str, samples: usize) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|problem| format!("{path}: {problem}"))?;
        let values: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        let found = values.len() / samples.max(1);
        if found == 0 {
            return Err(format!("{path} holds no waveform of {samples} samples"));
        }
        let values = (0..ROWS).flat_map(|row| values[row % found * samples..][..samples].iter().copied()).collect();
        Ok(Self { samples, values, found })
    }

    /// The columns that a graph reads, in its order.
    pub(crate) fn columns(&self, graph: &Graph) -> Result<Vec<Array>, String> {
        let column = |input: &germane_signals::graph::Input| match (input.part, input.column.as_str()) {
            (Part::Values, "waveform") => {
                let items = Box::new(Array::from(self.values.clone()));
                Ok(Array::new(Data::FixedList { size: self.samples, len: ROWS, items }))
            }
            (Part::T0, "waveform") | (Part::All, "timestamp") => Ok(Array::from(vec![0.0_f64; ROWS])),
            (Part::All, "baseline") => Ok(Array::from(vec![13_000_u16; ROWS])),
            (_, column) => Err(format!("no column {column}")),
        };
        graph.inputs.iter().map(column).collect()
    }
}

/// What is known of the table before it is read; the time of a sample in ns.
pub(crate) fn table(samples: usize, dt: f64) -> Result<Table, String> {
    let unit = Unit::parse("ns").map_err(|problem| problem.to_string())?;
    let waveform = WaveformColumn { period: Period { value: dt, unit }, t0_units: None };
    let scalar = |name: &str, element| TableColumn {
        name: name.to_owned(),
        element,
        shape: ColumnShape::Scalar,
        units: None,
        waveform: None,
    };
    let samples = TableColumn {
        shape: ColumnShape::Samples(samples),
        units: Some("ADC".to_owned()),
        waveform: Some(waveform),
        ..scalar("waveform", Element::U16)
    };
    Ok(Table { columns: vec![samples, scalar("baseline", Element::U16), scalar("timestamp", Element::F64)] })
}
