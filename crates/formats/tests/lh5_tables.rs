//! LH5 files as tables of columns, listings, histograms, and rows in blocks.

mod objects;
mod shared;

use germane_formats::Kind;
use germane_formats::lh5::{
    self, BlockSize, Content, Decode, FileAt, Friend, Group, Label, Object, ReadOptions, Selection, iterate,
};
use germane_numerics::Inline;
use shared::shared;
use std::path::PathBuf;

fn types() -> Option<PathBuf> {
    Some(shared()?.join("data/legend-io/made/types.lh5"))
}

#[test]
fn columns_of_a_table_are_the_columns_of_the_object() {
    let Some(path) = types() else { return };
    let file = germane_formats::open(&path).unwrap();
    let table = file.table("table").unwrap();
    let schema = table.schema();
    assert_eq!((schema.entries, schema.clusters.last()), (25, Some(&25)));
    let whole = lh5::open(&path).unwrap().read("table", &ReadOptions::default(), &Inline).unwrap().object;
    for name in [
        "u2",
        "f8",
        "flag",
        "name",
        "matrix",
        "vov",
        "deep",
        "deep3",
        "sub/a",
        "sub/b/c",
        "waveform/values",
        "waveform/t0",
        "cplx",
    ] {
        let number = schema.find(name).unwrap();
        let column = &schema.columns[number];
        assert_eq!(column.problem, None, "{name}");
        let (field, all) = whole.at(name).unwrap().to_column(name).unwrap();
        assert_eq!((&column.field.ty, &column.field.unit), (&field.ty, &field.unit), "{name}");
        for range in [0..25_u64, 7..19, 24..25, 3..3] {
            let read = table.read(&[number], range.clone()).unwrap().remove(0);
            let wanted = all.slice(range.start as usize, (range.end - range.start) as usize);
            let texts = |array: &germane_columns::Array| (0..array.len()).map(|i| array.value_text(i)).collect::<Vec<_>>();
            assert_eq!(texts(&read), texts(&wanted), "{name} {range:?}");
        }
    }
    assert_eq!(schema.columns[schema.find("f8").unwrap()].field.unit.as_ref().unwrap().to_string(), "keV");
    assert_eq!(schema.columns[schema.find("u2").unwrap()].compression, "shuffle+deflate-4");
    let all: Vec<usize> = (0..schema.columns.len()).collect();
    let digests = table.payload_digests(&all, 0..25).unwrap();
    assert!(digests.len() >= all.len());
    table.verify_payloads(&digests).unwrap();
    let mut wrong = digests[3].clone();
    wrong.digest[0] ^= 1;
    assert_eq!(table.verify_payloads(&[wrong]).unwrap_err().kind, Kind::Damaged);
    assert!(table.read(&[0], 0..26).is_err());
}

#[test]
fn waveforms_of_a_table_are_decoded() {
    let Some(path) = types() else { return };
    let file = germane_formats::open(&path).unwrap();
    let table = file.table("encoded/radware_sigcompress").unwrap();
    let number = table.schema().find("values").unwrap();
    let column = &table.schema().columns[number];
    assert_eq!((column.field.ty.to_string().as_str(), column.compression.as_str()), ("int32[700]", "radware_sigcompress"));
    let read = table.read(&[number], 3..5).unwrap().remove(0);
    let object =
        lh5::open(&path).unwrap().read("encoded/radware_sigcompress/values", &ReadOptions::default(), &Inline).unwrap().object;
    assert_eq!(read.value_text(1), object.to_column("values").unwrap().1.value_text(4));
}

#[test]
fn a_listing_has_tables_histograms_and_what_is_wrong() {
    let Some(path) = types() else { return };
    let file = germane_formats::open(&path).unwrap();
    let objects = file.objects().unwrap();
    let find = |name: &str| objects.iter().find(|object| object.path == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!((find("table").is_table, find("table").entries), (true, Some(25)));
    assert_eq!(find("hist2d").class, "struct{binning,isdensity,weights}");
    assert_eq!(find("foreign/be").stored.as_ref().unwrap().units.as_deref(), Some("ns"));
    assert_eq!(find("no_rows").stored.as_ref().unwrap().shape, Some(vec![0]));
    let histogram = file.histogram("hist2d").unwrap();
    assert_eq!((histogram.shape(false), histogram.values(false)), (vec![4, 3], (0..12).map(f64::from).collect::<Vec<_>>()));
    let error = file.table("tabel").map(|_| ()).unwrap_err();
    assert_eq!(error.kind, Kind::Unknown);
    assert!(error.candidates.contains(&"table".to_owned()), "{:?}", error.candidates);
    assert!(file.histogram("table").unwrap_err().candidates.contains(&"hist_edges".to_owned()));
    // A density times the widths of its bins.
    assert_eq!(file.histogram("hist_edges").unwrap().values(false), [1.0, 20.0, 5.0]);
    assert_eq!(file.object("struct/real").unwrap().value_text(0), "-5");
}

#[test]
fn every_lh5_file_can_be_listed_and_its_tables_read() {
    let Some(root) = shared() else { return };
    for folder in ["data/legend-io/lh5", "data/legend-io/made", "data/legend-chain/tiers", "data/signals/raw"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "lh5" || e == "hdf5")) {
            let file = germane_formats::open(path).unwrap();
            let objects = file.objects().unwrap();
            let (mut tables, mut columns) = (0, 0);
            for object in objects.iter().filter(|object| object.is_table) {
                assert_eq!(object.problem, None, "{}: {}", path.display(), object.path);
                let table = file.table(&object.path).unwrap();
                let good: Vec<usize> =
                    (0..table.schema().columns.len()).filter(|i| table.schema().columns[*i].problem.is_none()).collect();
                let entries = table.schema().entries;
                let read = table.read(&good, 0..entries.min(50)).unwrap_or_else(|error| panic!("{error}"));
                assert!(read.iter().all(|array| array.len() as u64 == entries.min(50)));
                tables += 1;
                columns += good.len();
                assert_eq!(good.len(), table.schema().columns.len(), "{}: {}", path.display(), object.path);
            }
            shared::say(&format!(
                "{}  {} objects  {tables} tables  {columns} columns",
                path.strip_prefix(&root).unwrap().display(),
                objects.len()
            ));
        }
    }
}

