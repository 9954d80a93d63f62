//! Products of matrices in tiles that stay in registers.
//!
//! Every entry is one sum over k in order, so the bits do not depend on the width of the registers or on the tiles.

use crate::simd;

/// Rows and columns of a tile.
const TILE: [usize; 2] = [4, 8];

/// A matrix inside a slice: entry (i, j) is `data[i * stride + j]`.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Entries.
    pub data: &'a [f64],
    /// Distance of rows.
    pub stride: usize,
}

/// Adds `factor` times Rᵀ R to the lower triangle of the `size` × `size` matrix `c` with rows `stride` apart; R has `count` rows of
/// at least `size` entries. Entries above the diagonal are undefined afterwards.
pub fn add_gram(c: &mut [f64], stride: usize, size: usize, r: Block<'_>, count: usize, factor: f64) {
    simd::widest(Gram { c, stride, size, r, count, factor });
}

struct Gram<'c, 'r> {
    c: &'c mut [f64],
    stride: usize,
    size: usize,
    r: Block<'r>,
    count: usize,
    factor: f64,
}

impl simd::Work for Gram<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        add_gram_tiles(self.c, self.stride, self.size, self.r, self.count, self.factor);
    }
}

#[inline(always)]
fn add_gram_tiles(c: &mut [f64], stride: usize, size: usize, r: Block<'_>, count: usize, factor: f64) {
    let [high, wide] = TILE;
    for i in (0..size).step_by(high) {
        for j in (0..(i + high).min(size)).step_by(wide) {
            if i + high <= size && j + wide <= size {
                full_tile(&mut c[i * stride + j..], stride, r, [i, j], count, factor);
            } else {
                for row in i..(i + high).min(size) {
                    for column in j..(j + wide).min(row + 1) {
                        let mut sum = 0.0;
                        for k in 0..count {
                            sum += r.data[k * r.stride + row] * r.data[k * r.stride + column];
                        }
                        c[row * stride + column] += factor * sum;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn full_tile(c: &mut [f64], stride: usize, r: Block<'_>, [i, j]: [usize; 2], count: usize, factor: f64) {
    let mut sums = [[0.0; TILE[1]]; TILE[0]];
    for k in 0..count {
        let row = &r.data[k * r.stride..];
        let left: &[f64; TILE[0]] = row[i..i + TILE[0]].try_into().expect("invariant: a tile lies inside");
        let right: &[f64; TILE[1]] = row[j..j + TILE[1]].try_into().expect("invariant: a tile lies inside");
        for (sums, x) in sums.iter_mut().zip(left) {
            for (sum, y) in sums.iter_mut().zip(right) {
                *sum += x * y;
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (entry, sum) in c[row * stride..row * stride + TILE[1]].iter_mut().zip(sums) {
            *entry += factor * sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f64> {
        let mut state = 7u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 * f64::EPSILON - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn tiles_give_the_bits_of_plain_sums() {
        for size in [1, 3, 4, 7, 8, 13, 40] {
            for count in [0, 1, 5, 20] {
                let (r, start) = (noise(count * (size + 2)), noise(size * (size + 3)));
                let mut tiled = start.clone();
                add_gram(&mut tiled, size + 3, size, Block { data: &r, stride: size + 2 }, count, -1.0);
                let mut plain = start.clone();
                add_gram_tiles(&mut plain, size + 3, size, Block { data: &r, stride: size + 2 }, count, -1.0);
                for i in 0..size {
                    for j in 0..=i {
                        let mut sum = 0.0;
                        for k in 0..count {
                            sum += r[k * (size + 2) + i] * r[k * (size + 2) + j];
                        }
                        let at = i * (size + 3) + j;
                        assert_eq!(tiled[at].to_bits(), (start[at] - sum).to_bits());
                        assert_eq!(plain[at].to_bits(), tiled[at].to_bits());
                    }
                }
            }
        }
    }
}
