//! `proc_spec`: what is done to the rows of a buffer before they are written, in this order: `window`, `dtype_conv`, `drop`,
//! `compression`, `hdf5_settings`.

use super::codec_text;
use crate::dsp::Merged;
use crate::raw::number_types;
use germane_columns::NumberType;
use germane_formats::lh5::{Codec, Compression, Storage};
use germane_texts::{Diagnostic, Keys, Node, Source, Span, nearest, parse_yaml};

/// All steps of a `proc_spec`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    pub(crate) window: Option<Window>,
    pub(crate) chain: Option<Chain>,
    pub(crate) convert: Vec<(WrittenPath, NumberType)>,
    pub(crate) drop: Vec<WrittenPath>,
    pub(crate) encode: Vec<(WrittenPath, Codec)>,
    pub(crate) settings: Vec<(WrittenPath, Storage)>,
}

/// A chain of processors whose outputs become columns.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) merged: Merged,
    pub(crate) outputs: Vec<String>,
}

/// Samples `start..stop` of a column under a new name; both may count from the end, as in Python.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) field: WrittenPath,
    pub(crate) start: i64,
    pub(crate) stop: i64,
    pub(crate) new: String,
}

impl Chain {
    /// Whether a path leads to an output of it, or into one.
    pub(crate) fn makes(&self, path: &str) -> bool {
        let head = path.split('/').next().unwrap_or("");
        self.outputs.iter().any(|output| output == head)
    }
}

impl Process {
    /// The fields that the steps behind the chain name.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &WrittenPath> {
        let converted = self.convert.iter().map(|(path, _)| path);
        let encoded = self.encode.iter().map(|(path, _)| path);
        converted.chain(&self.drop).chain(encoded).chain(self.settings.iter().map(|(path, _)| path))
    }
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

/// Reads settings of all datasets: a map as `hdf5_settings` has it for one field.
///
/// # Errors
/// All mistakes, with their places.
pub fn read_storage(source: &Source) -> Result<Storage, Vec<Diagnostic>> {
    let root = parse_yaml(source)?;
    let mut problems = Vec::new();
    let storage = read_settings(source, &root, "all datasets", &mut problems);
    if problems.is_empty() { Ok(storage) } else { Err(problems) }
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
        match Merged::part(source, &entry.value) {
            Ok(merged) => {
                let outputs = merged.chain.outputs().iter().map(|output| output.text.clone()).collect();
                process.chain = Some(Chain { merged, outputs });
            }
            Err(wrong) => found.extend(wrong),
        }
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
        match codec_text::parse(text) {
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
fn read_settings(source: &Source, node: &Node, of: &str, problems: &mut Vec<Diagnostic>) -> Storage {
    let mut keys = Keys::new(source, node, format!("`hdf5_settings` of `{of}`"));
    let compression = keys.entry("compression");
    let level = keys.optional("compression_opts");
    let shuffle = keys.boolean("shuffle");
    let fletcher32 = keys.boolean("fletcher32");
    let chunks = keys.optional("chunks");
    let mut found = Vec::new();
    let mut storage = Storage { shuffle, fletcher32, ..Storage::default() };
    if let Some(entry) = compression {
        read_compression(source, &entry.value, &mut storage, &mut found);
    }
    if let Some(node) = level {
        let levels = match storage.compression {
            Some(Compression::Zstd) => 1..=22,
            _ => 0..=9,
        };
        storage.level = node.as_i64().filter(|level| levels.contains(level)).map(|level| level as i32);
        if storage.level.is_none() {
            let message = format!("levels of compression are {} to {}", levels.start(), levels.end());
            found.push(Diagnostic::new("value", message).at(source, node.span));
        }
    }
    storage.chunks = chunks.and_then(|node| read_chunks(source, node, &mut found));
    keys.finish(problems);
    problems.append(&mut found);
    storage
}

/// A shape, a number of rows, or `true`: any.
fn read_chunks(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Vec<u64>> {
    let size = |node: &Node| node.as_i64().and_then(|n| u64::try_from(n).ok()).filter(|&n| n > 0);
    let sizes = match node.as_list() {
        _ if node.as_bool() == Some(true) => return None,
        Some(items) => items.iter().map(size).collect::<Option<Vec<u64>>>().filter(|sizes| !sizes.is_empty()),
        None => size(node).map(|rows| vec![rows]),
    };
    if sizes.is_none() {
        problems.push(Diagnostic::new("value", "`chunks` holds whole numbers from 1, or is `true`").at(source, node.span));
    }
    sizes
}

fn read_compression(source: &Source, node: &Node, storage: &mut Storage, problems: &mut Vec<Diagnostic>) {
    const KINDS: [(&str, Compression); 5] = [
        ("gzip", Compression::Deflate),
        ("lzf", Compression::Lzf),
        ("zstd", Compression::Zstd),
        ("lz4", Compression::Lz4),
        ("none", Compression::None),
    ];
    let text = node.scalar_text().unwrap_or("");
    // h5py: a number is a level of gzip, null is no compression.
    storage.compression = match node.as_i64() {
        _ if node.is_null() => Some(Compression::None),
        Some(level @ 0..=9) => {
            storage.level = Some(level as i32);
            Some(Compression::Deflate)
        }
        _ => KINDS.into_iter().find(|(name, _)| *name == text).map(|(_, compression)| compression),
    };
    if storage.compression.is_none() {
        let names = KINDS.map(|(name, _)| name);
        let problem = Diagnostic::new("value", format!("no compression `{text}`")).at(source, node.span);
        problems.push(match nearest(text, names) {
            Some(name) => problem.nearest(name),
            None => problem.advice(format!("one of {}, null", names.join(", "))),
        });
    }
}
