//! The bytes of one record while it is written: what [`super::super::cursor`] and [`super::super::pointers`] read.

use std::collections::BTreeMap;

const BYTE_COUNT: u32 = 1 << 30;
const CLASS: u32 = 1 << 31;
const NEW_CLASS: u32 = u32::MAX;

/// Most bytes of a payload: ROOT counts the bytes of an object in 30 bits.
pub(super) const MOST: usize = (1 << 30) - 2;

/// Big-endian bytes of a record behind its key.
pub(super) struct Record {
    pub(super) bytes: Vec<u8>,
    /// Length of the key, from which tags count.
    origin: usize,
    classes: BTreeMap<&'static str, u32>,
}

impl Record {
    pub(super) fn new(origin: usize) -> Self {
        Self { bytes: Vec::new(), origin, classes: BTreeMap::new() }
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.u32(value as u32);
    }

    pub(super) fn f32(&mut self, value: f32) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    /// TString.
    pub(super) fn text(&mut self, text: &str) {
        match u8::try_from(text.len()) {
            Ok(short) if short < 255 => self.u8(short),
            _ => {
                self.u8(255);
                self.u32(text.len() as u32);
            }
        }
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// TArrayD.
    pub(super) fn doubles(&mut self, values: &[f64]) {
        self.u32(values.len() as u32);
        self.bytes.extend(values.iter().flat_map(|value| value.to_be_bytes()));
    }

    /// TArrayF.
    pub(super) fn floats(&mut self, values: &[f64]) {
        self.u32(values.len() as u32);
        self.bytes.extend(values.iter().flat_map(|&value| (value as f32).to_be_bytes()));
    }

    fn counted(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.u32(0);
        write(self);
        let count = (self.bytes.len() - start - 4) as u32 | BYTE_COUNT;
        self.bytes[start..start + 4].copy_from_slice(&count.to_be_bytes());
    }

    /// An object of this version of its class: byte count, version, members.
    pub(super) fn object(&mut self, version: u16, members: impl FnOnce(&mut Self)) {
        self.counted(|record| {
            record.u16(version);
            members(record);
        });
    }

    /// A pointer to an object: byte count, class, the object.
    pub(super) fn pointer(&mut self, class: &'static str, object: impl FnOnce(&mut Self)) {
        self.counted(|record| {
            match record.classes.get(class) {
                Some(&tag) => record.u32(tag | CLASS),
                None => {
                    let tag = (record.bytes.len() + record.origin + 2) as u32;
                    record.classes.insert(class, tag);
                    record.u32(NEW_CLASS);
                    record.bytes.extend_from_slice(class.as_bytes());
                    record.u8(0);
                }
            }
            object(record);
        });
    }

    /// A pointer to nothing.
    pub(super) fn null(&mut self) {
        self.u32(0);
    }

    /// TObject.
    pub(super) fn tobject(&mut self, id: u32, bits: u32) {
        self.u16(1);
        self.u32(id);
        self.u32(bits);
    }

    /// TNamed.
    pub(super) fn tnamed(&mut self, bits: u32, name: &str, title: &str) {
        self.object(1, |record| {
            record.tobject(0, bits);
            record.text(name);
            record.text(title);
        });
    }

    /// TList or THashList of objects that `item` writes as pointers, each without an option.
    pub(super) fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.object(5, |record| {
            record.tobject(0, 0);
            record.text("");
            record.u32(items.len() as u32);
            for one in items {
                item(record, one);
                record.text("");
            }
        });
    }
}
