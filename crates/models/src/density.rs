//! Sums of densities, fitted to events or to bins.
//!
//! The expectation at x is ν(x) = Σ over components of yield · p(x), where p is normalised on the range of the channel.
//! Events: -ln L = Σ yields - Σ ln ν(x_i) + ln N!. Bins: Poisson with the integral of ν over each bin, never its centre.

use germane_texts::{Diagnostic, nearest};

mod breit_wigner;
mod exponential;
mod gaussian;
mod jet;
mod model;
mod quadrature;
mod shape;
mod spec;
mod voigtian;

pub use model::{DensityChannel, DensityModel, Observations};
pub use spec::{Argument, ComponentSpec, DensitySpec, ShapeSpec};

/// Shapes by name, with the names of their arguments; an argument with a `?` may be left out and is then 0.
pub const SHAPES: [(&str, &[&str]); 4] = [
    ("breit_wigner", &["mean?", "width"]),
    ("exponential", &["c"]),
    ("gaussian", &["mean?", "sigma"]),
    ("voigtian", &["mean?", "width", "sigma"]),
];

/// Names of the arguments of a shape.
///
/// ```
/// assert_eq!(germane_models::density::arguments_of("gaussian").unwrap(), ["mean", "sigma"]);
/// let mistake = germane_models::density::arguments_of("gausian").unwrap_err();
/// assert_eq!(mistake.nearest.as_deref(), Some("gaussian"));
/// ```
pub fn arguments_of(shape: &str) -> Result<Vec<&'static str>, Diagnostic> {
    if let Some((_, names)) = SHAPES.iter().find(|(name, _)| *name == shape) {
        return Ok(names.iter().map(|name| name.trim_end_matches('?')).collect());
    }
    let problem = Diagnostic::new("name", format!("no density `{shape}`"));
    Err(match nearest(shape, SHAPES.iter().map(|(name, _)| *name)) {
        Some(near) => problem.nearest(near),
        None => problem.advice(format!("one of {}", SHAPES.map(|(name, _)| name).join(", "))),
    })
}
