//! A chain, typed: variables and the operations that make them, in an order in which they can run.
//!
//! The language writes graphs, the evaluator runs them; neither knows the other. Constants are folded before: what is known
//! while planning is an [`Operand`] that is no variable.

mod found_on;
mod needs;
mod table;

pub use table::{ColumnShape, Table, TableColumn, WaveformColumn};

use crate::element::Element;
use crate::processor::{Given, Processor};
use germane_columns::Unit;
use indexmap::IndexMap;
use std::sync::Arc;

/// Position of a variable in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariableId(pub usize);

/// What a chain file and a table become.
#[derive(Debug)]
pub struct Graph {
    /// All variables.
    pub variables: Vec<Variable>,
    /// What makes them, each after what it needs.
    pub nodes: Vec<Node>,
    /// Columns that are read, in the order in which the evaluator takes them.
    pub inputs: Vec<Input>,
    /// What is written, in the order of the table.
    pub outputs: Vec<Output>,
}

/// Something that every event has.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Name in the chain, or the text that makes it.
    pub name: String,
    /// Type of its elements, as declared or deduced.
    pub element: Element,
    /// How many there are for each event.
    pub shape: Shape,
    /// What the numbers mean.
    pub kind: Kind,
    /// `units` when it is written, where the kind does not say it.
    pub label: Option<String>,
}

/// Elements of a variable for each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// one
    Scalar,
    /// always as many
    Samples(usize),
    /// up to `capacity`; how many says the scalar `length`
    Ragged {
        /// the most
        capacity: usize,
        /// how many each event has
        length: VariableId,
    },
}

/// What the numbers of a variable mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// numbers with or without a label
    Plain,
    /// samples on a grid
    Waveform(Grid),
    /// a position on a grid, in samples; written as time in `unit`
    Point {
        /// where it counts
        grid: Grid,
        /// unit when written
        unit: Unit,
    },
    /// a difference of positions, in samples of `period`; written as time in `unit`
    Duration {
        /// time of a sample
        period: Period,
        /// unit when written
        unit: Unit,
    },
}

/// Time of a sample, in its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// the number
    pub value: f64,
    /// its unit
    pub unit: Unit,
}

/// Sampling of a waveform: sample `i` is at `offset + i * period`.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// time of a sample
    pub period: Period,
    /// time of sample 0
    pub offset: Offset,
}

/// Time of sample 0, in the unit of the period: a constant, and a column if it differs from event to event.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offset {
    /// a scalar variable (`float64`, in the unit of the period)
    pub variable: Option<VariableId>,
    /// what is added to it
    pub constant: f64,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Node {
    /// What is done.
    pub operation: Operation,
    /// Variables that it makes: one, or those of a processor's outputs in the order of its parameters.
    pub makes: Vec<VariableId>,
    /// Byte place of the text that asked for it, for messages: an index into the sources of the language.
    pub origin: usize,
}

/// A value that an operation takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// of each event
    Variable(VariableId),
    /// the same for all
    Number(f64),
    /// the same for all
    Array(Arc<[f64]>),
}

/// What can be done. Arithmetic is done in `f64` and stored as the variable says; integers that do not fit, or that leave ±2⁵³,
/// are errors that name the event.
#[derive(Clone, Debug)]
pub enum Operation {
    /// column `n` of the inputs; of vectors of varying length it makes two variables, the values and how many there are (`uint32`)
    Column(usize),
    /// a processor; `f64` real numbers if `wide`
    Process {
        /// which
        processor: &'static Processor,
        /// one for each parameter; `None` for outputs
        arguments: Vec<Option<Operand>>,
        /// the same arguments as far as they are constant, for [`Processor::bind`]
        given: Vec<Given>,
        /// `init_args`
        init: Vec<Given>,
        /// elements of each argument
        lengths: Vec<usize>,
        /// real numbers are `f64`
        wide: bool,
    },
    /// element by element
    Unary(Unary, Operand),
    /// element by element; scalars stand beside every sample
    Binary(Binary, Operand, Operand),
    /// condition, then, else
    Where([Operand; 3]),
    /// C cast to the element of the variable; NaN or a number out of range is an error for integers
    Cast(Operand),
    /// nearest multiple of a step that is a number
    Round(Rounding, Operand, f64),
    /// samples `start`, `start + step`, …, as many as the variable has
    Slice {
        /// samples
        of: VariableId,
        /// first sample
        start: usize,
        /// distance, also negative
        step: isize,
    },
    /// sample at a constant position, from the start; for ragged variables negative ones count from the end of each
    Element {
        /// samples
        of: VariableId,
        /// position
        index: isize,
    },
    /// sample at a varying position (nearest integer), from the end if negative; outside or NaN gives the default: NaN for
    /// floats, the largest value for integers, or the one given
    ElementAt {
        /// samples
        of: VariableId,
        /// position
        index: Operand,
        /// value outside
        default: Option<f64>,
    },
    /// `(x + from / period_from) * ratio - to / period_to`: a position on another grid (offsets in samples of their own grid)
    Regrid {
        /// positions
        of: Operand,
        /// offset of the old grid, and its period
        from: (Offset, f64),
        /// offset of the new grid, and its period in the same unit
        to: (Offset, f64),
        /// what is done with the result
        round: Option<Rounding>,
    },
    /// along the samples of each event
    Reduce(Reduction, VariableId),
}

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Unary {
    Negate,
    Not,
    Abs,
    Sqrt,
    Exp,
    Log,
    Log10,
    Sin,
    Cos,
    IsNan,
    IsFinite,
}

/// Functions of two numbers, as in NumPy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Minimum,
    Maximum,
    And,
    Or,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

/// Ways to whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// half to even
    Nearest,
    /// down
    Floor,
    /// up
    Ceiling,
    /// to zero
    Truncate,
}

/// Numbers of many samples, as in NumPy (NaN wins).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Reduction {
    Sum,
    Mean,
    /// population standard deviation
    Std,
    Median,
    Max,
    Min,
    /// first position of the largest
    ArgMax,
    /// first position of the smallest
    ArgMin,
}

/// A column that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Name in the table.
    pub column: String,
    /// Which part of it.
    pub part: Part,
    /// Its variable.
    pub variable: VariableId,
}

/// Part of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// all of a plain column
    All,
    /// samples of a waveform
    Values,
    /// time of sample 0, as the column has it, times a factor of the node that reads it
    T0,
}

/// A column that is written.
#[derive(Clone, Debug)]
pub struct Output {
    /// Name.
    pub name: String,
    /// What is written there.
    pub what: Written,
    /// Attributes beside `units`: `description`, `lh5_attrs`.
    pub attributes: IndexMap<String, String>,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// a column of the input as it is
    Copy(String),
    /// a variable
    Variable(VariableId),
}

impl Graph {
    /// Variable `id`.
    pub fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.0]
    }
}
