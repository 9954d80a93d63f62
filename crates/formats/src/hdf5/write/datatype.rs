//! Datatype messages: the type that a file gets for elements in memory, and the bytes of a type.

use super::bytes::Bytes;
use crate::{
    Error, Kind,
    hdf5::{ByteOrder, Class, Datatype, Element, Field, FloatBits, Padding},
};
use germane_columns::NumberType;

/// Bytes of an element of any length: number of items 4, address of a heap collection, index in it 4.
pub(super) fn reference_size(offset_width: u8) -> u32 {
    8 + u32::from(offset_width)
}

fn number(number: NumberType) -> Datatype {
    let size = number.size() as u32;
    let class = match number {
        NumberType::F32 | NumberType::F64 => {
            let bits = FloatBits::ieee(size).expect("invariant: 4 or 8 bytes");
            Class::Float { order: ByteOrder::Little, bits }
        }
        _ => {
            let signed = matches!(number, NumberType::I8 | NumberType::I16 | NumberType::I32 | NumberType::I64);
            Class::Integer { order: ByteOrder::Little, signed, offset: 0, precision: 8 * size as u16 }
        }
    };
    Datatype { size, class }
}

fn field(name: &str, offset: usize, datatype: Datatype) -> Field {
    Field { name: name.to_owned(), offset: offset as u32, datatype }
}

/// The file type of elements: little-endian, otherwise the same bytes.
///
/// # Errors
/// The reason why a file cannot hold them.
pub(super) fn of(element: &Element, offset_width: u8) -> Result<Datatype, String> {
    let sized =
        |size: usize| u32::try_from(size).ok().filter(|size| *size > 0).ok_or_else(|| format!("elements of {size} bytes"));
    Ok(match element {
        Element::Number(kind) => number(*kind),
        Element::Half => Datatype {
            size: 2,
            class: Class::Float { order: ByteOrder::Little, bits: FloatBits::ieee(2).expect("invariant: 2 bytes") },
        },
        // As h5py stores NumPy's bool.
        Element::Bool => Datatype {
            size: 1,
            class: Class::Enumeration {
                base: Box::new(number(NumberType::I8)),
                members: vec![("FALSE".to_owned(), vec![0]), ("TRUE".to_owned(), vec![1])],
            },
        },
        Element::Complex(part) => {
            let part = *part;
            let fields = vec![field("r", 0, number(part)), field("i", part.size(), number(part))];
            Datatype { size: 2 * part.size() as u32, class: Class::Record(fields) }
        }
        Element::FixedText { size, utf8 } => {
            Datatype { size: sized(*size)?, class: Class::Text { padding: Padding::NullPadded, utf8: *utf8 } }
        }
        Element::Text { utf8 } => Datatype {
            size: reference_size(offset_width),
            class: Class::AnyText { padding: Padding::NullTerminated, utf8: *utf8 },
        },
        Element::List(inner) => {
            Datatype { size: reference_size(offset_width), class: Class::AnyList(Box::new(of(inner, offset_width)?)) }
        }
        Element::Enumeration { base, members } => {
            let stored = |(name, value): &(String, i64)| (name.clone(), value.to_le_bytes()[..base.size()].to_vec());
            if matches!(base, NumberType::F32 | NumberType::F64) {
                return Err("an enumeration over floating-point numbers".to_owned());
            }
            let members = members.iter().map(stored).collect();
            Datatype { size: base.size() as u32, class: Class::Enumeration { base: Box::new(number(*base)), members } }
        }
        Element::Record { size, fields } => {
            let mut made = Vec::new();
            for (name, offset, element) in fields {
                let datatype = of(element, offset_width)?;
                if element.size().is_none() {
                    return Err(format!("a record with the field {name} of any length"));
                }
                made.push(field(name, *offset, datatype));
            }
            if made.is_empty() {
                return Err("a record without fields".to_owned());
            }
            Datatype { size: sized(*size)?, class: Class::Record(made) }
        }
        Element::Repeated { shape, element } => {
            let base = of(element, offset_width)?;
            let shape: Option<Vec<u32>> = shape.iter().map(|&n| u32::try_from(n).ok()).collect();
            let shape = shape.ok_or("an array too long for an element")?;
            let size = shape.iter().try_fold(base.size, |n, &axis| n.checked_mul(axis)).filter(|n| *n > 0);
            let size = size.ok_or_else(|| format!("an array of {shape:?} in an element"))?;
            Datatype { size, class: Class::Array { shape, base: Box::new(base) } }
        }
        Element::Opaque { size } => Datatype { size: sized(*size)?, class: Class::Opaque { tag: String::new() } },
    })
}

