//! The way of rows from a stream to tables, with streams made row by row.

use super::collector::{Limits, Store};
use super::conversion::{Until, pass};
use super::routes::{Buffer, Routes, Surroundings};
use super::specification::Specification;
use crate::error::Error;
use crate::progress::Progress;
use germane_columns::NumberType;
use germane_formats::daq::{ColumnKind, ColumnSpec, DecoderInfo, Gap, Key, RawReader, Sink, Step, TableSpec};
use germane_formats::hdf5::Values;
use germane_formats::lh5::{Content, Object};
use germane_texts::Source;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A stream of rows that were written down: one row a packet, its decoder, its key, its number.
struct Written {
    decoders: Vec<DecoderInfo>,
    tables: Vec<TableSpec>,
    rows: Vec<(usize, u32)>,
    at: usize,
    #[allow(clippy::option_option, reason = "not asked, asked and refused, asked and given")]
    slots: Vec<Option<Option<usize>>>,
}

const SAMPLES: usize = 4;

fn event(key: Option<Key>) -> TableSpec {
    let number = |name: &str| ColumnSpec { name: name.into(), kind: ColumnKind::Number(NumberType::U32), units: None };
    let kind = ColumnKind::Waveform { t0: NumberType::F32, dt: NumberType::F32, sample: NumberType::U16, samples: SAMPLES };
    let waveform = ColumnSpec { name: "waveform".into(), kind, units: None };
    TableSpec { decoder: "EventDecoder", key, columns: vec![number("packet_id"), number("channel"), waveform] }
}

fn header(key: &str) -> TableSpec {
    let column = ColumnSpec { name: "packet_id".into(), kind: ColumnKind::Number(NumberType::U32), units: None };
    TableSpec { decoder: "EventDecoder", key: Some(Key::Text(key.into())), columns: vec![column] }
}

impl Written {
    /// `packets` packets that go round over the channels.
    fn channels(keys: &[u64], packets: u32) -> Self {
        let tables: Vec<TableSpec> = keys.iter().map(|k| event(Some(Key::Number(*k)))).collect();
        let info = DecoderInfo {
            decoder: "EventDecoder",
            key_lists: vec![keys.iter().map(|k| Key::Number(*k)).collect()],
            is_object: false,
        };
        let run = DecoderInfo { decoder: "HeaderDecoder", key_lists: vec![], is_object: true };
        let rows = (0..packets).map(|i| ((i * i) as usize % keys.len(), i)).collect();
        Self { decoders: vec![info, run], slots: vec![None; tables.len()], tables, rows, at: 0 }
    }
}

impl RawReader for Written {
    fn format(&self) -> &'static str {
        "written"
    }

    fn decoders(&self) -> &[DecoderInfo] {
        &self.decoders
    }

    fn tables(&self) -> Vec<TableSpec> {
        self.tables.clone()
    }

    fn next(&mut self, sink: &mut dyn Sink) -> Result<Step, germane_formats::Error> {
        if self.at == 0 {
            sink.object("HeaderDecoder", None, Object::new("real", Content::Scalar(Values::from(vec![7_i32]))))?;
        }
        let Some(&(table, number)) = self.rows.get(self.at) else { return Ok(Step::End) };
        self.at += 1;
        let spec = &self.tables[table];
        let slot = *self.slots[table].get_or_insert_with(|| sink.open(spec));
        if let Some(slot) = slot {
            let rows = sink.rows(slot);
            rows.push(0, number);
            if spec.columns.len() > 1 {
                rows.push(1, table as u32);
                let samples: Vec<u8> = (0..SAMPLES as u16).flat_map(|i| (number as u16 + i).to_ne_bytes()).collect();
                rows.push_waveform(2, f64::from(number), 16.0, &samples);
            }
            rows.end_row();
        }
        Ok(Step::Packet)
    }

    fn gaps(&self) -> &[Gap] {
        &[]
    }

    fn unclaimed(&self) -> Vec<(String, u64)> {
        Vec::new()
    }
}

/// Blocks by file and object, in order.
#[derive(Default)]
struct Kept(BTreeMap<String, Vec<Object>>);

impl Store for Kept {
    fn append(&mut self, buffer: &Buffer, first_row: u64, mut block: Object) -> Result<(), Error> {
        if let Some(process) = &buffer.process {
            process.cut(&mut block);
            process.apply(&mut block, first_row).map_err(|refused| Error::internal(refused.message))?;
        }
        let place = format!("{}:{}", buffer.destination.file.display(), buffer.destination.path());
        self.0.entry(place).or_default().push(block);
        Ok(())
    }

