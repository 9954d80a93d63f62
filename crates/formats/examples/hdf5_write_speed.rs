//! Speed of writing rows of a dataset, in MB of its elements per CPU second of one thread:
//! `cargo run --release -p germane-formats --example hdf5_write_speed -- FILE.lh5 PATH OUT.h5 [datasets] [rows]`.
//!
//! The rows of FILE go round and round to `datasets` datasets (200), `rows` (16) at a time, as a raw conversion hands them over,
//! in chunks of about 256 kB. Prints a line of JSON for each pipeline of filters: CPU seconds, MB per second, bytes of the file.
#![allow(clippy::print_stdout, reason = "prints a result")]

use germane_formats::hdf5::{DatasetSpec, FileWriter, Filter, FormatVersion, Hdf5File, Node, Rows, Values};
use germane_numerics::Inline;
use std::{env, error::Error, fs, path::Path};

/// Time that this thread has been on a processor, so that a busy machine does not count.
fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1e-9
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, path, out, rest @ ..] = arguments.as_slice() else { return Err("FILE PATH OUT [datasets] [rows]".into()) };
    let count = rest.first().map_or(Ok(200), |n| n.parse())?;
    let step: usize = rest.get(1).map_or(Ok(16), |n| n.parse())?;
    let Node::Dataset(dataset) = Hdf5File::open_path(Path::new(file))?.get(path)? else { return Err("no dataset".into()) };
    let all = dataset.read(&Rows::All, &Inline)?;
    let bytes = all.bytes().ok_or("elements of any length")?;
    let row = bytes.len() / all.rows();
    let shuffle = Filter::Shuffle { size: 0 };
    let pipelines = [
        ("none", vec![]),
        ("shuffle", vec![shuffle.clone()]),
        ("deflate 4", vec![Filter::Deflate { level: 4 }]),
        ("shuffle deflate 4", vec![shuffle.clone(), Filter::Deflate { level: 4 }]),
        ("shuffle deflate 1", vec![shuffle.clone(), Filter::Deflate { level: 1 }]),
        ("shuffle zstd 3", vec![shuffle.clone(), Filter::Zstd { level: Some(3) }]),
        ("zstd 3", vec![Filter::Zstd { level: Some(3) }]),
        ("shuffle lzf", vec![shuffle, Filter::Lzf { values: vec![] }]),
        ("bitshuffle lz4", vec![Filter::Bitshuffle { values: vec![0, 2] }]),
    ];
    for (name, filters) in pipelines {
        let start = cpu_seconds();
        let mut writer = FileWriter::create(Path::new(out), FormatVersion::Earliest)?;
        let inner: Vec<u64> = all.shape[1..].iter().map(|&n| n as u64).collect();
        let chunk = ((256 << 10) / row).max(1) as u64;
        for n in 0..count {
            let spec = DatasetSpec {
                element: all.element.clone(),
                shape: [&[0], inner.as_slice()].concat(),
                max_shape: std::iter::once(None).chain(inner.iter().map(|&n| Some(n))).collect(),
                chunk: Some([&[chunk], inner.as_slice()].concat()),
                filters: filters.clone(),
                fill: None,
            };
            writer.create_dataset(&format!("ch{n:07}/raw/waveform/values"), &spec)?;
        }
        let mut written = vec![0_u64; count];
        for (k, from) in (0..all.rows()).step_by(step).enumerate() {
            let rows = step.min(all.rows() - from);
            let mut shape = all.shape.clone();
            shape[0] = rows;
            let values = Values::fixed(all.element.clone(), shape, bytes.slice_with_length(from * row, rows * row));
            let n = k % count;
            writer.write_rows(&format!("ch{n:07}/raw/waveform/values"), written[n], &values, &Inline)?;
            written[n] += rows as u64;
        }
        writer.finish()?;
        let seconds = cpu_seconds() - start;
        let rate = bytes.len() as f64 / 1e6 / seconds;
        println!(
            "{{\"filters\": \"{name}\", \"seconds\": {seconds:.3}, \"mb_per_s\": {rate:.0}, \"file_bytes\": {}}}",
            fs::metadata(out)?.len()
        );
    }
    Ok(())
}
