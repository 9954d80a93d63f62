//! From elements as the file has them to elements in memory: byte order, padding, unusual widths.

use super::{
    message::datatype::{ByteOrder, Class, Datatype, Field, FloatBits, Padding},
    values::Element,
};
use germane_columns::NumberType;

/// What is done to each element of fixed size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Conversion {
    /// The bytes stay.
    Keep(usize),
    /// Bytes in reverse order.
    Reverse(usize),
    /// Any byte but zero is true.
    Truth,
    /// Text up to the first zero byte.
    UpToZero(usize),
    /// Text without the blanks behind it.
    UpToBlanks(usize),
    /// Whole numbers of any width.
    Whole { size: usize, big: bool, signed: bool, offset: u32, precision: u32, to: usize },
    /// Floating-point numbers of any form.
    Floating { size: usize, big: bool, bits: FloatBits, to: NumberType },
    /// Fields: place in the file, place in memory, conversion; then the bytes of both.
    Fields(Vec<(usize, usize, Conversion)>, usize, usize),
    /// Several of the same.
    Repeat(usize, Box<Conversion>),
}

impl Conversion {
    /// Bytes in the file.
    pub(crate) fn stored(&self) -> usize {
        match self {
            Self::Keep(n) | Self::Reverse(n) | Self::UpToZero(n) | Self::UpToBlanks(n) => *n,
            Self::Truth => 1,
            Self::Whole { size, .. } | Self::Floating { size, .. } => *size,
            Self::Fields(_, stored, _) => *stored,
            Self::Repeat(n, each) => n * each.stored(),
        }
    }

    /// Bytes in memory.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Whole { to, .. } => *to,
            Self::Floating { to, .. } => to.size(),
            Self::Fields(_, _, size) => *size,
            Self::Repeat(n, each) => n * each.size(),
            _ => self.stored(),
        }
    }

    /// Whether memory and file have the same bytes.
    pub(crate) fn keeps(&self) -> bool {
        matches!(self, Self::Keep(_))
    }

    /// Converts elements where they are; both sizes are equal.
    pub(crate) fn in_place(&self, bytes: &mut [u8]) {
        match self {
            Self::Keep(_) => {}
            Self::Reverse(2) => reverse::<2>(bytes),
            Self::Reverse(4) => reverse::<4>(bytes),
            Self::Reverse(8) => reverse::<8>(bytes),
            Self::Reverse(n) => bytes.chunks_exact_mut(*n).for_each(<[u8]>::reverse),
            Self::Truth => bytes.iter_mut().for_each(|b| *b = u8::from(*b != 0)),
            Self::UpToZero(n) => bytes.chunks_exact_mut(*n).for_each(|text| {
                let end = text.iter().position(|&b| b == 0).unwrap_or(*n);
                text[end..].fill(0);
            }),
            Self::UpToBlanks(n) => bytes.chunks_exact_mut(*n).for_each(|text| {
                let end = text.iter().rposition(|&b| b != b' ').map_or(0, |last| last + 1);
                text[end..].fill(0);
            }),
            Self::Repeat(_, each) => each.in_place(bytes),
            _ => {
                let old = bytes.to_vec();
                self.convert(&old, bytes);
            }
        }
    }

    /// Converts elements from `stored` to `out`; both hold the same number of them.
    pub(crate) fn convert(&self, stored: &[u8], out: &mut [u8]) {
        let pairs = stored.chunks_exact(self.stored()).zip(out.chunks_exact_mut(self.size()));
        match self {
            Self::Whole { big, signed, offset, precision, to, .. } => pairs.for_each(|(from, out)| {
                let mut number = number(from, *big) >> offset;
                let unused = 128 - precision;
                number = number << unused >> unused;
                if *signed {
                    number = ((number << unused) as i128 >> unused) as u128;
                }
                out.copy_from_slice(&number.to_le_bytes()[..*to]);
                native(out);
            }),
            Self::Floating { big, bits, to, .. } => pairs.for_each(|(from, out)| {
                let value = float(number(from, *big), bits);
                match to {
                    NumberType::F32 => out.copy_from_slice(&(value as f32).to_ne_bytes()),
                    _ => out.copy_from_slice(&value.to_ne_bytes()),
                }
            }),
            Self::Fields(fields, ..) => pairs.for_each(|(from, out)| {
                for (stored_at, at, field) in fields {
                    let (n, m) = (field.stored(), field.size());
                    field.convert(&from[*stored_at..*stored_at + n], &mut out[*at..*at + m]);
                }
            }),
            Self::Repeat(_, each) => each.convert(stored, out),
            _ => {
                out.copy_from_slice(stored);
                self.in_place(out);
            }
        }
    }
}

