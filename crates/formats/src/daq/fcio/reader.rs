//! A plain FCIO stream, message by message; damage is passed over and reported.
//!
//! Behind a frame that cannot be right the next record is looked for: a place from which three records fit one behind the other
//! (or all to the end of the stream). A frame that names more bytes than any record of the stream has, is taken at its word where
//! the end is known: nothing behind it is read.

use super::ahead::{Ahead, Followed, LONGEST_FRAME, looks_like_a_tag};
use super::state::{self, Damage, Outcome, State};
use super::tmio::{self, Message, PROTOCOL, PROTOCOL_BYTES, PROTOCOL_TAG, Scan, Scanned, tag};
use crate::daq::gaps::Gaps;
use crate::daq::unclaimed::Unclaimed;
use crate::daq::{DecoderInfo, Gap, Key, Options, RawReader, Rows, Sink, Step, TableSpec};
use crate::source::ByteStream;
use crate::{Error, Kind, lh5};
use std::time::{Duration, Instant};

/// How long an open stream without bytes is left alone.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
enum Phase {
    /// a head with a tag is due
    Between,
    /// frames of a known record are gathered; whether the stream is over
    Inside {
        ended: bool,
    },
    /// frames that do not matter may follow
    Behind,
    /// so many bytes of such a frame are left
    Passing {
        from: u64,
        left: u64,
    },
    /// the next record is looked for, for a damage that began at a place
    Lost {
        from: u64,
        reason: String,
    },
    /// all up to the end is passed over, for a damage at a place
    Given {
        at: u64,
        reason: String,
    },
    Over,
}

struct Reader {
    stream: ByteStream,
    state: State,
    scan: Scan,
    ahead: Ahead,
    phase: Phase,
    packet_id: u32,
    /// the end of the stream is not known
    live: bool,
    announced: bool,
    decoders: Vec<DecoderInfo>,
    gaps: Gaps,
    unclaimed: Unclaimed,
}

/// Wants nothing: for what comes before the configuration.
struct Nobody;

impl Sink for Nobody {
    fn open(&mut self, _: &TableSpec) -> Option<usize> {
        None
    }

    fn rows(&mut self, _: usize) -> &mut Rows {
        unreachable!("invariant: no table was opened")
    }

    fn object(&mut self, _: &'static str, _: Option<&Key>, _: lh5::Object) -> Result<(), Error> {
        Ok(())
    }
}

/// Opens a stream and reads its configuration; bytes that do not come yet are awaited for `options.patience`.
///
/// # Errors
/// [`Kind::NotThisFormat`] for another protocol, [`Kind::Truncated`] or [`Kind::Damaged`] if there is no configuration.
pub(crate) fn reader(stream: ByteStream, options: &Options) -> Result<Box<dyn RawReader>, Error> {
    let mut reader = Reader {
        stream,
        state: State::new(&state::FCIO),
        scan: Scan::default(),
        ahead: Ahead::default(),
        phase: Phase::Between,
        packet_id: 0,
        live: options.follow,
        announced: false,
        decoders: Vec::new(),
        gaps: Gaps::default(),
        unclaimed: Unclaimed::default(),
    };
    let until = Instant::now() + options.patience;
    let name = reader.stream.name().to_owned();
    while reader.state.config().is_none() {
        match reader.step(&mut Nobody)? {
            Some(Step::Pending) if Instant::now() < until => std::thread::sleep(PAUSE),
            Some(Step::Pending) => return Err(Error::new(name, Kind::Truncated, "no configuration record so far").at(0)),
            Some(Step::End) => {
                let (byte, reason, kind) = match reader.gaps.list().first() {
                    Some(gap) if gap.reason.starts_with("protocol") => (gap.offset, gap.reason.clone(), Kind::NotThisFormat),
                    Some(gap) => (gap.offset, gap.reason.clone(), Kind::Damaged),
                    None => (reader.stream.position(), "ends before its configuration record".to_owned(), Kind::Truncated),
                };
                return Err(Error::new(name, kind, reason).at(byte));
            }
            Some(Step::Packet) | None => {}
        }
    }
    reader.decoders = reader.state.infos();
    Ok(Box::new(reader))
}

impl RawReader for Reader {
    fn format(&self) -> &'static str {
        "FlashCam"
    }

    fn decoders(&self) -> &[DecoderInfo] {
        &self.decoders
    }

    fn tables(&self) -> Vec<TableSpec> {
        self.state.specs()
    }

    fn bytes_read(&self) -> u64 {
        self.stream.bytes_read()
    }

    fn next(&mut self, sink: &mut dyn Sink) -> Result<Step, Error> {
        if !self.announced {
            self.announced = true;
            self.state.announce(0, sink)?;
        }
        loop {
            if let Some(step) = self.step(sink)? {
                return Ok(step);
            }
        }
    }

    fn gaps(&self) -> &[Gap] {
        self.gaps.list()
    }

    fn unclaimed(&self) -> Vec<(String, u64)> {
        self.unclaimed.list()
    }
}

