//! What a fit needs to know of a model: parameters, -ln L and its exact derivatives.

use germane_numerics::arrow::Arrow;
use germane_numerics::dense::Matrix;
use germane_numerics::maths;

use crate::choice::Choices;

/// Auxiliary measurement that constrains one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Constraint {
    /// A normal density of `centre` around the parameter.
    Normal {
        /// Auxiliary datum.
        centre: f64,
        /// Standard deviation.
        width: f64,
    },
    /// A Poisson probability of `observed` for the mean `rate` times the parameter.
    Poisson {
        /// Auxiliary datum (real numbers are allowed).
        observed: f64,
        /// Expected count where the parameter is 1 (τ).
        rate: f64,
    },
    /// A log-normal density of the parameter: its logarithm is normal around `centre`.
    LogNormal {
        /// Auxiliary datum, a logarithm.
        centre: f64,
        /// Standard deviation of the logarithm.
        width: f64,
    },
    /// Two halves of normal densities of different widths that meet at `centre`.
    Bifurcated {
        /// Auxiliary datum.
        centre: f64,
        /// Standard deviation below the centre.
        below: f64,
        /// Standard deviation above it.
        above: f64,
    },
}

impl Constraint {
    /// Value of the parameter at which the constraint alone is best.
    pub fn best(&self) -> f64 {
        match *self {
            Self::Normal { centre, .. } | Self::Bifurcated { centre, .. } => centre,
            Self::Poisson { observed, rate } => observed / rate,
            // The density has a factor 1/x.
            Self::LogNormal { centre, width } => maths::exp(centre - width * width),
        }
    }

    /// The auxiliary datum.
    pub fn datum(&self) -> f64 {
        match *self {
            Self::Normal { centre, .. } | Self::Bifurcated { centre, .. } | Self::LogNormal { centre, .. } => centre,
            Self::Poisson { observed, .. } => observed,
        }
    }

    /// The auxiliary datum that is expected where the parameter is `x`.
    pub fn expected(&self, x: f64) -> f64 {
        match *self {
            Self::Normal { .. } | Self::Bifurcated { .. } => x,
            Self::Poisson { rate, .. } => rate * x,
            Self::LogNormal { .. } => maths::ln(x),
        }
    }

    /// The same constraint with another auxiliary datum.
    #[must_use]
    pub fn with_datum(self, datum: f64) -> Self {
        match self {
            Self::Normal { width, .. } => Self::Normal { centre: datum, width },
            Self::LogNormal { width, .. } => Self::LogNormal { centre: datum, width },
            Self::Poisson { rate, .. } => Self::Poisson { observed: datum, rate },
            Self::Bifurcated { below, above, .. } => Self::Bifurcated { centre: datum, below, above },
        }
    }

    /// The same constraint with its auxiliary datum moved by standard deviations of its own; counts end at 0.
    ///
    /// ```
    /// use germane_models::Constraint;
    /// let counted = Constraint::Poisson { observed: 24.0, rate: 25.0 };
    /// assert_eq!(counted.moved(-1.0).datum(), 19.0);
    /// ```
    #[must_use]
    pub fn moved(self, sigmas: f64) -> Self {
        match self {
            Self::Normal { centre, width } => self.with_datum(centre + sigmas * width),
            Self::Poisson { observed, rate } => self.with_datum((observed + sigmas * rate.sqrt()).max(0.0)),
            Self::LogNormal { centre, width } => self.with_datum(centre + sigmas * width),
            Self::Bifurcated { centre, below, above } => {
                self.with_datum(centre + sigmas * if sigmas > 0.0 { above } else { below })
            }
        }
    }

    /// Standard deviation that the constraint alone gives; the mean of two that differ, of a log-normal one that near its median.
    pub fn width(&self) -> f64 {
        match *self {
            Self::Normal { width, .. } => width,
            Self::Poisson { rate, .. } => 1.0 / rate.sqrt(),
            Self::LogNormal { centre, width } => width * maths::exp(centre),
            Self::Bifurcated { below, above, .. } => 0.5 * (below + above),
        }
    }
}

/// One scalar parameter of a model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Name; entries of a vector are `name[i]`.
    pub name: String,
    /// Unit of the value as text, if it has one.
    pub unit: Option<String>,
    /// Where fits start.
    pub start: f64,
    /// Lower bound, may be minus infinity.
    pub lower: f64,
    /// Upper bound, may be infinity.
    pub upper: f64,
    /// Whether fits leave it at `start`.
    pub fixed: bool,
    /// Its auxiliary measurement.
    pub constraint: Option<Constraint>,
}

impl Parameter {
    /// A free parameter without bounds, unit or constraint.
    ///
    /// ```
    /// use germane_models::Parameter;
    /// let mass = Parameter::new("m_z", 91.0).within(85.0, 97.0).unit("GeV");
    /// assert_eq!((mass.lower, mass.upper, mass.fixed), (85.0, 97.0, false));
    /// ```
    pub fn new(name: impl Into<String>, start: f64) -> Self {
        let (lower, upper) = (f64::NEG_INFINITY, f64::INFINITY);
        Self { name: name.into(), unit: None, start, lower, upper, fixed: false, constraint: None }
    }

