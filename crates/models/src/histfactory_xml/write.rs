//! A configuration as text: [`super::combination`] and [`super::channel`] the other way round.
//!
//! Each file brings its document type along, so that nothing but the files is needed where XML is validated, as ROOT does.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::names::{free_name, word};
use super::{
    BinConstraint, Channel, Configuration, ConstraintTerm, Effect, EffectKind, HistogramName, Measurement, Named, Sample,
};

/// The files of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The top-level file.
    pub combination: String,
    /// The channel files, under the names that it gives them.
    pub channels: Vec<(String, String)>,
}

const COMBINATION: &str = r"<!DOCTYPE Combination [
  <!ELEMENT Combination (Input+, Measurement+)>
  <!ATTLIST Combination OutputFilePrefix CDATA #REQUIRED>
  <!ELEMENT Input (#PCDATA)>
  <!ELEMENT Measurement (POI, ParamSetting*, ConstraintTerm*)>
  <!ATTLIST Measurement Name CDATA #REQUIRED Lumi CDATA #REQUIRED LumiRelErr CDATA #REQUIRED>
  <!ELEMENT POI (#PCDATA)>
  <!ELEMENT ParamSetting (#PCDATA)>
  <!ATTLIST ParamSetting Const CDATA #IMPLIED Val CDATA #IMPLIED>
  <!ELEMENT ConstraintTerm (#PCDATA)>
  <!ATTLIST ConstraintTerm Type CDATA #REQUIRED RelativeUncertainty CDATA #IMPLIED>
]>
";

const CHANNEL: &str = r"<!DOCTYPE Channel [
  <!ELEMENT Channel (Data?, StatErrorConfig, Sample+)>
  <!ATTLIST Channel Name CDATA #REQUIRED InputFile CDATA #IMPLIED>
  <!ELEMENT Data EMPTY>
  <!ATTLIST Data InputFile CDATA #IMPLIED HistoName CDATA #REQUIRED>
  <!ELEMENT StatErrorConfig EMPTY>
  <!ATTLIST StatErrorConfig RelErrorThreshold CDATA #REQUIRED ConstraintType CDATA #REQUIRED>
  <!ELEMENT Sample (NormFactor | OverallSys | HistoSys | ShapeFactor | ShapeSys | StatError)*>
  <!ATTLIST Sample Name CDATA #REQUIRED InputFile CDATA #IMPLIED HistoName CDATA #REQUIRED NormalizeByTheory CDATA #REQUIRED>
  <!ELEMENT NormFactor EMPTY>
  <!ATTLIST NormFactor Name CDATA #REQUIRED Val CDATA #REQUIRED Low CDATA #REQUIRED High CDATA #REQUIRED>
  <!ELEMENT OverallSys EMPTY>
  <!ATTLIST OverallSys Name CDATA #REQUIRED Low CDATA #REQUIRED High CDATA #REQUIRED>
  <!ELEMENT HistoSys EMPTY>
  <!ATTLIST HistoSys Name CDATA #REQUIRED HistoFileLow CDATA #IMPLIED HistoNameLow CDATA #REQUIRED
                     HistoFileHigh CDATA #IMPLIED HistoNameHigh CDATA #REQUIRED>
  <!ELEMENT ShapeFactor EMPTY>
  <!ATTLIST ShapeFactor Name CDATA #REQUIRED>
  <!ELEMENT ShapeSys EMPTY>
  <!ATTLIST ShapeSys Name CDATA #REQUIRED InputFile CDATA #IMPLIED HistoName CDATA #REQUIRED ConstraintType CDATA #REQUIRED>
  <!ELEMENT StatError EMPTY>
  <!ATTLIST StatError Activate CDATA #REQUIRED InputFile CDATA #IMPLIED HistoName CDATA #IMPLIED>
]>
";

impl Configuration {
    /// The texts of all files; channel files are called `PREFIX_CHANNEL.xml`, with `_` for what is neither letter nor digit.
    ///
    /// Read again they are the same configuration.
    pub fn texts(&self, prefix: &str) -> Texts {
        let mut names = BTreeSet::new();
        let channels: Vec<(String, String)> = (self.channels.iter())
            .map(|channel| {
                let name = free_name(&mut names, format!("{prefix}_{}", word(&channel.name)));
                (format!("{name}.xml"), text(channel))
            })
            .collect();
        let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{COMBINATION}");
        open(&mut out, 0, "Combination", &[("OutputFilePrefix", prefix)], ">");
        channels.iter().for_each(|(name, _)| list(&mut out, 1, "Input", &[], &[name]));
        self.measurements.iter().for_each(|measurement| write_measurement(&mut out, measurement));
        out.push_str("</Combination>\n");
        Texts { combination: out, channels }
    }
}

/// The text of a value or name, where it stands in a text or in quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Blanks of other kinds would be read as plain ones.
            c if c.is_control() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// A tag with its attributes, which ends as `end` says; attributes without a value are left out.
fn open(out: &mut String, depth: usize, name: &str, attributes: &[(&str, &str)], end: &str) {
    let _ = write!(out, "{:1$}<{name}", "", 2 * depth);
    for (key, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, " {key}=\"{}\"", escaped(value));
    }
    out.push_str(end);
    out.push('\n');
}

/// An element that holds words.
fn list(out: &mut String, depth: usize, name: &str, attributes: &[(&str, &str)], words: &[impl AsRef<str>]) {
    let words: Vec<String> = words.iter().map(|word| escaped(word.as_ref())).collect();
    open(out, depth, name, attributes, &format!(">{}</{name}>", words.join(" ")));
}

impl AsRef<str> for Named {
    fn as_ref(&self) -> &str {
        &self.name
    }
}

fn number(value: f64) -> String {
    format!("{value}")
}

fn write_measurement(out: &mut String, measurement: &Measurement) {
    let (luminosity, relative) = (number(measurement.luminosity), number(measurement.relative_error));
    let attributes = [("Name", measurement.name.as_str()), ("Lumi", &luminosity), ("LumiRelErr", &relative)];
    open(out, 1, "Measurement", &attributes, ">");
    list(out, 2, "POI", &[], &measurement.interest);
    if !measurement.constant.is_empty() {
        list(out, 2, "ParamSetting", &[("Const", "True")], &measurement.constant);
    }
    for (name, value) in &measurement.values {
        list(out, 2, "ParamSetting", &[("Val", &number(*value))], std::slice::from_ref(name));
    }
    for (name, term) in &measurement.constraints {
        let (kind, relative) = match term {
            ConstraintTerm::Gamma(relative) => ("Gamma", number(*relative)),
            ConstraintTerm::LogNormal(relative) => ("LogNormal", number(*relative)),
            ConstraintTerm::Uniform => ("Uniform", String::new()),
        };
        list(out, 2, "ConstraintTerm", &[("Type", kind), ("RelativeUncertainty", &relative)], std::slice::from_ref(name));
    }
    out.push_str("  </Measurement>\n");
}

fn constraint(constraint: BinConstraint) -> &'static str {
    match constraint {
        BinConstraint::Gaussian => "Gaussian",
        BinConstraint::Poisson => "Poisson",
    }
}

