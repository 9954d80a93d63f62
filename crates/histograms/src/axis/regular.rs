//! Bins of equal width. Edge i is lower + i (upper - lower)/count in exact arithmetic, rounded once; bins are decided by
//! comparison with these printed edges (rule `exact`).

use super::bounds::Bounds;
use super::{MOST_BINS, Title};
use crate::error::Error;
use germane_numerics::{EvenSlots, evenly_spaced};

/// The grid on which the edges lie; parts and unions of bins keep it, so that no edge ever moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(crate) count: u64,
    /// Point of the grid on which the first edge lies.
    pub(crate) first: i64,
    /// Points of the grid from edge to edge.
    pub(crate) step: u64,
}

impl Grid {
    fn point(&self, edge: usize) -> f64 {
        let index = self.first.saturating_add((edge as i64).saturating_mul(self.step as i64));
        evenly_spaced(self.lower, self.upper, index, self.count)
    }

    /// The same edges written more simply: a grid that ends where the axis ends, if its points are the same doubles.
    pub(crate) fn reduced(self, bins: usize) -> Self {
        let (lower, upper) = (self.point(0), self.point(bins));
        let simple = Self { lower, upper, count: bins as u64, first: 0, step: 1 };
        if (0..=bins).all(|edge| self.point(edge) == simple.point(edge)) { simple } else { self }
    }

    /// Whether the axis is given by its limits and number of bins alone.
    pub(crate) fn is_simple(&self, bins: usize) -> bool {
        self.first == 0 && self.step == 1 && self.count == bins as u64
    }
}

/// An axis with bins of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Regular {
    pub(super) title: Title,
    pub(super) underflow: bool,
    pub(super) overflow: bool,
    grid: Grid,
    /// Edges, of reversed limits with the sign changed.
    bounds: Bounds,
    /// -1 for reversed limits.
    sign: f64,
    /// The guess that the edges correct; none where it would not be good to one bin.
    guess: Option<EvenSlots>,
}

impl Regular {
    pub(crate) fn new(bins: usize, lower: f64, upper: f64) -> Result<Self, Error> {
        Self::on_grid(Grid { lower, upper, count: bins as u64, first: 0, step: 1 }, bins)
    }

    /// `bins` bins on a grid.
    pub(crate) fn on_grid(grid: Grid, bins: usize) -> Result<Self, Error> {
        let Grid { lower, upper, .. } = grid;
        if bins == 0 || grid.count == 0 || grid.step == 0 {
            return Err(Error::value("a regular axis needs at least one bin"));
        }
        if grid.count.max(grid.step).max(grid.first.unsigned_abs()) > 1 << 53 {
            return Err(Error::value("the grid of a regular axis has more points than doubles can count"));
        }
        if bins > MOST_BINS {
            return Err(Error::value(format!("{bins} bins are more than an axis can have ({MOST_BINS})")));
        }
        if !(lower.is_finite() && upper.is_finite()) || lower == upper {
            return Err(Error::value(format!("a regular axis needs two different finite limits, not {lower} and {upper}")));
        }
        let sign = if lower < upper { 1.0 } else { -1.0 };
        let bounds = Bounds::new((0..=bins).map(|edge| sign * grid.point(edge)));
        let edges = bounds.edges();
        if edges.windows(2).any(|pair| pair[0] >= pair[1]) || edges.iter().any(|edge| !edge.is_finite()) {
            return Err(Error::value(format!("{bins} bins from {lower} to {upper} are too narrow to be told apart")));
        }
        let (first, last) = (edges[0], edges[bins]);
        let inverse = bins as f64 / (last - first);
        // How far the guess can be off, in bins: rounding of x - first and of the product, and of the edges themselves.
        let guard = 8.0 * f64::EPSILON * (bins as f64 + (first.abs() + last.abs()) * inverse);
        let good = guard < 0.5 && inverse.is_finite() && inverse >= f64::MIN_POSITIVE && last - first >= 1e-290;
        let guess = good.then(|| EvenSlots::new(lower_edge(&bounds, sign), sign * inverse, bins, guard));
        Ok(Self { title: Title::default(), underflow: true, overflow: true, grid, bounds, sign, guess })
    }

    /// First edge.
    pub fn lower(&self) -> f64 {
        lower_edge(&self.bounds, self.sign)
    }

    /// Last edge.
    pub fn upper(&self) -> f64 {
        self.sign * self.bounds.edges()[self.size()]
    }

    pub(crate) fn has_both_flows(&self) -> bool {
        self.underflow && self.overflow
    }

    pub(crate) fn grid(&self) -> Grid {
        self.grid
    }

    pub(super) fn size(&self) -> usize {
        self.bounds.size()
    }

    pub(super) fn edges(&self) -> Vec<f64> {
        self.bounds.edges().iter().map(|edge| self.sign * edge).collect()
    }

    pub(super) fn same_edges(&self, other: &Self) -> bool {
        self.sign == other.sign && self.bounds.edges() == other.bounds.edges()
    }

    /// Adds `stride` times the slot of each value to its cell, for an axis with both flow slots.
    ///
    /// Slots are guessed for the whole block without a branch; only if a value is so near to an edge that the guess may be
    /// wrong, the block is gone through again and compared with the edges.
    pub(crate) fn add_slots(&self, cells: &mut [usize], values: &[f64], stride: usize) {
        let Some(guess) = &self.guess else {
            for (cell, &x) in cells.iter_mut().zip(values) {
                *cell += stride * self.bounds.search(self.sign * x);
            }
            return;
        };
        // Values that lie on edges do so often (whole numbers, times in clock ticks): then the guess alone would be in vain.
        if values.iter().take(8).filter(|&&x| guess.is_near(x)).count() > 1 {
            for (cell, &x) in cells.iter_mut().zip(values) {
                *cell += stride * self.bounds.correct(guess.slot(x), self.sign * x);
            }
        } else if guess.add(values, stride, cells) {
            for (cell, &x) in cells.iter_mut().zip(values) {
                let guessed = guess.slot(x);
                *cell = (*cell + stride * self.bounds.correct(guessed, self.sign * x)) - stride * guessed;
            }
        }
    }

    pub(super) fn index(&self, x: f64) -> i64 {
        self.natural_slot(x) as i64 - 1
    }

    /// Slot as if there were both flow slots.
    #[inline(always)]
    pub(crate) fn natural_slot(&self, x: f64) -> usize {
        match &self.guess {
            Some(guess) => self.bounds.correct(guess.slot(x), self.sign * x),
            None => self.bounds.search(self.sign * x),
        }
    }
}

fn lower_edge(bounds: &Bounds, sign: f64) -> f64 {
    sign * bounds.edges()[0]
}
