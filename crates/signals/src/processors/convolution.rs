//! Convolution of waveforms with a constant kernel: by its definition, or by the pieces of the kernel where they are fewer.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault};
use crate::processors::piecewise::Piecewise;
use std::sync::Arc;

/// Outputs that are summed together while one pass reads the samples.
const TOGETHER: usize = 4;
/// Waveforms that are summed together: as many as the registers hold.
const HALF: usize = 8;

/// Which part of the full convolution (sample `s` of it is `sum_j k[j] w[s - j]`) comes out: its first sample and its length.
///
/// # Errors
/// A kernel that is empty or longer than the waveform, an unknown mode, an output of another length.
pub(super) fn part(call: &Call<'_>, kernel: usize, mode: usize, out: usize) -> Result<usize, Fault> {
    let (samples, taps) = (call.length(0), call.length(kernel));
    if taps == 0 {
        return Err(Fault::at(kernel, "the kernel is empty"));
    }
    if taps > samples {
        return Err(Fault::at(kernel, format!("the kernel of {taps} samples is longer than the waveform of {samples}")));
    }
    let (first, length) = match call.letter(mode, "fsv")? {
        'f' => (0, samples + taps - 1),
        's' => ((taps - 1) / 2, samples),
        _ => (taps - 1, samples - taps + 1),
    };
    if call.length(out) != length {
        return Err(Fault::at(
            out,
            format!("the convolution has {length} samples here, this is declared with {}", call.length(out)),
        ));
    }
    Ok(first)
}

/// A kernel in the form that is fastest.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    /// tap by tap
    Direct(Arc<[f64]>),
    /// polynomials
    Pieces(Piecewise),
}

impl Filter {
    /// Of taps.
    pub(super) fn of(taps: Arc<[f64]>) -> Self {
        Piecewise::of(&taps).map_or(Self::Direct(taps), Self::Pieces)
    }

    /// Samples `first`, … of the full convolution with `w`, as many as `out` has; `room` is scratch.
    #[inline(always)]
    pub(super) fn convolve<T: Real>(&self, w: &[Lane<T>], first: usize, out: &mut [Lane<T>], room: &mut Vec<Lane<f64>>) {
        match self {
            Self::Direct(taps) => direct(w, taps, first, out),
            Self::Pieces(pieces) => pieces.convolve(w, first, out, room),
        }
    }
}

/// Samples `first`, … of the full convolution of `w` with `kernel`, as many as `out` has.
#[inline(always)]
pub(super) fn direct<T: Real>(w: &[Lane<T>], kernel: &[f64], first: usize, out: &mut [Lane<T>]) {
    let (samples, taps) = (w.len(), kernel.len());
    // Outputs for which all taps meet a sample.
    let inside = (taps - 1).saturating_sub(first).min(out.len());
    let outside = (samples.saturating_sub(first)).clamp(inside, out.len());
    for o in (0..inside).chain(outside..out.len()) {
        let s = first + o;
        let (low, high) = ((s + 1).saturating_sub(taps), (s + 1).min(samples));
        out[o] = sum(low..high, |t| (kernel[s - t], &w[t]));
    }
    let mut o = inside;
    if taps >= TOGETHER {
        while o + TOGETHER <= outside {
            block(w, kernel, first + o, &mut out[o..o + TOGETHER]);
            o += TOGETHER;
        }
    }
    for o in o..outside {
        let s = first + o;
        out[o] = sum(s + 1 - taps..=s, |t| (kernel[s - t], &w[t]));
    }
}

/// Sum of tap times sample, in the order of `range`.
#[inline(always)]
pub(super) fn sum<'w, T: Real>(range: impl Iterator<Item = usize>, term: impl Fn(usize) -> (f64, &'w Lane<T>)) -> Lane<T> {
    let mut sum: Lane<f64> = [0.0; LANES];
    for t in range {
        let (tap, x) = term(t);
        for lane in 0..LANES {
            sum[lane] += tap * x[lane].widen();
        }
    }
    sum.map(T::narrow)
}

/// `TOGETHER` samples from `s` on, all taps of which meet a sample; each is summed in the order of the samples.
#[inline(always)]
fn block<T: Real>(w: &[Lane<T>], kernel: &[f64], s: usize, out: &mut [Lane<T>]) {
    let taps = kernel.len();
    let start = s + 1 - taps;
    for half in 0..LANES / HALF {
        let mut sums = [[0.0; HALF]; TOGETHER];
        let widened = |t: usize| -> [f64; HALF] { std::array::from_fn(|lane| w[t][half * HALF + lane].widen()) };
        let mut add = |q: usize, tap: f64, x: &[f64; HALF]| {
            for lane in 0..HALF {
                sums[q][lane] += tap * x[lane];
            }
        };
        // The first samples are not met by all outputs, nor are the last.
        for t in 0..TOGETHER - 1 {
            let x = widened(start + t);
            for q in 0..=t {
                add(q, kernel[taps - 1 + q - t], &x);
            }
        }
        for t in TOGETHER - 1..taps {
            let x = widened(start + t);
            let tap = &kernel[taps - 1 - t..taps - 1 - t + TOGETHER];
            for q in 0..TOGETHER {
                add(q, tap[q], &x);
            }
        }
        for t in taps..taps + TOGETHER - 1 {
            let x = widened(start + t);
            for q in t + 1 - taps..TOGETHER {
                add(q, kernel[taps - 1 + q - t], &x);
            }
        }
        for (samples, sums) in out.iter_mut().zip(&sums) {
            for lane in 0..HALF {
                samples[half * HALF + lane] = T::narrow(sums[lane]);
            }
        }
    }
}
