//! Status of the stream processor (FSP): one frame of 112 bytes.
//!
//! ```text
//! offset  size  meaning
//! 0       32    start, log, time since the last log, runtime: f8, s
//! 32      24    events read, written, discarded; the same since the last log: i4
//! 56      56    time of the rates; rates read, written, discarded since the last log; averages of the same: f8
//! ```

use super::tmio::{Message, i32_at, i64_at};
use crate::daq::Rows;

/// Frames of a record.
pub(super) const FRAMES: usize = 1;

/// One row of [`super::columns::fsp_status`].
pub(super) fn push(rows: &mut Rows, packet_id: u32, message: &Message<'_>) {
    let frame = message.frame(0);
    let float = |at: usize| f64::from_bits(i64_at(frame, at).cast_unsigned());
    rows.push(0, packet_id);
    for i in 0..4 {
        rows.push(1 + i, float(8 * i));
    }
    for i in 0..6 {
        rows.push(5 + i, i32_at(frame, 32 + 4 * i));
    }
    for i in 0..7 {
        rows.push(11 + i, float(56 + 8 * i));
    }
    rows.end_row();
}
