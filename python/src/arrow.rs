//! The PyCapsule interface of Arrow: columns cross into pyarrow, polars, DuckDB without copying a value.
//!
//! Source: "The Arrow PyCapsule Interface" and "The Arrow C stream interface", Apache Arrow format documentation.

use germane::columns::{Array, FFI_ArrowArray, FFI_ArrowSchema, Field, export};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::{CStr, c_char, c_int, c_void};

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// Capsule of the type alone.
pub(crate) fn schema<'py>(py: Python<'py>, array: &Array, field: &Field) -> PyResult<Bound<'py, PyCapsule>> {
    // An empty slice has the type of the whole and costs nothing.
    let (_, schema) = export(&array.slice(0, 0), field).map_err(refused)?;
    capsule(py, schema, SCHEMA)
}

/// Capsules of type and values.
pub(crate) fn array<'py>(
    py: Python<'py>,
    array: &Array,
    field: &Field,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let (values, schema) = export(array, field).map_err(refused)?;
    Ok((capsule(py, schema, SCHEMA)?, capsule(py, values, ARRAY)?))
}

/// Capsule of a stream that gives one chunk.
pub(crate) fn stream<'py>(py: Python<'py>, array: &Array, field: &Field) -> PyResult<Bound<'py, PyCapsule>> {
    let state = Box::new(Chunk { array: array.clone(), field: field.clone(), given: false });
    let stream = Stream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private_data: Box::into_raw(state).cast(),
    };
    capsule(py, stream, STREAM)
}

/// Dropping the capsule drops the structure; each of them releases what nobody took over.
fn capsule<'py, T: Send + 'static>(py: Python<'py>, value: T, name: &'static CStr) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, value, name)
}

fn refused(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// `struct ArrowArrayStream` of the C stream interface.
#[repr(C)]
struct Stream {
    get_schema: Option<unsafe extern "C" fn(*mut Stream, *mut FFI_ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut Stream, *mut FFI_ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut Stream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut Stream)>,
    private_data: *mut c_void,
}

// SAFETY: `private_data` is a `Box<Chunk>` that only this structure owns, and `Chunk` is `Send`.
unsafe impl Send for Stream {}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the interface sets `release` to null when the content moves elsewhere; here it is still ours.
            unsafe { release(self) };
        }
    }
}

struct Chunk {
    array: Array,
    field: Field,
    given: bool,
}

/// `EINVAL`: the one failure that [`export`] knows (a text that is no C string).
const INVALID: c_int = 22;

unsafe extern "C" fn get_schema(stream: *mut Stream, out: *mut FFI_ArrowSchema) -> c_int {
    // SAFETY: the consumer passes the stream it got from us, not yet released, so `private_data` is a live `Chunk`.
    let chunk = unsafe { &*(*stream).private_data.cast::<Chunk>() };
    match export(&chunk.array.slice(0, 0), &chunk.field) {
        Ok((_, schema)) => {
            // SAFETY: `out` points to memory for one structure, whose old content is not initialised.
            unsafe { out.write(schema) };
            0
        }
        Err(_) => INVALID,
    }
}

unsafe extern "C" fn get_next(stream: *mut Stream, out: *mut FFI_ArrowArray) -> c_int {
    // SAFETY: as in `get_schema`; calls of one stream are not concurrent by the rules of the interface.
    let chunk = unsafe { &mut *(*stream).private_data.cast::<Chunk>() };
    let next = if std::mem::replace(&mut chunk.given, true) {
        FFI_ArrowArray::empty()
    } else {
        match export(&chunk.array, &chunk.field) {
            Ok((array, _)) => array,
            Err(_) => return INVALID,
        }
    };
    // SAFETY: `out` points to memory for one structure, whose old content is not initialised.
    unsafe { out.write(next) };
    0
}

unsafe extern "C" fn get_last_error(_stream: *mut Stream) -> *const c_char {
    std::ptr::null()
}

unsafe extern "C" fn release(stream: *mut Stream) {
    // SAFETY: called once, by the owner; `private_data` came from `Box::into_raw` in `stream`.
    unsafe {
        drop(Box::from_raw((*stream).private_data.cast::<Chunk>()));
        (*stream).private_data = std::ptr::null_mut();
        (*stream).release = None;
    }
}
