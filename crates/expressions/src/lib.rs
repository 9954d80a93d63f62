//! The expression language: text, syntax, typed graph, block evaluator.
//!
//! A text such as `Jet[pt > 30 GeV and abs(eta) < 2.4].count(btag > 0.5) >= 2` is read into a syntax tree with places,
//! checked against a [`Schema`] (names, kinds, axes, units) into nodes of a [`Graph`], and lowered into a [`Program`] that
//! runs over blocks of columns. Mistakes are [`Problem`]s with place, advice and the nearest name, all of a text at once.
//!
//! This room does not know of files, histograms, threads or the analysis file. Nothing recurses on what a user can nest
//! without bound: brackets are read to a depth of 100, chains of operators in loops, graphs by their order.
#![forbid(unsafe_code)]

mod check;
mod evaluate;
mod functions;
mod graph;
mod problem;
mod schema;
pub mod syntax;

pub use evaluate::{EvaluateError, Evaluator, Program};
pub use functions::functions;
pub use graph::{EnvironmentId, Graph, Input, NodeId, ValueType};
pub use problem::Problem;
pub use schema::{ColumnType, ConstantValue, Kind, Many, Reference, Schema};
