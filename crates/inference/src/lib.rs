//! Minima of likelihoods: found on exact derivatives, with errors, intervals and a certificate, or with the reason why not.
//!
//! [`minimise`] gives a [`Fit`], the `germane_fit` document; [`table`] shows it to people.
#![forbid(unsafe_code)]

pub mod calibration;
mod certificate;
mod curved;
pub mod documents;
mod errors;
mod extremes;
mod fit;
mod functions;
pub mod hypothesis;
mod information;
mod least_squares;
mod minima;
mod minimise;
mod minimum;
mod minos;
pub mod minuit;
mod nearby;
mod peak;
mod point;
mod ranking;
pub mod sampling;
mod scan;
mod search;
mod segments;
mod sensitivity;
mod step;
mod table;
pub mod toys;
mod yields;

pub use certificate::Certificate;
pub use fit::{Bound, Covariance, Fit, FittedParameter, Goodness, State};
pub use functions::{Chosen, Combination};
pub use information::{InformationBasis, information_basis};
pub use minima::{LocalMinimum, Minima, minima};
pub use minimise::{Minos, Options, minimise};
pub use minimum::NoResult;
pub use peak::{Estimate, PeakFit, PeakStart, fit_peak};
pub use ranking::{Group, GroupImpact, Impact, Kind as ImpactKind, Ranking, ranking};
pub use scan::{Contour, ContourPoint, FunctionCurve, Scan, contour, scan};
pub use segments::{Segment, segments};
pub use sensitivity::fitted_gradient;
pub use table::table;
pub use yields::{Yield, postfit_yields, prefit_yields};
