//! Elements in memory as the bytes that a file holds: the way back of the reader's conversions.

use super::{bytes::Bytes, datatype, global_heap::HeapWriter, output::Output};
use crate::{
    Error, Kind,
    hdf5::{Class, Datatype, Element, ValueData, Values, conversion::Conversion},
};
use std::{borrow::Cow, ops::Range};

/// How elements of a dataset or attribute are stored.
#[derive(Clone, Debug)]
pub(super) enum Encoding {
    /// As they lie in memory; bytes of an element.
    Same,
    /// Numbers in another byte order, texts with another padding.
    Converted(Conversion),
    /// Texts in the global heap.
    Texts,
    /// Lists in the global heap: type of the items in the file and how they are stored.
    Lists(Box<Datatype>, Box<Encoding>),
}

/// How elements get into a file that has them as `datatype`.
///
/// # Errors
/// The reason why they cannot be written.
pub(super) fn encoding(element: &Element, datatype: &Datatype, offset_width: u8) -> Result<Encoding, String> {
    match (element, &datatype.class) {
        (Element::Text { .. }, Class::AnyText { .. }) => return Ok(Encoding::Texts),
        (Element::List(item), Class::AnyList(base)) => {
            return Ok(Encoding::Lists(base.clone(), Box::new(encoding(item, base, offset_width)?)));
        }
        _ => {}
    }
    if element.size().is_none() {
        return Err(format!("{element:?} as {}", datatype.name()));
    }
    if datatype::same_bytes(element, datatype, offset_width) {
        return Ok(Encoding::Same);
    }
    let (read, conversion) = crate::hdf5::conversion::plan(datatype)?;
    if !alike(element, &read) {
        return Err(format!("{element:?} as {}", datatype.name()));
    }
    writable(&conversion)?;
    Ok(if conversion.keeps() { Encoding::Same } else { Encoding::Converted(conversion) })
}

/// Whether elements are of one type; the character set of texts does not matter.
pub(super) fn alike(a: &Element, b: &Element) -> bool {
    match (a, b) {
        (Element::Text { .. }, Element::Text { .. }) => true,
        (Element::FixedText { size: a, .. }, Element::FixedText { size: b, .. }) => a == b,
        (Element::List(a), Element::List(b)) => alike(a, b),
        (Element::Repeated { shape: m, element: a }, Element::Repeated { shape: n, element: b }) => m == n && alike(a, b),
        _ => a == b,
    }
}

fn writable(conversion: &Conversion) -> Result<(), String> {
    match conversion {
        Conversion::Floating { .. } => Err("floating-point numbers of an unusual form".to_owned()),
        Conversion::Whole { size, offset, precision, .. } if *offset != 0 || *precision as usize != 8 * size => {
            Err(format!("whole numbers of {precision} bits in {size} bytes"))
        }
        Conversion::Fields(fields, ..) => fields.iter().try_for_each(|(_, _, field)| writable(field)),
        Conversion::Repeat(_, each) => writable(each),
        _ => Ok(()),
    }
}

/// Undoes a conversion: from elements in memory to stored ones, both as many.
fn restore(conversion: &Conversion, elements: &[u8], out: &mut [u8]) -> Result<(), String> {
    let mut pairs = elements.chunks_exact(conversion.size().max(1)).zip(out.chunks_exact_mut(conversion.stored().max(1)));
    match conversion {
        Conversion::Keep(_) | Conversion::Truth => out.copy_from_slice(elements),
        Conversion::Reverse(_) => {
            out.copy_from_slice(elements);
            conversion.in_place(out);
        }
        Conversion::UpToZero(size) => {
            if let Some((text, _)) = pairs.find(|(text, _)| text.last().is_some_and(|&b| b != 0)) {
                let text = String::from_utf8_lossy(text).into_owned();
                return Err(format!("`{text}` leaves no room for the zero byte that ends texts of {size} bytes"));
            }
            out.copy_from_slice(elements);
        }
        Conversion::UpToBlanks(size) => {
            out.copy_from_slice(elements);
            for text in out.chunks_exact_mut(*size) {
                let end = text.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
                text[end..].fill(b' ');
            }
        }
        Conversion::Whole { size, big, signed, .. } => {
            for (number, stored) in pairs {
                let (kept, lost) = number.split_at(*size);
                let negative = *signed && kept.last().is_some_and(|&b| b & 0x80 != 0);
                let filler = if negative { 0xff } else { 0 };
                if lost.iter().any(|&b| b != filler) {
                    return Err(format!("a number needs more than {size} bytes"));
                }
                stored.copy_from_slice(kept);
                if *big {
                    stored.reverse();
                }
            }
        }
        Conversion::Floating { .. } => return Err("floating-point numbers of an unusual form".to_owned()),
        Conversion::Fields(fields, ..) => {
            for (record, stored) in pairs {
                for (stored_at, at, field) in fields {
                    restore(field, &record[*at..*at + field.size()], &mut stored[*stored_at..*stored_at + field.stored()])?;
                }
            }
        }
        Conversion::Repeat(_, each) => return restore(each, elements, out),
    }
    Ok(())
}

