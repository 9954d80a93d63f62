//! Digests as lists of records show them.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// First 16 hex digits of SHA-256.
pub(super) fn short_sha(bytes: &[u8]) -> String {
    short_hex(&Sha256::digest(bytes))
}

/// The same of a digest.
pub(super) fn short_hex(digest: &[u8]) -> String {
    digest.iter().take(8).fold(String::with_capacity(16), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
