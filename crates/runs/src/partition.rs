//! Cuts a table into partitions: ranges of entries that are read, cached and retried alone.

use std::ops::Range;

/// Ranges of whole clusters, each of about `target` bytes.
///
/// `ends` are the ascending end entries of the clusters, `cost` their compressed bytes over **all** columns, so that
/// the cuts do not depend on what is read. A new range starts when the running cost is not 0 and the next cluster
/// would pass the target.
pub fn cut(ends: &[u64], cost: &[u64], target: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let (mut start, mut running, mut previous) = (0, 0_u64, 0);
    for (&end, &bytes) in ends.iter().zip(cost) {
        if running > 0 && running.saturating_add(bytes) > target {
            ranges.push(start..previous);
            (start, running) = (previous, 0);
        }
        running = running.saturating_add(bytes);
        previous = end;
    }
    if previous > start {
        ranges.push(start..previous);
    }
    ranges
}
