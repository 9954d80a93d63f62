//! What lies ahead in a stream: whether a record is followed as records are, and where the next one begins behind damage.
//!
//! Lengths of frames do not tell all. Bytes that were lost or came in inside of samples leave the lengths right and move what is
//! behind, so that a record takes bytes of its neighbour. Three things show it: the record is not followed by another; its lists of
//! numbers (time offsets, time stamp, dead region) are not as long as in the other records of its kind; frames follow that others of
//! its kind have not. All of them are the same throughout a stream.

use super::config::Config;
use super::tmio::{self, Frame, Message, PROTOCOL, PROTOCOL_BYTES, PROTOCOL_TAG, Scan, Scanned, Shape, tag};
use crate::Error;
use crate::source::ByteStream;
use std::ops::Range;

/// Records that must fit behind a damaged one.
const CHAIN: usize = 3;
/// Records among which others of a kind are looked for.
const NEIGHBOURS: usize = 12;
/// Bytes that are looked at for it.
const FARTHEST: usize = 1 << 25;
/// Records of FCIO are numbered from 1 on; moved by a byte, their tags are beyond this.
const HIGHEST_TAG: i32 = 255;
/// A longer frame behind a record is none.
pub(super) const LONGEST_FRAME: i32 = 1 << 24;
/// The same of a record of an unknown kind, where a way through damage is looked for.
const LONGEST_UNKNOWN: usize = 1 << 16;
/// Frames of such a record; small numbers in a row look like more.
const MOST_FRAMES: usize = 32;
/// Equal bytes that samples do not have by chance.
const LEAST_FILLING: usize = 6;

/// What stands behind a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// another one, or the end
    Yes,
    /// damage that is not of this record
    Damaged,
    /// damage that may be of this record
    No,
    /// the bytes that tell are not there yet
    Pending,
}

/// What the records of a kind have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    /// bytes of time offsets, time stamp and dead region
    lists: [Option<usize>; 3],
    /// further frames follow
    extra: bool,
}

impl Form {
    fn of(tag: u32, frames: &[Frame], extra: bool) -> Self {
        let region = if tag == tag::EVENT { 5 } else { 4 };
        let lists = match tag {
            tag::EVENT | tag::SPARSE_EVENT | tag::EVENT_HEADER => [2, 3, region].map(|i| frames.get(i).map(|frame| frame.size)),
            _ => [None; 3],
        };
        Self { lists, extra }
    }
}

/// A record ahead.
enum Next {
    Known {
        tag: u32,
        end: usize,
        form: Form,
    },
    Unknown {
        end: usize,
    },
    Protocol {
        end: usize,
    },
    /// fewer bytes than a head are left
    End,
    /// the stream ends inside
    Cut,
    Wrong,
    Pending,
}

/// Looks ahead, and remembers what records look like.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    trial: Scan,
    /// by tag; whether two records agree in it
    forms: [Option<(Form, bool)>; tag::FSP_STATUS as usize + 1],
}

impl Ahead {
    /// Forgets what records looked like: another program may have written what comes.
    pub(super) fn forget(&mut self) {
        self.forms = Default::default();
    }

    /// Whether the lists of a record are as many as usual; a stream that ends behind fewer of them is cut.
    pub(super) fn has_all_lists(&self, tag: u32, frames: &[Frame]) -> bool {
        let usual = self.forms.get(tag as usize).copied().flatten();
        usual.is_none_or(|(form, _)| form.lists == Form::of(tag, frames, false).lists)
    }

    /// Whether the record that ends at `end` of the window looks like the others of its kind. Where it is the first, those behind it
    /// are asked: two against one win.
    ///
    /// # Errors
    /// Bytes that do not come.
    pub(super) fn is_of_its_kind(
        &mut self,
        stream: &mut ByteStream,
        shape: Option<Shape>,
        tag: u32,
        frames: &[Frame],
        end: usize,
        followed: Followed,
    ) -> Result<bool, Error> {
        if shape.is_none() {
            return Ok(true);
        }
        let there = stream.peek(end + 4)?.len();
        let behind = (there >= end + 4).then(|| tmio::i32_at(stream.window(), end));
        let form = Form::of(tag, frames, behind.is_some_and(|head| (0..=LONGEST_FRAME).contains(&head)));
        let Some(usual) = self.forms.get(tag as usize).copied() else { return Ok(true) };
        let (agrees, confirmed) = match usual {
            Some((usual, _)) if usual.lists == form.lists && (usual.extra == form.extra || behind.is_none()) => return Ok(true),
            Some((_, true)) => return Ok(false),
            _ => match self.others(stream, shape, tag, end)? {
                // Damage lies behind it, and says nothing about it.
                None => (followed == Followed::Damaged && usual.is_none(), false),
                Some(others) => match others {
                    (Some(first), _) if first == form => (true, true),
                    (Some(first), Some(second)) => (second == form && second != first, true),
                    (Some(_), None) => (false, false),
                    (None, _) => (usual.is_none(), false),
                },
            },
        };
        if agrees {
            self.forms[tag as usize] = Some((form, confirmed));
        }
        Ok(agrees)
    }

