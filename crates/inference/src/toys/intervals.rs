//! Confidence intervals by the construction of Neyman, with the ordering of Feldman and Cousins.
//!
//! A value of the parameter belongs to the region if the probability of a t(μ) that is at least the observed one exceeds
//! 1 - level: data that are less likely, in units of their best likelihood, are left out last. The best μ lies within the bounds of
//! its parameter, so that a bound at 0 is the physical boundary. Other parameters are at their best for the data and the tested
//! value (profile construction).
//!
//! G. J. Feldman and R. D. Cousins, Phys. Rev. D 57 (1998) 3873; nuisance parameters: NOvA, arXiv:2207.14353.

use germane_models::Experiment;
use germane_numerics::special::normal_quantile;

use super::limit::Crossing;
use super::sample::Sample;
use super::test::ToyTests;
use crate::minimum::NoResult;

/// A tested value.
#[derive(Clone, Debug, PartialEq)]
pub struct TestedValue {
    /// The value.
    pub value: f64,
    /// t of the data there.
    pub statistic: f64,
    /// Probability of a t that is at least as large; NaN if no toy has one.
    pub p: f64,
    /// Its standard deviation from the number of toys; 0 if it is exact.
    pub error: f64,
    /// The toys, if there are any.
    pub toys: Option<Sample>,
}

impl TestedValue {
    /// From toys.
    pub fn of_toys(value: f64, statistic: f64, toys: Sample) -> Self {
        let p = toys.p_value(statistic);
        Self { value, statistic, p: p.ratio(), error: p.error(), toys: Some(toys) }
    }

    /// From a probability that is known.
    pub fn exact(value: f64, statistic: f64, p: f64) -> Self {
        Self { value, statistic, p, error: 0.0, toys: None }
    }
}

/// A connected range of values that belong to a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Lower and upper end. The error of an end is the shift by which p moves by its standard deviation: NaN where no tested value
    /// is so far away, 0 for exact probabilities and at bounds.
    pub ends: [Crossing; 2],
    /// Whether an end is the bound of the parameter.
    pub at_bound: [bool; 2],
}

/// A confidence region of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Confidence level.
    pub level: f64,
    /// Its pieces, ascending.
    pub pieces: Vec<Piece>,
    /// Tested values, ascending.
    pub tested: Vec<TestedValue>,
    /// Remarks.
    pub notes: Vec<String>,
}

/// Where a region is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Best value, which always belongs to the region.
    pub best: f64,
    /// Bounds of the parameter.
    pub bounds: [f64; 2],
    /// Values that are tested first, ascending.
    pub grid: Vec<f64>,
    /// How often the step between two values is halved in which the region ends.
    pub halvings: usize,
}

/// How often the range is widened on each side.
const WIDER: usize = 8;

impl<M: Experiment> ToyTests<'_, M> {
    /// A grid of `points` values on which the root of t of the data reaches one more than the number of standard deviations of the
    /// level, or the bounds of the parameter.
    ///
    /// # Errors
    /// If a profile has no minimum.
    pub fn search(&mut self, level: f64, points: usize, halvings: usize) -> Result<Search, NoResult> {
        let z = normal_quantile(0.5 + 0.5 * level);
        let bounds = self.bounds();
        let ends = [self.reach(-1.0, z + 1.0)?, self.reach(1.0, z + 1.0)?];
        let steps = points.max(2) - 1;
        let grid =
            (0..=steps).map(|k| if k == steps { ends[1] } else { ends[0] + (ends[1] - ends[0]) * k as f64 / steps as f64 });
        Ok(Search { best: self.best(), bounds, grid: grid.collect(), halvings })
    }

    /// A value on one side of the best at which the root of t is about `wanted`, or the bound.
    fn reach(&mut self, side: f64, wanted: f64) -> Result<f64, NoResult> {
        let best = self.best();
        let [lower, upper] = self.bounds();
        let room = side * (if side < 0.0 { lower } else { upper } - best);
        let range = upper - lower;
        let unit = if range.is_finite() { 0.01 * range } else { 1.0 };
        let mut distance = wanted * self.error().unwrap_or(unit);
        let (mut near, mut far) = (0.0, f64::INFINITY);
        for _ in 0..40 {
            let at_bound = distance >= room;
            let root = self.observed(best + side * distance.min(room))?.sqrt();
            if root < wanted && at_bound {
                break;
            }
            if root < wanted {
                near = distance;
            } else {
                far = distance.min(room);
            }
            if root >= wanted && root < 1.5 * wanted {
                break;
            }
            distance = if far.is_finite() { 0.5 * (near + far) } else { 2.0 * distance };
        }
        Ok(if distance >= room { best + side * room } else { best + side * distance })
    }
}

