//! Text as a configuration of cabinetry or TRExFitter: read, filled with equal contents, compiled, its messages rendered.
#![no_main]

use germane_models::template_fit::{Contents, Origin, TemplateFit};
use germane_texts::{Diagnostic, Source, render};
use libfuzzer_sys::fuzz_target;

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
    let source = Source::new("fit", text);
    let read = if TemplateFit::is_trexfitter(text) { TemplateFit::read_trexfitter } else { TemplateFit::read_cabinetry };
    let fit = match read(&source) {
        Ok(fit) => fit,
        Err(problems) => return check(&problems, text.len()),
    };
    let contents = fit.templates.iter().enumerate().map(|(index, template)| {
        let bins = match &template.origin {
            Origin::Events(events) => events.edges.len() - 1,
            Origin::Histograms(_) => 3,
        };
        let values: Vec<f64> = (0..bins).map(|bin| (index + bin) as f64).collect();
        Contents { edges: Vec::new(), variances: values.clone(), values }
    });
    match fit.workspace(&contents.collect::<Vec<_>>()) {
        Ok(built) => drop(built.workspace.model(None)),
        Err(problems) => check(&problems, text.len()),
    }
});
