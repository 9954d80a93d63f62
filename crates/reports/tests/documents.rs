//! The figure document: what is written is read back, mistakes are named with their places.

use germane_reports::figure::{Figure, Layer};
use germane_reports::read;
use germane_reports::recipes::{Contents, Curve, Fit, Quantity, Recipe};
use germane_texts::Source;

/// The example of interface.md, section 4.
const EXAMPLE: &str = r#"{"germane_figure": 1, "kind": "fit", "style": "germane", "size": [8, 8], "legend": ["data", "model"], "provenance": {"product": "fits.unbinned", "key": "4c"},
 "panels": [{"kind": "main", "axes": {"x": {"label": "m", "unit": "GeV", "low": 60, "high": 120}, "y": {"label": "Events / GeV", "log": false}},
   "layers": [{"kind": "points", "role": "data", "edges": [60, 61], "values": [12], "low": [8.6], "high": [16.5], "errors": "garwood"}, {"kind": "line", "role": "model", "x": [60], "y": [11]}]}]}"#;

fn messages(text: &str) -> Vec<String> {
    match read(&Source::new("figure.json", text)) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn example() -> Figure {
    Fit {
        data: Contents::counts(&[60.0, 80.0, 100.0, 120.0], &[3.0, 40.0, 0.0]),
        model: Curve { name: String::new(), x: vec![60.0, 90.0, 120.0], density: vec![0.1, 2.0, 0.1] },
        components: vec![Curve { name: "Signal".into(), x: vec![60.0, 120.0], density: vec![0.0, 0.05] }],
        expected: vec![4.0, 38.0, 1.5],
        x: Quantity::new("m(μμ)", Some("GeV")),
        lines: vec!["$m_Z = 90.9$ GeV".into()],
        ..Fit::default()
    }
    .figure()
}

#[test]
fn the_documented_example_is_read_and_drawn() {
    let figure = read(&Source::new("figure.json", EXAMPLE)).expect("the example");
    assert_eq!(figure.provenance.as_ref().map(|p| p.product.as_str()), Some("fits.unbinned"));
    let words: Vec<String> = germane_reports::text_boxes(&figure).into_iter().map(|(words, _)| words).collect();
    for expected in ["data", "model", "m [GeV]", "Events / GeV", "60", "120"] {
        assert!(words.iter().any(|w| w == expected), "{expected} in {words:?}");
    }
}

#[test]
fn a_document_keeps_every_number() {
    let figure = example();
    let text = figure.to_json();
    let back = read(&Source::new("figure.json", text.as_str())).expect("our own document");
    assert_eq!(back.to_json(), text);
    let (Layer::Points(a), Layer::Points(b)) = (&figure.panels[0].layers[2], &back.panels[0].layers[2]) else { panic!() };
    assert_eq!((&a.values, &a.low, &a.high), (&b.values, &b.low, &b.high));
}

#[test]
fn missing_and_infinite_numbers_have_their_forms() {
    let mut figure = example();
    let Layer::Points(points) = &mut figure.panels[0].layers[2] else { panic!() };
    points.values = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let text = figure.to_json();
    assert!(text.contains(r#""values":[null,"inf","-inf"]"#));
    let back = read(&Source::new("figure.json", text)).expect("our own document");
    let Layer::Points(points) = &back.panels[0].layers[2] else { panic!() };
    assert!(points.values[0].is_nan() && points.values[1] == f64::INFINITY);
    assert!(germane_reports::png(&back).is_ok());
}

#[test]
fn unknown_keys_name_the_nearest_one() {
    assert_eq!(
        messages(&EXAMPLE.replace("\"values\"", "\"valeus\"")),
        ["figure.json:3:69: unknown key `valeus` of layer; did you mean `values`?"]
    );
    let message = messages(&EXAMPLE.replace("\"unit\"", "\"unti\"")).concat();
    assert!(message.contains("unknown key `unti` of axis; did you mean `unit`?"), "{message}");
    let message = messages(&EXAMPLE.replace("\"kind\": \"line\"", "\"kind\": \"lien\"")).concat();
    assert!(message.contains("`line`"), "{message}");
    let message = messages(&EXAMPLE.replace("\"style\"", "\"stile\"")).concat();
    assert!(message.contains("did you mean `style`?"), "{message}");
}

#[test]
fn styles_colours_and_patterns_must_be_known() {
    assert!(messages(&EXAMPLE.replace("\"germane\"", "\"cms\"")).is_empty());
    let message = messages(&EXAMPLE.replace("\"germane\"", "\"ATLSA\"")).concat();
    assert!(message.contains("did you mean `ATLAS`?"), "{message}");
    for (look, said) in [("\"colour\": \"red\"", "`red` is no colour"), ("\"pattern\": \"dahsed\"", "did you mean `dashed`?")] {
        let message = messages(&EXAMPLE.replace("\"role\": \"model\"", look)).concat();
        assert!(message.contains(said), "{message}");
    }
    assert!(messages(&EXAMPLE.replace("\"role\": \"model\"", "\"colour\": \"C3\"")).is_empty());
}

#[test]
fn what_does_not_fit_together_is_refused_with_its_place() {
    let message = messages(&EXAMPLE.replace("\"values\": [12]", "\"values\": [12, 13]")).concat();
    assert!(message.contains("figure.json:3:") && message.contains("`edges` has 2 numbers, expected 3"), "{message}");
    let message = messages(&EXAMPLE.replace("[12]", "[\"twelve\"]")).concat();
    assert!(message.contains("twelve"), "{message}");
    let message = messages(&EXAMPLE.replace("\"germane_figure\": 1", "\"germane_figure\": 2")).concat();
    assert!(message.contains("version 2"), "{message}");
    assert!(!messages("[1, 2]").is_empty());
    assert!(!messages("{").is_empty());
    assert!(!messages(&EXAMPLE.replace("\"kind\": \"line\", ", "")).is_empty());
    assert!(!messages(&EXAMPLE.replace("\"size\": [8, 8]", "\"size\": 8")).is_empty());
}

#[test]
fn damaged_documents_are_answered_and_never_a_panic() {
    for cut in 0..EXAMPLE.len() {
        if EXAMPLE.is_char_boundary(cut) {
            assert!(!messages(&EXAMPLE[..cut]).is_empty());
        }
    }
    for (from, to) in
        [("12", "1e999"), ("[60, 61]", "[61, 60]"), ("8, 8", "1e300, -1"), ("120", "60"), ("\"log\": false", "\"log\": true")]
    {
        if let Ok(figure) = read(&Source::new("figure.json", EXAMPLE.replace(from, to))) {
            germane_reports::svg(&figure);
        }
    }
}

#[test]
fn the_document_of_a_fit_is_as_it_was() {
    let value: serde_json::Value = serde_json::from_str(&example().to_json()).expect("JSON");
    insta::assert_json_snapshot!(value);
}
