//! Writing of files that hold histograms.
//!
//! ```text
//! header · TFile and its directory · each object behind its key, each directory with its objects and their list · list of the top
//! level · StreamerInfo · free segments (from the end to 2 GB)
//! ```
//! Directories are written when their contents are known, over the room that was left. Layout of the parts: [`super::file`],
//! [`super::key`]. Source: ROOT's own description of its files (TFile, TKey, TDirectoryFile, TFree).

mod histogram;
mod layout;
mod record;
mod streamer_info;

use crate::{Error, Kind, new_file};
use germane_codecs::{Codec, Encoder, root as blocks};
use germane_histograms::Histogram;
use histogram::Cells;
use layout::{DIRECTORY, Folder, Item, Key, Layout, length};
use record::Record;
use std::{collections::BTreeSet, io::Write as _, path::Path};

use super::cursor::MAX_DEPTH;

/// fVersion: below 1 000 000, so places are 32-bit numbers.
const VERSION: u32 = 62_400;
/// Where the first record begins.
const BEGIN: usize = 100;
/// The first byte that 32-bit files do not have (TFile's `kStartBigFile`).
const TOO_LARGE: usize = 2_000_000_000;
/// Compression is not tried for less.
const SHORT: usize = 256;

/// How the cells of a histogram are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// TH1D, TH2D, TH3D.
    #[default]
    Double,
    /// TH1F, TH2F, TH3F: contents are rounded, sums of squares are not.
    Single,
}

/// A ROOT file of histograms.
///
/// The same histograms under the same names give the same bytes: times are those of the first of January 2000, and the UUIDs of file
/// and directories are a digest of the rest (version 8 of RFC 9562).
///
/// ```
/// use germane_formats::root::Writer;
/// use germane_histograms::{Axis, Histogram, StorageKind, Values};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut mass = Histogram::new(vec![Axis::regular(3, 60.0, 120.0)?.named("mass", "", "GeV")], StorageKind::Weight);
/// mass.fill(&[Values::F64(&[91.2, 88.0, 65.0])], None)?;
/// let mut file = Writer::new("z.root");
/// file.add("SR/mass", &mass)?;
/// let bytes = file.into_bytes()?;
/// let read = germane_formats::open_bytes("z.root", bytes.into())?.histogram("SR/mass")?;
/// assert_eq!(read.values(true), mass.values(true));
/// assert_eq!(read.axes()[0].label(), "mass [GeV]");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Writer {
    name: String,
    top: Folder,
    compression: Option<(Codec, i32)>,
    encoder: Encoder,
    classes: BTreeSet<&'static str>,
    /// Bytes of all payloads.
    stored: usize,
}

impl Writer {
    /// An empty file that will be called so; records are not compressed.
    pub fn new(name: impl Into<String>) -> Self {
        let (top, encoder) = (Folder::default(), Encoder::default());
        Self { name: name.into(), top, compression: None, encoder, classes: BTreeSet::new(), stored: 0 }
    }

    /// The same with records that are compressed where that makes them fewer bytes; to be said before histograms are added.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a codec that ROOT's files do not have, or a level that the codec does not have.
    pub fn compressed(mut self, codec: Codec, level: i32) -> Result<Self, Error> {
        if !matches!(codec, Codec::Zlib | Codec::Xz | Codec::Lz4Block | Codec::Zstd) {
            return Err(self.refused(format!("ROOT's files are not compressed by {}", codec.name())));
        }
        let mut out = Vec::new();
        blocks::compress(&mut self.encoder, codec, level, &[0; 1024], &mut out).map_err(|fault| self.refused(fault.reason))?;
        if !(1..100).contains(&level) {
            return Err(self.refused(format!("level {level}: ROOT's are 1 to 99")));
        }
        self.compression = Some((codec, level));
        Ok(self)
    }

    fn refused(&self, message: impl Into<String>) -> Error {
        Error::new(&self.name, Kind::Unsupported, message)
    }

