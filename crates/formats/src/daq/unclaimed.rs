//! Records that nobody wanted or knew.

use std::collections::BTreeMap;

/// Kinds that are told apart; a hostile stream invents more.
const MOST: usize = 64;

/// Their numbers by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Unclaimed {
    kinds: BTreeMap<String, u64>,
}

impl Unclaimed {
    /// Counts one.
    pub(super) fn count(&mut self, kind: String) {
        if let Some(n) = self.kinds.get_mut(&kind) {
            *n += 1;
            return;
        }
        let kind = if self.kinds.len() < MOST { kind } else { "other".to_owned() };
        *self.kinds.entry(kind).or_default() += 1;
    }

    /// Kinds by name.
    pub(super) fn list(&self) -> Vec<(String, u64)> {
        self.kinds.iter().map(|(kind, n)| (kind.clone(), *n)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_and_bounded() {
        let mut unclaimed = Unclaimed::default();
        for i in 0..1000 {
            unclaimed.count(format!("unknown_{}", i % 500));
        }
        assert_eq!(unclaimed.list().len(), MOST + 1);
        assert_eq!(unclaimed.list().iter().map(|(_, n)| n).sum::<u64>(), 1000);
    }
}
