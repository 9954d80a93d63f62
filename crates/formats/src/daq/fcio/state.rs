//! What a stream remembers from record to record, and how its records become rows.

use super::columns;
use super::config::Config;
use super::dead_time::DeadTime;
use super::event::{Event, Refused, Scratch};
use super::tmio::{self, Frame, Message, PROTOCOL, PROTOCOL_BYTES, PROTOCOL_TAG, Scan, Scanned, Shape, tag};
use super::{fsp_config, fsp_event, fsp_status, status};
use crate::Error;
use crate::daq::{DecoderInfo, Key, Sink, TableSpec};

/// Which decoder each record belongs to.
#[derive(Debug)]
pub(crate) struct Decoders {
    pub(crate) config: &'static str,
    pub(crate) status: &'static str,
    pub(crate) event: &'static str,
    pub(crate) event_header: &'static str,
    pub(crate) fsp_config: &'static str,
    pub(crate) fsp_event: &'static str,
    pub(crate) fsp_event_header: &'static str,
    pub(crate) fsp_status: &'static str,
    /// Configurations are rows of tables, else one object.
    pub(crate) config_rows: bool,
}

/// A plain FCIO stream.
pub(crate) const FCIO: Decoders = Decoders {
    config: "FCConfigDecoder",
    status: "FCStatusDecoder",
    event: "FCEventDecoder",
    event_header: "FCEventHeaderDecoder",
    fsp_config: "FSPConfigDecoder",
    fsp_event: "FSPEventDecoder",
    fsp_event_header: "FSPEventDecoder",
    fsp_status: "FSPStatusDecoder",
    config_rows: false,
};

/// FCIO in packets of ORCA.
pub(crate) const ORCA: Decoders = Decoders {
    config: "ORFCIOConfigDecoder",
    status: "ORFCIOStatusDecoder",
    event: "ORFCIOEventDecoder",
    event_header: "ORFCIOEventHeaderDecoder",
    fsp_config: "ORFCIOConfigDecoder",
    fsp_event: "ORFCIOEventDecoder",
    fsp_event_header: "ORFCIOEventHeaderDecoder",
    fsp_status: "ORFCIOStatusDecoder",
    config_rows: true,
};

/// What became of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// rows were pushed, or it is kept for the next record
    Taken,
    /// nobody wants it, or it is of no known kind
    Unclaimed(String),
    /// nothing of it was pushed
    Damaged(Damage),
}

/// Why a record was dropped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Byte after the start of the message or packet.
    pub(crate) at: usize,
    /// One line.
    pub(crate) reason: String,
    /// What follows cannot be read either.
    pub(crate) fatal: bool,
}

/// A table at the sink.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Unasked,
    Unwanted,
    Open(usize),
}

impl Slot {
    fn get(&mut self, sink: &mut dyn Sink, spec: impl FnOnce() -> TableSpec) -> Option<usize> {
        if let Self::Unasked = self {
            *self = sink.open(&spec()).map_or(Self::Unwanted, Self::Open);
        }
        match *self {
            Self::Open(slot) => Some(slot),
            _ => None,
        }
    }
}

/// A record of the stream processor that waits for the FCIO record behind it.
#[derive(Clone, Debug, Default)]
struct Held {
    tag: u32,
    bytes: Vec<u8>,
    frames: Vec<Frame>,
}

impl Held {
    fn set(&mut self, message: &Message<'_>) {
        let end = message.frames.last().map_or(4, |f| f.start + f.size);
        self.tag = message.tag;
        self.bytes.clear();
        self.bytes.extend_from_slice(&message.bytes[..end]);
        self.frames.clear();
        self.frames.extend_from_slice(message.frames);
    }

    fn message(&self) -> Message<'_> {
        Message { tag: self.tag, bytes: &self.bytes, frames: &self.frames }
    }
}

