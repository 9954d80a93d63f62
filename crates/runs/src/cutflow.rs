//! Cutflow counters: entries, sums of weights, and undetermined cuts, step by step.

use germane_numerics::{ExactBatch, ExactSum, ExactSums, WeightSums};
use serde_json::{Value, json};

/// Counters of one selection: step 0 is all entries, step k what is left after cut k.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cutflow {
    /// one a step
    pub steps: Vec<Step>,
}

/// Counters of one step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// entries that are left
    pub entries: u64,
    /// sum of their weights
    pub sumw: ExactSum,
    /// sum of the squares of their weights
    pub sumw2: ExactSum,
    /// entries for which the cut of this step is null
    pub nulls: u64,
}

impl Step {
    /// Adds entries of weight 1: their sums are the count.
    pub(crate) fn count(&mut self, entries: usize) {
        self.entries += entries as u64;
        self.sumw.add_count(entries as u64);
        self.sumw2.add_count(entries as u64);
    }
}

/// Weighted entries by the number of cuts in a row that they pass: a step of the cutflow is the sum of all further ones.
pub(crate) struct Reached {
    entries: Vec<u64>,
    sums: ExactSums,
    squares: ExactSums,
    batch: ExactBatch,
}

impl Reached {
    /// For so many cuts.
    pub(crate) fn new(cuts: usize) -> Self {
        let steps = cuts + 1;
        let (sums, squares) = (ExactSums::new(steps), ExactSums::new(steps));
        Self { entries: vec![0; steps], sums, squares, batch: ExactBatch::default() }
    }

    /// Adds entries: how many cuts each passes, and its weight.
    pub(crate) fn add(&mut self, passed: &[usize], weights: &[f64]) {
        let Self { entries, sums, squares, batch } = self;
        batch.add(&mut WeightSums { entries, sums, squares: Some(squares) }, passed, weights);
    }

    /// Adds everything to the steps of a cutflow.
    pub(crate) fn finish(mut self, cutflow: &mut Cutflow) {
        let Self { entries, sums, squares, batch } = &mut self;
        batch.flush(&mut WeightSums { entries, sums, squares: Some(squares) });
        let (mut left, mut sumw, mut sumw2) = (0, ExactSum::new(), ExactSum::new());
        for (index, step) in cutflow.steps.iter_mut().enumerate().rev() {
            left += entries[index];
            sumw.merge(&sums.get(index));
            sumw2.merge(&squares.get(index));
            step.entries += left;
            step.sumw.merge(&sumw);
            step.sumw2.merge(&sumw2);
        }
    }
}

impl Cutflow {
    /// Counters for so many cuts.
    pub(crate) fn new(cuts: usize) -> Self {
        Self { steps: vec![Step::default(); cuts + 1] }
    }

    /// Adds the counts of another part of the data; exact, so that the order does not matter.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (own, theirs) in self.steps.iter_mut().zip(&other.steps) {
            own.entries += theirs.entries;
            own.nulls += theirs.nulls;
            own.sumw.merge(&theirs.sumw);
            own.sumw2.merge(&theirs.sumw2);
        }
    }

    /// Bytes of the counters.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for step in &self.steps {
            out.extend_from_slice(&step.entries.to_le_bytes());
            out.extend_from_slice(&step.nulls.to_le_bytes());
            step.sumw.pack(&mut out);
            step.sumw2.pack(&mut out);
        }
        out
    }

    /// Reads the counters of so many cuts.
    pub(crate) fn unpack(mut bytes: &[u8], cuts: usize) -> Option<Self> {
        let mut steps = Vec::new();
        for _ in 0..=cuts {
            let (head, tail) = bytes.split_at_checked(16)?;
            let (entries, nulls) =
                (u64::from_le_bytes(head[..8].try_into().ok()?), u64::from_le_bytes(head[8..].try_into().ok()?));
            bytes = tail;
            let sumw = ExactSum::unpack(&mut bytes).ok()?;
            let sumw2 = ExactSum::unpack(&mut bytes).ok()?;
            steps.push(Step { entries, sumw, sumw2, nulls });
        }
        bytes.is_empty().then_some(Self { steps })
    }

    /// The steps as `result.json` shows them; `cuts` are their texts.
    pub(crate) fn document(&self, cuts: &[String]) -> Value {
        let name = |i: usize| if i == 0 { "all" } else { cuts[i - 1].as_str() };
        (self.steps.iter().enumerate())
            .map(|(i, s)| {
                json!({"cut": name(i), "entries": s.entries, "sumw": s.sumw.value(), "sumw2": s.sumw2.value(), "nulls": s.nulls})
            })
            .collect()
    }
}
