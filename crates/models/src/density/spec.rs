//! What a density is made of, before names are resolved.

use std::sync::Arc;

use germane_texts::{Diagnostic, nearest};

use super::expression::Expression;
use super::histogram::{Histogram, Order};
use super::kernel_estimate::{Kernel, Mirror, adaptive};
use super::{SHAPES, UNLISTED, arguments_of};
use crate::formula::Formula;

/// A sum of components.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DensitySpec {
    /// Components in the order in which they are drawn.
    pub components: Vec<ComponentSpec>,
}

/// One component: an expected number of events in the range and the shape of their distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentSpec {
    /// Name, for figures.
    pub name: String,
    /// Expected number of events where the shape is normalised.
    pub yields: Argument,
    /// Shape.
    pub shape: ShapeSpec,
    /// Where the shape is normalised.
    pub normalised: Normalised,
    /// The choice, and the number of its function that this component is a part of; a component without is always there.
    pub when: Option<(Arc<ChoiceSpec>, usize)>,
}

/// Functions between which an index chooses.
///
/// -ln L gets half the correction for each free parameter of the chosen function: see [`Choice`](crate::Choice).
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceSpec {
    /// Name of the index, a parameter; one that the model does not have is added, and is profiled.
    pub name: String,
    /// Names of the functions.
    pub functions: Vec<String>,
    /// The correction, usually 1.
    pub correction: f64,
}

/// Where the integral of a shape is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalised {
    /// On the range of the channel: the yield counts events in it.
    #[default]
    Range,
    /// On the whole line: the yield counts those outside the range, too. For [`LINE`](super::LINE) shapes only.
    Line,
}

/// An argument of a shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A parameter of the model.
    Parameter(String),
    /// A number.
    Constant(f64),
    /// A value of each event, times a parameter or 1: the density is p(x|y), normalised over x at each y.
    Column {
        /// Name of the column ([`Observations::Conditional`](super::Observations)).
        name: String,
        /// Parameter that multiplies it.
        scale: Option<String>,
    },
}

/// A shape by name, perhaps convolved with another one over the whole line.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeSpec {
    /// One of the names of [`SHAPES`].
    pub name: String,
    /// Arguments by name.
    pub arguments: Vec<(String, Argument)>,
    /// What it is convolved with.
    pub convolve: Option<Box<ShapeSpec>>,
    /// What it has beside its arguments.
    pub(super) given: Given,
}

/// What a shape has beside its arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Given {
    #[default]
    Nothing,
    /// Points of a kernel estimate with their widths.
    Kernels(Arc<[Kernel]>),
    /// A formula of x and the arguments.
    Expression(Arc<Expression>),
    Histogram(Arc<Histogram>),
}

impl ComponentSpec {
    /// A component.
    pub fn new(name: impl Into<String>, yields: Argument, shape: ShapeSpec) -> Self {
        Self { name: name.into(), yields, shape, normalised: Normalised::Range, when: None }
    }

    /// The same, normalised on the whole line.
    #[must_use]
    pub fn on_the_line(mut self) -> Self {
        self.normalised = Normalised::Line;
        self
    }

    /// The same, there only where the index chooses this function.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use germane_models::density::*;
    /// use germane_models::{Likelihood, Parameter};
    /// let functions = vec!["flat".into(), "falling".into()];
    /// let choice = Arc::new(ChoiceSpec { name: "background".into(), functions, correction: 1.0 });
    /// let component = |name: &str, shape| ComponentSpec::new(name, Argument::Constant(3.0), shape);
    /// let falling = ShapeSpec::new("exponential", [("c", Argument::parameter("slope"))]);
    /// let components = vec![
    ///     component("flat", ShapeSpec::new("uniform", [])).when(&choice, 0),
    ///     component("falling", falling).when(&choice, 1),
    /// ];
    /// let observations = Observations::Events { low: 0.0, high: 10.0, values: vec![1.0, 2.5, 4.0] };
    /// let channel = DensityChannel { name: "main".into(), density: DensitySpec { components }, observations };
    /// let model = DensityModel::new(vec![Parameter::new("slope", 0.0)], vec![channel]).unwrap();
    /// // With slope 0 both are the same density, but one has a parameter more.
    /// assert!((model.nll(&[0.0, 1.0]) - model.nll(&[0.0, 0.0]) - 0.5).abs() < 1e-14);
    /// ```
    #[must_use]
    pub fn when(mut self, choice: &Arc<ChoiceSpec>, function: usize) -> Self {
        self.when = Some((Arc::clone(choice), function));
        self
    }
}

impl Argument {
    /// A parameter.
    pub fn parameter(name: impl Into<String>) -> Self {
        Self::Parameter(name.into())
    }

