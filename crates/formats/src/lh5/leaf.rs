//! Arrays of one or several files, read straight to where they stay.

use super::datatype::Kind as ElementKind;
use super::memory::{Aligned, joined};
use super::opened::Opened;
use super::selection::count;
use super::{Content, Object};
use crate::hdf5::{Dataset, Element, Rows, Values};
use crate::{Error, Kind};
use germane_columns::NumberType;
use germane_numerics::Executor;
use std::ops::Range;

/// Wanted rows of a dataset, for which a unit may have to be converted.
pub(super) struct Share<'a> {
    pub(super) of: &'a Opened,
    pub(super) dataset: &'a Dataset,
    pub(super) ranges: &'a [Range<u64>],
    /// factor of each number
    pub(super) factor: f64,
}

/// All rows, or these ranges of them.
pub(super) fn rows(dataset: &Dataset, ranges: &[Range<u64>]) -> Rows {
    match (ranges, dataset.shape()) {
        ([all], Some(shape)) if all.start == 0 && shape.first() == Some(&all.end) => Rows::All,
        _ => Rows::Ranges(ranges.to_vec()),
    }
}

/// The shares one after the other.
///
/// # Errors
/// [`Kind::Unsupported`] if elements or shapes differ between files, and what reading gives.
pub(super) fn read(shares: &[Share<'_>], kind: &ElementKind, executor: &dyn Executor) -> Result<Values, Error> {
    let first = &shares[0];
    let tail = |dataset: &Dataset| dataset.shape().and_then(|shape| shape.get(1..)).unwrap_or_default().to_vec();
    let (element, items) = (first.dataset.element().clone(), tail(first.dataset));
    for share in &shares[1..] {
        if *share.dataset.element() != element && !same_texts(share.dataset.element(), &element) {
            return Err(differ(first.of, share.of, "types", &name(&element), &name(share.dataset.element())));
        }
        if tail(share.dataset) != items {
            let [a, b] = [&items, &tail(share.dataset)].map(|shape| format!("{shape:?}"));
            return Err(differ(first.of, share.of, "shapes of rows", &a, &b));
        }
    }
    let same_size = shares.iter().all(|share| share.dataset.element().size() == element.size());
    let all_rows: u64 = shares.iter().map(|share| count(share.ranges)).sum();
    let values = match element.size() {
        Some(size) if same_size => {
            let row = items.iter().try_fold(size as u64, |bytes, axis| bytes.checked_mul(*axis));
            let total = row.and_then(|row| row.checked_mul(all_rows)).and_then(|bytes| usize::try_from(bytes).ok());
            let total = total.filter(|bytes| isize::try_from(*bytes).is_ok());
            let total = total
                .ok_or_else(|| first.of.error(Kind::Damaged, format!("{all_rows} rows of {items:?} are more than memory")))?;
            for share in shares {
                share.dataset.check_rows(&rows(share.dataset, share.ranges))?;
            }
            let mut made = Aligned::zeroed(total);
            let mut into = made.bytes_mut();
            for share in shares {
                let bytes = row.unwrap_or(0) * count(share.ranges);
                let (here, rest) = into.split_at_mut(bytes as usize);
                if bytes > 0 {
                    share.dataset.read_bytes_into(&rows(share.dataset, share.ranges), here, executor)?;
                }
                if share.factor != 1.0 {
                    convert_unit(here, &element, share.factor).map_err(|why| share.of.error(Kind::Unsupported, why))?;
                }
                into = rest;
            }
            let shape = std::iter::once(all_rows as usize).chain(items.iter().map(|axis| *axis as usize)).collect();
            Values::fixed(element, shape, made.into_buffer())
        }
        _ => {
            let each: Result<Vec<Values>, Error> =
                shares.iter().map(|share| share.dataset.read(&rows(share.dataset, share.ranges), executor)).collect();
            let mut each = each?;
            match each.len() {
                1 => each.remove(0),
                _ => {
                    let widened = super::texts::of_one_size(each);
                    joined(&widened.iter().collect::<Vec<_>>()).map_err(|what| first.of.error(Kind::Unsupported, what))?
                }
            }
        }
    };
    Ok(typed(values, kind))
}

/// Fixed texts of other sizes are still texts.
fn same_texts(a: &Element, b: &Element) -> bool {
    matches!((a, b), (Element::FixedText { .. }, Element::FixedText { .. }) | (Element::Text { .. }, Element::Text { .. }))
}

/// The error of two files that do not agree; it names both.
pub(super) fn differ(first: &Opened, other: &Opened, what: &str, a: &str, b: &str) -> Error {
    other.error(Kind::Unsupported, format!("{what} differ: {b}, in {} {a}", first.file))
}

/// Name of an element for messages.
pub(super) fn name(element: &Element) -> String {
    match element {
        Element::Number(number) => number.name().to_owned(),
        Element::Bool => "bool".to_owned(),
        Element::Half => "float16".to_owned(),
        Element::Complex(part) => format!("complex of {}", part.name()),
        Element::FixedText { size, .. } => format!("text of {size} bytes"),
        Element::Text { .. } => "text".to_owned(),
        Element::Enumeration { base, .. } => format!("enumeration over {}", base.name()),
        other => format!("{other:?}"),
    }
}

/// The values with the element that the datatype gives them: conditions are 0 or 1, integers have names.
pub(super) fn typed(values: Values, kind: &ElementKind) -> Values {
    let shape = values.shape.clone();
    match (kind, &values.element, values.bytes()) {
        (ElementKind::Bool, Element::Bool, Some(bytes)) if bytes.iter().all(|byte| *byte < 2) => values,
        (ElementKind::Bool, Element::Bool | Element::Number(_) | Element::Enumeration { .. }, Some(bytes)) => {
            let size = values.element.size().unwrap_or(1);
            let truths: Vec<u8> = bytes.chunks_exact(size).map(|one| u8::from(one.iter().any(|byte| *byte != 0))).collect();
            Values::fixed(Element::Bool, shape, super::memory::aligned(&truths))
        }
        (ElementKind::Enumeration(members), Element::Number(base), Some(bytes)) if !base.is_float() => {
            let element = Element::Enumeration { base: *base, members: members.clone() };
            Values::fixed(element, shape, bytes.clone())
        }
        _ => values,
    }
}

/// Multiplies the numbers of an array.
pub(super) fn scale(object: &mut Object, factor: f64) -> Result<(), String> {
    match &mut object.content {
        Content::Array(values) => {
            let bytes = values.bytes().ok_or("texts have no unit to convert")?;
            let mut made = Aligned::zeroed(bytes.len());
            made.bytes_mut().copy_from_slice(bytes);
            convert_unit(made.bytes_mut(), &values.element, factor)?;
            *values = Values::fixed(values.element.clone(), values.shape.clone(), made.into_buffer());
            Ok(())
        }
        Content::Vectors(vectors) => scale(&mut vectors.flattened_data, factor),
        _ => Err("only numbers have a unit to convert".to_owned()),
    }
}

/// Multiplies numbers in place; integers stay integers and must come out exactly.
fn convert_unit(bytes: &mut [u8], element: &Element, factor: f64) -> Result<(), String> {
    macro_rules! floats {
        ($ty:ty) => {
            for one in bytes.chunks_exact_mut(size_of::<$ty>()) {
                let value: $ty = bytemuck::pod_read_unaligned(one);
                one.copy_from_slice(bytemuck::bytes_of(&((f64::from(value) * factor) as $ty)));
            }
        };
    }
    macro_rules! integers {
        ($ty:ty) => {{
            // Units are decimal: either the factor or its inverse is whole.
            let (times, over) = if factor >= 1.0 { (factor, 1.0) } else { (1.0, (1.0 / factor).round()) };
            let whole =
                times.trunc() == times && times < 1e18 && over < 1e18 && (factor >= 1.0 || (factor * over - 1.0).abs() < 1e-12);
            for one in bytes.chunks_exact_mut(size_of::<$ty>()) {
                let value = i128::from(bytemuck::pod_read_unaligned::<$ty>(one));
                let exact = whole && value.checked_rem(over as i128) == Some(0);
                let converted = if exact { value.checked_mul(times as i128).map(|value| value / over as i128) } else { None };
                let Some(fits) = converted.and_then(|value| <$ty>::try_from(value).ok()) else {
                    return Err(format!("{value} times {factor} is no {} number", stringify!($ty)));
                };
                one.copy_from_slice(bytemuck::bytes_of(&fits));
            }
        }};
    }
    match element {
        Element::Number(NumberType::F32) | Element::Complex(NumberType::F32) => floats!(f32),
        Element::Number(NumberType::F64) | Element::Complex(NumberType::F64) => floats!(f64),
        Element::Number(NumberType::I8) => integers!(i8),
        Element::Number(NumberType::I16) => integers!(i16),
        Element::Number(NumberType::I32) => integers!(i32),
        Element::Number(NumberType::I64) => integers!(i64),
        Element::Number(NumberType::U8) => integers!(u8),
        Element::Number(NumberType::U16) => integers!(u16),
        Element::Number(NumberType::U32) => integers!(u32),
        Element::Number(NumberType::U64) => integers!(u64),
        other => return Err(format!("{} has no unit to convert", name(other))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_integers_come_out_exactly_or_not_at_all() {
        let mut bytes = bytemuck::cast_slice::<i32, u8>(&[1, -2, 3]).to_vec();
        convert_unit(&mut bytes, &Element::Number(NumberType::I32), 1000.0).unwrap();
        assert_eq!(bytes, bytemuck::cast_slice::<i32, u8>(&[1000, -2000, 3000]));
        convert_unit(&mut bytes, &Element::Number(NumberType::I32), 0.001).unwrap();
        assert_eq!(bytes, bytemuck::cast_slice::<i32, u8>(&[1, -2, 3]));
        assert!(convert_unit(&mut bytes, &Element::Number(NumberType::I32), 0.001).unwrap_err().contains("1 times 0.001"));
        assert!(convert_unit(&mut bytes, &Element::Number(NumberType::I32), 1e10).is_err());
        let mut bytes = bytemuck::cast_slice::<f64, u8>(&[2000.0]).to_vec();
        convert_unit(&mut bytes, &Element::Number(NumberType::F64), 0.001).unwrap();
        assert_eq!(bytes, bytemuck::cast_slice::<f64, u8>(&[2.0]));
    }

    #[test]
    fn anything_but_zero_is_true() {
        let values = typed(vec![0_u16, 1, 256].into(), &ElementKind::Bool);
        assert_eq!((&values.element, values.bytes().unwrap().as_slice()), (&Element::Bool, &[0, 1, 1][..]));
    }
}
