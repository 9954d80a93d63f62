//! Little-endian writing of metadata blocks, the counterpart of the cursor of the reader.

use crate::hdf5::{checksum::lookup3, storage::Widths};

/// A block of metadata that grows.
#[derive(Clone, Debug)]
pub(super) struct Bytes {
    pub(super) out: Vec<u8>,
    pub(super) widths: Widths,
}

impl Bytes {
    pub(super) fn new(widths: Widths) -> Self {
        Self { out: Vec::new(), widths }
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.out.extend(value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.out.extend(value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.out.extend(value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    /// The lowest `width` bytes of a number; all bits set stay so.
    pub(super) fn uint(&mut self, value: u64, width: usize) {
        self.out.extend_from_slice(&value.to_le_bytes()[..width]);
    }

    /// An address; `None` is the undefined one.
    pub(super) fn address(&mut self, address: Option<u64>) {
        self.uint(address.unwrap_or(u64::MAX), usize::from(self.widths.offset));
    }

    /// A length or number of elements.
    pub(super) fn length(&mut self, length: u64) {
        self.uint(length, usize::from(self.widths.length));
    }

    /// Zeros up to a length that is a multiple of `unit`.
    pub(super) fn pad(&mut self, unit: usize) {
        self.out.resize(self.out.len().next_multiple_of(unit), 0);
    }

    /// The checksum of everything before.
    pub(super) fn checksum(&mut self) {
        self.u32(lookup3(&self.out));
    }
}

/// Bytes that hold numbers up to `most`, as HDF5 counts them.
pub(super) fn width_of(most: u64) -> usize {
    most.max(1).ilog2() as usize / 8 + 1
}
