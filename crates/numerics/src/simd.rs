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
