//! HDF5: reading and writing, in our own code, so that every error knows its byte and every chunk goes straight where it belongs.
//!
//! ```text
//! superblock → object header of the root → links → object headers → messages: shape, type, layout, filters, attributes
//!                                                                    layout → index of chunks → chunks → filters → elements
//! ```
//! Source: "HDF5 File Format Specification Version 3.0", The HDF Group.

mod assembly;
mod attributes;
mod checksum;
mod conversion;
mod cursor;
mod dataset;
mod file;
mod fractal_heap;
mod global_heap;
mod header;
mod index;
mod links;
pub(crate) mod memory;
mod message;
mod old_group;
mod pieces;
mod pipeline;
mod reading;
mod selection;
mod shared_messages;
mod storage;
mod superblock;
mod tree1;
mod tree2;
mod type_name;
mod values;
mod write;

pub(crate) use attributes::StoredAttribute;
pub use dataset::{Dataset, LayoutKind};
pub use file::{CommittedDatatype, Group, Hdf5File, Node};
pub use index::{Chunk, ChunkTable};
pub use message::{
    datatype::{ByteOrder, Class, Datatype, Field, FloatBits, Padding},
    filters::Filter,
    link::Link,
};
pub use selection::Rows;
pub use values::{Attribute, Element, ValueData, Values};
pub use write::{DatasetSpec, FileWriter, FormatVersion, Write};
