//! Events: one row for each trace, or one for each event header.
//!
//! ```text
//! event         type i4, pulser f4, time offsets, time stamp, traces: channels · (2 + samples)·u2, dead region
//! sparse event  type i4, pulser f4, time offsets, time stamp, dead region, number of traces i4, their list u2[], then each
//! event header  type i4, pulser f4, time offsets, time stamp, dead region, list of traces u2[], header words: 2·u2 each
//! offsets       unix − master: s, µs; s to add with gps; δ µs; |δ|; start: s, µs; …
//! time stamp    event number, pps, ticks of 4 ns, maxticks, …
//! dead region   start: pps, ticks; stop: pps, ticks; maxticks; first channel, number of channels; …
//! header words  baseline and energy of the card
//! ```

use super::columns::PER_TRACE;
use super::config::Config;
use super::dead_time::{DeadTime, Region};
use super::tmio::{Message, tag, u16_at};
use crate::daq::Rows;

/// Events whose cards trigger for themselves.
const SPARSE_TYPE: i32 = 11;

/// What all traces of an event share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    kind: i32,
    traces: usize,
    stamp: [i32; 4],
    offsets: [i32; 7],
    region: [i32; 5],
    concerned: (u16, u16),
    /// nanoseconds
    time: i64,
    unix: i64,
    enabled: i64,
}

/// An event with a trace that does not exist.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// place in the message
    pub(super) at: usize,
    pub(super) reason: String,
}

fn nanoseconds(pps: i32, ticks: i32) -> i64 {
    1_000_000_000 * i64::from(pps) + 4 * i64::from(ticks)
}

/// Frame of the dead region, and of the list of traces.
fn layout(tag: u32) -> (usize, Option<usize>) {
    match tag {
        tag::EVENT => (5, None),
        tag::SPARSE_EVENT => (4, Some(6)),
        _ => (4, Some(5)),
    }
}

impl Event {
    /// Reads what is common, and takes the dead region.
    pub(super) fn take(message: &Message<'_>, config: &Config, dead: &mut DeadTime) -> Result<Self, Refused> {
        let channels = config.shape().channels;
        let (region_frame, list) = layout(message.tag);
        if let Some(list) = list {
            let bytes = message.frame(list);
            if let Some(i) = bytes.chunks_exact(2).position(|b| usize::from(u16_at(b, 0)) >= channels) {
                let at = message.frames[list].start + 2 * i;
                return Err(Refused { at, reason: format!("trace index {} of {channels}", u16_at(bytes, 2 * i)) });
            }
        }
        let stamp: [i32; 4] = std::array::from_fn(|i| message.i32(3, i));
        let offsets: [i32; 7] = std::array::from_fn(|i| message.i32(2, i));
        let region: [i32; 5] = std::array::from_fn(|i| message.i32(region_frame, i));
        let words = message.frame(region_frame).len() / 4;
        let named = match message.tag {
            tag::EVENT => Some((0, config.adcs)),
            _ => (words >= 7).then(|| (message.i32(region_frame, 5), message.i32(region_frame, 6))),
        };
        let time = nanoseconds(stamp[1], stamp[2]);
        let kind = message.i32(0, 0);
        let taken = (words > 0).then(|| Region {
            start: nanoseconds(region[0], region[1]),
            stop: nanoseconds(region[2], region[3]),
            channels: named,
        });
        dead.event(time, taken, kind == SPARSE_TYPE).map_err(|reason| Refused { at: 0, reason })?;
        let (first, count) = named.unwrap_or((0, config.adcs));
        let seconds = |i: usize| 1_000_000_000 * i64::from(offsets[i]);
        let unix = if config.gps != 0 { time + seconds(2) } else { time + seconds(0) + 1000 * i64::from(offsets[1]) };
        Ok(Self {
            kind,
            traces: match list {
                Some(list) => message.frame(list).len() / 2,
                None => channels,
            },
            stamp,
            offsets,
            region,
            concerned: (first as u16, count as u16),
            time,
            unix,
            enabled: seconds(5) + 1000 * i64::from(offsets[6]),
        })
    }

    /// Traces of the event.
    pub(super) fn traces(&self) -> usize {
        self.traces
    }

