//! From storage to the output: the table of needed chunks, sorted by address, one read for neighbours, filters undone in buffers
//! that are used again, rows put straight where they belong.
//!
//! The output is cut into tasks at bands: all chunks with the same place on the first axis hold the same rows, which are
//! neighbours in the output. So tasks share nothing and run in any order; each makes its own list of chunks.

use super::{
    Filter,
    conversion::Conversion,
    dataset::Dataset,
    index::{Chunk, ChunkTable},
    message::layout::Layout,
    pieces::{self, GAP, LONGEST, Piece},
    pipeline::{self, Scratch, room},
    selection::{self, Run},
    storage::Storage,
};
use crate::{Error, Kind};
use germane_numerics::Executor;
use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

/// Bytes of output that one task fills.
const TASK: usize = 1 << 20;
/// Bytes of fill values that any file may ask for; beyond, they must be in a proportion to its size.
const FILL: u64 = 64 << 20;

/// Rows that are read together, and their part of the output.
struct Task<'o> {
    ranges: Vec<Range<u64>>,
    out: &'o mut [u8],
}

/// What does not change between chunks.
struct Frame<'d> {
    storage: &'d Storage,
    table: &'d ChunkTable,
    shape: &'d [u64],
    chunk: &'d [u64],
    filters: &'d [Filter],
    fill: Option<&'d [u8]>,
    bare_edges: bool,
    /// Bytes of an element, a row of the dataset, a row of a chunk, a chunk.
    size: usize,
    row: usize,
    chunk_row: usize,
    chunk_bytes: usize,
    /// Whether the rows of a chunk are rows of the dataset.
    whole_rows: bool,
}

impl Dataset {
    /// Compares the bytes of a result with what the file can hold, before anything is allocated.
    pub(crate) fn check_asked(&self, ranges: &[Range<u64>], bytes: u64) -> Result<(), Error> {
        let about = &self.about;
        let storage = &self.object().file.inner.storage;
        let fill_allowed = storage.source.size().saturating_mul(64).saturating_add(FILL);
        let too_much = |fill: u64| {
            let message = format!("{fill} bytes of fill values in a file of {} bytes: ask for fewer rows", storage.source.size());
            storage.error(Kind::Damaged, message).at(about.layout_at)
        };
        match &about.layout {
            Layout::Compact { data, at } => {
                if (data.len() as u64) < bytes {
                    let message = format!("{} bytes are stored where {bytes} are due", data.len());
                    return Err(storage.error(Kind::Damaged, message).at(about.layout_at + *at as u64));
                }
            }
            Layout::Contiguous { address: None, .. } => {
                if bytes > fill_allowed {
                    return Err(too_much(bytes));
                }
            }
            Layout::Contiguous { address: Some(address), size } => {
                let whole = self.raw_bytes();
                if size.is_some_and(|size| size < whole) {
                    let message = format!("{} bytes are stored where {whole} are due", size.unwrap_or(0));
                    return Err(storage.error(Kind::Damaged, message).at(about.layout_at));
                }
                let at = storage.absolute(*address)?;
                // The part that is asked for must be there; whole < 2^63 keeps the products small.
                let row = whole / self.rows().max(1);
                let last = ranges.last().map_or(0, |r| r.end);
                pieces::check(storage, at, last.saturating_mul(row))?;
            }
            Layout::Chunked { chunk, bare_edges, .. } => {
                let table = self.chunks()?;
                let raw = chunk.iter().fold(u64::from(about.datatype.size), |n, &axis| n.saturating_mul(axis));
                let band = table.band();
                let (mut stored, mut last) = (0_u64, None);
                for range in ranges {
                    let first = range.start / chunk[0];
                    // A band that the range before has ended in was counted there.
                    let first = if last == Some(first) { first + 1 } else { first };
                    let end = range.end.div_ceil(chunk[0]);
                    last = Some(end - 1);
                    for chunk in table.between(first.saturating_mul(band)..end.saturating_mul(band)) {
                        pieces::check(storage, chunk.address, chunk.stored)?;
                        self.check_sizes(&table, chunk, raw, *bare_edges)?;
                        stored = stored.saturating_add(raw);
                    }
                }
                if bytes > stored.saturating_add(fill_allowed) {
                    return Err(too_much(bytes - stored));
                }
            }
            Layout::Virtual => {}
        }
        Ok(())
    }

