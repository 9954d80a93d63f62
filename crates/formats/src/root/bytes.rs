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

    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
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

    /// Reverses the bytes of each item of `size` bytes.
    pub(crate) fn swap(&mut self, size: usize) {
        let whole = self.len;
        match size {
            2 => bytemuck::cast_slice_mut::<u64, u16>(&mut self.words)[..whole / 2].iter_mut().for_each(|x| *x = x.swap_bytes()),
            4 => bytemuck::cast_slice_mut::<u64, u32>(&mut self.words)[..whole / 4].iter_mut().for_each(|x| *x = x.swap_bytes()),
            8 => self.words[..whole / 8].iter_mut().for_each(|x| *x = x.swap_bytes()),
            _ => {}
        }
    }

    pub(crate) fn into_buffer(self) -> Buffer {
        let len = self.len;
        Buffer::from_vec(self.words).slice_with_length(0, len)
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
        bytes.swap(4);
        assert_eq!(bytes.as_slice(), [1_u32, 2].map(u32::to_ne_bytes).concat());
        assert_eq!(bytes.into_buffer().len(), 8);
    }
}
