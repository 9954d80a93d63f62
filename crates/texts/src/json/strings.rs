//! Texts of JSON: escapes decoded, places kept.

use super::Reader;
use crate::node::{Node, Places, Value};
use crate::source::Span;

impl Reader<'_> {
    /// A text in double quotes; reading stands on the first quote.
    pub(super) fn string(&mut self) -> Option<(String, Places)> {
        let start = self.at;
        let inner = start + 1;
        let bytes = self.text.as_bytes();
        // Most texts hold nothing special: one scan, one copy.
        let plain = bytes[inner..].iter().position(|b| *b == b'"' || *b == b'\\' || *b < 0x20).unwrap_or(bytes.len() - inner);
        if bytes.get(inner + plain) == Some(&b'"') {
            self.at = inner + plain + 1;
            return Some((self.text[inner..inner + plain].to_owned(), Places::From(inner)));
        }
        let mut text = String::new();
        let mut written: Vec<(u32, u32)> = Vec::new();
        self.at = inner;
        loop {
            let here = self.at;
            let Some(c) = self.text[here..].chars().next() else {
                self.unclosed(start);
                return None;
            };
            let meaning = match c {
                '"' => {
                    self.at += 1;
                    return Some((text, Places::Each(written.into())));
                }
                '\n' | '\r' => {
                    self.unclosed(start);
                    return None;
                }
                '\\' => self.escape()?,
                c if c < ' ' => {
                    let span = Span::new(here, here + 1);
                    self.report("a control character in a text", span, Some("write it as an escape: \\t, \\u0007"));
                    self.at += 1;
                    c
                }
                c => {
                    self.at += c.len_utf8();
                    c
                }
            };
            text.push(meaning);
            written.push((place(here), place(self.at)));
        }
    }

    fn unclosed(&mut self, start: usize) {
        let line = self.text[start..].find(['\n', '\r']).unwrap_or(self.text.len() - start);
        self.stop("this text has no closing quote on its line", Span::new(start, start + line), Some("close it with \""));
    }

    /// The character of an escape; reading stands on the backslash.
    fn escape(&mut self) -> Option<char> {
        let start = self.at;
        let letter = self.text[start + 1..].chars().next();
        let simple = match letter {
            Some(c @ ('"' | '\\' | '/')) => Some(c),
            Some('b') => Some('\x08'),
            Some('f') => Some('\x0c'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            _ => None,
        };
        if let Some(c) = simple {
            self.at = start + 2;
            return Some(c);
        }
        if letter == Some('u') {
            let first = self.hex(start + 2);
            let (value, length) = match first {
                // Two halves make one character beyond the basic plane.
                Some(high @ 0xd800..=0xdbff) if self.text[start + 6..].starts_with("\\u") => match self.hex(start + 8) {
                    Some(low @ 0xdc00..=0xdfff) => (Some(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12),
                    _ => (None, 6),
                },
                Some(value) => (Some(value), 6),
                None => (None, 2),
            };
            self.at = start + length;
            if let Some(c) = value.and_then(char::from_u32) {
                return Some(c);
            }
            let message = if first.is_some() { "half of a character pair" } else { "`\\u` without four hexadecimal digits" };
            self.report(message, Span::new(start, self.at), Some("write the character itself"));
            return (!self.stopped).then_some('\u{fffd}');
        }
        let length = 1 + letter.filter(|c| *c != '\n').map_or(0, char::len_utf8);
        self.at = start + length;
        self.report("unknown escape in a text", Span::new(start, self.at), Some("write `\\\\` for a backslash"));
        (!self.stopped).then_some('\u{fffd}')
    }

    /// Four hexadecimal digits from byte `at`.
    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        // A sign would be read as part of the number.
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(digits, 16).ok()
    }

    /// A text in single quotes, as Python prints it: named, then read as if it were right.
    pub(super) fn single_quoted(&mut self) -> Option<Node> {
        let start = self.at;
        let line = self.text[start..].find('\n').map_or(self.text.len(), |end| start + end);
        let Some(end) = self.text[start + 1..line].find('\'').map(|end| start + 1 + end) else {
            self.stop("this text has no closing quote on its line", Span::new(start, line), Some("texts stand in double quotes"));
            return None;
        };
        self.report("single quotes", Span::new(start, end + 1), Some("JSON texts stand in double quotes"));
        self.at = end + 1;
        let value = Value::Text(self.text[start + 1..end].to_owned());
        (!self.stopped).then(|| Node::new(value, Span::new(start, end + 1)))
    }
}

/// Offsets beyond 4 GiB cannot be kept; they point at the end of that range.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
