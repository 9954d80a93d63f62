//! Complaints of users of other libraries, one named test each.

use germane_histograms::{Axis, Error, ErrorKind, Histogram, Index, StorageKind, Values};
use sha2::{Digest, Sha256};

fn one_axis(axis: Axis, kind: StorageKind) -> Histogram {
    Histogram::new(vec![axis], kind)
}

#[test]
fn asking_for_a_category_that_does_not_exist_names_the_axis_the_nearest_and_all() -> Result<(), Error> {
    // boost-histogram#387, hist#330, #260.
    let labels = ["ttbar", "wjets", "data"].map(str::to_owned).to_vec();
    let histogram = one_axis(Axis::category(labels, false)?.named("process", "", ""), StorageKind::Double);
    let error = histogram.index(&[Index::label("ttbr")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Key);
    assert_eq!(error.nearest(), Some("ttbar"));
    let text = error.to_string();
    for part in ["axis `process`", "`ttbr`", "did you mean `ttbar`", "`wjets`", "`data`"] {
        assert!(text.contains(part), "{text}");
    }
    Ok(())
}

#[test]
fn scaling_is_filling_with_that_weight() -> Result<(), Error> {
    // boost-histogram#555, #679.
    let x = [0.1, 0.2, 0.6];
    for kind in [StorageKind::Double, StorageKind::Weight] {
        let mut scaled = one_axis(Axis::regular(2, 0.0, 1.0)?, kind);
        scaled.fill(&[Values::F64(&x)], None)?;
        scaled.scale(0.01);
        let mut filled = one_axis(Axis::regular(2, 0.0, 1.0)?, StorageKind::Weight);
        filled.fill(&[Values::F64(&x)], Some(&[0.01; 3]))?;
        assert_eq!(scaled.values(false), [0.02, 0.01]);
        assert_eq!(scaled.variances(false).unwrap(), [0.0002, 0.0001]);
        assert_eq!(scaled.values(true), filled.values(true));
        assert_eq!(scaled.variances(true), filled.variances(true));
        assert_eq!(scaled.entries(), 3);
    }
    Ok(())
}

#[test]
fn density_divides_by_the_width_of_each_bin() -> Result<(), Error> {
    // mplhep#742, #566.
    let axis = Axis::variable(vec![0.0, 1.0, 3.0, 10.0])?;
    let histogram = Histogram::from_counts(vec![axis], StorageKind::Double, &[5, 10, 20, 70, 7])?;
    let density = histogram.density()?;
    assert_eq!(density, [0.1, 0.1, 0.1]);
    let integral: f64 = density.iter().zip(histogram.axes()[0].widths()).map(|(value, width)| value * width).sum();
    assert!((integral - 1.0).abs() < 1e-15);
    Ok(())
}

#[test]
fn values_on_edges_are_in_the_bin_above() -> Result<(), Error> {
    // boost-histogram#752: 56, 58 in Regular(100, 0, 200); hist#455: 29 in Regular(50, 0, 50).
    assert_eq!(Axis::regular(100, 0.0, 200.0)?.index(58.0), 29);
    assert_eq!(Axis::regular(50, 0.0, 50.0)?.index(29.0), 29);
    assert_eq!(Axis::regular(4, -2.0, 3.0)?.index(2.9999999999999996), 3);
    Ok(())
}

#[test]
fn weights_that_cancel_leave_what_is_between() -> Result<(), Error> {
    let mut histogram = one_axis(Axis::regular(1, 0.0, 1.0)?, StorageKind::Weight);
    histogram.fill(&[Values::F64(&[0.5; 3])], Some(&[1e17, 1.0, -1e17]))?;
    assert_eq!(histogram.values(false), [1.0]);
    Ok(())
}

#[test]
fn nan_is_told_from_overflow() -> Result<(), Error> {
    let axes = vec![Axis::regular(1, 0.0, 1.0)?, Axis::regular(1, 0.0, 1.0)?];
    let mut histogram = Histogram::new(axes, StorageKind::Double);
    histogram.fill(&[Values::F64(&[f64::NAN, 0.5, f64::NAN, 7.0]), Values::F64(&[f64::NAN, f64::NAN, 0.5, 0.5])], None)?;
    assert_eq!(histogram.nan(), 3);
    assert_eq!(histogram.entries(), 4);
    assert_eq!(histogram.sum(true), 4.0);
    Ok(())
}

#[test]
fn variances_of_weighted_doubles_stay_unknown_in_json_and_those_of_counts_known() -> Result<(), Error> {
    // The peers write weights and read them back as if they were counts.
    let mut weighted = one_axis(Axis::regular(2, 0.0, 1.0)?, StorageKind::Double);
    weighted.fill(&[Values::F64(&[0.1, 0.1])], Some(&[0.5, 1.5]))?;
    assert_eq!(weighted.variances(false), None);
    assert_eq!(Histogram::from_uhi(&weighted.to_uhi())?.variances(false), None);
    let mut counts = one_axis(Axis::regular(2, 0.0, 1.0)?, StorageKind::Double);
    counts.fill(&[Values::F64(&[0.1, 0.1])], None)?;
    counts.merge(&counts.clone())?;
    assert_eq!(counts.variances(false), Some(vec![4.0, 0.0]));
    assert_eq!(Histogram::from_uhi(&counts.to_uhi())?.variances(false), Some(vec![4.0, 0.0]));
    Ok(())
}

#[test]
fn a_refused_merge_changes_nothing_and_shows_both_axes() -> Result<(), Error> {
    let mut histogram = one_axis(Axis::variable(vec![0.0, 0.1, 0.4, 1.0])?, StorageKind::Double);
    histogram.fill(&[Values::F64(&[0.3])], None)?;
    let before = histogram.clone();
    let error = histogram.merge(&one_axis(Axis::variable(vec![0.0, 0.2, 0.4, 1.0])?, StorageKind::Double)).unwrap_err();
    assert!(error.to_string().contains("0.1") && error.to_string().contains("0.2"), "{error}");
    assert_eq!(histogram, before);
    Ok(())
}

#[test]
fn coarser_bins_keep_the_printed_edges_and_the_contents() -> Result<(), Error> {
    let axis = Axis::regular(10, 0.0, 1.0)?;
    let counts: Vec<u64> = (0..12).collect();
    let histogram = Histogram::from_counts(vec![axis.clone()], StorageKind::Double, &counts)?;
    let coarse = histogram.rebin(0, 3)?;
    let edges = axis.edges();
    assert_eq!(coarse.axes()[0].edges(), [edges[0], edges[3], edges[6], edges[9]]);
    assert_eq!(coarse.values(true), [0.0, 6.0, 15.0, 24.0, 21.0]);
    assert_eq!(histogram.rebin_to(0, &[0.0, 0.3, 1.0])?.values(true), [0.0, 6.0, 49.0, 11.0]);
    assert!(histogram.rebin_to(0, &[0.0, 0.25, 1.0]).is_err());
    assert_eq!(Histogram::from_uhi(&coarse.to_uhi())?, coarse);
    Ok(())
}

#[test]
fn a_stack_has_its_categories_in_front() -> Result<(), Error> {
    let cell = |n: u64| Histogram::from_counts(vec![Axis::regular(1, 0.0, 1.0)?], StorageKind::Weight, &[0, n, 0]);
    let categories = [("process", vec!["a".to_owned(), "b".to_owned()]), ("region", vec!["r".to_owned(), "s".to_owned()])];
    let cells = (1..=4).map(cell).collect::<Result<Vec<_>, _>>()?;
    let stack = Histogram::stack(&categories, &cells)?;
    assert_eq!(stack.shape(true), [2, 2, 3]);
    assert_eq!(stack.values(false), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(stack.entries(), 10);
    assert!(stack.unweighted());
    assert!(Histogram::stack(&categories, &cells[..3]).is_err());
    Ok(())
}

#[test]
fn growing_categories_keep_the_order_in_which_they_came() -> Result<(), Error> {
    let mut histogram = one_axis(Axis::category(Vec::new(), true)?.named("c", "", ""), StorageKind::Weight);
    histogram.fill(&[Values::Text(&["b", "a", "b"])], Some(&[1.0, 2.0, 4.0]))?;
    histogram.fill(&[Values::Text(&["c"])], None)?;
    assert_eq!(histogram.axes()[0].labels().unwrap(), ["b", "a", "c"]);
    assert_eq!(histogram.values(true), [5.0, 2.0, 1.0]);
    let mut bytes = Vec::new();
    histogram.pack(&mut bytes);
    let empty = vec![Axis::category(Vec::new(), true)?.named("c", "", "")];
    let back = Histogram::unpack(empty, StorageKind::Weight, &mut bytes.as_slice()).unwrap();
    assert_eq!(back, histogram);
    Ok(())
}

#[test]
fn contents_of_a_file_keep_the_number_of_entries_that_it_says() -> Result<(), Error> {
    let axes = vec![Axis::regular(1, 0.0, 1.0)?];
    let read = Histogram::from_cells(axes.clone(), StorageKind::Weight, &[0.0, 2.5, 0.5], Some(&[0.0, 1.25, 0.25]), 7)?;
    assert_eq!((read.entries(), read.unweighted()), (7, false));
    let mut bytes = Vec::new();
    read.pack(&mut bytes);
    assert_eq!(Histogram::unpack(axes, StorageKind::Weight, &mut bytes.as_slice()), Some(read.clone()));
    assert_eq!(Histogram::from_uhi(&read.to_uhi())?, read);
    Ok(())
}

#[test]
fn columns_that_do_not_fit_are_refused_and_nothing_is_filled() -> Result<(), Error> {
    let axes = vec![Axis::integer(0, 3)?.named("n", "", ""), Axis::regular(2, 0.0, 1.0)?];
    let mut histogram = Histogram::new(axes, StorageKind::Double);
    let before = histogram.clone();
    let half = histogram.fill(&[Values::F64(&[1.0, 0.5]), Values::F64(&[0.1, 0.2])], None).unwrap_err();
    assert!(half.to_string().contains("axis `n` takes whole numbers, not 0.5"), "{half}");
    assert!(histogram.fill(&[Values::I64(&[1, 2]), Values::F64(&[0.1])], None).is_err());
    assert!(histogram.fill(&[Values::I64(&[1, 2]), Values::Text(&["a", "b"])], None).is_err());
    assert!(histogram.fill(&[Values::I64(&[1, 2])], None).is_err());
    assert!(histogram.fill(&[Values::I64(&[1, 2]), Values::F64(&[0.1, 0.2])], Some(&[1.0])).is_err());
    assert_eq!(histogram, before);
    histogram.fill(&[Values::F64(&[1.0, 2.0]), Values::Number(0.1)], None)?;
    assert_eq!(histogram.sum(false), 2.0);
    Ok(())
}

/// Uniform numbers of splitmix64 started at a state.
fn uniform(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * (0.5 * f64::EPSILON)
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn packed_cells_are_those_of_the_reference_engine() -> Result<(), Error> {
    // sha256 of what `Cells.pack` of refs/scale/reference_engine.py (exact fractions) gives for the same entries.
    let x: Vec<f64> = uniform(21, 2000).iter().map(|u| 57.0 + 66.0 * u).collect();
    let weights: Vec<f64> = uniform(22, 2000).iter().map(|u| 2.0 * u - 0.2).collect();
    let mut histogram = one_axis(Axis::regular(60, 60.0, 120.0)?, StorageKind::Weight);
    histogram.fill(&[Values::F64(&x)], Some(&weights))?;
    let mut bytes = Vec::new();
    histogram.pack(&mut bytes);
    let digits = Sha256::digest(&bytes).iter().flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<_>>();
    let digest: String = digits.into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
    assert_eq!(bytes.len(), 1529);
    assert_eq!(digest, "0ee0900de8f757a43b52eb5a6a21f6c035ae3db26997435efd496825f5765927");
    Ok(())
}
