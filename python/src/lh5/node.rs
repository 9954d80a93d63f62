//! LH5 objects on their way between Rust and Python, part by part.

use super::values::Lh5Values;
use crate::array::Array;
use crate::histogram::Histogram;
use germane::formats::hdf5::Attribute;
use germane::formats::lh5::{Attributes, Content, Object, Vectors};
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// One object: what it is, its attributes, and its values or members.
///
/// Kinds: `scalar`, `array` (values); `vectors` (values: cumulative length; member `flattened_data`); `encoded` (members
/// `encoded_data`, `decoded_size`); `struct`; `table` (rows).
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Lh5Node {
    kind: Kind,
    datatype: Option<String>,
    attributes: Py<PyDict>,
    values: Option<Py<Lh5Values>>,
    members: Vec<(String, Py<Lh5Node>)>,
    rows: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Scalar,
    Array,
    Vectors,
    Encoded,
    Struct,
    Table,
}

const KINDS: [(&str, Kind); 6] = [
    ("scalar", Kind::Scalar),
    ("array", Kind::Array),
    ("vectors", Kind::Vectors),
    ("encoded", Kind::Encoded),
    ("struct", Kind::Struct),
    ("table", Kind::Table),
];

impl Lh5Node {
    /// Takes an object apart; `writable`: arrays are Python's alone, else they may be shared.
    pub(crate) fn new(py: Python<'_>, object: Object, writable: bool) -> PyResult<Self> {
        let hand = |values| Py::new(py, if writable { Lh5Values::given_away(values) } else { Lh5Values::shared(values) });
        let part = |name: &str, object: Object| Ok((name.to_owned(), Py::new(py, Self::new(py, object, writable)?)?));
        let (kind, values, members, rows) = match object.content {
            Content::Scalar(values) => (Kind::Scalar, Some(hand(values)?), Vec::new(), None),
            Content::Array(values) => (Kind::Array, Some(hand(values)?), Vec::new(), None),
            Content::Vectors(Vectors { cumulative_length, flattened_data }) => {
                let members: PyResult<_> = part("flattened_data", *flattened_data);
                (Kind::Vectors, Some(hand(cumulative_length)?), vec![members?], None)
            }
            Content::Encoded { encoded_data, decoded_size } => {
                let members: PyResult<Vec<_>> = [("encoded_data", *encoded_data), ("decoded_size", *decoded_size)]
                    .into_iter()
                    .map(|(name, object)| part(name, object))
                    .collect();
                (Kind::Encoded, None, members?, None)
            }
            Content::Struct(members) => {
                let members: PyResult<Vec<_>> = members.into_iter().map(|(name, object)| part(&name, object)).collect();
                (Kind::Struct, None, members?, None)
            }
            Content::Table { rows, columns } => {
                let members: PyResult<Vec<_>> = columns.into_iter().map(|(name, object)| part(&name, object)).collect();
                (Kind::Table, None, members?, Some(rows))
            }
        };
        Ok(Self {
            kind,
            datatype: object.datatype,
            attributes: attributes(py, object.attributes)?.unbind(),
            values,
            members,
            rows,
        })
    }

    /// The object, put together again; arrays that Python may change are copied.
    pub(crate) fn object(&self, py: Python<'_>) -> PyResult<Object> {
        let values = || {
            let values = self.values.as_ref().ok_or_else(|| PyValueError::new_err("an object of this kind has values"))?;
            PyResult::Ok(values.get().values())
        };
        let member = |name: &str| {
            let found = self.members.iter().find(|(known, _)| known == name);
            let (_, node) = found.ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
            PyResult::Ok(Box::new(node.get().object(py)?))
        };
        let members =
            || self.members.iter().map(|(name, node)| Ok((name.clone(), node.get().object(py)?))).collect::<PyResult<_>>();
        let content = match self.kind {
            Kind::Scalar => Content::Scalar(values()?),
            Kind::Array => Content::Array(values()?),
            Kind::Vectors => {
                Content::Vectors(Vectors { cumulative_length: values()?, flattened_data: member("flattened_data")? })
            }
            Kind::Encoded => Content::Encoded { encoded_data: member("encoded_data")?, decoded_size: member("decoded_size")? },
            Kind::Struct => Content::Struct(members()?),
            Kind::Table => Content::Table { rows: self.rows.unwrap_or(0), columns: members()? },
        };
        Ok(Object { datatype: self.datatype.clone(), attributes: from_dictionary(self.attributes.bind(py))?, content })
    }
}

