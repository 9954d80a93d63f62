//! FlashCam's FCIO records in a TMIO stream.
//!
//! [`reader`] decodes a stream, [`records`] lists it, [`State`] decodes records that another format carries (ORCA).
//! Byte layouts: each record in its module. Derived times: `event.rs` and `dead_time.rs`.

mod ahead;
pub(crate) mod columns;
mod config;
mod dead_time;
mod event;
pub(crate) mod fsp_config;
mod fsp_event;
mod fsp_status;
mod lists;
mod reader;
mod records;
mod state;
mod status;
mod tmio;

pub(crate) use reader::reader;
pub(crate) use records::records;
pub(crate) use state::{Damage, ORCA, Outcome, State};
pub(crate) use status::card_numbers;

/// Whether bytes begin as a TMIO stream does.
pub(crate) fn begins(head: &[u8]) -> bool {
    head.starts_with(&tmio::PROTOCOL_TAG.to_le_bytes())
}
