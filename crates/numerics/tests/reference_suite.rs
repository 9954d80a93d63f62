//! Exact sums and random numbers against the truth files of ../shared; says "not run" where they are absent.

#![allow(clippy::print_stdout)] // the tallies are the output of this suite

use germane_numerics::random::Philox4x32;
use germane_numerics::{ExactSum, ExactSums};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// What became of the cases of one file, printed as one line.
struct Tally {
    file: &'static str,
    passed: usize,
    failures: Vec<String>,
    worst: f64,
}

impl Tally {
    fn new(file: &'static str) -> Self {
        Self { file, passed: 0, failures: Vec::new(), worst: 0.0 }
    }

    fn check(&mut self, name: &str, good: bool) {
        if good {
            self.passed += 1;
        } else {
            self.failures.push(name.to_owned());
        }
    }

    fn finish(self) {
        println!(
            "\nrefs/{}  {} passed  {} failed  0 pending  worst {:e}",
            self.file,
            self.passed,
            self.failures.len(),
            self.worst
        );
        assert!(self.failures.is_empty(), "{}: {:?}", self.file, self.failures);
    }
}

#[allow(clippy::disallowed_methods)]
fn read(file: &str) -> Option<Value> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join("refs").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn double(hex: &Value) -> f64 {
    match hex.as_str().unwrap() {
        "nan" => f64::NAN,
        text => f64::from_bits(u64::from_str_radix(text, 16).unwrap()),
    }
}

