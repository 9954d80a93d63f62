//! Events to rows.

use super::events::{Events, Next};
use super::header::{Channel, Header, START_ACCURACY_S};
use crate::Error;
use crate::daq::columns::{measured, number, waveform};
use crate::daq::sis3316::Event;
use crate::daq::slots::Slot;
use crate::daq::{ColumnSpec, DecoderInfo, Gap, Key, RawReader, Rows, Sink, Step, TableSpec};
use crate::lh5::Object;
use crate::source::ByteStream;
use germane_columns::NumberType::{F64, U32};
use std::time::Duration;

const HEADER: &str = "LLAMAHeaderDecoder";
const EVENT: &str = "LLAMAEventDecoder";

/// What the rows of a channel need.
struct Line {
    id: u32,
    format: u32,
    samples: usize,
    averaged: usize,
    period_ns: f64,
    averaged_period_ns: f64,
    t0_ns: f64,
    averaged_t0_ns: f64,
    slot: Slot,
}

struct Reader {
    events: Events,
    infos: [DecoderInfo; 2],
    header: Option<Object>,
    unix_start: f64,
    lines: Vec<Line>,
    packet_id: u32,
    unwanted: u64,
}

/// Reads the header of a stream. The time of the first sample is that of the stream's name.
///
/// # Errors
/// [`crate::Kind::NotThisFormat`] without the magic, [`crate::Kind::Truncated`] or [`crate::Kind::Damaged`] with the byte if the
/// header is cut or cannot be.
pub(crate) fn reader(mut stream: ByteStream, patience: Duration) -> Result<Box<dyn RawReader>, Error> {
    let header = Header::read(&mut stream, patience)?;
    let mut lists: Vec<(&Channel, Vec<Key>)> = Vec::new();
    for channel in &header.channels {
        let key = Key::Number(u64::from(channel.id));
        match lists.iter_mut().find(|(first, _)| first.is_like(channel)) {
            Some((_, list)) => list.push(key),
            None => lists.push((channel, vec![key])),
        }
    }
    let key_lists = lists.into_iter().map(|(_, list)| list).collect();
    let line = |channel: &Channel| Line {
        id: channel.id,
        format: channel.format(),
        samples: channel.samples(),
        averaged: channel.averaged(),
        period_ns: channel.period_ns(),
        averaged_period_ns: channel.averaged_period_ns(),
        t0_ns: channel.t0_ns(),
        averaged_t0_ns: channel.averaged_t0_ns(),
        slot: Slot::default(),
    };
    Ok(Box::new(Reader {
        events: Events::new(stream, &header),
        infos: [
            DecoderInfo { decoder: HEADER, key_lists: Vec::new(), is_object: true },
            DecoderInfo { decoder: EVENT, key_lists, is_object: false },
        ],
        header: Some(header.object()),
        unix_start: header.unix_start,
        lines: header.channels.iter().map(line).collect(),
        packet_id: 0,
        unwanted: 0,
    }))
}

impl Line {
    fn spec(&self) -> TableSpec {
        TableSpec { decoder: EVENT, key: Some(Key::Number(u64::from(self.id))), columns: self.columns() }
    }

    fn columns(&self) -> Vec<ColumnSpec> {
        let adc = |name: &str| measured(name, U32, "adc");
        let mut columns = vec![number("packet_id", U32), number("fadc_channel_id", U32)];
        columns.extend(["time_since_run_start", "unixtime", "unixtime_accuracy"].map(|name| measured(name, F64, "s")));
        columns.push(number("fadc_status_bits", U32));
        if self.format & 1 != 0 {
            columns.extend([adc("wf_max_sample_value"), adc("wf_max_sample_idx"), number("info_bits", U32)]);
            columns.extend(["cumsum_1", "cumsum_2", "cumsum_3", "cumsum_4", "cumsum_5", "cumsum_6"].map(adc));
        }
        if self.format & 2 != 0 {
            columns.extend(["cumsum_7", "cumsum_8"].map(adc));
        }
        if self.format & 4 != 0 {
            columns.extend(["maw_max", "maw_before", "maw_after"].map(adc));
        }
        if self.format & 8 != 0 {
            columns.extend(["start_energy", "max_energy"].map(adc));
        }
        if self.samples > 0 {
            columns.push(waveform("waveform_windowed", F64, self.samples));
        }
        if self.averaged > 0 {
            columns.push(waveform("waveform_presummed", F64, self.averaged));
        }
        columns
    }