/// Where texts and lists go.
pub(super) struct Heap<'a> {
    pub(super) heap: &'a mut HeapWriter,
    pub(super) output: &'a mut Output,
}

/// The stored bytes of elements.
///
/// # Errors
/// [`Kind::Unsupported`] for values that the file's type cannot hold, and those of writing to the heap.
pub(super) fn encode<'v>(
    values: &'v Values,
    datatype: &Datatype,
    encoding: &Encoding,
    to: &mut Heap<'_>,
) -> Result<Cow<'v, [u8]>, Error> {
    range(values, 0..values.count(), datatype, encoding, to)
}

fn range<'v>(
    values: &'v Values,
    elements: Range<usize>,
    datatype: &Datatype,
    encoding: &Encoding,
    to: &mut Heap<'_>,
) -> Result<Cow<'v, [u8]>, Error> {
    let size = datatype.size as usize;
    let wrong = |to: &Heap<'_>, what: &str| to.output.error(Kind::Unsupported, format!("cannot be written: {what}"));
    match (encoding, &values.data) {
        (Encoding::Same, ValueData::Fixed(bytes)) => match bytes.get(elements.start * size..elements.end * size) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => Err(wrong(to, "fewer bytes than the shape asks for")),
        },
        (Encoding::Converted(conversion), ValueData::Fixed(bytes)) => {
            let own = conversion.size();
            let Some(bytes) = bytes.get(elements.start * own..elements.end * own) else {
                return Err(wrong(to, "fewer bytes than the shape asks for"));
            };
            let mut out = vec![0; elements.len() * size];
            restore(conversion, bytes, &mut out).map_err(|reason| wrong(to, &reason))?;
            Ok(Cow::Owned(out))
        }
        (Encoding::Texts, ValueData::Texts { offsets, bytes }) => {
            let mut out = Bytes::new(to.output.widths);
            for k in elements {
                let span =
                    offsets.get(k..k + 2).and_then(|o| bytes.get(usize::try_from(o[0]).ok()?..usize::try_from(o[1]).ok()?));
                let Some(text) = span else { return Err(wrong(to, "texts whose offsets lead outside")) };
                reference(text, text.len(), &mut out, to)?;
            }
            Ok(Cow::Owned(out.out))
        }
        (Encoding::Lists(base, inner), ValueData::Lists { offsets, items }) => {
            let mut out = Bytes::new(to.output.widths);
            for k in elements {
                let span = offsets.get(k..k + 2).and_then(|o| Some(usize::try_from(o[0]).ok()?..usize::try_from(o[1]).ok()?));
                let Some(span) = span.filter(|span| span.start <= span.end && span.end <= items.count()) else {
                    return Err(wrong(to, "lists whose offsets lead outside"));
                };
                let stored = range(items, span.clone(), base, inner, to)?;
                reference(&stored, span.len(), &mut out, to)?;
            }
            Ok(Cow::Owned(out.out))
        }
        _ => Err(wrong(to, "values in another form than their type says")),
    }
}

/// Puts `object` into the heap and what leads to it into `out`.
fn reference(object: &[u8], items: usize, out: &mut Bytes, to: &mut Heap<'_>) -> Result<(), Error> {
    let Ok(count) = u32::try_from(items) else {
        return Err(to.output.error(Kind::Unsupported, format!("cannot be written: a text or list of {items} items")));
    };
    out.u32(count);
    if object.is_empty() {
        out.uint(0, usize::from(out.widths.offset));
        out.u32(0);
        return Ok(());
    }
    let (address, index) = to.heap.put(to.output, object)?;
    out.address(Some(address));
    out.u32(index);
    Ok(())
}
