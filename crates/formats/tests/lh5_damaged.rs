//! LH5 files whose parts do not fit: what is told, and that everything else is read; prints the line of the reference file.

mod objects;
mod shared;

use germane_formats::hdf5::{Attribute, FileWriter, Node, Rows, Values};
use germane_formats::lh5::{self, Lh5File, ReadOptions};
use germane_formats::{Error, Kind};
use germane_numerics::Inline;

use shared::{Score, load, shared};
use std::fs;
use std::path::Path;

/// Makes the damage that a recipe describes in words.
fn edit(name: &str, path: &Path) {
    let mut file = FileWriter::open(path).unwrap();
    match name {
        "vov_sums_fall" => put(&mut file, "table/vov/cumulative_length", 5, 0),
        "vov_sums_beyond_data" => put(&mut file, "table/vov/cumulative_length", 24, 1_000_000),
        "table_columns_differ" => file.resize("table/u2", 20).unwrap(),
        "decoded_size_wrong" => {
            let path = "encoded/uleb128_zigzag_diff/values/decoded_size";
            file.unlink(path).unwrap();
            let mut size: Values = vec![699_i64].into();
            size.shape.clear();
            file.write_scalar(path, &size).unwrap();
            file.set_attribute(path, "datatype", &Attribute::Text("real".to_owned())).unwrap();
        }
        other => panic!("no recipe for {other}"),
    }
    file.finish().unwrap();
}

/// One sum of lengths, in the integer type of the file.
fn put(file: &mut FileWriter, path: &str, row: u64, sum: i64) {
    let Node::Dataset(dataset) = file.file().unwrap().get(path).unwrap() else { panic!("a dataset") };
    let old = dataset.read(&Rows::range(row..row + 1), &Inline).unwrap();
    let values: Values = match objects::dtype(&old.element).as_str() {
        "<i8" => vec![sum].into(),
        "<u8" => vec![sum as u64].into(),
        "<u4" => vec![sum as u32].into(),
        "<i4" => vec![sum as i32].into(),
        other => panic!("sums of the type {other}"),
    };
    file.write_rows(path, row, &values, &Inline).unwrap();
}

fn read(file: &Lh5File, object: &str, options: &ReadOptions) -> Result<lh5::ReadResult, Error> {
    file.read(object, options, &Inline)
}

