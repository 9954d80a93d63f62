//! Scans of the profiled likelihood along one parameter, and contours of two.

use germane_models::Likelihood;
use germane_numerics::maths;
use std::f64::consts::TAU;

use crate::errors::Errors;
use crate::minimise::{Options, errors_at, start};
use crate::minimum::{NoResult, found_minimum, minimum};
use crate::point::{Point, Problem};
use crate::search::Limits;

/// -ln L along a parameter, minimised over all others.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// Name of the parameter.
    pub name: String,
    /// Its best value.
    pub best: f64,
    /// Its error, where it has one.
    pub error: Option<f64>,
    /// Scanned values, ascending.
    pub values: Vec<f64>,
    /// 2 (-ln L + ln L_best) of each; none where the other parameters have no minimum. Where there is a choice between functions
    /// this is the envelope.
    pub rises: Vec<Option<f64>>,
    /// The same with each combination of functions, where there is a choice.
    pub curves: Vec<FunctionCurve>,
}

/// -ln L along a parameter with one combination of functions.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCurve {
    /// Names of the functions, one a choice.
    pub functions: Vec<String>,
    /// 2 (-ln L + ln L_best) at each value of the scan, from the best point of all combinations.
    pub rises: Vec<Option<f64>>,
}

/// Points on which 2 Δ(-ln L), minimised over all other parameters, has one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// Names of both parameters.
    pub names: [String; 2],
    /// Their best values.
    pub best: [f64; 2],
    /// 2 Δ(-ln L) on the contour.
    pub rise: f64,
    /// Points, counted around the minimum; those that lie on a bound before the value is reached are marked.
    pub points: Vec<ContourPoint>,
}

/// A point of a [`Contour`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContourPoint {
    /// Values of both parameters.
    pub at: [f64; 2],
    /// Whether a bound ends the region here.
    pub on_bound: bool,
}

/// The minimum, which everything is measured from.
struct Centre<'a> {
    problem: Problem<'a>,
    best: Point,
    errors: Errors,
    limits: Limits,
}

impl<'a> Centre<'a> {
    fn new(likelihood: &'a dyn Likelihood, options: &Options) -> Result<Self, NoResult> {
        let problem = Problem::new(likelihood);
        let best = minimum(&problem, &start(likelihood.parameters(), options), options.limits())?;
        let errors = errors_at(&problem, &best);
        Ok(Self { problem, best, errors, limits: options.limits() })
    }

    fn error(&self, index: usize) -> Option<f64> {
        let place = self.errors.place(index)?;
        Some(self.errors.variance(place).sqrt()).filter(|error| *error > 0.0 && error.is_finite())
    }
}

/// Scans a parameter over `values` (sorted here), or over `points` values within three errors of the minimum and its bounds.
///
/// The walk goes outwards from the minimum, each fit beginning where its neighbour ended.
///
/// # Errors
/// If the likelihood has no minimum, or a scanned point lies below it.
pub fn scan(
    likelihood: &dyn Likelihood,
    index: usize,
    values: &[f64],
    points: usize,
    options: &Options,
) -> Result<Scan, NoResult> {
    let centre = Centre::new(likelihood, options)?;
    let parameter = &likelihood.parameters()[index];
    let best = centre.best.x[index];
    let error = centre.error(index);
    let mut values = if values.is_empty() {
        let reach = 3.0 * error.unwrap_or_else(|| 1.0_f64.max(0.1 * best.abs()));
        let (low, high) = ((best - reach).max(parameter.lower), (best + reach).min(parameter.upper));
        let step = (high - low) / (points.max(2) - 1) as f64;
        (0..points.max(2)).map(|k| low + k as f64 * step).collect()
    } else {
        values.to_vec()
    };
    values.sort_by(f64::total_cmp);
    let others = centre.problem.holding(index);
    let mut rises = vec![None; values.len()];
    let mut curves: Vec<FunctionCurve> = Vec::new();
    if let Some(choices) = likelihood.choices() {
        let names = |point: Vec<f64>| choices.names(&point).into_iter().map(str::to_owned).collect();
        let curve = |point| FunctionCurve { functions: names(point), rises: vec![None; values.len()] };
        curves.extend(choices.points(&centre.best.x, likelihood.parameters()).into_iter().map(curve));
    }
    let middle = values.partition_point(|value| *value < best);
    let mut walk = |order: &mut dyn Iterator<Item = usize>| -> Result<(), NoResult> {
        let mut warm = centre.best.x.clone();
        for k in order {
            warm[index] = values[k];
            if let Ok(found) = found_minimum(&others, &warm, centre.limits) {
                let point = found.point;
                let rise = 2.0 * (point.value - centre.best.value);
                if rise < -1e-6 {
                    let name = &parameter.name;
                    return Err(NoResult(format!("a lower minimum lies at {name} = {}: start the fit there", values[k])));
                }
                rises[k] = Some(rise.max(0.0));
                for (curve, one) in curves.iter_mut().zip(found.combinations.iter()) {
                    let height = 2.0 * (one.point.value - centre.best.value);
                    curve.rises[k] = Some(height).filter(|_| one.is_minimum());
                }
                warm = point.x;
            }
        }
        Ok(())
    };
    walk(&mut (middle..values.len()))?;
    walk(&mut (0..middle).rev())?;
    Ok(Scan { name: parameter.name.clone(), best, error, values, rises, curves })
}

