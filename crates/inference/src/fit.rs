//! The result of a fit: the `germane_fit` document.

use germane_models::Parameter;
use serde::{Serialize, Serializer};

use crate::certificate::Certificate;
use crate::functions::Chosen;
use crate::minuit::Report;

/// What a fit found. Serialises to the document `germane_fit: 1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Fit {
    /// Version of the document.
    pub germane_fit: u32,
    /// Whether the minimum can be used.
    pub state: State,
    /// Why, with the names of parameters; empty if there is nothing to say.
    pub reason: String,
    /// -ln L with all constants.
    #[serde(serialize_with = "number")]
    pub nll: f64,
    /// Estimated distance of -ln L to its minimum.
    #[serde(serialize_with = "number")]
    pub edm: f64,
    /// Number of events in the data.
    #[serde(serialize_with = "optional")]
    pub entries: Option<f64>,
    /// All parameters, in the order of the model.
    pub parameters: Vec<FittedParameter>,
    /// Covariance of the parameters that are free and not at a bound.
    pub covariance: Covariance,
    /// Goodness of fit, of binned data.
    pub goodness: Option<Goodness>,
    /// What shows that it is a minimum.
    pub certificate: Certificate,
    /// What was chosen between functions, if the likelihood has a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
    /// What Minuit says of it, if it was found in that way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minuit: Option<Report>,
}

/// What a fit ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// A minimum inside the bounds.
    Valid,
    /// A minimum under the bounds: the likelihood would rise further beyond one of them.
    ValidAtBound,
    /// Some combination of parameters is not determined by the data.
    FlatDirections,
    /// A point where the gradient vanishes, but no minimum.
    Saddle,
    /// -ln L is not finite.
    NotFinite,
    /// The allowed iterations were not enough.
    LimitReached,
}

/// A bound of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The lower one.
    Lower,
    /// The upper one.
    Upper,
}

/// One parameter after a fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FittedParameter {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: Option<String>,
    /// Value at the minimum.
    #[serde(serialize_with = "number")]
    pub value: f64,
    /// Standard deviation from the inverse Hessian; none if it is fixed, at a bound, or there is no minimum.
    #[serde(serialize_with = "optional")]
    pub error: Option<f64>,
    /// Distances at which the profiled -ln L has risen by 1/2, below (negative) and above; an end that lies beyond a bound is
    /// none. Absent if it was not asked for.
    #[serde(serialize_with = "interval")]
    pub minos: Option<[Option<f64>; 2]>,
    /// Lower bound; infinite ones are absent.
    #[serde(serialize_with = "optional")]
    pub lower: Option<f64>,
    /// Upper bound.
    #[serde(serialize_with = "optional")]
    pub upper: Option<f64>,
    /// Where the fit started.
    #[serde(serialize_with = "number")]
    pub start: f64,
    /// Whether it was left at its start.
    pub fixed: bool,
    /// The bound that holds it.
    pub at_bound: Option<Bound>,
    /// Distance from its auxiliary measurement in units of that one's width.
    #[serde(serialize_with = "optional")]
    pub pull: Option<f64>,
}

/// A symmetric matrix with names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Covariance {
    /// Names of the parameters.
    pub names: Vec<String>,
    /// Rows.
    pub values: Vec<Vec<f64>>,
    /// Whether all parameters with errors are there; of very many only those without constraint are.
    #[serde(skip_serializing_if = "is_true")]
    pub complete: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_true(value: &bool) -> bool {
    *value
}

/// Goodness of fit against the saturated model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goodness {
    /// `saturated`.
    pub kind: String,
    /// Twice the distance to the best -ln L that any model could have.
    #[serde(serialize_with = "number")]
    pub statistic: f64,
    /// Bins minus free parameters without constraint.
    pub ndof: i64,
    /// Probability of a larger statistic (χ² with `ndof`); none without degrees of freedom.
    #[serde(serialize_with = "optional")]
    pub p: Option<f64>,
}

impl FittedParameter {
    /// A parameter at a value, of which nothing but its pull is known.
    pub(crate) fn unfitted(parameter: &Parameter, value: f64, start: f64, fixed: bool) -> Self {
        let pull = parameter.constraint.map(|constraint| (value - constraint.best()) / constraint.width());
        Self {
            name: parameter.name.clone(),
            unit: parameter.unit.clone(),
            value,
            error: None,
            minos: None,
            lower: Some(parameter.lower).filter(|bound| bound.is_finite()),
            upper: Some(parameter.upper).filter(|bound| bound.is_finite()),
            start,
            fixed,
            at_bound: None,
            pull,
        }
    }
}

impl Fit {
    /// Whether the minimum can be used (inside the bounds or at one).
    pub fn is_valid(&self) -> bool {
        matches!(self.state, State::Valid | State::ValidAtBound)
    }

    /// A parameter by name.
    pub fn parameter(&self, name: &str) -> Option<&FittedParameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Values of all parameters, in the order of the model.
    pub fn values(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.value).collect()
    }

    /// Correlation of two parameters that are in the covariance.
    pub fn correlation(&self, one: &str, other: &str) -> Option<f64> {
        let index = |name: &str| self.covariance.names.iter().position(|known| known == name);
        let (i, j) = (index(one)?, index(other)?);
        let values = &self.covariance.values;
        Some(values[i][j] / (values[i][i] * values[j][j]).sqrt())
    }
}

impl State {
    /// The word in the document.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ValidAtBound => "valid_at_bound",
            Self::FlatDirections => "flat_directions",
            Self::Saddle => "saddle",
            Self::NotFinite => "not_finite",
            Self::LimitReached => "limit_reached",
        }
    }
}

/// Numbers of the documents: whole ones without a point, those that are not finite as words.
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_nan() {
        serializer.serialize_str("nan")
    } else if value.is_infinite() {
        serializer.serialize_str(if *value > 0.0 { "inf" } else { "-inf" })
    } else if value.fract() == 0.0 && value.abs() < 9e15 && !(*value == 0.0 && value.is_sign_negative()) {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

fn optional<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

fn interval<S: Serializer>(value: &Option<[Option<f64>; 2]>, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}
