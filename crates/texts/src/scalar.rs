//! Scalars of YAML 1.2's core schema, and where the characters of a text scalar are written.

use crate::node::{Places, Value};

/// What a plain scalar means in the core schema (YAML 1.2.2, section 10.3.2).
pub(crate) enum Plain {
    /// A value.
    Value(Value),
    /// A number with a leading zero, octal in YAML 1.1 and decimal in 1.2: refused.
    LeadingZero,
    /// A number beyond the largest double.
    TooLarge,
}

pub(crate) fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Value(Value::Null),
        "true" | "True" | "TRUE" => return Plain::Value(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Plain::Value(Value::Bool(false)),
        _ => {}
    }
    let (sign, digits) = match text.as_bytes()[0] {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    match digits {
        ".inf" | ".Inf" | ".INF" => return Plain::Value(Value::Float(sign * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if digits.len() == text.len() => return Plain::Value(Value::Float(f64::NAN)),
        _ => {}
    }
    if digits.len() == text.len() {
        for (prefix, radix) in [("0x", 16), ("0o", 8)] {
            if let Some(value) = text.strip_prefix(prefix).filter(|rest| rest.chars().all(|c| c.is_digit(radix)))
                && !value.is_empty()
            {
                return i64::from_str_radix(value, radix).map_or(Plain::TooLarge, |value| Plain::Value(Value::Int(value)));
            }
        }
    }
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        if digits.len() > 1 && digits.starts_with('0') {
            return Plain::LeadingZero;
        }
        if let Ok(value) = text.parse::<i64>() {
            return Plain::Value(Value::Int(value));
        }
    }
    if is_float(digits) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Plain::Value(Value::Float(value)),
            _ => Plain::TooLarge,
        };
    }
    Plain::Value(Value::Text(text.to_owned()))
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_is_right = exponent.is_none_or(|text| {
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        !text.is_empty() && all_digits(text)
    });
    all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_is_right
}

/// How a text scalar is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Plain or single quoted: breaks are folded, `''` is one quote when quoted.
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// Literal or folded block.
    Block,
}

/// Finds where each character of `text` is written in `written`, the source of the scalar from byte `start` on (with quotes).
///
/// The reader has decoded the scalar already; here its result is laid beside the source: what is not white space stands in the same
/// order in both, and a stretch of white space in one answers a stretch in the other. If the two do not fit, the whole scalar is meant.
pub(crate) fn places(text: &str, written: &str, start: usize, style: Style) -> Places {
    let quote = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
    let inner = written.get(quote..written.len().saturating_sub(quote)).unwrap_or("");
    let start = start + quote;
    if inner == text || (style == Style::Block && inner.starts_with(text)) {
        return Places::From(start);
    }
    if u32::try_from(start + written.len()).is_err() {
        return Places::Whole;
    }
    align(text, &units(inner, style), start).map_or(Places::Whole, |written| Places::Each(written.into()))
}

/// One piece of the source that stands for at most one character.
struct Unit {
    offset: usize,
    length: usize,
    /// `None`: written white space, whose meaning depends on folding.
    solid: Option<char>,
    newline: bool,
}

fn units(inner: &str, style: Style) -> Vec<Unit> {
    let mut found = Vec::with_capacity(inner.len());
    let mut rest = inner.char_indices().peekable();
    while let Some((offset, c)) = rest.next() {
        let newline = c == '\n' || (c == '\r' && rest.peek().is_none_or(|(_, next)| *next != '\n'));
        if c == '\r' && !newline {
            continue;
        }
        let blank = newline || c == ' ' || c == '\t';
        let mut solid = (!blank).then_some(c);
        let mut length = c.len_utf8();
        if style == Style::SingleQuoted && c == '\'' && rest.next().is_some() {
            length = 2;
        }
        if style == Style::DoubleQuoted && c == '\\' {
            solid = match escape(&inner[offset..]) {
                Some((meaning, written)) => {
                    length = written;
                    while rest.peek().is_some_and(|(next, _)| *next < offset + length) {
                        rest.next();
                    }
                    match meaning {
                        Some(c) => Some(c),
                        // An escaped line end and the blanks behind it stand for nothing.
                        None => continue,
                    }
                }
                None => Some(c),
            };
        }
        found.push(Unit { offset, length, solid, newline });
    }
    found
}

