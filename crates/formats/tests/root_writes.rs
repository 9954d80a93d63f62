//! Histograms in new ROOT files: they come back, and what ROOT cannot hold is refused.

use germane_codecs::Codec;
use germane_formats::root::{Precision, Writer};
use germane_formats::{Kind, open_bytes};
use germane_histograms::{Axis, Histogram, StorageKind, Values};
use proptest::prelude::*;
use std::sync::Arc;

fn axis() -> impl Strategy<Value = Axis> {
    let regular =
        (1_usize..6, -1e3..1e3_f64, 1e-3..1e3_f64).prop_map(|(bins, lower, width)| Axis::regular(bins, lower, lower + width));
    let variable = proptest::collection::vec(1e-3..1e3_f64, 1..6).prop_map(|widths| {
        let mut edges = vec![-7.5];
        widths.iter().for_each(|width| edges.push(edges[edges.len() - 1] + width));
        Axis::variable(edges)
    });
    let labels = proptest::collection::btree_set("[a-zé#{}^ ]{1,9}", 1..5)
        .prop_map(|labels| Axis::category(labels.into_iter().collect(), false));
    let titles = ("[a-z ]{0,5}", prop_oneof![3 => Just(String::new()), 1 => "x{250,260}"]);
    (prop_oneof![regular, variable, labels], titles).prop_map(|(axis, (name, label))| axis.unwrap().named(&name, &label, ""))
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-1e6..1e6_f64, Just(0.0), Just(1e300), Just(5e-324), (0_u32..100).prop_map(f64::from)]
}

/// Any contents with variances.
fn weighted() -> impl Strategy<Value = Histogram> {
    proptest::collection::vec(axis(), 1..4).prop_flat_map(|axes| {
        let cells: usize = axes.iter().map(Axis::extent).product();
        let numbers = proptest::collection::vec(number(), 2 * cells);
        (Just(axes), numbers, 0_u64..1 << 50).prop_map(move |(axes, numbers, entries)| {
            let (values, squares) = numbers.split_at(cells);
            let squares: Vec<f64> = squares.iter().map(|square| square.abs()).collect();
            Histogram::from_cells(axes, StorageKind::Weight, values, Some(&squares), entries).unwrap()
        })
    })
}

