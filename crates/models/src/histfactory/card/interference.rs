//! Fractions that are multiplied by quadratic forms of amplitudes, bin by bin: f_b → f_b R_b, R_b = zᵀ M_b z.
//!
//! Amplitudes z are parameters or formulas of parameters p: ∂R = Σ r_i ∂z_i and ∂²R = Σ 2 M_ij ∂z_i ∂z_j + Σ r_i ∂²z_i with
//! r = 2 M z. Second derivatives are summed over the bins in z before they are carried over to p. As in combine the form scales
//! the nominal template: what shape nuisances add, and the errors of the template, stay as they are.

use super::plan::{OwnEffect, ProcessPlan};
use crate::formula::{Formula, Stack};
use crate::histfactory::derivatives::pair;
use crate::histfactory::plan::ChannelPlan;
use crate::histfactory::scratch::Scratch;
use crate::quadratic::Form;

/// The forms of a process.
#[derive(Clone, Debug)]
pub(crate) struct Interference {
    /// Local scalars on which the amplitudes depend, each once, and their indices in the model.
    pub(crate) locals: Vec<usize>,
    pub(crate) parameters: Vec<usize>,
    pub(crate) amplitudes: Vec<Amplitude>,
    /// One a bin, in the amplitudes.
    pub(crate) forms: Vec<Form>,
}

/// An amplitude in terms of [`Interference::parameters`].
#[derive(Clone, Debug)]
pub(crate) struct Amplitude {
    pub(crate) places: Vec<usize>,
    /// The formula; the parameter itself if absent.
    pub(crate) formula: Option<Formula>,
}

/// Memory, and what was worked out last.
#[derive(Debug, Default)]
pub(crate) struct InterferenceScratch {
    /// z, ∂z by parameter, and r of one bin.
    values: Vec<f64>,
    jacobian: Vec<f64>,
    slopes: Vec<f64>,
    /// ∂f by parameter, bin after bin.
    fraction_slopes: Vec<f64>,
    /// Σ w r and Σ w 2M over bins, and the latter times ∂z.
    weighted: Vec<f64>,
    curvature: Vec<f64>,
    carried: Vec<f64>,
    arguments: Vec<f64>,
    stack: Stack,
}

impl InterferenceScratch {
    /// Memory for the largest of some processes.
    pub(super) fn new<'a>(all: impl Iterator<Item = &'a Interference> + Clone) -> Self {
        let most = |size: fn(&Interference) -> usize| all.clone().map(size).max().unwrap_or(0);
        let square = |interference: &Interference| interference.amplitudes.len() * interference.amplitudes.len();
        let both = |interference: &Interference| interference.amplitudes.len() * interference.parameters.len();
        let amplitudes = most(|interference| interference.amplitudes.len());
        Self {
            values: Vec::with_capacity(amplitudes),
            jacobian: vec![0.0; most(both)],
            slopes: Vec::with_capacity(amplitudes),
            fraction_slopes: vec![0.0; most(|interference| interference.forms.len() * interference.parameters.len())],
            weighted: vec![0.0; amplitudes],
            curvature: vec![0.0; most(square)],
            carried: vec![0.0; most(both)],
            arguments: Vec::with_capacity(most(|interference| interference.parameters.len())),
            stack: Stack::default(),
        }
    }
}

impl Interference {
    /// Multiplies nominal fractions.
    pub(super) fn scale(&self, bins: &mut [f64], x: &[f64], scratch: &mut InterferenceScratch) {
        let InterferenceScratch { values, arguments, stack, .. } = scratch;
        values.clear();
        for amplitude in &self.amplitudes {
            self.arguments(amplitude, x, arguments);
            values.push(amplitude.formula.as_ref().map_or_else(|| arguments[0], |formula| formula.value(arguments, stack)));
        }
        bins.iter_mut().zip(&self.forms).for_each(|(bin, form)| *bin *= form.value(values));
    }

    fn arguments(&self, amplitude: &Amplitude, x: &[f64], arguments: &mut Vec<f64>) {
        arguments.clear();
        arguments.extend(amplitude.places.iter().map(|&place| x[self.parameters[place]]));
    }

    /// z and ∂z.
    fn amplitudes(&self, x: &[f64], scratch: &mut InterferenceScratch) {
        let InterferenceScratch { values, jacobian, arguments, stack, .. } = scratch;
        let width = self.parameters.len();
        jacobian[..self.amplitudes.len() * width].fill(0.0);
        values.clear();
        for (index, amplitude) in self.amplitudes.iter().enumerate() {
            let row = &mut jacobian[index * width..(index + 1) * width];
            self.arguments(amplitude, x, arguments);
            match &amplitude.formula {
                None => {
                    values.push(arguments[0]);
                    row[amplitude.places[0]] = 1.0;
                }
                Some(formula) => {
                    let found = formula.evaluate(arguments, stack);
                    values.push(found.value);
                    amplitude.places.iter().zip(found.gradient).for_each(|(&place, slope)| row[place] = *slope);
                }
            }
        }
    }
}