    /// Why an event does not fit the table of its channel.
    fn misfit(&self, event: &Event<'_>) -> Option<String> {
        let averaged = event.averaged.map_or(0, |(_, samples)| samples.len() / 2);
        let here = (event.format, event.samples.len() / 2, averaged);
        let due = (self.format, self.samples, self.averaged);
        let name = |(format, n, m): (u32, usize, usize)| format!("format {format:#x}, {n} samples and {m} averaged ones");
        (here != due).then(|| format!("{} where {} are due: row dropped", name(here), name(due)))
    }

    #[inline]
    fn push(&self, event: &Event<'_>, packet_id: u32, unix_start: f64, rows: &mut Rows) {
        let time = event.time as f64 * self.period_ns * 1e-9;
        rows.push(0, packet_id);
        rows.push(1, self.id);
        rows.push(2, time);
        rows.push(3, time + unix_start);
        rows.push(4, START_ACCURACY_S);
        rows.push(5, event.status);
        let mut column = 6;
        let mut put = |value: u32| {
            rows.push(column, value);
            column += 1;
        };
        if let Some(sums) = event.first_sums {
            [sums[0] & 0xFFFF, sums[0] >> 16, sums[1] >> 24, sums[1] & 0xFF_FFFF].into_iter().for_each(&mut put);
            sums[2..].iter().for_each(|sum| put(*sum));
        }
        event.last_sums.into_iter().flatten().for_each(&mut put);
        event.maw.into_iter().flatten().for_each(&mut put);
        event.energies.into_iter().flatten().for_each(&mut put);
        if self.samples > 0 {
            rows.push_waveform(column, self.t0_ns, self.period_ns, event.samples);
            column += 1;
        }
        if let Some((status, samples)) = event.averaged.filter(|_| self.averaged > 0) {
            let t0 = self.averaged_t0_ns + f64::from(status) * self.period_ns;
            rows.push_waveform(column, t0, self.averaged_period_ns, samples);
        }
        rows.end_row();
    }
}

impl RawReader for Reader {
    fn format(&self) -> &'static str {
        "LlamaDaq"
    }

    fn decoders(&self) -> &[DecoderInfo] {
        &self.infos
    }

    fn tables(&self) -> Vec<TableSpec> {
        let firsts = self.infos[1].key_lists.iter().filter_map(|list| list.first());
        firsts.filter_map(|key| self.lines.iter().find(|line| *key == Key::Number(u64::from(line.id)))).map(Line::spec).collect()
    }

    fn bytes_read(&self) -> u64 {
        self.events.stream().bytes_read()
    }

    fn next(&mut self, sink: &mut dyn Sink) -> Result<Step, Error> {
        if let Some(header) = self.header.take() {
            sink.object(HEADER, None, header)?;
        }
        let (position, channel, size) = match self.events.next()? {
            Next::Event { position, channel, size } => (position, channel, size),
            Next::Pending => return Ok(Step::Pending),
            Next::End => return Ok(Step::End),
        };
        self.packet_id = self.packet_id.wrapping_add(1);
        let line = &mut self.lines[channel];
        let fault = match Event::parse(&self.events.bytes()[..size]) {
            Err(reason) => Some(reason),
            Ok(event) => match line.misfit(&event) {
                Some(reason) => Some(reason),
                None => {
                    let mut slot = line.slot;
                    let open = slot.of(sink, || line.spec());
                    line.slot = slot;
                    match open {
                        Some(slot) => line.push(&event, self.packet_id, self.unix_start, sink.rows(slot)),
                        None => self.unwanted += 1,
                    }
                    None
                }
            },
        };
        if let Some(reason) = fault {
            self.events.gaps.add(position, size as u64, reason);
        }
        Ok(Step::Packet)
    }

    fn gaps(&self) -> &[Gap] {
        self.events.gaps.list()
    }

    fn unclaimed(&self) -> Vec<(String, u64)> {
        if self.unwanted == 0 { Vec::new() } else { vec![("event".to_owned(), self.unwanted)] }
    }
}
