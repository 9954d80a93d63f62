//! The likelihood of a quadratic model: counts, measured strengths, errors of backgrounds.

use germane_numerics::dense::Matrix;

use super::background::Background;
use super::form::Form;
use crate::joint_normal::{JointNormal, direction};
use crate::likelihood::{Constraint, Curvature, Likelihood, Parameter, Saturated};
use crate::{pairwise, poisson};

/// A process whose yields are quadratic in the coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Name.
    pub name: String,
    /// Yields of the Standard Model, one a bin.
    pub yields: Vec<f64>,
    /// What the coefficients make of them, one a bin.
    pub forms: Vec<Form>,
}

/// Bins with counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counting {
    /// Name of the channel.
    pub name: String,
    /// What does not depend on the coefficients.
    pub background: Background,
    /// What does.
    pub processes: Vec<Process>,
    /// Observed counts, one a bin.
    pub data: Vec<f64>,
}

/// Measured values with a covariance, centred at quadratic forms (strengths of simplified template cross sections, say).
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Name of each value.
    pub names: Vec<String>,
    /// What each value measures.
    pub forms: Vec<Form>,
    /// Measured values.
    pub values: Vec<f64>,
    /// Their covariance.
    pub covariance: Matrix,
}

/// A likelihood in coefficients.
///
/// ```
/// use germane_models::quadratic::{Background, Counting, Form, Process, QuadraticModel};
/// use germane_models::{Likelihood, Parameter};
/// // R = 1 + c + c²/4 = (1 + c/2)²
/// let form = Form::new(1, |i, j| if (i, j) == (0, 0) { 0.25 } else if (i, j) == (1, 1) { 1.0 } else { 0.5 });
/// let process = Process { name: "signal".into(), yields: vec![100.0], forms: vec![form] };
/// let background = Background::Known(vec![0.0]);
/// let channel = Counting { name: "SR".into(), background, processes: vec![process], data: vec![225.0] };
/// let model = QuadraticModel::new(vec![Parameter::new("c", 0.0)], vec![channel], vec![]).unwrap();
/// // Both c = 1 and c = -5 give 225.
/// assert_eq!(model.nll(&[1.0]), model.nll(&[-5.0]));
/// ```
#[derive(Clone, Debug)]
pub struct QuadraticModel {
    parameters: Vec<Parameter>,
    coefficients: usize,
    counting: Vec<Channel>,
    measured: Vec<(Measured, JointNormal)>,
}

/// A counting channel with what its evaluation needs.
#[derive(Clone, Debug)]
struct Channel {
    counting: Counting,
    /// Smallest -ln of the probability of each count.
    least: Vec<f64>,
    /// First parameter θ and the density of all, if the background has errors.
    theta: Option<(usize, JointNormal)>,
}

impl QuadraticModel {
    /// Puts a likelihood together. The forms are in the `coefficients`; backgrounds with errors bring parameters of their own,
    /// `theta_CHANNEL[bin]`, behind them.
    ///
    /// # Errors
    /// In words, if numbers of bins differ, a count is negative or not finite, a coefficient of a form does not exist, names are
    /// not unique, or a covariance is singular (its null directions are named).
    pub fn new(coefficients: Vec<Parameter>, counting: Vec<Counting>, measured: Vec<Measured>) -> Result<Self, String> {
        let mut parameters = coefficients;
        let coefficients = parameters.len();
        let mut channels = Vec::with_capacity(counting.len());
        for counting in counting {
            check_counting(&counting, coefficients)?;
            let theta = match &counting.background {
                Background::Known(_) => None,
                Background::Simplified(simplified) => {
                    let first = parameters.len();
                    let names: Vec<String> =
                        (0..counting.data.len()).map(|bin| format!("theta_{}[{bin}]", counting.name)).collect();
                    let density = JointNormal::new(&simplified.correlation).map_err(|null| singular(&names, &null))?;
                    // Each alone is standard normal; together they have the density above.
                    let constraint = Constraint::Normal { centre: 0.0, width: 1.0 };
                    parameters.extend(names.into_iter().map(|name| Parameter::new(name, 0.0).constrained(constraint)));
                    Some((first, density))
                }
            };
            let least = counting.data.iter().map(|count| poisson::least(*count)).collect();
            channels.push(Channel { counting, least, theta });
        }
        let mut names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        names.sort_unstable();
        let twice = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next);
        if let Some((name, _)) = twice {
            return Err(format!("two parameters are called `{name}`"));
        }
        let mut densities = Vec::with_capacity(measured.len());
        for measured in measured {
            check_measured(&measured, coefficients)?;
            let density = JointNormal::new(&measured.covariance).map_err(|null| singular(&measured.names, &null))?;
            densities.push((measured, density));
        }
        Ok(Self { parameters, coefficients, counting: channels, measured: densities })
    }

    /// Number of coefficients; they are the first parameters.
    pub fn coefficients(&self) -> usize {
        self.coefficients
    }

    /// The parameters, to set starts and bounds.
    pub fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.parameters
    }

    /// The same model with a parameter held at a value.
    ///
    /// # Errors
    /// The name, if there is no such parameter.
    pub fn fix(mut self, name: &str, value: f64) -> Result<Self, String> {
        let parameter = self.parameters.iter_mut().find(|parameter| parameter.name == name).ok_or_else(|| name.to_owned())?;
        (parameter.start, parameter.fixed) = (value, true);
        Ok(self)
    }

    /// Expected counts of all bins, channel after channel.
    pub fn expected(&self, x: &[f64]) -> Vec<f64> {
        self.counting.iter().flat_map(|channel| (0..channel.bins()).map(|bin| channel.expected(bin, x))).collect()
    }

    /// Predicted values of the measurements, one after the other.
    pub fn predicted(&self, x: &[f64]) -> Vec<f64> {
        self.measured.iter().flat_map(|(measured, _)| measured.forms.iter().map(|form| form.value(x))).collect()
    }
}

