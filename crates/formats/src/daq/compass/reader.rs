//! Records to rows.

use super::Settings;
use super::form::{Event, Form};
use super::records::{Next, Records};
use crate::Error;
use crate::daq::columns::{measured, number, scalar, structure, waveform};
use crate::daq::slots::Slots;
use crate::daq::{ColumnSpec, DecoderInfo, Gap, Key, RawReader, Rows, Sink, Step, TableSpec};
use crate::lh5::Object;
use crate::source::ByteStream;
use germane_columns::NumberType::{F32, F64, I64, U32};
use std::time::Duration;

const HEADER: &str = "CompassHeaderDecoder";
const EVENT: &str = "CompassEventDecoder";
/// Boards and channels where no settings tell them, as daq2lh5 assumes.
const BOARDS: u64 = 2;
const CHANNELS: u64 = 8;
/// As daq2lh5 writes it, whatever the board.
const PERIOD_NS: f64 = 16.0;

struct Reader {
    records: Records,
    infos: [DecoderInfo; 2],
    header: Option<Object>,
    /// Samples of each row of a key, where settings tell them.
    announced: Vec<(u64, usize)>,
    /// of the first record
    samples: usize,
    slots: Slots,
    packet_id: u32,
    unwanted: u64,
}

/// Finds out the form of a stream's records. Without `settings` every waveform has the length of the first one.
///
/// # Errors
/// [`crate::Kind::NotThisFormat`] if neither a file header nor the first records tell the form.
pub(crate) fn reader(stream: ByteStream, settings: Option<&Settings>, patience: Duration) -> Result<Box<dyn RawReader>, Error> {
    let mut records = Records::open(stream, patience)?;
    let samples = records.first_samples(patience)?;
    let channels = match settings {
        Some(settings) => settings.channels(),
        None => (0..BOARDS).flat_map(|board| (0..CHANNELS).map(move |channel| (board, channel, samples))).collect(),
    };
    let announced: Vec<(u64, usize)> = channels.iter().map(|(board, channel, n)| (key(*board, *channel), *n)).collect();
    let keys = announced.iter().map(|(key, _)| Key::Number(*key)).collect();
    let header = header(&records, settings, samples);
    Ok(Box::new(Reader {
        records,
        infos: [
            DecoderInfo { decoder: HEADER, key_lists: Vec::new(), is_object: true },
            DecoderInfo { decoder: EVENT, key_lists: vec![keys], is_object: false },
        ],
        header: Some(header),
        announced: if settings.is_some() { announced } else { Vec::new() },
        samples,
        slots: Slots::new(EVENT),
        packet_id: 0,
        unwanted: 0,
    }))
}

#[inline]
fn key(board: u64, channel: u64) -> u64 {
    board << 9 | channel & 0xF
}

fn header(records: &Records, settings: Option<&Settings>, samples: usize) -> Object {
    let form = records.form;
    let unknown_board = || {
        let channels = (0..CHANNELS).map(|channel| (channel.to_string(), scalar(F64, f64::NAN)));
        let members = ["adcBitCount", "modelName", "sample_rate"].map(|name| (name.to_owned(), scalar(F64, f64::NAN)));
        let known = [("wf_len", scalar(F64, samples as f64)), ("channels", structure(channels))];
        structure(members.into_iter().chain(known.map(|(name, object)| (name.to_owned(), object))))
    };
    let boards = match settings {
        Some(settings) => settings.object(),
        None => structure((0..BOARDS).map(|board| (board.to_string(), unknown_board()))),
    };
    let yes = |is: bool| scalar(I64, i64::from(is));
    let members = [
        ("boards", boards),
        ("energy_channels", yes(form.has_energy())),
        ("energy_calibrated", yes(form.has_calibrated())),
        ("energy_short", yes(form.has_short())),
        ("waveform_samples", yes(form.has_waveform())),
        ("header_present", yes(records.has_header)),
    ];
    structure(members.map(|(name, object)| (name.to_owned(), object)))
}

/// What is not in the file is no column; only the calibrated energy always is one, as daq2lh5 writes it.
fn columns(form: Form, samples: usize) -> Vec<ColumnSpec> {
    let mut columns = vec![
        number("packet_id", U32),
        number("board", U32),
        number("channel", U32),
        measured("timestamp", F64, "ps"),
        number("energy_calibrated", F64),
        number("flags", U32),
        number("num_samples", I64),
    ];
    let parts = [(form.has_energy(), "energy"), (form.has_short(), "energy_short")];
    columns.extend(parts.into_iter().filter(|(is_there, _)| *is_there).map(|(_, name)| number(name, U32)));
    if form.has_waveform() {
        columns.push(waveform("waveform", F32, samples));
    }
    columns
}

#[inline]
fn push(event: &Event<'_>, packet_id: u32, has_waveform: bool, rows: &mut Rows) {
    rows.push(0, packet_id);
    rows.push(1, u32::from(event.board));
    rows.push(2, u32::from(event.channel));
    rows.push(3, event.time_ps as f64);
    rows.push(4, event.calibrated.unwrap_or(f64::NAN));
    rows.push(5, event.flags);
    rows.push(6, (event.samples.len() / 2) as i64);
    let mut column = 7;
    for value in [event.energy, event.short].into_iter().flatten() {
        rows.push(column, u32::from(value));
        column += 1;
    }
    if has_waveform {
        rows.push_waveform(column, 0.0, PERIOD_NS, event.samples);
    }
    rows.end_row();
}

impl RawReader for Reader {
    fn format(&self) -> &'static str {
        "Compass"
    }

    fn decoders(&self) -> &[DecoderInfo] {
        &self.infos
    }

    fn tables(&self) -> Vec<TableSpec> {
        let samples = self.announced.first().map_or(self.samples, |(_, samples)| *samples);
        let key = self.infos[1].key_lists[0].first().cloned();
        key.map(|key| TableSpec { decoder: EVENT, key: Some(key), columns: columns(self.records.form, samples) })
            .into_iter()
            .collect()
    }

    fn bytes_read(&self) -> u64 {
        self.records.stream().bytes_read()
    }

    fn next(&mut self, sink: &mut dyn Sink) -> Result<Step, Error> {
        if let Some(header) = self.header.take() {
            sink.object(HEADER, None, header)?;
        }
        let (position, size, samples) = match self.records.next()? {
            Next::Record { position, size, samples } => (position, size, samples),
            Next::Pending => return Ok(Step::Pending),
            Next::End => return Ok(Step::End),
        };
        self.packet_id = self.packet_id.wrapping_add(1);
        let form = self.records.form;
        let Some(event) = form.event(&self.records.bytes()[..size]) else { return Ok(Step::Packet) };
        let key = key(u64::from(event.board), u64::from(event.channel));
        let announced = self.announced.iter().find(|(of, _)| *of == key);
        let due = announced.map_or(self.samples, |(_, samples)| *samples);
        if form.has_waveform() && samples != due {
            self.records.gaps.add(position, size as u64, format!("{samples} samples where {due} are due: row dropped"));
            return Ok(Step::Packet);
        }
        match self.slots.of(key, sink, || columns(form, samples)) {
            Some(slot) => push(&event, self.packet_id, form.has_waveform(), sink.rows(slot)),
            None => self.unwanted += 1,
        }
        Ok(Step::Packet)
    }

    fn gaps(&self) -> &[Gap] {
        self.records.gaps.list()
    }

    fn unclaimed(&self) -> Vec<(String, u64)> {
        if self.unwanted == 0 { Vec::new() } else { vec![("event".to_owned(), self.unwanted)] }
    }
}
