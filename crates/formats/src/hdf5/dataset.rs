//! A dataset: what its header says, and the doors to its elements.

use super::{
    Filter, assembly, conversion,
    conversion::Conversion,
    cursor::Cursor,
    file::Object,
    header::{Message, kind},
    index::{self, ChunkTable, Extent},
    memory,
    message::{dataspace::Dataspace, datatype::Datatype, fill::Fill, filters, layout::Layout},
    selection::Rows,
    shared_messages,
    values::{Attribute, Element, ValueData, Values},
};
use crate::{Error, Kind};
use germane_columns::buffer::Buffer;
use germane_numerics::Executor;
use indexmap::IndexMap;
use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// Where elements are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutKind {
    /// in the object header
    Compact,
    /// one after the other
    Contiguous,
    /// in chunks
    Chunked,
    /// made of other datasets, not read
    Virtual,
}

impl LayoutKind {
    /// `compact`, `contiguous`, `chunked` or `virtual`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Contiguous => "contiguous",
            Self::Chunked => "chunked",
            Self::Virtual => "virtual",
        }
    }
}

/// What the header of a dataset says.
pub(crate) struct About {
    pub(crate) dataspace: Dataspace,
    pub(crate) datatype: Datatype,
    pub(crate) element: Element,
    /// `Err`: why elements cannot be read.
    pub(crate) conversion: Result<Conversion, String>,
    pub(crate) layout: Layout,
    /// Absolute offset of the layout message.
    pub(crate) layout_at: u64,
    pub(crate) filters: Vec<Filter>,
    /// Fill value as stored.
    pub(crate) fill: Option<Vec<u8>>,
    pub(crate) external: bool,
    table: OnceLock<Arc<ChunkTable>>,
}

/// A dataset; a clone is the same one.
#[derive(Clone)]
pub struct Dataset {
    object: Object,
    pub(crate) about: Arc<About>,
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset({}: {}, {:?})", self.object.file.name(), self.path(), self.shape())
    }
}

impl Dataset {
    pub(crate) fn new(object: Object) -> Result<Self, Error> {
        let about = object.named(Self::about(&object))?;
        Ok(Self { object, about: Arc::new(about) })
    }

