//! What a card says, without histograms.

use germane_texts::{Diagnostic, Source, Span};

use crate::likelihood::Likelihood;

/// How names of parameters of bins' statistics begin.
pub(super) const OF_BINS: &str = "prop_bin";

/// Where something stands in a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The text.
    pub source: Source,
    /// The place.
    pub span: Span,
}

impl Origin {
    /// A mistake at this place.
    pub fn problem(&self, code: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(&self.source, self.span)
    }

    /// The place in a few words: `card.txt:12`.
    pub fn words(&self) -> String {
        format!("{}:{}", self.source.name, self.source.place(self.span).line)
    }
}

/// A channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Name.
    pub name: String,
    /// Number of observed events; nothing if it is the integral of the data's histogram.
    pub observation: Option<f64>,
    /// How the statistics of its templates are treated.
    pub statistics: Option<BinStatistics>,
    /// Where it stands first.
    pub origin: Origin,
}

/// A line `CHANNEL autoMCStats THRESHOLD [INCLUDE-SIGNAL] [HIST-MODE]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinStatistics {
    /// Bins of at most as many effective events get a parameter for each process; below 0 there are no parameters.
    pub threshold: f64,
    /// Whether signals count when the effective events of a bin are worked out.
    pub signals: bool,
    /// Whether templates of nuisances move contents as they are (mode 2), not fractions and integral apart.
    pub absolute: bool,
}

/// A column: a process in a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Index of the channel.
    pub channel: usize,
    /// Name.
    pub name: String,
    /// Whether its number is not positive.
    pub signal: bool,
    /// Expected events; nothing if they are the integral of the histogram.
    pub rate: Option<f64>,
    /// Where its name stands.
    pub origin: Origin,
}

/// A line `shapes`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shapes {
    /// Process, or `*`.
    pub process: String,
    /// Channel, or `*`.
    pub channel: String,
    /// File, with keywords; relative to the folder of the card. `FAKE` for a counting experiment.
    pub file: String,
    /// Name of the nominal histogram, with keywords.
    pub nominal: String,
    /// Name of varied histograms without `Up` and `Down`, with keywords.
    pub systematic: Option<String>,
    /// Where the line stands.
    pub origin: Origin,
}

/// Kind of a nuisance.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NuisanceKind {
    /// κ^θ with θ normal.
    LogNormal,
    /// κ^θ with θ flat between -1 and 1.
    LogUniform,
    /// Proportional to a count of which so many were seen.
    GammaCount(f64),
    /// A factor whose distribution is a gamma density of relative width v.
    Gamma,
    /// 1 + vθ with θ normal.
    Gaussian,
    /// 1 + vθ with θ flat in a range.
    Uniform(f64, f64),
    /// Templates at ±1.
    Shape {
        /// Whether logarithms are interpolated.
        log: bool,
        /// Whether θ is flat between -1 and 1.
        flat: bool,
        /// Whether columns without templates are log-normal.
        optional: bool,
    },
}

impl Shapes {
    /// Whether it names a density or data of an HS3 document, and no histogram.
    pub fn is_of_density(&self) -> bool {
        self.file.ends_with(".json") || self.file.ends_with(".json.gz")
    }
}

impl NuisanceKind {
    /// Its word in a card.
    pub fn word(&self) -> &'static str {
        match self {
            Self::LogNormal => "lnN",
            Self::LogUniform => "lnU",
            Self::GammaCount(_) => "gmN",
            Self::Gamma => "gmM",
            Self::Gaussian => "trG",
            Self::Uniform(..) => "unif",
            Self::Shape { log: false, flat: false, optional: false } => "shape",
            Self::Shape { log: true, flat: false, optional: false } => "shapeN",
            Self::Shape { log: false, flat: false, optional: true } => "shape?",
            Self::Shape { log: true, optional: true, .. } => "shapeN?",
            Self::Shape { flat: true, .. } => "shapeU",
        }
    }

    pub(super) fn is_shape(&self) -> bool {
        matches!(self, Self::Shape { .. })
    }
}

/// Size of an effect on one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// κ, or a width, or the scale of θ.
    One(f64),
    /// κ at -1 and at +1.
    Two(f64, f64),
}

impl Size {
    /// Whether nothing is changed by it.
    pub(super) fn is_nothing(self) -> bool {
        self == Self::One(0.0) || self == Self::One(1.0)
    }
}

/// Effect of a nuisance on one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// How large.
    pub size: Size,
    /// Name under which its templates are found, if it was renamed.
    pub template: Option<String>,
}

/// A nuisance with its effects.
#[derive(Clone, Debug, PartialEq)]
pub struct Nuisance {
    /// Name of its parameter.
    pub name: String,
    /// Kind.
    pub kind: NuisanceKind,
    /// One a column.
    pub effects: Vec<Option<Effect>>,
    /// Where its name stands.
    pub origin: Origin,
}

