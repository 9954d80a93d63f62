//! Bytes that come one after the other: raw files, compressed or not, growing files, sockets.

use crate::{Error, Kind};
use std::{fmt, io, io::Read};

/// Smallest read from the input.
const STEP: usize = 1 << 20;

/// A window that moves forward over a stream; positions count bytes after decompression.
pub struct ByteStream {
    name: String,
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    position: u64,
    ended: bool,
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteStream({} at {})", self.name, self.position)
    }
}

impl ByteStream {
    /// A stream over any reader, under a name for messages.
    pub fn new(name: impl Into<String>, input: Box<dyn Read + Send>) -> Self {
        Self { name: name.into(), input, buffer: Vec::new(), start: 0, position: 0, ended: false }
    }

    /// Name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Position of the first byte that [`ByteStream::peek`] gives.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next bytes: at least `wanted`, or all that are left where the stream ends before. Memory grows with what arrives, not
    /// with what is wanted.
    ///
    /// # Errors
    /// [`Kind::Io`] if the system or a decompressor fails.
    pub fn peek(&mut self, wanted: usize) -> Result<&[u8], Error> {
        if self.buffer.len() - self.start < wanted && !self.ended {
            self.fill(wanted)?;
        }
        Ok(&self.buffer[self.start..])
    }

    /// Moves over `n` bytes that [`ByteStream::peek`] gave.
    ///
    /// # Panics
    /// If they are more than it gave.
    pub fn advance(&mut self, n: usize) {
        assert!(n <= self.buffer.len() - self.start, "only what was seen can be passed");
        self.start += n;
        self.position += n as u64;
    }

    fn fill(&mut self, wanted: usize) -> Result<(), Error> {
        self.buffer.drain(..self.start);
        self.start = 0;
        while self.buffer.len() < wanted {
            let have = self.buffer.len();
            self.buffer.resize(have + STEP, 0);
            let got = loop {
                match self.input.read(&mut self.buffer[have..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer.truncate(have + *got.as_ref().unwrap_or(&0));
            match got {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(_) => {}
                Err(error) => {
                    return Err(Error::new(&self.name, Kind::Io, error.to_string()).at(self.position + have as u64));
                }
            }
        }
        Ok(())
    }
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
        assert_eq!(stream.position(), 3_000_000);
    }
}
