//! `ORSIS3302DecoderForEnergy`: one trigger of a Struck SIS3302 channel.
//!
//! ```text
//! word 1   crate << 21 (4 bits) | card << 16 (5) | channel << 8 (8) | ring buffer 0
//! word 2   words of waveform,  word 3   words of energy filter
//! word 4   bits 32…47 of the time << 16,  word 5   bits 0…31
//! word 6   samples of the ring,  word 7   place of its last sample   (only of ring buffers)
//! then     samples, 16 bits each; energy filter; energy maximum, first energy, -, 0xDEADBEEF
//! ```
//!
//! A ring is unrolled as daq2lh5 does: the sample behind word 7 is the oldest.

use super::header::Header;
use super::place::Place;
use super::words::{Fault, Words};
use crate::daq::columns::{measured, number, waveform};
use crate::daq::slots::Slots;
use crate::daq::{ColumnSpec, Key, Sink};
use germane_columns::NumberType::{F32, U8, U32, U64};
use std::collections::HashMap;

const CLASS: &str = "ORSIS3302Model";
const END: u32 = 0xDEAD_BEEF;
/// 100 MHz
const PERIOD_NS: f64 = 10.0;

pub(crate) struct Waveforms {
    /// Channels that the header enables, with their samples.
    announced: Vec<(u64, usize)>,
    /// Samples of the rows so far.
    samples: HashMap<u64, usize>,
    slots: Slots,
    ring: Vec<u8>,
}

impl Waveforms {
    pub(crate) fn new(decoder: &'static str, header: &Header) -> Self {
        let mut announced = Vec::new();
        for card in header.cards.of(CLASS) {
            let mask = |name: &str| card.integer(name).unwrap_or(0);
            let enabled = mask("internalTriggerEnabledMask") | mask("externalTriggerEnabledMask");
            let lengths = card.list("sampleLengths");
            for channel in (0..8).filter(|channel| enabled >> channel & 1 == 1) {
                let place = Place { rack: card.crate_number, card: card.slot, channel };
                announced.push((place.key(), lengths.get(channel as usize / 2).copied().unwrap_or(0) as usize));
            }
        }
        Self { announced, samples: HashMap::new(), slots: Slots::new(decoder), ring: Vec::new() }
    }

    pub(crate) fn key_lists(&self) -> Vec<Vec<Key>> {
        self.announced.iter().map(|(key, _)| vec![Key::Number(*key)]).collect()
    }

    pub(crate) fn tables(&self) -> Vec<(Key, Vec<ColumnSpec>)> {
        self.announced.iter().map(|(key, samples)| (Key::Number(*key), columns(*samples))).collect()
    }

    /// Pushes the row of a packet; whether somebody wants it.
    pub(crate) fn decode(&mut self, words: Words<'_>, packet_id: u32, sink: &mut dyn Sink) -> Result<bool, Fault> {
        let [at, waveform, energy, high, low] = words.first()?;
        let is_ring = at & 1 == 1;
        let start = if is_ring { 8 } else { 6 };
        let due = start as u64 + u64::from(waveform) + u64::from(energy) + 4;
        let has = words.last() + 1;
        let Some([max, first, _, end]) = words.some::<4>(has.saturating_sub(4)).filter(|_| due == has as u64) else {
            let parts = format!("{waveform} words of waveform, {energy} of energies");
            return Err(Fault::Damaged(format!("{parts} are not the {has} words of this packet")));
        };
        if end != END {
            return Err(Fault::Damaged(format!("the packet ends with {end:#x} where 0xdeadbeef is due")));
        }
        let samples = 2 * waveform as usize;
        let bytes = words.bytes(start, waveform as usize).unwrap_or_default();
        let bytes = match words.at(7).filter(|_| is_ring && samples > 0) {
            None => bytes,
            Some(last) if (last as usize) < samples => {
                let (new, old) = bytes.split_at(2 * (last as usize + 1));
                self.ring.clear();
                self.ring.extend_from_slice(old);
                self.ring.extend_from_slice(new);
                &self.ring
            }
            Some(last) => return Err(Fault::Damaged(format!("a ring of {samples} samples begins behind sample {last}"))),
        };
        let place = Place::of(at);
        let key = place.key();
        let rows_have = *self.samples.entry(key).or_insert(samples);
        if rows_have != samples {
            return Err(Fault::Dropped(format!("{samples} samples where {rows_have} are due: row dropped")));
        }
        let Some(slot) = self.slots.of(key, sink, || columns(samples)) else { return Ok(false) };
        let rows = sink.rows(slot);
        rows.push(0, packet_id);
        rows.push(1, max);
        rows.push(2, first);
        rows.push(3, u64::from(high >> 16) << 32 | u64::from(low));
        rows.push(4, place.rack as u8);
        rows.push(5, place.card as u8);
        rows.push(6, place.channel as u8);
        rows.push_waveform(7, 0.0, PERIOD_NS, bytes);
        rows.end_row();
        Ok(true)
    }
}

