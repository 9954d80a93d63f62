//! Text as a chain of waveform processors over a small table: read, planned, listed, its messages rendered.
#![no_main]

use germane_columns::Unit;
use germane_signals::graph::{ColumnShape, Period, Table, TableColumn, WaveformColumn};
use germane_signals::plan::{PlanOptions, plan};
use germane_signals::{Element, chain};
use germane_texts::{Diagnostic, Source, render};
use libfuzzer_sys::fuzz_target;

fn table() -> Table {
    let column = |name: &str, element, shape| TableColumn { name: name.into(), element, shape, units: None, waveform: None };
    let unit = Unit::named("ns").unwrap_or_default();
    let sampling = WaveformColumn { period: Period { value: 16.0, unit }, t0_units: None };
    let waveform = column("waveform", Element::U16, ColumnShape::Samples(200));
    Table {
        columns: vec![
            TableColumn { waveform: Some(sampling), ..waveform },
            column("energy", Element::F32, ColumnShape::Scalar),
            column("count", Element::I32, ColumnShape::Scalar),
            column("times", Element::F32, ColumnShape::Ragged(5)),
            column("name", Element::U8, ColumnShape::Other),
        ],
    }
}

fn check(problems: &[Diagnostic], length: usize) {
    for problem in problems {
        if let Some(span) = problem.span {
            assert!(span.start <= span.end && span.end <= length, "{problem:?}");
        }
        let lines = render(std::slice::from_ref(problem), false);
        assert!(lines.lines().count() <= 8, "{lines}");
    }
}

fuzz_target!(|text: &str| {
    let chain = match chain::read(&[Source::new("chain.yaml", text)]) {
        Ok(chain) => chain,
        Err(problems) => return check(&problems, text.len()),
    };
    match plan(&chain, &table(), &PlanOptions::default()) {
        Ok(plan) => {
            check(&plan.warnings, text.len());
            assert!(plan.listing().contains("outputs:"));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            check(&problems, text.len());
        }
    }
});