fn reverse<const N: usize>(bytes: &mut [u8]) {
    let (elements, _) = bytes.as_chunks_mut::<N>();
    for element in elements {
        element.reverse();
    }
}

/// Little-endian bytes to native ones.
fn native(bytes: &mut [u8]) {
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
}

/// The first 16 bytes of an element as a number.
fn number(bytes: &[u8], big: bool) -> u128 {
    let mut number = [0; 16];
    let n = bytes.len().min(16);
    if big {
        number.iter_mut().zip(bytes.iter().rev()).for_each(|(to, from)| *to = *from);
    } else {
        number[..n].copy_from_slice(&bytes[..n]);
    }
    u128::from_le_bytes(number)
}

/// Value of a floating-point number of any form, rounded to the nearest double (to zero where its mantissa is longer).
fn float(number: u128, bits: &FloatBits) -> f64 {
    let field = |at: u8, size: u8| number.checked_shr(at.into()).unwrap_or(0) & ((1_u128 << size) - 1);
    let negative = field(bits.sign, 1) == 1;
    let exponent = field(bits.exponent_at, bits.exponent_size);
    let mantissa = field(bits.mantissa_at, bits.mantissa_size);
    let largest = (1_u128 << bits.exponent_size) - 1;
    let value = if exponent == largest && bits.exponent_size > 0 {
        // The leading one of a mantissa that stores it does not make a number NaN.
        let rest = if bits.implied_one { mantissa } else { mantissa & ((1 << bits.mantissa_size.saturating_sub(1)) - 1) };
        if rest == 0 { f64::INFINITY } else { f64::NAN }
    } else {
        let one = bits.implied_one && exponent != 0;
        let whole = mantissa | u128::from(one) << bits.mantissa_size;
        let places = i32::from(bits.mantissa_size) - i32::from(!bits.implied_one);
        let power = exponent.max(1) as i64 - i64::from(bits.bias) - i64::from(places);
        scaled(whole, power)
    };
    if negative { -value } else { value }
}

/// `whole · 2^power`.
fn scaled(whole: u128, power: i64) -> f64 {
    let mut value = whole as f64;
    let mut left = power.clamp(-3000, 3000);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= f64::from_bits(((1023 + step) as u64) << 52);
        left -= step;
    }
    value
}

/// Element in memory and how it is made; `Err` is what cannot be read.
pub(crate) fn plan(datatype: &Datatype) -> Result<(Element, Conversion), String> {
    let size = datatype.size as usize;
    match &datatype.class {
        Class::Integer { order, signed, offset, precision } => {
            let to = size.next_power_of_two();
            let number = match (to, signed) {
                (1, false) => NumberType::U8,
                (1, true) => NumberType::I8,
                (2, false) => NumberType::U16,
                (2, true) => NumberType::I16,
                (4, false) => NumberType::U32,
                (4, true) => NumberType::I32,
                (8, false) => NumberType::U64,
                (8, true) => NumberType::I64,
                _ => return Err(format!("whole numbers of {size} bytes")),
            };
            let big = *order == ByteOrder::Big;
            let (offset, precision) = (u32::from(*offset), u32::from(*precision));
            let plain = to == size && offset == 0 && precision as usize == 8 * size;
            let conversion = if plain {
                ordered(size, *order)
            } else {
                Conversion::Whole { size, big, signed: *signed, offset, precision, to }
            };
            Ok((Element::Number(number), conversion))
        }
        Class::Float { order, bits } => {
            if Some(*bits) == FloatBits::ieee(datatype.size) {
                let element = match size {
                    2 => Element::Half,
                    4 => Element::Number(NumberType::F32),
                    _ => Element::Number(NumberType::F64),
                };
                return Ok((element, ordered(size, *order)));
            }
            if size > 16 || bits.exponent_size > 32 || bits.mantissa_size > 112 {
                return Err(format!("floating-point numbers of {size} bytes"));
            }
            let small = bits.exponent_size <= 8 && bits.mantissa_size <= 23;
            let to = if small { NumberType::F32 } else { NumberType::F64 };
            Ok((Element::Number(to), Conversion::Floating { size, big: *order == ByteOrder::Big, bits: *bits, to }))
        }
        Class::Text { padding, utf8 } => {
            let conversion = match padding {
                Padding::NullPadded => Conversion::Keep(size),
                Padding::NullTerminated => Conversion::UpToZero(size),
                Padding::SpacePadded => Conversion::UpToBlanks(size),
            };
            Ok((Element::FixedText { size, utf8: *utf8 }, conversion))
        }
        Class::Enumeration { base, members } => enumeration(base, members),
        Class::Record(fields) => record(fields, size),
        Class::Array { shape, base } => {
            let (element, conversion) = plan(base)?;
            if element.size().is_none() {
                return Err("arrays of texts or lists".to_owned());
            }
            let shape: Vec<usize> = shape.iter().map(|&n| n as usize).collect();
            let count = shape.iter().product();
            let conversion =
                if conversion.keeps() { Conversion::Keep(size) } else { Conversion::Repeat(count, Box::new(conversion)) };
            Ok((Element::Repeated { shape, element: Box::new(element) }, conversion))
        }
        Class::Complex(base) => match plan(base)? {
            (Element::Number(part @ (NumberType::F32 | NumberType::F64)), conversion) => {
                Ok((Element::Complex(part), pair(conversion)))
            }
            _ => Err("complex numbers of such parts".to_owned()),
        },
        Class::Time | Class::BitField { order: ByteOrder::Little } | Class::Opaque { .. } | Class::Reference { .. } => {
            Ok((Element::Opaque { size }, Conversion::Keep(size)))
        }
        Class::BitField { order: ByteOrder::Big } => Ok((Element::Opaque { size }, ordered(size, ByteOrder::Big))),
        Class::AnyText { utf8, .. } => Ok((Element::Text { utf8: *utf8 }, Conversion::Keep(size))),
        Class::AnyList(base) => Ok((Element::List(Box::new(plan(base)?.0)), Conversion::Keep(size))),
    }
}

