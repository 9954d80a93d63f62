//! Which kernels run: those for wide registers, or their narrow twins. Both give the same bits.

use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const NARROW: u8 = 1;
const WIDE: u8 = 2;
const WIDEST: u8 = 3;

static CHOICE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Lets only the narrow kernels run from now on, whatever the processor has: for checks (`GERMANE_SIMD=off`).
pub fn use_narrow_kernels() {
    CHOICE.store(NARROW, Ordering::Relaxed);
}

/// Whether the processor has AVX2 and kernels for it may run.
#[inline]
pub fn has_avx2() -> bool {
    choice() >= WIDE
}

/// Whether the processor has AVX-512 and kernels for it may run.
#[inline]
fn has_avx512() -> bool {
    choice() == WIDEST
}

#[inline]
fn choice() -> u8 {
    match CHOICE.load(Ordering::Relaxed) {
        UNKNOWN => detect(),
        choice => choice,
    }
}

#[cold]
fn detect() -> u8 {
    #[cfg(target_arch = "x86_64")]
    let found = match (std::arch::is_x86_feature_detected!("avx2"), std::arch::is_x86_feature_detected!("avx512f")) {
        (true, true) => WIDEST,
        (true, false) => WIDE,
        (false, _) => NARROW,
    };
    #[cfg(not(target_arch = "x86_64"))]
    let found = NARROW;
    // A choice that was made meanwhile stays.
    let _ = CHOICE.compare_exchange(UNKNOWN, found, Ordering::Relaxed, Ordering::Relaxed);
    CHOICE.load(Ordering::Relaxed)
}

/// A loop that is compiled for narrow and for wide registers. No fused operations are made of it, so both give the same bits.
pub trait Work {
    /// What comes out.
    type Output;

    /// Does it. To be marked `#[inline(always)]`, so that it is compiled for the registers of its caller.
    fn run(self) -> Self::Output;
}

/// Runs work with AVX2, if the processor has it and it may be used.
#[inline]
pub fn wide<W: Work>(work: W) -> W::Output {
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

/// Runs work with AVX-512 or AVX2, whichever the processor has: for loops that are bound by their arithmetic, as products of
/// matrices are. Others gain nothing from the widest registers.
#[inline]
pub fn widest<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if has_avx512() {
        // SAFETY: the processor has AVX-512.
        return unsafe { with_avx512(work) };
    }
    wide(work)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f")]
fn with_avx512<W: Work>(work: W) -> W::Output {
    work.run()
}
