//! Speed of reading one dataset, in MB of its elements per CPU second of one thread:
//! `cargo run --release -p germane-formats --example hdf5_speed -- FILE.lh5 PATH [repeats] [--reuse]`.
//!
//! Prints JSON: bytes, CPU seconds of the fastest repeat, MB per second, SHA-256 of the elements, for a peer to compare with.
//! `--reuse` reads into the same memory again and again, as iteration does; else memory is new each time.
#![allow(clippy::print_stdout, reason = "prints a result")]

use germane_formats::hdf5::{Hdf5File, Node, Rows};
use germane_numerics::Inline;
use sha2::{Digest, Sha256};
use std::{env, error::Error, fs, path::Path};

/// Time that this thread has been on a processor, so that a busy machine does not count.
fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1e-9
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, path, rest @ ..] = arguments.as_slice() else { return Err("FILE PATH [repeats] [--reuse]".into()) };
    let repeats = rest.first().and_then(|n| n.parse().ok()).unwrap_or(3);
    let reuse = rest.iter().any(|argument| argument == "--reuse");
    let mut best = f64::INFINITY;
    let mut memory: Vec<u8> = Vec::new();
    let mut sha = String::new();
    for repeat in 0..repeats {
        let start = cpu_seconds();
        let Node::Dataset(dataset) = Hdf5File::open_path(Path::new(file))?.get(path)? else { return Err("no dataset".into()) };
        if reuse {
            memory.resize(dataset.raw_bytes() as usize, 0);
            let start = cpu_seconds();
            dataset.read_bytes_into(&Rows::All, &mut memory, &Inline)?;
            best = best.min(cpu_seconds() - start);
        } else {
            let values = dataset.read(&Rows::All, &Inline)?;
            best = best.min(cpu_seconds() - start);
            if repeat == 0 {
                memory = values.bytes().ok_or("elements of any length")?.to_vec();
            }
        }
        if repeat == 0 {
            sha = Sha256::digest(&memory).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        }
    }
    let (bytes, rate) = (memory.len(), memory.len() as f64 / best * 1e-6);
    println!("{{\"bytes\": {bytes}, \"cpu_s\": {best:.4}, \"mb_per_s\": {rate:.0}, \"sha256\": \"{sha}\"}}");
    Ok(())
}
