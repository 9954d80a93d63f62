//! Text to tokens, places in characters. No character is lost: what is no token becomes [`Token::Unknown`].

use crate::Problem;
use germane_columns::{Unit, UnitError};
use std::ops::Range;

/// One piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Int(i64),
    Float(f64),
    /// a number with the unit behind it
    Quantity(f64, Unit),
    Text(String),
    Name(String),
    /// an operator or bracket
    Sign(&'static str),
    /// a piece that cannot be read, and why
    Unknown(Box<Problem>),
    End,
}

const SIGNS: [&str; 39] = [
    "<<", ">>", "**", "//", "<=", ">=", "==", "!=", "&&", "||", "??", "-", "+", "*", "/", "%", "<", ">", "=", "!", "&", "|", "^",
    "~", "(", ")", "[", "]", ",", ".", ":", "?", "@", ";", "$", "{", "}", "\\", "`",
];

/// Words that are no unit and no name of a column.
pub(crate) const WORDS: [&str; 15] =
    ["and", "or", "not", "in", "is", "if", "else", "as", "null", "true", "false", "inf", "nan", "pi", "this"];

/// All tokens with their places; the last is [`Token::End`].
pub(crate) fn tokens(text: &[char]) -> Vec<(Token, Range<usize>)> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < text.len() {
        let c = text[i];
        let start = i;
        if c.is_whitespace() {
            i += 1;
            continue;
        }
        if c == '#' {
            i += run(&text[i..], |c| c != '\n');
            continue;
        }
        let token = if c.is_ascii_digit() || (c == '.' && text.get(i + 1).is_some_and(char::is_ascii_digit)) {
            let (token, end) = number(text, i);
            i = end;
            token
        } else if c.is_ascii_alphabetic() || c == '_' || c == 'µ' {
            i += usize::from(c == 'µ');
            i += run(&text[i..], |c| c.is_ascii_alphanumeric() || c == '_');
            Token::Name(text[start..i].iter().collect())
        } else if let Some(length) = quoted(&text[i..]) {
            i += length;
            Token::Text(text[start + 1..i - 1].iter().collect())
        } else {
            let (token, length) = sign(&text[i..], i);
            i += length;
            token
        };
        out.push((token, start..i));
    }
    out.push((Token::End, text.len()..text.len()));
    out
}

fn run(text: &[char], keep: impl Fn(char) -> bool) -> usize {
    text.iter().position(|&c| !keep(c)).unwrap_or(text.len())
}

/// Length of a text in quotes, both included; it ends in the same line.
fn quoted(text: &[char]) -> Option<usize> {
    let quote = *text.first().filter(|c| matches!(c, '"' | '\''))?;
    let end = text[1..].iter().position(|&c| c == quote || c == '\n')?;
    (text[1 + end] == quote).then_some(end + 2)
}

fn sign(text: &[char], start: usize) -> (Token, usize) {
    let matches = |sign: &&&str| sign.chars().enumerate().all(|(k, c)| text.get(k) == Some(&c));
    let Some(&found) = SIGNS.iter().find(matches) else {
        return (unknown(start..start + 1, text[0].to_string()), 1);
    };
    match found {
        "<<" | ">>" => {
            let problem = Problem::new("syntax", start..start + 2, format!("`{found}` means nothing here"));
            let one = &found[..1];
            let problem = Problem { nearest: Some(one.to_owned()), ..problem.advice(format!("did you mean `{one}`?")) };
            (Token::Unknown(Box::new(problem)), 2)
        }
        "^" => {
            let problem = Problem::new("power", start..start + 1, "`^` is not a power here");
            let problem = Problem { nearest: Some("**".to_owned()), ..problem.advice("write `**` for a power") };
            (Token::Unknown(Box::new(problem)), 1)
        }
        "@" | ";" | "$" | "{" | "}" | "\\" | "`" => (unknown(start..start + 1, found.to_owned()), 1),
        _ => (Token::Sign(found), found.len()),
    }
}

fn unknown(place: Range<usize>, what: String) -> Token {
    Token::Unknown(Box::new(Problem::new("syntax", place, format!("`{what}` means nothing here"))))
}

/// A number at `start`, with the unit behind it where a name follows directly or after one blank.
fn number(text: &[char], start: usize) -> (Token, usize) {
    let digits = |from: usize| from + run(&text[from.min(text.len())..], |c| c.is_ascii_digit() || c == '_');
    let mut end = digits(start);
    let mut whole = end > start;
    if text.get(end) == Some(&'.') {
        whole = false;
        end += 1;
        end += run(&text[end..], |c| c.is_ascii_digit());
    }
    if let Some('e' | 'E') = text.get(end) {
        let sign = usize::from(matches!(text.get(end + 1), Some('+' | '-')));
        let after = end + 1 + sign;
        let length = run(&text[after.min(text.len())..], |c| c.is_ascii_digit());
        if length > 0 {
            whole = false;
            end = after + length;
        }
    }
    let written: String = text[start..end].iter().filter(|c| **c != '_').collect();
    let value: f64 = written.parse().unwrap_or(f64::NAN);
    if let Some((unit, unit_end)) = unit_text(text, end) {
        let unit_start = unit_end - unit.chars().count();
        return match Unit::parse(&unit) {
            Ok(unit) => (Token::Quantity(value, unit), unit_end),
            Err(UnitError { text: part, position, .. }) => {
                let at = unit_start + position;
                let problem = Problem::new("unit", at..at + part.chars().count(), format!("no unit `{part}`"));
                let problem = problem.nearest(&part, Unit::names());
                (Token::Unknown(Box::new(problem)), unit_end)
            }
        };
    }
    if !whole {
        return (Token::Float(value), end);
    }
    match written.parse() {
        Ok(value) => (Token::Int(value), end),
        Err(_) => {
            let problem = Problem::new("syntax", start..end, "this whole number does not fit into 64 bits");
            (Token::Unknown(Box::new(problem.advice("write it with a point"))), end)
        }
    }
}

/// `name(**n)?([*/]name(**n)?)*` behind a number, at most one blank before it.
fn unit_text(text: &[char], end: usize) -> Option<(String, usize)> {
    let letters = |from: usize| from + run(&text[from.min(text.len())..], |c| c.is_ascii_alphabetic());
    let begin = end + usize::from(text.get(end) == Some(&' '));
    let mut stop = letters(begin);
    let first: String = text[begin.min(text.len())..stop].iter().collect();
    if first.is_empty() || WORDS.contains(&first.as_str()) {
        return None;
    }
    let power = |from: usize| {
        if text.get(from) != Some(&'*') || text.get(from + 1) != Some(&'*') {
            return from;
        }
        let digits = from + 2 + usize::from(text.get(from + 2) == Some(&'-'));
        let length = run(&text[digits.min(text.len())..], |c| c.is_ascii_digit());
        if length > 0 { digits + length } else { from }
    };
    stop = power(stop);
    while let Some('*' | '/') = text.get(stop) {
        let next = letters(stop + 1);
        if next == stop + 1 {
            break;
        }
        stop = power(next);
    }
    Some((text[begin..stop].iter().collect(), stop))
}
