//! The header of an ORCA stream: packet 0, a property list that describes hardware, read-out and the ids of packets.

use super::json;
use super::packet::{Form, Head, Ids};
use crate::daq::opening::{first_bytes, header_bytes};
use crate::source::ByteStream;
use crate::{Error, Kind};
use plist::{Dictionary, Value};
use quick_xml::events::Event;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Property lists are read by recursion.
const DEEPEST: usize = 200;
/// Class of the objects that read FlashCam.
const LISTENER: &str = "ORFlashCamListenerModel";
/// Bytes of a header at most.
const MOST_BYTES: u64 = 1 << 28;

/// What the header says, as far as decoders need it.
pub(crate) struct Header {
    /// of the packet
    pub(crate) form: Form,
    /// bytes of the packet
    pub(crate) size: usize,
    /// the property list as JSON
    pub(crate) json: String,
    /// decoders in the order of the header
    pub(crate) names: Vec<String>,
    /// which packets they take
    pub(crate) ids: Ids,
    /// plugged-in cards
    pub(crate) cards: Cards,
    /// FlashCam listeners
    pub(crate) listeners: Vec<Listener>,
}

/// A card in a crate.
pub(crate) struct Card {
    pub(crate) crate_number: u64,
    pub(crate) slot: u64,
    pub(crate) class: String,
    settings: Dictionary,
}

impl Card {
    /// An integer of its settings.
    pub(crate) fn integer(&self, name: &str) -> Option<u64> {
        unsigned(self.settings.get(name)?)
    }

    /// A list of its settings; what is no integer (or yes) is 0.
    pub(crate) fn list(&self, name: &str) -> Vec<u64> {
        let items = self.settings.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().map(|item| unsigned(item).unwrap_or(0)).collect()
    }
}

/// All cards, those of FlashCam by their place.
#[derive(Default)]
pub(crate) struct Cards {
    list: Vec<Card>,
    flashcam: HashMap<(u64, u64), usize>,
}

impl Cards {
    fn new(list: Vec<Card>) -> Self {
        let flashcam = list.iter().enumerate().filter(|(_, card)| card.class.starts_with("ORFlashCam"));
        let flashcam = flashcam.map(|(i, card)| ((card.crate_number, card.slot), i)).collect();
        Self { list, flashcam }
    }

    /// The cards of a class.
    pub(crate) fn of(&self, class: &str) -> impl Iterator<Item = &Card> {
        self.list.iter().filter(move |card| card.class == class)
    }

    /// The FlashCam card at a crate and slot, if it is of one of these classes.
    pub(crate) fn flashcam(&self, place: (u64, u64), classes: &[&str]) -> Option<&Card> {
        self.flashcam.get(&place).map(|i| &self.list[*i]).filter(|card| classes.contains(&card.class.as_str()))
    }
}

/// Software that reads FlashCam cards.
pub(crate) struct Listener {
    pub(crate) id: u64,
    /// samples of a waveform as ORCA counted them
    pub(crate) samples: u64,
    pub(crate) has_fsp: bool,
    /// crate and slot of the cards that it reads
    pub(crate) cards: Vec<(u64, u64)>,
}

impl Listener {
    /// Keys of the inputs that are read of its cards.
    pub(crate) fn keys(&self, cards: &Cards, classes: &[&str]) -> Vec<u64> {
        let (mut keys, mut seen) = (Vec::new(), HashSet::new());
        for card in self.cards.iter().filter_map(|place| cards.flashcam(*place, classes)) {
            let address = card.integer("CardAddress").unwrap_or(0);
            for (input, enabled) in card.list("Enabled").into_iter().enumerate() {
                let key = flashcam_key(self.id, address, input as u64);
                if enabled != 0 && seen.insert(key) {
                    keys.push(key);
                }
            }
        }
        keys
    }
}

/// The key of a FlashCam channel: stream, address of the card, input.
#[inline]
pub(crate) fn flashcam_key(stream: u64, address: u64, input: u64) -> u64 {
    (stream & 0xFFFF) * 1_000_000 + (address & 0xFFFF) * 100 + (input & 0xFFFF)
}

impl Header {
    /// Reads packet 0 and leaves the stream before it.
    ///
    /// # Errors
    /// [`Kind::NotThisFormat`] if no header stands here, [`Kind::Truncated`], [`Kind::Damaged`] with the byte.
    pub(crate) fn read(stream: &mut ByteStream, patience: Duration) -> Result<Self, Error> {
        let (name, at) = (stream.name().to_owned(), stream.position());
        let damaged = |byte: u64, text: String| Error::new(&name, Kind::Damaged, text).object("OrcaHeader").at(at + byte);
        let head = Head::parse(first_bytes(stream, 8, patience)?);
        let Some(head) = head.filter(|head| head.id == 0 && head.form != Form::Short && head.words >= 2) else {
            return Err(Error::new(&name, Kind::NotThisFormat, "not an ORCA stream: it does not begin with a header").at(at));
        };
        if 4 * head.words > MOST_BYTES {
            return Err(damaged(0, format!("a header of {} bytes", 4 * head.words)));
        }
        let (size, start) = (4 * head.words as usize, 4 * head.form.head_words());
        let Some(room) = size.checked_sub(start + 4) else {
            return Err(damaged(0, format!("a header of {size} bytes, which has no room for its own length")));
        };
        let packet = first_bytes(stream, size, patience)?;
        if let Some(length) = packet.get(start..).and_then(|bytes| bytes.first_chunk()) {
            let length = u32::from_le_bytes(*length) as usize;
            if length > room {
                return Err(damaged(start as u64, format!("header longer than its packet: {length} bytes in {room}")));
            }
        }
        let packet = header_bytes(stream, size, "header", patience)?;
        let length = u32::from_le_bytes(packet[start..start + 4].try_into().expect("invariant: four bytes")) as usize;
        let text = &packet[start + 4..start + 4 + length];
        Self::parse(head.form, size, text).map_err(|reason| damaged(start as u64 + 4, format!("property list: {reason}")))
    }

