//! Bounded big-endian reading inside one record.
//!
//! ```text
//! TString   length u8 (255: i32 follows), bytes
//! prologue  u32 byte count with bit 30 set, u16 version; without bit 30 the first two bytes are the version
//!           version 0: u32 checksum of a class without a version follows
//! ```

/// A contradiction inside a record, at an offset from its first byte.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

pub(crate) type Parsed<T> = Result<T, Fault>;

/// Deepest nesting of objects that is followed.
pub(crate) const MAX_DEPTH: usize = 64;

const BYTE_COUNT: u32 = 1 << 30;
const MEMBERWISE: u16 = 1 << 14;

/// Position in the bytes of one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) pos: usize,
}

/// What stands before the members of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prologue {
    pub(crate) version: u16,
    pub(crate) memberwise: bool,
    /// Where the object ends, if it says so.
    pub(crate) end: Option<usize>,
    pub(crate) checksum: Option<u32>,
}

macro_rules! big_endian {
    ($($name:ident $ty:ty),*) => { $(
        #[inline]
        pub(crate) fn $name(&mut self) -> Parsed<$ty> {
            const N: usize = size_of::<$ty>();
            match self.data.get(self.pos..).and_then(|rest| rest.first_chunk::<N>()) {
                Some(bytes) => {
                    self.pos += N;
                    Ok(<$ty>::from_be_bytes(*bytes))
                }
                None => Err(self.short(N)),
            }
        }
    )* };
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(data: &'a [u8], pos: usize) -> Self {
        Self { data, pos }
    }

    big_endian!(u8 u8, u16 u16, i16 i16, u32 u32, i32 i32, u64 u64);

    #[cold]
    fn short(&self, wanted: usize) -> Fault {
        Fault::new(self.pos, format!("{wanted} bytes are wanted where {} are left", self.left()))
    }

    pub(crate) fn fault<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        Err(Fault::new(self.pos, reason))
    }

    pub(crate) fn left(&self) -> usize {
        self.data.len().saturating_sub(self.pos)
    }

    #[inline]
    pub(crate) fn bytes(&mut self, n: usize) -> Parsed<&'a [u8]> {
        match self.data.get(self.pos..).and_then(|rest| rest.get(..n)) {
            Some(bytes) => {
                self.pos += n;
                Ok(bytes)
            }
            None => Err(self.short(n)),
        }
    }

    pub(crate) fn skip(&mut self, n: usize) -> Parsed<()> {
        self.bytes(n).map(|_| ())
    }

    /// `n` items of `size` bytes, where both come from the file.
    pub(crate) fn items(&mut self, n: i64, size: usize) -> Parsed<&'a [u8]> {
        match usize::try_from(n).ok().and_then(|n| n.checked_mul(size)) {
            Some(total) => self.bytes(total),
            None => self.fault(format!("{n} items of {size} bytes are announced where {} bytes are left", self.left())),
        }
    }

    /// A count of items that take at least `least` bytes each.
    pub(crate) fn count(&mut self, least: usize) -> Parsed<usize> {
        let at = self.pos;
        let n = self.i32()?;
        match usize::try_from(n).ok().filter(|n| n.saturating_mul(least) <= self.left()) {
            Some(n) => Ok(n),
            None => Err(Fault::new(at, format!("{n} items are announced where {} bytes are left", self.left()))),
        }
    }

    pub(crate) fn tstring(&mut self) -> Parsed<&'a [u8]> {
        let short = self.u8()?;
        if short == 255 {
            let n = self.i32()?;
            return self.items(n.into(), 1);
        }
        self.bytes(short.into())
    }

    pub(crate) fn text(&mut self) -> Parsed<String> {
        Ok(String::from_utf8_lossy(self.tstring()?).into_owned())
    }

    /// A text that ends with a zero byte.
    pub(crate) fn zero_terminated(&mut self) -> Parsed<&'a [u8]> {
        let rest = self.data.get(self.pos..).unwrap_or_default();
        match rest.iter().take(1024).position(|&b| b == 0) {
            Some(n) => {
                self.pos += n + 1;
                Ok(&rest[..n])
            }
            None => self.fault("a name does not end"),
        }
    }

    pub(crate) fn prologue(&mut self) -> Parsed<Prologue> {
        let start = self.pos;
        let word = self.u32()?;
        let end = if word & BYTE_COUNT != 0 {
            let count = (word & !BYTE_COUNT) as usize;
            if count < 2 || count > self.left() {
                return Err(Fault::new(start, format!("object of {count} bytes where {} are left", self.left())));
            }
            Some(self.pos + count)
        } else {
            self.pos = start;
            None
        };
        let raw = self.u16()?;
        let memberwise = end.is_some() && raw & MEMBERWISE != 0;
        let version = if memberwise { raw & !MEMBERWISE } else { raw };
        let checksum = match end {
            Some(end) if version == 0 && end >= self.pos + 4 => Some(self.u32()?),
            _ => None,
        };
        Ok(Prologue { version, memberwise, end, checksum })
    }

    /// Goes to the end of an object that says where it ends.
    pub(crate) fn leave(&mut self, prologue: Prologue, class: &str) -> Parsed<()> {
        if let Some(end) = prologue.end {
            if self.pos > end {
                return self.fault(format!("{class} is {} bytes longer than it says", self.pos - end));
            }
            self.pos = end;
        }
        Ok(())
    }

    /// TObject: version, unique id, bits, and a process id where the bits say so.
    pub(crate) fn tobject(&mut self) -> Parsed<(u32, u32)> {
        let version = self.u16()?;
        if version & MEMBERWISE != 0 {
            self.pos -= 2;
            self.prologue()?;
        }
        let (id, bits) = (self.u32()?, self.u32()?);
        if bits & 16 != 0 {
            self.skip(2)?;
        }
        Ok((id, bits))
    }

    /// TNamed: name and title.
    pub(crate) fn tnamed(&mut self) -> Parsed<(&'a [u8], &'a [u8])> {
        let prologue = self.prologue()?;
        self.tobject()?;
        let both = (self.tstring()?, self.tstring()?);
        self.leave(prologue, "TNamed")?;
        Ok(both)
    }
}
