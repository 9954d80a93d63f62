//! Which kernels run: those for wide registers, or their narrow twins. Both give the same bits.

use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const NARROW: u8 = 1;
const WIDE: u8 = 2;

static CHOICE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Lets only the narrow kernels run from now on, whatever the processor has: for checks (`GERMANE_SIMD=off`).
pub fn use_narrow_kernels() {
    CHOICE.store(NARROW, Ordering::Relaxed);
}

/// Whether the processor has AVX2 and kernels for it may run.
#[inline]
pub fn has_avx2() -> bool {
    match CHOICE.load(Ordering::Relaxed) {
        UNKNOWN => detect(),
        choice => choice == WIDE,
    }
}

#[cold]
fn detect() -> bool {
    #[cfg(target_arch = "x86_64")]
    let wide = std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let wide = false;
    // A choice that was made meanwhile stays.
    let _ = CHOICE.compare_exchange(UNKNOWN, if wide { WIDE } else { NARROW }, Ordering::Relaxed, Ordering::Relaxed);
    CHOICE.load(Ordering::Relaxed) == WIDE
}

/// A loop that is compiled for narrow and for wide registers. No fused operations are made of it, so both give the same bits.
pub trait Work {
    /// What comes out.
    type Output;

    /// Does it. To be marked `#[inline(always)]`, so that it is compiled for the registers of its caller.
    fn run(self) -> Self::Output;
}

/// Runs work with the widest registers that the processor has and that may be used.
#[inline]
pub fn widest<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { with_avx2(work) };
    }
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<W: Work>(work: W) -> W::Output {
    work.run()
}
