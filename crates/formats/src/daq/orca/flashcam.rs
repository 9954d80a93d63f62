//! FlashCam channels that ORCA writes itself: `ORFlashCamADCWaveformDecoder` and the older `ORFlashCamWaveformDecoder`.
//!
//! ```text
//! word 1          words up to the FlashCam header << 28 | words of that header << 22 | samples << 6 | type of the event
//! word 2          crate << 27 | slot << 22 | address of the card << 10 | input << 10 | channel 10 bits
//!                 (older: input << 9 | channel 9 bits)
//! header          7 time offsets, 5 of the dead region, 4 of the time stamp (i32 each), …, baseline | energy << 16
//! then            samples, 16 bits each
//! ```

use super::flashcam_config::Configs;
use super::header::{Header, flashcam_key};
use super::words::{Fault, Words};
use crate::daq::columns::{measured, number, waveform};
use crate::daq::slots::Slots;
use crate::daq::{ColumnSpec, Key, Sink};
use germane_columns::NumberType::{F32, F64, I32, I64, U8, U16, U32};
use std::collections::HashMap;

/// Cards that digitize.
const CLASSES: [&str; 2] = ["ORFlashCamADCModel", "ORFlashCamADCStdModel"];

/// Where the fields of word 2 lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    input_mask: u32,
    input_shift: u32,
    channel_mask: u32,
}

/// Since 2022.
pub(crate) const NEW: Layout = Layout { input_mask: 0x3C00, input_shift: 10, channel_mask: 0x3FF };
/// Before.
pub(crate) const OLD: Layout = Layout { input_mask: 0x3E00, input_shift: 9, channel_mask: 0x1FF };

/// A listener with what the rows of its channels need.
struct Stream {
    id: u64,
    inputs: usize,
    keys: Vec<u64>,
    /// as the header counts them
    announced: usize,
    /// of the rows so far
    samples: Option<usize>,
}

/// Decoder of waveforms.
pub(crate) struct Waveforms {
    layout: Layout,
    streams: Vec<Stream>,
    /// Stream and address of the card, by crate and slot.
    places: HashMap<(u64, u64), (usize, u32)>,
    slots: Slots,
}

impl Waveforms {
    pub(crate) fn new(decoder: &'static str, layout: Layout, header: &Header) -> Self {
        let mut places = HashMap::new();
        for (i, listener) in header.listeners.iter().enumerate() {
            for place in &listener.cards {
                if let Some(card) = header.cards.flashcam(*place, &CLASSES) {
                    places.insert(*place, (i, card.integer("CardAddress").unwrap_or(0) as u32));
                }
            }
        }
        let streams = header.listeners.iter().map(|listener| {
            let keys = listener.keys(&header.cards, &CLASSES);
            Stream { id: listener.id, inputs: keys.len(), keys, announced: listener.samples as usize, samples: None }
        });
        Self { layout, streams: streams.collect(), places, slots: Slots::new(decoder) }
    }

    /// Keys of each listener.
    pub(crate) fn key_lists(&self) -> Vec<Vec<Key>> {
        self.streams.iter().map(|stream| stream.keys.iter().copied().map(Key::Number).collect()).collect()
    }

    /// First key and columns of each listener, as far as header and configuration tell.
    pub(crate) fn tables(&self, configs: &Configs) -> Vec<(Key, Vec<ColumnSpec>)> {
        let table = |stream: &Stream| {
            let samples = configs.of(stream.id).map_or(stream.announced, |config| config.samples);
            Some((Key::Number(*stream.keys.first()?), columns(samples)))
        };
        self.streams.iter().filter_map(table).collect()
    }

