//! What an analysis file says, every text with its place.

use super::Quantity;
use germane_texts::{Node, Source, Span};

/// A text of the file that knows where it stands.
#[derive(Clone, Debug)]
pub struct Written {
    /// the text
    pub text: String,
    /// the node it was written in
    pub node: Node,
}

/// A name that the user gave, with the place of the key.
#[derive(Clone, Debug)]
pub struct Name {
    /// the name
    pub text: String,
    /// where it stands
    pub span: Span,
}

/// The whole file.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// the text itself
    pub source: Source,
    /// datasets in file order
    pub datasets: Vec<Dataset>,
    /// integrated luminosity
    pub luminosity: Option<Quantity>,
    /// what is made of raw tables first
    pub tiers: Tiers,
    /// energy calibrations
    pub calibrations: Vec<Calibration>,
    /// definitions
    pub define: Vec<(Name, Written)>,
    /// alternatives of columns
    pub variations: Vec<Variation>,
    /// factors of the event weight
    pub weights: Vec<Weight>,
    /// selections
    pub regions: Vec<Region>,
    /// histograms
    pub histograms: Vec<Histogram>,
    /// tables
    pub tables: Vec<Table>,
    /// likelihood
    pub model: Option<Model>,
    /// fits
    pub fits: Vec<Fit>,
    /// figures
    pub figures: Vec<Figure>,
}

/// Tiers that are made of tables of waveforms.
#[derive(Clone, Debug, Default)]
pub struct Tiers {
    /// processing of the waveforms
    pub dsp: Option<DspTier>,
    /// operations on what that gives
    pub hit: Option<HitTier>,
}

/// How waveforms are processed.
#[derive(Clone, Debug)]
pub struct DspTier {
    /// files of the chain, relative to the analysis file
    pub chain: Vec<Written>,
    /// file of parameters by channel
    pub database: Option<Written>,
}

/// How rows become hits.
#[derive(Clone, Debug)]
pub struct HitTier {
    /// file of the configuration
    pub config: Written,
    /// file of parameters by channel
    pub database: Option<Written>,
}

/// An energy calibration by lines, one for each channel.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// name, also that of the calibrated column
    pub name: Name,
    /// the energy that is not calibrated yet
    pub of: Written,
    /// dataset whose lines are fitted
    pub on: Option<Written>,
    /// rows whose energies count
    pub condition: Option<Written>,
    /// shape of a line
    pub shape: String,
    /// energies of the lines, keV, with their places
    pub lines: Vec<(f64, Span)>,
    /// degree of the scale
    pub degree: i32,
    /// half width of a window, keV
    pub window: Option<f64>,
    /// whether the resolution curve has a term in E²
    pub quadratic: bool,
    /// energies at which the resolution is told, keV
    pub report_at: Vec<f64>,
}

/// What the events of a dataset are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Data,
    Simulation,
}

/// A named set of files.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// name
    pub name: Name,
    /// paths and globs, relative to the analysis file
    pub files: Vec<Written>,
    /// table to read
    pub tree: Option<Written>,
    /// patterns of the tables of detectors; empty: one tree
    pub tables: Vec<Written>,
    /// data or simulation
    pub kind: Kind,
    /// process, if given
    pub process: Option<String>,
    /// schema rule: `auto` or `nanoaod`
    pub schema: String,
    /// (pattern, unit)
    pub units: Vec<(Name, Written)>,
    /// (pattern in the file, pattern here)
    pub rename: Vec<(Name, Written)>,
    /// whether a column that a file lacks is null
    pub missing_is_null: bool,
    /// whether a file may be listed twice
    pub duplicates: bool,
    /// labels that expressions see as `dataset.NAME`
    pub labels: Vec<(String, Label)>,
}

impl Dataset {
    /// The process name that products show.
    pub fn process(&self) -> &str {
        self.process.as_deref().unwrap_or(&self.name.text)
    }
}

/// Value of a dataset's label.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Label {
    Text(String),
    Number(Quantity),
}

/// Replaced columns, by direction.
#[derive(Clone, Debug)]
pub struct Variation {
    /// name
    pub name: Name,
    /// (`up` or `down`, columns with their replacements)
    pub directions: Vec<(&'static str, Vec<(Name, Written)>)>,
}

/// One factor of the event weight.
#[derive(Clone, Debug)]
pub struct Weight {
    /// name
    pub name: Name,
    /// nominal factor
    pub nominal: Written,
    /// (`up` or `down`, factor)
    pub directions: Vec<(&'static str, Written)>,
}

/// A selection.
#[derive(Clone, Debug)]
pub struct Region {
    /// name
    pub name: Name,
    /// region whose cuts come first
    pub from: Option<Written>,
    /// cuts in order
    pub cuts: Vec<Written>,
}

/// Binning of one axis as written.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Binning {
    Regular { bins: u32, low: Quantity, high: Quantity },
    Variable { edges: Vec<Quantity>, unit: Option<Written> },
    Integer { low: i64, high: i64 },
    Categories(Vec<String>),
}

/// A histogram.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// name
    pub name: Name,
    /// expression of each axis
    pub fill: Vec<Written>,
    /// binning of each axis, with its place
    pub axes: Vec<(Binning, Span)>,
    /// regions by name
    pub regions: Vec<Written>,
    /// label of the axis
    pub label: Option<String>,
    /// further factor of the weight
    pub weight: Option<Written>,
}

/// A table of selected entries.
#[derive(Clone, Debug)]
pub struct Table {
    /// name
    pub name: Name,
    /// region by name
    pub region: Written,
    /// columns
    pub columns: Vec<Written>,
    /// file below `tables/`
    pub to: Written,
}

/// The likelihood.
#[derive(Clone, Debug)]
pub struct Model {
    /// channels
    pub channels: Vec<Channel>,
    /// parameters of densities
    pub parameters: Vec<Parameter>,
    /// (parameter, process)
    pub parameter_of_interest: Option<(Name, Written)>,
    /// relative uncertainty of the luminosity
    pub luminosity: Option<Quantity>,
    /// whether shape variations also move the yield
    pub normalisation: bool,
    /// place of the model
    pub span: Span,
}

/// A channel of the likelihood.
#[derive(Clone, Debug)]
pub struct Channel {
    /// name
    pub name: Name,
    /// histogram by name
    pub histogram: Written,
    /// region by name; default the channel's
    pub region: Option<Written>,
    /// coarser bins: number, low, high
    pub bins: Option<(u32, Quantity, Quantity, Span)>,
    /// components of a density, as written
    pub density: Option<Vec<(Name, Node)>>,
}

/// A parameter of a density.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// name
    pub name: Name,
    /// start value
    pub value: Quantity,
    /// bounds
    pub range: Option<(Quantity, Quantity)>,
    /// whether the fit leaves it alone
    pub fixed: bool,
}

/// What is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FitData {
    Default,
    Observed,
    Asimov,
    Toy(u64),
}

/// A fit of the model.
#[derive(Clone, Debug)]
pub struct Fit {
    /// name
    pub name: Name,
    /// observed, expected or toy data
    pub data: FitData,
    /// bin contents instead of events
    pub binned: bool,
    /// profile intervals of all parameters
    pub minos: bool,
}

/// A figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// name
    pub name: Name,
    /// recipe
    pub kind: String,
    /// product it shows
    pub of: Written,
    /// region of a histogram
    pub region: Option<Written>,
    /// axis label
    pub label: Option<String>,
    /// logarithmic y axis
    pub log: bool,
    /// channel of a calibration or of waveforms
    pub channel: Option<Written>,
    /// entries of the waveforms
    pub entries: Vec<u64>,
}
