//! What holds for all input: exact sums, varints, dense algebra.

#![allow(clippy::print_stdout)] // a time is shown

use germane_numerics::dense::{Matrix, cholesky, symmetric_eigen};
use germane_numerics::{ExactSum, ExactSums, varint};
use proptest::prelude::*;

fn packed(sum: &ExactSum) -> Vec<u8> {
    let mut bytes = Vec::new();
    sum.pack(&mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_in_any_order_gives_equal_bytes(bits in prop::collection::vec(any::<u64>(), 0..60), cut in 0usize..60, turn in 0usize..60) {
        let mut values: Vec<f64> = bits.iter().map(|&bits| f64::from_bits(bits)).collect();
        let whole: ExactSum = values.iter().copied().collect();
        let turn = turn.min(values.len());
        values.rotate_left(turn);
        let (first, second) = values.split_at(cut.min(values.len()));
        let mut merged: ExactSum = second.iter().copied().collect();
        merged.merge(&first.iter().copied().collect());
        prop_assert_eq!(packed(&whole), packed(&merged));
        let mut row = ExactSums::new(1);
        for &value in &values {
            row.add(0, value);
        }
        let mut other = ExactSums::new(1);
        for &value in first {
            other.add(0, value);
        }
        let mut rest = ExactSums::new(1);
        for &value in second {
            rest.add(0, value);
        }
        rest.merge(&other);
        prop_assert_eq!(packed(&row.get(0)), packed(&whole));
        prop_assert_eq!(packed(&rest.get(0)), packed(&whole));
    }

    #[test]
    fn a_packed_sum_comes_back(bits in prop::collection::vec(any::<u64>(), 0..20)) {
        let sum: ExactSum = bits.iter().map(|&bits| f64::from_bits(bits)).collect();
        let bytes = packed(&sum);
        let mut rest = bytes.as_slice();
        let back = ExactSum::unpack(&mut rest).unwrap();
        prop_assert!(rest.is_empty());
        prop_assert_eq!(packed(&back), bytes);
        prop_assert!(back.value().to_bits() == sum.value().to_bits() || sum.value().is_nan());
    }

    #[test]
    fn any_bytes_unpack_to_a_sum_that_packs_to_them_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..40), flag in 0u8..4) {
        let mut bytes = bytes;
        bytes.insert(0, flag);
        let mut rest = bytes.as_slice();
        if let Ok(sum) = ExactSum::unpack(&mut rest) {
            let used = bytes.len() - rest.len();
            prop_assert_eq!(packed(&sum), bytes[..used].to_vec());
            let _ = sum.value();
        }
    }

    #[test]
    fn varints_come_back(value in any::<u64>(), signed in any::<i64>()) {
        let mut bytes = Vec::new();
        varint::put(value, &mut bytes);
        let mut rest = bytes.as_slice();
        prop_assert_eq!(varint::take(&mut rest), Some(value));
        prop_assert!(rest.is_empty());
        prop_assert_eq!(varint::unzigzag(varint::zigzag(signed)), signed);
    }

    #[test]
    fn a_factorised_matrix_times_its_inverse_is_one(size in 1usize..40, entries in prop::collection::vec(-1.0f64..1.0, 1600)) {
        let a = positive(size, &entries);
        let factor = cholesky(&a).unwrap();
        let inverse = factor.inverse();
        let unit = a.product(&inverse);
        let b: Vec<f64> = entries[..size].to_vec();
        let x = factor.solve(&b);
        let back = a.times(&x);
        for i in 0..size {
            prop_assert!((back[i] - b[i]).abs() < 1e-9);
            for j in 0..size {
                prop_assert!((unit[(i, j)] - f64::from(u8::from(i == j))).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn eigenvectors_are_orthonormal_and_rebuild_the_matrix(size in 1usize..30, entries in prop::collection::vec(-1.0f64..1.0, 900)) {
        let mut a = Matrix::zeros(size, size);
        for i in 0..size {
            for j in 0..=i {
                a[(i, j)] = entries[i * size + j];
                a[(j, i)] = a[(i, j)];
            }
        }
        let (values, vectors) = symmetric_eigen(&a);
        prop_assert!(values.windows(2).all(|pair| pair[0] <= pair[1]));
        let unit = vectors.product(&vectors.transpose());
        let rebuilt = vectors.transpose().product(&Matrix::diagonal(&values)).product(&vectors);
        for i in 0..size {
            for j in 0..size {
                prop_assert!((unit[(i, j)] - f64::from(u8::from(i == j))).abs() < 1e-13);
                prop_assert!((rebuilt[(i, j)] - a[(i, j)]).abs() < 1e-13);
            }
        }
    }
}

/// B Bᵀ plus one on the diagonal.
fn positive(size: usize, entries: &[f64]) -> Matrix {
    let b = Matrix::from_rows(size, size, entries[..size * size].to_vec()).unwrap();
    let mut a = b.product(&b.transpose());
    for i in 0..size {
        a[(i, i)] += 1.0;
    }
    a
}

#[test]
fn names_the_row_at_which_a_matrix_is_not_positive() {
    let a = Matrix::diagonal(&[1.0, 2.0, -0.5, 3.0]);
    assert_eq!(cholesky(&a).unwrap_err().index, 2);
    assert_eq!(cholesky(&Matrix::diagonal(&[1.0, f64::NAN])).unwrap_err().index, 1);
}

#[test]
fn eigenvalues_of_the_second_difference_are_known() {
    // 2 - 2 cos(k π/(n + 1)).
    let size = 50;
    let mut a = Matrix::zeros(size, size);
    for i in 0..size {
        a[(i, i)] = 2.0;
        if i > 0 {
            a[(i, i - 1)] = -1.0;
            a[(i - 1, i)] = -1.0;
        }
    }
    let (values, _) = symmetric_eigen(&a);
    for (k, value) in values.iter().enumerate() {
        let angle = (k + 1) as f64 * std::f64::consts::PI / 51.0;
        assert!((value - (2.0 - 2.0 * germane_numerics::maths::cos(angle))).abs() < 1e-14);
    }
}

#[test]
fn a_thousand_rows_factorise_quickly_enough_to_be_tested() {
    let size = 1000;
    let mut a = Matrix::zeros(size, size);
    for i in 0..size {
        for j in 0..size {
            a[(i, j)] = 1.0 / (1.0 + (i as f64 - j as f64).abs());
        }
    }
    let started = std::time::Instant::now();
    let factor = cholesky(&a).unwrap();
    let factorised = started.elapsed();
    let inverse = factor.inverse();
    println!("1000 rows: factorised in {factorised:?}, inverted after {:?}", started.elapsed());
    let x = factor.solve(a.row(17));
    assert!((x[17] - 1.0).abs() < 1e-12 && x[16].abs() < 1e-12);
    assert!((a.row(3).iter().zip(inverse.row(3)).map(|(a, b)| a * b).sum::<f64>() - 1.0).abs() < 1e-10);
}

#[test]
fn eigenvalues_of_a_large_matrix_come_in_time() {
    let size = 400;
    let mut a = Matrix::zeros(size, size);
    for i in 0..size {
        for j in 0..size {
            a[(i, j)] = 1.0 / (1.0 + (i as f64 - j as f64).abs());
        }
    }
    let started = std::time::Instant::now();
    let (values, vectors) = symmetric_eigen(&a);
    println!("eigenvalues and vectors of {size} rows in {:?}", started.elapsed());
    let trace: f64 = values.iter().sum();
    assert!((trace - size as f64).abs() < 1e-10);
    let image = a.times(vectors.row(size - 1));
    let largest = values[size - 1];
    assert!(image.iter().zip(vectors.row(size - 1)).all(|(image, entry)| (image - largest * entry).abs() < 1e-12));
}
