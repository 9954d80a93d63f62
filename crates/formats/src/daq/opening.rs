//! The first bytes of a stream, which tell what comes.

use crate::source::ByteStream;
use crate::{Error, Kind};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(10);

/// At least `wanted` bytes; fewer where the stream ends before. A stream that has not more *yet* is awaited
/// for so long.
pub(super) fn first_bytes(stream: &mut ByteStream, wanted: usize, patience: Duration) -> Result<&[u8], Error> {
    let start = Instant::now();
    while stream.peek(wanted)?.len() < wanted && stream.is_pending() {
        if start.elapsed() > patience {
            let there = stream.window().len();
            let text = format!("{wanted} bytes of header are wanted, {there} came within {} s", patience.as_secs_f64());
            return Err(Error::new(stream.name(), Kind::Io, text).at(stream.position()));
        }
        std::thread::sleep(PAUSE);
    }
    Ok(stream.window())
}

/// The same, and an error where the stream ends before.
pub(super) fn header_bytes<'a>(
    stream: &'a mut ByteStream,
    wanted: usize,
    what: &str,
    patience: Duration,
) -> Result<&'a [u8], Error> {
    let there = first_bytes(stream, wanted, patience)?.len();
    if there < wanted {
        let text = format!("{what} cut: {wanted} bytes are due, {there} are there");
        return Err(Error::new(stream.name(), Kind::Truncated, text).at(stream.position()));
    }
    Ok(&stream.window()[..wanted])
}
