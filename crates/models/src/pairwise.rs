//! Sums in a fixed order whose error grows with the logarithm of the length.

/// Pairwise sum: halves are summed apart, runs of at most 16 from left to right.
pub(crate) fn sum(values: &[f64]) -> f64 {
    if values.len() <= 16 {
        // An empty sum is 0, not the -0 that the iterator starts from.
        return values.iter().sum::<f64>() + 0.0;
    }
    let (left, right) = values.split_at(values.len() / 2);
    sum(left) + sum(right)
}
