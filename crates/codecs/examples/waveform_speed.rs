//! Speed of the waveform codecs and chunk filters, one thread, in GB of raw samples per CPU second:
//! `cargo run --release -p germane-codecs --example waveform_speed -- WAVEFORMS.u16 5592 [ONLY] [--narrow]`.
//!
//! The file holds rows of little-endian uint16 samples; `benches/waveform_codecs.py` makes it from real ones and measures the
//! peer beside. ONLY is a part of the names to measure; `--narrow` runs the twins for narrow registers.
#![allow(clippy::print_stdout, reason = "prints a table")]

use germane_codecs::{
    Codec, Decoder, Encoder, OutOfRange, Sample, bitshuffle, fletcher32, lz4_blocks, radware_sigcompress, shuffle,
};
use germane_codecs::{Fault, uleb128_zigzag_diff};
use std::{env, error::Error, fs};

const SHIFT: i32 = -32768;
/// Bytes of a chunk for the filters.
const CHUNK: usize = 256 << 10;

/// Time that this thread has been on a processor, so that a busy machine does not count.
fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9
}

/// Best of three, each repeated so long that the steps of the clock (4 ms) do not matter.
fn measure(name: &str, bytes: usize, mut work: impl FnMut()) {
    work();
    if env::args().nth(3).is_some_and(|only| only != "--narrow" && !name.contains(&only)) {
        return;
    }
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let (start, mut repeats) = (cpu_seconds(), 0);
        while cpu_seconds() - start < 0.25 {
            work();
            repeats += 1;
        }
        best = best.min((cpu_seconds() - start) / f64::from(repeats));
    }
    println!("{name:<42} {:7.2} GB/s", bytes as f64 / best * 1e-9);
}

/// Rows one after the other, and where each ends.
struct Rows {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    fn encode(&mut self, samples: &[u16], row: usize, encode: impl Fn(&[u16], &mut Vec<u8>) -> Result<(), Fault>) {
        self.bytes.clear();
        self.ends.clear();
        for row in samples.chunks(row) {
            encode(row, &mut self.bytes).unwrap();
            self.ends.push(self.bytes.len());
        }
    }

    /// All rows one after the other into `out`.
    fn decode<T>(&self, row: usize, out: &mut [T], decode: impl Fn(&[u8], &mut [T]) -> Result<(), Fault>) {
        let mut start = 0;
        for (end, out) in self.ends.iter().zip(out.chunks_mut(row)) {
            decode(&self.bytes[start..*end], out).unwrap();
            start = *end;
        }
    }

    /// Each row into the same place, which stays in the cache.
    fn decode_in_cache<T>(&self, out: &mut [T], decode: impl Fn(&[u8], &mut [T]) -> Result<(), Fault>) {
        let mut start = 0;
        for end in &self.ends {
            decode(&self.bytes[start..*end], out).unwrap();
            start = *end;
        }
    }
}

fn uleb<T: Sample>(bytes: &[u8], out: &mut [T]) -> Result<(), Fault> {
    uleb128_zigzag_diff::decode_into(bytes, out, OutOfRange::Refuse)
}

fn radware<T: Sample>(bytes: &[u8], out: &mut [T]) -> Result<(), Fault> {
    radware_sigcompress::decode_into(bytes, SHIFT, out, OutOfRange::Refuse)
}

fn codecs(samples: &[u16], row: usize) {
    let size = 2 * samples.len();
    let mut rows = Rows { bytes: Vec::new(), ends: Vec::new() };
    let (mut narrow, mut wide, mut floats) = (vec![0_u16; samples.len()], vec![0_i32; samples.len()], vec![0_f32; samples.len()]);
    let report = |rows: &Rows| println!("{:<42} {:7.3} bytes/sample", "  size", rows.bytes.len() as f64 / samples.len() as f64);

    measure("uleb128_zigzag_diff encode", size, || rows.encode(samples, row, uleb128_zigzag_diff::encode));
    report(&rows);
    measure("uleb128_zigzag_diff decode uint16", size, || rows.decode(row, &mut narrow, uleb));
    measure("uleb128_zigzag_diff decode int32", size, || rows.decode(row, &mut wide, uleb));
    assert_eq!(narrow, samples);
    measure("uleb128_zigzag_diff decode uint16 in cache", size, || rows.decode_in_cache(&mut narrow[..row], uleb));
    measure("uleb128_zigzag_diff decode int32 in cache", size, || rows.decode_in_cache(&mut wide[..row], uleb));
    measure("uleb128_zigzag_diff decode float32", size, || rows.decode(row, &mut floats, uleb));

    let encode = |samples: &[u16], out: &mut Vec<u8>| radware_sigcompress::encode(samples, SHIFT, OutOfRange::Refuse, out);
    measure("radware_sigcompress encode", size, || rows.encode(samples, row, encode));
    report(&rows);
    measure("radware_sigcompress decode uint16", size, || rows.decode(row, &mut narrow, radware));
    measure("radware_sigcompress decode int32", size, || rows.decode(row, &mut wide, radware));
    assert_eq!(narrow, samples);
    measure("radware_sigcompress decode uint16 in cache", size, || rows.decode_in_cache(&mut narrow[..row], radware));
    measure("radware_sigcompress decode int32 in cache", size, || rows.decode_in_cache(&mut wide[..row], radware));
    measure("radware_sigcompress decode float32", size, || rows.decode(row, &mut floats, radware));
}

