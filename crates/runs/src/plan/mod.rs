//! Analysis → plan: every expression checked against the columns of all files, products with their keys, nothing read.

mod axes;
mod document;
mod node_keys;
mod planner;
mod references;
mod schema;

pub(crate) use axes::in_unit;
pub use document::{document, hash, text};
pub(crate) use node_keys::NodeKeys;
pub(crate) use planner::{problem_at, require_weight};
pub(crate) use references::chain;
pub(crate) use schema::{column, schema_of};

use crate::analysis::{Analysis, Channel};
use crate::content_key::Key;
use crate::densities::{self, Densities};
use crate::error::Error;
use crate::inputs::{BadFiles, Bound, bind};
use germane_columns::Unit;
use germane_expressions::Program;
use germane_histograms::Axis;
use germane_texts::Diagnostic;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Rooms whose numbers go into partials; a room's number rises when its results change.
pub const KERNELS: &str = "read.root=1;expressions=1;histograms=1";

/// The name of the unvaried column set.
pub const NOMINAL: &str = "nominal";

/// A checked analysis, ready to run.
pub struct Plan {
    /// what the user wrote
    pub analysis: Analysis,
    /// folder of the analysis file
    pub folder: PathBuf,
    /// one plan a dataset
    pub datasets: Vec<DatasetPlan>,
    /// the model, where it is made of densities
    pub densities: Option<Densities>,
}

/// What is done with the entries of one dataset.
pub struct DatasetPlan {
    /// its files
    pub bound: Bound,
    /// everything that is evaluated a block
    pub program: Program,
    /// logical columns that the program takes, in its order
    pub reads: Vec<Read>,
    /// selections: region × variation
    pub selections: Vec<Selection>,
    /// histograms filled
    pub fills: Vec<Fill>,
    /// rows kept
    pub rows: Vec<Rows>,
    /// nodes of the graph in order, as the plan shows them
    pub nodes: Vec<Value>,
    /// key of what is computed in one pass
    pub pass: Key,
}

/// One input of the program.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// logical column
    pub column: usize,
    /// column that counts the items of its collection, where it is in one
    pub counter: Option<usize>,
}

/// A region in one variation.
pub struct Selection {
    /// index of the region
    pub region: usize,
    /// `nominal`, `jes_up`, …
    pub variation: String,
    /// cuts as written, of this region and those it continues
    pub steps: Vec<String>,
    /// outputs that hold the cuts
    pub cuts: Vec<usize>,
    /// output that holds the weight
    pub weight: Option<usize>,
    /// key of its cutflow
    pub key: Key,
}

/// A histogram in one selection.
pub struct Fill {
    /// index of the histogram
    pub histogram: usize,
    /// index of the selection
    pub selection: usize,
    /// variation it is filled for; the selection's, unless only values or weight vary
    pub variation: String,
    /// outputs that hold the values, one an axis
    pub values: Vec<usize>,
    /// factor into the axis' unit, one an axis
    pub factors: Vec<f64>,
    /// axes of the histogram
    pub axes: Vec<Axis>,
    /// output that holds the weight, with the histogram's own factor
    pub weight: Option<usize>,
    /// key of the histogram
    pub key: Key,
}

/// Values kept entry by entry: of a table, or for an unbinned fit.
pub struct Rows {
    /// what they are for
    pub purpose: Purpose,
    /// index of the selection
    pub selection: usize,
    /// names as written
    pub names: Vec<String>,
    /// outputs that hold the columns
    pub columns: Vec<usize>,
    /// factor of each column into the axis' unit, where they are for a density
    pub factors: Vec<f64>,
    /// key of the rows
    pub key: Key,
}

/// Who wants rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// the table of that index
    Table(usize),
    /// the density of the channel of that index
    Channel(usize),
}

impl Plan {
    /// Checks an analysis against the headers of its files.
    ///
    /// # Errors
    /// All mistakes of all texts at once (exit 6), else bad files (exit 4).
    pub fn new(analysis: Analysis, folder: &Path, bad_files: BadFiles) -> Result<Self, Error> {
        let mut wrong = references::references(&analysis);
        let bound = match bind(&analysis, folder, bad_files) {
            Ok(bound) => bound,
            Err(error) if wrong.is_empty() => return Err(error),
            Err(error) => {
                // A wrong text wins over a bad input; both kinds of text mistakes are told at once.
                if error.exit == crate::error::exit::TEXT {
                    wrong.extend(error.diagnostics);
                }
                return Err(Error::text(in_order(wrong)));
            }
        };
        let (mut datasets, mut missing) = (Vec::new(), Vec::new());
        for dataset in bound {
            match planner::plan(&analysis, dataset) {
                Ok(planned) => {
                    missing.extend(planned.missing);
                    datasets.push(planned.plan);
                }
                Err(found) => wrong.extend(found),
            }
        }
        let densities = densities::read(&analysis, |channel| axis_of(&analysis, &datasets, channel)).unwrap_or_else(|found| {
            wrong.extend(found);
            None
        });
        if !wrong.is_empty() {
            return Err(Error::text(in_order(wrong)));
        }
        if !missing.is_empty() {
            return Err(Error::input(missing));
        }
        Ok(Self { analysis, folder: folder.to_owned(), datasets, densities })
    }
}

/// Axis of a channel: of its histogram, or its own coarser one.
fn axis_of(analysis: &Analysis, datasets: &[DatasetPlan], channel: &Channel) -> Option<Axis> {
    let histogram = analysis.histograms.iter().position(|h| h.name.text == channel.histogram.text)?;
    let axis = datasets.iter().flat_map(|d| &d.fills).find(|f| f.histogram == histogram)?.axes.first()?.clone();
    let Some((bins, low, high, _)) = &channel.bins else { return Some(axis) };
    let unit = axis.unit().and_then(|u| Unit::parse(u).ok());
    let end = |quantity| in_unit(quantity, unit.as_ref()).ok();
    let coarser = Axis::regular(*bins as usize, end(low)?, end(high)?).ok()?;
    Some(coarser.named(axis.name(), axis.label(), axis.unit().unwrap_or("")))
}

/// In the order of their places, each once (datasets share their expressions).
fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|d| d.span.map_or(0, |s| s.start));
    diagnostics.dedup_by(|a, b| a.message == b.message && a.span == b.span);
    diagnostics
}
