//! What columns there are: the plain data against which a text is checked.

use germane_columns::{Field, Type, Unit};
use indexmap::IndexMap;
use std::fmt;

/// Kind of one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// a condition
    Bool,
    /// 64-bit integer
    Int,
    /// 64-bit float
    Float,
    /// text
    Text,
    /// a list of values in one column
    List(Box<Kind>),
    /// an item of the collection of this name
    Item(String),
    /// a four-vector
    Vector,
    /// the literal `null`
    Null,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Float => f.write_str("float"),
            Self::Text => f.write_str("string"),
            Self::List(of) => write!(f, "list<{of}>"),
            Self::Item(of) => f.write_str(of),
            Self::Vector => f.write_str("vector"),
            Self::Null => f.write_str("null"),
        }
    }
}

/// One column of a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnType {
    /// kind of the values
    pub kind: Kind,
    /// unit; plain numbers where nobody declared one
    pub unit: Option<Unit>,
    /// whether values can be missing
    pub nullable: bool,
    /// free text
    pub description: String,
}

impl ColumnType {
    /// A column without unit and missing values.
    pub fn new(kind: Kind) -> Self {
        Self { kind, unit: None, nullable: false, description: String::new() }
    }

    /// The same with a unit.
    #[must_use]
    pub fn with_unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// The same, values of which can be missing.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The column that a field gives; `None` for types that are no values here (raw bytes, structures).
    /// For a collection hand in the field of the *items*.
    pub fn from_field(field: &Field) -> Option<Self> {
        fn kind(ty: &Type) -> Option<Kind> {
            Some(match ty {
                Type::Bool => Kind::Bool,
                Type::Number(number) if number.is_float() => Kind::Float,
                Type::Number(_) => Kind::Int,
                Type::Text => Kind::Text,
                Type::List(items) | Type::FixedList(items, _) => Kind::List(Box::new(kind(&items.ty)?)),
                Type::Binary | Type::Struct(_) => return None,
            })
        }
        let kind = kind(&field.ty)?;
        Some(Self { kind, unit: field.unit.clone(), nullable: field.nullable, description: field.doc.clone() })
    }
}

/// A reference from the items of one collection to items of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// collection that is referred to
    pub to: String,
    /// field that holds the position (or the list of positions)
    pub via: String,
    /// how many items
    pub many: Many,
}

/// How many items a reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// one or none: `via` is a position, negative or too large means none
    One,
    /// a list of positions
    List,
    /// all items of `to` whose `via` is the position of this item
    Children,
}

/// A value that is the same for all events of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstantValue {
    /// a condition
    Bool(bool),
    /// an integer
    Int(i64),
    /// a number with unit
    Float(f64, Option<Unit>),
    /// a text
    Text(String),
}

/// Columns by what they are counted along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// one value an event
    pub event: IndexMap<String, ColumnType>,
    /// any number of items an event, each with these fields
    pub collections: IndexMap<String, IndexMap<String, ColumnType>>,
    /// exactly one item an event (`MET`)
    pub objects: IndexMap<String, IndexMap<String, ColumnType>>,
    /// references by collection and name
    pub references: IndexMap<String, IndexMap<String, Reference>>,
    /// what `dataset.NAME` is
    pub constants: IndexMap<String, ConstantValue>,
}

impl Schema {
    /// Fields of a collection or object.
    pub(crate) fn fields(&self, name: &str) -> Option<&IndexMap<String, ColumnType>> {
        self.collections.get(name).or_else(|| self.objects.get(name))
    }

    /// Names of collections and objects.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.collections.keys().chain(self.objects.keys()).map(String::as_str)
    }
}
