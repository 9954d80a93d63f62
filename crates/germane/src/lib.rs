//! germane: from detector or collision data to a fitted, plotted, preserved result.
//!
//! This crate is the facade: it re-exports the rooms and holds the command line. It has no logic of its own.
#![forbid(unsafe_code)]

pub use germane_columns as columns;
pub use germane_expressions as expressions;
pub use germane_formats as formats;
pub use germane_histograms as histograms;
pub use germane_inference as inference;
pub use germane_models as models;
pub use germane_numerics as numerics;
pub use germane_reports as reports;
pub use germane_runs as runs;
pub use germane_signals as signals;
pub use germane_texts as texts;

pub mod command;
