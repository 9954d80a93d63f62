//! Text of a formula → operations, by precedence climbing (V. Pratt, POPL 1973).

use germane_texts::{Diagnostic, nearest};
use std::ops::Range;

use super::functions::{CONSTANTS, FUNCTIONS, Function};
use super::{FormulaError, Operation};

/// Levels of brackets that are read; bounds the stack of the reader.
const DEEPEST: usize = 100;

const CHOOSE: u8 = 0;
const OR: u8 = 1;
const UNARY: u8 = 7;
const POWER: u8 = 8;

/// Operators between two values, the longer before the shorter that it begins with; whether they read from the right, and
/// whether the sides are exchanged.
const BINARY: [(&str, u8, Function, bool); 15] = [
    ("||", OR, Function::Or, false),
    ("&&", 2, Function::And, false),
    ("==", 3, Function::Equal, false),
    ("!=", 3, Function::NotEqual, false),
    ("<=", 4, Function::LessOrEqual, false),
    (">=", 4, Function::LessOrEqual, true),
    ("<", 4, Function::Less, false),
    (">", 4, Function::Less, true),
    ("+", 5, Function::Add, false),
    ("-", 5, Function::Subtract, false),
    ("**", POWER, Function::Power, false),
    ("*", 6, Function::Multiply, false),
    ("/", 6, Function::Divide, false),
    ("^", POWER, Function::Power, false),
    ("?", CHOOSE, Function::Choose, false),
];

pub(super) fn operations(text: &str, names: &[&str]) -> Result<Vec<Operation>, FormulaError> {
    let mut reader = Reader { text, at: 0, depth: 0, names, out: Vec::new() };
    reader.expression(CHOOSE)?;
    reader.spaces();
    if reader.at < text.len() {
        let end = reader.at + reader.rest().chars().next().map_or(0, char::len_utf8);
        return Err(mistake(reader.at..end, "an operator or the end of the formula was expected here"));
    }
    Ok(reader.out)
}

fn mistake(place: Range<usize>, message: impl Into<String>) -> FormulaError {
    FormulaError { place, diagnostic: Diagnostic::new("formula", message) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    names: &'a [&'a str],
    out: Vec<Operation>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.spaces();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn demand(&mut self, sign: &str) -> Result<(), FormulaError> {
        if self.takes(sign) {
            return Ok(());
        }
        let end = (self.at + 1).min(self.text.len()).max(self.at);
        Err(mistake(self.at..end, format!("`{sign}` was expected here")))
    }

    /// An expression whose operators bind at least as strongly as `least`.
    fn expression(&mut self, least: u8) -> Result<(), FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(mistake(self.at..self.at, format!("more than {DEEPEST} levels of brackets and signs")));
        }
        self.operand()?;
        loop {
            self.spaces();
            let found = BINARY.iter().find(|(sign, ..)| self.rest().starts_with(sign));
            let Some(&(sign, strength, function, exchanged)) = found.filter(|(_, strength, ..)| *strength >= least) else {
                break;
            };
            self.at += sign.len();
            match strength {
                CHOOSE => {
                    self.expression(CHOOSE)?;
                    self.demand(":")?;
                    self.expression(CHOOSE)?;
                }
                // From the right, and with signs in the exponent.
                POWER => self.expression(UNARY)?,
                _ if exchanged => {
                    let right = self.out.len();
                    let left = start_of(&self.out);
                    self.expression(strength + 1)?;
                    self.out[left..].rotate_left(right - left);
                }
                _ => self.expression(strength + 1)?,
            }
            self.out.push(Operation::Apply(function));
        }
        self.depth -= 1;
        Ok(())
    }

    fn operand(&mut self) -> Result<(), FormulaError> {
        self.spaces();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Err(mistake(start..start, "the formula ends where a value was expected"));
        };
        self.at += first.len_utf8();
        match first {
            '(' => {
                self.expression(CHOOSE)?;
                self.demand(")")
            }
            '+' => self.expression(UNARY),
            '-' | '!' => {
                self.expression(UNARY)?;
                self.out.push(Operation::Apply(if first == '-' { Function::Negate } else { Function::Not }));
                Ok(())
            }
            '@' => self.numbered(start),
            '0'..='9' | '.' => self.number(start),
            letter if letter.is_alphabetic() || letter == '_' => self.named(start),
            other => Err(mistake(start..self.at, format!("`{other}` does not belong here"))),
        }
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(fits).len();
    }

    fn numbered(&mut self, start: usize) -> Result<(), FormulaError> {
        self.take_while(|c| c.is_ascii_digit());
        let index = self.text[start + 1..self.at].parse::<usize>().ok().filter(|index| *index < self.names.len());
        let index = index.ok_or_else(|| {
            let message = format!("`{}` is none of the {} arguments", &self.text[start..self.at], self.names.len());
            mistake(start..self.at, message)
        })?;
        self.out.push(Operation::Variable(index));
        Ok(())
    }

    fn number(&mut self, start: usize) -> Result<(), FormulaError> {
        self.take_while(|c| c.is_ascii_digit() || c == '.');
        if self.rest().starts_with(['e', 'E']) {
            let exponent = self.rest()[1..].trim_start_matches(['+', '-']);
            if exponent.starts_with(|c: char| c.is_ascii_digit()) {
                self.at = self.text.len() - exponent.len();
                self.take_while(|c| c.is_ascii_digit());
            }
        }
        let text = &self.text[start..self.at];
        let value = text.parse().map_err(|_| mistake(start..self.at, format!("`{text}` is no number")))?;
        self.out.push(Operation::Number(value));
        Ok(())
    }

    fn named(&mut self, start: usize) -> Result<(), FormulaError> {
        self.take_while(|c| c.is_alphanumeric() || c == '_' || c == ':');
        // The colon of `a?b:c` belongs to no name.
        let word = &self.text[start..self.at];
        let length = if word.starts_with("TMath::") { word.len() } else { word.find(':').unwrap_or(word.len()) };
        self.at = start + length;
        let word = &self.text[start..self.at];
        let of_root = word.strip_prefix("TMath::");
        if self.takes("(") {
            return self.call(start..start + length, word, of_root);
        }
        let constant = CONSTANTS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if let Some(index) = self.names.iter().position(|name| *name == word) {
            self.out.push(Operation::Variable(index));
        } else if let Some(value) = constant {
            self.out.push(Operation::Number(value));
        } else {
            let problem = Diagnostic::new("name", format!("the formula has no argument `{word}`"));
            let near = nearest(word, self.names.iter().copied().chain(CONSTANTS.map(|(name, _)| name)));
            let diagnostic = match near {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("its arguments are {}", self.names.join(", "))),
            };
            return Err(FormulaError { place: start..start + length, diagnostic });
        }
        Ok(())
    }

    fn call(&mut self, place: Range<usize>, word: &str, of_root: Option<&str>) -> Result<(), FormulaError> {
        if matches!(of_root, Some("Pi" | "E")) {
            self.out.push(Operation::Number(if of_root == Some("Pi") { std::f64::consts::PI } else { std::f64::consts::E }));
            return self.demand(")");
        }
        let fits = |(c, root, _): &&(&str, &str, Function)| {
            of_root.map_or(*c == word || (word == "ln" && *c == "log"), |name| name == *root)
        };
        let Some((_, _, function)) = FUNCTIONS.iter().find(fits) else {
            let problem = Diagnostic::new("name", format!("no function `{word}`"));
            let near = match of_root {
                Some(name) => nearest(name, FUNCTIONS.map(|(_, root, _)| root)).map(|root| format!("TMath::{root}")),
                None => nearest(word, FUNCTIONS.map(|(name, ..)| name)).map(str::to_owned),
            };
            let all = FUNCTIONS.map(|(name, ..)| name).join(", ");
            let diagnostic = match near {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("there are {all}")),
            };
            return Err(FormulaError { place, diagnostic });
        };
        let mut count = 0;
        loop {
            self.expression(CHOOSE)?;
            count += 1;
            if !self.takes(",") {
                break;
            }
        }
        self.demand(")")?;
        if count != function.arguments() {
            let message = format!("`{word}` takes {} values, {count} are given", function.arguments());
            return Err(mistake(place.start..self.at, message));
        }
        self.out.push(Operation::Apply(*function));
        Ok(())
    }
}

