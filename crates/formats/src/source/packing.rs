//! Compression of whole files: gzip (RFC 1952), bzip2, zstd (RFC 8878), each with any number of members.
//!
//! ```text
//! gzip member   offset  size  meaning
//!               0       2     1f 8b
//!               2       1     8 (deflate)
//!               3       1     flags: 1 text, 2 header checksum, 4 extra, 8 name, 16 comment
//!               4       6     time, level, system
//!               …             extra (u16 length), name, comment (each to a zero byte), header checksum u16
//!               …             deflate stream
//!               −8      4     CRC-32 of the decompressed bytes
//!               −4      4     their number modulo 2³²
//! ```

use super::stream::{StreamDamage, read_some};
use std::{io, io::Read};
use zstd::stream::raw::Operation;

/// Compressed bytes that are read at once.
const STEP: usize = 1 << 18;
/// A gzip header with name and comment is never longer.
const LONGEST_HEADER: usize = 1 << 17;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Bzip2,
    Zstd,
}

impl Packing {
    /// By its first bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Self::Bzip2),
            // The last is a skippable frame, which may come first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
        }
    }
}

/// What a step of an [`Unpacker`] gave.
#[derive(Debug)]
pub(super) enum Unpacked {
    /// so many bytes, at least one
    Bytes(usize),
    /// no more, and what is wrong with it
    End(Option<StreamDamage>),
    /// the input fails, or has nothing yet (`WouldBlock`)
    Failed(io::Error),
}

/// Decompresses one member after the other.
pub(super) struct Unpacker {
    packing: Packing,
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    read: u64,
    input_ended: bool,
    member: Member,
}

enum Member {
    /// between members; whether one was read before
    Outside {
        before: bool,
    },
    Deflate {
        decoder: flate2::Decompress,
        sum: flate2::Crc,
    },
    Bzip2(bzip2::Decompress),
    Zstd(zstd::stream::raw::Decoder<'static>),
    Finished,
}

impl Unpacker {
    /// A decompressor of `head` and what `input` gives behind it.
    pub(super) fn new(packing: Packing, head: Vec<u8>, input: Box<dyn Read + Send>) -> Self {
        let (end, read) = (head.len(), head.len() as u64);
        let mut buffer = head;
        buffer.resize(STEP, 0);
        Self { packing, input, buffer, start: 0, end, read, input_ended: false, member: Member::Outside { before: false } }
    }

    /// Bytes taken from the input.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Decompresses into `out`, which is not empty.
    pub(super) fn unpack(&mut self, out: &mut [u8]) -> Unpacked {
        loop {
            let given = match self.member {
                Member::Finished => return Unpacked::End(None),
                Member::Outside { before } => match self.begin(before) {
                    Ok(()) => continue,
                    Err(given) => given,
                },
                _ => match self.run(out) {
                    Ok(0) => continue,
                    Ok(n) => Unpacked::Bytes(n),
                    Err(given) => given,
                },
            };
            if matches!(given, Unpacked::End(_)) {
                self.member = Member::Finished;
            }
            return given;
        }
    }

    /// Byte of the file where the next compressed byte lies.
    fn place(&self) -> u64 {
        self.read - (self.end - self.start) as u64
    }

    fn damaged(&self, reason: impl Into<String>) -> Unpacked {
        let reason = format!("{}: {}", self.packing.name(), reason.into());
        Unpacked::End(Some(StreamDamage { byte: self.place(), reason }))
    }

    /// At least `wanted` compressed bytes in the buffer, or the input is over.
    fn want(&mut self, wanted: usize) -> Result<(), Unpacked> {
        while self.end - self.start < wanted && !self.input_ended {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            }
            if self.buffer.len() < wanted {
                self.buffer.resize(wanted, 0);
            }
            let n = read_some(&mut self.input, &mut self.buffer[self.end..]).map_err(Unpacked::Failed)?;
            self.input_ended = n == 0;
            self.end += n;
            self.read += n as u64;
        }
        Ok(())
    }

    fn begin(&mut self, before: bool) -> Result<(), Unpacked> {
        self.want(MAGIC_LENGTH)?;
        let head = &self.buffer[self.start..self.end];
        if head.is_empty() {
            return Err(Unpacked::End(None));
        }
        if Packing::of(head) != Some(self.packing) {
            if before && self.padding()? {
                return Err(Unpacked::End(None));
            }
            return Err(self.damaged("other bytes behind the last member"));
        }
        self.member = match self.packing {
            Packing::Gzip => {
                self.gzip_header()?;
                Member::Deflate { decoder: flate2::Decompress::new(false), sum: flate2::Crc::new() }
            }
            Packing::Bzip2 => Member::Bzip2(bzip2::Decompress::new(false)),
            Packing::Zstd => match zstd::stream::raw::Decoder::new() {
                Ok(decoder) => Member::Zstd(decoder),
                Err(error) => return Err(Unpacked::Failed(error)),
            },
        };
        Ok(())
    }

