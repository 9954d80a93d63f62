//! A likelihood in which one auxiliary measurement gave something else.

use germane_models::{Choices, Constraint, Curvature, Hessian, Likelihood, Parameter};
use germane_numerics::dense::Matrix;

/// A likelihood whose constraint of one parameter has another datum.
pub(super) struct Shifted<'a> {
    likelihood: &'a dyn Likelihood,
    index: usize,
    from: Constraint,
    to: Constraint,
}

impl<'a> Shifted<'a> {
    /// With the auxiliary datum of a parameter moved by `sigmas` of its standard deviations.
    pub(super) fn new(likelihood: &'a dyn Likelihood, index: usize, constraint: Constraint, sigmas: f64) -> Self {
        Self { likelihood, index, from: constraint, to: constraint.moved(sigmas) }
    }

    fn penalty(&self, x: &[f64]) -> f64 {
        let x = x[self.index];
        self.to.penalty(x) - self.from.penalty(x)
    }

    /// First and second derivative of [`Shifted::penalty`].
    fn slopes(&self, x: &[f64]) -> [f64; 2] {
        let x = x[self.index];
        let ([to, to2], [from, from2]) = (self.to.slopes(x), self.from.slopes(x));
        [to - from, to2 - from2]
    }
}

impl Likelihood for Shifted<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.likelihood.parameters()
    }

    fn nll(&self, x: &[f64]) -> f64 {
        self.likelihood.nll(x) + self.penalty(x)
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        let value = self.likelihood.evaluate(x, curvature, gradient, hessian);
        let [slope, curve] = self.slopes(x);
        gradient[self.index] += slope;
        hessian[(self.index, self.index)] += curve;
        value + self.penalty(x)
    }

    fn new_hessian(&self) -> Hessian {
        // Dense: the entry of one parameter changes.
        let size = self.parameters().len();
        Hessian::Dense(Matrix::zeros(size, size))
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        self.likelihood.complaint(x)
    }

    fn choices(&self) -> Option<&Choices> {
        self.likelihood.choices()
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) -> f64 {
        let value = self.likelihood.gradient(x, out);
        out[self.index] += self.slopes(x)[0];
        value + self.penalty(x)
    }
}
