//! Tokens to a tree: precedence climbing (V. Pratt, POPL 1973). The first mistake ends the reading; what was read so far stays.
//!
//! Loosest first: `if else` · `??` · `or` · `and` · `not` · comparisons, `in`, `is null` · `|` · `&` · `+ -` · `* / // %`
//! · unary `- + ! ~` · `**` (from the right) · `. [] () as`.

use super::token::{Token, tokens};
use super::tree::{Binary, Comparison, Literal, Syntax, SyntaxId, Tree, Unary, Word};
use crate::Problem;
use std::ops::Range;

const TERNARY: u8 = 0;
const COALESCE: u8 = 1;
const OR: u8 = 2;
const AND: u8 = 3;
const NOT: u8 = 4;
const COMPARE: u8 = 5;
const BIT_OR: u8 = 6;
const BIT_AND: u8 = 7;
const SUM: u8 = 8;
const PRODUCT: u8 = 9;
const UNARY: u8 = 10;
const POWER: u8 = 11;

/// Levels of brackets that are read; bounds the stack of everything that walks a tree.
const DEEPEST: u32 = 100;

/// The tree of a text, and the mistake that ended the reading.
pub fn parse(text: &str) -> (Tree, Option<Problem>) {
    let mut tree = Tree::new(text);
    let tokens = tokens(&tree.text);
    let end = tree.text.len();
    tree.push(Syntax::Hole, end..end);
    let mut parser = Parser { tokens, position: 0, depth: 0, tree, problem: None };
    let root = parser.expression(TERNARY);
    if parser.problem.is_none() && *parser.token() != Token::End {
        parser.unexpected();
    }
    parser.tree.root = root;
    (parser.tree, parser.problem)
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    position: usize,
    depth: u32,
    tree: Tree,
    problem: Option<Problem>,
}

impl Parser {
    fn token(&self) -> &Token {
        &self.tokens[self.position].0
    }

    fn here(&self) -> Range<usize> {
        self.tokens[self.position].1.clone()
    }

    /// End of the token before this one.
    fn behind(&self) -> usize {
        self.position.checked_sub(1).map_or(0, |before| self.tokens[before].1.end)
    }

    fn advance(&mut self) {
        self.position = (self.position + 1).min(self.tokens.len() - 1);
    }

    fn is(&self, text: &str) -> bool {
        match self.token() {
            Token::Sign(sign) => *sign == text,
            Token::Name(name) => name == text,
            _ => false,
        }
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.is(text);
        if found {
            self.advance();
        }
        found
    }

    /// Records the first mistake and goes to the end, so that all open levels close.
    fn fail(&mut self, problem: Problem) -> SyntaxId {
        if self.problem.is_none() {
            self.problem = Some(problem);
        }
        self.position = self.tokens.len() - 1;
        self.tree.push(Syntax::Hole, self.here())
    }

    fn unexpected(&mut self) -> SyntaxId {
        let place = self.here();
        let problem = match self.token() {
            Token::End => Problem::new("syntax", place, "the text ends here"),
            Token::Unknown(problem) => (**problem).clone(),
            Token::Sign("=") => Problem {
                nearest: Some("==".to_owned()),
                ..Problem::new("syntax", place, "`=` assigns nothing here").advice("write `==` to compare")
            },
            _ => {
                let text: String = self.tree.text[place.clone()].iter().collect();
                Problem::new("syntax", place, format!("unexpected `{text}`"))
            }
        };
        self.fail(problem)
    }

    fn need(&mut self, text: &str) {
        if self.take(text) || self.problem.is_some() {
            return;
        }
        let ends = match self.token() {
            Token::End => ", the text ends here",
            Token::Unknown(_) | Token::Sign("=") => {
                self.unexpected();
                return;
            }
            _ => "",
        };
        self.fail(Problem::new("syntax", self.here(), format!("expected `{text}`{ends}")));
    }

    fn push(&mut self, syntax: Syntax, start: usize, end: usize) -> SyntaxId {
        let id = self.tree.push(syntax, start..end.max(start));
        if self.tree.height(id) > DEEPEST {
            return self.too_deep(start);
        }
        id
    }

    fn too_deep(&mut self, start: usize) -> SyntaxId {
        let advice = "give parts of it names of their own";
        let end = (start + 1).min(self.tree.text.len());
        self.fail(Problem::new("syntax", start..end, "this is nested too deeply").advice(advice))
    }

    fn start(&self, id: SyntaxId) -> usize {
        self.tree.place(id).start
    }

    fn end(&self, id: SyntaxId) -> usize {
        self.tree.place(id).end
    }

    fn expression(&mut self, loosest: u8) -> SyntaxId {
        self.depth += 1;
        let id = if self.depth > DEEPEST { self.too_deep(self.here().start) } else { self.operators(loosest) };
        self.depth -= 1;
        id
    }

