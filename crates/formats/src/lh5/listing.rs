//! What is in a file: objects with datatype, shape, unit, filters and bytes, without their values.

use super::codec::Codec;
use super::datatype::{Datatype, ViewOf};
use super::file::Lh5File;
use super::leaf;
use crate::hdf5::{Attribute, Dataset, Filter, Group, Link, Node};
use crate::{Error, Kind};

/// Objects inside each other; deeper ones are not listed.
const DEEPEST: usize = 64;

/// One object of a file.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// path from the root
    pub path: String,
    /// `datatype` as text
    pub datatype: Option<String>,
    /// shape of a dataset; rows of vectors and tables
    pub shape: Option<Vec<u64>>,
    /// type of the elements of a dataset
    pub element: Option<String>,
    /// `units`
    pub units: Option<String>,
    /// filters of a dataset, or the codec of waveforms: `shuffle+deflate-4`, `none`
    pub filters: Option<String>,
    /// bytes in the file, with everything below
    pub stored: u64,
    /// bytes without filters
    pub raw: u64,
    /// chunks in the file, with everything below
    pub chunks: usize,
    /// where a soft or external link leads
    pub link: Option<String>,
    /// why it cannot be read
    pub problem: Option<String>,
    /// what is in it
    pub members: Vec<Listed>,
}

impl Lh5File {
    /// Lists an object and everything below it. What is damaged is listed with its problem.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if it is absent; damage on the way to it.
    pub fn list(&self, object: &str) -> Result<Listed, Error> {
        let node = self.hdf5.get(object)?;
        Ok(listed(&node, node.path().to_owned(), &mut Vec::new()))
    }
}

fn listed(node: &Node, path: String, above: &mut Vec<u64>) -> Listed {
    let mut made = Listed { path, ..Listed::default() };
    match node.attributes() {
        Ok(attributes) => {
            let text = |name: &str| match attributes.get(name) {
                Some(Attribute::Text(text)) => Some(text.trim().to_owned()),
                _ => None,
            };
            (made.datatype, made.units) = (text("datatype"), text("units"));
            if attributes.contains_key("codec") {
                made.filters = Codec::of(&attributes).ok().map(|codec| codec.name().to_owned()).or_else(|| text("codec"));
            }
        }
        Err(error) => made.problem = Some(error.to_string()),
    }
    let parsed = made.datatype.as_deref().map(Datatype::parse);
    if let Some(Err(mistake)) = &parsed {
        made.problem.get_or_insert_with(|| mistake.to_string());
    }
    match node {
        Node::Dataset(dataset) => of_dataset(dataset, &mut made),
        Node::Group(group) if above.contains(&group.address()) || above.len() > DEEPEST => {
            made.problem.get_or_insert_with(|| "leads back to a group above".to_owned());
        }
        Node::Group(group) => {
            above.push(group.address());
            of_group(group, parsed.and_then(Result::ok), &mut made, above);
            above.pop();
        }
        Node::Datatype(_) => {}
    }
    made
}

fn of_dataset(dataset: &Dataset, made: &mut Listed) {
    made.shape = dataset.shape().map(<[u64]>::to_vec);
    made.element = Some(leaf::name(dataset.element()));
    made.filters = Some(filter_names(dataset.filters()));
    made.raw = raw_bytes(dataset);
    match stored_bytes(dataset) {
        Ok((stored, chunks)) => (made.stored, made.chunks) = (stored, chunks),
        Err(error) => {
            made.problem.get_or_insert_with(|| error.to_string());
        }
    }
}

fn of_group(group: &Group, datatype: Option<Datatype>, made: &mut Listed, above: &mut Vec<u64>) {
    let links = match group.links() {
        Ok(links) => links,
        Err(error) => {
            made.problem.get_or_insert_with(|| error.to_string());
            return;
        }
    };
    let names: Vec<String> = match &datatype {
        Some(Datatype::Table(names)) => names.clone(),
        // What a struct does not name cannot be read as its member, but by its own path.
        Some(Datatype::Struct(names)) => {
            let others = links.iter().map(|(name, _)| name).filter(|name| !names.contains(name));
            names.iter().chain(others).cloned().collect()
        }
        Some(Datatype::View(_)) => vec!["entries".to_owned(), "data".to_owned()],
        _ => links.iter().map(|(name, _)| name.clone()).collect(),
    };
    for name in names {
        let path = format!("{}/{name}", made.path.trim_end_matches('/'));
        let link = links.iter().find(|(other, _)| *other == name).map(|(_, link)| link);
        let link = match link {
            Some(Link::Soft(target)) => Some(target.clone()),
            Some(Link::External { file, path }) => Some(format!("{file}:{path}")),
            _ => None,
        };
        let mut member = match group.get(&name) {
            // What a view shows is listed where it is.
            Ok(_) if name == "data" && matches!(datatype, Some(Datatype::View(_))) => Listed { path, ..Listed::default() },
            Ok(node) => listed(&node, path, above),
            Err(error) if error.kind == Kind::Unknown && link.is_none() => {
                Listed { path, problem: Some("is named in the datatype and absent".to_owned()), ..Listed::default() }
            }
            Err(error) => Listed { path, problem: Some(error.to_string()), ..Listed::default() },
        };
        member.link = link;
        // Bytes behind a link are counted where they are.
        if member.link.is_none() {
            made.stored += member.stored;
            made.raw += member.raw;
            made.chunks += member.chunks;
        }
        made.members.push(member);
    }
    let rows = |name: &str| made.members.iter().find(|member| member.path.ends_with(name)).and_then(|m| m.shape.clone());
    made.shape = match &datatype {
        Some(Datatype::Table(_)) => made.members.iter().find_map(|member| Some(vec![*member.shape.as_ref()?.first()?])),
        Some(Datatype::Vectors(_)) => rows("/cumulative_length"),
        Some(Datatype::Encoded { .. }) => rows("/encoded_data"),
        Some(Datatype::View(ViewOf::Entries)) => rows("/entries"),
        _ => None,
    };
}

/// Bytes of all elements as they are without filters.
pub(super) fn raw_bytes(dataset: &Dataset) -> u64 {
    let count = dataset.shape().map_or(0, |shape| shape.iter().fold(1_u64, |n, axis| n.saturating_mul(*axis)));
    // Texts and lists of any length are 16 bytes in the dataset itself.
    count.saturating_mul(dataset.element().size().unwrap_or(16) as u64)
}

/// Bytes in the file and number of chunks.
pub(super) fn stored_bytes(dataset: &Dataset) -> Result<(u64, usize), Error> {
    if dataset.chunk_shape().is_none() {
        return Ok((raw_bytes(dataset), usize::from(raw_bytes(dataset) > 0)));
    }
    let table = dataset.chunks()?;
    Ok((table.chunks().iter().fold(0, |sum, chunk| sum.saturating_add(chunk.stored)), table.len()))
}

/// Filters in the order of writing, with levels.
pub(super) fn filter_names(filters: &[Filter]) -> String {
    let one = |filter: &Filter| match filter {
        Filter::Deflate { level } => format!("deflate-{level}"),
        Filter::Zstd { level: Some(level) } => format!("zstd-{level}"),
        other => other.name(),
    };
    if filters.is_empty() { "none".to_owned() } else { filters.iter().map(one).collect::<Vec<_>>().join("+") }
}
