//! `proc_spec`: what is done to the rows of a buffer before they are written, in this order: `window`, `dtype_conv`, `drop`,
//! `compression`, `hdf5_settings`.

use super::codec_text::Codec;
use crate::raw::number_types;
use germane_columns::NumberType;
use germane_texts::{Diagnostic, Keys, Node, Source, Span, nearest, parse_yaml};

/// All steps of a `proc_spec`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    pub(crate) window: Option<Window>,
    pub(crate) convert: Vec<(WrittenPath, NumberType)>,
    pub(crate) drop: Vec<WrittenPath>,
    pub(crate) encode: Vec<(WrittenPath, Codec)>,
    pub(crate) settings: Vec<(WrittenPath, Settings)>,
}

/// Samples `start..stop` of a column under a new name; both may count from the end, as in Python.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) field: WrittenPath,
    pub(crate) start: i64,
    pub(crate) stop: i64,
    pub(crate) new: String,
}

impl Window {
    /// The samples of a row of `samples` that are kept.
    pub(crate) fn range(&self, samples: usize) -> std::ops::Range<usize> {
        let at = |i: i64| if i < 0 { (samples as i64 + i).max(0) } else { i.min(samples as i64) } as usize;
        let (start, stop) = (at(self.start), at(self.stop));
        start..stop.max(start)
    }
}

/// A field of a table, `waveform/values`, with its place.
#[derive(Clone, Debug)]
pub(crate) struct WrittenPath {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// How a dataset is stored; what is not set is left to the settings of the call or the default (shuffle, deflate 4).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// compression of chunks
    pub compression: Option<Compression>,
    /// bytes of equal weight side by side
    pub shuffle: Option<bool>,
    /// a checksum with each chunk
    pub fletcher32: Option<bool>,
    /// shape of a chunk; an axis that is not named is taken whole
    pub chunks: Option<Vec<u64>>,
}

impl Settings {
    /// Reads settings for all datasets: a map as `hdf5_settings` of one field.
    ///
    /// # Errors
    /// All mistakes, with their places.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let root = parse_yaml(source)?;
        let mut problems = Vec::new();
        let settings = read_settings(source, &root, "all datasets", &mut problems);
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    /// These settings, and `below` where they say nothing.
    #[must_use]
    pub fn or(&self, below: &Self) -> Self {
        Self {
            compression: self.compression.or(below.compression),
            shuffle: self.shuffle.or(below.shuffle),
            fletcher32: self.fletcher32.or(below.fletcher32),
            chunks: self.chunks.clone().or_else(|| below.chunks.clone()),
        }
    }
}

/// Compression of chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// stored as they are
    None,
    /// deflate, level 0 to 9
    Deflate(u8),
    /// lzf
    Lzf,
    /// zstd, level 1 to 22
    Zstd(u8),
    /// lz4
    Lz4,
}

