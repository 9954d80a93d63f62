//! Waveforms that a codec wrote: decoded row by row to the type that is asked for, and encoded.

use super::codec::Codec;
use super::leaf;
use super::memory::{Aligned, from_sums};
use super::opened::Opened;
use super::{Content, Object, Vectors};
use crate::hdf5::{Dataset, Element, Values};
use crate::{Error, Kind};
use germane_codecs::{Fault, OutOfRange, radware_sigcompress, uleb128_zigzag_diff};
use germane_columns::NumberType;
use germane_numerics::{Executor, Inline};
use std::ops::Range;
use std::sync::Mutex;

/// Numbers of samples.
pub(super) enum Lengths {
    /// the same in all rows
    Equal(u64),
    /// of each row
    Each(Vec<u64>),
}

/// The bytes of rows of one file.
pub(super) struct Bytes<'a> {
    pub(super) of: &'a Opened,
    pub(super) dataset: &'a Dataset,
    /// of bytes
    pub(super) ranges: Vec<Range<u64>>,
    /// rows of the result
    pub(super) rows: Range<usize>,
    /// their numbers in the file
    pub(super) row_numbers: &'a [Range<u64>],
}

impl Bytes<'_> {
    fn row_number(&self, row: usize) -> u64 {
        let mut left = (row - self.rows.start) as u64;
        for range in self.row_numbers {
            if left < range.end - range.start {
                return range.start + left;
            }
            left -= range.end - range.start;
        }
        left
    }
}

/// Encoded bytes that are held at a time: small enough for the caches, large beside a chunk.
const BLOCK: u64 = 4 << 20;

/// How rows are decoded.
pub(super) struct Decoding<'a> {
    pub(super) of: &'a Opened,
    pub(super) codec: Codec,
    pub(super) number: NumberType,
    pub(super) wrap: bool,
    pub(super) executor: &'a dyn Executor,
}

/// Rows that are decoded together.
struct Block<'a> {
    from: usize,
    rows: Range<usize>,
    /// ranges in the dataset of bytes
    ranges: Vec<Range<u64>>,
    out: &'a mut [u8],
}

