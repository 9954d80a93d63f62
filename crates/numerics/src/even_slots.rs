//! Where values lie on an even grid: a guess for a whole block at once, and how far from the next grid point it is.

/// 2^52: added to a smaller number of at least 0 it rounds to the nearest whole number, which is then in the lowest bits.
const INTEGER: f64 = 4_503_599_627_370_496.0;

/// An even grid of cells and how values are guessed into them: slot 0 is below the grid, slots 1 … `cells` are on it, slot
/// `cells` + 1 is above it and for NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvenSlots {
    lower: f64,
    inverse: f64,
    /// Slots from here on are the last.
    top: f64,
    guard: f64,
}

impl EvenSlots {
    /// Grid of `cells` cells, fewer than 2^31, that begins at `lower` with `inverse` cells a unit (negative if the grid runs
    /// downwards). A value nearer than `guard` cells to a grid point may be guessed into the neighbour.
    pub fn new(lower: f64, inverse: f64, cells: usize, guard: f64) -> Self {
        Self { lower, inverse, top: cells as f64 + 1.5, guard }
    }

    /// Slot of one value.
    #[inline(always)]
    pub fn slot(&self, x: f64) -> usize {
        whole(self.guess(x).0)
    }

    /// Whether a value is nearer than the guard to a grid point.
    pub fn is_near(&self, x: f64) -> bool {
        self.guess(x).1 <= self.guard
    }

    /// Adds `stride` times the slot of each value to its offset; says whether a value is nearer than the guard to a grid point.
    pub fn add(&self, values: &[f64], stride: usize, offsets: &mut [usize]) -> bool {
        #[cfg(target_arch = "x86_64")]
        if crate::simd::has_avx2() {
            // SAFETY: the processor has AVX2, asked one line above.
            return unsafe { self.add_avx2(values, stride, offsets) };
        }
        self.add_slots(values, stride, offsets)
    }

    /// The same, compiled for wider registers.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn add_avx2(&self, values: &[f64], stride: usize, offsets: &mut [usize]) -> bool {
        self.add_slots(values, stride, offsets)
    }

    #[inline(always)]
    fn add_slots(&self, values: &[f64], stride: usize, offsets: &mut [usize]) -> bool {
        let step = stride as f64;
        let mut near = 0;
        for (offset, &x) in offsets.iter_mut().zip(values) {
            let (slot, distance) = self.guess(x);
            near |= u64::from(distance <= self.guard);
            // Slots below 2^31 times strides below 2^21, or the product of cells bounds both: exact in a double.
            *offset += whole(slot * step);
        }
        near != 0
    }

    /// Slot as a whole number, and the distance to the nearest grid point in cells; clamped ones are half a cell away.
    #[inline(always)]
    fn guess(&self, x: f64) -> (f64, f64) {
        let t = (x - self.lower) * self.inverse + 1.0;
        // Comparisons with NaN are false: it becomes `top`.
        let t = if t < self.top { t } else { self.top };
        let t = if t > 0.5 { t } else { 0.5 };
        let nearest = (t + INTEGER) - INTEGER;
        let slot = nearest - if nearest > t { 1.0 } else { 0.0 };
        (slot, (t - nearest).abs())
    }
}

/// A whole number of at least 0 below 2^52, without the branches of a cast.
#[inline(always)]
fn whole(x: f64) -> usize {
    ((x + INTEGER).to_bits() - INTEGER.to_bits()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn wide_registers_give_the_slots_of_the_narrow_ones() {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return;
        }
        let grid = EvenSlots::new(-1.0, 3.5, 7, 1e-12);
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e300, -1e300, -1.0, 1.0, 5e-324];
        for length in 0..=70 {
            let values: Vec<f64> =
                (0..length).map(|i| if i % 3 == 0 { special[i % 10] } else { i as f64 * 0.037 - 1.2 }).collect();
            let (mut wide, mut narrow) = (vec![5; length], vec![5; length]);
            // SAFETY: AVX2 was asked for above.
            let near = unsafe { grid.add_avx2(&values, 11, &mut wide) };
            assert_eq!(near, grid.add_slots(&values, 11, &mut narrow));
            assert_eq!(wide, narrow, "length {length}");
        }
    }

    #[test]
    fn slots_count_from_below_the_grid() {
        let grid = EvenSlots::new(0.0, 2.0, 4, 1e-12);
        let slots: Vec<usize> = [-3.0, -0.1, 0.1, 0.6, 1.9, 2.1, 1e9, f64::NAN].iter().map(|&x| grid.slot(x)).collect();
        assert_eq!(slots, [0, 0, 1, 2, 4, 5, 5, 5]);
    }
}
