//! Design of digital filters with an infinite response: analogue prototype, transformation of its band, bilinear transform.
//!
//! Source: T. W. Parks and C. S. Burrus, Digital Filter Design (1987), chapter 7; for elliptic filters S. J. Orfanidis, Lecture
//! Notes on Elliptic Filter Design (2006).

mod bessel;
mod complex;
mod elliptic;

use super::recursion::Recursion;
use complex::{Complex, product};
use germane_numerics::maths;
use std::f64::consts::{FRAC_PI_2, PI};

/// Families of prototypes; ripples and attenuations in dB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Prototype {
    Butterworth,
    /// ripple in the pass band
    Chebyshev(f64),
    /// attenuation in the stop band
    InverseChebyshev(f64),
    /// ripple in the pass band, attenuation in the stop band
    Elliptic(f64, f64),
    /// normalised to the phase
    Bessel,
}

/// Bands; edges as fractions of half the sampling frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Band {
    Lowpass(f64),
    Highpass(f64),
    Bandpass(f64, f64),
    Bandstop(f64, f64),
}

/// Zeros, poles and gain of a transfer function.
#[derive(Clone, Debug)]
struct Factors {
    zeros: Vec<Complex>,
    poles: Vec<Complex>,
    gain: f64,
}

/// The filter of an order from 1 on.
pub(super) fn design(prototype: Prototype, order: usize, band: Band) -> Recursion {
    // Frequencies are warped so that the bilinear transform puts the edges where they are wanted.
    let warped = |edge: f64| 4.0 * maths::tan(FRAC_PI_2 * edge);
    let factors = of(prototype, order);
    let factors = match band {
        Band::Lowpass(edge) => factors.lowpass(warped(edge)),
        Band::Highpass(edge) => factors.highpass(warped(edge)),
        Band::Bandpass(low, high) => factors.bandpass(warped(low), warped(high)),
        Band::Bandstop(low, high) => factors.bandstop(warped(low), warped(high)),
    };
    let factors = factors.bilinear();
    let ahead = polynomial(&factors.zeros).into_iter().map(|c| factors.gain * c).collect();
    Recursion { ahead, back: polynomial(&factors.poles) }
}

/// Second-order notch: 0 at `frequency`, half the power a `bandwidth` wide; both as fractions of half the sampling frequency.
pub(super) fn notch(frequency: f64, bandwidth: f64) -> Recursion {
    let (cosine, gain) = resonance(frequency, bandwidth);
    let ahead = vec![gain, -2.0 * gain * cosine, gain];
    Recursion { ahead, back: vec![1.0, -2.0 * gain * cosine, 2.0 * gain - 1.0] }
}

/// Second-order peak: 1 at `frequency`, half the power a `bandwidth` wide.
pub(super) fn peak(frequency: f64, bandwidth: f64) -> Recursion {
    let (cosine, gain) = resonance(frequency, bandwidth);
    let ahead = vec![1.0 - gain, 0.0, gain - 1.0];
    Recursion { ahead, back: vec![1.0, -2.0 * gain * cosine, 2.0 * gain - 1.0] }
}

fn resonance(frequency: f64, bandwidth: f64) -> (f64, f64) {
    (maths::cos(PI * frequency), 1.0 / (1.0 + maths::tan(FRAC_PI_2 * bandwidth)))
}

/// `10^(x/10) - 1` for `x` in dB.
fn excess(decibels: f64) -> f64 {
    maths::expm1(decibels / 10.0 * std::f64::consts::LN_10)
}

/// The prototype with edge 1.
fn of(prototype: Prototype, order: usize) -> Factors {
    // Poles of Butterworth lie on the unit circle, those of Chebyshev on an ellipse.
    let angles = (0..order).map(|k| PI * (2 * k as i64 + 1 - order as i64) as f64 / (2 * order) as f64);
    let circle: Vec<Complex> = angles.map(|angle| -Complex::unit(angle)).collect();
    match prototype {
        Prototype::Butterworth => Factors { zeros: Vec::new(), poles: circle, gain: 1.0 },
        Prototype::Chebyshev(ripple) => {
            let ripple = excess(ripple).sqrt();
            let width = maths::asinh(1.0 / ripple) / order as f64;
            let (sinh, cosh) = (maths::sinh(width), maths::cosh(width));
            let poles: Vec<Complex> = circle.iter().map(|p| Complex::new(p.re * sinh, p.im * cosh)).collect();
            let gain = product(poles.iter().map(|p| -*p)).re;
            let dip = if order.is_multiple_of(2) { (1.0 + ripple * ripple).sqrt() } else { 1.0 };
            Factors { zeros: Vec::new(), poles, gain: gain / dip }
        }
        Prototype::InverseChebyshev(attenuation) => {
            let width = maths::asinh(excess(attenuation).sqrt()) / order as f64;
            let (sinh, cosh) = (maths::sinh(width), maths::cosh(width));
            let poles: Vec<Complex> = circle.iter().map(|p| Complex::new(p.re * sinh, p.im * cosh).inverse()).collect();
            let numbers = (0..order).map(|k| 2 * k as i64 + 1 - order as i64).filter(|m| *m != 0);
            let zeros = numbers.map(|m| Complex::new(0.0, 1.0 / maths::sin(m as f64 * PI / (2 * order) as f64)));
            Factors::with_unit_gain(zeros.collect(), poles)
        }
        Prototype::Elliptic(ripple, attenuation) => elliptic::prototype(order, excess(ripple), excess(attenuation)),
        Prototype::Bessel => Factors { zeros: Vec::new(), poles: bessel::poles(order), gain: 1.0 },
    }
}