impl Reader {
    /// One step of the way; `None` to go on.
    fn step(&mut self, sink: &mut dyn Sink) -> Result<Option<Step>, Error> {
        match self.phase {
            Phase::Between | Phase::Behind => self.head(),
            Phase::Inside { ended } => self.frames(ended, sink),
            Phase::Passing { from, left } => {
                let there = self.stream.peek(1)?.len();
                if there == 0 {
                    return self.wait_or(|reader| {
                        let bytes = reader.stream.position() - from;
                        reader.gaps.add(from, bytes, format!("frame longer than the file: {left} bytes are missing"));
                    });
                }
                let n = (there as u64).min(left);
                self.stream.advance(n as usize);
                self.phase = if n == left { Phase::Behind } else { Phase::Passing { from, left: left - n } };
                Ok(None)
            }
            Phase::Lost { .. } => self.find(),
            Phase::Given { .. } => {
                let there = self.stream.peek(1)?.len();
                if there > 0 {
                    self.stream.advance(there);
                    return Ok(None);
                }
                self.wait_or(|reader| {
                    let Phase::Given { at, reason } = std::mem::replace(&mut reader.phase, Phase::Over) else { return };
                    reader.gaps.add(at, reader.stream.position() - at, reason);
                })
            }
            Phase::Over => Ok(Some(Step::End)),
        }
    }

    /// The stream has no more bytes: not yet, or `at_end` and the end.
    fn wait_or(&mut self, at_end: impl FnOnce(&mut Self)) -> Result<Option<Step>, Error> {
        if self.stream.is_pending() {
            return Ok(Some(Step::Pending));
        }
        at_end(self);
        self.gaps.note_stream(&self.stream);
        self.phase = Phase::Over;
        Ok(Some(Step::End))
    }

    /// All bytes from a place on are lost; it may lie in the record that begins here.
    fn lose_rest(&mut self, at: u64, reason: String, fatal: bool) -> Result<Option<Step>, Error> {
        let rest = self.stream.window().len();
        let bytes = self.stream.position() + rest as u64 - at;
        if fatal {
            self.gaps.add_fatal(at, bytes, reason);
        } else {
            self.gaps.add(at, bytes, reason);
        }
        self.stream.advance(rest);
        self.gaps.note_stream(&self.stream);
        self.phase = Phase::Over;
        Ok(Some(Step::End))
    }

    fn lost(&mut self, reason: String) -> Result<Option<Step>, Error> {
        self.phase = Phase::Lost { from: self.stream.position(), reason };
        self.stream.advance(1);
        Ok(None)
    }

    fn head(&mut self) -> Result<Option<Step>, Error> {
        let at = self.stream.position();
        let window = self.stream.peek(4)?;
        let there = window.len();
        if there < 4 {
            return self.wait_or(|reader| {
                if there > 0 {
                    reader.gaps.add(at, there as u64, format!("{there} trailing bytes"));
                    reader.stream.advance(there);
                }
            });
        }
        let head = tmio::i32_at(window, 0);
        if let Ok(size) = u64::try_from(head) {
            if !matches!(self.phase, Phase::Behind) {
                return self.lost("data frame before any tag".to_owned());
            }
            if size > LONGEST_FRAME as u64 {
                return self.lost(format!("frame of {size} bytes behind a record"));
            }
            self.stream.advance(4);
            self.phase = if size == 0 { Phase::Behind } else { Phase::Passing { from: at, left: size } };
            return Ok(None);
        }
        if head == PROTOCOL_TAG {
            let window = self.stream.peek(PROTOCOL_BYTES)?;
            if window.len() < PROTOCOL_BYTES {
                if self.stream.is_pending() {
                    return Ok(Some(Step::Pending));
                }
                return self.lose_rest(at, "record cut".to_owned(), false);
            }
            if !window[4..].starts_with(PROTOCOL) {
                let text: String = window[4..24].iter().take_while(|b| b.is_ascii_graphic()).map(|b| char::from(*b)).collect();
                return self.lose_rest(at + 4, format!("protocol {text} is not FlashCamV1"), true);
            }
            self.stream.advance(PROTOCOL_BYTES);
            self.ahead.forget();
            self.phase = Phase::Between;
            return Ok(None);
        }
        let Some(tag) = tmio::tag_of(head) else { return self.lost(format!("tag {} is out of range", i64::from(head).abs())) };
        let readable = match tag {
            tag::CONFIG | tag::FSP_CONFIG => true,
            _ => tmio::is_known(tag) && self.state.config().is_some(),
        };
        if readable {
            self.scan.begin(tag);
            self.phase = Phase::Inside { ended: false };
            return Ok(None);
        }
        self.stream.advance(4);
        self.phase = Phase::Behind;
        self.unclaimed.count(tmio::name(tag));
        Ok(self.packet())
    }

