//! Types of samples that the waveform codecs read and write, and the one place where ranges are checked.

use crate::Fault;

/// What becomes of a value that the target type cannot hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutOfRange {
    /// a fault that names the sample
    #[default]
    Refuse,
    /// only its lowest bits are kept
    Wrap,
}

mod sealed {
    pub trait Sealed {}
}

/// A number type of samples. Floats take integers rounded to nearest; they give samples only where they are whole numbers.
pub trait Sample: Copy + Default + sealed::Sealed + 'static {
    /// Name as users know it.
    const NAME: &'static str;
    /// Smallest and largest integer.
    const RANGE: (i64, i64);
    /// The value, or its lowest bits.
    fn from_i32(value: i32) -> Self;
    /// The value, or its lowest bits.
    fn from_i64(value: i64) -> Self;
    /// The value, or its lowest bits.
    fn to_i32(self) -> i32;
    /// The value, if it is a whole number that 64 bits hold.
    fn whole(self) -> Option<i64>;
}

macro_rules! integers {
    ($($native:ident $name:literal $low:expr, $high:expr;)*) => {
        $(impl sealed::Sealed for $native {}
        impl Sample for $native {
            const NAME: &'static str = $name;
            const RANGE: (i64, i64) = ($low, $high);
            #[inline(always)]
            fn from_i32(value: i32) -> Self { value as Self }
            #[inline(always)]
            fn from_i64(value: i64) -> Self { value as Self }
            #[inline(always)]
            fn to_i32(self) -> i32 { self as i32 }
            #[inline(always)]
            fn whole(self) -> Option<i64> { i64::try_from(self).ok() }
        })*
    };
}

integers! {
    i8 "int8" i8::MIN as i64, i8::MAX as i64;
    u8 "uint8" 0, u8::MAX as i64;
    i16 "int16" i16::MIN as i64, i16::MAX as i64;
    u16 "uint16" 0, u16::MAX as i64;
    i32 "int32" i32::MIN as i64, i32::MAX as i64;
    u32 "uint32" 0, u32::MAX as i64;
    i64 "int64" i64::MIN, i64::MAX;
    u64 "uint64" 0, i64::MAX;
}

macro_rules! floats {
    ($($native:ident $name:literal;)*) => {
        $(impl sealed::Sealed for $native {}
        impl Sample for $native {
            const NAME: &'static str = $name;
            const RANGE: (i64, i64) = (i64::MIN, i64::MAX);
            #[inline(always)]
            fn from_i32(value: i32) -> Self { value as Self }
            #[inline(always)]
            fn from_i64(value: i64) -> Self { value as Self }
            #[inline(always)]
            fn to_i32(self) -> i32 { self as i32 }
            #[inline(always)]
            fn whole(self) -> Option<i64> {
                // 2^63 as a float would be cut to 2^63 - 1 by the conversion.
                let inside = self.abs() < 9.223372e18;
                (inside && self.fract() == 0.0).then_some(self as i64)
            }
        })*
    };
}

floats! {
    f32 "float32";
    f64 "float64";
}

/// Numbers between which all values of a block are known to be.
pub(crate) type Bounds = (i32, i32);

/// Writes `block[i] + offset` to `out[i]`; `first` is the number of the first of these samples in its waveform.
#[inline]
pub(crate) fn narrow<T: Sample>(
    block: &[i32],
    bounds: Bounds,
    offset: i64,
    rule: OutOfRange,
    first: usize,
    out: &mut [T],
) -> Result<(), Fault> {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { narrow_avx2(block, bounds, offset, rule, first, out) };
    }
    narrow_loops(block, bounds, offset, rule, first, out)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn narrow_avx2<T: Sample>(
    block: &[i32],
    bounds: Bounds,
    offset: i64,
    rule: OutOfRange,
    first: usize,
    out: &mut [T],
) -> Result<(), Fault> {
    narrow_loops(block, bounds, offset, rule, first, out)
}

