//! As much of zip archives as arrays need: entries that are stored or deflated, with 64-bit sizes.
//!
//! ```text
//! entries    local header (30 bytes, name, extra), data
//! directory  one header for each entry (46 bytes, name, extra, comment): sizes, CRC-32, where its local header is
//! end        [64-bit record of the end (56 bytes), where that is (20 bytes)] record of the end (22 bytes, comment)
//! ```

use super::{Storage, npy::Aligned};
use crate::{Error, Kind, source::Source};
use germane_codecs::{Codec, Decoder, Encoder, crc32};
use std::io::{self, Write};

const LOCAL: u32 = 0x0403_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
const END_64: u32 = 0x0606_4B50;
const LOCATOR_64: u32 = 0x0706_4B50;
/// Identifier of the extra field with 64-bit sizes.
const EXTRA_64: u16 = 1;
/// Stands where a size is in the extra field.
const IN_EXTRA: u32 = u32::MAX;
/// Deflate makes at most this many bytes of one.
const EXPANSION: u64 = 1032;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Level of deflate, as NumPy's.
const LEVEL: i32 = 6;
/// 1 January 1980, the first day that an archive knows: times would make equal arrays differ.
const DATE: u16 = 1 << 5 | 1;

/// What the directory says of an entry.
pub(super) struct Entry {
    pub(super) name: String,
    /// offset of the local header
    pub(super) header: u64,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
}

/// Little-endian numbers one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn number(&mut self, length: usize) -> Option<u64> {
        Some(self.bytes(length)?.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    fn u16(&mut self) -> Option<u16> {
        self.number(2).map(|n| n as u16)
    }

    fn u32(&mut self) -> Option<u32> {
        self.number(4).map(|n| n as u32)
    }
}

