//! Builders for what cannot be made from one vector.

use crate::{Array, Data};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};

/// Collects texts or raw bytes.
#[derive(Debug)]
pub struct TextBuilder {
    offsets: Vec<i64>,
    bytes: Vec<u8>,
}

impl Default for TextBuilder {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

impl TextBuilder {
    /// Appends one value.
    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.offsets.push(self.bytes.len() as i64);
    }

    /// Text if every value is UTF-8, raw bytes otherwise.
    pub fn finish(self) -> Array {
        let utf8 = self.offsets.windows(2).all(|w| std::str::from_utf8(&self.bytes[w[0] as usize..w[1] as usize]).is_ok());
        let (offsets, bytes) = (OffsetBuffer::new(ScalarBuffer::from(self.offsets)), Buffer::from_vec(self.bytes));
        Array::new(if utf8 { Data::Text { offsets, bytes } } else { Data::Binary { offsets, bytes } })
    }

    /// Text; the caller pushed `str` only.
    pub(crate) fn finish_text(self) -> Array {
        Array::new(Data::Text {
            offsets: OffsetBuffer::new(ScalarBuffer::from(self.offsets)),
            bytes: Buffer::from_vec(self.bytes),
        })
    }
}