fn doubles(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(double).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn splitmix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// m 2^exponent for exponents that may leave a subnormal: two exact steps would round twice.
fn ldexp(x: f64, exponent: i64) -> f64 {
    let mut value = x;
    let step = if exponent < 0 { 0.5 } else { 2.0 };
    for _ in 0..exponent.abs() {
        value *= step;
    }
    value
}

/// The weight of entry i, by the rules written in make_exact_sums.py.
fn weight(rule: &str, i: u64, seed: u64) -> f64 {
    let r = splitmix(i ^ seed);
    let unit = |r: u64| (r >> 11) as f64 * (0.5 * f64::EPSILON);
    let signed = |x: f64| if (r >> 4).trailing_zeros() >= 4 { -x } else { x };
    match rule {
        "generator" => signed(ldexp(1.0 + unit(r), (r & 15) as i64 - 8)),
        "float32" => f64::from(signed(ldexp(1.0 + unit(r), (r & 15) as i64 - 8)) as f32),
        "wide" => signed(ldexp(1.0 + unit(r), (r % 2000) as i64 - 1000)),
        "cancel" => {
            let k = i / 2;
            let value = ldexp(1.0 + unit(splitmix((2 * k) ^ seed)), 60);
            match (i % 2, k % 10) {
                (0, _) => value,
                (_, 0) => ldexp(1.0, -40),
                _ => -value,
            }
        }
        "tiny" => unit(r) * f64::MIN_POSITIVE,
        _ => panic!("rule {rule}"),
    }
}

#[test]
fn exact_sums_equal_those_of_fractions() {
    let Some(truth) = read("scale/exact_sums.json") else { return };
    let mut tally = Tally::new("scale/exact_sums.json");
    for case in truth["cases"].as_array().unwrap() {
        let weights = doubles(&case["weights"]);
        let forward: ExactSum = weights.iter().copied().collect();
        let backward: ExactSum = weights.iter().rev().copied().collect();
        let mut row = ExactSums::new(2);
        for &weight in &weights {
            row.add(1, weight);
        }
        let sum = double(&case["sum"]);
        let good = same(forward.value(), sum) && same(backward.value(), sum) && same(row.value(1), sum);
        tally.check(case["name"].as_str().unwrap(), good && forward == backward && row.get(1) == forward);
    }
    for case in truth["rules"].as_array().unwrap() {
        let rule = case["rule"].as_str().unwrap();
        let seed = u64::from_str_radix(case["seed"].as_str().unwrap(), 16).unwrap();
        let (entries, bins) = (case["entries"].as_u64().unwrap(), case["bins"].as_u64().unwrap());
        let weights: Vec<f64> = (0..entries).map(|i| weight(rule, i, seed)).collect();
        let mut digest = Sha256::new();
        for weight in &weights {
            digest.update(weight.to_le_bytes());
        }
        let hex = hex(&digest.finalize());
        assert_eq!(case["weights_sha256"].as_str().unwrap(), hex, "the rule {rule} is followed");
        // Seven parts, filled apart and merged from the last to the first.
        let mut parts: Vec<(ExactSums, ExactSums)> =
            (0..7).map(|_| (ExactSums::new(bins as usize), ExactSums::new(bins as usize))).collect();
        for (i, &weight) in weights.iter().enumerate() {
            let bin = ((u128::from(splitmix(splitmix(i as u64 ^ seed)) >> 11) * u128::from(bins)) >> 53) as usize;
            let part = &mut parts[i * 7 / weights.len()];
            part.0.add(bin, weight);
            part.1.add(bin, weight * weight);
        }
        let mut total = (ExactSums::new(bins as usize), ExactSums::new(bins as usize));
        for part in parts.iter().rev() {
            total.0.merge(&part.0);
            total.1.merge(&part.1);
        }
        let equal = |sums: &ExactSums, truth: &Value| sums.values().iter().zip(doubles(truth)).all(|(&a, b)| same(a, b));
        tally.check(&format!("{rule} sums"), equal(&total.0, &case["sumw"]));
        if case["sumw2"].is_array() {
            tally.check(&format!("{rule} sums of squares"), equal(&total.1, &case["sumw2"]));
        }
        let all: ExactSum = weights.iter().copied().collect();
        tally.check(&format!("{rule} all"), same(all.value(), double(&case["all_entries"]["exact"])));
    }
    tally.finish();
}

#[test]
fn packed_sums_equal_the_definition() {
    let Some(truth) = read("scale/partials.json") else { return };
    let mut tally = Tally::new("scale/partials.json");
    for case in truth["sums"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let sum: ExactSum = doubles(&case["weights"]).into_iter().collect();
        let mut bytes = Vec::new();
        sum.pack(&mut bytes);
        let hex = hex(&bytes);
        let mut rest = bytes.as_slice();
        let back = ExactSum::unpack(&mut rest);
        let good = back.is_ok_and(|back| back == sum && same(back.value(), double(&case["value"]))) && rest.is_empty();
        tally.check(name, good && hex == case["packed"].as_str().unwrap() && same(sum.value(), double(&case["value"])));
    }
    tally.finish();
}

#[test]
fn random_numbers_equal_the_known_answers() {
    let Some(truth) = read("analysis/tasks/random.json") else { return };
    let mut tally = Tally::new("analysis/tasks/random.json");
    let words =
        |list: &Value| -> Vec<u32> { list.as_array().unwrap().iter().map(|word| word.as_u64().unwrap() as u32).collect() };
    for case in truth["philox4x32_10"].as_array().unwrap() {
        let (key, counter) = (words(&case["key"]), words(&case["counter"]));
        let out = Philox4x32::new([key[0], key[1]]).words([counter[0], counter[1], counter[2], counter[3]]);
        tally.check("words", out.as_slice() == words(&case["out"]));
    }
    for case in truth["draws"].as_array().unwrap() {
        let number = |name: &str| case[name].as_u64().unwrap();
        let text = format!("{}\n{}\n{}", number("seed"), case["dataset"].as_str().unwrap(), case["label"].as_str().unwrap());
        let digest = Sha256::digest(text.as_bytes());
        let generator = Philox4x32::from_bytes(digest[..8].try_into().unwrap());
        let event = number("event");
        let lumi = (number("luminosityBlock") as u32 & 0xff_ffff) | (((event >> 32) as u32 & 0xff) << 24);
        let counter = [number("item") as u32, event as u32, lumi, number("run") as u32];
        let uniform = generator.uniform(counter) == case["uniform"].as_f64().unwrap();
        let normal = case["normal"].as_f64().unwrap();
        let deviation = (generator.normal(counter) - normal).abs() / normal.abs().max(1.0);
        tally.worst = tally.worst.max(deviation);
        tally.check(&text, uniform && deviation <= 1e-15);
    }
    tally.finish();
}
