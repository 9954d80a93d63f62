//! Fourier transforms of the waveforms of a block, some at a time, so that their spectra stay near.

use crate::lanes::{LANES, Lane, Real};
use germane_numerics::fourier::{BLOCK, Complex, RealFourier};

type Numbers = Complex<BLOCK>;

/// Room for the transforms of one length.
#[derive(Debug)]
pub(super) struct Transforms<'a> {
    plan: &'a RealFourier,
    /// samples, two neighbours as one complex number
    pub(super) pairs: &'a mut [Numbers],
    /// bins
    pub(super) bins: &'a mut [Numbers],
    room: &'a mut [Numbers],
}

impl<'a> Transforms<'a> {
    /// Room for transforms by `plan`.
    pub(super) fn new(plan: &'a RealFourier, spectra: &'a mut Vec<Numbers>) -> Self {
        spectra.resize(plan.pairs() + plan.spectrum_room() + plan.room(), Complex::default());
        let (pairs, rest) = spectra.split_at_mut(plan.pairs());
        let (bins, room) = rest.split_at_mut(plan.spectrum_room());
        Self { plan, pairs, bins, room }
    }

    /// First waveforms of the groups that are transformed together.
    pub(super) fn groups() -> impl Iterator<Item = usize> {
        (0..LANES).step_by(BLOCK)
    }

    /// Bins of the waveforms from `group` on, zero beyond their end.
    #[inline(always)]
    pub(super) fn forward<T: Real>(&mut self, w: &[Lane<T>], group: usize) {
        for (j, pair) in self.pairs.iter_mut().enumerate() {
            *pair = Complex { re: sample(w, group, 2 * j), im: sample(w, group, 2 * j + 1) };
        }
        self.plan.forward_block(self.pairs, self.bins, self.room);
    }

    /// Pairs of samples of the bins.
    pub(super) fn backward(&mut self) {
        self.plan.backward_block(self.bins, self.pairs, self.room);
    }
}

/// Sample `i` of a group of waveforms; zero beyond the end.
#[inline(always)]
pub(super) fn sample<T: Real>(w: &[Lane<T>], group: usize, i: usize) -> [f64; BLOCK] {
    let mut values = [0.0; BLOCK];
    if let Some(lanes) = w.get(i) {
        for lane in 0..BLOCK {
            values[lane] = lanes[group + lane].widen();
        }
    }
    values
}

/// Writes one value of a group of waveforms.
#[inline(always)]
pub(super) fn write<T: Real>(out: &mut Lane<T>, group: usize, values: &[f64; BLOCK]) {
    for lane in 0..BLOCK {
        out[group + lane] = T::narrow(values[lane]);
    }
}
