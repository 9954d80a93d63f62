//! Ranges of a file that nothing uses.

use std::collections::{BTreeMap, BTreeSet};

/// Free ranges: neighbours are joined, the smallest that fits is taken.
#[derive(Debug, Default)]
pub(super) struct FreeSpace {
    /// Length of each range by its address.
    by_address: BTreeMap<u64, u64>,
    /// Length and address.
    by_length: BTreeSet<(u64, u64)>,
}

impl FreeSpace {
    /// Length of the longest range.
    pub(super) fn longest(&self) -> u64 {
        self.by_length.last().map_or(0, |&(len, _)| len)
    }

    fn remove(&mut self, address: u64, len: u64) {
        self.by_address.remove(&address);
        self.by_length.remove(&(len, address));
    }

    fn insert(&mut self, address: u64, len: u64) {
        self.by_address.insert(address, len);
        self.by_length.insert((len, address));
    }

    /// Takes `len` bytes.
    pub(super) fn take(&mut self, len: u64) -> Option<u64> {
        let &(there, address) = self.by_length.range((len, 0)..).next()?;
        self.remove(address, there);
        if there > len {
            self.insert(address + len, there - len);
        }
        Some(address)
    }

    /// Gives a range back.
    pub(super) fn give(&mut self, mut address: u64, mut len: u64) {
        if let Some((&before, &there)) = self.by_address.range(..address).next_back()
            && before + there == address
        {
            self.remove(before, there);
            (address, len) = (before, there + len);
        }
        if let Some(&there) = self.by_address.get(&(address + len)) {
            self.remove(address + len, there);
            len += there;
        }
        self.insert(address, len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined_and_the_smallest_fit_is_taken() {
        let mut space = FreeSpace::default();
        space.give(0, 8);
        space.give(100, 16);
        space.give(16, 8);
        space.give(8, 8);
        assert_eq!(space.longest(), 24);
        assert_eq!(space.take(16), Some(100));
        assert_eq!(space.take(16), Some(0));
        assert_eq!(space.take(16), None);
        assert_eq!(space.take(8), Some(16));
        assert_eq!(space.longest(), 0);
    }
}