/// Where the operations of the last whole value begin.
fn start_of(operations: &[Operation]) -> usize {
    let (mut at, mut wanted) = (operations.len(), 1);
    while wanted > 0 && at > 0 {
        at -= 1;
        wanted -= 1;
        if let Operation::Apply(function) = operations[at] {
            wanted += function.arguments();
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::{Formula, Stack};

    fn value(text: &str) -> f64 {
        Formula::read(text, &["a", "b"]).unwrap_or_else(|e| panic!("{text}: {e:?}")).value(&[2.0, 3.0], &mut Stack::default())
    }

    #[test]
    fn operators_bind_as_in_c_and_powers_from_the_right() {
        // By hand.
        for (text, truth) in [
            ("a+b*2", 8.0),
            ("-a^2", -4.0),
            ("2^b^2", 512.0),
            ("2**-1", 0.5),
            ("a-b-1", -2.0),
            ("24/b/a", 4.0),
            ("a>b ? 1 : b>=3 && !(a==3) ? 5 : 6", 5.0),
            ("a>1", 1.0),
            ("1>a+1", 0.0),
            ("b<=3||a/0", 1.0),
            ("TMath::Max(@0,@1)*TMath::Pi()/pi", 3.0),
            ("pow(a, b) + min(a, b) + 1e1", 20.0),
            ("a?b:1", 3.0),
            ("ln(exp(a))", 2.0),
        ] {
            assert_eq!(value(text), truth, "{text}");
        }
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, place) in [
            ("", 0..0),
            ("a+", 2..2),
            ("a b", 2..3),
            ("@7", 0..2),
            ("(a", 2..2),
            ("min(a)", 0..6),
            ("expp(a)", 0..4),
            ("a ? b", 5..5),
            ("1.2.3", 0..5),
            ("a $ b", 2..3),
        ] {
            assert_eq!(Formula::read(text, &["a", "b"]).unwrap_err().place, place, "{text}");
        }
        let deep = "(".repeat(1_000_000);
        assert!(Formula::read(&deep, &[]).unwrap_err().diagnostic.message.contains("levels"));
    }
}
