//! Compression kernels for file blocks, both ways, with every size checked first.
//!
//! A [`Decoder`] holds the contexts of all codecs and is used again for block after block; nothing is allocated in steady
//! state. An [`Encoder`] is its counterpart. [`root::decompress`] walks the chain of compressed blocks that a ROOT record
//! consists of; [`mod@shuffle`], [`bitshuffle`], [`lz4_blocks`], [`lzf`] and [`fletcher32`] are filters of HDF5 chunks.
//! [`uleb128_zigzag_diff`] and [`radware_sigcompress`] are the waveform codecs of LEGEND.
//!
//! ```
//! use germane_codecs::{Codec, Decoder};
//! let mut out = [0_u8; 5];
//! // lz4: one token (5 literals), then the literals
//! Decoder::default().decompress(Codec::Lz4Block, &[0x50, b'h', b'e', b'l', b'l', b'o'], &mut out)?;
//! assert_eq!(&out, b"hello");
//! # Ok::<(), germane_codecs::Fault>(())
//! ```

pub mod bitshuffle;
mod codec;
mod encoder;
pub mod fletcher32;
pub mod lz4_blocks;
pub mod lzf;
pub mod radware_sigcompress;
pub mod root;
mod runs_deflate;
mod samples;
pub mod shuffle;
pub mod uleb128_zigzag_diff;

pub use codec::{Codec, Decoder, Fault, crc32};
pub use encoder::Encoder;
pub use samples::{OutOfRange, Sample};