    /// Forms of the next two records of a kind; `None` if no record follows.
    fn others(
        &mut self,
        stream: &mut ByteStream,
        shape: Option<Shape>,
        of: u32,
        start: usize,
    ) -> Result<Option<(Option<Form>, Option<Form>)>, Error> {
        let mut at = skip_frames(stream, start, LONGEST_FRAME as usize)?.unwrap_or(start);
        let mut found = (None, None);
        for i in 0..NEIGHBOURS {
            if at > FARTHEST {
                break;
            }
            at = match self.record(stream, shape, at, None, true)? {
                Next::Known { tag, form, end } => {
                    if tag == of && found.0.is_some() {
                        return Ok(Some((found.0, Some(form))));
                    }
                    if tag == of {
                        found.0 = Some(form);
                    }
                    end
                }
                Next::Unknown { end } | Next::Protocol { end } => end,
                Next::Wrong if i == 0 && !stream.window().get(at..at + 4).is_some_and(looks_like_a_tag) => return Ok(None),
                _ => break,
            };
        }
        Ok(Some(found))
    }

    /// Whether the record that ends at `end` of the window is followed as records are.
    ///
    /// # Errors
    /// Bytes that do not come.
    pub(super) fn is_followed(&mut self, stream: &mut ByteStream, shape: Option<Shape>, end: usize) -> Result<Followed, Error> {
        let rest = stream.peek(end + 4)?.len() - end;
        if rest < 4 {
            // A live stream is not made to wait for its next record.
            return Ok(if stream.is_pending() && rest > 0 { Followed::Pending } else { Followed::Yes });
        }
        let behind = &stream.window()[end..];
        let head = tmio::i32_at(behind, 0);
        if is_usual(head) {
            return Ok(Followed::Yes);
        }
        if tmio::tag_of(head).is_some() {
            // A tag of which nobody has heard begins a record if others follow behind its frames, and none begins in them.
            match skip_frames(stream, end + 4, LONGEST_UNKNOWN)? {
                None if stream.is_pending() => return Ok(Followed::Pending),
                Some(behind)
                    if self.fits(stream, shape, behind, None)? != Some(false)
                        && !self.any_fits(stream, shape, end + 1..behind)? =>
                {
                    return Ok(Followed::Yes);
                }
                _ => {}
            }
        }
        // The next record may have a damaged tag; records of the stream processor fit too easily to tell.
        for tag in [tag::EVENT, tag::SPARSE_EVENT, tag::EVENT_HEADER, tag::STATUS, tag::CONFIG] {
            match self.fits(stream, shape, end, Some(tag))? {
                None => return Ok(Followed::Pending),
                Some(true) => return Ok(Followed::Damaged),
                Some(false) => {}
            }
        }
        // Or there may be filling between the two. Records end in zeros, too: those tell nothing.
        let filling = &stream.window()[end..];
        let length = filling.iter().take_while(|b| **b == filling[0] && **b != 0).count();
        if length < LEAST_FILLING {
            return Ok(Followed::No);
        }
        Ok(match self.fits(stream, shape, end + length, None)? {
            None => Followed::Pending,
            Some(true) => Followed::Damaged,
            Some(false) => Followed::No,
        })
    }

