//! A density model compiled, with its data.

use germane_numerics::dense::Matrix;
use germane_numerics::special;
use germane_texts::{Diagnostic, nearest};

use super::jet::{Jet, pair};
use super::shape::Shape;
use super::spec::{Argument, ComponentSpec, DensitySpec};
use crate::likelihood::{Curvature, Likelihood, Parameter, Saturated};
use crate::pool::Pool;
use crate::{pairwise, poisson};

/// One channel: its density and its data.
#[derive(Clone, Debug)]
pub struct DensityChannel {
    /// Name, for messages.
    pub name: String,
    /// The density.
    pub density: DensitySpec,
    /// Data.
    pub observations: Observations,
}

/// Data of a channel; the density is normalised on their range.
#[derive(Clone, Debug)]
pub enum Observations {
    /// Values of single events; those outside the range (or NaN) are left out, the upper end does not belong to it.
    Events {
        /// Lower end of the range.
        low: f64,
        /// Upper end of the range.
        high: f64,
        /// Values.
        values: Vec<f64>,
    },
    /// Counts in bins.
    Counts {
        /// Edges, ascending, one more than bins.
        edges: Vec<f64>,
        /// Counts.
        counts: Vec<f64>,
    },
}

/// The extended likelihood of one or several channels.
///
/// ```
/// use germane_models::density::*;
/// use germane_models::{Likelihood, Parameter};
/// let shape = ShapeSpec::new("exponential", [("c", Argument::parameter("slope"))]);
/// let density = DensitySpec { components: vec![ComponentSpec::new("all", Argument::parameter("n"), shape)] };
/// let observations = Observations::Events { low: 0.0, high: 10.0, values: vec![1.0, 2.5, 4.0] };
/// let channel = DensityChannel { name: "main".into(), density, observations };
/// let parameters = vec![Parameter::new("n", 3.0), Parameter::new("slope", 0.0)];
/// let model = DensityModel::new(parameters, vec![channel]).unwrap();
/// // 3 events, uniform on [0, 10]: 3 - 3 ln(3/10) + ln 3!
/// assert!((model.nll(&[3.0, 0.0]) - (3.0 - 3.0 * 0.3f64.ln() + 6f64.ln())).abs() < 1e-14);
/// ```
#[derive(Clone, Debug)]
pub struct DensityModel {
    parameters: Vec<Parameter>,
    channels: Vec<Channel>,
    pool: Pool<Scratch>,
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) name: String,
    components: Vec<Component>,
    range: (f64, f64),
    pub(super) data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Events { values: Vec<f64>, outside: usize, constant: f64 },
    Counts { edges: Vec<f64>, counts: Vec<f64>, least: Vec<f64> },
}

#[derive(Clone, Debug)]
struct Component {
    name: String,
    yields: Slot,
    shape: Shape,
    arguments: Vec<Slot>,
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Parameter(usize),
    Constant(f64),
}

impl Slot {
    fn value(self, x: &[f64]) -> f64 {
        match self {
            Self::Parameter(index) => x[index],
            Self::Constant(value) => value,
        }
    }

    fn index(self) -> Option<usize> {
        match self {
            Self::Parameter(index) => Some(index),
            Self::Constant(_) => None,
        }
    }
}

/// Memory of one evaluation.
#[derive(Debug, Default)]
struct Scratch {
    terms: Vec<f64>,
    arguments: Vec<[f64; super::jet::MOST]>,
    yields: Vec<f64>,
    norms: Vec<Jet>,
    points: Vec<Jet>,
    slopes: Vec<f64>,
}

