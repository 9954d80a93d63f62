//! Decay times and fraction that make the tail of a waveform flat.

use super::optimize_1pz::{check_range, range};
use crate::lanes::{LANES, Real, waveform};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::maths;
use std::marker::PhantomData;

// The slope of the tail alone, which others minimise, vanishes on a whole surface of parameters: so it is the tail about its
// mean that is made small here.
pub(super) static PROCESSOR: Processor = Processor {
    name: "optimize_2pz",
    about: "decay times and fraction with which double_pole_zero makes the tail flat; NaN if none is found",
    formula: "minimum over 0 < tau <= tau_max, 0 <= frac <= frac_max of sum((y - mean(y))^2) over t_beg <= i < t_end; y: \
              double_pole_zero of w - baseline that is 0 before the first sample; p0, p1, p2: tau1, tau2, frac to start from",
    source: "K. Levenberg (1944), D. W. Marquardt (1963)",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("baseline"),
        Parameter::scalar("t_beg"),
        Parameter::scalar("t_end"),
        Parameter::scalar("tau_max"),
        Parameter::scalar("frac_max"),
        Parameter::scalar("p0"),
        Parameter::scalar("p1"),
        Parameter::scalar("p2"),
        Parameter::scalar_out("tau1"),
        Parameter::scalar_out("tau2"),
        Parameter::scalar_out("frac"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    check_range(call, 2)?;
    for (k, what) in [(4, "largest decay time"), (6, "decay time"), (7, "decay time")] {
        if let Some(value) = call.known(k).filter(|value| !(*value > 0.0)) {
            return Err(Fault::at(k, format!("expected a {what} above 0, this is {value}")));
        }
    }
    Ok(call.kernel(Optimize2pz::<f32>, Optimize2pz::<f64>))
}

#[derive(Debug)]
struct Optimize2pz<T>(PhantomData<T>);

impl<T: Real> LaneKernel for Optimize2pz<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let w = io.samples::<T>(0);
        let given: [[f64; LANES]; 8] = std::array::from_fn(|k| io.scalar(k + 1));
        let outputs = [io.scalar_out(9), io.scalar_out(10), io.scalar_out(11)];
        let samples = &mut io.scratch.numbers;
        let mut found = [[f64::NAN; 3]; LANES];
        for lane in 0..LANES {
            let range = range(given[1][lane], given[2][lane], w.len()).map_err(|message| LaneFault { lane, message })?;
            let baseline = given[0][lane];
            samples.clear();
            samples.extend(waveform(w, lane).map(|x| x - baseline));
            let start: [f64; 5] = std::array::from_fn(|k| given[k + 3][lane]);
            if range.len() > 3 && samples.iter().chain(&start).all(|x| x.is_finite()) && start[2] > 0.0 && start[3] > 0.0 {
                let tail = Tail { samples, range, tau_max: start[0], fraction_max: start[1] };
                found[lane] = tail.flatten([start[2], start[3], start[4]]);
            }
        }
        for (k, output) in outputs.into_iter().enumerate() {
            *output = found.map(|parameters| parameters[k]);
        }
        Ok(())
    }
}

struct Tail<'s> {
    samples: &'s [f64],
    range: std::ops::Range<usize>,
    tau_max: f64,
    fraction_max: f64,
}

/// Sum of squares, its gradient and the matrix of Gauss and Newton, in ln(tau1), ln(tau2), fraction.
struct Normal {
    squares: f64,
    gradient: [f64; 3],
    matrix: [[f64; 3]; 3],
}

