//! Rows of datasets: written, added, cut off.

use super::{
    FileWriter, canonical,
    chunks::{self, Band, Chunks},
    dataset::Place,
    datatype,
    elements::{self, Heap},
    object::{ObjectId, State},
};
use crate::{Error, hdf5::Values};
use germane_numerics::{Executor, Inline};
use std::borrow::Cow;

/// Bytes of rows of all datasets that wait for more.
const WAITING: usize = 64 << 20;

/// Rows for one dataset.
#[derive(Clone, Copy, Debug)]
pub struct Write<'v> {
    /// Path of the dataset.
    pub path: &'v str,
    /// First row.
    pub start: u64,
    /// The rows: first axis rows, the others as in the dataset.
    pub values: &'v Values,
}

impl FileWriter {
    /// Writes rows from `start` on; the first axis grows where it must. Rows between the old end and `start` get the fill value.
    /// A scalar takes a scalar, with `start` 0.
    ///
    /// Rows that do not fill a chunk wait in memory, 64 MB of all datasets together, so that adding rows again and again does
    /// not write chunks again and again.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if there is no such dataset; [`Kind::Unsupported`] for values of another type or shape, or a dataset
    /// that cannot grow; damage of chunks that are changed; those of the system.
    pub fn write_rows(&mut self, path: &str, start: u64, values: &Values, executor: &dyn Executor) -> Result<(), Error> {
        self.write_all(&[Write { path, start, values }], executor)
    }

