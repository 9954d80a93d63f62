//! Records one after the other.

use super::form::{Form, MOST_SAMPLES};
use crate::daq::gaps::{Gaps, drain};
use crate::daq::opening::first_bytes;
use crate::daq::short_sha::short_sha;
use crate::daq::{Gap, Record};
use crate::source::ByteStream;
use crate::{Error, Kind};
use serde_json::Map;
use std::time::Duration;

/// What comes next.
pub(super) enum Next {
    /// a record of so many samples at this byte; it is what [`Records::bytes`] begins with
    Record {
        position: u64,
        size: usize,
        samples: usize,
    },
    Pending,
    End,
}

/// The records of a stream.
pub(super) struct Records {
    stream: ByteStream,
    pub(super) form: Form,
    pub(super) has_header: bool,
    current: usize,
    pub(super) gaps: Gaps,
    is_broken: bool,
    is_over: bool,
}

impl Records {
    /// Finds out what records hold, by the file header or by the first records.
    ///
    /// # Errors
    /// [`Kind::NotThisFormat`] if neither tells.
    pub(super) fn open(mut stream: ByteStream, patience: Duration) -> Result<Self, Error> {
        let (form, has_header) = match Form::of_header(first_bytes(&mut stream, 2, patience)?) {
            Some(form) => (Some(form), true),
            None => (Form::guess(&mut stream, patience)?, false),
        };
        let Some(form) = form else {
            let text = "not a CoMPASS file: it has no header, and its bytes are no records";
            return Err(Error::new(stream.name(), Kind::NotThisFormat, text).at(stream.position()));
        };
        if has_header {
            stream.advance(2);
        }
        Ok(Self { stream, form, has_header, current: 0, gaps: Gaps::default(), is_broken: false, is_over: false })
    }

    pub(super) fn stream(&self) -> &ByteStream {
        &self.stream
    }

    /// Samples of the first record, as far as it is there.
    pub(super) fn first_samples(&mut self, patience: Duration) -> Result<usize, Error> {
        let first = first_bytes(&mut self.stream, self.form.fixed_bytes(), patience)?;
        Ok(self.form.samples(first).filter(|n| *n <= MOST_SAMPLES).unwrap_or(0))
    }

    /// Bytes from the record on that came last.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.stream.window()
    }

    /// The next record, all of it there.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Next, Error> {
        self.stream.advance(std::mem::take(&mut self.current));
        if self.is_broken {
            return self.pass_rest();
        }
        let fixed = self.form.fixed_bytes();
        let bytes = self.stream.peek(fixed)?;
        let (there, samples) = (bytes.len(), self.form.samples(bytes));
        let Some(samples) = samples.filter(|_| there >= fixed) else {
            return self.stop(there, || format!("record header cut: {fixed} bytes are due, {there} are there"));
        };
        if samples > MOST_SAMPLES {
            return self.break_off(format!("{samples} samples: no record can be that long"));
        }
        let size = fixed + 2 * samples;
        let there = self.stream.peek(size)?.len();
        if there < size {
            return self.stop(there, || format!("waveform cut: {size} bytes are due, {there} are there"));
        }
        self.current = size;
        Ok(Next::Record { position: self.stream.position(), size, samples })
    }

    /// Fewer bytes than a record are there.
    #[cold]
    fn stop(&mut self, there: usize, reason: impl FnOnce() -> String) -> Result<Next, Error> {
        if self.stream.is_pending() {
            return Ok(Next::Pending);
        }
        if there > 0 { self.break_off(reason()) } else { self.pass_rest() }
    }

    #[cold]
    fn break_off(&mut self, reason: String) -> Result<Next, Error> {
        self.gaps.add(self.stream.position(), 0, reason);
        self.is_broken = true;
        self.pass_rest()
    }

    /// No record can be found behind this one.
    fn pass_rest(&mut self) -> Result<Next, Error> {
        if self.is_broken {
            let passed = drain(&mut self.stream)?;
            self.gaps.extend_last(passed);
        }
        if self.stream.is_pending() {
            return Ok(Next::Pending);
        }
        if !self.is_over {
            self.is_over = true;
            self.gaps.note_stream(&self.stream);
        }
        Ok(Next::End)
    }
}

/// All records up to the first damage, which is the gap.
///
/// # Errors
/// As [`super::reader`].
pub(crate) fn records(stream: ByteStream, patience: Duration) -> Result<(Vec<Record>, Vec<Gap>), Error> {
    let mut records = Records::open(stream, patience)?;
    let mut list = Vec::new();
    while let Next::Record { position, size, samples } = records.next()? {
        let bytes = &records.bytes()[..size];
        let Some(event) = records.form.event(bytes) else { continue };
        let details = Map::from_iter([
            ("board".to_owned(), event.board.into()),
            ("channel".to_owned(), event.channel.into()),
            ("timestamp_ps".to_owned(), event.time_ps.into()),
            ("samples".to_owned(), samples.into()),
        ]);
        list.push(Record { offset: position, size: size as u64, kind: "event".to_owned(), sha: short_sha(bytes), details });
    }
    Ok((list, records.gaps.into_list()))
}
