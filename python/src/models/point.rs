//! Points at which likelihoods are evaluated, from what Python hands over.

use germane::models::Parameter;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyMapping, PyTuple};

/// One value a parameter from the arguments of a call: one vector, one mapping by name, or one number a parameter.
pub(super) fn values(parameters: &[Parameter], arguments: &Bound<'_, PyTuple>) -> PyResult<Vec<f64>> {
    if arguments.len() == 1 {
        let only = arguments.get_item(0)?;
        // A model of one parameter takes its number, too.
        if parameters.len() == 1 && !only.is_instance_of::<PyFloat>() {
            return only.extract::<f64>().map_or_else(|_| vector(parameters, &only), |value| Ok(vec![value]));
        }
        if !only.is_instance_of::<PyFloat>() {
            return vector(parameters, &only);
        }
    }
    let values = arguments.iter().map(|value| value.extract()).collect::<PyResult<Vec<f64>>>()?;
    checked(parameters, values)
}

/// One value a parameter from one vector or mapping.
pub(super) fn vector(parameters: &[Parameter], x: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    if let Ok(buffer) = PyBuffer::<f64>::get(x) {
        return checked(parameters, flat(x.py(), &buffer)?);
    }
    let Ok(mapping) = x.cast::<PyMapping>() else { return checked(parameters, numbers(x)?) };
    let value = |parameter: &Parameter| {
        let missing = || PyKeyError::new_err(format!("no value of the parameter `{}`", parameter.name));
        mapping.get_item(&parameter.name).map_err(|_| missing())?.extract()
    };
    parameters.iter().map(value).collect()
}

/// Numbers of one dimension: through the buffer protocol if they are doubles, else as NumPy converts them.
pub(super) fn numbers(x: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    if let Ok(buffer) = PyBuffer::<f64>::get(x) {
        return flat(x.py(), &buffer);
    }
    if let Ok(values) = x.extract::<Vec<f64>>() {
        return Ok(values);
    }
    let array = x.py().import("numpy")?.call_method1("ascontiguousarray", (x, "float64"))?;
    flat(x.py(), &PyBuffer::<f64>::get(&array)?)
}

fn flat(py: Python<'_>, buffer: &PyBuffer<f64>) -> PyResult<Vec<f64>> {
    if buffer.dimensions() > 1 {
        return Err(PyTypeError::new_err(format!("an array of {} dimensions is no vector", buffer.dimensions())));
    }
    buffer.to_vec(py)
}

fn checked(parameters: &[Parameter], values: Vec<f64>) -> PyResult<Vec<f64>> {
    if values.len() == parameters.len() {
        return Ok(values);
    }
    Err(PyValueError::new_err(format!("{} values for {} parameters", values.len(), parameters.len())))
}
