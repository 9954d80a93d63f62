//! `ORRunDecoderForRun`: begin, end and heartbeat of a run.
//!
//! ```text
//! word 1   subrun << 16 | begin of a run 0 | quick start 1 | remote 2 | heartbeat 3 | end of a subrun 4 | begin of a subrun 5
//! word 2   number of the run
//! word 3   Unix time
//! ```

use super::words::{Fault, Words};
use crate::daq::columns::{flag, number};
use crate::daq::{ColumnSpec, Rows};
use germane_columns::NumberType::{I32, U16};

/// In the order of the bits.
const FLAGS: [&str; 6] =
    ["runstartorstop", "quickstartrun", "remotecontrolrun", "heartbeatrecord", "endsubrunrecord", "startsubrunrecord"];

pub(crate) fn columns() -> Vec<ColumnSpec> {
    let mut columns = vec![number("subrun_number", U16)];
    columns.extend(FLAGS.map(flag));
    columns.extend([number("run_number", I32), number("time", I32)]);
    columns
}

/// Pushes the row of a packet, once its length is known to be right.
pub(crate) fn decode(words: Words<'_>, rows: &mut Rows) -> Result<(), Fault> {
    let [bits, run, time] = words.first()?;
    if words.last() != 3 {
        return Err(Fault::Damaged(format!("a packet of {} words where 4 are due", words.last() + 1)));
    }
    rows.push(0, (bits >> 16) as u16);
    for i in 0..FLAGS.len() {
        rows.push(1 + i, (bits >> i & 1) as u8);
    }
    rows.push(7, run as i32);
    rows.push(8, time as i32);
    rows.end_row();
    Ok(())
}