    fn check_sizes(&self, table: &ChunkTable, chunk: &Chunk, raw: u64, bare_edges: bool) -> Result<(), Error> {
        let storage = &self.object().file.inner.storage;
        let filters = &self.about.filters;
        let mask = if bare_edges && self.is_edge(&table.place(chunk.number)) { u32::MAX } else { chunk.mask };
        let unknown = filters.iter().enumerate().find_map(|(i, filter)| match filter {
            Filter::Other { id, name, .. } if mask >> i & 1 == 0 => Some(pipeline::unknown(*id, name)),
            _ => None,
        });
        let place = || format!("chunk {:?}", table.coordinates(chunk));
        if let Some(reason) = unknown {
            return Err(storage.error(Kind::Unsupported, format!("{}: {reason}", place())).at(chunk.address));
        }
        if !pipeline::plausible(filters, mask, chunk.stored, raw) {
            let message = format!("{}: {} stored bytes cannot be a chunk of {raw}", place(), chunk.stored);
            return Err(storage.error(Kind::Damaged, message).at(chunk.address));
        }
        Ok(())
    }

    fn is_edge(&self, place: &[u64]) -> bool {
        let (Some(shape), Some(chunk)) = (self.shape(), self.chunk_shape()) else { return false };
        place.iter().zip(shape).zip(chunk).any(|((&p, &n), &c)| (p + 1).saturating_mul(c) > n)
    }

    /// Fills `out` with the rows of `ranges`, each element converted where it is.
    ///
    /// `check_asked` has seen these ranges.
    pub(crate) fn read_stored(
        &self,
        ranges: &[Range<u64>],
        out: &mut [u8],
        executor: &dyn Executor,
        conversion: &Conversion,
    ) -> Result<(), Error> {
        if out.is_empty() {
            return Ok(());
        }
        let about = &self.about;
        let storage = &self.object().file.inner.storage;
        let rows: u64 = ranges.iter().map(|r| r.end - r.start).sum();
        let row = out.len() / rows.max(1) as usize;
        match &about.layout {
            Layout::Compact { data, .. } => {
                let mut at = 0;
                for range in ranges {
                    let bytes = &data[range.start as usize * row..range.end as usize * row];
                    out[at..at + bytes.len()].copy_from_slice(bytes);
                    at += bytes.len();
                }
                conversion.in_place(out);
                Ok(())
            }
            Layout::Contiguous { address: None, .. } => {
                fill(out, about.fill.as_deref());
                conversion.in_place(out);
                Ok(())
            }
            Layout::Contiguous { address: Some(address), .. } => {
                let at = storage.absolute(*address)?;
                // Bands of rows, so that a task is about as large as with chunks.
                let band = (TASK / row.max(1)).max(1) as u64;
                let tasks = tasks(ranges, band, row, out);
                run(executor, tasks, |task, scratch| {
                    let bands = selection::bands(&task.ranges, u64::MAX);
                    let runs = bands.iter().flat_map(|(_, runs)| runs);
                    let piece = |run: &Run| Piece {
                        at: at + run.first * row as u64,
                        len: run.count * row as u64,
                        out: run.out as usize * row,
                    };
                    let pieces: Vec<Piece> = runs.map(piece).collect();
                    pieces::read(storage, &pieces, task.out, &mut scratch.stored)?;
                    conversion.in_place(task.out);
                    Ok(())
                })
            }
            Layout::Chunked { chunk, bare_edges, .. } => {
                let table = self.chunks()?;
                let shape = self.shape().unwrap_or_default();
                let size = about.datatype.size as usize;
                let chunk_row = chunk[1..].iter().product::<u64>() as usize * size;
                let frame = Frame {
                    storage,
                    table: &table,
                    shape,
                    chunk,
                    filters: &about.filters,
                    fill: about.fill.as_deref(),
                    bare_edges: *bare_edges,
                    size,
                    row,
                    chunk_row,
                    chunk_bytes: chunk_row.saturating_mul(chunk[0] as usize),
                    whole_rows: chunk[1..] == shape[1..],
                };
                let tasks = tasks(ranges, chunk[0], row, out);
                run(executor, tasks, |task, scratch| {
                    frame.task(task, scratch)?;
                    conversion.in_place(task.out);
                    Ok(())
                })
            }
            Layout::Virtual => Ok(()),
        }
    }
}