    /// Adds a histogram under a path (`name` or `folder/name`), in double precision.
    ///
    /// The title of the object is the name of the histogram; axes have their label (or name) and unit as title, the axis behind them
    /// the label of the histogram. Sums of statistics are those of the middles of bins. Slots for flow that the histogram does not have
    /// are empty; how many entries had a NaN is not kept.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a path that is there already or that ROOT cannot have, more than three axes, axes that descend or have
    /// no bins, empty labels, an object of more than 1 GiB, a file of more than 2 GB.
    pub fn add(&mut self, path: &str, histogram: &Histogram) -> Result<(), Error> {
        self.add_as(path, histogram, Precision::Double)
    }

    /// The same in a precision.
    ///
    /// # Errors
    /// As [`Writer::add`].
    pub fn add_as(&mut self, path: &str, histogram: &Histogram, precision: Precision) -> Result<(), Error> {
        let placed = |error: Error| error.object(path);
        let name = self.check(path).map_err(placed)?;
        let cells = Cells::of(histogram, precision).map_err(|reason| placed(self.refused(reason)))?;
        let (class, title) = (cells.class(), cells.title().to_owned());
        let keylen = self.keylen(class, name, &title).map_err(placed)?;
        let mut record = Record::new(keylen);
        cells.write(&mut record, name);
        self.classes.insert(class);
        if cells.labelled() {
            self.classes.extend(["THashList", "TObjString"]);
        }
        let raw = record.bytes.len();
        let stored = self.compress(record.bytes);
        self.stored += stored.len() + keylen;
        if self.stored >= TOO_LARGE {
            return Err(placed(self.too_large()));
        }
        let mut folder = &mut self.top;
        for part in path.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev() {
            let inside = folder.items.entry(part.to_owned()).or_insert_with(|| Item::Folder(Folder::default()));
            let Item::Folder(inside) = inside else { unreachable!("invariant: checked above") };
            folder = inside;
        }
        folder.items.insert(name.to_owned(), Item::Object { class, title, raw, stored });
        Ok(())
    }