    /// Columns 0 to [`PER_TRACE`].
    #[inline]
    fn push_wide(&self, rows: &mut Rows, packet_id: u32, config: &Config) {
        rows.push(0, packet_id);
        rows.push(1, config.fcid());
        rows.push(2, self.kind);
        rows.push(3, self.traces as i32);
        for (i, value) in self.stamp.into_iter().chain(self.offsets).chain(self.region).enumerate() {
            rows.push(4 + i, value);
        }
        rows.push(20, self.concerned.0);
        rows.push(21, self.concerned.1);
        rows.push(22, seconds(self.unix));
    }

    /// One row of [`super::columns::event`]: trace `i` of the event.
    #[inline]
    pub(super) fn push_trace(
        &self,
        rows: &mut Rows,
        packet_id: u32,
        message: &Message<'_>,
        config: &Config,
        dead: &DeadTime,
        i: usize,
    ) {
        let channel = Self::channel(message, i);
        let trace = match message.tag {
            tag::EVENT => {
                let bytes = config.shape().trace_bytes();
                &message.frame(4)[i * bytes..(i + 1) * bytes]
            }
            _ => message.frame(7 + i),
        };
        self.push_wide(rows, packet_id, config);
        let (address, input) = config.place(channel);
        let (baseline, energy) = estimates(config, u16_at(trace, 0), u16_at(trace, 2));
        for (column, value) in [channel as u16, address, input, baseline, energy].into_iter().enumerate() {
            rows.push(PER_TRACE + column, value);
        }
        let times = dead.times(channel, self.time, self.enabled);
        rows.push(PER_TRACE + 5, seconds(times.runtime));
        rows.push(PER_TRACE + 6, seconds(times.lifetime));
        rows.push(PER_TRACE + 7, seconds(times.deadtime));
        rows.push(PER_TRACE + 8, times.interval);
        rows.push_waveform(PER_TRACE + 9, 0.0, config.sampling_ns(), &trace[4..]);
        rows.end_row();
    }

    /// One row of [`super::columns::event_header`].
    pub(super) fn push_header(
        &self,
        rows: &mut Rows,
        packet_id: u32,
        message: &Message<'_>,
        config: &Config,
        dead: &DeadTime,
        scratch: &mut Scratch,
    ) {
        self.push_wide(rows, packet_id, config);
        scratch.clear();
        let words = message.frame(6);
        for i in 0..self.traces {
            let channel = Self::channel(message, i);
            let (address, input) = config.place(channel);
            let (baseline, energy) = estimates(config, u16_at(words, 4 * i), u16_at(words, 4 * i + 2));
            for (list, value) in scratch.words.iter_mut().zip([channel as u16, address, input, baseline, energy]) {
                list.push(value);
            }
            let times = dead.times(channel, self.time, self.enabled);
            for (list, value) in scratch.times.iter_mut().zip([times.runtime, times.lifetime, times.deadtime]) {
                list.push(seconds(value));
            }
            scratch.intervals.push(times.interval);
        }
        for (i, list) in scratch.words.iter().enumerate() {
            rows.push_list(PER_TRACE + i, bytemuck::cast_slice(list));
        }
        for (i, list) in scratch.times.iter().enumerate() {
            rows.push_list(PER_TRACE + 5 + i, bytemuck::cast_slice(list));
        }
        rows.push_list(PER_TRACE + 8, bytemuck::cast_slice(&scratch.intervals));
        rows.end_row();
    }

    /// Channel of trace `i`.
    #[inline]
    pub(super) fn channel(message: &Message<'_>, i: usize) -> usize {
        match layout(message.tag).1 {
            Some(list) => usize::from(u16_at(message.frame(list), 2 * i)),
            None => i,
        }
    }
}

/// Lists of an event header, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    words: [Vec<u16>; 5],
    times: [Vec<f64>; 3],
    intervals: Vec<i64>,
}

impl Scratch {
    fn clear(&mut self) {
        self.words.iter_mut().for_each(Vec::clear);
        self.times.iter_mut().for_each(Vec::clear);
        self.intervals.clear();
    }
}

/// One rounding, at the end.
#[inline]
fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// Baseline and energy that the card found, from its two words; both are cut to 16 bits.
fn estimates(config: &Config, first: u16, second: u16) -> (u16, u16) {
    let precision = f64::from(config.blprecision);
    if config.blprecision == 0 {
        return (0, if config.adcbits == 12 { 0 } else { second });
    }
    let baseline = (f64::from(first) / precision) as i64 as u16;
    let energy = match config.adcbits {
        // Of the words, modulo 2¹⁶, as the peer has it.
        12 => (f64::from(config.sumlength) / precision * f64::from(second.wrapping_sub(first))) as i64 as u16,
        _ => second,
    };
    (baseline, energy)
}