#[test]
fn parts_that_do_not_fit_are_told_and_the_rest_is_read() {
    let Some(root) = shared() else { return };
    let cases = load(&root.join("refs/legend-io/damaged.json"));
    let folder = tempfile::tempdir().unwrap();
    let mut score = Score::default();
    for case in cases.as_array().unwrap().iter().filter(|case| case.get("edit").is_some()) {
        let name = case["name"].as_str().unwrap();
        let base = root.join("data/legend-io").join(case["base"].as_str().unwrap());
        let path = folder.path().join(format!("{name}.lh5"));
        fs::write(&path, fs::read(&base).unwrap()).unwrap();
        edit(name, &path);
        let (damaged, good) = (lh5::open(&path).unwrap(), lh5::open(&base).unwrap());
        let report = &case["report"];
        let place = report["object"].as_str().unwrap();
        let bad = if name.starts_with("vov") { "/table/vov" } else { place };
        let error = read(&damaged, bad, &ReadOptions::default());
        score.check(error.is_err(), || format!("{name}: {bad} was read"));
        let Err(error) = error else { continue };
        let text = error.to_string();
        score.check(error.kind == Kind::Damaged && error.object.as_deref() == Some(place), || format!("{name}: {text}"));
        if let Some(row) = report["row"].as_u64() {
            score.check(text.contains(&format!("row {row}:")), || format!("{name}: {text}"));
        }
        if let Some(lengths) = report["lengths"].as_object() {
            for length in lengths.values() {
                score.check(text.contains(&format!("{length} rows")), || format!("{name}: {text}"));
            }
        }
        everything_else(&mut score, name, &damaged, &good, bad);
        if name == "vov_sums_beyond_data" {
            let options = ReadOptions { count: Some(24), ..ReadOptions::default() };
            let [a, b] = [&damaged, &good].map(|file| read(file, "table/vov", &options).map(|read| read.object));
            score.check(a.as_ref().is_ok_and(|a| *a == b.unwrap()), || format!("{name}: rows before the damage"));
        }
    }
    score.report("legend-io/damaged.json (edits)");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

/// Reads every other object alone and compares it with the undamaged file.
fn everything_else(score: &mut Score, name: &str, damaged: &Lh5File, good: &Lh5File, bad: &str) {
    let mut all = Vec::new();
    walk(&good.list("/").unwrap(), &mut all);
    for object in all {
        // What holds the damaged object cannot be read as a whole.
        if bad.starts_with(&object) || object.starts_with(&format!("{bad}/cumulative")) || object.ends_with("decoded_size") {
            continue;
        }
        if name == "table_columns_differ" && object == "/table/u2" {
            score.check(read(damaged, &object, &ReadOptions::default()).is_ok(), || format!("{name}: {object}"));
            continue;
        }
        let options = ReadOptions::default();
        match (read(damaged, &object, &options), read(good, &object, &options)) {
            (Ok(a), Ok(b)) => score.check(a.object == b.object, || format!("{name}: {object} differs")),
            (Err(_), Err(_)) => {}
            (a, b) => score.check(false, || format!("{name}: {object}: {:?} {:?}", a.err(), b.err())),
        }
    }
}

fn walk(listed: &lh5::Listed, all: &mut Vec<String>) {
    if listed.path != "/" {
        all.push(listed.path.clone());
    }
    listed.members.iter().for_each(|member| walk(member, all));
}

#[test]
fn a_cut_file_says_so_and_gives_what_is_left() {
    let Some(root) = shared() else { return };
    let bytes = fs::read(root.join("data/legend-io/made/types.lh5")).unwrap();
    let good = lh5::open(&root.join("data/legend-io/made/types.lh5")).unwrap();
    let mut all = Vec::new();
    walk(&good.list("/").unwrap(), &mut all);
    let (mut same, mut told) = (0, 0);
    for percent in [50, 75, 90, 99] {
        let cut: std::sync::Arc<[u8]> = bytes[..bytes.len() * percent / 100].into();
        let file = germane_formats::open_bytes("cut.lh5", cut).unwrap();
        let file = file.lh5().unwrap();
        assert!(file.hdf5().is_truncated().is_some());
        for object in &all {
            match (read(file, object, &ReadOptions::default()), read(&good, object, &ReadOptions::default())) {
                (Ok(a), Ok(b)) => {
                    assert_eq!(a.object, b.object, "{object}");
                    same += 1;
                }
                (Err(_), _) => told += 1,
                (Ok(_), Err(error)) => panic!("{object}: {error}"),
            }
        }
    }
    assert!(same > 0 && told > 0, "{same} read, {told} told");
}

#[test]
fn flipped_bytes_never_panic() {
    use germane_formats::lh5::{Attributes, Codec, Content, Object, Storage, Vectors, WriteOptions, Writer};
    // A file with every kind of object, small enough to be damaged often.
    let array = |values: Values| Object { datatype: None, attributes: Attributes::new(), content: Content::Array(values) };
    let vectors = |sums: Vec<u32>, items: Object| {
        let content = Content::Vectors(Vectors { cumulative_length: sums.into(), flattened_data: Box::new(items) });
        Object { datatype: None, attributes: Attributes::new(), content }
    };
    let samples: Vec<u16> = (0..600_u32).map(|i| (14000 + i * i % 31) as u16).collect();
    let samples: Values = samples.into();
    let columns = [
        (
            "deep".to_owned(),
            vectors(vec![1, 1, 3, 4, 4, 6], vectors(vec![2, 2, 3, 7, 7, 8], array((0..8_i16).collect::<Vec<_>>().into()))),
        ),
        ("e".to_owned(), array(vec![1.0_f64; 6].into()).units("keV")),
        ("w".to_owned(), array(Values { shape: vec![6, 100], ..samples })),
    ];
    let table =
        Object { datatype: None, attributes: Attributes::new(), content: Content::Table { rows: 6, columns: columns.into() } };
    let mut writer = Writer::create_memory("small.lh5");
    for (name, codec) in [("uleb", Codec::Uleb128ZigzagDiff), ("radware", Codec::RadwareSigcompress { shift: -32768 })] {
        let storage = Storage { codec: Some(codec), ..Storage::default() };
        let options = WriteOptions { fields: [("w".to_owned(), storage)].into(), ..WriteOptions::default() };
        writer.write("/", name, &table, &options, &Inline).unwrap();
    }
    writer.write_view("/", "view", "uleb", None, &lh5::Selection::List(vec![1, 4]), &Inline).unwrap();
    let bytes = writer.finish_bytes().unwrap();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..500 {
        let mut damaged = bytes.clone();
        for _ in 0..=next(3) {
            let at = next(damaged.len());
            damaged[at] ^= 1 << next(8);
        }
        if next(10) == 0 {
            damaged.truncate(next(damaged.len()));
        }
        let Ok(file) = germane_formats::open_bytes("damaged.lh5", damaged.into()) else { continue };
        let _ = file.objects();
        for name in ["uleb", "radware", "view"] {
            if let Ok(table) = file.table(name) {
                let all: Vec<usize> = (0..table.schema().columns.len()).collect();
                let _ = table.read(&all, 0..table.schema().entries.min(6));
            }
            if let Some(file) = file.lh5() {
                let _ = file.read(name, &ReadOptions::default(), &Inline).map(|read| read.object.check().unwrap());
                let some = ReadOptions { rows: lh5::Selection::List(vec![0, 3, 5]), ..ReadOptions::default() };
                let _ = file.read(name, &some, &Inline);
            }
        }
    }
}
