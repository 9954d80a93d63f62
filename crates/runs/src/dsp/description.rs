//! What is known of a raw table before it is read: the columns as the room of signals wants them.

use germane_columns::{NumberType, Unit};
use germane_formats::hdf5::{self, Attribute, Group, Node, Rows};
use germane_formats::lh5::{Attributes, Content, Datatype, Lh5File, Object, ReadOptions};
use germane_formats::{Error, Kind};
use germane_numerics::Executor;
use germane_signals::Element;
use germane_signals::graph::{ColumnShape, Period, Table, TableColumn, WaveformColumn};
use std::collections::HashMap;

/// A table with its rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    /// its columns
    pub(super) table: Table,
    /// its rows
    pub(super) rows: u64,
    /// waveforms whose sampling is not known, since they have no row
    pub(super) unsampled: Vec<String>,
}

/// Encoded waveforms are decoded to these integers.
const DECODED: Element = Element::I32;

/// Describes the table at a path of a file; of the values only `dt` of the first row, and the lengths of vectors, are read.
///
/// # Errors
/// Damage, and a path without a table.
pub(super) fn of_file(file: &Lh5File, path: &str, executor: &dyn Executor) -> Result<Described, Error> {
    let rows = file.rows(path)?.unwrap_or(0);
    let mut place = path.to_owned();
    // A view shows the columns of another table.
    let group = loop {
        let node = file.hdf5().get(&place)?;
        let Node::Group(group) = node else {
            return Err(Error::new(file.name(), Kind::Unsupported, "is no table").object(path));
        };
        match text(&group.attributes()?, "datatype") {
            Some(datatype) if datatype.starts_with("view") => place.push_str("/data"),
            _ => break group,
        }
    };
    let mut described = Described { rows, ..Described::default() };
    for name in members(&group)? {
        let describing = Describing { file, executor, rows };
        let inside = format!("{}/{name}", place.trim_end_matches('/'));
        let column = match group.get(&name)? {
            Node::Dataset(dataset) => of_dataset(&name, &dataset)?,
            Node::Group(member) => describing.group(&name, &inside, &member, &mut described.unsampled)?,
            Node::Datatype(_) => continue,
        };
        described.table.columns.push(column);
    }
    Ok(described)
}

/// Describes a table in memory.
pub(super) fn of_object(object: &Object) -> Described {
    let rows = object.rows().unwrap_or(0);
    let mut described = Described { rows: rows as u64, ..Described::default() };
    for (name, column) in object.members().into_iter().flatten() {
        let mut made = TableColumn {
            name: name.clone(),
            element: Element::F64,
            shape: ColumnShape::Other,
            units: column.text_attribute("units").map(str::to_owned),
            waveform: None,
        };
        match &column.content {
            Content::Array(values) => {
                (made.element, made.shape) = array(&values.element, &values.shape[1..], column.datatype.as_deref());
            }
            Content::Vectors(vectors) => {
                if let Content::Array(items) = &vectors.flattened_data.content
                    && items.shape.len() == 1
                    && let (Some(element), Some(sums)) = (number(&items.element, None), integers(&vectors.cumulative_length))
                {
                    (made.element, made.shape) = (element, ColumnShape::Ragged(longest(&sums)));
                }
            }
            Content::Encoded { decoded_size, .. } => {
                if let Some(samples) = one_size(decoded_size) {
                    (made.element, made.shape) = (DECODED, ColumnShape::Samples(samples));
                }
            }
            Content::Table { columns, .. } => {
                let samples = columns.get("values").and_then(|values| match &values.content {
                    Content::Array(array) if array.shape.len() == 2 => {
                        Some((number(&array.element, values.datatype.as_deref())?, array.shape[1]))
                    }
                    Content::Encoded { decoded_size, .. } => Some((DECODED, one_size(decoded_size)?)),
                    _ => None,
                });
                if let (Some((element, samples)), Some(dt), Some(t0)) = (samples, columns.get("dt"), columns.get("t0")) {
                    let first = if rows > 0 { first_number(dt) } else { None };
                    let period = sampling(first, dt.text_attribute("units"));
                    if first.is_none() && period.is_some() {
                        described.unsampled.push(name.clone());
                    }
                    if let Some(period) = period {
                        (made.element, made.shape) = (element, ColumnShape::Samples(samples));
                        made.units =
                            columns.get("values").and_then(|v| v.text_attribute("units")).map(str::to_owned).or(made.units);
                        made.waveform = Some(WaveformColumn { period, t0_units: t0.text_attribute("units").map(str::to_owned) });
                    }
                }
            }
            _ => {}
        }
        described.table.columns.push(made);
    }
    described
}

