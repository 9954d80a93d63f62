//! Derivatives of -ln L by the numbers that a model is made of, and how these change with the parameters.
//!
//! With ν = Σ B·F·G of a bin (B = n + a(α)(h - n) + b(α)(n - l), F the product of factors, G of the bin's own factors) and
//! w = ∂(-ln L)/∂ν = 1 - d/ν: by the nominal content n w F G (1 - Σ a + Σ b), by h w F G a, by l -w F G b, by an end of a factor
//! Σ_bins w B G F/f ∂f, by the datum d ψ(d + 1) - ln ν. Widths of constraints add what they contribute. Each number is carried
//! with its derivative along a direction of the parameters.

use germane_numerics::{maths, special};

use super::inputs::Place;
use super::plan::ChannelPlan;
use super::{Data, Model};
use crate::interpolation::template_weights;
use crate::likelihood::Constraint;
use crate::poisson;

/// A value and its derivative along a direction.
type Pair = [f64; 2];

/// What is derived.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// -ln L.
    Likelihood,
    /// Σ weights · (expected main and auxiliary data).
    Expectation(&'a Data),
}

impl Model {
    /// Derivatives of -ln L by the numbers of [`Model::input_values`], in their order; parameters and auxiliary data are held, but
    /// widths of constraints follow the templates.
    ///
    /// # Errors
    /// As [`Model::inputs`], and for models that reproduce RooFit's normalisation of auxiliary data.
    ///
    /// ```
    /// use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
    /// let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
    /// let workspace = Workspace::new()
    ///     .channel(Channel::new("SR").sample(signal), vec![15.0])
    ///     .measurement(Measurement::new("main", Some("mu")));
    /// let model = workspace.model(None).unwrap();
    /// // ν = 10 mu = 20: (1 - 15/20) mu by the content of the signal, behind the derivative by the datum.
    /// assert_eq!(model.input_gradient(&[2.0]).unwrap()[1], 0.5);
    /// ```
    pub fn input_gradient(&self, x: &[f64]) -> Result<Vec<f64>, String> {
        let pairs = self.by_inputs(x, &vec![0.0; x.len()], Target::Likelihood)?;
        Ok(pairs.into_iter().map(|pair| pair[0]).collect())
    }

    /// Derivative of [`Model::input_gradient`] along a direction of the parameters: the mixed second derivatives of -ln L times it.
    ///
    /// # Errors
    /// As [`Model::input_gradient`].
    pub fn input_gradient_along(&self, x: &[f64], direction: &[f64]) -> Result<Vec<f64>, String> {
        let pairs = self.by_inputs(x, direction, Target::Likelihood)?;
        Ok(pairs.into_iter().map(|pair| pair[1]).collect())
    }

    /// Derivatives of Σ weights · (data of [`Model::asimov`]) by the inputs, the parameters held.
    ///
    /// # Errors
    /// As [`Model::input_gradient`].
    pub fn asimov_gradient(&self, x: &[f64], weights: &Data) -> Result<Vec<f64>, String> {
        let pairs = self.by_inputs(x, &vec![0.0; x.len()], Target::Expectation(weights))?;
        Ok(pairs.into_iter().map(|pair| pair[0]).collect())
    }

    /// Derivatives of Σ weights · (data of [`Model::asimov`]) by the parameters.
    pub fn asimov_slopes(&self, x: &[f64], weights: &Data) -> Vec<f64> {
        let mut slopes = vec![0.0; x.len()];
        let mut first = 0;
        self.predict(x, |prediction| {
            if prediction.sample.is_some() {
                return;
            }
            for (bin, derivatives) in prediction.derivatives.iter().enumerate() {
                for &(parameter, derivative) in derivatives {
                    slopes[parameter] += weights.main[first + bin] * derivative;
                }
            }
            first += prediction.contents.len();
        });
        for ((index, constraint), weight) in self.constraints().zip(&weights.auxiliary) {
            slopes[index] += weight
                * match constraint {
                    Constraint::Normal { .. } | Constraint::Bifurcated { .. } => 1.0,
                    Constraint::Poisson { rate, .. } => rate,
                    Constraint::LogNormal { .. } => 1.0 / x[index],
                };
        }
        slopes
    }

    /// Derivatives of -ln L by main and auxiliary data, all else held.
    pub fn data_gradient(&self, x: &[f64]) -> Data {
        let expected = self.expected(x);
        let main = expected.iter().zip(&self.observed).map(|(&mean, &count)| by_count(count, [mean, 0.0])[0]).collect();
        let auxiliary = self.constraints().map(|(index, constraint)| by_datum(constraint, [x[index], 0.0])[0]);
        Data { main, auxiliary: auxiliary.collect() }
    }

