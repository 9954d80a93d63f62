//! The top-level file: inputs and measurements.

use germane_texts::{Diagnostic, Element, Source, Span, parse_xml};

use super::attributes::{Attributes, unknown_element};
use super::{Configuration, ConstraintTerm, Measurement, Named, channel};

pub(super) fn read(
    source: &Source,
    channel_file: &dyn Fn(&str) -> Result<Source, Diagnostic>,
) -> Result<Configuration, Vec<Diagnostic>> {
    let root = parse_xml(source)?;
    let mut problems = Vec::new();
    if root.name != "Combination" {
        let problem = Diagnostic::new("key", format!("the root element is `{}`, not `Combination`", root.name));
        let problem = problem.at(source, root.span);
        return Err(vec![match root.name.as_str() {
            "Channel" => problem.advice("this is a channel file; give the file whose `Input` names it"),
            _ => problem,
        }]);
    }
    let mut keys = Attributes::new(source, &root);
    keys.know(&["OutputFilePrefix", "Mode"]);
    keys.finish(&mut problems);
    let (mut channels, mut measurements) = (Vec::new(), Vec::<Measurement>::new());
    for element in &root.children {
        match element.name.as_str() {
            "Input" => channels.extend(input(source, element, channel_file, &mut problems)),
            "Measurement" => {
                let read = measurement(source, element, &mut problems);
                if measurements.iter().any(|other| other.name == read.name) {
                    let problem = Diagnostic::new("value", format!("measurement `{}` appears twice", read.name));
                    problems.push(problem.at(source, element.span));
                }
                measurements.push(read);
            }
            "Function" => {
                let problem = Diagnostic::new("value", "functions of parameters are not known in HistFactory's XML");
                problems.push(problem.at(source, element.span).advice("write a NormFactor of its own, or the model as HS3"));
            }
            _ => problems.push(unknown_element(source, element, "Combination", &["Function", "Input", "Measurement"])),
        }
    }
    if channels.is_empty() && problems.is_empty() {
        problems.push(Diagnostic::new("key", "`Combination` has no `Input`").at(source, root.span));
    }
    if measurements.is_empty() && problems.is_empty() {
        problems.push(Diagnostic::new("key", "`Combination` has no `Measurement`").at(source, root.span));
    }
    for (index, channel) in channels.iter().enumerate() {
        if channels[..index].iter().any(|other| other.name == channel.name) {
            let problem = Diagnostic::new("value", format!("channel `{}` appears twice", channel.name));
            problems.push(problem.at(&channel.source, channel.span));
        }
    }
    if problems.is_empty() { Ok(Configuration { channels, measurements, source: source.clone() }) } else { Err(problems) }
}

fn input(
    source: &Source,
    element: &Element,
    channel_file: &dyn Fn(&str) -> Result<Source, Diagnostic>,
    problems: &mut Vec<Diagnostic>,
) -> Option<super::Channel> {
    Attributes::new(source, element).finish(problems);
    let name = element.text.trim();
    if name.is_empty() {
        problems.push(Diagnostic::new("value", "`Input` names no file").at(source, element.span));
        return None;
    }
    let text = channel_file(name).map_err(|problem| problems.push(problem.at(source, element.text_span))).ok()?;
    let read = channel::read(&text);
    read.map_err(|mut mistakes| problems.append(&mut mistakes)).ok()
}

fn measurement(source: &Source, element: &Element, problems: &mut Vec<Diagnostic>) -> Measurement {
    let mut keys = Attributes::new(source, element);
    keys.know(&["BinLow", "BinHigh", "Mode", "ExportOnly"]);
    let name = keys.required("Name").map(|attribute| attribute.value.clone()).unwrap_or_default();
    let luminosity = keys.required_number("Lumi");
    let relative = keys.required_number("LumiRelErr");
    if let Some((_, span)) = luminosity.filter(|(value, _)| *value <= 0.0) {
        keys.mistake("value", "the luminosity must be above 0", span);
    }
    if let Some((_, span)) = relative.filter(|(value, _)| *value < 0.0) {
        keys.mistake("value", "an uncertainty cannot be negative", span);
    }
    keys.finish(problems);
    let mut out = Measurement {
        name,
        interest: Vec::new(),
        luminosity: luminosity.map_or(1.0, |(value, _)| value),
        relative_error: relative.map_or(0.0, |(value, _)| value),
        constant: Vec::new(),
        values: Vec::new(),
        constraints: Vec::new(),
    };
    for child in &element.children {
        match child.name.as_str() {
            "POI" => {
                Attributes::new(source, child).finish(problems);
                out.interest.extend(names(source, child));
            }
            "ParamSetting" => {
                let mut keys = Attributes::new(source, child);
                let (constant, value) = (keys.flag("Const", false), keys.number("Val", f64::NAN));
                keys.finish(problems);
                let names = names(source, child);
                if !value.is_nan() {
                    out.values.extend(names.iter().cloned().map(|name| (name, value)));
                }
                if constant {
                    out.constant.extend(names);
                }
            }
            "ConstraintTerm" => {
                if let Some(term) = constraint_term(source, child, problems) {
                    out.constraints.extend(names(source, child).into_iter().map(|name| (name, term)));
                }
            }
            // Other data than the observed ones.
            "Asimov" => {}
            _ => {
                let known = ["Asimov", "ConstraintTerm", "POI", "ParamSetting"];
                problems.push(unknown_element(source, child, "Measurement", &known));
            }
        }
    }
    out
}

fn constraint_term(source: &Source, element: &Element, problems: &mut Vec<Diagnostic>) -> Option<ConstraintTerm> {
    let mut keys = Attributes::new(source, element);
    keys.required("Type");
    let make: Option<fn(f64) -> ConstraintTerm> = keys.choice(
        "Type",
        &[
            ("Gamma", ConstraintTerm::Gamma as fn(f64) -> ConstraintTerm),
            ("LogNormal", ConstraintTerm::LogNormal),
            ("Uniform", |_| ConstraintTerm::Uniform),
        ],
    );
    let relative = match make.map(|make| make(1.0)) {
        Some(ConstraintTerm::Uniform) => {
            keys.know(&["RelativeUncertainty"]);
            Some(1.0)
        }
        _ => keys.required_number("RelativeUncertainty").and_then(|(value, span)| {
            if value <= 0.0 {
                keys.mistake("value", "a relative uncertainty must be above 0", span);
            }
            (value > 0.0).then_some(value)
        }),
    };
    keys.finish(problems);
    Some(make?(relative?))
}

/// The words of an element with their places.
fn names(source: &Source, element: &Element) -> Vec<Named> {
    let span = element.text_span;
    let written = source.slice(span);
    // Of a text with references or comments in it, the whole is the place.
    let exact = written == element.text.trim();
    element
        .text
        .split_whitespace()
        .map(|word| {
            let at = (word.as_ptr() as usize) - (element.text.trim().as_ptr() as usize);
            let own = Span::new(span.start + at, span.start + at + word.len());
            Named { name: word.to_owned(), span: if exact { own } else { span } }
        })
        .collect()
}
