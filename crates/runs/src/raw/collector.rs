//! Takes decoded rows, keeps them by table, and hands full blocks on.

use super::routes::{Buffer, Routes, short};
use crate::error::Error;
use germane_formats::daq::{ColumnKind, ColumnSpec, Key, Rows, Sink, TableSpec};
use germane_formats::{Kind, lh5};

/// Where blocks of rows and objects go.
pub(crate) trait Store {
    /// Rows behind those that the table has; `first_row` is the number of the first one in this stream.
    fn append(&mut self, buffer: &Buffer, first_row: u64, block: lh5::Object) -> Result<(), Error>;

    /// An object of a header; `false` if another one is there already, which stays.
    fn put(&mut self, buffer: &Buffer, object: lh5::Object) -> Result<bool, Error>;
}

/// When blocks are handed on; the tables do not depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// rows of a block
    pub(crate) rows: usize,
    /// bytes of a block
    pub(crate) bytes: usize,
    /// bytes of all tables together
    pub(crate) total: usize,
    /// rows that are kept of each key
    pub(crate) rows_per_key: Option<u64>,
}

/// One table that is being filled.
struct Part {
    buffer: Buffer,
    rows: Rows,
    written: u64,
}

/// One table of the stream.
struct Slot {
    parts: Vec<usize>,
    /// Rows on their way, where they go to several tables or not all of them are wanted.
    staged: Option<Rows>,
    taken: u64,
    /// Bytes of a row, roughly.
    row_bytes: usize,
}

/// What one table or object has received.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) buffer: Buffer,
    /// rows written; of an object `None`
    pub(crate) rows: Option<u64>,
}

/// The sink of a conversion.
pub(crate) struct Collector<'a> {
    routes: &'a mut Routes,
    store: &'a mut dyn Store,
    limits: Limits,
    parts: Vec<Part>,
    /// Parts of each buffer: more than one where its keys give tables of several kinds.
    parts_of: Vec<Vec<usize>>,
    slots: Vec<Slot>,
    /// Slot whose staged rows are not yet with their tables.
    pending: Option<usize>,
    /// Bytes that came since the tables were last looked at, roughly.
    unaccounted: usize,
    is_full: bool,
    failure: Option<Error>,
    objects: Vec<Filled>,
    notes: Vec<String>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(routes: &'a mut Routes, store: &'a mut dyn Store, limits: Limits) -> Self {
        Self {
            routes,
            store,
            limits,
            parts: Vec::new(),
            parts_of: Vec::new(),
            slots: Vec::new(),
            pending: None,
            unaccounted: 0,
            is_full: false,
            failure: None,
            objects: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Called between packets: hands on what is full.
    ///
    /// # Errors
    /// What went wrong while the packet was taken, or while blocks were written.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        self.deliver();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        // Looking at every table after every packet would cost more than the packet.
        if !self.is_full && self.unaccounted < (self.limits.bytes / 2).min(self.limits.total / 8) {
            return Ok(());
        }
        (self.is_full, self.unaccounted) = (false, 0);
        for i in 0..self.parts.len() {
            if self.parts[i].rows.len() >= self.limits.rows || self.parts[i].rows.nbytes() >= self.limits.bytes {
                self.hand_on(i)?;
            }
        }
        let mut sizes: Vec<(usize, usize)> = self.parts.iter().enumerate().map(|(i, p)| (p.rows.nbytes(), i)).collect();
        let mut total: usize = sizes.iter().map(|(size, _)| size).sum();
        if total > self.limits.total {
            // Large ones first: small blocks make small pieces in the file.
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            for (size, i) in sizes {
                if total <= self.limits.total / 2 {
                    break;
                }
                self.hand_on(i)?;
                total -= size;
            }
        }
        Ok(())
    }

    /// Hands on all that is left; says what every table has received, and what the user should know.
    ///
    /// # Errors
    /// As for [`Collector::settle`].
    pub(crate) fn finish(mut self) -> Result<(Vec<Filled>, Vec<String>), Error> {
        self.deliver();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        for i in 0..self.parts.len() {
            self.hand_on(i)?;
        }
        let mut filled = self.objects;
        filled.extend(self.parts.into_iter().map(|part| Filled { buffer: part.buffer, rows: Some(part.written) }));
        Ok((filled, self.notes))
    }

    /// The reason why this sink refused something, which goes before what the reader says about it.
    pub(crate) fn failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    fn hand_on(&mut self, i: usize) -> Result<(), Error> {
        let part = &mut self.parts[i];
        if part.rows.is_empty() {
            return Ok(());
        }
        let rows = part.rows.len() as u64;
        self.store.append(&part.buffer, part.written, part.rows.take())?;
        part.written += rows;
        Ok(())
    }

    /// Moves staged rows to their tables, as many of them as are wanted.
    fn deliver(&mut self) {
        let Some(slot) = self.pending.take().map(|i| &mut self.slots[i]) else { return };
        let Some(staged) = &mut slot.staged else { return };
        let left = self.limits.rows_per_key.map_or(u64::MAX, |limit| limit.saturating_sub(slot.taken));
        let rows = staged.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        for &part in &slot.parts {
            self.parts[part].rows.extend_from(staged, rows);
            self.is_full |= self.parts[part].rows.len() >= self.limits.rows;
        }
        slot.taken += rows as u64;
        staged.clear();
    }

    /// The table of a buffer for rows of these columns: one that is there, or a new one.
    fn part(&mut self, index: usize, table: &TableSpec) -> usize {
        self.parts_of.resize_with(self.routes.buffers.len().max(self.parts_of.len()), Vec::new);
        let there = &self.parts_of[index];
        if let Some(&i) = there.iter().find(|&&i| self.parts[i].rows.columns() == table.columns) {
            return i;
        }
        let mut buffer = self.routes.buffers[index].clone();
        if !there.is_empty() {
            // Tables of two kinds cannot be one: the second kind is named after its first key.
            let key = table.key.as_ref().map_or_else(|| short(table.decoder).to_owned(), Key::to_string);
            let whole = buffer.destination.path();
            buffer.destination.name = format!("{}_{key}", buffer.destination.name);
            let own = buffer.destination.path();
            self.notes
                .push(format!("{} gives tables of several kinds for `{whole}`; those of {key} are in `{own}`", table.decoder));
        }
        self.parts.push(Part { buffer, rows: Rows::new(table.columns.clone()), written: 0 });
        self.parts_of[index].push(self.parts.len() - 1);
        self.parts.len() - 1
    }

    fn refuse(&mut self, error: Error) {
        self.failure.get_or_insert(error);
    }
}

