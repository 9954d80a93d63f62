//! One chain for many sets of parameters: what does not depend on them is computed once.

use super::{PlanOptions, finished, planned};
use crate::chain::{Chain, Place};
use crate::graph::{Graph, Output, Table};
use crate::language::Builder;
use germane_texts::{Diagnostic, Node};
use std::ops::Range;

/// A graph that has the outputs of all points.
#[derive(Debug)]
pub struct GridPlan {
    /// What is evaluated; its outputs are those of the points, one point after the other.
    pub graph: Graph,
    /// For each point the positions of its outputs in the graph, or what is wrong with it.
    pub points: Vec<Result<Range<usize>, Vec<Diagnostic>>>,
    /// What is odd, each once.
    pub warnings: Vec<Diagnostic>,
    origins: Vec<Place>,
}

impl GridPlan {
    /// As [`Plan::problem`](super::Plan::problem).
    pub fn problem(&self, chain: &Chain, origin: usize, code: &str, message: impl Into<String>) -> Diagnostic {
        match self.origins.get(origin) {
            Some(place) => chain.problem(code, message, *place),
            None => Diagnostic::new(code, message),
        }
    }
}

/// Plans a chain once for every set of parameters in `points` ([`PlanOptions::parameters`] is not used). Nodes that are equal
/// for several points are one node of the graph.
///
/// # Errors
/// All mistakes, if no point can be planned.
pub fn plan_grid(chain: &Chain, table: &Table, options: &PlanOptions<'_>, points: &[&Node]) -> Result<GridPlan, Vec<Diagnostic>> {
    let (mut builder, mut origins) = (Builder::default(), Vec::new());
    let mut outputs: Vec<Output> = Vec::new();
    let mut warnings: Vec<Diagnostic> = Vec::new();
    let mut results = Vec::new();
    for parameters in points {
        let options = PlanOptions { parameters: Some(parameters), ..*options };
        let mut one = planned(chain, table, &options, &mut builder, &mut origins);
        if one.problems.is_empty() {
            let first = outputs.len();
            outputs.append(&mut one.outputs);
            results.push(Ok(first..outputs.len()));
        } else {
            results.push(Err(one.problems));
        }
        for warning in one.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    let all_failed = !results.is_empty() && results.iter().all(Result::is_err);
    if all_failed {
        let problems = results.into_iter().find_map(Result::err).unwrap_or_default();
        return Err(problems);
    }
    Ok(GridPlan { graph: finished(builder, outputs), points: results, warnings, origins })
}
