//! The fast way into exact sums of weights and of their squares: weights are cut into two integers by adding and subtracting
//! a power of two, whole blocks at once, and cells add integers. Nothing is rounded; a block in which something would be goes
//! the slow way.

use crate::exact_sums::ExactSums;

/// Weights that are cut at once.
const BLOCK: usize = 256;
/// Weights after which the limbs are carried away: each is below 2^41, and a limb holds 2^63.
const ROOM: usize = 1 << 21;

/// What the cells of a histogram of weights keep: entries, sums of weights, sums of squares where they are wanted.
#[derive(Debug)]
pub struct WeightSums<'a> {
    /// Number of entries.
    pub entries: &'a mut [u64],
    /// Sums of weights, as many as `entries`.
    pub sums: &'a mut ExactSums,
    /// Sums of fl(w w), as many as `entries`.
    pub squares: Option<&'a mut ExactSums>,
}

/// Limbs of many sums between two carries: kept from block to block, so that nothing is allocated in the loop.
#[derive(Clone, Debug, Default)]
pub struct ExactBatch {
    /// For each cell: entries, upper and lower limb of the sum, upper and lower limb of the squares, nothing.
    rows: Vec<[i64; 6]>,
    weights: Cut,
    squares: Cut,
    pending: usize,
}

/// Terms cut in two: all are below 2^exponent; the upper limb counts 2^(exponent - 40), the lower 2^(exponent - 82).
#[derive(Clone, Debug, Default)]
struct Cut {
    exponent: i32,
    limbs: Vec<[i64; 2]>,
}

impl ExactBatch {
    /// Adds each weight to the sums of its cell; cells that do not exist are passed over. What is added is seen in the sums
    /// only after [`ExactBatch::flush`].
    pub fn add(&mut self, to: &mut WeightSums<'_>, cells: &[usize], weights: &[f64]) {
        if self.rows.len() < to.entries.len() {
            self.rows.resize(to.entries.len(), [0; 6]);
        }
        for (cells, weights) in cells.chunks(BLOCK).zip(weights.chunks(BLOCK)) {
            self.add_block(to, cells, weights);
        }
    }

    fn add_block(&mut self, to: &mut WeightSums<'_>, cells: &[usize], weights: &[f64]) {
        let both = to.squares.is_some();
        if self.pending + BLOCK > ROOM {
            self.flush(to);
        }
        if !self.cut(weights, both) {
            // The limbs do not reach far enough up or down: set them anew.
            self.flush(to);
            let above = exponent_above(weights);
            self.weights.exponent = (above + 3).clamp(-800, 900);
            self.squares.exponent = (2 * above + 3).clamp(-800, 900);
            if !self.cut(weights, both) {
                for (&cell, &weight) in cells.iter().zip(weights) {
                    if let Some(entries) = to.entries.get_mut(cell) {
                        *entries += 1;
                        to.sums.add(cell, weight);
                        if let Some(squares) = &mut to.squares {
                            squares.add(cell, weight * weight);
                        }
                    }
                }
                return;
            }
        }
        self.pending += weights.len();
        if both {
            for ((&cell, weight), square) in cells.iter().zip(&self.weights.limbs).zip(&self.squares.limbs) {
                if let Some(row) = self.rows.get_mut(cell) {
                    row[0] += 1;
                    row[1] += weight[0];
                    row[2] += weight[1];
                    row[3] += square[0];
                    row[4] += square[1];
                }
            }
        } else {
            for (&cell, weight) in cells.iter().zip(&self.weights.limbs) {
                if let Some(row) = self.rows.get_mut(cell) {
                    row[0] += 1;
                    row[1] += weight[0];
                    row[2] += weight[1];
                }
            }
        }
    }

    fn cut(&mut self, weights: &[f64], both: bool) -> bool {
        self.weights.cut::<false>(weights) && (!both || self.squares.cut::<true>(weights))
    }

    /// Carries what was added into the sums.
    pub fn flush(&mut self, to: &mut WeightSums<'_>) {
        if self.pending == 0 {
            return;
        }
        self.pending = 0;
        // Both limbs together are below 2^63 2^42.
        let joined = |high: i64, low: i64| (i128::from(high) << 42) + i128::from(low);
        for (index, row) in self.rows.iter_mut().enumerate() {
            let row = std::mem::take(row);
            if row[0] != 0 {
                to.entries[index] += row[0] as u64;
                to.sums.add_scaled(index, joined(row[1], row[2]), self.weights.exponent - 82);
                if let Some(squares) = &mut to.squares {
                    squares.add_scaled(index, joined(row[3], row[4]), self.squares.exponent - 82);
                }
            }
        }
    }
}