impl Channel {
    fn bins(&self) -> usize {
        self.counting.data.len()
    }

    fn background(&self, bin: usize, x: &[f64]) -> [f64; 3] {
        self.counting.background.at(bin, self.theta.as_ref().map_or(0.0, |(first, _)| x[first + bin]))
    }

    fn expected(&self, bin: usize, x: &[f64]) -> f64 {
        let [background, ..] = self.background(bin, x);
        self.counting.processes.iter().fold(background, |sum, process| sum + process.yields[bin] * process.forms[bin].value(x))
    }

    fn terms(&self, x: &[f64], terms: &mut Vec<f64>) {
        let bins = (0..self.bins()).map(|bin| poisson::nll_with(self.counting.data[bin], self.expected(bin, x), self.least[bin]));
        terms.extend(bins);
        if let Some((first, density)) = &self.theta {
            terms.push(density.penalty(&x[*first..first + self.bins()]).0);
        }
    }
}

impl Measured {
    fn distances(&self, x: &[f64]) -> Vec<f64> {
        self.values.iter().zip(&self.forms).map(|(value, form)| form.value(x) - value).collect()
    }
}

fn singular(names: &[String], null: &[Vec<f64>]) -> String {
    if null.is_empty() {
        return format!("the covariance of {} is not finite or not positive", names.join(", "));
    }
    let null: Vec<String> = null.iter().map(|components| direction(names, components)).collect();
    format!("the covariance is singular: no variance of {}", null.join("; nor of "))
}

fn check_counting(counting: &Counting, coefficients: usize) -> Result<(), String> {
    let bins = counting.data.len();
    let name = &counting.name;
    if counting.background.bins() != bins {
        return Err(format!("channel {name}: {bins} counts, but {} bins of the background", counting.background.bins()));
    }
    if let Some(bin) = counting.data.iter().position(|count| !(*count >= 0.0 && count.is_finite())) {
        return Err(format!("channel {name}: the count of bin {bin} is {}", counting.data[bin]));
    }
    for process in &counting.processes {
        if process.yields.len() != bins || process.forms.len() != bins {
            let (yields, forms) = (process.yields.len(), process.forms.len());
            let process = &process.name;
            return Err(format!("channel {name}: {bins} counts, but {yields} yields and {forms} forms of {process}"));
        }
        check_forms(&process.forms, coefficients)?;
    }
    Ok(())
}

fn check_measured(measured: &Measured, coefficients: usize) -> Result<(), String> {
    let size = measured.values.len();
    let (names, forms, rows) = (measured.names.len(), measured.forms.len(), measured.covariance.rows());
    if [names, forms, rows, measured.covariance.columns()] != [size; 4] {
        return Err(format!("{size} measured values, but {names} names, {forms} forms and {rows} rows of the covariance"));
    }
    if let Some(index) = measured.values.iter().position(|value| !value.is_finite()) {
        return Err(format!("the measured value of {} is {}", measured.names[index], measured.values[index]));
    }
    check_forms(&measured.forms, coefficients)
}

fn check_forms(forms: &[Form], coefficients: usize) -> Result<(), String> {
    let last = forms.iter().filter_map(|form| form.active().last()).max();
    match last {
        Some(last) if *last >= coefficients => {
            Err(format!("a form uses coefficient {last}, but there are {coefficients} (counted from 0)"))
        }
        _ => Ok(()),
    }
}