/// Whether bytes in memory are the bytes of the file. Enumerations with other names or numbers are not the same.
pub(super) fn same_bytes(element: &Element, datatype: &Datatype, offset_width: u8) -> bool {
    let same = match (of(element, offset_width), &datatype.class) {
        (Ok(own), Class::Text { padding: Padding::NullPadded, .. }) => {
            own.size == datatype.size && matches!(own.class, Class::Text { .. })
        }
        (Ok(own), Class::Opaque { .. }) => own.size == datatype.size && matches!(own.class, Class::Opaque { .. }),
        (Ok(own), _) => own == *datatype,
        (Err(_), _) => false,
    };
    same && cfg!(target_endian = "little")
}

/// Appends a datatype message. `old`: records and enumerations in the form that every library reads.
pub(super) fn encode(datatype: &Datatype, old: bool, out: &mut Bytes) -> Result<(), String> {
    let size = datatype.size;
    let mut head = |class: u8, version: u8, low: u8, high: u16| {
        out.u8(class | version << 4);
        out.u8(low);
        out.u16(high);
        out.u32(size);
    };
    let order_bit = |order: &ByteOrder| u8::from(*order == ByteOrder::Big);
    match &datatype.class {
        Class::Integer { order, signed, offset, precision } => {
            head(0, 1, order_bit(order) | u8::from(*signed) << 3, 0);
            out.u16(*offset);
            out.u16(*precision);
        }
        Class::Float { order, bits } => {
            let normalisation = if bits.implied_one { 2 } else { 0 };
            head(1, 1, order_bit(order) | normalisation << 4, u16::from(bits.sign));
            out.u16(0);
            out.u16(8 * size as u16);
            out.bytes(&[bits.exponent_at, bits.exponent_size, bits.mantissa_at, bits.mantissa_size]);
            out.u32(bits.bias);
        }
        Class::Text { padding, utf8 } => head(3, 1, padding_bits(*padding) | u8::from(*utf8) << 4, 0),
        Class::Opaque { tag } => {
            let tag = &tag.as_bytes()[..tag.len().min(247)];
            let padded = tag.len().next_multiple_of(8);
            head(5, 1, padded as u8, 0);
            out.bytes(tag);
            out.zeros(padded - tag.len());
        }
        Class::Record(fields) => record(fields, size, old, out)?,
        Class::Enumeration { base, members } => {
            let count = count_of(members.len())?;
            let version = if old { 1 } else { 3 };
            head(8, version, count as u8, count >> 8);
            encode(base, old, out)?;
            for (text, _) in members {
                name(text, version, out)?;
            }
            for (_, value) in members {
                out.bytes(value);
            }
        }
        Class::AnyList(base) => {
            head(9, 1, 0, 0);
            encode(base, old, out)?;
        }
        Class::AnyText { padding, utf8 } => {
            head(9, 1, 1 | padding_bits(*padding) << 4, u16::from(*utf8));
            encode(&Datatype { size: 1, class: Class::Text { padding: *padding, utf8: *utf8 } }, old, out)?;
        }
        Class::Array { shape, base } => {
            let version = if old { 2 } else { 3 };
            head(10, version, 0, 0);
            out.u8(u8::try_from(shape.len()).map_err(|_| "an array of too many axes")?);
            out.zeros(if old { 3 } else { 0 });
            shape.iter().for_each(|&axis| out.u32(axis));
            out.zeros(if old { 4 * shape.len() } else { 0 });
            encode(base, old, out)?;
        }
        other => return Err(format!("elements of the class {other:?}")),
    }
    Ok(())
}

