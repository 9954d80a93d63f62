//! Raw tables of waveforms through processing chains to `dsp` tables.
//!
//! Tables are found and described from headers, every chain is typed against every table, and all mistakes are told; then blocks
//! of rows are read, processed at the same time, and written in order. What is written does not depend on blocks and threads.

mod block_chain;
mod chains;
mod database;
mod description;
mod documents;
mod fields;
mod grid;
mod job;
mod outputs;
mod planning;
mod run;
mod sampling;
mod tables;
mod trace;
mod written;

pub(crate) use block_chain::BlockChain;
pub use chains::{Chains, Merged};
pub use database::Database;
pub use grid::{GridOutcome, run_grid};
pub use outputs::WriteMode;
pub use run::{Input, Listing, Options, Outcome, build, listings};
pub use trace::{Number, Trace, trace};
