//! Which pair of neighbouring edges holds a value.

/// Lower bounds of the slots underflow, bins, overflow, and a NaN behind: slot s holds x iff b_s <= x < b_(s+1), where a
/// comparison with the NaN is false, so that nothing lies above the overflow.
#[derive(Clone, Debug)]
pub(crate) struct Bounds(Vec<f64>);

impl PartialEq for Bounds {
    /// By the edges: the NaN behind them is equal to nothing.
    fn eq(&self, other: &Self) -> bool {
        self.edges() == other.edges()
    }
}

impl Bounds {
    /// From increasing edges.
    pub(crate) fn new(edges: impl Iterator<Item = f64>) -> Self {
        let mut bounds = Vec::with_capacity(edges.size_hint().0 + 2);
        bounds.push(f64::NEG_INFINITY);
        bounds.extend(edges);
        bounds.push(f64::NAN);
        Self(bounds)
    }

    /// The edges.
    pub(crate) fn edges(&self) -> &[f64] {
        &self.0[1..self.0.len() - 1]
    }

    /// Number of bins between the edges.
    pub(crate) fn size(&self) -> usize {
        self.0.len() - 3
    }

    /// Slot by bisection: 0 underflow, size + 1 overflow and NaN.
    pub(crate) fn search(&self, x: f64) -> usize {
        if x.is_nan() { self.size() + 1 } else { self.edges().partition_point(|&edge| edge <= x) }
    }

    /// Slot from a guess that is wrong by at most one.
    #[inline(always)]
    pub(crate) fn correct(&self, guess: usize, x: f64) -> usize {
        let slot = guess - usize::from(x < self.0[guess]);
        slot + usize::from(x >= self.0[slot + 1])
    }
}