/// Configuration, dead time and tables of one FCIO stream.
///
/// A plain stream gives it one message after the other. FCIO in ORCA has one state for each stream id, and gives it the bytes of
/// a packet behind the stream id by [`State::packet`]:
///
/// ```text
/// let mut states: BTreeMap<u32, fcio::State>;                        // by the packet's second word
/// let state = states.entry(stream).or_insert_with(|| fcio::State::new(&fcio::ORCA));
/// match state.packet(&packet[8..], packet_id, sink)? {               // extended packets: [12..]
///     Outcome::Taken => {}
///     Outcome::Unclaimed(kind) => …count…,
///     Outcome::Damaged(damage) => …gap at packet offset + 8 + damage.at; damage.fatal: the configuration changed…,
/// }
/// ```
/// The configuration packet comes first; columns before it are those of [`super::columns`], with the samples of the ORCA header.
/// Tables are asked for by the names of [`Decoders`]: channels by number, others as `fcid_1/config`, `swtid_1/evt_hdr`,
/// `fcid_1/status/card8192`.
#[derive(Debug)]
pub(crate) struct State {
    decoders: &'static Decoders,
    config: Option<Config>,
    dead: DeadTime,
    held: Held,
    scan: Scan,
    scratch: Scratch,
    /// keys of traces with their tables, and the place of each channel among them
    tables: Vec<(u64, Slot)>,
    table_of: Vec<usize>,
    cards: Vec<(u32, Slot)>,
    config_slot: Slot,
    header_slot: Slot,
    fsp_config_slot: Slot,
    fsp_slots: [Slot; 3],
}

impl State {
    /// A stream of which nothing was read.
    pub(crate) fn new(decoders: &'static Decoders) -> Self {
        Self {
            decoders,
            config: None,
            dead: DeadTime::default(),
            held: Held::default(),
            scan: Scan::default(),
            scratch: Scratch::default(),
            tables: Vec::new(),
            table_of: Vec::new(),
            cards: Vec::new(),
            config_slot: Slot::Unasked,
            header_slot: Slot::Unasked,
            fsp_config_slot: Slot::Unasked,
            fsp_slots: [Slot::Unasked; 3],
        }
    }

    /// The configuration, once it was read.
    pub(crate) fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// Sizes of events, once they are known.
    pub(super) fn shape(&self) -> Option<Shape> {
        self.config.as_ref().map(Config::shape)
    }

    /// All messages of an ORCA packet, from the byte behind the stream id on; zeros that pad it to a word are ignored.
    ///
    /// # Errors
    /// What the sink says.
    pub(crate) fn packet(&mut self, bytes: &[u8], packet_id: u32, sink: &mut dyn Sink) -> Result<Outcome, Error> {
        let mut scan = std::mem::take(&mut self.scan);
        let outcome = self.messages(&mut scan, bytes, packet_id, sink);
        self.scan = scan;
        outcome
    }

    fn messages(&mut self, scan: &mut Scan, bytes: &[u8], packet_id: u32, sink: &mut dyn Sink) -> Result<Outcome, Error> {
        let damaged = |at: usize, reason: String| Ok(Outcome::Damaged(Damage { at, reason, fatal: false }));
        self.held.tag = 0;
        let mut at = 0;
        let mut outcome = None;
        while bytes.len() - at >= 4 {
            let head = tmio::i32_at(bytes, at);
            if head == PROTOCOL_TAG {
                if !bytes[at + 4..].starts_with(PROTOCOL) || bytes.len() - at < PROTOCOL_BYTES {
                    return damaged(at + 4, "protocol is not FlashCamV1".to_owned());
                }
                at += PROTOCOL_BYTES;
                continue;
            }
            let Some(tag) = tmio::tag_of(head) else {
                // Frames behind those that are known.
                match usize::try_from(head) {
                    Ok(size) if outcome.is_some() && size <= bytes.len() - at - 4 => at += 4 + size,
                    _ => return damaged(at, "no record begins here".to_owned()),
                }
                continue;
            };
            let rest = &bytes[at..];
            scan.begin(tag);
            let end = match scan.step(rest, true, self.shape()) {
                Scanned::Whole(end) | Scanned::Ended(end) => end,
                Scanned::Cut | Scanned::Need(_) => return damaged(at, "record is longer than its packet".to_owned()),
                Scanned::Wrong(reason) => return damaged(at, reason),
                Scanned::Impossible(place, reason) => return damaged(at + place, reason),
            };
            let message = Message { tag, bytes: rest, frames: &scan.frames };
            let mut given = self.message(&message, packet_id, sink)?;
            if let Outcome::Damaged(damage) = &mut given {
                damage.at += at;
                return Ok(given);
            }
            if tag == tag::CONFIG {
                self.announce(packet_id, sink)?;
            }
            outcome = Some(match (outcome, given) {
                (Some(Outcome::Taken), _) => Outcome::Taken,
                (_, given) => given,
            });
            at += end;
        }
        Ok(outcome.unwrap_or_else(|| Outcome::Damaged(Damage { at: 0, reason: "no record inside".to_owned(), fatal: false })))
    }

