//! What a file holds: groups, datasets, links.

use super::node::attributes;
use super::refused;
use germane::formats::hdf5::{Attribute, Dataset, Filter, Group, LayoutKind, Link, Node};
use germane::formats::lh5::{self, Lh5File};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// An open file, group by group.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Lh5Tree {
    file: Lh5File,
}

/// A member of a group.
#[pyclass(frozen, get_all, module = "germane._core")]
pub(crate) struct Lh5Member {
    name: String,
    /// Where a soft or external link leads.
    target: Option<String>,
    group: bool,
    datatype: Option<String>,
    attributes: Py<PyDict>,
    /// Of datasets.
    dtype: Option<String>,
    shape: Option<Vec<u64>>,
    chunks: Option<Vec<u64>>,
    layout: Option<String>,
    filters: Vec<String>,
}

#[pymethods]
impl Lh5Tree {
    #[new]
    fn new(py: Python<'_>, file: PathBuf) -> PyResult<Self> {
        let file = py.detach(|| lh5::open(&file)).map_err(|error| refused(py, &error))?;
        Ok(Self { file })
    }

    /// Members of a group in the order of the file; None where the path is no group.
    fn members(&self, py: Python<'_>, group: &str) -> PyResult<Option<Vec<Lh5Member>>> {
        let node = py.detach(|| self.file.hdf5().get(group)).map_err(|error| refused(py, &error))?;
        let Node::Group(group) = node else { return Ok(None) };
        let links = py.detach(|| group.links()).map_err(|error| refused(py, &error))?;
        let members = links.into_iter().map(|(name, link)| member(py, &group, name, &link));
        members.collect::<PyResult<Vec<_>>>().map(Some)
    }
}

fn member(py: Python<'_>, group: &Group, name: String, link: &Link) -> PyResult<Lh5Member> {
    let target = match link {
        Link::Hard(_) => None,
        Link::Soft(path) => Some(path.clone()),
        Link::External { file, path } => Some(format!("{file}:{path}")),
    };
    let made = |group, attributes: Py<PyDict>, datatype| Lh5Member {
        name: name.clone(),
        target: target.clone(),
        group,
        datatype,
        attributes,
        dtype: None,
        shape: None,
        chunks: None,
        layout: None,
        filters: Vec::new(),
    };
    let node = match py.detach(|| group.get(&name)) {
        Ok(node) => node,
        // A link that leads nowhere is still there.
        Err(_) if target.is_some() => return Ok(made(false, PyDict::new(py).unbind(), None)),
        Err(error) => return Err(refused(py, &error)),
    };
    let found = match &node {
        Node::Group(group) => group.attributes(),
        Node::Dataset(dataset) => dataset.attributes(),
        Node::Datatype(_) => return Ok(made(false, PyDict::new(py).unbind(), None)),
    };
    let mut found = found.map_err(|error| refused(py, &error))?;
    let datatype = match found.shift_remove("datatype") {
        Some(Attribute::Text(text)) => Some(text),
        _ => None,
    };
    let member = made(matches!(node, Node::Group(_)), attributes(py, found)?.unbind(), datatype);
    Ok(match node {
        Node::Dataset(dataset) => described(member, &dataset),
        _ => member,
    })
}

fn described(member: Lh5Member, dataset: &Dataset) -> Lh5Member {
    Lh5Member {
        dtype: Some(dataset.datatype().name()),
        shape: dataset.shape().map(<[u64]>::to_vec),
        chunks: dataset.chunk_shape().map(<[u64]>::to_vec),
        layout: Some(match dataset.layout() {
            LayoutKind::Chunked => "chunked".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        }),
        filters: dataset.filters().iter().map(Filter::name).collect(),
        ..member
    }
}
