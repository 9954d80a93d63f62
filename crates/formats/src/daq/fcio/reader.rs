//! A plain FCIO stream, message by message; damage is passed over and reported.
//!
//! Behind a frame that cannot be right the next record is looked for: a place from which three records fit one behind the other
//! (or all to the end of the stream). A frame that names more bytes than any record of the stream has, is taken at its word where
//! the end is known: nothing behind it is read.

use super::state::{self, Damage, Outcome, State};
use super::tmio::{self, Message, PROTOCOL, PROTOCOL_BYTES, PROTOCOL_TAG, Scan, Scanned, tag};
use crate::daq::gaps::Gaps;
use crate::daq::unclaimed::Unclaimed;
use crate::daq::{DecoderInfo, Gap, Key, Options, RawReader, Rows, Sink, Step, TableSpec};
use crate::source::ByteStream;
use crate::{Error, Kind, lh5};
use std::time::{Duration, Instant};

/// Records that must fit behind a damaged one.
const CHAIN: usize = 3;
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
        left: u64,
    },
    /// the next record is looked for, for a damage that began at a place
    Lost {
        from: u64,
        reason: String,
    },
    /// all up to the end is passed over, for a damage at a place of a record that began at another
    Given {
        from: u64,
        at: u64,
        reason: String,
    },
    Over,
}

struct Reader {
    stream: ByteStream,
    state: State,
    scan: Scan,
    trial: Scan,
    phase: Phase,
    packet_id: u32,
    /// the end of the stream is not known
    live: bool,
    /// an event with a dead region was seen: one without is cut
    regions: bool,
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
        trial: Scan::default(),
        phase: Phase::Between,
        packet_id: 0,
        live: options.follow,
        regions: false,
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
            Phase::Passing { left } => {
                let there = self.stream.peek(1)?.len();
                if there == 0 {
                    return self.wait_or(|reader| {
                        let at = reader.stream.position();
                        reader.gaps.add(at, 0, format!("frame longer than the file: {left} bytes are missing"));
                    });
                }
                let n = (there as u64).min(left);
                self.stream.advance(n as usize);
                self.phase = if n == left { Phase::Behind } else { Phase::Passing { left: left - n } };
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
                    let Phase::Given { from, at, reason } = std::mem::replace(&mut reader.phase, Phase::Over) else { return };
                    reader.gaps.add(at, reader.stream.position() - from, reason);
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
        self.stream_damage();
        self.phase = Phase::Over;
        Ok(Some(Step::End))
    }

    /// What is wrong with the compression, at the end.
    fn stream_damage(&mut self) {
        if let Some(damage) = self.stream.damage() {
            let reason = format!("{} at byte {} of the file", damage.reason, damage.byte);
            self.gaps.add(self.stream.position(), 0, reason);
        }
    }

    /// All bytes that are left are lost.
    fn lose_rest(&mut self, at: u64, reason: String, fatal: bool) -> Result<Option<Step>, Error> {
        let rest = self.stream.window().len();
        if fatal {
            self.gaps.add_fatal(at, rest as u64, reason);
        } else {
            self.gaps.add(at, rest as u64, reason);
        }
        self.stream.advance(rest);
        self.stream_damage();
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
            self.stream.advance(4);
            self.phase = if size == 0 { Phase::Behind } else { Phase::Passing { left: size } };
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
            Scanned::Ended(_) if tag == tag::EVENT && self.regions && self.scan.frames.len() < 6 => {
                return self.lose_rest(start, "record cut".to_owned(), false);
            }
            Scanned::Wrong(reason) => return self.lost(reason),
            Scanned::Impossible(_, reason) if self.live => return self.lost(reason),
            Scanned::Impossible(place, reason) => {
                self.phase = Phase::Given { from: start, at: start + place as u64, reason };
                return Ok(None);
            }
            Scanned::Whole(end) | Scanned::Ended(end) => end,
        };
        self.regions |= tag == tag::EVENT && self.scan.frames.len() >= 6;
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
                self.gaps.add(at, end as u64, reason);
            }
        }
        self.stream.advance(end);
        self.phase = Phase::Behind;
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
                    match self.fits()? {
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

    /// Whether records fit from here on; `None` if the bytes that tell are not there yet.
    fn fits(&mut self) -> Result<Option<bool>, Error> {
        let (mut at, mut found) = (0, 0);
        let mut shape = self.state.shape();
        while found < CHAIN {
            let there = self.stream.peek(at + PROTOCOL_BYTES)?.len() - at;
            if there < PROTOCOL_BYTES && self.stream.is_pending() {
                return Ok(None);
            }
            if there < 4 {
                return Ok(Some(found > 0));
            }
            let window = &self.stream.window()[at..];
            let head = tmio::i32_at(window, 0);
            if head == PROTOCOL_TAG {
                if !window[4..].starts_with(PROTOCOL) || there < PROTOCOL_BYTES {
                    return Ok(Some(false));
                }
                at += PROTOCOL_BYTES;
                continue;
            }
            let Some(tag) = tmio::tag_of(head).filter(|tag| tmio::is_known(*tag)) else { return Ok(Some(false)) };
            if shape.is_none() && tag != tag::CONFIG {
                return Ok(Some(false));
            }
            self.trial.begin(tag);
            let mut ended = false;
            let end = loop {
                match self.trial.step(&self.stream.window()[at..], ended, shape) {
                    Scanned::Need(n) => {
                        let there = self.stream.peek(at + n)?.len();
                        if there < at + n {
                            if self.stream.is_pending() {
                                return Ok(None);
                            }
                            ended = true;
                        }
                    }
                    Scanned::Whole(end) | Scanned::Ended(end) => break end,
                    // The last record of a stream may be cut; if it is the only one, it says nothing.
                    Scanned::Cut => return Ok(Some(found > 0)),
                    Scanned::Wrong(_) | Scanned::Impossible(..) => return Ok(Some(false)),
                }
            };
            if tag == tag::CONFIG && shape.is_none() {
                let message = Message { tag, bytes: &self.stream.window()[at..], frames: &self.trial.frames };
                match super::config::Config::parse(&message) {
                    Ok(config) => shape = Some(config.shape()),
                    Err(_) => return Ok(Some(false)),
                }
            }
            found += 1;
            at += end;
        }
        Ok(Some(true))
    }
}

/// A head with a known tag, or that of the protocol.
fn looks_like_a_tag(bytes: &[u8]) -> bool {
    matches!(bytes, [0xf6..=0xff, 0xff, 0xff, 0xff]) || bytes == PROTOCOL_TAG.to_le_bytes()
}
