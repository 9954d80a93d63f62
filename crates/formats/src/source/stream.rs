//! Bytes that come one after the other: raw files, compressed or not, growing files, sockets.

use super::growing::GrowingFile;
use super::packing::{Packing, Unpacked, Unpacker};
use super::socket;
use crate::{Error, Kind};
use std::{fmt, fs, io, io::Read, path::Path, time::Duration};

/// Smallest read from the input; half of a level-2 cache, so that a record is still there when its samples are copied.
const STEP: usize = 1 << 19;
/// Bytes that tell how a stream is compressed.
const MAGIC: usize = 4;

/// A window that moves forward over a stream; positions count bytes after decompression.
///
/// A reader asks for the bytes of a record by [`ByteStream::peek`] and passes them by [`ByteStream::advance`]. Where `peek` gives
/// fewer bytes than were wanted, [`ByteStream::is_pending`] tells whether more may come (a growing file, a socket: the reader
/// gives `Step::Pending` and passes nothing) or the stream is over. What is left then is cut; if [`ByteStream::damage`] is there,
/// it ended because its compression is broken, and the reader reports that too.
///
/// ```
/// use germane_formats::source::ByteStream;
/// let mut stream = ByteStream::new("raw", Box::new(std::io::Cursor::new(b"FlashCam".to_vec())));
/// assert_eq!(&stream.peek(5)?[..5], b"Flash");
/// stream.advance(5);
/// assert_eq!(stream.peek(100)?, b"Cam");
/// assert!(!stream.is_pending());
/// # Ok::<(), germane_formats::Error>(())
/// ```
pub struct ByteStream {
    name: String,
    input: Input,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    position: u64,
    state: State,
    damage: Option<StreamDamage>,
}

/// Why the bytes of a compressed stream end, or what stands behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamDamage {
    /// Where in the file, in bytes as stored.
    pub byte: u64,
    /// What is wrong, in one line.
    pub reason: String,
}

enum Input {
    Plain {
        input: Box<dyn Read + Send>,
        read: u64,
    },
    Packed(Box<Unpacker>),
    /// the first bytes, which tell which of the two, are not all there
    Unknown {
        input: Box<dyn Read + Send>,
        head: Vec<u8>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Flowing,
    Pending,
    Ended,
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteStream({} at {})", self.name, self.position)
    }
}

impl ByteStream {
    /// A stream over any reader, under a name for messages. Its bytes are taken as they are; a reader that gives
    /// [`io::ErrorKind::WouldBlock`] has no bytes yet.
    pub fn new(name: impl Into<String>, input: Box<dyn Read + Send>) -> Self {
        Self::of(name.into(), Input::Plain { input, read: 0 })
    }

    /// The same, decompressed if it begins as gzip, bzip2 or zstd does (any number of members).
    pub fn unpacking(name: impl Into<String>, input: Box<dyn Read + Send>) -> Self {
        Self::of(name.into(), Input::Unknown { input, head: Vec::new() })
    }