impl Factors {
    /// Gain 1 at frequency 0.
    fn with_unit_gain(zeros: Vec<Complex>, poles: Vec<Complex>) -> Self {
        let gain = ratio_at_zero(&poles, &zeros);
        Self { zeros, poles, gain }
    }

    /// Poles less zeros.
    fn excess_of_poles(&self) -> usize {
        self.poles.len() - self.zeros.len()
    }

    fn map(&self, f: impl Fn(Complex) -> Complex) -> (Vec<Complex>, Vec<Complex>) {
        (self.zeros.iter().map(|z| f(*z)).collect(), self.poles.iter().map(|p| f(*p)).collect())
    }

    fn lowpass(&self, edge: f64) -> Self {
        let (zeros, poles) = self.map(|x| x * edge);
        Self { zeros, poles, gain: self.gain * maths::powi(edge, self.excess_of_poles() as i32) }
    }

    fn highpass(&self, edge: f64) -> Self {
        let gain = self.gain * ratio_at_zero(&self.zeros, &self.poles);
        let (mut zeros, poles) = self.map(|x| x.inverse() * edge);
        zeros.resize(poles.len(), Complex::ZERO);
        Self { zeros, poles, gain }
    }

    fn bandpass(&self, low: f64, high: f64) -> Self {
        let (half, square) = ((high - low) / 2.0, low * high);
        let (zeros, poles) = self.map(|x| x * half);
        let (mut zeros, poles) = (split(&zeros, square), split(&poles, square));
        zeros.resize(zeros.len() + self.excess_of_poles(), Complex::ZERO);
        Self { zeros, poles, gain: self.gain * maths::powi(high - low, self.excess_of_poles() as i32) }
    }

    fn bandstop(&self, low: f64, high: f64) -> Self {
        let gain = self.gain * ratio_at_zero(&self.zeros, &self.poles);
        let (half, square) = ((high - low) / 2.0, low * high);
        let (zeros, poles) = self.map(|x| x.inverse() * half);
        let (mut zeros, poles) = (split(&zeros, square), split(&poles, square));
        for _ in 0..self.excess_of_poles() {
            zeros.extend([Complex::new(0.0, square.sqrt()), Complex::new(0.0, -square.sqrt())]);
        }
        Self { zeros, poles, gain }
    }

    /// From `s` to `z = (4 + s) / (4 - s)`.
    fn bilinear(&self) -> Self {
        let four = Complex::new(4.0, 0.0);
        let below = |factors: &[Complex]| product(factors.iter().map(|x| four - *x));
        let gain = self.gain * (below(&self.zeros) / below(&self.poles)).re;
        let (mut zeros, poles) = self.map(|x| (four + x) / (four - x));
        zeros.resize(poles.len(), Complex::new(-1.0, 0.0));
        Self { zeros, poles, gain }
    }
}

/// Product of the negatives of `above` over that of `below`.
fn ratio_at_zero(above: &[Complex], below: &[Complex]) -> f64 {
    (product(above.iter().map(|x| -*x)) / product(below.iter().map(|x| -*x))).re
}

/// Both solutions of `s^2 - 2 x s + square = 0` for every `x`.
fn split(factors: &[Complex], square: f64) -> Vec<Complex> {
    let root = |x: Complex| (x * x - Complex::new(square, 0.0)).sqrt();
    factors.iter().map(|x| *x + root(*x)).chain(factors.iter().map(|x| *x - root(*x))).collect()
}

/// Coefficients of the polynomial with these roots, highest power first; the roots come in conjugate pairs.
fn polynomial(roots: &[Complex]) -> Vec<f64> {
    let mut coefficients = vec![Complex::new(1.0, 0.0)];
    for root in roots {
        coefficients.push(Complex::ZERO);
        for k in (1..coefficients.len()).rev() {
            coefficients[k] = coefficients[k] - coefficients[k - 1] * *root;
        }
    }
    coefficients.into_iter().map(|c| c.re).collect()
}

#[cfg(test)]
mod tests;