fn ordered(size: usize, order: ByteOrder) -> Conversion {
    let native = if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little };
    if size == 1 || order == native { Conversion::Keep(size) } else { Conversion::Reverse(size) }
}

fn pair(part: Conversion) -> Conversion {
    match part {
        Conversion::Keep(n) => Conversion::Keep(2 * n),
        part => Conversion::Repeat(2, Box::new(part)),
    }
}

/// h5py stores booleans as an enumeration of FALSE and TRUE over one byte.
fn enumeration(base: &Datatype, members: &[(String, Vec<u8>)]) -> Result<(Element, Conversion), String> {
    let (element, conversion) = plan(base)?;
    let Element::Number(number) = element else { return Err("an enumeration of something else than whole numbers".to_owned()) };
    let mut named = Vec::with_capacity(members.len());
    for (name, bytes) in members {
        let mut value = vec![0; conversion.size()];
        conversion.convert(bytes, &mut value);
        named.push((name.clone(), whole(&value, number)));
    }
    let truth = |name: &str, value: i64| named.iter().any(|(n, v)| n == name && *v == value);
    if base.size == 1 && named.len() == 2 && truth("FALSE", 0) && truth("TRUE", 1) {
        return Ok((Element::Bool, Conversion::Truth));
    }
    Ok((Element::Enumeration { base: number, members: named }, conversion))
}

/// A whole number of native bytes.
fn whole(bytes: &[u8], number: NumberType) -> i64 {
    let big = cfg!(target_endian = "big");
    let value = self::number(bytes, big);
    let unused = 128 - 8 * bytes.len() as u32;
    let signed = matches!(number, NumberType::I8 | NumberType::I16 | NumberType::I32 | NumberType::I64);
    if signed { ((value << unused) as i128 >> unused) as i64 } else { value as i64 }
}

