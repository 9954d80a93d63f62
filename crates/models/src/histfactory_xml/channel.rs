//! A channel file: data, samples and what changes them.

use germane_texts::{Diagnostic, Element, Source, Span, parse_xml};

use super::attributes::{Attributes, unknown_element};
use super::{BinConstraint, Channel, Effect, EffectKind, HistogramName, Sample};

const BIN_CONSTRAINTS: [(&str, BinConstraint); 3] =
    [("Gaussian", BinConstraint::Gaussian), ("Gauss", BinConstraint::Gaussian), ("Poisson", BinConstraint::Poisson)];
/// ROOT's threshold where a channel names none.
const THRESHOLD: f64 = 0.05;

/// What inner elements inherit from outer ones.
#[derive(Clone, Default)]
struct Inherited {
    file: Option<String>,
    path: String,
    name: Option<String>,
}

pub(super) fn read(source: &Source) -> Result<Channel, Vec<Diagnostic>> {
    let root = parse_xml(source)?;
    if root.name != "Channel" {
        let message = format!("the root element is `{}`, not `Channel`", root.name);
        return Err(vec![Diagnostic::new("key", message).at(source, root.span)]);
    }
    let mut reader = Reader { source, problems: Vec::new() };
    let channel = reader.channel(&root);
    if reader.problems.is_empty() { Ok(channel) } else { Err(reader.problems) }
}

