//! The compressors, each appending to a vector.

use crate::{Codec, Fault, lzf, runs_deflate::RunsEncoder};
use std::fmt;

/// Contexts of the compressors, made when first needed and again when another level is asked for.
#[derive(Default)]
pub struct Encoder {
    deflate: Option<(i32, libdeflater::Compressor)>,
    zstd: Option<(i32, zstd::bulk::Compressor<'static>)>,
    /// The one of the quickest level, which samples are searched with.
    quickest: Option<(i32, libdeflater::Compressor)>,
    runs: RunsEncoder,
    sample: Vec<u8>,
    tried: Vec<u8>,
}

/// Bytes of the sample of one half of an input, and of the pieces that it is made of.
const SAMPLE: usize = 4 << 10;
const PIECE: usize = 2 << 10;
/// Shortest input that is sampled.
const LONG: usize = 32 << 10;
/// Highest level that asks for speed.
const FAST: i32 = 5;
/// The level that searches least.
const QUICKEST: i32 = 1;

/// Whether `quick` bytes are worth their speed beside `best`: a thirtieth more at most, and the ends of streams.
fn is_worth(quick: usize, best: usize) -> bool {
    const ENDS: usize = 8;
    quick * 30 <= (best + ENDS) * 31
}

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

    /// As [`Encoder::compress`] for zlib. Long inputs at levels 1 to 5 are sampled first: where searching for repeated texts would
    /// not make them shorter by more than a thirtieth, as in shuffled samples of waveforms, only runs and frequencies of bytes are
    /// used, which is several times faster. That is decided for the two halves of the input, so that the low bytes of shuffled
    /// 16-bit samples need not be searched because the high ones are. The choice depends on the input alone.
    ///
    /// # Errors
    /// As [`Encoder::compress`].
    pub fn zlib_by_sample(&mut self, level: i32, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        if !(1..=FAST).contains(&level) || input.len() < LONG {
            return self.compress(Codec::Zlib, level, input, out);
        }
        let start = out.len();
        match self.plan(level, input)? {
            Plan::Search { level } => return self.compress(Codec::Zlib, level, input, out),
            Plan::Runs => self.runs.zlib(input, out),
            Plan::SearchSecondHalf { level } => {
                let (first, second) = input.split_at(input.len() / 2);
                self.runs.zlib_begin(first, out);
                self.compress(Codec::Deflate, level, second, out)?;
                out.extend(libdeflater::adler32(input).to_be_bytes());
            }
        }
        Ok(out.len() - start)
    }

    /// The way that needs the least search of those whose samples are about as short as the shortest.
    fn plan(&mut self, level: i32, input: &[u8]) -> Result<Plan, Fault> {
        let mut sample = std::mem::take(&mut self.sample);
        let mut tried = std::mem::take(&mut self.tried);
        let half = input.len() / 2;
        let sizes = [&input[..half], &input[half..]].map(|half| {
            sample.clear();
            let pieces = SAMPLE / PIECE;
            let step = half.len() / pieces;
            (0..pieces).for_each(|k| sample.extend_from_slice(&half[k * step + (step - PIECE) / 2..][..PIECE]));
            tried.clear();
            self.runs.zlib(&sample, &mut tried);
            let runs = tried.len();
            let quick = self.searched(QUICKEST, &sample, &mut tried)?;
            // Where the quickest search gains nothing, a longer one gains little.
            let best = if is_worth(runs, quick) { quick } else { self.searched(level, &sample, &mut tried)? };
            Ok(Sizes { runs, quick, best })
        });
        (self.sample, self.tried) = (sample, tried);
        let [first, second] = sizes;
        let (first, second) = (first?, second?);
        let quicker =
            |before: usize, quick: usize, best: usize| if is_worth(before + quick, before + best) { QUICKEST } else { level };
        let shortest = (first.runs + second.runs).min(first.runs + second.quick).min(first.quick + second.quick);
        Ok(if is_worth(first.runs + second.runs, shortest) {
            Plan::Runs
        } else if is_worth(first.runs + second.quick, shortest) {
            Plan::SearchSecondHalf { level: quicker(first.runs, second.quick, second.best) }
        } else {
            Plan::Search { level: quicker(0, first.quick + second.quick, first.best + second.best) }
        })
    }

    /// Bytes that a sample takes at this level.
    fn searched(&mut self, level: i32, sample: &[u8], tried: &mut Vec<u8>) -> Result<usize, Fault> {
        let context = self.deflate(level)?;
        tried.resize(context.zlib_compress_bound(sample.len()), 0);
        context.zlib_compress(sample, tried).map_err(|e| Fault::new(0, format!("zlib: {e}")))
    }

    fn deflate(&mut self, level: i32) -> Result<&mut libdeflater::Compressor, Fault> {
        compressor(if level == QUICKEST { &mut self.quickest } else { &mut self.deflate }, level)
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

/// Where a long input is searched for repeated texts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    Runs,
    SearchSecondHalf { level: i32 },
    Search { level: i32 },
}

/// Bytes of the sample of a half: without a search, with the quickest, at the level that is asked for.
struct Sizes {
    runs: usize,
    quick: usize,
    best: usize,
}

fn compressor(slot: &mut Option<(i32, libdeflater::Compressor)>, level: i32) -> Result<&mut libdeflater::Compressor, Fault> {
    if slot.as_ref().is_none_or(|(made_for, _)| *made_for != level) {
        let known = libdeflater::CompressionLvl::new(level).map_err(|_| no_level("deflate", level))?;
        *slot = Some((level, libdeflater::Compressor::new(known)));
    }
    Ok(&mut slot.as_mut().expect("invariant: set above").1)
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
        let counts: Vec<u8> = (0..50_000_u32).flat_map(|k| [b"germanium"[k as usize % 9], 7, (k >> 8) as u8]).collect();
        let halves = [&noise[..50_000], &texts[..50_000]].concat();
        let other = [&texts[..50_000], &noise[..50_000]].concat();
        for (input, search) in [(&noise, (false, false)), (&vec![3; 70_000], (false, false)), (&halves, (false, true))]
            .into_iter()
            .chain([(&texts, (true, true)), (&other, (true, true)), (&counts, (true, true))])
        {
            let plan = encoder.plan(4, input).unwrap();
            assert_eq!((matches!(plan, Plan::Search { .. }), plan != Plan::Runs), search, "{plan:?}");
            for level in [1, 4, 6] {
                let mut out = vec![1, 2];
                let n = encoder.zlib_by_sample(level, input, &mut out).unwrap();
                assert_eq!(out.len(), n + 2);
                let mut back = vec![0; input.len()];
                crate::Decoder::default().decompress(Codec::Zlib, &out[2..], &mut back).unwrap();
                assert_eq!(&back, input);
                let mut again = vec![1, 2];
                Encoder::default().zlib_by_sample(level, input, &mut again).unwrap();
                assert_eq!(again, out, "what was compressed before has no influence");
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
