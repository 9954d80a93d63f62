//! Contents of the templates that a configuration asks for: filled from events in one pass over each tree, or read from
//! histograms.

mod files;
mod plan;

use crate::engine::Engine;
use crate::error::Error;
use crate::histogram_files::HistogramFiles;
use crate::inputs::BadFiles;
use crate::progress::Progress;
use germane_models::HistogramSource;
use germane_models::template_fit::{Built, Contents, FilePath, Origin, TemplateFit};
use germane_texts::{Diagnostic, sort_by_place};
use std::path::Path;

/// Compressed bytes of a partition.
const PARTITION: u64 = 64 << 20;

/// The workspace of a configuration: its templates are made from the files that it names, which are looked for as
/// [`HistogramFiles`] says. `threads`: 0 takes all cores; the result does not depend on it.
///
/// # Errors
/// Mistakes of texts (a tree or column that no file has, an expression), with exit 6, before events are read; files that are
/// missing or damaged with exit 4.
pub fn template_workspace(fit: &TemplateFit, threads: usize) -> Result<Built, Error> {
    let files = HistogramFiles::beside(Path::new(&*fit.source.name));
    let mut contents = vec![Contents::default(); fit.templates.len()];
    let groups = files::groups(fit, &files)?;
    let plans = plan::plans(fit, groups)?;
    read_histograms(fit, &files, &mut contents)?;
    let datasets: Vec<_> = plans.into_iter().map(|plan| plan.dataset).collect();
    let progress = Progress::default();
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    };
    let engine = Engine { cache: None, progress: &progress, bad_files: BadFiles::Refuse, partition_size: PARTITION, threads };
    let mut sums: Vec<Option<germane_histograms::Histogram>> = vec![None; fit.templates.len()];
    for (dataset, merged) in datasets.iter().zip(engine.run(&datasets)?) {
        for (fill, histogram) in dataset.fills.iter().zip(&merged.products.histograms) {
            match &mut sums[fill.histogram] {
                Some(sum) => sum.merge(histogram).map_err(|error| Error::internal(error.to_string()))?,
                none => *none = Some(histogram.clone()),
            }
        }
    }
    for ((contents, sum), template) in contents.iter_mut().zip(sums).zip(&fit.templates) {
        if let (Some(histogram), Origin::Events(events)) = (sum, &template.origin) {
            contents.edges = histogram.axes()[0].edges();
            contents.values = inside(histogram.values(events.merges_flow), events.merges_flow);
            contents.variances = inside(histogram.variances(events.merges_flow).unwrap_or_default(), events.merges_flow);
        }
        contents.values.iter_mut().for_each(|value| *value *= template.scale);
        contents.variances.iter_mut().for_each(|value| *value *= template.scale * template.scale);
    }
    let mut built = fit.workspace(&contents).map_err(Error::text)?;
    built.warnings.splice(0..0, fit.warnings.iter().cloned());
    Ok(built)
}

/// Bins without flow; `with_flow`: the first and last are added to their neighbours.
fn inside(mut bins: Vec<f64>, with_flow: bool) -> Vec<f64> {
    if with_flow && bins.len() > 2 {
        let last = bins.len() - 1;
        bins[1] += bins[0];
        bins[last - 1] += bins[last];
        bins = bins[1..last].to_vec();
    }
    bins
}

/// Contents of the templates that are histograms.
fn read_histograms(fit: &TemplateFit, files: &HistogramFiles, contents: &mut [Contents]) -> Result<(), Error> {
    let (mut wrong, mut text) = (Vec::new(), false);
    for (template, contents) in fit.templates.iter().zip(contents) {
        let Origin::Histograms(histograms) = &template.origin else { continue };
        for (file, name) in histograms {
            if let Err(problem) = add(files, file, name, contents) {
                text |= problem.code != "file";
                wrong.push(problem.at(&fit.source, file.span));
            }
        }
    }
    sort_by_place(&mut wrong);
    wrong.dedup();
    match (wrong.is_empty(), text) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::text(wrong)),
        (false, false) => Err(Error::input(wrong)),
    }
}

fn add(files: &HistogramFiles, file: &FilePath, name: &str, into: &mut Contents) -> Result<(), Diagnostic> {
    let found = files.histogram(&file.path, name.split(';').next().unwrap_or(name))?;
    let [edges] = found.edges.as_slice() else {
        let message = format!("`{name}` of {} has {} axes, a template has one", file.path, found.edges.len());
        return Err(Diagnostic::new("value", message));
    };
    if into.edges.is_empty() {
        *into = Contents { edges: edges.clone(), values: found.contents, variances: found.variances };
        return Ok(());
    }
    if into.edges != *edges {
        return Err(Diagnostic::new("value", format!("`{name}` of {} has other bins than the histograms before it", file.path)));
    }
    into.values.iter_mut().zip(&found.contents).for_each(|(sum, value)| *sum += value);
    into.variances.iter_mut().zip(&found.variances).for_each(|(sum, value)| *sum += value);
    Ok(())
}
