//! Least squares with weights that are not negative.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor, Role};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "optimize_nnls",
    about: "weights >= 0 of the columns of a matrix that come nearest to the waveform",
    formula: "argmin |A x - b|, x >= 0: columns enter while their gradient is above tol, and leave when their weight falls to min_value; each \
              step is solved exactly by Householder's factors. NaN if columns depend on each other (allow_singularity) or after maxiter steps",
    source: "C. L. Lawson and R. J. Hanson, Solving Least Squares Problems (1974), chapter 23",
    init: &[],
    parameters: &[
        Parameter::of("a", Role::Matrix('m', 'n')),
        Parameter::samples("b", 'm'),
        Parameter::constant("maxiter").plain(),
        Parameter::constant("tol").plain(),
        Parameter::integer("allow_singularity").plain(),
        Parameter::constant("min_value").plain(),
        Parameter::samples_out("x", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (matrix, rows, columns) = (call.array(0)?, call.length(1), call.length(6));
    if matrix.len() != rows * columns {
        return Err(Fault::at(0, format!("the matrix has {} numbers for {rows} samples and {columns} weights", matrix.len())));
    }
    let (steps, tolerance) = (call.number(2)?, call.number(3)?);
    if !(steps >= 0.0) {
        return Err(Fault::at(2, "the number of steps is not negative"));
    }
    let (allow_singularity, least) = (call.number(4)? != 0.0, call.number(5)?);
    let factors = Factors::of(&matrix, rows, columns);
    let settings = Settings { steps: steps.min(1e9) as usize, tolerance, allow_singularity, least };
    let wide = factors.clone();
    Ok(call.kernel(|ty| Nnls::<f32> { factors, settings, ty }, |ty| Nnls::<f64> { factors: wide, settings, ty }))
}

/// `A = Q R`: what is left of the problem has as many rows as columns.
#[derive(Clone, Debug)]
struct Factors {
    rows: usize,
    columns: usize,
    /// Householder vectors, one after the other, each of `rows` numbers, scaled so that the reflection is `1 - v vᵀ`
    reflections: Vec<f64>,
    /// upper triangle, row by row, `columns` wide and `min(rows, columns)` high
    triangle: Vec<f64>,
}

impl Factors {
    fn of(matrix: &[f64], rows: usize, columns: usize) -> Self {
        let (mut a, height) = (matrix.to_vec(), rows.min(columns));
        let mut reflections = vec![0.0; height * rows];
        for k in 0..height {
            let v = &mut reflections[k * rows..(k + 1) * rows];
            for i in k..rows {
                v[i] = a[i * columns + k];
            }
            reflector(&mut v[k..]);
            for j in k..columns {
                let along: f64 = (k..rows).map(|i| v[i] * a[i * columns + j]).sum();
                for i in k..rows {
                    a[i * columns + j] -= along * v[i];
                }
            }
        }
        a.truncate(height * columns);
        for k in 0..height {
            a[k * columns..k * columns + k].fill(0.0);
        }
        Self { rows, columns, reflections, triangle: a }
    }

    fn height(&self) -> usize {
        self.rows.min(self.columns)
    }
}

/// Turns a column into the vector that reflects it onto its first axis, scaled to length `sqrt 2`; zero stays zero.
fn reflector(v: &mut [f64]) {
    let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm == 0.0 {
        return;
    }
    v[0] += if v[0] < 0.0 { -norm } else { norm };
    let scale = (2.0 / v.iter().map(|x| x * x).sum::<f64>()).sqrt();
    v.iter_mut().for_each(|x| *x *= scale);
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    steps: usize,
    tolerance: f64,
    allow_singularity: bool,
    least: f64,
}

#[derive(Debug)]
struct Nnls<T> {
    factors: Factors,
    settings: Settings,
    ty: PhantomData<T>,
}

/// How it went for a waveform.
enum Outcome {
    Solved(Vec<f64>),
    Singular,
    OutOfSteps,
}

impl Factors {
    /// Weights for a right side that has been rotated.
    fn solve(&self, right: &[f64], settings: &Settings) -> Outcome {
        let (n, height) = (self.columns, self.height());
        let (mut x, mut inside, mut steps) = (vec![0.0; n], vec![false; n], 0);
        loop {
            let left: Vec<f64> =
                (0..height).map(|i| right[i] - (0..n).map(|j| self.triangle[i * n + j] * x[j]).sum::<f64>()).collect();
            let gradient = |j: usize| (0..height).map(|i| self.triangle[i * n + j] * left[i]).sum::<f64>();
            let next =
                (0..n).filter(|&j| !inside[j]).map(|j| (j, gradient(j))).fold(None, |best: Option<(usize, f64)>, (j, g)| {
                    if g > settings.tolerance && best.is_none_or(|(_, most)| g > most) { Some((j, g)) } else { best }
                });
            let Some((enters, _)) = next else { return Outcome::Solved(x) };
            inside[enters] = true;
            loop {
                if steps > settings.steps {
                    return Outcome::OutOfSteps;
                }
                steps += 1;
                let Some(s) = self.least_squares(right, &inside) else { return Outcome::Singular };
                let leaves = |j: &usize| inside[*j] && s[*j] <= settings.least;
                let way = (0..n)
                    .filter(leaves)
                    .map(|j| if x[j] > s[j] { x[j] / (x[j] - s[j]) } else { 0.0 })
                    .fold(f64::INFINITY, f64::min);
                if way == f64::INFINITY {
                    x = s;
                    break;
                }
                let gone: Vec<usize> =
                    (0..n).filter(leaves).filter(|&j| (if x[j] > s[j] { x[j] / (x[j] - s[j]) } else { 0.0 }) <= way).collect();
                for j in 0..n {
                    x[j] += way * (s[j] - x[j]);
                }
                for j in gone {
                    (inside[j], x[j]) = (false, 0.0);
                }
            }
        }
    }

    /// Least squares with the columns `inside`, zero elsewhere; `None` where they depend on each other.
    fn least_squares(&self, right: &[f64], inside: &[bool]) -> Option<Vec<f64>> {
        let (n, height) = (self.columns, self.height());
        let columns: Vec<usize> = (0..n).filter(|&j| inside[j]).collect();
        let size = columns.len();
        if size > height {
            return None;
        }
        let mut a: Vec<f64> = columns.iter().flat_map(|&j| (0..height).map(move |i| self.triangle[i * n + j])).collect();
        let mut b = right[..height].to_vec();
        let mut diagonal = Vec::with_capacity(size);
        for k in 0..size {
            let (done, rest) = a.split_at_mut((k + 1) * height);
            let v = &mut done[k * height + k..];
            let scale = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            let sign = if v[0] < 0.0 { 1.0 } else { -1.0 };
            let whole = columns.get(k).map_or(0.0, |&j| {
                (0..height)
                    .map(|i| {
                        let x = self.triangle[i * n + j];
                        x * x
                    })
                    .sum::<f64>()
                    .sqrt()
            });
            if !(scale > 1e-14 * whole) {
                return None;
            }
            diagonal.push(sign * scale);
            reflector(v);
            for column in rest.chunks_exact_mut(height).map(|column| &mut column[k..]).chain([&mut b[k..]]) {
                let along: f64 = v.iter().zip(column.iter()).map(|(v, x)| v * x).sum();
                column.iter_mut().zip(v.iter()).for_each(|(x, v)| *x -= along * v);
            }
        }
        let mut solution = vec![0.0; n];
        for k in (0..size).rev() {
            let known: f64 = (k + 1..size).map(|j| a[j * height + k] * solution[columns[j]]).sum();
            solution[columns[k]] = (b[k] - known) / diagonal[k];
        }
        Some(solution)
    }
}

impl<T: Real> LaneKernel for Nnls<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (b, out) = (io.samples::<T>(1), io.samples_out::<T>(6));
        let (rows, height) = (self.factors.rows, self.factors.height());
        let rotated = &mut io.scratch.lanes;
        rotated.clear();
        rotated.extend(b.iter().map(|samples| samples.map(T::widen)));
        for v in self.factors.reflections.chunks_exact(rows.max(1)) {
            let mut along: Lane<f64> = [0.0; LANES];
            for (v, x) in v.iter().zip(rotated.iter()) {
                for lane in 0..LANES {
                    along[lane] += v * x[lane];
                }
            }
            for (v, x) in v.iter().zip(rotated.iter_mut()) {
                for lane in 0..LANES {
                    x[lane] -= along[lane] * v;
                }
            }
        }
        let right = &mut io.scratch.numbers;
        for lane in 0..LANES {
            right.clear();
            right.extend(rotated[..height].iter().map(|x| x[lane]));
            let finite = right.iter().all(|x| x.is_finite());
            match if finite { self.factors.solve(right, &self.settings) } else { Outcome::OutOfSteps } {
                Outcome::Solved(x) => out.iter_mut().zip(x).for_each(|(out, x)| out[lane] = T::narrow(x)),
                Outcome::Singular if !self.settings.allow_singularity => {
                    return Err(LaneFault { lane, message: "columns of the matrix depend on each other".into() });
                }
                _ => out.iter_mut().for_each(|out| out[lane] = T::NAN),
            }
        }
        Ok(())
    }
}