fn bits(values: &[f64]) -> Vec<u64> {
    // A sum that is 0 has no sign.
    values.iter().map(|value| (value + 0.0).to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn histograms_come_back_with_equal_bits(
        written in proptest::collection::btree_map("([a-c]{1,2}/){0,3}h[a-zé .-]{0,6}", weighted(), 1..6),
        compressed in any::<bool>(),
    ) {
        let make = || {
            let mut file = Writer::new("some/folder/test.root");
            if compressed {
                file = file.compressed(Codec::Zlib, 4).unwrap();
            }
            for (path, histogram) in &written {
                file.add(path, histogram).unwrap();
            }
            file.into_bytes().unwrap()
        };
        let bytes = make();
        prop_assert!(bytes == make(), "the same histograms give the same bytes");
        let file = open_bytes("test.root", Arc::from(bytes)).unwrap();
        let objects = file.objects().unwrap();
        prop_assert_eq!(objects.iter().filter(|object| object.class.starts_with("TH")).count(), written.len());
        for (path, histogram) in &written {
            let read = file.histogram(path).unwrap();
            prop_assert_eq!(bits(&read.values(true)), bits(&histogram.values(true)));
            prop_assert_eq!(bits(&read.variances(true).unwrap()), bits(&histogram.variances(true).unwrap()));
            prop_assert_eq!(read.entries(), histogram.entries());
            for (read, axis) in read.axes().iter().zip(histogram.axes()) {
                prop_assert_eq!(bits(&read.edges()), bits(&axis.edges()));
                prop_assert_eq!(read.labels(), axis.labels());
                prop_assert_eq!(read.describe(), axis.describe());
                let label = if axis.label().is_empty() { axis.name() } else { axis.label() };
                prop_assert_eq!(read.label(), label);
            }
        }
    }
}

fn filled(storage: StorageKind) -> Histogram {
    let mut histogram = Histogram::new(vec![Axis::regular(3, 0.0, 3.0).unwrap()], storage);
    histogram.fill(&[Values::F64(&[-1.0, 0.5, 1.5, 1.6, 7.0, 8.0])], None).unwrap();
    histogram
}

#[test]
fn counts_stay_counts_and_weights_keep_their_squares() {
    let mut file = Writer::new("h.root");
    file.add("counts", &filled(StorageKind::Double)).unwrap();
    file.add("weights", &filled(StorageKind::Weight)).unwrap();
    let file = open_bytes("h.root", file.into_bytes().unwrap().into()).unwrap();
    let (counts, weights) = (file.histogram("counts").unwrap(), file.histogram("weights").unwrap());
    assert_eq!((counts.storage_kind(), weights.storage_kind()), (StorageKind::Double, StorageKind::Weight));
    for read in [counts, weights] {
        assert_eq!(read.values(true), [1.0, 1.0, 2.0, 0.0, 2.0]);
        assert_eq!(read.variances(true).unwrap(), [1.0, 1.0, 2.0, 0.0, 2.0]);
        assert_eq!(read.entries(), 6);
    }
}

#[test]
fn single_precision_rounds_contents_and_not_their_variances() {
    let axes = || vec![Axis::regular(1, 0.0, 1.0).unwrap()];
    let histogram = Histogram::from_cells(axes(), StorageKind::Weight, &[0.0, 0.1, 0.0], Some(&[0.0, 0.3, 0.0]), 1).unwrap();
    let mut file = Writer::new("h.root");
    file.add_as("f", &histogram, Precision::Single).unwrap();
    let file = open_bytes("h.root", file.into_bytes().unwrap().into()).unwrap();
    assert_eq!(file.objects().unwrap()[0].class, "TH1F");
    let read = file.histogram("f").unwrap();
    assert_eq!((read.values(false), read.variances(false).unwrap()), (vec![f64::from(0.1_f32)], vec![0.3]));
}

#[test]
fn sums_of_statistics_are_those_of_the_middles_of_the_bins() {
    // x: 1 at 0.5, 2 at 2; y: 1 at 5, 2 at 15; by hand: Σw = 3, Σwx = 4.5, Σwx² = 8.25, Σwy = 35, Σwy² = 475, Σwxy = 62.5.
    let axes = vec![Axis::variable(vec![0.0, 1.0, 3.0]).unwrap(), Axis::regular(2, 0.0, 20.0).unwrap()];
    let mut histogram = Histogram::new(axes, StorageKind::Weight);
    let at = [Values::F64(&[0.5, 2.9, 9.0]), Values::F64(&[1.0, 19.0, 1.0])];
    histogram.fill(&at, Some(&[1.0, 2.0, 50.0])).unwrap();
    let mut file = Writer::new("h.root");
    file.add("h", &histogram).unwrap();
    let file = open_bytes("h.root", file.into_bytes().unwrap().into()).unwrap();
    let members = file.object("h").unwrap();
    let number = |name: &str| members.field(name).unwrap().as_numbers().unwrap().get_f64(0);
    let sums = ["fTsumw", "fTsumw2", "fTsumwx", "fTsumwx2", "fTsumwy", "fTsumwy2", "fTsumwxy"].map(number);
    assert_eq!(sums, [3.0, 5.0, 4.5, 8.25, 35.0, 475.0, 62.5]);
}

#[test]
fn what_root_cannot_hold_is_refused_with_its_path() {
    let one = filled(StorageKind::Double);
    let mut file = Writer::new("h.root");
    file.add("a/h", &one).unwrap();
    let mut refused = |path: &str, histogram: &Histogram, text: &str| {
        let error = file.add(path, histogram).unwrap_err();
        assert_eq!(error.kind, Kind::Unsupported);
        assert!(error.to_string().starts_with(&format!("h.root: {path}: ")) && error.to_string().contains(text), "{error}");
    };
    refused("a/h", &one, "is there already");
    refused("a", &one, "is a directory already");
    refused("a/h/x", &one, "`a/h` is a histogram and no directory");
    refused("a//x", &one, "is no name");
    refused("a/../x", &one, "`..` is no name");
    refused("x;1", &one, "begins a cycle");
    refused(&"x/".repeat(70), &one, "nested deeper");
    refused(&"x".repeat(40_000), &one, "32 kB");
    let of = |axes: Vec<Axis>| Histogram::new(axes, StorageKind::Double);
    let regular = || Axis::regular(2, 0.0, 1.0).unwrap();
    refused("x", &of(vec![Axis::regular(2, 1.0, 0.0).unwrap()]), "from 1 down to 0");
    refused("x", &of(vec![]), "0 axes");
    refused("x", &of(vec![regular(), regular(), regular(), regular()]), "4 axes");
    refused("x", &of(vec![Axis::category(vec![], true).unwrap()]), "without bins");
    refused("x", &of(vec![Axis::category(vec!["a".into(), String::new()], true).unwrap()]), "category 1 has an empty label");
    let many = || Axis::regular(9_000, 0.0, 1.0).unwrap();
    refused("x", &of(vec![many(), many()]), "1 GiB");
    assert!(Writer::new("h.root").compressed(Codec::Lzf, 1).is_err());
    assert!(Writer::new("h.root").compressed(Codec::Zlib, 13).is_err());
    assert!(Writer::new("h.root").compressed(Codec::Zlib, 0).is_err());
}

#[test]
fn a_file_gets_its_name_when_it_is_whole() {
    let folder = std::env::temp_dir().join(format!("germane-root-writes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("h.root");
    std::fs::write(&path, "old").unwrap();
    let mut file = Writer::new("h.root").compressed(Codec::Zstd, 5).unwrap();
    file.add("h", &filled(StorageKind::Weight)).unwrap();
    file.write(&path).unwrap();
    let read = germane_formats::open(&path).unwrap();
    assert_eq!((read.compression().as_str(), read.histogram("h").unwrap().entries()), ("ZSTD(5)", 6));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let error = Writer::new("h.root").write(&folder.join("nowhere/h.root")).unwrap_err();
    assert_eq!(error.kind, Kind::Gone);
    std::fs::remove_dir_all(&folder).unwrap();
}
