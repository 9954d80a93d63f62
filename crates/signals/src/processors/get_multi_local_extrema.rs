//! Positions of maxima and minima in turn.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::local_extrema::{self, Found, Steps};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "get_multi_local_extrema",
    about: "positions of local maxima and minima that stand out by given steps",
    formula: "in turn: a maximum counts when w has fallen by more than d_max below it and it is above a_max; then a minimum when w has risen by \
              more than d_min above it and it is below a_min; full lists take no more. Direction 0: from the left; 1: from the right (in the \
              order of finding); 2: those found both ways; 3: those found either way, sorted",
    source: "E. Billauer, peakdet (2012), with thresholds",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("d_max"),
        Parameter::scalar("d_min"),
        Parameter::integer("direction").plain(),
        Parameter::scalar("a_max"),
        Parameter::scalar("a_min"),
        Parameter::samples_out("vt_max", 'm'),
        Parameter::samples_out("vt_min", 'm'),
        Parameter::count_out("n_max"),
        Parameter::count_out("n_min"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let direction = call.count(3, 0)?;
    if direction > 3 {
        return Err(Fault::at(3, format!("expected a direction from 0 to 3, this is {direction}")));
    }
    for step in [1, 2] {
        if call.known(step).is_some_and(|step| step < 0.0) {
            return Err(Fault::at(step, "a step is not negative"));
        }
    }
    Ok(call.kernel(|ty| Extrema::<f32> { direction, ty }, |ty| Extrema::<f64> { direction, ty }))
}

#[derive(Debug)]
struct Extrema<T> {
    direction: usize,
    ty: PhantomData<T>,
}

/// Writes what the direction asks for, of what was found from the left (or right, 1) and from the other side.
fn write<T: Real>(direction: usize, one: &[usize], other: &mut [usize], lane: usize, out: &mut [Lane<T>], count: &mut Lane<f64>) {
    let mut n = 0;
    let mut push = |at: usize| {
        if let Some(samples) = out.get_mut(n) {
            samples[lane] = T::narrow(at as f64);
            n += 1;
        }
    };
    match direction {
        2 => one.iter().copied().filter(|at| other.contains(at)).for_each(&mut push),
        3 => {
            // Those of the other side descend.
            other.reverse();
            let (mut a, mut b) = (one.iter().copied().peekable(), other.iter().copied().peekable());
            while let Some(next) = a.peek().into_iter().chain(b.peek()).min().copied() {
                a.next_if_eq(&next);
                b.next_if_eq(&next);
                push(next);
            }
        }
        _ => one.iter().copied().for_each(&mut push),
    }
    count[lane] = n as f64;
    for samples in &mut out[n..] {
        samples[lane] = T::NAN;
    }
}

impl<T: Real> LaneKernel for Extrema<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let w = io.samples::<T>(0);
        let steps = Steps {
            below_maximum: io.scalar(1),
            above_minimum: io.scalar(2),
            least_maximum: io.scalar(4),
            most_minimum: io.scalar(5),
        };
        let (maxima, minima) = (io.samples_out::<T>(6), io.samples_out::<T>(7));
        let (n_max, n_min) = (io.scalar_out(8), io.scalar_out(9));
        let capacity = maxima.len();
        let places = &mut io.scratch.positions;
        places.resize(4 * capacity * LANES, 0);
        let (one, other) = places.split_at_mut(2 * capacity * LANES);
        let ((one_max, one_min), (other_max, other_min)) =
            (one.split_at_mut(capacity * LANES), other.split_at_mut(capacity * LANES));
        let mut first = Found { maxima: one_max, minima: one_min, n_maxima: [0; LANES], n_minima: [0; LANES] };
        let mut second = Found { maxima: other_max, minima: other_min, n_maxima: [0; LANES], n_minima: [0; LANES] };
        local_extrema::find(w, self.direction == 1, &steps, capacity, &mut first);
        if self.direction > 1 {
            local_extrema::find(w, true, &steps, capacity, &mut second);
        }
        for lane in 0..LANES {
            let start = lane * capacity;
            let one = &first.maxima[start..start + first.n_maxima[lane]];
            write(self.direction, one, &mut second.maxima[start..start + second.n_maxima[lane]], lane, maxima, n_max);
            let one = &first.minima[start..start + first.n_minima[lane]];
            write(self.direction, one, &mut second.minima[start..start + second.n_minima[lane]], lane, minima, n_min);
        }
        Ok(())
    }
}
