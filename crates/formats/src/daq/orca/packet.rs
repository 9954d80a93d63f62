//! Packets of an ORCA stream, words of 32 bits, little-endian:
//!
//! ```text
//! short      1 | id 6 bits | data 26 bits
//! long       id 14 bits | words of the whole packet 18 bits, then what it holds
//! extended   id 14 bits | 0,  words of the whole packet (32 bits), then what it holds
//! ```
//!
//! Where no packet can stand, reading goes on at the next place from which three packets follow each other.
//!
//! Source: ORCA, "Data format", University of North Carolina.

use crate::Error;
use crate::daq::gaps::Gaps;
use crate::source::ByteStream;

/// Words of a packet at most: 64 MiB. A length above it is damage.
const MOST_WORDS: u64 = 1 << 24;
/// The same while the stream is searched: what is read ahead stays small.
const MOST_WORDS_IN_CHAIN: u64 = 1 << 20;
/// Packets that must follow each other. Short ones among them do not count: many a word of damage looks like one.
const CHAIN: usize = 3;
/// Short packets in a row that count as a chain.
const SHORT_CHAIN: usize = 16;
/// Bytes that are searched word by word before they are searched byte by byte.
const BLOCK: usize = 1 << 16;

/// How a packet begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Short,
    Long,
    Extended,
}

impl Form {
    /// Name in lists of records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
            Self::Extended => "extended",
        }
    }

    /// Words before what the packet holds.
    pub(crate) fn head_words(self) -> usize {
        if self == Self::Extended { 2 } else { 1 }
    }
}

/// The first word, or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) id: u32,
    pub(crate) form: Form,
    pub(crate) words: u64,
}

impl Head {
    /// The head that `bytes` begin with; `None` if they end inside.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let first = u32::from_le_bytes(*bytes.first_chunk()?);
        if first >> 31 == 1 {
            return Some(Self { id: first >> 26, form: Form::Short, words: 1 });
        }
        let (id, words) = (first >> 18, first & 0x3_FFFF);
        if words > 0 {
            return Some(Self { id, form: Form::Long, words: u64::from(words) });
        }
        let words = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
        // An extended packet holds its own head at least.
        let words = if words < 2 { 0 } else { u64::from(words) };
        Some(Self { id, form: Form::Extended, words })
    }
}

/// Which decoder, by number, takes which id.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    long: Vec<u16>,
    short: [u16; 64],
}

impl Default for Ids {
    fn default() -> Self {
        Self { long: vec![0; 1 << 14], short: [0; 64] }
    }
}

impl Ids {
    /// Binds the id of a `dataDescription`: of short packets it is negative.
    pub(crate) fn bind(&mut self, data_id: i64, decoder: u16) {
        if data_id < 0 || data_id >> 31 == 1 {
            self.short[(data_id as u32 >> 26) as usize] = decoder + 1;
        } else if let Some(place) = self.long.get_mut((data_id >> 18) as usize) {
            *place = decoder + 1;
        }
    }

    /// The decoder of a packet.
    #[inline]
    pub(crate) fn decoder(&self, head: &Head) -> Option<u16> {
        let place = if head.form == Form::Short { self.short[head.id as usize] } else { self.long[head.id as usize] };
        place.checked_sub(1)
    }

    /// Whether a packet may begin with this word.
    #[inline]
    fn may_begin(&self, word: u32) -> bool {
        let place = if word >> 31 == 1 { self.short[(word >> 26) as usize] } else { self.long[(word >> 18) as usize] };
        place != 0
    }
}

/// Where a packet lies; its bytes are the first of [`Packets::bytes`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    /// first byte
    pub(crate) position: u64,
    pub(crate) size: usize,
    /// from 0, the header
    pub(crate) number: u32,
    pub(crate) head: Head,
    /// `None` where the header names none
    pub(crate) decoder: Option<u16>,
}

/// What comes next.
pub(crate) enum Next {
    Packet(Packet),
    Pending,
    End,
}

