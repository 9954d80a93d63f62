//! No bytes from outside make the HDF5 reader panic, loop, take memory or give wrong values under a checksum.
//!
//! The small files are made by `hdf5_small/make.py`.

mod shared;

use germane_columns::buffer::Buffer;
use germane_formats::{
    Error,
    hdf5::{Dataset, Group, Hdf5File, Link, Node, Rows, Values},
    source::Memory,
};
use germane_numerics::Inline;
use shared::{say, shared};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// Tests that count take turns.
static TURN: Mutex<()> = Mutex::new(());

// SAFETY: every call goes to the system's allocator unchanged; only sizes are counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` or `alloc_zeroed` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Memory beside the result: 64 MB and four times the file.
fn allowed(file: usize, result: usize) -> usize {
    (64 << 20) + 4 * file + 2 * result
}

/// What a walk found: values by path, and how many objects failed.
#[derive(Default)]
struct Found {
    values: BTreeMap<String, Values>,
    errors: Vec<Error>,
    largest: usize,
}

fn walk(group: &Group, seen: &mut HashSet<u64>, found: &mut Found) {
    if let Err(error) = group.attributes() {
        found.errors.push(error);
    }
    let links = match group.links() {
        Ok(links) => links,
        Err(error) => return found.errors.push(error),
    };
    for (name, link) in links {
        // A damaged name may hold the separator of paths: it leads elsewhere, and is followed only once.
        if matches!(link, Link::Hard(address) if !seen.insert(address)) {
            continue;
        }
        match group.get(&name) {
            Ok(Node::Group(inner)) if matches!(link, Link::Hard(_)) => walk(&inner, seen, found),
            Ok(Node::Dataset(dataset)) => read(&dataset, found),
            Ok(_) => {}
            Err(error) => found.errors.push(error),
        }
    }
}

fn read(dataset: &Dataset, found: &mut Found) {
    if let Err(error) = dataset.attributes() {
        found.errors.push(error);
    }
    match dataset.read(&Rows::All, &Inline) {
        Ok(values) => {
            found.largest = found.largest.max(values.bytes().map_or(0, Buffer::len));
            // Only small ones are kept: they are compared.
            if values.count() < 10_000 {
                found.values.insert(dataset.path().to_owned(), values);
            }
        }
        Err(error) => found.errors.push(error),
    }
    let rows = dataset.rows();
    let _ = dataset.read(&Rows::range(rows / 2..rows.min(rows / 2 + 1)), &Inline);
    let _ = dataset.fill_value();
}

/// Reads everything; asserts that memory stays bounded and that errors name the file.
fn all(bytes: Vec<u8>, what: impl Fn() -> String) -> Found {
    let size = bytes.len();
    let source = Arc::new(Memory::new("noise.h5", bytes.into()));
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let mut found = Found::default();
    match Hdf5File::open(source) {
        Ok(file) => walk(&file.root(), &mut HashSet::from([file.root().address()]), &mut found),
        Err(error) => found.errors.push(error),
    }
    let taken = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    assert!(taken <= allowed(size, found.largest), "{}: {taken} bytes for a file of {size}", what());
    for error in &found.errors {
        assert!(!error.file.is_empty() && !error.message.is_empty(), "{}: {error}", what());
    }
    found
}

fn small(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hdf5_small").join(name)).unwrap()
}

/// xorshift: a failing case can be made again from its number.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state as usize
}

#[test]
fn every_flipped_byte_is_survived_and_checksums_hold() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for name in ["earliest.h5", "latest.h5"] {
        let good = small(name);
        let whole = all(good.clone(), || name.to_owned());
        assert!(whole.errors.is_empty(), "{name}: {}", whole.errors[0]);
        let file = Hdf5File::open(Arc::new(Memory::new(name, good.clone().into()))).unwrap();
        let chunks: Vec<(u64, u64)> = ["checked", "summed"]
            .iter()
            .flat_map(|path| {
                let Ok(Node::Dataset(dataset)) = file.get(path) else { panic!("{path}") };
                let table = dataset.chunks().unwrap();
                table.chunks().iter().map(|chunk| (chunk.address, chunk.address + chunk.stored)).collect::<Vec<_>>()
            })
            .collect();
        let mut silent = 0;
        for at in 0..good.len() {
            // One bit, and in the file with checksums all bits too.
            let flips = if name == "latest.h5" { vec![0xff, 1 << (at % 8)] } else { vec![[0xff, 1 << (at % 8)][at % 2]] };
            for flip in flips {
                let mut bytes = good.clone();
                bytes[at] ^= flip;
                let found = all(bytes, || format!("{name}, byte {at} flipped by {flip:#x}"));
                let in_chunk = chunks.iter().any(|&(from, to)| (from..to).contains(&(at as u64)));
                // Metadata of the newest files have checksums of their own.
                if in_chunk || name == "latest.h5" {
                    for path in ["/checked", "/summed"] {
                        if let Some(values) = found.values.get(path) {
                            assert_eq!(values, &whole.values[path], "{name}: byte {at} flipped by {flip:#x} changes {path}");
                        }
                    }
                }
                if in_chunk {
                    assert_eq!(found.errors.len(), 1, "{name}: byte {at} flipped by {flip:#x}");
                    assert!(found.errors[0].byte.is_some() && found.errors[0].object.is_some());
                }
                silent += usize::from(found.errors.is_empty());
            }
        }
        say(&format!("{name}: {} bytes flipped, {silent} flips without an error", good.len()));
    }
}

#[test]
fn every_truncation_is_survived_and_told() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for name in ["earliest.h5", "latest.h5"] {
        let good = small(name);
        let whole = all(good.clone(), || name.to_owned());
        for len in 0..good.len() {
            let bytes = good[..len].to_vec();
            let source = Arc::new(Memory::new("cut.h5", bytes.clone().into()));
            if let Ok(file) = Hdf5File::open(source) {
                assert_eq!(file.is_truncated(), Some((good.len() as u64, len as u64)));
            }
            let found = all(bytes, || format!("{name} cut to {len}"));
            for (path, values) in &found.values {
                assert_eq!(values, &whole.values[path], "{name} cut to {len}: {path}");
            }
        }
    }
}

#[test]
fn random_flips_and_cuts_are_survived() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut good: Vec<Vec<u8>> = vec![small("earliest.h5"), small("latest.h5")];
    let mut cases = vec![0_usize, 1];
    if let Some(root) = shared() {
        let names = ["views.lh5", "superblock0.h5", "superblock2_paged.h5", "superblock3.h5", "types.lh5"];
        good.extend(names.iter().map(|name| fs::read(root.join("data/legend-io/made").join(name)).unwrap()));
        // Large files take long: one case in a hundred.
        cases = (0..100).map(|k| if k == 99 { 2 } else { k % 2 }).collect();
    }
    let mut state = 88_172_645_463_325_252;
    for case in 0..10_000 {
        let mut kind = cases[case % cases.len()];
        if kind >= 2 {
            kind = 2 + next(&mut state) % (good.len() - 2);
        }
        let mut bytes = good[kind].clone();
        for _ in 0..=next(&mut state) % 8 {
            let at = next(&mut state) % bytes.len();
            bytes[at] = [0x7f, 0xff, 0x80, 0, next(&mut state) as u8][next(&mut state) % 5];
        }
        if case % 5 == 0 {
            let len = next(&mut state) % bytes.len();
            bytes.truncate(len);
        }
        all(bytes, || format!("case {case} of file {kind}"));
    }
}
