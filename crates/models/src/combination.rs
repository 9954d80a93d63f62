//! Joint likelihoods of several models, by a map that says which parameters are one, which are correlated, which are not.
//!
//! ```text
//! -ln L = Σ_models -ln L_m - (constraints counted more than once) + Σ_groups -ln N(pulls; 0, ρ)
//! ```
//! A parameter of a model is a parameter of the joint likelihood with a sign: -1 where two are fully anticorrelated.

mod correlate;
mod experiment;
mod joint;
mod map;
mod workspace;

pub use correlate::{Correlations, Shared, Tie};
pub use experiment::{AnyExperiment, JointToys};
pub use joint::Combination;
pub use map::Map;
