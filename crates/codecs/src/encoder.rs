//! The compressors, each appending to a vector.

use crate::{Codec, Fault, lzf, runs_deflate::RunsEncoder};
use std::fmt;

/// Contexts of the compressors, made when first needed and again when another level is asked for.
#[derive(Default)]
pub struct Encoder {
    deflate: Option<(i32, libdeflater::Compressor)>,
    zstd: Option<(i32, zstd::bulk::Compressor<'static>)>,
    /// Searches samples for texts that repeat.
    sampler: Option<libdeflater::Compressor>,
    runs: RunsEncoder,
    sample: Vec<u8>,
    tried: Vec<u8>,
}

/// Pieces of a sample, and bytes of each.
const PIECES: usize = 4;
const PIECE: usize = 4 << 10;
/// Highest level that asks for speed.
const FAST: i32 = 5;

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoder")
    }
}

impl Encoder {
    /// Compresses `input` at the end of `out` and returns the number of bytes written.
    ///
    /// Levels: zlib and deflate 0 to 12 (0 stores), zstd 1 to 22 and the negative ones, xz 0 to 9; lz4 and lzf have none.
    ///
    /// # Errors
    /// A [`Fault`] if there is no such level, or if LZF does not make the bytes fewer; `out` is then as it was.
    pub fn compress(&mut self, codec: Codec, level: i32, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        let start = out.len();
        let written = self.append(codec, level, input, out);
        out.truncate(start + written.as_ref().copied().unwrap_or(0));
        written
    }

    fn append(&mut self, codec: Codec, level: i32, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        let start = out.len();
        match codec {
            Codec::Zlib => {
                let context = self.deflate(level)?;
                out.resize(start + context.zlib_compress_bound(input.len()), 0);
                context.zlib_compress(input, &mut out[start..]).map_err(|e| Fault::new(0, format!("zlib: {e}")))
            }
            Codec::Deflate => {
                let context = self.deflate(level)?;
                out.resize(start + context.deflate_compress_bound(input.len()), 0);
                context.deflate_compress(input, &mut out[start..]).map_err(|e| Fault::new(0, format!("deflate: {e}")))
            }
            Codec::Zstd => {
                let context = self.zstd(level)?;
                out.resize(start + zstd::zstd_safe::compress_bound(input.len()), 0);
                context.compress_to_buffer(input, &mut out[start..]).map_err(|e| Fault::new(0, format!("zstd: {e}")))
            }
            Codec::Lz4Block => {
                out.resize(start + lz4_flex::block::get_maximum_output_size(input.len()), 0);
                lz4_flex::block::compress_into(input, &mut out[start..]).map_err(|e| Fault::new(0, format!("lz4: {e}")))
            }
            Codec::Lzf => lzf::compress(input, out).ok_or_else(|| Fault::new(0, "lzf does not make these bytes fewer")),
            Codec::Xz => xz(level, input, out).map_err(|e| Fault::new(0, format!("xz: {e}"))),
        }
    }

    /// As [`Encoder::compress`] for zlib. Long inputs at levels 1 to 5 are sampled first: if searching for repeated texts would
    /// not make them shorter by more than a thirtieth, as in shuffled samples of waveforms, only runs and frequencies of bytes are
    /// used, which is several times faster. The choice depends on the input alone.
    ///
    /// # Errors
    /// As [`Encoder::compress`].
    pub fn zlib_by_sample(&mut self, level: i32, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        if (1..=FAST).contains(&level) && input.len() >= 2 * PIECES * PIECE && self.only_runs(input) {
            let start = out.len();
            self.runs.zlib(input, out);
            return Ok(out.len() - start);
        }
        self.compress(Codec::Zlib, level, input, out)
    }

    /// Whether a sample of the input gets no shorter by a search for repeated texts.
    fn only_runs(&mut self, input: &[u8]) -> bool {
        let Self { sampler, runs, sample, tried, .. } = self;
        sample.clear();
        let step = input.len() / PIECES;
        (0..PIECES).for_each(|k| sample.extend_from_slice(&input[k * step + (step - PIECE) / 2..][..PIECE]));
        tried.clear();
        runs.zlib(sample, tried);
        let fast = tried.len();
        let level = libdeflater::CompressionLvl::new(1).expect("invariant: there is a level 1");
        let sampler = sampler.get_or_insert_with(|| libdeflater::Compressor::new(level));
        tried.resize(sampler.zlib_compress_bound(sample.len()), 0);
        sampler.zlib_compress(sample, tried).is_ok_and(|searched| fast * 30 <= searched * 31)
    }

