//! Polynomial through a waveform, by least squares.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Given, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "poly_fit",
    about: "coefficients of the polynomial through all samples, lowest power first",
    formula: "least squares of w[i] = sum_k p[k] i^k",
    source: "polynomials orthogonal on equidistant points: P. L. Chebyshev (1859); J. P. Gram (1883)",
    init: &[Parameter::integer("length"), Parameter::integer("degree")],
    parameters: &[Parameter::samples("w", 'n'), Parameter::samples_out("p", 'm')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let whole = |k: usize| match call.init.get(k) {
        Some(Given::Number(value)) if value.fract() == 0.0 && (0.0..=1e9).contains(value) => Ok(*value as usize),
        _ => Err(Fault::at(2 + k, "expected a whole number of at least 0")),
    };
    let (length, degree, samples) = (whole(0)?, whole(1)?, call.length(0));
    if length != samples {
        return Err(Fault::at(2, format!("the fit is made for {length} samples, the waveform has {samples}")));
    }
    if degree >= samples {
        return Err(Fault::at(3, format!("degree {degree} needs {} samples, the waveform has {samples}", degree + 1)));
    }
    if degree > 20 {
        return Err(Fault::at(3, format!("degree {degree} is above 20: powers of the sample would lose all digits")));
    }
    if call.length(1) != degree + 1 {
        return Err(Fault::at(1, format!("expected {} coefficients, this has room for {}", degree + 1, call.length(1))));
    }
    let basis = Basis::new(samples, degree);
    Ok(call.kernel(|ty| PolyFit::<f32> { basis: basis.clone(), ty }, |ty| PolyFit::<f64> { basis: basis.clone(), ty }))
}

/// Polynomials orthogonal on the samples, in `x = (i - middle) / half`, so that `|x| <= 1`.
#[derive(Clone, Debug)]
struct Basis {
    middle: f64,
    half: f64,
    /// `P[k+1] = x P[k] - beta[k] P[k-1]`; the points are symmetric about 0.
    beta: Vec<f64>,
    /// sums of squares of the polynomials over the samples
    norm: Vec<f64>,
    /// powers of `i` in polynomial `k`: row `k`, lowest first
    powers: Vec<Vec<f64>>,
}

impl Basis {
    fn new(samples: usize, degree: usize) -> Self {
        let middle = (samples - 1) as f64 / 2.0;
        let half = middle.max(1.0);
        let mut beta = vec![0.0; degree + 1];
        let mut norm = Vec::new();
        let (mut last, mut this) = (vec![0.0; samples], vec![1.0; samples]);
        for k in 0..=degree {
            norm.push(this.iter().map(|p| p * p).sum());
            if k > 0 {
                beta[k] = norm[k] / norm[k - 1];
            }
            for i in 0..samples {
                let next = (i as f64 - middle) / half * this[i] - beta[k] * last[i];
                last[i] = this[i];
                this[i] = next;
            }
        }
        // x P[k]: its coefficients in i are those of P[k], times (i - middle) / half.
        let mut powers: Vec<Vec<f64>> = vec![vec![0.0; degree + 1]; degree + 1];
        powers[0][0] = 1.0;
        for k in 0..degree {
            for power in 0..=degree {
                let up = if power > 0 { powers[k][power - 1] } else { 0.0 };
                let before = if k > 0 { powers[k - 1][power] } else { 0.0 };
                powers[k + 1][power] = (up - middle * powers[k][power]) / half - beta[k] * before;
            }
        }
        Self { middle, half, beta, norm, powers }
    }
}

#[derive(Debug)]
struct PolyFit<T> {
    basis: Basis,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for PolyFit<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(1));
        let terms = self.basis.norm.len();
        let sums = &mut io.scratch.lanes;
        sums.clear();
        sums.resize(terms, [0.0; LANES]);
        for (i, sample) in w.iter().enumerate() {
            let x = (i as f64 - self.basis.middle) / self.basis.half;
            let values: Lane<f64> = sample.map(T::widen);
            let (mut last, mut this) = (0.0, 1.0);
            for (sum, beta) in sums.iter_mut().zip(&self.basis.beta) {
                for lane in 0..LANES {
                    sum[lane] += this * values[lane];
                }
                (last, this) = (this, x * this - beta * last);
            }
        }
        for (power, coefficient) in out.iter_mut().enumerate() {
            let mut value: Lane<f64> = [0.0; LANES];
            for k in 0..terms {
                let factor = self.basis.powers[k][power] / self.basis.norm[k];
                for lane in 0..LANES {
                    value[lane] += factor * sums[k][lane];
                }
            }
            *coefficient = value.map(T::narrow);
        }
        Ok(())
    }
}
