//! Text as an HS3 document: read, written, compiled, evaluated, converted to a workspace.
#![no_main]

use germane_models::histfactory_xml::Convention;
use germane_models::hs3::Document;
use germane_texts::{Source, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let document = match Document::read(&Source::new("fuzz.json", text)) {
        Ok(document) => document,
        Err(problems) => {
            assert!(!problems.is_empty());
            render(&problems, false);
            return;
        }
    };
    let written = document.to_text();
    let again = Document::read(&Source::new("written.json", written.clone())).expect("what we write we read");
    assert_eq!(again.to_text(), written);
    for convention in [Convention::Exact, Convention::Root] {
        match document.compile(None, convention) {
            Ok(compiled) => {
                let model = compiled.likelihood();
                let x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
                assert!(!model.nll(&x).is_nan());
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                render(&problems, false);
            }
        }
    }
    if let Err(problems) = document.to_workspace() {
        assert!(!problems.is_empty());
    }
});
