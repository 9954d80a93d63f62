//! Symmetric matrices of many rows that are coupled sparsely: leaves of a few rows, blocks, and a border.
//!
//! ```text
//! | D        C  |   D  leaves: a few rows each (per-bin parameters), coupled to some shared rows
//! |    A   B    |   A  blocks: shared rows that are coupled to each other only within their block
//! | Cᵀ Bᵀ  R    |   R  border: shared rows that are coupled to all
//! ```
//! Elimination goes from the leaves over the blocks to the border: S = A - Cᵀ D⁻¹ C, then the Schur complement of the blocks.

mod columns;
mod factor;
mod inverse;
mod matrix;
mod shape;

pub use factor::Factor;
pub use matrix::Arrow;
pub use shape::{Group, Shape};
