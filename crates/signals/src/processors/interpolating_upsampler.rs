//! More samples by interpolation.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "interpolating_upsampler",
    about: "interpolates to more samples; past the last sample l, n, c hold it, h and s continue their last piece",
    formula: "value at j n/m; i: zeros between samples, n: nearest, f: sample before, c: sample after, l: linear, \
              h: cubic Hermite with central differences, s: natural cubic spline",
    source: "C. de Boor, A Practical Guide to Splines",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::letter("mode"), Parameter::samples_out("w_out", 'm')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let mode = call.letter(1, "infclhs")?;
    let (samples, room) = (call.length(0), call.length(2));
    if samples < 2 {
        return Err(Fault::at(0, format!("interpolation needs two samples, the waveform has {samples}")));
    }
    if mode == 'i' && room % samples != 0 {
        return Err(Fault::at(2, format!("mode 'i' needs a whole number of places a sample, here {room} for {samples}")));
    }
    let factor = room as f64 / samples as f64;
    let last = samples - 1;
    let places: Vec<Place> = (0..room)
        .map(|j| {
            let t = j as f64 / factor;
            let piece = (t.floor() as usize).min(last);
            match mode {
                'i' if t != t.floor() => Place { sample: usize::MAX, fraction: 0.0 },
                'n' => Place { sample: ((t + 0.5).floor() as usize).min(last), fraction: 0.0 },
                'c' => Place { sample: (t.ceil() as usize).min(last), fraction: 0.0 },
                'l' if t >= last as f64 => Place { sample: last, fraction: 0.0 },
                'h' | 's' => {
                    let piece = piece.min(last - 1);
                    Place { sample: piece, fraction: t - piece as f64 }
                }
                'l' => Place { sample: piece, fraction: t - piece as f64 },
                _ => Place { sample: piece, fraction: 0.0 },
            }
        })
        .collect();
    let curve = match mode {
        'l' => Curve::Linear,
        'h' => Curve::Hermite,
        's' => Curve::Spline,
        _ => Curve::Copy,
    };
    Ok(call.kernel(
        |ty| InterpolatingUpsampler::<f32> { places: places.clone(), curve, ty },
        |ty| InterpolatingUpsampler::<f64> { places: places.clone(), curve, ty },
    ))
}

/// A time between samples.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// the sample before; beyond the last where the value is 0
    sample: usize,
    /// how far behind it
    fraction: f64,
}

#[derive(Clone, Copy, Debug)]
enum Curve {
    Copy,
    Linear,
    Hermite,
    Spline,
}

#[derive(Debug)]
struct InterpolatingUpsampler<T> {
    places: Vec<Place>,
    curve: Curve,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for InterpolatingUpsampler<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(2));
        // Slopes for Hermite pieces, second derivatives for splines.
        let room = &mut io.scratch.lanes;
        match self.curve {
            Curve::Copy | Curve::Linear => room.clear(),
            Curve::Hermite => slopes(w, room),
            Curve::Spline => curvatures(w, room, &mut io.scratch.numbers),
        }
        for (y, place) in out.iter_mut().zip(&self.places) {
            let (i, f) = (place.sample, place.fraction);
            let Some(this) = w.get(i) else {
                *y = [T::default(); LANES];
                continue;
            };
            if f == 0.0 {
                *y = *this;
                continue;
            }
            let (next, u) = (&w[i + 1], 1.0 - f);
            let (this_weight, next_weight, derivatives) = match self.curve {
                Curve::Copy | Curve::Linear => (u, f, (0.0, 0.0)),
                Curve::Hermite => (u * u * (3.0 - 2.0 * u), f * f * (3.0 - 2.0 * f), (u * u * f, -f * f * u)),
                Curve::Spline => (u, f, ((u * u * u - u) / 6.0, (f * f * f - f) / 6.0)),
            };
            for lane in 0..LANES {
                let straight = this_weight * this[lane].widen() + next_weight * next[lane].widen();
                let bent = match self.curve {
                    Curve::Copy | Curve::Linear => 0.0,
                    _ => derivatives.0 * room[i][lane] + derivatives.1 * room[i + 1][lane],
                };
                y[lane] = T::narrow(straight + bent);
            }
        }
        Ok(())
    }
}

/// Central differences, one-sided at the ends.
#[inline(always)]
fn slopes<T: Real>(w: &[Lane<T>], slopes: &mut Vec<Lane<f64>>) {
    let last = w.len() - 1;
    slopes.resize(w.len(), [0.0; LANES]);
    for i in 0..=last {
        let (before, after) = (i.saturating_sub(1), (i + 1).min(last));
        for lane in 0..LANES {
            slopes[i][lane] = (w[after][lane].widen() - w[before][lane].widen()) / (after - before) as f64;
        }
    }
}

/// Second derivatives of the natural cubic spline: `m[i-1] + 4 m[i] + m[i+1] = 6 (w[i+1] - 2 w[i] + w[i-1])`, 0 at the ends.
#[inline(always)]
fn curvatures<T: Real>(w: &[Lane<T>], m: &mut Vec<Lane<f64>>, upper: &mut Vec<f64>) {
    let last = w.len() - 1;
    m.resize(w.len(), [0.0; LANES]);
    upper.clear();
    upper.resize(w.len(), 0.0);
    m[0] = [0.0; LANES];
    m[last] = [0.0; LANES];
    for i in 1..last {
        let pivot = 1.0 / (4.0 - upper[i - 1]);
        upper[i] = pivot;
        for lane in 0..LANES {
            let x = w[i][lane].widen();
            let right = 6.0 * ((w[i + 1][lane].widen() - x) - (x - w[i - 1][lane].widen()));
            m[i][lane] = (right - m[i - 1][lane]) * pivot;
        }
    }
    for i in (1..last).rev() {
        for lane in 0..LANES {
            m[i][lane] -= upper[i] * m[i + 1][lane];
        }
    }
}