    /// Opens a file, decompressed if it is gzip, bzip2 or zstd.
    ///
    /// # Errors
    /// [`Kind::Gone`] if it is missing, forbidden or a folder, [`Kind::Io`] otherwise.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (name, file) = open_file(path)?;
        Ok(Self::unpacking(name, Box::new(file)))
    }

    /// Opens a file that is still being written: at its end more bytes are awaited.
    ///
    /// # Errors
    /// As [`ByteStream::open`].
    pub fn follow(path: &Path) -> Result<Self, Error> {
        let (name, file) = open_file(path)?;
        Ok(Self::unpacking(name, Box::new(GrowingFile::new(file))))
    }

    /// Connects to `tcp://HOST:PORT` (also `tcp://HOST/PORT`, as TMIO writes it).
    ///
    /// # Errors
    /// [`Kind::Gone`] if the address is none or nobody answers within `patience`.
    pub fn connect(address: &str, patience: Duration) -> Result<Self, Error> {
        Ok(Self::unpacking(address, Box::new(socket::connect(address, patience)?)))
    }

    fn of(name: String, input: Input) -> Self {
        Self { name, input, buffer: Vec::new(), start: 0, end: 0, position: 0, state: State::Flowing, damage: None }
    }

    /// Name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Position of the first byte that [`ByteStream::peek`] gives.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes taken from the input, as they are stored.
    pub fn bytes_read(&self) -> u64 {
        match &self.input {
            Input::Plain { read, .. } => *read,
            Input::Packed(unpacker) => unpacker.bytes_read(),
            Input::Unknown { head, .. } => head.len() as u64,
        }
    }

    /// Whether the last [`ByteStream::peek`] gave fewer bytes than were wanted although the stream is not over.
    pub fn is_pending(&self) -> bool {
        self.state == State::Pending
    }

    /// What is wrong with the compression; known when the stream is over.
    pub fn damage(&self) -> Option<&StreamDamage> {
        self.damage.as_ref()
    }

    /// The next bytes: at least `wanted`, or all that are there where the stream ends before or has no more yet. Memory grows with
    /// what arrives, not with what is wanted.
    ///
    /// # Errors
    /// [`Kind::Io`] if the system fails.
    #[inline]
    pub fn peek(&mut self, wanted: usize) -> Result<&[u8], Error> {
        if self.end - self.start < wanted && self.state != State::Ended {
            self.fill(wanted)?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// What the last [`ByteStream::peek`] gave.
    #[inline]
    pub fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Moves over `n` bytes that [`ByteStream::peek`] gave.
    ///
    /// # Panics
    /// If they are more than it gave.
    #[inline]
    pub fn advance(&mut self, n: usize) {
        assert!(n <= self.end - self.start, "only what was seen can be passed");
        self.start += n;
        self.position += n as u64;
    }

    #[cold]
    fn fill(&mut self, wanted: usize) -> Result<(), Error> {
        self.state = State::Flowing;
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if !self.know_input()? {
            return Ok(());
        }
        while self.end < wanted {
            if self.buffer.len() - self.end < STEP {
                // Twice of what came, so that a record of any length is copied a bounded number of times.
                let larger = (self.end + STEP).max(self.buffer.len().min(wanted));
                self.buffer.resize(larger, 0);
            }
            let free = &mut self.buffer[self.end..];
            let got = match &mut self.input {
                Input::Plain { input, read } => read_some(input, free).inspect(|n| *read += *n as u64),
                Input::Packed(unpacker) => match unpacker.unpack(free) {
                    Unpacked::Bytes(n) => Ok(n),
                    Unpacked::End(damage) => {
                        self.damage = damage;
                        Ok(0)
                    }
                    Unpacked::Failed(error) => Err(error),
                },
                Input::Unknown { .. } => Ok(0),
            };
            match got {
                Ok(0) => {
                    self.state = State::Ended;
                    break;
                }
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.state = State::Pending;
                    break;
                }
                Err(error) => {
                    return Err(Error::new(&self.name, Kind::Io, error.to_string()).at(self.position + self.end as u64));
                }
            }
        }
        Ok(())
    }

    /// Looks at the first bytes; whether they are there.
    fn know_input(&mut self) -> Result<bool, Error> {
        let Input::Unknown { input, head } = &mut self.input else { return Ok(true) };
        let mut ended = false;
        while head.len() < MAGIC && !ended {
            let mut bytes = [0; MAGIC];
            let free = MAGIC - head.len();
            match read_some(input, &mut bytes[..free]) {
                Ok(n) => {
                    head.extend_from_slice(&bytes[..n]);
                    ended = n == 0;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.state = State::Pending;
                    return Ok(false);
                }
                Err(error) => return Err(Error::new(&self.name, Kind::Io, error.to_string()).at(0)),
            }
        }
        let nothing: Box<dyn Read + Send> = Box::new(io::empty());
        let (input, head) = (std::mem::replace(input, nothing), std::mem::take(head));
        self.input = match Packing::of(&head) {
            Some(packing) => Input::Packed(Box::new(Unpacker::new(packing, head, input))),
            None => {
                let read = head.len() as u64;
                self.buffer.resize(self.buffer.len().max(STEP + MAGIC), 0);
                self.buffer[..head.len()].copy_from_slice(&head);
                self.end = head.len();
                Input::Plain { input, read }
            }
        };
        Ok(true)
    }
}

/// One read that is not interrupted.
pub(super) fn read_some(input: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A socket with a time limit tells either.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(io::ErrorKind::WouldBlock.into()),
            other => return other,
        }
    }
}

fn open_file(path: &Path) -> Result<(String, fs::File), Error> {
    let name = path.display().to_string();
    let file = fs::File::open(path).map_err(|e| super::system(&name, &e))?;
    let about = file.metadata().map_err(|e| super::system(&name, &e))?;
    if about.is_dir() {
        return Err(Error::new(name, Kind::Gone, "is a folder"));
    }
    Ok((name, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_over_all_bytes() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
        let mut stream = ByteStream::new("raw", Box::new(io::Cursor::new(bytes.clone())));
        let mut seen = Vec::new();
        loop {
            let step = stream.peek(70_001).unwrap().len().min(70_001);
            seen.extend_from_slice(&stream.peek(step).unwrap()[..step]);
            if step == 0 {
                break;
            }
            stream.advance(step);
        }
        assert_eq!(seen, bytes);
        assert_eq!((stream.position(), stream.bytes_read()), (3_000_000, 3_000_000));
    }

    #[test]
    fn what_is_wanted_is_not_allocated() {
        let mut stream = ByteStream::new("raw", Box::new(io::Cursor::new(vec![1; 1000])));
        assert_eq!(stream.peek(usize::MAX / 2).unwrap().len(), 1000);
        assert!(stream.buffer.len() <= 2 * STEP);
    }

    /// Gives a byte, then nothing, in turns.
    struct Halting(Vec<u8>, bool);

    impl Read for Halting {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if self.0.is_empty() {
                return Ok(0);
            }
            into[0] = self.0.remove(0);
            Ok(1)
        }
    }

    #[test]
    fn a_stream_that_halts_is_pending_and_then_over() {
        for unpacking in [false, true] {
            let input = Box::new(Halting(b"abcdefgh".to_vec(), false));
            let mut stream = if unpacking { ByteStream::unpacking("raw", input) } else { ByteStream::new("raw", input) };
            let mut halts = 0;
            while stream.peek(9).unwrap().len() < 8 || stream.is_pending() {
                assert!(stream.is_pending());
                halts += 1;
            }
            assert_eq!((stream.window(), halts), (&b"abcdefgh"[..], 9));
        }
    }
}
