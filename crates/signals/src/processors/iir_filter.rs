//! Filters with an infinite response, by family, order and band.

use super::filter_design::{Band, Prototype, design};
use super::recursion::Before;
use crate::processor::{Call, Fault, Given, Kernel, Parameter, Processor, Role};

// `f_samp` that is a waveform is 1 per sample, and so it is where a frequency has a unit and `f_samp` is left out; left out
// beside a pure number, that is a fraction of half the sampling frequency.
pub(super) static PROCESSOR: Processor = Processor {
    name: "iir_filter",
    about: "Butterworth, Chebyshev, elliptic or Bessel filter: low, high, band pass or band stop",
    formula: "recursive_filter with the coefficients of the bilinear transform; before the first sample w is w[0], y its constant \
              response",
    source: "T. W. Parks and C. S. Burrus, Digital Filter Design (1987)",
    init: &[
        Parameter::of("freq", Role::Array('k')),
        Parameter::integer("order").plain(),
        Parameter::constant("rp").plain(),
        Parameter::constant("rs").plain(),
        Parameter::constant("f_samp"),
        Parameter::of("ftype", Role::Text).plain(),
        Parameter::of("btype", Role::Text).plain(),
    ],
    parameters: &[Parameter::samples("w", 'n'), Parameter::samples_out("w_out", 'n')],
    keeps_finite: false,
    bind,
};

/// Position of the first factory argument in faults.
const INIT: usize = 2;

/// A number among the factory's arguments, if it is given.
pub(super) fn number(call: &Call<'_>, k: usize) -> Option<f64> {
    match call.init.get(k) {
        Some(Given::Number(value)) => Some(*value),
        Some(Given::Array(values)) if values.len() == 1 => Some(values[0]),
        _ => None,
    }
}

/// A frequency as a fraction of half the sampling frequency, strictly between both ends.
pub(super) fn fraction(frequency: f64, sampling: Option<f64>, argument: usize) -> Result<f64, Fault> {
    let fraction = sampling.map_or(frequency, |sampling| 2.0 * frequency / sampling);
    if fraction > 0.0 && fraction < 1.0 {
        return Ok(fraction);
    }
    Err(Fault::at(argument, format!("expected a frequency above 0 and below half the sampling, this is {fraction} of it")))
}

fn text<'c>(call: &'c Call<'_>, k: usize, default: &'c str) -> Result<&'c str, Fault> {
    match call.init.get(k) {
        Some(Given::Text(text)) => Ok(text),
        None | Some(Given::Varying) => Ok(default),
        Some(_) => Err(Fault::at(INIT + k, "expected a text")),
    }
}

/// Decibels above 0 that a family needs.
fn decibels(call: &Call<'_>, k: usize, what: &str) -> Result<f64, Fault> {
    match number(call, k) {
        Some(value) if value > 0.0 && value < 3000.0 => Ok(value),
        _ => Err(Fault::at(INIT + k, format!("this family needs {what} in dB, above 0"))),
    }
}

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let order = match number(call, 1) {
        Some(order) if order.fract() == 0.0 && (1.0..=40.0).contains(&order) => order as usize,
        _ => return Err(Fault::at(INIT + 1, "expected a whole order from 1 to 40")),
    };
    let prototype = match text(call, 5, "butter")? {
        "butter" | "butterworth" => Prototype::Butterworth,
        "cheby1" | "chebyshev1" => Prototype::Chebyshev(decibels(call, 2, "a ripple rp")?),
        "cheby2" | "chebyshev2" => Prototype::InverseChebyshev(decibels(call, 3, "an attenuation rs")?),
        "ellip" | "elliptic" => {
            let (ripple, attenuation) = (decibels(call, 2, "a ripple rp")?, decibels(call, 3, "an attenuation rs")?);
            if ripple >= attenuation {
                return Err(Fault::at(INIT + 3, format!("expected an attenuation above the ripple of {ripple} dB")));
            }
            Prototype::Elliptic(ripple, attenuation)
        }
        "bessel" => Prototype::Bessel,
        other => {
            return Err(Fault::at(
                INIT + 5,
                format!("expected 'butter', 'cheby1', 'cheby2', 'ellip' or 'bessel', this is '{other}'"),
            ));
        }
    };
    let sampling = number(call, 4);
    let one = || match number(call, 0) {
        Some(frequency) => fraction(frequency, sampling, INIT),
        None => Err(Fault::at(INIT, "expected one frequency")),
    };
    let two = || match call.init.first() {
        Some(Given::Array(edges)) if edges.len() == 2 => {
            let (low, high) = (fraction(edges[0], sampling, INIT)?, fraction(edges[1], sampling, INIT)?);
            if low < high { Ok((low, high)) } else { Err(Fault::at(INIT, "expected the lower frequency first")) }
        }
        _ => Err(Fault::at(INIT, "expected a list of two frequencies")),
    };
    let band = match text(call, 6, "lowpass")? {
        "lowpass" => Band::Lowpass(one()?),
        "highpass" => Band::Highpass(one()?),
        "bandpass" => two().map(|(low, high)| Band::Bandpass(low, high))?,
        "bandstop" => two().map(|(low, high)| Band::Bandstop(low, high))?,
        other => {
            let message = format!("expected 'lowpass', 'highpass', 'bandpass' or 'bandstop', this is '{other}'");
            return Err(Fault::at(INIT + 6, message));
        }
    };
    let filter = design(prototype, order, band);
    let gain = filter.ahead.iter().sum::<f64>() / filter.back.iter().sum::<f64>();
    filter.kernel(call, Before::First(gain), 1)
}
