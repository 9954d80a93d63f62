//! The bytes of the file that is written: room for new blocks, changes of old ones, what was freed.
//!
//! Addresses count from the base address, as in the file. New blocks wait in a buffer at the end of the file; a change of a
//! block that readers may already know is a [`Patch`] that is applied when everything it leads to is on the disk.

use super::free_space::FreeSpace;
use crate::{Error, Kind, hdf5::storage::Widths};
use std::{
    fs, io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Bytes that wait before they are written in one call.
const BUFFER: usize = 1 << 20;
/// Bytes that do not wait in the buffer.
const LARGE: usize = 128 << 10;
/// Blocks begin at multiples of this.
const ALIGNMENT: u64 = 8;

/// New bytes for a place that the file already uses.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    pub(super) address: u64,
    pub(super) bytes: Vec<u8>,
}

/// Where the bytes go.
#[derive(Debug)]
enum Place {
    Memory(Vec<u8>),
    File { file: fs::File, path: PathBuf },
}

/// The file as its writer sees it.
#[derive(Debug)]
pub(super) struct Output {
    name: String,
    place: Place,
    /// Absolute offset of address 0.
    pub(super) base: u64,
    pub(super) widths: Widths,
    /// First address that no block uses.
    end: u64,
    /// Bytes of the addresses before `end` that are not yet in the file.
    buffer: Vec<u8>,
    /// Ranges that may be used at once.
    free: FreeSpace,
    /// Ranges that the file on the disk still names.
    freed: Vec<(u64, u64)>,
    /// What lies below this was in the file before the last commit.
    committed: u64,
}

impl Output {
    /// A new file behind `path`, or in memory.
    pub(super) fn create(name: String, file: Option<(fs::File, PathBuf)>) -> Self {
        let place = file.map_or_else(|| Place::Memory(Vec::new()), |(file, path)| Place::File { file, path });
        let widths = Widths { offset: 8, length: 8 };
        Self {
            name,
            place,
            base: 0,
            widths,
            end: 0,
            buffer: Vec::new(),
            free: FreeSpace::default(),
            freed: Vec::new(),
            committed: 0,
        }
    }

    /// A file that has `size` bytes; new blocks go behind address `end`.
    pub(super) fn edit(
        name: String,
        file: Option<(fs::File, PathBuf)>,
        bytes: Vec<u8>,
        base: u64,
        widths: Widths,
        end: u64,
    ) -> Self {
        let mut output = Self::create(name, file);
        if let Place::Memory(memory) = &mut output.place {
            *memory = bytes;
        }
        let end = end.next_multiple_of(ALIGNMENT);
        Self { base, widths, end, committed: end, ..output }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Path of the file on the disk.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Memory(_) => None,
            Place::File { path, .. } => Some(path),
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn error(&self, kind: Kind, message: impl Into<String>) -> Error {
        Error::new(&self.name, kind, message)
    }

    fn system(&self, error: &io::Error) -> Error {
        self.error(Kind::Io, format!("cannot be written: {error}"))
    }

    /// Room for `len` bytes: freed room if there is some, else the end of the file.
    pub(super) fn allocate(&mut self, len: u64) -> Result<u64, Error> {
        let len = len.max(1).next_multiple_of(ALIGNMENT);
        if let Some(address) = self.free.take(len) {
            return Ok(address);
        }
        let address = self.end;
        let widest = if self.widths.offset >= 8 { u64::MAX / 2 } else { (1 << (8 * self.widths.offset)) - 1 };
        if address.checked_add(len).is_none_or(|end| end >= widest) {
            return Err(self.error(Kind::Unsupported, format!("addresses of {} bytes do not reach further", self.widths.offset)));
        }
        self.extend(len)?;
        Ok(address)
    }

    /// Gives room back; it is used again at once if the file on the disk does not name it.
    pub(super) fn release(&mut self, address: u64, len: u64) {
        if address.checked_add(len).is_none_or(|end| end > self.end) {
            return;
        }
        if address >= self.committed {
            self.free.give(address, len.max(1).next_multiple_of(ALIGNMENT));
        } else {
            // Blocks of other writers end where the next one begins, at any byte.
            self.freed.push((address, len));
        }
    }

    /// What was freed may be used from now on: nothing on the disk leads there any more.
    pub(super) fn committed(&mut self) {
        for (address, len) in std::mem::take(&mut self.freed) {
            let from = address.next_multiple_of(ALIGNMENT);
            let to = (address + len) / ALIGNMENT * ALIGNMENT;
            if from < to {
                self.free.give(from, to - from);
            }
        }
        self.committed = self.end;
    }

    /// Writes a new block and gives its address.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<u64, Error> {
        let len = bytes.len() as u64;
        if bytes.len() >= LARGE && len.is_multiple_of(ALIGNMENT) && self.free.longest() < len {
            self.flush()?;
            let address = self.end;
            self.store(address, bytes)?;
            self.end += len;
            return Ok(address);
        }
        if self.free.longest() < len && len > 0 {
            let address = self.end;
            self.buffer.extend_from_slice(bytes);
            self.buffer.resize(self.buffer.len().next_multiple_of(ALIGNMENT as usize), 0);
            self.end = address + len.max(1).next_multiple_of(ALIGNMENT);
            if self.buffer.len() > BUFFER {
                self.flush()?;
            }
            return Ok(address);
        }
        let address = self.allocate(len)?;
        self.write(address, bytes)?;
        Ok(address)
    }