    fn about(object: &Object) -> Result<About, Error> {
        let inner = &object.file.inner;
        let storage = &inner.storage;
        let header = object.header()?;
        let wanted = |kind: u16, what: &str| -> Result<&Message, Error> {
            let at = storage.absolute(object.address)?;
            header.first(kind).ok_or_else(|| storage.error(Kind::Damaged, format!("a dataset without {what}")).at(at))
        };
        let resolved = |message: &Message| shared_messages::resolve(storage, inner.superblock.extension, message);
        let (data, at) = resolved(wanted(kind::DATASPACE, "shape")?)?;
        let dataspace = Dataspace::parse(&mut Cursor::new(&data, storage.widths)).map_err(|f| storage.fault(at, f))?;
        let datatype = object.file.datatype(wanted(kind::DATATYPE, "datatype")?)?;
        let (data, layout_at) = resolved(wanted(kind::LAYOUT, "layout")?)?;
        let layout = Layout::parse(&mut Cursor::new(&data, storage.widths)).map_err(|f| storage.fault(layout_at, f))?;
        let mut filters = Vec::new();
        if let Some(message) = header.first(kind::FILTERS) {
            let (data, at) = resolved(message)?;
            filters = filters::parse(&mut Cursor::new(&data, storage.widths)).map_err(|f| storage.fault(at, f))?;
        }
        let mut fill = Fill::default();
        if let Some(message) = header.first(kind::FILL) {
            let (data, at) = resolved(message)?;
            fill = Fill::parse(&mut Cursor::new(&data, storage.widths)).map_err(|f| storage.fault(at, f))?;
        } else if let Some(message) = header.first(kind::OLD_FILL) {
            let (data, at) = resolved(message)?;
            fill = Fill::parse_old(&mut Cursor::new(&data, storage.widths)).map_err(|f| storage.fault(at, f))?;
        }
        let damaged = |message: String| Err(storage.error(Kind::Damaged, message).at(layout_at));
        if let Some(value) = &fill.value
            && value.len() != datatype.size as usize
        {
            return damaged(format!("a fill value of {} bytes for elements of {}", value.len(), datatype.size));
        }
        if let (Layout::Chunked { chunk, element, .. }, Some(shape)) = (&layout, &dataspace.shape) {
            if chunk.len() != shape.len() {
                return damaged(format!("chunks of {} axes in a dataset of {}", chunk.len(), shape.len()));
            }
            if *element != u64::from(datatype.size) {
                return damaged(format!("chunks of elements of {element} bytes where the datatype has {}", datatype.size));
            }
        }
        let (element, conversion) = match conversion::plan(&datatype) {
            Ok((element, conversion)) => (element, Ok(conversion)),
            Err(reason) => (Element::Opaque { size: datatype.size as usize }, Err(reason)),
        };
        let external = header.first(kind::EXTERNAL_FILES).is_some();
        let fill = fill.value;
        Ok(About { dataspace, datatype, element, conversion, layout, layout_at, filters, fill, external, table: OnceLock::new() })
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// Path by which it was reached, from the root.
    pub fn path(&self) -> &str {
        &self.object.path
    }

    /// Address of its object header: equal for all names of one dataset.
    pub fn address(&self) -> u64 {
        self.object.address
    }

    /// The file it is in.
    pub fn file(&self) -> &super::Hdf5File {
        &self.object.file
    }

    /// Its attributes by name.
    ///
    /// # Errors
    /// Damage, with object and byte.
    pub fn attributes(&self) -> Result<IndexMap<String, Attribute>, Error> {
        super::Node::Dataset(self.clone()).attributes()
    }

    /// Lengths of axes; empty for a scalar, `None` for a dataset that has no elements (null dataspace).
    pub fn shape(&self) -> Option<&[u64]> {
        self.about.dataspace.shape.as_deref()
    }

    /// Largest lengths of axes, `None` for unlimited ones; the present ones where no others are stored.
    pub fn max_shape(&self) -> Vec<Option<u64>> {
        let space = &self.about.dataspace;
        if space.max.is_empty() { space.shape.iter().flatten().map(|&n| Some(n)).collect() } else { space.max.clone() }
    }

    /// Rows of the first axis; 1 for a scalar, 0 without elements.
    pub fn rows(&self) -> u64 {
        self.shape().map_or(0, |shape| shape.first().copied().unwrap_or(1))
    }

    /// Type of the elements in the file.
    pub fn datatype(&self) -> &Datatype {
        &self.about.datatype
    }

    /// Type of the elements in memory.
    pub fn element(&self) -> &Element {
        &self.about.element
    }

    /// Where elements are stored.
    pub fn layout(&self) -> LayoutKind {
        match &self.about.layout {
            Layout::Compact { .. } => LayoutKind::Compact,
            Layout::Contiguous { .. } => LayoutKind::Contiguous,
            Layout::Chunked { .. } => LayoutKind::Chunked,
            Layout::Virtual => LayoutKind::Virtual,
        }
    }

    /// Lengths of a chunk.
    pub fn chunk_shape(&self) -> Option<&[u64]> {
        match &self.about.layout {
            Layout::Chunked { chunk, .. } => Some(chunk),
            _ => None,
        }
    }

    /// Filters in the order of writing.
    pub fn filters(&self) -> &[Filter] {
        &self.about.filters
    }

    /// Value of elements that were never written; `None` for zero.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a type that cannot be read, damage of texts.
    pub fn fill_value(&self) -> Result<Option<Values>, Error> {
        let Some(stored) = &self.about.fill else { return Ok(None) };
        let about = &self.about;
        self.object
            .named(assembly::values(&self.object.file.inner, &about.datatype, stored, about.layout_at, Vec::new()))
            .map(Some)
    }

    /// Bytes that its elements take in the file, without headers and indexes; 0 where none are stored.
    ///
    /// # Errors
    /// Damage of the index of chunks.
    pub fn stored_bytes(&self) -> Result<u64, Error> {
        Ok(match &self.about.layout {
            Layout::Compact { data, .. } => data.len() as u64,
            Layout::Contiguous { address: Some(_), .. } => self.raw_bytes(),
            Layout::Chunked { .. } => self.chunks()?.chunks().iter().fold(0, |n, c| n.saturating_add(c.stored)),
            Layout::Contiguous { .. } | Layout::Virtual => 0,
        })
    }

    /// Bytes of all elements as the file has them without filters.
    pub fn raw_bytes(&self) -> u64 {
        self.about.dataspace.count().unwrap_or(u64::MAX).saturating_mul(u64::from(self.about.datatype.size))
    }

    /// The stored chunks: place, address, stored size, filter mask. Read once.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it has no chunks, damage of their index.
    pub fn chunks(&self) -> Result<Arc<ChunkTable>, Error> {
        if let Some(table) = self.about.table.get() {
            return Ok(table.clone());
        }
        let table = Arc::new(self.object.named(self.read_table())?);
        Ok(self.about.table.get_or_init(|| table).clone())
    }

    fn read_table(&self) -> Result<ChunkTable, Error> {
        let about = &self.about;
        let storage = &self.object.file.inner.storage;
        let (Layout::Chunked { chunk, element, .. }, Some(shape)) = (&about.layout, self.shape()) else {
            return Err(storage.error(Kind::Unsupported, "not stored in chunks"));
        };
        let bytes = chunk.iter().fold(*element, |n, &axis| n.saturating_mul(axis));
        let extent = Extent { shape, max: &about.dataspace.max, chunk, bytes, filtered: !about.filters.is_empty() };
        index::read(storage, &about.layout, &extent)
    }

    /// Why elements cannot be read, before anything is.
    fn readable(&self) -> Result<&Conversion, Error> {
        let unsupported =
            |reason: String| Err(self.object.file.inner.storage.error(Kind::Unsupported, reason).at(self.about.layout_at));
        if self.about.layout == Layout::Virtual {
            return unsupported("a virtual dataset cannot be read".to_owned());
        }
        if self.about.external {
            return unsupported("elements in other files cannot be read".to_owned());
        }
        match &self.about.conversion {
            Ok(conversion) => Ok(conversion),
            Err(what) => unsupported(format!("{what} cannot be read")),
        }
    }

    /// Reads rows of the first axis (a scalar has one): the shape is that of the dataset, with as many rows as were asked for.
    ///
    /// Only chunks that hold asked rows are read. Memory is the result and less than 64 MiB beside it.
    ///
    /// # Errors
    /// [`Kind::Short`] for rows behind the last, [`Kind::Unsupported`] for types and filters that are not known, [`Kind::Damaged`]
    /// or [`Kind::Truncated`] with object, chunk and byte, [`Kind::Io`].
    pub fn read(&self, rows: &Rows, executor: &dyn Executor) -> Result<Values, Error> {
        self.object.named(self.read_values(rows, executor))
    }

    fn read_values(&self, rows: &Rows, executor: &dyn Executor) -> Result<Values, Error> {
        let conversion = self.readable()?;
        let element = self.about.element.clone();
        let ranges = rows.ranges(self.object.file.name(), self.rows())?;
        let (count, shape) = self.asked(&ranges)?;
        let stored = count * self.about.datatype.size as usize;
        let mut memory = memory::zeroed(stored);
        let raw = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut memory)[..stored];
        let inner = &self.object.file.inner;
        if element.size().is_none() {
            self.read_stored(&ranges, raw, executor, &Conversion::Keep(self.about.datatype.size as usize))?;
            return assembly::values(inner, &self.about.datatype, raw, self.about.layout_at, shape);
        }
        if conversion.size() == conversion.stored() {
            self.read_stored(&ranges, raw, executor, conversion)?;
            return Ok(Values { element, shape, data: ValueData::Fixed(memory::buffer(memory, stored)) });
        }
        self.read_stored(&ranges, raw, executor, &Conversion::Keep(conversion.stored()))?;
        let len = count * conversion.size();
        let mut converted = memory::zeroed(len);
        conversion.convert(raw, &mut bytemuck::cast_slice_mut::<u64, u8>(&mut converted)[..len]);
        Ok(Values { element, shape, data: ValueData::Fixed(memory::buffer(converted, len)) })
    }

