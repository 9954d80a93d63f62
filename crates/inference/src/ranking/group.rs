//! What groups of parameters add to the error of the parameter of interest.

use germane_models::Parameter;
use germane_numerics::dense::{Matrix, cholesky, dot};

use super::Group;
use crate::errors::Errors;

/// Impact of a group of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupImpact {
    /// Name of the group.
    pub name: String,
    /// Number of its parameters that are free.
    pub members: usize,
    /// Root of the difference of the squared errors with the group free and with all of it held at its best values.
    pub frozen: f64,
    /// Root of the sum of the squared shifts for a standard deviation of each auxiliary measurement, in linear approximation.
    /// These add up, over groups without common members and what the data themselves leave open, to the squared error.
    pub auxiliary: f64,
}

/// Impacts of groups, from the covariance. The second derivatives do not change when parameters are held at their best values,
/// so that the error that is left is exact in that approximation.
pub(super) fn impacts(errors: &Errors, parameters: &[Parameter], poi: usize, groups: &[Group]) -> Vec<GroupImpact> {
    let Some(interest) = errors.place(poi) else { return Vec::new() };
    let with_interest = errors.covariances(interest);
    let impact = |(name, members): &Group| {
        let members: Vec<usize> = members.iter().copied().filter(|&index| index != poi).collect();
        let places: Vec<usize> = members.iter().filter_map(|&index| errors.place(index)).collect();
        let coupling: Vec<f64> = places.iter().map(|&place| with_interest[place]).collect();
        let mut among = Matrix::zeros(places.len(), places.len());
        for (i, &place) in places.iter().enumerate() {
            let column = errors.covariances(place);
            for (j, &other) in places.iter().enumerate() {
                among[(i, j)] = column[other];
            }
        }
        let frozen = cholesky(&among).map_or(f64::NAN, |factor| {
            let y = factor.forward(&coupling);
            dot(&y, &y).sqrt()
        });
        let shift = |&index: &usize| {
            let constraint = parameters[index].constraint?;
            Some(with_interest[errors.place(index)?] / constraint.width())
        };
        let auxiliary = members.iter().filter_map(shift).map(|shift| shift * shift).sum::<f64>().sqrt();
        GroupImpact { name: name.clone(), members: places.len(), frozen, auxiliary }
    };
    groups.iter().map(impact).collect()
}