    /// A column of the events.
    pub fn column(name: impl Into<String>) -> Self {
        Self::Column { name: name.into(), scale: None }
    }
}

impl ShapeSpec {
    /// A shape without convolution.
    ///
    /// ```
    /// use germane_models::density::{Argument, ShapeSpec};
    /// let resolution = ShapeSpec::new("gaussian", [("sigma", Argument::parameter("sigma"))]);
    /// let line = [("mean", Argument::parameter("m_z")), ("width", Argument::Constant(2.4952))];
    /// let shape = ShapeSpec::new("breit_wigner", line).convolved(resolution);
    /// assert!(shape.check().is_empty());
    /// ```
    pub fn new<'a>(name: impl Into<String>, arguments: impl IntoIterator<Item = (&'a str, Argument)>) -> Self {
        let arguments = arguments.into_iter().map(|(name, argument)| (name.to_owned(), argument)).collect();
        Self { name: name.into(), arguments, convolve: None, given: Given::Nothing }
    }

    /// A Gaussian kernel estimate of the density that the points come from.
    ///
    /// ```
    /// use germane_models::density::{Argument, ShapeSpec};
    /// assert!(ShapeSpec::kernel_estimate(vec![1.0, 2.5], Argument::Constant(0.5)).check().is_empty());
    /// ```
    pub fn kernel_estimate(points: Vec<f64>, bandwidth: Argument) -> Self {
        let kernels = points.into_iter().map(|point| (point, 1.0)).collect();
        Self { given: Given::Kernels(kernels), ..Self::new("kde", [("bandwidth", bandwidth)]) }
    }

    /// A kernel estimate whose Gaussians are narrow where points lie densely, with the widths of RooKeysPdf for its `rho`; they are
    /// multiplied by `bandwidth`, usually 1. Points are mirrored at the edges of the range `low` to `high` that are wanted.
    ///
    /// ```
    /// use germane_models::density::{Argument, Mirror, ShapeSpec};
    /// let points = [0.5, 1.0, 1.2, 4.0];
    /// let shape = ShapeSpec::adaptive_kernel_estimate(&points, (0.0, 5.0), Mirror::Lower, 1.0, Argument::Constant(1.0));
    /// assert!(shape.unwrap().check().is_empty());
    /// ```
    ///
    /// # Errors
    /// In words: points that are not finite or all the same, a `rho` that is not positive.
    pub fn adaptive_kernel_estimate(
        points: &[f64],
        (low, high): (f64, f64),
        mirror: Mirror,
        rho: f64,
        bandwidth: Argument,
    ) -> Result<Self, String> {
        if let Some(index) = points.iter().position(|point| !point.is_finite()) {
            return Err(format!("point {index} of `kde` is {}", points[index]));
        }
        if !(rho > 0.0 && rho.is_finite()) {
            return Err(format!("`rho` of `kde` is {rho}, not positive"));
        }
        let kernels = adaptive(points, (low, high), mirror, rho).ok_or("the points of `kde` are all the same")?;
        Ok(Self { given: Given::Kernels(kernels.into()), ..Self::new("kde", [("bandwidth", bandwidth)]) })
    }

    /// The density of a histogram: its contents over the widths of the bins, constant or linear between the centres.
    ///
    /// ```
    /// use germane_models::density::{Order, ShapeSpec};
    /// assert!(ShapeSpec::histogram(&[0.0, 1.0, 3.0], &[5.0, 2.0], Order::Linear).unwrap().check().is_empty());
    /// assert!(ShapeSpec::histogram(&[0.0, 1.0], &[-5.0], Order::Linear).is_err());
    /// ```
    ///
    /// # Errors
    /// In words: edges that do not ascend, another number of contents, contents that are negative or not finite, or all 0.
    pub fn histogram(edges: &[f64], contents: &[f64], order: Order) -> Result<Self, String> {
        let given = Given::Histogram(Arc::new(Histogram::new(edges, contents, order)?));
        Ok(Self { given, ..Self::new("histogram", []) })
    }

    /// A density that a formula gives up to its normalisation, which is found by quadrature. The first variable of the formula
    /// is x, the others are the arguments, at most eight; nothing if there are more, or no x.
    ///
    /// ```
    /// use germane_models::density::{Argument, ShapeSpec};
    /// use germane_models::formula::Formula;
    /// let formula = Formula::read("1 + slope*x^2", &["x", "slope"]).unwrap();
    /// let shape = ShapeSpec::expression(formula, vec![("slope".into(), Argument::Constant(0.1))]).unwrap();
    /// assert!(shape.check().is_empty());
    /// ```
    pub fn expression(formula: Formula, arguments: Vec<(String, Argument)>) -> Option<Self> {
        if formula.variables() != arguments.len() + 1 {
            return None;
        }
        let given = Given::Expression(Arc::new(Expression::new(formula)?));
        Some(Self { name: "expression".into(), arguments, convolve: None, given })
    }

    /// The same, convolved with another shape over the whole line.
    #[must_use]
    pub fn convolved(mut self, with: Self) -> Self {
        self.convolve = Some(Box::new(with));
        self
    }

    /// All mistakes of names: of the shape, of its arguments, and of a convolution that has no closed form here. The
    /// [`Diagnostic::object`] names the shape, or `shape.argument`, in which the mistake is.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut problems = self.names();
        if let Some(with) = &self.convolve {
            problems.extend(with.names());
            let known = |shape: &Self| listed(&shape.name).is_some() || matches!(shape.given, Given::Expression(_));
            if with.convolve.is_some() || known(self) && known(with) && !self.is_voigtian() {
                let message = format!("`{}` convolved with `{}` is not known", self.name, with.name);
                let problem = Diagnostic::new("value", message).object(self.name.clone());
                problems.push(problem.advice("known: breit_wigner with gaussian"));
            }
        }
        problems
    }

    /// An argument by name.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|(given, _)| given == name).map(|(_, argument)| argument)
    }

    pub(super) fn is_voigtian(&self) -> bool {
        let names = (self.name.as_str(), self.convolve.as_ref().map_or("", |with| with.name.as_str()));
        matches!(names, ("breit_wigner", "gaussian") | ("gaussian", "breit_wigner"))
    }

    fn names(&self) -> Vec<Diagnostic> {
        if matches!(self.given, Given::Expression(_)) {
            return Vec::new();
        }
        let known = match arguments_of(&self.name) {
            Ok(known) => known,
            Err(problem) => return vec![problem.object(self.name.clone())],
        };
        let mut problems = Vec::new();
        for (name, argument) in &self.arguments {
            let object = format!("{}.{name}", self.name);
            if !known.contains(&name.as_str()) {
                let message = format!("`{}` has no argument `{name}`", self.name);
                let problem = Diagnostic::new("key", message).object(object);
                problems.push(match nearest(name, known.iter().copied()) {
                    Some(near) => problem.nearest(near),
                    None => problem.advice(format!("it has {}", known.join(", "))),
                });
            } else if matches!(argument, Argument::Constant(value) if !value.is_finite()) {
                problems.push(Diagnostic::new("value", format!("`{name}` of `{}` is not finite", self.name)).object(object));
            }
        }
        let listed = listed(&self.name).unwrap_or_default();
        let lists: Vec<&str> = listed.iter().filter_map(|name| name.strip_suffix('*')).collect();
        for name in &known {
            let count = self.arguments.iter().filter(|(given, _)| given == name).count();
            let most = if lists.contains(name) { super::jet::MOST } else { 1 };
            if count > most {
                let message = format!("`{}` has {count} values of `{name}`, at most {most} are known", self.name);
                problems.push(Diagnostic::new("value", message).object(format!("{}.{name}", self.name)));
            }
        }
        let optional: Vec<&str> = listed.iter().filter_map(|name| name.strip_suffix('?')).collect();
        let kernels: &[Kernel] = if let Given::Kernels(kernels) = &self.given { kernels } else { &[] };
        if self.name == "kde" && kernels.is_empty() {
            let problem = Diagnostic::new("value", "`kde` has no points to estimate a density from");
            problems.push(problem.object(self.name.clone()));
        } else if let Some(index) = kernels.iter().position(|(point, _)| !point.is_finite()) {
            let problem = Diagnostic::new("value", format!("point {index} of `kde` is {}", kernels[index].0));
            problems.push(problem.object(self.name.clone()));
        }
        if self.name == "histogram" && self.given == Given::Nothing {
            let problem = Diagnostic::new("value", "`histogram` has no bins");
            problems.push(problem.object(self.name.clone()));
        }
        for name in known {
            let misspelt = || self.arguments.iter().any(|(given, _)| nearest(given, [name]).is_some());
            if self.argument(name).is_none() && !optional.contains(&name) && !misspelt() {
                let problem = Diagnostic::new("key", format!("`{}` needs `{name}`", self.name));
                problems.push(problem.object(self.name.clone()));
            }
        }
        problems
    }
}

/// Arguments of a shape as the tables have them.
fn listed(shape: &str) -> Option<&'static [&'static str]> {
    SHAPES.iter().chain(&UNLISTED).find(|(name, _)| *name == shape).map(|(_, names)| *names)
}
