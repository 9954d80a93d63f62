//! Programs: the graph lowered to a flat list of block operations on flat arrays, run without recursion and without
//! allocation once its buffers have grown.

mod axes;
mod column;
mod combine;
mod folding;
mod input;
mod kernels;
mod lists;
mod lower;
mod output;
mod positions;
mod program;

pub(crate) use folding::fold;
pub use program::{EvaluateError, Evaluator, Program};
