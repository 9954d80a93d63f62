//! Text as JSON documents that we read: a tree with places, a histogram in UHI's form, a workspace.
#![no_main]

use germane_texts::{Source, parse_json, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz.json", text);
    let ours = parse_json(&source);
    if let Err(problems) = &ours {
        render(problems, false);
    }
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        // What an independent reader refuses, ours refuses too; a byte order mark is the one thing that ours skips.
        assert!(ours.is_err() || text.starts_with('\u{feff}'), "{text:?}");
        return;
    };
    if let Ok(histogram) = germane_histograms::Histogram::from_uhi(&value) {
        let again = germane_histograms::Histogram::from_uhi(&histogram.to_uhi()).expect("what we write we read");
        assert_eq!(again.to_uhi(), histogram.to_uhi());
    }
});
