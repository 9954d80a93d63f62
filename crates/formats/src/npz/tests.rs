use super::*;
use crate::{hdf5::Element, source::Memory};
use germane_columns::NumberType;
use proptest::prelude::*;
use waveforms::{Codec, OutOfRange, codec_of, decode, encode};

/// `numpy.savez_compressed(f, a=numpy.arange(6, dtype=">i2").reshape(2, 3), b=numpy.array("é"), c=numpy.asfortranarray([[1., 2.], [3., 4.]]))`,
/// NumPy 2.4.6.
const FROM_NUMPY: &str = concat!(
    "504b03042d00000008000000210090bcddc2ffffffffffffffff05001400612e6e7079010010008c000000000000005200000000000000",
    "9bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9769a4aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402",
    "f91a463a0ac69a3a0ab50a64032e06060646062606660616065600504b03042d0000000800000021008f500dc0ffffffffffffffff0500",
    "1400622e6e707901001000840000000000000046000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e136aa8aea3a0",
    "9e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a9a3a0ab50a1401ae970c0c0c00504b03042d0000000800000021",
    "009b109a0effffffffffffffff05001400632e6e707901001000a00000000000000054000000000000009bec17ea1b10c9c850c650ad9e",
    "925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a120f292a4d050a17672416a402b91a463a0a469a3a0ab50ae4032e",
    "0630f8600fa1391c2034039416700000504b01022d032d00000008000000210090bcddc2520000008c0000000500000000000000000000",
    "00800100000000612e6e7079504b01022d032d0000000800000021008f500dc04600000084000000050000000000000000000000800189",
    "000000622e6e7079504b01022d032d0000000800000021009b109a0e54000000a000000005000000000000000000000080010601000063",
    "2e6e7079504b0506000000000300030099000000910100000000"
);

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn open(bytes: &[u8]) -> Result<Npz, Error> {
    Npz::open(Arc::new(Memory::new("a.npz", Arc::from(bytes))))
}

fn read_all(bytes: &[u8]) -> Result<Arrays, Error> {
    let file = open(bytes)?;
    file.names().map(|name| Ok((name.to_owned(), file.read(name)?))).collect()
}

fn written(arrays: &Arrays, storage: Storage) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    write(&path, arrays, storage).unwrap();
    assert_eq!(read(&path).unwrap(), *arrays);
    std::fs::read(path).unwrap()
}

fn shaped(values: impl Into<Values>, shape: &[usize]) -> Values {
    Values { shape: shape.to_vec(), ..values.into() }
}

#[test]
fn reads_what_numpy_writes() {
    let arrays = read_all(&bytes(FROM_NUMPY)).unwrap();
    assert_eq!(arrays.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(arrays["a"], shaped(vec![0_i16, 1, 2, 3, 4, 5], &[2, 3]));
    assert_eq!(arrays["b"].element, Element::Text { utf8: true });
    assert_eq!(arrays["b"].shape, [0; 0]);
    assert!(matches!(&arrays["b"].data, crate::hdf5::ValueData::Texts { bytes, .. } if bytes.as_slice() == "é".as_bytes()));
    assert_eq!(arrays["c"], shaped(vec![1.0, 2.0, 3.0, 4.0], &[2, 2]));
}

#[test]
fn every_flip_and_cut_of_an_archive_is_an_error_or_the_same_values() {
    let good = bytes(FROM_NUMPY);
    let arrays = read_all(&good).unwrap();
    for at in 0..good.len() {
        assert!(read_all(&good[..at]).is_err(), "cut at {at}");
        for flip in [1, 0x80, 0xFF] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            if let Ok(read) = read_all(&bad) {
                // Names are under no checksum, dates and versions are not looked at.
                let same = read.values().zip(arrays.values()).all(|(a, b)| a == b);
                assert!(same && read.len() <= arrays.len(), "byte {at} ^ {flip}");
            }
        }
    }
}

#[test]
fn headers_that_promise_too_much_are_refused() {
    let array = |header: &str, data: usize| {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.resize(bytes.len() + data, 0);
        open(&bytes).unwrap().read("arr_0")
    };
    let header = |descr: &str, shape: &str| format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    assert_eq!(array(&header("<u2", "(3,)"), 6).unwrap(), Values::from(vec![0_u16; 3]));
    assert_eq!(array(&header("<f8", "()"), 8).unwrap(), shaped(vec![0.0], &[]));
    assert_eq!(array(&header("<u2", "(3L, 0L)"), 0).unwrap().shape, [3, 0]);
    for (descr, shape, data) in [
        ("<u2", "(3,)", 7),
        ("<u2", "(4000000000000000000, 4000000000000000000)", 8),
        ("<u2", "(9223372036854775808,)", 0),
        ("<U0", "(1000000000000000000,)", 0),
        ("<u2", "(99999999999999999999999,)", 0),
        ("<u2", "(-1,)", 0),
        ("<U9223372036854775807", "(1,)", 0),
    ] {
        assert!(array(&header(descr, shape), data).is_err(), "{descr} {shape}");
    }
    assert_eq!(array(&header("|O", "(1,)"), 8).unwrap_err().kind, Kind::Unsupported);
    assert_eq!(array(&header("<M8[ns]", "(1,)"), 8).unwrap_err().kind, Kind::Unsupported);
    let structure = "{'descr': [('a', '<i4'), ('b', '<f8')], 'fortran_order': False, 'shape': (1,), }\n";
    assert_eq!(array(structure, 12).unwrap_err().kind, Kind::Unsupported);
    assert_eq!(array("{'descr': '<u2', 'shape': (1,)}", 2).unwrap_err().kind, Kind::Damaged);
}

