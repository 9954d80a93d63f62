//! A dataset that is written: its type, its shape, and where its elements go.

use super::{
    chunk_tree::{ChunkTree, Entries, Entry},
    chunks::Chunks,
    datatype,
    elements::{self, Encoding},
    filtering,
    geometry::Geometry,
    messages::{self, Allocation, Message},
};
use crate::hdf5::{
    Dataset, Datatype, Element, Filter, Values,
    header::kind,
    message::layout::{Index, Layout},
    storage::Widths,
};
use crate::{Error, Kind};

/// Longest chunk: its stored bytes have four.
const LONGEST_CHUNK: usize = u32::MAX as usize;
/// Elements of datasets without chunks that are kept in the header.
const COMPACT: usize = 512;

/// What a new dataset is to be.
///
/// ```
/// use germane_formats::hdf5::{DatasetSpec, Element, Filter};
/// use germane_columns::NumberType;
/// let energies = DatasetSpec {
///     element: Element::Number(NumberType::F32),
///     shape: vec![0],
///     max_shape: vec![None],
///     chunk: Some(vec![65_536]),
///     filters: vec![Filter::Shuffle { size: 4 }, Filter::Deflate { level: 4 }],
///     fill: None,
/// };
/// assert_eq!(energies.element.size(), Some(4));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetSpec {
    /// Type of the elements.
    pub element: Element,
    /// Lengths of axes at first; a scalar has none.
    pub shape: Vec<u64>,
    /// Largest lengths, `None` for unlimited; empty: those of `shape`. Only chunked datasets can grow.
    pub max_shape: Vec<Option<u64>>,
    /// Lengths of a chunk; without chunks elements lie one after the other (in the header if they are few).
    pub chunk: Option<Vec<u64>>,
    /// Filters in the order of writing; only for chunks. The size of elements is filled in.
    pub filters: Vec<Filter>,
    /// Value of elements that are not written, one element; `None` is zero.
    pub fill: Option<Values>,
}

impl DatasetSpec {
    /// A scalar.
    pub fn scalar(element: Element) -> Self {
        Self { element, shape: Vec::new(), max_shape: Vec::new(), chunk: None, filters: Vec::new(), fill: None }
    }
}

/// Where elements are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In the header.
    Compact(Vec<u8>),
    /// One after the other.
    Contiguous { address: Option<u64>, size: u64 },
    /// In chunks.
    Chunked(Chunks),
    /// Where this writer does not go: the reason.
    Closed(String),
}

/// A dataset in the writer.
#[derive(Clone, Debug)]
pub(super) struct DatasetState {
    pub(super) element: Element,
    pub(super) datatype: Datatype,
    /// `Err`: why elements cannot be written.
    pub(super) encoding: Result<Encoding, String>,
    pub(super) shape: Vec<u64>,
    pub(super) max_shape: Vec<Option<u64>>,
    pub(super) fill: Option<Vec<u8>>,
    pub(super) place: Place,
    /// Whether shape or place differ from the header.
    pub(super) changed: bool,
}

