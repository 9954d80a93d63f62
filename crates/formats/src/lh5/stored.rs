//! What a file holds of an object, as far as appending and overwriting must know it.

use super::Attributes;
use super::memory::{integers, sums};
use super::opened::{Body, Opened};
use crate::hdf5::{Element, Rows};
use crate::{Error, Kind};
use germane_numerics::Inline;
use indexmap::IndexMap;

/// An object of the file.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// its datatype as text
    pub(super) datatype: Option<String>,
    /// `units`, `codec` and what else it has
    pub(super) attributes: Attributes,
    /// what it is made of
    pub(super) form: Held,
}

/// What it is made of.
#[derive(Clone, Debug)]
pub(super) enum Held {
    Scalar,
    Array {
        element: Element,
        inner: Vec<u64>,
        rows: u64,
    },
    Vectors {
        element: Element,
        rows: u64,
        items: u64,
        inner: Box<Stored>,
    },
    /// samples of each row where they are the same in all
    Encoded {
        data: Box<Stored>,
        samples: Option<i128>,
        sizes: Box<Stored>,
    },
    Struct {
        members: IndexMap<String, Stored>,
        histogram: bool,
    },
    Table {
        rows: u64,
        columns: IndexMap<String, Stored>,
    },
    View,
}

impl Stored {
    /// Looks into the file.
    pub(super) fn of(opened: &Opened) -> Result<Self, Error> {
        let members = |members: &IndexMap<String, Opened>| -> Result<IndexMap<String, Self>, Error> {
            members.iter().map(|(name, member)| Ok((name.clone(), Self::of(member)?))).collect()
        };
        let form = match &opened.body {
            Body::Scalar(..) => Held::Scalar,
            Body::Array(dataset, _) => {
                let shape = dataset.shape().unwrap_or_default();
                Held::Array {
                    element: dataset.element().clone(),
                    inner: shape.get(1..).unwrap_or_default().to_vec(),
                    rows: shape.first().copied().unwrap_or(0),
                }
            }
            Body::Vectors { sums: dataset, items } => {
                let rows = dataset.shape().and_then(|shape| shape.first().copied()).unwrap_or(0);
                let used = match rows {
                    0 => 0,
                    rows => {
                        #[allow(clippy::single_range_in_vec_init, reason = "one range")]
                        let last = dataset.read(&Rows::Ranges(vec![rows - 1..rows]), &Inline)?;
                        let last = sums(&last).map_err(|(_, why)| {
                            Error::new(dataset.file().name(), Kind::Damaged, format!("row {}: {why}", rows - 1))
                                .object(dataset.path())
                        })?;
                        last.first().copied().unwrap_or(0)
                    }
                };
                Held::Vectors { element: dataset.element().clone(), rows, items: used, inner: Box::new(Self::of(items)?) }
            }
            Body::Encoded { data, sizes } => {
                let samples = match &sizes.body {
                    Body::Scalar(dataset, _) => {
                        integers(&dataset.read(&Rows::All, &Inline)?).and_then(|all| all.first().copied())
                    }
                    _ => None,
                };
                Held::Encoded { data: Box::new(Self::of(data)?), samples, sizes: Box::new(Self::of(sizes)?) }
            }
            Body::Struct(inside) => Held::Struct { members: members(inside)?, histogram: super::reading::is_histogram(inside) },
            Body::Table { rows, columns } => Held::Table { rows: *rows, columns: members(columns)? },
            Body::View { .. } => Held::View,
        };
        Ok(Self { datatype: opened.text.clone(), attributes: opened.attributes.clone(), form })
    }

    /// Rows, where it has them.
    pub(super) fn rows(&self) -> Option<u64> {
        match &self.form {
            Held::Array { rows, .. } | Held::Vectors { rows, .. } | Held::Table { rows, .. } => Some(*rows),
            Held::Encoded { data, .. } => data.rows(),
            Held::Scalar | Held::Struct { .. } | Held::View => None,
        }
    }

    /// Name of the form for messages.
    pub(super) fn name(&self) -> &'static str {
        match self.form {
            Held::Scalar => "a scalar",
            Held::Array { .. } => "an array",
            Held::Vectors { .. } => "vectors",
            Held::Encoded { .. } => "encoded arrays",
            Held::Struct { histogram: true, .. } => "a histogram",
            Held::Struct { .. } => "a struct",
            Held::Table { .. } => "a table",
            Held::View => "a view",
        }
    }
}
