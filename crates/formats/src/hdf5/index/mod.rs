//! Where the chunks of a dataset are.

mod extensible;
mod fixed;
mod trees;

use super::{
    message::layout::{Index, Layout},
    storage::Storage,
};
use crate::{Error, Kind};

/// One stored chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Number of the chunk in the grid of the present shape, the last axis running fastest.
    pub number: u64,
    /// Absolute offset of its bytes in the file.
    pub address: u64,
    /// Bytes as stored.
    pub stored: u64,
    /// Bit i set: filter i was not applied.
    pub mask: u32,
}

/// Stored chunks of a dataset in the order of their numbers; those that are missing hold the fill value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkTable {
    /// Chunks along each axis.
    grid: Vec<u64>,
    /// Lengths of a chunk.
    chunk: Vec<u64>,
    chunks: Vec<Chunk>,
}

impl ChunkTable {
    /// Stored chunks.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Whether no chunk is stored.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Chunks along each axis.
    pub fn grid(&self) -> &[u64] {
        &self.grid
    }

    /// Stored chunks in the order of their numbers.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// First element of a chunk along each axis.
    pub fn coordinates(&self, chunk: &Chunk) -> Vec<u64> {
        let mut place = self.place(chunk.number);
        place.iter_mut().zip(&self.chunk).for_each(|(p, c)| *p *= c);
        place
    }

    /// Place in the grid of chunk `number`.
    pub(crate) fn place(&self, number: u64) -> Vec<u64> {
        let mut place = vec![0; self.grid.len()];
        let mut rest = number;
        for (p, &axis) in place.iter_mut().zip(&self.grid).rev() {
            *p = rest % axis.max(1);
            rest /= axis.max(1);
        }
        place
    }

    /// Chunks per step of the first axis.
    pub(crate) fn band(&self) -> u64 {
        self.grid[1..].iter().product()
    }

    /// The stored chunks whose numbers are in a range.
    pub(crate) fn between(&self, numbers: std::ops::Range<u64>) -> &[Chunk] {
        let from = self.chunks.partition_point(|c| c.number < numbers.start);
        let to = self.chunks.partition_point(|c| c.number < numbers.end);
        &self.chunks[from..to]
    }
}

/// What an index needs to know of its dataset.
pub(crate) struct Extent<'a> {
    pub(crate) shape: &'a [u64],
    pub(crate) max: &'a [Option<u64>],
    pub(crate) chunk: &'a [u64],
    /// Bytes of a raw chunk.
    pub(crate) bytes: u64,
    pub(crate) filtered: bool,
}

impl Extent<'_> {
    fn grid(&self) -> Vec<u64> {
        self.shape.iter().zip(self.chunk).map(|(&n, &c)| n.div_ceil(c)).collect()
    }

    /// Chunks along each axis when it has its maximum length; `None` for unlimited ones.
    fn max_grid(&self) -> Vec<Option<u64>> {
        (0..self.shape.len())
            .map(|k| match self.max.get(k) {
                Some(most) => most.map(|n| n.div_ceil(self.chunk[k])),
                None => Some(self.shape[k].div_ceil(self.chunk[k])),
            })
            .collect()
    }
}

/// Collects chunks while an index is walked.
pub(crate) struct Collector<'s> {
    storage: &'s Storage,
    grid: Vec<u64>,
    chunks: Vec<Chunk>,
}

impl Collector<'_> {
    /// A chunk at a place of the grid; those beyond the present shape are left out.
    fn add(&mut self, place: &[u64], address: u64, stored: u64, mask: u32) -> Result<(), Error> {
        if place.iter().zip(&self.grid).any(|(p, n)| p >= n) {
            return Ok(());
        }
        let number = place.iter().zip(&self.grid).fold(0, |number, (p, n)| number * n + p);
        let address = self.storage.absolute(address)?;
        self.chunks.push(Chunk { number, address, stored, mask });
        Ok(())
    }
}

/// Reads the index of a chunked layout.
pub(crate) fn read(storage: &Storage, layout: &Layout, extent: &Extent<'_>) -> Result<ChunkTable, Error> {
    let Layout::Chunked { chunk, index, address, .. } = layout else {
        return Err(storage.error(Kind::Damaged, "a dataset without chunks"));
    };
    let grid = extent.grid();
    if grid.iter().try_fold(1_u64, |n, &axis| n.checked_mul(axis)).is_none() {
        return Err(storage.error(Kind::Damaged, format!("{grid:?} chunks are more than can be counted")));
    }
    let mut found = Collector { storage, grid: grid.clone(), chunks: Vec::new() };
    if let Some(address) = *address
        && !grid.contains(&0)
    {
        match index {
            Index::Tree1 => trees::version_1(storage, address, extent, &mut found)?,
            Index::Tree2 => trees::version_2(storage, address, extent, &mut found)?,
            Index::Single(filtered) => {
                let (stored, mask) = filtered.unwrap_or((extent.bytes, 0));
                found.add(&vec![0; grid.len()], address, stored, mask)?;
            }
            Index::Implicit => implicit(storage, address, extent, &mut found)?,
            Index::Fixed => fixed::read(storage, address, extent, &mut found)?,
            Index::Extensible => extensible::read(storage, address, extent, &mut found)?,
        }
    }
    let mut chunks = found.chunks;
    chunks.sort_unstable_by_key(|c| c.number);
    if let Some(pair) = chunks.windows(2).find(|pair| pair[0].number == pair[1].number) {
        let message = format!("two chunks in the same place (number {})", pair[0].number);
        return Err(storage.error(Kind::Damaged, message).at(pair[1].address));
    }
    Ok(ChunkTable { grid, chunk: chunk.clone(), chunks })
}

/// Place in the grid of the maximum shape.
fn unravel(mut number: u64, grid: &[u64], place: &mut [u64]) {
    for (p, &axis) in place.iter_mut().zip(grid).rev() {
        *p = number % axis.max(1);
        number /= axis.max(1);
    }
}

/// All chunks of the maximum shape lie one after the other.
fn implicit(storage: &Storage, address: u64, extent: &Extent<'_>, found: &mut Collector<'_>) -> Result<(), Error> {
    let grid: Vec<u64> = extent.max_grid().iter().map(|n| n.unwrap_or(0)).collect();
    let at = storage.absolute(address)?;
    let count = grid.iter().try_fold(1_u64, |n, &axis| n.checked_mul(axis));
    let whole = count.and_then(|n| n.checked_mul(extent.bytes)).filter(|&len| len <= storage.left(at));
    let (Some(count), Some(_)) = (count, whole) else {
        let message = format!(
            "truncated: {grid:?} chunks of {} bytes from here, the file ends at byte {}",
            extent.bytes,
            storage.source.size()
        );
        return Err(storage.error(Kind::Truncated, message).at(at));
    };
    let mut place = vec![0; grid.len()];
    for number in 0..count {
        unravel(number, &grid, &mut place);
        found.add(&place, address + number * extent.bytes, extent.bytes, 0)?;
    }
    Ok(())
}
