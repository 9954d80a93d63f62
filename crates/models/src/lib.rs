//! Likelihoods: their descriptions, readers and writers, and the compiled form with exact derivatives.
//!
//! [`workspace::Workspace`] is a HistFactory model as pyhf writes it; [`histfactory::Model`] its compiled form;
//! [`density`] holds sums of densities fitted to events or to bins. What a fit needs of any of them is [`Likelihood`].
#![forbid(unsafe_code)]

mod choice;
pub mod combination;
mod constraint;
pub mod datacard;
pub mod density;
mod experiment;
pub mod formula;
pub mod histfactory;
pub mod histfactory_xml;
mod histogram_source;
pub mod hs3;
pub mod interpolation;
mod joint_normal;
mod likelihood;
mod pairwise;
pub mod patchset;
pub mod peaks;
mod poisson;
mod pool;
pub mod quadratic;
pub mod template_fit;
pub mod templates;
mod toys;
pub mod workspace;

pub use choice::{Choice, ChoiceFunction, Choices, MOST_COMBINATIONS};
pub use experiment::Experiment;
pub use histfactory::{Data, Ensemble, Input, InputKind, Model, Prediction, SampleStructure};
pub use histogram_source::{HistogramSource, SourceHistogram};
pub use likelihood::{Constraint, Curvature, Hessian, Likelihood, Parameter, Saturated};
