//! A property list as JSON, written as Python's `json.dumps` does: the text that readers of ORCA headers expect.

use plist::Value;
use std::fmt::Write;

/// The text of a value. Dates become texts, data base64.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Dictionary(members) => {
            out.push('{');
            for (i, (key, value)) in members.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                quote(key, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, value) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(value, out);
            }
            out.push(']');
        }
        Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Integer(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Real(value) => out.push_str(&real(*value)),
        Value::String(text) => quote(text, out),
        Value::Date(date) => quote(&date.to_xml_format(), out),
        Value::Data(bytes) => quote(&base64(bytes), out),
        Value::Uid(uid) => {
            let _ = write!(out, "{}", uid.get());
        }
        _ => out.push_str("null"),
    }
}

/// ASCII only; all other characters as UTF-16 in hexadecimal digits.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// The shortest digits that give the number back, with an exponent below 1e-4 and from 1e16 on.
fn real(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{value}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= three.len() { digit as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        // Python 3.11: json.dumps of each.
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (-2.5e-7, "-2.5e-07"),
            (123456.789, "123456.789"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, wanted) in cases {
            assert_eq!(real(value), wanted);
        }
    }

    #[test]
    fn texts_are_ascii() {
        let mut out = String::new();
        quote("a\"\\\n\u{1}é\u{7f}😀", &mut out);
        // Python 3.11: json.dumps('a"\\\n\x01é\x7f😀')
        assert_eq!(out, r#""a\"\\\n\u0001\u00e9\u007f\ud83d\ude00""#);
    }

    #[test]
    fn data_become_base64() {
        // RFC 4648, section 10.
        for (bytes, wanted) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), wanted);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(text in ".*", number in proptest::num::f64::NORMAL) {
            let list = Value::Array(vec![Value::String(text.clone()), Value::Real(number)]);
            let read: serde_json::Value = serde_json::from_str(&super::text(&list)).unwrap();
            proptest::prop_assert_eq!(read[0].as_str(), Some(text.as_str()));
            // serde_json without `float_roundtrip` may be an ulp off; Rust's own parser is not.
            proptest::prop_assert_eq!(real(number).parse::<f64>(), Ok(number));
        }
    }
}