fn filters(raw: &[u8]) {
    let size = raw.len();
    let (mut decoder, mut encoder) = (Decoder::default(), Encoder::default());
    let mut planes = vec![0; size];
    for element in [2, 4, 8] {
        let each = |name: &str, from: &[u8], to: &mut [u8], work: fn(usize, &[u8], &mut [u8])| {
            measure(&format!("{name} {element}"), size, || {
                for (from, to) in from.chunks(CHUNK).zip(to.chunks_mut(CHUNK)) {
                    work(element, from, to);
                }
            });
        };
        each("shuffle", raw, &mut planes, shuffle::shuffle);
        let mut back = vec![0; size];
        each("unshuffle", &planes, &mut back, shuffle::unshuffle);
        assert_eq!(back, raw);
    }
    measure("fletcher32", size, || {
        std::hint::black_box(raw.chunks(CHUNK).map(|chunk| u64::from(fletcher32::checksum(chunk))).sum::<u64>());
    });
    for chunk in planes.chunks_mut(CHUNK).zip(raw.chunks(CHUNK)) {
        shuffle::shuffle(2, chunk.1, chunk.0);
    }
    let mut out = vec![0; CHUNK];
    for (name, codec, level) in
        [("zlib 4", Codec::Zlib, 4), ("zstd 3", Codec::Zstd, 3), ("lzf", Codec::Lzf, 0), ("lz4", Codec::Lz4Block, 0)]
    {
        let mut packed: Vec<Vec<u8>> = Vec::new();
        measure(&format!("{name} compress after shuffle"), size, || {
            packed.clear();
            for chunk in planes.chunks(CHUNK) {
                let mut out = Vec::new();
                let _ = encoder.compress(codec, level, chunk, &mut out);
                packed.push(out);
            }
        });
        let total: usize = packed.iter().map(Vec::len).sum();
        println!("{:<42} {:7.3}", "  ratio", size as f64 / total as f64);
        measure(&format!("{name} decompress after shuffle"), size, || {
            for (packed, raw) in packed.iter().zip(planes.chunks(CHUNK)) {
                decoder.decompress(codec, packed, &mut out[..raw.len()]).unwrap();
            }
        });
    }
    for (name, packing) in [("bits", bitshuffle::Packing::Bits), ("bits, lz4", bitshuffle::Packing::Lz4)] {
        let mut packed = Vec::new();
        measure(&format!("{name} encode"), size, || {
            packed.clear();
            bitshuffle::encode(&mut encoder, 2, 0, packing, raw, &mut packed).unwrap();
        });
        let mut back = vec![0; size];
        measure(&format!("{name} decode"), size, || bitshuffle::decode(&mut decoder, 2, 0, packing, &packed, &mut back).unwrap());
        assert_eq!(back, raw);
    }
    let mut packed = Vec::new();
    lz4_blocks::encode(&mut encoder, CHUNK, raw, &mut packed).unwrap();
    let mut back = vec![0; size];
    measure("lz4 blocks decode", size, || lz4_blocks::decode(&mut decoder, &packed, &mut back).unwrap());
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words: Vec<String> = env::args().skip(1).collect();
    if words.last().is_some_and(|word| word == "--narrow") {
        words.pop();
        germane_numerics::simd::use_narrow_kernels();
    }
    let [file, row, ..] = &words[..] else { return Err("usage: waveform_speed WAVEFORMS.u16 SAMPLES [ONLY] [--narrow]".into()) };
    let raw = fs::read(file)?;
    let samples: Vec<u16> = raw.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    codecs(&samples, row.parse()?);
    filters(&raw);
    Ok(())
}