#[inline(always)]
fn narrow_loops<T: Sample>(
    block: &[i32],
    bounds: Bounds,
    offset: i64,
    rule: OutOfRange,
    first: usize,
    out: &mut [T],
) -> Result<(), Fault> {
    let moved = |(low, high): Bounds| (i64::from(low) + offset, i64::from(high) + offset);
    let inside = |inner: (i64, i64), outer: (i64, i64)| outer.0 <= inner.0 && inner.1 <= outer.1;
    if rule == OutOfRange::Refuse && !inside(moved(bounds), T::RANGE) && !block.is_empty() {
        let extremes = block.iter().fold((i32::MAX, i32::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        if !inside(moved(extremes), T::RANGE) {
            return Err(outside::<T>(block, offset, first));
        }
    }
    if inside(moved(bounds), <i32 as Sample>::RANGE) {
        let offset = offset as i32;
        for (value, out) in block.iter().zip(out) {
            *out = T::from_i32(value.wrapping_add(offset));
        }
    } else {
        for (value, out) in block.iter().zip(out) {
            *out = T::from_i64(i64::from(*value) + offset);
        }
    }
    Ok(())
}

/// Names the first value of a block that `T` does not hold.
#[cold]
fn outside<T: Sample>(block: &[i32], offset: i64, first: usize) -> Fault {
    let mut values = block.iter().map(|value| i64::from(*value) + offset).zip(first..);
    let (value, sample) =
        values.find(|(value, _)| !(T::RANGE.0..=T::RANGE.1).contains(value)).expect("invariant: one is outside");
    Fault::new(0, format!("sample {sample} is {value}, which {} does not hold", T::NAME))
}

/// A sample as an integer.
///
/// # Errors
/// A [`Fault`] with the number of the sample if it is no whole number of 64 bits.
pub(crate) fn whole<T: Sample>(index: usize, sample: T) -> Result<i64, Fault> {
    sample.whole().ok_or_else(|| Fault::new(0, format!("sample {index} is no whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowed<T: Sample>(block: &[i32], offset: i64, rule: OutOfRange) -> Result<Vec<T>, Fault> {
        let mut out = vec![T::default(); block.len()];
        narrow(block, (i32::MIN, i32::MAX), offset, rule, 100, &mut out).map(|()| out)
    }

    #[test]
    fn names_the_sample_that_does_not_fit() {
        let fault = narrowed::<u16>(&[1, 2, -3, 70000], 0, OutOfRange::Refuse).unwrap_err();
        assert_eq!(fault.reason, "sample 102 is -3, which uint16 does not hold");
        assert_eq!(narrowed::<u16>(&[1, 2, -3], 0, OutOfRange::Wrap).unwrap(), [1, 2, 65533]);
        assert_eq!(narrowed::<u16>(&[-32768, 32767], 32768, OutOfRange::Refuse).unwrap(), [0, 65535]);
        assert!(narrowed::<i32>(&[i32::MAX], 1, OutOfRange::Refuse).is_err());
        assert_eq!(narrowed::<i32>(&[i32::MAX], 1, OutOfRange::Wrap).unwrap(), [i32::MIN]);
        assert_eq!(narrowed::<i64>(&[i32::MAX], 1 << 40, OutOfRange::Refuse).unwrap(), [(1 << 40) + i64::from(i32::MAX)]);
        assert_eq!(narrowed::<f32>(&[i32::MAX], 1, OutOfRange::Refuse).unwrap(), [2147483648.0]);
        assert_eq!(narrowed::<u16>(&[], 1 << 40, OutOfRange::Refuse).unwrap(), [0_u16; 0]);
    }

    #[test]
    fn floats_are_samples_only_where_they_are_whole() {
        assert_eq!(3.0_f32.whole(), Some(3));
        assert_eq!(3.5_f32.whole(), None);
        assert_eq!(f64::NAN.whole(), None);
        assert_eq!(1e300.whole(), None);
        assert_eq!(u64::MAX.whole(), None);
    }
}
