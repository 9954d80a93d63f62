//! Transforms of prime lengths by their definition.

use super::complex::Complex;
use super::roots::root;

/// Transform of an odd length by its definition; elements `j` and `p - j` are taken together, which halves the products.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    length: usize,
    /// `exp(-2 pi i k / p)`
    roots: Vec<(f64, f64)>,
}

impl Direct {
    pub(super) fn new(length: usize) -> Self {
        Self { length, roots: (0..length).map(|k| root(k, length)).collect() }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Elements of room.
    pub(super) fn room(&self) -> usize {
        self.length
    }

    #[inline(always)]
    pub(super) fn forward<const W: usize>(
        &self,
        x: impl Fn(usize) -> Complex<W>,
        out: &mut [Complex<W>],
        room: &mut [Complex<W>],
    ) {
        let (p, half) = (self.length, self.length / 2);
        let first = x(0);
        let (sums, differences) = room[..2 * half].split_at_mut(half);
        let mut all = first;
        for j in 1..=half {
            let (a, b) = (x(j), x(p - j));
            sums[j - 1] = a.plus(b);
            differences[j - 1] = a.minus(b);
            all = all.plus(sums[j - 1]);
        }
        out[0] = all;
        for k in 1..=half {
            let (mut even, mut odd, mut at) = (first, Complex::default(), 0);
            for j in 0..half {
                at += k;
                if at >= p {
                    at -= p;
                }
                let (cos, minus_sin) = self.roots[at];
                even = even.plus_scaled(sums[j], cos);
                odd = odd.plus_scaled(differences[j], minus_sin);
            }
            out[k] = even.plus_turned(odd);
            out[p - k] = even.minus_turned(odd);
        }
    }
}
