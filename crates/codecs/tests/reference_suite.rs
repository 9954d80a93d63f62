//! The waveform codecs against `refs/legend-io/codecs.json`: bytes of the plain definitions, equal to the original C program
//! on the real rows.

use germane_codecs::{Fault, OutOfRange, Sample, radware_sigcompress, uleb128_zigzag_diff};
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::{Score, load, say, shared};
use std::{fs, path::Path};

#[path = "../../formats/tests/shared/mod.rs"]
mod shared;

const ULEB: &str = "uleb128_zigzag_diff";
const RADWARE: &str = "radware_sigcompress";

/// The generator of the recipes. Source: S. Vigna, splitmix64.c.
struct SplitMix64(u64);

impl SplitMix64 {
    fn below(&mut self, n: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n) as i64
    }
}

/// The input that a recipe describes, as `make_codecs.py` makes it.
fn made(kind: &str, n: usize, seed: u64) -> Vec<i32> {
    let clip = |v: i64| v.clamp(-32768, 32767);
    let (mut r, mut v) = (SplitMix64(seed), 0);
    let mut sample = |i: i64| {
        v = match kind {
            "random16" => r.below(65536) - 32768,
            "random3" => r.below(8),
            "walk1" => clip(v + r.below(3) - 1),
            "walk60" => clip(v + r.below(121) - 60),
            "constant" => 1234,
            "zeros" => 0,
            "flip" => {
                if i % 2 == 0 {
                    32767
                } else {
                    -32768
                }
            }
            "flip_rare" => {
                if r.below(40) == 0 {
                    32767
                } else {
                    -32768
                }
            }
            "ramp" => clip(-32768 + 7 * i),
            "steps" => clip((i / 48) * 3000 - 20000 + r.below(1 << (i / 48 % 16))),
            "pulse" => {
                let third = (n / 3) as i64;
                let tail = if i > third { (9000.0 * germane_numerics::maths::powi(0.995, (i - third) as i32)) as i64 } else { 0 };
                clip(-18000 + r.below(9) + tail)
            }
            "bits" => clip(-32768 + if i % 2 == 1 { 0 } else { (1 << (i / 60 % 16 + 1)) - 1 + (i / 960) % 2 }),
            _ => panic!("no recipe {kind}"),
        };
        v as i32
    };
    (0..n as i64).map(&mut sample).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn integers(list: &Value) -> Vec<i32> {
    list.as_array().unwrap().iter().map(|value| value.as_i64().unwrap() as i32).collect()
}

fn encoded<T: Sample>(codec: &str, samples: &[T], shift: i32) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    match codec {
        ULEB => uleb128_zigzag_diff::encode(samples, &mut out)?,
        _ => radware_sigcompress::encode(samples, shift, OutOfRange::Refuse, &mut out)?,
    }
    Ok(out)
}

fn decoded<T: Sample>(codec: &str, bytes: &[u8], shift: i32) -> Result<Vec<T>, Fault> {
    let count = if codec == ULEB { uleb128_zigzag_diff::samples(bytes) } else { radware_sigcompress::samples(bytes)? };
    let mut out = vec![T::default(); count];
    match codec {
        ULEB => uleb128_zigzag_diff::decode_into(bytes, &mut out, OutOfRange::Refuse)?,
        _ => radware_sigcompress::decode_into(bytes, shift, &mut out, OutOfRange::Refuse)?,
    }
    Ok(out)
}

/// One input: the bytes of both codecs, and the way back into several types.
fn check_case(score: &mut Score, case: &Value) {
    let (name, n, shift) =
        (case["name"].as_str().unwrap(), case["n"].as_u64().unwrap() as usize, case["codec_shift"].as_i64().unwrap() as i32);
    let samples = match case.get("recipe") {
        Some(recipe) => made(recipe["kind"].as_str().unwrap(), n, recipe["seed"].as_u64().unwrap()),
        None => integers(&case["input"]),
    };
    if let Some(digest) = case.get("input_sha256") {
        let raw: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        assert_eq!(hex(&Sha256::digest(&raw)), digest.as_str().unwrap(), "{name}: the recipe is followed");
    }
    for codec in [ULEB, RADWARE] {
        let wanted = &case[codec];
        let row = encoded(codec, &samples, shift).unwrap();
        let same = row.len() as u64 == wanted["bytes"].as_u64().unwrap()
            && hex(&Sha256::digest(&row)) == wanted["sha256"].as_str().unwrap()
            && wanted.get("hex").is_none_or(|text| bytes(text) == row);
        score.check(same, || format!("{name}: {codec} encodes to {} bytes", row.len()));
        let wide: Vec<i64> = samples.iter().map(|sample| i64::from(*sample)).collect();
        let floats: Vec<f32> = samples.iter().map(|sample| *sample as f32).collect();
        let back = decoded::<i32>(codec, &row, shift).as_ref() == Ok(&samples)
            && decoded::<i64>(codec, &row, shift).as_ref() == Ok(&wide)
            && decoded::<f32>(codec, &row, shift).as_ref() == Ok(&floats)
            && encoded(codec, &wide, shift).as_ref() == Ok(&row);
        score.check(back, || format!("{name}: {codec} does not come back"));
        let narrow: Result<Vec<u16>, _> = samples.iter().map(|sample| u16::try_from(*sample)).collect();
        let right = match (narrow, decoded::<u16>(codec, &row, shift)) {
            (Ok(narrow), Ok(out)) => narrow == out && encoded(codec, &narrow, shift).as_ref() == Ok(&row),
            (Err(_), Err(fault)) => fault.reason.contains("uint16 does not hold"),
            _ => false,
        };
        score.check(right, || format!("{name}: {codec} as uint16"));
    }
}

