//! Datatype message (3): how the bytes of an element are to be understood.
//!
//! ```text
//! 0  1  class (bits 0-3), version (bits 4-7)
//! 1  3  bits of the class
//! 4  4  bytes of one element
//! 8     properties of the class
//! ```
//! | class | bits | properties |
//! |---|---|---|
//! | 0 integer, 4 bit field | 0 big endian, 3 signed | bit offset 2, precision 2 |
//! | 1 float | 0 and 6 byte order, 4-5 normalisation, 8-15 sign | offset 2, precision 2, exponent place 1, size 1, mantissa place 1, size 1, bias 4 |
//! | 3 text | 0-3 padding, 4-7 characters | |
//! | 5 opaque | 0-7 bytes of the tag | tag |
//! | 6 record | 0-15 fields | name, offset, (version 1: 28 bytes of an array), type |
//! | 8 enumeration | 0-15 members | base type, names, values |
//! | 9 any length | 0-3: 0 list, 1 text; padding, characters | base type |
//! | 10 array | | rank 1, (version 2: reserved 3), lengths 4, (permutation 4), base type |
//! | 11 complex | | base type |

use crate::hdf5::cursor::{Cursor, Fault, Parsed, text};

/// Deepest nesting of types that is followed.
const MAX_DEPTH: usize = 16;

/// Order of bytes in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// least significant byte first
    Little,
    /// most significant byte first
    Big,
}

/// What fills a text of fixed length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// ends at the first zero byte
    NullTerminated,
    /// zero bytes behind it
    NullPadded,
    /// blanks behind it
    SpacePadded,
}

/// Bits of a floating-point number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the format")]
pub struct FloatBits {
    pub sign: u8,
    pub exponent_at: u8,
    pub exponent_size: u8,
    pub mantissa_at: u8,
    pub mantissa_size: u8,
    pub bias: u32,
    /// whether the leading one of the mantissa is not stored
    pub implied_one: bool,
}

impl FloatBits {
    /// IEEE 754 binary16, binary32 or binary64.
    pub const fn ieee(size: u32) -> Option<Self> {
        let (exponent_size, mantissa_size) = match size {
            2 => (5, 10),
            4 => (8, 23),
            8 => (11, 52),
            _ => return None,
        };
        Some(Self {
            sign: mantissa_size + exponent_size,
            exponent_at: mantissa_size,
            exponent_size,
            mantissa_at: 0,
            mantissa_size,
            bias: (1 << (exponent_size - 1)) - 1,
            implied_one: true,
        })
    }
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Bytes from the beginning of the element.
    pub offset: u32,
    /// Its type.
    pub datatype: Datatype,
}

/// Class of a datatype with its properties.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Class {
    /// whole numbers of `precision` bits from bit `offset` on
    Integer {
        /// order of bytes
        order: ByteOrder,
        /// two's complement
        signed: bool,
        /// lowest bit used
        offset: u16,
        /// bits used
        precision: u16,
    },
    /// floating-point numbers
    Float {
        /// order of bytes
        order: ByteOrder,
        /// which bits mean what
        bits: FloatBits,
    },
    /// points in time, never used
    Time,
    /// texts of fixed length
    Text {
        /// what stands behind them
        padding: Padding,
        /// UTF-8, else ASCII
        utf8: bool,
    },
    /// bits without a number
    BitField {
        /// order of bytes
        order: ByteOrder,
    },
    /// bytes with a tag
    Opaque {
        /// what they are
        tag: String,
    },
    /// fields side by side
    Record(Vec<Field>),
    /// addresses of objects or regions
    Reference {
        /// 0 object, 1 region, 2 to 4 those of 1.12
        form: u8,
    },
    /// whole numbers with names
    Enumeration {
        /// type of the numbers
        base: Box<Datatype>,
        /// names and stored bytes
        members: Vec<(String, Vec<u8>)>,
    },
    /// texts of any length
    AnyText {
        /// what stands behind them
        padding: Padding,
        /// UTF-8, else ASCII
        utf8: bool,
    },
    /// lists of any length
    AnyList(Box<Datatype>),
    /// small arrays
    Array {
        /// lengths of axes
        shape: Vec<u32>,
        /// type of the elements
        base: Box<Datatype>,
    },
    /// two numbers: real and imaginary part
    Complex(Box<Datatype>),
}

