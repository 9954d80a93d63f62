//! Columns with values, as Python sees them: buffers by address, children, missing values, units.

use crate::{arrow, values};
use germane::columns::buffer::NullBuffer;
use germane::columns::{Data, Field, NumberType, Numbers, Type};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyIndexError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

/// A shared piece of memory; NumPy views it through `__array_interface__` and keeps it alive.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Buffer {
    bytes: germane::columns::buffer::Buffer,
    typestr: &'static str,
    size: usize,
}

impl Buffer {
    pub(crate) fn doubles(values: Vec<f64>) -> Self {
        Self { bytes: germane::columns::buffer::Buffer::from_vec(values), typestr: "<f8", size: 8 }
    }

    pub(crate) fn integers(values: Vec<i64>) -> Self {
        Self { bytes: germane::columns::buffer::Buffer::from_vec(values), typestr: "<i8", size: 8 }
    }
}

#[pymethods]
impl Buffer {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", (self.bytes.len() / self.size,))?;
        interface.set_item("typestr", self.typestr)?;
        interface.set_item("data", (self.bytes.as_ptr() as usize, true))?;
        Ok(interface)
    }

    fn __len__(&self) -> usize {
        self.bytes.len() / self.size
    }
}

/// Values of one column.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Array {
    pub(crate) array: germane::columns::Array,
    pub(crate) field: Field,
}

impl Array {
    pub(crate) fn new(array: germane::columns::Array, field: Field) -> Self {
        Self { array, field }
    }
}

#[pymethods]
impl Array {
    /// Name of the column.
    #[getter]
    fn name(&self) -> &str {
        &self.field.name
    }

    /// Unit, where one is known.
    #[getter]
    fn unit(&self) -> Option<String> {
        self.field.unit.as_ref().map(ToString::to_string)
    }

    /// Free text from the file.
    #[getter]
    fn doc(&self) -> &str {
        &self.field.doc
    }

    /// Type of the values, e.g. `list<float64>`.
    #[getter]
    fn dtype(&self) -> String {
        self.array.ty().to_string()
    }

    /// `bool`, `number`, `text`, `bytes`, `list`, `fixed_list` or `struct`.
    #[getter]
    fn kind(&self) -> &'static str {
        match self.array.ty() {
            Type::Bool => "bool",
            Type::Number(_) => "number",
            Type::Text => "text",
            Type::Binary => "bytes",
            Type::List(_) => "list",
            Type::FixedList(..) => "fixed_list",
            Type::Struct(_) => "struct",
        }
    }

    /// Number of missing values at the outermost level.
    #[getter]
    fn null_count(&self) -> usize {
        self.array.null_count()
    }

    /// Bytes of all buffers.
    #[getter]
    fn nbytes(&self) -> usize {
        self.array.nbytes()
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }

    /// Numbers, packed bits of a condition, or the bytes of all texts.
    fn values(&self) -> Option<Buffer> {
        match &self.array.data {
            Data::Number(numbers) => Some(number_buffer(numbers)),
            Data::Bool(bits) => Some(byte_buffer(bits.sliced())),
            Data::Text { bytes, .. } | Data::Binary { bytes, .. } => Some(byte_buffer(bytes.clone())),
            _ => None,
        }
    }

    /// `len + 1` offsets of a list or text.
    fn offsets(&self) -> Option<Buffer> {
        match &self.array.data {
            Data::List { offsets, .. } | Data::Text { offsets, .. } | Data::Binary { offsets, .. } => {
                Some(Buffer { bytes: offsets.inner().inner().clone(), typestr: "<i8", size: 8 })
            }
            _ => None,
        }
    }

    /// Packed bits, least significant first: which values are there. None if all are.
    fn validity(&self) -> Option<Buffer> {
        self.array.validity.as_ref().map(|mask: &NullBuffer| byte_buffer(mask.inner().sliced()))
    }

    /// Items of a list.
    fn items(&self) -> Option<Self> {
        match (&self.array.data, self.array.ty()) {
            (Data::List { items, .. } | Data::FixedList { items, .. }, Type::List(member) | Type::FixedList(member, _)) => {
                let field = match &self.field.ty {
                    Type::List(named) | Type::FixedList(named, _) => (**named).clone(),
                    _ => *member,
                };
                Some(Self::new((**items).clone(), field))
            }
            _ => None,
        }
    }

    /// Items of each list, where all have the same number.
    #[getter]
    fn size(&self) -> Option<usize> {
        match &self.array.data {
            Data::FixedList { size, .. } => Some(*size),
            _ => None,
        }
    }

    /// Names of the fields of a structure.
    fn fields(&self) -> Vec<String> {
        match &self.array.data {
            Data::Struct { fields, .. } => fields.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// One field of a structure.
    fn field(&self, name: &str) -> PyResult<Self> {
        let array = self.array.field(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
        let named = match &self.field.ty {
            Type::Struct(fields) => fields.iter().find(|f| f.name == name).cloned(),
            _ => None,
        };
        Ok(Self::new(array.clone(), named.unwrap_or_else(|| Field::new(name, array.ty()))))
    }

    /// Value `i` in short text.
    fn text(&self, i: usize) -> PyResult<String> {
        if i < self.array.len() { Ok(self.array.value_text(i)) } else { Err(PyIndexError::new_err(i)) }
    }

    /// Python values; missing ones are None.
    fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        values::list(py, &self.array, 0..self.array.len())
    }

    /// Values from `start` up to `stop`, without copying.
    fn slice(&self, start: usize, stop: usize) -> PyResult<Self> {
        if start > stop || stop > self.array.len() {
            return Err(PyIndexError::new_err((start, stop)));
        }
        Ok(Self::new(self.array.slice(start, stop - start), self.field.clone()))
    }

    /// The same values, some rows of them missing: those where `missing` (len,) is not 0.
    fn with_missing(&self, py: Python<'_>, missing: PyBuffer<u8>) -> PyResult<Self> {
        let there: NullBuffer = missing.to_vec(py)?.into_iter().map(|missing| missing == 0).collect();
        if there.len() != self.array.len() {
            return Err(PyIndexError::new_err(format!("{} rows of {} are said", there.len(), self.array.len())));
        }
        Ok(Self::new(self.array.clone().with_validity(Some(there)), self.field.clone().nullable()))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow::schema(py, &self.array, &self.field)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema); // a wish; the consumer casts
        arrow::array(py, &self.array, &self.field)
    }
}

