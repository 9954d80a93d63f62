//! Events one after the other; their length is that of the settings of their channel.

use super::header::{Channel, Header};
use crate::Error;
use crate::daq::gaps::{Gaps, drain};
use crate::daq::short_sha::short_sha;
use crate::daq::{Gap, Record};
use crate::source::ByteStream;
use serde_json::{Map, Value};
use std::time::Duration;

/// What comes next.
pub(super) enum Next {
    /// an event of this channel (by its place among them) at this byte; it is what [`Events::bytes`] begins with
    Event {
        position: u64,
        channel: usize,
        size: usize,
    },
    Pending,
    End,
}

/// The events of a stream.
pub(super) struct Events {
    stream: ByteStream,
    sizes: Vec<usize>,
    places: Vec<Option<u16>>,
    current: usize,
    pub(super) gaps: Gaps,
    is_broken: bool,
    is_over: bool,
}

impl Events {
    /// The events of a stream that stands before its header.
    pub(super) fn new(mut stream: ByteStream, header: &Header) -> Self {
        stream.advance(header.size());
        let sizes = header.channels.iter().map(Channel::event_bytes).collect();
        let (places, gaps) = (header.places(), Gaps::default());
        Self { stream, sizes, places, current: 0, gaps, is_broken: false, is_over: false }
    }

    pub(super) fn stream(&self) -> &ByteStream {
        &self.stream
    }

    /// Bytes from the event on that came last.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.stream.window()
    }

    /// The next event, all of it there.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Next, Error> {
        self.stream.advance(std::mem::take(&mut self.current));
        if self.is_broken {
            return self.pass_rest();
        }
        let bytes = self.stream.peek(4)?;
        let there = bytes.len();
        let Some(first) = bytes.first_chunk() else {
            return self.stop(there, || format!("{there} bytes behind the last event"));
        };
        let id = (u32::from_le_bytes(*first) >> 4 & 0xFFF) as usize;
        let Some(channel) = self.places[id].map(usize::from) else {
            let reason = format!("channel {id} without configuration: where its event ends is not known");
            return self.break_off(reason);
        };
        let size = self.sizes[channel];
        let there = self.stream.peek(size)?.len();
        if there < size {
            return self.stop(there, || format!("event cut: {size} bytes are due, {there} are there"));
        }
        self.current = size;
        Ok(Next::Event { position: self.stream.position(), channel, size })
    }

    /// Fewer bytes than an event are there.
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

/// The header and all events up to the first damage, which is the gap.
///
/// # Errors
/// As [`super::reader`].
pub(crate) fn records(mut stream: ByteStream, patience: Duration) -> Result<(Vec<Record>, Vec<Gap>), Error> {
    let header = Header::read(&mut stream, patience)?;
    let record = |offset: u64, bytes: &[u8], kind: &str, details: [(&str, u32); 2]| {
        let details = details.into_iter().filter(|(name, _)| !name.is_empty());
        let details: Map<String, Value> = details.map(|(name, value)| (name.to_owned(), value.into())).collect();
        Record { offset, size: bytes.len() as u64, kind: kind.to_owned(), sha: short_sha(bytes), details }
    };
    let channels = header.channels.len() as u32;
    let mut list = vec![record(0, &stream.window()[..header.size()], "header", [("channels", channels), ("", 0)])];
    let mut events = Events::new(stream, &header);
    while let Next::Event { position, channel, size } = events.next()? {
        let bytes = &events.bytes()[..size];
        let format = u32::from(bytes[0] & 0xF);
        let details = [("channel", header.channels[channel].id), ("format", format)];
        list.push(record(position, bytes, "event", details));
    }
    Ok((list, events.gaps.into_list()))
}
