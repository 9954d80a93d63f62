//! Values of LH5 objects as NumPy sees them: one piece of memory with a shape and a type, or texts, or lists.

use crate::array::Buffer as View;
use germane::columns::{NumberType, buffer::Buffer};
use germane::formats::hdf5::{Element, ValueData, Values};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

/// An n-dimensional array of elements; NumPy views those of fixed size through `__array_interface__` and keeps them alive.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Lh5Values {
    values: Values,
    /// The memory belongs to Python alone: nothing here reads it any more.
    writable: bool,
}

impl Lh5Values {
    /// Values that Python may only look at; they stay shared with whatever else holds them.
    pub(crate) fn shared(values: Values) -> Self {
        Self { values, writable: false }
    }

    /// Values that Python may change: the memory itself where nobody else holds it, else a copy.
    pub(crate) fn given_away(values: Values) -> Self {
        let Values { element, shape, data } = values;
        let data = match data {
            ValueData::Fixed(bytes) => ValueData::Fixed(match bytes.into_mutable() {
                Ok(alone) => alone.into(),
                Err(held) => Buffer::from_slice_ref(held.as_slice()),
            }),
            other => other,
        };
        Self { values: Values { element, shape, data }, writable: true }
    }

    /// The values for Rust; memory that Python may change is copied, so that nothing changes during the work.
    pub(crate) fn values(&self) -> Values {
        match (&self.values.data, self.writable) {
            (ValueData::Fixed(bytes), true) => Values {
                element: self.values.element.clone(),
                shape: self.values.shape.clone(),
                data: ValueData::Fixed(Buffer::from_slice_ref(bytes.as_slice())),
            },
            _ => self.values.clone(),
        }
    }
}

#[pymethods]
impl Lh5Values {
    /// Elements of fixed size from contiguous bytes, which are copied.
    #[staticmethod]
    fn fixed(py: Python<'_>, bytes: PyBuffer<u8>, dtype: &Bound<'_, PyAny>, shape: Vec<usize>) -> PyResult<Self> {
        let element = element(dtype)?;
        let wanted = shape.iter().try_fold(element.size().unwrap_or(0), |size, axis| size.checked_mul(*axis));
        if wanted != Some(bytes.item_count()) {
            return Err(PyValueError::new_err(format!("{} bytes for the shape {shape:?}", bytes.item_count())));
        }
        let mut copy = vec![0_u8; bytes.item_count()];
        bytes.copy_to_slice(py, &mut copy)?;
        // Elements are aligned in memory, which a vector of bytes need not be.
        Ok(Self::shared(Values::fixed(element, shape, Buffer::from_slice_ref(&copy))))
    }

    /// Texts of any length.
    #[staticmethod]
    fn texts(texts: Vec<Bound<'_, PyAny>>, shape: Vec<usize>) -> PyResult<Self> {
        if shape.iter().product::<usize>() != texts.len() {
            return Err(PyValueError::new_err(format!("{} texts for the shape {shape:?}", texts.len())));
        }
        let (mut bytes, mut offsets) = (Vec::new(), vec![0]);
        for text in &texts {
            if let Ok(raw) = text.cast::<PyBytes>() {
                bytes.extend_from_slice(raw.as_bytes());
            } else {
                bytes.extend_from_slice(text.extract::<&str>()?.as_bytes());
            }
            offsets.push(i64::try_from(bytes.len())?);
        }
        let data = ValueData::Texts { offsets, bytes: Buffer::from_vec(bytes) };
        Ok(Self::shared(Values { element: Element::Text { utf8: true }, shape, data }))
    }

    /// The same integers with names for some of them.
    fn named(&self, members: Vec<(String, i64)>) -> PyResult<Self> {
        let Element::Number(base) = self.values.element else {
            return Err(PyValueError::new_err("only integers have names"));
        };
        let values = self.values();
        Ok(Self::shared(Values { element: Element::Enumeration { base, members }, ..values }))
    }

    /// `fixed`, `texts` or `lists`.
    #[getter]
    fn kind(&self) -> &'static str {
        match self.values.data {
            ValueData::Fixed(_) => "fixed",
            ValueData::Texts { .. } => "texts",
            ValueData::Lists { .. } => "lists",
        }
    }

    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.values.shape)
    }

    /// Names and values of an enumeration.
    #[getter]
    fn members(&self) -> Option<Vec<(String, i64)>> {
        match &self.values.element {
            Element::Enumeration { members, .. } => Some(members.clone()),
            _ => None,
        }
    }

    /// What `numpy.dtype` takes; None for texts and lists.
    fn dtype<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.values.bytes().is_some() { dtype(py, &self.values.element).map(Some) } else { Ok(None) }
    }

    /// The texts, in the order of the elements; bytes that are no UTF-8 become surrogates.
    fn to_texts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let ValueData::Texts { offsets, bytes } = &self.values.data else {
            return Err(PyValueError::new_err("no texts"));
        };
        let list = PyList::empty(py);
        for ends in offsets.windows(2) {
            let raw = bytes.get(usize::try_from(ends[0])?..usize::try_from(ends[1])?).unwrap_or_default();
            let text = match std::str::from_utf8(raw) {
                Ok(text) => PyString::new(py, text),
                Err(_) => PyString::from_encoded_object(&PyBytes::new(py, raw), Some(c"utf-8"), Some(c"surrogateescape"))?,
            };
            list.append(text)?;
        }
        Ok(list)
    }

    /// Start of each list, with the end of the last, and the items of all lists.
    fn to_lists(&self) -> PyResult<(View, Self)> {
        let ValueData::Lists { offsets, items } = &self.values.data else {
            return Err(PyValueError::new_err("no lists"));
        };
        Ok((View::integers(offsets.clone()), Self::shared((**items).clone())))
    }

    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let bytes = self.values.bytes().ok_or_else(|| pyo3::exceptions::PyAttributeError::new_err("__array_interface__"))?;
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", self.shape(py)?)?;
        let size = self.values.element.size().unwrap_or(0);
        // Records travel as plain bytes; `dtype` says how to look at them.
        interface.set_item("typestr", simple(&self.values.element).unwrap_or_else(|| format!("|V{size}")))?;
        interface.set_item("data", (bytes.as_ptr() as usize, !self.writable))?;
        Ok(interface)
    }

    fn __len__(&self) -> usize {
        self.values.rows()
    }
}