/// A point on its way into a [`Contour`].
struct Corner {
    angle: f64,
    /// In units in which the error ellipse is a circle around 0.
    flat: [f64; 2],
    point: ContourPoint,
}

/// The contour of two parameters on which 2 Δ(-ln L) is `rise`, at `points` angles of their error ellipse, and at up to as many
/// between neighbours that lie far apart.
///
/// # Errors
/// If the likelihood has no minimum, or one of the parameters is fixed or at a bound.
pub fn contour(
    likelihood: &dyn Likelihood,
    pair: [usize; 2],
    rise: f64,
    points: usize,
    options: &Options,
) -> Result<Contour, NoResult> {
    let centre = Centre::new(likelihood, options)?;
    let names = pair.map(|index| likelihood.parameters()[index].name.clone());
    let [Some(i), Some(j)] = pair.map(|index| centre.errors.place(index)) else {
        return Err(NoResult(format!("{} or {} is fixed or at a bound", names[0], names[1])));
    };
    let column = centre.errors.covariances(i);
    let (a, b, c) = (column[i].sqrt(), column[j], centre.errors.variance(j));
    // The ellipse as the image of a circle: a lower triangle of the covariance.
    let (down, across) = (b / a, (c - (b / a) * (b / a)).max(0.0).sqrt());
    let others = centre.problem.holding(pair[0]).holding(pair[1]);
    let best = pair.map(|index| centre.best.x[index]);
    let walk = |angle: f64, guess: f64, warm: &mut Vec<f64>| {
        let (u, v) = (maths::cos(angle), maths::sin(angle));
        let (point, radius) = crossing(&centre, &others, pair, [a * u, down * u + across * v], rise, guess, warm)?;
        // Where it lies if the ellipse is a circle.
        let [x, y] = [0, 1].map(|axis| point.at[axis] - best[axis]);
        let flat = [x / a, (y - down * x / a) / across];
        Ok::<_, NoResult>((Corner { angle, flat, point }, radius))
    };
    let mut ring: Vec<Corner> = Vec::with_capacity(points);
    let mut warm = centre.best.x.clone();
    let mut radius = rise.sqrt();
    for k in 0..points {
        let (corner, reached) = walk(TAU * k as f64 / points as f64, radius, &mut warm)?;
        radius = reached;
        ring.push(corner);
    }
    // Far from an ellipse neighbours can lie far apart: points go between them, as many again at most.
    let widest = 2.0 * rise.sqrt() * TAU / points as f64;
    for _ in 0..points {
        let gap = |k: usize| {
            let [one, other] = [ring[k].flat, ring[(k + 1) % ring.len()].flat];
            let both = ring[k].point.on_bound && ring[(k + 1) % ring.len()].point.on_bound;
            if both { 0.0 } else { maths::hypot(one[0] - other[0], one[1] - other[1]) }
        };
        let Some(place) = (0..ring.len()).filter(|&k| gap(k) > widest).max_by(|&one, &other| gap(one).total_cmp(&gap(other)))
        else {
            break;
        };
        let next = ring.get(place + 1).map_or(TAU, |corner| corner.angle);
        let guess = maths::hypot(ring[place].flat[0], ring[place].flat[1]);
        let (corner, _) = walk(0.5 * (ring[place].angle + next), guess, &mut warm)?;
        ring.insert(place + 1, corner);
    }
    let points = ring.into_iter().map(|corner| corner.point).collect();
    Ok(Contour { names, best, rise, points })
}

