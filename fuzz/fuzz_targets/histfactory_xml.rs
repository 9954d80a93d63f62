//! Text as the top-level file, then as the channel file of a HistFactory configuration, beside a sound one of the other kind.
#![no_main]

use germane_models::histfactory_xml::{Configuration, Convention};
use germane_models::{HistogramSource, Likelihood, SourceHistogram};
use germane_texts::{Diagnostic, Source, render};
use libfuzzer_sys::fuzz_target;

/// Every name is a histogram of two bins.
struct Anything;

impl HistogramSource for Anything {
    fn histogram(&self, _: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        let contents = vec![0.1 * name.len() as f64, 2.0];
        Ok(SourceHistogram { edges: vec![vec![0.0, 1.0, 2.0]], variances: contents.clone(), contents, single: true })
    }
}

fn check(top: &str, channel: &str) {
    let configuration = Configuration::read(&Source::new("top.xml", top), |name| Ok(Source::new(name, channel)));
    let compiled = configuration.and_then(|read| read.model(None, &Anything, Convention::Root));
    match compiled {
        Ok(compiled) => assert!(!compiled.model.nll(&compiled.model.start()).is_nan()),
        Err(problems) => {
            assert!(!problems.is_empty());
            render(&problems, false);
        }
    }
}

fuzz_target!(|text: &str| {
    let (top, channel) = include_str!("../seeds/histfactory_xml.txt").split_once("===\n").expect("two texts");
    check(text, channel);
    check(top, text);
});