fn number_code(number: NumberType) -> &'static str {
    match number {
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
    }
}

/// Number type of a code of NumPy without its byte order.
pub(crate) fn number_type(code: &str) -> Option<NumberType> {
    Some(match code.trim_start_matches(['<', '|', '=']) {
        "i1" | "int8" => NumberType::I8,
        "i2" | "int16" => NumberType::I16,
        "i4" | "int32" => NumberType::I32,
        "i8" | "int64" => NumberType::I64,
        "u1" | "uint8" => NumberType::U8,
        "u2" | "uint16" => NumberType::U16,
        "u4" | "uint32" => NumberType::U32,
        "u8" | "uint64" => NumberType::U64,
        "f4" | "float32" => NumberType::F32,
        "f8" | "float64" => NumberType::F64,
        _ => return None,
    })
}

/// Code of an element without parts.
fn simple(element: &Element) -> Option<String> {
    Some(match element {
        Element::Number(number) | Element::Enumeration { base: number, .. } => number_code(*number).to_owned(),
        Element::Half => "<f2".to_owned(),
        Element::Bool => "|b1".to_owned(),
        Element::Complex(NumberType::F32) => "<c8".to_owned(),
        Element::Complex(_) => "<c16".to_owned(),
        Element::FixedText { size, .. } => format!("|S{size}"),
        Element::Opaque { size } => format!("|V{size}"),
        _ => return None,
    })
}

/// What `numpy.dtype` takes: a code, `(dtype, shape)` or a dictionary of fields.
fn dtype<'py>(py: Python<'py>, element: &Element) -> PyResult<Bound<'py, PyAny>> {
    match element {
        Element::Record { size, fields } => {
            let formats = fields.iter().map(|(_, _, field)| dtype(py, field)).collect::<PyResult<Vec<_>>>()?;
            let whole = PyDict::new(py);
            whole.set_item("names", fields.iter().map(|(name, _, _)| name).collect::<Vec<_>>())?;
            whole.set_item("formats", formats)?;
            whole.set_item("offsets", fields.iter().map(|(_, offset, _)| offset).collect::<Vec<_>>())?;
            whole.set_item("itemsize", size)?;
            Ok(whole.into_any())
        }
        Element::Repeated { shape, element } => Ok((dtype(py, element)?, PyTuple::new(py, shape)?).into_pyobject(py)?.into_any()),
        _ => match simple(element) {
            Some(code) => Ok(code.into_pyobject(py)?.into_any()),
            None => Err(PyValueError::new_err(format!("NumPy has no type for {element:?}"))),
        },
    }
}

/// Element of a code, `(dtype, shape)` or a dictionary of fields, as [`dtype`] gives them; native byte order.
fn element(dtype: &Bound<'_, PyAny>) -> PyResult<Element> {
    if let Ok(fields) = dtype.cast::<PyDict>() {
        let item = |key: &str| fields.as_any().get_item(key);
        let names: Vec<String> = item("names")?.extract()?;
        let offsets: Vec<usize> = item("offsets")?.extract()?;
        let formats: Vec<Bound<'_, PyAny>> = item("formats")?.extract()?;
        let fields = (names.into_iter().zip(offsets).zip(&formats))
            .map(|((name, offset), format)| Ok((name, offset, element(format)?)))
            .collect::<PyResult<_>>()?;
        return Ok(Element::Record { size: item("itemsize")?.extract()?, fields });
    }
    if let Ok(parts) = dtype.cast::<PyTuple>() {
        return Ok(Element::Repeated { shape: parts.get_item(1)?.extract()?, element: Box::new(element(&parts.get_item(0)?)?) });
    }
    let code: String = dtype.extract()?;
    let plain = code.trim_start_matches(['<', '|', '=']);
    let size = || plain[1..].parse::<usize>().ok().filter(|size| *size > 0);
    Ok(match (plain, plain.chars().next()) {
        ("b1", _) => Element::Bool,
        ("f2", _) => Element::Half,
        ("c8", _) => Element::Complex(NumberType::F32),
        ("c16", _) => Element::Complex(NumberType::F64),
        // As h5py declares bytes, so that its users can append to what is written here.
        (_, Some('S')) => Element::FixedText { size: size().unwrap_or(1), utf8: false },
        (_, Some('V')) => Element::Opaque { size: size().unwrap_or(1) },
        _ => match number_type(plain) {
            Some(number) => Element::Number(number),
            None => return Err(PyValueError::new_err(format!("LH5 has no type for the dtype {code}"))),
        },
    })
}