    /// Pushes the row of a packet; whether somebody wants it.
    pub(crate) fn decode(
        &mut self,
        words: Words<'_>,
        packet_id: u32,
        configs: &Configs,
        sink: &mut dyn Sink,
    ) -> Result<bool, Fault> {
        let [first, second] = words.first()?;
        let (header, length, samples) = ((first >> 28) as usize, (first >> 22 & 0x3F) as usize, (first >> 6 & 0xFFFF) as usize);
        let (data, sample_words) = (header + length, samples.div_ceil(2));
        let due = data + sample_words;
        let has = words.last() + 1;
        if header < 3 || length < 17 || has < due || has > due + 1 {
            let parts = format!("{header} words of head, {length} of FlashCam header, {samples} samples");
            return Err(Fault::Damaged(format!("{parts} are not the {has} words of this packet")));
        }
        let (rack, slot) = (u64::from(second >> 27), u64::from(second >> 22 & 0x1F));
        let Some(&(at, expected)) = self.places.get(&(rack, slot)) else {
            return Err(Fault::Damaged(format!("no listener reads slot {slot} of crate {rack}")));
        };
        // Old versions wrote the address four bits too far left; the header is right then.
        let written = (second & 0x003F_C000) >> 10;
        let address = if written == expected << 4 & 0xFFF { expected } else { written };
        let input = (second & self.layout.input_mask) >> self.layout.input_shift;
        let channel = second & self.layout.channel_mask;
        let stream = &mut self.streams[at];
        let rows_have = *stream.samples.get_or_insert(samples);
        if samples != rows_have {
            return Err(Fault::Dropped(format!("{samples} samples where {rows_have} are due: row dropped")));
        }
        let (id, inputs) = (stream.id, stream.inputs);
        let key = flashcam_key(id, u64::from(address), u64::from(input));
        let Some(slot_of_sink) = self.slots.of(key, sink, || columns(samples)) else { return Ok(false) };
        let config = configs.of(id);
        // The configuration knows which card a channel is on, whatever ORCA counts.
        let address =
            config.and_then(|config| config.channels.get(channel as usize)).map_or(address, |(card, _)| u32::from(*card));
        let (Some(times), Some(last)) = (words.some::<16>(header), words.at(data - 1)) else {
            return Err(Fault::Damaged("FlashCam header cut".to_owned()));
        };
        let times = times.map(|word| word as i32);
        let [offsets @ .., _, _, _, _, _, _, _, _, _] = times;
        let [.., pps0, ticks0, pps1, ticks1, dead_max, event, pps, ticks, max_ticks] = times;
        let dead_seconds = f64::from(pps1.wrapping_sub(pps0));
        let dead_time = dead_seconds + f64::from(ticks1.wrapping_sub(ticks0)) / f64::from(dead_max);
        let runtime = f64::from(pps as u32) + f64::from(ticks as u32) / f64::from(max_ticks.wrapping_add(1));
        let unix = match config.map_or(0, |config| config.gps) {
            0 => f64::from(offsets[0]) + f64::from(offsets[1]) * 1e-6,
            _ => f64::from(offsets[2]),
        };
        let rows = sink.rows(slot_of_sink);
        rows.push(0, packet_id);
        rows.push(1, (first & 0x1F) as u8);
        rows.push(2, id as u8);
        rows.push(3, rack as u8);
        rows.push(4, slot as u8);
        rows.push(5, address as u16);
        rows.push(6, input as u8);
        rows.push(7, channel as u16);
        rows.push(8, 1_i32);
        rows.push(9, event);
        for (i, value) in offsets.into_iter().chain([pps0, ticks0, pps1, ticks1, dead_max, pps, ticks, max_ticks]).enumerate() {
            rows.push(10 + i, value);
        }
        rows.push(25, runtime + unix);
        rows.push(26, runtime);
        rows.push(27, 0.0_f64);
        rows.push(28, dead_time);
        rows.push(29, 0_i64);
        rows.push(30, 0_u16);
        rows.push(31, inputs as u16);
        rows.push(32, last as u16);
        rows.push(33, (last >> 16) as u16);
        let bytes = words.bytes(data, sample_words).unwrap_or_default();
        rows.push_waveform(34, 0.0, 16.0, &bytes[..2 * samples]);
        rows.end_row();
        Ok(true)
    }
}

