//! Smoothing and derivatives by polynomials through neighbouring samples.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::{convolution, gram_polynomials};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "savitzky_golay",
    about: "smoothed waveform, or its derivative",
    formula: "derivative at sample i of the least-squares polynomial of a degree through the `length` (odd) samples around it, per sample; near \
              the ends through the first or last `length` samples",
    source: "A. Savitzky and M. J. E. Golay, Anal. Chem. 36 (1964) 1627; ends as P. A. Gorry, Anal. Chem. 62 (1990) 570",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::integer("length"),
        Parameter::integer("degree").plain(),
        Parameter::integer("derivative").plain(),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (length, degree, derivative) = (call.count(1, 1)?, call.count(2, 0)?, call.count(3, 0)?);
    if length % 2 == 0 {
        return Err(Fault::at(1, format!("the length must be odd, this is {length}")));
    }
    if length > call.length(0) {
        return Err(Fault::at(1, format!("{length} samples are more than the {} of the waveform", call.length(0))));
    }
    if degree >= length {
        return Err(Fault::at(2, format!("a polynomial of degree {degree} needs more than {length} samples")));
    }
    if derivative > degree {
        return Err(Fault::at(3, format!("derivative {derivative} of a polynomial of degree {degree} is zero")));
    }
    let positions = (0..length).map(|at| gram_polynomials::weights(length, degree, derivative, at as f64)).collect::<Vec<_>>();
    let middle = positions[length / 2].iter().rev().copied().collect::<Vec<_>>();
    let wide = (positions.clone(), middle.clone());
    Ok(call.kernel(
        |ty| SavitzkyGolay::<f32> { positions, middle, ty },
        |ty| SavitzkyGolay::<f64> { positions: wide.0, middle: wide.1, ty },
    ))
}

#[derive(Debug)]
struct SavitzkyGolay<T> {
    /// weights for each position in the window
    positions: Vec<Vec<f64>>,
    /// those of its middle, as a kernel of a convolution
    middle: Vec<f64>,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for SavitzkyGolay<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(4));
        let (n, length) = (w.len(), self.middle.len());
        let half = length / 2;
        for (i, weights) in self.positions[..half].iter().enumerate() {
            out[i] = convolution::sum(0..length, |t| (weights[t], &w[t]));
        }
        for (i, weights) in self.positions[length - half..].iter().enumerate() {
            out[n - half + i] = convolution::sum(0..length, |t| (weights[t], &w[n - length + t]));
        }
        convolution::direct(w, &self.middle, length - 1, &mut out[half..n - half]);
        Ok(())
    }
}
