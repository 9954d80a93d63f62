//! Text to syntax tree. Nothing here knows of columns: a tree is made of any text, with the mistakes beside it. The chains of
//! `signals` are written in the same syntax; lists, tuples and steps of slices have a meaning only there.

mod parser;
mod printer;
mod token;
mod tree;

pub use parser::parse;
pub(crate) use printer::print;
pub use tree::{Binary, Comparison, Literal, Syntax, SyntaxId, Tree, Unary, Word};

/// Whether a text is a word of the language, which cannot be a name.
pub(crate) fn is_word(text: &str) -> bool {
    token::WORDS.contains(&text)
}
