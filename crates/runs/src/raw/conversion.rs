//! One stream through its buffers: packets in, blocks out, until the end, the wanted number, or the user's wish.

use super::collector::{Collector, Filled, Limits, Store};
use super::routes::Routes;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use crate::progress::Progress;
use germane_formats::daq::{Gap, RawReader, Step};
use std::time::Duration;

/// How long a growing stream is left alone before it is asked again.
const PAUSE: Duration = Duration::from_millis(20);

/// When a stream is left before its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    /// packets that are decoded at most
    pub(crate) packets: Option<u64>,
    /// the stream grows: an interruption is its end
    pub(crate) follow: bool,
}

/// What was found in one stream.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) format: &'static str,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) filled: Vec<Filled>,
    pub(crate) gaps: Vec<Gap>,
    /// records that nobody wanted or knew, by kind
    pub(crate) unclaimed: Vec<(String, u64)>,
    pub(crate) notes: Vec<String>,
}

/// Decodes a stream into a store.
///
/// # Errors
/// Bytes that do not come (4), mistakes of the specification that show late (6), a full disk (5), interruption (130).
pub(crate) fn pass(
    reader: &mut dyn RawReader,
    routes: &mut Routes,
    store: &mut dyn Store,
    limits: Limits,
    until: Until,
    progress: &Progress,
) -> Result<Passed, Error> {
    let mut collector = Collector::new(routes, store, limits);
    let (mut packets, mut seen) = (0, 0);
    while until.packets.is_none_or(|limit| packets < limit) {
        if progress.is_cancelled() {
            if until.follow {
                break;
            }
            return Err(Error::interrupted());
        }
        match reader.next(&mut collector) {
            Ok(Step::Packet) => {
                packets += 1;
                collector.settle()?;
                if packets % 64 == 0 {
                    Progress::add(&progress.entries, 64);
                    let bytes = reader.bytes_read();
                    Progress::add(&progress.bytes, bytes - std::mem::replace(&mut seen, bytes));
                }
            }
            Ok(Step::Pending) => std::thread::sleep(PAUSE),
            Ok(Step::End) => break,
            Err(error) => return Err(collector.failure().unwrap_or_else(|| Error::input(vec![file_diagnostic(&error)]))),
        }
    }
    let (filled, notes) = collector.finish()?;
    Progress::add(&progress.entries, packets % 64);
    let bytes = reader.bytes_read();
    Progress::add(&progress.bytes, bytes - seen);
    let (gaps, unclaimed) = (reader.gaps().to_vec(), reader.unclaimed());
    Ok(Passed { format: reader.format(), packets, bytes, filled, gaps, unclaimed, notes })
}
