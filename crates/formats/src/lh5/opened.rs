//! An object of a file, opened: its datatype understood, its parts found and compared, no values read.

use super::Attributes;
use super::datatype::{Datatype, Form, Kind as ElementKind, ViewOf};
use super::fields::Fields;
use super::rows::differing_lengths;
use crate::hdf5::{Attribute, Dataset, Element, Group, Node};
use crate::{Error, Kind};
use indexmap::IndexMap;

/// Objects inside each other; deeper is a circle of links.
const DEEPEST: usize = 64;

/// An object with everything that is known without its values.
#[derive(Clone)]
pub(super) struct Opened {
    /// name of the file in which its datasets are
    pub(super) file: String,
    /// path, for messages
    pub(super) path: String,
    /// the attribute as text, without the members that are not wanted
    pub(super) text: Option<String>,
    /// all other attributes
    pub(super) attributes: Attributes,
    /// what it is made of
    pub(super) body: Body,
}

/// What an object is made of.
#[derive(Clone)]
pub(super) enum Body {
    /// one element
    Scalar(Dataset, ElementKind),
    /// elements in one or more axes
    Array(Dataset, ElementKind),
    /// sums of lengths and items
    Vectors {
        /// `cumulative_length`
        sums: Dataset,
        /// `flattened_data`
        items: Box<Opened>,
    },
    /// bytes and numbers of samples
    Encoded {
        /// `encoded_data`
        data: Box<Opened>,
        /// `decoded_size`
        sizes: Box<Opened>,
    },
    /// members
    Struct(IndexMap<String, Opened>),
    /// columns
    Table {
        /// rows of each
        rows: u64,
        /// by name
        columns: IndexMap<String, Opened>,
    },
    /// chosen rows of another object
    View {
        /// the other object
        of: Box<Opened>,
        /// row numbers or ranges
        entries: Dataset,
        /// rows of the view
        rows: u64,
        /// whether they are ranges
        slices: bool,
    },
}

impl Opened {
    /// Opens a node and what is below it, as far as `fields` wants it.
    ///
    /// # Errors
    /// [`Kind::Unknown`] for fields that are not there, [`Kind::Damaged`] for a datatype that is none or does not fit, members
    /// that are absent, columns of different lengths.
    pub(super) fn new(node: &Node, fields: &Fields) -> Result<Self, Error> {
        Self::at_depth(node, fields, 0)
    }

    fn at_depth(node: &Node, fields: &Fields, depth: usize) -> Result<Self, Error> {
        let (file, path) = place(node);
        let bad = |message: String| Error::new(&file, Kind::Damaged, message).object(&path);
        if depth > DEEPEST {
            return Err(bad(format!("more than {DEEPEST} objects inside each other")));
        }
        let mut attributes = match node {
            Node::Group(group) => group.attributes()?,
            Node::Dataset(dataset) => dataset.attributes()?,
            Node::Datatype(_) => return Err(Error::new(&file, Kind::Unsupported, "is a named datatype of HDF5").object(&path)),
        };
        let text = match attributes.shift_remove("datatype") {
            None => None,
            Some(Attribute::Text(text)) => Some(text.trim().to_owned()),
            Some(_) => return Err(bad("its attribute `datatype` is no text".to_owned())),
        };
        let parsed = text.as_deref().map(Datatype::parse).transpose();
        let parsed = parsed.map_err(|mistake| bad(format!("datatype `{}`: {mistake}", text.clone().unwrap_or_default())))?;
        let no_members = || {
            let refused = || Error::new(&file, Kind::Unknown, "has no members to choose from").object(&path);
            if fields.is_all() { Ok(()) } else { Err(refused()) }
        };
        let opening = Opening { file: &file, path: &path, depth };
        let (text, body) = match (node, parsed) {
            (Node::Dataset(dataset), parsed) => {
                no_members()?;
                (text, opening.dataset(dataset, parsed.as_ref())?)
            }
            (Node::Group(group), None) => {
                // A plain folder: everything that is in it.
                let names: Vec<String> = group.links()?.into_iter().map(|(name, _)| name).collect();
                (None, Body::Struct(opening.members(group, &names, fields)?))
            }
            (Node::Group(group), Some(Datatype::Struct(names))) => {
                let members = opening.members(group, &names, fields)?;
                (text.map(|text| chosen(&text, &members)), Body::Struct(members))
            }
            (Node::Group(group), Some(Datatype::Table(names))) => {
                let columns = opening.members(group, &names, fields)?;
                let rows = opening.rows_of_columns(&columns)?;
                (text.map(|text| chosen(&text, &columns)), Body::Table { rows, columns })
            }
            (Node::Group(group), Some(Datatype::View(of))) => (text, opening.view(group, of, fields)?),
            (Node::Group(group), Some(Datatype::Vectors(_))) => {
                no_members()?;
                (text, opening.vectors(group)?)
            }
            (Node::Group(group), Some(Datatype::Encoded { .. })) => {
                no_members()?;
                (text, opening.encoded(group)?)
            }
            (Node::Group(_), Some(other)) => {
                return Err(bad(format!("datatype `{other}` is that of a dataset, this is a group")));
            }
            (Node::Datatype(_), _) => return Err(bad("is a named datatype of HDF5".to_owned())),
        };
        Ok(Self { file, path, text, attributes, body })
    }

