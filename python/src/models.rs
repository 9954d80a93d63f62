//! Likelihoods and their fits.

use crate::array::Buffer;
use crate::error::raise;
use germane::inference::{Minos, Options, minimise};
use germane::models::datacard::{CardOptions, Physics};
use germane::models::workspace::Workspace;
use germane::models::{Data, Likelihood};
use germane::numerics::dense::Matrix;
use germane::texts::{Diagnostic, Source};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A compiled binned model.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Model {
    model: germane::models::Model,
}

/// Name, unit, start, lower and upper bound of a parameter, and whether it is fixed.
type Described = (String, Option<String>, f64, f64, f64, bool);

impl Model {
    fn checked(&self, x: &[f64]) -> PyResult<()> {
        let size = self.model.parameters().len();
        if x.len() == size {
            return Ok(());
        }
        Err(PyValueError::new_err(format!("{} values for {size} parameters", x.len())))
    }

    fn with(&self, data: &Data) -> PyResult<Self> {
        self.model.with_data(data).map(|model| Self { model }).map_err(PyValueError::new_err)
    }
}

#[pymethods]
impl Model {
    /// Reads a pyhf workspace; `name` stands for it in messages.
    #[staticmethod]
    fn from_pyhf(py: Python<'_>, text: String, name: String, measurement: Option<String>) -> PyResult<Self> {
        let made = py.detach(|| Workspace::read(&Source::new(name, text))?.model(measurement.as_deref()));
        made.map(|model| Self { model }).map_err(|diagnostics| raise(py, 6, &diagnostics))
    }

    /// Reads a datacard and the files that it names; `name` is its path.
    #[staticmethod]
    fn from_datacard(
        py: Python<'_>,
        text: String,
        name: String,
        mass: f64,
        physics: Option<String>,
        keywords: Vec<(String, String)>,
        masked: Vec<String>,
    ) -> PyResult<Self> {
        let mut card = CardOptions::default().mass(mass);
        if let Some(physics) = physics {
            card = card.physics(Physics::read(&physics).map_err(|problem| raise(py, 6, &[problem]))?);
        }
        (card.keywords, card.masked) = (keywords, masked);
        let made = py.detach(|| germane::runs::open_datacard(&Source::new(name, text), &card));
        made.map(|(model, _)| Self { model }).map_err(|error| raise(py, error.exit, &error.diagnostics))
    }

    fn parameters(&self) -> Vec<Described> {
        (self.model.parameters().iter()).map(|p| (p.name.clone(), p.unit.clone(), p.start, p.lower, p.upper, p.fixed)).collect()
    }

    /// Name of the parameter of interest.
    #[getter]
    fn poi(&self) -> Option<String> {
        self.model.poi().map(|index| self.model.parameters()[index].name.clone())
    }

    /// Names of the channels and their numbers of bins.
    fn channels(&self) -> Vec<(String, usize)> {
        self.model.channels().map(|(name, range)| (name.to_owned(), range.len())).collect()
    }

    fn nll(&self, py: Python<'_>, x: Vec<f64>) -> PyResult<f64> {
        self.checked(&x)?;
        Ok(py.detach(|| self.model.nll(&x)))
    }

    fn gradient(&self, py: Python<'_>, x: Vec<f64>) -> PyResult<Buffer> {
        self.checked(&x)?;
        let mut out = vec![0.0; x.len()];
        py.detach(|| self.model.gradient(&x, &mut out));
        Ok(Buffer::doubles(out))
    }

    /// Rows of the Hessian, one after the other.
    fn hessian(&self, py: Python<'_>, x: Vec<f64>) -> PyResult<Buffer> {
        self.checked(&x)?;
        let mut out = Matrix::zeros(x.len(), x.len());
        py.detach(|| self.model.hessian(&x, &mut out));
        Ok(Buffer::doubles((0..x.len()).flat_map(|row| out.row(row).to_vec()).collect()))
    }

    /// Expected counts of all bins.
    fn expected(&self, x: Vec<f64>) -> PyResult<Buffer> {
        self.checked(&x)?;
        Ok(Buffer::doubles(self.model.expected(&x)))
    }

    /// Observed counts of all bins.
    fn observed(&self) -> Buffer {
        Buffer::doubles(self.model.observed().to_vec())
    }

    /// Auxiliary measurements by the names of their parameters.
    fn auxiliary(&self) -> Vec<(String, f64)> {
        let constrained = self.model.parameters().iter().filter(|p| p.constraint.is_some());
        constrained.map(|p| p.name.clone()).zip(self.model.data().auxiliary).collect()
    }

    /// The same model with what it expects at `x` for data.
    fn asimov(&self, x: Vec<f64>) -> PyResult<Self> {
        self.checked(&x)?;
        self.with(&self.model.asimov(&x))
    }

    /// The same model with random data.
    fn toy(&self, x: Vec<f64>, seed: u64, number: u64) -> PyResult<Self> {
        self.checked(&x)?;
        self.with(&self.model.toy(&x, seed, number))
    }

    /// The same model with a parameter held.
    fn fix(&self, py: Python<'_>, name: &str, value: f64) -> PyResult<Self> {
        let names: Vec<&str> = self.model.parameters().iter().map(|p| p.name.as_str()).collect();
        self.model.clone().fix(name, value).map(|model| Self { model }).map_err(|_| {
            let diagnostic = Diagnostic::new("name", format!("no parameter `{name}`"));
            let near = germane::texts::nearest(name, names.iter().copied());
            raise(py, 6, &[near.map_or(diagnostic.clone(), |near| diagnostic.nearest(near))])
        })
    }

    /// The `germane_fit` document without the entries of its covariance, and these, row after row: as text they would take
    /// longer than the fit.
    fn fit(&self, py: Python<'_>, minos: Option<Vec<String>>, all_minos: bool) -> PyResult<(String, Buffer)> {
        let wanted = match minos {
            _ if all_minos => Minos::All,
            Some(names) => Minos::Named(names),
            None => Minos::None,
        };
        let mut fit = py.detach(|| minimise(&self.model, &Options::default().minos(wanted)));
        let covariance = std::mem::take(&mut fit.covariance.values).concat();
        let document = serde_json::to_string(&fit).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok((document, Buffer::doubles(covariance)))
    }
}
