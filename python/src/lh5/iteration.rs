//! Blocks of rows over files and groups.

use super::node::Lh5Node;
use super::reading::{Nulls, Options, nulls};
use super::selection::Rows;
use super::{pool, refused};
use germane::formats::lh5::{self, BlockSize, FileAt, Friend, Group, Iteration, Label};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Iterates over blocks of rows; one thread at a time asks for the next.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Lh5Blocks {
    blocks: Mutex<Option<Iteration<'static>>>,
    writable: bool,
}

/// Where the rows of a block come from: group, first row in it, row after the last; one range after the other.
type Parts = Vec<(usize, u64, u64)>;

#[pymethods]
impl Lh5Blocks {
    /// `groups`: file, object and labels, in the order in which rows number through; a block has so many rows, or takes about so
    /// many bytes.
    #[new]
    fn new(
        py: Python<'_>,
        groups: Vec<(PathBuf, String, Bound<'_, PyDict>)>,
        rows: Rows<'_>,
        options: Options,
        block_rows: Option<u64>,
        block_bytes: u64,
        writable: bool,
    ) -> PyResult<Self> {
        let wanted = options.with_rows(py, rows)?;
        let pool = pool(py, options.threads)?;
        let groups = (groups.into_iter())
            .map(|(file, object, labels)| {
                let labels = labels.iter().map(|(name, value)| Ok((name.extract()?, label(&value)?))).collect::<PyResult<_>>()?;
                Ok(Group { file: FileAt::Path(file), object, labels })
            })
            .collect::<PyResult<Vec<_>>>()?;
        let size = block_rows.map_or(BlockSize::Bytes(block_bytes), BlockSize::Rows);
        let blocks = py.detach(|| lh5::iterate(groups, wanted, size, pool)).map_err(|error| refused(py, &error))?;
        Ok(Self { blocks: Mutex::new(Some(blocks)), writable })
    }

    /// Puts the columns of another iteration beside; that one is used up.
    fn add_friend(&self, py: Python<'_>, friend: &Self, prefix: String, suffix: String) -> PyResult<()> {
        let rows = friend.blocks.lock().unwrap_or_else(PoisonError::into_inner).take();
        let rows = rows.ok_or_else(|| PyRuntimeError::new_err("an iteration is the friend of one other"))?;
        self.with(|blocks| blocks.add_friend(Friend { rows, prefix, suffix }))?.map_err(|error| refused(py, &error))
    }

    /// Rows that are chosen.
    fn rows(&self) -> PyResult<u64> {
        self.with(|blocks| blocks.rows())
    }

    /// Chosen rows that are not there.
    fn dropped(&self) -> PyResult<u64> {
        self.with(|blocks| blocks.dropped())
    }

    /// Rows of a block.
    fn block_rows(&self) -> PyResult<u64> {
        self.with(|blocks| blocks.block_rows())
    }

    /// The next block: object, number of its first row among the chosen ones, where its rows come from, what was converted,
    /// which rows are null.
    fn next(&self, py: Python<'_>) -> PyResult<Option<(Lh5Node, u64, Parts, Vec<String>, Nulls)>> {
        let next = py.detach(|| self.with(Iterator::next))?;
        let Some(block) = next.transpose().map_err(|error| refused(py, &error))? else { return Ok(None) };
        let parts =
            block.parts.into_iter().flat_map(|(group, ranges)| ranges.into_iter().map(move |rows| (group, rows.start, rows.end)));
        let (parts, node) = (parts.collect(), Lh5Node::new(py, block.object, self.writable)?);
        Ok(Some((node, block.first, parts, block.notes, nulls(block.nulls))))
    }
}

impl Lh5Blocks {
    fn with<T>(&self, of: impl FnOnce(&mut Iteration<'static>) -> T) -> PyResult<T> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.as_mut().map(of).ok_or_else(|| PyRuntimeError::new_err("this iteration is the friend of another now"))
    }
}

fn label(value: &Bound<'_, PyAny>) -> PyResult<Label> {
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Label::Bool(truth.is_true()));
    }
    if let Ok(integer) = value.extract::<i64>() {
        return Ok(Label::Integer(integer));
    }
    if let Ok(number) = value.extract::<f64>() {
        return Ok(Label::Number(number));
    }
    value.extract().map(Label::Text).map_err(|_| PyTypeError::new_err("labels are numbers, conditions or texts"))
}
