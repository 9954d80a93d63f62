//! cabinetry's configuration: read with all mistakes at once, then resolved.
//!
//! Source: cabinetry's `schemas/config.json` and documentation (0.6).

mod entries;
mod paths;
mod resolve;
#[cfg(test)]
mod tests;

use super::TemplateFit;
use germane_texts::{Diagnostic, Source, parse_yaml, sort_by_place};

/// # Errors
/// All mistakes, in the order of their places.
pub(super) fn read(source: &Source) -> Result<TemplateFit, Vec<Diagnostic>> {
    let node = parse_yaml(source)?;
    let (configuration, mut problems) = entries::read(source, &node);
    let resolved = configuration.map(|configuration| resolve::resolve(source, &configuration, &mut problems));
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
