//! Packets to rows.

use super::HEADER;
use super::fcio::{self, Streams};
use super::flashcam::{self, Waveforms as FlashCam};
use super::flashcam_config::{self, Configs};
use super::header::Header;
use super::packet::{Form, Head, Next, Packet, Packets};
use super::run;
use super::sis3302::Waveforms as Sis3302;
use super::sis3316::Waveforms as Sis3316;
use super::words::{Fault, Words};
use crate::Error;
use crate::daq::columns::text;
use crate::daq::fcio::Outcome;
use crate::daq::slots::Slot;
use crate::daq::{ColumnSpec, DecoderInfo, Gap, Key, RawReader, Rows, Sink, Step, TableSpec};
use crate::source::ByteStream;
use std::{collections::BTreeMap, time::Duration};

const RUN: &str = "ORRunDecoderForRun";
const CONFIG: &str = "ORFlashCamListenerConfigDecoder";
const FLASHCAM: &str = "ORFlashCamADCWaveformDecoder";
const FLASHCAM_OLD: &str = "ORFlashCamWaveformDecoder";
const SIS3302: &str = "ORSIS3302DecoderForEnergy";
const SIS3316: &str = "ORSIS3316WaveformDecoder";
/// Bytes behind the header in which configurations are looked for before the first packet is decoded.
const AHEAD: usize = 1 << 20;

/// What is done with the packets of one decoder.
enum Work {
    Unknown,
    Run(Plain),
    Config(Plain),
    FlashCam(Box<FlashCam>),
    Sis3302(Box<Sis3302>),
    Sis3316(Box<Sis3316>),
    Fcio,
}

/// The one table of a decoder without keys.
struct Plain {
    decoder: &'static str,
    columns: fn() -> Vec<ColumnSpec>,
    slot: Slot,
}

impl Plain {
    fn new(decoder: &'static str, columns: fn() -> Vec<ColumnSpec>) -> Self {
        Self { decoder, columns, slot: Slot::default() }
    }

    fn spec(&self) -> TableSpec {
        TableSpec { decoder: self.decoder, key: None, columns: (self.columns)() }
    }

    fn rows<'a>(&mut self, sink: &'a mut dyn Sink) -> Option<&'a mut Rows> {
        let mut slot = self.slot;
        let open = slot.of(sink, || self.spec());
        self.slot = slot;
        Some(sink.rows(open?))
    }
}

/// An ORCA stream being decoded.
struct Reader {
    header: Header,
    packets: Packets,
    infos: Vec<DecoderInfo>,
    /// by the decoder's number in the header
    work: Vec<Work>,
    unclaimed: Vec<u64>,
    /// by id
    unknown: BTreeMap<u32, u64>,
    configs: Configs,
    streams: Streams,
    /// Tables whose columns the header tells.
    tables: Vec<TableSpec>,
    has_header: bool,
    is_over: bool,
}

/// Reads the header of a stream.
///
/// # Errors
/// [`crate::Kind::NotThisFormat`] if no header stands there, [`crate::Kind::Truncated`] or [`crate::Kind::Damaged`] with the byte
/// if it is cut or no property list.
pub(crate) fn reader(mut stream: ByteStream, patience: Duration) -> Result<Box<dyn RawReader>, Error> {
    let mut header = Header::read(&mut stream, patience)?;
    stream.advance(header.size);
    let (mut infos, mut work, mut tables) =
        (vec![DecoderInfo { decoder: HEADER, key_lists: Vec::new(), is_object: true }], Vec::new(), Vec::new());
    let configs = configs_ahead(&mut stream, &header)?;
    for name in &header.names {
        let (item, info) = work_of(name, &header);
        match &item {
            Work::Run(plain) | Work::Config(plain) => tables.push(plain.spec()),
            Work::FlashCam(waveforms) => tables.extend(specs(&info, waveforms.tables(&configs))),
            Work::Sis3302(waveforms) => tables.extend(specs(&info, waveforms.tables())),
            Work::Fcio => tables.extend(info.iter().flat_map(|info| fcio::tables(info, &header))),
            Work::Sis3316(_) | Work::Unknown => {}
        }
        infos.extend(info);
        work.push(item);
    }
    let ids = std::mem::take(&mut header.ids);
    Ok(Box::new(Reader {
        unclaimed: vec![0; work.len()],
        packets: Packets::new(stream, ids),
        header,
        infos,
        work,
        unknown: BTreeMap::new(),
        configs: Configs::default(),
        streams: Streams::default(),
        tables,
        has_header: false,
        is_over: false,
    }))
}

fn specs(info: &Option<DecoderInfo>, tables: Vec<(Key, Vec<ColumnSpec>)>) -> impl Iterator<Item = TableSpec> {
    let decoder = info.as_ref().map(|info| info.decoder);
    tables.into_iter().filter_map(move |(key, columns)| Some(TableSpec { decoder: decoder?, key: Some(key), columns }))
}