    fn put(&mut self, buffer: &Buffer, object: Object) -> Result<bool, Error> {
        self.append(buffer, 0, object).map(|()| true)
    }
}

impl Kept {
    /// Numbers of a column over all blocks.
    fn column(&self, place: &str, name: &str) -> Vec<u32> {
        let blocks = self.0.get(place).unwrap_or_else(|| panic!("no {place} in {:?}", self.0.keys()));
        let numbers = |object: &Object| {
            let Content::Array(values) = &object.content else { panic!("an array") };
            let bytes = values.bytes().unwrap().as_slice().to_vec();
            bytes.chunks(4).map(|c| u32::from_ne_bytes(c.try_into().unwrap())).collect::<Vec<_>>()
        };
        let mut out = Vec::new();
        for block in blocks {
            let Content::Table { columns, .. } = &block.content else { panic!("a table") };
            out.extend(numbers(&columns[name]));
        }
        out
    }
}

fn surroundings() -> Surroundings {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Surroundings {
        output: "/o/out.lh5".into(),
        words: map(&[("file_key", "K")]),
        variables: map(&[("DIR", "/d"), ("RUN", "r1")]),
    }
}

const LIMITS: Limits = Limits { rows: 8192, bytes: 1 << 20, total: 1 << 22, rows_per_key: None };

fn converted(reader: &mut Written, text: Option<&str>, limits: Limits) -> Result<(Kept, Vec<String>), Vec<String>> {
    let lines = |problems: &[germane_texts::Diagnostic]| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    let read = |text: &str| Specification::read(&Source::new("s.yaml", text)).map(Arc::new);
    let specification = text.map(read).transpose().map_err(|p| lines(&p))?;
    let tables = reader.tables();
    let mut routes = Routes::new(specification, surroundings(), &reader.decoders, &tables).map_err(|p| lines(&p))?;
    let mut kept = Kept::default();
    let until = Until { packets: None, follow: false };
    let passed = pass(reader, &mut routes, &mut kept, limits, until, &Progress::default()).map_err(|e| lines(&e.diagnostics))?;
    Ok((kept, passed.notes))
}

fn places(kept: &Kept) -> Vec<&str> {
    kept.0.keys().map(String::as_str).collect()
}

#[test]
fn without_a_specification_tables_have_the_names_of_their_decoders() {
    let (kept, _) = converted(&mut Written::channels(&[5, 6], 9), None, LIMITS).unwrap();
    assert_eq!(places(&kept), ["/o/out.lh5:Event", "/o/out.lh5:Header"]);
    assert_eq!(kept.column("/o/out.lh5:Event", "packet_id"), (0..9).collect::<Vec<_>>());
}

#[test]
fn explicit_keys_come_first_then_patterns_then_the_star() {
    let spec = "EventDecoder: {rest: {key_list: ['*'], out_stream: 'a.lh5'}, odd: {key_list: ['*[134]'], out_stream: ':/p'}, \
                one: {key_list: [[11, 12]], out_stream: '${{DIR}}/{file_key}_$RUN.lh5:/g/'}}";
    let (kept, _) = converted(&mut Written::channels(&[10, 11, 12, 13, 14], 50), Some(spec), LIMITS).unwrap();
    assert_eq!(places(&kept), ["/d/K_r1.lh5:g/one", "/o/a.lh5:rest", "/o/out.lh5:p/odd"]);
    let channels = |place: &str| kept.column(place, "channel").into_iter().collect::<std::collections::BTreeSet<_>>();
    // i² mod 5 is 0, 1 or 4: channels 10, 11 and 14
    assert_eq!(channels("/d/K_r1.lh5:g/one"), [1].into());
    assert_eq!(channels("/o/a.lh5:rest"), [0].into());
    assert_eq!(channels("/o/out.lh5:p/odd"), [4].into());
    let spec = "EventDecoder: {odd: {key_list: ['*[13]']}, four: {key_list: [14]}}";
    let (kept, _) = converted(&mut Written::channels(&[10, 11, 12, 13, 14], 50), Some(spec), LIMITS).unwrap();
    assert_eq!(places(&kept), ["/o/out.lh5:four", "/o/out.lh5:odd"]);
}

