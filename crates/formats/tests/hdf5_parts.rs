//! Parts of datasets are parts of the whole, on any number of threads, and cost no more than the whole.

mod shared;

use germane_formats::{
    Error,
    hdf5::{Dataset, Group, Hdf5File, LayoutKind, Link, Node, Rows, ValueData, Values},
    source::{LocalFile, Source},
};
use germane_numerics::{Executor, Inline};
use shared::shared;
use std::{
    collections::HashSet,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

/// A source that counts the bytes that are read.
struct Counted {
    file: LocalFile,
    read: Arc<AtomicU64>,
}

impl Source for Counted {
    fn name(&self) -> &str {
        self.file.name()
    }

    fn size(&self) -> u64 {
        self.file.size()
    }

    fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        self.read.fetch_add(into.len() as u64, Ordering::Relaxed);
        self.file.read_into(offset, into)
    }
}

/// Two threads that take tasks from one counter.
struct Two;

impl Executor for Two {
    fn run(&self, count: usize, task: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let k = next.fetch_add(1, Ordering::Relaxed);
                if k >= count {
                    return;
                }
                task(k);
            }
        };
        thread::scope(|scope| {
            scope.spawn(work);
            work();
        });
    }

    fn width(&self) -> usize {
        2
    }
}

fn small() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hdf5_small");
    vec![folder.join("earliest.h5"), folder.join("latest.h5")]
}

fn files() -> Vec<PathBuf> {
    let mut files = small();
    if let Some(root) = shared() {
        let made = ["superblock0.h5", "superblock0_userblock512.h5", "superblock2_paged.h5", "superblock3.h5", "types.lh5"];
        files.extend(made.iter().map(|name| root.join("data/legend-io/made").join(name)));
    }
    files
}

fn datasets(group: &Group, seen: &mut HashSet<u64>, found: &mut Vec<Dataset>) {
    for (name, link) in group.links().unwrap() {
        if !matches!(link, Link::Hard(address) if seen.insert(address)) {
            continue;
        }
        match group.get(&name).unwrap() {
            Node::Group(inner) => datasets(&inner, seen, found),
            Node::Dataset(dataset) => found.push(dataset),
            Node::Datatype(_) => {}
        }
    }
}

/// Rows of values that were read whole.
fn rows_of(values: &Values, ranges: &[Range<u64>]) -> Values {
    let row: usize = values.shape[1..].iter().product();
    let picked: Vec<usize> = ranges.iter().flat_map(|r| (r.start as usize * row)..(r.end as usize * row)).collect();
    let mut shape = values.shape.clone();
    shape[0] = ranges.iter().map(|r| (r.end - r.start) as usize).sum();
    let data = match &values.data {
        ValueData::Fixed(bytes) => {
            let size = values.element.size().unwrap();
            let picked: Vec<u8> = picked.iter().flat_map(|k| bytes[k * size..(k + 1) * size].to_vec()).collect();
            ValueData::Fixed(picked.into())
        }
        ValueData::Texts { offsets, bytes } => {
            let (mut starts, mut all) = (vec![0], Vec::new());
            for &k in &picked {
                all.extend_from_slice(&bytes[offsets[k] as usize..offsets[k + 1] as usize]);
                starts.push(all.len() as i64);
            }
            ValueData::Texts { offsets: starts, bytes: all.into() }
        }
        ValueData::Lists { offsets, items } => {
            let mut starts = vec![0];
            let mut ranges = Vec::new();
            for &k in &picked {
                ranges.push(offsets[k] as u64..offsets[k + 1] as u64);
                starts.push(starts[starts.len() - 1] + offsets[k + 1] - offsets[k]);
            }
            ValueData::Lists { offsets: starts, items: Box::new(rows_of(items, &ranges)) }
        }
    };
    Values { element: values.element.clone(), shape, data }
}

/// Increasing, disjoint ranges of different lengths and gaps.
fn some_ranges(rows: u64, step: u64) -> Vec<Range<u64>> {
    (0..rows).step_by(step as usize).map(|first| first..(first + 1 + first % step).min(rows).min(first + step)).collect()
}

#[test]
fn parts_are_parts_of_the_whole_on_one_thread_and_two() {
    let mut compared = 0;
    for path in files() {
        let file = Hdf5File::open_path(&path).unwrap();
        let mut found = Vec::new();
        datasets(&file.root(), &mut HashSet::new(), &mut found);
        for dataset in found.iter().filter(|dataset| dataset.shape().is_some_and(|shape| !shape.is_empty())) {
            let whole = dataset.read(&Rows::All, &Inline).unwrap();
            assert_eq!(dataset.read(&Rows::All, &Two).unwrap(), whole, "{dataset:?} on two threads");
            let rows = dataset.rows();
            let mut asked: Vec<Vec<Range<u64>>> = [1, 2, 3, 7, 100].iter().map(|&step| some_ranges(rows, step)).collect();
            asked.extend([vec![], vec![0..rows, rows..rows], vec![0..0, rows / 2..rows], vec![0..rows / 3, rows / 3..rows / 2]]);
            for ranges in asked {
                let part = dataset.read(&Rows::Ranges(ranges.clone()), &Two).unwrap();
                assert_eq!(part, rows_of(&whole, &ranges), "{dataset:?} rows {ranges:?}");
                compared += 1;
                if let (Some(bytes), Some(size)) = (part.bytes(), part.element.size()) {
                    let mut memory = vec![0xa5; part.count() * size];
                    dataset.read_bytes_into(&Rows::Ranges(ranges), &mut memory, &Inline).unwrap();
                    assert_eq!(memory, bytes.as_slice(), "{dataset:?}");
                }
            }
        }
    }
    assert!(compared > 100);
}

#[test]
fn rows_read_their_chunks_only_and_never_more_than_all() {
    let mut checked = 0;
    for path in files() {
        let read = Arc::new(AtomicU64::new(0));
        let source = Counted { file: LocalFile::open(&path).unwrap(), read: read.clone() };
        let file = Hdf5File::open(Arc::new(source)).unwrap();
        let mut found = Vec::new();
        datasets(&file.root(), &mut HashSet::new(), &mut found);
        let cost = |dataset: &Dataset, rows: &Rows| {
            let before = read.load(Ordering::Relaxed);
            dataset.read(rows, &Inline).unwrap();
            read.load(Ordering::Relaxed) - before
        };
        for dataset in found.iter().filter(|d| d.element().size().is_some() && d.rows() > 1) {
            if dataset.layout() == LayoutKind::Chunked {
                dataset.chunks().unwrap();
            }
            let all = cost(dataset, &Rows::All);
            let rows = dataset.rows();
            assert!(cost(dataset, &Rows::Ranges(some_ranges(rows, 2))) <= all, "{dataset:?}: every other row");
            let one = cost(dataset, &Rows::range(rows / 2..rows / 2 + 1));
            if let Some(chunk) = dataset.chunk_shape() {
                let table = dataset.chunks().unwrap();
                let mine = table.chunks().iter().filter(|c| table.coordinates(c)[0] / chunk[0] == rows / 2 / chunk[0]);
                let (count, stored) = mine.fold((0, 0), |(n, sum), c| (n + 1, sum + c.stored));
                assert!(one <= stored + 4096 * count, "{dataset:?}: {one} bytes for a row in chunks of {stored}");
                checked += 1;
            }
        }
    }
    assert!(checked > 3);
}
