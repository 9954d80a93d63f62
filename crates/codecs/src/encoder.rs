//! The compressors, each appending to a vector.

use crate::{Codec, Fault, lzf};
use std::fmt;

/// Contexts of the compressors, made when first needed and again when another level is asked for.
#[derive(Default)]
pub struct Encoder {
    deflate: Option<(i32, libdeflater::Compressor)>,
    zstd: Option<(i32, zstd::bulk::Compressor<'static>)>,
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
