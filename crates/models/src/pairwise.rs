//! Sums in a fixed order whose error grows with the logarithm of the length.

/// Pairwise sum: halves are summed apart, runs of at most 16 from left to right.
pub(crate) fn sum(values: &[f64]) -> f64 {
    if values.len() <= 16 {
        return values.iter().sum();
    }
    let (left, right) = values.split_at(values.len() / 2);
    sum(left) + sum(right)
}
