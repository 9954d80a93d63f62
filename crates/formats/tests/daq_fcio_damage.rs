//! Ten thousand damaged FCIO streams: nothing panics, and no row holds values of another event.

#[path = "shared/fcio_stream.rs"]
mod fcio_stream;
#[path = "shared/raw_tables.rs"]
mod raw_tables;

use fcio_stream::Made;
use germane_formats::daq::{self, Options};
use germane_formats::source::ByteStream;
use raw_tables::{Listed, Tables, list};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// xorshift: a failing case can be made again from its number.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 8) as usize
}

fn stream(bytes: Vec<u8>) -> ByteStream {
    ByteStream::unpacking("made.fcio", Box::new(std::io::Cursor::new(bytes)))
}

/// What came of a stream: its event rows as the bytes that lie in the file, and the bytes it says are lost.
struct Found {
    rows: Vec<Vec<u8>>,
    lost: u64,
    gaps: usize,
}

fn read(bytes: Vec<u8>) -> Option<Found> {
    let size = bytes.len() as u64;
    let mut reader = daq::open_stream(stream(bytes), &Options::default()).ok()?;
    let mut tables = Tables::of(&mut *reader);
    let mut rows = Vec::new();
    if let Some(object) = tables.take("FCEventDecoder", "") {
        let mut columns: BTreeMap<String, Listed> = BTreeMap::new();
        list("t", &object, &mut columns);
        let stored = ["eventnumber", "ts_pps", "ts_ticks", "channel", "baseline", "daqenergy", "waveform/values"];
        let stored = stored.map(|name| &columns[&format!("t/{name}")].values.as_ref().unwrap().2);
        let n = stored[0].len() / 4;
        rows = (0..n)
            .map(|i| {
                stored.iter().flat_map(|bytes| &bytes[i * (bytes.len() / n)..(i + 1) * (bytes.len() / n)]).copied().collect()
            })
            .collect();
    }
    let lost = reader.gaps().iter().map(|gap| gap.bytes).sum();
    assert!(lost <= size, "{lost} of {size} bytes: {:?}", reader.gaps());
    Some(Found { rows, lost, gaps: reader.gaps().len() })
}

#[test]
fn damaged_streams_never_give_values_of_another_event() {
    let whole = Made::mixed(5, 40, 40).bytes;
    let start = Instant::now();
    let all = read(whole.clone()).unwrap();
    assert_eq!((all.lost, all.gaps), (0, 0));
    // Rows by their samples' middle, so that the one it must be is found fast.
    let mut known: HashMap<&[u8], &[u8]> = HashMap::new();
    for row in &all.rows {
        for part in row[16..].chunks_exact(8) {
            known.insert(part, row);
        }
    }
    let mut state = 0x5eed_u64;
    let (mut opened, mut rows, mut wrong) = (0, 0, Vec::new());
    for case in 0..10_000 {
        let mut bytes = whole.clone();
        let at = next(&mut state) % bytes.len();
        let mut changed = 0;
        match case % 5 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..(at + 1 + next(&mut state) % 300).min(whole.len()))),
            2 => drop(bytes.splice(at..at, (0..next(&mut state) % 100).map(|i| (i * 37) as u8).collect::<Vec<_>>())),
            _ => {
                changed = 1 + next(&mut state) % 3;
                for _ in 0..changed {
                    let at = next(&mut state) % bytes.len();
                    bytes[at] ^= 1 + (next(&mut state) % 255) as u8;
                }
            }
        }
        let cut = case % 5 == 0;
        let Some(found) = read(bytes.clone()) else { continue };
        opened += 1;
        rows += found.rows.len();
        for row in &found.rows {
            let origin = row[16..].chunks_exact(8).find_map(|part| known.get(part));
            let differences = origin.map(|origin| origin.iter().zip(row).filter(|(a, b)| a != b).count());
            // A byte that came in or went out inside of samples moves no others into the row: its frame would have another length.
            if differences.is_none_or(|n| n > changed) {
                wrong.push(format!("case {case} at {at}: {differences:?} bytes of {changed} differ, event {:?}", &row[..16]));
            }
        }
        if cut {
            assert!(all.rows.starts_with(&found.rows), "case {case}");
        }
    }
    assert!(wrong.is_empty(), "{} rows: {wrong:#?}", wrong.len());
    assert!(opened > 9000 && rows > opened * all.rows.len() / 2, "{opened} {rows}");
    assert!(start.elapsed() < Duration::from_mins(1));
}