/// Reads a `proc_spec`; mistakes are added to `problems`.
pub(super) fn read(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> Process {
    let mut process = Process::default();
    let mut keys = Keys::new(source, node, "`proc_spec`");
    let window = keys.list("window");
    let dsp = keys.entry("dsp_config");
    let convert = keys.map("dtype_conv");
    let drop = keys.list("drop");
    let encode = keys.map("compression");
    let settings = keys.map("hdf5_settings");
    let mut found = Vec::new();
    if let Some(entry) = dsp {
        let message = "`dsp_config` is not there yet: chains of signal processing come with the signals room";
        found.push(Diagnostic::new("unsupported", message).at(source, entry.key_span).advice("run the chain on the LH5 file"));
    }
    let span = keys.optional("window").map_or(node.span, |node| node.span);
    process.window = window.and_then(|items| read_window(source, items, span, &mut found));
    for entry in convert.unwrap_or_default() {
        let path = WrittenPath { text: entry.key.clone(), span: entry.key_span };
        let text = entry.value.scalar_text().unwrap_or("");
        match number_types::parse(text) {
            Some(number) => process.convert.push((path, number)),
            None => {
                let message = format!("no number type `{text}` for `{}`", entry.key);
                let problem = Diagnostic::new("value", message).at(source, entry.value.span);
                found.push(match nearest(text, number_types::NAMES) {
                    Some(name) => problem.nearest(name),
                    None => problem.advice(format!("one of {}", number_types::NAMES.join(", "))),
                });
            }
        }
    }
    for item in drop.unwrap_or_default() {
        match item.as_text() {
            Some(text) => process.drop.push(WrittenPath { text: text.to_owned(), span: item.span }),
            None => found.push(kind(source, item, "`drop`", "names of fields")),
        }
    }
    for entry in encode.unwrap_or_default() {
        let path = WrittenPath { text: entry.key.clone(), span: entry.key_span };
        let Some(text) = entry.value.as_text() else {
            found.push(kind(source, &entry.value, "`compression`", "text such as `ULEB128ZigZagDiff()`"));
            continue;
        };
        match Codec::parse(text) {
            Ok(codec) => process.encode.push((path, codec)),
            Err(wrong) => {
                let span = entry.value.span_in_text(wrong.at.start, wrong.at.end);
                let mut problem = Diagnostic::new("codec", wrong.message).at(source, span);
                if let Some(name) = wrong.nearest {
                    problem = problem.nearest(name);
                }
                if let Some(advice) = wrong.advice {
                    problem = problem.advice(advice);
                }
                found.push(problem);
            }
        }
    }
    for entry in settings.unwrap_or_default() {
        let path = WrittenPath { text: entry.key.clone(), span: entry.key_span };
        process.settings.push((path, read_settings(source, &entry.value, &entry.key, &mut found)));
    }
    keys.finish(problems);
    problems.append(&mut found);
    process
}

fn kind(source: &Source, node: &Node, what: &str, expected: &str) -> Diagnostic {
    Diagnostic::new("kind", format!("{what}: expected {expected}, got {}", node.kind())).at(source, node.span)
}

fn read_window(source: &Source, items: &[Node], span: Span, problems: &mut Vec<Diagnostic>) -> Option<Window> {
    let [field, start, stop, new] = items else {
        let message = format!("`window` has {} items where 4 are due", items.len());
        problems.push(Diagnostic::new("value", message).at(source, span).advice("[field, start, stop, new name]"));
        return None;
    };
    let mut name = |node: &Node, what: &str| {
        let text = node.as_text().filter(|text| !text.is_empty());
        if text.is_none() {
            problems.push(kind(source, node, what, "a name"));
        }
        text.map(str::to_owned)
    };
    let (field_text, new_text) = (name(field, "field of `window`"), name(new, "new name of `window`"));
    if let Some(text) = &new_text
        && text.contains('/')
    {
        problems.push(Diagnostic::new("value", format!("the new name `{text}` is a path")).at(source, new.span));
    }
    let mut sample = |node: &Node, what: &str| {
        let number = node.as_i64();
        if number.is_none() {
            problems.push(kind(source, node, what, "a sample number (negative: from the end)"));
        }
        number
    };
    let (first, last) = (sample(start, "start of `window`"), sample(stop, "stop of `window`"));
    let field = WrittenPath { text: field_text?, span: field.span };
    Some(Window { field, start: first?, stop: last?, new: new_text? })
}

/// Reads the settings of one dataset, as h5py names them.
pub(crate) fn read_settings(source: &Source, node: &Node, of: &str, problems: &mut Vec<Diagnostic>) -> Settings {
    let mut keys = Keys::new(source, node, format!("`hdf5_settings` of `{of}`"));
    let compression = keys.entry("compression");
    let level = keys.entry("compression_opts").filter(|entry| !entry.value.is_null());
    let shuffle = keys.boolean("shuffle");
    let fletcher32 = keys.boolean("fletcher32");
    let chunks = keys.optional("chunks");
    let mut found = Vec::new();
    let compression = compression.and_then(|entry| {
        let level = level.map(|l| (&l.value, l.value.as_i64().and_then(|n| u8::try_from(n).ok())));
        read_compression(source, &entry.value, level, &mut found)
    });
    if let (None, Some(entry)) = (&compression, level) {
        // The level of the default compression.
        if !(0..=9).contains(&entry.value.as_i64().unwrap_or(-1)) {
            found.push(Diagnostic::new("value", "levels of gzip are 0 to 9").at(source, entry.value.span));
        }
    }
    let compression =
        compression.or_else(|| level.and_then(|l| l.value.as_i64()).map(|n| Compression::Deflate(n.clamp(0, 9) as u8)));
    let chunks = chunks.and_then(|node| match node.as_list() {
        _ if node.as_bool() == Some(true) => None,
        Some(items) if !items.is_empty() => {
            let sizes: Vec<u64> =
                items.iter().filter_map(|n| n.as_i64().and_then(|n| u64::try_from(n).ok()).filter(|&n| n > 0)).collect();
            if sizes.len() != items.len() {
                found.push(Diagnostic::new("value", "`chunks` holds whole numbers from 1").at(source, node.span));
            }
            Some(sizes)
        }
        _ => match node.as_i64().and_then(|n| u64::try_from(n).ok()).filter(|&n| n > 0) {
            Some(rows) => Some(vec![rows]),
            None => {
                found.push(kind(source, node, "`chunks`", "a list of sizes"));
                None
            }
        },
    });
    keys.finish(problems);
    problems.append(&mut found);
    Settings { compression, shuffle, fletcher32, chunks }
}

fn read_compression(
    source: &Source,
    node: &Node,
    level: Option<(&Node, Option<u8>)>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Compression> {
    const KINDS: [&str; 5] = ["gzip", "lzf", "zstd", "lz4", "none"];
    let mut ranged = |default: u8, range: std::ops::RangeInclusive<u8>, what: &str| match level {
        None => default,
        Some((_, Some(level))) if range.contains(&level) => level,
        Some((node, _)) => {
            let message = format!("levels of {what} are {} to {}", range.start(), range.end());
            problems.push(Diagnostic::new("value", message).at(source, node.span));
            default
        }
    };
    // h5py: a number is a level of gzip, null is no compression.
    match (&node.value, node.scalar_text()) {
        _ if node.is_null() => Some(Compression::None),
        (germane_texts::Value::Int(n), _) if (0..=9).contains(n) => Some(Compression::Deflate(*n as u8)),
        (_, Some("gzip")) => Some(Compression::Deflate(ranged(4, 0..=9, "gzip"))),
        (_, Some("lzf")) => Some(Compression::Lzf),
        (_, Some("zstd")) => Some(Compression::Zstd(ranged(3, 1..=22, "zstd"))),
        (_, Some("lz4")) => Some(Compression::Lz4),
        (_, Some("none")) => Some(Compression::None),
        (_, text) => {
            let text = text.unwrap_or("");
            let problem = Diagnostic::new("value", format!("no compression `{text}`")).at(source, node.span);
            problems.push(match nearest(text, KINDS) {
                Some(name) => problem.nearest(name),
                None => problem.advice(format!("one of {}, null", KINDS.join(", "))),
            });
            None
        }
    }
}
