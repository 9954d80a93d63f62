//! Intervals of the profiled likelihood: where -ln L, minimised over all other parameters, has risen by 1/2.

use crate::errors::Errors;
use crate::point::{Point, Problem};
use crate::search::{Limits, search};

/// Rise of -ln L at the ends of the interval.
const RISE: f64 = 0.5;

/// Both ends as distances from the minimum; none where the end lies beyond a bound or cannot be found.
///
/// # Errors
/// A point that is lower than the minimum.
pub(crate) fn interval(
    problem: &Problem<'_>,
    best: &Point,
    index: usize,
    errors: &Errors,
    limits: Limits,
) -> Result<[Option<f64>; 2], Vec<f64>> {
    let profile = Profile { others: problem.holding(index), best, index, limits, errors };
    Ok([profile.end(-1.0)?, profile.end(1.0)?])
}

struct Profile<'a> {
    others: Problem<'a>,
    best: &'a Point,
    index: usize,
    errors: &'a Errors,
    limits: Limits,
}

impl Profile<'_> {
    /// Crossing on one side: Newton with the profile's slope, kept between points that are known to be below and above.
    fn end(&self, side: f64) -> Result<Option<f64>, Vec<f64>> {
        let parameter = self.others.parameter(self.index);
        let bound = if side < 0.0 { parameter.lower } else { parameter.upper };
        let centre = self.best.x[self.index];
        let room = (bound - centre).abs();
        if room == 0.0 {
            return Ok(None);
        }
        let place = self.errors.place(self.index);
        let curve = self.best.hessian.diagonal(self.index).abs();
        let width = place.map_or_else(|| 1.0 / curve.max(f64::MIN_POSITIVE).sqrt(), |place| self.errors.variance(place).sqrt());
        let width = if width > 0.0 && width.is_finite() { width } else { 1.0 };
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut distance = width.min(room);
        let mut warm = self.predicted(side * distance);
        for _ in 0..60 {
            warm[self.index] = centre + side * distance;
            if distance >= room {
                warm[self.index] = bound;
            }
            let found = search(&self.others, &warm, self.limits);
            let rise = found.point.value - self.best.value;
            if rise < -1e-9 * (1.0 + 1e-3 * self.best.value.abs()) {
                return Err(found.point.x);
            }
            let slope = side * found.point.gradient[self.index];
            if rise.is_finite() {
                warm = found.point.x;
            }
            if (rise - RISE).abs() < 1e-12 * (1.0 + self.best.value.abs()).max(10.0) {
                return Ok(Some(side * distance));
            }
            if rise.is_finite() && rise < RISE {
                if distance >= room {
                    return Ok(None);
                }
                low = distance;
            } else {
                high = distance;
            }
            let newton = distance + (RISE - rise) / slope;
            let middle = if high.is_finite() { 0.5 * (low + high) } else { low + 2.0 * (low.max(width)) };
            let next = if newton.is_finite() && newton > low && newton < high && newton < low + 4.0 * low.max(width) {
                newton
            } else {
                middle
            };
            let next = next.min(room);
            if (next - distance).abs() <= 1e-13 * distance || (high.is_finite() && high - low <= 1e-13 * high) {
                return Ok(Some(side * next));
            }
            distance = next;
        }
        Ok(None)
    }

    /// The other parameters as the covariance expects them at a distance from the minimum.
    fn predicted(&self, offset: f64) -> Vec<f64> {
        let mut x = self.best.x.clone();
        if let Some(place) = self.errors.place(self.index) {
            let (variance, column) = (self.errors.variance(place), self.errors.covariances(place));
            for (other, &index) in self.errors.free.iter().enumerate() {
                let parameter = self.others.parameter(index);
                let moved = x[index] + column[other] / variance * offset;
                if index != self.index && moved.is_finite() {
                    x[index] = moved.clamp(parameter.lower, parameter.upper);
                }
            }
        }
        x
    }
}