/// Where the profile along a direction reaches `rise`: the point, and its distance in units of the direction.
fn crossing(
    centre: &Centre<'_>,
    others: &Problem<'_>,
    pair: [usize; 2],
    direction: [f64; 2],
    rise: f64,
    guess: f64,
    warm: &mut Vec<f64>,
) -> Result<(ContourPoint, f64), NoResult> {
    let room = pair.iter().zip(direction).fold(f64::INFINITY, |room, (&index, step)| {
        let parameter = centre.problem.parameter(index);
        let edge = if step > 0.0 { parameter.upper } else { parameter.lower };
        if step == 0.0 { room } else { room.min(((edge - centre.best.x[index]) / step).max(0.0)) }
    });
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut distance = guess.min(room);
    for _ in 0..60 {
        for (&index, step) in pair.iter().zip(direction) {
            let parameter = centre.problem.parameter(index);
            warm[index] = (centre.best.x[index] + distance * step).clamp(parameter.lower, parameter.upper);
        }
        let point = match minimum(others, warm, centre.limits) {
            Ok(point) => point,
            // On a bound where nothing is expected -ln L is above every value.
            Err(_) if distance >= room && high > distance => {
                high = distance;
                distance = 0.5 * (low + high);
                continue;
            }
            Err(reason) => return Err(reason),
        };
        let height = 2.0 * (point.value - centre.best.value);
        let slope = 2.0 * pair.iter().zip(direction).map(|(&index, step)| point.gradient[index] * step).sum::<f64>();
        *warm = point.x;
        let here = ContourPoint { at: pair.map(|index| warm[index]), on_bound: false };
        if (height - rise).abs() < 1e-9 * rise {
            return Ok((here, distance));
        }
        if height < rise {
            if distance >= room {
                return Ok((ContourPoint { on_bound: true, ..here }, guess));
            }
            low = distance;
        } else {
            high = distance;
        }
        let newton = distance + (rise - height) / slope;
        let middle = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low.max(guess) };
        let inside = newton > low && newton < high && newton < low + 4.0 * low.max(guess);
        distance = if inside { newton } else { middle }.min(room);
        if high - low < 1e-13 * high {
            return Ok((here, distance));
        }
    }
    Err(NoResult("the contour does not close".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};

    /// Two bins of one sample each: independent Poisson counts with means 10 mu_i.
    fn two_counts(observed: [f64; 2]) -> germane_models::Model {
        let channel = |name: &str, factor: &str| {
            Channel::new(name).sample(Sample::new("signal", vec![10.0]).with(Modifier::norm_factor(factor)))
        };
        Workspace::new()
            .channel(channel("a", "x"), vec![observed[0]])
            .channel(channel("b", "y"), vec![observed[1]])
            .measurement(Measurement::new("main", Some("x")))
            .model(None)
            .unwrap()
    }

    /// 2 Δ(-ln L) of a Poisson count n with mean ν.
    fn deviance(n: f64, mean: f64) -> f64 {
        2.0 * (mean - n - n * maths::ln(mean / n))
    }

    #[test]
    fn a_scan_is_the_deviance_of_the_count() {
        let model = two_counts([20.0, 30.0]);
        let found = scan(&model, model.index("x").unwrap(), &[1.0, 3.0, 2.0], 0, &Options::default()).unwrap();
        assert_eq!(found.values, [1.0, 2.0, 3.0]);
        for (value, rise) in found.values.iter().zip(&found.rises) {
            assert!((rise.unwrap() - deviance(20.0, 10.0 * value)).abs() < 1e-10);
        }
        let wide = scan(&model, model.index("x").unwrap(), &[], 7, &Options::default()).unwrap();
        assert_eq!((wide.values.len(), wide.rises.iter().flatten().count()), (7, 7));
    }

    #[test]
    fn neighbours_on_a_long_contour_get_points_between_them() {
        let model = two_counts([2.0, 3.0]);
        let pair = [model.index("x").unwrap(), model.index("y").unwrap()];
        // Of counts so small the region at 30 is far from the ellipse of the minimum.
        let found = contour(&model, pair, 30.0, 8, &Options::default()).unwrap();
        assert!(found.points.len() > 8 && found.points.len() <= 16, "{}", found.points.len());
        for point in found.points.iter().filter(|point| !point.on_bound) {
            let height = deviance(2.0, 10.0 * point.at[0]) + deviance(3.0, 10.0 * point.at[1]);
            assert!((height - 30.0).abs() < 1e-7, "{point:?}: {height}");
        }
        // Once around: the angles rise.
        let angle = |point: &ContourPoint| maths::atan2(point.at[1] - 0.3, point.at[0] - 0.2).rem_euclid(TAU);
        let first = found.points.iter().map(angle).collect::<Vec<_>>();
        assert!(first[1..].windows(2).all(|pair| pair[0] < pair[1]), "{first:?}");
    }

    #[test]
    fn a_contour_of_independent_counts_has_the_sum_of_their_deviances() {
        let model = two_counts([20.0, 30.0]);
        let pair = [model.index("x").unwrap(), model.index("y").unwrap()];
        let found = contour(&model, pair, 2.3, 24, &Options::default()).unwrap();
        assert_eq!(found.points.len(), 24);
        for point in &found.points {
            let height = deviance(20.0, 10.0 * point.at[0]) + deviance(30.0, 10.0 * point.at[1]);
            assert!(!point.on_bound && (height - 2.3).abs() < 1e-8, "{point:?}: {height}");
        }
    }
}
