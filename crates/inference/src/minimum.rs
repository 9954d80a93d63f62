//! A minimum, or the reason why there is none.

use crate::point::{Point, Problem};
use crate::search::{End, Found, Limits, search};

/// Why a test, scan or ranking has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoResult(pub String);

impl std::fmt::Display for NoResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoResult {}

/// The minimum that a search from `start` ends in.
pub(crate) fn minimum(problem: &Problem<'_>, start: &[f64], limits: Limits) -> Result<Point, NoResult> {
    found_minimum(problem, start, limits).map(|found| found.point)
}

/// The same with all that the search found.
pub(crate) fn found_minimum(problem: &Problem<'_>, start: &[f64], limits: Limits) -> Result<Found, NoResult> {
    let found = search(problem, start, limits);
    match found.end {
        _ if found.is_minimum() => Ok(found),
        End::NotFinite => {
            let why = problem.likelihood.complaint(&found.point.x);
            Err(NoResult(why.unwrap_or_else(|| format!("-ln L is {}", found.point.value))))
        }
        End::Stationary | End::Limit | End::Stuck => Err(NoResult(format!("a fit found no minimum (edm {:.1e})", found.edm))),
    }
}