impl ProcessPlan {
    /// N γ ∂f, ∂N γ ∂f and N γ ∂²f by the parameters of the amplitudes.
    pub(super) fn by_interference(
        &self,
        channel: &ChannelPlan,
        p: usize,
        templates: &[f64],
        x: &[f64],
        second: bool,
        scratch: &mut Scratch,
    ) {
        let Some(interference) = &self.interference else { return };
        let (bins, scalars) = (channel.bins, channel.scalars.len());
        let (size, width) = (interference.amplitudes.len(), interference.parameters.len());
        let Scratch { card, jacobian, scalar, slope, .. } = scratch;
        let (norm, range) = (card.norms[p], p * bins..(p + 1) * bins);
        let (gamma, free) = (&card.gamma[range.clone()], &card.free[range]);
        let nominal = &templates[self.nominal..self.nominal + bins];
        let memory = &mut card.interference;
        interference.amplitudes(x, memory);
        memory.weighted[..size].fill(0.0);
        memory.curvature[..size * size].fill(0.0);
        for (bin, form) in interference.forms.iter().enumerate() {
            form.value_and_slopes(&memory.values, &mut memory.slopes);
            let row = &mut memory.fraction_slopes[bin * width..(bin + 1) * width];
            row.fill(0.0);
            if !free[bin] {
                continue;
            }
            for (&index, slope) in form.active().iter().zip(&memory.slopes) {
                for &place in &interference.amplitudes[index].places {
                    row[place] += nominal[bin] * slope * memory.jacobian[index * width + place];
                }
            }
            for (&local, derivative) in interference.locals.iter().zip(row.iter()) {
                jacobian[bin * scalars + local] += norm * gamma[bin] * derivative;
            }
            let weight = slope[bin] * gamma[bin] * nominal[bin];
            if !second || weight == 0.0 {
                continue;
            }
            for (a, (&i, slope)) in form.active().iter().zip(&memory.slopes).enumerate() {
                memory.weighted[i] += weight * slope;
                for (b, &j) in form.active()[..=a].iter().enumerate() {
                    memory.curvature[i * size + j] += weight * form.curvature(a, b);
                }
            }
        }
        if !second {
            return;
        }
        for (place, &local) in interference.locals.iter().enumerate() {
            let sum: f64 = (0..bins).map(|bin| slope[bin] * gamma[bin] * memory.fraction_slopes[bin * width + place]).sum();
            self.pair_norm(local, sum, &card.norm, scalar, scalars);
        }
        interference.carry(memory);
        for (a, &one) in interference.locals.iter().enumerate() {
            for (b, &other) in interference.locals[..=a].iter().enumerate() {
                let (row, column) = (one.max(other), one.min(other));
                scalar[row * scalars + column] += norm * interference.second(a, b, memory);
            }
        }
        interference.own_curvature(x, memory, |a, b, value| {
            let (one, other) = (interference.locals[a], interference.locals[b]);
            scalar[one.max(other) * scalars + one.min(other)] += norm * value;
        });
    }

    /// Mixed derivatives of a factor on the fraction of one bin and the parameters of the amplitudes, after
    /// [`ProcessPlan::by_interference`].
    pub(super) fn own_bins_by_interference(&self, channel: &ChannelPlan, p: usize, scratch: &mut Scratch) {
        let Some(interference) = &self.interference else { return };
        let (scalars, width) = (channel.scalars.len(), interference.parameters.len());
        let Scratch { card, scalar, slope, .. } = scratch;
        for own in &self.own {
            let OwnEffect::Times(factor) = own.effect else { continue };
            let row = &card.interference.fraction_slopes[own.bin * width..(own.bin + 1) * width];
            for (&local, derivative) in interference.locals.iter().zip(row) {
                pair(scalar, scalars, own.local, local, slope[own.bin] * factor * card.norms[p] * derivative);
            }
        }
    }
}

impl Interference {
    /// Σ w 2M ∂z.
    fn carry(&self, memory: &mut InterferenceScratch) {
        let (size, width) = (self.amplitudes.len(), self.parameters.len());
        memory.carried[..size * width].fill(0.0);
        for i in 0..size {
            for (j, amplitude) in self.amplitudes.iter().enumerate() {
                let entry = memory.curvature[i.max(j) * size + i.min(j)];
                for &place in &amplitude.places {
                    memory.carried[i * width + place] += entry * memory.jacobian[j * width + place];
                }
            }
        }
    }

    /// ∂zᵀ (Σ w 2M) ∂z.
    fn second(&self, a: usize, b: usize, memory: &InterferenceScratch) -> f64 {
        let width = self.parameters.len();
        (0..self.amplitudes.len()).map(|i| memory.jacobian[i * width + a] * memory.carried[i * width + b]).sum()
    }

    /// Σ (Σ w r) ∂²z.
    fn own_curvature(&self, x: &[f64], memory: &mut InterferenceScratch, mut add: impl FnMut(usize, usize, f64)) {
        let InterferenceScratch { weighted, arguments, stack, .. } = memory;
        for (amplitude, weight) in self.amplitudes.iter().zip(weighted.iter()) {
            let Some(formula) = &amplitude.formula else { continue };
            self.arguments(amplitude, x, arguments);
            let found = formula.evaluate(arguments, stack);
            for (a, &one) in amplitude.places.iter().enumerate() {
                for (b, &other) in amplitude.places[..=a].iter().enumerate() {
                    add(one, other, weight * found.second(a, b));
                }
            }
        }
    }
}
