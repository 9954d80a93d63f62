//! Ten thousand damaged files a format: no panic, no memory that the bytes do not justify, no row with a value of another one;
//! and whole files: no memory that is asked for packet by packet.

#[path = "shared/mod.rs"]
mod references;

use germane_columns::buffer::Buffer;
use germane_formats::Error;
use germane_formats::daq::{self, ColumnKind, ColumnSpec, Key, Options, Rows, Sink, Step, TableSpec};
use germane_formats::lh5::{Content, Object};
use germane_formats::source::ByteStream;
use references::{say, shared};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io::Cursor};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);
/// Memory is counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: every call goes to the system's allocator unchanged; only sizes are counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// xorshift: a failing case can be made again from its number.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state as usize
}

/// Hashes rows as they come and forgets them.
#[derive(Default)]
struct Hashes {
    tables: Vec<(&'static str, Rows)>,
    /// decoder and hash of each row, without the number of its packet
    rows: Vec<(&'static str, u64)>,
    /// hash of the samples of each row
    samples: Vec<u64>,
}

/// What of a column a row is.
fn hash_columns(object: &Object, skip: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    fn walk(object: &Object, skip: &str, hash: &mut DefaultHasher) {
        match &object.content {
            Content::Scalar(values) | Content::Array(values) => values.bytes().map(Buffer::as_slice).hash(hash),
            Content::Vectors(vectors) => {
                vectors.cumulative_length.bytes().map(Buffer::as_slice).hash(hash);
                walk(&vectors.flattened_data, skip, hash);
            }
            Content::Struct(members) | Content::Table { columns: members, .. } => {
                for (name, member) in members.iter().filter(|(name, _)| *name != skip) {
                    name.hash(hash);
                    walk(member, skip, hash);
                }
            }
            Content::Encoded { .. } => unreachable!("raw readers do not encode"),
        }
    }
    walk(object, skip, &mut hash);
    hash.finish()
}

impl Hashes {
    fn settle(&mut self) {
        for (decoder, rows) in self.tables.iter_mut().filter(|(_, rows)| !rows.is_empty()) {
            let object = rows.take();
            let Content::Table { columns, .. } = &object.content else { unreachable!("rows are a table") };
            self.samples.extend(columns.get("waveform").map(|waveform| hash_columns(waveform, "")));
            // Rows that come together have one hash.
            let hash = hash_columns(&object, "packet_id");
            self.rows.push((decoder, hash));
        }
    }

    fn read(bytes: &[u8], name: &str) -> Option<Self> {
        let stream = ByteStream::new(name, Box::new(Cursor::new(bytes.to_vec())));
        let mut reader = daq::open_stream(stream, &Options::default()).ok()?;
        let mut hashes = Self::default();
        let mut steps = 0;
        while reader.next(&mut hashes).unwrap() == Step::Packet {
            hashes.settle();
            steps += 1;
            assert!(steps <= bytes.len(), "more packets than bytes");
        }
        hashes.settle();
        let mut end = 0;
        for gap in reader.gaps() {
            assert!(gap.offset + gap.bytes <= bytes.len() as u64 && gap.offset >= end, "{name}: {:?}", reader.gaps());
            end = gap.offset;
        }
        Some(hashes)
    }
}

impl Sink for Hashes {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        self.tables.push((table.decoder, Rows::new(table.columns.clone())));
        Some(self.tables.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        &mut self.tables[slot].1
    }

    fn object(&mut self, _: &'static str, _: Option<&Key>, _: Object) -> Result<(), Error> {
        Ok(())
    }
}

/// Damages `cases` copies of files, of each its first `most` bytes; `strange` rows, at most, may be none of the whole file after one damage.
fn corpus(names: &[&str], most: usize, cases: usize, strange: usize) {
    let Some(root) = shared() else { return };
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let data = root.join("data/legend-io");
    let good: Vec<(&str, Vec<u8>, Hashes)> = names
        .iter()
        .map(|name| {
            let mut bytes = fs::read(data.join(name)).unwrap();
            bytes.truncate(most);
            let hashes = Hashes::read(&bytes, name).unwrap();
            (*name, bytes, hashes)
        })
        .collect();
    let known: Vec<(HashSet<_>, HashSet<_>)> = good
        .iter()
        .map(|(.., hashes)| (hashes.rows.iter().copied().collect(), hashes.samples.iter().copied().collect()))
        .collect();
    let headers: Vec<usize> = names
        .iter()
        .map(|name| {
            let (records, _) = daq::records(data.join(name).to_str().unwrap(), &Options::default()).unwrap();
            if records[0].kind.contains("eader") { records[0].size as usize } else { 2 }
        })
        .collect();
    let mut state = 88_172_645_463_325_252;
    let (mut opened, mut rows) = (0, 0);
    for case in 0..cases {
        let (name, bytes, whole) = &good[case % good.len()];
        let mut bytes = bytes.clone();
        let is_cut = case % 4 == 0;
        let mut is_header = false;
        if is_cut {
            bytes.truncate(next(&mut state) % bytes.len());
        } else {
            // Headers and heads decide more than samples do.
            let end = if case % 4 == 1 { 200.min(bytes.len()) } else { bytes.len() };
            let at = next(&mut state) % end;
            is_header = at < headers[case % good.len()];
            bytes[at] = [0, 0xFF, 0x7F, 0x80, next(&mut state) as u8][next(&mut state) % 5];
        }
        let (before, now) = (NOW.load(Ordering::Relaxed), bytes.len());
        PEAK.store(before, Ordering::Relaxed);
        let found = Hashes::read(&bytes, name);
        let peak = PEAK.load(Ordering::Relaxed) - before;
        assert!(peak < (16 << 20) + 8 * now, "{name} case {case}: {peak} bytes for {now}");
        let Some(found) = found else { continue };
        opened += 1;
        rows += found.rows.len();
        let (known_rows, known_samples) = &known[case % good.len()];
        if is_cut {
            // What is delivered is the beginning of what the whole file gives.
            assert!(found.rows.len() <= whole.rows.len(), "{name} case {case}");
            let same = found.rows.iter().zip(&whole.rows).all(|(ours, whole)| ours == whole);
            assert!(same, "{name} case {case}: a row that the whole file has not");
        } else {
            // What FCIO derives goes on from event to event.
            let is_fcio = name.contains("l200-p1");
            // Settings in headers may change every row.
            let odd_rows = found.rows.iter().filter(|row| !known_rows.contains(*row)).count();
            let odd_samples = found.samples.iter().filter(|samples| !known_samples.contains(*samples)).count();
            assert!(is_fcio || is_header || odd_rows <= strange, "{name} case {case}: {odd_rows} rows that nobody wrote");
            assert!(is_header || odd_samples <= strange.max(1), "{name} case {case}: {odd_samples} waveforms that nobody took");
        }
    }
    say(&format!("{cases} damaged copies of {names:?}: {opened} open, {rows} packets with rows"));
    assert!(opened > cases / 4);
}

#[test]
fn damaged_orca_files_give_only_what_is_whole() {
    corpus(
        &["made_raw/sis3302.orca", "made_raw/sis3302_sis3316.orca", "made_raw/sis3316_all_formats.orca"],
        usize::MAX,
        9_600,
        1,
    );
    let real = [
        "orca/L200-comm-20220519-phy-geds.orca",
        "orca/l200-p14-r004-cal-20250606T010224Z.orca",
        "orca/l200-p13-r007-aph-20250101T003931Z.trimmed.orca",
    ];
    corpus(&real, usize::MAX, 400, 1);
}

#[test]
fn damaged_compass_files_give_only_what_is_whole() {
    let made = [
        "made_raw/compass_energy.BIN",
        "made_raw/compass_both_short.BIN",
        "made_raw/compass_calibrated.BIN",
        "made_raw/compass_energy_short_no_header.BIN",
    ];
    // A sample count that is wrong moves all records behind it, as far as they still could be some.
    corpus(&made, usize::MAX, 9_500, 20);
    corpus(&["compass/compass_test_data.BIN"], usize::MAX, 500, 20);
}

#[test]
fn damaged_llama_files_give_only_what_is_whole() {
    let Some(root) = shared() else { return };
    let name = "llama/20241218-150158-pulser.bin";
    if root.join("data/legend-io").join(name).exists() {
        corpus(&[name], 100_000, 9_700, 1);
        corpus(&[name], usize::MAX, 300, 1);
    }
}

/// Takes rows of everything and forgets them every so often, as a writer does.
struct Forgetful {
    tables: Vec<Rows>,
    columns: BTreeMap<String, usize>,
}

impl Sink for Forgetful {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        let key = format!("{} {:?}", table.decoder, table.key);
        self.columns.insert(key, self.tables.len());
        self.tables.push(Rows::new(table.columns.clone()));
        Some(self.tables.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        let rows = &mut self.tables[slot];
        if rows.len() >= 8 {
            rows.clear();
        }
        rows
    }

    fn object(&mut self, _: &'static str, _: Option<&Key>, _: Object) -> Result<(), Error> {
        Ok(())
    }
}

/// Bytes of a header and then the same records again and again, without holding them.
struct Again {
    head: Vec<u8>,
    body: Vec<u8>,
    left: usize,
    at: usize,
}

impl std::io::Read for Again {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let rest = if self.at < self.head.len() { &self.head[self.at..] } else { &self.body[self.at - self.head.len()..] };
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        if self.at == self.head.len() + self.body.len() {
            if self.left == 0 {
                return Ok(n);
            }
            self.left -= 1;
            self.at = self.head.len();
        }
        Ok(n)
    }
}

#[test]
fn nothing_is_allocated_packet_by_packet() {
    let Some(root) = shared() else { return };
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (name, kinds) in [
        ("orca/L200-comm-20220519-phy-geds.orca", &["ORFlashCamADCWaveformDecoder"][..]),
        ("orca/l200-p14-r004-cal-20250606T010224Z.orca", &["ORFCIOEventDecoder"]),
        ("orca/l200-p13-r007-aph-20250101T003931Z.trimmed.orca", &["ORFCIOEventHeaderDecoder", "ORFCIOEventDecoder"]),
        ("made_raw/sis3302.orca", &["ORSIS3302DecoderForEnergy"]),
        ("made_raw/sis3316_all_formats.orca", &["ORSIS3316WaveformDecoder"]),
        ("compass/compass_test_data.BIN", &["event"]),
        ("llama/20241218-150158-pulser.bin", &["event"]),
    ] {
        let path = root.join("data/legend-io").join(name);
        let bytes = fs::read(&path).unwrap();
        let (records, _) = daq::records(path.to_str().unwrap(), &Options::default()).unwrap();
        let events: Vec<_> = records.iter().filter(|record| kinds.contains(&record.kind.as_str())).collect();
        let (start, end) = (events[0].offset as usize, events.last().map(|record| record.offset + record.size).unwrap());
        let (head, body) = (bytes[..start].to_vec(), bytes[start..end as usize].to_vec());
        let left = 2 + 8_000_000 / body.len();
        let stream = ByteStream::new(name, Box::new(Again { head, body, left, at: 0 }));
        let mut reader = daq::open_stream(stream, &Options::default()).unwrap();
        let mut sink = Forgetful { tables: Vec::new(), columns: BTreeMap::new() };
        let (mut packets, mut calls) = (0, 0);
        // Buffers grow at first.
        let warm = left * events.len() / 2;
        while reader.next(&mut sink).unwrap() == Step::Packet {
            packets += 1;
            if packets == warm {
                calls = CALLS.load(Ordering::Relaxed);
            }
        }
        let calls = CALLS.load(Ordering::Relaxed) - calls;
        say(&format!("{name}: {packets} packets, {calls} allocations behind the first {warm}"));
        assert!(packets > 2 * warm, "{name} {packets}");
        assert!(calls <= 16, "{name}: {calls} allocations");
        assert!(reader.gaps().is_empty(), "{name}: {:?}", reader.gaps());
    }
}

/// Gives some bytes, then none for a while, as a file does that grows.
struct Growing {
    bytes: Vec<u8>,
    at: usize,
    state: u64,
    is_next: bool,
}

impl std::io::Read for Growing {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.is_next = !self.is_next;
        if self.is_next {
            return Err(std::io::ErrorKind::WouldBlock.into());
        }
        let n = (1 + next(&mut self.state) % 3000).min(into.len()).min(self.bytes.len() - self.at);
        into[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// A file that grows gives the same rows, and the same gaps, as when it is whole.
#[test]
fn growing_files_give_the_same_rows() {
    let Some(root) = shared() else { return };
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for name in [
        "made_raw/sis3302_sis3316.orca",
        "orca/L200-comm-20220519-phy-geds.orca",
        "made_raw/compass_energy_short_no_header.BIN",
        "llama/20241218-150158-pulser.bin",
    ] {
        let mut bytes = fs::read(root.join("data/legend-io").join(name)).unwrap();
        if name.ends_with(".orca") {
            let at = bytes.len() - 2000;
            bytes.splice(at..at, [0x5A; 7]);
        }
        let whole = Hashes::read(&bytes, name).unwrap();
        let growing = Growing { bytes, at: 0, state: 88_172_645_463_325_252, is_next: false };
        let mut reader = daq::open_stream(ByteStream::new(name, Box::new(growing)), &Options::default()).unwrap();
        let (mut hashes, mut pauses) = (Hashes::default(), 0);
        loop {
            match reader.next(&mut hashes).unwrap() {
                Step::Packet => hashes.settle(),
                Step::Pending => pauses += 1,
                Step::End => break,
            }
        }
        hashes.settle();
        assert_eq!(hashes.rows, whole.rows, "{name}");
        assert!(pauses > 0 || name.contains("compass"), "{name}");
        assert_eq!(reader.gaps().is_empty(), !name.ends_with(".orca"), "{name} {:?}", reader.gaps());
    }
}

/// The kinds of columns are few, and all of them have a hash.
#[test]
fn rows_that_differ_have_other_hashes() {
    let kind = ColumnKind::Number(germane_columns::NumberType::U32);
    let spec = |name: &str| ColumnSpec { name: name.to_owned(), kind: kind.clone(), units: None };
    let hash = |id: u32, value: u32| {
        let mut rows = Rows::new(vec![spec("packet_id"), spec("x")]);
        rows.push(0, id);
        rows.push(1, value);
        rows.end_row();
        hash_columns(&rows.take(), "packet_id")
    };
    assert_eq!(hash(1, 5), hash(2, 5));
    assert_ne!(hash(1, 5), hash(1, 6));
}