    /// A record was passed; those before the configuration have no number.
    fn packet(&mut self) -> Option<Step> {
        if self.state.config().is_some() {
            self.packet_id = self.packet_id.wrapping_add(1);
            return Some(Step::Packet);
        }
        None
    }

    fn frames(&mut self, ended: bool, sink: &mut dyn Sink) -> Result<Option<Step>, Error> {
        let start = self.stream.position();
        let tag = self.scan.tag();
        let end = match self.scan.step(self.stream.window(), ended, self.state.shape()) {
            Scanned::Need(n) => {
                let there = self.stream.peek(n)?.len();
                if there < n {
                    if self.stream.is_pending() {
                        return Ok(Some(Step::Pending));
                    }
                    self.phase = Phase::Inside { ended: true };
                }
                return Ok(None);
            }
            Scanned::Cut => return self.lose_rest(start, "record cut".to_owned(), false),
            Scanned::Ended(_) if !self.ahead.has_all_lists(tag, &self.scan.frames) => {
                return self.lose_rest(start, "record cut".to_owned(), false);
            }
            Scanned::Wrong(reason) => return self.lost(reason),
            Scanned::Impossible(_, reason) if self.live => return self.lost(reason),
            Scanned::Impossible(place, reason) => {
                self.phase = Phase::Given { at: start + place as u64, reason };
                return Ok(None);
            }
            Scanned::Whole(end) | Scanned::Ended(end) => end,
        };
        let shape = self.state.shape();
        let followed = self.ahead.is_followed(&mut self.stream, shape, end)?;
        self.phase = match followed {
            Followed::Pending => return Ok(Some(Step::Pending)),
            Followed::No => return self.lost(format!("{} runs into what is no record", tmio::name(tag))),
            Followed::Yes => Phase::Behind,
            Followed::Damaged => Phase::Between,
        };
        if !self.ahead.is_of_its_kind(&mut self.stream, shape, tag, &self.scan.frames, end, followed)? {
            return self.lost(format!("{} has other lists of numbers or frames than those beside it", tmio::name(tag)));
        }
        let first = tag == tag::CONFIG && self.state.config().is_none();
        let message = Message { tag, bytes: self.stream.window(), frames: &self.scan.frames };
        let outcome = self.state.message(&message, self.packet_id.wrapping_add(1), sink)?;
        match outcome {
            Outcome::Taken => {}
            Outcome::Unclaimed(kind) => self.unclaimed.count(kind),
            Outcome::Damaged(Damage { at, reason, fatal }) => {
                let at = start + at as u64;
                if fatal {
                    return self.lose_rest(at, reason, true);
                }
                self.gaps.add(at, start + end as u64 - at, reason);
            }
        }
        self.stream.advance(end);
        // A record of the stream processor shares the number of the one behind it.
        if first || matches!(tag, tag::FSP_CONFIG | tag::FSP_EVENT | tag::FSP_STATUS) { Ok(None) } else { Ok(self.packet()) }
    }

    /// Looks for the next record.
    fn find(&mut self) -> Result<Option<Step>, Error> {
        loop {
            let window = self.stream.peek(8)?;
            let there = window.len();
            if there < 8 {
                if self.stream.is_pending() {
                    return Ok(Some(Step::Pending));
                }
                self.stream.advance(there);
                return self.wait_or(Self::end_gap);
            }
            match window.windows(4).position(looks_like_a_tag) {
                None => {
                    let n = there - 3;
                    self.stream.advance(n);
                }
                Some(n) => {
                    self.stream.advance(n);
                    match self.ahead.fits(&mut self.stream, self.state.shape(), 0, None)? {
                        None => return Ok(Some(Step::Pending)),
                        Some(true) => {
                            self.end_gap();
                            return Ok(None);
                        }
                        Some(false) => self.stream.advance(1),
                    }
                }
            }
        }
    }

    fn end_gap(&mut self) {
        if let Phase::Lost { from, reason } = std::mem::replace(&mut self.phase, Phase::Between) {
            self.gaps.add(from, self.stream.position() - from, reason);
        }
    }
}
