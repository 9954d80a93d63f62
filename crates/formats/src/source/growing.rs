//! A file that somebody is still writing.

use std::{fs, io, io::Read};

/// At the end of the file it has no bytes *yet*. If the file becomes shorter, it was replaced: that is an error.
#[derive(Debug)]
pub(super) struct GrowingFile {
    file: fs::File,
    position: u64,
}

impl GrowingFile {
    pub(super) fn new(file: fs::File) -> Self {
        Self { file, position: 0 }
    }
}

impl Read for GrowingFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(into)?;
        self.position += n as u64;
        if n > 0 || into.is_empty() {
            return Ok(n);
        }
        let size = self.file.metadata()?.len();
        if size < self.position {
            let text = format!("the file became shorter: {size} bytes after {} were read", self.position);
            return Err(io::Error::other(text));
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}
