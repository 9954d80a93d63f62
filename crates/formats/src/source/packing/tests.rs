//! Streams that the usual writers of each compression made, whole and damaged.

use crate::source::ByteStream;
use proptest::prelude::*;
use std::io::{self, Read, Write};

fn packed(which: usize, bytes: &[u8]) -> Vec<u8> {
    match which {
        0 => {
            let mut writer = flate2::GzBuilder::new()
                .filename("a.fcio")
                .comment("c")
                .extra(vec![1, 2, 3])
                .write(Vec::new(), flate2::Compression::fast());
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        1 => {
            let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        _ => zstd::encode_all(bytes, 1).unwrap(),
    }
}

fn all(stream: &mut ByteStream) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let n = stream.peek(1000).unwrap().len();
        out.extend_from_slice(stream.window());
        stream.advance(n);
        if n == 0 && !stream.is_pending() {
            return out;
        }
    }
}

fn open(bytes: Vec<u8>) -> ByteStream {
    ByteStream::unpacking("raw", Box::new(io::Cursor::new(bytes)))
}

fn text(n: u32) -> Vec<u8> {
    (0..n).flat_map(|i| (i.wrapping_mul(2_654_435_761) >> 20).to_le_bytes()).collect()
}

/// Gives few bytes at a time, and often none yet.
struct Dripping(io::Cursor<Vec<u8>>, u32);

impl Read for Dripping {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let n = (self.1 >> 28) as usize;
        if n == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = n.min(into.len());
        self.0.read(&mut into[..n])
    }
}

#[test]
fn several_members_are_one_stream() {
    for which in 0..3 {
        let parts = [text(50_000), Vec::new(), text(7), text(300_000)];
        let bytes: Vec<u8> = parts.iter().flat_map(|p| packed(which, p)).collect();
        let mut stream = open(bytes.clone());
        assert_eq!(all(&mut stream), parts.concat(), "{which}");
        assert_eq!((stream.damage(), stream.bytes_read()), (None, bytes.len() as u64));
    }
}

#[test]
fn bytes_that_come_slowly_are_waited_for() {
    for which in 0..3 {
        let whole = text(3000);
        let bytes = [packed(which, &whole), packed(which, &whole)].concat();
        let mut stream = ByteStream::unpacking("raw", Box::new(Dripping(io::Cursor::new(bytes), 1)));
        assert_eq!(all(&mut stream), [whole.clone(), whole].concat(), "{which}");
        assert_eq!(stream.damage(), None);
    }
}

#[test]
fn zeros_behind_a_member_are_padding_and_others_are_reported() {
    for which in 0..3 {
        let whole = packed(which, &text(1000));
        let mut padded = open([whole.clone(), vec![0; 700]].concat());
        assert_eq!(all(&mut padded), text(1000));
        assert_eq!(padded.damage(), None, "{which}");
        let mut followed = open([whole.clone(), b"garbage".to_vec()].concat());
        assert_eq!(all(&mut followed), text(1000));
        let damage = followed.damage().unwrap();
        assert_eq!(damage.byte, whole.len() as u64, "{which} {damage:?}");
        assert!(damage.reason.contains("behind the last member"));
    }
}

#[test]
fn a_cut_stream_gives_what_is_there_and_says_so() {
    for which in 0..3 {
        let (bytes, raw) = (packed(which, &text(200_000)), text(200_000));
        for cut in [bytes.len() - 1, bytes.len() - 9, bytes.len() / 2, 12] {
            let mut stream = open(bytes[..cut].to_vec());
            let given = all(&mut stream);
            assert!(raw.starts_with(&given), "{which} {cut}");
            assert!(stream.damage().is_some(), "{which} {cut}");
        }
    }
}

#[test]
fn a_changed_checksum_is_reported() {
    let mut bytes = packed(0, &text(100));
    let n = bytes.len();
    bytes[n - 6] ^= 1;
    let mut stream = open(bytes);
    assert_eq!(all(&mut stream), text(100));
    assert!(stream.damage().unwrap().reason.contains("checksum"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn changed_bytes_never_panic(which in 0_usize..3, at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut bytes = packed(which, &text(2000));
        let at = at.index(bytes.len());
        bytes[at] = to;
        let mut stream = open(bytes);
        prop_assert!(all(&mut stream).len() <= 1 << 20);
    }
}
