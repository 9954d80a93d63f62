//! Rows into chunks: whole bands go through the filters at once, the last one waits in memory for more rows.

use super::{
    chunk_tree::{ChunkTree, Entries, Entry},
    filtering::{self, Workshop},
    geometry::Geometry,
    output::Output,
};
use crate::{
    Error, Kind,
    hdf5::pipeline::{self, Scratch},
};
use germane_numerics::Executor;
use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
};

/// Raw bytes of chunks that are filtered before the first of them is written.
const BATCH: usize = 64 << 20;

/// The rows of a band that is not written yet, or may get more.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    band: u64,
    rows: Vec<u8>,
    /// Whether the file has other bytes.
    dirty: bool,
}

/// A dataset in chunks.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    pub(super) geometry: Arc<Geometry>,
    pub(super) entries: Entries,
    pub(super) tree: ChunkTree,
    tail: Option<Tail>,
    /// Whether the index of the file is not that of `entries`.
    pub(super) changed: bool,
}

/// A band that is ready to be filtered and stored.
#[derive(Debug)]
pub(super) struct Band<'v> {
    pub(super) number: u64,
    pub(super) rows: Cow<'v, [u8]>,
}

impl Chunks {
    pub(super) fn new(geometry: Geometry, entries: Entries, tree: ChunkTree) -> Self {
        Self { geometry: Arc::new(geometry), entries, tree, tail: None, changed: false }
    }

    /// Bytes that wait in memory.
    pub(super) fn waiting(&self) -> usize {
        self.tail.as_ref().map_or(0, |tail| tail.rows.capacity())
    }

