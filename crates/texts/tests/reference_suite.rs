//! Shared references that concern texts alone; where the shared folder is absent they are reported as not run.
#![allow(clippy::print_stdout)] // a suite says when it is not run

use std::path::PathBuf;

use germane_texts::{Source, parse_json, parse_yaml, render};

fn shared(path: &str) -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods)] // tests find the references by this variable
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    println!("not run: {} is absent", path.display());
    None
}

/// Mistakes of the analysis file that can be seen without knowing what the file means.
#[test]
fn yaml_level_mistakes_are_those_of_the_references() {
    let Some(path) = shared("refs/analysis/yaml/yaml_errors.json") else { return };
    let source = Source::new("yaml_errors.json", std::fs::read_to_string(path).unwrap());
    let reference = parse_json(&source).unwrap();
    let (mut passed, mut failed) = (0, Vec::new());
    for case in reference.get("cases").unwrap().as_list().unwrap() {
        let field = |name: &str| case.get(name).unwrap();
        let text = |name: &str| field(name).as_text().unwrap();
        // The other codes need columns, files or the meaning of keys.
        if !["yaml", "duplicate"].contains(&text("code")) {
            assert!(parse_yaml(&Source::new("a.yaml", text("text"))).is_ok(), "{}", text("name"));
            continue;
        }
        let source = Source::new("a.yaml", text("text"));
        let problems = parse_yaml(&source).unwrap_err();
        let first = &problems[0];
        let place = first.place.unwrap();
        let right = problems.len() == 1
            && first.code == text("code")
            && Some(place.line as i64) == field("line").as_i64()
            && Some(place.column as i64) == field("column").as_i64()
            && source.slice(first.span.unwrap()) == text("underlined")
            && first.advice_text().unwrap_or_default().contains(text("advice_contains"));
        if right {
            passed += 1;
        } else {
            failed.push(format!("{}\n{}", text("name"), render(&problems, false)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(passed >= 5, "only {passed} cases");
}

/// Columns, fields and names that are underlined inside texts of every style are found by their place in the text.
#[test]
fn places_inside_texts_are_those_of_the_references() {
    let Some(path) = shared("refs/analysis/yaml/yaml_errors.json") else { return };
    let source = Source::new("yaml_errors.json", std::fs::read_to_string(path).unwrap());
    let reference = parse_json(&source).unwrap();
    let cases = reference.get("cases").unwrap().as_list().unwrap();
    for (name, key) in [("folded text", "good"), ("literal block", "good"), ("misspelt column", "good")] {
        let case = cases.iter().find(|case| case.get("name").unwrap().as_text() == Some(name)).unwrap();
        let source = Source::new("a.yaml", case.get("text").unwrap().as_text().unwrap());
        let word = case.get("underlined").unwrap().as_text().unwrap();
        let tree = parse_yaml(&source).unwrap();
        let node = tree.get("define").unwrap().get(key).unwrap();
        let start = node.as_text().unwrap().find(word).unwrap();
        let place = source.place(node.span_in_text(start, start + word.len()));
        assert_eq!(Some(place.line as i64), case.get("line").unwrap().as_i64(), "{name}");
        assert_eq!(Some(place.column as i64), case.get("column").unwrap().as_i64(), "{name}");
        assert_eq!(place.length, word.len(), "{name}");
    }
}

/// The analysis files of the references are read without a complaint.
#[test]
fn analysis_files_of_the_references_are_yaml() {
    let Some(path) = shared("refs/analysis/yaml") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    assert!(!files.is_empty());
    for path in files {
        let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        if let Err(problems) = parse_yaml(&source) {
            panic!("{}", render(&problems, false));
        }
    }
}

/// Case C01 of the shared cases: a trailing comma in a workspace is named with its place, in a few lines.
#[test]
fn names_the_trailing_comma_of_a_workspace() {
    let Some(path) = shared("cases/inputs/ws_trailing_comma.json") else { return };
    let source = Source::new("ws_trailing_comma.json", std::fs::read_to_string(path).unwrap());
    let problems = parse_json(&source).unwrap_err();
    let text = render(&problems, false);
    assert_eq!(problems.len(), 1);
    assert!(text.contains("trailing comma"), "{text}");
    let place = problems[0].place.unwrap();
    assert_eq!(source.slice(problems[0].span.unwrap()), ",");
    assert!(text.contains(&format!("ws_trailing_comma.json:{}:{}", place.line, place.column)), "{text}");
    assert!(text.lines().count() <= 8 && text.contains('^'), "{text}");
}