impl DensityModel {
    /// Resolves the names; all mistakes at once, with the component in [`Diagnostic::object`].
    ///
    /// # Errors
    /// Unknown parameters, shapes and arguments, parameters that nothing uses, an empty range, edges that do not ascend,
    /// counts that are negative or not finite.
    pub fn new(parameters: Vec<Parameter>, channels: Vec<DensityChannel>) -> Result<Self, Vec<Diagnostic>> {
        let mut compiler = Compiler { used: vec![false; parameters.len()], parameters: &parameters, problems: Vec::new() };
        let channels: Vec<Channel> = channels.into_iter().filter_map(|channel| compiler.channel(channel)).collect();
        let Compiler { used, mut problems, .. } = compiler;
        if problems.is_empty() {
            for (parameter, _) in parameters.iter().zip(&used).filter(|(_, used)| !**used) {
                let message = format!("no density uses the parameter `{}`", parameter.name);
                problems.push(Diagnostic::new("name", message).object(parameter.name.clone()));
            }
        }
        if problems.is_empty() { Ok(Self { parameters, channels, pool: Pool::new() }) } else { Err(problems) }
    }

    /// Starting values of all parameters.
    pub fn start(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.start).collect()
    }

    /// Number of events outside the range of a channel (of NaN too); 0 for bins.
    pub fn outside(&self, channel: usize) -> usize {
        match &self.channels[channel].data {
            Data::Events { outside, .. } => *outside,
            Data::Counts { .. } => 0,
        }
    }

    /// Values of the events of a channel; none for bins.
    pub fn events(&self, channel: usize) -> &[f64] {
        match &self.channels[channel].data {
            Data::Events { values, .. } => values,
            Data::Counts { .. } => &[],
        }
    }

    /// Counts of the bins of a channel; none for events.
    pub fn counts(&self, channel: usize) -> &[f64] {
        match &self.channels[channel].data {
            Data::Counts { counts, .. } => counts,
            Data::Events { .. } => &[],
        }
    }

    /// Names of the components of a channel.
    pub fn components(&self, channel: usize) -> Vec<&str> {
        self.channels[channel].components.iter().map(|component| component.name.as_str()).collect()
    }

    /// Range of a channel.
    pub fn range(&self, channel: usize) -> (f64, f64) {
        self.channels[channel].range
    }

    /// Expected events per unit of x, of one component or of all, at the points `xs` for the parameter values `x`.
    pub fn curve(&self, channel: usize, component: Option<usize>, xs: &[f64], x: &[f64]) -> Vec<f64> {
        let parts = self.channels[channel].prepared(component, x);
        xs.iter().map(|&at| parts.iter().map(|part| part.density(at)).sum()).collect()
    }

    /// Expected events between neighbouring `edges`, of one component or of all.
    pub fn bin_integrals(&self, channel: usize, component: Option<usize>, edges: &[f64], x: &[f64]) -> Vec<f64> {
        let parts = self.channels[channel].prepared(component, x);
        edges.windows(2).map(|bin| parts.iter().map(|part| part.integral(bin[0], bin[1])).sum()).collect()
    }

    /// The same model with the expected counts at `x` as data of its binned channels.
    pub fn asimov(&self, x: &[f64]) -> Self {
        let mut model = self.clone();
        for (index, channel) in model.channels.iter_mut().enumerate() {
            if let Data::Counts { edges, counts, least } = &mut channel.data {
                *counts = self.bin_integrals(index, None, edges, x);
                *least = counts.iter().map(|count| poisson::least(*count)).collect();
            }
        }
        model
    }

    pub(super) fn channels(&self) -> &[Channel] {
        &self.channels
    }

    pub(super) fn channels_mut(&mut self) -> &mut [Channel] {
        &mut self.channels
    }

    pub(super) fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.parameters
    }

    fn run(&self, x: &[f64], mut derivatives: Option<(Curvature, &mut [f64], &mut Matrix)>) -> f64 {
        self.pool.with(Scratch::default, |scratch| {
            scratch.terms.clear();
            for channel in &self.channels {
                channel.prepare(x, scratch);
                channel.add(x, scratch, derivatives.as_mut());
            }
            for (index, parameter) in self.parameters.iter().enumerate() {
                let Some(constraint) = parameter.constraint else { continue };
                scratch.terms.push(constraint.penalty(x[index]));
                if let Some((_, gradient, hessian)) = &mut derivatives {
                    let [slope, curve] = constraint.slopes(x[index]);
                    gradient[index] += slope;
                    hessian[(index, index)] += curve;
                }
            }
            let value = pairwise::sum(&scratch.terms);
            if value.is_nan() { f64::INFINITY } else { value }
        })
    }
}

