//! Progress as data: counters that the engine raises and a display may read; the terminal belongs to the command.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counters of a run; shared by all threads.
#[derive(Debug, Default)]
pub struct Progress {
    /// partitions in all
    pub partitions: AtomicU64,
    /// partitions done, from the cache or computed
    pub done: AtomicU64,
    /// of these from the cache
    pub cached: AtomicU64,
    /// entries done
    pub entries: AtomicU64,
    /// compressed bytes read
    pub bytes: AtomicU64,
    /// set to stop at the next block
    pub cancelled: AtomicBool,
}

impl Progress {
    /// Asks the run to stop at the next block.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Reads a counter.
    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }

    /// Raises a counter.
    pub fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }
}