/// Entries of an archive.
pub(super) fn directory(source: &dyn Source) -> Result<Vec<Entry>, Error> {
    let (name, size) = (source.name(), source.size());
    let error = |kind: Kind, at: u64, message: &str| Error::new(name, kind, message).at(at);
    let tail_length = size.min(22 + u64::from(u16::MAX));
    let tail_start = size - tail_length;
    let tail = source.read(tail_start, tail_length)?;
    // The end is known by its mark and by a comment that fills the rest of the file.
    let ends = (0..tail.len().saturating_sub(21)).rev();
    let end = ends.into_iter().find(|at| {
        let comment = u16::from_le_bytes([tail[at + 20], tail[at + 21]]);
        tail[*at..].starts_with(&END.to_le_bytes()) && at + 22 + usize::from(comment) == tail.len()
    });
    let Some(end) = end else {
        let start = source.read(0, size.min(4))?;
        let whole = start != LOCAL.to_le_bytes();
        let (kind, message) =
            if whole { (Kind::NotThisFormat, "not a zip archive") } else { (Kind::Truncated, "the archive has no end") };
        return Err(error(kind, if whole { 0 } else { size }, message));
    };
    let end_at = tail_start + end as u64;
    let mut fields = Fields(&tail[end + 4..]);
    let mut numbers = || Some((fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?, fields.u32()?, fields.u32()?));
    let (disk, directory_disk, _, count, length, start) = numbers().expect("invariant: 22 bytes");
    let (mut count, mut length, mut start) = (u64::from(count), u64::from(length), u64::from(start));
    if disk != directory_disk {
        return Err(error(Kind::Unsupported, end_at, "an archive in several files"));
    }
    let elsewhere = count == u64::from(u16::MAX) || length == u64::from(IN_EXTRA) || start == u64::from(IN_EXTRA);
    if elsewhere && let Some(large) = end_64(source, end_at)? {
        (count, length, start) = large;
    }
    if start.checked_add(length).is_none_or(|stop| stop > end_at) {
        return Err(error(Kind::Damaged, end_at, "the directory of the archive is not where its end says"));
    }
    let bytes = source.read(start, length)?;
    let mut fields = Fields(&bytes);
    let mut entries = Vec::new();
    let mut packed = 0_u64;
    while (entries.len() as u64) < count {
        let at = start + (bytes.len() - fields.0.len()) as u64;
        let entry = entry(&mut fields).ok_or_else(|| error(Kind::Damaged, at, "the directory of the archive is damaged"))?;
        // Entries that share bytes would be a small file with endless contents.
        packed = packed.saturating_add(entry.packed);
        if packed > size || entry.header >= start {
            return Err(error(Kind::Damaged, at, "entries overlap or lie outside the archive").object(entry.name));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Entries, length and start of the directory from the 64-bit record of the end.
fn end_64(source: &dyn Source, end: u64) -> Result<Option<(u64, u64, u64)>, Error> {
    let Some(locator_at) = end.checked_sub(20) else { return Ok(None) };
    let locator = source.read(locator_at, 20)?;
    if !locator.starts_with(&LOCATOR_64.to_le_bytes()) {
        return Ok(None);
    }
    let damaged = || Error::new(source.name(), Kind::Damaged, "the 64-bit end of the archive is damaged").at(locator_at);
    let at = Fields(&locator[8..]).number(8).ok_or_else(damaged)?;
    if at.checked_add(56).is_none_or(|stop| stop > locator_at) {
        return Err(damaged());
    }
    let record = source.read(at, 56)?;
    if !record.starts_with(&END_64.to_le_bytes()) {
        return Err(damaged());
    }
    let mut fields = Fields(&record[32..]);
    let mut numbers = || Some((fields.number(8)?, fields.number(8)?, fields.number(8)?));
    Ok(numbers())
}

/// One header of the directory.
fn entry(fields: &mut Fields<'_>) -> Option<Entry> {
    if fields.u32()? != CENTRAL {
        return None;
    }
    fields.bytes(4)?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?;
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    fields.bytes(8)?;
    let header = fields.u32()?;
    let name = String::from_utf8_lossy(fields.bytes(name.into())?).into_owned();
    let mut extras = Fields(fields.bytes(extra.into())?);
    fields.bytes(comment.into())?;
    let (mut packed, mut size, mut header) = (Some(u64::from(packed)), Some(u64::from(size)), Some(u64::from(header)));
    // In this order, and only those that do not fit.
    let mut large = [&mut size, &mut packed, &mut header];
    let mut missing: Vec<_> = large.iter_mut().filter(|number| ***number == Some(u64::from(IN_EXTRA))).collect();
    for number in &mut missing {
        ***number = None;
    }
    while !missing.is_empty() {
        let (id, length) = (extras.u16()?, extras.u16()?);
        let mut field = Fields(extras.bytes(length.into())?);
        if id == EXTRA_64 {
            for number in missing.drain(..) {
                **number = Some(field.number(8)?);
            }
        }
    }
    Some(Entry { name, header: header?, flags, method, crc, packed: packed?, size: size? })
}

impl Entry {
    /// The bytes, with size and checksum compared.
    pub(super) fn read(&self, source: &dyn Source) -> Result<Aligned, Error> {
        let error = |kind: Kind, message: &str| Error::new(source.name(), kind, message).object(&*self.name).at(self.header);
        if self.flags & 1 != 0 {
            return Err(error(Kind::Unsupported, "encrypted"));
        }
        let most = match self.method {
            STORED => self.packed,
            DEFLATED => self.packed.saturating_mul(EXPANSION),
            method => return Err(error(Kind::Unsupported, &format!("method {method} of compression"))),
        };
        let local = source.read(self.header, 30)?;
        if !local.starts_with(&LOCAL.to_le_bytes()) {
            return Err(error(Kind::Damaged, "no entry of the archive here"));
        }
        if self.size > most || (self.method == STORED && self.size != self.packed) {
            return Err(error(Kind::Damaged, &format!("{} bytes cannot become {}", self.packed, self.size)));
        }
        let skip = u64::from(u16::from_le_bytes([local[26], local[27]])) + u64::from(u16::from_le_bytes([local[28], local[29]]));
        let start = self.header + 30 + skip;
        if start.checked_add(self.packed).is_none_or(|stop| stop > source.size()) {
            return Err(error(Kind::Truncated, &format!("{} bytes are wanted, the file ends before", self.packed)));
        }
        let mut bytes = Aligned::new(self.size as usize);
        if self.method == STORED {
            source.read_into(start, bytes.as_mut())?;
        } else {
            let packed = source.read(start, self.packed)?;
            let done = Decoder::default().decompress(Codec::Deflate, &packed, bytes.as_mut());
            done.map_err(|fault| error(Kind::Damaged, &fault.reason).at(start))?;
        }
        if crc32(bytes.as_mut()) != self.crc {
            return Err(error(Kind::Damaged, "checksum wrong (CRC-32)").at(start));
        }
        Ok(bytes)
    }
}

/// Writes an archive from its beginning to its end.
pub(super) struct Writer {
    storage: Storage,
    encoder: Encoder,
    directory: Vec<u8>,
    entries: u64,
    at: u64,
}

impl Writer {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage, encoder: Encoder::default(), directory: Vec::new(), entries: 0, at: 0 }
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, out: &mut impl Write, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut packed = Vec::new();
        if self.storage == Storage::Deflated {
            self.encoder.compress(Codec::Deflate, LEVEL, bytes, &mut packed).map_err(io::Error::other)?;
        }
        let smaller = self.storage == Storage::Deflated && packed.len() < bytes.len();
        let (method, data) = if smaller { (DEFLATED, &packed[..]) } else { (STORED, bytes) };
        let name_length = u16::try_from(name.len()).map_err(|_| io::Error::other("name of an array above 65535 bytes"))?;
        let (size, packed, header) = (bytes.len() as u64, data.len() as u64, self.at);
        let sizes_large = size.max(packed) >= u64::from(IN_EXTRA);
        let header_large = header >= u64::from(IN_EXTRA);
        let version: u16 = if sizes_large || header_large { 45 } else { 20 };
        // Names are UTF-8; the mark is needed only where they are not ASCII.
        let flags: u16 = if name.is_ascii() { 0 } else { 1 << 11 };

        let mut common = Vec::new();
        for number in [version, flags, method, 0, DATE] {
            common.extend(number.to_le_bytes());
        }
        common.extend(crc32(bytes).to_le_bytes());
        for number in [packed, size] {
            let number = if sizes_large { IN_EXTRA } else { number as u32 };
            common.extend(number.to_le_bytes());
        }
        common.extend(name_length.to_le_bytes());

        let sizes = if sizes_large { &[size, packed][..] } else { &[] };
        let local_extra = extra(sizes.iter().copied());
        let mut local = LOCAL.to_le_bytes().to_vec();
        local.extend_from_slice(&common);
        local.extend((local_extra.len() as u16).to_le_bytes());
        local.extend(name.bytes());
        local.extend(local_extra);
        out.write_all(&local)?;
        out.write_all(data)?;

        let central_extra = extra(sizes.iter().copied().chain(header_large.then_some(header)));
        self.directory.extend(CENTRAL.to_le_bytes());
        // By version 4.5 of the description, under Unix.
        self.directory.extend([45, 3]);
        self.directory.extend(common);
        self.directory.extend((central_extra.len() as u16).to_le_bytes());
        self.directory.extend([0; 6]);
        // A plain file that its owner writes and all read.
        self.directory.extend((0o100_644_u32 << 16).to_le_bytes());
        self.directory.extend((if header_large { IN_EXTRA } else { header as u32 }).to_le_bytes());
        self.directory.extend(name.bytes());
        self.directory.extend(central_extra);
        self.entries += 1;
        self.at += local.len() as u64 + packed;
        Ok(())
    }

    /// Writes the directory and the end.
    pub(super) fn finish(self, out: &mut impl Write) -> io::Result<()> {
        let (start, length, entries) = (self.at, self.directory.len() as u64, self.entries);
        let mut end = self.directory;
        let large = start.max(length) >= u64::from(IN_EXTRA) || entries >= u64::from(u16::MAX);
        if large {
            end.extend(END_64.to_le_bytes());
            end.extend(44_u64.to_le_bytes());
            end.extend([45, 3, 45, 0]);
            end.extend([0; 8]);
            for number in [entries, entries, length, start] {
                end.extend(number.to_le_bytes());
            }
            end.extend(LOCATOR_64.to_le_bytes());
            end.extend([0; 4]);
            end.extend((start + length).to_le_bytes());
            end.extend(1_u32.to_le_bytes());
        }
        end.extend(END.to_le_bytes());
        end.extend([0; 4]);
        let count = if large { u16::MAX } else { entries as u16 };
        end.extend([count, count].map(u16::to_le_bytes).concat());
        for number in [length, start] {
            end.extend((if large { IN_EXTRA } else { number as u32 }).to_le_bytes());
        }
        end.extend([0; 2]);
        out.write_all(&end)
    }
}

/// The extra field of 64-bit numbers; empty without any.
fn extra(numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.flat_map(u64::to_le_bytes).collect();
    if numbers.is_empty() {
        return numbers;
    }
    let mut field = EXTRA_64.to_le_bytes().to_vec();
    field.extend((numbers.len() as u16).to_le_bytes());
    field.extend(numbers);
    field
}