/// Type of the elements as the file stores them.
#[derive(Clone, Debug, PartialEq)]
pub struct Datatype {
    /// Bytes of one element.
    pub size: u32,
    /// Class and properties.
    pub class: Class,
}

impl Datatype {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        Self::parse_at(c, 0)
    }

    fn parse_at(c: &mut Cursor<'_>, depth: usize) -> Parsed<Self> {
        let at = c.pos;
        if depth > MAX_DEPTH {
            return c.fault("types inside types, deeper than 16");
        }
        let (head, low) = (c.u8()?, c.u8()?);
        let high = c.u16()?;
        let size = c.u32()?;
        let version = head >> 4;
        if !(1..=5).contains(&version) {
            return Err(Fault::unsupported(at, format!("version {version} of a datatype is not known")));
        }
        if size == 0 {
            return Err(Fault::new(at + 4, "elements of no bytes"));
        }
        let order = if low & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
        let class = match head & 15 {
            0 => {
                let (offset, precision) = (c.u16()?, c.u16()?);
                if u32::from(offset) + u32::from(precision) > size.saturating_mul(8) || precision == 0 {
                    return c.fault(format!("{precision} bits from bit {offset} on in {size} bytes"));
                }
                Class::Integer { order, signed: low & 8 != 0, offset, precision }
            }
            1 => Self::float(c, low, high, size)?,
            2 => {
                c.skip(2)?;
                Class::Time
            }
            3 => Class::Text { padding: padding(low & 15, c)?, utf8: low >> 4 == 1 },
            4 => {
                c.skip(4)?;
                Class::BitField { order }
            }
            5 => {
                let tag = c.bytes(usize::from(low))?;
                Class::Opaque { tag: text(super::super::cursor::before_zero(tag)) }
            }
            6 => Self::record(c, version, usize::from(low) | usize::from(high & 0xff) << 8, size, depth)?,
            7 => Class::Reference { form: low & 15 },
            8 => Self::enumeration(c, version, usize::from(low) | usize::from(high & 0xff) << 8, size, depth)?,
            9 => {
                let base = Self::parse_at(c, depth + 1)?;
                match low & 15 {
                    0 => Class::AnyList(Box::new(base)),
                    1 => Class::AnyText { padding: padding(low >> 4, c)?, utf8: high & 15 == 1 },
                    form => return Err(Fault::new(at + 1, format!("form {form} of a type of any length"))),
                }
            }
            10 => Self::array(c, version, size, depth)?,
            11 => {
                let base = Self::parse_at(c, depth + 1)?;
                if base.size.checked_mul(2) != Some(size) {
                    return c.fault(format!("complex numbers of {size} bytes with parts of {}", base.size));
                }
                Class::Complex(Box::new(base))
            }
            class => return Err(Fault::unsupported(at, format!("class {class} of a datatype is not known"))),
        };
        Ok(Self { size, class })
    }

    fn float(c: &mut Cursor<'_>, low: u8, high: u16, size: u32) -> Parsed<Class> {
        let order = match low & 0x41 {
            0 => ByteOrder::Little,
            1 => ByteOrder::Big,
            _ => return Err(Fault::unsupported(c.pos, "floating-point numbers in the byte order of the VAX")),
        };
        let (offset, precision) = (c.u16()?, c.u16()?);
        let (exponent_at, exponent_size, mantissa_at, mantissa_size) = (c.u8()?, c.u8()?, c.u8()?, c.u8()?);
        let bias = c.u32()?;
        let bits = size.saturating_mul(8);
        let sign = high as u8;
        let ends = [
            u32::from(offset) + u32::from(precision),
            u32::from(exponent_at) + u32::from(exponent_size),
            u32::from(mantissa_at) + u32::from(mantissa_size),
            u32::from(sign) + 1,
        ];
        if ends.iter().any(|&end| end > bits) {
            return c.fault(format!("bits of a floating-point number beyond its {size} bytes"));
        }
        let implied_one = (low >> 4) & 3 == 2;
        let bits = FloatBits { sign, exponent_at, exponent_size, mantissa_at, mantissa_size, bias, implied_one };
        Ok(Class::Float { order, bits })
    }

    fn record(c: &mut Cursor<'_>, version: u8, count: usize, size: u32, depth: usize) -> Parsed<Class> {
        let mut fields = Vec::new();
        let width = match size {
            0..0x100 => 1,
            0x100..0x1_0000 => 2,
            0x1_0000..0x100_0000 => 3,
            _ => 4,
        };
        for _ in 0..count {
            let name = text(name(c, version)?);
            let offset = if version >= 3 { c.uint(width)? as u32 } else { c.u32()? };
            let mut shape = Vec::new();
            if version == 1 {
                let rank = usize::from(c.u8()?);
                c.skip(11)?;
                let mut lengths = [0; 4];
                for length in &mut lengths {
                    *length = c.u32()?;
                }
                if rank > 4 {
                    return c.fault(format!("a field of {rank} axes where 4 are the most"));
                }
                shape.extend(&lengths[..rank]);
            }
            let mut datatype = Self::parse_at(c, depth + 1)?;
            if !shape.is_empty() {
                datatype = array_of(c, datatype, shape)?;
            }
            if offset.checked_add(datatype.size).is_none_or(|end| end > size) {
                return c.fault(format!("field {name} of {} bytes at {offset} in a record of {size}", datatype.size));
            }
            fields.push(Field { name, offset, datatype });
        }
        Ok(Class::Record(fields))
    }

    fn enumeration(c: &mut Cursor<'_>, version: u8, count: usize, size: u32, depth: usize) -> Parsed<Class> {
        let base = Self::parse_at(c, depth + 1)?;
        if base.size != size {
            return c.fault(format!("an enumeration of {size} bytes over numbers of {}", base.size));
        }
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(text(name(c, version)?));
        }
        let mut members = Vec::new();
        for name in names {
            members.push((name, c.bytes(size as usize)?.to_vec()));
        }
        Ok(Class::Enumeration { base: Box::new(base), members })
    }

    fn array(c: &mut Cursor<'_>, version: u8, size: u32, depth: usize) -> Parsed<Class> {
        let rank = usize::from(c.u8()?);
        c.skip(if version == 2 { 3 } else { 0 })?;
        let mut shape = Vec::new();
        for _ in 0..rank {
            shape.push(c.u32()?);
        }
        c.skip(if version == 2 { 4 * rank } else { 0 })?;
        let base = Self::parse_at(c, depth + 1)?;
        let array = array_of(c, base, shape)?;
        if array.size != size {
            return c.fault(format!("an array of {} bytes in an element of {size}", array.size));
        }
        Ok(array.class)
    }
}

fn array_of(c: &Cursor<'_>, base: Datatype, shape: Vec<u32>) -> Parsed<Datatype> {
    match shape.iter().try_fold(base.size, |n, &axis| n.checked_mul(axis)) {
        Some(size) => Ok(Datatype { size, class: Class::Array { shape, base: Box::new(base) } }),
        None => c.fault(format!("an array of {shape:?} elements of {} bytes", base.size)),
    }
}

fn padding(bits: u8, c: &Cursor<'_>) -> Parsed<Padding> {
    match bits {
        0 => Ok(Padding::NullTerminated),
        1 => Ok(Padding::NullPadded),
        2 => Ok(Padding::SpacePadded),
        _ => Err(Fault::unsupported(c.pos, format!("padding {bits} of a text is not known"))),
    }
}

/// A name; in versions 1 and 2 it is padded to a multiple of 8 bytes, its zero byte included.
fn name<'a>(c: &mut Cursor<'a>, version: u8) -> Parsed<&'a [u8]> {
    let name = c.zero_terminated()?;
    if version < 3 {
        c.skip((name.len() + 1).next_multiple_of(8) - name.len() - 1)?;
    }
    Ok(name)
}