#[test]
fn other_files_are_named_as_such() {
    assert_eq!(open(b"").unwrap_err().kind, Kind::NotThisFormat);
    assert_eq!(open(b"<!DOCTYPE html><html></html>....").unwrap_err().kind, Kind::NotThisFormat);
    let error = open(&bytes(FROM_NUMPY)).unwrap().read("d").unwrap_err();
    assert_eq!(error.candidates, ["a", "b", "c"]);
}

#[test]
fn waveforms_are_encoded_and_decoded() {
    let samples: Vec<u16> = (0..400_u32).map(|i| (14000 + i * i % 91 + if i > 200 { 30000 } else { 0 }) as u16).collect();
    let mut plain = Arrays::new();
    plain.insert("dt".to_owned(), Values::from(vec![16.0_f32; 4]));
    plain.insert("values".to_owned(), shaped(samples.clone(), &[4, 100]));
    let mut ragged = plain.clone();
    ragged.insert("values".to_owned(), Values::from(samples));
    ragged.insert("cumulative_length".to_owned(), Values::from(vec![0_u32, 1, 399, 400]));
    for codec in [Codec::Uleb128ZigzagDiff, Codec::RadwareSigcompress { shift: -32768 }] {
        for arrays in [&plain, &ragged] {
            let encoded = encode(arrays, codec, OutOfRange::Refuse).unwrap();
            assert_eq!(codec_of(&encoded).unwrap(), codec);
            for storage in [Storage::Stored, Storage::Deflated] {
                let encoded = read_all(&written(&encoded, storage)).unwrap();
                let decoded = decode(&encoded, codec, NumberType::U16, OutOfRange::Refuse).unwrap();
                assert!(arrays.iter().all(|(name, values)| decoded[name] == *values) && decoded.len() == arrays.len());
            }
            let problem = decode(&encoded, codec, NumberType::I8, OutOfRange::Refuse).unwrap_err();
            assert_eq!((problem.array, problem.row), ("encoded_data", Some(usize::from(arrays == &ragged))));
            let mut cut = encoded.clone();
            cut.insert("encoded_data".to_owned(), Values::from(vec![1_u8; 8]));
            assert!(decode(&cut, codec, NumberType::I32, OutOfRange::Refuse).is_err());
            let mut more = encoded.clone();
            more.insert("decoded_size".to_owned(), shaped(vec![i64::MAX], &[]));
            assert!(decode(&more, codec, NumberType::I32, OutOfRange::Refuse).unwrap_err().message.contains("samples where"));
        }
    }
    let problem = encode(&plain, Codec::RadwareSigcompress { shift: 0 }, OutOfRange::Refuse).unwrap_err();
    assert_eq!((problem.array, problem.row), ("values", Some(2)));
    ragged.insert("cumulative_length".to_owned(), Values::from(vec![5, 1, 400]));
    assert_eq!(encode(&ragged, Codec::Uleb128ZigzagDiff, OutOfRange::Refuse).unwrap_err().row, Some(1));
}

proptest! {
    #[test]
    fn arrays_come_back(numbers in proptest::collection::vec(any::<i32>(), 0..200), words in proptest::collection::vec("[a-zé\u{1F600}]{0,5}", 1..6)) {
        let mut arrays = Arrays::new();
        let n = numbers.len();
        arrays.insert("numbers".to_owned(), shaped(numbers.clone(), &[1, n, 1]));
        arrays.insert("größen".to_owned(), Values::from(numbers.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()));
        arrays.insert("bytes".to_owned(), Values::from(numbers.iter().map(|x| *x as u8).collect::<Vec<_>>()));
        let mut offsets = vec![0];
        for word in &words {
            offsets.push(offsets[offsets.len() - 1] + word.len() as i64);
        }
        let data = crate::hdf5::ValueData::Texts { offsets, bytes: germane_columns::buffer::Buffer::from(words.concat().as_bytes()) };
        arrays.insert("words".to_owned(), Values { element: Element::Text { utf8: true }, shape: vec![words.len()], data });
        for storage in [Storage::Stored, Storage::Deflated] {
            written(&arrays, storage);
        }
    }

    #[test]
    fn noise_is_no_archive(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut ended = noise.clone();
        ended.extend(b"PK\x05\x06\0\0\0\0");
        ended.extend([&noise[..12.min(noise.len())], &[0; 12]].concat().iter().take(12));
        ended.extend([0, 0]);
        let _ = (read_all(&noise), read_all(&ended));
    }
}
