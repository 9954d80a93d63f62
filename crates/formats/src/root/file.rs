//! File header, records, and the directory tree.
//!
//! ```text
//! header     0 "root" · 4 fVersion i32 (>= 1000000: 64-bit) · 8 fBEGIN i32 · fEND i32|i64 · fSeekFree i32|i64 · fNbytesFree i32
//!            nfree i32 · fNbytesName i32 · fUnits u8 · fCompress i32 · fSeekInfo i32|i64 · fNbytesInfo i32 · fUUID (u16, 16 bytes)
//! directory  version i16 (> 1000: 64-bit) · fDatimeC, fDatimeM u32 · fNbytesKeys, fNbytesName i32
//!            fSeekDir, fSeekParent, fSeekKeys i32|i64;  the root directory is at fBEGIN + fNbytesName
//! key list   at fSeekKeys: a key, i32 count, keys
//! ```

use super::{
    cursor::{Cursor, Fault, MAX_DEPTH},
    key::Key,
    streamer::Infos,
};
use crate::{Error, Kind, source::Source};
use germane_codecs::{Decoder, root as blocks};
use std::{
    borrow::Cow,
    cell::RefCell,
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

/// Read at once when a file is opened: header, root directory and usually its keys.
const HEAD: u64 = 64 << 10;

thread_local! {
    static DECODER: RefCell<Decoder> = RefCell::new(Decoder::default());
}

/// Most objects of a file in which directories share their lists: each level could double them.
const MAX_SHARED: usize = 1 << 20;

/// An open file: its source, header and first bytes.
pub(crate) struct Store {
    pub(crate) source: Arc<dyn Source>,
    head: Vec<u8>,
    pub(crate) uuid: [u8; 16],
    pub(crate) compression: i32,
    begin: u64,
    root_directory: u64,
    seek_info: u64,
    nbytes_info: u64,
    infos: OnceLock<Result<Arc<Infos>, Error>>,
}

/// One key of the directory tree, with the path of its directory.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Path without cycle.
    pub(crate) path: String,
    pub(crate) key: Key,
}

struct Directory {
    seek_keys: u64,
    nbytes_keys: u64,
}

impl Store {
    pub(crate) fn open(source: Arc<dyn Source>) -> Result<Self, Error> {
        let (name, size) = (source.name().to_owned(), source.size());
        if size == 0 {
            return Err(Error::new(name, Kind::NotThisFormat, "0 bytes: the file is empty"));
        }
        let head = source.read(0, size.min(HEAD))?;
        if !head.starts_with(b"root") {
            return Err(Error::new(name, Kind::NotThisFormat, format!("not a ROOT file: {}", looks_like(&head))).at(0));
        }
        let broken = |fault: Fault| {
            Error::new(&name, Kind::Truncated, format!("truncated in the file header: {}", fault.reason)).at(fault.at as u64)
        };
        let mut c = Cursor::new(&head, 4);
        let mut store = Self {
            uuid: [0; 16],
            compression: 0,
            begin: 0,
            root_directory: 0,
            seek_info: 0,
            nbytes_info: 0,
            infos: OnceLock::new(),
            source: source.clone(),
            head: Vec::new(),
        };
        let end = store.header(&mut c).map_err(broken)?;
        if end > size {
            let reason = format!("truncated: the header says {end} bytes, the file has {size} ({} are missing)", end - size);
            return Err(Error::new(name, Kind::Truncated, reason));
        }
        if store.begin < c.pos as u64 || store.root_directory >= end {
            let reason = format!("header points its first record to byte {}, the file ends at {end}", store.begin);
            return Err(Error::new(name, Kind::Damaged, reason).at(8));
        }
        store.head = head;
        Ok(store)
    }

    fn header(&mut self, c: &mut Cursor<'_>) -> Result<u64, Fault> {
        let wide = c.i32()? >= 1_000_000;
        let seek = |c: &mut Cursor<'_>| if wide { c.u64() } else { c.u32().map(u64::from) };
        self.begin = c.u32()?.into();
        let end = seek(c)?;
        seek(c)?;
        c.skip(8)?;
        self.root_directory = self.begin + u64::from(c.u32()?);
        c.skip(1)?;
        self.compression = c.i32()?;
        self.seek_info = seek(c)?;
        self.nbytes_info = c.u32()?.into();
        c.skip(2)?;
        self.uuid.copy_from_slice(c.bytes(16)?);
        Ok(end)
    }