impl Described {
    /// Puts the columns of a friend beside, under their names there.
    pub(super) fn join(&mut self, other: &Self, prefix: &str, suffix: &str) {
        let named = |name: &str| format!("{prefix}{name}{suffix}");
        self.unsampled.extend(other.unsampled.iter().map(|name| named(name)));
        for column in &other.table.columns {
            self.table.columns.push(TableColumn { name: named(&column.name), ..column.clone() });
        }
    }

    /// Gives waveforms without rows the sampling that columns of that name have in other tables.
    pub(super) fn sample_as(&mut self, known: &HashMap<String, Period>) {
        for name in std::mem::take(&mut self.unsampled) {
            let column = self.table.columns.iter_mut().find(|column| column.name == name);
            match (column.and_then(|column| column.waveform.as_mut()), known.get(&name)) {
                (Some(waveform), Some(period)) => waveform.period = period.clone(),
                _ => self.unsampled.push(name),
            }
        }
    }
}

struct Describing<'a> {
    file: &'a Lh5File,
    executor: &'a dyn Executor,
    rows: u64,
}

impl Describing<'_> {
    fn group(&self, name: &str, path: &str, group: &Group, unsampled: &mut Vec<String>) -> Result<TableColumn, Error> {
        let attributes = group.attributes()?;
        let datatype = text(&attributes, "datatype").unwrap_or_default();
        let mut made = TableColumn {
            name: name.to_owned(),
            element: Element::F64,
            shape: ColumnShape::Other,
            units: text(&attributes, "units"),
            waveform: None,
        };
        if datatype.starts_with("table") {
            let (dt, t0, values) = (member(group, "dt")?, member(group, "t0")?, member(group, "values")?);
            if let (Some(Node::Dataset(dt)), Some(Node::Dataset(t0)), Some(values)) = (dt, t0, values)
                && let Some((element, samples)) = self.samples(&format!("{path}/values"), &values)?
            {
                let first = match self.rows {
                    0 => None,
                    #[allow(clippy::single_range_in_vec_init, reason = "one range")]
                    _ => numbers(&dt.read(&Rows::Ranges(vec![0..1]), self.executor)?).and_then(|all| all.first().copied()),
                };
                if let Some(period) = sampling(first, text(&dt.attributes()?, "units").as_deref()) {
                    if first.is_none() {
                        unsampled.push(name.to_owned());
                    }
                    (made.element, made.shape) = (element, ColumnShape::Samples(samples));
                    let own = match &values {
                        Node::Group(group) => group.attributes()?,
                        Node::Dataset(dataset) => dataset.attributes()?,
                        Node::Datatype(_) => Attributes::new(),
                    };
                    made.units = text(&own, "units").or(made.units);
                    made.waveform = Some(WaveformColumn { period, t0_units: text(&t0.attributes()?, "units") });
                }
            }
        } else if datatype.starts_with("array_of_encoded") {
            if let Some((element, samples)) = self.samples(path, &Node::Group(group.clone()))? {
                (made.element, made.shape) = (element, ColumnShape::Samples(samples));
            }
        } else if let (Some(Node::Dataset(sums)), Some(Node::Dataset(items))) =
            (member(group, "cumulative_length")?, member(group, "flattened_data")?)
            && items.shape().is_some_and(|shape| shape.len() == 1)
            && let Some(element) = number(items.element(), text(&items.attributes()?, "datatype").as_deref())
        {
            let sums = sums.read(&Rows::All, self.executor)?;
            if let Some(sums) = integers(&sums) {
                (made.element, made.shape) = (element, ColumnShape::Ragged(longest(&sums)));
            }
        }
        Ok(made)
    }

    /// Element and number of samples of waveforms that all have as many.
    fn samples(&self, path: &str, values: &Node) -> Result<Option<(Element, usize)>, Error> {
        match values {
            Node::Dataset(dataset) => {
                let datatype = text(&dataset.attributes()?, "datatype");
                Ok(match dataset.shape() {
                    Some(&[_, samples]) => number(dataset.element(), datatype.as_deref()).map(|one| (one, samples as usize)),
                    _ => None,
                })
            }
            Node::Group(group) if member(group, "decoded_size")?.is_some() => {
                let size = self.file.read(&format!("{path}/decoded_size"), &ReadOptions::default(), self.executor)?;
                Ok(one_size(&size.object).map(|samples| (DECODED, samples)))
            }
            _ => Ok(None),
        }
    }
}

