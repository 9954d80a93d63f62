//! What the tests of datacards share: histograms in memory, and derivatives against differences.

use std::collections::BTreeMap;

use germane_models::{Curvature, HistogramSource, Likelihood, Model, SourceHistogram};
use germane_numerics::dense::Matrix;
use germane_texts::Diagnostic;

/// Histograms in memory, by `file:name`.
#[derive(Default)]
pub(crate) struct Memory(BTreeMap<String, SourceHistogram>);

impl Memory {
    pub(crate) fn with(mut self, name: &str, contents: &[f64], errors: &[f64]) -> Self {
        let variances = errors.iter().map(|error| error * error).collect();
        self.0.insert(name.to_owned(), SourceHistogram { contents: contents.to_vec(), variances, ..SourceHistogram::default() });
        self
    }
}

impl HistogramSource for Memory {
    fn histogram(&self, file: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        let found = self.0.get(&format!("{file}:{name}")).cloned();
        found.ok_or_else(|| Diagnostic::new("name", format!("no histogram `{name}` in {file}")))
    }
}

/// Gradient and Hessian against differences of fourth order.
pub(crate) fn check_derivatives(model: &Model, x: &[f64]) {
    let at = |x: &[f64]| {
        let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
        let value = model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian);
        (value, gradient, hessian)
    };
    let (value, gradient, hessian) = at(x);
    assert!(value.is_finite(), "{:?}", model.complaint(x));
    let mut alone = vec![0.0; x.len()];
    model.gradient(x, &mut alone);
    for i in 0..x.len() {
        let step = 1e-4 * x[i].abs().max(1.0);
        let moved = |factor: f64| {
            let mut y = x.to_vec();
            y[i] += factor * step;
            at(&y)
        };
        let sides = [-2.0, -1.0, 1.0, 2.0].map(moved);
        let weights = [1.0, -8.0, 8.0, -1.0].map(|weight| weight / (12.0 * step));
        let slope: f64 = sides.iter().zip(weights).map(|(side, weight)| weight * side.0).sum();
        let name = &model.parameters()[i].name;
        // Rounding of the values over the step, and the fifth derivative.
        assert!(
            (slope - gradient[i]).abs() < 1e-7 * gradient[i].abs().max(value.abs()).max(1.0),
            "{name}: {slope} {}",
            gradient[i]
        );
        assert!((alone[i] - gradient[i]).abs() <= 1e-12 * gradient[i].abs().max(1.0), "{name}: {} {}", alone[i], gradient[i]);
        for j in 0..x.len() {
            let slope: f64 = sides.iter().zip(weights).map(|(side, weight)| weight * side.1[j]).sum();
            let scale = (hessian[(i, i)].abs() * hessian[(j, j)].abs()).sqrt().max(10.0);
            let other = &model.parameters()[j].name;
            assert!((slope - hessian[(i, j)]).abs() < 1e-6 * scale, "{name} {other}: {slope} {}", hessian[(i, j)]);
            assert_eq!(hessian[(i, j)], hessian[(j, i)], "{name} {other}");
        }
    }
}
