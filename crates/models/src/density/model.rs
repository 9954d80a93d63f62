//! A density model compiled, with its data.

use germane_numerics::dense::Matrix;
use germane_texts::Diagnostic;

use super::alternatives::Alternatives;
use super::channel::{Channel, Component, Data, Scratch, Weights};
use super::compile::Compiler;
use super::spec::DensitySpec;
use crate::choice::Choices;
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
    /// The same with other numbers of each event, on which arguments may depend ([`Argument::Column`](super::Argument)).
    Conditional {
        /// Lower end of the range.
        low: f64,
        /// Upper end of the range.
        high: f64,
        /// Values.
        values: Vec<f64>,
        /// Names of the columns with their numbers, one a value.
        columns: Vec<(String, Vec<f64>)>,
    },
    /// The same with a weight for each, which may be negative; errors are those of weighted events ([`Likelihood::score_products`]).
    Weighted {
        /// Lower end of the range.
        low: f64,
        /// Upper end of the range.
        high: f64,
        /// Values.
        values: Vec<f64>,
        /// Weights, one a value.
        weights: Vec<f64>,
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
    choices: Option<Choices>,
    pool: Pool<Scratch>,
}

impl DensityModel {
    /// Resolves the names; all mistakes at once, with the component in [`Diagnostic::object`].
    ///
    /// # Errors
    /// Unknown parameters, shapes and arguments, parameters that nothing uses, an empty range, edges that do not ascend,
    /// counts that are negative or not finite; functions of a choice without component.
    pub fn new(mut parameters: Vec<Parameter>, channels: Vec<DensityChannel>) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let alternatives = Alternatives::new(&channels, &mut parameters, &mut problems);
        let used = (0..parameters.len()).map(|index| alternatives.is_index(index)).collect();
        let mut compiler = Compiler { used, parameters: &parameters, alternatives, columns: Vec::new(), problems };
        let channels: Vec<Channel> = channels.into_iter().filter_map(|channel| compiler.channel(channel)).collect();
        let Compiler { used, mut problems, alternatives, .. } = compiler;
        let choices = if problems.is_empty() { alternatives.finish(&mut problems) } else { None };
        if problems.is_empty() {
            for (parameter, _) in parameters.iter().zip(&used).filter(|(_, used)| !**used) {
                let message = format!("no density uses the parameter `{}`", parameter.name);
                problems.push(Diagnostic::new("name", message).object(parameter.name.clone()));
            }
        }
        if problems.is_empty() { Ok(Self { parameters, channels, choices, pool: Pool::new() }) } else { Err(problems) }
    }

    /// Names of the channels; numbers of bins of those that have some; counts or events in the range.
    pub fn channel_contents(&self) -> impl Iterator<Item = (&str, Option<usize>, f64)> {
        self.channels.iter().map(|channel| {
            let (bins, entries) = match &channel.data {
                Data::Events { values, .. } => (None, values.len() as f64),
                Data::Counts { counts, .. } => (Some(counts.len()), counts.iter().sum()),
            };
            (channel.name.as_str(), bins, entries)
        })
    }

    /// The same model with the numbers of events taken as given: -ln L = -Σ ln(ν(x_i)/∫ν), where only the proportions of the yields
    /// matter. Channels with bins stay as they are.
    ///
    /// ```
    /// use germane_models::density::*;
    /// use germane_models::Likelihood;
    /// let component = ComponentSpec::new("all", Argument::Constant(7.0), ShapeSpec::new("uniform", []));
    /// let observations = Observations::Events { low: 0.0, high: 10.0, values: vec![1.0, 2.5] };
    /// let density = DensitySpec { components: vec![component] };
    /// let model = DensityModel::new(vec![], vec![DensityChannel { name: "main".into(), density, observations }]).unwrap();
    /// // Two events with a density of 1/10.
    /// assert!((model.given_the_number_of_events().nll(&[]) - 2.0 * 10f64.ln()).abs() < 1e-14);
    /// ```
    #[must_use]
    pub fn given_the_number_of_events(mut self) -> Self {
        for channel in &mut self.channels {
            channel.extended = false;
        }
        self
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

    /// Whether a component is there at `x`, where its function may not be chosen.
    pub fn is_there(&self, channel: usize, component: usize, x: &[f64]) -> bool {
        self.channels[channel].components[component].is_there(x)
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

    /// Expected events below the points `xs`, of one component or of all: from minus infinity for components that are normalised
    /// on the whole line, inside the range for the others.
    pub fn cumulated(&self, channel: usize, component: Option<usize>, xs: &[f64], x: &[f64]) -> Vec<f64> {
        let parts = self.channels[channel].prepared(component, x);
        xs.iter().map(|&at| parts.iter().map(|part| part.below(at)).sum()).collect()
    }

    /// Derivatives in the parameters of [`DensityModel::curve`] at one point.
    pub fn curve_gradient(&self, channel: usize, component: Option<usize>, at: f64, x: &[f64]) -> Vec<f64> {
        self.channels[channel].curve_gradient(component, at, x)
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
            scratch.terms.extend(self.choices.as_ref().map(|choices| choices.penalty(x, &self.parameters)));
            for channel in &self.channels {
                channel.prepare(x, scratch);
                channel.add(scratch, derivatives.as_mut());
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
            let plain = |component: &&Component| component.is_there(x) && !component.is_conditional();
            for component in channel.components.iter().filter(plain) {
                let (_, norm) = component.norm(channel.range, x);
                if !(norm.value > 0.0 && norm.value.is_finite()) {
                    return Some(format!("{place}: the integral of component {} is {}", component.name, norm.value));
                }
            }
            match &channel.data {
                Data::Events { values, .. } => {
                    let density = self.pool.with(Scratch::default, |scratch| channel.heights(x, scratch));
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
        if let Some(choices) = self.choices.as_ref().filter(|choices| !choices.penalty(x, &self.parameters).is_finite()) {
            return Some(choices.complaint(x, &self.parameters));
        }
        if self.nll(x).is_finite() { None } else { Some("a constraint is not defined".to_owned()) }
    }

    fn choices(&self) -> Option<&Choices> {
        self.choices.as_ref()
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
        Some(self.channels.iter().map(|channel| channel.data.entries()).sum())
    }

    fn score_products(&self, x: &[f64]) -> Option<Matrix> {
        let weighted = |channel: &Channel| matches!(&channel.data, Data::Events { weights: Weights::Of(_), .. });
        if !self.channels.iter().any(weighted) {
            return None;
        }
        let mut products = Matrix::zeros(x.len(), x.len());
        self.pool.with(Scratch::default, |scratch| {
            for channel in &self.channels {
                channel.add_score_products(x, scratch, &mut products);
            }
        });
        for (index, parameter) in self.parameters.iter().enumerate() {
            products[(index, index)] += parameter.constraint.map_or(0.0, |constraint| constraint.slopes(x[index])[1]);
        }
        Some(products)
    }
}