#[test]
fn each_key_has_a_table_where_the_name_says_so() {
    let spec = "EventDecoder: {'ch{key:0>4d}/raw': {key_list: ['*'], out_stream: '{file_key}-{key:x}.lh5'}}";
    let (kept, _) = converted(&mut Written::channels(&[10, 11], 4), Some(spec), LIMITS).unwrap();
    assert_eq!(places(&kept), ["/o/K-a.lh5:ch0010/raw", "/o/K-b.lh5:ch0011/raw"]);
    assert_eq!(kept.column("/o/K-b.lh5:ch0011/raw", "packet_id"), [1, 3]);
    let spec = "EventDecoder: {x: {key_list: ['*'], out_name: 'y{key}', out_stream: '{name}.lh5:/{name}'}}\n'*': {'{name}': {key_list: ['*'], out_stream: '{name}.lh5:/{name}'}}";
    let (kept, _) = converted(&mut Written::channels(&[10, 11], 4), Some(spec), LIMITS).unwrap();
    assert_eq!(places(&kept), ["/o/Header.lh5:Header/Header", "/o/x.lh5:x/y10", "/o/x.lh5:x/y11"]);
}

#[test]
fn contents_do_not_depend_on_blocks() {
    let whole = converted(&mut Written::channels(&[5, 6, 7], 500), None, LIMITS).unwrap().0;
    for (rows, bytes, total) in [(1, 1 << 20, 1 << 20), (7, 1 << 20, 1 << 20), (8192, 100, 1 << 20), (8192, 1 << 20, 300)] {
        let limits = Limits { rows, bytes, total, rows_per_key: None };
        let blocks = converted(&mut Written::channels(&[5, 6, 7], 500), None, limits).unwrap().0;
        assert!(blocks.0["/o/out.lh5:Event"].len() > 20);
        assert_eq!(blocks.column("/o/out.lh5:Event", "packet_id"), whole.column("/o/out.lh5:Event", "packet_id"));
    }
}

#[test]
fn rows_are_counted_for_each_key() {
    let limits = Limits { rows_per_key: Some(3), ..LIMITS };
    let (kept, _) = converted(&mut Written::channels(&[5, 6, 7], 100), None, limits).unwrap();
    // i² mod 3: 0 1 1 0 1 1 0 …
    assert_eq!(kept.column("/o/out.lh5:Event", "packet_id"), [0, 1, 2, 3, 4, 6]);
}

#[test]
fn rows_go_to_two_tables_in_order() {
    let spec = "EventDecoder: {all: {key_list: ['*']}, copy: {key_list: [[5, 6]], duplicate: true}}";
    let (kept, _) = converted(&mut Written::channels(&[5, 6, 7, 8], 40), Some(spec), Limits { rows: 7, ..LIMITS }).unwrap();
    assert_eq!(kept.column("/o/out.lh5:all", "packet_id"), (0..40).collect::<Vec<_>>());
    assert_eq!(kept.column("/o/out.lh5:copy", "packet_id"), (0..40).collect::<Vec<_>>());
    let spec = "EventDecoder: {all: {key_list: [6, 5]}, copy: {key_list: [6]}}";
    let problems = converted(&mut Written::channels(&[5, 6], 4), Some(spec), LIMITS).map(|_| ()).unwrap_err();
    assert!(problems[0].contains("key 6 is in two buffers, `all` and `copy`"), "{problems:?}");
}

#[test]
fn tables_of_two_kinds_are_split() {
    let mut reader = Written::channels(&[5], 6);
    reader.tables.push(header("fcid_1/hdr"));
    reader.tables.push(header("swtid_1/hdr"));
    reader.slots = vec![None; 3];
    reader.decoders[0].key_lists =
        vec![vec![Key::Number(5)], vec![Key::Text("fcid_1/hdr".into()), Key::Text("swtid_1/hdr".into())]];
    reader.rows = (0..6).map(|i| (i % 3, i as u32)).collect();
    let spec = "EventDecoder: {all: {key_list: ['*']}}";
    let (kept, notes) = converted(&mut reader, Some(spec), LIMITS).unwrap();
    assert_eq!(places(&kept), ["/o/out.lh5:all", "/o/out.lh5:all_fcid_1/hdr"]);
    assert_eq!(kept.column("/o/out.lh5:all_fcid_1/hdr", "packet_id"), [1, 2, 4, 5]);
    assert_eq!(notes.len(), 1);
    (reader.at, reader.slots) = (0, vec![None; 3]);
    let (kept, _) = converted(&mut reader, None, LIMITS).unwrap();
    assert_eq!(places(&kept), ["/o/out.lh5:Event_1", "/o/out.lh5:Event_5", "/o/out.lh5:Header"]);
}

