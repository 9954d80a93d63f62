//! `histfactory_dist`: bins, samples and modifiers.

use germane_texts::{Diagnostic, Node, Span, nearest};

use super::read::{self, Reader};
use super::{Argument, Axis, Named, Value};
use crate::interpolation::{FactorCode, TemplateCode};

/// A binned distribution.
#[derive(Clone, Debug)]
pub(super) struct Binned {
    pub(super) axes: Vec<Axis>,
    pub(super) samples: Vec<Sample>,
}

#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) contents: Vec<f64>,
    /// Absolute, empty where there are none.
    pub(super) errors: Vec<f64>,
    pub(super) modifiers: Vec<Modifier>,
}

#[derive(Clone, Debug)]
pub(super) struct Modifier {
    pub(super) span: Span,
    pub(super) effect: Effect,
    /// The distribution that constrains its parameter.
    pub(super) constraint: Option<Named>,
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Factor { parameter: Argument },
    NormSys { parameter: Argument, high: f64, low: f64, code: FactorCode },
    HistoSys { parameter: Argument, high: Vec<f64>, low: Vec<f64>, code: TemplateCode },
    ShapeFactor { parameters: Vec<Named> },
    ShapeSys { parameters: Vec<Named>, relative: Vec<f64>, poisson: bool },
    StatError { parameters: Vec<Named>, poisson: bool },
}

/// Types of modifiers.
const TYPES: [&str; 6] = ["histosys", "normfactor", "normsys", "shapefactor", "shapesys", "staterror"];

impl Binned {
    /// Number of bins.
    pub(super) fn bins(&self) -> usize {
        self.axes.iter().map(|axis| axis.edges.len().saturating_sub(1)).product()
    }

    pub(super) fn read<'a>(reader: &mut Reader<'a>, node: &'a Node, name: &str) -> Option<Self> {
        let mut keys = reader.keys(node, format!("histfactory_dist `{name}`"));
        keys.required("axes");
        keys.required("samples");
        let (axes, samples) = (keys.list("axes"), keys.list("samples"));
        keys.finish(&mut reader.problems);
        let (axes, samples) = (axes?, samples?);
        let axes_read = reader.axes(axes, &format!("distribution `{name}`"));
        for (axis, node) in axes_read.iter().zip(axes) {
            if axis.edges.is_empty() {
                reader.report("key", format!("axis `{}` of `{name}` has neither `nbins` nor `edges`", axis.name), node.span);
            }
        }
        let mut binned = Self { axes: axes_read, samples: Vec::new() };
        let bins = binned.bins();
        for node in samples {
            let sample = Sample::read(reader, node, bins);
            binned.samples.extend(sample);
        }
        Some(binned)
    }
}

impl Sample {
    fn read<'a>(reader: &mut Reader<'a>, node: &'a Node, bins: usize) -> Option<Self> {
        let mut keys = reader.keys(node, "a sample");
        let name = read::name_of(&mut keys);
        let data = keys.required("data");
        let modifiers = keys.list("modifiers").unwrap_or_default();
        keys.finish(&mut reader.problems);
        let (name, data) = (name?.name, data?);
        let mut keys = reader.keys(data, format!("`data` of sample `{name}`"));
        let (contents, errors) = (keys.required("contents"), keys.optional("errors"));
        keys.finish(&mut reader.problems);
        let contents = list(reader, contents?, bins, &format!("`contents` of sample `{name}`"));
        let errors = errors.map(|node| list(reader, node, bins, &format!("`errors` of sample `{name}`"))).unwrap_or_default();
        let modifiers = modifiers.iter().filter_map(|node| Modifier::read(reader, node, &name, bins)).collect();
        Some(Self { name, contents, errors, modifiers })
    }
}

/// Numbers of all bins.
fn list(reader: &mut Reader<'_>, node: &Node, bins: usize, what: &str) -> Vec<f64> {
    let mut values = reader.numbers(node, what);
    if values.len() != bins && node.as_list().is_some() {
        reader.report("value", format!("{what} has {} values, the axes {bins} bins", values.len()), node.span);
    }
    values.resize(bins, 0.0);
    values
}

