//! Histograms and their axes.

use crate::array::Buffer;
use crate::error::refused;
use germane::histograms::{Cell, Error, Index, Indexed, Place, Step, StorageKind, Values};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One axis.
#[pyclass(frozen, eq, module = "germane._core")]
#[derive(Clone, PartialEq)]
pub(crate) struct Axis {
    axis: germane::histograms::Axis,
}

fn axis(py: Python<'_>, made: Result<germane::histograms::Axis, Error>, name: &str, label: &str, unit: &str) -> PyResult<Axis> {
    made.map(|axis| Axis { axis: axis.named(name, label, unit) }).map_err(|error| refused(py, &error))
}

#[pymethods]
impl Axis {
    #[staticmethod]
    fn regular(py: Python<'_>, bins: usize, lower: f64, upper: f64, name: &str, label: &str, unit: &str) -> PyResult<Self> {
        axis(py, germane::histograms::Axis::regular(bins, lower, upper), name, label, unit)
    }

    #[staticmethod]
    fn variable(py: Python<'_>, edges: Vec<f64>, name: &str, label: &str, unit: &str) -> PyResult<Self> {
        axis(py, germane::histograms::Axis::variable(edges), name, label, unit)
    }

    #[staticmethod]
    fn integer(py: Python<'_>, lower: i64, upper: i64, name: &str, label: &str, unit: &str) -> PyResult<Self> {
        axis(py, germane::histograms::Axis::integer(lower, upper), name, label, unit)
    }

    #[staticmethod]
    fn category(py: Python<'_>, labels: Vec<String>, growth: bool, name: &str, label: &str, unit: &str) -> PyResult<Self> {
        axis(py, germane::histograms::Axis::category(labels, growth), name, label, unit)
    }

    /// The same axis with flow slots as given.
    fn with_flow(&self, underflow: bool, overflow: bool) -> Self {
        Self { axis: self.axis.clone().with_flow(underflow, overflow) }
    }

    #[staticmethod]
    fn from_uhi(py: Python<'_>, text: &str) -> PyResult<Self> {
        let found = germane::histograms::Axis::from_uhi(&document(text)?);
        found.map(|axis| Self { axis }).map_err(|error| refused(py, &error))
    }

    fn to_uhi(&self) -> String {
        self.axis.to_uhi().to_string()
    }

    /// `regular`, `variable`, `integer` or `category`.
    #[getter]
    fn kind(&self) -> PyResult<&'static str> {
        use germane::histograms::Axis as Kind;
        match &self.axis {
            Kind::Regular(_) => Ok("regular"),
            Kind::Variable(_) => Ok("variable"),
            Kind::Integer(_) => Ok("integer"),
            Kind::Category(_) => Ok("category"),
            other => Err(PyTypeError::new_err(other.describe())),
        }
    }

    #[getter]
    fn name(&self) -> &str {
        self.axis.name()
    }

    #[getter]
    fn label(&self) -> &str {
        self.axis.label()
    }

    #[getter]
    fn unit(&self) -> &str {
        self.axis.unit().unwrap_or_default()
    }

    #[getter]
    fn size(&self) -> usize {
        self.axis.size()
    }

    #[getter]
    fn extent(&self) -> usize {
        self.axis.extent()
    }

    #[getter]
    fn underflow(&self) -> bool {
        self.axis.underflow()
    }

    #[getter]
    fn overflow(&self) -> bool {
        self.axis.overflow()
    }

    #[getter]
    fn growth(&self) -> bool {
        self.axis.growth()
    }

    fn edges(&self) -> Buffer {
        Buffer::doubles(self.axis.edges())
    }

    fn categories(&self) -> Vec<String> {
        self.axis.labels().unwrap_or_default().to_vec()
    }

    /// Bin of a number or text: -1 for underflow, the number of bins for overflow.
    fn index(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<i64> {
        if let Ok(text) = value.extract::<String>() {
            return self.axis.position(&text).map(|i| i as i64).map_err(|error| refused(py, &error));
        }
        Ok(self.axis.index(value.extract()?))
    }
}