fn columns(samples: usize) -> Vec<ColumnSpec> {
    vec![
        number("packet_id", U32),
        measured("energy", U32, "adc"),
        number("energy_first", U32),
        measured("timestamp", U64, "clock_ticks"),
        number("crate", U8),
        number("card", U8),
        number("channel", U8),
        waveform("waveform", F32, samples),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daq::tables::Tables;
    use crate::lh5::Content;

    fn packet(ring: Option<u32>, samples: &[u16]) -> Vec<u8> {
        let mut words = vec![2 << 21 | 5 << 16 | 3 << 8 | u32::from(ring.is_some())];
        words.extend([samples.len() as u32 / 2, 1, 7 << 16, 9]);
        words.extend(ring.into_iter().flat_map(|last| [samples.len() as u32, last]));
        words.extend(samples.chunks(2).map(|two| u32::from(two[0]) | u32::from(two[1]) << 16));
        words.extend([0, 4000, 400, 0, END]);
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn decoder() -> Waveforms {
        Waveforms {
            announced: Vec::new(),
            samples: HashMap::new(),
            slots: Slots::new("ORSIS3302DecoderForEnergy"),
            ring: Vec::new(),
        }
    }

    #[test]
    fn a_ring_begins_behind_its_last_sample() {
        let (mut decoder, mut sink) = (decoder(), Tables::default());
        let samples = [10, 11, 12, 13, 14, 15];
        assert_eq!(decoder.decode(Words(&packet(Some(1), &samples)), 1, &mut sink), Ok(true));
        assert_eq!(decoder.decode(Words(&packet(None, &samples)), 2, &mut sink), Ok(true));
        let fault = decoder.decode(Words(&packet(Some(6), &samples)), 3, &mut sink);
        assert!(matches!(fault, Err(Fault::Damaged(_))), "{fault:?}");
        let (spec, object) = sink.take().remove(0);
        assert_eq!(spec.key, Some(Key::Number(2 << 9 | 5 << 4 | 3)));
        let Content::Table { rows: 2, columns } = object.content else { panic!("two rows") };
        let Content::Table { columns: waveform, .. } = &columns["waveform"].content else { panic!("a waveform") };
        let Content::Array(values) = &waveform["values"].content else { panic!("samples") };
        let values: &[u16] = bytemuck::cast_slice(values.bytes().unwrap());
        assert_eq!(values, [12, 13, 14, 15, 10, 11, 10, 11, 12, 13, 14, 15]);
        let Content::Array(times) = &columns["timestamp"].content else { panic!("times") };
        assert_eq!(*times, vec![7_u64 << 32 | 9; 2].into());
    }

    #[test]
    fn contradicting_lengths_are_damage() {
        let (mut decoder, mut sink) = (decoder(), Tables::default());
        let mut bytes = packet(None, &[1, 2]);
        bytes[4] = 9;
        assert!(matches!(decoder.decode(Words(&bytes), 1, &mut sink), Err(Fault::Damaged(_))));
        assert!(matches!(decoder.decode(Words(&bytes[..8]), 1, &mut sink), Err(Fault::Damaged(_))));
        assert!(sink.take().is_empty());
    }
}
