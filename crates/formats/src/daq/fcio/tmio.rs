//! Messages of a TMIO stream, the container of FCIO records.
//!
//! ```text
//! head    i32, little-endian
//!         < 0   tag −head (1 … 10⁹): a message begins
//!         ≥ 0   a frame of so many bytes follows (no padding; 0 is legal)
//! begin   tag −1000000001 and 64 bytes: protocol `FlashCamV1`, zeros; again where files were joined
//! ```
//! A message ends at the next tag. Frames that are missing at its end are legal in old files, further ones are ignored.

/// Tag of the protocol text.
pub(super) const PROTOCOL_TAG: i32 = -1_000_000_001;
/// The protocol that FlashCam writes.
pub(super) const PROTOCOL: &[u8] = b"FlashCamV1";
/// Bytes of tag and protocol text.
pub(super) const PROTOCOL_BYTES: usize = 68;
/// No other frame of a known record is longer than this, unless the configuration says so.
const LONGEST_FRAME: usize = 1 << 24;

pub(super) mod tag {
    pub(crate) const CONFIG: u32 = 1;
    pub(crate) const CALIB: u32 = 2;
    pub(crate) const EVENT: u32 = 3;
    pub(crate) const STATUS: u32 = 4;
    pub(crate) const REC_EVENT: u32 = 5;
    pub(crate) const SPARSE_EVENT: u32 = 6;
    pub(crate) const EVENT_HEADER: u32 = 7;
    pub(crate) const FSP_CONFIG: u32 = 8;
    pub(crate) const FSP_EVENT: u32 = 9;
    pub(crate) const FSP_STATUS: u32 = 10;
}

/// Name of a record, as record lists write it.
pub(super) fn name(tag: u32) -> String {
    let known = match tag {
        tag::CONFIG => "config",
        tag::CALIB => "calib",
        tag::EVENT => "event",
        tag::STATUS => "status",
        tag::REC_EVENT => "recevent",
        tag::SPARSE_EVENT => "sparse_event",
        tag::EVENT_HEADER => "event_header",
        tag::FSP_CONFIG => "fsp_config",
        tag::FSP_EVENT => "fsp_event",
        tag::FSP_STATUS => "fsp_status",
        other => return format!("unknown_{other}"),
    };
    known.to_owned()
}

/// Whether frames of records of this tag have known lengths.
pub(super) fn is_known(tag: u32) -> bool {
    !matches!(tag, tag::CALIB | tag::REC_EVENT) && (tag::CONFIG..=tag::FSP_STATUS).contains(&tag)
}

/// The tag of a head; `None` if it is the length of a frame or out of range.
pub(super) fn tag_of(head: i32) -> Option<u32> {
    (-1_000_000_000..0).contains(&head).then(|| head.unsigned_abs())
}

/// Sizes that the configuration fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// traces: ADC channels and triggers
    pub(super) channels: usize,
    /// samples of each
    pub(super) samples: usize,
}

impl Shape {
    /// Bytes of a trace: two words of header, samples.
    pub(super) fn trace_bytes(self) -> usize {
        2 * (2 + self.samples)
    }
}

/// The frame's place in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) start: usize,
    pub(super) size: usize,
}

/// A whole message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) tag: u32,
    /// from its tag on; more may follow
    pub(super) bytes: &'a [u8],
    pub(super) frames: &'a [Frame],
}

impl<'a> Message<'a> {
    /// Bytes of a frame; none where it is missing.
    pub(super) fn frame(&self, i: usize) -> &'a [u8] {
        self.frames.get(i).map_or(&[], |f| &self.bytes[f.start..f.start + f.size])
    }

    /// A number of a frame; 0 where it is missing.
    pub(super) fn i32(&self, frame: usize, i: usize) -> i32 {
        i32_at(self.frame(frame), 4 * i)
    }
}

/// The number at a byte; 0 beyond the end.
pub(super) fn i32_at(bytes: &[u8], at: usize) -> i32 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| i32::from_le_bytes(*b))
}

/// The same for unsigned words.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b))
}

/// The same for 8 bytes.
pub(super) fn i64_at(bytes: &[u8], at: usize) -> i64 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| i64::from_le_bytes(*b))
}

/// What may stand at a place of a message.
enum Rule {
    /// a frame of exactly so many bytes
    Exact(usize),
    /// a frame of a multiple of `unit` bytes, `most` at most
    Multiple { unit: usize, most: usize },
    /// nothing more that matters
    Done,
    /// a number in an earlier frame cannot be right
    Wrong(String),
}

