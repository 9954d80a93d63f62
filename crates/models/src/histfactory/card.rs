//! A channel of a datacard: ν_b = Σ over processes of N (f_b γ_b + a_b), plus θ_b E_b.
//!
//! N is the normalisation of a process, rate · exp(Σ θ K(θ)) · Π factors; f the fractions of its bins, morphed vertically;
//! γ and a what a process' own parameters of a bin do; E_b = √(Σ (e_b N)²) the error of the sum of the templates, with one
//! parameter θ_b a bin. Derivatives go into the same blocks as those of HistFactory, from which solvers eliminate the θ_b.

mod derive;
mod expect;
mod interference;
mod normalisation;
mod plan;
mod scratch;

pub(crate) use interference::{Amplitude, Interference};
pub(crate) use normalisation::NormScratch;
pub(crate) use plan::{CardFactor, CardPlan, Morph, MorphChange, OwnBin, OwnEffect, Power, ProcessPlan};
pub(crate) use scratch::CardScratch;
