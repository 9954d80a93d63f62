//! LH5: the data model of LEGEND on top of [`crate::hdf5`].
//!
//! Source: "LEGEND data format specifications", legend-exp.

mod agreement;
mod appending;
mod codec;
mod columns;
mod contents;
mod datatype;
mod encoded;
mod encoding;
mod fields;
mod file;
mod histogram;
mod iteration;
mod leaf;
mod listing;
mod memory;
mod nulls;
mod object;
mod opened;
mod reading;
mod rows;
mod selection;
mod storage;
mod stored;
mod table;
mod texts;
mod view;
mod writer;
mod written;

pub use codec::Codec;
pub(crate) use contents::Contents;
pub use datatype::{Datatype, Form, Kind as ElementKind, Mistake, ViewOf};
pub use fields::Fields;
pub use file::{Decode, Lh5File, Missing, ReadOptions, ReadResult, open, read, read_parts};
pub use iteration::{Block, BlockSize, FileAt, Friend, Group, Iteration, Label, iterate};
pub use listing::Listed;
pub use object::{Attributes, Content, Object, Vectors};
pub use selection::{Picked, Selection};
pub use storage::{Compression, Storage};
pub use writer::{Mode, WriteOptions, Writer};