    /// Makes the file longer by zeros.
    pub(super) fn extend(&mut self, len: u64) -> Result<(), Error> {
        if len as usize <= BUFFER {
            self.end += len;
            self.buffer.resize(self.buffer.len() + len as usize, 0);
            return if self.buffer.len() > 2 * BUFFER { self.flush() } else { Ok(()) };
        }
        // Much room is left to the system, which keeps no zeros that nobody wrote.
        self.flush()?;
        self.end += len;
        self.store(self.end - 1, &[0])
    }

    fn buffer_start(&self) -> u64 {
        self.end - self.buffer.len() as u64
    }

    /// Writes bytes into room that was allocated, or changes a block.
    pub(super) fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Error> {
        let start = self.buffer_start();
        // Addresses of a damaged file lead anywhere.
        if address.checked_add(bytes.len() as u64).is_none_or(|end| end > self.end) {
            return Err(self.error(Kind::Damaged, "a block beyond the end of the file").at(address.saturating_add(self.base)));
        }
        if address >= start {
            let from = (address - start) as usize;
            self.buffer[from..from + bytes.len()].copy_from_slice(bytes);
            return if self.buffer.len() > BUFFER { self.flush() } else { Ok(()) };
        }
        if address + bytes.len() as u64 > start {
            self.flush()?;
        }
        self.store(address, bytes)
    }

    fn store(&mut self, address: u64, bytes: &[u8]) -> Result<(), Error> {
        let at = address + self.base;
        let stored = match &mut self.place {
            Place::File { file, .. } => file.write_all_at(bytes, at),
            Place::Memory(memory) => {
                let end = at as usize + bytes.len();
                if memory.len() < end {
                    memory.resize(end, 0);
                }
                memory[at as usize..end].copy_from_slice(bytes);
                Ok(())
            }
        };
        stored.map_err(|error| self.system(&error).at(at))
    }

    /// Hands all waiting bytes to the system.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let start = self.buffer_start();
        let buffer = std::mem::take(&mut self.buffer);
        self.store(start, &buffer)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    /// Waits until the bytes are on the disk.
    pub(super) fn sync(&self) -> Result<(), Error> {
        match &self.place {
            Place::File { file, .. } => file.sync_data().map_err(|error| self.system(&error)),
            Place::Memory(_) => Ok(()),
        }
    }

    /// Reads a block that was written before.
    pub(super) fn read(&self, address: u64, into: &mut [u8]) -> Result<(), Error> {
        let start = self.buffer_start();
        if address.checked_add(into.len() as u64).is_none_or(|end| end > self.end) {
            return Err(self.error(Kind::Damaged, "a block beyond the end of the file").at(address.saturating_add(self.base)));
        }
        if address >= start {
            let from = (address - start) as usize;
            into.copy_from_slice(&self.buffer[from..from + into.len()]);
            return Ok(());
        }
        let before = ((start - address) as usize).min(into.len());
        let (head, tail) = into.split_at_mut(before);
        if !tail.is_empty() {
            self.read(start, tail)?;
        }
        let at = address + self.base;
        let read = match &self.place {
            Place::File { file, .. } => file.read_exact_at(head, at),
            Place::Memory(memory) => match memory.get(at as usize..at as usize + head.len()) {
                Some(bytes) => {
                    head.copy_from_slice(bytes);
                    Ok(())
                }
                None => Err(io::ErrorKind::UnexpectedEof.into()),
            },
        };
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                self.error(Kind::Truncated, format!("truncated: {} bytes are wanted here", head.len())).at(at)
            }
            _ => self.error(Kind::Io, error.to_string()).at(at),
        })
    }

    /// Everything that was written, for files in memory.
    pub(super) fn memory(&mut self) -> Result<Option<&[u8]>, Error> {
        self.flush()?;
        Ok(match &self.place {
            Place::Memory(memory) => Some(memory),
            Place::File { .. } => None,
        })
    }
}