    /// The same with bounds.
    #[must_use]
    pub fn within(mut self, lower: f64, upper: f64) -> Self {
        (self.lower, self.upper) = (lower, upper);
        self
    }

    /// The same with a unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// The same, left at its start by fits.
    #[must_use]
    pub fn fix(mut self) -> Self {
        self.fixed = true;
        self
    }

    /// The same with a constraint.
    #[must_use]
    pub fn constrained(mut self, constraint: Constraint) -> Self {
        self.constraint = Some(constraint);
        self
    }
}

/// Which second derivatives are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curvature {
    /// The exact Hessian at the data.
    Exact,
    /// Its part that is never negative (Fisher scoring): the expected information, or for events the sum of squared scores.
    Fisher,
}

/// The best value that -ln L of these data can have in any model, for the saturated goodness of fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saturated {
    /// -ln L with every bin at its count and every constraint at its best.
    pub nll: f64,
    /// Number of bins.
    pub bins: usize,
}

/// Second derivatives in the form that suits a model.
#[derive(Clone, Debug)]
pub enum Hessian {
    /// Every entry.
    Dense(Matrix),
    /// Parameters of single bins as leaves, shared ones in blocks and a border.
    Arrow(Arrow),
}

impl Hessian {
    /// The matrix times a vector.
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        match self {
            Self::Dense(matrix) => matrix.times(vector),
            Self::Arrow(arrow) => arrow.times(vector),
        }
    }

    /// An entry of the diagonal.
    pub fn diagonal(&self, index: usize) -> f64 {
        match self {
            Self::Dense(matrix) => matrix[(index, index)],
            Self::Arrow(arrow) => arrow.diagonal(index),
        }
    }
}

/// A compiled likelihood. All functions take one value for each of [`Likelihood::parameters`], in that order.
pub trait Likelihood: Send + Sync {
    /// The parameters.
    fn parameters(&self) -> &[Parameter];

    /// -ln L with all constants; infinity where it is not defined (negative expectation, NaN), never NaN.
    fn nll(&self, x: &[f64]) -> f64;

    /// -ln L, its gradient and a matrix of second derivatives, both overwritten. Where the value is infinite, the
    /// derivatives are unspecified.
    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64;

    /// Second derivatives of zero, in the form that suits this model.
    fn new_hessian(&self) -> Hessian {
        let size = self.parameters().len();
        Hessian::Dense(Matrix::zeros(size, size))
    }

    /// [`Likelihood::evaluate`] into what [`Likelihood::new_hessian`] gave.
    fn evaluate_into(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        match hessian {
            Hessian::Dense(matrix) => self.evaluate(x, curvature, gradient, matrix),
            Hessian::Arrow(_) => unreachable!("invariant: new_hessian is dense unless this is overridden, too"),
        }
    }

    /// Why -ln L is not finite at `x`, in words that name channel and bin; nothing if it is.
    fn complaint(&self, x: &[f64]) -> Option<String>;

    /// The saturated model, if the data are binned.
    fn saturated(&self) -> Option<Saturated> {
        None
    }

    /// Densities that are one of several functions, by an index among the parameters. Fits try all combinations.
    fn choices(&self) -> Option<&Choices> {
        None
    }

    /// Number of events in the data, if that is what they are.
    fn entries(&self) -> Option<f64> {
        None
    }

    /// Of weighted data the sum of w² s sᵀ over the events with their slopes s of ln L, and the curvature of the rest: what the
    /// Hessian would be if the weights were counted. The covariance is then H⁻¹ K H⁻¹. None where no event has a weight.
    ///
    /// Source: C. Langenbruch, Eur. Phys. J. C 82 (2022) 393, eq. 18.
    fn score_products(&self, x: &[f64]) -> Option<Matrix> {
        debug_assert_eq!(x.len(), self.parameters().len());
        None
    }

    /// -ln L; writes its gradient to `out`. Where the value is infinite, the gradient is unspecified.
    fn gradient(&self, x: &[f64], out: &mut [f64]) -> f64 {
        self.evaluate_into(x, Curvature::Exact, out, &mut self.new_hessian())
    }

    /// The exact Hessian of -ln L times a vector.
    fn hessian_times(&self, x: &[f64], vector: &[f64]) -> Vec<f64> {
        let mut hessian = self.new_hessian();
        self.evaluate_into(x, Curvature::Exact, &mut vec![0.0; x.len()], &mut hessian);
        hessian.times(vector)
    }

    /// Writes the exact Hessian of -ln L to `out`.
    fn hessian(&self, x: &[f64], out: &mut Matrix) {
        self.evaluate(x, Curvature::Exact, &mut vec![0.0; self.parameters().len()], out);
    }
}
