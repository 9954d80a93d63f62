//! Values of a column as Python objects; missing ones are None.

use germane::columns::{Array, Data, Numbers};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// Value `i`.
pub(crate) fn value<'py>(py: Python<'py>, array: &Array, i: usize) -> PyResult<Bound<'py, PyAny>> {
    if !array.is_valid(i) {
        return Ok(py.None().into_bound(py));
    }
    Ok(match &array.data {
        Data::Bool(bits) => bits.value(i).into_pyobject(py)?.to_owned().into_any(),
        Data::Number(numbers) => number(py, numbers, i)?,
        Data::Text { .. } => array.text(i).unwrap_or("").into_pyobject(py)?.into_any(),
        Data::Binary { offsets, bytes } => PyBytes::new(py, &bytes[offsets[i] as usize..offsets[i + 1] as usize]).into_any(),
        Data::List { offsets, items } => list(py, items, offsets[i] as usize..offsets[i + 1] as usize)?.into_any(),
        Data::FixedList { size, items, .. } => list(py, items, i * size..(i + 1) * size)?.into_any(),
        Data::Struct { fields, .. } => {
            let record = PyDict::new(py);
            for (name, field) in fields {
                record.set_item(name, value(py, field, i)?)?;
            }
            record.into_any()
        }
    })
}

/// Values of a range.
pub(crate) fn list<'py>(py: Python<'py>, array: &Array, range: std::ops::Range<usize>) -> PyResult<Bound<'py, PyList>> {
    let values = range.map(|i| value(py, array, i)).collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, values)
}

fn number<'py>(py: Python<'py>, numbers: &Numbers, i: usize) -> PyResult<Bound<'py, PyAny>> {
    Ok(match numbers {
        Numbers::I8(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::I16(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::I32(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::I64(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::U8(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::U16(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::U32(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::U64(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::F32(v) => v[i].into_pyobject(py)?.into_any(),
        Numbers::F64(v) => v[i].into_pyobject(py)?.into_any(),
    })
}