impl DatasetState {
    /// A new dataset and the messages of its header. `fill` are the stored bytes of the fill value.
    ///
    /// # Errors
    /// The reason why it cannot be.
    pub(super) fn create(
        spec: &DatasetSpec,
        fill: Option<Vec<u8>>,
        old: bool,
        widths: Widths,
    ) -> Result<(Self, Vec<Message>), String> {
        let datatype = datatype::of(&spec.element, widths.offset)?;
        let encoding = elements::encoding(&spec.element, &datatype, widths.offset)?;
        let element = datatype.size as usize;
        let max_shape =
            if spec.max_shape.is_empty() { spec.shape.iter().map(|&n| Some(n)).collect() } else { spec.max_shape.clone() };
        if max_shape.len() != spec.shape.len() {
            return Err(format!("{} axes and {} largest lengths", spec.shape.len(), max_shape.len()));
        }
        if spec.shape.len() > crate::hdf5::message::dataspace::MAX_RANK {
            return Err(format!("{} axes", spec.shape.len()));
        }
        if let Some((now, most)) = spec.shape.iter().zip(&max_shape).find(|(now, most)| most.is_some_and(|most| most < **now)) {
            return Err(format!("an axis of length {now} where {most:?} is the most"));
        }
        let grows = spec.shape.iter().zip(&max_shape).any(|(now, most)| *most != Some(*now));
        let count = spec.shape.iter().try_fold(element as u64, |n, &axis| n.checked_mul(axis));
        let bytes = count.filter(|n| *n < 1 << 62).ok_or("more elements than can be counted")?;
        let mut filters = Vec::new();
        let (place, allocation) = match &spec.chunk {
            Some(chunk) => {
                if spec.shape.is_empty() || chunk.len() != spec.shape.len() || chunk.contains(&0) {
                    return Err(format!("chunks of {chunk:?} elements for the shape {:?}", spec.shape));
                }
                // libhdf5 wants no chunk longer than an axis of fixed length.
                let clamp = |(chunk, most): (&u64, &Option<u64>)| most.map_or(*chunk, |most| (*chunk).min(most.max(1)));
                let chunk: Vec<u64> = chunk.iter().zip(&max_shape).map(clamp).collect();
                let chunk_bytes = chunk.iter().try_fold(element, |n, &axis| n.checked_mul(usize::try_from(axis).ok()?));
                let chunk_bytes =
                    chunk_bytes.filter(|n| *n <= LONGEST_CHUNK).ok_or_else(|| format!("chunks of {chunk:?} elements"))?;
                filters = filtering::complete(&spec.filters, element, chunk_bytes)?;
                let geometry = Geometry::new(&spec.shape, &chunk, element, filters.clone(), fill.clone());
                let geometry = geometry.ok_or("rows longer than memory")?;
                (Place::Chunked(Chunks::new(geometry, Entries::new(), ChunkTree::none())), Allocation::Incremental)
            }
            None if grows => return Err("only datasets in chunks can grow".to_owned()),
            None if !spec.filters.is_empty() => return Err("only chunks have filters".to_owned()),
            None if bytes as usize <= COMPACT => {
                let mut data = vec![0; bytes as usize];
                if let Some(fill) = &fill {
                    data.chunks_mut(element).for_each(|to| to.copy_from_slice(fill));
                }
                (Place::Compact(data), Allocation::Early)
            }
            None => (Place::Contiguous { address: None, size: bytes }, Allocation::Late),
        };
        let mut made = vec![
            Message::new(kind::DATASPACE, Vec::new()),
            Message::new(kind::DATATYPE, messages::datatype(&datatype, old, widths)?),
            Message::new(kind::FILL, messages::fill(fill.as_deref(), allocation, widths)),
        ];
        if !filters.is_empty() {
            made.push(Message::new(kind::FILTERS, messages::filters(&filters, old, widths)));
        }
        made.push(Message::new(kind::LAYOUT, Vec::new()));
        let state = Self {
            element: spec.element.clone(),
            datatype,
            encoding: Ok(encoding),
            shape: spec.shape.clone(),
            max_shape,
            fill,
            place,
            changed: true,
        };
        Ok((state, made))
    }

