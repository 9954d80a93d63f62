//! Bytes as a ROOT file: opened, listed, read. Nothing may panic, and no size that the file names may be believed.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// Entries read of each table; what a reader does with the next thousand it did with these.
const ENTRIES: u64 = 1000;

fuzz_target!(|data: &[u8]| {
    let Ok(file) = germane_formats::open_bytes("fuzz.root", data.into()) else { return };
    let Ok(objects) = file.objects() else { return };
    for object in objects.iter().filter(|object| object.is_table).take(4) {
        let Ok(table) = file.table(&object.path) else { continue };
        let schema = table.schema();
        for column in 0..schema.columns.len().min(64) {
            // One column at a time: a damaged one must not hide the others.
            match table.read(&[column], 0..schema.entries.min(ENTRIES)) {
                Ok(arrays) => assert_eq!(arrays.len(), 1),
                Err(error) => assert!(error.to_string().contains("fuzz.root"), "{error}"),
            }
        }
    }
});
