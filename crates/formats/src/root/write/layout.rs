//! Records one behind the other: keys, directories with the lists of their keys, and UUIDs that follow from all bytes.

use super::record::Record;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

/// Bytes of a directory's record: version, times, sizes, places, UUID, and room for 64-bit places.
pub(super) const DIRECTORY: usize = 60;
/// The time of everything: 2000-01-01 00:00:00, packed as TDatime does.
const TIME: u32 = 5 << 26 | 1 << 22 | 1 << 17;

/// A directory before it is written.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) items: IndexMap<String, Item>,
}

/// What is in a directory.
#[derive(Debug)]
pub(super) enum Item {
    Folder(Folder),
    Object { class: &'static str, title: String, raw: usize, stored: Vec<u8> },
}

/// Bytes of a TString.
pub(super) fn length(text: &str) -> usize {
    text.len() + if text.len() < 255 { 1 } else { 5 }
}

/// What the key of a record says.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) class: &'a str,
    pub(super) name: &'a str,
    pub(super) title: &'a str,
    /// Bytes of the payload before compression, and as they are stored.
    pub(super) raw: usize,
    pub(super) stored: usize,
    /// Place of the directory.
    pub(super) parent: usize,
}

/// The file while it grows.
pub(super) struct Layout {
    pub(super) bytes: Vec<u8>,
    /// Places of UUIDs, each behind its version.
    pub(super) uuids: Vec<usize>,
}

impl Layout {
    pub(super) fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    /// Sizes and places: all are below 2 GB, which is checked at the end.
    pub(super) fn u32(&mut self, value: usize) {
        self.bytes.extend_from_slice(&(value as u32).to_be_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        let mut record = Record::new(0);
        record.text(text);
        self.bytes.append(&mut record.bytes);
    }

    /// Writes the key of a record that begins here, and returns its length.
    pub(super) fn key(&mut self, key: &Key<'_>) -> usize {
        let start = self.bytes.len();
        let keylen = 26 + length(key.class) + length(key.name) + length(key.title);
        self.u32(keylen + key.stored);
        self.u16(4);
        self.u32(key.raw);
        self.u32(TIME as usize);
        self.u16(keylen as u16);
        self.u16(1);
        self.u32(start);
        self.u32(key.parent);
        [key.class, key.name, key.title].into_iter().for_each(|text| self.text(text));
        keylen
    }

    /// Room for a directory at `place` whose names end `named` bytes behind that; returns where its record is.
    pub(super) fn directory(&mut self, named: usize, place: usize, parent: usize) -> usize {
        let at = self.bytes.len();
        self.u16(5);
        // Times, bytes of the list of keys (known later), bytes of key and names, places: its own, that around it, of its list.
        for number in [TIME as usize, TIME as usize, 0, named, place, parent, 0] {
            self.u32(number);
        }
        self.uuids.push(self.bytes.len());
        self.u16(1);
        self.bytes.resize(at + DIRECTORY, 0);
        at
    }

    /// The list of the keys of a directory, which is then known to its record.
    pub(super) fn list(&mut self, keys: &[Vec<u8>], of: &Key<'_>, place: usize, record: usize) {
        let at = self.bytes.len();
        let stored = 4 + keys.iter().map(Vec::len).sum::<usize>();
        self.key(&Key { raw: stored, stored, parent: place, ..*of });
        self.u32(keys.len());
        keys.iter().for_each(|key| self.bytes.extend_from_slice(key));
        let length = (self.bytes.len() - at) as u32;
        self.bytes[record + 10..record + 14].copy_from_slice(&length.to_be_bytes());
        self.bytes[record + 26..record + 30].copy_from_slice(&(at as u32).to_be_bytes());
    }

    /// The bytes with UUIDs that follow from all the others.
    pub(super) fn identified(mut self) -> Vec<u8> {
        let digest = Sha256::digest(&self.bytes);
        for (number, &at) in self.uuids.iter().enumerate() {
            let mut own = Sha256::new();
            own.update(digest);
            own.update((number as u64).to_be_bytes());
            let mut uuid = [0; 16];
            uuid.copy_from_slice(&own.finalize()[..16]);
            uuid[6] = uuid[6] & 0x0f | 0x80;
            uuid[8] = uuid[8] & 0x3f | 0x80;
            self.bytes[at + 2..at + 18].copy_from_slice(&uuid);
        }
        self.bytes
    }
}

impl Folder {
    /// Writes what is inside a directory at `parent`, and returns the keys.
    pub(super) fn write(&self, out: &mut Layout, parent: usize) -> Vec<Vec<u8>> {
        let mut keys = Vec::with_capacity(self.items.len());
        for (name, item) in &self.items {
            let at = out.bytes.len();
            match item {
                Item::Object { class, title, raw, stored } => {
                    let keylen = out.key(&Key { class, name, title, raw: *raw, stored: stored.len(), parent });
                    out.bytes.extend_from_slice(stored);
                    keys.push(out.bytes[at..at + keylen].to_vec());
                }
                Item::Folder(folder) => {
                    let key = Key { class: "TDirectory", name, title: name, raw: DIRECTORY, stored: DIRECTORY, parent };
                    let keylen = out.key(&key);
                    let record = out.directory(keylen, at, parent);
                    keys.push(out.bytes[at..at + keylen].to_vec());
                    let inside = folder.write(out, at);
                    out.list(&inside, &key, at, record);
                }
            }
        }
        keys
    }
}