impl Likelihood for DensityModel {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        self.run(x, None)
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        gradient.fill(0.0);
        hessian.fill(0.0);
        self.run(x, Some((curvature, gradient, hessian)))
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        if let Some(index) = x.iter().position(|value| !value.is_finite()) {
            return Some(format!("parameter {} is {}", self.parameters[index].name, x[index]));
        }
        for (index, channel) in self.channels.iter().enumerate() {
            let place = format!("channel {}", channel.name);
            for component in &channel.components {
                let (_, norm) = component.norm(channel.range, x);
                if !(norm.value > 0.0 && norm.value.is_finite()) {
                    return Some(format!("{place}: the integral of component {} is {}", component.name, norm.value));
                }
            }
            match &channel.data {
                Data::Events { values, .. } => {
                    let density = self.curve(index, None, values, x);
                    if let Some(event) = density.iter().position(|value| !(*value > 0.0 && value.is_finite())) {
                        return Some(format!("{place}: the density of the event at {} is {}", values[event], density[event]));
                    }
                }
                Data::Counts { edges, counts, .. } => {
                    let expected = self.bin_integrals(index, None, edges, x);
                    let broken = |bin: &usize| !poisson::nll(counts[*bin], expected[*bin]).is_finite();
                    if let Some(bin) = (0..counts.len()).find(broken) {
                        return Some(format!("bin {bin} of {place}: {} observed, {} expected", counts[bin], expected[bin]));
                    }
                }
            }
        }
        if self.nll(x).is_finite() { None } else { Some("a constraint is not defined".to_owned()) }
    }

    fn saturated(&self) -> Option<Saturated> {
        let (mut terms, mut bins) = (Vec::new(), 0);
        for channel in &self.channels {
            let Data::Counts { counts, least, .. } = &channel.data else { return None };
            terms.extend(counts.iter().zip(least).map(|(&n, &constant)| poisson::nll_with(n, n, constant)));
            bins += counts.len();
        }
        let constraints = self.parameters.iter().filter_map(|parameter| parameter.constraint);
        terms.extend(constraints.map(|constraint| constraint.penalty(constraint.best())));
        Some(Saturated { nll: pairwise::sum(&terms), bins })
    }

    fn entries(&self) -> Option<f64> {
        let entries = self.channels.iter().map(|channel| match &channel.data {
            Data::Events { values, .. } => values.len() as f64,
            Data::Counts { counts, .. } => pairwise::sum(counts),
        });
        Some(entries.sum())
    }
}

impl Component {
    /// Values of the arguments, and the integral over the range.
    fn norm(&self, range: (f64, f64), x: &[f64]) -> ([f64; super::jet::MOST], Jet) {
        let mut arguments = [0.0; super::jet::MOST];
        for (argument, slot) in arguments.iter_mut().zip(&self.arguments) {
            *argument = slot.value(x);
        }
        let mut norm = Jet::ZERO;
        self.shape.integral(range.0, range.1, range, &arguments, &mut norm);
        (arguments, norm)
    }
}

/// A component at fixed values of the parameters.
pub(super) struct Prepared {
    shape: Shape,
    range: (f64, f64),
    arguments: [f64; super::jet::MOST],
    /// Yield over the integral on the range.
    scale: f64,
}

impl Prepared {
    /// Expected events per unit of x.
    pub(super) fn density(&self, x: f64) -> f64 {
        let mut jet = Jet::ZERO;
        self.shape.density(x, self.range, &self.arguments, &mut jet);
        self.scale * jet.value
    }