    /// The last part of a path under which nothing is yet and ROOT can find something.
    fn check<'p>(&self, path: &'p str) -> Result<&'p str, Error> {
        let parts: Vec<&str> = path.split('/').collect();
        if parts.len() > MAX_DEPTH {
            return Err(self.refused(format!("directories nested deeper than {MAX_DEPTH}")));
        }
        let mut folder = Some(&self.top);
        for (k, part) in parts.iter().enumerate() {
            if part.is_empty() || matches!(*part, "." | "..") {
                return Err(self.refused(format!("`{part}` is no name of an object")));
            }
            if part.contains([';', '\0']) {
                return Err(self.refused("names have neither `;`, which begins a cycle, nor zero bytes"));
            }
            self.keylen("TDirectory", part, part)?;
            match (folder.and_then(|folder| folder.items.get(*part)), k + 1 == parts.len()) {
                (None, _) => folder = None,
                (Some(Item::Folder(inside)), false) => folder = Some(inside),
                (Some(Item::Folder(_)), true) => return Err(self.refused("is a directory already")),
                (Some(Item::Object { .. }), true) => return Err(self.refused("is there already")),
                (Some(Item::Object { .. }), false) => {
                    return Err(self.refused(format!("`{}` is a histogram and no directory", parts[..=k].join("/"))));
                }
            }
        }
        Ok(parts[parts.len() - 1])
    }

    /// Length of a key, which ROOT keeps in 15 bits.
    fn keylen(&self, class: &str, name: &str, title: &str) -> Result<usize, Error> {
        let keylen = 26 + [class, name, title].iter().map(|text| length(text)).sum::<usize>();
        match i16::try_from(keylen) {
            Ok(_) => Ok(keylen),
            Err(_) => Err(self.refused(format!("name and title of {} bytes; ROOT takes 32 kB", name.len() + title.len()))),
        }
    }

    fn compress(&mut self, raw: Vec<u8>) -> Vec<u8> {
        if let Some((codec, level)) = self.compression.filter(|_| raw.len() >= SHORT) {
            let mut out = Vec::new();
            // What does not become smaller is stored as it is.
            if blocks::compress(&mut self.encoder, codec, level, &raw, &mut out).is_ok() && out.len() < raw.len() {
                return out;
            }
        }
        raw
    }

    fn too_large(&self) -> Error {
        self.refused("more than 2 GB of histograms: write several files, or compress them")
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a file of more than 2 GB.
    pub fn into_bytes(mut self) -> Result<Vec<u8>, Error> {
        let name =
            Path::new(&self.name).file_name().map_or_else(|| self.name.clone(), |name| name.to_string_lossy().into_owned());
        let title = "";
        self.keylen("TFile", &name, title)?;
        let named = length(&name) + length(title);
        let mut out = Layout { bytes: vec![0; BEGIN], uuids: Vec::new() };
        let head = Key { class: "TFile", name: &name, title, raw: named + DIRECTORY, stored: named + DIRECTORY, parent: 0 };
        let keylen = out.key(&head);
        out.text(&name);
        out.text(title);
        let top = out.directory(keylen + named, BEGIN, 0);
        let keys = self.top.write(&mut out, BEGIN);
        out.list(&keys, &head, BEGIN, top);
        let info_at = out.bytes.len();
        let [info_name, info_title] = streamer_info::NAME;
        let info_keylen = 26 + ["TList", info_name, info_title].iter().map(|text| length(text)).sum::<usize>();
        let mut info = Record::new(info_keylen);
        streamer_info::write(&mut info, &self.classes.iter().copied().collect::<Vec<_>>());
        let raw = info.bytes.len();
        let info = self.compress(info.bytes);
        out.key(&Key { class: "TList", name: info_name, title: info_title, raw, stored: info.len(), parent: BEGIN });
        out.bytes.extend_from_slice(&info);
        let free_at = out.bytes.len();
        out.key(&Key { raw: 10, stored: 10, parent: BEGIN, ..head });
        let end = out.bytes.len() + 10;
        if end >= TOO_LARGE {
            return Err(self.too_large());
        }
        out.u16(1);
        out.u32(end);
        out.u32(TOO_LARGE);
        let compress = self.compression.map_or(0, |(codec, level)| algorithm(codec) * 100 + level);
        let mut header = Layout { bytes: b"root".to_vec(), uuids: Vec::new() };
        for number in [VERSION as usize, BEGIN, end, free_at, end - free_at, 1, keylen + named] {
            header.u32(number);
        }
        header.bytes.push(4); // bytes of a place
        for number in [compress as usize, info_at, free_at - info_at] {
            header.u32(number);
        }
        out.uuids.push(header.bytes.len());
        header.u16(1);
        out.bytes[..header.bytes.len()].copy_from_slice(&header.bytes);
        Ok(out.identified())
    }

    /// Writes the file; it has a temporary name in the same folder until it is whole, and replaces a file of its name.
    ///
    /// # Errors
    /// As [`Writer::into_bytes`], and [`Kind::Gone`] or [`Kind::Io`] of the system.
    pub fn write(self, path: &Path) -> Result<(), Error> {
        let bytes = self.into_bytes()?;
        let system = |error: &std::io::Error| new_file::cannot_be_written(&path.display().to_string(), error);
        let mut file = new_file::beside(path).map_err(|error| system(&error))?;
        file.write_all(&bytes).map_err(|error| system(&error))?;
        file.persist(path).map_err(|error| system(&error.error))?;
        Ok(())
    }
}

/// ROOT's number of a codec.
fn algorithm(codec: Codec) -> i32 {
    match codec {
        Codec::Xz => 2,
        Codec::Lz4Block => 4,
        Codec::Zstd => 5,
        _ => 1,
    }
}
