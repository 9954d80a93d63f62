//! Waveforms side by side: sample `i` of all waveforms of a block lies together.

use crate::processor::Argument;
use std::ops::{Add, Mul, Neg, Sub};

/// Waveforms in a block.
pub const LANES: usize = 16;

/// One value for each waveform of a block.
pub type Lane<T> = [T; LANES];

/// What samples of waveforms are held as: `f32` or `f64`.
pub trait Real:
    Copy
    + Default
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
    + std::fmt::Debug
    + 'static
{
    /// Not a number.
    const NAN: Self;

    /// Whether it is not a number.
    fn is_nan(self) -> bool;

    /// The same value as `f64`.
    fn widen(self) -> f64;

    /// The nearest value.
    fn narrow(value: f64) -> Self;

    /// Samples of an argument, if they are of this type.
    fn samples<'a>(argument: &Argument<'a>) -> Option<&'a [Lane<Self>]>;

    /// Samples to be written, if they are of this type.
    fn samples_out(argument: Argument<'_>) -> Option<&mut [Lane<Self>]>;
}

macro_rules! real {
    ($ty:ty, $samples:ident, $out:ident) => {
        impl Real for $ty {
            const NAN: Self = <$ty>::NAN;

            #[inline(always)]
            fn is_nan(self) -> bool {
                self.is_nan()
            }

            #[inline(always)]
            fn widen(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn narrow(value: f64) -> Self {
                value as $ty
            }

            fn samples<'a>(argument: &Argument<'a>) -> Option<&'a [Lane<Self>]> {
                match argument {
                    Argument::$samples(samples) => Some(samples),
                    _ => None,
                }
            }

            fn samples_out(argument: Argument<'_>) -> Option<&mut [Lane<Self>]> {
                match argument {
                    Argument::$out(samples) => Some(samples),
                    _ => None,
                }
            }
        }
    };
}

real!(f32, F32, F32Out);
real!(f64, F64, F64Out);

/// Samples of the waveform in one lane.
pub fn waveform<T: Real>(samples: &[Lane<T>], lane: usize) -> impl Iterator<Item = f64> + '_ {
    samples.iter().map(move |lanes| lanes[lane].widen())
}