    /// Expected events between two points.
    pub(super) fn integral(&self, low: f64, high: f64) -> f64 {
        let mut jet = Jet::ZERO;
        self.shape.integral(low, high, self.range, &self.arguments, &mut jet);
        self.scale * jet.value
    }
}

impl Channel {
    /// One component or all at the parameter values `x`.
    pub(super) fn prepared(&self, wanted: Option<usize>, x: &[f64]) -> Vec<Prepared> {
        let chosen = self.components.iter().enumerate().filter(|(index, _)| wanted.is_none_or(|wanted| wanted == *index));
        let prepared = chosen.map(|(_, part)| {
            let (arguments, norm) = part.norm(self.range, x);
            Prepared { shape: part.shape, range: self.range, arguments, scale: part.yields.value(x) / norm.value }
        });
        prepared.collect()
    }

    fn prepare(&self, x: &[f64], scratch: &mut Scratch) {
        scratch.arguments.clear();
        scratch.norms.clear();
        scratch.yields.clear();
        for component in &self.components {
            let (arguments, norm) = component.norm(self.range, x);
            scratch.arguments.push(arguments);
            scratch.norms.push(norm);
            scratch.yields.push(component.yields.value(x));
        }
        scratch.points.resize(self.components.len(), Jet::ZERO);
        scratch.slopes.resize(x.len(), 0.0);
    }

    /// Adds the terms of this channel, and the derivatives if they are wanted.
    fn add(&self, x: &[f64], scratch: &mut Scratch, mut derivatives: Option<&mut (Curvature, &mut [f64], &mut Matrix)>) {
        let detailed = derivatives.is_some();
        match &self.data {
            Data::Events { values, constant, .. } => {
                let total: f64 = scratch.yields.iter().sum();
                scratch.terms.push(total + constant);
                if let Some((_, gradient, _)) = &mut derivatives {
                    for component in &self.components {
                        if let Some(index) = component.yields.index() {
                            gradient[index] += 1.0;
                        }
                    }
                }
                for &value in values {
                    let mean = self.expect(scratch, detailed, |shape, arguments, jet| {
                        shape.density(value, self.range, arguments, jet);
                    });
                    let positive = mean > 0.0;
                    scratch.terms.push(if positive { -germane_numerics::maths::ln(mean) } else { f64::INFINITY });
                    if let Some((curvature, gradient, hessian)) = &mut derivatives {
                        let weights = [-1.0 / mean, 1.0 / (mean * mean)];
                        self.chain(x, scratch, weights, *curvature, gradient, hessian);
                    }
                }
            }
            Data::Counts { edges, counts, least } => {
                for (bin, (&count, &constant)) in edges.windows(2).zip(counts.iter().zip(least)) {
                    let mean = self.expect(scratch, detailed, |shape, arguments, jet| {
                        shape.integral(bin[0], bin[1], self.range, arguments, jet);
                    });
                    scratch.terms.push(poisson::nll_with(count, mean, constant));
                    if let Some((curvature, gradient, hessian)) = &mut derivatives {
                        let [slope, mut curve] = poisson::slopes(count, mean);
                        if *curvature == Curvature::Fisher {
                            curve = 1.0 / mean.max(1e-6);
                        }
                        self.chain(x, scratch, [slope, curve], *curvature, gradient, hessian);
                    }
                }
            }
        }
    }

    /// Expectation at an event or in a bin; leaves the normalised jet of each component in `scratch.points`.
    fn expect(&self, scratch: &mut Scratch, detailed: bool, part: impl Fn(Shape, &[f64], &mut Jet)) -> f64 {
        let mut mean = 0.0;
        for (index, component) in self.components.iter().enumerate() {
            let norm = &scratch.norms[index];
            let point = &mut scratch.points[index];
            part(component.shape, &scratch.arguments[index], point);
            if detailed {
                *point = point.quotient(norm, component.arguments.len());
            } else {
                point.value /= norm.value;
            }
            mean += scratch.yields[index] * point.value;
        }
        mean
    }