    /// One message. Nothing is pushed unless all of it is right.
    ///
    /// # Errors
    /// What the sink says.
    pub(super) fn message(&mut self, message: &Message<'_>, packet_id: u32, sink: &mut dyn Sink) -> Result<Outcome, Error> {
        let tag = message.tag;
        if matches!(tag, tag::FSP_CONFIG | tag::FSP_EVENT | tag::FSP_STATUS) {
            self.held.set(message);
            return Ok(Outcome::Taken);
        }
        if tag == tag::CONFIG {
            return Ok(self.configure(message));
        }
        let outcome = match (tag, self.config.is_some()) {
            (tag::EVENT | tag::SPARSE_EVENT | tag::EVENT_HEADER, true) => self.event(message, packet_id, sink)?,
            (tag::STATUS, true) => self.status(message, packet_id, sink),
            _ => Outcome::Unclaimed(tmio::name(tag)),
        };
        self.held.tag = 0;
        Ok(outcome)
    }

    fn configure(&mut self, message: &Message<'_>) -> Outcome {
        let config = match Config::parse(message) {
            Ok(config) => config,
            Err(reason) => return Outcome::Damaged(Damage { at: 0, reason, fatal: self.config.is_none() }),
        };
        match &self.config {
            Some(before) if before.is_compatible(&config) => {}
            Some(before) => {
                return Outcome::Damaged(Damage { at: 0, reason: before.difference(&config), fatal: true });
            }
            None => {
                let channels = config.shape().channels;
                self.dead = DeadTime::new(channels);
                let mut places = std::collections::BTreeMap::new();
                for channel in 0..channels {
                    let key = config.key(channel);
                    let place = *places.entry(key).or_insert(self.tables.len());
                    if place == self.tables.len() {
                        self.tables.push((key, Slot::Unasked));
                    }
                    self.table_of.push(place);
                }
                let numbers = status::card_numbers(config.mastercards, config.triggercards, config.adccards);
                self.cards = numbers.into_iter().map(|number| (number, Slot::Unasked)).collect();
            }
        }
        self.config = Some(config);
        Outcome::Taken
    }

    /// Gives the configuration that was read last, and that of the stream processor before it.
    ///
    /// # Errors
    /// What the sink says.
    pub(super) fn announce(&mut self, packet_id: u32, sink: &mut dyn Sink) -> Result<(), Error> {
        let Some(config) = &self.config else { return Ok(()) };
        let processor = self.held.tag == tag::FSP_CONFIG;
        self.held.tag = 0;
        let [key, processor_key] = ["fcid", "swtid"].map(|of| key(of, config, "config"));
        if !self.decoders.config_rows {
            sink.object(self.decoders.config, Some(&key), config.object())?;
            if processor {
                let object = fsp_config::object(&self.held.message());
                sink.object(self.decoders.fsp_config, Some(&processor_key), object)?;
            }
            return Ok(());
        }
        let spec = || TableSpec { decoder: self.decoders.config, key: Some(key), columns: columns::config() };
        if let Some(slot) = self.config_slot.get(sink, spec) {
            config.push(sink.rows(slot), packet_id);
        }
        if processor {
            let (decoder, key) = (self.decoders.fsp_config, Some(processor_key));
            let spec = || TableSpec { decoder, key, columns: fsp_config::columns() };
            if let Some(slot) = self.fsp_config_slot.get(sink, spec) {
                fsp_config::push(sink.rows(slot), packet_id, &self.held.message());
            }
        }
        Ok(())
    }

    fn event(&mut self, message: &Message<'_>, packet_id: u32, sink: &mut dyn Sink) -> Result<Outcome, Error> {
        let config = self.config.as_ref().expect("invariant: an event is decoded behind its configuration");
        let event = match Event::take(message, config, &mut self.dead) {
            Ok(event) => event,
            Err(Refused { at, reason }) => return Ok(Outcome::Damaged(Damage { at, reason, fatal: false })),
        };
        let mut taken = false;
        let header = message.tag == tag::EVENT_HEADER;
        if header {
            let decoder = self.decoders.event_header;
            let spec = || TableSpec { decoder, key: Some(key("fcid", config, "evt_hdr")), columns: columns::event_header() };
            if let Some(slot) = self.header_slot.get(sink, spec) {
                event.push_header(sink.rows(slot), packet_id, message, config, &self.dead, &mut self.scratch);
                taken = true;
            }
        } else {
            let samples = config.shape().samples;
            for i in 0..event.traces() {
                let (key, slot) = &mut self.tables[self.table_of[Event::channel(message, i)]];
                let spec =
                    || TableSpec { decoder: self.decoders.event, key: Some(Key::Number(*key)), columns: columns::event(samples) };
                if let Some(slot) = slot.get(sink, spec) {
                    event.push_trace(sink.rows(slot), packet_id, message, config, &self.dead, i);
                    taken = true;
                }
            }
        }
        if self.held.tag == tag::FSP_EVENT {
            let (slot, decoder, of) =
                if header { (1, self.decoders.fsp_event_header, "evt_hdr") } else { (0, self.decoders.fsp_event, "event") };
            let spec = || TableSpec { decoder, key: Some(key("swtid", config, of)), columns: columns::fsp_event() };
            if let Some(slot) = self.fsp_slots[slot].get(sink, spec) {
                fsp_event::push(sink.rows(slot), packet_id, &self.held.message());
                taken = true;
            }
        }
        Ok(if taken { Outcome::Taken } else { Outcome::Unclaimed(tmio::name(message.tag)) })
    }