/// Value of a rate parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum RateValue {
    /// A parameter.
    Free {
        /// Where it starts.
        value: f64,
        /// Lower and upper bound.
        range: Option<(f64, f64)>,
    },
    /// A formula of parameters.
    Formula {
        /// Its text.
        text: String,
        /// Where the text stands.
        origin: Origin,
        /// Names of its arguments, with their places.
        arguments: Vec<(String, Origin)>,
    },
}

/// A line `NAME rateParam CHANNEL PROCESS …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Name.
    pub name: String,
    /// Columns that it multiplies.
    pub columns: Vec<usize>,
    /// Value.
    pub value: RateValue,
    /// Where its name stands.
    pub origin: Origin,
}

/// A line `NAME param MEAN WIDTH [LOW,HIGH]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Name.
    pub name: String,
    /// Centre of the constraint.
    pub mean: f64,
    /// Widths below and above it.
    pub widths: (f64, f64),
    /// Lower and upper bound.
    pub range: Option<(f64, f64)>,
    /// Where its name stands.
    pub origin: Origin,
}

/// A line `NAME extArg VALUE [LOW,HIGH]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// Name.
    pub name: String,
    /// Where it starts.
    pub value: f64,
    /// Lower and upper bound.
    pub range: Option<(f64, f64)>,
    /// Whether it stays there.
    pub fixed: bool,
    /// Where its name stands.
    pub origin: Origin,
}

/// A named group of nuisances.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Names of its members.
    pub members: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// A card.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Card {
    /// Channels in the order of the card.
    pub channels: Vec<Channel>,
    /// Columns.
    pub processes: Vec<Process>,
    /// Where histograms are.
    pub shapes: Vec<Shapes>,
    /// Nuisances with effects on columns.
    pub nuisances: Vec<Nuisance>,
    /// Parameters that multiply columns.
    pub rates: Vec<Rate>,
    /// Parameters with constraints.
    pub params: Vec<Param>,
    /// Other parameters.
    pub extras: Vec<Extra>,
    /// Names declared flat.
    pub flat: Vec<(String, Origin)>,
    /// Indices of choices between densities.
    pub discrete: Vec<(String, Origin)>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Names that fits leave at their start.
    pub frozen: Vec<String>,
    /// What is odd, but can be used.
    pub warnings: Vec<Diagnostic>,
}

impl Card {
    /// Names of all parameters that lines declare.
    pub fn declared(&self) -> Vec<&str> {
        let nuisances = self.nuisances.iter().map(|nuisance| nuisance.name.as_str());
        let rates = self.rates.iter().map(|rate| rate.name.as_str());
        let params = self.params.iter().map(|param| param.name.as_str());
        let extras = self.extras.iter().map(|extra| extra.name.as_str());
        nuisances.chain(rates).chain(params).chain(extras).collect()
    }

    /// The groups of the card by names of parameters of a model of it, and as `autoMCStats` all those of bins' statistics.
    /// Members that affect nothing are no parameters.
    pub fn groups_of(&self, model: &dyn Likelihood) -> Vec<(String, Vec<String>)> {
        let parameters = || model.parameters().iter().map(|parameter| parameter.name.as_str());
        let present = |member: &&String| parameters().any(|name| name == member.as_str());
        let written = |group: &Group| (group.name.clone(), group.members.iter().filter(present).cloned().collect::<Vec<_>>());
        let mut all: Vec<(String, Vec<String>)> = self.groups.iter().map(written).collect();
        let of_bins: Vec<String> = parameters().filter(|name| name.starts_with(OF_BINS)).map(str::to_owned).collect();
        if !of_bins.is_empty() && !self.groups.iter().any(|group| group.name == "autoMCStats") {
            all.push(("autoMCStats".to_owned(), of_bins));
        }
        all.retain(|(_, members)| !members.is_empty());
        all
    }

    /// The line `shapes` of a process of a channel. A line for the channel wins over one for all channels, then one for the
    /// process over one for all; of equal ones the later.
    pub(super) fn shapes_of(&self, process: &str, channel: &str) -> Option<&Shapes> {
        let fits = |pattern: &str, name: &str| pattern == "*" || pattern == name;
        let lines = self.shapes.iter().filter(|line| fits(&line.process, process) && fits(&line.channel, channel));
        lines.max_by_key(|line| (line.channel != "*", line.process != "*"))
    }

    /// Name of a column: `channel/process`.
    pub(super) fn column(&self, column: usize) -> String {
        let process = &self.processes[column];
        format!("{}/{}", self.channels[process.channel].name, process.name)
    }
}
