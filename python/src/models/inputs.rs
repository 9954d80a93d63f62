//! Derivatives by the numbers that a model is made of.

use super::{InputDescribed, no_result};
use crate::array::Buffer;
use germane::inference::hypothesis::limit_gradient as of_limits;
use germane::inference::{Fit, Options, fitted_gradient as of_fit};
use germane::models::Model;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub(super) fn describe(model: &Model) -> PyResult<Vec<InputDescribed>> {
    let inputs = model.inputs().map_err(PyValueError::new_err)?;
    let described = inputs.into_iter().map(|input| {
        let range = input.range;
        (input.channel, input.sample, input.modifier, input.kind.word(), range.start, range.end)
    });
    Ok(described.collect())
}

pub(super) fn fitted_gradient(py: Python<'_>, model: &Model, fit: &Fit, parameter: usize) -> PyResult<Buffer> {
    py.detach(|| of_fit(model, fit, parameter)).map(Buffer::doubles).map_err(|reason| no_result(py, reason))
}

pub(super) fn limit_gradient(py: Python<'_>, model: &Model, poi: usize, level: f64) -> PyResult<(Buffer, Vec<Buffer>)> {
    let found = py.detach(|| of_limits(model, poi, level, &Options::default())).map_err(|reason| no_result(py, reason))?;
    Ok((Buffer::doubles(found.observed), found.expected.into_iter().map(Buffer::doubles).collect()))
}
