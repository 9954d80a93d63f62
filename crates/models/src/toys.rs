//! Random streams of toys: a function of seed, name, toy and draw, of nothing else.

use germane_numerics::random::Philox4x32;
use sha2::{Digest, Sha256};

/// The stream of a channel or parameter: Philox4x32-10, key = first 8 bytes of SHA-256 of `seed`, `toys` and the name.
pub(crate) struct Stream(Philox4x32);

impl Stream {
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let digest = Sha256::digest(format!("{seed}\ntoys\n{name}"));
        let mut key = [0; 8];
        key.copy_from_slice(&digest[..8]);
        Self(Philox4x32::from_bytes(key))
    }

    /// Uniform in (0, 1] for a bin or draw of toy `number`.
    pub(crate) fn uniform(&self, draw: usize, number: u64) -> f64 {
        self.0.uniform([draw as u32, number as u32, (number >> 32) as u32, 0])
    }
}
