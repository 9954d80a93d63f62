//! Filter that knows the shape of pulses and the noise.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Given, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor, Role};
use germane_numerics::fourier::RealFourier;
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) static PROCESSOR: Processor = Processor {
    name: "wiener_filter",
    about: "filters a spectrum by the spectra of a mean pulse and of noise",
    formula: "W = conj(H) / (|H|^2 + |N|^2 / |S|^2); S, N: transforms of spms/processed/superpulse and spms/processed/noise_wf, H = S / \
              transform of a single sample as high as the pulse, at its maximum; out = W dft",
    source: "N. Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time Series (1949)",
    init: &[Parameter::array("superpulse", 'n'), Parameter::array("noise_wf", 'n')],
    parameters: &[Parameter::of("dft", Role::ComplexSamples('n')), Parameter::of("dft_out", Role::ComplexOut('n'))],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let of_init = PROCESSOR.parameters.len();
    let loaded = |k: usize| match call.init.get(k) {
        Some(Given::Array(values)) => Ok(values.clone()),
        _ => Err(Fault::at(of_init + k, "expected an array of a file")),
    };
    let (pulse, noise, bins) = (loaded(0)?, loaded(1)?, call.length(0));
    for (k, values) in [(0, &pulse), (1, &noise)] {
        if values.len() != bins {
            return Err(Fault::at(of_init + k, format!("the array has {} samples, the spectrum {bins}", values.len())));
        }
    }
    let filter =
        filter(&pulse, &noise).ok_or_else(|| Fault::at(of_init, "the largest sample of the pulse must not be its first"))?;
    let wide = filter.clone();
    Ok(call.kernel(|ty| Filter::<f32> { filter, ty }, |ty| Filter::<f64> { filter: wide, ty }))
}

/// The filter of a pulse and noise of equal lengths; `None` where the largest sample is the first.
fn filter(pulse: &[f64], noise: &[f64]) -> Option<Arc<[(f64, f64)]>> {
    let n = pulse.len();
    let highest = (0..n).fold(0, |best, i| if pulse[i] > pulse[best] { i } else { best });
    if highest == 0 {
        return None;
    }
    let plan = RealFourier::new(n);
    // The other half of the spectrum of real samples is the conjugate of this one, backwards.
    let transform = |x: &[f64]| {
        let half = plan.spectrum(x);
        (0..n).map(|k| if k < half.len() { half[k] } else { (half[n - k].0, -half[n - k].1) }).collect::<Vec<_>>()
    };
    let mut single = vec![0.0; n];
    single[highest] = pulse[highest];
    let (spectrum, noise, single) = (transform(pulse), transform(noise), transform(&single));
    let power = |x: (f64, f64)| x.0 * x.0 + x.1 * x.1;
    let all = spectrum.iter().zip(noise).zip(single).map(|((&s, n), d)| {
        let response = ((s.0 * d.0 + s.1 * d.1) / power(d), (s.1 * d.0 - s.0 * d.1) / power(d));
        let below = power(response) + power(n) / power(s);
        (response.0 / below, -response.1 / below)
    });
    Some(all.collect())
}

#[derive(Debug)]
struct Filter<T> {
    filter: Arc<[(f64, f64)]>,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Filter<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (dft, out) = (io.samples::<T>(0), io.samples_out::<T>(1));
        for ((dft, out), &(re, im)) in dft.chunks_exact(2).zip(out.chunks_exact_mut(2)).zip(self.filter.iter()) {
            for lane in 0..crate::lanes::LANES {
                let (a, b) = (dft[0][lane].widen(), dft[1][lane].widen());
                out[0][lane] = T::narrow(a * re - b * im);
                out[1][lane] = T::narrow(a * im + b * re);
            }
        }
        Ok(())
    }
}
