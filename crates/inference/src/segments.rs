//! Where a parameter may lie when -ln L has several minima: a union of segments.
//!
//! The profile is the lowest of all minima over the other parameters that searches from the known minima and from the neighbour
//! on the walk end in. Each segment holds a minimum of -ln L (the lowest point of the segment is one, or lies on a bound), so that
//! walks outwards from all minima that are not too high meet every segment.

use germane_models::Likelihood;

use crate::errors::Errors;
use crate::minima::Minima;
use crate::minimise::{Options, errors_at};
use crate::minimum::{NoResult, minimum};
use crate::point::{Point, Problem};
use crate::search::{Limits, search};

/// A connected range of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the lower end is the bound of the parameter, below which it was not looked.
    pub low_at_bound: bool,
    /// The same of the upper end.
    pub high_at_bound: bool,
}

/// Minima that are this much higher than the wanted rise do not matter to a profile near it.
const MARGIN: f64 = 20.0;

/// Part of an error that a walk moves at first, and at most.
const STEP: [f64; 2] = [0.25, 1.0];

/// Relative precision of the ends.
const PRECISION: f64 = 1e-11;

/// Most steps of a walk.
const STEPS: usize = 10_000;

/// A search on the way found a lower minimum than all that were known.
enum Stop {
    Lower(Vec<f64>),
    NoResult(NoResult),
}

impl From<NoResult> for Stop {
    fn from(reason: NoResult) -> Self {
        Self::NoResult(reason)
    }
}

/// Values of a parameter at which -ln L, minimised over all others, is at most `rise` above its lowest minimum: 0.5 for 68.3 %,
/// 1.9207 for 95 % of one parameter. A minimum lower than the known ones that turns up on the way is added to them.
///
/// # Errors
/// If the others have no minimum somewhere, or lower minima turn up again and again.
pub fn segments(
    likelihood: &dyn Likelihood,
    index: usize,
    rise: f64,
    minima: &mut Minima,
    options: &Options,
) -> Result<Vec<Segment>, NoResult> {
    let problem = Problem::new(likelihood);
    for _ in 0..10 {
        match Profile::new(&problem, index, rise, minima, options).and_then(|profile| profile.segments()) {
            Ok(segments) => return Ok(segments),
            Err(Stop::NoResult(reason)) => return Err(reason),
            Err(Stop::Lower(x)) => {
                let lower = minimum(&problem, &x, options.limits())?;
                minima.insert(&problem, &lower);
            }
        }
    }
    Err(NoResult("lower minima turn up again and again: search from more starts".to_owned()))
}

struct Profile<'a> {
    others: Problem<'a>,
    index: usize,
    rise: f64,
    /// Lowest -ln L.
    lowest: f64,
    /// Points with their errors, from which walks begin, by value of the parameter.
    begins: Vec<(Point, Errors)>,
    limits: Limits,
}

impl<'a> Profile<'a> {
    fn new(problem: &Problem<'a>, index: usize, rise: f64, minima: &Minima, options: &Options) -> Result<Self, Stop> {
        let mut begins = Vec::new();
        for known in minima.minima.iter().filter(|known| known.rise < rise + MARGIN) {
            // With the functions of the minimum, where there is a choice: another may be lower.
            let point = minimum(&problem.settled(&known.x), &known.x, options.limits())?;
            let errors = errors_at(problem, &point);
            begins.push((point, errors));
        }
        begins.sort_by(|a, b| a.0.x[index].total_cmp(&b.0.x[index]));
        Ok(Self { others: problem.holding(index), index, rise, lowest: minima.best().nll, begins, limits: options.limits() })
    }

    fn segments(&self) -> Result<Vec<Segment>, Stop> {
        let mut found: Vec<Segment> = Vec::new();
        for (point, errors) in self.begins.iter().filter(|(point, _)| point.value - self.lowest <= self.rise) {
            // The best point of the others may be lower with another minimum of them.
            let value = point.x[self.index];
            if found.iter().any(|segment| segment.low <= value && value <= segment.high) {
                continue;
            }
            let width = errors.place(self.index).map_or(1.0, |place| errors.variance(place).sqrt());
            let width = if width > 0.0 && width.is_finite() { width } else { 1.0 };
            let (low, low_at_bound) = self.end(point, -1.0, width)?;
            let (high, high_at_bound) = self.end(point, 1.0, width)?;
            found.push(Segment { low, high, low_at_bound, high_at_bound });
        }
        found.sort_by(|a, b| a.low.total_cmp(&b.low));
        let mut union: Vec<Segment> = Vec::new();
        for segment in found {
            match union.last_mut() {
                Some(last) if segment.low <= last.high => {
                    if segment.high > last.high {
                        (last.high, last.high_at_bound) = (segment.high, segment.high_at_bound);
                    }
                }
                _ => union.push(segment),
            }
        }
        Ok(union)
    }

