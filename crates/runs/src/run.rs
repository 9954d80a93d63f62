//! A run from analysis file to published products.

use crate::analysis::{self, Analysis};
use crate::assemble;
use crate::cache::Cache;
use crate::engine::{Engine, Merged};
use crate::error::{Error, exit};
use crate::inputs::BadFiles;
use crate::output::Output;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::tiers::{self, Tiered};
use crate::{figures, fits, publish, report};
use germane_texts::{Diagnostic, Source};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// How an analysis is run; what it computes does not depend on any of these.
#[derive(Clone, Debug)]
pub struct Options {
    /// output folder; none: nothing is written
    pub output: Option<PathBuf>,
    /// number of threads; 0: all cores
    pub threads: usize,
    /// folder of partials; none: no cache
    pub cache: Option<PathBuf>,
    /// what happens to bad files
    pub bad_files: BadFiles,
    /// compressed bytes of a partition
    pub partition_size: u64,
    /// the command as typed, for the report
    pub command: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        let partition_size = 64 << 20;
        Self { output: None, threads: 0, cache: None, bad_files: BadFiles::Refuse, partition_size, command: Vec::new() }
    }
}

/// What a run has made.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// 0, 3 (files were excluded) or 7 (a fit has no valid minimum)
    pub exit: i32,
    /// `result.json`
    pub result: Value,
    /// `report.json`
    pub report: Value,
    /// histograms by name, UHI documents
    pub histograms: Vec<(String, Value)>,
    /// tables by name
    pub tables: Vec<(String, Value)>,
    /// models by name
    pub models: Vec<(String, Value)>,
    /// calibrations by name, as blocks of a hit configuration
    pub calibrations: Vec<(String, Value)>,
    /// figures by name
    pub figures: Vec<(String, Value)>,
    /// tables of numbers for a terminal
    pub summary: String,
    /// remarks
    pub warnings: Vec<String>,
}

/// Reads an analysis file from disk.
///
/// # Errors
/// If it cannot be read (exit 4), or is wrong (exit 6).
pub fn load(path: &Path) -> Result<(Analysis, PathBuf), Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let diagnostic = Diagnostic::new("file", format!("{name}: {error}"));
        Error::input(vec![diagnostic.advice("give the path of an analysis file: `germane run analysis.yaml`")])
    })?;
    let analysis = analysis::read(&Source::new(name, text)).map_err(Error::text)?;
    Ok((analysis, path.parent().map(Path::to_owned).unwrap_or_default()))
}

/// Runs an analysis; paths in it are relative to `folder`.
///
/// # Errors
/// As the exit codes say; nothing is published under a final name then.
pub fn run(analysis: Analysis, folder: &Path, options: &Options, progress: &Progress) -> Result<Outcome, Error> {
    let clock = report::Clock::start();
    let mut plan = Plan::new(analysis, folder, options.bad_files)?;
    let cache = options.cache.as_deref().map(Cache::open).transpose()?;
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    };
    let engine =
        Engine { cache: cache.as_ref(), progress, bad_files: options.bad_files, partition_size: options.partition_size, threads };
    let tiered = tiers::run(&mut plan, options, threads, progress)?;
    let merged = engine.run(&plan.datasets)?;
    let histograms = assemble::histograms(&plan, &merged)?;
    let fitted = fits::run(&plan, &merged, &histograms)?;
    let drawn = figures::draw(&plan, &histograms, &fitted, &tiered)?;
    let mut outcome = publish::documents(&plan, &merged, &histograms, &fitted, &tiered, &drawn)?;
    outcome.exit = exit_code(&merged, &fitted, &tiered);
    outcome.report = report::document(&plan, &merged, &outcome, options, threads, progress, &clock);
    if let Some(output) = &options.output {
        publish::write(&Output::create(output)?, &plan, &outcome, &drawn, &merged)?;
    }
    Ok(outcome)
}

fn exit_code(merged: &[Merged], fitted: &fits::Fitted, tiered: &Tiered) -> i32 {
    if fitted.fits.iter().any(|f| !f.fit.is_valid()) || tiered.any_failed() {
        exit::FIT
    } else if merged.iter().any(|m| !m.excluded.is_empty()) {
        exit::EXCLUDED
    } else {
        0
    }
}
