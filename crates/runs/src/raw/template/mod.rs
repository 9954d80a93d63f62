//! Names with places to fill: `ch{key:0>7d}`, `{file_key}_{name}.lh5`.
//!
//! Source: "Format String Syntax" of the Python language, as far as it has a meaning for integers and texts.

mod number_format;

pub(crate) use number_format::Form;

use std::ops::Range;

/// What a place is filled with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    /// an integer, such as the number of a channel
    Integer(i128),
    /// a text
    Text(String),
}

/// A text cut at its places.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Place { name: String, form: Form, at: Range<usize> },
}

/// What is wrong with a template, and which of its characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mistake {
    /// characters of the text
    pub at: Range<usize>,
    /// one sentence
    pub message: String,
    /// the name that is not known, for a suggestion
    pub unknown: Option<String>,
}

impl Mistake {
    fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), unknown: None }
    }
}

impl Template {
    /// Cuts a text.
    ///
    /// # Errors
    /// Braces without partner, places without name, forms that Python does not know either.
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        let chars: Vec<char> = text.chars().collect();
        let (mut pieces, mut plain, mut i) = (Vec::new(), String::new(), 0);
        while i < chars.len() {
            match (chars[i], chars.get(i + 1)) {
                ('{', Some('{')) | ('}', Some('}')) => {
                    plain.push(chars[i]);
                    i += 2;
                }
                ('}', _) => return Err(Mistake::new(i..i + 1, "`}` closes nothing; write `}}` for the sign itself")),
                ('{', _) => {
                    let Some(length) = chars[i + 1..].iter().position(|&c| c == '}') else {
                        return Err(Mistake::new(i..chars.len(), "`{` is not closed; write `{{` for the sign itself"));
                    };
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    let end = i + length + 2;
                    pieces.push(place(&chars[i + 1..end - 1], i..end)?);
                    i = end;
                }
                (c, _) => {
                    plain.push(c);
                    i += 1;
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// Names of the places.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Place { name, at, .. } => Some((name.as_str(), at.clone())),
            Piece::Text(_) => None,
        })
    }

    /// Whether there is a place of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|(n, _)| n == name)
    }

    /// The text with all places filled.
    ///
    /// # Errors
    /// A name that `word` does not know, or a form that does not fit what it gives.
    pub(crate) fn fill(&self, word: &dyn Fn(&str) -> Option<Word>) -> Result<String, Mistake> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Place { name, form, at } => {
                    let Some(word) = word(name) else {
                        let message = format!("nothing gives `{{{name}}}`");
                        return Err(Mistake { unknown: Some(name.clone()), ..Mistake::new(at.clone(), message) });
                    };
                    let text = match &word {
                        // As the peer: a number is written as text where the form is one for texts.
                        Word::Integer(value) => form.integer(*value).or_else(|_| form.text(&value.to_string())),
                        Word::Text(text) => form.text(text),
                    };
                    out.push_str(&text.map_err(|reason| Mistake::new(at.clone(), format!("`{{{name}}}`: {reason}")))?);
                }
            }
        }
        Ok(out)
    }
}

fn place(inner: &[char], at: Range<usize>) -> Result<Piece, Mistake> {
    let split = inner.iter().position(|&c| c == ':').unwrap_or(inner.len());
    let name: String = inner[..split].iter().collect();
    let form: String = inner[split..].iter().skip(1).collect();
    if name.is_empty() || name.chars().all(|c| c.is_ascii_digit()) {
        return Err(Mistake::new(at, "places have names: `{key}`, `{name}`, or a word given with `--set`"));
    }
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(Mistake::new(at, format!("`{name}` is no name: letters, digits and `_`")));
    }
    if form.contains('{') {
        return Err(Mistake::new(at, "a form cannot hold a place of its own"));
    }
    match Form::parse(&form) {
        Ok(form) => Ok(Piece::Place { name, form, at }),
        Err(reason) => Err(Mistake::new(at, format!("form `{form}`: {reason}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, key: Word) -> Result<String, String> {
        let template = Template::parse(text).map_err(|m| m.message)?;
        template.fill(&|name| (name == "key").then(|| key.clone())).map_err(|m| m.message)
    }

    #[test]
    fn integers_are_written_as_python_writes_them() {
        // CPython 3.11: TEXT.format(key=52800), or ValueError
        for (text, expected) in [
            ("ch{key}", "ch52800"),
            ("ch{key:0>7d}/raw", "ch0052800/raw"),
            ("ch{key:07d}", "ch0052800"),
            ("{key:<8}|", "52800   |"),
            ("{key:^8}|", " 52800  |"),
            ("{key:*^9d}", "**52800**"),
            ("{key:+d}", "+52800"),
            ("{key: d}", " 52800"),
            ("{key:=+8d}", "+  52800"),
            ("{key:x=+8d}", "+xx52800"),
            ("{key:x}", "ce40"),
            ("{key:#X}", "0XCE40"),
            ("{key:#010x}", "0x0000ce40"),
            ("{key:o}", "147100"),
            ("{key:b}", "1100111001000000"),
            ("{key:,}", "52,800"),
            ("{key:_x}", "ce40"),
            ("{key:_b}", "1100_1110_0100_0000"),
            ("{key:010,}", "00,052,800"),
            ("{key:09,}", "0,052,800"),
            ("{key:<07d}", "5280000"),
            ("{key:n}", "52800"),
            ("{{{key}}}", "{52800}"),
            ("{key:>8s}", "   52800"),
        ] {
            assert_eq!(filled(text, Word::Integer(52800)).as_deref(), Ok(expected), "{text}");
        }
        for text in ["{key:.2d}", "{key:y}", "{key:,x}", "{key:0>7dd}", "{key", "key}", "{}", "{0}", "{key.x}", "{key:>{w}}"] {
            assert!(filled(text, Word::Integer(1)).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_are_written_as_python_writes_them() {
        let text = || Word::Text("fcid_1".into());
        // CPython 3.11: TEXT.format(key="fcid_1"), or ValueError
        for (template, expected) in [
            ("{key}", "fcid_1"),
            ("{key:>8}", "  fcid_1"),
            ("{key:8}|", "fcid_1  |"),
            ("{key:-^10s}", "--fcid_1--"),
            ("{key:.4}", "fcid"),
            ("{key:08}", "fcid_100"),
        ] {
            assert_eq!(filled(template, text()).as_deref(), Ok(expected), "{template}");
        }
        for template in ["{key:d}", "{key:=8}", "{key:+}", "{key:#}", "{key:,}", "{key:0>7d}"] {
            assert!(filled(template, text()).is_err(), "{template}");
        }
    }

    #[test]
    fn mistakes_name_their_characters() {
        let mistake = Template::parse("ab{key:0>7q}c").unwrap_err();
        assert_eq!(mistake.at, 2..12);
        let mistake = Template::parse("é{ky}").unwrap().fill(&|_| None).unwrap_err();
        assert_eq!((mistake.at, mistake.unknown.as_deref()), (1..5, Some("ky")));
    }
}