impl Tail<'_> {
    /// Parameters at the minimum, or NaN.
    fn flatten(&self, start: [f64; 3]) -> [f64; 3] {
        let mut at = self.bounded([maths::ln(start[0]), maths::ln(start[1]), start[2]]);
        let mut here = self.normal(at);
        let mut damping = 1e-3;
        for _ in 0..200 {
            let Some(step) = damped_step(&here, damping) else { break };
            let next = self.bounded([at[0] + step[0].clamp(-1.0, 1.0), at[1] + step[1].clamp(-1.0, 1.0), at[2] + step[2]]);
            let there = self.normal(next);
            if there.squares < here.squares {
                let moved = (0..3).map(|k| (next[k] - at[k]).abs()).fold(0.0, f64::max);
                (at, here) = (next, there);
                damping = (damping * 0.1).max(1e-15);
                if moved < 1e-13 {
                    break;
                }
            } else {
                damping *= 10.0;
                if damping > 1e12 {
                    break;
                }
            }
        }
        if !here.squares.is_finite() {
            return [f64::NAN; 3];
        }
        [maths::exp(at[0]), maths::exp(at[1]), at[2]]
    }

    fn bounded(&self, at: [f64; 3]) -> [f64; 3] {
        let most = maths::ln(self.tau_max);
        [at[0].min(most), at[1].min(most), at[2].clamp(0.0, self.fraction_max.max(0.0))]
    }

    fn normal(&self, at: [f64; 3]) -> Normal {
        let (tau1, tau2, fraction) = (maths::exp(at[0]), maths::exp(at[1]), at[2]);
        let (a, b) = (maths::exp(-1.0 / tau1), maths::exp(-1.0 / tau2));
        let pole = b - fraction * (b - a);
        // da/dln(tau1) = a/tau1; the pole moves with all three.
        let (da, db) = (a / tau1, b / tau2);
        let dpole = [fraction * da, (1.0 - fraction) * db, a - b];
        let (mut before, mut twice_before) = (0.0, 0.0);
        // Steps of the result and of its three derivatives, and their sums.
        let (mut step, mut y) = ([0.0; 4], [0.0; 4]);
        let (mut sums, mut products) = ([0.0; 4], [[0.0; 4]; 4]);
        let count = self.range.len() as f64;
        let mut origin = 0.0;
        for (i, &x) in self.samples[..self.range.end].iter().enumerate() {
            let last = step[0];
            step[0] = x - (a + b) * before + a * b * twice_before + pole * last;
            step[1] = da * (b * twice_before - before) + pole * step[1] + dpole[0] * last;
            step[2] = db * (a * twice_before - before) + pole * step[2] + dpole[1] * last;
            step[3] = pole * step[3] + dpole[2] * last;
            (twice_before, before) = (before, x);
            for k in 0..4 {
                y[k] += step[k];
            }
            if i == self.range.start {
                origin = y[0];
            }
            if i >= self.range.start {
                let values = [y[0] - origin, y[1], y[2], y[3]];
                for k in 0..4 {
                    sums[k] += values[k];
                    for j in k..4 {
                        products[k][j] += values[k] * values[j];
                    }
                }
            }
        }
        let about_mean = |k: usize, j: usize| products[k.min(j)][k.max(j)] - sums[k] * sums[j] / count;
        Normal {
            squares: about_mean(0, 0),
            gradient: std::array::from_fn(|k| about_mean(0, k + 1)),
            matrix: std::array::from_fn(|k| std::array::from_fn(|j| about_mean(k + 1, j + 1))),
        }
    }
}

/// Solves `(matrix + damping diagonal) step = -gradient`.
fn damped_step(normal: &Normal, damping: f64) -> Option<[f64; 3]> {
    let (mut m, mut r) = (normal.matrix, normal.gradient.map(|g| -g));
    for k in 0..3 {
        m[k][k] += damping * m[k][k] + f64::MIN_POSITIVE;
    }
    for k in 0..3 {
        if !(m[k][k] > 0.0) {
            return None;
        }
        for j in k + 1..3 {
            let factor = m[j][k] / m[k][k];
            for i in k..3 {
                m[j][i] -= factor * m[k][i];
            }
            r[j] -= factor * r[k];
        }
    }
    for k in (0..3).rev() {
        for j in k + 1..3 {
            r[k] -= m[k][j] * r[j];
        }
        r[k] /= m[k][k];
    }
    r.iter().all(|x| x.is_finite()).then_some(r)
}
