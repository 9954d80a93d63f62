//! FCIO from files that grow, from sockets, and from packed files.

#[path = "shared/fcio_stream.rs"]
mod fcio_stream;
#[path = "shared/raw_tables.rs"]
mod raw_tables;

use fcio_stream::Made;
use germane_formats::daq::{self, Options, RawReader, Step};
use raw_tables::{Listed, Tables, list};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use std::{fs, thread};

fn values(mut tables: Tables) -> BTreeMap<String, Vec<u8>> {
    let mut all: BTreeMap<String, Listed> = BTreeMap::new();
    for decoder in tables.decoders() {
        let object = tables.take(decoder, "").unwrap();
        list(decoder, &object, &mut all);
    }
    all.into_iter().filter_map(|(path, listed)| Some((path, listed.values?.2))).collect()
}

fn whole(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let stream = germane_formats::source::ByteStream::new("whole", Box::new(std::io::Cursor::new(bytes.to_vec())));
    let mut reader = daq::open_stream(stream, &Options::default()).unwrap();
    values(Tables::of(&mut *reader))
}

/// Reads until the end, or until `packets` came from a stream that has none.
fn follow(reader: &mut dyn RawReader, packets: usize) -> (Tables, usize) {
    let (mut tables, mut n, until) = (Tables::default(), 0, Instant::now() + Duration::from_secs(20));
    while n < packets && Instant::now() < until {
        match reader.next(&mut tables).unwrap() {
            Step::Packet => n += 1,
            Step::Pending => thread::sleep(Duration::from_millis(1)),
            Step::End => break,
        }
    }
    (tables, n)
}

fn packets(bytes: &[u8]) -> usize {
    let stream = germane_formats::source::ByteStream::new("whole", Box::new(std::io::Cursor::new(bytes.to_vec())));
    let mut reader = daq::open_stream(stream, &Options::default()).unwrap();
    let (mut n, mut tables) = (0, Tables::default());
    while reader.next(&mut tables).unwrap() == Step::Packet {
        n += 1;
    }
    n
}

#[test]
fn a_growing_file_is_followed_record_by_record() {
    let bytes = Made::mixed(4, 300, 50).bytes;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.fcio");
    fs::write(&path, b"").unwrap();
    let writer = {
        let (path, bytes) = (path.clone(), bytes.clone());
        thread::spawn(move || {
            let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
            for piece in bytes.chunks(997) {
                file.write_all(piece).unwrap();
                thread::sleep(Duration::from_micros(200));
            }
        })
    };
    let mut options = Options::default();
    options.follow = true;
    let mut reader = daq::open(path.to_str().unwrap(), &options).unwrap();
    let (tables, n) = follow(&mut *reader, packets(&bytes));
    writer.join().unwrap();
    assert_eq!(n, packets(&bytes));
    assert!(reader.gaps().is_empty());
    assert_eq!(values(tables), whole(&bytes));
    assert_eq!(reader.next(&mut Tables::default()).unwrap(), Step::Pending);
    assert_eq!(reader.bytes_read(), bytes.len() as u64);
}

#[test]
fn an_event_is_given_when_its_last_frame_is_there() {
    let mut made = Made::new(2, 10);
    made.event(0);
    let bytes = made.bytes.clone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.fcio");
    fs::write(&path, &bytes).unwrap();
    let mut options = Options::default();
    options.follow = true;
    let mut reader = daq::open(path.to_str().unwrap(), &options).unwrap();
    let mut tables = Tables::default();
    assert_eq!(reader.next(&mut tables).unwrap(), Step::Packet);
    assert_eq!(reader.next(&mut tables).unwrap(), Step::Pending);
}

#[test]
fn a_socket_gives_the_same_tables_as_the_file() {
    let bytes = Made::mixed(4, 300, 50).bytes;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let server = {
        let bytes = bytes.clone();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            for (i, piece) in bytes.chunks(4099).enumerate() {
                socket.write_all(piece).unwrap();
                if i % 8 == 7 {
                    // Longer than a read waits, so that the stream is pending in between.
                    thread::sleep(Duration::from_millis(60));
                }
            }
        })
    };
    let mut reader = daq::open(&address, &Options::default()).unwrap();
    assert_eq!(reader.format(), "FlashCam");
    let (tables, _) = follow(&mut *reader, usize::MAX);
    server.join().unwrap();
    assert!(reader.gaps().is_empty());
    assert_eq!(values(tables), whole(&bytes));
}

#[test]
fn a_host_that_does_not_answer_is_an_error_soon() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = daq::open(&format!("tcp://127.0.0.1:{port}"), &Options::default()).err().unwrap();
    assert_eq!(error.kind, germane_formats::Kind::Gone);
}

#[test]
fn packed_files_of_every_kind_give_the_same_tables() {
    let bytes = Made::mixed(4, 300, 30).bytes;
    let folder = tempfile::tempdir().unwrap();
    let gzip = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let bzip2 = |bytes: &[u8]| {
        let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    // A name does not matter, members do not begin where records do.
    let half = bytes.len() / 2 + 1;
    let files = [
        ("a.fcio.gz", [gzip(&bytes[..half]), gzip(&bytes[half..])].concat()),
        ("b.fcio.bz2", [bzip2(&bytes[..half]), bzip2(&bytes[half..])].concat()),
        ("c", [zstd(&bytes[..half]), zstd(&bytes[half..])].concat()),
    ];
    for (name, packed) in files {
        let path = folder.path().join(name);
        fs::write(&path, &packed).unwrap();
        let mut reader = daq::open(path.to_str().unwrap(), &Options::default()).unwrap();
        let tables = Tables::of(&mut *reader);
        assert!(reader.gaps().is_empty(), "{name} {:?}", reader.gaps());
        assert_eq!(reader.bytes_read(), packed.len() as u64);
        assert_eq!(values(tables), whole(&bytes), "{name}");
    }
}

#[test]
fn joined_files_of_one_configuration_are_one_stream() {
    let (first, second) = (Made::mixed(4, 30, 10), Made::mixed(4, 30, 10));
    let joined = [first.bytes.clone(), second.bytes].concat();
    let once = whole(&first.bytes);
    let both = whole(&joined);
    let samples = |of: &BTreeMap<String, Vec<u8>>| of["FCEventDecoder/waveform/values"].clone();
    assert_eq!(samples(&both), [samples(&once), samples(&once)].concat());
    // The second configuration is a packet, too (legend-daq2lh5 1.7.1).
    let last = |of: &BTreeMap<String, Vec<u8>>| of["FCEventDecoder/packet_id"].last_chunk::<4>().copied().map(u32::from_le_bytes);
    assert_eq!(last(&both).unwrap(), packets(&first.bytes) as u32 + 1 + last(&once).unwrap());
}