/// A frame that is longer than any of the stream ends the reading; what is lost ends with the stream.
#[test]
fn lost_bytes_end_with_the_stream() {
    let made = Made::mixed(5, 40, 6);
    let last = *made.starts.last().unwrap();
    for at in (last + 4..made.bytes.len() - 4).step_by(4) {
        let mut bytes = made.bytes.clone();
        bytes[at..at + 4].copy_from_slice(&0x1f40_0028_i32.to_le_bytes());
        let mut reader = daq::open_stream(stream(bytes), &Options::default()).unwrap();
        Tables::of(&mut *reader);
        let ends = reader.gaps().iter().map(|gap| gap.offset + gap.bytes).max();
        assert!(ends.is_none_or(|end| end <= made.bytes.len() as u64), "{at}: {:?}", reader.gaps());
    }
}

/// First byte of a record; 179 for the unknown kind.
fn bytes_at(made: &Made, at: usize) -> u8 {
    made.bytes[at]
}

#[test]
fn all_whole_records_are_found_around_a_damaged_one() {
    let made = Made::mixed(4, 30, 40);
    let all = read(made.bytes.clone()).unwrap().rows;
    // One byte of the length of each third frame head of each record.
    for record in 1..made.starts.len() - 1 {
        let (start, end) = (made.starts[record], made.starts[record + 1]);
        let mut bytes = made.bytes.clone();
        if bytes_at(&made, start) == 179 {
            // The unknown record has one frame only.
            continue;
        }
        bytes[start + 4 + 8 + 8] ^= 8;
        let Some(found) = read(bytes) else { panic!("record {record}") };
        let missing: Vec<_> = all.iter().filter(|row| !found.rows.contains(row)).collect();
        // An unknown record behind it cannot be told from damage.
        let least = end - start + if bytes_at(&made, end) == 179 { 20 } else { 0 };
        assert!(missing.len() <= 4 && found.lost <= least as u64, "record {record}: {} {}", missing.len(), found.lost);
    }
}

#[test]
fn a_damaged_tag_or_filling_costs_no_record_before() {
    let made = Made::mixed(4, 30, 40);
    let all = read(made.bytes.clone()).unwrap().rows;
    for record in 2..made.starts.len() {
        let start = made.starts[record];
        if bytes_at(&made, start) == 179 {
            // Where an unknown record begins, nobody can say.
            continue;
        }
        let mut bytes = made.bytes.clone();
        bytes[start + 3] = 0x7f;
        let found = read(bytes).unwrap();
        let missing = all.iter().filter(|row| !found.rows.contains(row)).count();
        assert!(missing <= 4 && found.lost > 0, "record {record}: {missing} rows, {} bytes", found.lost);
        let mut bytes = made.bytes.clone();
        bytes.splice(start..start, [0x5a; 52]);
        let found = read(bytes).unwrap();
        assert!(found.rows == all && found.lost == 52, "record {record}: {} bytes", found.lost);
    }
}

#[test]
fn damaged_compressed_streams_end_with_a_note() {
    use std::io::Write;
    let whole = Made::mixed(3, 200, 60).bytes;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(&whole).unwrap();
    let packed = writer.finish().unwrap();
    let all = read(packed.clone()).unwrap().rows;
    let mut state = 7_u64;
    for _ in 0..300 {
        let mut bytes = packed.clone();
        let at = 10 + next(&mut state) % (bytes.len() - 10);
        bytes.truncate(at);
        if let Some(found) = read(bytes) {
            assert!(all.starts_with(&found.rows) && found.gaps > 0);
        }
    }
}
