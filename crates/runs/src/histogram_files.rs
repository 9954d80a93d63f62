//! Files beside a text: the histograms and further texts that a datacard or a HistFactory configuration names.

use crate::inputs::{file_diagnostic, find, names_in};
use crate::pattern;
use crate::texts::read_text;
use germane_formats::File;
use germane_formats::root::Writer;
use germane_histograms::{Axis, Histogram, StorageKind};
use germane_models::{HistogramSource, SourceHistogram};
use germane_texts::{Diagnostic, Source, nearest};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by the names that a text gives them. Relative names are looked for in the working directory (as ROOT does), then in
/// the folder of the text and in the folders around that.
#[derive(Debug)]
pub struct HistogramFiles {
    folders: Vec<PathBuf>,
    open: RefCell<BTreeMap<PathBuf, Arc<Opened>>>,
}

#[derive(Debug)]
struct Opened {
    file: File,
    /// Classes of its newest objects by path.
    classes: BTreeMap<String, String>,
}

impl HistogramFiles {
    /// Files that the text at this path names.
    pub fn beside(text: &Path) -> Self {
        let mut folders = vec![PathBuf::new()];
        let around = text.ancestors().skip(1).map(Path::to_path_buf).filter(|folder| !folder.as_os_str().is_empty());
        folders.extend(around);
        Self { folders, open: RefCell::default() }
    }

    /// Where a file is.
    ///
    /// # Errors
    /// If it is in none of the folders.
    pub fn find(&self, name: &str) -> Result<PathBuf, Diagnostic> {
        let found = self.folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        found.ok_or_else(|| {
            let near = self.folders.iter().find_map(|folder| near(folder, name));
            if let Some(near) = near {
                return Diagnostic::new("file", format!("no file `{name}`")).nearest(near);
            }
            let folder = |path: &PathBuf| if path.as_os_str().is_empty() { "here".into() } else { path.display().to_string() };
            let places: Vec<String> = self.folders.iter().map(folder).collect();
            Diagnostic::new("file", format!("no file `{name}`")).advice(format!("looked for it in: {}", places.join(", ")))
        })
    }

    /// Where the files of a pattern are: those in the first folder that has any, sorted.
    ///
    /// # Errors
    /// If none of the folders has one; with the nearest name, where a single file is meant.
    pub fn matching(&self, name: &str) -> Result<Vec<PathBuf>, Diagnostic> {
        let exact = self.find(name);
        if exact.is_ok() || !pattern::is_pattern(name) {
            return exact.map(|path| vec![path]);
        }
        let found = self.folders.iter().map(|folder| find(folder, name)).zip(&self.folders).find(|(found, _)| !found.is_empty());
        match found {
            Some((found, folder)) => Ok(found.iter().map(|name| folder.join(name)).collect()),
            None => exact.map(|path| vec![path]),
        }
    }

    fn opened(&self, name: &str) -> Result<Arc<Opened>, Diagnostic> {
        let path = self.find(name)?;
        if let Some(known) = self.open.borrow().get(&path) {
            return Ok(known.clone());
        }
        let file = germane_formats::open(&path).map_err(|error| file_diagnostic(&error))?;
        let objects = file.objects().map_err(|error| file_diagnostic(&error))?;
        let classes = objects.into_iter().filter(|object| object.newest).map(|object| (object.path, object.class)).collect();
        let opened = Arc::new(Opened { file, classes });
        self.open.borrow_mut().insert(path, opened.clone());
        Ok(opened)
    }
}

/// The name of a file of the folder that was probably meant.
fn near(folder: &Path, name: &str) -> Option<String> {
    let beside = Path::new(name).parent().unwrap_or(Path::new(""));
    let names = names_in(&folder.join(beside));
    let near = nearest(Path::new(name).file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(beside.join(near).display().to_string())
}

impl HistogramSource for HistogramFiles {
    fn text(&self, file: &str) -> Result<Source, Diagnostic> {
        read_text(&self.find(file)?)
    }

    fn histogram(&self, file: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        let opened = self.opened(file)?;
        let Some(class) = opened.classes.get(name) else {
            let problem = Diagnostic::new("name", format!("no histogram `{name}` in {file}"));
            return Err(match nearest(name, opened.classes.keys().map(String::as_str)) {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("`germane ls {file}` lists what it has")),
            });
        };
        let histogram = opened.file.histogram(name).map_err(|error| file_diagnostic(&error))?;
        Ok(first_axis_fastest(&histogram, class.ends_with('F')))
    }
}

/// The contents without flow, transposed from the last axis running fastest.
fn first_axis_fastest(histogram: &Histogram, single: bool) -> SourceHistogram {
    let edges: Vec<Vec<f64>> = histogram.axes().iter().map(Axis::edges).collect();
    let shape = histogram.shape(false);
    let values = histogram.values(false);
    let variances = histogram.variances(false).unwrap_or_else(|| values.clone());
    let order: Vec<usize> = (0..values.len())
        .map(|flat| {
            let (mut rest, mut indices) = (flat, Vec::with_capacity(shape.len()));
            for &size in &shape {
                indices.push(rest % size.max(1));
                rest /= size.max(1);
            }
            indices.iter().zip(&shape).fold(0, |at, (index, size)| at * size + index)
        })
        .collect();
    let pick = |list: &[f64]| order.iter().map(|&at| list[at]).collect();
    SourceHistogram { edges, contents: pick(&values), variances: pick(&variances), single }
}