/// Fills memory with one element again and again.
fn fill(out: &mut [u8], value: Option<&[u8]>) {
    match value {
        None => out.fill(0),
        Some([byte]) => out.fill(*byte),
        Some(value) => out.chunks_exact_mut(value.len()).for_each(|element| element.copy_from_slice(value)),
    }
}

/// Rows cut into tasks where no band is cut, each with its part of the output.
fn tasks<'o>(ranges: &[Range<u64>], band: u64, row: usize, mut out: &'o mut [u8]) -> Vec<Task<'o>> {
    let mut tasks: Vec<Task<'o>> = Vec::new();
    let mut waiting: Vec<Range<u64>> = Vec::new();
    let mut bytes = 0;
    for (k, range) in ranges.iter().enumerate() {
        let next_band = ranges.get(k + 1).map(|next| next.start / band);
        let mut first = range.start;
        while first < range.end {
            let wanted = (TASK.saturating_sub(bytes) / row.max(1)).max(1) as u64;
            let end = first.saturating_add(wanted).checked_next_multiple_of(band).unwrap_or(u64::MAX).min(range.end);
            bytes += (end - first) as usize * row;
            waiting.push(first..end);
            first = end;
            let last = end == range.end && next_band.is_none();
            let whole = end % band == 0 || (end == range.end && next_band != Some((end - 1) / band));
            if last || (whole && bytes >= TASK) {
                let (mine, rest) = std::mem::take(&mut out).split_at_mut(bytes);
                tasks.push(Task { ranges: std::mem::take(&mut waiting), out: mine });
                out = rest;
                bytes = 0;
            }
        }
    }
    tasks
}

