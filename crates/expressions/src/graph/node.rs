//! Nodes of the graph: an operation on earlier nodes, counted along an axis.
//!
//! Axes are nodes too: `event` is node 0, a collection is a node whose parent is `event`, a filter is a node made from a list
//! axis and a condition. Index nodes hold positions in another axis; [`Op::Gather`] follows them.

use crate::syntax::{Binary, Comparison};
use germane_columns::Unit;
use std::sync::Arc;

/// Name of a node in its graph. Equal nodes have equal ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The axis of events.
    pub(crate) const EVENT: Self = Self(0);

    /// Position of the node in [`crate::Graph::nodes_json`] and in every listing of the graph.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// What the values of a node are stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Storage {
    Bool,
    Int,
    Float,
    /// codes of texts
    Text,
    /// positions in an axis, `u32::MAX` is none
    Index,
    /// list lengths and positions, not values
    Axis,
    /// several nodes that make one record
    Pack,
}

/// A value known when planned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    /// bits of an f64, so that constants can be keys
    Float(u64),
    Text(Arc<str>),
}

impl Constant {
    pub(crate) fn float(value: f64) -> Self {
        Self::Float(value.to_bits())
    }
}

/// A column to be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Input {
    /// collection or object that the field belongs to; `None` for a column of the event
    pub collection: Option<String>,
    /// name of the field or of the event column
    pub field: String,
}

/// What a node does with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Constant(Constant),
    /// values of a column
    Input(Input),

    // one value at a time
    Negate,
    Abs,
    Sign,
    /// to integers: `floor`, `ceil`, `round`
    Rounding(&'static str),
    ToFloat,
    Arithmetic(Binary),
    /// square without a power
    Square,
    /// exponents that are small whole constants, of integers
    PowerInt,
    Compare(Comparison),
    /// whether |eta| of (pt, pz) is below a constant: decided without the logarithm wherever it is not close
    EtaBelow {
        inclusive: bool,
    },
    /// whether √(x² + y²) is below a constant: decided by the squares wherever it is not close
    HypotBelow {
        inclusive: bool,
    },
    Not,
    And,
    Or,
    BitNot,
    BitAnd,
    BitOr,
    Bit,
    IsNull,
    IsNan,
    IsFinite,
    /// first argument, where it is null the second
    Default,
    /// condition, then, otherwise
    Choose,
    /// least (or greatest) of two, NaN only if both are
    Least,
    Greatest,
    /// value, low, high
    Clamp,
    /// an elementary function of the registry
    Elementary(&'static str),
    Atan2,
    Hypot,
    /// difference of two angles in (-π, π]
    AngleDifference,
    Sqrt,
    /// a formula of the four-vector table
    Component(&'static str),
    /// a number that names an item: a tag for its collection above the position; null where there is none: index
    Identity(u32),

    // along axes
    /// values at positions: value, index
    Gather,
    /// a constant once per element of its axis
    Repeat,
    /// position of the parent, argument: axis
    ToParent,
    /// position in the k-th axis that the axis is made of, argument: axis
    Origin(u8),
    /// position in `of` of the element at the same place of the list: axis, of, index of parents (or none)
    Align,
    /// position in an axis: axis, place in the list, index of the list (or none)
    Pick {
        from_end: bool,
    },
    /// position of the first or last item: axis
    End {
        last: bool,
    },
    /// position of the least or greatest: key
    Best {
        greatest: bool,
    },
    /// position of an element in its own axis: axis
    Own,
    /// place in the list of the event: index, axis
    LocalIndex,
    /// values of the parts of a union one after the other: the axes of the parts, then their values
    Concat,
    /// number of items: axis
    Count,
    /// a reduction of the registry: value
    Reduce(&'static str),
    /// how many are true
    CountTrue,

    // axes
    Event,
    Collection(String),
    /// lists inside one column
    InnerLists(Input),
    /// items of `of` for every element of the parent: parent, of, index of parents (or none)
    Seen,
    /// as [`Op::Seen`], reached through an item, so the lists belong to the item
    Follow,
    /// items for which the condition is true: axis, condition
    Filter,
    /// items in rising order of a key: axis, key
    Sort,
    /// part of the items: axis, then the ends that there are
    Slice {
        low: bool,
        high: bool,
    },
    /// all k-element subsets: axis
    Combinations(u8),
    /// all tuples: axes
    Cross,
    /// one after the other: axes
    Union,
    /// lists of the items that name this one: axis, place of the named one, axis of those that name
    Children,

    /// a record: values; names beside it, and what it is called
    Pack(Pack),
}

/// Names of the members of a record, and what the record is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pack {
    /// an item: place in the list of its collection
    Item { label: String },
    /// an item of several collections: name and place
    OfUnion { label: String },
    /// a tuple of items
    Tuple { label: String, names: Vec<String> },
    /// px, py, pz, E
    Vector,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) args: Box<[NodeId]>,
    /// what the values are counted along; of an axis: its parent
    pub(crate) axis: NodeId,
    pub(crate) storage: Storage,
    /// position in the units of the graph
    pub(crate) unit: u32,
    /// whether the type says that values can be missing
    pub(crate) nullable: bool,
}

/// Type of a node as a user reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueType {
    /// kind of one value
    pub kind: crate::Kind,
    /// axes beyond `event`, outermost first
    pub axes: Vec<String>,
    /// unit, `1` for plain numbers
    pub unit: Unit,
    /// whether values can be missing
    pub nullable: bool,
}

impl std::fmt::Display for ValueType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.kind)?;
        let unit = self.unit.to_string();
        if matches!(self.kind, crate::Kind::Int | crate::Kind::Float | crate::Kind::Vector) && unit != "1" {
            write!(f, " {unit}")?;
        }
        if self.nullable {
            f.write_str("?")?;
        }
        if self.axes.is_empty() { Ok(()) } else { write!(f, " per {}", self.axes.join(" > ")) }
    }
}