/// Rows that the original C program has encoded: number of words, shift, words.
fn check_real_rows(score: &mut Score, rows: &[Value], path: &Path) {
    let file = fs::read(path).unwrap();
    let mut rest = &file[..];
    for row in rows {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let (words, shift) = (number(0) as usize, number(4) as i32);
        let stored: Vec<u8> = rest[8..8 + 2 * words].chunks(2).flat_map(|word| [word[1], word[0]]).collect();
        rest = &rest[8 + 2 * words..];
        let what = || format!("real row {}", row["row"]);
        let samples: Vec<u16> = decoded(RADWARE, &stored, shift).unwrap();
        let again = encoded(RADWARE, &samples, shift).unwrap();
        score.check(again == stored && hex(&Sha256::digest(&again)) == row["sha256"].as_str().unwrap(), what);
        let uleb = encoded(ULEB, &samples, 0).unwrap();
        let same = uleb.len() as u64 == row["uleb_bytes"].as_u64().unwrap();
        score.check(same && hex(&Sha256::digest(&uleb)) == row["uleb_sha256"].as_str().unwrap(), what);
        score.check(decoded::<u16>(ULEB, &uleb, 0).as_ref() == Ok(&samples), what);
    }
    assert!(rest.is_empty(), "all rows of the file are named");
}

#[test]
fn waveform_codecs_give_the_bytes_of_the_definitions() {
    let Some(root) = shared() else { return };
    let path = root.join("refs/legend-io/codecs.json");
    if !path.is_file() {
        return say("not run: refs/legend-io/codecs.json is not there");
    }
    let suite = load(&path);
    let mut score = Score::default();
    for case in suite["cases"].as_array().unwrap() {
        check_case(&mut score, case);
    }
    for case in suite["uleb_wide"].as_array().unwrap() {
        let (samples, row) = (integers(&case["input"]), bytes(&case["hex"]));
        score.check(encoded(ULEB, &samples, 0).as_ref() == Ok(&row), || format!("uleb_wide {}", case["name"]));
        score.check(decoded(ULEB, &row, 0).as_ref() == Ok(&samples), || format!("uleb_wide {} back", case["name"]));
    }
    for case in suite["refuse"].as_array().unwrap() {
        // A row that ends inside a number is refused whatever number of samples it is asked for.
        let (codec, row) = (case["codec"].as_str().unwrap(), bytes(&case["hex"]));
        let refused = (0..5).all(|count| {
            let mut out = vec![0_i32; count];
            match codec {
                ULEB => uleb128_zigzag_diff::decode_into(&row, &mut out, OutOfRange::Refuse).is_err(),
                _ => radware_sigcompress::decode_into(&row, 0, &mut out, OutOfRange::Refuse).is_err(),
            }
        });
        score.check(refused, || format!("{codec} reads {}", case["name"]));
    }
    for case in suite["accept"].as_array().unwrap() {
        let (codec, row) = (case["codec"].as_str().unwrap(), bytes(&case["hex"]));
        score.check(decoded(codec, &row, 0) == Ok(integers(&case["output"])), || {
            format!("{codec} does not read {}", case["name"])
        });
    }
    let rows = suite["real_rows"].as_array().unwrap();
    let path = root.join("data/legend-io/codec/LDQTA_r117-radware-c-program.u16");
    if !rows.is_empty() && path.is_file() {
        check_real_rows(&mut score, rows, &path);
    }
    score.report("legend-io/codecs.json");
    assert!(score.failed.is_empty());
}
