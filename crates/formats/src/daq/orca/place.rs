//! Channels of cards in crates.

/// Crate, card, channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) rack: u64,
    pub(crate) card: u64,
    pub(crate) channel: u64,
}

impl Place {
    /// From the word that begins packets of Struck cards.
    #[inline]
    pub(crate) fn of(word: u32) -> Self {
        let bits = |shift: u32, mask: u32| u64::from(word >> shift & mask);
        Self { rack: bits(21, 0xF), card: bits(16, 0x1F), channel: bits(8, 0xFF) }
    }

    /// The number that tells tables apart.
    #[inline]
    pub(crate) fn key(self) -> u64 {
        self.rack << 9 | (self.card & 0x1F) << 4 | self.channel & 0xF
    }
}