impl Decoding<'_> {
    /// Decodes all rows; `ends` are the inclusive sums of their bytes.
    ///
    /// # Errors
    /// [`Kind::Damaged`] with the row, for bytes that are no waveform of that length; [`Kind::Unsupported`] with row and sample
    /// for a sample that does not fit the number type.
    pub(super) fn decode(&self, bytes: &[Bytes<'_>], ends: &[u64], lengths: &Lengths) -> Result<Content, Error> {
        let rows = ends.len();
        let start = |row: usize| if row == 0 { 0 } else { ends[row - 1] };
        let length = |row: usize| match lengths {
            Lengths::Equal(samples) => *samples,
            Lengths::Each(each) => each[row],
        };
        // What a row claims is compared with its bytes before anything is allocated.
        for part in bytes {
            for row in part.rows.clone() {
                let stored = ends[row] - start(row);
                if length(row) > self.codec.most_samples(stored) {
                    let message = format!("row {}: {stored} bytes cannot hold {} samples", part.row_number(row), length(row));
                    return Err(part.of.error(Kind::Damaged, message).object(self.of.path.clone()));
                }
            }
        }
        let mut sums = Vec::with_capacity(rows);
        let mut samples = 0_u64;
        for row in 0..rows {
            samples += length(row);
            sums.push(samples);
        }
        let size = self.number.size();
        let total = usize::try_from(samples).ok().and_then(|samples| samples.checked_mul(size));
        let total = total.ok_or_else(|| self.of.error(Kind::Damaged, "more samples than memory"))?;
        let mut made = Aligned::zeroed(total);
        let mut blocks = Vec::new();
        let mut rest = made.bytes_mut();
        for (from, part) in bytes.iter().enumerate() {
            let mut pieces = Pieces { ranges: &part.ranges, at: 0 };
            let mut row = part.rows.start;
            while row < part.rows.end {
                let first = row;
                // At least a row, and then as many as the block holds.
                row += 1;
                while row < part.rows.end && ends[row] - start(first) <= BLOCK {
                    row += 1;
                }
                let ranges = pieces.take(ends[row - 1] - start(first));
                let samples = (sums[row - 1] - if first == 0 { 0 } else { sums[first - 1] }) as usize;
                let (out, after) = rest.split_at_mut(samples * size);
                rest = after;
                blocks.push(Mutex::new(Some(Block { from, rows: first..row, ranges, out })));
            }
        }
        let failed: Mutex<Option<(usize, Error)>> = Mutex::new(None);
        let scratch: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
        self.executor.run(blocks.len(), &|number| {
            let Some(block) = lock(&blocks[number]).take() else { return };
            let earlier = lock(&failed).as_ref().is_some_and(|(first, _)| *first < number);
            if earlier {
                return;
            }
            let mut room = lock(&scratch).pop().unwrap_or_default();
            if let Err(error) = self.block(block, bytes, ends, &length, &mut room) {
                let mut first = lock(&failed);
                if first.as_ref().is_none_or(|(other, _)| number < *other) {
                    *first = Some((number, error));
                }
            }
            lock(&scratch).push(room);
        });
        drop(blocks);
        if let Some((_, error)) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            return Err(error);
        }
        let element = Element::Number(self.number);
        let buffer = made.into_buffer();
        Ok(match lengths {
            Lengths::Equal(samples) => Content::Array(Values::fixed(element, vec![rows, *samples as usize], buffer)),
            Lengths::Each(_) => {
                let items = Values::fixed(element, vec![samples as usize], buffer);
                // Sums of lengths are u4 where they fit, as the peers write them.
                let sums = from_sums(&sums, NumberType::U32).unwrap_or_else(|_| sums.into());
                let flattened_data = Box::new(Object::new("array<1>{real}", Content::Array(items)));
                Content::Vectors(Vectors { cumulative_length: sums, flattened_data })
            }
        })
    }

    fn block(
        &self,
        block: Block<'_>,
        bytes: &[Bytes<'_>],
        ends: &[u64],
        length: &dyn Fn(usize) -> u64,
        room: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let part = &bytes[block.from];
        let first = if block.rows.start == 0 { 0 } else { ends[block.rows.start - 1] };
        let stored = (ends[block.rows.end - 1] - first) as usize;
        if room.len() < stored {
            room.resize(stored, 0);
        }
        let room = &mut room[..stored];
        if stored > 0 {
            part.dataset.read_bytes_into(&leaf::rows(part.dataset, &block.ranges), room, &Inline)?;
        }
        let size = self.number.size();
        let mut out = block.out;
        for row in block.rows {
            let start = (if row == 0 { 0 } else { ends[row - 1] } - first) as usize;
            let (here, after) = out.split_at_mut(length(row) as usize * size);
            out = after;
            let encoded = &room[start..(ends[row] - first) as usize];
            decode_row(self.codec, self.number, self.wrap, encoded, here).map_err(|fault| {
                // Bytes that are good in the widest type are no damage.
                let mut widest = Aligned::zeroed(8 * length(row) as usize);
                let good = decode_row(self.codec, NumberType::I64, false, encoded, widest.bytes_mut()).is_ok();
                let kind = if good { Kind::Unsupported } else { Kind::Damaged };
                part.of.error(kind, format!("row {}: {fault}", part.row_number(row))).object(self.of.path.clone())
            })?;
        }
        Ok(())
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Ranges, taken piece by piece.
struct Pieces<'a> {
    ranges: &'a [Range<u64>],
    /// taken of the first one
    at: u64,
}

impl Pieces<'_> {
    fn take(&mut self, mut count: u64) -> Vec<Range<u64>> {
        let mut taken = Vec::new();
        while count > 0 {
            let Some(first) = self.ranges.first() else { break };
            let start = first.start + self.at;
            let end = first.end.min(start.saturating_add(count));
            taken.push(start..end);
            count -= end - start;
            self.at += end - start;
            if end == first.end {
                (self.ranges, self.at) = (&self.ranges[1..], 0);
            }
        }
        taken
    }
}

/// Decodes one row to `out`, native numbers of the type.
pub(super) fn decode_row(codec: Codec, number: NumberType, wrap: bool, encoded: &[u8], out: &mut [u8]) -> Result<(), Fault> {
    let rule = if wrap { OutOfRange::Wrap } else { OutOfRange::Refuse };
    macro_rules! decode {
        ($ty:ty) => {{
            let out: &mut [$ty] = bytemuck::cast_slice_mut(out);
            match codec {
                Codec::Uleb128ZigzagDiff => uleb128_zigzag_diff::decode_into(encoded, out, rule),
                Codec::RadwareSigcompress { shift } => radware_sigcompress::decode_into(encoded, shift, out, rule),
            }
        }};
    }
    match number {
        NumberType::I8 => decode!(i8),
        NumberType::I16 => decode!(i16),
        NumberType::I32 => decode!(i32),
        NumberType::I64 => decode!(i64),
        NumberType::U8 => decode!(u8),
        NumberType::U16 => decode!(u16),
        NumberType::U32 => decode!(u32),
        NumberType::U64 => decode!(u64),
        NumberType::F32 => decode!(f32),
        NumberType::F64 => decode!(f64),
    }
}