#[pymethods]
impl Lh5Node {
    #[new]
    fn made(
        kind: &str,
        datatype: Option<String>,
        attributes: Py<PyDict>,
        values: Option<Py<Lh5Values>>,
        members: Vec<(String, Py<Self>)>,
        rows: Option<usize>,
    ) -> PyResult<Self> {
        let known = KINDS.iter().find(|(name, _)| *name == kind);
        let (_, kind) = known.ok_or_else(|| PyValueError::new_err(format!("no kind `{kind}`")))?;
        Ok(Self { kind: *kind, datatype, attributes, values, members, rows })
    }

    /// Rows of objects of the same form, one after the other.
    #[staticmethod]
    fn joined(py: Python<'_>, parts: Vec<Py<Self>>) -> PyResult<Self> {
        let parts: Vec<Object> = parts.iter().map(|part| part.get().object(py)).collect::<PyResult<_>>()?;
        let joined = py.detach(|| Object::concatenate(&parts.iter().collect::<Vec<_>>()));
        Self::new(py, joined.map_err(|error| PyValueError::new_err(error.to_string()))?, true)
    }

    #[getter]
    fn kind(&self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name)
    }

    #[getter]
    fn datatype(&self) -> Option<&str> {
        self.datatype.as_deref()
    }

    /// Attributes but the datatype: texts, [`Lh5Values`], or None where one has no value.
    #[getter]
    fn attributes<'py>(&self, py: Python<'py>) -> Bound<'py, PyDict> {
        self.attributes.bind(py).clone()
    }

    #[getter]
    fn values(&self, py: Python<'_>) -> Option<Py<Lh5Values>> {
        self.values.as_ref().map(|values| values.clone_ref(py))
    }

    #[getter]
    fn members(&self, py: Python<'_>) -> Vec<(String, Py<Self>)> {
        self.members.iter().map(|(name, node)| (name.clone(), node.clone_ref(py))).collect()
    }

    /// The object as a column that speaks Arrow's PyCapsule interface.
    fn column(&self, py: Python<'_>, name: &str) -> PyResult<Array> {
        let object = self.object(py)?;
        let column = py.detach(|| object.to_column(name));
        let (field, array) = column.map_err(|error| PyTypeError::new_err(error.to_string()))?;
        Ok(Array::new(array, field))
    }

    /// The histogram of a struct of `binning`, `isdensity`, `weights`.
    fn histogram(&self, py: Python<'_>) -> PyResult<Histogram> {
        let object = self.object(py)?;
        Ok(Histogram::new(object.histogram().map_err(|error| super::refused(py, &error))?))
    }

    /// Rows of a table.
    #[getter]
    fn rows(&self) -> Option<usize> {
        self.rows
    }
}

/// Attributes for Python.
pub(crate) fn attributes(py: Python<'_>, attributes: Attributes) -> PyResult<Bound<'_, PyDict>> {
    let dictionary = PyDict::new(py);
    for (name, attribute) in attributes {
        match attribute {
            Attribute::Text(text) => dictionary.set_item(name, text)?,
            Attribute::Values(values) => dictionary.set_item(name, Bound::new(py, Lh5Values::given_away(values))?)?,
            Attribute::Empty => dictionary.set_item(name, py.None())?,
        }
    }
    Ok(dictionary)
}

fn from_dictionary(dictionary: &Bound<'_, PyDict>) -> PyResult<Attributes> {
    let mut attributes = Attributes::new();
    for (name, value) in dictionary {
        let attribute = if value.is_none() {
            Attribute::Empty
        } else if let Ok(text) = value.cast::<PyString>() {
            Attribute::Text(text.to_str()?.to_owned())
        } else {
            Attribute::Values(value.cast::<Lh5Values>()?.get().values())
        };
        attributes.insert(name.extract()?, attribute);
    }
    Ok(attributes)
}