fn count_of(count: usize) -> Result<u16, String> {
    u16::try_from(count).map_err(|_| format!("{count} names in a type"))
}

fn padding_bits(padding: Padding) -> u8 {
    match padding {
        Padding::NullTerminated => 0,
        Padding::NullPadded => 1,
        Padding::SpacePadded => 2,
    }
}

fn holds_array(datatype: &Datatype) -> bool {
    match &datatype.class {
        Class::Array { .. } => true,
        Class::Record(fields) => fields.iter().any(|field| holds_array(&field.datatype)),
        _ => false,
    }
}

fn record(fields: &[Field], size: u32, old: bool, out: &mut Bytes) -> Result<(), String> {
    // Version 1 knows arrays only as axes of a field.
    let version = match old {
        false => 3,
        true if fields.iter().any(|field| holds_array(&field.datatype)) => 2,
        true => 1,
    };
    let count = count_of(fields.len())?;
    out.u8(6 | version << 4);
    out.u16(count);
    out.u8(0);
    out.u32(size);
    for Field { name: text, offset, datatype } in fields {
        name(text, version, out)?;
        match version {
            3 => out.uint(u64::from(*offset), super::bytes::width_of(u64::from(size))),
            _ => out.u32(*offset),
        }
        out.zeros(if version == 1 { 28 } else { 0 });
        encode(datatype, old, out)?;
    }
    Ok(())
}

fn name(text: &str, version: u8, out: &mut Bytes) -> Result<(), String> {
    if text.contains('\0') {
        return Err(format!("the name {text:?} of a field"));
    }
    out.bytes(text.as_bytes());
    out.u8(0);
    if version < 3 {
        out.zeros((text.len() + 1).next_multiple_of(8) - text.len() - 1);
    }
    Ok(())
}

/// The error of a type that cannot be written.
pub(super) fn refused(file: &str, object: &str, reason: &str) -> Error {
    Error::new(file, Kind::Unsupported, format!("cannot be written: {reason}")).object(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hdf5::{cursor::Cursor, storage::Widths};

    #[test]
    fn every_type_is_read_back_in_both_forms() {
        let widths = Widths { offset: 8, length: 8 };
        let number = Element::Number(NumberType::I16);
        let pair = Element::Repeated { shape: vec![2, 3], element: Box::new(Element::Half) };
        let elements = [
            Element::Number(NumberType::U64),
            Element::Number(NumberType::F32),
            Element::Half,
            Element::Bool,
            Element::Complex(NumberType::F64),
            Element::FixedText { size: 5, utf8: true },
            Element::Text { utf8: false },
            Element::List(Box::new(Element::List(Box::new(number.clone())))),
            Element::Enumeration { base: NumberType::I16, members: vec![("low".into(), -5), ("a longer name".into(), 9)] },
            Element::Record { size: 300, fields: vec![("n".into(), 4, number.clone()), ("pair".into(), 16, pair.clone())] },
            Element::Record { size: 8, fields: vec![("first".into(), 0, number), ("b".into(), 2, Element::Bool)] },
            pair,
            Element::Opaque { size: 7 },
        ];
        for element in elements {
            let datatype = of(&element, 8).unwrap();
            for old in [true, false] {
                let mut out = Bytes::new(widths);
                encode(&datatype, old, &mut out).unwrap();
                let mut c = Cursor::new(&out.out, widths);
                assert_eq!(Datatype::parse(&mut c).unwrap(), datatype);
                assert_eq!(c.left(), 0, "{element:?}");
            }
            assert!(same_bytes(&element, &datatype, 8));
        }
    }
}
