//! How datasets are stored: chunks, filters, codecs; what each source of settings says, and which wins.

use super::Attributes;
use super::codec::Codec;
use crate::hdf5::{Attribute, Filter};
use serde_json::Value;

/// Compression of chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// none
    None,
    /// zlib, levels 0 to 9
    Deflate,
    /// LZF
    Lzf,
    /// Zstandard
    Zstd,
    /// LZ4 in blocks
    Lz4,
    /// any filter with its parameters
    Filter(Filter),
}

/// Settings of a dataset; what is `None` is left to weaker settings, at last to the default: shuffle, deflate 4, chunks of about
/// 256 kB in whole rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// compression of chunks
    pub compression: Option<Compression>,
    /// its level
    pub level: Option<i32>,
    /// bytes of equal weight side by side
    pub shuffle: Option<bool>,
    /// a checksum with each chunk
    pub fletcher32: Option<bool>,
    /// shape of a chunk; axes that are not named are taken whole
    pub chunks: Option<Vec<u64>>,
    /// these filters and no others, in the order of writing
    pub filters: Option<Vec<Filter>>,
    /// codec of waveforms, which are then stored encoded
    pub codec: Option<Codec>,
}

/// Bytes of a chunk: whole rows near this.
const CHUNK: u64 = 256 << 10;
/// Bytes of a chunk of an object that has fewer.
const SMALL_CHUNK: u64 = 32 << 10;
/// The default level of deflate, as h5py's.
const DEFLATE_LEVEL: i32 = 4;
/// The default level of Zstandard.
const ZSTD_LEVEL: i32 = 3;

impl Storage {
    /// These settings, and `below` where they say nothing. Filters that were named as a list end with their own source.
    #[must_use]
    pub fn or(&self, below: &Self) -> Self {
        let lists = self.compression.is_none() && self.shuffle.is_none() && self.fletcher32.is_none() && self.level.is_none();
        Self {
            compression: self.compression.clone().or_else(|| below.compression.clone()),
            level: self.level.or(below.level),
            shuffle: self.shuffle.or(below.shuffle),
            fletcher32: self.fletcher32.or(below.fletcher32),
            chunks: self.chunks.clone().or_else(|| below.chunks.clone()),
            filters: self.filters.clone().or_else(|| if lists { below.filters.clone() } else { None }),
            codec: self.codec.or(below.codec),
        }
    }

