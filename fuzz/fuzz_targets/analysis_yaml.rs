//! Text as an analysis file: YAML tree, places, check of form, messages.
#![no_main]

use germane_texts::{Node, Source, Value, read_yaml, render, to_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz.yaml", text);
    let reading = read_yaml(&source);
    if let Some(node) = &reading.node {
        walk(&source, node);
    }
    let problems = match germane_runs::analysis::read(&source) {
        Ok(_) => reading.problems,
        Err(problems) => problems,
    };
    for problem in &problems {
        let lines = render(std::slice::from_ref(problem), false);
        assert!(lines.lines().count() <= 8, "{lines}");
    }
    to_json(6, &problems);
});

/// Every place inside a text lies in the source.
fn walk(source: &Source, node: &Node) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| walk(source, item)),
        Value::Map(entries) => entries.iter().for_each(|entry| walk(source, &entry.value)),
        _ => {
            let length = node.scalar_text().map_or(0, |text| text.chars().count());
            for at in [0, length / 2, length] {
                let span = node.span_in_text(at, at + 1);
                assert!(span.start <= span.end && span.end <= source.text.len());
            }
        }
    }
}