impl Sink for Collector<'_> {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        let buffers = match self.routes.route(table.decoder, table.key.as_ref()) {
            Ok(buffers) => buffers,
            Err(problems) => {
                self.refuse(Error::text(problems));
                return None;
            }
        };
        if buffers.is_empty() {
            return None;
        }
        let problems: Vec<_> = buffers.iter().flat_map(|&b| self.routes.check_table(b, &table.columns)).collect();
        if !problems.is_empty() {
            self.refuse(Error::text(problems));
            return None;
        }
        let parts: Vec<usize> = buffers.into_iter().map(|buffer| self.part(buffer, table)).collect();
        let is_staged = parts.len() > 1 || self.limits.rows_per_key.is_some();
        let staged = is_staged.then(|| Rows::new(table.columns.clone()));
        let row_bytes = table.columns.iter().map(row_bytes).sum();
        self.slots.push(Slot { parts, staged, taken: 0, row_bytes });
        Some(self.slots.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        if self.pending.is_some() {
            self.deliver();
        }
        let Slot { parts, staged, row_bytes, .. } = &mut self.slots[slot];
        self.unaccounted += *row_bytes;
        match staged {
            Some(staged) => {
                self.pending = Some(slot);
                staged
            }
            None => {
                let rows = &mut self.parts[parts[0]].rows;
                self.is_full |= rows.len() + 1 >= self.limits.rows;
                rows
            }
        }
    }

    fn object(&mut self, decoder: &'static str, key: Option<&Key>, object: lh5::Object) -> Result<(), germane_formats::Error> {
        let stored = self.routes.route(decoder, key).map_err(Error::text).and_then(|buffers| {
            for index in buffers {
                let buffer = self.routes.buffers[index].clone();
                if !self.store.put(&buffer, object.clone())? {
                    self.notes.push(format!("`{}` of an earlier input is another one, and stays", buffer.destination.path()));
                }
                self.objects.push(Filled { buffer, rows: None });
            }
            Ok(())
        });
        stored.map_err(|error| {
            let short = germane_formats::Error::new("", Kind::Io, error.to_string());
            self.refuse(error);
            short
        })
    }
}

fn row_bytes(column: &ColumnSpec) -> usize {
    match &column.kind {
        ColumnKind::Number(number) => number.size(),
        ColumnKind::Bool => 1,
        ColumnKind::Fixed(number, count) => number.size() * count,
        ColumnKind::Texts { size, count } => size * count,
        // Not known before it comes.
        ColumnKind::Vector(number) => 64 * number.size(),
        ColumnKind::Waveform { t0, dt, sample, samples } => t0.size() + dt.size() + sample.size() * samples,
    }
}
