//! Elementary functions against mpmath (the table says how it was made), and the block versions against the scalar ones.

use germane_numerics::{logarithm, maths};

const TABLE: &str = include_str!("elementary_mpmath.tsv");

fn evaluate(name: &str, a: &[f64]) -> f64 {
    let unary: fn(f64) -> f64 = match name {
        "exp" => maths::exp,
        "expm1" => maths::expm1,
        "ln" => maths::ln,
        "log10" => maths::log10,
        "log1p" => maths::log1p,
        "sin" => maths::sin,
        "cos" => maths::cos,
        "tan" => maths::tan,
        "asin" => maths::asin,
        "acos" => maths::acos,
        "atan" => maths::atan,
        "sinh" => maths::sinh,
        "cosh" => maths::cosh,
        "tanh" => maths::tanh,
        "asinh" => maths::asinh,
        "acosh" => maths::acosh,
        "atanh" => maths::atanh,
        "cbrt" => maths::cbrt,
        "pow" => return maths::pow(a[0], a[1]),
        "atan2" => return maths::atan2(a[0], a[1]),
        "hypot" => return maths::hypot(a[0], a[1]),
        _ => panic!("no function {name}"),
    };
    unary(a[0])
}

/// Units in the last place that a value may be off: libm states below 1 for most, its hyperbolic functions are made of others.
fn tolerance(name: &str) -> f64 {
    match name {
        "sinh" | "cosh" | "tanh" | "asinh" | "acosh" | "atanh" => 1.5,
        _ => 1.0,
    }
}

#[test]
fn agree_with_mpmath_to_the_last_place() {
    let mut worst: Vec<(&str, f64, String)> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('\t').collect();
        let arguments: Vec<f64> = parts[1].split(' ').map(|text| text.parse().unwrap()).collect();
        let (truth, rest): (f64, f64) = (parts[2].parse().unwrap(), parts[3].parse().unwrap());
        let unit = truth.abs().next_up() - truth.abs();
        let value = evaluate(parts[0], &arguments);
        let off = ((value - truth) / unit - rest).abs();
        let entry = match worst.iter_mut().find(|entry| entry.0 == parts[0]) {
            Some(entry) => entry,
            None => {
                worst.push((parts[0], 0.0, String::new()));
                worst.last_mut().unwrap()
            }
        };
        if off > entry.1 || off.is_nan() {
            (entry.1, entry.2) = (off, format!("at {arguments:?}"));
        }
    }
    for (name, off, place) in &worst {
        eprintln!("{name:6} worst {off:.2} units in the last place {place}");
    }
    assert_eq!(worst.len(), 21, "the table has all functions");
    let failed: Vec<_> = worst.iter().filter(|entry| entry.1 > tolerance(entry.0) || entry.1.is_nan()).collect();
    assert!(failed.is_empty(), "outside the tolerance: {failed:?}");
}

#[test]
fn logarithm_without_branches_agrees_with_mpmath_to_the_last_place() {
    let mut rows = 0;
    for line in TABLE.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        if parts[0] != "ln" {
            continue;
        }
        let (x, truth, rest): (f64, f64, f64) = (parts[1].parse().unwrap(), parts[2].parse().unwrap(), parts[3].parse().unwrap());
        let unit = truth.abs().next_up() - truth.abs();
        let off = ((logarithm::ln(x) - truth) / unit - rest).abs();
        assert!(off <= 1.0, "ln({x}) is off by {off} units in the last place");
        rows += 1;
    }
    assert!(rows >= 100, "{rows} rows");
}

#[test]
fn blocks_have_the_bits_of_single_values() {
    let x: Vec<f64> = (0..100).map(|i| f64::from(i) * 0.37 - 12.0).collect();
    let y: Vec<f64> = (0..100).map(|i| f64::from(i) * 0.11 - 3.0).collect();
    let mut out = vec![0.0; 100];
    maths::exp_block(&x, &mut out);
    assert!(out.iter().zip(&x).all(|(out, &x)| out.to_bits() == maths::exp(x).to_bits()));
    maths::atan2_block(&x, &y, &mut out);
    assert!((0..100).all(|i| out[i].to_bits() == maths::atan2(x[i], y[i]).to_bits()));
}

#[test]
fn integral_powers_follow_one_order_of_products() {
    assert_eq!(maths::powi(3.0, 5), 243.0);
    assert_eq!(maths::powi(2.0, -3), 0.125);
    assert_eq!(maths::powi(0.0, 0), 1.0);
    assert_eq!(maths::powi(-1.5, 3), -3.375);
}
