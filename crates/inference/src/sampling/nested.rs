//! Nested sampling: the evidence, and draws also of posteriors with several modes.
//!
//! J. Skilling, Bayesian Analysis 1 (2006) 833; new live points by slices along random directions in units of the spread of the
//! live points, as in W. J. Handley, M. P. Hobson and A. N. Lasenby, Mon. Not. R. Astron. Soc. 453 (2015) 4384.

use germane_models::Likelihood;
use germane_numerics::dense::{Matrix, cholesky, dot};
use germane_numerics::maths;
use germane_numerics::random::Philox4x32;

use super::logarithms::ln_add;

/// A point of the unit cube with its ln L.
#[derive(Clone)]
struct Live {
    u: Vec<f64>,
    ln: f64,
}

/// A point that has been left behind, with the logarithm of its weight L·ΔX.
pub(super) struct Dead {
    pub(super) u: Vec<f64>,
    pub(super) ln_weight: f64,
}

/// What one run gave.
pub(super) struct NestedRun {
    pub(super) dead: Vec<Dead>,
    pub(super) ln_evidence: f64,
    /// Information, the mean of ln(L/Z) under the posterior.
    pub(super) information: f64,
    pub(super) evaluations: usize,
}

/// The flat prior within the bounds of the moving parameters.
pub(super) struct Cube<'a> {
    likelihood: &'a dyn Likelihood,
    pub(super) moving: Vec<usize>,
    base: Vec<f64>,
}

impl<'a> Cube<'a> {
    /// # Errors
    /// The name of a parameter without two bounds.
    pub(super) fn new(likelihood: &'a dyn Likelihood) -> Result<Self, String> {
        let parameters = likelihood.parameters();
        let moves = |index: &usize| !parameters[*index].fixed && parameters[*index].lower < parameters[*index].upper;
        let moving: Vec<usize> = (0..parameters.len()).filter(moves).collect();
        let open = |index: &&usize| !(parameters[**index].lower.is_finite() && parameters[**index].upper.is_finite());
        if let Some(&index) = moving.iter().find(open) {
            return Err(format!("nested sampling needs two bounds of every free parameter; {} has not", parameters[index].name));
        }
        let base = parameters.iter().map(|parameter| parameter.start.max(parameter.lower).min(parameter.upper)).collect();
        Ok(Self { likelihood, moving, base })
    }

    pub(super) fn values(&self, u: &[f64]) -> Vec<f64> {
        let value = |(&index, u): (&usize, &f64)| {
            let parameter = &self.likelihood.parameters()[index];
            parameter.lower + (parameter.upper - parameter.lower) * u
        };
        self.moving.iter().zip(u).map(value).collect()
    }

    /// ln L; minus infinity outside the cube.
    fn ln(&self, u: &[f64]) -> f64 {
        if u.iter().any(|u| !(0.0..=1.0).contains(u)) {
            return f64::NEG_INFINITY;
        }
        let mut x = self.base.clone();
        for (&index, value) in self.moving.iter().zip(self.values(u)) {
            x[index] = value;
        }
        -self.likelihood.nll(&x)
    }
}

/// Random numbers in the order of their use.
struct Stream {
    generator: Philox4x32,
    run: u32,
    used: u64,
}

impl Stream {
    fn counter(&mut self) -> [u32; 4] {
        self.used += 1;
        [self.used as u32, (self.used >> 32) as u32, self.run, 7]
    }

    fn uniform(&mut self) -> f64 {
        let counter = self.counter();
        self.generator.uniform(counter)
    }

    fn normal(&mut self) -> f64 {
        let counter = self.counter();
        self.generator.normal(counter)
    }

    /// A number below `count`.
    fn below(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64) as usize).min(count - 1)
    }
}

/// The points that are left add less than this part of the evidence.
const LEFT: f64 = 1e-3;

/// Slices for a new point, for each parameter.
const SLICES: usize = 5;

