//! Bounded little-endian reading inside one block of metadata.

use super::storage::Widths;

/// A contradiction inside a block, at an offset from its first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Offset in the block.
    pub(crate) at: usize,
    /// One line.
    pub(crate) reason: String,
    /// Not damage: something this reader does not know.
    pub(crate) unsupported: bool,
}

impl Fault {
    pub(crate) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into(), unsupported: false }
    }

    pub(crate) fn unsupported(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into(), unsupported: true }
    }

    /// The same, where the parsed bytes began `offset` bytes later.
    pub(crate) fn behind(mut self, offset: usize) -> Self {
        self.at += offset;
        self
    }
}

pub(crate) type Parsed<T> = Result<T, Fault>;

/// Position in a block; addresses and lengths are as wide as the superblock says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) pos: usize,
    pub(crate) widths: Widths,
}

macro_rules! little_endian {
    ($($name:ident $ty:ty),*) => { $(
        #[inline]
        pub(crate) fn $name(&mut self) -> Parsed<$ty> {
            const N: usize = size_of::<$ty>();
            match self.data.get(self.pos..).and_then(|rest| rest.first_chunk::<N>()) {
                Some(bytes) => {
                    self.pos += N;
                    Ok(<$ty>::from_le_bytes(*bytes))
                }
                None => Err(self.short(N)),
            }
        }
    )* };
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(data: &'a [u8], widths: Widths) -> Self {
        Self { data, pos: 0, widths }
    }

    little_endian!(u8 u8, u16 u16, u32 u32, u64 u64);

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

    /// An unsigned number of `width` bytes, at most 8 of them.
    pub(crate) fn uint(&mut self, width: usize) -> Parsed<u64> {
        if width > 8 {
            return self.fault(format!("a number of {width} bytes"));
        }
        let mut number = [0; 8];
        number[..width].copy_from_slice(self.bytes(width)?);
        Ok(u64::from_le_bytes(number))
    }

    /// A length or number of elements.
    pub(crate) fn length(&mut self) -> Parsed<u64> {
        self.uint(usize::from(self.widths.length))
    }

    /// An address, `None` where it is undefined (all bits set).
    pub(crate) fn address(&mut self) -> Parsed<Option<u64>> {
        let width = usize::from(self.widths.offset);
        let address = self.uint(width)?;
        let undefined = if width == 8 { u64::MAX } else { (1 << (8 * width)) - 1 };
        Ok((address != undefined).then_some(address))
    }

    /// Four letters that begin a block.
    pub(crate) fn signature(&mut self, letters: &[u8; 4]) -> Parsed<()> {
        let at = self.pos;
        let found = self.bytes(4)?;
        if found == letters {
            return Ok(());
        }
        Err(Fault::new(
            at,
            format!("{:?} where {:?} should begin a block", found.escape_ascii().to_string(), letters.escape_ascii().to_string()),
        ))
    }

    /// A version that must be among the `known` ones.
    pub(crate) fn version(&mut self, known: std::ops::RangeInclusive<u8>, what: &str) -> Parsed<u8> {
        let version = self.u8()?;
        if known.contains(&version) {
            return Ok(version);
        }
        Err(Fault::unsupported(self.pos - 1, format!("version {version} of {what} is not known")))
    }

    /// A text that ends with a zero byte.
    pub(crate) fn zero_terminated(&mut self) -> Parsed<&'a [u8]> {
        let rest = self.data.get(self.pos..).unwrap_or_default();
        match rest.iter().position(|&b| b == 0) {
            Some(n) => {
                self.pos += n + 1;
                Ok(&rest[..n])
            }
            None => self.fault("a text does not end"),
        }
    }
}

/// Text of bytes that should be UTF-8.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes before the first zero.
pub(crate) fn before_zero(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len())]
}