    /// Takes rows from `start` on, of a dataset that had `before` rows; bands that are complete are given to `ready`.
    pub(super) fn write<'v>(
        &mut self,
        start: u64,
        #[allow(clippy::ptr_arg, reason = "a borrowed part stays borrowed")] bytes: &Cow<'v, [u8]>,
        before: u64,
        output: &Output,
        scratch: &mut Scratch,
        ready: &mut Vec<Band<'v>>,
    ) -> Result<(), Error> {
        let geometry = self.geometry.clone();
        if geometry.row == 0 {
            return Ok(());
        }
        let (row, band_rows) = (geometry.row, geometry.band_rows());
        let end = start + (bytes.len() / row) as u64;
        let after = end.max(before);
        let mut at = start;
        let mut parked: Option<Tail> = None;
        while at < end {
            let band = at / band_rows;
            let first = band * band_rows;
            let stop = end.min(first.saturating_add(band_rows));
            let (from, to) = (((at - start) as usize) * row, ((stop - start) as usize) * row);
            let old = before.saturating_sub(first).min(band_rows);
            let (low, high) = ((at - first) as usize, stop - first);
            let whole = low == 0 && high >= old;
            let last = first.saturating_add(band_rows) > after;
            match self.tail.as_ref().map(|tail| tail.band) {
                // These rows will reach it.
                Some(waiting) if waiting > band && waiting * band_rows < end => parked = self.tail.take(),
                Some(waiting) if waiting != band => ready.extend(self.take_tail()),
                _ => {}
            }
            if parked.as_ref().is_some_and(|tail| tail.band == band) {
                self.tail = parked.take();
            }
            if whole && !last {
                self.tail = None;
                ready.push(Band { number: band, rows: part(bytes, from..to) });
            } else {
                if whole {
                    let mut rows = self.tail.take().map(|tail| tail.rows).unwrap_or_default();
                    rows.clear();
                    self.tail = Some(Tail { band, rows, dirty: true });
                } else if self.tail.is_none() {
                    let rows = self.load(band, old as usize, output, scratch)?;
                    self.tail = Some(Tail { band, rows, dirty: true });
                }
                let tail = self.tail.as_mut().expect("invariant: set above");
                let there = tail.rows.len();
                if there < low * row {
                    tail.rows.resize(low * row, 0);
                    geometry.fill(&mut tail.rows[there..]);
                }
                let overlap = (tail.rows.len() - low * row).min(to - from);
                tail.rows[low * row..low * row + overlap].copy_from_slice(&bytes[from..from + overlap]);
                tail.rows.extend_from_slice(&bytes[from + overlap..to]);
                tail.dirty = true;
                if !last {
                    ready.extend(self.take_tail());
                }
            }
            at = stop;
        }
        Ok(())
    }

    /// The waiting rows as a band, if the file does not have them; they wait no longer.
    pub(super) fn take_tail(&mut self) -> Option<Band<'static>> {
        let tail = self.tail.take()?;
        tail.dirty.then_some(Band { number: tail.band, rows: Cow::Owned(tail.rows) })
    }

    /// The waiting rows as a band; they stay, for more rows may come.
    pub(super) fn copy_tail(&mut self) -> Option<Band<'static>> {
        let tail = self.tail.as_mut().filter(|tail| tail.dirty)?;
        tail.dirty = false;
        Some(Band { number: tail.band, rows: Cow::Owned(tail.rows.clone()) })
    }

    /// Leaves `rows` rows of `before`; what is behind them is forgotten. Gives a band that waits no longer.
    pub(super) fn cut(
        &mut self,
        rows: u64,
        before: u64,
        output: &mut Output,
        scratch: &mut Scratch,
    ) -> Result<Option<Band<'static>>, Error> {
        let geometry = self.geometry.clone();
        let band_rows = geometry.band_rows();
        let bands = rows.div_ceil(band_rows);
        let left = (rows % band_rows) as usize;
        if rows >= before || geometry.row == 0 {
            return Ok(None);
        }
        if self.tail.as_ref().is_some_and(|tail| tail.band >= bands) {
            self.tail = None;
        }
        let mut ready = None;
        if left > 0 {
            // What lay behind the cut must not come back when rows are added.
            let band = bands - 1;
            if self.tail.as_ref().is_some_and(|tail| tail.band != band) {
                ready = self.take_tail();
            }
            let old = (before - band * band_rows).min(band_rows) as usize;
            let mut kept = match self.tail.take() {
                Some(tail) => tail.rows,
                None => self.load(band, old, output, scratch)?,
            };
            kept.truncate(left * geometry.row);
            self.tail = Some(Tail { band, rows: kept, dirty: true });
        }
        let gone = self.entries.split_off(&bands.saturating_mul(geometry.per_band()));
        if !gone.is_empty() {
            self.tree.renew();
            self.changed = true;
        }
        gone.values().for_each(|entry| output.release(entry.address, u64::from(entry.stored)));
        Ok(ready)
    }

    /// All chunks are given back.
    pub(super) fn clear(&mut self, output: &mut Output) {
        self.tail = None;
        self.tree.renew();
        self.changed = true;
        std::mem::take(&mut self.entries).values().for_each(|entry| output.release(entry.address, u64::from(entry.stored)));
    }

    /// The first `count` rows of a band as the file has them.
    fn load(&self, band: u64, count: usize, output: &Output, scratch: &mut Scratch) -> Result<Vec<u8>, Error> {
        let geometry = &self.geometry;
        let mut rows = vec![0; count * geometry.row];
        if geometry.fill.is_some() {
            geometry.fill(&mut rows);
        }
        let per_band = geometry.per_band();
        let (mut stored, mut chunk) = (Vec::new(), Vec::new());
        for (number, entry) in self.entries.range(band.saturating_mul(per_band)..(band + 1).saturating_mul(per_band)) {
            let bad = |reason: String| output.error(Kind::Damaged, reason).at(entry.address.saturating_add(output.base));
            if !pipeline::plausible(&geometry.filters, entry.mask, u64::from(entry.stored), geometry.chunk_bytes as u64) {
                return Err(bad(format!("{} stored bytes cannot become a chunk of {}", entry.stored, geometry.chunk_bytes)));
            }
            stored.resize(entry.stored as usize, 0);
            output.read(entry.address, &mut stored)?;
            chunk.resize(geometry.chunk_bytes, 0);
            pipeline::decode(&geometry.filters, entry.mask, &stored, &mut chunk, scratch).map_err(bad)?;
            geometry.scatter(&chunk, number - band * per_band, &mut rows);
        }
        Ok(rows)
    }

    /// Notes where a chunk is now.
    fn place(&mut self, number: u64, address: u64, stored: u32, mask: u32, output: &mut Output) {
        self.changed = true;
        if let Some(old) = self.entries.insert(number, Entry { address, stored, mask, changed: true }) {
            output.release(old.address, u64::from(old.stored));
        }
    }
}

fn part<'v>(bytes: &Cow<'v, [u8]>, range: std::ops::Range<usize>) -> Cow<'v, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[range]),
        Cow::Owned(bytes) => Cow::Owned(bytes[range].to_vec()),
    }
}

/// One chunk to be made: which of the bands, which of its chunks.
struct Job {
    band: usize,
    chunk: u64,
}

