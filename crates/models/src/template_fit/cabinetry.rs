//! cabinetry's configuration: read with all mistakes at once, then resolved.
//!
//! Source: cabinetry's `schemas/config.json` and documentation (0.6).

mod entries;
mod paths;
mod resolve;
#[cfg(test)]
mod tests;

use super::TemplateFit;
use germane_texts::{Diagnostic, Node, Source, Value, parse_yaml, sort_by_place};

/// # Errors
/// All mistakes, in the order of their places.
pub(super) fn read(source: &Source) -> Result<TemplateFit, Vec<Diagnostic>> {
    let mut node = parse_yaml(source)?;
    merge(&mut node);
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

/// Carries out YAML 1.1's merge keys (`<<: *defaults`), which cabinetry's reader knows: what a map says itself wins over what is
/// merged, earlier maps of a list over later ones.
fn merge(node: &mut Node) {
    match &mut node.value {
        Value::List(nodes) => nodes.iter_mut().for_each(merge),
        Value::Map(entries) => {
            entries.iter_mut().for_each(|entry| merge(&mut entry.value));
            let is_map = |node: &Node| node.as_map().is_some();
            let merges = |node: &Node| is_map(node) || node.as_list().is_some_and(|nodes| nodes.iter().all(is_map));
            let Some(at) = entries.iter().position(|entry| entry.key == "<<" && merges(&entry.value)) else { return };
            let merged = entries.remove(at).value;
            let maps = if let Value::List(nodes) = merged.value { nodes } else { vec![merged] };
            for map in maps {
                let Value::Map(more) = map.value else { continue };
                for entry in more {
                    if entries.iter().all(|known| known.key != entry.key) {
                        entries.push(entry);
                    }
                }
            }
        }
        _ => {}
    }
}
