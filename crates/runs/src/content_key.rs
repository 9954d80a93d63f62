//! Content keys: BLAKE3 over a tag and length-prefixed parts, and the canonical JSON that goes into them.
//!
//! Source: RFC 8785 for the canonical form.

use serde_json::{Map, Value, json};
use std::fmt;

/// A 32-byte name of a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; 32]);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Key {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut out = [0; 32];
        if bytes.len() != 64 {
            return None;
        }
        for (byte, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(out))
    }
}

/// BLAKE3 over, for tag and each part, its length (u64, little endian) and its bytes.
pub fn key(tag: &str, parts: &[&[u8]]) -> Key {
    let mut hasher = blake3::Hasher::new();
    for part in std::iter::once(tag.as_bytes()).chain(parts.iter().copied()) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Key(*hasher.finalize().as_bytes())
}

/// RFC 8785 bytes of a document; integers from 2^53 on are `{"int": "…"}`, so that every reader gets the same number.
pub fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(&exact_numbers(value)).expect("invariant: a JSON value without non-finite numbers")
}

/// A float as the canonical form writes it: non-finite ones are `{"float": "nan"|"inf"|"-inf"}`.
pub fn float(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else {
        let name = if value.is_nan() {
            "nan"
        } else if value > 0.0 {
            "inf"
        } else {
            "-inf"
        };
        json!({"float": name})
    }
}

fn exact_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if magnitude.is_some_and(|m| m >= 1 << 53) { json!({"int": number.to_string()}) } else { value.clone() }
        }
        Value::Array(items) => Value::Array(items.iter().map(exact_numbers).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), exact_numbers(v))).collect::<Map<_, _>>()),
        other => other.clone(),
    }
}

/// Key of a node, `of` of which holds the keys of the nodes it takes.
pub fn node_key(node: &Value) -> Key {
    key("germane node 1", &[&canonical(node)])
}

/// Key of a pass: of the products that it fills.
pub fn pass_key(products: &[Key]) -> Key {
    let mut sorted = products.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let parts: Vec<&[u8]> = sorted.iter().map(|k| k.0.as_slice()).collect();
    key("germane pass 1", &parts)
}

/// Key of the partial of one range of one file.
pub fn leaf_key(pass: Key, kernels: &str, identity: &str, start: u64, stop: u64) -> Key {
    let mut range = [0; 16];
    range[..8].copy_from_slice(&start.to_le_bytes());
    range[8..].copy_from_slice(&stop.to_le_bytes());
    key("germane partial 1", &[&pass.0, kernels.as_bytes(), identity.as_bytes(), &range])
}
