//! A constraint of several parameters together: a normal density with a covariance.
//!
//! Each of the parameters has the normal constraint of its own variance; what is added here is the difference to that.

use germane_numerics::dense::{Matrix, cholesky};
use germane_numerics::special;

use crate::joint_normal::JointNormal;
use crate::likelihood::{Constraint, Parameter};
use crate::toys::Stream;

/// A normal density of auxiliary data around parameters.
#[derive(Clone, Debug)]
pub(super) struct JointConstraint {
    pub(super) name: String,
    pub(super) members: Vec<usize>,
    centres: Vec<f64>,
    widths: Vec<f64>,
    density: JointNormal,
    /// Its covariance is this times its transpose.
    lower: Matrix,
}

impl JointConstraint {
    /// Puts the constraint of its own into each of the parameters.
    ///
    /// # Errors
    /// Directions without variance, each as its components.
    pub(super) fn new(
        name: String,
        members: Vec<usize>,
        centres: Vec<f64>,
        covariance: &Matrix,
        parameters: &mut [Parameter],
    ) -> Result<Self, Vec<Vec<f64>>> {
        let density = JointNormal::new(covariance)?;
        let lower = cholesky(covariance).map_err(|_| Vec::new())?.lower().clone();
        for (place, (&index, &centre)) in members.iter().zip(&centres).enumerate() {
            let width = covariance[(place, place)].sqrt();
            parameters[index].constraint = Some(Constraint::Normal { centre, width });
        }
        let widths = (0..members.len()).map(|place| covariance[(place, place)].sqrt()).collect();
        Ok(Self { name, members, centres, widths, density, lower })
    }

    /// The constraints of single parameters.
    fn own(&self) -> impl Iterator<Item = (usize, Constraint)> {
        let pairs = self.centres.iter().zip(&self.widths);
        self.members.iter().copied().zip(pairs.map(|(&centre, &width)| Constraint::Normal { centre, width }))
    }

    fn distance(&self, x: &[f64]) -> Vec<f64> {
        self.members.iter().zip(&self.centres).map(|(index, centre)| x[*index] - centre).collect()
    }

    pub(super) fn penalty(&self, x: &[f64]) -> f64 {
        let own: f64 = self.own().map(|(index, constraint)| constraint.penalty(x[index])).sum();
        self.density.penalty(&self.distance(x)).0 - own
    }

    /// -ln of the density beyond those of the single parameters; its derivatives are added.
    pub(super) fn add(&self, x: &[f64], gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        let (mut value, slope) = self.density.penalty(&self.distance(x));
        for (a, &row) in self.members.iter().enumerate() {
            gradient[row] += slope[a];
            for (b, &column) in self.members.iter().enumerate() {
                hessian[(row, column)] += self.density.precision()[(a, b)];
            }
        }
        for (index, constraint) in self.own() {
            let [slope, curve] = constraint.slopes(x[index]);
            value -= constraint.penalty(x[index]);
            gradient[index] -= slope;
            hessian[(index, index)] -= curve;
        }
        value
    }

    pub(super) fn least(&self) -> f64 {
        let own: f64 = self.own().map(|(_, constraint)| constraint.penalty(constraint.best())).sum();
        self.density.least() - own
    }

    /// The same with the data that are expected at `x`.
    pub(super) fn expect(&mut self, x: &[f64]) {
        self.centres = self.members.iter().map(|index| x[*index]).collect();
    }

    /// The same with the data of a toy thrown at the values `at` of its parameters.
    pub(super) fn throw(&mut self, at: &[f64], stream: &Stream, number: u64) {
        let draws: Vec<f64> =
            (0..at.len()).map(|draw| special::normal_quantile(stream.uniform(draw, number).min(1.0 - f64::EPSILON))).collect();
        for (row, centre) in self.centres.iter_mut().enumerate() {
            let shift: f64 = (0..=row).map(|column| self.lower[(row, column)] * draws[column]).sum();
            *centre = at[row] + shift;
        }
    }

    /// Puts its data into the constraints of the parameters.
    pub(super) fn spread(&self, parameters: &mut [Parameter]) {
        for (index, constraint) in self.own() {
            parameters[index].constraint = Some(constraint);
        }
    }
}
