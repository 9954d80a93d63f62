//! Likelihoods, their fits, and what follows from them.

mod combination;
mod inputs;
mod point;
mod reading;
mod results;
mod sampling;
mod workspaces;

use crate::array::Buffer;
use crate::error::raise;
use germane::inference::{Fit, Minos};
use germane::models::datacard::CardOptions;
use germane::models::{Data, Experiment, Parameter};
use germane::numerics::dense::Matrix;
use germane::runs::{AnyModel, parameter_index};
use germane::texts::{Diagnostic, Source};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyTuple};

pub(crate) use reading::{patched, read_text};
pub(crate) use workspaces::{edited_workspace, joined_workspace, sorted_workspace};

/// A compiled model of any kind.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Model {
    any: AnyModel,
    /// Index of the parameter of interest.
    poi: Option<usize>,
    /// The description that it was read from.
    source: Option<Source>,
    /// What the description left open, if it is a card.
    card: CardOptions,
    /// Whether data, parameters or templates are no longer those of the description.
    replaced: bool,
    warnings: Vec<String>,
    /// Groups of parameters, by name.
    groups: Vec<(String, Vec<String>)>,
}

/// What a fit found, for what follows from it.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Fitted {
    fit: Fit,
}

/// Name, unit, start, lower and upper bound of a parameter, and whether it is fixed.
type Described = (String, Option<String>, f64, f64, f64, bool);

