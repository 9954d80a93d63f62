//! The joint likelihood.

use std::sync::Arc;

use germane_numerics::dense::Matrix;

use crate::joint_normal::JointNormal;
use crate::likelihood::{Constraint, Curvature, Likelihood, Parameter, Saturated};

use super::correlate::Shared;
use super::experiment::AnyExperiment;

/// Several likelihoods with parameters in common.
#[derive(Clone)]
pub struct Combination {
    pub(super) parameters: Vec<Parameter>,
    pub(super) parts: Vec<Part>,
    /// Constraints that more than one model has: the parameter and how often it is counted too much.
    pub(super) surplus: Vec<(usize, Constraint, f64)>,
    pub(super) groups: Vec<Group>,
    pub(super) shared: Vec<Shared>,
}

/// A model with the place and sign of each of its parameters in the joint likelihood.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) likelihood: Arc<dyn AnyExperiment>,
    pub(super) places: Vec<(usize, f64)>,
}

/// Parameters whose constraints are correlated: the density of their pulls replaces that of each alone.
#[derive(Clone)]
pub(super) struct Group {
    /// Parameter, centre and width.
    pub(super) members: Vec<(usize, f64, f64)>,
    pub(super) density: JointNormal,
}

impl std::fmt::Debug for Combination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
        write!(f, "Combination({} parameters of {})", self.parameters.len(), names.join(", "))
    }
}

impl Combination {
    /// What the models have in common.
    pub fn shared(&self) -> &[Shared] {
        &self.shared
    }

    /// Index of a parameter.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }

    /// The same model with a parameter held at a value.
    ///
    /// # Errors
    /// The name, if there is no such parameter.
    pub fn fix(mut self, name: &str, value: f64) -> Result<Self, String> {
        let index = self.index(name).ok_or_else(|| name.to_owned())?;
        self.parameters[index].start = value;
        self.parameters[index].fixed = true;
        Ok(self)
    }

    /// The terms beside those of the models.
    fn corrections(&self, x: &[f64]) -> f64 {
        let surplus: f64 = self.surplus.iter().map(|(index, constraint, times)| times * constraint.penalty(x[*index])).sum();
        self.groups.iter().map(|group| group.change(x)).sum::<f64>() - surplus
    }
}

impl Part {
    pub(super) fn values(&self, x: &[f64]) -> Vec<f64> {
        self.places.iter().map(|(place, sign)| sign * x[*place]).collect()
    }
}

impl Group {
    fn pulls(&self, x: &[f64]) -> Vec<f64> {
        self.members.iter().map(|(index, centre, width)| (x[*index] - centre) / width).collect()
    }

    fn alone((_, centre, width): &(usize, f64, f64)) -> Constraint {
        Constraint::Normal { centre: *centre, width: *width }
    }

    /// What the correlation changes.
    fn change(&self, x: &[f64]) -> f64 {
        let widths: f64 = self.members.iter().map(|(_, _, width)| germane_numerics::maths::ln(*width)).sum();
        let alone: f64 = self.members.iter().map(|member| Self::alone(member).penalty(x[member.0])).sum();
        self.density.penalty(&self.pulls(x)).0 + widths - alone
    }
}

impl Likelihood for Combination {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        let parts: f64 = self.parts.iter().map(|part| part.likelihood.nll(&part.values(x))).sum();
        let value = parts + self.corrections(x);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        gradient.fill(0.0);
        hessian.fill(0.0);
        let mut value = 0.0;
        for part in &self.parts {
            let size = part.places.len();
            let (mut slopes, mut curves) = (vec![0.0; size], Matrix::zeros(size, size));
            value += part.likelihood.evaluate(&part.values(x), curvature, &mut slopes, &mut curves);
            for (i, (row, sign)) in part.places.iter().enumerate() {
                gradient[*row] += sign * slopes[i];
                for (entry, (column, other)) in curves.row(i).iter().zip(&part.places) {
                    hessian[(*row, *column)] += sign * other * entry;
                }
            }
        }
        for (index, constraint, times) in &self.surplus {
            let [slope, curve] = constraint.slopes(x[*index]);
            gradient[*index] -= times * slope;
            hessian[(*index, *index)] -= times * curve;
        }
        for group in &self.groups {
            let (_, slopes) = group.density.penalty(&group.pulls(x));
            for (i, one) in group.members.iter().enumerate() {
                let (row, _, width) = *one;
                let [slope, curve] = Group::alone(one).slopes(x[row]);
                gradient[row] += slopes[i] / width - slope;
                hessian[(row, row)] -= curve;
                for (j, &(column, _, other)) in group.members.iter().enumerate() {
                    hessian[(row, column)] += group.density.precision()[(i, j)] / (width * other);
                }
            }
        }
        let value = value + self.corrections(x);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) -> f64 {
        out.fill(0.0);
        let mut value = 0.0;
        for part in &self.parts {
            let mut slopes = vec![0.0; part.places.len()];
            value += part.likelihood.gradient(&part.values(x), &mut slopes);
            for ((place, sign), slope) in part.places.iter().zip(&slopes) {
                out[*place] += sign * slope;
            }
        }
        for (index, constraint, times) in &self.surplus {
            out[*index] -= times * constraint.slopes(x[*index])[0];
        }
        for group in &self.groups {
            let (_, slopes) = group.density.penalty(&group.pulls(x));
            for (member, slope) in group.members.iter().zip(&slopes) {
                out[member.0] += slope / member.2 - Group::alone(member).slopes(x[member.0])[0];
            }
        }
        let value = value + self.corrections(x);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        let complaint = |part: &Part| Some(format!("model {}: {}", part.name, part.likelihood.complaint(&part.values(x))?));
        self.parts.iter().find_map(complaint)
    }

    fn saturated(&self) -> Option<Saturated> {
        let mut all = Saturated { nll: 0.0, bins: 0 };
        for part in &self.parts {
            let one = part.likelihood.saturated()?;
            all.nll += one.nll;
            all.bins += one.bins;
        }
        // Every constraint at its best, once.
        for (_, constraint, times) in &self.surplus {
            all.nll -= times * constraint.penalty(constraint.best());
        }
        for group in &self.groups {
            let mut centres = vec![0.0; self.parameters.len()];
            for (index, centre, _) in &group.members {
                centres[*index] = *centre;
            }
            all.nll += group.change(&centres);
        }
        Some(all)
    }

    fn entries(&self) -> Option<f64> {
        self.parts.iter().map(|part| part.likelihood.entries()).sum()
    }
}