fn record(fields: &[Field], size: usize) -> Result<(Element, Conversion), String> {
    if let [real, imaginary] = fields
        && (real.name.as_str(), imaginary.name.as_str()) == ("r", "i")
        && real.datatype == imaginary.datatype
        && matches!(real.datatype.class, Class::Float { .. })
        && (real.offset, imaginary.offset) == (0, real.datatype.size)
        && size == 2 * real.datatype.size as usize
        && let (Element::Number(part), conversion) = plan(&real.datatype)?
    {
        return Ok((Element::Complex(part), pair(conversion)));
    }
    let mut planned = Vec::with_capacity(fields.len());
    for field in fields {
        let (element, conversion) = plan(&field.datatype)?;
        if element.size().is_none() {
            return Err(format!("records with texts or lists of any length (field {})", field.name));
        }
        planned.push((field, element, conversion));
    }
    // Fields keep their places unless one of them grows.
    let grows = planned.iter().any(|(_, _, c)| c.stored() != c.size());
    let mut end = 0;
    let (mut members, mut moves) = (Vec::new(), Vec::new());
    for (field, element, conversion) in planned {
        let at = if grows { end } else { field.offset as usize };
        end = at + conversion.size();
        moves.push((field.offset as usize, at, conversion));
        members.push((field.name.clone(), at, element));
    }
    let to = if grows { end } else { size };
    let keeps = !grows && moves.iter().all(|(_, _, c)| c.keeps());
    let conversion = if keeps { Conversion::Keep(size) } else { Conversion::Fields(moves, size, to) };
    Ok((Element::Record { size: to, fields: members }, conversion))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(datatype: &Datatype, stored: &[u8]) -> (Element, Vec<u8>) {
        let (element, conversion) = plan(datatype).unwrap();
        let mut out = vec![0; stored.len() / conversion.stored() * conversion.size()];
        conversion.convert(stored, &mut out);
        (element, out)
    }

    #[test]
    fn numbers_of_twelve_bits_keep_their_sign() {
        // bits 2 to 13 of a big-endian word: 0b00_111111111110_00 is -2
        let class = Class::Integer { order: ByteOrder::Big, signed: true, offset: 2, precision: 12 };
        let (element, out) = converted(&Datatype { size: 2, class }, &[0x3f, 0xf8, 0x00, 0x04]);
        assert_eq!(element, Element::Number(NumberType::I16));
        assert_eq!(out, [(-2_i16).to_ne_bytes(), 1_i16.to_ne_bytes()].concat());
    }

    #[test]
    fn three_bytes_become_four() {
        let class = Class::Integer { order: ByteOrder::Little, signed: false, offset: 0, precision: 24 };
        let (element, out) = converted(&Datatype { size: 3, class }, &[1, 2, 3]);
        assert_eq!(element, Element::Number(NumberType::U32));
        assert_eq!(out, 0x0003_0201_u32.to_ne_bytes());
    }

    #[test]
    fn extended_doubles_of_the_8087_become_doubles() {
        // 1.5 and -2: exponent 15 bits with bias 16383, mantissa of 64 bits with its leading one stored
        let bits = FloatBits {
            sign: 79,
            exponent_at: 64,
            exponent_size: 15,
            mantissa_at: 0,
            mantissa_size: 64,
            bias: 16383,
            implied_one: false,
        };
        let datatype = Datatype { size: 10, class: Class::Float { order: ByteOrder::Little, bits } };
        let stored = [[0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0x3f], [0, 0, 0, 0, 0, 0, 0, 0x80, 0x00, 0xc0]].concat();
        assert_eq!(converted(&datatype, &stored).1, [1.5_f64.to_ne_bytes(), (-2.0_f64).to_ne_bytes()].concat());
    }

    #[test]
    fn bfloat16_becomes_float32() {
        let bits = FloatBits {
            sign: 15,
            exponent_at: 7,
            exponent_size: 8,
            mantissa_at: 0,
            mantissa_size: 7,
            bias: 127,
            implied_one: true,
        };
        let datatype = Datatype { size: 2, class: Class::Float { order: ByteOrder::Little, bits } };
        let (element, out) = converted(&datatype, &[0x80, 0x3f, 0x80, 0xff, 0x01, 0x00]);
        assert_eq!(element, Element::Number(NumberType::F32));
        // 1, minus infinity, the smallest subnormal 2^-133
        let expected = [1.0_f32, f32::NEG_INFINITY, f32::from_bits(1 << 16)];
        assert_eq!(out, expected.map(f32::to_ne_bytes).concat());
    }

    #[test]
    fn records_convert_field_by_field() {
        let integer = |order| Datatype { size: 2, class: Class::Integer { order, signed: false, offset: 0, precision: 16 } };
        let field = |name: &str, offset, order| Field { name: name.to_owned(), offset, datatype: integer(order) };
        let class = Class::Record(vec![field("a", 0, ByteOrder::Big), field("b", 4, ByteOrder::Little)]);
        let (_, out) = converted(&Datatype { size: 6, class }, &[1, 2, 9, 9, 3, 4]);
        assert_eq!(out, [&0x0102_u16.to_ne_bytes()[..], &[0, 0], &0x0403_u16.to_ne_bytes()].concat());
    }
}
