//! `ORFlashCamListenerConfigDecoder`: how a FlashCam system is set, of which waveforms need clock and channels.
//!
//! ```text
//! word 1        id of the read-out << 16 | stream
//! words 2…12    streamid, ADCs, triggers, samples, bits, sum length, baseline precision, master, trigger, ADC cards, GPS (i32)
//! words 13…     for each ADC: address of its card << 16 | input
//! then          revision of each ADC card, a byte each, in whole words; unique id of each, high word first
//! ```

use super::words::{Fault, Words};
use crate::daq::columns::{number, vector};
use crate::daq::{ColumnSpec, Rows};
use germane_columns::NumberType::{I32, U8, U16, U32, U64};
use std::collections::HashMap;

/// What waveforms need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) samples: usize,
    /// allowed drift in µs; 0 without GPS clock
    pub(crate) gps: i32,
    /// address of the card and input of each channel
    pub(crate) channels: Vec<(u16, u16)>,
}

/// Configurations by stream.
#[derive(Debug, Default)]
pub(crate) struct Configs(HashMap<u64, Config>);

impl Configs {
    #[inline]
    pub(crate) fn of(&self, stream: u64) -> Option<&Config> {
        self.0.get(&stream)
    }

    /// Keeps what a packet says.
    pub(crate) fn learn(&mut self, words: Words<'_>) -> Result<(), Fault> {
        let parsed = Parsed::of(words)?;
        let [.., samples, _, _, _, _, _, _, gps] = parsed.numbers;
        let channels = parsed.channels.iter().map(|word| ((word >> 16) as u16, *word as u16)).collect();
        let config = Config { samples: usize::try_from(samples).unwrap_or(0), gps, channels };
        self.0.insert(u64::from(parsed.stream), config);
        Ok(())
    }
}

struct Parsed {
    readout: u16,
    stream: u16,
    numbers: [i32; 11],
    channels: Vec<u32>,
    revisions: Vec<u8>,
    ids: Vec<u64>,
}

impl Parsed {
    fn of(words: Words<'_>) -> Result<Self, Fault> {
        let [first, numbers @ ..] = words.first::<12>()?;
        let numbers = numbers.map(|word| word as i32);
        let count = |value: i32, what: &str, room: usize| {
            let fits = usize::try_from(value).ok().filter(|n| *n <= room);
            fits.ok_or_else(|| Fault::Damaged(format!("{value} {what} in a packet of {} words", words.last() + 1)))
        };
        let channels = count(numbers[1], "channels", words.last() - 12)?;
        let (mut revisions, mut ids) = (Vec::new(), Vec::new());
        let of = |i: usize| words.at(i).unwrap_or(0);
        let mut at = 13 + channels;
        if words.last() >= at {
            let cards = count(numbers[9], "ADC cards", words.last() + 1 - at)?;
            let ids_at = at + cards.div_ceil(4);
            if words.last() + 1 < ids_at + 2 * cards {
                return Err(Fault::Damaged(format!("{cards} ADC cards in a packet of {} words", words.last() + 1)));
            }
            revisions = (0..cards).map(|i| (of(at + i / 4) >> (8 * (i % 4))) as u8).collect();
            at = ids_at;
            ids = (0..cards).map(|i| u64::from(of(at + 2 * i)) << 32 | u64::from(of(at + 2 * i + 1))).collect();
        }
        let channels = (0..channels).map(|i| of(13 + i)).collect();
        Ok(Self { readout: (first >> 16) as u16, stream: first as u16, numbers, channels, revisions, ids })
    }
}

pub(crate) fn columns() -> Vec<ColumnSpec> {
    let numbers = [
        "streamid",
        "nadcs",
        "ntriggers",
        "nsamples",
        "adcbits",
        "sumlength",
        "blprecision",
        "mastercards",
        "triggercards",
        "adccards",
        "gps",
    ];
    let mut columns = vec![number("packet_id", U32), number("packet_len", U32), number("readout_id", U16), number("fcid", U16)];
    columns.extend(numbers.map(|name| number(name, I32)));
    columns.extend([vector("ch_board_id", U16), vector("ch_inputnum", U16), vector("board_rev", U8), vector("board_uid", U64)]);
    columns
}

/// Pushes the row of a packet of `length` words, once its parts are known to fit.
pub(crate) fn decode(words: Words<'_>, packet_id: u32, length: u64, rows: &mut Rows) -> Result<(), Fault> {
    let parsed = Parsed::of(words)?;
    rows.push(0, packet_id);
    rows.push(1, length as u32);
    rows.push(2, parsed.readout);
    rows.push(3, parsed.stream);
    for (i, value) in parsed.numbers.into_iter().enumerate() {
        rows.push(4 + i, value);
    }
    let high: Vec<u16> = parsed.channels.iter().map(|word| (word >> 16) as u16).collect();
    let low: Vec<u16> = parsed.channels.iter().map(|word| *word as u16).collect();
    rows.push_list(15, bytemuck::cast_slice(&high));
    rows.push_list(16, bytemuck::cast_slice(&low));
    rows.push_list(17, &parsed.revisions);
    rows.push_list(18, bytemuck::cast_slice(&parsed.ids));
    rows.end_row();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two channels on cards 0x120 and 0x410, five cards.
    fn packet(gps: u32) -> Vec<u8> {
        let mut words = vec![9 << 16 | 3, 7, 2, 0, 6, 16, 1, 1, 1, 0, 5, gps, 0x120 << 16 | 4, 0x410 << 16 | 5];
        words.extend([0x0403_0201, 5]);
        words.extend((0..5).flat_map(|card| [card + 1, 0xFFFF_0000 + card]));
        words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect()
    }

    #[test]
    fn revisions_are_bytes_and_ids_have_their_high_word() {
        let bytes = packet(0);
        let parsed = Parsed::of(Words(&bytes)).unwrap();
        assert_eq!((parsed.readout, parsed.stream, parsed.numbers[3]), (9, 3, 6));
        assert_eq!(parsed.revisions, [1, 2, 3, 4, 5]);
        assert_eq!(parsed.ids[4], 5 << 32 | 0xFFFF_0004);
        let mut configs = Configs::default();
        configs.learn(Words(&bytes)).unwrap();
        assert_eq!(configs.of(3).unwrap().channels, [(0x120, 4), (0x410, 5)]);
    }

    #[test]
    fn counts_beyond_the_packet_are_damage() {
        let bytes = packet(0);
        for words in 0..bytes.len() / 4 {
            // Without cards it is an older packet.
            assert_eq!(Parsed::of(Words(&bytes[..4 * words])).is_ok(), words == 14, "{words} words");
        }
    }
}
