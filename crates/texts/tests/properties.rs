//! Laws: nothing panics, JSON is read as serde_json reads it, places answer texts.

use germane_texts::{Diagnostic, Node, Source, Span, Value, nearest, parse_json, parse_yaml, read_yaml, render, to_json};
use proptest::prelude::*;

/// Text made of pieces that matter to both languages.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("a: "),
        Just("b"),
        Just("\n"),
        Just("  "),
        Just("\t"),
        Just("- "),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(", "),
        Just(","),
        Just(":"),
        Just("\""),
        Just("'"),
        Just("\\"),
        Just("\\u"),
        Just("d83d"),
        Just("\\n"),
        Just("|"),
        Just(">-"),
        Just("&x "),
        Just("*x"),
        Just("!t "),
        Just("# c"),
        Just("---"),
        Just("..."),
        Just("? "),
        Just("010"),
        Just("1e5"),
        Just("-"),
        Just(".inf"),
        Just("null"),
        Just("true"),
        Just("é"),
        Just("\u{feff}"),
        Just("\r\n"),
        Just("\r"),
        Just("%"),
        Just("//"),
        Just("/*"),
        Just("*/"),
        Just("f(x"),
        Just("y)"),
        Just("\u{1b}"),
        Just("中"),
        Just("<<"),
        Just("\u{85}"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check_everything(text: &str) {
    let source = Source::new("t", text);
    for problems in [parse_yaml(&source).err(), parse_json(&source).err()].into_iter().flatten() {
        assert!(!problems.is_empty());
        for problem in &problems {
            let span = problem.span.expect("mistakes of texts have places");
            assert!(span.start <= span.end && span.end <= text.len() + 1, "{problem:?}");
        }
        let shown = render(&problems, false);
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        render(&problems, true);
        to_json(6, &problems);
    }
    let reading = read_yaml(&source);
    if let Some(node) = &reading.node {
        check_places(&source, node);
    }
}

/// Every character of a text has a place inside its node, in order.
fn check_places(source: &Source, node: &Node) {
    assert!(node.span.start <= node.span.end && node.span.end <= source.text.len(), "{node:?}");
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| check_places(source, item)),
        Value::Map(entries) => entries.iter().for_each(|entry| check_places(source, &entry.value)),
        _ => {
            let text = node.scalar_text().unwrap();
            let mut before = 0;
            for i in 0..text.chars().count() {
                let span = node.span_in_text(i, i + 1);
                assert!(span.start >= before && span.end <= source.text.len(), "{node:?} {i} {span:?}");
                before = span.start;
            }
        }
    }
}

fn as_serde(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(as_serde).collect(),
        Value::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), as_serde(&entry.value))).collect(),
    }
}

/// Equal, where numbers beyond i64 are doubles here and may be u64 there.
fn same(ours: &serde_json::Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (serde_json::Value::Number(a), serde_json::Value::Number(b)) => {
            a == b || a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits)
        }
        (serde_json::Value::Array(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (serde_json::Value::Object(a), serde_json::Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        (a, b) => a == b,
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_filter("JSON has no infinities", |x| x.is_finite()).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::Array),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn has_doubled_key(problems: &[Diagnostic]) -> bool {
    problems.iter().any(|problem| problem.code == "duplicate")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        check_everything(&text);
    }

    #[test]
    fn arbitrary_pieces_never_panic(text in pieces()) {
        check_everything(&text);
    }

    #[test]
    fn json_is_accepted_where_serde_json_accepts_it(text in pieces()) {
        // serde_json 1: an independent reader of RFC 8259; it takes repeated keys, and no byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let theirs: Result<serde_json::Value, _> = serde_json::from_str(text);
        match (parse_json(&Source::new("t", text)), theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert!(same(&as_serde(&ours), &theirs), "{text:?}"),
            (Err(problems), Ok(_)) => prop_assert!(has_doubled_key(&problems), "{text:?} {problems:?}"),
            (Ok(_), Err(error)) => prop_assert!(false, "{text:?} {error}"),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn json_written_by_serde_json_is_read_back(value in json_value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let node = parse_json(&Source::new("t", text.as_str())).unwrap();
        prop_assert!(same(&as_serde(&node), &value), "{text}");
        check_places(&Source::new("t", text.as_str()), &node);
    }

    #[test]
    fn yaml_reads_printable_json_alike(words in proptest::collection::vec("[ -~]{0,12}", 0..5), number in any::<f64>().prop_filter("finite", |x| x.is_finite())) {
        let value = serde_json::json!({"words": words, "number": number, "deep": [[{"x": null}]]});
        let node = parse_yaml(&Source::new("t", value.to_string())).unwrap();
        prop_assert!(same(&as_serde(&node), &value), "{value}");
    }

    #[test]
    fn words_of_folded_and_literal_texts_are_found_in_the_source(words in proptest::collection::vec("[a-z]{1,6}", 1..12), breaks in proptest::collection::vec(0..3usize, 12), style in 0..5usize) {
        let mut written = String::new();
        for (i, word) in words.iter().enumerate() {
            written.push_str(if i == 0 { "" } else if breaks[i] == 0 { "\n\n    " } else if breaks[i] == 1 { "\n    " } else { " " });
            written.push_str(word);
        }
        let text = match style {
            0 => format!("é: x\na: |\n    {written}\nb: 1\n"),
            1 => format!("é: x\na: >-\n    {written}\nb: 1\n"),
            2 => format!("é: x\na: \"{written}\"\nb: 1\n"),
            3 => format!("é: x\na: '{written}'\nb: 1\n"),
            // A word that looks like null or a boolean is none behind this one.
            _ => format!("é: x\na: plain {written}\nb: 1\n"),
        };
        let source = Source::new("t", text);
        let node = parse_yaml(&source).unwrap();
        let node = node.get("a").unwrap();
        let read = node.as_text().unwrap();
        let mut at = 0;
        for word in read.split([' ', '\n']).filter(|word| !word.is_empty()) {
            at += read[at..].find(word).unwrap();
            prop_assert_eq!(source.slice(node.span_in_text(at, at + word.len())), word);
            at += word.len();
        }
    }

    #[test]
    fn the_nearest_name_is_one_of_the_candidates(name in any::<String>(), candidates in proptest::collection::vec(any::<String>(), 0..6)) {
        if let Some(found) = nearest(&name, candidates.iter().map(String::as_str)) {
            prop_assert!(candidates.iter().any(|candidate| candidate == found));
        }
    }

    #[test]
    fn spans_anywhere_are_rendered(text in any::<String>(), start in 0..60usize, length in 0..60usize, message in any::<String>()) {
        let source = Source::new("t", text);
        let problem = Diagnostic::new("x", message).at(&source, Span::new(start, start + length)).also(Span::new(length, start), "there").advice("a\nb");
        let shown = render(&[problem], false);
        prop_assert!(shown.contains("error"));
    }
}

#[test]
fn deep_texts_are_refused_without_a_stack_overflow() {
    for text in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "- ".repeat(100_000),
        "a: {".repeat(50_000),
        "[".repeat(100_000) + &"]".repeat(100_000),
    ] {
        let source = Source::new("t", text);
        assert!(parse_yaml(&source).is_err());
        assert!(parse_json(&source).is_err());
    }
}

#[test]
fn aliases_that_grow_beyond_bounds_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let inner = format!("*a{}, ", i - 1).repeat(10);
        text.push_str(&format!("a{i}: &a{i} [{inner}]\n"));
    }
    let problems = parse_yaml(&Source::new("t", text)).unwrap_err();
    assert!(problems[0].message.contains("aliases repeat too much"), "{problems:?}");
}

