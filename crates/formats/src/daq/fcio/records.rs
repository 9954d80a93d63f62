//! Records of a stream as they lie there, without decoding.

use super::tmio::{self, PROTOCOL, PROTOCOL_BYTES, PROTOCOL_TAG, tag};
use crate::Error;
use crate::daq::gaps::Gaps;
use crate::daq::short_sha::short_hex;
use crate::daq::{Gap, Record};
use crate::source::ByteStream;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Bytes of small frames that the list shows.
const SHOWN: usize = 64;
/// Frames whose sizes and contents are shown.
const SIZES: usize = 16;

/// A record while its frames come.
struct Open {
    offset: u64,
    size: u64,
    tag: u32,
    frames: u64,
    sizes: Vec<u64>,
    /// first bytes of the first frames
    heads: Vec<Vec<u8>>,
    hash: Sha256,
}

impl Open {
    fn close(self) -> Record {
        let number = |frame: usize, i: usize| self.heads.get(frame).map_or(0, |b| tmio::i32_at(b, 4 * i));
        let mut details = Map::new();
        details.insert("frames".to_owned(), json!(self.sizes));
        details.insert("n_frames".to_owned(), json!(self.frames));
        if matches!(self.tag, tag::EVENT | tag::SPARSE_EVENT | tag::EVENT_HEADER) {
            details.insert("type".to_owned(), json!(number(0, 0)));
            let stamp: [i32; 4] = std::array::from_fn(|i| number(3, i));
            details.insert("timestamp".to_owned(), json!(stamp));
        }
        if self.tag == tag::CONFIG {
            let names = ["adcs", "triggers", "eventsamples", "blprecision", "sumlength", "adcbits", "mastercards"];
            let names = names.into_iter().chain(["triggercards", "adccards", "gps"]);
            let mut config: Map<String, Value> =
                names.enumerate().map(|(i, name)| (name.to_owned(), json!(number(i, 0)))).collect();
            if self.frames > 11 {
                config.insert("streamid".to_owned(), json!(number(11, 0)));
            }
            details.insert("config".to_owned(), Value::Object(config));
        }
        let sha = short_hex(&self.hash.finalize());
        Record { offset: self.offset, size: self.size, kind: tmio::name(self.tag), sha, details }
    }
}

/// All records up to the first damage, which is the gap.
///
/// # Errors
/// Only for bytes that do not come.
pub(crate) fn records(mut stream: ByteStream) -> Result<(Vec<Record>, Vec<Gap>), Error> {
    let (mut records, mut gaps) = (Vec::new(), Gaps::default());
    let mut open: Option<Open> = None;
    let damage = loop {
        let (offset, window) = (stream.position(), stream.peek(4)?);
        if window.len() < 4 {
            break (!window.is_empty()).then(|| (offset, format!("{} trailing bytes", window.len())));
        }
        let head = tmio::i32_at(window, 0);
        let bytes = [window[0], window[1], window[2], window[3]];
        if let Ok(size) = u64::try_from(head) {
            let Some(record) = &mut open else { break Some((offset, "data frame before any tag".to_owned())) };
            record.hash.update(bytes);
            stream.advance(4);
            let mut first = Vec::new();
            let mut left = size;
            while left > 0 {
                let there = stream.peek(1)?;
                if there.is_empty() {
                    break;
                }
                let n = (there.len() as u64).min(left) as usize;
                if record.sizes.len() < SIZES {
                    first.extend_from_slice(&there[..n.min(SHOWN - first.len())]);
                }
                record.hash.update(&there[..n]);
                stream.advance(n);
                left -= n as u64;
            }
            if left > 0 {
                open = None;
                break Some((offset, format!("frame of {size} bytes is longer than the file")));
            }
            record.size += 4 + size;
            record.frames += 1;
            if record.sizes.len() < SIZES {
                record.sizes.push(size);
                record.heads.push(first);
            }
            continue;
        }
        records.extend(open.take().map(Open::close));
        if head == PROTOCOL_TAG {
            let window = stream.peek(PROTOCOL_BYTES)?;
            if window.len() < PROTOCOL_BYTES || !window[4..].starts_with(PROTOCOL) {
                break Some((offset, "protocol FlashCamV1 is missing".to_owned()));
            }
            stream.advance(PROTOCOL_BYTES);
            continue;
        }
        let Some(tag) = tmio::tag_of(head) else { break Some((offset, "tag is out of range".to_owned())) };
        stream.advance(4);
        let hash = Sha256::new_with_prefix(bytes);
        open = Some(Open { offset, size: 4, tag, frames: 0, sizes: Vec::new(), heads: Vec::new(), hash });
    };
    records.extend(open.take().map(Open::close));
    if let Some((offset, reason)) = damage {
        let mut there = stream.window().len();
        while there > 0 {
            stream.advance(there);
            there = stream.peek(1)?.len();
        }
        gaps.add(offset, stream.position() - offset, reason);
    }
    gaps.note_stream(&stream);
    Ok((records, gaps.into_list()))
}
