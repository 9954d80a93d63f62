//! `ORSIS3316WaveformDecoder`: a block of triggers of a Struck SIS3316 channel.
//!
//! ```text
//! word 1   crate << 21 (4 bits) | card << 16 (5) | channel << 8 (8)
//! word 2   events,  word 3   words of each event,  word 5   words of its header,  words 6…9   nothing
//! then     events, as in `daq/sis3316.rs`
//! ```

use super::header::Header;
use super::place::Place;
use super::words::{Fault, Words};
use crate::daq::columns::{measured, number, waveform};
use crate::daq::gaps::Gaps;
use crate::daq::sis3316::Event;
use crate::daq::slots::Slots;
use crate::daq::{ColumnSpec, Key, Rows, Sink};
use germane_columns::NumberType::{F32, U8, U32, U64};
use std::collections::HashMap;

const CLASS: &str = "ORSIS3316Model";
/// Words of a packet before its events.
const HEAD: usize = 10;
/// 125 MHz
const PERIOD_NS: f64 = 8.0;

pub(crate) struct Waveforms {
    announced: Vec<u64>,
    /// Format bits and samples of the rows so far.
    forms: HashMap<u64, (u32, usize)>,
    slots: Slots,
}

impl Waveforms {
    pub(crate) fn new(decoder: &'static str, header: &Header) -> Self {
        let mut announced = Vec::new();
        for card in header.cards.of(CLASS) {
            let enabled = card.integer("enabledMask").unwrap_or(0);
            for channel in (0..16).filter(|channel| enabled >> channel & 1 == 1) {
                announced.push(Place { rack: card.crate_number, card: card.slot, channel }.key());
            }
        }
        Self { announced, forms: HashMap::new(), slots: Slots::new(decoder) }
    }

    pub(crate) fn key_lists(&self) -> Vec<Vec<Key>> {
        self.announced.iter().map(|key| vec![Key::Number(*key)]).collect()
    }

    /// Pushes the rows of a packet that begins at byte `position`; whether somebody wants them. An event that is damaged, or
    /// does not fit its table, goes to the gaps.
    pub(crate) fn decode(
        &mut self,
        words: Words<'_>,
        packet_id: u32,
        position: u64,
        gaps: &mut Gaps,
        sink: &mut dyn Sink,
    ) -> Result<bool, Fault> {
        let [at, events, length] = words.first()?;
        let (has, length) = (words.last() + 1, length as usize);
        let fits = (events as usize).checked_mul(length).is_some_and(|all| all + HEAD <= has);
        if has < HEAD || !fits || (events > 0 && length < 3) {
            return Err(Fault::Damaged(format!("{events} events of {length} words in a packet of {has}")));
        }
        let place = Place::of(at);
        let key = place.key();
        let mut is_wanted = true;
        for i in 0..events as usize {
            let start = HEAD + i * length;
            let bytes = words.bytes(start, length).unwrap_or_default();
            let fault = match Event::parse(bytes) {
                Err(reason) => Some(reason),
                Ok(event) => {
                    let form = (event.format, event.samples.len() / 2);
                    let rows_have = *self.forms.entry(key).or_insert(form);
                    if form == rows_have {
                        let slot = self.slots.of(key, sink, || columns(form));
                        match slot {
                            Some(slot) => push(&event, place, packet_id, sink.rows(slot)),
                            None => is_wanted = false,
                        }
                        None
                    } else {
                        let [here, due] = [form, rows_have].map(|(bits, n)| format!("format {bits:#x} and {n} samples"));
                        Some(format!("{here} where {due} are due: row dropped"))
                    }
                }
            };
            if let Some(reason) = fault {
                gaps.add(position + 4 * start as u64, 4 * length as u64, reason);
            }
        }
        Ok(is_wanted)
    }
}

fn push(event: &Event<'_>, place: Place, packet_id: u32, rows: &mut Rows) {
    rows.push(0, packet_id);
    rows.push(1, event.time);
    rows.push(2, place.rack as u8);
    rows.push(3, place.card as u8);
    rows.push(4, place.channel as u8);
    let mut column = 5;
    let mut put = |value: u32| {
        rows.push(column, value);
        column += 1;
    };
    if let Some(sums) = event.first_sums {
        put(sums[0] & 0xFFFF);
        put(sums[0] >> 16);
        put(sums[1] >> 24);
        put(sums[1] & 0xFF_FFFF);
        sums[2..].iter().for_each(|sum| put(*sum));
    }
    event.last_sums.into_iter().flatten().for_each(&mut put);
    event.maw.into_iter().flatten().for_each(&mut put);
    if let Some([start, max]) = event.energies {
        [start, max, max, start].into_iter().for_each(&mut put);
    }
    rows.push_waveform(column, 0.0, PERIOD_NS, event.samples);
    rows.end_row();
}

/// Columns of what the format bits say is there.
fn columns((format, samples): (u32, usize)) -> Vec<ColumnSpec> {
    let adc = |name: &str| measured(name, U32, "adc");
    let mut columns = vec![
        number("packet_id", U32),
        measured("timestamp", U64, "clock_ticks"),
        number("crate", U8),
        number("card", U8),
        number("channel", U8),
    ];
    if format & 1 != 0 {
        columns.extend([adc("peakHighValue"), adc("peakHighIndex"), number("information", U32)]);
        columns.extend(["accSum1", "accSum2", "accSum3", "accSum4", "accSum5", "accSum6"].map(adc));
    }
    if format & 2 != 0 {
        columns.extend(["accSum7", "accSum8"].map(adc));
    }
    if format & 4 != 0 {
        columns.extend(["mawMax", "mawBefore", "mawAfter"].map(adc));
    }
    if format & 8 != 0 {
        // As of the SIS3302: the energy is the maximum in the trigger gate, the first one that at its start.
        columns.extend([adc("startEnergy"), adc("maxEnergy"), adc("energy"), number("energy_first", U32)]);
    }
    columns.push(waveform("waveform", F32, samples));
    columns
}