/// Meaning and length in bytes of the escape at the start of `text`; no character for an escaped line end.
fn escape(text: &str) -> Option<(Option<char>, usize)> {
    let letter = text[1..].chars().next()?;
    let hex = |digits: usize| {
        let value = u32::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
        Some((Some(char::from_u32(value)?), 2 + digits))
    };
    let meaning = match letter {
        'x' => return hex(2),
        'u' => return hex(4),
        'U' => return hex(8),
        '\n' | '\r' => {
            let line_end = if text[1..].starts_with("\r\n") { 3 } else { 2 };
            let blanks = text[line_end..].bytes().take_while(|b| *b == b' ' || *b == b'\t').count();
            return Some((None, line_end + blanks));
        }
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\x0b',
        'f' => '\x0c',
        'r' => '\r',
        'e' => '\x1b',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    };
    Some((Some(meaning), 1 + letter.len_utf8()))
}

/// Where each character of `text` is written, or `None` if text and source do not fit.
fn align(text: &str, units: &[Unit], start: usize) -> Option<Vec<(u32, u32)>> {
    let characters: Vec<char> = text.chars().collect();
    let mut written: Vec<(usize, usize)> = Vec::with_capacity(characters.len());
    let place = |unit: &Unit| (unit.offset, unit.offset + unit.length);
    let mut next = 0;
    let mut at = 0;
    while at < characters.len() {
        let run = units[next..].iter().take_while(|unit| unit.solid.is_none()).count();
        let blanks = &units[next..next + run];
        let solid = units.get(next + run);
        // White space of the text up to the next solid piece; an escaped blank is solid, so look how many the source can give.
        let available = characters[at..].iter().take_while(|c| matches!(c, ' ' | '\t' | '\n')).count();
        let breaks = blanks.iter().filter(|unit| unit.newline).count();
        let wanted = match solid.and_then(|unit| unit.solid) {
            Some(' ' | '\t' | '\n') => if breaks == 0 { run } else { (breaks - 1).max(1) }.min(available),
            _ => available,
        };
        for index in 0..wanted {
            // Counted from the right: before a word stand its own blanks, the indentation is what is left out.
            let unit = blanks.get((index + run).saturating_sub(wanted).min(run.saturating_sub(1))).or(solid).or(units.last())?;
            written.push(place(unit));
        }
        at += wanted;
        next += run;
        if at == characters.len() {
            break;
        }
        if solid?.solid != Some(characters[at]) {
            return None;
        }
        written.push(place(solid?));
        at += 1;
        next += 1;
    }
    let bytes = |offset: usize| u32::try_from(start + offset).ok();
    written.into_iter().map(|(first, end)| Some((bytes(first)?, bytes(end)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<f64> {
        match resolve(text) {
            Plain::Value(Value::Int(value)) => Some(value as f64),
            Plain::Value(Value::Float(value)) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn numbers_are_those_of_the_core_schema() {
        // YAML 1.2.2, example 10.3 and the table of section 10.3.2.
        for (text, value) in [
            ("0", 0.0),
            ("-19", -19.0),
            ("0o7", 7.0),
            ("0x3A", 58.0),
            ("0.", 0.0),
            ("-0.0", 0.0),
            (".5", 0.5),
            ("+12e03", 12000.0),
            ("-2E+05", -2e5),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        assert_eq!(number("-.Inf"), Some(f64::NEG_INFINITY));
        assert!(number(".nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn texts_stay_texts() {
        for text in
            ["yes", "no", "on", "off", "1_000", "12:30", "30 GeV", "1e", ".", "-", "+", "0b1", "0x", "e3", "-.nan", "inf", "- 1"]
        {
            assert!(matches!(resolve(text), Plain::Value(Value::Text(_))), "{text}");
        }
    }

    #[test]
    fn leading_zeros_and_numbers_beyond_doubles_are_refused() {
        for text in ["010", "-010", "00", "+07"] {
            assert!(matches!(resolve(text), Plain::LeadingZero), "{text}");
        }
        for text in ["1e999", "0xffffffffffffffffff"] {
            assert!(matches!(resolve(text), Plain::TooLarge), "{text}");
        }
        assert_eq!(number("18446744073709551616"), Some(18446744073709551616.0));
        assert_eq!(number("00.5"), Some(0.5));
    }
}