    /// Chain rule: derivatives of a function of the expectation with first and second derivative `weights`.
    fn chain(
        &self,
        x: &[f64],
        scratch: &mut Scratch,
        weights: [f64; 2],
        curvature: Curvature,
        gradient: &mut [f64],
        hessian: &mut Matrix,
    ) {
        let slopes = &mut scratch.slopes[..x.len()];
        slopes.fill(0.0);
        for ((component, point), &yields) in self.components.iter().zip(&scratch.points).zip(&scratch.yields) {
            let own = component.yields.index();
            if let Some(index) = own {
                slopes[index] += point.value;
            }
            for (a, slot) in component.arguments.iter().enumerate() {
                let Some(row) = slot.index() else { continue };
                slopes[row] += yields * point.first[a];
                if curvature == Curvature::Fisher {
                    continue;
                }
                if let Some(index) = own {
                    let value = weights[0] * point.first[a];
                    hessian[(index, row)] += value;
                    hessian[(row, index)] += value;
                }
                for (b, slot) in component.arguments[..=a].iter().enumerate() {
                    let Some(column) = slot.index() else { continue };
                    let value = weights[0] * yields * point.second[pair(a, b)];
                    hessian[(row, column)] += value;
                    if a != b {
                        hessian[(column, row)] += value;
                    }
                }
            }
        }
        for (i, &slope) in slopes.iter().enumerate() {
            gradient[i] += weights[0] * slope;
            let scaled = weights[1] * slope;
            if scaled != 0.0 {
                for (entry, other) in hessian.row_mut(i).iter_mut().zip(slopes.iter()) {
                    *entry += scaled * other;
                }
            }
        }
    }
}