    fn status(&mut self, message: &Message<'_>, packet_id: u32, sink: &mut dyn Sink) -> Outcome {
        let config = self.config.as_ref().expect("invariant: a status is decoded behind its configuration");
        let mut taken = false;
        for i in 0..status::cards(message) {
            let number = status::card_number(message, i);
            let Some((_, slot)) = self.cards.iter_mut().find(|(n, _)| *n == number) else { continue };
            let spec =
                || TableSpec { decoder: self.decoders.status, key: Some(card_key(config, number)), columns: columns::status() };
            if let Some(slot) = slot.get(sink, spec) {
                status::push(sink.rows(slot), packet_id, message, i);
                taken = true;
            }
        }
        if self.held.tag == tag::FSP_STATUS {
            let decoder = self.decoders.fsp_status;
            let spec = || TableSpec { decoder, key: Some(key("swtid", config, "status")), columns: columns::fsp_status() };
            if let Some(slot) = self.fsp_slots[2].get(sink, spec) {
                fsp_status::push(sink.rows(slot), packet_id, &self.held.message());
                taken = true;
            }
        }
        if taken { Outcome::Taken } else { Outcome::Unclaimed(tmio::name(message.tag)) }
    }

    /// Decoders of a plain stream with their keys, in the peer's order.
    pub(super) fn infos(&self) -> Vec<DecoderInfo> {
        let Some(config) = &self.config else { return Vec::new() };
        let info = |decoder, keys: Vec<Key>, is_object| DecoderInfo { decoder, key_lists: vec![keys], is_object };
        let of = |what: &str, kind: &str| vec![key(what, config, kind)];
        let names = self.decoders;
        let cards = self.cards.iter().map(|(number, _)| card_key(config, *number)).collect();
        let channels = self.tables.iter().map(|(key, _)| Key::Number(*key)).collect();
        let processed = ["event", "evt_hdr"].map(|kind| key("swtid", config, kind)).to_vec();
        vec![
            info(names.config, of("fcid", "config"), true),
            info(names.status, cards, false),
            info(names.event, channels, false),
            info(names.event_header, of("fcid", "evt_hdr"), false),
            info(names.fsp_config, of("swtid", "config"), true),
            info(names.fsp_event, processed, false),
            info(names.fsp_status, of("swtid", "status"), false),
        ]
    }

    /// Columns of each decoder of a plain stream that gives rows.
    pub(super) fn specs(&self) -> Vec<TableSpec> {
        let samples = self.shape().map_or(0, |shape| shape.samples);
        let columns_of = |decoder| match decoder {
            d if d == self.decoders.status => Some(columns::status()),
            d if d == self.decoders.event => Some(columns::event(samples)),
            d if d == self.decoders.event_header => Some(columns::event_header()),
            d if d == self.decoders.fsp_event => Some(columns::fsp_event()),
            d if d == self.decoders.fsp_status => Some(columns::fsp_status()),
            _ => None,
        };
        let infos = self.infos();
        let specs = infos.iter().filter(|info| !info.is_object && !info.key_lists[0].is_empty());
        specs
            .filter_map(|info| {
                let columns = columns_of(info.decoder)?;
                Some(TableSpec { decoder: info.decoder, key: info.key_lists[0].first().cloned(), columns })
            })
            .collect()
    }
}

fn key(of: &str, config: &Config, kind: &str) -> Key {
    Key::Text(format!("{of}_{}/{kind}", config.fcid()))
}

fn card_key(config: &Config, number: u32) -> Key {
    Key::Text(format!("fcid_{}/status/card{}", config.fcid(), number & 0xffff))
}
