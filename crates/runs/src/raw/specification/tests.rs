use super::*;
use germane_formats::lh5::{Codec, Compression};

fn problems(text: &str) -> Vec<String> {
    let source = Source::new("spec.yaml", text);
    Specification::read(&source).map_or_else(|p| p.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

#[test]
fn the_peers_example_is_read() {
    let text = r#"{"FCEventDecoder": {"ch{key:0>7d}": {"key_list": [[52800, 52803], 52805], "out_stream": "$DIR/{file_key}.lh5:/raw",
        "proc_spec": {"window": ["waveform", 100, -200, "windowed"], "drop": ["waveform"],
                      "dtype_conv": {"windowed/values": "int32"}, "compression": {"windowed/values": "RadwareSigcompress(codec_shift=-32768)"},
                      "hdf5_settings": {"timestamp": {"shuffle": true, "compression": "lzf"}, "baseline": {"compression": "gzip", "compression_opts": 9, "chunks": [50]}}}}},
        "*": {"{name}": {"key_list": ["*"], "out_stream": "{file_key}_{name}.lh5"}}}"#;
    let read = Specification::read(&Source::new("spec.json", text)).unwrap();
    let buffer = &read.decoders[0].buffers[0];
    assert!(buffer.is_per_key());
    assert_eq!(buffer.keys[0].taken, Taken::Range(52800, 52803));
    let process = buffer.process.as_ref().unwrap();
    assert_eq!(process.window.as_ref().unwrap().range(1836), 100..1636);
    assert_eq!(process.encode[0].1, Codec::RadwareSigcompress { shift: -32768 });
    let settings = &process.settings[1].1;
    assert_eq!(
        (&settings.compression, settings.level, settings.chunks.as_deref()),
        (&Some(Compression::Deflate), Some(9), Some(&[50][..]))
    );
    assert_eq!(read.decoders[1].buffers[0].keys[0].taken, Taken::Rest);
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places() {
    let text = "FCEventDecoder:\n  ch{key:0>7q}:\n    key_lst: [1]\n    proc_spec:\n      windw: [waveform, 0, 10, w]\n      dsp_config: {outputs: 3}\n      \
                dtype_conv: {baseline: flot32}\n      compression: {w/values: RadwareSigcompress(codec_shft=1)}\n      \
                hdf5_settings: {a: {compression: gzp, shufle: true}}\n  b:\n    key_list: [[3, 1], -1, [1, 2, 3]]\n";
    let found = problems(text);
    for (place, words) in [
        ("spec.yaml:2:5:", "type `q`"),
        ("spec.yaml:3:5:", "did you mean `key_list`?"),
        ("spec.yaml:5:7:", "did you mean `window`?"),
        ("spec.yaml:6:", "outputs"),
        ("spec.yaml:7:30:", "did you mean `float32`?"),
        ("spec.yaml:8:50:", "did you mean `codec_shift`?"),
        ("spec.yaml:9:40:", "did you mean `gzip`?"),
        ("spec.yaml:9:45:", "did you mean `shuffle`?"),
        ("spec.yaml:11:16:", "the range [3, 1] is empty"),
        ("spec.yaml:11:24:", "a key cannot be"),
        ("spec.yaml:11:28:", "is a range"),
    ] {
        assert!(found.iter().any(|p| p.starts_with(place) && p.contains(words)), "{place} {words} in {found:#?}");
    }
    assert_eq!(found.len(), 11, "{found:#?}");
}

#[test]
fn forms_that_are_no_map_or_list_are_told() {
    assert!(problems("[1, 2]")[0].contains("expected a map of decoders"));
    assert!(problems("A: 3")[0].contains("expected a map of buffers"));
    assert!(problems("A: {b: {key_list: 3}}")[0].contains("expected a list"));
    assert!(problems("A: {b: {key_list: []}}")[0].contains("is empty"));
    assert!(problems("A: {b: {key_list: ['*'], proc_spec: {window: [a, 1, 2]}}}")[0].contains("3 items where 4 are due"));
    assert!(problems("A: {b: {key_list: ['*'], out_stream: '{x'}}")[0].contains("not closed"));
    assert!(problems("A: {b: {key_list: ['*'], proc_spec: {window: [a, x, 2, w]}}}")[0].contains("a sample number"));
}