    /// Whether only zero bytes follow, as tapes and some writers leave them.
    fn padding(&mut self) -> Result<bool, Unpacked> {
        loop {
            if self.buffer[self.start..self.end].iter().any(|b| *b != 0) {
                return Ok(false);
            }
            self.start = self.end;
            self.want(1)?;
            if self.start == self.end {
                return Ok(true);
            }
        }
    }

    fn gzip_header(&mut self) -> Result<(), Unpacked> {
        let mut wanted = 64;
        loop {
            self.want(wanted)?;
            let head = &self.buffer[self.start..self.end];
            if let Some(length) = gzip_header_length(head) {
                self.start += length;
                return Ok(());
            }
            if self.input_ended {
                return Err(self.damaged("ends inside a header"));
            }
            if head.len() > LONGEST_HEADER {
                return Err(self.damaged("a header of more than 128 kB"));
            }
            wanted = 2 * head.len();
        }
    }

    /// One step of the member's decoder; 0 bytes where its end was met.
    fn run(&mut self, out: &mut [u8]) -> Result<usize, Unpacked> {
        // A decoder may hold bytes back although its input has none yet.
        let waiting = match self.want(1) {
            Err(Unpacked::Failed(error)) if error.kind() == io::ErrorKind::WouldBlock => Some(error),
            other => {
                other?;
                None
            }
        };
        let input = &self.buffer[self.start..self.end];
        let step = match &mut self.member {
            Member::Deflate { decoder, sum } => deflate_step(decoder, sum, input, out),
            Member::Bzip2(decoder) => bzip2_step(decoder, input, out),
            Member::Zstd(decoder) => zstd_step(decoder, input, out),
            Member::Outside { .. } | Member::Finished => return Ok(0),
        };
        let (used, made, ended) = match step {
            Ok(step) => step,
            Err(reason) => return Err(self.damaged(reason)),
        };
        self.start += used;
        if ended {
            if made > 0 && matches!(self.member, Member::Deflate { .. }) {
                // The end comes again with the next step, when its bytes are away.
                return Ok(made);
            }
            self.finish()?;
            self.member = Member::Outside { before: true };
            return Ok(made);
        }
        if made == 0 && used == 0 {
            if let Some(error) = waiting {
                return Err(Unpacked::Failed(error));
            }
            return Err(self.damaged(if self.input_ended { "ends inside a member" } else { "makes no progress" }));
        }
        Ok(made)
    }

    /// Checksum and length behind a gzip member.
    fn finish(&mut self) -> Result<(), Unpacked> {
        if !matches!(self.member, Member::Deflate { .. }) {
            return Ok(());
        }
        self.want(8)?;
        let Some(&[a, b, c, d, e, f, g, h]) = self.buffer[self.start..self.end].first_chunk::<8>() else {
            return Err(self.damaged("ends inside the checksum"));
        };
        let Member::Deflate { sum, .. } = &self.member else { return Ok(()) };
        let (crc, length) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if (crc, length) != (sum.sum(), sum.amount()) {
            return Err(self.damaged("checksum wrong: bytes of this member were changed"));
        }
        self.start += 8;
        Ok(())
    }
}

const MAGIC_LENGTH: usize = 4;

/// Bytes taken, bytes made, whether the member ended.
type DecoderStep = Result<(usize, usize, bool), String>;

fn deflate_step(decoder: &mut flate2::Decompress, sum: &mut flate2::Crc, input: &[u8], out: &mut [u8]) -> DecoderStep {
    let before = (decoder.total_in(), decoder.total_out());
    let status = decoder.decompress(input, out, flate2::FlushDecompress::None).map_err(|e| e.to_string())?;
    let (used, made) = ((decoder.total_in() - before.0) as usize, (decoder.total_out() - before.1) as usize);
    sum.update(&out[..made]);
    Ok((used, made, status == flate2::Status::StreamEnd))
}

fn bzip2_step(decoder: &mut bzip2::Decompress, input: &[u8], out: &mut [u8]) -> DecoderStep {
    let before = (decoder.total_in(), decoder.total_out());
    let status = decoder.decompress(input, out).map_err(|e| e.to_string())?;
    let (used, made) = ((decoder.total_in() - before.0) as usize, (decoder.total_out() - before.1) as usize);
    Ok((used, made, status == bzip2::Status::StreamEnd))
}

fn zstd_step(decoder: &mut zstd::stream::raw::Decoder<'static>, input: &[u8], out: &mut [u8]) -> DecoderStep {
    let status = decoder.run_on_buffers(input, out).map_err(|e| e.to_string())?;
    Ok((status.bytes_read, status.bytes_written, status.remaining == 0))
}

/// Length of a whole gzip header; `None` if it is cut.
fn gzip_header_length(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            at += bytes.get(at..)?.iter().position(|b| *b == 0)? + 1;
        }
    }
    at += if flags & 2 != 0 { 2 } else { 0 };
    (at <= bytes.len()).then_some(at)
}

#[cfg(test)]
mod tests;
