//! Special functions of real arguments. Aim: 1e-14 relative, 1e-12 for inverses, in both tails; checked against mpmath.

mod beta;
mod digamma;
mod error_function;
mod gamma;
mod incomplete_gamma;
mod inverse;
mod large_gamma;
mod normal;

pub use beta::{beta_i, beta_i_complement, beta_i_inverse, beta_i_inverse_complement, ln_beta};
pub use digamma::{digamma, trigamma};
pub use error_function::{erf, erfc, erfcx};
pub use gamma::{gamma, ln_gamma};
pub use incomplete_gamma::{chi2_survival, chi2_survival_inverse, gamma_p, gamma_p_inverse, gamma_q, gamma_q_inverse};
pub use normal::{normal_cdf, normal_pdf, normal_quantile, normal_survival, normal_survival_quantile};