    /// A dataset of the file. `base` is the absolute offset of address 0.
    pub(super) fn load(dataset: &Dataset) -> Result<Self, Error> {
        let about = &dataset.about;
        let inner = &dataset.object().file.inner;
        let (storage, base) = (&inner.storage, inner.storage.base);
        let element = dataset.element().clone();
        let encoding = elements::encoding(&element, &about.datatype, storage.widths.offset);
        let shape = dataset.shape().map(<[u64]>::to_vec);
        let size = about.datatype.size as usize;
        let closed = |reason: &str| Place::Closed(reason.to_owned());
        let place = match &about.layout {
            _ if about.external => closed("its elements are in other files"),
            _ if shape.is_none() => closed("it has no elements"),
            Layout::Virtual => closed("it is made of other datasets"),
            Layout::Compact { data, .. } => Place::Compact(data.clone()),
            Layout::Contiguous { address, .. } => {
                let bytes = shape.iter().flatten().try_fold(size as u64, |n, &axis| n.checked_mul(axis));
                match bytes {
                    Some(size) => Place::Contiguous { address: *address, size },
                    None => closed("it has more elements than can be counted"),
                }
            }
            Layout::Chunked { chunk, index, address, .. } => {
                let table = dataset.chunks()?;
                let fill = about.fill.clone();
                let geometry = Geometry::new(shape.as_deref().unwrap_or_default(), chunk, size, about.filters.clone(), fill);
                match geometry {
                    // Many rows in one chunk must be held together.
                    Some(geometry)
                        if geometry.chunk_bytes <= LONGEST_CHUNK
                            && (chunk[0] == 1 || chunk[0].saturating_mul(geometry.row as u64) <= LONGEST_CHUNK as u64) =>
                    {
                        let mut entries = Entries::new();
                        let shape = shape.as_deref().unwrap_or_default();
                        for found in table.chunks() {
                            let mut mask = found.mask;
                            if bare_edge(&about.layout, shape, &table.coordinates(found)) {
                                mask = (1_u32 << about.filters.len().min(31)) - 1;
                            }
                            let stored = u32::try_from(found.stored).map_err(|_| {
                                storage.error(Kind::Unsupported, format!("a chunk of {} bytes", found.stored)).at(found.address)
                            })?;
                            entries.insert(found.number, Entry { address: found.address - base, stored, mask, changed: false });
                        }
                        let tree = match (index, address) {
                            (Index::Tree1, Some(root)) => ChunkTree::load(storage, *root, &geometry, entries.len())?,
                            _ => ChunkTree::none(),
                        };
                        Place::Chunked(Chunks::new(geometry, entries, tree))
                    }
                    _ => closed("its chunks are too large"),
                }
            }
        };
        Ok(Self {
            element,
            datatype: about.datatype.clone(),
            encoding,
            shape: shape.unwrap_or_default(),
            max_shape: dataset.max_shape(),
            fill: about.fill.clone(),
            place,
            changed: false,
        })
    }

    /// Length of the first axis; 1 for a scalar.
    pub(super) fn rows(&self) -> u64 {
        self.shape.first().copied().unwrap_or(1)
    }

    /// The layout message; `tree` is the index of chunks.
    pub(super) fn layout(&self, tree: Option<u64>, widths: Widths) -> Option<Vec<u8>> {
        Some(match &self.place {
            Place::Compact(data) => messages::layout::compact(data, widths),
            Place::Contiguous { address, size } => messages::layout::contiguous(*address, *size, widths),
            Place::Chunked(chunks) => {
                messages::layout::chunked(&chunks.geometry.chunk, chunks.geometry.element as u32, tree, widths)
            }
            Place::Closed(_) => return None,
        })
    }

    /// The dataspace message.
    pub(super) fn dataspace(&self, widths: Widths) -> Vec<u8> {
        let fixed = self.shape.iter().zip(&self.max_shape).all(|(now, most)| *most == Some(*now));
        let max = if fixed && !matches!(self.place, Place::Chunked(_)) { &[] } else { self.max_shape.as_slice() };
        messages::dataspace(Some(&self.shape), max, widths)
    }
}

/// Whether a chunk reaches beyond the dataset, where such chunks are stored without filters.
fn bare_edge(layout: &Layout, shape: &[u64], coordinates: &[u64]) -> bool {
    let Layout::Chunked { chunk, bare_edges: true, .. } = layout else { return false };
    coordinates.iter().zip(chunk).zip(shape).any(|((first, chunk), length)| first + chunk > *length)
}
