//! Decisions of the stream processor (FSP) on an event. The record comes before the event's own.
//!
//! ```text
//! frame  type          meaning
//! 0      24 bytes      write flags: event (consecutive, extended, …: 8), trigger (hwm multiplicity, hwm prescaled, wps sum,
//!                      wps coincident sum, wps prescaled, ct multiplicity, …: 8), written u4, padding
//! 1      32 bytes      processor flags
//! 2      i4            consecutive events
//! 3      12 bytes      hardware majority: multiplicity i4, maximum u2, minimum u2, software multiplicity i4
//! 4      20 bytes      windowed peak sum: sum f4, offset i4, multiplicity i4, largest peak f4, its offset i4
//! 5, 6   i4[], u2[]    channel threshold: traces, maxima
//! 7–9    i4[] i4[] f4[]  windowed peak sum, parts: start, stop, largest
//! 10     u2[]          prescaled traces of the hardware majority
//! ```
//! Older files have shorter frames and fewer of them: what is missing is 0.

use super::tmio::{Message, i32_at, u16_at};
use crate::daq::Rows;

/// Frames of a record.
pub(super) const FRAMES: usize = 11;

/// One row of [`super::columns::fsp_event`].
pub(super) fn push(rows: &mut Rows, packet_id: u32, message: &Message<'_>) {
    let flags = message.frame(0);
    let flag = |at: usize| u8::from(flags.get(at).is_some_and(|b| *b != 0));
    rows.push(0, packet_id);
    rows.push(1, u8::from(i32_at(flags, 16) != 0));
    for (column, at) in [(2, 1), (3, 0), (4, 9), (5, 8), (6, 10), (7, 11), (8, 12), (9, 13)] {
        rows.push(column, flag(at));
    }
    let (majority, sums) = (message.frame(3), message.frame(4));
    for (column, at) in [(10, 0), (11, 4), (12, 8), (13, 12), (14, 16)] {
        rows.push(column, i32_at(sums, at));
    }
    rows.push(15, i32_at(majority, 0));
    rows.push(16, i32_at(majority, 8));
    rows.push(17, u16_at(majority, 4));
    rows.push(18, u16_at(majority, 6));
    let whole = |frame: usize, size: usize| {
        let bytes = message.frame(frame);
        &bytes[..bytes.len() / size * size]
    };
    rows.push(19, (whole(5, 4).len() / 4) as i32);
    rows.push_list(20, whole(5, 4));
    rows.push_list(21, whole(6, 2));
    rows.push_list(22, whole(10, 2));
    rows.push(23, message.i32(2, 0));
    rows.end_row();
}
