//! What may stand where in an analysis file: one description, from which the check and the JSON Schema are made.

/// What a value has to look like.
#[derive(Debug)]
pub enum Shape {
    /// `true` or `false`
    Bool,
    /// a whole number
    Integer,
    /// a number
    Number,
    /// any text
    Text,
    /// a number, or a text with a number and a unit: `30 GeV`, `138 /fb`
    Quantity,
    /// an expression of the language: a text, a number or a truth value
    Expression,
    /// one of these words
    Word(&'static [&'static str]),
    /// a list of such values
    List(&'static Shape),
    /// fixed keys
    Keys(&'static [Key]),
    /// names chosen by the user
    Names {
        /// what a name stands for, e.g. `dataset`
        of: &'static str,
        /// what each name holds
        value: &'static Shape,
    },
    /// the first of these that has the kind (text, list, map …) of the value
    Either(&'static [&'static Shape]),
    /// checked where it is used
    Any,
}

/// One key of a map with fixed keys.
#[derive(Debug)]
pub struct Key {
    /// as written
    pub name: &'static str,
    /// what it holds
    pub value: &'static Shape,
    /// whether it must be there
    pub required: bool,
    /// what it is for, in a sentence
    pub doc: &'static str,
}

/// A key that may be left out.
pub(super) const fn optional(name: &'static str, value: &'static Shape, doc: &'static str) -> Key {
    Key { name, value, required: false, doc }
}

/// A key that must be there.
pub(super) const fn required(name: &'static str, value: &'static Shape, doc: &'static str) -> Key {
    Key { name, value, required: true, doc }
}

impl Shape {
    /// How a message names what was expected.
    pub fn expected(&self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Integer => "a whole number".into(),
            Self::Number => "a number".into(),
            Self::Text => "a text".into(),
            Self::Quantity => "a number with a unit".into(),
            Self::Expression => "an expression".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::List(_) => "a list".into(),
            Self::Keys(_) | Self::Names { .. } => "a map".into(),
            Self::Either(shapes) => shapes.iter().map(|s| s.expected()).collect::<Vec<_>>().join(" or "),
            Self::Any => "a value".into(),
        }
    }
}
