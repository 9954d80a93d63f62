//! Speed of reading one LH5 object, in MB of its samples as `uint16` per CPU second of one thread:
//! `cargo run --release -p germane-formats --example lh5_speed -- FILE.lh5 OBJECT [uint16|int32|…] [repeats] [every]`.
//!
//! `every`: only each such row, as a list. Prints JSON: samples, CPU seconds of the fastest repeat, MB per second, peak memory, and
//! the SHA-256 of the samples as `int32`, for a peer to compare with.
#![allow(clippy::print_stdout, reason = "prints a result")]

use germane_columns::NumberType;
use germane_formats::lh5::{self, Content, Decode, Object, ReadOptions, Selection};
use germane_numerics::Inline;
use sha2::{Digest, Sha256};
use std::{env, error::Error, fs, path::Path};

/// Time that this thread has been on a processor, so that a busy machine does not count.
fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1e-9
}

/// Largest resident memory so far, in MB.
fn peak() -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1.024e-3
}

/// Bytes of the largest array below an object, and their type.
fn largest(object: &Object) -> (usize, Vec<u8>) {
    match &object.content {
        Content::Array(values) => (values.count(), values.bytes().map(|bytes| bytes.to_vec()).unwrap_or_default()),
        Content::Vectors(vectors) => largest(&vectors.flattened_data),
        _ => {
            object.members().into_iter().flatten().map(|(_, member)| largest(member)).max_by_key(|(n, _)| *n).unwrap_or_default()
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, object, rest @ ..] = arguments.as_slice() else { return Err("FILE OBJECT [type] [repeats] [every]".into()) };
    let number = match rest.first().map(String::as_str) {
        Some("uint16") => NumberType::U16,
        Some("float32") => NumberType::F32,
        _ => NumberType::I32,
    };
    let repeats: usize = rest.get(1).and_then(|n| n.parse().ok()).unwrap_or(3);
    let every: Option<usize> = rest.get(2).and_then(|n| n.parse().ok());
    let file = lh5::open(Path::new(file))?;
    let mut options = ReadOptions { decode: Decode::To(number), ..ReadOptions::default() };
    if let Some(every) = every {
        options.rows = Selection::List((0..file.rows(object)?.unwrap_or(0)).step_by(every).collect());
    }
    let (mut best, mut result) = (f64::INFINITY, (0, Vec::new()));
    for repeat in 0..repeats {
        let start = cpu_seconds();
        let read = file.read(object, &options, &Inline)?;
        best = best.min(cpu_seconds() - start);
        if repeat + 1 == repeats {
            let memory = peak();
            result = largest(&read.object);
            println!("peak {memory:.0} MB for {} MB of result", result.1.len() / 1_000_000);
        }
    }
    let (samples, bytes) = result;
    let wide: Vec<i32> = match number {
        _ if bytes.len() == 2 * samples => bytes.chunks_exact(2).map(|b| i32::from(u16::from_ne_bytes([b[0], b[1]]))).collect(),
        NumberType::F32 => bytes.chunks_exact(4).map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]]) as i32).collect(),
        _ => bytes.chunks_exact(4).map(|b| i32::from_ne_bytes([b[0], b[1], b[2], b[3]])).collect(),
    };
    let sha: String =
        Sha256::digest(bytemuck::cast_slice::<i32, u8>(&wide)).iter().fold(String::new(), |text, b| text + &format!("{b:02x}"));
    let rate = 2e-6 * samples as f64 / best;
    println!("{{\"samples\": {samples}, \"cpu_s\": {best:.4}, \"mb_per_s\": {rate:.0}, \"sha256\": \"{sha}\"}}");
    Ok(())
}
