//! Commands on workspaces: a model in, a table, a document or a figure out.

mod combine;
mod compatibility;
mod contour;
mod eft;
mod figures;
mod fit;
mod gof;
mod inspect;
mod limit;
mod rank;
mod region;
mod sample;
mod scan;
mod significance;
mod toys;
pub(super) mod workspace;
mod yields;

pub(super) use combine::combine;
pub(super) use contour::contour;
pub(super) use eft::eft;
pub(super) use fit::fit;
pub(super) use gof::gof;
pub(super) use inspect::inspect;
pub(super) use limit::limit;
pub(super) use rank::rank;
pub(super) use sample::sample;
pub(super) use scan::scan;
pub(super) use significance::significance;
pub(super) use toys::toys;
pub(super) use yields::yields;

use super::figure::write;
use germane_inference::{NoResult, Segment};
use germane_runs::Error;
use germane_texts::Diagnostic;

/// An interval of several pieces.
fn union(pieces: &[Segment]) -> String {
    let piece = |piece: &Segment| {
        let (open, close) = (if piece.low_at_bound { "(≤ " } else { "" }, if piece.high_at_bound { " ≤)" } else { "" });
        format!("[{open}{:.4}, {:.4}{close}]", piece.low, piece.high)
    };
    pieces.iter().map(piece).collect::<Vec<_>>().join(" ∪ ")
}

/// A test that has no result: exit code 7.
fn no_result(reason: NoResult) -> Error {
    Error { exit: germane_runs::exit::FIT, diagnostics: vec![Diagnostic::new("fit", reason.0)] }
}
