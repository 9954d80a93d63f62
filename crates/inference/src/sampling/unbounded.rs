//! The posterior as a function of coordinates without bounds.
//!
//! The prior is flat within the bounds. A parameter with two bounds is a logistic function of its coordinate, one with one bound
//! its bound plus or minus an exponential; the density gains the derivative of the parameter by the coordinate.

use germane_models::{Curvature, Hessian, Likelihood, Parameter};
use germane_numerics::dense::Matrix;
use germane_numerics::maths;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Free,
    /// lower + (upper - lower) / (1 + e^-y)
    Both(f64, f64),
    /// lower + e^y
    Lower(f64),
    /// upper - e^-y
    Upper(f64),
}

/// A parameter at a coordinate, and what the chain rule needs.
struct There {
    x: f64,
    /// First and second derivative of the parameter.
    first: f64,
    second: f64,
    /// ln of the first, and its first and second derivative.
    ln: f64,
    ln_first: f64,
    ln_second: f64,
}

impl Kind {
    fn of(parameter: &Parameter) -> Self {
        match (parameter.lower.is_finite(), parameter.upper.is_finite()) {
            (false, false) => Self::Free,
            (true, true) => Self::Both(parameter.lower, parameter.upper),
            (true, false) => Self::Lower(parameter.lower),
            (false, true) => Self::Upper(parameter.upper),
        }
    }

    fn at(self, y: f64) -> There {
        match self {
            Self::Free => There { x: y, first: 1.0, second: 0.0, ln: 0.0, ln_first: 0.0, ln_second: 0.0 },
            Self::Both(lower, upper) => {
                let range = upper - lower;
                // p and q = 1 - p, each without loss where it is small.
                let small = maths::exp(-y.abs());
                let (minor, major) = (small / (1.0 + small), 1.0 / (1.0 + small));
                let (p, q) = if y < 0.0 { (minor, major) } else { (major, minor) };
                let x = if y < 0.0 { lower + range * p } else { upper - range * q };
                let first = range * p * q;
                There {
                    x,
                    first,
                    second: first * (q - p),
                    ln: maths::ln(range) - y.abs() - 2.0 * maths::log1p(small),
                    ln_first: q - p,
                    ln_second: -2.0 * p * q,
                }
            }
            Self::Lower(lower) => {
                let e = maths::exp(y);
                There { x: lower + e, first: e, second: e, ln: y, ln_first: 1.0, ln_second: 0.0 }
            }
            Self::Upper(upper) => {
                let e = maths::exp(-y);
                There { x: upper - e, first: e, second: -e, ln: -y, ln_first: -1.0, ln_second: 0.0 }
            }
        }
    }

    fn coordinate(self, x: f64) -> f64 {
        // A start at a bound has a coordinate at a millionth of the range.
        match self {
            Self::Free => x,
            Self::Both(lower, upper) => {
                let part = ((x - lower) / (upper - lower)).clamp(1e-6, 1.0 - 1e-6);
                maths::ln(part / (1.0 - part))
            }
            Self::Lower(lower) => maths::ln((x - lower).max(1e-6)),
            Self::Upper(upper) => -maths::ln((upper - x).max(1e-6)),
        }
    }
}

/// -ln of the posterior density of the coordinates of the moving parameters, without its normalisation.
pub(super) struct Unbounded<'a> {
    likelihood: &'a dyn Likelihood,
    /// Indices of the parameters that move.
    pub(super) moving: Vec<usize>,
    kinds: Vec<Kind>,
    base: Vec<f64>,
    coordinates: Vec<Parameter>,
}

impl<'a> Unbounded<'a> {
    /// The coordinates start where the parameters do.
    pub(super) fn new(likelihood: &'a dyn Likelihood) -> Self {
        let parameters = likelihood.parameters();
        let moves = |index: &usize| !parameters[*index].fixed && parameters[*index].lower < parameters[*index].upper;
        let moving: Vec<usize> = (0..parameters.len()).filter(moves).collect();
        let kinds: Vec<Kind> = moving.iter().map(|&index| Kind::of(&parameters[index])).collect();
        let base: Vec<f64> =
            parameters.iter().map(|parameter| parameter.start.max(parameter.lower).min(parameter.upper)).collect();
        let coordinate = |(&index, kind): (&usize, &Kind)| Parameter::new(&parameters[index].name, kind.coordinate(base[index]));
        let coordinates = moving.iter().zip(&kinds).map(coordinate).collect();
        Self { likelihood, moving, kinds, base, coordinates }
    }