fn group(path: &std::path::Path, object: &str, labels: &[(&str, Label)]) -> Group {
    let labels = labels.iter().map(|(name, label)| ((*name).to_owned(), label.clone())).collect();
    Group { file: FileAt::Path(path.to_owned()), object: object.to_owned(), labels }
}

#[test]
fn blocks_are_the_rows_of_all_groups_in_order() {
    let Some(path) = types() else { return };
    let file = lh5::open(&path).unwrap();
    let once = file.read("table", &ReadOptions::default(), &Inline).unwrap().object;
    let twice = Object::concatenate(&[&once, &once]).unwrap();
    let groups = || vec![group(&path, "table", &[]), group(&path, "/table", &[])];
    for (rows, selection) in [
        (7, Selection::All),
        (25, Selection::All),
        (4, Selection::List(vec![0, 3, 24, 25, 26, 49])),
        (100, Selection::Ranges(vec![2..4, 20..30])),
    ] {
        let options = ReadOptions { rows: selection.clone(), ..ReadOptions::default() };
        let blocks: Vec<lh5::Block> =
            iterate(groups(), options, BlockSize::Rows(rows), &Inline).unwrap().map(Result::unwrap).collect();
        let objects: Vec<&Object> = blocks.iter().map(|block| &block.object).collect();
        let picked = selection.of(50, 0, None).unwrap();
        let wanted = twice.select(&picked.ranges.iter().map(|r| r.start as usize..r.end as usize).collect::<Vec<_>>()).unwrap();
        assert_eq!(Object::concatenate(&objects).unwrap(), wanted);
        assert!(blocks[..blocks.len() - 1].iter().all(|block| block.object.rows() == Some(rows as usize)));
        assert_eq!(blocks.last().unwrap().first as usize + objects[objects.len() - 1].rows().unwrap(), picked.rows() as usize);
    }
}

#[test]
fn friends_and_labels_stand_beside() {
    let Some(path) = types() else { return };
    let labelled = |n: i64, name: &str| [("number", Label::Integer(n)), ("name", Label::Text(name.to_owned()))];
    let groups = vec![group(&path, "table/sub", &labelled(1, "a")), group(&path, "table/sub", &labelled(2, "bc"))];
    let friends = vec![group(&path, "table_cube", &[]), group(&path, "table_cube", &[])];
    let mut blocks = iterate(groups, ReadOptions::default(), BlockSize::Rows(10), &Inline).unwrap();
    let friend = iterate(friends, ReadOptions::default(), BlockSize::Rows(8), &Inline).unwrap();
    blocks.add_friend(Friend { rows: friend, prefix: "cube_".to_owned(), suffix: String::new() }).unwrap();
    let blocks: Vec<lh5::Block> = blocks.map(Result::unwrap).collect();
    assert_eq!(blocks.iter().map(|block| block.object.rows().unwrap()).collect::<Vec<_>>(), [8, 8, 8, 8, 8, 8, 2]);
    assert_eq!(blocks[0].object.datatype.as_deref(), Some("table{a,b,cube_a,cube_cube,name,number}"));
    blocks.iter().for_each(|block| block.object.check().unwrap());
    let column = |block: &lh5::Block, name: &str| match &block.object.at(name).unwrap().content {
        Content::Array(values) => objects::list(values),
        _ => panic!("an array"),
    };
    assert_eq!(column(&blocks[3], "number"), [1, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(column(&blocks[3], "a"), column(&blocks[3], "cube_a"));
    let mut short = iterate(vec![group(&path, "table", &[])], ReadOptions::default(), BlockSize::Rows(9), &Inline).unwrap();
    let other = iterate(
        vec![group(&path, "encoded/radware_sigcompress", &[])],
        ReadOptions { count: Some(3), ..ReadOptions::default() },
        BlockSize::Bytes(1 << 20),
        &Inline,
    )
    .unwrap();
    assert!(
        short
            .add_friend(Friend { rows: other, prefix: String::new(), suffix: String::new() })
            .unwrap_err()
            .message
            .contains("3 rows beside 25")
    );
}

#[test]
fn encoded_waveforms_may_stay_as_they_are() {
    let Some(path) = types() else { return };
    let file = lh5::open(&path).unwrap();
    for name in ["uleb128_zigzag_diff", "radware_sigcompress", "uleb128_zigzag_diff_ragged", "radware_sigcompress_ragged"] {
        let object = format!("encoded/{name}{}", if name.ends_with("ragged") { "" } else { "/values" });
        let kept = file.read(&object, &ReadOptions { decode: Decode::Keep, ..ReadOptions::default() }, &Inline).unwrap().object;
        let decoded = file.read(&object, &ReadOptions::default(), &Inline).unwrap().object;
        assert_eq!(kept.decode(germane_columns::NumberType::I32, false).unwrap().content, decoded.content);
    }
}