struct Reader<'a> {
    source: &'a Source,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.problems.push(Diagnostic::new(code, message).at(self.source, span));
    }

    fn channel(&mut self, root: &Element) -> Channel {
        let mut keys = Attributes::new(self.source, root);
        let name = keys.required("Name").map(|attribute| attribute.value.clone()).unwrap_or_default();
        let outer = inherit(&mut keys, &Inherited::default());
        keys.finish(&mut self.problems);
        let mut channel = Channel {
            name,
            data: None,
            threshold: THRESHOLD,
            statistical: BinConstraint::Poisson,
            samples: Vec::new(),
            source: self.source.clone(),
            span: root.span,
        };
        for element in &root.children {
            match element.name.as_str() {
                "Data" => {
                    let mut keys = Attributes::new(self.source, element);
                    let inner = inherit(&mut keys, &outer);
                    keys.know(&["Name"]);
                    // Further data sets have names and are not fitted.
                    let main = element.attribute("Name").is_none_or(|name| name.value.is_empty());
                    keys.finish(&mut self.problems);
                    if main {
                        channel.data = self.histogram(&inner, element);
                    }
                }
                "StatErrorConfig" => {
                    let mut keys = Attributes::new(self.source, element);
                    channel.threshold = keys.number("RelErrorThreshold", THRESHOLD);
                    channel.statistical = keys.choice("ConstraintType", &BIN_CONSTRAINTS).unwrap_or(BinConstraint::Poisson);
                    keys.finish(&mut self.problems);
                }
                "Sample" => {
                    let sample = self.sample(element, &outer);
                    if channel.samples.iter().any(|other| other.name == sample.name) {
                        self.report("value", format!("sample `{}` appears twice", sample.name), element.span);
                    }
                    channel.samples.push(sample);
                }
                _ => {
                    let known = ["Data", "Sample", "StatErrorConfig"];
                    self.problems.push(unknown_element(self.source, element, "Channel", &known));
                }
            }
        }
        if channel.samples.is_empty() {
            self.report("key", format!("channel `{}` has no `Sample`", channel.name), root.span);
        }
        channel
    }

    fn histogram(&mut self, from: &Inherited, element: &Element) -> Option<HistogramName> {
        let what = &element.name;
        match (&from.file, &from.name) {
            (Some(file), Some(name)) => {
                let path = from.path.trim_matches('/');
                let name = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                Some(HistogramName { file: file.clone(), name, span: element.span })
            }
            (None, _) => {
                self.report("key", format!("`{what}` has no `InputFile`, and nothing around it has"), element.span);
                None
            }
            (_, None) => {
                self.report("key", format!("`{what}` has no `HistoName`"), element.span);
                None
            }
        }
    }

    fn sample(&mut self, element: &Element, outer: &Inherited) -> Sample {
        let mut keys = Attributes::new(self.source, element);
        let name = keys.required("Name").map(|attribute| attribute.value.clone()).unwrap_or_default();
        let inner = inherit(&mut keys, outer);
        let by_theory = keys.flag("NormalizeByTheory", true);
        keys.finish(&mut self.problems);
        let nowhere = HistogramName { file: String::new(), name: String::new(), span: element.span };
        let histogram = self.histogram(&inner, element).unwrap_or(nowhere);
        // A name that is inherited is that of the nominal contents, not of a variation.
        let inner = Inherited { name: None, ..inner };
        let effects = element.children.iter().filter_map(|child| self.effect(child, &inner)).collect();
        Sample { name, histogram, by_theory, effects }
    }

    fn effect(&mut self, element: &Element, outer: &Inherited) -> Option<Effect> {
        let mut keys = Attributes::new(self.source, element);
        let name = match element.name.as_str() {
            "StatError" => {
                keys.know(&["Name"]);
                Some(String::new())
            }
            _ => keys.required("Name").map(|attribute| attribute.value.clone()),
        };
        let kind = match element.name.as_str() {
            "NormFactor" => {
                keys.know(&["Const"]);
                let value = keys.number("Val", 1.0);
                let (low, high) = (keys.number("Low", 0.0), keys.number("High", 10.0));
                if !(low <= value && value <= high) {
                    keys.mistake("value", format!("{value} is not between {low} and {high}"), element.span);
                }
                Some(EffectKind::NormFactor { value, low, high })
            }
            "OverallSys" => {
                let (low, high) = (keys.required_number("Low"), keys.required_number("High"));
                for (value, span) in [low, high].into_iter().flatten() {
                    if value <= 0.0 {
                        keys.mistake("value", format!("a factor of {value}: its logarithm is needed"), span);
                    }
                }
                low.zip(high).map(|((low, _), (high, _))| EffectKind::OverallSys { low, high })
            }
            "HistoSys" => {
                let around =
                    Inherited { file: keys.text("InputFile").map(|(text, _)| text).or(outer.file.clone()), ..outer.clone() };
                let mut side = |file, path, name| Inherited {
                    file: keys.text(file).map(|(text, _)| text).or(around.file.clone()),
                    path: keys.text(path).map_or(around.path.clone(), |(text, _)| text),
                    name: keys.text(name).map(|(text, _)| text),
                };
                let low = side("HistoFileLow", "HistoPathLow", "HistoNameLow");
                let high = side("HistoFileHigh", "HistoPathHigh", "HistoNameHigh");
                let low = self.histogram(&low, element);
                let high = self.histogram(&high, element);
                low.zip(high).map(|(low, high)| EffectKind::HistoSys { low, high })
            }
            "ShapeFactor" => Some(EffectKind::ShapeFactor),
            "ShapeSys" => {
                let inner = inherit(&mut keys, outer);
                let constraint = keys.choice("ConstraintType", &BIN_CONSTRAINTS).unwrap_or(BinConstraint::Gaussian);
                self.histogram(&inner, element).map(|histogram| EffectKind::ShapeSys { histogram, constraint })
            }
            "StatError" => {
                let active = keys.flag("Activate", false);
                let inner = inherit(&mut keys, outer);
                let histogram = if inner.name.is_some() { self.histogram(&inner, element) } else { None };
                active.then_some(EffectKind::StatError(histogram))
            }
            _ => {
                let known = ["HistoSys", "NormFactor", "OverallSys", "ShapeFactor", "ShapeSys", "StatError"];
                self.problems.push(unknown_element(self.source, element, "Sample", &known));
                return None;
            }
        };
        keys.finish(&mut self.problems);
        Some(Effect { name: name?, kind: kind?, span: element.span })
    }
}

fn inherit(keys: &mut Attributes<'_>, outer: &Inherited) -> Inherited {
    // `HistoFile` is what tools write in place of `InputFile`.
    let file = keys.text("InputFile").or_else(|| keys.text("HistoFile"));
    keys.know(&["HistoFile"]);
    Inherited {
        file: file.map(|(text, _)| text).or_else(|| outer.file.clone()),
        path: keys.text("HistoPath").map_or_else(|| outer.path.clone(), |(text, _)| text),
        name: keys.text("HistoName").map(|(text, _)| text).or_else(|| outer.name.clone()),
    }
}
