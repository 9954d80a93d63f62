//! The door of LH5: objects into Python and back; the rooms do the reading and writing.

pub(crate) mod iteration;
pub(crate) mod node;
pub(crate) mod reading;
pub(crate) mod selection;
pub(crate) mod tree;
pub(crate) mod values;
pub(crate) mod writing;

use crate::error::raise;
use germane::formats::{Error, Kind};
use germane::runs::Pool;
use germane::texts::{Diagnostic, nearest};
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Pools by number of threads. They live as long as the process, so that iterations in Python can hold one.
static POOLS: Mutex<BTreeMap<usize, &'static Pool>> = Mutex::new(BTreeMap::new());

/// The pool of so many threads; 0: one a core.
fn pool(py: Python<'_>, threads: usize) -> PyResult<&'static Pool> {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = pools.get(&threads) {
        return Ok(pool);
    }
    let made = Pool::new(threads).map_err(|error| raise(py, error.exit, &error.diagnostics))?;
    let pool: &'static Pool = Box::leak(Box::new(made));
    pools.insert(threads, pool);
    Ok(pool)
}

/// The exception of an error of a file: its place, and the nearest of the names that exist.
fn refused(py: Python<'_>, error: &Error) -> PyErr {
    // A field that another file has makes the files disagree; a field that nothing has is a mistake in its name.
    let disagree = error.message.contains(", which ");
    let unknown = error.kind == Kind::Unknown && !error.candidates.is_empty() && !disagree;
    let field = unknown && error.message.starts_with("no field");
    let code = if field { "field" } else { "file" };
    let mut diagnostic = Diagnostic::new(code, error.to_string()).file(&error.file);
    if let Some(object) = &error.object {
        diagnostic = diagnostic.object(object);
    }
    if let Some(byte) = error.byte {
        diagnostic = diagnostic.byte(byte);
    }
    if unknown {
        let wrong = wrong_name(error);
        diagnostic = match nearest(wrong, error.candidates.iter().map(String::as_str)) {
            Some(near) => diagnostic.nearest(near),
            None => diagnostic.advice(format!("there is {}", listed(&error.candidates))),
        };
    }
    raise(py, if field { 6 } else { 4 }, &[diagnostic])
}

/// The name that does not exist: the quoted word of the message, else the end of the path.
fn wrong_name(error: &Error) -> &str {
    let quoted = ['`', '"'].into_iter().find_map(|quote| error.message.split(quote).nth(1));
    let path = quoted.or(error.object.as_deref()).unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// At most eight names, then how many more.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > 8 { format!("{shown} and {} more", names.len() - 8) } else { shown }
}