    /// Reads rows straight into memory: elements of fixed size in native byte order; `out` has exactly their bytes.
    ///
    /// # Errors
    /// As [`Dataset::read`]; [`Kind::Unsupported`] for texts and lists of any length, [`Kind::Short`] for another size of `out`.
    pub fn read_bytes_into(&self, rows: &Rows, out: &mut [u8], executor: &dyn Executor) -> Result<(), Error> {
        self.object.named(self.read_into(rows, out, executor))
    }

    fn read_into(&self, rows: &Rows, out: &mut [u8], executor: &dyn Executor) -> Result<(), Error> {
        let storage = &self.object.file.inner.storage;
        let conversion = self.readable()?;
        let ranges = rows.ranges(self.object.file.name(), self.rows())?;
        let (count, _) = self.asked(&ranges)?;
        let Some(size) = self.about.element.size() else {
            return Err(storage.error(Kind::Unsupported, "texts and lists of any length have no fixed bytes"));
        };
        if count.checked_mul(size) != Some(out.len()) {
            return Err(storage.error(Kind::Short, format!("{count} elements of {size} bytes do not fill {} bytes", out.len())));
        }
        if conversion.size() == conversion.stored() {
            return self.read_stored(&ranges, out, executor, conversion);
        }
        let mut raw = vec![0; count * conversion.stored()];
        self.read_stored(&ranges, &mut raw, executor, &Conversion::Keep(conversion.stored()))?;
        conversion.convert(&raw, out);
        Ok(())
    }

