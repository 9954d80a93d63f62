//! Binned models as the XML of HistFactory describes them, with histograms in other files.
//!
//! `Combination` names channel files and measurements; a `Channel` its data and samples, with what changes them. Parameters get
//! the names that ROOT gives them: `Lumi`, `alpha_NAME`, `beta_NAME`, `gamma_NAME_bin_i`, `gamma_stat_CHANNEL_bin_i`, and those of
//! norm factors. Format: K. Cranmer et al., HistFactory (CERN-OPEN-2012-016).

use germane_texts::{Diagnostic, Source, Span};

mod attributes;
mod channel;
mod combination;
mod compile;
mod from_workspace;
mod names;
mod to_workspace;
mod write;

pub use compile::Compiled;
pub use from_workspace::FromWorkspace;
pub use write::Texts;

/// A configuration with all its channel files read.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Channels in the order of the inputs.
    pub channels: Vec<Channel>,
    /// Measurements; the first one is the default.
    pub measurements: Vec<Measurement>,
    source: Source,
}

/// Whose -ln L a model has that is described in a format of ROOT's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// What the description says: auxiliary data may have any value.
    #[default]
    Exact,
    /// RooFit's value of -ln L: auxiliary data are clipped to their ranges (the gamma constraint's to 10) and normalised over
    /// them, every event adds ln(number of channels), and the luminosity scales all samples.
    Root,
}

/// One channel file.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Name.
    pub name: String,
    /// Observed counts; expected ones stand in where there are none.
    pub data: Option<HistogramName>,
    /// Relative uncertainty of the summed samples below which a bin's parameter is held.
    pub threshold: f64,
    /// Constraint of the statistical uncertainties.
    pub statistical: BinConstraint,
    /// Samples.
    pub samples: Vec<Sample>,
    source: Source,
    span: Span,
}

/// A histogram in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramName {
    /// File, as the configuration names it.
    pub file: String,
    /// Folders and name inside the file.
    pub name: String,
    span: Span,
}

/// One contribution to a channel.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Name.
    pub name: String,
    /// Nominal contents.
    pub histogram: HistogramName,
    /// Whether the luminosity scales it.
    pub by_theory: bool,
    /// What changes it.
    pub effects: Vec<Effect>,
}

/// What changes a sample, with the place of its name.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Name; that of its parameters follows from it.
    pub name: String,
    /// What it is.
    pub kind: EffectKind,
    span: Span,
}

/// Kinds of effects.
#[derive(Clone, Debug)]
pub enum EffectKind {
    /// A free factor.
    NormFactor {
        /// Start.
        value: f64,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Factors at one standard deviation down and up.
    OverallSys {
        /// Factor at -1.
        low: f64,
        /// Factor at +1.
        high: f64,
    },
    /// Histograms at one standard deviation down and up.
    HistoSys {
        /// Contents at -1.
        low: HistogramName,
        /// Contents at +1.
        high: HistogramName,
    },
    /// A free factor for each bin.
    ShapeFactor,
    /// A constrained factor for each bin; the histogram holds relative uncertainties.
    ShapeSys {
        /// Relative uncertainties.
        histogram: HistogramName,
        /// Their constraint.
        constraint: BinConstraint,
    },
    /// Statistical uncertainties, shared by the samples of the channel; relative ones, or those of the nominal histogram.
    StatError(Option<HistogramName>),
}

/// Constraint of a bin's own factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinConstraint {
    /// A normal density.
    Gaussian,
    /// A Poisson probability of 1/relative² counts.
    Poisson,
}

/// A question asked of the channels.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Name.
    pub name: String,
    /// Parameters of interest.
    pub interest: Vec<Named>,
    /// Luminosity.
    pub luminosity: f64,
    /// Its relative uncertainty.
    pub relative_error: f64,
    /// Parameters that are held.
    pub constant: Vec<Named>,
    /// Values of parameters.
    pub values: Vec<(Named, f64)>,
    /// Constraints other than normal ones, by the names of overall systematics.
    pub constraints: Vec<(Named, ConstraintTerm)>,
}

/// A name with its place in the top-level file.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    span: Span,
}

/// Constraint of an overall systematic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConstraintTerm {
    /// A Poisson probability of 1/r² counts for a parameter around 1; the factor is moved by (x - 1)/r.
    Gamma(f64),
    /// A normal density; the factor is moved by ((1 + r)^x - 1)/r.
    LogNormal(f64),
    /// None. ROOT takes a normal density of width 100.
    Uniform,
}

impl Configuration {
    /// Reads a configuration; `channel_file` gives the text of a file that an `Input` names, as it is named there.
    ///
    /// ```
    /// use germane_models::histfactory_xml::Configuration;
    /// use germane_texts::Source;
    /// let top = "<Combination OutputFilePrefix='x'><Input>sr.xml</Input>\
    ///     <Measurement Name='m' Lumi='1' LumiRelErr='0.1'><POI>mu</POI></Measurement></Combination>";
    /// let channel = "<Channel Name='SR' InputFile='a.root'><Sample Name='s' HistoName='s'>\
    ///     <NormFactor Name='mu' Val='1' Low='0' High='3'/></Sample></Channel>";
    /// let read = Configuration::read(&Source::new("top.xml", top), |name| Ok(Source::new(name, channel))).unwrap();
    /// assert_eq!(read.channels[0].samples[0].histogram.file, "a.root");
    /// ```
    ///
    /// # Errors
    /// All mistakes of all files.
    pub fn read(source: &Source, channel_file: impl Fn(&str) -> Result<Source, Diagnostic>) -> Result<Self, Vec<Diagnostic>> {
        combination::read(source, &channel_file)
    }
}
