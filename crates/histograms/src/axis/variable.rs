//! Bins between given edges.

use super::bounds::Bounds;
use super::{MOST_BINS, Title};
use crate::error::Error;
use germane_numerics::EvenSlots;

/// An axis with bins between given edges: bin i holds e_i <= x < e_(i+1).
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    pub(super) title: Title,
    pub(super) underflow: bool,
    pub(super) overflow: bool,
    bounds: Bounds,
    /// A finer even grid, and for each of its cells the slot at its beginning; none where it would be too long.
    table: Option<(EvenSlots, Vec<u32>)>,
}

/// Longest table: it stays in the first cache.
const LONGEST: f64 = 4096.0;

/// With cells of half the least width there is at most one edge in two neighbouring cells, so that the slot of a cell, also
/// of the neighbour of the right one, is wrong by one at most.
fn table(bounds: &Bounds) -> Option<(EvenSlots, Vec<u32>)> {
    let edges = bounds.edges();
    let (first, last) = (edges[0], edges[edges.len() - 1]);
    let least = edges.array_windows().fold(f64::INFINITY, |least, [low, high]| least.min(high - low));
    let cells = (2.0 * (last - first) / least).ceil() + 1.0;
    // The guess is good to a part of a cell only if the edges are not too large for the widths.
    let precise = (first.abs() + last.abs()) / least < 1e12 && least > 1e-290;
    if edges.len() < 6 || !precise || cells.is_nan() || cells > LONGEST {
        return None;
    }
    let inverse = cells / (last - first);
    let mut slots = vec![0];
    slots.extend((0..cells as usize).map(|cell| bounds.search(first + cell as f64 / inverse) as u32));
    slots.push(bounds.size() as u32 + 1);
    Some((EvenSlots::new(first, inverse, cells as usize, 0.0), slots))
}

impl Variable {
    pub(crate) fn new(edges: Vec<f64>) -> Result<Self, Error> {
        if edges.len() < 2 {
            return Err(Error::value("a variable axis needs at least two edges"));
        }
        if edges.len() > MOST_BINS {
            return Err(Error::value(format!("{} edges are more than an axis can have", edges.len())));
        }
        if let Some(edge) = edges.iter().find(|edge| !edge.is_finite()) {
            return Err(Error::value(format!("edges are finite numbers, not {edge}")));
        }
        if let Some([before, after]) = edges.array_windows().find(|[before, after]| before >= after) {
            return Err(Error::value(format!("edges increase strictly, but {after} follows {before}")));
        }
        let bounds = Bounds::new(edges.into_iter());
        let table = table(&bounds);
        Ok(Self { title: Title::default(), underflow: true, overflow: true, bounds, table })
    }

    /// The edges.
    pub fn edges(&self) -> &[f64] {
        self.bounds.edges()
    }

    pub(super) fn size(&self) -> usize {
        self.bounds.size()
    }

    pub(super) fn index(&self, x: f64) -> i64 {
        self.natural_slot(x) as i64 - 1
    }

    /// Slot as if there were both flow slots.
    #[inline(always)]
    pub(crate) fn natural_slot(&self, x: f64) -> usize {
        match &self.table {
            Some((guess, slots)) => self.bounds.correct(slots[guess.slot(x)] as usize, x),
            None => self.bounds.search(x),
        }
    }

    /// Adds `stride` times the slot of each value to its cell, for an axis with both flow slots.
    pub(crate) fn add_slots(&self, cells: &mut [usize], values: &[f64], stride: usize) {
        match &self.table {
            Some((guess, slots)) => {
                for (cell, &x) in cells.iter_mut().zip(values) {
                    *cell += stride * self.bounds.correct(slots[guess.slot(x)] as usize, x);
                }
            }
            None => {
                for (cell, &x) in cells.iter_mut().zip(values) {
                    *cell += stride * self.bounds.search(x);
                }
            }
        }
    }
}
