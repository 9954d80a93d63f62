//! No bytes from outside make the reader take much more memory than they are themselves.

mod shared;

use germane_formats::{Error, File};
use shared::shared;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; only sizes are counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn read_all(file: &File) -> Result<(), Error> {
    for object in file.objects()? {
        if object.is_table {
            let table = file.table(&format!("{};{}", object.path, object.cycle))?;
            for column in 0..table.schema().columns.len() {
                let _ = table.read(&[column], 0..table.schema().entries);
            }
        } else {
            let _ = file.histogram(&object.path);
            let _ = file.object(&object.path);
        }
    }
    Ok(())
}

/// xorshift: a failing case can be made again from its number.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state as usize
}

#[test]
fn memory_stays_below_four_times_the_file_and_64_mib() {
    let Some(root) = shared() else { return };
    // The first asked a peer for 8 GiB without any damage.
    let sources = [
        "event-files/trees/std-containers-split00.root",
        "event-files/trees/uproot-issue-1610.root",
        "event-files/generated/tree-leaves.root",
        "event-files/generated/delphes-like.root",
        "event-files/generated/tree-stl.root",
        "histograms/uproot-issue-722.root",
        "histograms/uproot-histograms.root",
        "event-files/trees/uproot-issue38b.root",
        "event-files/trees/chain.1.root",
    ];
    let good: Vec<Vec<u8>> = sources.iter().map(|name| fs::read(root.join("data").join(name)).unwrap()).collect();
    let mut state = 88_172_645_463_325_252;
    for case in 0..5400 {
        let mut bytes = good[case % good.len()].clone();
        if case >= good.len() {
            // Sizes live in the first bytes of records: set single bytes, often to the largest values.
            for _ in 0..=next(&mut state) % 6 {
                let at = next(&mut state) % bytes.len();
                bytes[at] = [0x7f, 0xff, 0x80, 0x3f, next(&mut state) as u8][next(&mut state) % 5];
            }
        }
        let size = bytes.len();
        PEAK.store(NOW.load(Ordering::Relaxed), Ordering::Relaxed);
        let before = NOW.load(Ordering::Relaxed);
        if let Ok(file) = germane_formats::open_bytes("noise.root", bytes.into()) {
            let _ = read_all(&file);
        }
        let taken = PEAK.load(Ordering::Relaxed).saturating_sub(before);
        assert!(taken <= 4 * size + (64 << 20), "case {case}: {taken} bytes for a file of {size}");
    }
}
