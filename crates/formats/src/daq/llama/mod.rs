//! Files of llamaDAQ, which reads Struck SIS3316 digitizers: a header with the settings of each channel, then events.
//!
//! [`reader`] decodes a stream, [`records`] lists it.

mod events;
mod header;
mod reader;
mod start_time;

pub(crate) use events::records;
pub(crate) use reader::reader;