fn columns(samples: usize) -> Vec<ColumnSpec> {
    let mut columns = vec![
        number("packet_id", U32),
        number("event_type", U8),
        number("fcid", U8),
        number("crate", U8),
        number("slot", U8),
        number("board_id", U16),
        number("fc_input", U8),
        number("channel", U16),
        number("numtraces", I32),
        number("eventnumber", I32),
    ];
    let counters = [
        "mu_offset_sec",
        "mu_offset_usec",
        "to_master_sec",
        "delta_mu_usec",
        "abs_delta_mu_usec",
        "to_start_sec",
        "to_start_usec",
        "dr_start_pps",
        "dr_start_ticks",
        "dr_stop_pps",
        "dr_stop_ticks",
        "dr_maxticks",
        "ts_pps",
        "ts_ticks",
        "ts_maxticks",
    ];
    columns.extend(counters.map(|name| number(name, I32)));
    columns.extend(["timestamp", "runtime", "lifetime", "deadtime"].map(|name| measured(name, F64, "s")));
    columns.extend([
        measured("deadinterval_nsec", I64, "ns"),
        number("dr_ch_idx", U16),
        number("dr_ch_len", U16),
        number("baseline", U16),
        number("daqenergy", U16),
        waveform("waveform", F32, samples),
    ]);
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daq::orca::packet::Form;
    use crate::daq::tables::Tables;
    use crate::lh5::{Content, Object};

    const HEADER: &str = "<plist><dict><key>dataDescription</key><dict/><key>ObjectInfo</key><dict><key>Crates</key><array>\
        <dict><key>CrateNumber</key><integer>1</integer><key>Cards</key><array><dict><key>Card</key><integer>2</integer>\
        <key>Class Name</key><string>ORFlashCamADCModel</string><key>CardAddress</key><integer>18</integer>\
        <key>Enabled</key><array><true/><false/><integer>1</integer></array></dict></array></dict></array></dict>\
        <key>ReadoutDescription</key><array><dict><key>name</key><string>ORFlashCamListenerModel</string>\
        <key>uniqueID</key><integer>3</integer><key>children</key><array><dict><key>crate</key><integer>1</integer>\
        <key>station</key><integer>2</integer></dict></array></dict></array></dict></plist>";

    fn packet(address: u32, samples: &[u16]) -> Vec<u8> {
        let mut words =
            vec![3 << 28 | 17 << 22 | (samples.len() as u32) << 6 | 0xB, 1 << 27 | 2 << 22 | address << 10 | 2 << 9 | 1];
        words.extend([1_600_000_000, 250_000, 1_600_000_003, 11, 11, 4, 5, 6, 50, 7, 150, 99, 42, 8, 500, 999]);
        words.push(0x4D2 | 5678 << 16);
        words.extend(samples.chunks(2).map(|two| u32::from(two[0]) | u32::from(*two.get(1).unwrap_or(&0)) << 16));
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn number(table: &Object, name: &str) -> f64 {
        let Content::Table { columns, .. } = &table.content else { panic!("a table") };
        let (_, column) = columns[name].to_column(name).unwrap();
        column.value_text(0).parse().unwrap()
    }

    #[test]
    fn old_packets_take_their_address_from_the_header() {
        let header = Header::parse(Form::Long, 0, HEADER.as_bytes()).unwrap();
        let mut decoder = Waveforms::new("ORFlashCamWaveformDecoder", OLD, &header);
        assert_eq!(decoder.key_lists(), [[3_001_800, 3_001_802].map(Key::Number)]);
        let (configs, mut sink) = (Configs::default(), Tables::default());
        let bytes = packet(0x120, &[1, 2, 3]);
        assert_eq!(decoder.decode(Words(&bytes), 5, &configs, &mut sink), Ok(true));
        let other = packet(0x120, &[1, 2, 3, 4, 5]);
        assert!(matches!(decoder.decode(Words(&other), 6, &configs, &mut sink), Err(Fault::Dropped(_))));
        for words in 0..bytes.len() / 4 {
            let cut = decoder.decode(Words(&bytes[..4 * words]), 7, &configs, &mut sink);
            assert!(matches!(cut, Err(Fault::Damaged(_))), "{words} words");
        }
        let (spec, table) = sink.take().remove(0);
        assert_eq!(spec.key, Some(Key::Number(3_001_802)));
        // 8 s and 500 of 1000 ticks after 1600000000.25 s; 7 - 6 s and 150 - 50 of 99 ticks dead.
        let due = [
            ("board_id", 18.0),
            ("fc_input", 2.0),
            ("channel", 1.0),
            ("crate", 1.0),
            ("slot", 2.0),
            ("event_type", 11.0),
            ("eventnumber", 42.0),
            ("baseline", 1234.0),
            ("daqenergy", 5678.0),
            ("dr_ch_len", 2.0),
            ("runtime", 8.5),
            ("timestamp", 1_600_000_008.75),
            ("deadtime", 1.0 + 100.0 / 99.0),
        ];
        for (name, due) in due {
            assert_eq!(number(&table, name), due, "{name}");
        }
    }

    #[test]
    fn a_gps_clock_and_the_channels_come_from_the_configuration() {
        let header = Header::parse(Form::Long, 0, HEADER.as_bytes()).unwrap();
        let mut decoder = Waveforms::new("ORFlashCamWaveformDecoder", OLD, &header);
        let (mut configs, mut sink) = (Configs::default(), Tables::default());
        let words = [9 << 16 | 3, 7, 2, 0, 3, 16, 1, 1, 1, 0, 5, 1000, 0x120 << 16 | 4, 0x410 << 16 | 5];
        let config: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        configs.learn(Words(&config)).unwrap();
        assert_eq!(decoder.decode(Words(&packet(18 << 4, &[1, 2, 3])), 5, &configs, &mut sink), Ok(true));
        let table = sink.take().remove(0).1;
        assert_eq!((number(&table, "timestamp"), number(&table, "board_id")), (1_600_000_011.5, f64::from(0x410)));
    }
}
