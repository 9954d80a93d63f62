//! Cutflow counters: entries, sums of weights, and undetermined cuts, step by step.

use germane_numerics::ExactSum;
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
