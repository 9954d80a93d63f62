//! Bins between given edges.

use super::bounds::Bounds;
use super::{MOST_BINS, Title};
use crate::error::Error;

/// An axis with bins between given edges: bin i holds e_i <= x < e_(i+1).
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    pub(super) title: Title,
    pub(super) underflow: bool,
    pub(super) overflow: bool,
    bounds: Bounds,
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
        Ok(Self { title: Title::default(), underflow: true, overflow: true, bounds: Bounds::new(edges.into_iter()) })
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
        self.bounds.search(x)
    }
}
