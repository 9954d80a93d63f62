//! A chain: warm-up, then draws.

use germane_models::Likelihood;
use germane_numerics::dense::{Matrix, add_scaled, cholesky};
use germane_numerics::maths;
use germane_numerics::random::Philox4x32;

use super::SampleOptions;
use super::nuts::{Phase, Randoms, Target, first_step, transition};
use super::unbounded::Unbounded;
use super::warmup::{Spread, StepSearch, windows};

/// An affine view of the coordinates: y = centre + A z.
#[derive(Clone)]
pub(super) struct Metric {
    centre: Vec<f64>,
    /// A, row by row; the whole matrix, or its diagonal alone.
    shape: Shape,
}

#[derive(Clone)]
enum Shape {
    Full(Matrix),
    Diagonal(Vec<f64>),
}

impl Metric {
    /// Coordinates as they are.
    pub(super) fn unit(centre: Vec<f64>) -> Self {
        let shape = Shape::Diagonal(vec![1.0; centre.len()]);
        Self { centre, shape }
    }

    /// In which a normal density with these second derivatives of -ln has unit widths; none if they are not positive definite.
    pub(super) fn of(centre: Vec<f64>, hessian: &Matrix) -> Option<Self> {
        let factor = cholesky(hessian).ok()?;
        let size = centre.len();
        // H = L Lᵀ: y = centre + L⁻ᵀ z. Rows of Lᵀ are solved from the last one on.
        let lower = factor.lower();
        let mut shape = Matrix::zeros(size, size);
        for column in 0..size {
            for row in (0..=column).rev() {
                let mut value = if row == column { 1.0 } else { 0.0 };
                for k in row + 1..=column {
                    value -= lower[(k, row)] * shape[(k, column)];
                }
                shape[(row, column)] = value / lower[(row, row)];
            }
        }
        shape.data().iter().all(|value| value.is_finite()).then_some(Self { centre, shape: Shape::Full(shape) })
    }

    pub(super) fn outside(&self, z: &[f64]) -> Vec<f64> {
        match &self.shape {
            Shape::Full(matrix) => matrix.times(z).iter().zip(&self.centre).map(|(a, b)| a + b).collect(),
            Shape::Diagonal(widths) => z.iter().zip(widths).zip(&self.centre).map(|((z, width), c)| z * width + c).collect(),
        }
    }

    /// Aᵀ g.
    fn slopes(&self, outside: &[f64], inside: &mut [f64]) {
        match &self.shape {
            Shape::Full(matrix) => {
                inside.fill(0.0);
                for (row, slope) in outside.iter().enumerate() {
                    add_scaled(inside, *slope, matrix.row(row));
                }
            }
            Shape::Diagonal(widths) => {
                for ((inside, slope), width) in inside.iter_mut().zip(outside).zip(widths) {
                    *inside = slope * width;
                }
            }
        }
    }

    /// The same with other widths of z, which is changed to be the same place.
    fn widen(&mut self, widths: &[f64], z: &mut [f64]) {
        match &mut self.shape {
            Shape::Full(matrix) => {
                for row in 0..matrix.rows() {
                    for (entry, width) in matrix.row_mut(row).iter_mut().zip(widths) {
                        *entry *= width;
                    }
                }
            }
            Shape::Diagonal(own) => own.iter_mut().zip(widths).for_each(|(own, width)| *own *= width),
        }
        z.iter_mut().zip(widths).for_each(|(z, width)| *z /= width);
    }
}

struct View<'a> {
    posterior: &'a Unbounded<'a>,
    metric: &'a Metric,
}

impl Target for View<'_> {
    fn evaluate(&self, z: &[f64], slopes: &mut [f64]) -> f64 {
        let y = self.metric.outside(z);
        let mut outside = vec![0.0; y.len()];
        let value = self.posterior.gradient(&y, &mut outside);
        self.metric.slopes(&outside, slopes);
        value
    }
}

/// What a chain gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chain {
    /// Values of the moving parameters, draw by draw.
    pub(super) draws: Vec<Vec<f64>>,
    /// Draws whose trajectories diverged.
    pub(super) divergences: usize,
    pub(super) acceptance: f64,
    pub(super) step: f64,
    /// Evaluations of the density with gradient.
    pub(super) evaluations: usize,
}

/// Runs one chain from a random place about as far from the centre as the metric says.
pub(super) fn run(posterior: &Unbounded<'_>, metric: &Metric, number: u32, options: &SampleOptions) -> Result<Chain, String> {
    let generator = Philox4x32::new([options.seed as u32, (options.seed >> 32) as u32]);
    let size = posterior.moving.len();
    let mut metric = metric.clone();
    let start = (0..200).find_map(|attempt| {
        let z = Randoms::new(&generator, number, attempt).normals(size, 3);
        let y = metric.outside(&z);
        let mut slopes = vec![0.0; size];
        let good = posterior.gradient(&y, &mut slopes).is_finite() && slopes.iter().all(|slope| slope.is_finite());
        good.then_some(z)
    });
    let z = start.ok_or_else(|| format!("chain {number} finds no place where the posterior is defined"))?;
    let mut phase = Phase::new(&View { posterior, metric: &metric }, z);
    let ends = windows(options.warmup);
    let restart = |metric: &Metric, phase: &Phase, draw: u32| {
        let view = View { posterior, metric };
        StepSearch::new(first_step(&view, phase, &Randoms::new(&generator, number, draw)), options.acceptance)
    };
    let mut search = restart(&metric, &phase, 0);
    let mut spread = Spread::new(size);
    let mut chain = Chain { draws: Vec::new(), divergences: 0, acceptance: 0.0, step: 0.0, evaluations: 0 };
    for draw in 0..options.warmup {
        let view = View { posterior, metric: &metric };
        let (next, moved) = transition(&view, &phase, search.step(), Randoms::new(&generator, number, draw as u32));
        phase = next;
        chain.evaluations += moved.steps;
        search.learn(moved.acceptance);
        if draw >= 75 {
            spread.add(&phase.z);
        }
        if ends.contains(&(draw + 1)) {
            let mut z = phase.z.clone();
            metric.widen(&spread.widths(), &mut z);
            phase = Phase::new(&View { posterior, metric: &metric }, z);
            spread = Spread::new(size);
            search = restart(&metric, &phase, draw as u32 + 1);
        }
    }
    chain.step = search.found();
    for draw in options.warmup..options.warmup + options.draws {
        let view = View { posterior, metric: &metric };
        let part = generator.uniform([0, draw as u32, number, 4]);
        let step = chain.step * maths::exp(part * maths::ln(options.shortest));
        let (next, moved) = transition(&view, &phase, step, Randoms::new(&generator, number, draw as u32));
        phase = next;
        chain.evaluations += moved.steps;
        chain.divergences += usize::from(moved.divergent);
        chain.acceptance += moved.acceptance / options.draws as f64;
        chain.draws.push(posterior.values(&metric.outside(&phase.z)));
    }
    Ok(chain)
}