/// 2^exponent for exponents of normal doubles.
fn power(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// Exponent of a power of two above all magnitudes; large for infinities and NaN.
fn exponent_above(terms: &[f64]) -> i32 {
    // Bits of magnitudes are ordered as the magnitudes.
    let largest = terms.iter().fold(0u64, |most, term| most.max(term.to_bits() & (u64::MAX >> 1)));
    (largest >> 52) as i32 - 1022
}

impl Cut {
    /// Cuts a block of weights, or of their squares; says no if a term is not finite, too large, or has bits below the lower
    /// limb.
    fn cut<const SQUARE: bool>(&mut self, weights: &[f64]) -> bool {
        self.limbs.resize(weights.len(), [0; 2]);
        #[cfg(target_arch = "x86_64")]
        if crate::simd::has_avx2() {
            // SAFETY: the processor has AVX2, asked one line above.
            return unsafe { cut_avx2::<SQUARE>(weights, self.exponent, &mut self.limbs) };
        }
        cut_terms::<SQUARE>(weights, self.exponent, &mut self.limbs)
    }
}

/// The same, compiled for wider registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn cut_avx2<const SQUARE: bool>(weights: &[f64], exponent: i32, limbs: &mut [[i64; 2]]) -> bool {
    cut_terms::<SQUARE>(weights, exponent, limbs)
}

#[inline(always)]
fn cut_terms<const SQUARE: bool>(weights: &[f64], exponent: i32, limbs: &mut [[i64; 2]]) -> bool {
    let limit = power(exponent);
    let (coarse, fine) = (1.5 * power(exponent - 40 + 52), 1.5 * power(exponent - 82 + 52));
    let mut left = 0u64;
    for (&weight, limbs) in weights.iter().zip(limbs) {
        let term = if SQUARE { weight * weight } else { weight };
        let high = term + coarse;
        let rest = term - (high - coarse);
        let low = rest + fine;
        // NaN and infinities leave a rest that is NaN, which is equal to nothing.
        left |= u64::from(rest != low - fine) | u64::from(term.abs() >= limit);
        // Of a term that does not fit the limbs are wrong, and not used.
        let [upper, lower] = [(high, coarse), (low, fine)].map(|(sum, base)| sum.to_bits().wrapping_sub(base.to_bits()) as i64);
        *limbs = [upper, lower];
    }
    left == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn wide_registers_cut_as_the_narrow_ones() {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return;
        }
        for length in 0..=70 {
            for odd in [0.0, 1e-40, 1e30, f64::NAN, f64::INFINITY] {
                let weights: Vec<f64> = (0..length).map(|i| if i == 41 { odd } else { f64::from(i) * 0.37 - 9.0 }).collect();
                let (mut wide, mut narrow) = (vec![[0; 2]; weights.len()], vec![[0; 2]; weights.len()]);
                // SAFETY: AVX2 was asked for above.
                let good = unsafe { cut_avx2::<true>(&weights, 10, &mut wide) };
                assert_eq!(good, cut_terms::<true>(&weights, 10, &mut narrow));
                assert_eq!(wide, narrow);
                assert_eq!(good, length <= 41 || odd == 0.0);
            }
        }
    }

    #[test]
    fn sums_are_those_of_one_by_one() {
        let weights: Vec<f64> = (0..5000)
            .map(|i| match i {
                i if i % 1500 == 7 => 1e200,
                i if i > 4000 => f64::from(i) * 1e-30,
                i if i > 3000 => f64::from(i) * 1e12,
                i => f64::from(i % 37) * 0.1 - 1.0,
            })
            .collect();
        let cells: Vec<usize> = (0..5000).map(|i| i * 7 % 11).collect();
        let (mut entries, mut sums, mut squares) = (vec![0; 10], ExactSums::new(10), ExactSums::new(10));
        let mut batch = ExactBatch::default();
        for part in 0..5 {
            let rows = part * 1000..(part + 1) * 1000;
            let mut to = WeightSums { entries: &mut entries, sums: &mut sums, squares: Some(&mut squares) };
            batch.add(&mut to, &cells[rows.clone()], &weights[rows]);
        }
        batch.flush(&mut WeightSums { entries: &mut entries, sums: &mut sums, squares: Some(&mut squares) });
        let mut expected = (vec![0; 10], ExactSums::new(10), ExactSums::new(10));
        for (&cell, &weight) in cells.iter().zip(&weights).filter(|(cell, _)| **cell < 10) {
            expected.0[cell] += 1;
            expected.1.add(cell, weight);
            expected.2.add(cell, weight * weight);
        }
        assert_eq!(entries, expected.0);
        for cell in 0..10 {
            assert_eq!(sums.get(cell), expected.1.get(cell));
            assert_eq!(squares.get(cell), expected.2.get(cell));
        }
    }
}