    /// Rows, where it has them.
    pub(super) fn rows(&self) -> Option<u64> {
        match &self.body {
            Body::Scalar(..) | Body::Struct(_) => None,
            Body::Array(dataset, _) | Body::Vectors { sums: dataset, .. } => {
                dataset.shape().and_then(|shape| shape.first().copied())
            }
            Body::Encoded { data, .. } => data.rows(),
            Body::Table { rows, .. } | Body::View { rows, .. } => Some(*rows),
        }
    }

    /// An error of this object.
    pub(super) fn error(&self, kind: Kind, message: impl Into<String>) -> Error {
        Error::new(&self.file, kind, message).object(&self.path)
    }
}

/// File and path of a node.
pub(super) fn place(node: &Node) -> (String, String) {
    match node {
        Node::Group(group) => (group.file().name().to_owned(), group.path().to_owned()),
        Node::Dataset(dataset) => (dataset.file().name().to_owned(), dataset.path().to_owned()),
        Node::Datatype(named) => (String::new(), named.path().to_owned()),
    }
}

/// `struct{…}` or `table{…}` with the members that were chosen.
fn chosen(text: &str, members: &IndexMap<String, Opened>) -> String {
    let head = text.split('{').next().unwrap_or_default();
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    format!("{head}{{{}}}", names.join(","))
}

/// The kind of an element of a dataset that has no datatype.
fn kind_of(element: &Element) -> ElementKind {
    match element {
        Element::Bool => ElementKind::Bool,
        Element::Complex(_) => ElementKind::Complex,
        Element::Text { .. } | Element::FixedText { .. } => ElementKind::Text,
        Element::Enumeration { members, .. } => ElementKind::Enumeration(members.clone()),
        _ => ElementKind::Real,
    }
}

struct Opening<'a> {
    file: &'a str,
    path: &'a str,
    depth: usize,
}

