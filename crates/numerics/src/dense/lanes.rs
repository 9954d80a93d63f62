//! Sums over rows in eight fixed lanes.

/// Sum of the products of entries: entry i goes to lane i mod 8, the lanes are folded pairwise. As many entries as the
/// shorter row has.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if a.len() >= 32 && crate::simd::has_avx2() {
        // SAFETY: the processor has AVX2, asked one line above.
        return unsafe { dot_avx2(a, b) };
    }
    dot_lanes(a, b)
}

/// The same sum in the same order, compiled for wider registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_avx2(a: &[f64], b: &[f64]) -> f64 {
    dot_lanes(a, b)
}

#[inline(always)]
fn dot_lanes(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut lanes = [0.0; 8];
    let (blocks_a, rest_a) = a.as_chunks::<8>();
    let (blocks_b, rest_b) = b.as_chunks::<8>();
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    for (lane, (x, y)) in rest_a.iter().zip(rest_b).enumerate() {
        lanes[lane] += x * y;
    }
    fold(lanes)
}

/// Sum of the entries, in the same lanes.
pub fn sum(a: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (blocks, rest) = a.as_chunks::<8>();
    for block in blocks {
        for lane in 0..8 {
            lanes[lane] += block[lane];
        }
    }
    for (lane, x) in rest.iter().enumerate() {
        lanes[lane] += x;
    }
    fold(lanes)
}

/// Adds `factor` times `row` to `to`, entry by entry.
pub fn add_scaled(to: &mut [f64], factor: f64, row: &[f64]) {
    for (entry, x) in to.iter_mut().zip(row) {
        *entry += factor * x;
    }
}

#[inline(always)]
fn fold(l: [f64; 8]) -> f64 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn wide_registers_give_the_bits_of_the_narrow_ones() {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return;
        }
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 * f64::EPSILON - 0.7
        };
        for length in 0..=70 {
            let a: Vec<f64> = (0..length).map(|_| next()).collect();
            let b: Vec<f64> = (0..length).map(|_| next()).collect();
            // SAFETY: AVX2 was asked for above.
            let wide = unsafe { dot_avx2(&a, &b) };
            assert_eq!(wide.to_bits(), dot_lanes(&a, &b).to_bits(), "length {length}");
        }
    }
}