fn work_of(name: &str, header: &Header) -> (Work, Option<DecoderInfo>) {
    let info = |decoder: &'static str, key_lists| Some(DecoderInfo { decoder, key_lists, is_object: false });
    match name {
        RUN => (Work::Run(Plain::new(RUN, run::columns)), info(RUN, Vec::new())),
        CONFIG => (Work::Config(Plain::new(CONFIG, flashcam_config::columns)), info(CONFIG, Vec::new())),
        FLASHCAM | FLASHCAM_OLD => {
            let (decoder, layout) = if name == FLASHCAM { (FLASHCAM, flashcam::NEW) } else { (FLASHCAM_OLD, flashcam::OLD) };
            let waveforms = FlashCam::new(decoder, layout, header);
            let info = info(decoder, waveforms.key_lists());
            (Work::FlashCam(Box::new(waveforms)), info)
        }
        SIS3302 => {
            let waveforms = Sis3302::new(SIS3302, header);
            let info = info(SIS3302, waveforms.key_lists());
            (Work::Sis3302(Box::new(waveforms)), info)
        }
        SIS3316 => {
            let waveforms = Sis3316::new(SIS3316, header);
            let info = info(SIS3316, waveforms.key_lists());
            (Work::Sis3316(Box::new(waveforms)), info)
        }
        _ => match fcio::DECODERS.into_iter().find(|decoder| *decoder == name) {
            Some(decoder) => (Work::Fcio, Some(fcio::info(decoder, header))),
            None => (Work::Unknown, None),
        },
    }
}

/// Configurations of FlashCam among the first packets: they know the samples that the header miscounts.
fn configs_ahead(stream: &mut ByteStream, header: &Header) -> Result<Configs, Error> {
    let mut configs = Configs::default();
    if header.names.iter().any(|name| name == CONFIG) {
        let bytes = stream.peek(AHEAD)?;
        let mut rest = bytes;
        while let Some(head) = Head::parse(rest).filter(|head| head.words > 0) {
            let Some(decoder) = header.ids.decoder(&head) else { break };
            let Some(packet) = rest.get(..4 * head.words as usize) else { break };
            if header.names[decoder as usize] == CONFIG {
                // A damaged one is met again when it is decoded.
                let _ = configs.learn(Words(&packet[4 * head.form.head_words()..]));
            }
            rest = &rest[packet.len()..];
        }
    }
    Ok(configs)
}

impl Reader {
    /// What became of a packet: rows, nothing that anybody wants, or damage.
    fn decode(&mut self, packet: &Packet, sink: &mut dyn Sink) -> Result<(), Error> {
        let Some(number) = packet.decoder.map(usize::from) else {
            if !(packet.head.id == 0 && packet.head.form != Form::Short) {
                *self.unknown.entry(packet.head.id).or_default() += 1;
            }
            return Ok(());
        };
        let (id, start) = (packet.number, 4 * packet.head.form.head_words());
        let mut gaps = std::mem::take(&mut self.packets.gaps);
        let words = Words(&self.packets.bytes()[start..packet.size]);
        let outcome = match &mut self.work[number] {
            Work::Unknown => Ok(false),
            Work::Run(plain) => plain.rows(sink).map_or(Ok(false), |rows| run::decode(words, rows).map(|()| true)),
            Work::Config(plain) => self.configs.learn(words).and_then(|()| match plain.rows(sink) {
                Some(rows) => flashcam_config::decode(words, id, packet.head.words, rows).map(|()| true),
                // Waveforms have used it.
                None => Ok(true),
            }),
            Work::FlashCam(waveforms) => waveforms.decode(words, id, &self.configs, sink),
            Work::Sis3302(waveforms) => waveforms.decode(words, id, sink),
            Work::Sis3316(waveforms) => waveforms.decode(words, id, packet.position + start as u64 - 4, &mut gaps, sink),
            Work::Fcio => match self.streams.decode(words, packet.head.form.head_words(), id, sink)? {
                Outcome::Taken => Ok(true),
                Outcome::Unclaimed(_) => Ok(false),
                Outcome::Damaged(damage) if damage.fatal => {
                    self.is_over = true;
                    let (offset, bytes) = (packet.position + damage.at as u64, (packet.size - damage.at) as u64);
                    gaps.add_fatal(offset, bytes, damage.reason);
                    Ok(true)
                }
                Outcome::Damaged(damage) => {
                    let place = packet.position + damage.at as u64;
                    Err(Fault::Damaged(format!("{} (at byte {place})", damage.reason)))
                }
            },
        };
        self.packets.gaps = gaps;
        match outcome {
            Ok(true) => {}
            Ok(false) => self.unclaimed[number] += 1,
            Err(Fault::Damaged(reason)) => self.packets.reject(reason),
            Err(Fault::Dropped(reason)) => self.packets.gaps.add(packet.position, packet.size as u64, reason),
        }
        Ok(())
    }
}

impl RawReader for Reader {
    fn format(&self) -> &'static str {
        "ORCA"
    }

    fn decoders(&self) -> &[DecoderInfo] {
        &self.infos
    }

    fn tables(&self) -> Vec<TableSpec> {
        self.tables.clone()
    }

    fn bytes_read(&self) -> u64 {
        self.packets.stream().bytes_read()
    }

    fn next(&mut self, sink: &mut dyn Sink) -> Result<Step, Error> {
        if !self.has_header {
            self.has_header = true;
            sink.object(HEADER, None, text(&self.header.json))?;
            return Ok(Step::Packet);
        }
        if self.is_over {
            return Ok(Step::End);
        }
        match self.packets.next()? {
            Next::Packet(packet) => {
                self.decode(&packet, sink)?;
                Ok(Step::Packet)
            }
            Next::Pending => Ok(Step::Pending),
            Next::End => Ok(Step::End),
        }
    }

    fn gaps(&self) -> &[Gap] {
        self.packets.gaps.list()
    }

    fn unclaimed(&self) -> Vec<(String, u64)> {
        let known = self.header.names.iter().cloned().zip(self.unclaimed.iter().copied());
        let unknown = self.unknown.iter().map(|(id, count)| (format!("unknown_{id}"), *count));
        known.filter(|(_, count)| *count > 0).chain(unknown).collect()
    }
}
