//! Which format a raw stream is in.

use super::compass::{self, Settings};
use super::{Gap, RawReader, Record};
use super::{fcio, llama, orca};
use crate::source::ByteStream;
use crate::{Error, Kind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an open stream without bytes is left alone.
const PAUSE: Duration = Duration::from_millis(10);
/// Bytes that tell formats apart.
const HEAD: usize = 16;

/// How a raw stream is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Settings of CoMPASS (XML), which its files do not carry.
    pub compass_settings: Option<PathBuf>,
    /// The file is still being written: its end is [`super::Step::Pending`].
    pub follow: bool,
    /// How long the first bytes are awaited where a stream has none yet.
    pub patience: Duration,
    /// The format, where it is not to be found by content.
    pub format: Option<Format>,
}

impl Default for Options {
    fn default() -> Self {
        Self { compass_settings: None, follow: false, patience: Duration::from_secs(10), format: None }
    }
}

/// A raw format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// FCIO records of FlashCam in a TMIO stream
    FlashCam,
    /// packets of ORCA
    Orca,
    /// records of CoMPASS
    Compass,
    /// llamaDAQ
    Llama,
}

/// Opens a raw file, or a stream `tcp://HOST:PORT`; gzip, bzip2 and zstd are unpacked.
///
/// # Errors
/// [`Kind::Gone`] if it is missing, [`Kind::NotThisFormat`] if it is none of the raw formats, damage of its header.
pub fn open(input: &str, options: &Options) -> Result<Box<dyn RawReader>, Error> {
    let (stream, options) = connect(input, options)?;
    open_stream(stream, &options)
}

/// Opens a stream of bytes, whose name may tell the format where its bytes do not.
///
/// # Errors
/// As [`open`].
pub fn open_stream(mut stream: ByteStream, options: &Options) -> Result<Box<dyn RawReader>, Error> {
    match format(&mut stream, options)? {
        Format::FlashCam => fcio::reader(stream, options),
        Format::Orca => orca::reader(stream, options.patience),
        Format::Compass => {
            let settings = options.compass_settings.as_deref().map(Settings::open).transpose()?;
            compass::reader(stream, settings.as_ref(), options.patience)
        }
        Format::Llama => llama::reader(stream, options.patience),
    }
}

/// All records of a raw file, up to the first damage from which no way leads on; damage is among the gaps.
///
/// # Errors
/// As [`open`]; damage is no error.
pub fn records(input: &str, options: &Options) -> Result<(Vec<Record>, Vec<Gap>), Error> {
    let (mut stream, options) = connect(input, options)?;
    match format(&mut stream, &options)? {
        Format::FlashCam => fcio::records(stream),
        Format::Orca => orca::records(stream, options.patience),
        Format::Compass => compass::records(stream, options.patience),
        Format::Llama => llama::records(stream, options.patience),
    }
}

fn connect(input: &str, options: &Options) -> Result<(ByteStream, Options), Error> {
    let mut options = options.clone();
    let stream = if input.starts_with("tcp://") {
        options.follow = true;
        ByteStream::connect(input, options.patience)?
    } else if options.follow {
        ByteStream::follow(Path::new(input))?
    } else {
        ByteStream::open(Path::new(input))?
    };
    Ok((stream, options))
}

/// The format of a stream, by its first bytes, then by its name.
fn format(stream: &mut ByteStream, options: &Options) -> Result<Format, Error> {
    if let Some(format) = options.format {
        return Ok(format);
    }
    let until = Instant::now() + options.patience;
    while stream.peek(HEAD)?.len() < HEAD && stream.is_pending() && Instant::now() < until {
        std::thread::sleep(PAUSE);
    }
    let head = stream.window();
    let (name, suffix) = (stream.name(), suffix(stream.name()));
    if head.is_empty() {
        let text = if stream.is_pending() { "no bytes so far" } else { "is empty" };
        return Err(Error::new(name, Kind::Truncated, text).at(0));
    }
    by_content(head).or_else(|| by_suffix(suffix)).ok_or_else(|| {
        Error::new(name, Kind::NotThisFormat, "is neither FCIO, ORCA, CoMPASS nor LLAMA: its first bytes are of none").at(0)
    })
}

fn by_content(head: &[u8]) -> Option<Format> {
    let word = |i: usize| head.get(4 * i..).and_then(|b| b.first_chunk()).map(|b| u32::from_le_bytes(*b));
    match head {
        _ if fcio::begins(head) => Some(Format::FlashCam),
        [0x4c, 0x41, 0x72, 0x49, ..] => Some(Format::Llama),
        [flags, 0xca, ..] if flags >> 4 == 0xe => Some(Format::Compass),
        // A packet of id 0 whose second word is the length of a property list.
        _ if head.get(8..13) == Some(b"<?xml") || head.get(8..14) == Some(b"bplist") => Some(Format::Orca),
        _ if word(0).is_some_and(|w| w >> 18 == 0 && w > 2) && head.get(8) == Some(&b'<') => Some(Format::Orca),
        _ => None,
    }
}

fn by_suffix(suffix: &str) -> Option<Format> {
    match suffix {
        "fcio" => Some(Format::FlashCam),
        "orca" => Some(Format::Orca),
        // Files of CoMPASS without header; `.bin` is LLAMA's, which has a magic.
        "BIN" => Some(Format::Compass),
        _ => None,
    }
}

/// What stands behind the last dot of a name, without that of a compression.
fn suffix(name: &str) -> &str {
    let name = [".gz", ".bz2", ".zst"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
    name.rsplit(['/', '\\']).next().and_then(|file| file.rsplit_once('.')).map_or("", |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes_or_their_name() {
        assert_eq!(by_content(&(-1_000_000_001_i32).to_le_bytes()), Some(Format::FlashCam));
        assert_eq!(by_content(&0x4972_414c_u32.to_le_bytes()), Some(Format::Llama));
        assert_eq!(by_content(&0xcae9_u16.to_le_bytes()), Some(Format::Compass));
        let orca = [&40_u32.to_le_bytes()[..], &140_u32.to_le_bytes(), b"<?xml version"].concat();
        assert_eq!(by_content(&orca), Some(Format::Orca));
        assert_eq!(by_content(b"\x89HDF\r\n\x1a\n"), None);
        assert_eq!(suffix("/data/x.y/run1.fcio.gz"), "fcio");
        assert_eq!((suffix("/data/x.y/run1"), suffix("a.bin.zst")), ("", "bin"));
        assert_eq!((by_suffix("BIN"), by_suffix("bin")), (Some(Format::Compass), None));
    }

    #[test]
    fn what_is_no_raw_file_is_refused() {
        let page = ByteStream::new("page.html", Box::new(&b"<!DOCTYPE html><html>"[..]));
        let error = open_stream(page, &Options::default()).err().unwrap();
        assert_eq!((error.kind, error.byte), (Kind::NotThisFormat, Some(0)));
        let empty = ByteStream::new("a.fcio", Box::new(&b""[..]));
        assert_eq!(open_stream(empty, &Options::default()).err().unwrap().to_string(), "a.fcio: at byte 0: is empty");
    }
}