fn rule(tag: u32, bytes: &[u8], frames: &[Frame], shape: Option<Shape>) -> Rule {
    use Rule::{Done, Exact, Multiple};
    let message = Message { tag, bytes, frames };
    let ints = |most: usize| Multiple { unit: 4, most: 4 * most };
    let i = frames.len();
    let Shape { channels, .. } = shape.unwrap_or(Shape { channels: 0, samples: 0 });
    let trace = shape.map_or(0, Shape::trace_bytes);
    match (tag, i) {
        (tag::CONFIG, 0..10 | 11) | (tag::EVENT | tag::SPARSE_EVENT | tag::EVENT_HEADER, 0 | 1) => Exact(4),
        (tag::CONFIG, 10) => match super::config::channels(&message) {
            Ok(channels) => Exact(4 * channels),
            Err(reason) => Rule::Wrong(reason),
        },
        (tag::EVENT | tag::SPARSE_EVENT | tag::EVENT_HEADER, 2 | 3) => ints(10),
        (tag::EVENT, 4) => Exact(channels * trace),
        (tag::EVENT, 5) | (tag::SPARSE_EVENT | tag::EVENT_HEADER, 4) => ints(10),
        (tag::SPARSE_EVENT, 5) => Exact(4),
        (tag::SPARSE_EVENT, _) => match usize::try_from(message.i32(5, 0)) {
            Ok(traces) if traces <= channels => match i {
                6 => Exact(2 * traces),
                _ if i < 7 + traces => Exact(trace),
                _ => Done,
            },
            _ => Rule::Wrong(format!("{} traces of {channels}", message.i32(5, 0))),
        },
        (tag::EVENT_HEADER, 5) => Multiple { unit: 2, most: 2 * channels },
        (tag::EVENT_HEADER, 6) => Exact(2 * frames[5].size),
        (tag::STATUS, 0 | 2 | 3) => Exact(4),
        (tag::STATUS, 1) => ints(10),
        (tag::STATUS, _) => {
            match (usize::try_from(message.i32(2, 0)), usize::try_from(message.i32(3, 0))) {
                (Ok(cards), Ok(size)) if cards <= super::status::MOST_CARDS && size <= super::status::CARD_BYTES => {
                    if i < 4 + cards { Exact(size) } else { Done }
                }
                _ => Rule::Wrong(format!("{} cards of {} bytes", message.i32(2, 0), message.i32(3, 0))),
            }
        }
        (tag::FSP_CONFIG, 0..super::fsp_config::FRAMES) => Multiple { unit: 1, most: 1 << 20 },
        (tag::FSP_EVENT, 0) => Multiple { unit: 1, most: 64 },
        (tag::FSP_EVENT, 1 | 3 | 4) => Multiple { unit: 4, most: 64 },
        (tag::FSP_EVENT, 2) => Exact(4),
        (tag::FSP_EVENT, 5..super::fsp_event::FRAMES) => Multiple { unit: 2, most: 1 << 20 },
        (tag::FSP_STATUS, 0..super::fsp_status::FRAMES) => Multiple { unit: 4, most: 1 << 10 },
        _ => Done,
    }
}

/// Frames without which a message says nothing.
fn required(message: &Message<'_>) -> usize {
    match message.tag {
        tag::CONFIG => 10,
        tag::EVENT => 5,
        tag::EVENT_HEADER => 7,
        tag::SPARSE_EVENT => 7 + usize::try_from(message.i32(5, 0)).unwrap_or(0),
        tag::STATUS => 4 + usize::try_from(message.i32(2, 0)).unwrap_or(0),
        tag::FSP_CONFIG => super::fsp_config::FRAMES,
        tag::FSP_EVENT => 5,
        tag::FSP_STATUS => 1,
        _ => 0,
    }
}

/// What a [`Scan`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// so many bytes from the start of the message are needed
    Need(usize),
    /// all frames that matter are there; the message reaches to this byte at least
    Whole(usize),
    /// the bytes end behind a frame, so that optional ones may be cut off
    Ended(usize),
    /// the bytes end inside
    Cut,
    /// a frame does not fit its place
    Wrong(String),
    /// the head at this byte names more than any record of this stream has
    Impossible(usize, String),
}

/// Takes a message apart as its bytes come.
#[derive(Debug, Default)]
pub(super) struct Scan {
    tag: u32,
    cursor: usize,
    /// The frames found so far.
    pub(super) frames: Vec<Frame>,
}

impl Scan {
    /// Begins with a message, whose tag (4 bytes) was seen.
    pub(super) fn begin(&mut self, tag: u32) {
        self.tag = tag;
        self.cursor = 4;
        self.frames.clear();
    }

    /// Tag of the message.
    pub(super) fn tag(&self) -> u32 {
        self.tag
    }

    /// Goes on with the bytes of the message that are there; `ended` if no more will come.
    pub(super) fn step(&mut self, bytes: &[u8], ended: bool, shape: Option<Shape>) -> Scanned {
        let longest = shape.map_or(0, |s| s.channels * s.trace_bytes()).max(LONGEST_FRAME);
        loop {
            let (size_ok, due) = match rule(self.tag, bytes, &self.frames, shape) {
                Rule::Done => return Scanned::Whole(self.cursor),
                Rule::Wrong(reason) => return Scanned::Wrong(reason),
                Rule::Exact(size) => ((size, 1, size), size),
                Rule::Multiple { unit, most } => ((0, unit, most), most),
            };
            let rest = bytes.len() - self.cursor;
            if rest < 4 {
                let message = Message { tag: self.tag, bytes, frames: &self.frames };
                return match (ended, rest) {
                    (false, _) => Scanned::Need(self.cursor + 4),
                    (true, 0) if self.frames.len() >= required(&message) => Scanned::Ended(self.cursor),
                    _ => Scanned::Cut,
                };
            }
            let head = i32_at(bytes, self.cursor);
            let Ok(size) = usize::try_from(head) else {
                let (has, due) = (self.frames.len(), required(&Message { tag: self.tag, bytes, frames: &self.frames }));
                if has >= due {
                    return Scanned::Whole(self.cursor);
                }
                return Scanned::Wrong(format!("{} of {has} frames, {due} are due", name(self.tag)));
            };
            let (least, unit, most) = size_ok;
            if size < least || size > most || !size.is_multiple_of(unit) {
                if size > longest {
                    return Scanned::Impossible(self.cursor, format!("frame of {size} bytes is longer than any of this stream"));
                }
                let place = format!("frame {} of {}", self.frames.len(), name(self.tag));
                let relation = if least == most { "are due" } else { "are the most" };
                return Scanned::Wrong(format!("{place} has {size} bytes where {due} {relation}"));
            }
            let (start, end) = (self.cursor + 4, self.cursor + 4 + size);
            if bytes.len() < end {
                return if ended { Scanned::Cut } else { Scanned::Need(end + 4) };
            }
            self.frames.push(Frame { start, size });
            self.cursor = end;
        }
    }
}