    fn by_inputs(&self, x: &[f64], direction: &[f64], target: Target<'_>) -> Result<Vec<Pair>, String> {
        let slots = self.slots()?;
        if !self.normalisations.is_empty() {
            return Err("a model that normalises auxiliary data as RooFit does has no derivatives by its templates".to_owned());
        }
        let mut found = Found {
            templates: vec![[0.0; 2]; self.templates.len()],
            data: vec![[0.0; 2]; self.observed.len()],
            factors: Vec::with_capacity(self.channels.len()),
        };
        for channel in &self.channels {
            let at = At { channel, templates: &self.templates, x, direction };
            let range = channel.first..channel.first + channel.bins;
            let expected = at.expected();
            let mut slopes = Vec::with_capacity(channel.bins);
            for (bin, &[mean, change]) in range.clone().zip(&expected) {
                let count = self.observed[bin];
                slopes.push(match target {
                    Target::Likelihood => {
                        let [slope, curve] = poisson::slopes(count, mean);
                        [slope, curve * change]
                    }
                    Target::Expectation(weights) => [weights.main[bin], 0.0],
                });
                if matches!(target, Target::Likelihood) {
                    found.data[bin] = by_count(count, [mean, change]);
                }
            }
            found.factors.push(at.derive(&slopes, &mut found.templates));
        }
        self.add_widths(x, direction, target, &mut found.templates);
        Ok(slots.into_iter().flat_map(|(input, place)| found.at(place, input.range.len())).collect())
    }

    /// What constraints contribute by their widths.
    fn add_widths(&self, x: &[f64], direction: &[f64], target: Target<'_>, out: &mut [Pair]) {
        let mut order = vec![usize::MAX; self.parameters.len()];
        for (place, (index, _)) in self.constraints().enumerate() {
            order[index] = place;
        }
        for width in &self.widths {
            let index = width.parameter();
            let Some(constraint) = self.parameters[index].constraint else { continue };
            let at = [x[index], direction[index]];
            let (by_width, datum) = match (target, constraint) {
                (Target::Likelihood, Constraint::Normal { centre, width }) => {
                    // (a - x)²/2s² + ln s
                    let (pull, square) = ((centre - at[0]) / width, width * width);
                    ([(1.0 - pull * pull) / width, 2.0 * pull * at[1] / square], [0.0; 2])
                }
                // τx - o ln(τx)
                (Target::Likelihood, Constraint::Poisson { observed, rate }) => {
                    ([at[0] - observed / rate, at[1]], by_datum(constraint, at))
                }
                (Target::Expectation(weights), Constraint::Poisson { .. }) => {
                    ([weights.auxiliary[order[index]] * at[0], 0.0], [0.0; 2])
                }
                _ => continue,
            };
            width.pull_back(by_width, datum, &self.templates, out);
        }
    }
}

/// Derivatives by place: of templates and data, and of both ends of each factor of each row of each channel.
struct Found {
    templates: Vec<Pair>,
    data: Vec<Pair>,
    factors: Vec<Vec<Vec<[Pair; 2]>>>,
}

impl Found {
    fn at(&self, place: Place, count: usize) -> Vec<Pair> {
        match place {
            Place::Data { first } => self.data[first..first + count].to_vec(),
            Place::Template { start } => self.templates[start..start + count].to_vec(),
            Place::High { change, .. } | Place::Low { change, .. } => self.templates[change..change + count].to_vec(),
            Place::FactorLow { channel, row, factor } => vec![self.factors[channel][row][factor][0]],
            Place::FactorHigh { channel, row, factor } => vec![self.factors[channel][row][factor][1]],
        }
    }
}

/// A channel at a point, with a direction.
struct At<'a> {
    channel: &'a ChannelPlan,
    templates: &'a [f64],
    x: &'a [f64],
    direction: &'a [f64],
}

