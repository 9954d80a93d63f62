//! Analysis file → plan → partitions → engine → partials → products; cache, progress, provenance.
//!
//! The only room that knows about threads, the files of the cache, and time. It knows neither the terminal nor Python.
#![forbid(unsafe_code)]

pub mod analysis;
mod any_model;
mod assemble;
pub mod cache;
mod catalogue;
pub mod concat;
pub mod content_key;
mod convert_model;
mod converted;
mod cutflow;
mod densities;
pub mod dsp;
mod engine;
mod error;
mod figures;
mod fits;
mod histogram_files;
pub mod hit;
mod inputs;
mod inspection;
mod model;
mod open_model;
pub mod output;
pub mod partial;
pub mod partition;
mod pass;
pub mod pattern;
pub mod plan;
mod pool;
mod progress;
mod publish;
pub mod raw;
mod report;
pub mod rows;
mod run;
pub mod table;
mod templates;
mod texts;
mod tiers;
mod toys;

pub use any_model::AnyToys;
pub use convert_model::{Conversion, Converted, convert_model, convert_models};
pub use error::{Error, exit};
pub use histogram_files::HistogramFiles;
pub use inputs::{BadFiles, file_diagnostic};
pub use inspection::inspect_model;
pub use open_model::{
    AnyModel, ModelFormat, ModelOptions, OpenedModel, model_format, open_model, parameter_index, patched_workspace,
};
pub use plan::Plan;
pub use pool::Pool;
pub use progress::Progress;
pub use run::{Options, Outcome, load, run};
pub use templates::template_workspace;
pub use texts::{card_physics, read_text};
pub use toys::{Kept, fingerprint};