#[test]
fn aliases_repeat_values_with_the_place_where_they_are_written() {
    let source = Source::new("t", "base: &base {pt: 30}\nother: *base\n");
    let node = parse_yaml(&source).unwrap();
    let pt = node.get("other").unwrap().get("pt").unwrap();
    assert_eq!(pt.as_i64(), Some(30));
    assert_eq!(source.place(pt.span).line, 1);
    assert_eq!(source.slice(node.get("base").unwrap().span), "{pt: 30}");
}

#[test]
fn escapes_keep_the_places_behind_them() {
    let source = Source::new("t", "cut: \"a\\t\\u03b7 < \\\n    2 and  etaa\"\nc2: 'it''s etaa'\n");
    let node = parse_yaml(&source).unwrap();
    for key in ["cut", "c2"] {
        let cut = node.get(key).unwrap();
        let text = cut.as_text().unwrap();
        let start = text.chars().count() - 4;
        assert_eq!(source.slice(cut.span_in_text(start, start + 4)), "etaa", "{text:?}");
    }
    let cut = node.get("cut").unwrap();
    assert_eq!(cut.as_text(), Some("a\tη < 2 and  etaa"));
    assert_eq!(source.slice(cut.span_in_text(2, 3)), "\\u03b7");
    let json = Source::new("t", r#"["a\u00e9\ud83d\ude00b"]"#);
    let node = parse_json(&json).unwrap();
    let text = &node.as_list().unwrap()[0];
    assert_eq!(text.as_text(), Some("aé😀b"));
    assert_eq!(json.slice(text.span_in_text(2, 4)), "\\ud83d\\ude00b");
}

#[test]
fn tags_of_the_core_schema_decide_the_kind() {
    let node = parse_yaml(&Source::new("t", "a: !!str 010\nb: !!float 3\nc: !!seq [1]\nd: !!str\n")).unwrap();
    assert_eq!(node.get("a").unwrap().as_text(), Some("010"));
    assert_eq!(node.get("b").unwrap().as_f64(), Some(3.0));
    assert_eq!(node.get("d").unwrap().as_text(), Some(""));
    assert!(parse_yaml(&Source::new("t", "a: !!int x\n")).is_err());
}

#[test]
fn byte_order_marks_and_carriage_returns_move_no_place() {
    let source = Source::new("t", "\u{feff}a: 1\r\n# é\r\nb: x\r\n");
    let node = parse_yaml(&source).unwrap();
    assert_eq!(source.slice(node.entry("a").unwrap().key_span), "a");
    assert_eq!(source.slice(node.get("b").unwrap().span), "x");
    assert_eq!(source.place(node.get("b").unwrap().span).line, 3);
}

#[test]
fn a_file_without_content_is_null() {
    for text in ["", "# only a comment\n", "---\n"] {
        assert!(parse_yaml(&Source::new("t", text)).unwrap().is_null(), "{text:?}");
    }
}
