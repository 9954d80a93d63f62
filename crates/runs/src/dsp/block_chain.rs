//! A chain over blocks of a table that is being made: what `dsp_config` of an output specification asks for.

use super::chains::Merged;
use super::job::{Block, Job};
use super::planning;
use super::run::Options;
use crate::error::Error;
use germane_formats::lh5::Object;
use germane_numerics::Inline;
use germane_signals::evaluate::Evaluator;
use indexmap::IndexMap;

/// A typed chain with its memory.
#[derive(Debug)]
pub(crate) struct BlockChain {
    job: Job,
    evaluator: Evaluator,
}

impl BlockChain {
    /// Types a chain against the columns of a first block of the table `name`.
    ///
    /// # Errors
    /// All mistakes of the chain (6).
    pub(crate) fn new(merged: &Merged, name: &str, first: &Object) -> Result<Self, Error> {
        let job = planning::memory_job(name, first, merged, &Options::default(), &Inline)?;
        let evaluator = job.evaluator()?;
        Ok(Self { job, evaluator })
    }

    /// The columns that the chain makes of a block, the first row of which has the number `first_row`.
    ///
    /// # Errors
    /// A value that a processor cannot take; waveforms of another `dt` than those before (4).
    pub(crate) fn run(&mut self, block: &Object, first_row: u64) -> Result<IndexMap<String, Object>, Error> {
        self.job.check_block_sampling(block, first_row)?;
        let rows = block.rows().unwrap_or(0) as u64;
        let ranges = std::iter::once(first_row..first_row + rows).collect();
        let made = self.job.process(&mut self.evaluator, Block { object: block.clone(), ranges })?;
        Ok(made.columns.into_iter().collect())
    }
}
