//! What a packet holds behind its head, word by word.

/// Why a packet gives no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Its parts contradict each other: its length cannot be trusted.
    Damaged(String),
    /// A whole packet that does not fit its table.
    Dropped(String),
}

/// Words of a packet behind its head. Their numbers count from the head's last word on, as the pictures do: the first is 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a>(pub(crate) &'a [u8]);

impl<'a> Words<'a> {
    /// Number of the last word, which is how many there are.
    #[inline]
    pub(crate) fn last(self) -> usize {
        self.0.len() / 4
    }

    /// Word `i`.
    #[inline]
    pub(crate) fn at(self, i: usize) -> Option<u32> {
        Some(u32::from_le_bytes(*self.0.get(4 * i.checked_sub(1)?..)?.first_chunk()?))
    }

    /// `N` words from `i` on.
    #[inline]
    pub(crate) fn some<const N: usize>(self, i: usize) -> Option<[u32; N]> {
        let bytes = self.0.get(4 * i.checked_sub(1)?..)?.get(..4 * N)?;
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Some(words)
    }

    /// The first `N` words.
    pub(crate) fn first<const N: usize>(self) -> Result<[u32; N], Fault> {
        self.some(1).ok_or_else(|| Fault::Damaged(format!("a packet of {} words where {} are due", self.last() + 1, N + 1)))
    }

    /// Bytes of `words` words from word `i` on.
    #[inline]
    pub(crate) fn bytes(self, i: usize, words: usize) -> Option<&'a [u8]> {
        self.0.get(4 * i.checked_sub(1)?..)?.get(..4 * words)
    }
}
