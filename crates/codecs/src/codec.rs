//! The codecs, each writing into a slice of exactly the expected size.

use crate::lzf;
use std::fmt;

/// Compression of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// RFC 1950: deflate with header and Adler-32
    Zlib,
    /// RFC 1951: deflate alone
    Deflate,
    /// the xz container with its CRC
    Xz,
    /// LZ4 block without frame
    Lz4Block,
    /// one or more zstd frames
    Zstd,
    /// LZF as h5py stores it
    Lzf,
}

impl Codec {
    /// Name as users know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
            Self::Xz => "xz",
            Self::Lz4Block => "lz4",
            Self::Zstd => "zstd",
            Self::Lzf => "lzf",
        }
    }
}

/// Why bytes could not be decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Offset of the block in the compressed bytes.
    pub at: usize,
    /// One line: codec and reason.
    pub reason: String,
}

impl Fault {
    pub(crate) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Fault {}

/// Largest memory the xz decoder may ask for: the dictionary of preset 9 and its tables.
const XZ_MEMORY: u64 = 66 << 20;

/// Contexts of all codecs, made when first needed.
#[derive(Default)]
pub struct Decoder {
    deflate: Option<libdeflater::Decompressor>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoder")
    }
}

impl Decoder {
    /// Decompresses `input` into `output`, which must be filled exactly.
    ///
    /// # Errors
    /// A [`Fault`] if the bytes are no stream of this codec, a checksum is wrong, or the size differs.
    pub fn decompress(&mut self, codec: Codec, input: &[u8], output: &mut [u8]) -> Result<(), Fault> {
        let wanted = output.len();
        let got = self.decompress_some(codec, input, output)?;
        if got == wanted {
            return Ok(());
        }
        Err(Fault::new(0, format!("{} gives {got} bytes where {wanted} are promised", codec.name())))
    }

    /// Decompresses `input` into the beginning of `output` and returns the number of bytes, for streams whose size is only
    /// bounded (one filter behind another).
    ///
    /// # Errors
    /// A [`Fault`] if the bytes are no stream of this codec, a checksum is wrong, or they do not fit.
    pub fn decompress_some(&mut self, codec: Codec, input: &[u8], output: &mut [u8]) -> Result<usize, Fault> {
        match codec {
            Codec::Zlib => self.zlib(input, output),
            Codec::Deflate => self.deflate().deflate_decompress(input, output).map_err(|e| deflate_fault(codec, e)),
            Codec::Xz => xz(input, output),
            Codec::Lz4Block => {
                lz4_flex::block::decompress_into(input, output).map_err(|e| Fault::new(0, format!("lz4 block damaged: {e}")))
            }
            Codec::Zstd => self.zstd(input, output),
            Codec::Lzf => lzf::decompress(input, output),
        }
    }

    fn deflate(&mut self) -> &mut libdeflater::Decompressor {
        self.deflate.get_or_insert_with(libdeflater::Decompressor::new)
    }

    fn zlib(&mut self, input: &[u8], output: &mut [u8]) -> Result<usize, Fault> {
        let error = match self.deflate().zlib_decompress(input, output) {
            Ok(n) => return Ok(n),
            Err(error) => error,
        };
        // libdeflate does not tell a wrong checksum from a broken stream; only users of damaged files pay for asking again.
        if let Some(body) = input.get(2..input.len().saturating_sub(4))
            && self.deflate().deflate_decompress(body, output) == Ok(output.len())
        {
            return Err(Fault::new(0, "zlib checksum wrong (Adler-32)"));
        }
        Err(deflate_fault(Codec::Zlib, error))
    }

    fn zstd(&mut self, input: &[u8], output: &mut [u8]) -> Result<usize, Fault> {
        if self.zstd.is_none() {
            self.zstd = Some(zstd::bulk::Decompressor::new().map_err(|e| Fault::new(0, format!("zstd: {e}")))?);
        }
        let context = self.zstd.as_mut().expect("invariant: set above");
        context.decompress_to_buffer(input, output).map_err(|e| Fault::new(0, format!("zstd frame damaged: {e}")))
    }
}

fn deflate_fault(codec: Codec, error: libdeflater::DecompressionError) -> Fault {
    let reason = match error {
        libdeflater::DecompressionError::BadData => format!("{} stream damaged", codec.name()),
        libdeflater::DecompressionError::InsufficientSpace => format!("{} stream is longer than promised", codec.name()),
    };
    Fault::new(0, reason)
}

fn xz(input: &[u8], output: &mut [u8]) -> Result<usize, Fault> {
    use liblzma::stream::{Action, Status, Stream};
    let fault = |e: liblzma::stream::Error| Fault::new(0, format!("xz stream damaged or its CRC wrong: {e}"));
    let mut stream = Stream::new_stream_decoder(XZ_MEMORY, 0).map_err(fault)?;
    match stream.process(input, output, Action::Finish).map_err(fault)? {
        Status::StreamEnd => Ok(stream.total_out() as usize),
        _ => Err(Fault::new(0, "xz stream does not end where promised")),
    }
}

/// CRC-32 of `bytes` as zip, gzip and PNG have it (polynomial 0x04C11DB7, reflected).
///
/// ```
/// // the check value of the catalogue of parametrised CRC algorithms
/// assert_eq!(germane_codecs::crc32(b"123456789"), 0xCBF4_3926);
/// ```
pub fn crc32(bytes: &[u8]) -> u32 {
    libdeflater::crc32(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Codec; 6] = [Codec::Zlib, Codec::Deflate, Codec::Xz, Codec::Lz4Block, Codec::Zstd, Codec::Lzf];

    fn compress(codec: Codec, raw: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match crate::Encoder::default().compress(codec, 6, raw, &mut out) {
            Ok(_) => Some(out),
            Err(fault) => {
                assert_eq!(codec, Codec::Lzf, "{fault}");
                None
            }
        }
    }

    #[test]
    fn says_that_the_adler_sum_is_wrong() {
        let mut packed = compress(Codec::Zlib, b"four-vectors, four-vectors").unwrap();
        *packed.last_mut().unwrap() ^= 1;
        let fault = Decoder::default().decompress(Codec::Zlib, &packed, &mut [0; 26]).unwrap_err();
        assert!(fault.reason.contains("Adler-32"), "{fault}");
    }

    proptest! {
        #[test]
        fn every_codec_returns_what_went_in(raw in proptest::collection::vec(0_u8..4, 1..3000)) {
            let mut decoder = Decoder::default();
            for codec in ALL {
                let Some(packed) = compress(codec, &raw) else { continue };
                let mut out = vec![0; raw.len()];
                decoder.decompress(codec, &packed, &mut out).unwrap();
                prop_assert_eq!(&out, &raw);
                let mut longer = vec![0; raw.len() + 1];
                prop_assert!(decoder.decompress(codec, &packed, &mut longer).is_err());
                prop_assert_eq!(decoder.decompress_some(codec, &packed, &mut longer), Ok(raw.len()));
                let mut shorter = vec![0; raw.len() - 1];
                prop_assert!(decoder.decompress(codec, &packed, &mut shorter).is_err());
            }
        }

        #[test]
        fn no_codec_panics_on_noise(noise in proptest::collection::vec(any::<u8>(), 0..300), size in 0_usize..2000) {
            let mut decoder = Decoder::default();
            for codec in ALL {
                let _ = decoder.decompress(codec, &noise, &mut vec![0; size]);
            }
        }
    }
}
