//! `germane codec` as it is called.

use germane_formats::hdf5::Values;
use germane_formats::npz::{self, Arrays, Storage};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn germane(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_germane")).args(arguments).current_dir(folder).output().unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Two waveforms of three samples, and a column beside.
fn waveforms(folder: &Path) -> Arrays {
    let mut arrays = Arrays::new();
    let values = Values::from(vec![10_u16, 11, 9, 40000, 40001, 40000]);
    arrays.insert("values".to_owned(), Values { shape: vec![2, 3], ..values });
    arrays.insert("dt".to_owned(), Values::from(vec![16.0_f32, 16.0]));
    npz::write(&folder.join("in.npz"), &arrays, Storage::Deflated).unwrap();
    arrays
}

#[test]
fn waveforms_are_encoded_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let plain = waveforms(folder.path());
    for codec in ["uleb128_zigzag_diff", "radware_sigcompress"] {
        let output = germane(&["codec", "encode", "in.npz", "-o", "e.npz", "--codec", codec, "--json"], folder.path());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report = document(&output);
        assert_eq!((&report["codec"], &report["input"]["bytes"]), (&codec.into(), &12.into()));
        let shift = if codec == "radware_sigcompress" { Value::from(-32768) } else { Value::Null };
        assert_eq!(report["codec_shift"], shift);
        let encoded = npz::read(&folder.path().join("e.npz")).unwrap();
        assert_eq!(encoded["dt"], plain["dt"]);
        if shift.is_null() {
            // 10, 1, -2 and 40000, 1, -1 as zigzag numbers in base 128
            let bytes = [0x14, 0x02, 0x03, 0x80, 0xF1, 0x04, 0x02, 0x01];
            assert_eq!(encoded["encoded_data"].bytes().unwrap().as_slice(), bytes);
            assert_eq!(encoded["cumulative_length"], Values::from(vec![3_u32, 8]));
        }
        let output = germane(&["codec", "decode", "e.npz", "-o", "d.npz", "--to", "uint16"], folder.path());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let decoded = npz::read(&folder.path().join("d.npz")).unwrap();
        assert!(plain.iter().all(|(name, values)| decoded[name] == *values) && decoded.len() == plain.len());
    }
}

#[test]
fn samples_that_do_not_fit_are_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    waveforms(folder.path());
    let radware = ["codec", "encode", "in.npz", "-o", "e.npz", "--codec", "radware_sigcompress", "--shift", "0"];
    let output = germane(&radware, folder.path());
    assert_eq!(output.status.code(), Some(4));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("values row 1: sample 0 with the shift is 40000"), "{message}");
    assert!(!folder.path().join("e.npz").exists());
    assert_eq!(germane(&[&radware[..], &["--wrap"]].concat(), folder.path()).status.code(), Some(0));
    let output = germane(&["codec", "decode", "e.npz", "-o", "d.npz", "--to", "uint16"], folder.path());
    assert!(String::from_utf8_lossy(&output.stderr).contains("encoded_data row 1: sample 0 is -25536"));
    assert!(!folder.path().join("d.npz").exists());
}

#[test]
fn mistakes_have_their_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    waveforms(folder.path());
    let code = |arguments: &[&str]| germane(arguments, folder.path()).status.code();
    assert_eq!(code(&["codec", "encode", "absent.npz", "-o", "e.npz"]), Some(4));
    assert_eq!(code(&["codec", "encode", "in.npz", "-o", "e.npz", "--codec", "flac"]), Some(2));
    assert_eq!(code(&["codec", "decode", "in.npz", "-o", "e.npz"]), Some(4));
    assert_eq!(code(&["codec", "decode", "in.npz", "-o", "e.npz", "--to", "int8"]), Some(2));
}