impl At<'_> {
    /// Expected contents.
    fn expected(&self) -> Vec<Pair> {
        let mut expected = vec![[0.0; 2]; self.channel.bins];
        for row in 0..self.channel.rows().len() {
            let factor = product(self.factors(row).into_iter());
            let weights = self.weights(row);
            for (bin, sum) in expected.iter_mut().enumerate() {
                let content = times(times(self.base(row, bin, &weights), factor), self.own(row, bin));
                *sum = [sum[0] + content[0], sum[1] + content[1]];
            }
        }
        expected
    }

    /// Derivatives by the templates, which are added, and by the ends of the factors of each row.
    fn derive(&self, slopes: &[Pair], out: &mut [Pair]) -> Vec<Vec<[Pair; 2]>> {
        let bins = self.channel.bins;
        let mut all = Vec::with_capacity(self.channel.rows().len());
        for (number, row) in self.channel.rows().iter().enumerate() {
            let factors = self.factors(number);
            let weights = self.weights(number);
            let factor = product(factors.iter().copied());
            // The nominal content is in every difference.
            let share = weights.iter().fold([1.0, 0.0], |sum, [up, down]| [sum[0] - up[0] + down[0], sum[1] - up[1] + down[1]]);
            let mut content = [0.0; 2];
            for bin in 0..bins {
                let scaled = times(slopes[bin], self.own(number, bin));
                let whole = times(scaled, factor);
                add(&mut out[row.nominal + bin], times(whole, share));
                for (change, [up, down]) in row.changes.iter().zip(&weights) {
                    add(&mut out[change.template + bin], times(whole, *up));
                    let [value, along] = times(whole, *down);
                    add(&mut out[change.template + bins + bin], [-value, -along]);
                }
                add(&mut content, times(scaled, self.base(number, bin, &weights)));
            }
            let ends = row.factors.iter().enumerate().map(|(k, of)| {
                let others = factors.iter().enumerate().filter(|(other, _)| *other != k).map(|(_, factor)| *factor);
                let weight = times(content, product(others));
                let Some(factor) = &of.factor else { return [[0.0; 2]; 2] };
                let along = self.direction[of.parameter];
                factor.by_ends(self.x[of.parameter]).map(|[value, slope]| times(weight, [value, slope * along]))
            });
            all.push(ends.collect());
        }
        all
    }

    fn factors(&self, row: usize) -> Vec<Pair> {
        let of = |of: &super::plan::FactorOf| {
            let (value, along) = (self.x[of.parameter], self.direction[of.parameter]);
            let [value, slope, _] = of.factor.as_ref().map_or([value, 1.0, 0.0], |factor| factor.at(value));
            [value, slope * along]
        };
        self.channel.rows()[row].factors.iter().map(of).collect()
    }

    /// Weights of the differences up and down of each change.
    fn weights(&self, row: usize) -> Vec<[Pair; 2]> {
        let of = |change: &super::plan::Change| {
            let [value, slope, _] = template_weights(self.channel.moves[change.by].code, self.x[change.parameter]);
            let along = self.direction[change.parameter];
            [[value[0], slope[0] * along], [value[1], slope[1] * along]]
        };
        self.channel.rows()[row].changes.iter().map(of).collect()
    }

    /// Nominal content and changes of a bin.
    fn base(&self, row: usize, bin: usize, weights: &[[Pair; 2]]) -> Pair {
        let row = &self.channel.rows()[row];
        let mut sum = [self.templates[row.nominal + bin], 0.0];
        for (change, [up, down]) in row.changes.iter().zip(weights) {
            let (high, low) = (self.templates[change.template + bin], self.templates[change.template + self.channel.bins + bin]);
            add(&mut sum, [up[0] * high + down[0] * low, up[1] * high + down[1] * low]);
        }
        sum
    }

    /// Product of the bin's own factors.
    fn own(&self, row: usize, bin: usize) -> Pair {
        let of = |&vector: &usize| {
            let index = self.channel.vectors[vector][bin];
            [self.x[index], self.direction[index]]
        };
        product(self.channel.rows()[row].vectors.iter().map(of))
    }
}

/// Derivative of -ln L of a count by the count.
fn by_count(count: f64, [mean, change]: Pair) -> Pair {
    [special::digamma(count + 1.0) - maths::ln(mean), -change / mean]
}

/// Derivative of the constraint by its auxiliary datum.
fn by_datum(constraint: Constraint, [x, change]: Pair) -> Pair {
    match constraint {
        Constraint::Poisson { observed, rate } => by_count(observed, [rate * x, rate * change]),
        Constraint::LogNormal { centre, width } => [(centre - maths::ln(x)) / (width * width), -change / (x * width * width)],
        Constraint::Normal { .. } | Constraint::Bifurcated { .. } => {
            // These depend on the difference of datum and parameter alone.
            let [slope, curve] = constraint.slopes(x);
            [-slope, -curve * change]
        }
    }
}

fn times(a: Pair, b: Pair) -> Pair {
    [a[0] * b[0], a[0] * b[1] + a[1] * b[0]]
}

fn add(sum: &mut Pair, term: Pair) {
    sum[0] += term[0];
    sum[1] += term[1];
}

fn product(factors: impl Iterator<Item = Pair>) -> Pair {
    factors.fold([1.0, 0.0], times)
}