    pub(super) fn parse(form: Form, size: usize, text: &[u8]) -> Result<Self, String> {
        check_depth(text)?;
        let list = Value::from_reader_xml(text).map_err(|error| error.to_string())?;
        let json = json::text(&list);
        let root = list.into_dictionary().ok_or("it is no dictionary")?;
        let description = root.get("dataDescription").and_then(Value::as_dictionary).ok_or("no `dataDescription`")?;
        let (mut names, mut ids, mut numbers) = (Vec::new(), Ids::default(), HashMap::new());
        for record in description.values().filter_map(Value::as_dictionary).flat_map(Dictionary::values) {
            let of = |key: &str| record.as_dictionary().and_then(|record| record.get(key));
            let (Some(id), Some(name)) = (of("dataId").and_then(signed), of("decoder").and_then(Value::as_string)) else {
                continue;
            };
            let number = *numbers.entry(name.to_owned()).or_insert_with(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            if let Ok(number) = u16::try_from(number)
                && id != 0
                && number < u16::MAX
            {
                ids.bind(id, number);
            }
        }
        let objects = root.get("ObjectInfo").and_then(Value::as_dictionary);
        let of = |key: &str| list_of(objects.and_then(|objects| objects.get(key)));
        let cards = Cards::new(of("Crates").flat_map(cards_of).collect());
        let about: HashMap<u64, &Dictionary> = of("AuxHw")
            .filter(|hardware| text_of(hardware, "Class Name") == Some(LISTENER))
            .filter_map(|hardware| Some((hardware.get("uniqueID").and_then(unsigned)?, hardware)))
            .collect();
        let listeners = list_of(root.get("ReadoutDescription"))
            .filter(|readout| text_of(readout, "name") == Some(LISTENER))
            .filter_map(|readout| {
                let id = readout.get("uniqueID").and_then(unsigned)?;
                let setting = |name: &str| about.get(&id).and_then(|about| about.get(name)).and_then(unsigned).unwrap_or(0);
                let place = |child: &Dictionary| Some((unsigned(child.get("crate")?)?, unsigned(child.get("station")?)?));
                let cards = list_of(readout.get("children")).filter_map(place).collect();
                Some(Listener { id, samples: setting("eventSamples"), has_fsp: setting("fspEnabled") != 0, cards })
            })
            .collect();
        Ok(Self { form, size, json, names, ids, cards, listeners })
    }
}

fn cards_of(rack: &Dictionary) -> Vec<Card> {
    let Some(crate_number) = rack.get("CrateNumber").and_then(unsigned) else { return Vec::new() };
    let card = |settings: &Dictionary| {
        let (slot, class) = (settings.get("Card").and_then(unsigned)?, text_of(settings, "Class Name")?.to_owned());
        Some(Card { crate_number, slot, class, settings: settings.clone() })
    };
    list_of(rack.get("Cards")).filter_map(card).collect()
}

fn list_of(value: Option<&Value>) -> impl Iterator<Item = &Dictionary> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_dictionary)
}

fn text_of<'a>(members: &'a Dictionary, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_string)
}

fn signed(value: &Value) -> Option<i64> {
    value.as_signed_integer()
}

fn unsigned(value: &Value) -> Option<u64> {
    value.as_unsigned_integer().or_else(|| value.as_boolean().map(u64::from)).or_else(|| {
        // Some versions write integers as reals.
        value.as_real().filter(|real| *real >= 0.0 && *real < 1e15 && real.fract() == 0.0).map(|real| real as u64)
    })
}

/// Refuses elements in elements in elements.
fn check_depth(text: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let (mut reader, mut depth) = (quick_xml::Reader::from_str(text), 0_usize);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof => return Ok(()),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("more than {DEEPEST} elements in each other"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_in_each_other_are_bounded() {
        let text = "<plist><dict>".to_owned() + &"<key>a</key><array>".repeat(100_000);
        let reason = Header::parse(Form::Long, 0, text.as_bytes()).err().unwrap();
        assert!(reason.contains("in each other"), "{reason}");
        assert!(Header::parse(Form::Long, 0, b"<plist><dict></dict></plist>").err().unwrap().contains("dataDescription"));
    }
}
