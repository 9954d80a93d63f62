//! How fast raw streams become rows, in CPU time of one core: the event records of each file again and again, as `refs/legend-io/bench_raw_peer.py` does.
//!
//! `cargo run --release -p germane-formats --example raw_speed -- MB FILE…`
#![allow(clippy::print_stdout, reason = "the numbers are what it is for")]

use germane_formats::Error;
use germane_formats::daq::{self, Key, Options, Rows, Sink, Step, TableSpec};
use germane_formats::lh5::Object;
use germane_formats::source::ByteStream;
use std::{fs, io::Cursor};

/// Forgets blocks of rows when they are full, as a writer does.
struct Blocks {
    tables: Vec<Rows>,
    /// rows that were forgotten
    rows: usize,
}

impl Sink for Blocks {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        self.tables.push(Rows::new(table.columns.clone()));
        Some(self.tables.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        let rows = &mut self.tables[slot];
        if rows.len() >= 256 {
            self.rows += rows.len();
            rows.clear();
        }
        rows
    }

    fn object(&mut self, _: &'static str, _: Option<&Key>, _: Object) -> Result<(), Error> {
        Ok(())
    }
}

/// Seconds that this thread has computed.
fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// The records before the first event, then the events again and again.
fn tiled(path: &str, megabytes: usize) -> (Vec<u8>, usize) {
    let (records, _) = daq::records(path, &Options::default()).unwrap();
    let kinds = ["event", "sparse_event", "event_header"];
    let is_event = |kind: &str| {
        kinds.contains(&kind) || ["Waveform", "Energy", "Event"].iter().any(|part| kind.starts_with("OR") && kind.contains(part))
    };
    let events: Vec<_> = records.iter().filter(|record| is_event(&record.kind)).collect();
    let bytes = fs::read(path).unwrap();
    let start = events[0].offset as usize;
    let end = events.last().map(|record| (record.offset + record.size) as usize).unwrap();
    let mut all = bytes[..start].to_vec();
    let times = (megabytes * 1_000_000 / (end - start)).max(1);
    (0..times).for_each(|_| all.extend_from_slice(&bytes[start..end]));
    (all, times * events.len())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let megabytes = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(500);
    for path in arguments {
        let (bytes, events) = tiled(&path, megabytes);
        let mut best = f64::INFINITY;
        let (mut rows, mut packets, size) = (0, 0, bytes.len());
        for _ in 0..3 {
            let stream = ByteStream::new(path.as_str(), Box::new(Cursor::new(bytes.clone())));
            let mut reader = daq::open_stream(stream, &Options::default()).unwrap();
            let mut sink = Blocks { tables: Vec::new(), rows: 0 };
            packets = 0;
            let start = cpu_seconds();
            while reader.next(&mut sink).unwrap() == Step::Packet {
                packets += 1;
            }
            best = best.min(cpu_seconds() - start);
            assert!(packets >= events && reader.gaps().is_empty(), "{packets} packets, {:?}", reader.gaps());
            rows = sink.rows + sink.tables.iter().map(Rows::len).sum::<usize>();
        }
        let speed = size as f64 / best / 1e9;
        println!("{path}: {:.2} GB/s, {packets} packets, {rows} rows, {:.0} ns a packet", speed, best / packets as f64 * 1e9);
    }
}