    /// The end of a segment on one side, and whether it is the bound.
    fn end(&self, begin: &Point, side: f64, width: f64) -> Result<(f64, bool), Stop> {
        let parameter = self.others.parameter(self.index);
        let bound = if side < 0.0 { parameter.lower } else { parameter.upper };
        let (mut inside, mut step) = (begin.clone(), STEP[0] * width);
        for _ in 0..STEPS {
            let at = inside.x[self.index];
            if (bound - at) * side <= 0.0 {
                return Ok((bound, true));
            }
            let next = at + side * step;
            let next = if (bound - next) * side <= 0.0 { bound } else { next };
            let outside = self.at(next, &inside)?;
            if outside.value - self.lowest > self.rise {
                return Ok((self.crossing(inside, outside)?, false));
            }
            // The profile may rise above and come back between two points; slopes tell.
            if step > 1e-3 * width && self.arches(&inside, &outside) {
                step *= 0.5;
                continue;
            }
            inside = outside;
            step = (1.5 * step).min(STEP[1] * width);
        }
        Err(NoResult(format!("the interval of {} has no end within {STEPS} steps", parameter.name)).into())
    }

    /// Whether the cubic through two points below the rise, with their slopes, goes above it between them.
    fn arches(&self, one: &Point, other: &Point) -> bool {
        let length = other.x[self.index] - one.x[self.index];
        let (a, b) = (one.value - self.lowest, other.value - self.lowest);
        let (s, t) = (one.gradient[self.index] * length, other.gradient[self.index] * length);
        (1..16).any(|k| {
            let u = f64::from(k) / 16.0;
            let v = 1.0 - u;
            let height = v * v * ((1.0 + 2.0 * u) * a + u * s) + u * u * ((1.0 + 2.0 * v) * b - v * t);
            height > self.rise
        })
    }

    /// Where the profile crosses the rise between two points: Newton, kept between both.
    fn crossing(&self, mut inside: Point, mut outside: Point) -> Result<f64, Stop> {
        for _ in 0..200 {
            let (low, high) = (inside.x[self.index], outside.x[self.index]);
            if (high - low).abs() <= PRECISION * (1.0 + low.abs().max(high.abs())) {
                break;
            }
            let newton = |point: &Point| {
                let x = point.x[self.index];
                x - (point.value - self.lowest - self.rise) / point.gradient[self.index]
            };
            let between = |x: f64| (x - low) * (x - high) < 0.0;
            // From the nearer one first; a little beyond, so that both sides close in.
            let nearer = |point: &Point| (point.value - self.lowest - self.rise).abs();
            let (first, second) = if nearer(&inside) < nearer(&outside) { (&inside, &outside) } else { (&outside, &inside) };
            let guess = newton(first);
            let nudge = PRECISION * (1.0 + guess.abs()) * 0.4 * (second.x[self.index] - first.x[self.index]).signum();
            let next = [guess + nudge, newton(second)].into_iter().find(|x| between(*x)).unwrap_or(0.5 * (low + high));
            let point = self.at(next, &inside)?;
            if point.value - self.lowest > self.rise {
                outside = point;
            } else {
                inside = point;
            }
        }
        Ok(0.5 * (inside.x[self.index] + outside.x[self.index]))
    }

    /// The lowest point with the parameter at `value`.
    fn at(&self, value: f64, neighbour: &Point) -> Result<Point, Stop> {
        let mut warm = neighbour.x.clone();
        warm[self.index] = value;
        let mut best = minimum(&self.others, &warm, self.limits);
        for (known, errors) in &self.begins {
            let mut x = known.x.clone();
            if let Some(place) = errors.place(self.index) {
                // As the covariance expects them there.
                let (variance, column) = (errors.variance(place), errors.covariances(place));
                let offset = value - x[self.index];
                for (other, &index) in errors.free.iter().enumerate() {
                    let parameter = self.others.parameter(index);
                    let moved = x[index] + column[other] / variance * offset;
                    if moved.is_finite() {
                        x[index] = moved.clamp(parameter.lower, parameter.upper);
                    }
                }
            }
            x[self.index] = value;
            let found = search(&self.others.settled(&x), &x, self.limits);
            let lower = best.as_ref().map_or(f64::INFINITY, |best| best.value);
            if found.is_minimum() && found.point.value < lower {
                best = Ok(found.point);
            }
        }
        let best = best?.bare();
        if best.value < self.lowest - 1e-9 * (1.0 + 1e-3 * self.lowest.abs()) {
            return Err(Stop::Lower(best.x));
        }
        Ok(best)
    }
}