/// Columns of one length.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Batch {
    array: germane::columns::Array,
    field: Field,
}

#[pymethods]
impl Batch {
    /// Joins columns of equal length into a table without copying.
    #[new]
    fn new(columns: Vec<PyRef<'_, Array>>, rows: usize) -> PyResult<Self> {
        if let Some(other) = columns.iter().find(|c| c.array.len() != rows) {
            return Err(PyIndexError::new_err(format!(
                "column `{}` has {} rows, not {rows}",
                other.field.name,
                other.array.len()
            )));
        }
        let nullable = |c: &Array| c.field.nullable || c.array.null_count() > 0;
        let ty = |c: &Array| described(c.array.ty(), &c.field.ty);
        let fields = columns.iter().map(|c| Field { ty: ty(c), nullable: nullable(c), ..c.field.clone() }).collect();
        let values = columns.iter().map(|c| (c.field.name.clone(), c.array.clone())).collect();
        Ok(Self {
            array: germane::columns::Array::new(Data::Struct { fields: values, len: rows }),
            field: Field::new("", Type::Struct(fields)),
        })
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow::schema(py, &self.array, &self.field)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        arrow::array(py, &self.array, &self.field)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        arrow::stream(py, &self.array, &self.field)
    }
}

/// The type of the values with units and documentation of members from where they are known.
fn described(found: Type, known: &Type) -> Type {
    let member = |found: Field, known: &Field| Field {
        ty: described(found.ty, &known.ty),
        unit: known.unit.clone(),
        doc: known.doc.clone(),
        ..found
    };
    match (found, known) {
        (Type::List(item), Type::List(named)) => Type::List(Box::new(member(*item, named))),
        (Type::FixedList(item, size), Type::FixedList(named, _)) => Type::FixedList(Box::new(member(*item, named)), size),
        (Type::Struct(fields), Type::Struct(named)) => {
            let same = |field: &Field| named.iter().find(|known| known.name == field.name).cloned();
            Type::Struct(
                fields.into_iter().map(|field| same(&field).map_or(field.clone(), |known| member(field, &known))).collect(),
            )
        }
        (found, _) => found,
    }
}

fn number_buffer(numbers: &Numbers) -> Buffer {
    let ty = numbers.number_type();
    let typestr = match ty {
        NumberType::I8 => "|i1",
        NumberType::I16 => "<i2",
        NumberType::I32 => "<i4",
        NumberType::I64 => "<i8",
        NumberType::U8 => "|u1",
        NumberType::U16 => "<u2",
        NumberType::U32 => "<u4",
        NumberType::U64 => "<u8",
        NumberType::F32 => "<f4",
        NumberType::F64 => "<f8",
    };
    Buffer { bytes: numbers.buffer().clone(), typestr, size: ty.size() }
}

fn byte_buffer(bytes: germane::columns::buffer::Buffer) -> Buffer {
    Buffer { bytes, typestr: "|u1", size: 1 }
}
