//! Moving means one after the other.

use super::moving_window::{length, means};
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "moving_window_multi",
    about: "moving mean, applied several times",
    formula: "num_mw times moving_window_left or _right; mw_type 0: alternating, left first, 1: left, 2: right",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("length"),
        Parameter::constant("num_mw").plain(),
        Parameter::integer("mw_type").plain(),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (length, times, kind) = (length(call, 1)?, call.count(2, 0)?, call.count(3, 0)?);
    let sides = match kind {
        0 => Sides::Alternating,
        1 => Sides::Left,
        2 => Sides::Right,
        other => return Err(Fault::at(3, format!("expected 0, 1 or 2, this is {other}"))),
    };
    if times > 1000 {
        return Err(Fault::at(2, format!("expected at most 1000 passes, this is {times}")));
    }
    Ok(call.kernel(
        |ty| MovingWindowMulti::<f32> { length, times, sides, ty },
        |ty| MovingWindowMulti::<f64> { length, times, sides, ty },
    ))
}

#[derive(Clone, Copy, Debug)]
enum Sides {
    Alternating,
    Left,
    Right,
}

#[derive(Debug)]
struct MovingWindowMulti<T> {
    length: usize,
    times: usize,
    sides: Sides,
    ty: PhantomData<T>,
}

impl<T> MovingWindowMulti<T> {
    #[inline(always)]
    fn pass<A: Real, B: Real>(&self, pass: usize, w: &[Lane<A>], out: &mut [Lane<B>]) {
        match self.sides {
            Sides::Right => means::<A, B, true>(w, self.length, out),
            Sides::Alternating if pass % 2 == 1 => means::<A, B, true>(w, self.length, out),
            _ => means::<A, B, false>(w, self.length, out),
        }
    }
}

impl<T: Real> LaneKernel for MovingWindowMulti<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(4));
        if self.times == 0 {
            out.copy_from_slice(w);
            return Ok(());
        }
        if self.times == 1 {
            self.pass(0, w, out);
            return Ok(());
        }
        let room = &mut io.scratch.lanes;
        if room.len() < 2 * w.len() {
            room.resize(2 * w.len(), [0.0; LANES]);
        }
        let (mut from, rest) = room.split_at_mut(w.len());
        let mut to = &mut rest[..w.len()];
        self.pass(0, w, from);
        for pass in 1..self.times - 1 {
            self.pass(pass, from, to);
            std::mem::swap(&mut from, &mut to);
        }
        self.pass(self.times - 1, from, out);
        Ok(())
    }
}
