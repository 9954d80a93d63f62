//! Decompression kernels for file blocks, with every size checked first.
//!
//! A [`Decoder`] holds the contexts of all codecs and is used again for block after block; nothing is allocated in steady
//! state. [`root::decompress`] walks the chain of compressed blocks that a ROOT record consists of.
//!
//! ```
//! use germane_codecs::{Codec, Decoder};
//! let mut out = [0_u8; 5];
//! // lz4: one token (5 literals), then the literals
//! Decoder::default().decompress(Codec::Lz4Block, &[0x50, b'h', b'e', b'l', b'l', b'o'], &mut out)?;
//! assert_eq!(&out, b"hello");
//! # Ok::<(), germane_codecs::Fault>(())
//! ```

mod codec;
pub mod root;

pub use codec::{Codec, Decoder, Fault};