/// A chunk as it is stored, and its mask.
type Made = Result<(Vec<u8>, u32), germane_codecs::Fault>;

/// Workshops, one for each thread that works.
#[derive(Debug, Default)]
pub(super) struct Workshops(Mutex<Vec<Workshop>>);

impl Workshops {
    fn take(&self) -> Workshop {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, workshop: Workshop) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(workshop);
    }
}

/// Filters bands of several datasets, on as many threads as there are, and writes them in order.
///
/// `bands` names the dataset of each band by its place in `datasets`.
pub(super) fn store(
    datasets: &mut [&mut Chunks],
    bands: &[(usize, Band<'_>)],
    output: &mut Output,
    workshops: &Workshops,
    executor: &dyn Executor,
) -> Result<(), Error> {
    let mut spare: Vec<Vec<u8>> = Vec::new();
    let mut from = 0;
    while from < bands.len() {
        let (mut to, mut bytes) = (from, 0);
        let mut jobs = Vec::new();
        while to < bands.len() && (to == from || bytes < BATCH) {
            let geometry = &datasets[bands[to].0].geometry;
            let plain = geometry.filters.is_empty() && geometry.whole_rows();
            if !plain {
                jobs.extend((0..geometry.per_band()).map(|chunk| Job { band: to, chunk }));
                bytes += geometry.chunk_bytes * geometry.per_band() as usize;
            }
            to += 1;
        }
        let geometries: Vec<Arc<Geometry>> = datasets.iter().map(|chunks| chunks.geometry.clone()).collect();
        let made: Vec<Mutex<Option<Made>>> = jobs.iter().map(|_| Mutex::new(spare.pop().map(|room| Ok((room, 0))))).collect();
        executor.run(jobs.len(), &|k| {
            let (dataset, band) = &bands[jobs[k].band];
            let mut slot = made[k].lock().unwrap_or_else(PoisonError::into_inner);
            let room = slot.take().and_then(Result::ok).map(|(room, _)| room).unwrap_or_default();
            let mut workshop = workshops.take();
            *slot = Some(make(&geometries[*dataset], band, jobs[k].chunk, &mut workshop, room));
            workshops.give(workshop);
        });
        let mut made = made.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        for (dataset, band) in &bands[from..to] {
            let chunks = &mut *datasets[*dataset];
            let geometry = chunks.geometry.clone();
            let per_band = geometry.per_band();
            if geometry.filters.is_empty() && geometry.whole_rows() {
                plain(chunks, &geometry, band, output)?;
                continue;
            }
            for chunk in 0..per_band {
                let (stored, mask) =
                    made.next().flatten().expect("invariant: one result a job").map_err(|fault| {
                        output.error(Kind::Unsupported, format!("a chunk cannot be filtered: {}", fault.reason))
                    })?;
                put(chunks, band.number * per_band + chunk, &stored, mask, output)?;
                spare.push(stored);
            }
        }
        from = to;
    }
    Ok(())
}

fn make(geometry: &Geometry, band: &Band<'_>, chunk: u64, workshop: &mut Workshop, mut room: Vec<u8>) -> Made {
    if geometry.whole_rows() && band.rows.len() == geometry.chunk_bytes {
        let mask = filtering::apply(&geometry.filters, &band.rows, workshop, &mut room)?;
        return Ok((room, mask));
    }
    let mut raw = std::mem::take(&mut workshop.raw);
    geometry.gather(&band.rows, chunk, &mut raw);
    let mask = filtering::apply(&geometry.filters, &raw, workshop, &mut room);
    workshop.raw = raw;
    Ok((room, mask?))
}

/// Stores a band that is a chunk already.
fn plain(chunks: &mut Chunks, geometry: &Geometry, band: &Band<'_>, output: &mut Output) -> Result<(), Error> {
    if band.rows.len() == geometry.chunk_bytes {
        return put(chunks, band.number, &band.rows, 0, output);
    }
    let mut raw = Vec::new();
    geometry.gather(&band.rows, 0, &mut raw);
    put(chunks, band.number, &raw, 0, output)
}

fn put(chunks: &mut Chunks, number: u64, stored: &[u8], mask: u32, output: &mut Output) -> Result<(), Error> {
    let Ok(len) = u32::try_from(stored.len()) else {
        return Err(output.error(Kind::Unsupported, format!("a chunk of {} bytes", stored.len())));
    };
    let address = output.put(stored)?;
    chunks.place(number, address, len, mask, output);
    Ok(())
}
