//! Text as a datacard over a few histograms: read, compiled, evaluated, combined with itself, its messages rendered.
#![no_main]

use germane_models::datacard::{Card, CardOptions};
use germane_models::{HistogramSource, Likelihood, SourceHistogram};
use germane_texts::{Diagnostic, Source, render};
use libfuzzer_sys::fuzz_target;

struct Few;

impl HistogramSource for Few {
    fn histogram(&self, _: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        let contents = match name.bytes().last() {
            Some(b'p') => vec![2.0, 3.5, 1.0],
            Some(b'n') => vec![1.5, 0.0, 4.0],
            Some(b'z') => return Err(Diagnostic::new("name", "no such histogram")),
            _ => vec![2.0, 3.0, 1.5],
        };
        Ok(SourceHistogram { edges: Vec::new(), variances: contents.clone(), contents, single: false })
    }
}

fn check(problems: &[Diagnostic], length: usize) {
    assert!(!problems.is_empty());
    for problem in problems {
        if let Some(span) = problem.span {
            assert!(span.start <= span.end && span.end <= length, "{problem:?}");
        }
        render(std::slice::from_ref(problem), false);
    }
}

fuzz_target!(|text: &str| {
    let card = match Card::read(&Source::new("card.txt", text)) {
        Ok(card) => card,
        Err(problems) => return check(&problems, text.len()),
    };
    // What a card asks for grows with columns times lines.
    if card.processes.len() * (card.nuisances.len() + card.rates.len()) > 2000 {
        return;
    }
    if let Ok(both) = Card::combine(vec![("x".to_owned(), card.clone()), ("y".to_owned(), card.clone())]) {
        assert_eq!(both.processes.len(), 2 * card.processes.len());
    }
    match card.model(&Few, &CardOptions::default()) {
        Ok(model) => {
            let x = model.start();
            assert!(!model.nll(&x).is_nan());
            if x.len() < 100 {
                model.gradient(&x, &mut vec![0.0; x.len()]);
            }
        }
        Err(problems) => check(&problems, text.len()),
    }
});