/// The file of a histogram, where it is not the one that is inherited.
fn file<'a>(histogram: &'a HistogramName, inherited: &str) -> &'a str {
    if histogram.file == inherited { "" } else { &histogram.file }
}

fn text(channel: &Channel) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{CHANNEL}");
    let inherited = channel.samples.first().map_or("", |sample| sample.histogram.file.as_str());
    open(&mut out, 0, "Channel", &[("Name", &channel.name), ("InputFile", inherited)], ">");
    if let Some(data) = &channel.data {
        open(&mut out, 1, "Data", &[("InputFile", file(data, inherited)), ("HistoName", &data.name)], "/>");
    }
    let threshold = number(channel.threshold);
    let settings = [("RelErrorThreshold", threshold.as_str()), ("ConstraintType", constraint(channel.statistical))];
    open(&mut out, 1, "StatErrorConfig", &settings, "/>");
    channel.samples.iter().for_each(|sample| write_sample(&mut out, sample, inherited));
    out.push_str("</Channel>\n");
    out
}

fn write_sample(out: &mut String, sample: &Sample, inherited: &str) {
    let by_theory = if sample.by_theory { "True" } else { "False" };
    let attributes = [
        ("Name", sample.name.as_str()),
        ("InputFile", file(&sample.histogram, inherited)),
        ("HistoName", &sample.histogram.name),
        ("NormalizeByTheory", by_theory),
    ];
    open(out, 1, "Sample", &attributes, if sample.effects.is_empty() { "/>" } else { ">" });
    if sample.effects.is_empty() {
        return;
    }
    sample.effects.iter().for_each(|effect| write_effect(out, effect, &sample.histogram.file));
    out.push_str("  </Sample>\n");
}

fn write_effect(out: &mut String, effect: &Effect, inherited: &str) {
    let name = effect.name.as_str();
    match &effect.kind {
        EffectKind::NormFactor { value, low, high } => {
            let numbers = [value, low, high].map(|value| number(*value));
            let attributes = [("Name", name), ("Val", &numbers[0]), ("Low", &numbers[1]), ("High", &numbers[2])];
            open(out, 2, "NormFactor", &attributes, "/>");
        }
        EffectKind::OverallSys { low, high } => {
            open(out, 2, "OverallSys", &[("Name", name), ("Low", &number(*low)), ("High", &number(*high))], "/>");
        }
        EffectKind::HistoSys { low, high } => {
            let attributes = [
                ("Name", name),
                ("HistoFileLow", file(low, inherited)),
                ("HistoNameLow", &low.name),
                ("HistoFileHigh", file(high, inherited)),
                ("HistoNameHigh", &high.name),
            ];
            open(out, 2, "HistoSys", &attributes, "/>");
        }
        EffectKind::ShapeFactor => open(out, 2, "ShapeFactor", &[("Name", name)], "/>"),
        EffectKind::ShapeSys { histogram, constraint: kind } => {
            let place = [("InputFile", file(histogram, inherited)), ("HistoName", &histogram.name)];
            open(out, 2, "ShapeSys", &[("Name", name), place[0], place[1], ("ConstraintType", constraint(*kind))], "/>");
        }
        EffectKind::StatError(None) => open(out, 2, "StatError", &[("Activate", "True")], "/>"),
        EffectKind::StatError(Some(histogram)) => {
            let place = [("InputFile", file(histogram, inherited)), ("HistoName", &histogram.name)];
            open(out, 2, "StatError", &[("Activate", "True"), place[0], place[1]], "/>");
        }
    }
}