struct Compiler<'a> {
    parameters: &'a [Parameter],
    used: Vec<bool>,
    problems: Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn channel(&mut self, channel: DensityChannel) -> Option<Channel> {
        let name = channel.name;
        let (range, data) = match channel.observations {
            Observations::Events { low, high, values } => {
                let all = values.len();
                let values: Vec<f64> = values.into_iter().filter(|value| (low..high).contains(value)).collect();
                let constant = special::ln_gamma(values.len() as f64 + 1.0);
                ((low, high), Data::Events { outside: all - values.len(), values, constant })
            }
            Observations::Counts { edges, counts } => {
                let range = (edges.first().copied().unwrap_or(f64::NAN), edges.last().copied().unwrap_or(f64::NAN));
                let ascending = edges.windows(2).all(|pair| pair[0] < pair[1]) && edges.iter().all(|edge| edge.is_finite());
                if !ascending || edges.len() != counts.len() + 1 {
                    let message = format!("channel `{name}`: {} ascending edges are needed", counts.len() + 1);
                    self.problems.push(Diagnostic::new("value", message).object(name.clone()));
                }
                if let Some(bin) = counts.iter().position(|count| !(*count >= 0.0 && count.is_finite())) {
                    let message = format!("channel `{name}`: the count of bin {bin} is {}", counts[bin]);
                    self.problems.push(Diagnostic::new("value", message).object(name.clone()));
                }
                let least = counts.iter().map(|count| poisson::least(*count)).collect();
                (range, Data::Counts { edges, counts, least })
            }
        };
        if !(range.0 < range.1 && range.0.is_finite() && range.1.is_finite()) {
            let message = format!("channel `{name}`: [{}, {}] is no range", range.0, range.1);
            self.problems.push(Diagnostic::new("value", message).object(name.clone()));
        }
        if channel.density.components.is_empty() {
            self.problems.push(Diagnostic::new("value", format!("channel `{name}` has no component")).object(name.clone()));
        }
        let components: Vec<_> = channel.density.components.iter().map(|component| self.component(component)).collect();
        let components = components.into_iter().collect::<Option<Vec<Component>>>()?;
        Some(Channel { name, components, range, data })
    }

    fn component(&mut self, component: &ComponentSpec) -> Option<Component> {
        let name = component.name.clone();
        let mistakes = component.shape.check();
        let failed = !mistakes.is_empty();
        self.problems.extend(mistakes.into_iter().map(|problem| {
            let object = problem.object.clone().map_or(name.clone(), |object| format!("{name}.{object}"));
            problem.object(object)
        }));
        let yields = self.slot(Some(&component.yields), &name, "yield");
        if failed {
            return None;
        }
        let shape = &component.shape;
        let mut arguments = Vec::new();
        let mut add = |compiler: &mut Self, from: &super::ShapeSpec, argument: &str| {
            arguments.push(compiler.slot(from.argument(argument), &name, argument));
        };
        let kind = match (&shape.convolve, shape.name.as_str()) {
            (Some(with), _) => {
                let (line, resolution) = if shape.name == "breit_wigner" { (shape, &**with) } else { (&**with, shape) };
                add(self, line, "mean");
                add(self, line, "width");
                add(self, resolution, "sigma");
                add(self, resolution, "mean");
                Shape::Voigtian
            }
            (None, "voigtian") => {
                for argument in ["mean", "width", "sigma"] {
                    add(self, shape, argument);
                }
                arguments.push(Some(Slot::Constant(0.0)));
                Shape::Voigtian
            }
            (None, "breit_wigner") => {
                add(self, shape, "mean");
                add(self, shape, "width");
                Shape::BreitWigner
            }
            (None, "exponential") => {
                add(self, shape, "c");
                Shape::Exponential
            }
            (None, "crystal_ball") => {
                for argument in ["mean", "sigma", "alpha", "n"] {
                    add(self, shape, argument);
                }
                Shape::CrystalBall
            }
            (None, "johnson") => {
                for argument in ["mu", "lambda", "gamma", "delta"] {
                    add(self, shape, argument);
                }
                Shape::Johnson
            }
            (None, "argus") => {
                for argument in ["m0", "c", "p"] {
                    add(self, shape, argument);
                }
                Shape::Argus
            }
            (None, "gamma") => {
                for argument in ["gamma", "beta", "mu"] {
                    add(self, shape, argument);
                }
                Shape::Gamma
            }
            (None, "lognormal") => {
                add(self, shape, "m0");
                add(self, shape, "k");
                Shape::Lognormal
            }
            (None, polynomial @ ("chebychev" | "bernstein")) => {
                let list = shape.arguments.iter().map(|(_, argument)| argument);
                arguments.extend(list.map(|argument| self.slot(Some(argument), &name, "c")));
                if polynomial == "chebychev" { Shape::Chebychev(arguments.len()) } else { Shape::Bernstein(arguments.len()) }
            }
            (None, _) => {
                add(self, shape, "mean");
                add(self, shape, "sigma");
                Shape::Gaussian
            }
        };
        let arguments = arguments.into_iter().collect::<Option<Vec<Slot>>>()?;
        Some(Component { name, yields: yields?, shape: kind, arguments })
    }

    /// The parameter or number behind an argument; an argument that may be left out is 0.
    fn slot(&mut self, argument: Option<&Argument>, component: &str, what: &str) -> Option<Slot> {
        let parameter = match argument {
            None => return Some(Slot::Constant(0.0)),
            Some(Argument::Constant(value)) => return Some(Slot::Constant(*value)),
            Some(Argument::Parameter(parameter)) => parameter,
        };
        if let Some(index) = self.parameters.iter().position(|known| known.name == *parameter) {
            self.used[index] = true;
            return Some(Slot::Parameter(index));
        }
        let message = format!("`{what}` of component `{component}`: no parameter `{parameter}`");
        let mut problem = Diagnostic::new("name", message).object(format!("{component}.{what}"));
        if let Some(near) = nearest(parameter, self.parameters.iter().map(|known| known.name.as_str())) {
            problem = problem.nearest(near);
        }
        self.problems.push(problem);
        None
    }
}
