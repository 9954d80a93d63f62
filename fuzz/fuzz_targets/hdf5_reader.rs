//! Bytes as an HDF5 file: opened, listed, read. Nothing may panic, and no size that the file names may be believed.
#![no_main]

use germane_formats::{
    hdf5::{Dataset, Group, Hdf5File, Link, Node, Rows},
    source::Memory,
};
use germane_numerics::Inline;
use libfuzzer_sys::fuzz_target;
use std::{collections::HashSet, sync::Arc};

/// Objects that are read of each file, at most.
const OBJECTS: usize = 64;
/// Bytes of a result that is read whole; the libFuzzer limit of memory is far above.
const WHOLE: u64 = 16 << 20;

fn read(dataset: &Dataset) {
    let _ = dataset.attributes();
    let _ = dataset.fill_value();
    let rows = dataset.rows();
    let row = dataset.raw_bytes() / rows.max(1);
    let wanted = if dataset.raw_bytes() <= WHOLE { Rows::All } else { Rows::range(0..rows.min(WHOLE / row.max(1))) };
    if let Ok(values) = dataset.read(&wanted, &Inline)
        && let Some(bytes) = values.bytes()
    {
        // A part of the rows is the same part of the values.
        let some = if let Rows::All = wanted { rows } else { values.rows() as u64 } / 2;
        let part = dataset.read(&Rows::range(some..some + u64::from(rows > some)), &Inline).expect("read as a part of all");
        let part = part.bytes().expect("elements of the same size");
        if dataset.shape().is_some_and(|shape| !shape.is_empty()) {
            let from = some as usize * part.len();
            assert_eq!(bytes[from..from + part.len()], part[..]);
        }
    }
}

fn walk(group: &Group, seen: &mut HashSet<u64>, depth: usize) {
    let _ = group.attributes();
    let Ok(links) = group.links() else { return };
    for (name, link) in links {
        if seen.len() > OBJECTS {
            return;
        }
        // Other files are not opened here.
        if matches!(link, Link::External { .. }) || matches!(link, Link::Hard(address) if !seen.insert(address)) {
            continue;
        }
        match group.get(&name) {
            Ok(Node::Group(inner)) if depth < 32 && matches!(link, Link::Hard(_)) => walk(&inner, seen, depth + 1),
            Ok(Node::Dataset(dataset)) => read(&dataset),
            Ok(_) => {}
            Err(error) => assert!(!error.message.is_empty()),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(file) = Hdf5File::open(Arc::new(Memory::new("fuzz.h5", data.into()))) else { return };
    let root = file.root();
    walk(&root, &mut HashSet::from([root.address()]), 0);
});
