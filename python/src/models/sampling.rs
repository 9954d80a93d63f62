//! Draws of posteriors as buffers.

use super::{Model, no_result};
use crate::array::Buffer;
use crate::error::raise;
use germane::inference::documents;
use germane::inference::sampling::{SampleOptions, nested_sample, sample as draw};
use germane::runs::Pool;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The document, the values of each chain (draw after draw), and the weights of each chain where they differ.
type Draws = (String, Vec<Buffer>, Option<Vec<Buffer>>);

pub(super) fn sample(py: Python<'_>, model: &Model, settings: &Bound<'_, PyDict>) -> PyResult<Draws> {
    let (mut options, mut nested, mut threads) = (SampleOptions::default(), false, 0);
    for (key, value) in settings {
        match key.extract::<String>()?.as_str() {
            "chains" => options.chains = value.extract()?,
            "draws" => options.draws = value.extract()?,
            "warmup" => options.warmup = value.extract()?,
            "acceptance" => options.acceptance = value.extract()?,
            "shortest" => options.shortest = value.extract()?,
            "from_mode" => options.from_mode = value.extract()?,
            "points" => options.points = value.extract()?,
            "seed" => options.seed = value.extract()?,
            "nested" => nested = value.extract()?,
            "threads" => threads = value.extract()?,
            other => return Err(PyValueError::new_err(format!("no setting `{other}`"))),
        }
    }
    options.check().map_err(PyValueError::new_err)?;
    let pool = Pool::new(threads).map_err(|error| raise(py, error.exit, &error.diagnostics))?;
    let likelihood = model.any.likelihood();
    let found = py.detach(|| if nested { nested_sample(likelihood, &options, &pool) } else { draw(likelihood, &options, &pool) });
    let found = found.map_err(|reason| no_result(py, reason))?;
    let values = found.values.iter().map(|chain| Buffer::doubles(chain.concat())).collect();
    let weights = found.weights.as_ref().map(|all| all.iter().map(|own| Buffer::doubles(own.clone())).collect());
    Ok((documents::sample(&found).to_string(), values, weights))
}
