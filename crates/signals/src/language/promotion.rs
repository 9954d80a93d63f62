//! Types of results, as NumPy 2 deduces them; constants are weak.

use super::constant::{Class, Constant};
use crate::element::Element;

/// Whether every value of `from` is one of `to` to NumPy (`same` or wider kinds).
pub(crate) fn casts_safely(from: Element, to: Element) -> bool {
    promoted(from, to) == to
}

/// Type of a result of two arrays.
pub(crate) fn promoted(a: Element, b: Element) -> Element {
    use Element::{Bool, C64, C128, F32, F64, I8, I16, I32, I64, U64};
    if a == b {
        return a;
    }
    let float = |e: Element| match e {
        Bool | Element::U8 | Element::U16 | I8 | I16 | F32 => F32,
        C64 => C64,
        C128 => C128,
        _ => F64,
    };
    if a.is_complex() || b.is_complex() {
        let narrow = |e: Element| matches!(float(e), F32 | C64);
        return if narrow(a) && narrow(b) { C64 } else { C128 };
    }
    if a.is_float() || b.is_float() {
        return if float(a) == F32 && float(b) == F32 { F32 } else { F64 };
    }
    let (Some((low_a, high_a)), Some((low_b, high_b))) = (a.integer_range(), b.integer_range()) else {
        return if a == Bool { b } else { a };
    };
    if low_a <= low_b && high_a >= high_b {
        return a;
    }
    if low_b <= low_a && high_b >= high_a {
        return b;
    }
    if a == U64 || b == U64 {
        return F64;
    }
    let (low, high) = (low_a.min(low_b), high_a.max(high_b));
    let fits = |e: &Element| e.integer_range().is_some_and(|(l, h)| l <= low && h >= high);
    [I8, I16, I32, I64].into_iter().find(fits).unwrap_or(F64)
}

/// Type of a result of an array and a number.
pub(crate) fn with_constant(a: Element, constant: &Constant) -> Element {
    match constant.class {
        Class::Bool => a,
        Class::Int if a == Element::Bool => Element::I64,
        Class::Int => a,
        Class::Float if a.is_float() || a.is_complex() => a,
        Class::Float => Element::F64,
    }
}

/// Type of a quotient or of a function that gives real numbers.
pub(crate) fn real(a: Element) -> Element {
    match a {
        Element::C64 | Element::C128 | Element::F32 | Element::F64 => a,
        _ if casts_safely(a, Element::F32) => Element::F32,
        _ => Element::F64,
    }
}

/// A type as NumPy writes it: `f`, `float32`, `u2`, `<u2`.
pub(crate) fn parse_element(text: &str) -> Option<Element> {
    use Element::{Bool, C64, C128, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    let text = text.strip_prefix("np.").or_else(|| text.strip_prefix("numpy.")).unwrap_or(text);
    let text = text.strip_prefix(['<', '=', '|']).unwrap_or(text);
    Some(match text {
        "?" | "b1" | "bool" | "bool_" => Bool,
        "b" | "i1" | "int8" | "byte" => I8,
        "B" | "u1" | "uint8" | "ubyte" => U8,
        "h" | "i2" | "int16" | "short" => I16,
        "H" | "u2" | "uint16" | "ushort" => U16,
        "i" | "i4" | "int32" | "intc" => I32,
        "I" | "u4" | "uint32" | "uintc" => U32,
        "l" | "q" | "i8" | "int64" | "int" | "int_" => I64,
        "L" | "Q" | "u8" | "uint64" | "uint" => U64,
        "f" | "f4" | "float32" | "single" => F32,
        "d" | "f8" | "float64" | "float" | "double" => F64,
        "F" | "c8" | "complex64" | "csingle" => C64,
        "D" | "c16" | "complex128" | "complex" | "cdouble" => C128,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Element::*;

    // numpy 2.4.6: np.promote_types, np.can_cast
    #[test]
    fn types_are_promoted_as_numpy_does() {
        for (a, b, result) in [
            (U16, I32, I32),
            (U32, I32, I64),
            (U64, I64, F64),
            (U8, I8, I16),
            (U16, F32, F32),
            (I32, F32, F64),
            (Bool, U8, U8),
            (F32, F64, F64),
            (C64, F64, C128),
            (C64, I16, C64),
        ] {
            assert_eq!((promoted(a, b), promoted(b, a)), (result, result), "{a} {b}");
        }
        assert!(casts_safely(U16, F32) && !casts_safely(U32, F32) && !casts_safely(F64, F32) && casts_safely(Bool, I8));
    }
}
