//! Expected yields with errors propagated from the parameters: J V Jᵀ with exact derivatives.

use germane_models::{Likelihood, Model, Parameter, Prediction};
use germane_numerics::dense::Matrix;

use crate::fit::Fit;
use crate::minimum::NoResult;

/// Expected contents of one sample of a channel, or of all of them together.
#[derive(Clone, Debug, PartialEq)]
pub struct Yield {
    /// Name of the channel.
    pub channel: String,
    /// Name of the sample; `None` for the sum of all.
    pub sample: Option<String>,
    /// Expected contents of each bin.
    pub contents: Vec<f64>,
    /// Standard deviation of each bin.
    pub errors: Vec<f64>,
    /// Standard deviation of the sum of the bins.
    pub total_error: f64,
}

/// Yields before a fit, at the starting values: for each constrained parameter half the difference of the yields at plus and
/// minus the width of its constraint, added in quadrature. Parameters without constraint add nothing.
pub fn prefit_yields(model: &Model) -> Vec<Yield> {
    let start = model.start();
    let own = model.bin_parameters();
    let width = |(index, parameter): (usize, &Parameter)| {
        let width = parameter.constraint.filter(|_| !parameter.fixed)?.width();
        Some((index, width))
    };
    let (linear, shared): (Vec<_>, Vec<_>) =
        model.parameters().iter().enumerate().filter_map(width).partition(|(index, _)| own.binary_search(index).is_ok());
    let (places, widths): (Vec<usize>, Vec<f64>) = linear.into_iter().unzip();
    let mut covariance = Matrix::zeros(places.len(), places.len());
    for (place, width) in widths.iter().enumerate() {
        covariance[(place, place)] = width * width;
    }
    let mut yields = propagated(model, &start, &places, &covariance);
    let mut squares: Vec<(Vec<f64>, f64)> = yields
        .iter()
        .map(|one| (one.errors.iter().map(|error| error * error).collect(), one.total_error * one.total_error))
        .collect();
    for (index, width) in shared {
        let at = |sign: f64| {
            let mut x = start.clone();
            x[index] += sign * width;
            contents(model, &x)
        };
        for ((up, down), (bins, total)) in at(1.0).iter().zip(at(-1.0)).zip(&mut squares) {
            let halves = up.iter().zip(&down).map(|(up, down)| 0.5 * (up - down));
            let sum: f64 = halves.clone().sum();
            *total += sum * sum;
            for (bin, half) in bins.iter_mut().zip(halves) {
                *bin += half * half;
            }
        }
    }
    for (one, (bins, total)) in yields.iter_mut().zip(squares) {
        one.errors = bins.into_iter().map(f64::sqrt).collect();
        one.total_error = total.sqrt();
    }
    yields
}

/// Contents in the order of [`Model::predict`].
fn contents(model: &Model, x: &[f64]) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = Vec::new();
    let samples = model.expected_by_sample(x);
    for group in samples.chunk_by(|one, other| one.0 == other.0) {
        let mut sum = vec![0.0; group[0].2.len()];
        for (_, _, bins) in group {
            sum.iter_mut().zip(bins).for_each(|(sum, bin)| *sum += bin);
            all.push(bins.clone());
        }
        all.push(sum);
    }
    all
}

/// Yields at the minimum of a fit, with its covariance. Parameters that are fixed or at a bound add nothing.
///
/// # Errors
/// If the fit keeps only a part of its covariance.
pub fn postfit_yields(model: &Model, fit: &Fit) -> Result<Vec<Yield>, NoResult> {
    if !fit.covariance.complete {
        return Err(NoResult(format!("{} parameters are too many for errors of yields", fit.parameters.len())));
    }
    let index = |name: &String| model.index(name).expect("invariant: the fit is of this model");
    let places: Vec<usize> = fit.covariance.names.iter().map(index).collect();
    let mut covariance = Matrix::zeros(places.len(), places.len());
    for (i, row) in fit.covariance.values.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            covariance[(i, j)] = *value;
        }
    }
    Ok(propagated(model, &fit.values(), &places, &covariance))
}

/// Yields at `x`; `covariance` is that of the parameters at `places`.
fn propagated(model: &Model, x: &[f64], places: &[usize], covariance: &Matrix) -> Vec<Yield> {
    let mut place_of = vec![usize::MAX; x.len()];
    for (place, &index) in places.iter().enumerate() {
        place_of[index] = place;
    }
    let mut yields = Vec::new();
    model.predict(x, |prediction| {
        let Prediction { channel, sample, contents, derivatives } = prediction;
        let known = |derivative: &&(usize, f64)| place_of[derivative.0] != usize::MAX;
        let sparse = |bin: &Vec<(usize, f64)>| bin.iter().filter(known).map(|&(i, slope)| (place_of[i], slope)).collect();
        let rows: Vec<Vec<(usize, f64)>> = derivatives.iter().map(sparse).collect();
        let mut sums = vec![0.0; places.len()];
        for &(place, slope) in rows.iter().flatten() {
            sums[place] += slope;
        }
        let all: Vec<(usize, f64)> = sums.into_iter().enumerate().filter(|(_, slope)| *slope != 0.0).collect();
        let errors = rows.iter().map(|row| deviation(row, covariance)).collect();
        yields.push(Yield { channel, sample, contents, errors, total_error: deviation(&all, covariance) });
    });
    yields
}

/// √(g V gᵀ) of a sparse gradient.
fn deviation(gradient: &[(usize, f64)], covariance: &Matrix) -> f64 {
    let row = |&(i, slope): &(usize, f64)| slope * gradient.iter().map(|&(j, other)| covariance[(i, j)] * other).sum::<f64>();
    gradient.iter().map(row).sum::<f64>().max(0.0).sqrt()
}