    /// Settings in the attributes `compression` (a name, or a map in JSON) and `hdf5_settings` (a map in JSON, which wins).
    ///
    /// # Errors
    /// What is wrong in them.
    pub fn of(attributes: &Attributes) -> Result<Self, String> {
        let text = |name: &str| match attributes.get(name) {
            None | Some(Attribute::Empty) => Ok(None),
            Some(Attribute::Text(text)) => Ok(Some(text.trim())),
            Some(Attribute::Values(_)) => Err(format!("the attribute `{name}` is no text")),
        };
        let map = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| format!("`{text}` is no JSON: {error}"));
        let mut made = Self::default();
        match text("compression")? {
            Some(json) if json.starts_with('{') => made.set(&map(json)?)?,
            Some(name) => made.set_compression(&Value::String(name.to_owned()))?,
            None => {}
        }
        if let Some(json) = text("hdf5_settings")? {
            let mut stronger = Self::default();
            stronger.set(&map(json)?)?;
            made = stronger.or(&made);
        }
        Ok(made)
    }

    fn set(&mut self, map: &Value) -> Result<(), String> {
        let map = map.as_object().ok_or("settings are a map")?;
        for (name, value) in map {
            let wrong = || format!("`{name}: {value}` is no setting");
            match name.as_str() {
                "compression" => self.set_compression(value)?,
                "compression_opts" => self.level = Some(value.as_i64().and_then(|n| i32::try_from(n).ok()).ok_or_else(wrong)?),
                "shuffle" => self.shuffle = Some(value.as_bool().ok_or_else(wrong)?),
                "fletcher32" => self.fletcher32 = Some(value.as_bool().ok_or_else(wrong)?),
                "chunks" => {
                    let axes = value.as_array().and_then(|axes| axes.iter().map(Value::as_u64).collect::<Option<Vec<u64>>>());
                    self.chunks = Some(axes.filter(|axes| !axes.is_empty() && !axes.contains(&0)).ok_or_else(wrong)?);
                }
                _ => {
                    return Err(format!(
                        "no setting `{name}`: there is chunks, compression, compression_opts, fletcher32, shuffle"
                    ));
                }
            }
        }
        Ok(())
    }

    fn set_compression(&mut self, value: &Value) -> Result<(), String> {
        self.compression = Some(match value {
            Value::Null | Value::Bool(false) => Compression::None,
            Value::Bool(true) => Compression::Deflate,
            Value::Number(level) if level.as_i64().is_some_and(|level| (0..10).contains(&level)) => {
                self.level = level.as_i64().map(|level| level as i32);
                Compression::Deflate
            }
            Value::String(name) => match name.as_str() {
                "gzip" | "deflate" => Compression::Deflate,
                "lzf" => Compression::Lzf,
                "zstd" => Compression::Zstd,
                "lz4" => Compression::Lz4,
                "none" => Compression::None,
                "uleb128_zigzag_diff" => return self.set_codec(Codec::Uleb128ZigzagDiff),
                "radware_sigcompress" => return self.set_codec(Codec::RadwareSigcompress { shift: 0 }),
                _ => {
                    return Err(format!(
                        "no compression `{name}`: there is gzip, lzf, zstd, lz4, none, and the codecs radware_sigcompress, uleb128_zigzag_diff"
                    ));
                }
            },
            _ => return Err(format!("`{value}` is no compression")),
        });
        Ok(())
    }

    fn set_codec(&mut self, codec: Codec) -> Result<(), String> {
        self.codec = Some(codec);
        Ok(())
    }

    /// The filters for elements of `size` bytes, in the order of writing.
    pub(super) fn pipeline(&self, size: usize) -> Vec<Filter> {
        if let Some(filters) = &self.filters {
            return filters.iter().map(|filter| sized(filter, size)).collect();
        }
        let mut filters = Vec::new();
        // One byte has nothing to shuffle.
        if self.shuffle.unwrap_or(true) {
            filters.push(Filter::Shuffle { size: size as u32 });
        }
        match self.compression.as_ref().unwrap_or(&Compression::Deflate) {
            Compression::None => {}
            Compression::Deflate => {
                filters.push(Filter::Deflate { level: self.level.unwrap_or(DEFLATE_LEVEL).clamp(0, 9) as u32 });
            }
            Compression::Lzf => filters.push(Filter::Lzf { values: Vec::new() }),
            Compression::Zstd => filters.push(Filter::Zstd { level: Some(self.level.unwrap_or(ZSTD_LEVEL)) }),
            Compression::Lz4 => filters.push(Filter::Lz4 { block: None }),
            Compression::Filter(filter) => filters.push(sized(filter, size)),
        }
        if self.fletcher32 == Some(true) {
            filters.push(Filter::Fletcher32);
        }
        filters
    }

    /// Shape of a chunk of an array of this shape, of which more rows may come.
    pub(super) fn chunk(&self, shape: &[u64], size: usize, growing: bool) -> Vec<u64> {
        let inner = shape.get(1..).unwrap_or_default();
        if let Some(chunks) = &self.chunks {
            let whole = |(axis, length): (usize, &u64)| chunks.get(axis + 1).copied().unwrap_or(*length).max(1);
            return std::iter::once(chunks[0]).chain(inner.iter().enumerate().map(whole)).collect();
        }
        let row = inner.iter().fold(size as u64, |bytes, axis| bytes.saturating_mul(*axis)).max(1);
        let wanted = shape.first().copied().unwrap_or(0).saturating_mul(row);
        let bytes = if growing { CHUNK } else { wanted.clamp(SMALL_CHUNK, CHUNK) };
        std::iter::once((bytes / row).max(1)).chain(inner.iter().map(|axis| (*axis).max(1))).collect()
    }
}

/// A filter with the size of the element where it needs one.
fn sized(filter: &Filter, size: usize) -> Filter {
    match filter {
        Filter::Shuffle { .. } => Filter::Shuffle { size: size as u32 },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), Attribute::Text((*text).to_owned()))).collect()
    }

    #[test]
    fn stronger_settings_win_word_by_word() {
        let call = Storage { compression: Some(Compression::Lzf), shuffle: Some(false), ..Storage::default() };
        assert_eq!(call.pipeline(4), [Filter::Lzf { values: vec![] }]);
        let settings = r#"{"compression_opts": 9, "chunks": [64], "fletcher32": true}"#;
        let own = Storage::of(&attributes(&[("compression", "gzip"), ("hdf5_settings", settings)])).unwrap();
        let all = own.or(&Storage { compression: Some(Compression::Lzf), ..Storage::default() });
        assert_eq!(all.pipeline(4), [Filter::Shuffle { size: 4 }, Filter::Deflate { level: 9 }, Filter::Fletcher32]);
        assert_eq!(all.chunk(&[1000], 4, false), [64]);
    }

    #[test]
    fn chunks_are_whole_rows_of_about_256_kb() {
        let storage = Storage::default();
        assert_eq!(storage.chunk(&[100_000, 350], 2, false), [374, 350]);
        assert_eq!(storage.chunk(&[10], 4, false), [8192]);
        assert_eq!(storage.chunk(&[10], 4, true), [65536]);
        assert_eq!(storage.chunk(&[1, 1 << 20], 2, false), [1, 1 << 20]);
        assert_eq!(storage.chunk(&[0, 0], 2, false), [32768, 1]);
    }

    #[test]
    fn wrong_settings_are_told() {
        for (text, reason) in [("zip", "no compression `zip`"), ("{\"level\": 3}", "no setting `level`"), ("{", "is no JSON")] {
            let error = Storage::of(&attributes(&[("compression", text)])).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