    fn operators(&mut self, loosest: u8) -> SyntaxId {
        let mut left = self.prefix(loosest);
        loop {
            if loosest <= COMPARE && self.at_comparison() {
                left = self.comparison(left);
            } else if loosest == TERNARY && self.take("if") {
                let condition = self.expression(COALESCE);
                self.need("else");
                let otherwise = self.expression(TERNARY);
                let (start, end) = (self.start(left), self.end(otherwise));
                left = self.push(Syntax::Choose { condition, then: left, otherwise }, start, end);
            } else if let Some((op, power, right_power)) = self.binary().filter(|(_, power, _)| *power >= loosest) {
                let place = self.here();
                self.advance();
                let right = self.expression(right_power);
                let (start, end) = (self.start(left), self.end(right));
                left = self.push(Syntax::Binary { op, place, left, right }, start, end);
                let _ = power;
            } else {
                return left;
            }
        }
    }

    /// The operator here, how tight it binds, how tight its right side must bind.
    fn binary(&self) -> Option<(Binary, u8, u8)> {
        let text = match self.token() {
            Token::Sign(sign) => *sign,
            Token::Name(name) => name.as_str(),
            _ => return None,
        };
        Some(match text {
            "??" => (Binary::Default, COALESCE, COALESCE),
            "or" | "||" => (Binary::Or, OR, AND),
            "and" | "&&" => (Binary::And, AND, NOT),
            "|" => (Binary::BitOr, BIT_OR, BIT_AND),
            "&" => (Binary::BitAnd, BIT_AND, SUM),
            "+" => (Binary::Add, SUM, PRODUCT),
            "-" => (Binary::Subtract, SUM, PRODUCT),
            "*" => (Binary::Multiply, PRODUCT, UNARY),
            "/" => (Binary::Divide, PRODUCT, UNARY),
            "//" => (Binary::FloorDivide, PRODUCT, UNARY),
            "%" => (Binary::Modulo, PRODUCT, UNARY),
            "**" => (Binary::Power, POWER, UNARY),
            _ => return None,
        })
    }

    fn compare_sign(&self) -> Option<Comparison> {
        let Token::Sign(sign) = self.token() else { return None };
        Some(match *sign {
            "<" => Comparison::Less,
            "<=" => Comparison::LessEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterEqual,
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            _ => return None,
        })
    }

    fn at_comparison(&self) -> bool {
        let not_in = || matches!(self.tokens.get(self.position + 1), Some((Token::Name(name), _)) if name == "in");
        self.compare_sign().is_some() || self.is("in") || self.is("is") || (self.is("not") && not_in())
    }

    fn comparison(&mut self, first: SyntaxId) -> SyntaxId {
        let (mut parts, mut ops) = (vec![first], Vec::new());
        while self.at_comparison() {
            let place = self.here();
            let value = parts[parts.len() - 1];
            let start = self.start(value);
            if let Some(op) = self.compare_sign() {
                self.advance();
                ops.push((op, place));
                let part = self.expression(BIT_OR);
                parts.push(part);
                continue;
            }
            let mut single = if self.take("is") {
                let negated = self.take("not");
                self.need("null");
                let end = self.behind();
                let single = self.push(Syntax::IsNull(value), start, end);
                if negated { self.push(Syntax::Unary { op: Unary::Not, of: single }, start, end) } else { single }
            } else {
                let negated = self.take("not");
                self.need("in");
                let open = self.here().start;
                self.need("(");
                let mut choices = vec![self.expression(TERNARY)];
                while self.take(",") && !self.is(")") {
                    let choice = self.expression(TERNARY);
                    choices.push(choice);
                }
                self.need(")");
                let end = self.behind();
                if !ops.is_empty() {
                    self.fail(Problem::new("syntax", open..end.max(open), "`in` cannot continue a chain"));
                }
                let single = self.push(Syntax::In { value, choices }, start, end);
                if negated { self.push(Syntax::Unary { op: Unary::Not, of: single }, start, end) } else { single }
            };
            if !ops.is_empty() {
                // `a < b is null` asks for the null of b, as a chain of one kind only
                parts.pop();
                parts.push(single);
                single = self.chain(std::mem::take(&mut parts), std::mem::take(&mut ops));
            }
            parts = vec![single];
        }
        if ops.is_empty() { parts[0] } else { self.chain(parts, ops) }
    }

    fn chain(&mut self, parts: Vec<SyntaxId>, ops: Vec<(Comparison, Range<usize>)>) -> SyntaxId {
        let (start, end) = (self.start(parts[0]), self.end(parts[parts.len() - 1]));
        self.push(Syntax::Compare { parts, ops }, start, end)
    }

    fn prefix(&mut self, loosest: u8) -> SyntaxId {
        let start = self.here().start;
        let (op, operand) = match self.token() {
            Token::Name(name) if name == "not" && loosest <= NOT => (Unary::Not, NOT),
            Token::Sign("-") => (Unary::Negate, UNARY),
            Token::Sign("+") => (Unary::Plus, UNARY),
            Token::Sign("!") => (Unary::Not, UNARY),
            Token::Sign("~") => (Unary::BitNot, UNARY),
            _ => {
                let atom = self.atom();
                return self.postfix(atom);
            }
        };
        self.advance();
        let of = self.expression(operand);
        let end = self.end(of);
        self.push(Syntax::Unary { op, of }, start, end)
    }

