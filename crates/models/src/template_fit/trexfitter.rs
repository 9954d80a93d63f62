//! TRExFitter's configuration, the common subset: blocks of settings, templates from histograms or trees.
//!
//! ```text
//! Job: "fit"                     blocks begin lines; their settings follow, indented
//!   ReadFrom: HIST               % and # begin comments outside of quotes
//!   HistoPath: "inputs"
//! Region: "SR"
//!   HistoName: "mass"            names and lists are separated by commas
//! Sample: "background"
//!   HistoFile: "background"
//! Systematic: "JES"
//!   HistoNameSufUp: "_jesUp"
//!   Symmetrisation: ONESIDED
//! ```
//! Source: the tables of settings in TRExFitter's public documentation.

mod blocks;
mod inputs;
mod resolve;
mod settings;
#[cfg(test)]
mod tests;

use super::TemplateFit;
use germane_texts::{Diagnostic, Source, sort_by_place};

/// # Errors
/// All mistakes, in the order of their places.
pub(super) fn read(source: &Source) -> Result<TemplateFit, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let blocks = blocks::read(source, &mut problems);
    settings::check(source, &blocks, &mut problems);
    let resolved =
        if problems.iter().any(Diagnostic::is_error) { None } else { resolve::resolve(source, &blocks, &mut problems) };
    sort_by_place(&mut problems);
    problems.dedup();
    match resolved {
        Some(mut fit) if problems.iter().all(|problem| !problem.is_error()) => {
            fit.warnings = problems;
            Ok(fit)
        }
        _ => Err(problems.into_iter().filter(Diagnostic::is_error).collect()),
    }
}