impl Likelihood for QuadraticModel {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        let mut terms = Vec::new();
        for channel in &self.counting {
            channel.terms(x, &mut terms);
        }
        for (measured, density) in &self.measured {
            terms.push(density.penalty(&measured.distances(x)).0);
        }
        let value = pairwise::sum(&terms);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        gradient.fill(0.0);
        hessian.fill(0.0);
        let size = self.parameters.len();
        let mut derivatives = vec![0.0; size];
        let mut slopes = Vec::new();
        for channel in &self.counting {
            for bin in 0..channel.bins() {
                derivatives.fill(0.0);
                let [mut mean, slope, curved] = channel.background(bin, x);
                for process in &channel.counting.processes {
                    let (scale, form) = (process.yields[bin], &process.forms[bin]);
                    mean += scale * form.value_and_slopes(x, &mut slopes);
                    for (&index, slope) in form.active().iter().zip(&slopes) {
                        derivatives[index] += scale * slope;
                    }
                }
                if let Some((first, _)) = channel.theta {
                    derivatives[first + bin] = slope;
                }
                let [first_order, mut second_order] = poisson::slopes(channel.counting.data[bin], mean);
                if curvature == Curvature::Fisher {
                    second_order = 1.0 / mean.max(1e-6);
                }
                add_outer(gradient, hessian, &derivatives, first_order, second_order);
                if curvature == Curvature::Exact {
                    for process in &channel.counting.processes {
                        add_form(hessian, &process.forms[bin], first_order * process.yields[bin]);
                    }
                    if let Some((first, _)) = channel.theta {
                        hessian[(first + bin, first + bin)] += first_order * curved;
                    }
                }
            }
            if let Some((first, density)) = &channel.theta {
                let (_, slope) = density.penalty(&x[*first..first + channel.bins()]);
                for (i, slope) in slope.iter().enumerate() {
                    gradient[first + i] += slope;
                    for (j, entry) in density.precision().row(i).iter().enumerate() {
                        hessian[(first + i, first + j)] += entry;
                    }
                }
            }
        }
        for (measured, density) in &self.measured {
            let (_, pulls) = density.penalty(&measured.distances(x));
            let mut jacobian = Matrix::zeros(pulls.len(), size);
            for (row, form) in measured.forms.iter().enumerate() {
                form.value_and_slopes(x, &mut slopes);
                for (&index, slope) in form.active().iter().zip(&slopes) {
                    jacobian[(row, index)] = *slope;
                    gradient[index] += pulls[row] * slope;
                }
                if curvature == Curvature::Exact {
                    add_form(hessian, form, pulls[row]);
                }
            }
            let columns = jacobian.transpose();
            let weighted = density.precision().product(&jacobian).transpose();
            for i in 0..self.coefficients {
                for j in 0..self.coefficients {
                    hessian[(i, j)] += germane_numerics::dense::dot(columns.row(i), weighted.row(j));
                }
            }
        }
        symmetrise(hessian);
        self.nll(x)
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        if let Some(index) = x.iter().position(|value| !value.is_finite()) {
            return Some(format!("parameter {} is {}", self.parameters[index].name, x[index]));
        }
        for channel in &self.counting {
            for bin in 0..channel.bins() {
                let (mean, count) = (channel.expected(bin, x), channel.counting.data[bin]);
                let place = format!("bin {bin} of channel {}", channel.counting.name);
                if !mean.is_finite() || mean < 0.0 {
                    return Some(format!("{place}: the expectation is {mean}"));
                }
                if mean == 0.0 && count > 0.0 {
                    return Some(format!("{place}: {count} observed, but nothing is expected"));
                }
            }
        }
        (!self.nll(x).is_finite()).then(|| "a predicted value is too large".to_owned())
    }

    fn saturated(&self) -> Option<Saturated> {
        let mut terms = Vec::new();
        let mut bins = 0;
        for channel in &self.counting {
            bins += channel.bins();
            let counts = channel.counting.data.iter().zip(&channel.least);
            terms.extend(counts.map(|(&count, &least)| poisson::nll_with(count, count, least)));
            terms.extend(channel.theta.as_ref().map(|(_, density)| density.least()));
        }
        for (measured, density) in &self.measured {
            bins += measured.values.len();
            terms.push(density.least());
        }
        Some(Saturated { nll: pairwise::sum(&terms), bins })
    }

    fn entries(&self) -> Option<f64> {
        let counts: Vec<f64> = self.counting.iter().flat_map(|channel| channel.counting.data.iter().copied()).collect();
        (!counts.is_empty()).then(|| pairwise::sum(&counts))
    }
}

/// Adds the part of a bin: w1 ∂ν to the gradient, w2 ∂ν ∂ν to the Hessian.
fn add_outer(gradient: &mut [f64], hessian: &mut Matrix, derivatives: &[f64], first_order: f64, second_order: f64) {
    for (i, derivative) in derivatives.iter().enumerate() {
        if *derivative != 0.0 {
            gradient[i] += first_order * derivative;
            germane_numerics::dense::add_scaled(hessian.row_mut(i), second_order * derivative, derivatives);
        }
    }
}

/// Adds the second derivatives of a form.
fn add_form(hessian: &mut Matrix, form: &Form, weight: f64) {
    for (row, &i) in form.active().iter().enumerate() {
        for (column, &j) in form.active().iter().enumerate() {
            hessian[(i, j)] += weight * form.curvature(row, column);
        }
    }
}

/// Makes both triangles equal to the bit.
fn symmetrise(matrix: &mut Matrix) {
    for i in 0..matrix.rows() {
        for j in 0..i {
            matrix[(j, i)] = matrix[(i, j)];
        }
    }
}
