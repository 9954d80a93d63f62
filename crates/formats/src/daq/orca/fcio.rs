//! FCIO in packets of ORCA: `ORFCIOConfigDecoder`, `ORFCIOStatusDecoder`, `ORFCIOEventHeaderDecoder`, `ORFCIOEventDecoder`.
//!
//! ```text
//! word 0, 1   head of an extended packet
//! word 2      id of the stream
//! then        TMIO messages, the records of the stream processor first; zeros up to a whole word
//! ```

use super::header::{Cards, Header, Listener};
use super::words::Words;
use crate::Error;
use crate::daq::fcio::{self, Damage, Outcome, State, columns};
use crate::daq::{DecoderInfo, Key, Sink, TableSpec};
use std::collections::HashMap;

/// All decoders, in the order of [`Kind`].
pub(crate) const DECODERS: [&str; 4] =
    ["ORFCIOConfigDecoder", "ORFCIOStatusDecoder", "ORFCIOEventHeaderDecoder", "ORFCIOEventDecoder"];
/// Cards of FlashCam.
const CLASSES: [&str; 4] =
    ["ORFlashCamADCModel", "ORFlashCamADCStdModel", "ORFlashCamGlobalTriggerModel", "ORFlashCamTriggerModel"];
/// Bytes of a packet before its messages.
pub(crate) const HEAD: usize = 12;

/// The FCIO streams of one ORCA stream.
#[derive(Default)]
pub(crate) struct Streams {
    states: HashMap<u32, State>,
}

impl Streams {
    /// Decodes the messages of a packet that has `head_words` words of head. Damage counts from the first byte of the packet;
    /// it is fatal where the configuration of a running stream changes.
    pub(crate) fn decode(
        &mut self,
        words: Words<'_>,
        head_words: usize,
        packet_id: u32,
        sink: &mut dyn Sink,
    ) -> Result<Outcome, Error> {
        let skipped = HEAD / 4 - head_words;
        let (Some(stream), Some(messages)) = (words.at(skipped), words.0.get(4 * skipped..)) else {
            let reason = format!("a packet of {} words holds no messages", words.last() + head_words);
            return Ok(Outcome::Damaged(Damage { at: 0, reason, fatal: false }));
        };
        let state = self.states.entry(stream).or_insert_with(|| State::new(&fcio::ORCA));
        let mut outcome = state.packet(messages, packet_id, sink)?;
        if let Outcome::Damaged(damage) = &mut outcome {
            damage.at += HEAD;
            damage.fatal &= state.config().is_some();
        }
        Ok(outcome)
    }
}

/// Keys of one of the [`DECODERS`], as the header announces them.
pub(crate) fn info(decoder: &'static str, header: &Header) -> DecoderInfo {
    let listeners = &header.listeners;
    let of = |of: &str, listener: &Listener, kind: &str| Key::Text(format!("{of}_{}/{kind}", listener.id & 0xFFFF));
    let two_lists = |kind: &str| {
        let plain = listeners.iter().map(|listener| of("fcid", listener, kind)).collect();
        let processed = listeners.iter().filter(|listener| listener.has_fsp);
        vec![plain, processed.map(|listener| of("swtid", listener, kind)).collect()]
    };
    let mut key_lists = Vec::new();
    match decoder {
        "ORFCIOConfigDecoder" => key_lists = two_lists("config"),
        "ORFCIOEventHeaderDecoder" => key_lists = two_lists("evt_hdr"),
        _ => {
            let is_status = decoder == "ORFCIOStatusDecoder";
            for listener in listeners {
                key_lists.push(if is_status { cards(listener) } else { channels(listener, &header.cards) });
                if listener.has_fsp {
                    key_lists.push(vec![of("swtid", listener, if is_status { "status" } else { "event" })]);
                }
            }
        }
    }
    DecoderInfo { decoder, key_lists, is_object: false }
}

fn channels(listener: &Listener, cards: &Cards) -> Vec<Key> {
    listener.keys(cards, &CLASSES).into_iter().map(Key::Number).collect()
}

/// The master and the ADC cards.
fn cards(listener: &Listener) -> Vec<Key> {
    let numbers = fcio::card_numbers(1, 0, listener.cards.len() as i32);
    numbers.into_iter().map(|number| Key::Text(format!("fcid_{}/status/card{number}", listener.id & 0xFFFF))).collect()
}

/// Columns of the first key of each list of [`info`].
pub(crate) fn tables(info: &DecoderInfo, header: &Header) -> Vec<TableSpec> {
    let samples_of = |key: u64| {
        let listener = header.listeners.iter().find(|listener| listener.id & 0xFFFF == key / 1_000_000);
        listener.map_or(0, |listener| listener.samples as usize)
    };
    let table = |key: &Key| TableSpec {
        decoder: info.decoder,
        key: Some(key.clone()),
        columns: match (info.decoder, key) {
            (_, Key::Number(number)) => columns::event(samples_of(*number)),
            ("ORFCIOConfigDecoder", Key::Text(text)) if text.starts_with("fcid") => columns::config(),
            ("ORFCIOConfigDecoder", _) => fcio::fsp_config::columns(),
            ("ORFCIOStatusDecoder", Key::Text(text)) if text.starts_with("fcid") => columns::status(),
            ("ORFCIOStatusDecoder", _) => columns::fsp_status(),
            (_, Key::Text(text)) if text.starts_with("fcid") => columns::event_header(),
            _ => columns::fsp_event(),
        },
    };
    info.key_lists.iter().filter_map(|list| list.first()).map(table).collect()
}
