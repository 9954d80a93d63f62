//! Packets of an ORCA stream as they lie there.

use super::HEADER;
use super::header::Header;
use super::packet::{Form, Head, Next, Packet, Packets};
use crate::Error;
use crate::daq::short_sha::short_sha;
use crate::daq::{Gap, Record};
use crate::source::ByteStream;
use serde_json::Map;
use std::time::Duration;

/// All packets, and what was passed over between them.
///
/// # Errors
/// As [`super::reader`].
pub(crate) fn records(mut stream: ByteStream, patience: Duration) -> Result<(Vec<Record>, Vec<Gap>), Error> {
    let header = Header::read(&mut stream, patience)?;
    let head = Head { id: 0, form: header.form, words: header.size as u64 / 4 };
    let packet = Packet { position: stream.position(), size: header.size, number: 0, head, decoder: None };
    let mut records = vec![record(&packet, stream.window(), &header.names)];
    stream.advance(header.size);
    let mut packets = Packets::new(stream, header.ids);
    while let Next::Packet(packet) = packets.next()? {
        records.push(record(&packet, packets.bytes(), &header.names));
    }
    Ok((records, packets.gaps.into_list()))
}

fn record(packet: &Packet, bytes: &[u8], names: &[String]) -> Record {
    let Head { id, form, .. } = packet.head;
    let kind = match packet.decoder {
        Some(number) => names[number as usize].clone(),
        None if id == 0 && form != Form::Short => HEADER.to_owned(),
        None => format!("unknown_{id}"),
    };
    let sha = short_sha(&bytes[..packet.size]);
    let details = Map::from_iter([("data_id".to_owned(), id.into()), ("form".to_owned(), form.name().into())]);
    Record { offset: packet.position, size: packet.size as u64, kind, sha, details }
}