    /// Values of the moving parameters.
    pub(super) fn values(&self, y: &[f64]) -> Vec<f64> {
        self.kinds.iter().zip(y).map(|(kind, &y)| kind.at(y).x).collect()
    }

    /// Values of all parameters, with the derivatives of those that move.
    fn places(&self, y: &[f64]) -> (Vec<f64>, Vec<There>) {
        let there: Vec<There> = self.kinds.iter().zip(y).map(|(kind, &y)| kind.at(y)).collect();
        let mut x = self.base.clone();
        for (&index, there) in self.moving.iter().zip(&there) {
            x[index] = there.x;
        }
        (x, there)
    }
}

impl Likelihood for Unbounded<'_> {
    fn parameters(&self) -> &[Parameter] {
        &self.coordinates
    }

    fn nll(&self, y: &[f64]) -> f64 {
        let (x, there) = self.places(y);
        let value = self.likelihood.nll(&x) - there.iter().map(|one| one.ln).sum::<f64>();
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn gradient(&self, y: &[f64], out: &mut [f64]) -> f64 {
        let (x, there) = self.places(y);
        let mut slopes = vec![0.0; x.len()];
        let value = self.likelihood.gradient(&x, &mut slopes);
        for ((out, &index), one) in out.iter_mut().zip(&self.moving).zip(&there) {
            *out = slopes[index] * one.first - one.ln_first;
        }
        let value = value - there.iter().map(|one| one.ln).sum::<f64>();
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn evaluate(&self, y: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        let (x, there) = self.places(y);
        let mut slopes = vec![0.0; x.len()];
        let mut curves = self.likelihood.new_hessian();
        let value = self.likelihood.evaluate_into(&x, curvature, &mut slopes, &mut curves);
        let dense = match &curves {
            Hessian::Dense(matrix) => matrix.clone(),
            Hessian::Arrow(arrow) => arrow.dense(),
        };
        for (i, (&row, one)) in self.moving.iter().zip(&there).enumerate() {
            gradient[i] = slopes[row] * one.first - one.ln_first;
            for (j, (&column, other)) in self.moving.iter().zip(&there).enumerate() {
                hessian[(i, j)] = dense[(row, column)] * one.first * other.first;
            }
            // The Fisher matrix is never negative: of the rest only what is not.
            let bend = if curvature == Curvature::Exact { slopes[row] * one.second } else { 0.0 };
            hessian[(i, i)] += bend - one.ln_second;
        }
        let value = value - there.iter().map(|one| one.ln).sum::<f64>();
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn complaint(&self, y: &[f64]) -> Option<String> {
        self.likelihood.complaint(&self.places(y).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_difference_quotients() {
        for kind in [Kind::Free, Kind::Both(-2.0, 5.0), Kind::Lower(1.0), Kind::Upper(3.0)] {
            for y in [-3.1, -0.4, 0.2, 2.5] {
                let (here, step) = (kind.at(y), 1e-5);
                let [above, below] = [kind.at(y + step), kind.at(y - step)];
                let quotient = |above: f64, below: f64| (above - below) / (2.0 * step);
                for (ours, quotient) in [
                    (here.first, quotient(above.x, below.x)),
                    (here.second, quotient(above.first, below.first)),
                    (here.ln_first, quotient(above.ln, below.ln)),
                    (here.ln_second, quotient(above.ln_first, below.ln_first)),
                ] {
                    assert!((ours - quotient).abs() < 1e-8 * (1.0 + ours.abs()), "{kind:?} {y} {ours} {quotient}");
                }
                assert!((here.ln - maths::ln(here.first)).abs() < 1e-12);
                assert!((kind.coordinate(here.x) - y).abs() < 1e-9);
            }
        }
    }
}