fn of_dataset(name: &str, dataset: &hdf5::Dataset) -> Result<TableColumn, Error> {
    let attributes = dataset.attributes()?;
    let shape: Vec<usize> = dataset.shape().unwrap_or_default().iter().skip(1).map(|axis| *axis as usize).collect();
    let (element, shape) = match dataset.shape() {
        Some([_, ..]) => array(dataset.element(), &shape, text(&attributes, "datatype").as_deref()),
        _ => (Element::F64, ColumnShape::Other),
    };
    Ok(TableColumn { name: name.to_owned(), element, shape, units: text(&attributes, "units"), waveform: None })
}

fn array(element: &hdf5::Element, inner: &[usize], datatype: Option<&str>) -> (Element, ColumnShape) {
    match (number(element, datatype), inner) {
        (Some(element), []) => (element, ColumnShape::Scalar),
        (Some(element), [samples]) => (element, ColumnShape::Samples(*samples)),
        (element, _) => (element.unwrap_or(Element::F64), ColumnShape::Other),
    }
}

/// The element of numbers and conditions, as a chain sees it.
fn number(element: &hdf5::Element, datatype: Option<&str>) -> Option<Element> {
    match element {
        _ if datatype.is_some_and(|text| text.contains("{bool}")) => Some(Element::Bool),
        hdf5::Element::Number(number) | hdf5::Element::Enumeration { base: number, .. } => Some(Element::from(*number)),
        hdf5::Element::Bool => Some(Element::Bool),
        hdf5::Element::Complex(NumberType::F32) => Some(Element::C64),
        hdf5::Element::Complex(_) => Some(Element::C128),
        _ => None,
    }
}

/// `dt` with its unit; a table without rows has 1 for the time being.
fn sampling(dt: Option<f64>, units: Option<&str>) -> Option<Period> {
    let unit = Unit::parse(units?).ok()?;
    Some(Period { value: dt.unwrap_or(1.0), unit })
}

fn members(group: &Group) -> Result<Vec<String>, Error> {
    let datatype = text(&group.attributes()?, "datatype").unwrap_or_default();
    let parsed = Datatype::parse(&datatype);
    match parsed.ok().as_ref().and_then(Datatype::members) {
        Some(names) => Ok(names.to_vec()),
        None => Ok(group.links()?.into_iter().map(|(name, _)| name).collect()),
    }
}

fn member(group: &Group, name: &str) -> Result<Option<Node>, Error> {
    match group.get(name) {
        Ok(node) => Ok(Some(node)),
        Err(error) if error.kind == Kind::Unknown => Ok(None),
        Err(error) => Err(error),
    }
}

fn text(attributes: &Attributes, name: &str) -> Option<String> {
    match attributes.get(name) {
        Some(Attribute::Text(text)) => Some(text.trim().to_owned()),
        _ => None,
    }
}

fn first_number(object: &Object) -> Option<f64> {
    match &object.content {
        Content::Array(values) | Content::Scalar(values) => numbers(values)?.first().copied(),
        _ => None,
    }
}

/// All numbers of an array, widened.
pub(super) fn numbers(values: &hdf5::Values) -> Option<Vec<f64>> {
    let object = Object::new("array<1>{real}", Content::Array(hdf5::Values { shape: vec![values.count()], ..values.clone() }));
    let (_, column) = object.to_column("").ok()?;
    Some(column.as_numbers()?.to_f64())
}

fn integers(values: &hdf5::Values) -> Option<Vec<i64>> {
    let object = Object::new("array<1>{real}", Content::Array(values.clone()));
    let (_, column) = object.to_column("").ok()?;
    column.as_numbers()?.to_i64()?.into_iter().collect()
}

/// The one number of samples of encoded waveforms.
fn one_size(size: &Object) -> Option<usize> {
    let (Content::Scalar(values) | Content::Array(values)) = &size.content else { return None };
    let sizes = integers(&hdf5::Values { shape: vec![values.count()], ..values.clone() })?;
    let first = *sizes.first()?;
    sizes.iter().all(|one| *one == first).then_some(())?;
    usize::try_from(first).ok()
}

fn longest(sums: &[i64]) -> usize {
    let mut before = 0;
    let lengths = sums.iter().map(|sum| sum - std::mem::replace(&mut before, *sum));
    lengths.max().and_then(|length| usize::try_from(length).ok()).unwrap_or(0)
}
