//! Bytes of a file by HDF5 address, with errors that name file and byte.

use super::{
    checksum::lookup3,
    cursor::{Cursor, Fault, Parsed},
};
use crate::{Error, Kind, source::Source};
use std::{fmt, sync::Arc};

/// Bytes of addresses and of lengths in this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Widths {
    /// Of addresses.
    pub(crate) offset: u8,
    /// Of lengths.
    pub(crate) length: u8,
}

/// A source with the place where HDF5 begins in it.
#[derive(Clone)]
pub(crate) struct Storage {
    pub(crate) source: Arc<dyn Source>,
    /// Absolute offset of address 0.
    pub(crate) base: u64,
    pub(crate) widths: Widths,
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({} from byte {})", self.source.name(), self.base)
    }
}

/// Bytes with their absolute offset.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) at: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Storage {
    pub(crate) fn error(&self, kind: Kind, message: impl Into<String>) -> Error {
        Error::new(self.source.name(), kind, message)
    }

    /// The error of a fault in bytes that begin at the absolute offset `at`.
    pub(crate) fn fault(&self, at: u64, fault: Fault) -> Error {
        let kind = if fault.unsupported { Kind::Unsupported } else { Kind::Damaged };
        self.error(kind, fault.reason).at(at.saturating_add(fault.at as u64))
    }

    /// Absolute offset of an address.
    pub(crate) fn absolute(&self, address: u64) -> Result<u64, Error> {
        address.checked_add(self.base).ok_or_else(|| self.error(Kind::Damaged, format!("address {address} is beyond all files")))
    }

    /// Bytes from absolute offset `at` to the end of the file.
    pub(crate) fn left(&self, at: u64) -> u64 {
        self.source.size().saturating_sub(at)
    }

    /// `len` bytes from `address`.
    pub(crate) fn block(&self, address: u64, len: u64) -> Result<Block, Error> {
        let at = self.absolute(address)?;
        Ok(Block { at, bytes: self.source.read(at, len)? })
    }

    /// `len` bytes from `address`, or what is there of them.
    pub(crate) fn block_at_most(&self, address: u64, len: u64) -> Result<Block, Error> {
        let at = self.absolute(address)?;
        let there = self.left(at);
        if there == 0 {
            let message = format!("truncated: bytes are wanted here, the file ends at byte {}", self.source.size());
            return Err(self.error(Kind::Truncated, message).at(at));
        }
        Ok(Block { at, bytes: self.source.read(at, len.min(there))? })
    }

    /// Runs a parser over a block.
    pub(crate) fn parse<'a, T>(&self, block: &'a Block, parser: impl FnOnce(&mut Cursor<'a>) -> Parsed<T>) -> Result<T, Error> {
        parser(&mut Cursor::new(&block.bytes, self.widths)).map_err(|fault| self.fault(block.at, fault))
    }

    /// Checks the sum that the last four bytes of `bytes` hold; they begin at absolute offset `at`.
    pub(crate) fn check_sum(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
            return Err(self.error(Kind::Damaged, "block too short for its checksum").at(at));
        };
        let (stored, computed) = (u32::from_le_bytes(*sum), lookup3(body));
        if stored == computed {
            return Ok(());
        }
        Err(self
            .error(Kind::Damaged, format!("checksum of metadata wrong (stored {stored:08x}, computed {computed:08x})"))
            .at(at))
    }

    /// A block whose last four bytes are its checksum.
    pub(crate) fn summed_block(&self, address: u64, len: u64) -> Result<Block, Error> {
        let block = self.block(address, len)?;
        self.check_sum(block.at, &block.bytes)?;
        Ok(block)
    }
}

/// Addresses that were visited once; a second visit is a cycle.
#[derive(Default)]
pub(crate) struct Visited(std::collections::HashSet<u64>);

impl Visited {
    pub(crate) fn enter(&mut self, storage: &Storage, address: u64, what: &str) -> Result<(), Error> {
        if self.0.insert(address) {
            return Ok(());
        }
        let at = storage.absolute(address)?;
        Err(storage.error(Kind::Damaged, format!("{what} leads back to itself")).at(at))
    }
}

/// What happens to a list when a part of it cannot be read.
#[derive(Debug)]
pub(crate) enum Losses {
    /// The first error ends it: what is missing would be taken for absent.
    Refuse,
    /// The rest is read; the first error is kept.
    Keep(Option<Error>),
}

impl Losses {
    pub(crate) fn pass(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        match (self, result) {
            (Self::Refuse, result) => result,
            (Self::Keep(first), Err(error)) => {
                first.get_or_insert(error);
                Ok(())
            }
            (Self::Keep(_), Ok(())) => Ok(()),
        }
    }

    /// Whether something was lost.
    pub(crate) fn any(&self) -> bool {
        matches!(self, Self::Keep(Some(_)))
    }
}