    /// Whether the file can hold these rows; asked before memory is taken for them.
    pub(crate) fn check_rows(&self, rows: &Rows) -> Result<(), Error> {
        let ranges = rows.ranges(self.object.file.name(), self.rows())?;
        self.object.named(self.asked(&ranges)).map(|_| ())
    }

    /// Absolute offset and bytes of elements that are stored one after the other.
    pub(crate) fn contiguous(&self) -> Option<(u64, u64)> {
        match &self.about.layout {
            Layout::Contiguous { address: Some(address), .. } => {
                self.object.file.inner.storage.absolute(*address).ok().map(|at| (at, self.raw_bytes()))
            }
            _ => None,
        }
    }

    /// Number of elements and shape of a result, after their bytes were compared with what the file can hold.
    fn asked(&self, ranges: &[Range<u64>]) -> Result<(usize, Vec<usize>), Error> {
        let storage = &self.object.file.inner.storage;
        let rows: u64 = ranges.iter().map(|r| r.end - r.start).sum();
        let mut shape: Vec<u64> = self.shape().unwrap_or(&[0]).to_vec();
        if let Some(first) = shape.first_mut() {
            *first = rows;
        }
        let count = shape.iter().try_fold(1_u64, |n, &axis| n.checked_mul(axis));
        let size = u64::from(self.about.datatype.size);
        let bytes = count.and_then(|n| n.checked_mul(size)).filter(|&bytes| isize::try_from(bytes).is_ok());
        let (Some(count), Some(bytes)) = (count, bytes) else {
            let message = format!("{shape:?} elements of {size} bytes are more than any memory");
            return Err(storage.error(Kind::Damaged, message).at(self.about.layout_at));
        };
        if count > 0 {
            self.check_asked(ranges, bytes)?;
        }
        Ok((count as usize, shape.iter().map(|&n| n as usize).collect()))
    }

    /// Stored bytes of rows, not converted: for writers that keep them as they are.
    #[allow(dead_code, reason = "for the writer")]
    pub(crate) fn read_raw(&self, rows: &Rows, executor: &dyn Executor) -> Result<Buffer, Error> {
        let ranges = rows.ranges(self.object.file.name(), self.rows())?;
        let (count, _) = self.object.named(self.asked(&ranges))?;
        let len = count * self.about.datatype.size as usize;
        let mut memory = memory::zeroed(len);
        let raw = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut memory)[..len];
        self.object.named(self.read_stored(&ranges, raw, executor, &Conversion::Keep(self.about.datatype.size as usize)))?;
        Ok(memory::buffer(memory, len))
    }
}
