//! The configuration record: what all other records are read by.

use super::tmio::{Message, Shape, i32_at};
use super::{columns, lists};
use crate::daq::Rows;
use crate::daq::columns::{scalar, structure};
use crate::lh5::Object;
use germane_columns::NumberType::I32;

/// Most traces: their numbers are 16-bit words.
const MOST_CHANNELS: i64 = 1 << 16;
/// Bytes of all traces of an event; more than this no crate sends.
const MOST_TRACE_BYTES: usize = 1 << 27;

/// A configuration record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// ADC channels
    pub(crate) adcs: i32,
    /// trigger traces
    pub(crate) triggers: i32,
    /// samples of each trace
    pub(crate) samples: i32,
    /// ADC counts of a baseline unit
    pub(crate) blprecision: i32,
    /// samples of the integrator
    pub(crate) sumlength: i32,
    /// bits of a sample: 12 (250 MHz) or 16 (62.5 MHz)
    pub(crate) adcbits: i32,
    pub(crate) mastercards: i32,
    pub(crate) triggercards: i32,
    pub(crate) adccards: i32,
    /// 0: the clock of the server
    pub(crate) gps: i32,
    /// address << 16 | input of each trace; empty in old files
    pub(crate) tracemap: Vec<u32>,
    /// its low 16 bits are the `fcid`
    pub(crate) streamid: i32,
}

/// Traces that a configuration record says, from its first frames.
pub(super) fn channels(message: &Message<'_>) -> Result<usize, String> {
    let (adcs, triggers) = (message.i32(0, 0), message.i32(1, 0));
    let sum = i64::from(adcs) + i64::from(triggers);
    if adcs < 0 || triggers < 0 || sum > MOST_CHANNELS {
        return Err(format!("config of {adcs} channels and {triggers} triggers"));
    }
    Ok(sum as usize)
}

impl Config {
    /// Reads a message of tag `CONFIG`.
    pub(super) fn parse(message: &Message<'_>) -> Result<Self, String> {
        channels(message)?;
        let [adcs, triggers, samples, blprecision, sumlength, adcbits, mastercards, triggercards, adccards, gps] =
            std::array::from_fn(|i| message.i32(i, 0));
        let tracemap = message.frame(10).chunks_exact(4).map(|b| i32_at(b, 0).cast_unsigned()).collect();
        let streamid = message.i32(11, 0);
        let config = Self {
            adcs,
            triggers,
            samples,
            blprecision,
            sumlength,
            adcbits,
            mastercards,
            triggercards,
            adccards,
            gps,
            tracemap,
            streamid,
        };
        let cards = [mastercards, triggercards, adccards];
        if samples < 0 || cards.iter().any(|n| *n < 0 || *n as usize > super::status::MOST_CARDS) {
            return Err(format!("config of {samples} samples, {mastercards}+{triggercards}+{adccards} cards"));
        }
        let shape = config.shape();
        if shape.channels.saturating_mul(shape.trace_bytes()) > MOST_TRACE_BYTES {
            return Err(format!("config of {} traces of {samples} samples: more than 128 MB an event", shape.channels));
        }
        Ok(config)
    }

    /// Sizes of its events.
    pub(super) fn shape(&self) -> Shape {
        Shape { channels: (self.adcs + self.triggers) as usize, samples: self.samples as usize }
    }

    /// The stream's number in keys.
    pub(crate) fn fcid(&self) -> u16 {
        self.streamid as u16
    }

    /// Address of the card and input of a trace; 0, 0 without a map.
    pub(crate) fn place(&self, channel: usize) -> (u16, u16) {
        let word = self.tracemap.get(channel).copied().unwrap_or(0);
        ((word >> 16) as u16, word as u16)
    }

    /// Key of a trace: fcid · 10⁶ + address · 100 + input.
    pub(crate) fn key(&self, channel: usize) -> u64 {
        let (address, input) = self.place(channel);
        u64::from(self.fcid()) * 1_000_000 + u64::from(address) * 100 + u64::from(input)
    }

    /// Nanoseconds between samples.
    pub(crate) fn sampling_ns(&self) -> f64 {
        if self.adcbits == 12 { 4.0 } else { 16.0 }
    }

    /// Whether tables that were opened under one can take rows of the other.
    pub(super) fn is_compatible(&self, other: &Self) -> bool {
        let of = |c: &Self| (c.adcs, c.triggers, c.samples, c.adcbits, c.streamid);
        of(self) == of(other) && self.tracemap == other.tracemap
    }

    /// What differs where it is not compatible.
    pub(super) fn difference(&self, newer: &Self) -> String {
        let numbers = [
            ("samples", self.samples, newer.samples),
            ("channels", self.adcs, newer.adcs),
            ("triggers", self.triggers, newer.triggers),
            ("ADC bits", self.adcbits, newer.adcbits),
            ("stream", self.streamid, newer.streamid),
        ];
        match numbers.iter().find(|(_, a, b)| a != b) {
            Some((what, a, b)) => format!("config changes from {a} to {b} {what}"),
            None => "config changes the places of its channels".to_owned(),
        }
    }

    /// Names and values of the numbers, as `FCConfig` writes them.
    fn numbers(&self) -> [(&'static str, i32); 11] {
        [
            ("adcbits", self.adcbits),
            ("adccards", self.adccards),
            ("blprecision", self.blprecision),
            ("gps", self.gps),
            ("mastercards", self.mastercards),
            ("nadcs", self.adcs),
            ("nsamples", self.samples),
            ("ntriggers", self.triggers),
            ("streamid", self.streamid),
            ("sumlength", self.sumlength),
            ("triggercards", self.triggercards),
        ]
    }

    /// One struct: ten scalars, the stream, the trace map.
    pub(super) fn object(&self) -> Object {
        let numbers = self.numbers().map(|(name, value)| (name.to_owned(), scalar(I32, value)));
        let map = ("tracemap".to_owned(), lists::numbers(self.tracemap.clone()));
        structure(numbers.into_iter().chain([map]))
    }

    /// One row of [`columns::config`].
    pub(super) fn push(&self, rows: &mut Rows, packet_id: u32) {
        rows.push(0, packet_id);
        for (i, (_, value)) in self.numbers().iter().enumerate() {
            rows.push(i + 1, *value);
        }
        debug_assert_eq!(columns::config()[12].name, "tracemap");
        rows.push_list(12, bytemuck::cast_slice(&self.tracemap));
        rows.end_row();
    }
}
