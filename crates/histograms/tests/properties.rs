//! What holds for all histograms: printed edges decide, the order of filling and merging does not matter, bytes come back.

use germane_histograms::{Axis, Histogram, StorageKind, Values};
use proptest::prelude::*;

fn packed(histogram: &Histogram) -> Vec<u8> {
    let mut bytes = Vec::new();
    histogram.pack(&mut bytes);
    bytes
}

/// Limits of all magnitudes, and limits that are close to each other.
fn limits() -> impl Strategy<Value = (f64, f64)> {
    let magnitude = (-300i32..300, 1.0f64..10.0, any::<bool>())
        .prop_map(|(exponent, x, negative)| format!("{}{x}e{exponent}", if negative { "-" } else { "" }).parse().unwrap());
    let near = (magnitude.clone(), 1e-12f64..1.0).prop_map(|(x, part): (f64, f64)| (x, x + x.abs() * part));
    prop_oneof![(magnitude.clone(), magnitude), near, (-10.0f64..10.0, -10.0f64..10.0), (0.0f64..1.0, 1.0f64..2.0)]
}

/// Weights as generators give them, and sometimes any double at all.
fn weights() -> impl Strategy<Value = u64> {
    let usual = (0.0f64..2.0).prop_map(|weight| (if weight < 0.1 { -weight } else { weight }).to_bits());
    prop_oneof![30 => usual, 1 => any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edge_is_in_the_bin_above_it_and_its_lower_neighbour_in_the_bin_below((lower, upper) in limits(), bins in 1usize..300) {
        let Ok(axis) = Axis::regular(bins, lower, upper) else { return Ok(()) };
        let edges = axis.edges();
        prop_assert_eq!((edges[0], edges[bins]), (lower, upper));
        let mut filled = Histogram::new(vec![axis.clone()], StorageKind::Double);
        filled.fill(&[Values::F64(&edges)], None).unwrap();
        for (i, &edge) in edges.iter().enumerate() {
            let below = if lower < upper { edge.next_down() } else { edge.next_up() };
            prop_assert_eq!(axis.index(edge), i as i64, "edge {} of {} bins from {} to {}", i, bins, lower, upper);
            prop_assert_eq!(axis.index(below), i as i64 - 1);
            let (bin, held) = (filled.values(true)[i + 1], 1.0);
            prop_assert_eq!(bin, held);
        }
        prop_assert_eq!(axis.index(f64::NAN), bins as i64);
    }

    #[test]
    fn variable_edges_decide(mut edges in prop::collection::vec(-1e3f64..1e3, 2..40), x in -1.2e3f64..1.2e3) {
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let Ok(axis) = Axis::variable(edges.clone()) else { return Ok(()) };
        let counted = edges.iter().filter(|&&edge| edge <= x).count() as i64 - 1;
        prop_assert_eq!(axis.index(x), counted);
        for (i, &edge) in edges.iter().enumerate() {
            prop_assert_eq!(axis.index(edge), i as i64);
            prop_assert_eq!(axis.index(edge.next_down()), i as i64 - 1);
        }
    }

    #[test]
    fn filling_finds_the_bins_that_single_values_find(
        widths in prop::collection::vec(0.3f64..3.0, 1..80),
        first in prop_oneof![-50.0f64..50.0, Just(0.0), Just(1e6)],
        others in prop::collection::vec(-0.2f64..1.2, 0..40),
    ) {
        let mut edges = vec![first];
        for width in widths {
            edges.push(edges[edges.len() - 1] + width);
        }
        let (low, high) = (edges[0], edges[edges.len() - 1]);
        let mut x: Vec<f64> = others.iter().map(|part| low + (high - low) * part).collect();
        x.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]);
        for &edge in &edges {
            x.extend([edge, edge.next_down(), edge.next_up()]);
        }
        for axis in [Axis::variable(edges.clone()).unwrap(), Axis::regular(edges.len() - 1, low, high).unwrap()] {
            let own = axis.edges();
            for (underflow, overflow) in [(true, true), (true, false), (false, true)] {
                let axis = axis.clone().with_flow(underflow, overflow);
                let mut counted = vec![0.0; axis.extent()];
                for &x in &x {
                    // Counting edges is the definition; at the last edge without overflow the last bin is closed.
                    let above = own.iter().filter(|&&edge| edge <= x).count();
                    let natural = if x.is_nan() { own.len() } else { above };
                    let natural = if !overflow && x == high { own.len() - 1 } else { natural };
                    let dropped = (natural == 0 && !underflow) || (natural == own.len() && !overflow);
                    if !dropped {
                        counted[natural - usize::from(!underflow)] += 1.0;
                    }
                }
                let mut histogram = Histogram::new(vec![axis], StorageKind::Double);
                histogram.fill(&[Values::F64(&x)], None).unwrap();
                prop_assert_eq!(histogram.values(true), counted);
                prop_assert_eq!(histogram.nan(), 1);
            }
        }
    }

    #[test]
    fn order_and_partitions_do_not_change_a_byte(
        rows in prop::collection::vec((-0.2f64..1.2, 0usize..4, weights()), 1..600),
        cuts in prop::collection::vec(0usize..600, 0..5),
        turn in 0usize..600,
        weight in any::<bool>(),
    ) {
        let labels = ["ee", "mumu", "emu", "tau"];
        let kind = if weight { StorageKind::Weight } else { StorageKind::Double };
        let empty = || {
            let category = Axis::category(labels[..3].iter().map(|label| (*label).to_owned()).collect(), false).unwrap();
            Histogram::new(vec![Axis::regular(7, 0.0, 1.0).unwrap(), category], kind)
        };
        let fill = |histogram: &mut Histogram, rows: &[(f64, usize, u64)]| {
            let x: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let texts: Vec<&str> = rows.iter().map(|row| labels[row.1]).collect();
            let weights: Vec<f64> = rows.iter().map(|row| f64::from_bits(row.2)).collect();
            histogram.fill(&[Values::F64(&x), Values::Text(&texts)], Some(&weights)).unwrap();
        };
        let mut whole = empty();
        fill(&mut whole, &rows);
        let mut turned = rows.clone();
        let places = turned.len();
        turned.rotate_left(turn % places);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (places + 1)).chain([0, places]).collect();
        ends.sort_unstable();
        let mut total = empty();
        for pair in ends.windows(2).rev() {
            let mut part = empty();
            fill(&mut part, &turned[pair[0]..pair[1]]);
            // As a partial of a cache: packed, and unpacked.
            let bytes = packed(&part);
            let part = Histogram::unpack(part.axes().to_vec(), kind, &mut bytes.as_slice()).unwrap();
            total.merge(&part).unwrap();
        }
        prop_assert_eq!(packed(&whole), packed(&total));
        prop_assert_eq!(whole.to_uhi().to_string(), total.to_uhi().to_string());
        prop_assert_eq!(whole.entries(), places as u64);
    }

    #[test]
    fn packed_bytes_come_back_or_are_refused(bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(1), any::<u8>()], 0..60), weight in any::<bool>()) {
        let kind = if weight { StorageKind::Weight } else { StorageKind::Double };
        let axes = vec![Axis::regular(2, 0.0, 1.0).unwrap(), Axis::category(Vec::new(), true).unwrap()];
        if let Some(histogram) = Histogram::unpack(axes, kind, &mut bytes.as_slice()) {
            let _ = (histogram.values(true), histogram.to_uhi());
            prop_assert_eq!(packed(&histogram), bytes);
        }
    }

    #[test]
    fn a_changed_document_is_read_or_refused(picks in prop::collection::vec((any::<prop::sample::Index>(), 0usize..14), 1..4), weight in any::<bool>()) {
        let kind = if weight { StorageKind::Weight } else { StorageKind::Double };
        let labels = vec!["ee".to_owned(), "mumu".to_owned()];
        let axes = vec![
            Axis::regular(3, 0.1, 0.7).unwrap().named("x", "mass", "GeV"),
            Axis::variable(vec![0.0, 1.0, 3.0]).unwrap(),
            Axis::integer(-1, 2).unwrap(),
            Axis::category(labels, false).unwrap(),
        ];
        let mut histogram = Histogram::new(axes, kind);
        let values = [Values::F64(&[0.2, 0.3]), Values::F64(&[0.5, 2.0]), Values::I64(&[0, 1]), Values::Text(&["ee", "x"])];
        histogram.fill(&values, Some(&[0.5, 1.5])).unwrap();
        let mut document = histogram.rebin(0, 2).unwrap().to_uhi();
        for (place, what) in picks {
            let mut paths = Vec::new();
            collect(&document, String::new(), &mut paths);
            let path = place.get(&paths).clone();
            *document.pointer_mut(&path).unwrap() = replacement(what);
        }
        if let Ok(histogram) = Histogram::from_uhi(&document) {
            let _ = (histogram.values(true), histogram.variances(false), histogram.to_uhi(), packed(&histogram));
            prop_assert_eq!(histogram.values(true).len(), histogram.shape(true).iter().product::<usize>());
        }
    }
}

