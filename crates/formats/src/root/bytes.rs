//! Growing bytes that become an aligned buffer without a copy.

use germane_codecs::root::Room;
use germane_columns::buffer::Buffer;

/// Bytes, aligned to 8.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bytes {
    words: Vec<u64>,
    len: usize,
}

impl Bytes {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }

    fn as_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.len]
    }

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { words: Vec::with_capacity(bytes.div_ceil(8)), len: 0 }
    }

    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        if !self.len.is_multiple_of(8) || bytes.len() < 64 {
            self.room(bytes.len()).copy_from_slice(bytes);
            return;
        }
        let (whole, rest) = bytes.as_chunks::<8>();
        self.words.extend(whole.iter().map(|word| u64::from_ne_bytes(*word)));
        self.len += whole.len() * 8;
        self.room(rest.len()).copy_from_slice(rest);
    }

    /// Keeps of what lies behind `start` only the bytes `from..to`, counted from `start`.
    pub(crate) fn keep(&mut self, start: usize, from: usize, to: usize) {
        if from > 0 {
            self.as_mut().copy_within(start + from..start + to, start);
        }
        self.truncate(start + to - from);
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.words.truncate(self.len.div_ceil(8));
    }

    /// Reverses the bytes of each item of `size` bytes from `start` on, which is a multiple of `size`.
    pub(crate) fn swap(&mut self, start: usize, size: usize) {
        let end = self.len;
        match size {
            2 => reverse(&mut bytemuck::cast_slice_mut::<u64, u16>(&mut self.words)[start / 2..end / 2], u16::swap_bytes),
            4 => reverse(&mut bytemuck::cast_slice_mut::<u64, u32>(&mut self.words)[start / 4..end / 4], u32::swap_bytes),
            8 => reverse(&mut self.words[start / 8..end / 8], u64::swap_bytes),
            _ => {}
        }
    }

    pub(crate) fn into_buffer(self) -> Buffer {
        let len = self.len;
        Buffer::from_vec(self.words).slice_with_length(0, len)
    }
}

fn reverse<T: Copy>(items: &mut [T], swap: impl Fn(T) -> T) {
    for item in items {
        *item = swap(*item);
    }
}

impl Room for Bytes {
    fn room(&mut self, n: usize) -> &mut [u8] {
        let start = self.len;
        self.len += n;
        self.words.resize(self.len.div_ceil(8), 0);
        &mut bytemuck::cast_slice_mut(&mut self.words)[start..start + n]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_keeps_and_swaps() {
        let mut bytes = Bytes::default();
        bytes.extend(&[0, 0, 0, 1]);
        bytes.extend(&[9, 9, 0, 0, 0, 2, 9]);
        bytes.keep(4, 2, 6);
        bytes.swap(0, 4);
        assert_eq!(bytes.as_slice(), [1_u32, 2].map(u32::to_ne_bytes).concat());
        assert_eq!(bytes.into_buffer().len(), 8);
    }
}
