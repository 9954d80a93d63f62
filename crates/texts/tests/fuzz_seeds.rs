//! The fuzz targets' first inputs, and the inputs that once broke something (`fuzz/regressions`), in every plain test run.

use std::path::Path;

use germane_texts::{Source, parse_json, read_yaml, render};

#[test]
fn seeds_and_found_inputs_are_read_without_a_panic() {
    let fuzz = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz"));
    let mut texts = Vec::new();
    for name in ["analysis_yaml.txt", "chain_text.txt", "documents.txt", "expression.txt"] {
        let seeds = std::fs::read_to_string(fuzz.join("seeds").join(name)).unwrap();
        texts.extend(seeds.split("===\n").map(str::to_owned));
    }
    let regressions = std::fs::read_dir(fuzz.join("regressions")).into_iter().flatten().flatten();
    texts.extend(regressions.filter_map(|file| std::fs::read_to_string(file.path()).ok()));
    assert!(texts.len() > 5);
    for text in texts {
        let source = Source::new("seed", text);
        render(&read_yaml(&source).problems, true);
        render(&parse_json(&source).err().unwrap_or_default(), true);
    }
}
