//! Random numbers that are a function of what they are drawn for, not of the order in which they are drawn.
//!
//! Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11).

use crate::maths;

/// The generator Philox4x32-10: a key and a counter of four words give four words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Philox4x32 {
    key: [u32; 2],
}

impl Philox4x32 {
    /// The generator of a key.
    pub fn new(key: [u32; 2]) -> Self {
        Self { key }
    }

    /// The generator whose key is the first eight bytes of a digest, as two little-endian words.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Self { key: [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])] }
    }

    /// The four words of a counter.
    pub fn words(&self, counter: [u32; 4]) -> [u32; 4] {
        let [mut k0, mut k1] = self.key;
        let [mut c0, mut c1, mut c2, mut c3] = counter;
        for _ in 0..10 {
            let first = u64::from(c0) * 0xD251_1F53;
            let second = u64::from(c2) * 0xCD9E_8D57;
            (c0, c1, c2, c3) = ((second >> 32) as u32 ^ c1 ^ k0, second as u32, (first >> 32) as u32 ^ c3 ^ k1, first as u32);
            k0 = k0.wrapping_add(0x9E37_79B9);
            k1 = k1.wrapping_add(0xBB67_AE85);
        }
        [c0, c1, c2, c3]
    }

    /// A number uniform in (0, 1], from the first two words of the counter.
    pub fn uniform(&self, counter: [u32; 4]) -> f64 {
        let [x0, x1, _, _] = self.words(counter);
        unit_interval(x0, x1)
    }

    /// A standard normal number (Box and Muller), from the four words of the counter.
    pub fn normal(&self, counter: [u32; 4]) -> f64 {
        let [x0, x1, x2, x3] = self.words(counter);
        let radius = (-2.0 * maths::ln(unit_interval(x0, x1))).sqrt();
        radius * maths::cos(2.0 * std::f64::consts::PI * unit_interval(x2, x3))
    }
}

/// ((high >> 5) 2^26 + (low >> 6) + 1/2) 2^-53.
fn unit_interval(high: u32, low: u32) -> f64 {
    (f64::from(high >> 5) * 67_108_864.0 + f64::from(low >> 6) + 0.5) * (0.5 * f64::EPSILON)
}
