//! Special functions against mpmath (the table says how it was made).

use germane_numerics::special;

const TABLE: &str = include_str!("special_mpmath.tsv");

fn evaluate(name: &str, a: &[f64]) -> f64 {
    match name {
        "erf" => special::erf(a[0]),
        "erfc" => special::erfc(a[0]),
        "erfcx" => special::erfcx(a[0]),
        "normal_cdf" => special::normal_cdf(a[0]),
        "normal_quantile" => special::normal_quantile(a[0]),
        "ln_gamma" => special::ln_gamma(a[0]),
        "digamma" => special::digamma(a[0]),
        "trigamma" => special::trigamma(a[0]),
        "gamma_p" => special::gamma_p(a[0], a[1]),
        "gamma_q" => special::gamma_q(a[0], a[1]),
        "gamma_p_inverse" => special::gamma_p_inverse(a[0], a[1]),
        "gamma_q_inverse" => special::gamma_q_inverse(a[0], a[1]),
        "beta_i" => special::beta_i(a[0], a[1], a[2]),
        "beta_i_complement" => special::beta_i_complement(a[0], a[1], a[2]),
        "beta_i_inverse" => special::beta_i_inverse(a[0], a[1], a[2]),
        _ => panic!("no function {name}"),
    }
}

/// Relative deviation that is allowed.
fn tolerance(name: &str) -> f64 {
    match name {
        "erf" | "erfc" | "erfcx" | "normal_cdf" | "normal_quantile" | "trigamma" => 2e-15,
        "ln_gamma" | "digamma" => 1e-14,
        "gamma_p_inverse" | "gamma_q_inverse" | "beta_i_inverse" => 1e-12,
        _ => 1e-13,
    }
}

#[test]
fn agree_with_mpmath() {
    let mut worst: Vec<(&str, usize, f64, String)> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.split('\t');
        let name = parts.next().unwrap();
        let arguments: Vec<f64> = parts.next().unwrap().split(' ').map(|text| text.parse().unwrap()).collect();
        let truth: f64 = parts.next().unwrap().parse().unwrap();
        let value = evaluate(name, &arguments);
        // A result below the least normal double, or a zero, has no relative accuracy.
        let scale = truth.abs().max(f64::MIN_POSITIVE);
        let deviation = if value == truth { 0.0 } else { (value - truth).abs() / scale };
        let deviation = if deviation.is_nan() { f64::INFINITY } else { deviation };
        if worst.last().is_none_or(|last| last.0 != name) && !worst.iter().any(|entry| entry.0 == name) {
            worst.push((name, 0, 0.0, String::new()));
        }
        let entry = worst.iter_mut().find(|entry| entry.0 == name).unwrap();
        entry.1 += 1;
        if deviation > entry.2 {
            (entry.2, entry.3) = (deviation, format!("at {arguments:?}: {value:e}, truth {truth:e}"));
        }
    }
    for (name, count, deviation, place) in &worst {
        eprintln!("{name:20} {count:4} values, worst {deviation:.1e} {place}");
    }
    assert!(worst.len() >= 15, "the table has all functions");
    let failed: Vec<&str> = worst.iter().filter(|entry| entry.2 > tolerance(entry.0)).map(|entry| entry.0).collect();
    assert!(failed.is_empty(), "outside the tolerance: {failed:?}");
}
