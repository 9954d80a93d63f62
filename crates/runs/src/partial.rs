//! What one partition contributes to the products, and its file.
//!
//! ```text
//! offset  size  meaning             equal content = equal bytes: no time, host, path or thread in it
//! 0       8     "GERMPRT1"
//! 8       32    own key
//! 40      8     header length n, u64 LE
//! 48      n     canonical JSON: kind, pass, kernels, identity, start, stop, entries, products [{key, offset, length}]
//! 48+n    …     sections
//! end-32  32    BLAKE3 of everything before
//! ```

use crate::content_key::{Key, canonical};
use serde_json::{Value, json};

const MAGIC: &[u8; 8] = b"GERMPRT1";

/// Which range of which input a partial is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// key of the pass
    pub pass: Key,
    /// versions of the rooms that computed it
    pub kernels: String,
    /// identity of the table
    pub identity: String,
    /// first entry
    pub start: u64,
    /// end of the range
    pub stop: u64,
}

/// Sections by product key, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// input range
    pub origin: Origin,
    /// packed content of each product
    pub sections: Vec<(Key, Vec<u8>)>,
}

impl Partial {
    /// The file's bytes under its own key.
    pub fn to_bytes(&self, own: Key) -> Vec<u8> {
        let mut sections: Vec<_> = self.sections.iter().collect();
        sections.sort_by_key(|(key, _)| *key);
        let mut offset = 0;
        let mut products = Vec::new();
        for (key, bytes) in &sections {
            products.push(json!({"key": key.to_string(), "offset": offset, "length": bytes.len()}));
            offset += bytes.len();
        }
        let header = canonical(&json!({
            "germane_partial": 1, "kind": "leaf", "pass": self.origin.pass.to_string(), "kernels": self.origin.kernels,
            "identity": self.origin.identity, "start": self.origin.start, "stop": self.origin.stop,
            "entries": self.origin.stop - self.origin.start, "products": products,
        }));
        let mut out = Vec::with_capacity(80 + header.len() + offset);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&own.0);
        out.extend_from_slice(&(header.len() as u64).to_le_bytes());
        out.extend_from_slice(&header);
        for (_, bytes) in sections {
            out.extend_from_slice(bytes);
        }
        let digest = blake3::hash(&out);
        out.extend_from_slice(digest.as_bytes());
        out
    }

    /// Reads a file and checks it: magic, key, checksum, header, bounds of every section.
    ///
    /// # Errors
    /// A sentence that says what does not hold.
    pub fn from_bytes(bytes: &[u8], own: Key) -> Result<Self, String> {
        let body_end = bytes.len().checked_sub(32).filter(|&n| n >= 48).ok_or("shorter than its fixed parts")?;
        if &bytes[..8] != MAGIC {
            return Err("does not begin with GERMPRT1".into());
        }
        if blake3::hash(&bytes[..body_end]).as_bytes() != &bytes[body_end..] {
            return Err("checksum does not hold".into());
        }
        if bytes[8..40] != own.0 {
            return Err("holds another key than its name".into());
        }
        let length = u64::from_le_bytes(bytes[40..48].try_into().expect("invariant: eight bytes"));
        let sections_start =
            usize::try_from(length).ok().and_then(|n| n.checked_add(48)).filter(|&n| n <= body_end).ok_or("header is cut")?;
        let header: Value = serde_json::from_slice(&bytes[48..sections_start]).map_err(|e| format!("header: {e}"))?;
        let text = |name: &str| header[name].as_str().ok_or_else(|| format!("header lacks `{name}`"));
        let number = |value: &Value| value.as_u64().ok_or_else(|| "header holds a wrong number".to_owned());
        let parse = |t: &str| Key::parse(t).ok_or_else(|| format!("`{t}` is no key"));
        let origin = Origin {
            pass: parse(text("pass")?)?,
            kernels: text("kernels")?.to_owned(),
            identity: text("identity")?.to_owned(),
            start: number(&header["start"])?,
            stop: number(&header["stop"])?,
        };
        let body = &bytes[sections_start..body_end];
        let mut sections = Vec::new();
        for product in header["products"].as_array().ok_or("header lacks `products`")? {
            let key = parse(product["key"].as_str().ok_or("a product lacks its key")?)?;
            let (offset, length) = (number(&product["offset"])? as usize, number(&product["length"])? as usize);
            let section = offset.checked_add(length).and_then(|end| body.get(offset..end)).ok_or("a section leaves the file")?;
            sections.push((key, section.to_vec()));
        }
        Ok(Self { origin, sections })
    }
}