impl Modifier {
    fn read<'a>(reader: &mut Reader<'a>, node: &'a Node, sample: &str, bins: usize) -> Option<Self> {
        let mut keys = reader.keys(node, "a modifier");
        let name = read::name_of(&mut keys);
        let type_node = keys.required("type");
        let type_name = keys.text("type");
        let parameter = keys.optional("parameter");
        let parameters = keys.optional("parameters");
        let data = keys.optional("data");
        let interpolation = keys.optional("interpolation");
        let constraint_type = keys.text("constraint_type");
        let constraint = keys.optional("constraint_name").or_else(|| keys.optional("constraint"));
        keys.finish(&mut reader.problems);
        let Named { name, span } = name?;
        let type_name = type_name?;
        let what = format!("{type_name} `{name}` of sample `{sample}`");
        let by_name = |parameter: Option<&Node>, reader: &mut Reader<'a>| match parameter {
            Some(node) => reader.argument(node, &format!("`parameter` of {what}")),
            None => Some(Argument { value: Value::Name(name.clone()), span }),
        };
        let effect = match type_name {
            "normfactor" => Effect::Factor { parameter: by_name(parameter, reader)? },
            "normsys" => {
                let [high, low] = pair(reader, data, &what, span)?;
                let both = [high, low].map(|node| reader.number(node, &format!("`hi` and `lo` of {what}")));
                let code = factor_code(reader, interpolation, &what)?;
                let [Some(high_value), Some(low_value)] = both else { return None };
                for (value, node) in [(high_value, high), (low_value, low)] {
                    if value <= 0.0 {
                        reader.report("value", format!("{what}: a factor of {value}, whose logarithm is needed"), node.span);
                    }
                }
                Effect::NormSys { parameter: by_name(parameter, reader)?, high: high_value, low: low_value, code }
            }
            "histosys" => {
                let [high, low] = pair(reader, data, &what, span)?;
                // ROOT writes contents, other tools lists.
                let mut contents = |node: &'a Node, key: &str| {
                    let inner = node.get("contents").unwrap_or(node);
                    list(reader, inner, bins, &format!("`{key}` of {what}"))
                };
                let (high, low) = (contents(high, "hi"), contents(low, "lo"));
                let code = template_code(reader, interpolation, &what)?;
                Effect::HistoSys { parameter: by_name(parameter, reader)?, high, low, code }
            }
            "shapefactor" | "shapesys" | "staterror" => {
                let parameters = match parameters {
                    Some(node) => reader.names(node, &format!("`parameters` of {what}")),
                    None => (0..bins).map(|bin| Named { name: format!("{name}[{bin}]"), span }).collect(),
                };
                if parameters.len() != bins {
                    reader.report("value", format!("{what} has {} parameters for {bins} bins", parameters.len()), span);
                    return None;
                }
                let poisson = match constraint_type {
                    Some("Poisson") => true,
                    Some("Gauss" | "Gaussian" | "Normal") => false,
                    None | Some("") => type_name == "shapesys",
                    Some(other) => {
                        reader.report("value", format!("{what}: the constraint `{other}` is not Gauss or Poisson"), span);
                        return None;
                    }
                };
                match type_name {
                    "shapefactor" => Effect::ShapeFactor { parameters },
                    "staterror" => Effect::StatError { parameters, poisson },
                    _ => {
                        let values = data.and_then(|data| data.get("vals"));
                        let Some(values) = values else {
                            reader.report("key", format!("{what} has no `data` with `vals`"), span);
                            return None;
                        };
                        let relative = list(reader, values, bins, &format!("`vals` of {what}"));
                        if let Some(bin) = relative.iter().position(|value| *value < 0.0) {
                            reader.report("value", format!("{what}: the uncertainty of bin {bin} is negative"), values.span);
                        }
                        Effect::ShapeSys { parameters, relative, poisson }
                    }
                }
            }
            other => {
                let span = type_node.map_or(span, |node| node.span);
                let problem = Diagnostic::new("name", format!("modifier `{name}` has the unknown type `{other}`"));
                let problem = problem.at(reader.source, span);
                reader.problems.push(match nearest(other, TYPES) {
                    Some(near) => problem.nearest(near),
                    None => problem.advice(format!("one of {}", TYPES.join(", "))),
                });
                return None;
            }
        };
        let constraint = constraint.and_then(|node| node.as_text().map(|text| Named { name: text.to_owned(), span: node.span }));
        Some(Self { span, effect, constraint })
    }
}

/// `hi` and `lo` of the data of a modifier.
fn pair<'a>(reader: &mut Reader<'a>, data: Option<&'a Node>, what: &str, span: Span) -> Option<[&'a Node; 2]> {
    let Some(data) = data else {
        reader.report("key", format!("{what} has no `data`"), span);
        return None;
    };
    let mut keys = reader.keys(data, format!("`data` of {what}"));
    let (high, low) = (keys.required("hi"), keys.required("lo"));
    keys.finish(&mut reader.problems);
    Some([high?, low?])
}

/// RooFit's number, or the standard's name, of an interpolation.
fn factor_code(reader: &mut Reader<'_>, node: Option<&Node>, what: &str) -> Option<FactorCode> {
    let Some(node) = node else { return Some(FactorCode::Code4) };
    match (node.as_i64(), node.as_text()) {
        (Some(1), _) | (_, Some("log")) => Some(FactorCode::Code1),
        (Some(4 | 5), _) | (_, Some("poly6")) => Some(FactorCode::Code4),
        _ => {
            let given = node.scalar_text().unwrap_or_default();
            let problem = Diagnostic::new("value", format!("{what}: interpolation `{given}` of a factor is not known"));
            reader.problems.push(problem.at(reader.source, node.span).advice("known: 1 or \"log\", 4, 5 or \"poly6\""));
            None
        }
    }
}

/// The same of templates, where 5 and 6 interpolate ratios.
fn template_code(reader: &mut Reader<'_>, node: Option<&Node>, what: &str) -> Option<TemplateCode> {
    let Some(node) = node else { return Some(TemplateCode::Code4p) };
    match (node.as_i64(), node.as_text()) {
        (Some(0), _) | (_, Some("lin")) => Some(TemplateCode::Code0),
        (Some(2 | 3), _) | (_, Some("parabolic")) => Some(TemplateCode::Code2),
        (Some(4), _) | (_, Some("poly6")) => Some(TemplateCode::Code4p),
        _ => {
            let given = node.scalar_text().unwrap_or_default();
            let problem = Diagnostic::new("value", format!("{what}: interpolation `{given}` of templates is not known"));
            let advice = "known: 0 or \"lin\", 2, 3 or \"parabolic\", 4 or \"poly6\"";
            reader.problems.push(problem.at(reader.source, node.span).advice(advice));
            None
        }
    }
}