    fn atom(&mut self) -> SyntaxId {
        let place = self.here();
        let syntax = match self.token().clone() {
            Token::Int(value) => Syntax::Number { value: Literal::Int(value), unit: None },
            Token::Float(value) => Syntax::Number { value: Literal::Float(value), unit: None },
            Token::Quantity(value, unit) => Syntax::Number { value: Literal::Float(value), unit: Some(unit) },
            Token::Text(text) => Syntax::Text(text),
            Token::Name(name) if !matches!(name.as_str(), "and" | "or" | "not" | "in" | "is" | "if" | "else" | "as") => {
                self.advance();
                if !self.is("(") {
                    return self.push(Syntax::Name(name), place.start, place.end);
                }
                let (args, keywords) = self.arguments();
                let end = self.behind();
                let name = Word { text: name, start: place.start, end: place.end };
                return self.push(Syntax::Call { name, args, keywords }, place.start, end);
            }
            Token::Sign("(") => {
                self.advance();
                let of = self.expression(TERNARY);
                let items = if self.is(",") { Some(self.items(of, ")")) } else { None };
                self.need(")");
                let end = self.behind();
                return self.push(items.map_or(Syntax::Bracket(of), Syntax::Tuple), place.start, end);
            }
            Token::Sign("[") => {
                self.advance();
                let items = if self.is("]") {
                    Vec::new()
                } else {
                    let first = self.expression(TERNARY);
                    self.items(first, "]")
                };
                self.need("]");
                let end = self.behind();
                return self.push(Syntax::List(items), place.start, end);
            }
            _ => return self.unexpected(),
        };
        self.advance();
        self.push(syntax, place.start, place.end)
    }

    /// What follows a first item up to a closing bracket, which stays.
    fn items(&mut self, first: SyntaxId, close: &str) -> Vec<SyntaxId> {
        let mut items = vec![first];
        while self.take(",") && !self.is(close) {
            let item = self.expression(TERNARY);
            items.push(item);
        }
        items
    }

    fn word(&mut self, expected: &str) -> Option<Word> {
        let place = self.here();
        if let Token::Name(text) = self.token().clone() {
            self.advance();
            return Some(Word { text, start: place.start, end: place.end });
        }
        if let Token::Unknown(_) = self.token() {
            self.unexpected();
        } else {
            self.fail(Problem::new("syntax", place, format!("expected {expected}")));
        }
        None
    }

    fn arguments(&mut self) -> (Vec<SyntaxId>, Vec<(Word, SyntaxId)>) {
        self.need("(");
        let (mut args, mut keywords) = (Vec::new(), Vec::new());
        while !self.is(")") && self.problem.is_none() {
            let keyword = matches!(self.token(), Token::Name(_))
                && matches!(self.tokens.get(self.position + 1), Some((Token::Sign("="), _)));
            if let Some(name) = keyword.then(|| self.word("a name")).flatten() {
                self.advance();
                let value = self.expression(TERNARY);
                keywords.push((name, value));
            } else {
                let value = self.expression(TERNARY);
                args.push(value);
            }
            if !self.take(",") {
                break;
            }
        }
        self.need(")");
        (args, keywords)
    }

    fn postfix(&mut self, mut of: SyntaxId) -> SyntaxId {
        let start = self.start(of);
        loop {
            let syntax = if self.take(".") {
                let Some(name) = self.word("a field name behind `.`") else { return of };
                if self.is("(") {
                    let (args, keywords) = self.arguments();
                    Syntax::Method { of, name, args, keywords }
                } else {
                    Syntax::Field { of, name }
                }
            } else if self.take("[") {
                let low = if self.is(":") { None } else { Some(self.expression(TERNARY)) };
                let syntax = match low {
                    Some(index) if self.is(",") => {
                        let items = self.items(index, "]");
                        let (first, last) = (self.start(index), self.behind());
                        let index = self.push(Syntax::Tuple(items), first, last);
                        Syntax::Subscript { of, index }
                    }
                    Some(index) if !self.is(":") => Syntax::Subscript { of, index },
                    low => {
                        self.need(":");
                        let high = if self.is("]") || self.is(":") { None } else { Some(self.expression(TERNARY)) };
                        let step = self.take(":") && !self.is("]");
                        let step = if step { Some(self.expression(TERNARY)) } else { None };
                        Syntax::Slice { of, low, high, step }
                    }
                };
                self.need("]");
                syntax
            } else if self.take("as") {
                let Some(names) = self.member_names() else { return of };
                Syntax::As { of, names }
            } else {
                return of;
            };
            let end = self.behind();
            of = self.push(syntax, start, end);
            if self.problem.is_some() {
                return of;
            }
        }
    }

    fn member_names(&mut self) -> Option<Vec<Word>> {
        if !self.take("(") {
            return Some(vec![self.word("a name behind `as`")?]);
        }
        let mut names = vec![self.word("a name")?];
        while self.take(",") {
            names.push(self.word("a name")?);
        }
        self.need(")");
        Some(names)
    }
}
