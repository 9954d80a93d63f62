//! Statistical models as JSON: HS3, the HEP Statistics Serialization Standard, version 0.2, and what ROOT writes of it.
//!
//! [`Document::read`] keeps the whole text, unknown keys and the spelling of numbers included, beside what it understands;
//! [`Document::to_text`] writes it back with the standard's names. [`Document::compile`] makes a likelihood of one analysis, and
//! [`Document::density`] evaluates a distribution. Standard: <https://github.com/hep-statistics-serialization-standard>.

use germane_texts::{Node, Source, Span};

mod binned;
mod choice;
mod compile;
mod constraint;
mod density;
mod distribution;
mod experiment;
mod from_workspace;
mod graph;
mod interpolation;
mod joined;
mod joint_constraint;
mod model;
mod names;
mod part;
mod read;
mod shape;
mod to_workspace;
mod write;

pub use compile::Compiled;
pub use experiment::ModelToys;
pub(crate) use graph::Quantity;
pub(crate) use joined::{Joined, Summand};
pub use model::Model;

use distribution::{Distribution, Function};

/// A document: distributions, functions, data, and the analyses that join them.
#[derive(Clone, Debug)]
pub struct Document {
    source: Source,
    root: Node,
    distributions: Vec<Distribution>,
    functions: Vec<Function>,
    data: Vec<DataSet>,
    likelihoods: Vec<Likelihood>,
    analyses: Vec<Analysis>,
    domains: Vec<Domain>,
    points: Vec<Point>,
    histosys: HistoSys,
}

/// What `hi` and `lo` of a `histosys` are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HistoSys {
    /// Contents of the varied template, as ROOT writes them.
    #[default]
    Contents,
    /// What is added to the nominal contents at +1 and -1, as the text of the standard says.
    Differences,
}

/// A number, or the name of a parameter or function, with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// What an argument is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Name(String),
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
struct Named {
    name: String,
    span: Span,
}

/// An observable with its range.
#[derive(Clone, Debug, PartialEq)]
struct Axis {
    name: String,
    /// NaN where the document does not say.
    low: f64,
    high: f64,
    /// Of binned axes, one more than bins; else empty.
    edges: Vec<f64>,
}

/// Observed data.
#[derive(Clone, Debug)]
struct DataSet {
    name: String,
    span: Span,
    axes: Vec<Axis>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// One event a row, one value an axis; weights or none.
    Unbinned { entries: Vec<Vec<f64>>, weights: Vec<f64> },
    /// Contents of all bins, the last axis running fastest.
    Binned(Vec<f64>),
    /// One number, which no distribution here is joined with.
    Point,
}

/// Distributions with their data, in pairs, and constraints.
#[derive(Clone, Debug)]
struct Likelihood {
    name: String,
    span: Span,
    distributions: Vec<Named>,
    data: Vec<Named>,
    auxiliary: Vec<Named>,
}

/// A question asked of a likelihood.
#[derive(Clone, Debug)]
struct Analysis {
    name: String,
    likelihood: Named,
    interest: Vec<Named>,
    domains: Vec<Named>,
    init: Option<Named>,
}

/// Ranges of parameters and observables.
#[derive(Clone, Debug)]
struct Domain {
    name: String,
    axes: Vec<Axis>,
}

/// Values of parameters.
#[derive(Clone, Debug)]
struct Point {
    name: String,
    parameters: Vec<PointParameter>,
}

#[derive(Clone, Debug)]
struct PointParameter {
    name: String,
    value: f64,
    fixed: bool,
    /// Range, where the point has one.
    low: Option<f64>,
    high: Option<f64>,
}

impl Document {
    /// The same document with `hi` and `lo` of its `histosys` understood so.
    #[must_use]
    pub fn histosys(mut self, histosys: HistoSys) -> Self {
        self.histosys = histosys;
        self
    }

    /// The text it was read from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Names of the analyses, in the order of the file.
    pub fn analyses(&self) -> impl Iterator<Item = &str> {
        self.analyses.iter().map(|analysis| analysis.name.as_str())
    }

    /// Names of the distributions, in the order of the file.
    pub fn distributions(&self) -> impl Iterator<Item = &str> {
        self.distributions.iter().map(|distribution| distribution.name.as_str())
    }
}
