//! The expected information of coefficients and its eigenvectors: what data can tell, and what they cannot.

use germane_models::Likelihood;
use germane_numerics::dense::{Matrix, cholesky, dot, symmetric_eigen};

use crate::minimum::NoResult;
use crate::point::Problem;

/// Eigenvalues below this part of the largest one are flat directions.
const FLAT: f64 = 1e-9;

/// The expected information of some parameters, the others profiled, by eigenvectors.
#[derive(Clone, Debug, PartialEq)]
pub struct InformationBasis {
    /// Names of the parameters.
    pub names: Vec<String>,
    /// The information matrix.
    pub matrix: Matrix,
    /// Eigenvalues, descending: one over the variance along each direction.
    pub eigenvalues: Vec<f64>,
    /// Row k: unit eigenvector of eigenvalue k, its largest component positive.
    pub directions: Matrix,
    /// How many of the last directions are flat (below 1e-9 of the largest eigenvalue).
    pub flat: usize,
}

/// The basis of the parameters `indices` at `x` (the Standard Model, say): Σ ∂ν ∂ν/ν over bins, ∂Rᵀ V⁻¹ ∂R of measured values.
///
/// # Errors
/// If the information is not finite, or that of the other parameters is singular.
pub fn information_basis(likelihood: &dyn Likelihood, x: &[f64], indices: &[usize]) -> Result<InformationBasis, NoResult> {
    let problem = Problem::new(likelihood);
    let size = x.len();
    let mut all = Matrix::zeros(size, size);
    let value = likelihood.evaluate(x, germane_models::Curvature::Fisher, &mut vec![0.0; size], &mut all);
    if !value.is_finite() {
        let why = likelihood.complaint(x).unwrap_or_else(|| format!("-ln L is {value}"));
        return Err(NoResult(format!("the information is not defined: {why}")));
    }
    let mut matrix = Matrix::zeros(indices.len(), indices.len());
    for (i, &row) in indices.iter().enumerate() {
        for (j, &column) in indices.iter().enumerate() {
            matrix[(i, j)] = all[(row, column)];
        }
    }
    let others: Vec<usize> = problem.settled(x).moving.iter().copied().filter(|index| !indices.contains(index)).collect();
    if !others.is_empty() {
        profile(&all, indices, &others, &mut matrix)
            .ok_or_else(|| NoResult("the data and constraints do not determine the other parameters".to_owned()))?;
    }
    let (values, vectors) = symmetric_eigen(&matrix);
    let largest = values.last().copied().unwrap_or(0.0);
    let mut directions = Matrix::zeros(indices.len(), indices.len());
    let mut eigenvalues = Vec::with_capacity(values.len());
    for (to, from) in (0..values.len()).rev().enumerate() {
        let vector = vectors.row(from);
        let top = vector.iter().copied().fold(0.0f64, |top, part| if part.abs() > top.abs() { part } else { top });
        let sign = if top < 0.0 { -1.0 } else { 1.0 };
        for (component, part) in directions.row_mut(to).iter_mut().zip(vector) {
            *component = sign * part;
        }
        eigenvalues.push(values[from]);
    }
    let flat = eigenvalues.iter().filter(|value| !(**value > FLAT * largest)).count();
    let names = indices.iter().map(|&index| problem.parameter(index).name.clone()).collect();
    Ok(InformationBasis { names, matrix, eigenvalues, directions, flat })
}

/// Takes off what the other parameters may absorb: F_cn F_nn⁻¹ F_nc.
fn profile(all: &Matrix, indices: &[usize], others: &[usize], matrix: &mut Matrix) -> Option<()> {
    let mut inner = Matrix::zeros(others.len(), others.len());
    for (i, &row) in others.iter().enumerate() {
        for (j, &column) in others.iter().enumerate() {
            inner[(i, j)] = all[(row, column)];
        }
    }
    let factor = cholesky(&inner).ok()?;
    let columns: Vec<Vec<f64>> = indices
        .iter()
        .map(|&index| factor.forward(&others.iter().map(|&other| all[(other, index)]).collect::<Vec<f64>>()))
        .collect();
    for (i, one) in columns.iter().enumerate() {
        for (j, other) in columns.iter().enumerate() {
            matrix[(i, j)] -= dot(one, other);
        }
    }
    Some(())
}
