//! The UHI JSON form of a histogram (schema 1): every library of the field reads it.
//!
//! What the schema has no place for is in `writer_info.germane`: number of entries, count of NaN, whether contents are
//! counts, the rule of bins and, where limits and number of bins do not give the edges exactly, the grid.

mod read;
mod write;
