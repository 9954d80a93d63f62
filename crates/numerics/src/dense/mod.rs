//! Dense algebra for a few thousand rows: products of rows run in eight fixed lanes that are folded pairwise, so that the
//! bits do not depend on the width of the machine's registers.

mod cholesky;
mod eigen;
mod lanes;
mod matrix;
mod partial;
mod tiles;

pub use cholesky::{Cholesky, NotPositive, cholesky};
pub use eigen::symmetric_eigen;
pub use lanes::{add_scaled, dot, sum};
pub use matrix::Matrix;
pub use partial::eliminate;
pub use tiles::{Block, add_gram};