    pub(crate) fn name(&self) -> &str {
        self.source.name()
    }

    pub(crate) fn error(&self, kind: Kind, message: impl Into<String>) -> Error {
        Error::new(self.name(), kind, message)
    }

    pub(crate) fn damaged(&self, base: u64, fault: &Fault) -> Error {
        self.error(Kind::Damaged, &fault.reason).at(base + fault.at as u64)
    }

    /// `len` bytes at `at`, from the first read where they are in it.
    pub(crate) fn bytes(&self, at: u64, len: u64) -> Result<Cow<'_, [u8]>, Error> {
        match at.checked_add(len) {
            Some(end) if end <= self.head.len() as u64 => Ok(Cow::Borrowed(&self.head[at as usize..end as usize])),
            _ => Ok(Cow::Owned(self.source.read(at, len)?)),
        }
    }

    /// Payload of the record that a directory lists as `key`, decompressed; the record must repeat what the directory says.
    pub(crate) fn payload(&self, key: &Key, path: &str) -> Result<Vec<u8>, Error> {
        let place = |error: Error| error.object(path);
        let record = self.bytes(key.seek, key.nbytes.into()).map_err(place)?;
        let own = Key::parse(&mut Cursor::new(&record, 0)).map_err(|f| place(self.damaged(key.seek, &f)))?;
        let wrong = |what: &str, listed: &dyn std::fmt::Display, found: &dyn std::fmt::Display| {
            Err(place(
                self.error(Kind::Damaged, format!("the directory lists {what} {listed}, the record here says {found}"))
                    .at(key.seek),
            ))
        };
        if own.seek != key.seek {
            return wrong("place", &key.seek, &own.seek);
        }
        if own.class != key.class {
            return wrong("class", &key.class, &own.class);
        }
        if own.name != key.name {
            return wrong("name", &key.name, &own.name);
        }
        if own.nbytes != key.nbytes || own.objlen != key.objlen {
            return wrong("length", &format!("{}/{}", key.nbytes, key.objlen), &format!("{}/{}", own.nbytes, own.objlen));
        }
        let mut out = Vec::new();
        decompress(&record[own.keylen.into()..], own.objlen as usize, &mut out)
            .map_err(|f| place(self.error(Kind::Damaged, f.reason).at(own.payload_at() + f.at as u64)))?;
        Ok(out)
    }

    /// Descriptions of classes stored in the file; without them the built-in ones are used.
    pub(crate) fn infos(&self) -> Result<Arc<Infos>, Error> {
        self.infos
            .get_or_init(|| {
                if self.seek_info == 0 || self.nbytes_info == 0 {
                    return Ok(Arc::new(Infos::built_in()));
                }
                let place = |e: Error| e.object("StreamerInfo");
                let record = self.bytes(self.seek_info, self.nbytes_info).map_err(place)?;
                let key = Key::parse(&mut Cursor::new(&record, 0)).map_err(|f| place(self.damaged(self.seek_info, &f)))?;
                let fault = |f: &Fault| place(self.damaged(key.payload_at(), f));
                let mut payload = Vec::new();
                let stored = record.get(key.keylen.into()..key.nbytes as usize).unwrap_or_default();
                decompress(stored, key.objlen as usize, &mut payload).map_err(|f| fault(&Fault::new(f.at, f.reason)))?;
                Infos::parse(&payload, key.keylen.into()).map(Arc::new).map_err(|f| fault(&Fault::new(0, f.reason)))
            })
            .clone()
    }

    /// All keys of all directories, depth first, in the order of the file.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Error> {
        let (mut found, mut lists) = (Vec::new(), BTreeMap::new());
        self.walk(self.root_directory, "", &mut lists, &mut found)?;
        Ok(found)
    }

    /// `lists`: key lists that were read, and whether one of a folder around this one is among them.
    fn walk(&self, at: u64, path: &str, lists: &mut BTreeMap<u64, bool>, found: &mut Vec<Entry>) -> Result<(), Error> {
        let place = |e: Error| if path.is_empty() { e } else { e.object(path) };
        let directory = self.directory(at).map_err(place)?;
        if directory.nbytes_keys == 0 || directory.seek_keys == 0 {
            return Ok(());
        }
        // Copied directories share their list with the original: that is fine, as long as it is not their own.
        match lists.insert(directory.seek_keys, true) {
            Some(true) => {
                let reason = "a directory lists itself";
                return Err(place(self.error(Kind::Damaged, reason).at(directory.seek_keys)));
            }
            Some(false) if found.len() > MAX_SHARED => {
                let reason = format!("more than {MAX_SHARED} objects in directories that share their lists");
                return Err(place(self.error(Kind::Unsupported, reason).at(directory.seek_keys)));
            }
            _ => {}
        }
        if path.split('/').count() > MAX_DEPTH {
            return Err(place(self.error(Kind::Unsupported, format!("directories nested deeper than {MAX_DEPTH}")).at(at)));
        }
        for key in self.keys(&directory).map_err(place)? {
            let below = if path.is_empty() { key.name.clone() } else { format!("{path}/{}", key.name) };
            let folder = matches!(key.class.as_str(), "TDirectory" | "TDirectoryFile");
            let inside = key.payload_at();
            found.push(Entry { path: below.clone(), key });
            if folder {
                self.walk(inside, &below, lists, found)?;
            }
        }
        lists.insert(directory.seek_keys, false);
        Ok(())
    }

    fn directory(&self, at: u64) -> Result<Directory, Error> {
        let len = self.source.size().saturating_sub(at).min(64);
        let bytes = self.bytes(at, len)?;
        let mut c = Cursor::new(&bytes, 0);
        let mut read = || {
            let wide = c.i16()? > 1000;
            c.skip(8)?;
            let nbytes_keys = c.u32()?.into();
            c.skip(4)?;
            c.skip(if wide { 16 } else { 8 })?;
            let seek_keys = if wide { c.u64()? } else { c.u32()?.into() };
            Ok(Directory { seek_keys, nbytes_keys })
        };
        read().map_err(|f| self.damaged(at, &f))
    }

    fn keys(&self, directory: &Directory) -> Result<Vec<Key>, Error> {
        let at = directory.seek_keys;
        let bytes = self.bytes(at, directory.nbytes_keys)?;
        let broken = |f: &Fault| {
            let mut error = self.damaged(at, f);
            error.message = format!("key list: {}", error.message);
            error
        };
        let mut c = Cursor::new(&bytes, 0);
        let list = Key::parse(&mut c).map_err(|f| broken(&f))?;
        if list.seek != at {
            return Err(broken(&Fault::new(0, format!("the record here says that it belongs to byte {}", list.seek))));
        }
        c.pos = list.keylen.into();
        // A key takes at least 26 bytes.
        let count = c.count(26).map_err(|f| broken(&f))?;
        let mut keys = Vec::with_capacity(count);
        for _ in 0..count {
            let key = Key::parse(&mut c).map_err(|f| broken(&f))?;
            keys.push(key);
        }
        Ok(keys)
    }
}

/// Decompresses `stored` into `out`, or copies it where the sizes are equal.
pub(crate) fn decompress(stored: &[u8], raw: usize, out: &mut impl blocks::Room) -> Result<(), germane_codecs::Fault> {
    if stored.len() == raw {
        out.room(raw).copy_from_slice(stored);
        return Ok(());
    }
    DECODER.with_borrow_mut(|decoder| blocks::decompress(decoder, stored, raw, out))
}

fn looks_like(head: &[u8]) -> String {
    let start = &head[..head.len().min(256)];
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    let what = if text.starts_with("<!doctype html") || text.starts_with("<html") {
        "an HTML page (a download that ended in a web page?)"
    } else if head.starts_with(b"PAR1") {
        "a Parquet file"
    } else if head.starts_with(b"\x89HDF") {
        "an HDF5 file"
    } else if head.starts_with(b"\x1f\x8b") {
        "a gzip file"
    } else {
        return format!("it begins with \"{}\", not with \"root\"", head[..head.len().min(8)].escape_ascii());
    };
    format!("it begins like {what}")
}
