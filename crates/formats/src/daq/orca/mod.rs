//! ORCA streams: a header that describes hardware and packets, then packets of many kinds.
//!
//! [`reader`] decodes a stream, [`records`] lists its packets.

mod fcio;
mod flashcam;
mod flashcam_config;
mod header;
mod json;
mod packet;
mod place;
mod reader;
mod records;
mod run;
mod sis3302;
mod sis3316;
mod words;

pub(crate) use reader::reader;
pub(crate) use records::records;

/// Decoder of packet 0.
const HEADER: &str = "OrcaHeaderDecoder";
