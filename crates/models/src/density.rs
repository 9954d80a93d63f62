//! Sums of densities, fitted to events or to bins.
//!
//! The expectation at x is ν(x) = Σ over components of yield · p(x), where p is normalised on the range of the channel.
//! Events: -ln L = Σ yields - Σ ln ν(x_i) + ln N!. Bins: Poisson with the integral of ν over each bin, never its centre.

use germane_texts::{Diagnostic, nearest};

mod adaptive;
mod alternatives;
mod argus;
mod breit_wigner;
mod channel;
mod compile;
mod count;
mod crystal_ball;
mod decay;
mod double_crystal_ball;
mod dual;
pub(crate) mod exgauss;
mod exponential;
mod expression;
mod gamma;
mod gaussian;
mod histogram;
pub(crate) mod jet;
mod johnson;
mod joint;
mod joint_toys;
mod kernel_estimate;
mod landau;
mod linear;
mod lognormal;
mod model;
mod novosibirsk;
mod place;
mod polynomial;
mod quadrature;
mod relativistic_breit_wigner;
mod shape;
mod spec;
mod step;
mod toys;
mod voigtian;

pub use histogram::Order;
pub use kernel_estimate::Mirror;
pub use model::{DensityChannel, DensityModel, Observations};
pub use spec::{Argument, ChoiceSpec, ComponentSpec, DensitySpec, Normalised, ShapeSpec};
pub use toys::DensityToys;

pub(crate) use joint::{JointDensity, JointEvents, ProductSpec};
pub(crate) use joint_toys::JointToys;

/// Shapes by name, with the names of their arguments; an argument with a `?` may be left out and is then 0, one with a `*` is
/// a list (the same name several times, at most eight).
pub const SHAPES: [(&str, &[&str]); 20] = [
    ("argus", &["m0", "c", "p"]),
    ("bernstein", &["c*"]),
    ("breit_wigner", &["mean?", "width"]),
    ("chebychev", &["c*"]),
    ("crystal_ball", &["mean?", "sigma", "alpha", "n"]),
    ("double_crystal_ball", &["mean?", "sigma_left", "sigma_right", "alpha_left", "n_left", "alpha_right", "n_right"]),
    ("exgauss", &["mean?", "sigma", "tau"]),
    ("exponential", &["c"]),
    ("gamma", &["gamma", "beta", "mu?"]),
    ("gauss_on_exgauss", &["mean?", "sigma", "htail", "tau"]),
    ("gaussian", &["mean?", "sigma"]),
    ("johnson", &["mu?", "lambda", "gamma", "delta"]),
    ("landau", &["mean?", "sigma"]),
    ("linear", &["slope", "intercept"]),
    ("lognormal", &["m0", "k"]),
    ("novosibirsk", &["mean?", "sigma", "tail"]),
    ("relativistic_breit_wigner", &["mean", "width"]),
    ("step", &["mean?", "sigma", "hstep"]),
    ("uniform", &[]),
    ("voigtian", &["mean?", "width", "sigma"]),
];

/// Shapes that a text cannot name: they need points, or their arguments have no one unit.
const UNLISTED: [(&str, &[&str]); 11] = [
    ("decay", &["tau"]),
    ("decay_double", &["tau"]),
    ("decay_flipped", &["tau"]),
    ("decay_on_gauss", &["mean?", "sigma", "tau"]),
    ("decay_on_gauss_double", &["mean?", "sigma", "tau"]),
    ("decay_on_gauss_flipped", &["mean?", "sigma", "tau"]),
    ("histogram", &[]),
    ("kde", &["bandwidth"]),
    ("poisson", &["mean"]),
    ("poisson_of_whole", &["mean"]),
    ("polynomial", &["c*"]),
];

/// Shapes that can be normalised on the whole line.
pub const LINE: [&str; 3] = ["exgauss", "gauss_on_exgauss", "gaussian"];

/// The power of the axis' unit that an argument of a shape has: 1 for a mean, -1 for an exponential's slope, 0 for a pure
/// number; none for names that do not exist.
///
/// ```
/// use germane_models::density::unit_power;
/// assert_eq!(unit_power("exponential", "c"), Some(-1));
/// assert_eq!(unit_power("crystal_ball", "alpha"), Some(0));
/// ```
pub fn unit_power(shape: &str, argument: &str) -> Option<i32> {
    if !arguments_of(shape).ok()?.contains(&argument) {
        return None;
    }
    Some(match (shape, argument) {
        ("exponential", "c") | ("linear", "slope") => -1,
        (_, "htail" | "hstep" | "intercept" | "c" | "alpha" | "n" | "gamma" | "delta" | "k" | "p" | "tail") => 0,
        (_, "alpha_left" | "alpha_right" | "n_left" | "n_right") => 0,
        _ => 1,
    })
}

/// Names of the arguments of a shape.
///
/// ```
/// assert_eq!(germane_models::density::arguments_of("gaussian").unwrap(), ["mean", "sigma"]);
/// let mistake = germane_models::density::arguments_of("gausian").unwrap_err();
/// assert_eq!(mistake.nearest.as_deref(), Some("gaussian"));
/// ```
pub fn arguments_of(shape: &str) -> Result<Vec<&'static str>, Diagnostic> {
    if let Some((_, names)) = SHAPES.iter().chain(&UNLISTED).find(|(name, _)| *name == shape) {
        return Ok(names.iter().map(|name| name.trim_end_matches(['?', '*'])).collect());
    }
    let problem = Diagnostic::new("name", format!("no density `{shape}`"));
    Err(match nearest(shape, SHAPES.iter().map(|(name, _)| *name)) {
        Some(near) => problem.nearest(near),
        None => problem.advice(format!("one of {}", SHAPES.map(|(name, _)| name).join(", "))),
    })
}