/// Name and numbers of inputs: channel, sample, modifier, kind, first, end.
type InputDescribed = (String, Option<String>, Option<String>, &'static str, usize, usize);

impl Model {
    fn new(any: AnyModel, poi: Option<usize>, source: Option<Source>) -> Self {
        Self { any, poi, source, card: CardOptions::default(), replaced: false, warnings: Vec::new(), groups: Vec::new() }
    }

    fn parameters_of(&self) -> &[Parameter] {
        self.any.likelihood().parameters()
    }

    fn size(&self) -> usize {
        self.parameters_of().len()
    }

    /// The model, if it is one of bins.
    fn binned(&self) -> PyResult<&germane::models::Model> {
        let message = "the model has densities of events, functions of parameters, or several parts: this is for models of bins";
        self.any.binned().ok_or_else(|| PyTypeError::new_err(message))
    }

    /// Another model with the same parameters, which the description no longer tells.
    fn changed(&self, model: AnyModel) -> Self {
        let (warnings, groups, card) = (self.warnings.clone(), self.groups.clone(), self.card.clone());
        Self { warnings, groups, card, replaced: true, ..Self::new(model, self.poi, self.source.clone()) }
    }

    fn index(&self, py: Python<'_>, name: &str) -> PyResult<usize> {
        parameter_index(self.any.likelihood(), name).map_err(|problem| raise(py, 6, &[problem]))
    }

    /// Index of the parameter of interest: the one asked for, or that of the model.
    fn interest(&self, py: Python<'_>, name: Option<&str>) -> PyResult<usize> {
        let missing = || PyValueError::new_err("the model has no parameter of interest: name one with `poi=`");
        let index = name.map_or_else(|| self.poi.ok_or_else(missing), |name| self.index(py, name))?;
        let parameter = &self.parameters_of()[index];
        if parameter.fixed {
            return Err(PyValueError::new_err(format!("the parameter of interest `{}` is fixed", parameter.name)));
        }
        Ok(index)
    }
}

#[pymethods]
impl Model {
    /// Reads a model in any format, or in the one that is expected; `name` is its path.
    #[staticmethod]
    fn read(
        py: Python<'_>,
        text: String,
        name: String,
        expected: Option<&str>,
        measurement: Option<String>,
        card: (f64, Option<String>, Vec<(String, String)>, Vec<String>),
    ) -> PyResult<Self> {
        reading::read(py, Source::new(name, text), expected, measurement, card)
    }

    /// Reads a workspace of pyhf with other interpolation codes.
    #[staticmethod]
    fn read_workspace(
        py: Python<'_>,
        text: String,
        name: String,
        measurement: Option<String>,
        codes: (&str, &str),
    ) -> PyResult<Self> {
        reading::read_workspace(py, Source::new(name, text), measurement.as_deref(), codes)
    }

    /// Reads quadratic forms and the texts, with names, of what they scale.
    #[staticmethod]
    fn read_scaling(
        py: Python<'_>,
        scaling: (String, String),
        parts: Vec<(String, String)>,
        linear: bool,
        linear_in: Vec<String>,
    ) -> PyResult<Self> {
        reading::read_scaling(py, scaling, parts, linear, linear_in)
    }

    /// Joins models by the text of a map: the joint model, and the document of what is shared.
    #[staticmethod]
    fn join(py: Python<'_>, map: String, name: String, models: Vec<PyRef<'_, Self>>) -> PyResult<(Self, String)> {
        combination::join(py, &Source::new(name, map), &models)
    }

    /// What is odd in the description.
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// The description in another format.
    fn convert(&self, py: Python<'_>, format: &str) -> PyResult<String> {
        reading::convert(py, self, format)
    }

    /// Document of what the model is made of.
    fn inspect(&self, py: Python<'_>) -> PyResult<String> {
        reading::inspect(py, self)
    }

    fn parameters(&self) -> Vec<Described> {
        self.parameters_of().iter().map(|p| (p.name.clone(), p.unit.clone(), p.start, p.lower, p.upper, p.fixed)).collect()
    }

    /// Name of the parameter of interest.
    #[getter]
    fn poi(&self) -> Option<String> {
        self.poi.map(|index| self.parameters_of()[index].name.clone())
    }

    /// Number of data: bins, or events.
    #[getter]
    fn ndata(&self) -> f64 {
        match self.any.binned() {
            Some(model) => model.observed().len() as f64,
            None => self.any.likelihood().entries().unwrap_or(f64::NAN),
        }
    }

    /// Names of the channels and their numbers of bins, where they have some.
    fn channels(&self) -> Vec<(String, Option<usize>)> {
        match &self.any {
            AnyModel::Binned(model) => model.channels().map(|(name, range)| (name.to_owned(), Some(range.len()))).collect(),
            AnyModel::Densities(model) => model.channels().into_iter().map(|(name, bins, _)| (name, bins)).collect(),
            AnyModel::Joint(_) | AnyModel::Quadratic(_) => Vec::new(),
        }
    }

    /// -ln L at one vector or mapping, or at one number a parameter.
    fn nll(&self, py: Python<'_>, x: &Bound<'_, PyTuple>) -> PyResult<f64> {
        let x = point::values(self.parameters_of(), x)?;
        // Handing the interpreter to others and taking it back costs as much as a small model.
        if x.len() < 32 {
            return Ok(self.any.likelihood().nll(&x));
        }
        Ok(py.detach(|| self.any.likelihood().nll(&x)))
    }

    fn gradient(&self, py: Python<'_>, x: &Bound<'_, PyTuple>) -> PyResult<Buffer> {
        let x = point::values(self.parameters_of(), x)?;
        let mut out = vec![0.0; x.len()];
        py.detach(|| self.any.likelihood().gradient(&x, &mut out));
        Ok(Buffer::doubles(out))
    }

    /// Rows of the Hessian, one after the other.
    fn hessian(&self, py: Python<'_>, x: &Bound<'_, PyTuple>) -> PyResult<Buffer> {
        let x = point::values(self.parameters_of(), x)?;
        let mut out = Matrix::zeros(x.len(), x.len());
        py.detach(|| self.any.likelihood().hessian(&x, &mut out));
        Ok(Buffer::doubles(out.data().to_vec()))
    }

    /// The Hessian times a vector.
    fn hessian_times(&self, py: Python<'_>, x: &Bound<'_, PyAny>, vector: &Bound<'_, PyAny>) -> PyResult<Buffer> {
        let (x, vector) = (self.vector(x)?, self.vector(vector)?);
        Ok(Buffer::doubles(py.detach(|| self.any.likelihood().hessian_times(&x, &vector))))
    }

    /// What the numbers of a model are that it is made of.
    fn inputs(&self) -> PyResult<Vec<InputDescribed>> {
        inputs::describe(self.binned()?)
    }

    /// The numbers.
    fn input_values(&self) -> PyResult<Buffer> {
        self.binned()?.input_values().map(Buffer::doubles).map_err(PyValueError::new_err)
    }

    /// The same model made of other numbers.
    fn with_inputs(&self, values: &Bound<'_, PyAny>) -> PyResult<Self> {
        let model = self.binned()?.with_inputs(&point::numbers(values)?).map_err(PyValueError::new_err)?;
        Ok(self.changed(AnyModel::Binned(Box::new(model))))
    }

    /// Derivatives of -ln L by the numbers that the model is made of.
    fn input_gradient(&self, py: Python<'_>, x: &Bound<'_, PyTuple>) -> PyResult<Buffer> {
        let (model, x) = (self.binned()?, point::values(self.parameters_of(), x)?);
        py.detach(|| model.input_gradient(&x)).map(Buffer::doubles).map_err(PyValueError::new_err)
    }

    /// Derivatives of the fitted value of a parameter by these numbers.
    fn fitted_gradient(&self, py: Python<'_>, fitted: &Fitted, name: &str) -> PyResult<Buffer> {
        inputs::fitted_gradient(py, self.binned()?, &fitted.fit, self.index(py, name)?)
    }

    /// Derivatives of the observed and of the expected upper limits by these numbers.
    fn limit_gradient(&self, py: Python<'_>, poi: &str, level: f64) -> PyResult<(Buffer, Vec<Buffer>)> {
        inputs::limit_gradient(py, self.binned()?, self.interest(py, Some(poi))?, level)
    }

    /// Expected counts of all bins.
    fn expected(&self, x: &Bound<'_, PyAny>) -> PyResult<Buffer> {
        let x = self.vector(x)?;
        match &self.any {
            AnyModel::Quadratic(model) => Ok(Buffer::doubles(model.expected(&x))),
            _ => Ok(Buffer::doubles(self.binned()?.expected(&x))),
        }
    }

    /// Expected main and auxiliary data.
    fn expected_data(&self, x: &Bound<'_, PyAny>) -> PyResult<(Buffer, Buffer)> {
        let data = self.binned()?.asimov(&self.vector(x)?);
        Ok((Buffer::doubles(data.main), Buffer::doubles(data.auxiliary)))
    }

    /// Observed counts of all bins.
    fn observed(&self) -> PyResult<Buffer> {
        Ok(Buffer::doubles(self.binned()?.observed().to_vec()))
    }

    /// Auxiliary measurements by the names of their parameters.
    fn auxiliary(&self) -> Vec<(String, f64)> {
        let datum = |p: &Parameter| p.constraint.map(|constraint| (p.name.clone(), constraint.datum()));
        self.parameters_of().iter().filter_map(datum).collect()
    }

    /// Indices of the parameters in pyhf's order.
    fn pyhf_order(&self) -> PyResult<Vec<usize>> {
        Ok(self.binned()?.pyhf_order().to_vec())
    }

    /// The same model with other main and auxiliary data.
    fn with_data(&self, main: &Bound<'_, PyAny>, auxiliary: &Bound<'_, PyAny>) -> PyResult<Self> {
        let data = Data { main: point::numbers(main)?, auxiliary: point::numbers(auxiliary)? };
        let model = self.binned()?.with_data(&data).map_err(PyValueError::new_err)?;
        Ok(self.changed(AnyModel::Binned(Box::new(model))))
    }

    /// The same model with what it expects at `x` for data.
    fn asimov(&self, x: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.any.expecting(&self.vector(x)?).map(|model| self.changed(model)).map_err(PyValueError::new_err)
    }

    /// The same model with random data.
    fn toy(&self, x: &Bound<'_, PyAny>, seed: u64, number: u64) -> PyResult<Self> {
        let mut model = self.any.clone();
        let thrown = self.any.toys(&self.vector(x)?, seed, 0).and_then(|toys| model.take(&toys, number));
        thrown.map(|()| self.changed(model)).map_err(PyValueError::new_err)
    }

    /// The same model with a parameter held.
    fn fix(&self, py: Python<'_>, name: &str, value: f64) -> PyResult<Self> {
        let model = self.any.clone().fix(name, value).map_err(|problem| raise(py, 6, &[problem]))?;
        Ok(self.changed(model))
    }

    /// The same model with other starts and bounds of its parameters, and others held.
    fn started(&self, start: Vec<f64>, bounds: Vec<(f64, f64)>, fixed: Vec<bool>) -> PyResult<Self> {
        let mut model = self.binned()?.clone();
        if [start.len(), bounds.len(), fixed.len()] != [self.size(); 3] {
            let message = format!("{} starts, {} bounds, {} marks", start.len(), bounds.len(), fixed.len());
            return Err(PyValueError::new_err(format!("{message} for {} parameters", self.size())));
        }
        for (index, (lower, upper)) in bounds.into_iter().enumerate() {
            model = model.within(index, lower, upper);
        }
        Ok(self.changed(AnyModel::Binned(Box::new(model.starting_at(&start).holding(&fixed)))))
    }

    /// The `germane_fit` document without the entries of its covariance, and these, row after row: as text they would take
    /// longer than the fit. `starts` are a number and a seed; with a `strategy` it is Minuit's.
    fn fit(
        &self,
        py: Python<'_>,
        minos: Option<Vec<String>>,
        all_minos: bool,
        start: Option<&Bound<'_, PyAny>>,
        starts: Option<(usize, u64)>,
        strategy: Option<u8>,
    ) -> PyResult<(String, Buffer, Fitted)> {
        for name in minos.iter().flatten() {
            self.index(py, name)?;
        }
        let minos = match minos {
            _ if all_minos => Minos::All,
            Some(names) => Minos::Named(names),
            None => Minos::None,
        };
        let start = start.map(|start| self.vector(start)).transpose()?;
        results::fit(py, self.any.likelihood(), minos, start, starts, strategy)
    }

    /// Document of the upper limits, with tests at `points` beside.
    fn limit(&self, py: Python<'_>, poi: Option<&str>, level: f64, points: Vec<f64>) -> PyResult<String> {
        results::limit(py, self, poi, level, &points)
    }

    /// The same by toys.
    fn limit_by_toys(&self, py: Python<'_>, poi: Option<&str>, level: f64, toys: (u64, u64, usize)) -> PyResult<String> {
        results::limit_by_toys(py, self, poi, level, toys)
    }

    /// Document of the tests of some values.
    fn test(&self, py: Python<'_>, poi: Option<&str>, values: Vec<f64>) -> PyResult<String> {
        results::test(py, self, poi, &values)
    }

    fn significance(&self, py: Python<'_>, poi: Option<&str>, toys: Option<(u64, u64, usize)>) -> PyResult<String> {
        results::significance(py, self, poi, toys)
    }

    fn scan(&self, py: Python<'_>, parameter: Option<&str>, values: Vec<f64>, points: usize) -> PyResult<String> {
        results::scan(py, self, parameter, &values, points)
    }

    fn contour(&self, py: Python<'_>, pair: (&str, &str), levels: Vec<f64>, points: usize) -> PyResult<String> {
        results::contour(py, self, pair, &levels, points)
    }

    fn rank(
        &self,
        py: Python<'_>,
        poi: Option<&str>,
        covariance: bool,
        groups: Option<Vec<(String, Vec<String>)>>,
        threads: usize,
    ) -> PyResult<String> {
        results::rank(py, self, poi, covariance, groups, threads)
    }

    fn gof(&self, py: Python<'_>, test: &str, toys: (u64, u64, usize)) -> PyResult<String> {
        results::gof(py, self, test, toys)
    }

    /// Document of the agreement of channels.
    fn channel_compatibility(&self, py: Python<'_>, poi: Option<&str>, toys: (u64, u64, usize)) -> PyResult<String> {
        results::channel_compatibility(py, self, poi, toys)
    }

    fn toys(&self, py: Python<'_>, poi: Option<&str>, value: f64, statistic: &str, toys: (u64, u64, usize)) -> PyResult<String> {
        results::toys(py, self, poi, value, statistic, toys)
    }

    /// Document of the region of Feldman and Cousins; `grid` are numbers of values and of halvings, without toys it is exact.
    fn feldman_cousins(
        &self,
        py: Python<'_>,
        poi: Option<&str>,
        level: f64,
        grid: (usize, usize),
        toys: Option<(u64, u64, usize)>,
    ) -> PyResult<String> {
        results::feldman_cousins(py, self, poi, level, grid, toys)
    }

    /// Draws of the posterior: the document, values of each chain (draw after draw), weights of each chain where they differ.
    fn sample(&self, py: Python<'_>, settings: Bound<'_, PyDict>) -> PyResult<(String, Vec<Buffer>, Option<Vec<Buffer>>)> {
        sampling::sample(py, self, &settings)
    }

    fn yields(&self, py: Python<'_>, prefit: bool) -> PyResult<String> {
        results::yields(py, self, prefit)
    }

    fn coefficients(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        levels: Vec<f64>,
        starts: (usize, u64),
    ) -> PyResult<String> {
        results::coefficients(py, self, names, &levels, starts)
    }
}

impl Model {
    /// One value a parameter from one vector or mapping.
    fn vector(&self, x: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        point::vector(self.parameters_of(), x)
    }
}

/// The exception for a test that has no result.
fn no_result(py: Python<'_>, reason: germane::inference::NoResult) -> PyErr {
    raise(py, germane::runs::exit::FIT, &[Diagnostic::new("fit", reason.0)])
}
