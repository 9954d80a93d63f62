//! The progress line on a terminal: partitions, entries, bytes a second, time left.

use germane_runs::Progress;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Drawn by a thread of its own until it is dropped; begins after half a second.
pub(super) struct ProgressLine {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ProgressLine {
    pub(super) fn start(progress: Arc<Progress>, what: &'static str) -> Self {
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::spawn(move || {
            let begun = Instant::now();
            let mut drawn = false;
            let mut wait = Duration::from_millis(500);
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(wait) {
                wait = Duration::from_millis(100);
                drawn = true;
                drop(write!(std::io::stderr(), "\r\x1b[K{}", line(&progress, what, begun.elapsed().as_secs_f64())));
            }
            if drawn {
                drop(write!(std::io::stderr(), "\r\x1b[K"));
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn line(progress: &Progress, what: &str, seconds: f64) -> String {
    let (done, all) = (Progress::get(&progress.done), Progress::get(&progress.partitions));
    if all == 0 {
        return "reading headers".into();
    }
    let rate = Progress::get(&progress.bytes) as f64 / 1e6 / seconds;
    let left = if done > 0 { format!(", {:.0} s left", seconds * (all - done) as f64 / done as f64) } else { String::new() };
    format!("{done}/{all} {what}, {} entries, {rate:.0} MB/s{left}", Progress::get(&progress.entries))
}