    /// Writes rows of several datasets; their chunks are filtered together, which keeps more threads busy.
    ///
    /// # Errors
    /// As [`FileWriter::write_rows`]; types and shapes are checked before the first row is written.
    pub fn write_all(&mut self, writes: &[Write<'_>], executor: &dyn Executor) -> Result<(), Error> {
        let mut ids = Vec::with_capacity(writes.len());
        for write in writes {
            let path = canonical(write.path);
            let id = self.dataset_id(&path)?;
            self.check_rows(id, &path, write)?;
            ids.push(id);
        }
        self.touch();
        let mut bands: Vec<(ObjectId, Band<'_>)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (write, id) in writes.iter().zip(ids) {
            if !seen.insert(id) {
                // What comes may change a band that is ready.
                self.store(std::mem::take(&mut bands), executor)?;
            }
            let made = self.take_rows(id, write, &mut bands);
            made.map_err(|error| if error.object.is_none() { error.object(&self.objects[id].path) } else { error })?;
        }
        self.store(bands, executor)?;
        if self.waiting > WAITING {
            self.write_waiting(executor)?;
        }
        Ok(())
    }

    fn check_rows(&self, id: ObjectId, path: &str, write: &Write<'_>) -> Result<(), Error> {
        let State::Dataset(dataset) = &self.objects[id].state else { unreachable!("invariant: a dataset") };
        let values = write.values;
        if let Place::Closed(reason) = &dataset.place {
            return Err(self.refuse(path, format!("cannot be changed: {reason}")));
        }
        if let Err(reason) = &dataset.encoding {
            return Err(datatype::refused(self.name(), path, reason));
        }
        if !elements::alike(&values.element, &dataset.element) {
            let message = format!("values of the type {:?} where {:?} is stored", values.element, dataset.element);
            return Err(self.refuse(path, message));
        }
        let given: Vec<u64> = values.shape.iter().skip(1).map(|&n| n as u64).collect();
        if values.shape.len() != dataset.shape.len() || dataset.shape.get(1..).unwrap_or_default() != given {
            let message = format!("values of the shape {:?} for a dataset of the shape {:?}", values.shape, dataset.shape);
            return Err(self.refuse(path, message));
        }
        let Some(end) = write.start.checked_add(values.rows() as u64).filter(|end| *end < 1 << 62) else {
            return Err(self.refuse(path, format!("rows from {} on are more than can be counted", write.start)));
        };
        self.check_length(id, path, end)
    }

    /// Whether the first axis may be this long.
    fn check_length(&self, id: ObjectId, path: &str, end: u64) -> Result<(), Error> {
        let State::Dataset(dataset) = &self.objects[id].state else { unreachable!("invariant: a dataset") };
        if let Place::Chunked(chunks) = &dataset.place {
            let bands = end.div_ceil(chunks.geometry.band_rows());
            if bands.checked_mul(chunks.geometry.per_band()).is_none_or(|count| count >= 1 << 62) {
                return Err(self.refuse(path, format!("{end} rows are more chunks than can be counted")));
            }
        }
        if end <= dataset.rows() {
            return Ok(());
        }
        match dataset.max_shape.first() {
            Some(None) if matches!(dataset.place, Place::Chunked(_)) => Ok(()),
            Some(Some(most)) if end <= *most && matches!(dataset.place, Place::Chunked(_)) => Ok(()),
            Some(Some(most)) => Err(self.refuse(path, format!("{end} rows where {most} are the most"))),
            _ => Err(self.refuse(path, format!("{end} rows in a dataset of {} that cannot grow", dataset.rows()))),
        }
    }

    fn take_rows<'v>(&mut self, id: ObjectId, write: &Write<'v>, bands: &mut Vec<(ObjectId, Band<'v>)>) -> Result<(), Error> {
        let State::Dataset(dataset) = &mut self.objects[id].state else { unreachable!("invariant: a dataset") };
        let encoding = dataset.encoding.clone().expect("invariant: checked before");
        let mut heap = Heap { heap: &mut self.heap, output: &mut self.output };
        let bytes: Cow<'v, [u8]> = elements::encode(write.values, &dataset.datatype, &encoding, &mut heap)?;
        let rows = write.values.rows() as u64;
        let before = dataset.rows();
        let row = bytes.len() as u64 / rows.max(1);
        let at = write.start * row;
        match &mut dataset.place {
            Place::Compact(data) => {
                data[at as usize..at as usize + bytes.len()].copy_from_slice(&bytes);
                dataset.changed = true;
            }
            Place::Contiguous { address, size } => {
                if address.is_none() && *size > 0 {
                    let end = self.output.end();
                    let made = self.output.allocate(*size)?;
                    *address = Some(made);
                    dataset.changed = true;
                    let fill = dataset.fill.as_deref().filter(|fill| fill.iter().any(|&b| b != 0));
                    // Freed room holds other bytes; new room is zero.
                    if fill.is_some() || made < end {
                        let pattern = fill.unwrap_or(&[0]);
                        let piece = pattern.repeat((1 << 20) / pattern.len() + 1);
                        let mut done = 0;
                        while done < *size {
                            let len = (*size - done).min(piece.len() as u64);
                            self.output.write(made + done, &piece[..len as usize])?;
                            done += len;
                        }
                    }
                }
                if let Some(address) = address {
                    self.output.write(*address + at, &bytes)?;
                }
            }
            Place::Chunked(chunks) => {
                let waited = chunks.waiting();
                let mut ready = Vec::new();
                chunks.write(write.start, &bytes, before, &self.output, &mut self.scratch, &mut ready)?;
                self.waiting = self.waiting + chunks.waiting() - waited;
                bands.extend(ready.into_iter().map(|band| (id, band)));
                if rows > 0 && write.start + rows > before {
                    dataset.shape[0] = write.start + rows;
                    dataset.changed = true;
                }
            }
            Place::Closed(_) => {}
        }
        Ok(())
    }

    /// Filters bands and writes them.
    pub(super) fn store(&mut self, bands: Vec<(ObjectId, Band<'_>)>, executor: &dyn Executor) -> Result<(), Error> {
        if bands.is_empty() {
            return Ok(());
        }
        let mut wanted: Vec<ObjectId> = bands.iter().map(|(id, _)| *id).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let bands: Vec<(usize, Band<'_>)> =
            bands.into_iter().map(|(id, band)| (wanted.binary_search(&id).unwrap_or_default(), band)).collect();
        let mut datasets: Vec<&mut Chunks> = Vec::with_capacity(wanted.len());
        let mut rest = self.objects.as_mut_slice();
        let mut passed = 0;
        for &id in &wanted {
            let (_, from) = rest.split_at_mut(id - passed);
            let Some((object, behind)) = from.split_first_mut() else { unreachable!("invariant: an object") };
            (rest, passed) = (behind, id + 1);
            if let State::Dataset(dataset) = &mut object.state
                && let Place::Chunked(chunks) = &mut dataset.place
            {
                datasets.push(chunks);
            }
        }
        chunks::store(&mut datasets, &bands, &mut self.output, &self.workshops, executor)
    }

    /// Writes the rows of the datasets that hold the most until half of the room is left.
    fn write_waiting(&mut self, executor: &dyn Executor) -> Result<(), Error> {
        let mut holders: Vec<(usize, ObjectId)> = Vec::new();
        for (id, object) in self.objects.iter().enumerate() {
            if let State::Dataset(dataset) = &object.state
                && let Place::Chunked(chunks) = &dataset.place
                && chunks.waiting() > 0
            {
                holders.push((chunks.waiting(), id));
            }
        }
        holders.sort_unstable_by_key(|&(waiting, id)| (std::cmp::Reverse(waiting), id));
        let mut bands = Vec::new();
        for (waiting, id) in holders {
            if self.waiting <= WAITING / 2 {
                break;
            }
            if let State::Dataset(dataset) = &mut self.objects[id].state
                && let Place::Chunked(chunks) = &mut dataset.place
            {
                bands.extend(chunks.take_tail().map(|band| (id, band)));
                self.waiting -= waiting;
            }
        }
        self.store(bands, executor)
    }

    /// Makes the first axis of a dataset in chunks `rows` long: rows behind are forgotten, new ones have the fill value.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if there is no such dataset, [`Kind::Unsupported`] if it cannot be that long; damage of the chunk that
    /// is cut.
    pub fn resize(&mut self, path: &str, rows: u64) -> Result<(), Error> {
        let path = canonical(path);
        let id = self.dataset_id(&path)?;
        self.check_length(id, &path, rows)?;
        let State::Dataset(dataset) = &mut self.objects[id].state else { unreachable!("invariant: a dataset") };
        let before = dataset.rows();
        if before == rows {
            return Ok(());
        }
        let Place::Chunked(chunks) = &mut dataset.place else {
            return Err(self.refuse(&path, "cannot change its length: it is not in chunks"));
        };
        let waited = chunks.waiting();
        let ready = chunks.cut(rows, before, &mut self.output, &mut self.scratch).map_err(|error| error.object(&path))?;
        self.waiting = self.waiting + chunks.waiting() - waited;
        dataset.shape[0] = rows;
        dataset.changed = true;
        self.touch();
        self.store(ready.into_iter().map(|band| (id, band)).collect(), &Inline)
    }
}
