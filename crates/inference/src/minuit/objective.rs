//! -ln L as a function of internal coordinates, with the number of its calls.

use std::cell::Cell;

use germane_models::Likelihood;

use super::coordinates::Coordinates;

/// The rise of -ln L for which errors are given: half of a χ² of one.
pub(super) const UP: f64 = 0.5;

/// What is put in place of a value that is not finite: a wall that is higher than anything else.
const WALL: f64 = 1e9;

pub(super) struct Objective<'a> {
    pub(super) likelihood: &'a dyn Likelihood,
    pub(super) coordinates: Coordinates,
    calls: Cell<usize>,
}

impl<'a> Objective<'a> {
    pub(super) fn new(likelihood: &'a dyn Likelihood, coordinates: Coordinates) -> Self {
        Self { likelihood, coordinates, calls: Cell::new(0) }
    }

    /// -ln L.
    pub(super) fn value(&self, u: &[f64]) -> f64 {
        self.calls.set(self.calls.get() + 1);
        let value = self.likelihood.nll(&self.coordinates.all(u));
        if value.is_finite() { value } else { WALL }
    }

    /// Its exact gradient by internal coordinates.
    pub(super) fn slopes(&self, u: &[f64]) -> Vec<f64> {
        let x = self.coordinates.all(u);
        let mut gradient = vec![0.0; x.len()];
        self.likelihood.gradient(&x, &mut gradient);
        let slope = |(place, (&index, &u)): (usize, (&usize, &f64))| gradient[index] * self.coordinates.slope(place, u);
        self.coordinates.moving.iter().zip(u).enumerate().map(slope).collect()
    }

    /// Calls until now.
    pub(super) fn calls(&self) -> usize {
        self.calls.get()
    }
}
