//! The door of LH5: objects into Python and back; the rooms do the reading and writing.

pub(crate) mod node;
pub(crate) mod values;
