//! The normalisation of a process and its derivatives.

use germane_numerics::maths;

use super::plan::{CardFactor, ProcessPlan};
use crate::formula::Stack;
use crate::interpolation::log_normal;

/// Memory, and the derivatives that were worked out last: by the parameters of [`ProcessPlan::norm`].
#[derive(Debug, Default)]
pub(crate) struct NormScratch {
    pub(super) gradient: Vec<f64>,
    /// Lower triangle, row by row with the full width.
    pub(super) hessian: Vec<f64>,
    /// First and second derivative of the exponent.
    exponent: Vec<[f64; 2]>,
    arguments: Vec<f64>,
    stack: Stack,
}

impl NormScratch {
    pub(super) fn new(most: usize) -> Self {
        Self { gradient: vec![0.0; most], hessian: vec![0.0; most * most], exponent: vec![[0.0; 2]; most], ..Self::default() }
    }
}

impl ProcessPlan {
    /// The normalisation at `x`.
    pub(crate) fn normalisation(&self, x: &[f64], scratch: &mut NormScratch) -> f64 {
        let mut exponent = 0.0;
        for power in &self.powers {
            exponent += log_normal(power.ln_low, power.ln_high, x[power.parameter])[0];
        }
        let mut value = self.rate * maths::exp(exponent);
        for factor in &self.factors {
            value *= match factor {
                CardFactor::Linear { parameter, constant, slope, .. } => constant + slope * x[*parameter],
                CardFactor::Formula { parameters, formula, .. } => {
                    scratch.arguments.clear();
                    scratch.arguments.extend(parameters.iter().map(|&parameter| x[parameter]));
                    formula.value(&scratch.arguments, &mut scratch.stack)
                }
            };
        }
        value
    }

    /// Gradient and Hessian of the normalisation, left in the scratch memory. Products are built factor by factor, so that no
    /// factor is divided out that may be 0.
    pub(super) fn norm_derivatives(&self, x: &[f64], scratch: &mut NormScratch) {
        let size = self.norm.len();
        let gradient = &mut scratch.gradient[..size];
        let hessian = &mut scratch.hessian[..size * size];
        let slopes = &mut scratch.exponent[..size];
        gradient.fill(0.0);
        hessian.fill(0.0);
        slopes.fill([0.0; 2]);
        let mut exponent = 0.0;
        for power in &self.powers {
            let [value, slope, curve] = log_normal(power.ln_low, power.ln_high, x[power.parameter]);
            exponent += value;
            slopes[power.place][0] += slope;
            slopes[power.place][1] += curve;
        }
        let mut product = 1.0;
        for factor in &self.factors {
            match factor {
                CardFactor::Linear { place, parameter, constant, slope } => {
                    let value = constant + slope * x[*parameter];
                    hessian.iter_mut().for_each(|entry| *entry *= value);
                    for i in 0..size {
                        add(hessian, size, *place, i, gradient[i] * slope);
                    }
                    gradient.iter_mut().for_each(|entry| *entry *= value);
                    gradient[*place] += product * slope;
                    product *= value;
                }
                CardFactor::Formula { places, parameters, formula } => {
                    scratch.arguments.clear();
                    scratch.arguments.extend(parameters.iter().map(|&parameter| x[parameter]));
                    let found = formula.evaluate(&scratch.arguments, &mut scratch.stack);
                    hessian.iter_mut().for_each(|entry| *entry *= found.value);
                    for (a, &place) in places.iter().enumerate() {
                        for i in 0..size {
                            add(hessian, size, place, i, gradient[i] * found.gradient[a]);
                        }
                        for (b, &other) in places[..=a].iter().enumerate() {
                            let (row, column) = (place.max(other), place.min(other));
                            hessian[row * size + column] += product * found.second(a, b);
                        }
                    }
                    gradient.iter_mut().for_each(|entry| *entry *= found.value);
                    for (&place, slope) in places.iter().zip(found.gradient) {
                        gradient[place] += product * slope;
                    }
                    product *= found.value;
                }
            }
        }
        let scale = self.rate * maths::exp(exponent);
        for i in 0..size {
            for j in 0..=i {
                let (own, other) = (slopes[i][0], slopes[j][0]);
                let mut entry = hessian[i * size + j] + gradient[i] * other + own * gradient[j] + product * own * other;
                if i == j {
                    entry += product * slopes[i][1];
                }
                hessian[i * size + j] = scale * entry;
            }
        }
        for (entry, [slope, _]) in gradient.iter_mut().zip(slopes.iter()) {
            *entry = scale * (*entry + product * slope);
        }
    }
}

/// Adds to (i, j) and (j, i) of a symmetric matrix of which the lower triangle is kept.
fn add(matrix: &mut [f64], size: usize, i: usize, j: usize, value: f64) {
    let (row, column) = (i.max(j), i.min(j));
    matrix[row * size + column] += if i == j { 2.0 * value } else { value };
}