/// The bytes of a ROOT file of histograms under their names.
///
/// # Errors
/// Axes that are none, or names that ROOT cannot have.
pub(crate) fn histogram_file(name: &str, histograms: &[(String, SourceHistogram)]) -> Result<Vec<u8>, Diagnostic> {
    let mut file = Writer::new(name);
    for (path, histogram) in histograms {
        let made = last_axis_fastest(histogram).map_err(|error| Diagnostic::new("value", format!("`{path}`: {error}")))?;
        file.add(path, &made).map_err(|error| file_diagnostic(&error))?;
    }
    file.into_bytes().map_err(|error| file_diagnostic(&error))
}

/// The histogram with empty flow; counts where variances are the contents and these are whole numbers.
fn last_axis_fastest(histogram: &SourceHistogram) -> Result<Histogram, germane_histograms::Error> {
    let axis = |edges: &Vec<f64>| match (edges.first(), edges.last()) {
        (Some(&first), Some(&last)) => match Axis::regular(edges.len() - 1, first, last) {
            Ok(equal) if equal.edges() == *edges => Ok(equal),
            _ => Axis::variable(edges.clone()),
        },
        _ => Axis::variable(Vec::new()),
    };
    let axes = histogram.edges.iter().map(axis).collect::<Result<Vec<_>, _>>()?;
    let shape: Vec<usize> = axes.iter().map(Axis::size).collect();
    let cells: usize = axes.iter().map(Axis::extent).product();
    let place = |values: &[f64]| {
        let mut out = vec![0.0; cells];
        for (flat, value) in values.iter().enumerate() {
            let (mut rest, mut stride, mut at) = (flat, 1, vec![0; shape.len()]);
            for (index, size) in at.iter_mut().zip(&shape) {
                *index = rest % size + 1;
                rest /= size;
            }
            let cell = (0..shape.len()).rev().map(|k| {
                let here = at[k] * stride;
                stride *= shape[k] + 2;
                here
            });
            let cell: usize = cell.sum();
            out[cell] = *value;
        }
        out
    };
    let counts = histogram.variances == histogram.contents
        && histogram.contents.iter().all(|count| *count >= 0.0 && count.fract() == 0.0 && *count < 9e15);
    let values = place(&histogram.contents);
    if counts {
        let counts: Vec<u64> = values.iter().map(|&count| count as u64).collect();
        return Histogram::from_counts(axes, StorageKind::Double, &counts);
    }
    Histogram::from_cells(axes, StorageKind::Weight, &values, Some(&place(&histogram.variances)), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_axis_runs_fastest() {
        let axes = vec![Axis::regular(2, 0.0, 2.0).unwrap(), Axis::regular(3, 0.0, 3.0).unwrap()];
        let mut histogram = Histogram::new(axes, StorageKind::Double);
        let at = [germane_histograms::Values::F64(&[0.5, 1.5, 1.5]), germane_histograms::Values::F64(&[0.5, 0.5, 2.5])];
        histogram.fill(&at, Some(&[1.0, 2.0, 3.0])).unwrap();
        let read = first_axis_fastest(&histogram, false);
        assert_eq!(read.contents, [1.0, 2.0, 0.0, 0.0, 0.0, 3.0]);
        assert_eq!(read.edges[1], [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        let edges = vec![vec![0.0, 1.0, 5.0], vec![0.0, 1.0, 2.0, 3.0]];
        let contents = vec![1.5, 2.5, 3.5, 4.5, 5.5, 6.5];
        let weighted = SourceHistogram { edges, variances: vec![0.25; 6], contents, single: false };
        let counts = SourceHistogram {
            edges: vec![vec![0.0, 1.0, 2.0]],
            contents: vec![7.0, 0.0],
            variances: vec![7.0, 0.0],
            single: false,
        };
        let all = vec![("SR/weighted".to_owned(), weighted), ("counts".to_owned(), counts)];
        let bytes = histogram_file("h.root", &all).unwrap();
        let file = germane_formats::open_bytes("h.root", bytes.into()).unwrap();
        for (path, written) in &all {
            assert_eq!(first_axis_fastest(&file.histogram(path).unwrap(), false), *written);
        }
        let broken = SourceHistogram { edges: vec![vec![]], ..SourceHistogram::default() };
        assert!(histogram_file("h.root", &[("x".to_owned(), broken)]).is_err());
    }

    #[test]
    fn a_file_that_is_nowhere_is_told_with_the_folders() {
        let files = HistogramFiles::beside(Path::new("config/top.xml"));
        let mistake = files.histogram("nowhere.root", "h").unwrap_err();
        assert_eq!(mistake.message, "no file `nowhere.root`");
        assert_eq!(mistake.advice.as_deref(), Some("looked for it in: here, config"));
    }
}