/// JSON pointers of all values inside a document.
fn collect(value: &serde_json::Value, path: String, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                collect(value, format!("{path}/{key}"), out);
            }
        }
        serde_json::Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, format!("{path}/{index}"), out);
            }
        }
        _ => {}
    }
    out.push(path);
}

fn replacement(what: usize) -> serde_json::Value {
    use serde_json::json;
    match what {
        0 => json!(null),
        1 => json!(-1),
        2 => json!(0),
        3 => json!(1e308),
        4 => json!(u64::MAX),
        5 => json!(i64::MIN),
        6 => json!("nan"),
        7 => json!("integer"),
        8 => json!([]),
        9 => json!({}),
        10 => json!([[1, 2], [3]]),
        11 => json!(true),
        12 => json!(5e-324),
        _ => json!("Integer"),
    }
}

#[test]
fn a_document_that_promises_too_much_is_refused_at_once() {
    let axis = |bins: u64| serde_json::json!({"type": "regular", "lower": 0, "upper": 1, "bins": bins, "underflow": true, "overflow": true});
    let storage = serde_json::json!({"type": "double", "values": [1.0, 2.0]});
    for axes in [vec![axis(1_000_000_000_000)], vec![axis(1_000_000); 3]] {
        for storage in [storage.clone(), serde_json::json!({"type": "weighted"})] {
            let document = serde_json::json!({"uhi_schema": 1, "axes": axes, "storage": storage});
            assert!(Histogram::from_uhi(&document).is_err());
        }
    }
}