/// Bytes that are being passed over.
struct Lost {
    offset: u64,
    passed: u64,
    /// First place, from the stream's position, where a packet may begin again.
    from: usize,
    reason: String,
    /// The stream ends inside the packet: what looks like a packet in its rest is none, unless more follow.
    is_cut: bool,
}

/// Whether packets follow each other.
enum Chain {
    Holds,
    Breaks,
    Pending,
}

/// The packets of a stream, one after the other.
pub(crate) struct Packets {
    stream: ByteStream,
    ids: Ids,
    current: Option<Packet>,
    number: u32,
    lost: Option<Lost>,
    pub(crate) gaps: Gaps,
    has_ended: bool,
}

impl Packets {
    /// Packets of a stream that stands behind its header, which is packet 0.
    pub(crate) fn new(stream: ByteStream, ids: Ids) -> Self {
        Self { stream, ids, current: None, number: 1, lost: None, gaps: Gaps::default(), has_ended: false }
    }

    pub(crate) fn stream(&self) -> &ByteStream {
        &self.stream
    }

    /// Bytes from the packet on that came last.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.stream.window()
    }

    /// The packet that came last is damaged: its length is not trusted, a packet may begin anywhere behind its head.
    pub(crate) fn reject(&mut self, reason: impl Into<String>) {
        if let Some(packet) = self.current.take() {
            self.lost =
                Some(Lost { offset: packet.position, passed: 0, from: 4.min(packet.size), reason: reason.into(), is_cut: false });
        }
    }

    /// The bytes of the next packet, all of them there.
    pub(crate) fn next(&mut self) -> Result<Next, Error> {
        if let Some(packet) = self.current.take() {
            self.stream.advance(packet.size);
        }
        loop {
            if self.lost.is_some()
                && let Some(end) = self.search()?
            {
                return Ok(end);
            }
            match self.frame()? {
                Ok(next) => return Ok(next),
                Err((reason, is_cut)) => {
                    self.lost = Some(Lost { offset: self.stream.position(), passed: 0, from: 1, reason, is_cut });
                }
            }
        }
    }

    /// The packet here, or why none can stand here and whether it is because the stream ends.
    fn frame(&mut self) -> Result<Result<Next, (String, bool)>, Error> {
        let there = self.stream.peek(8)?.len();
        let is_pending = self.stream.is_pending();
        if there == 0 && !is_pending {
            self.end();
            return Ok(Ok(Next::End));
        }
        let Some(head) = Head::parse(self.stream.window()) else {
            let reason = || (format!("{there} bytes behind the last packet"), true);
            return Ok(if is_pending { Ok(Next::Pending) } else { Err(reason()) });
        };
        if head.words == 0 || head.words > MOST_WORDS {
            return Ok(Err((format!("a packet of {} words ({} form)", head.words, head.form.name()), false)));
        }
        let decoder = self.ids.decoder(&head);
        if decoder.is_none() && head.words > MOST_WORDS_IN_CHAIN {
            return Ok(Err((format!("no packet has the id {}", head.id), false)));
        }
        let size = 4 * head.words as usize;
        let there = self.stream.peek(size)?.len();
        if there < size {
            let reason = || (format!("packet cut: {size} bytes are due, {there} are there"), true);
            return Ok(if self.stream.is_pending() { Ok(Next::Pending) } else { Err(reason()) });
        }
        if decoder.is_none() {
            // A packet of a kind that the header does not name, or no packet: what follows tells.
            match self.chain(size, true)? {
                Chain::Holds => {}
                Chain::Breaks => return Ok(Err((format!("no packet has the id {}", head.id), false))),
                Chain::Pending => return Ok(Ok(Next::Pending)),
            }
        }
        let packet = Packet { position: self.stream.position(), size, number: self.number, head, decoder };
        self.number = self.number.wrapping_add(1);
        self.current = Some(packet);
        Ok(Ok(Next::Packet(packet)))
    }

    /// Looks for the next chain of packets and passes what lies before it. `None` when it stands there.
    fn search(&mut self) -> Result<Option<Next>, Error> {
        loop {
            let Some(Lost { offset, passed, from, is_cut, .. }) = self.lost else { return Ok(None) };
            let there = self.stream.peek(BLOCK + 8)?.len();
            let is_short = there < BLOCK + 8;
            let is_pending = is_short && self.stream.is_pending();
            let end = if is_short { there } else { BLOCK };
            let mut found = None;
            // Most damage leaves words where they were.
            let aligned = |at: &usize| (passed + *at as u64).is_multiple_of(4);
            let words = (from..end).filter(aligned);
            let bytes = (from..end).filter(|at| !aligned(at));
            for at in words.chain(bytes) {
                let Some(word) = self.stream.window()[at..].first_chunk() else { continue };
                if !self.ids.may_begin(u32::from_le_bytes(*word)) {
                    continue;
                }
                match self.chain(at, !is_cut && aligned(&at))? {
                    Chain::Holds => {
                        found = Some(at);
                        break;
                    }
                    Chain::Breaks => {}
                    Chain::Pending => return Ok(Some(Next::Pending)),
                }
            }
            let pass = found.unwrap_or(end);
            if found.is_none() && is_pending {
                return Ok(Some(Next::Pending));
            }
            self.stream.advance(pass);
            let passed = passed + pass as u64;
            if found.is_some() || is_short {
                let reason = self.lost.take().map_or_else(String::new, |lost| lost.reason);
                self.gaps.add(offset, passed, reason);
                return Ok(None);
            }
            if let Some(lost) = &mut self.lost {
                (lost.passed, lost.from) = (passed, 0);
            }
        }
    }

    /// Whether known packets follow each other from `at` bytes behind the stream's position, or up to the end of the stream if it
    /// may end before.
    fn chain(&mut self, mut at: usize, may_end: bool) -> Result<Chain, Error> {
        let (mut long, mut short) = (0, 0);
        while long < CHAIN {
            let bytes = self.stream.peek(at + 8)?;
            let head = bytes.get(at..).and_then(Head::parse);
            let is_end = bytes.len() == at && may_end && (long > 0 || short == 0);
            let Some(head) = head else {
                return Ok(if self.stream.is_pending() {
                    Chain::Pending
                } else if is_end {
                    Chain::Holds
                } else {
                    Chain::Breaks
                });
            };
            let is_known = self.ids.decoder(&head).is_some();
            if !is_known || head.words == 0 || head.words > MOST_WORDS_IN_CHAIN {
                return Ok(Chain::Breaks);
            }
            if head.form != Form::Short {
                // A chain does not begin with a few short packets.
                if long == 0 && short > 0 {
                    return Ok(Chain::Breaks);
                }
                long += 1;
            } else if short == SHORT_CHAIN {
                break;
            } else {
                short += 1;
            }
            at += 4 * head.words as usize;
        }
        Ok(Chain::Holds)
    }

    /// Notes a stream whose compression is broken.
    fn end(&mut self) {
        if !self.has_ended {
            self.has_ended = true;
            self.gaps.note_stream(&self.stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn ids() -> Ids {
        let mut ids = Ids::default();
        [1 << 18, 2 << 18, 700 << 18, -(1 << 26)].into_iter().zip(0..).for_each(|(id, decoder)| ids.bind(id, decoder));
        ids
    }

    fn all(bytes: Vec<u8>) -> (Vec<Packet>, Vec<crate::daq::Gap>) {
        let mut packets = Packets::new(ByteStream::new("test", Box::new(Cursor::new(bytes))), ids());
        let mut list = Vec::new();
        while let Next::Packet(packet) = packets.next().unwrap() {
            assert!(packets.bytes().len() >= packet.size);
            list.push(packet);
        }
        (list, packets.gaps.into_list())
    }

    fn packet(id: u32, form: Form, payload: &[u32]) -> Vec<u8> {
        let words = payload.len() as u32;
        let head = match form {
            Form::Short => vec![id << 26],
            Form::Long => vec![id << 18 | (words + 1)],
            Form::Extended => vec![id << 18, words + 2],
        };
        let payload = if form == Form::Short { &[] } else { payload };
        head.iter().chain(payload).flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn ids_of_short_packets_are_negative() {
        let ids = ids();
        let head = |word: u32| Head::parse(&word.to_le_bytes()).unwrap();
        assert_eq!(head(0xFC00_0000), Head { id: 63, form: Form::Short, words: 1 });
        assert_eq!(ids.decoder(&head(0xFC00_0000)), Some(3));
        assert_eq!(ids.decoder(&head(700 << 18 | 9)), Some(2));
        assert_eq!(ids.decoder(&head(63 << 18 | 9)), None);
        assert_eq!(Head::parse(&(5_u32 << 18).to_le_bytes()), None);
    }

    #[test]
    fn a_kind_that_the_header_does_not_name_is_a_packet_if_packets_follow() {
        let mut bytes = packet(900, Form::Long, &[1, 2, 3]);
        (0..3).for_each(|_| bytes.extend(packet(1, Form::Long, &[7])));
        let (list, gaps) = all(bytes);
        assert_eq!((list.len(), list[0].decoder, list[1].number), (4, None, 2));
        assert!(gaps.is_empty());
    }

    #[test]
    fn what_looks_like_a_packet_in_a_cut_one_is_none() {
        let mut bytes = packet(700, Form::Long, &[1 << 18 | 4, 5, 6, 7, 8]);
        bytes.truncate(20);
        let (list, gaps) = all(bytes);
        assert!(list.is_empty());
        assert_eq!((gaps.len(), gaps[0].offset, gaps[0].bytes), (1, 0, 20));
    }

    proptest! {
        #[test]
        fn all_packets_behind_garbage_are_found(
            kinds in prop::collection::vec((0..3_usize, 0..40_usize, any::<u32>()), 4..20),
            mut garbage in prop::collection::vec(any::<u8>(), 8..300),
            at in any::<prop::sample::Index>(),
        ) {
            // Its first word is no short packet, and no packet that is as long as the garbage.
            (garbage[0], garbage[2], garbage[3]) = (0xFF, 0xFF, 0x40);
            let place = at.index(kinds.len() - 3);
            let (mut bytes, mut starts) = (Vec::new(), Vec::new());
            let mut damage = 0;
            for (i, (form, words, word)) in kinds.iter().enumerate() {
                if i == place {
                    damage = bytes.len() as u64;
                    bytes.extend(&garbage);
                }
                starts.push(bytes.len() as u64);
                // Payload of words that are no heads, wherever one begins to read.
                bytes.extend(packet([1, 2, 700][*form], [Form::Long, Form::Extended, Form::Long][*form], &vec![word & 0x3F3F_3F3F | 0x4040_4040; *words + 1]));
            }
            let (list, gaps) = all(bytes);
            prop_assert_eq!(list.iter().map(|packet| packet.position).collect::<Vec<_>>(), starts);
            prop_assert_eq!(gaps.len(), 1);
            prop_assert_eq!((gaps[0].offset, gaps[0].bytes), (damage, garbage.len() as u64));
        }

        #[test]
        fn every_byte_is_in_a_packet_or_in_a_gap(words in prop::collection::vec(prop_oneof![
            any::<u32>(), (0..8_u32).prop_map(|n| 1 << 18 | n), (0..8_u32).prop_map(|n| 2 << 18 | n), 0..8_u32, Just(0xFC00_0000)
        ], 0..400), cut in 0..4_usize) {
            let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            bytes.truncate(bytes.len().saturating_sub(cut));
            let length = bytes.len() as u64;
            let (list, gaps) = all(bytes);
            let packets: u64 = list.iter().map(|packet| packet.size as u64).sum();
            prop_assert_eq!(packets + gaps.iter().map(|gap| gap.bytes).sum::<u64>(), length);
        }
    }
}
