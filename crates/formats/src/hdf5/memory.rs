//! Memory of results: zero, aligned for every element, in large pages where the system gives them.

use germane_columns::buffer::Buffer;

/// Results from here on ask for large pages: touching memory for the first time costs more than reading a file otherwise.
#[cfg(target_os = "linux")]
const LARGE: usize = 4 << 20;

/// Memory for `len` bytes.
pub(crate) fn zeroed(len: usize) -> Vec<u64> {
    let memory = vec![0; len.div_ceil(8)];
    #[cfg(target_os = "linux")]
    if len >= LARGE {
        ask_for_large_pages(&memory);
    }
    memory
}

/// The first `len` bytes of such memory.
pub(crate) fn buffer(memory: Vec<u64>, len: usize) -> Buffer {
    Buffer::from_vec(memory).slice_with_length(0, len)
}

#[cfg(target_os = "linux")]
fn ask_for_large_pages(memory: &[u64]) {
    use std::ffi::{c_int, c_void};
    const PAGE: usize = 4096;
    /// `MADV_HUGEPAGE` of Linux.
    const HUGE: c_int = 14;
    unsafe extern "C" {
        fn madvise(start: *mut c_void, len: usize, advice: c_int) -> c_int;
    }
    let range = memory.as_ptr_range();
    let start = range.start.addr().next_multiple_of(PAGE);
    let end = range.end.addr() / PAGE * PAGE;
    if start < end {
        // SAFETY: the pages lie inside `memory`, which is borrowed; the advice changes neither content nor access. Whether the
        // system follows it does not matter, so the answer is not looked at.
        unsafe { madvise(range.start.with_addr(start).cast_mut().cast(), end - start, HUGE) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zero_and_as_long_as_asked_for() {
        for len in [0, 1, 8, 4097, (4 << 20) + 3] {
            let buffer = buffer(zeroed(len), len);
            assert_eq!(buffer.len(), len);
            assert!(buffer.iter().all(|&byte| byte == 0));
        }
    }
}
