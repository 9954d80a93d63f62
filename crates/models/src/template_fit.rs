//! Fits of templates as configurations describe them: regions, samples and systematics, and where each template comes from.
//!
//! One structure, several readers: [`TemplateFit::read_cabinetry`] takes cabinetry's YAML, [`TemplateFit::read_trexfitter`]
//! the blocks of TRExFitter. A reader resolves every rule of its
//! format (what overrides what, which samples a systematic acts on), so that here each region lists its samples with their
//! effects, and each template is listed once with its [`Origin`]. Whoever knows files makes the contents of
//! [`TemplateFit::templates`]; [`TemplateFit::workspace`] makes them a HistFactory model.

mod cabinetry;
mod trexfitter;
mod workspace;

use crate::templates::{Symmetry, Thresholds};
use crate::workspace::Setting;
use germane_texts::{Diagnostic, Node, Source, Span};
use std::collections::BTreeMap;

pub use workspace::{Built, ChannelAxis};

/// A text of a configuration that knows where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The node it was written in.
    pub node: Node,
}

impl Text {
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.node.span
    }
}

/// A file, or a histogram in one, after the placeholders of its path were filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct FilePath {
    /// The path; of files of events it may hold `*`, `?`, `[…]`.
    pub path: String,
    /// The part of the text that decides it.
    pub span: Span,
}

/// Events that are filled into a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Events {
    /// Files, in order.
    pub files: Vec<FilePath>,
    /// The tree.
    pub tree: Text,
    /// What is filled.
    pub variable: Text,
    /// Edges of the bins; the upper edge of the last bin is outside.
    pub edges: Vec<f64>,
    /// Conditions that all must hold.
    pub filters: Vec<Text>,
    /// Factors of the weight.
    pub weights: Vec<Text>,
    /// Whether what lies beyond the ends counts to the outer bins.
    pub merges_flow: bool,
}

/// Where the contents of a template come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Filled from events.
    Events(Box<Events>),
    /// The sum of histograms: files with the names in them.
    Histograms(Vec<(FilePath, String)>),
}

/// Contents of the bins that are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// For messages: `Signal_region/Background/Modeling/Up`.
    pub name: String,
    /// Where the configuration asks for it.
    pub span: Span,
    /// Where the contents come from.
    pub origin: Origin,
    /// Factor on the contents.
    pub scale: f64,
}

/// Index of a template in [`TemplateFit::templates`].
pub type TemplateIndex = usize;

/// What a systematic uncertainty does to a sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A change of the yield: factors at +1 and -1.
    Norm {
        /// Factor at +1.
        high: f64,
        /// Factor at -1.
        low: f64,
    },
    /// Templates at +1 and -1.
    Templates(Variation),
}

/// Templates of a systematic, and what is done with them.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    /// At +1; `None`: the mirror image of the other one.
    pub high: Option<TemplateIndex>,
    /// At -1; `None`: the mirror image of the other one.
    pub low: Option<TemplateIndex>,
    /// A rule that moves both templates before they are split into yield and shape.
    pub symmetry: Option<Symmetry>,
    /// Whether they are smoothed (353QH, twice).
    pub smooth: bool,
    /// Whether the change of the yield counts.
    pub norm: bool,
    /// Whether the change of the shape counts.
    pub shape: bool,
}

/// A systematic uncertainty of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Its nuisance parameter.
    pub parameter: String,
    /// What it does.
    pub change: Change,
    /// Where the configuration says so.
    pub span: Span,
}

/// A contribution to a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Name.
    pub name: String,
    /// The nominal template.
    pub template: TemplateIndex,
    /// Whether the statistical errors of the template are part of the model.
    pub errors: bool,
    /// Free factors of the yield.
    pub factors: Vec<String>,
    /// Systematic uncertainties, in the order of the configuration.
    pub effects: Vec<Effect>,
}

/// A set of bins with its samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Name, also of the channel.
    pub name: String,
    /// What is on the axis, where the configuration says it.
    pub label: String,
    /// Place of the name.
    pub span: Span,
    /// Template of the data; `None`: the sum of the samples.
    pub data: Option<TemplateIndex>,
    /// Samples in the order of the configuration.
    pub samples: Vec<Sample>,
}

