//! Histograms by name, as templates of a binned model need them, and texts beside a text; models do not know files.

use germane_texts::{Diagnostic, Source};

/// Contents of a histogram without its flow bins, the first axis running fastest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceHistogram {
    /// Edges of each axis, one more than bins.
    pub edges: Vec<Vec<f64>>,
    /// Contents of the bins.
    pub contents: Vec<f64>,
    /// Variances of the contents: sums of squares of the weights, or the contents where none were kept.
    pub variances: Vec<f64>,
    /// Whether the contents were stored in single precision; ROOT rounds what it derives from such a histogram, too.
    pub single: bool,
}

/// Where a datacard or a HistFactory configuration finds its histograms.
pub trait HistogramSource {
    /// The histogram `name` (with folders, `SR/signal`) of a file, which is named as the text that asks for it names it.
    ///
    /// # Errors
    /// What is wrong with file or name, with the nearest right name; the caller adds the place in its text.
    fn histogram(&self, file: &str, name: &str) -> Result<SourceHistogram, Diagnostic>;

    /// The text of a file; sources of histograms alone have none.
    ///
    /// # Errors
    /// What is wrong with the file; the caller adds the place in its text.
    fn text(&self, file: &str) -> Result<Source, Diagnostic> {
        Err(Diagnostic::new("file", format!("no text `{file}`")))
    }
}