impl Opening<'_> {
    fn bad(&self, message: impl Into<String>) -> Error {
        Error::new(self.file, Kind::Damaged, message).object(self.path)
    }

    fn dataset(&self, dataset: &Dataset, parsed: Option<&Datatype>) -> Result<Body, Error> {
        let Some(shape) = dataset.shape() else { return Err(self.bad("has no values (null dataspace)")) };
        match parsed {
            None if shape.is_empty() => Ok(Body::Scalar(dataset.clone(), kind_of(dataset.element()))),
            None => Ok(Body::Array(dataset.clone(), kind_of(dataset.element()))),
            Some(Datatype::Scalar(kind)) if shape.iter().product::<u64>() == 1 => Ok(Body::Scalar(dataset.clone(), kind.clone())),
            Some(Datatype::Array { axes, element, .. }) if *axes == shape.len() => {
                Ok(Body::Array(dataset.clone(), element.clone()))
            }
            // The number of axes was written wrong for a time; HDF5 knows it.
            Some(Datatype::Array { form: Form::Array | Form::FixedSize, element, .. }) if !shape.is_empty() => {
                Ok(Body::Array(dataset.clone(), element.clone()))
            }
            Some(Datatype::Scalar(_) | Datatype::Array { .. }) => Err(self.bad(format!(
                "datatype `{}` for a dataset of the shape {shape:?}",
                parsed.map_or_else(String::new, ToString::to_string)
            ))),
            Some(other) => Err(self.bad(format!("datatype `{other}` is that of a group, this is a dataset"))),
        }
    }

    fn child(&self, group: &Group, name: &str, fields: &Fields) -> Result<Opened, Error> {
        let node = group.get(name).map_err(|error| match error.kind {
            Kind::Unknown => {
                let inside = format!("{}/{name}", self.path.trim_end_matches('/'));
                Error::new(self.file, Kind::Damaged, "is named in the datatype and absent").object(inside)
            }
            _ => error,
        })?;
        Opened::at_depth(&node, fields, self.depth + 1)
    }

    fn members(&self, group: &Group, names: &[String], fields: &Fields) -> Result<IndexMap<String, Opened>, Error> {
        let wanted = fields.of(names).map_err(|unknown| {
            let message = match &unknown[..] {
                [one] => format!("no field `{one}`"),
                more => format!("no fields `{}`", more.join("`, `")),
            };
            Error::new(self.file, Kind::Unknown, message).object(self.path).candidates(names.to_vec())
        })?;
        wanted.into_iter().map(|(name, fields)| Ok((name.to_owned(), self.child(group, name, &fields)?))).collect()
    }

    fn rows_of_columns(&self, columns: &IndexMap<String, Opened>) -> Result<u64, Error> {
        let lengths = || columns.iter().filter(|(_, column)| !matches!(column.body, Body::Struct(_)));
        let rows = lengths().next().map_or(Some(0), |(_, column)| column.rows());
        match rows {
            Some(rows) if lengths().all(|(_, column)| column.rows() == Some(rows)) => Ok(rows),
            _ => Err(self.bad(differing_lengths(lengths().map(|(name, column)| (name.as_str(), column.rows()))))),
        }
    }

    fn sums(&self, group: &Group, name: &str) -> Result<Dataset, Error> {
        let bad = |message: &str| self.bad(message).object(format!("{}/{name}", self.path.trim_end_matches('/')));
        match group.get(name) {
            Ok(Node::Dataset(dataset)) if dataset.shape().is_some_and(|shape| shape.len() == 1) => Ok(dataset),
            Ok(_) => Err(bad("is no dataset of one axis")),
            Err(error) if error.kind == Kind::Unknown => Err(bad("is absent")),
            Err(error) => Err(error),
        }
    }

    fn vectors(&self, group: &Group) -> Result<Body, Error> {
        let sums = self.sums(group, "cumulative_length")?;
        let items = Box::new(self.child(group, "flattened_data", &Fields::all())?);
        if items.rows().is_none() {
            return Err(items.error(Kind::Damaged, "has no rows"));
        }
        Ok(Body::Vectors { sums, items })
    }

    fn encoded(&self, group: &Group) -> Result<Body, Error> {
        let data = Box::new(self.child(group, "encoded_data", &Fields::all())?);
        let sizes = Box::new(self.child(group, "decoded_size", &Fields::all())?);
        let bytes = match &data.body {
            Body::Vectors { items, .. } => match &items.body {
                Body::Array(dataset, _) => dataset.element().size() == Some(1),
                _ => false,
            },
            _ => false,
        };
        if !bytes {
            return Err(data.error(Kind::Damaged, "is no vector of bytes"));
        }
        match (&sizes.body, sizes.rows()) {
            (Body::Scalar(..), _) => {}
            (Body::Array(..), rows) if rows == data.rows() => {}
            (Body::Array(..), rows) => {
                let message = format!("{} sizes for {} rows", rows.unwrap_or(0), data.rows().unwrap_or(0));
                return Err(sizes.error(Kind::Damaged, message));
            }
            _ => return Err(sizes.error(Kind::Damaged, "is no number and no array")),
        }
        Ok(Body::Encoded { data, sizes })
    }

    fn view(&self, group: &Group, of: ViewOf, fields: &Fields) -> Result<Body, Error> {
        let entries = match group.get("entries") {
            Ok(Node::Dataset(dataset)) => dataset,
            Ok(_) => return Err(self.bad("its `entries` are no dataset")),
            Err(error) if error.kind == Kind::Unknown => return Err(self.bad("a view without `entries`")),
            Err(error) => return Err(error),
        };
        let slices = of == ViewOf::Slices;
        let rows = match (entries.shape(), slices) {
            (Some(&[rows]), false) => rows,
            (Some(&[_, 2]), true) => super::view::rows_of_slices(&entries)?,
            (shape, _) => return Err(self.bad(format!("entries of the shape {:?}", shape.unwrap_or_default()))),
        };
        let of = Box::new(self.child(group, "data", fields)?);
        if of.rows().is_none() {
            return Err(self.bad("a view of an object without rows"));
        }
        Ok(Body::View { of, entries, rows, slices })
    }
}