pub(super) fn run(cube: &Cube<'_>, points: usize, seed: u64, number: u32) -> Result<NestedRun, String> {
    let mut stream = Stream { generator: Philox4x32::new([seed as u32, (seed >> 32) as u32]), run: number, used: 0 };
    let size = cube.moving.len();
    let mut evaluations = 0;
    let mut live = Vec::new();
    while live.len() < points {
        let u: Vec<f64> = (0..size).map(|_| stream.uniform()).collect();
        let ln = cube.ln(&u);
        evaluations += 1;
        if ln.is_finite() {
            live.push(Live { u, ln });
        } else if evaluations > 1000 * points {
            return Err("the likelihood is defined almost nowhere within the bounds".to_owned());
        }
    }
    // The prior is flat where the likelihood is defined; elsewhere L = 0, and that part of the cube is lost at once.
    let mut ln_volume = maths::ln(points as f64 / evaluations as f64);
    // Of n points the outermost encloses the part n/(n + 1) on average; in the logarithm 1/n is lost.
    let shrink = 1.0 / points as f64;
    let lost = maths::ln(1.0 - maths::exp(-shrink));
    let mut dead: Vec<Dead> = Vec::new();
    let mut ln_evidence = f64::NEG_INFINITY;
    let mut metric = Matrix::identity(size);
    for iteration in 0.. {
        let lowest = (0..points).fold(0, |least, k| if live[k].ln < live[least].ln { k } else { least });
        let highest = live.iter().map(|point| point.ln).fold(f64::NEG_INFINITY, f64::max);
        if highest + ln_volume < ln_evidence + maths::ln(LEFT) || live[lowest].ln >= highest {
            break;
        }
        let ln_weight = live[lowest].ln + ln_volume + lost;
        ln_evidence = ln_add(ln_evidence, ln_weight);
        ln_volume -= shrink;
        if iteration % (points / 5).max(1) == 0 {
            metric = spread(&live);
        }
        let above = live[lowest].ln;
        let other = (lowest + 1 + stream.below(points - 1)) % points;
        let mut point = live[other].clone();
        for _ in 0..SLICES * size {
            point = slice(cube, &point, above, &metric, &mut stream, &mut evaluations);
        }
        let gone = std::mem::replace(&mut live[lowest], point);
        dead.push(Dead { u: gone.u, ln_weight });
    }
    for point in live {
        let ln_weight = point.ln + ln_volume - maths::ln(points as f64);
        ln_evidence = ln_add(ln_evidence, ln_weight);
        dead.push(Dead { u: point.u, ln_weight });
    }
    Ok(NestedRun { information: information(cube, &dead, ln_evidence), dead, ln_evidence, evaluations })
}

/// The mean of ln(L/Z) under the posterior.
fn information(cube: &Cube<'_>, dead: &[Dead], ln_evidence: f64) -> f64 {
    let part = |point: &Dead| maths::exp(point.ln_weight - ln_evidence) * (cube.ln(&point.u) - ln_evidence);
    dead.iter().filter(|point| point.ln_weight > ln_evidence - 700.0).map(part).sum()
}

/// A triangular matrix that turns independent directions into those of the spread of the points.
fn spread(live: &[Live]) -> Matrix {
    let size = live[0].u.len();
    let count = live.len() as f64;
    let mean: Vec<f64> = (0..size).map(|i| live.iter().map(|point| point.u[i]).sum::<f64>() / count).collect();
    let mut covariance = Matrix::zeros(size, size);
    for point in live {
        for i in 0..size {
            for j in 0..size {
                covariance[(i, j)] += (point.u[i] - mean[i]) * (point.u[j] - mean[j]) / count;
            }
        }
    }
    for i in 0..size {
        covariance[(i, i)] *= 1.0 + 1e-9;
    }
    cholesky(&covariance).map_or_else(|_| Matrix::identity(size), |factor| factor.lower().clone())
}

/// A point of higher likelihood than `above` on a random line through a point that is such a one.
fn slice(cube: &Cube<'_>, from: &Live, above: f64, metric: &Matrix, stream: &mut Stream, evaluations: &mut usize) -> Live {
    let normals: Vec<f64> = from.u.iter().map(|_| stream.normal()).collect();
    let length = dot(&normals, &normals).sqrt();
    let direction: Vec<f64> = metric.times(&normals).into_iter().map(|value| value / length).collect();
    let mut at = |t: f64| {
        *evaluations += 1;
        let u: Vec<f64> = from.u.iter().zip(&direction).map(|(u, step)| u + t * step).collect();
        let ln = cube.ln(&u);
        Live { u, ln }
    };
    // A window of two spreads around the point, widened until both ends are outside.
    const WIDTH: f64 = 2.0;
    let mut low = -WIDTH * stream.uniform();
    let mut high = low + WIDTH;
    while at(low).ln > above {
        low -= WIDTH;
    }
    while at(high).ln > above {
        high += WIDTH;
    }
    loop {
        let t = low + (high - low) * stream.uniform();
        let point = at(t);
        if point.ln > above {
            return point;
        }
        if t < 0.0 {
            low = t;
        } else {
            high = t;
        }
        if high - low < 1e-14 {
            return from.clone();
        }
    }
}