/// Runs tasks, each with a scratch that others have used before; gives the error of the first that failed.
fn run<'o>(
    executor: &dyn Executor,
    tasks: Vec<Task<'o>>,
    work: impl Fn(&mut Task<'o>, &mut Scratch) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let count = tasks.len();
    let waiting: Vec<Mutex<Option<Task<'o>>>> = tasks.into_iter().map(|task| Mutex::new(Some(task))).collect();
    let pool: Mutex<Vec<Scratch>> = Mutex::default();
    let failed: Mutex<Option<(usize, Error)>> = Mutex::default();
    executor.run(count, &|k| {
        let Some(mut task) = waiting[k].lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let before =
            |k: usize| failed.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|(first, _)| *first < k);
        if before(k) {
            return;
        }
        let mut scratch = pool.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let done = work(&mut task, &mut scratch);
        pool.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        if let Err(error) = done
            && !before(k)
        {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some((k, error));
        }
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// A stored chunk that a task needs.
struct Job<'t> {
    chunk: &'t Chunk,
    mask: u32,
    place: Vec<u64>,
    runs: &'t [Run],
}

impl Frame<'_> {
    fn task(&self, task: &mut Task<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        let per_band = self.table.band();
        let all = pipeline::all(self.filters);
        let mut filtered = Vec::new();
        let mut bare = Vec::new();
        let bands = selection::bands(&task.ranges, self.chunk[0]);
        for (number, runs) in &bands {
            let chunks = self.table.between(number * per_band..(number + 1) * per_band);
            if (chunks.len() as u64) < per_band {
                let from = runs[0].out as usize * self.row;
                let len: usize = runs.iter().map(|run| run.count as usize * self.row).sum();
                fill(&mut task.out[from..from + len], self.fill);
            }
            for chunk in chunks {
                let place = self.table.place(chunk.number);
                let edge = || place.iter().zip(self.shape).zip(self.chunk).any(|((&p, &n), &c)| (p + 1).saturating_mul(c) > n);
                let mask = if self.bare_edges && edge() { u32::MAX } else { chunk.mask };
                let job = Job { chunk, mask, place, runs };
                if mask & all == all && self.whole_rows { bare.push(job) } else { filtered.push(job) }
            }
        }
        if !bare.is_empty() {
            self.bare(bare, task, scratch)?;
        }
        self.filtered(filtered, task, scratch)
    }

    /// Chunks whose rows lie in the file as in memory.
    fn bare(&self, jobs: Vec<Job<'_>>, task: &mut Task<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        let mut pieces = Vec::new();
        for job in &jobs {
            let first = job.place[0] * self.chunk[0];
            for run in job.runs {
                pieces.push(Piece {
                    at: job.chunk.address + (run.first - first) * self.row as u64,
                    len: run.count * self.row as u64,
                    out: run.out as usize * self.row,
                });
            }
        }
        pieces.sort_unstable_by_key(|piece| piece.at);
        pieces::read(self.storage, &pieces, task.out, &mut scratch.stored)
    }

    /// Chunks that are decoded or put together from parts of rows.
    fn filtered(&self, mut jobs: Vec<Job<'_>>, task: &mut Task<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        jobs.sort_unstable_by_key(|job| job.chunk.address);
        let mut stored = std::mem::take(&mut scratch.stored);
        let mut next = 0;
        while next < jobs.len() {
            let first = jobs[next].chunk.address;
            let mut last = first + jobs[next].chunk.stored;
            let mut end = next + 1;
            while let Some(job) = jobs.get(end)
                && job.chunk.address >= last
                && job.chunk.address - last <= GAP
                && job.chunk.address + job.chunk.stored - first <= LONGEST
            {
                last = job.chunk.address + job.chunk.stored;
                end += 1;
            }
            let bytes = room(&mut stored, (last - first) as usize);
            self.storage.source.read_into(first, bytes)?;
            for job in &jobs[next..end] {
                let from = (job.chunk.address - first) as usize;
                self.chunk(job, &bytes[from..from + job.chunk.stored as usize], task, scratch)?;
            }
            next = end;
        }
        scratch.stored = stored;
        Ok(())
    }

    fn chunk(&self, job: &Job<'_>, stored: &[u8], task: &mut Task<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        let damaged = |reason: String| {
            let message = format!("chunk {:?}: {reason}", self.table.coordinates(job.chunk));
            self.storage.error(Kind::Damaged, message).at(job.chunk.address)
        };
        if self.whole_rows
            && let [run] = job.runs
            && run.count == self.chunk[0]
        {
            let from = run.out as usize * self.row;
            let out = &mut task.out[from..from + self.chunk_bytes];
            return pipeline::decode(self.filters, job.mask, stored, out, scratch).map_err(damaged);
        }
        let all = pipeline::all(self.filters);
        if job.mask & all == all {
            if stored.len() != self.chunk_bytes {
                return Err(damaged(format!("{} bytes are stored where a chunk has {}", stored.len(), self.chunk_bytes)));
            }
            self.scatter(job, stored, task);
            return Ok(());
        }
        let mut chunk = std::mem::take(&mut scratch.chunk);
        let raw = room(&mut chunk, self.chunk_bytes);
        let decoded = pipeline::decode(self.filters, job.mask, stored, raw, scratch).map_err(damaged);
        if decoded.is_ok() {
            self.scatter(job, raw, task);
        }
        scratch.chunk = chunk;
        decoded
    }

    /// Puts the asked rows of a decoded chunk where they belong.
    fn scatter(&self, job: &Job<'_>, raw: &[u8], task: &mut Task<'_>) {
        let first = job.place[0] * self.chunk[0];
        for run in job.runs {
            let from = (run.first - first) as usize * self.chunk_row;
            let to = run.out as usize * self.row;
            if self.whole_rows {
                let len = run.count as usize * self.row;
                task.out[to..to + len].copy_from_slice(&raw[from..from + len]);
                continue;
            }
            for k in 0..run.count as usize {
                let raw = &raw[from + k * self.chunk_row..][..self.chunk_row];
                let out = &mut task.out[to + k * self.row..][..self.row];
                self.scatter_row(&job.place[1..], &self.chunk[1..], &self.shape[1..], raw, out);
            }
        }
    }

    /// One row: the part of a chunk that is inside the dataset, axis by axis.
    fn scatter_row(&self, place: &[u64], chunk: &[u64], shape: &[u64], raw: &[u8], out: &mut [u8]) {
        let (Some((&p, place)), Some((&c, chunk)), Some((&n, shape))) =
            (place.split_first(), chunk.split_first(), shape.split_first())
        else {
            out.copy_from_slice(raw);
            return;
        };
        let start = (p * c) as usize;
        let count = c.min(n - p * c) as usize;
        let step_raw = chunk.iter().product::<u64>() as usize * self.size;
        let step_out = shape.iter().product::<u64>() as usize * self.size;
        if place.is_empty() || chunk == shape {
            out[start * step_out..][..count * step_out].copy_from_slice(&raw[..count * step_raw]);
            return;
        }
        for k in 0..count {
            self.scatter_row(
                place,
                chunk,
                shape,
                &raw[k * step_raw..][..step_raw],
                &mut out[(start + k) * step_out..][..step_out],
            );
        }
    }
}