/// The region of `level`: `test` is called for the values of the grid, then for values between those in which it ends, and beyond
/// the grid as long as its last value belongs to the region. A piece between two values of the grid that do not belong is not
/// seen.
///
/// # Errors
/// Those of `test`.
pub fn feldman_cousins<E>(level: f64, search: &Search, test: &mut dyn FnMut(f64) -> Result<TestedValue, E>) -> Result<Region, E> {
    let alpha = 1.0 - level;
    // The best value has t = 0, which all data reach.
    let mut tested = vec![TestedValue::exact(search.best, 0.0, 1.0)];
    for &value in search.grid.iter().filter(|value| **value != search.best) {
        tested.push(test(value)?);
    }
    sort(&mut tested);
    let mut notes = Vec::new();
    for side in 0..2 {
        let mut step = 0.4 * (tested[tested.len() - 1].value - tested[0].value);
        for _ in 0..WIDER {
            let end = if side == 0 { &tested[0] } else { &tested[tested.len() - 1] };
            if !(end.p > alpha) || end.value == search.bounds[side] || !(step > 0.0) {
                break;
            }
            let value = if side == 0 { end.value - step } else { end.value + step };
            tested.push(test(value.clamp(search.bounds[0], search.bounds[1]))?);
            sort(&mut tested);
            step *= 2.0;
        }
        let end = if side == 0 { &tested[0] } else { &tested[tested.len() - 1] };
        if end.p > alpha && end.value != search.bounds[side] {
            notes.push(format!("the region goes on beyond the last tested value, {}", end.value));
        }
    }
    let inside = |one: &TestedValue| one.p > alpha;
    let pairs: Vec<[f64; 2]> = tested
        .windows(2)
        .filter(|pair| inside(&pair[0]) != inside(&pair[1]))
        .map(|pair| [pair[0].value, pair[1].value])
        .collect();
    for mut pair in pairs {
        let begins_inside = tested.iter().any(|one| one.value == pair[0] && inside(one));
        for _ in 0..search.halvings {
            let middle = test(0.5 * (pair[0] + pair[1]))?;
            pair[usize::from(inside(&middle) != begins_inside)] = middle.value;
            tested.push(middle);
        }
    }
    sort(&mut tested);
    let unknown = tested.iter().filter(|one| one.p.is_nan()).count();
    if unknown > 0 {
        notes.push(format!("{unknown} tested values have no toy with a statistic, and count as excluded"));
    }
    let pieces = pieces(&tested, alpha, search.bounds);
    Ok(Region { level, pieces, tested, notes })
}

fn sort(tested: &mut [TestedValue]) {
    tested.sort_by(|a, b| a.value.total_cmp(&b.value));
}

/// Runs of values that belong to the region.
fn pieces(tested: &[TestedValue], alpha: f64, bounds: [f64; 2]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut first = None;
    for place in 0..=tested.len() {
        let inside = tested.get(place).is_some_and(|one| one.p > alpha);
        match (first, inside) {
            (None, true) => first = Some(place),
            (Some(from), false) => {
                let ends = [crossing(tested, alpha, from, -1), crossing(tested, alpha, place - 1, 1)];
                let at_bound = std::array::from_fn(|side| ends[side].value == bounds[side]);
                pieces.push(Piece { ends, at_bound });
                first = None;
            }
            _ => {}
        }
    }
    pieces
}

