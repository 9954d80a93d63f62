//! The seven ways in which a parameter changes a sample.

use germane_texts::Span;

/// A named modifier of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Modifier {
    /// Name of its parameter.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    pub(crate) span: Option<Span>,
    /// Where its data are: all of them, or `hi` and `lo`.
    pub(crate) data_spans: [Option<Span>; 2],
}

/// What a modifier does, with its data.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A free factor.
    NormFactor,
    /// The luminosity: a factor with a normal constraint, set by the measurement.
    Lumi,
    /// A factor with values at one standard deviation up and down.
    NormSys {
        /// Factor at +1.
        high: f64,
        /// Factor at -1.
        low: f64,
    },
    /// Templates at one standard deviation up and down.
    HistoSys {
        /// Bin contents at +1.
        high: Vec<f64>,
        /// Bin contents at -1.
        low: Vec<f64>,
    },
    /// A free factor for each bin.
    ShapeFactor,
    /// A factor for each bin with a Poisson constraint; absolute uncertainties of the bins.
    ShapeSys(Vec<f64>),
    /// Statistical uncertainty shared by the samples of a channel; absolute uncertainties of the bins.
    StatError(Vec<f64>),
}

impl Effect {
    /// All names of types, as the file has them.
    pub const TYPES: [&'static str; 7] = ["normfactor", "lumi", "normsys", "histosys", "shapefactor", "shapesys", "staterror"];

    /// Name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::NormFactor => "normfactor",
            Self::Lumi => "lumi",
            Self::NormSys { .. } => "normsys",
            Self::HistoSys { .. } => "histosys",
            Self::ShapeFactor => "shapefactor",
            Self::ShapeSys(_) => "shapesys",
            Self::StatError(_) => "staterror",
        }
    }

    /// Whether there is a parameter for each bin.
    pub fn is_per_bin(&self) -> bool {
        matches!(self, Self::ShapeFactor | Self::ShapeSys(_) | Self::StatError(_))
    }
}

impl Modifier {
    /// Any modifier.
    pub fn new(name: impl Into<String>, effect: Effect) -> Self {
        Self { name: name.into(), effect, span: None, data_spans: [None; 2] }
    }

    /// A free factor.
    pub fn norm_factor(name: impl Into<String>) -> Self {
        Self::new(name, Effect::NormFactor)
    }

    /// The luminosity.
    pub fn lumi() -> Self {
        Self::new("lumi", Effect::Lumi)
    }

    /// A factor with values at +1 and -1 standard deviations.
    pub fn norm_sys(name: impl Into<String>, high: f64, low: f64) -> Self {
        Self::new(name, Effect::NormSys { high, low })
    }

    /// Templates at +1 and -1 standard deviations.
    pub fn histo_sys(name: impl Into<String>, high: Vec<f64>, low: Vec<f64>) -> Self {
        Self::new(name, Effect::HistoSys { high, low })
    }

    /// A free factor for each bin.
    pub fn shape_factor(name: impl Into<String>) -> Self {
        Self::new(name, Effect::ShapeFactor)
    }

    /// A factor for each bin with a Poisson constraint of the given absolute uncertainties.
    pub fn shape_sys(name: impl Into<String>, uncertainties: Vec<f64>) -> Self {
        Self::new(name, Effect::ShapeSys(uncertainties))
    }

    /// Statistical uncertainties, absolute.
    pub fn stat_error(name: impl Into<String>, uncertainties: Vec<f64>) -> Self {
        Self::new(name, Effect::StatError(uncertainties))
    }
}