#[test]
fn mistakes_against_the_stream_are_told_before_a_packet_is_decoded() {
    let text = "EvntDecoder: {a: {key_list: [1]}}\nEventDecoder:\n  a: {key_list: [5, 66, [100, 200], 'x*']}\n  b: {key_list: ['*']}\n  c: {key_list: ['*']}\n";
    let mut reader = Written::channels(&[5, 6], 4);
    let problems = converted(&mut reader, Some(text), LIMITS).map(|_| ()).unwrap_err();
    assert_eq!(reader.at, 0);
    for (place, words) in [
        ("s.yaml:1:1:", "did you mean `EventDecoder`?"),
        ("s.yaml:3:21:", "did you mean `6`?"),
        ("s.yaml:3:25:", "no key of EventDecoder lies in [100, 200]"),
        ("s.yaml:3:37:", "matches `x*`"),
        ("s.yaml:5:18:", "take all keys that are left"),
    ] {
        assert!(problems.iter().any(|p| p.starts_with(place) && p.contains(words)), "{place} {words} in {problems:#?}");
    }
    assert_eq!(problems.len(), 5, "{problems:#?}");
}

#[test]
fn fields_that_no_table_has_are_told_before_a_packet_is_decoded() {
    let text = "EventDecoder:\n  'ch{key}':\n    key_list: ['*']\n    proc_spec:\n      window: [wavefrm, 1, -1, w]\n      drop: [packet_ids, w]\n      \
                dtype_conv: {waveform/valus: int32, waveform: int32}\n      compression: {channel: ULEB128ZigZagDiff()}\n";
    let mut reader = Written::channels(&[5, 6], 4);
    let problems = converted(&mut reader, Some(text), LIMITS).map(|_| ()).unwrap_err();
    assert_eq!(reader.at, 0);
    for words in [
        "did you mean `waveform`?",
        "did you mean `packet_id`?",
        "did you mean `waveform/values`?",
        "`waveform` is a table",
        "`channel` has no samples",
    ] {
        assert!(problems.iter().any(|p| p.contains(words)), "{words} in {problems:#?}");
    }
    let names = "EventDecoder: {'{kye}': {key_list: ['*'], out_stream: '$DIRR/x.lh5'}, b: {key_list: [5], out_stream: '{key}-{file_kex}.lh5'}}";
    let problems = converted(&mut reader, Some(names), LIMITS).map(|_| ()).unwrap_err();
    for words in ["did you mean `key`?", "did you mean `DIR`?", "did you mean `file_key`?"] {
        assert!(problems.iter().any(|p| p.contains(words)), "{words} in {problems:#?}");
    }
    let clash = "'*': {x: {key_list: ['*']}}";
    let problems = converted(&mut reader, Some(clash), LIMITS).map(|_| ()).unwrap_err();
    assert!(problems[0].contains("would be written to one table"), "{problems:?}");
}

#[test]
fn windows_move_the_start_and_types_are_converted() {
    let spec = "EventDecoder:\n  a:\n    key_list: ['*']\n    proc_spec: {window: [waveform, 1, -1, w], drop: [waveform], dtype_conv: {w/values: int32, channel: float64}}\n";
    let (kept, _) = converted(&mut Written::channels(&[5], 3), Some(spec), LIMITS).unwrap();
    let block = &kept.0["/o/out.lh5:a"][0];
    assert_eq!(block.datatype.as_deref(), Some("table{channel,packet_id,w}"));
    let Content::Table { columns, .. } = &block.content else { panic!("a table") };
    let Content::Table { columns, rows: 3 } = &columns["w"].content else { panic!("a waveform of three rows") };
    let Content::Array(values) = &columns["values"].content else { panic!("values") };
    assert_eq!(values.shape, [3, 2]);
    let numbers: Vec<i32> =
        values.bytes().unwrap().as_slice().chunks(4).map(|c| i32::from_ne_bytes(c.try_into().unwrap())).collect();
    assert_eq!(numbers, [1, 2, 2, 3, 3, 4]);
    let Content::Array(t0) = &columns["t0"].content else { panic!("start times") };
    assert_eq!(*t0, Values::from(vec![16.0_f32, 17.0, 18.0]));
    assert_eq!(columns["t0"].attributes["units"], germane_formats::hdf5::Attribute::Text("ns".into()));
    let narrow = "EventDecoder: {a: {key_list: ['*'], proc_spec: {dtype_conv: {waveform/values: int8}}}}";
    let problems =
        converted(&mut Written::channels(&[5], 200), Some(narrow), Limits { rows: 50, ..LIMITS }).map(|_| ()).unwrap_err();
    assert_eq!(problems, ["`waveform/values`, row 125, sample 3: 128 does not fit int8"]);
}
