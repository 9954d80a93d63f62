//! Expectations that are quadratic in coefficients: effective field theories, interference.
//!
//! ```text
//! ν_b(c) = background_b + Σ y_b R_b(c),   R_b(c) = zᵀ M_b z,   z = (c, 1)
//! ```
//! so that a coefficient alone gives a linear part (its interference with the Standard Model) and a quadratic one. Derivatives
//! are exact: ∂R = 2 M z, ∂²R = 2 M. Counts are Poisson; measured strengths ([`Measured`]) are normal with a covariance and
//! centred at R. Such a likelihood can have several minima (c → -c where the quadratic part rules).

mod background;
mod form;
mod model;
mod read;
mod scaling;
mod simplified;

pub use background::Background;
pub use form::Form;
pub use model::{Counting, Measured, Process, QuadraticModel};
pub use scaling::{Amplitude, Coefficient, Scaling, ScalingEntry, Terms};
pub use simplified::{Moments, Simplified};
