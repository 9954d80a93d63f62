//! Refits along one nuisance parameter. All of them lie on one curve, the profile: with a parameter held, the others do not know
//! why. So every refit begins where the ones before say that the curve goes.

use germane_models::Constraint;

use super::Centre;
use super::shifted::Shifted;
use crate::nearby::Anchor;
use crate::point::Problem;

/// The profile of one parameter, as far as it is known.
pub(super) struct Profile<'a> {
    centre: &'a Centre<'a>,
    index: usize,
    others: Problem<'a>,
    anchor: Option<Anchor>,
    /// Distances of the parameter from its best value, and divided differences of all parameters (Newton's interpolation); at the
    /// minimum itself value and slope are known.
    nodes: Vec<f64>,
    differences: Vec<Vec<f64>>,
}

impl<'a> Profile<'a> {
    pub(super) fn new(centre: &'a Centre<'a>, index: usize) -> Self {
        let anchor = centre.anchor.as_ref().and_then(|anchor| anchor.holding(index));
        let (mut nodes, mut differences) = (vec![0.0], vec![centre.best.x.clone()]);
        if let Some(slopes) = anchor.as_ref().and_then(|anchor| anchor.following(index, centre.best.x.len())) {
            nodes.push(0.0);
            differences.push(slopes);
        }
        Self { centre, index, others: centre.problem.holding(index), anchor, nodes, differences }
    }

    /// Shift of the parameter of interest when this one is held `by` from its best value, or at its bound.
    pub(super) fn held(&mut self, by: f64) -> Result<f64, String> {
        let parameter = self.others.parameter(self.index);
        let best = self.centre.best.x[self.index];
        let value = (best + by).clamp(parameter.lower, parameter.upper);
        let mut start = self.guess(value - best);
        start[self.index] = value;
        let found = self.centre.refit(&self.others, self.anchor.as_ref(), start);
        let x = found.map_err(|reason| format!("with it held at {value}: {reason}"))?;
        self.learn(&x);
        Ok(self.shift(&x))
    }

    /// Shift of the parameter of interest when the auxiliary measurement of this one is moved by `sigmas` of its standard
    /// deviations, by which the parameter moves `by` or so.
    pub(super) fn remeasured(&self, constraint: Constraint, sigmas: f64, by: f64) -> Result<f64, String> {
        let shifted = Shifted::new(self.others.likelihood, self.index, constraint, sigmas);
        let problem = Problem { likelihood: &shifted, ..self.centre.problem.clone() };
        let found = self.centre.refit(&problem, self.centre.anchor.as_ref(), self.guess(by));
        let x = found.map_err(|reason| format!("with its measurement shifted: {reason}"))?;
        Ok(self.shift(&x))
    }

    fn shift(&self, x: &[f64]) -> f64 {
        x[self.centre.poi] - self.centre.best.x[self.centre.poi]
    }

    /// Where the curve is `at` from the best value, as far as it is known.
    fn guess(&self, at: f64) -> Vec<f64> {
        let mut x = vec![0.0; self.centre.best.x.len()];
        for (node, difference) in self.nodes.iter().zip(&self.differences).rev() {
            for (value, difference) in x.iter_mut().zip(difference) {
                *value = *value * (at - node) + difference;
            }
        }
        for &index in &self.centre.problem.moving {
            let parameter = self.others.parameter(index);
            x[index] = x[index].clamp(parameter.lower, parameter.upper);
        }
        x
    }

    /// Takes a point of the curve in.
    fn learn(&mut self, x: &[f64]) {
        let at = x[self.index] - self.centre.best.x[self.index];
        if self.nodes.contains(&at) {
            return;
        }
        let mut difference = x.to_vec();
        for (node, known) in self.nodes.iter().zip(&self.differences) {
            for (value, known) in difference.iter_mut().zip(known) {
                *value = (*value - known) / (at - node);
            }
        }
        self.nodes.push(at);
        self.differences.push(difference);
    }
}