    /// Whether records fit from any byte of a range of the window on.
    fn any_fits(&mut self, stream: &mut ByteStream, shape: Option<Shape>, range: Range<usize>) -> Result<bool, Error> {
        for at in range {
            if stream.window().get(at..at + 4).is_some_and(looks_like_a_tag) && self.fits(stream, shape, at, None)? == Some(true)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether records fit one behind the other from a byte of the window on, the first as if it had this tag: three, or all to the
    /// end of the stream. `None` if the bytes that tell are not there yet.
    ///
    /// # Errors
    /// Bytes that do not come.
    pub(super) fn fits(
        &mut self,
        stream: &mut ByteStream,
        shape: Option<Shape>,
        start: usize,
        mut as_tag: Option<u32>,
    ) -> Result<Option<bool>, Error> {
        let (mut at, mut found, mut shape) = (start, 0, shape);
        let assumed = usize::from(as_tag.is_some());
        while found < CHAIN {
            at = match self.record(stream, shape, at, as_tag.take(), false)? {
                Next::Known { tag, end, .. } => {
                    if tag == tag::CONFIG && shape.is_none() {
                        let message = Message { tag, bytes: &stream.window()[at..], frames: &self.trial.frames };
                        let Ok(config) = Config::parse(&message) else { return Ok(Some(false)) };
                        shape = Some(config.shape());
                    }
                    end
                }
                // Nobody can say where such a record begins.
                Next::Unknown { end } if found > 0 => end,
                Next::Protocol { end } => {
                    at = end;
                    continue;
                }
                // The last record of a stream may be cut; if there is no other, it says nothing.
                Next::Cut => return Ok(Some(found > assumed)),
                Next::End => return Ok(Some(found > 0)),
                Next::Wrong | Next::Unknown { .. } => return Ok(Some(false)),
                Next::Pending => return Ok(None),
            };
            found += 1;
        }
        Ok(Some(true))
    }

    /// The record that begins at a byte of the window, taken for one of `as_tag`; with frames that its kind has not if `any_extra`.
    fn record(
        &mut self,
        stream: &mut ByteStream,
        shape: Option<Shape>,
        at: usize,
        as_tag: Option<u32>,
        any_extra: bool,
    ) -> Result<Next, Error> {
        let there = stream.peek(at + PROTOCOL_BYTES)?.len().saturating_sub(at);
        if there < 4 {
            return Ok(if stream.is_pending() { Next::Pending } else { Next::End });
        }
        let window = &stream.window()[at..];
        let head = tmio::i32_at(window, 0);
        if head == PROTOCOL_TAG && as_tag.is_none() {
            return Ok(match there {
                PROTOCOL_BYTES.. if window[4..].starts_with(PROTOCOL) => Next::Protocol { end: at + PROTOCOL_BYTES },
                PROTOCOL_BYTES.. => Next::Wrong,
                _ if stream.is_pending() => Next::Pending,
                _ => Next::Wrong,
            });
        }
        let Some(tag) = as_tag.or_else(|| tmio::tag_of(head)) else { return Ok(Next::Wrong) };
        if !tmio::is_known(tag) {
            return Ok(match skip_frames(stream, at + 4, LONGEST_UNKNOWN)? {
                Some(end) if is_usual(head) => Next::Unknown { end },
                Some(_) => Next::Wrong,
                None if stream.is_pending() => Next::Pending,
                None => Next::Wrong,
            });
        }
        if shape.is_none() && tag != tag::CONFIG {
            return Ok(Next::Wrong);
        }
        self.trial.begin(tag);
        let mut ended = false;
        let end = loop {
            match self.trial.step(&stream.window()[at..], ended, shape) {
                Scanned::Need(n) => {
                    if stream.peek(at + n)?.len() < at + n {
                        if stream.is_pending() {
                            return Ok(Next::Pending);
                        }
                        ended = true;
                    }
                }
                Scanned::Whole(end) | Scanned::Ended(end) => break at + end,
                Scanned::Cut => return Ok(Next::Cut),
                Scanned::Wrong(_) | Scanned::Impossible(..) => return Ok(Next::Wrong),
            }
        };
        let behind = stream.peek(end + 4)?.len() >= end + 4;
        let extra = behind && (0..=LONGEST_FRAME).contains(&tmio::i32_at(stream.window(), end));
        let form = Form::of(tag, &self.trial.frames, extra);
        let usual = self.forms[tag as usize];
        if extra && !any_extra && !usual.is_some_and(|(form, _)| form.extra) {
            return Ok(Next::Wrong);
        }
        let end = if extra { skip_frames(stream, end, LONGEST_FRAME as usize)?.unwrap_or(end) } else { end };
        Ok(Next::Known { tag, end, form })
    }
}

/// Where frames from a byte of the window on end; `None` if one is too long, if they are many, or if the bytes are not there.
fn skip_frames(stream: &mut ByteStream, mut at: usize, longest: usize) -> Result<Option<usize>, Error> {
    for _ in 0..MOST_FRAMES {
        if stream.peek(at + 4)?.len() < at + 4 {
            let whole = !stream.is_pending() && stream.window().len() >= at;
            return Ok(whole.then_some(at));
        }
        match usize::try_from(tmio::i32_at(stream.window(), at)) {
            Err(_) => return Ok(Some(at)),
            Ok(size) if size <= longest && at <= FARTHEST => at += 4 + size,
            Ok(_) => break,
        }
    }
    Ok(None)
}

/// A head as records of FCIO have it: a low tag, the protocol's, or a frame of a size that occurs.
fn is_usual(head: i32) -> bool {
    head == PROTOCOL_TAG || (-HIGHEST_TAG..=LONGEST_FRAME).contains(&head)
}

/// A head with a known tag, or that of the protocol.
pub(super) fn looks_like_a_tag(bytes: &[u8]) -> bool {
    matches!(bytes, [0xf6..=0xff, 0xff, 0xff, 0xff]) || bytes == PROTOCOL_TAG.to_le_bytes()
}
