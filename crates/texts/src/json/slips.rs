//! Words and numbers that are not JSON, by name.

use super::Reader;
use crate::node::Value;
use crate::source::Span;

/// A number as RFC 8259 writes it, or what is wrong with it.
pub(super) fn number(text: &str) -> Result<Value, (String, Option<&'static str>)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if is_number(digits) && !has_leading_zero(digits) {
        return value(text, digits);
    }
    if text.starts_with('+') {
        return Err((format!("number with a plus sign: `{text}`"), Some("leave the sign out")));
    }
    if digits.eq_ignore_ascii_case("inf") || digits.eq_ignore_ascii_case("infinity") {
        return Err((format!("JSON has no `{text}`"), Some("write a number or null")));
    }
    if digits.starts_with('.') || digits.ends_with('.') || digits.contains(".e") || digits.contains(".E") {
        return Err((format!("number without digits at its point: `{text}`"), Some("write 0.5, 5.0")));
    }
    if has_leading_zero(digits) {
        return Err((format!("number with a leading zero: `{text}`"), Some("leave the zero out, or quote a text")));
    }
    Err((format!("`{text}` is not a number"), None))
}

fn has_leading_zero(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'0', second, ..] if second.is_ascii_digit())
}

fn value(text: &str, digits: &str) -> Result<Value, (String, Option<&'static str>)> {
    if digits.bytes().all(|b| b.is_ascii_digit())
        && text != "-0"
        && let Ok(value) = text.parse::<i64>()
    {
        return Ok(Value::Int(value));
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Value::Float(value)),
        _ => Err((format!("number out of range: `{text}`"), Some("the largest double is 1.8e308"))),
    }
}

/// Whether a text is digits with a point between digits and an exponent, if any.
fn is_number(text: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let bytes = text.as_bytes();
    let mut at = digits(bytes);
    let mut complete = at > 0;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(&bytes[at + 1..]);
        at += 1 + fraction;
        complete &= fraction > 0;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let exponent = digits(&bytes[at..]);
        at += exponent;
        complete &= exponent > 0;
    }
    complete && at == bytes.len()
}

/// Sentence and advice for a word that is no value, and whether reading can go on behind it.
pub(super) fn word(text: &str) -> (String, Option<&'static str>, bool) {
    let advice = match text.to_lowercase().as_str() {
        "true" => "write `true`",
        "false" => "write `false`",
        "none" | "nil" | "null" | "undefined" => "write `null`",
        "nan" | "inf" | "infinity" => return (format!("JSON has no `{text}`"), Some("write a number or null"), true),
        _ if text.starts_with([':', ',', ']', '}']) => return (format!("a value is missing before `{text}`"), None, false),
        _ if text.starts_with(|c: char| c.is_alphanumeric() || c == '_') => "put texts in double quotes",
        _ => return (format!("`{text}` begins no value"), None, false),
    };
    (format!("`{text}` is not JSON"), Some(advice), true)
}

impl Reader<'_> {
    /// Skips a comment, which JSON does not have; false if there is none.
    pub(super) fn skip_comment(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let line = || rest.find('\n').unwrap_or(rest.len());
        let length = if rest.starts_with("//") || rest.starts_with('#') {
            line()
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            return false;
        };
        let shown = length.min(line());
        self.report("JSON has no comments", Span::new(self.at, self.at + shown), Some("remove it"));
        self.at += length;
        true
    }
}