/// Axes and cells; filling happens without the GIL, one thread at a time.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Histogram {
    inner: Mutex<germane::histograms::Histogram>,
}

impl Histogram {
    pub(crate) fn new(histogram: germane::histograms::Histogram) -> Self {
        Self { inner: Mutex::new(histogram) }
    }

    /// A copy of what it is now.
    pub(crate) fn inner(&self) -> germane::histograms::Histogram {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, germane::histograms::Histogram> {
        // A panic leaves whole cells behind: every operation checks before it writes.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Owned values of one axis while the GIL is released.
enum Column {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

#[pymethods]
impl Histogram {
    #[new]
    fn create(axes: Vec<PyRef<'_, Axis>>, storage: &str) -> PyResult<Self> {
        let kind = match storage {
            "Double" => StorageKind::Double,
            "Weight" => StorageKind::Weight,
            other => return Err(PyValueError::new_err(format!("no storage `{other}`: there are `Double` and `Weight`"))),
        };
        Ok(Self::new(germane::histograms::Histogram::new(axes.iter().map(|axis| axis.axis.clone()).collect(), kind)))
    }

    #[staticmethod]
    fn from_uhi(py: Python<'_>, text: &str) -> PyResult<Self> {
        let document = document(text)?;
        germane::histograms::Histogram::from_uhi(&document).map(Self::new).map_err(|error| refused(py, &error))
    }

    fn to_uhi(&self) -> String {
        self.lock().to_uhi().to_string()
    }

    /// Exact content of the cells.
    fn pack<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mut bytes = Vec::new();
        self.lock().pack(&mut bytes);
        PyBytes::new(py, &bytes)
    }

    #[staticmethod]
    fn unpack(axes: Vec<PyRef<'_, Axis>>, storage: &str, bytes: &[u8]) -> PyResult<Self> {
        let empty = Self::create(axes, storage)?;
        let (axes, kind) = {
            let histogram = empty.lock();
            (histogram.axes().to_vec(), histogram.storage_kind())
        };
        let found = germane::histograms::Histogram::unpack(axes, kind, &mut &*bytes);
        found.map(Self::new).ok_or_else(|| PyValueError::new_err("the bytes are no histogram with these axes"))
    }

    fn axes(&self) -> Vec<Axis> {
        self.lock().axes().iter().map(|axis| Axis { axis: axis.clone() }).collect()
    }

    #[getter]
    fn storage(&self) -> &'static str {
        match self.lock().storage_kind() {
            StorageKind::Double => "Double",
            _ => "Weight",
        }
    }

    #[getter]
    fn name(&self) -> String {
        self.lock().name.clone()
    }

    #[getter]
    fn entries(&self) -> u64 {
        self.lock().entries()
    }

    #[getter]
    fn nan(&self) -> u64 {
        self.lock().nan()
    }

    fn values(&self, flow: bool) -> Buffer {
        Buffer::doubles(self.lock().values(flow))
    }

    fn variances(&self, flow: bool) -> Option<Buffer> {
        self.lock().variances(flow).map(Buffer::doubles)
    }

    fn counts(&self, flow: bool) -> Option<Buffer> {
        self.lock().counts(flow).map(Buffer::doubles)
    }

    fn sum(&self, flow: bool) -> f64 {
        self.lock().sum(flow)
    }

    /// Fills columns: contiguous f64 buffers, or lists of texts.
    fn fill(&self, py: Python<'_>, columns: Vec<Bound<'_, PyAny>>, weight: Option<PyBuffer<f64>>) -> PyResult<()> {
        let columns = columns.iter().map(|column| owned(py, column)).collect::<PyResult<Vec<_>>>()?;
        let weight = weight.map(|buffer| buffer.to_vec(py)).transpose()?;
        let filled = py.detach(|| {
            let texts: Vec<Vec<&str>> = (columns.iter())
                .map(|column| match column {
                    Column::Texts(texts) => texts.iter().map(String::as_str).collect(),
                    Column::Numbers(_) => Vec::new(),
                })
                .collect();
            let values: Vec<Values<'_>> = (columns.iter().zip(&texts))
                .map(|(column, texts)| match column {
                    Column::Numbers(numbers) => Values::F64(numbers),
                    Column::Texts(_) => Values::Text(texts),
                })
                .collect();
            self.lock().fill(&values, weight.as_deref())
        });
        filled.map_err(|error| refused(py, &error))
    }

    /// A cell `(value, variance)` or a histogram; indices in the form of `germane.histogram._pick`.
    fn index<'py>(&self, py: Python<'py>, indices: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let indices = indices.iter().map(index).collect::<PyResult<Vec<_>>>()?;
        let found = self.lock().index(&indices).map_err(|error| refused(py, &error))?;
        match found {
            Indexed::Cell(Cell { value, variance, .. }) => Ok((value, variance).into_pyobject(py)?.into_any()),
            Indexed::Histogram(histogram) => Ok(Bound::new(py, Self::new(histogram))?.into_any()),
        }
    }

    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<()> {
        let other = other.lock().clone();
        self.lock().merge(&other).map_err(|error| refused(py, &error))
    }

    fn scale(&self, factor: f64) {
        self.lock().scale(factor);
    }

    fn copy(&self) -> Self {
        Self::new(self.lock().clone())
    }

    fn __eq__(&self, other: &Self) -> bool {
        let other = other.lock().clone();
        *self.lock() == other
    }
}

fn document(text: &str) -> PyResult<serde_json::Value> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn owned(py: Python<'_>, column: &Bound<'_, PyAny>) -> PyResult<Column> {
    if let Ok(buffer) = column.extract::<PyBuffer<f64>>() {
        return Ok(Column::Numbers(buffer.to_vec(py)?));
    }
    Ok(Column::Texts(column.extract()?))
}

/// `("bin", i)`, `("at", i)`, `("underflow", k)`, `("overflow", k)`, `("loc", x, k)`, `("label", text, k)`.
fn place(item: &Bound<'_, PyAny>) -> PyResult<Place> {
    let kind: String = item.get_item(0)?.extract()?;
    Ok(match kind.as_str() {
        "bin" => Place::Bin(item.get_item(1)?.extract()?),
        "at" => Place::At(item.get_item(1)?.extract()?),
        "underflow" => Place::Underflow(item.get_item(1)?.extract()?),
        "overflow" => Place::Overflow(item.get_item(1)?.extract()?),
        "loc" => Place::Loc(item.get_item(1)?.extract()?, item.get_item(2)?.extract()?),
        "label" => Place::Label(item.get_item(1)?.extract()?, item.get_item(2)?.extract()?),
        other => return Err(PyTypeError::new_err(format!("no place `{other}`"))),
    })
}

/// A place, `("slice", start, stop, step)` or `("pick", [places])`.
fn index(item: &Bound<'_, PyAny>) -> PyResult<Index> {
    let kind: String = item.get_item(0)?.extract()?;
    match kind.as_str() {
        "slice" => {
            let end = |i: usize| {
                let end = item.get_item(i)?;
                if end.is_none() { Ok(None) } else { place(&end).map(Some) }
            };
            Ok(Index::Slice { start: end(1)?, stop: end(2)?, step: step(&item.get_item(3)?)? })
        }
        "pick" => Ok(Index::Pick(item.get_item(1)?.try_iter()?.map(|i| place(&i?)).collect::<PyResult<_>>()?)),
        _ => Ok(Index::Place(place(item)?)),
    }
}

/// None, `("sum",)`, `("rebin", n)`, `("groups", […])` or `("edges", […])`.
fn step(item: &Bound<'_, PyAny>) -> PyResult<Step> {
    if item.is_none() {
        return Ok(Step::Keep);
    }
    let kind: String = item.get_item(0)?.extract()?;
    Ok(match kind.as_str() {
        "sum" => Step::Sum,
        "rebin" => Step::Rebin(item.get_item(1)?.extract()?),
        "groups" => Step::Groups(item.get_item(1)?.extract()?),
        "edges" => Step::Edges(item.get_item(1)?.extract()?),
        other => return Err(PyTypeError::new_err(format!("no step `{other}`"))),
    })
}