/// A whole configuration, all rules resolved.
#[derive(Clone, Debug)]
pub struct TemplateFit {
    /// The text.
    pub source: Source,
    /// Name of the measurement.
    pub name: String,
    /// The parameter of interest.
    pub interest: Option<String>,
    /// Regions in the order of the configuration.
    pub regions: Vec<Region>,
    /// Starts, bounds and fixed parameters.
    pub parameters: Vec<Setting>,
    /// Every template that is needed, once.
    pub templates: Vec<Template>,
    /// Effects smaller than this are left out.
    pub pruning: Option<Thresholds>,
    /// Bins whose statistical error is relatively smaller than this have none.
    pub smallest_error: f64,
    /// What is odd, but can be used.
    pub warnings: Vec<Diagnostic>,
    /// Templates by what decides their contents.
    known: BTreeMap<String, TemplateIndex>,
}

/// Contents of a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Edges of the bins.
    pub edges: Vec<f64>,
    /// Contents of the bins.
    pub values: Vec<f64>,
    /// Variances of the contents.
    pub variances: Vec<f64>,
}

impl TemplateFit {
    /// A fit without regions.
    fn new(source: &Source, name: &str, interest: Option<String>) -> Self {
        Self {
            source: source.clone(),
            name: name.to_owned(),
            interest,
            regions: Vec::new(),
            parameters: Vec::new(),
            templates: Vec::new(),
            pruning: None,
            smallest_error: 0.0,
            warnings: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// Reads cabinetry's configuration (YAML); its JSON schema decides which keys there are.
    ///
    /// # Errors
    /// All mistakes with their places: unknown and missing keys, names that lead nowhere, templates without a file.
    pub fn read_cabinetry(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        cabinetry::read(source)
    }

    /// Whether a text is cabinetry's configuration: its blocks begin lines.
    ///
    /// ```
    /// use germane_models::template_fit::TemplateFit;
    /// assert!(TemplateFit::is_cabinetry("General:\n  Measurement: m\nRegions:\n- Name: SR\nSamples: []\n"));
    /// assert!(!TemplateFit::is_cabinetry("{}"));
    /// ```
    pub fn is_cabinetry(text: &str) -> bool {
        let begins =
            |key: &str| text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')));
        begins("General") && (begins("Regions") || begins("Samples"))
    }

    /// Reads TRExFitter's configuration, the common subset of its settings.
    ///
    /// # Errors
    /// All mistakes with their places; settings outside of the subset are among them.
    pub fn read_trexfitter(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        trexfitter::read(source)
    }

    /// Whether a text is TRExFitter's configuration: its blocks begin lines.
    ///
    /// ```
    /// use germane_models::template_fit::TemplateFit;
    /// assert!(TemplateFit::is_trexfitter("% a fit\nJob: fit\n  POI: mu\n\nRegion: SR\n"));
    /// assert!(!TemplateFit::is_trexfitter("imax 1\n"));
    /// ```
    pub fn is_trexfitter(text: &str) -> bool {
        let begins = |kind: &str| text.lines().any(|line| line.strip_prefix(kind).is_some_and(|rest| rest.starts_with(':')));
        begins("Job") && (begins("Region") || begins("Sample"))
    }

    /// Index of a template of this origin; it is added if it is new.
    pub(crate) fn template(&mut self, template: Template) -> TemplateIndex {
        let next = self.templates.len();
        let index = *self.known.entry(template.key()).or_insert(next);
        if index == next {
            self.templates.push(template);
        }
        index
    }
}

impl Template {
    /// What decides its contents, wherever that is written.
    fn key(&self) -> String {
        let mut parts: Vec<String> = vec![self.scale.to_bits().to_string()];
        match &self.origin {
            Origin::Histograms(all) => parts.extend(all.iter().flat_map(|(file, name)| [file.path.clone(), name.clone()])),
            Origin::Events(events) => {
                let numbers = [events.files.len(), events.filters.len(), usize::from(events.merges_flow)];
                parts.extend(numbers.map(|number| number.to_string()));
                parts.extend(events.edges.iter().map(|edge| edge.to_bits().to_string()));
                parts.extend(events.files.iter().map(|file| file.path.clone()));
                let texts = [&events.tree, &events.variable].into_iter().chain(&events.filters).chain(&events.weights);
                parts.extend(texts.map(|text| text.text.clone()));
            }
        }
        parts.join("\0")
    }
}