    fn deflate(&mut self, level: i32) -> Result<&mut libdeflater::Compressor, Fault> {
        if self.deflate.as_ref().is_none_or(|(made_for, _)| *made_for != level) {
            let known = libdeflater::CompressionLvl::new(level).map_err(|_| no_level("deflate", level))?;
            self.deflate = Some((level, libdeflater::Compressor::new(known)));
        }
        Ok(&mut self.deflate.as_mut().expect("invariant: set above").1)
    }

    fn zstd(&mut self, level: i32) -> Result<&mut zstd::bulk::Compressor<'static>, Fault> {
        if self.zstd.as_ref().is_none_or(|(made_for, _)| *made_for != level) {
            if !zstd::compression_level_range().contains(&level) {
                return Err(no_level("zstd", level));
            }
            let context = zstd::bulk::Compressor::new(level).map_err(|e| Fault::new(0, format!("zstd: {e}")))?;
            self.zstd = Some((level, context));
        }
        Ok(&mut self.zstd.as_mut().expect("invariant: set above").1)
    }
}

fn no_level(codec: &str, level: i32) -> Fault {
    Fault::new(0, format!("{codec} has no level {level}"))
}

fn xz(level: i32, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Box<dyn std::error::Error>> {
    let (start, level) = (out.len(), u32::try_from(level)?);
    let stream = liblzma::stream::Stream::new_easy_encoder(level, liblzma::stream::Check::Crc32)?;
    let mut writer = liblzma::write::XzEncoder::new_stream(out, stream);
    std::io::Write::write_all(&mut writer, input)?;
    Ok(writer.finish()?.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_levels_that_do_not_exist() {
        let (mut encoder, mut out) = (Encoder::default(), vec![1, 2]);
        for (codec, level) in [(Codec::Zlib, 13), (Codec::Zlib, -1), (Codec::Zstd, 23), (Codec::Xz, 10), (Codec::Xz, -1)] {
            assert!(encoder.compress(codec, level, b"germanium", &mut out).is_err(), "{codec:?} {level}");
            assert_eq!(out, [1, 2]);
        }
    }

    #[test]
    fn samples_decide_between_two_ways_to_the_same_bytes() {
        let (mut encoder, mut state) = (Encoder::default(), 1_u32);
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 28) as u8
        });
        let noise: Vec<u8> = noise.take(100_000).collect();
        let texts = b"ch1104000 ch1104001 ch1104002 detectors that repeat ".repeat(2000);
        for (input, runs) in [(&noise, true), (&texts, false), (&vec![3; 70_000], true)] {
            assert_eq!(encoder.only_runs(input), runs);
            for level in [1, 4, 6] {
                let mut out = vec![1, 2];
                let n = encoder.zlib_by_sample(level, input, &mut out).unwrap();
                assert_eq!(out.len(), n + 2);
                let mut back = vec![0; input.len()];
                crate::Decoder::default().decompress(Codec::Zlib, &out[2..], &mut back).unwrap();
                assert_eq!(&back, input);
            }
        }
    }

    #[test]
    fn appends_and_changes_its_level() {
        let (mut encoder, mut out) = (Encoder::default(), Vec::new());
        let raw = b"energy energy energy energy energy".repeat(40);
        let mut ends = vec![0];
        for level in [1, 9, 9, 4] {
            let n = encoder.compress(Codec::Zlib, level, &raw, &mut out).unwrap();
            ends.push(ends[ends.len() - 1] + n);
            assert_eq!(out.len(), ends[ends.len() - 1]);
        }
        for pair in ends.windows(2) {
            let mut back = vec![0; raw.len()];
            crate::Decoder::default().decompress(Codec::Zlib, &out[pair[0]..pair[1]], &mut back).unwrap();
            assert_eq!(back, raw);
        }
    }
}
