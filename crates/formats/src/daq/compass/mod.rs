//! CoMPASS files of CAEN digitizers: records of one channel each, with or without a file header of two bytes.
//!
//! [`reader`] decodes a stream, [`records`] lists it, [`Settings`] reads the run's `settings.xml`.

mod form;
mod reader;
mod records;
mod settings;

pub(crate) use reader::reader;
pub(crate) use records::records;
pub use settings::Settings;