/// Where p, linear between tested values, falls to alpha beyond the last value that belongs to the region.
fn crossing(tested: &[TestedValue], alpha: f64, last: usize, side: isize) -> Crossing {
    let at = |shift: f64| {
        // p moved by a part of its deviation: outwards it ends later, inwards earlier.
        let moved = |one: &TestedValue| one.p + shift * one.error;
        let mut place = last;
        if shift < 0.0 {
            while moved(&tested[place]) <= alpha {
                place = place.checked_add_signed(-side).filter(|place| *place < tested.len())?;
            }
        }
        loop {
            let next = place.checked_add_signed(side).filter(|place| *place < tested.len())?;
            let (here, there) = (&tested[place], &tested[next]);
            if there.p.is_nan() || moved(there) <= alpha {
                let fall = moved(here) - if there.p.is_nan() { 0.0 } else { moved(there) };
                let part = (moved(here) - alpha) / fall;
                return Some(here.value + part * (there.value - here.value));
            }
            place = next;
        }
    };
    let Some(value) = at(0.0) else { return Crossing { value: tested[last].value, error: 0.0 } };
    let error = match (at(-1.0), at(1.0)) {
        (Some(inner), Some(outer)) => 0.5 * (outer - inner).abs(),
        _ => f64::NAN,
    };
    Crossing { value, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(grid: &[f64], halvings: usize) -> Search {
        Search { best: 0.5, bounds: [0.0, f64::INFINITY], grid: grid.to_vec(), halvings }
    }

    /// A p-value that falls in a line from 1 at the best value, with a deviation.
    fn line(slope: f64, error: f64) -> impl FnMut(f64) -> Result<TestedValue, ()> {
        move |value| {
            let p = (1.0 - slope * (value - 0.5).abs()).max(0.0);
            Ok(TestedValue { error, ..TestedValue::exact(value, 0.0, p) })
        }
    }

    #[test]
    fn the_ends_of_a_line_are_found_with_their_errors() {
        // 1 - 0.5 |x - 0.5| = 0.1 at 2.3 and, beyond the bound, at -1.3.
        let found = feldman_cousins(0.9, &search(&[0.0, 1.0, 2.0], 6), &mut line(0.5, 0.02)).unwrap();
        let [piece] = found.pieces[..] else { panic!("{:?}", found.pieces) };
        assert_eq!((piece.ends[0], piece.at_bound), (Crossing { value: 0.0, error: 0.0 }, [true, false]));
        assert!((piece.ends[1].value - 2.3).abs() < 1e-12);
        // dp/dx = 0.5.
        assert!((piece.ends[1].error - 0.04).abs() < 1e-12, "{:?}", piece.ends[1]);
        assert!(found.notes.is_empty() && found.tested.windows(2).all(|pair| pair[0].value < pair[1].value));
    }

    #[test]
    fn a_region_of_two_pieces_stays_two() {
        let mut two =
            |value: f64| Ok::<_, ()>(TestedValue::exact(value, 0.0, if (1.0..2.0).contains(&value) { 0.05 } else { 0.5 }));
        let mut bounded = search(&[0.0, 0.7, 1.4, 2.1, 2.8], 30);
        bounded.bounds[1] = 2.8;
        let found = feldman_cousins(0.9, &bounded, &mut two).unwrap();
        let ends: Vec<f64> = found.pieces.iter().flat_map(|piece| piece.ends.map(|end| end.value)).collect();
        for (end, wanted) in ends.iter().zip([0.0, 1.0, 2.0, 2.8]) {
            assert!((end - wanted).abs() < 1e-8, "{ends:?}");
        }
        assert_eq!(found.pieces.iter().map(|piece| piece.at_bound).collect::<Vec<_>>(), [[true, false], [false, true]]);
    }

    #[test]
    fn what_does_not_end_is_said() {
        let found = feldman_cousins(0.9, &search(&[0.0, 1.0], 3), &mut |value| Ok::<_, ()>(TestedValue::exact(value, 0.0, 0.5)));
        assert!(found.unwrap().notes[0].contains("goes on beyond"));
    }
}
