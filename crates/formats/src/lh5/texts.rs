//! Fixed texts of several files in one size.

use super::memory::Aligned;
use crate::hdf5::{Element, Values};

/// Fixed texts padded to the longest size; other values unchanged.
pub(super) fn of_one_size(mut each: Vec<Values>) -> Vec<Values> {
    let sizes = each.iter().map(|values| match values.element {
        Element::FixedText { size, utf8 } => Some((size, utf8)),
        _ => None,
    });
    let Some(sizes) = sizes.collect::<Option<Vec<(usize, bool)>>>() else { return each };
    let size = sizes.iter().map(|(size, _)| *size).max().unwrap_or(0);
    let utf8 = sizes.iter().any(|(_, utf8)| *utf8);
    for (values, (own, _)) in each.iter_mut().zip(&sizes) {
        let Some(bytes) = values.bytes() else { continue };
        let mut padded = Aligned::zeroed(size * values.count());
        if *own > 0 {
            for (into, from) in padded.bytes_mut().chunks_exact_mut(size).zip(bytes.chunks_exact(*own)) {
                into[..*own].copy_from_slice(from);
            }
        }
        *values = Values::fixed(Element::FixedText { size, utf8 }, values.shape.clone(), padded.into_buffer());
    }
    each
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_size_holds_all() {
        let of = |size, bytes: &[u8]| {
            Values::fixed(
                Element::FixedText { size, utf8: false },
                vec![bytes.len() / size],
                super::super::memory::aligned(bytes),
            )
        };
        let padded = of_one_size(vec![of(1, b"ab"), of(3, b"cde")]);
        assert_eq!(padded, [of(3, b"a\0\0b\0\0"), of(3, b"cde")]);
    }
}
