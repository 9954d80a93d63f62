//! The syntax tree: nodes in an arena, children before parents, every node with its place in characters.

use germane_columns::Unit;
use std::ops::Range;

/// Position of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxId(pub(crate) u32);

/// A word of the text and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its first character.
    pub start: usize,
    /// Behind its last character.
    pub end: usize,
}

impl Word {
    /// Its characters.
    pub fn place(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A number as written.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Literal {
    Int(i64),
    Float(f64),
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Unary {
    Negate,
    Plus,
    Not,
    BitNot,
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Binary {
    Default,
    Or,
    And,
    BitOr,
    BitAnd,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

impl Binary {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Default => "??",
            Self::Or => "or",
            Self::And => "and",
            Self::BitOr => "|",
            Self::BitAnd => "&",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::FloorDivide => "//",
            Self::Modulo => "%",
            Self::Power => "**",
        }
    }
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

impl Comparison {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Syntax {
    Number {
        value: Literal,
        unit: Option<Unit>,
    },
    Text(String),
    Name(String),
    Bracket(SyntaxId),
    Unary {
        op: Unary,
        of: SyntaxId,
    },
    Binary {
        op: Binary,
        place: Range<usize>,
        left: SyntaxId,
        right: SyntaxId,
    },
    Compare {
        parts: Vec<SyntaxId>,
        ops: Vec<(Comparison, Range<usize>)>,
    },
    In {
        value: SyntaxId,
        choices: Vec<SyntaxId>,
    },
    IsNull(SyntaxId),
    Choose {
        condition: SyntaxId,
        then: SyntaxId,
        otherwise: SyntaxId,
    },
    Field {
        of: SyntaxId,
        name: Word,
    },
    Subscript {
        of: SyntaxId,
        index: SyntaxId,
    },
    Slice {
        of: SyntaxId,
        low: Option<SyntaxId>,
        high: Option<SyntaxId>,
        step: Option<SyntaxId>,
    },
    /// `[a, b]`; only in chains
    List(Vec<SyntaxId>),
    /// `(a, b)`, or `a, b` in a subscript; only in chains
    Tuple(Vec<SyntaxId>),
    As {
        of: SyntaxId,
        names: Vec<Word>,
    },
    Call {
        name: Word,
        args: Vec<SyntaxId>,
        keywords: Vec<(Word, SyntaxId)>,
    },
    Method {
        of: SyntaxId,
        name: Word,
        args: Vec<SyntaxId>,
        keywords: Vec<(Word, SyntaxId)>,
    },
    /// where the text stopped making sense
    Hole,
}

/// A parsed text.
#[derive(Debug)]
pub struct Tree {
    /// Characters of the text, in which places count.
    pub text: Vec<char>,
    nodes: Vec<(Syntax, Range<usize>)>,
    heights: Vec<u32>,
    /// The whole.
    pub root: SyntaxId,
}

impl Tree {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.chars().collect(), nodes: Vec::new(), heights: Vec::new(), root: SyntaxId(0) }
    }

    pub(crate) fn push(&mut self, syntax: Syntax, place: Range<usize>) -> SyntaxId {
        let height = self.height_of(&syntax);
        self.nodes.push((syntax, place));
        self.heights.push(height);
        SyntaxId(self.nodes.len() as u32 - 1)
    }

    /// What a node is.
    pub fn get(&self, id: SyntaxId) -> &Syntax {
        &self.nodes[id.0 as usize].0
    }

    /// Characters of a node.
    pub fn place(&self, id: SyntaxId) -> Range<usize> {
        self.nodes[id.0 as usize].1.clone()
    }

    /// Parts of a node that are nodes.
    pub fn children(&self, id: SyntaxId) -> Vec<SyntaxId> {
        match self.get(id) {
            Syntax::Number { .. } | Syntax::Text(_) | Syntax::Name(_) | Syntax::Hole => Vec::new(),
            Syntax::Bracket(of)
            | Syntax::Unary { of, .. }
            | Syntax::IsNull(of)
            | Syntax::Field { of, .. }
            | Syntax::As { of, .. } => vec![*of],
            Syntax::Binary { left, right, .. } => vec![*left, *right],
            Syntax::Compare { parts, .. } => parts.clone(),
            Syntax::In { value, choices } => std::iter::once(value).chain(choices).copied().collect(),
            Syntax::Choose { condition, then, otherwise } => vec![*condition, *then, *otherwise],
            Syntax::Subscript { of, index } => vec![*of, *index],
            Syntax::Slice { of, low, high, step } => std::iter::once(of).chain(low).chain(high).chain(step).copied().collect(),
            Syntax::List(items) | Syntax::Tuple(items) => items.clone(),
            Syntax::Call { args, keywords, .. } => args.iter().chain(keywords.iter().map(|(_, value)| value)).copied().collect(),
            Syntax::Method { of, args, keywords, .. } => {
                std::iter::once(of).chain(args).chain(keywords.iter().map(|(_, value)| value)).copied().collect()
            }
        }
    }

    pub(crate) fn height(&self, id: SyntaxId) -> u32 {
        self.heights[id.0 as usize]
    }

    /// The text of a node in one line with single blanks.
    pub(crate) fn line(&self, id: SyntaxId) -> String {
        let place = self.place(id);
        let text: String = self.text[place].iter().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Levels of recursion that a walk over the node takes; chains of operators are walked in a loop.
    fn height_of(&self, syntax: &Syntax) -> u32 {
        let height = |id: &SyntaxId| self.heights[id.0 as usize];
        let below = match syntax {
            Syntax::Number { .. } | Syntax::Text(_) | Syntax::Name(_) | Syntax::Hole => 0,
            Syntax::Bracket(of) | Syntax::Unary { of, .. } | Syntax::IsNull(of) => height(of),
            Syntax::Field { of, .. } | Syntax::As { of, .. } => height(of),
            Syntax::Binary { left, right, .. } => {
                if matches!(self.get(*left), Syntax::Binary { .. }) {
                    return height(left).max(height(right) + 1);
                }
                height(left).max(height(right))
            }
            Syntax::Compare { parts, .. } => parts.iter().map(height).max().unwrap_or(0),
            Syntax::In { value, choices } => choices.iter().map(height).fold(height(value), u32::max),
            Syntax::Choose { condition, then, otherwise } => height(condition).max(height(then)).max(height(otherwise)),
            Syntax::Subscript { of, index } => height(of).max(height(index)),
            Syntax::Slice { of, low, high, step } => low.iter().chain(high).chain(step).map(height).fold(height(of), u32::max),
            Syntax::List(items) | Syntax::Tuple(items) => items.iter().map(height).max().unwrap_or(0),
            Syntax::Call { args, keywords, .. } => {
                args.iter().chain(keywords.iter().map(|(_, value)| value)).map(height).max().unwrap_or(0)
            }
            Syntax::Method { of, args, keywords, .. } => {
                args.iter().chain(keywords.iter().map(|(_, value)| value)).map(height).fold(height(of), u32::max)
            }
        };
        below + 1
    }
}
