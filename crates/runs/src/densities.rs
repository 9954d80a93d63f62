//! Densities of an analysis file → specifications of the `models` room, with all quantities in the axis' unit.

use crate::analysis::{Analysis, Channel, Name, Parameter, Quantity, Written};
use crate::plan::in_unit;
use germane_columns::Unit;
use germane_histograms::Axis;
use germane_models::density::{Argument, ChoiceSpec, ComponentSpec, DensitySpec, SHAPES, ShapeSpec, unit_power};
use germane_texts::{Diagnostic, Entry, Keys, Node, Span, Value, nearest};
use std::sync::Arc;

/// A model of densities, checked, without data.
#[derive(Clone, Debug, Default)]
pub struct Densities {
    /// parameters in the order of the file
    pub parameters: Vec<germane_models::Parameter>,
    /// one a channel
    pub channels: Vec<Density>,
}

/// The density of one channel.
#[derive(Clone, Debug)]
pub struct Density {
    /// index of the channel in the model
    pub channel: usize,
    /// what it is made of
    pub specification: DensitySpec,
    /// axis of the data
    pub axis: Axis,
}

/// Reads the densities of all channels; `axis` gives the axis of a channel's histogram.
///
/// # Errors
/// All mistakes: unknown shapes, arguments, parameters, units that do not fit.
pub(crate) fn read(analysis: &Analysis, axis: impl Fn(&Channel) -> Option<Axis>) -> Result<Option<Densities>, Vec<Diagnostic>> {
    let Some(model) = analysis.model.as_ref().filter(|m| m.channels.iter().any(|c| c.density.is_some())) else { return Ok(None) };
    let mut reader =
        Reader { analysis, parameters: &model.parameters, units: vec![None; model.parameters.len()], found: Vec::new() };
    let mut channels = Vec::new();
    let alone = model.channels.iter().filter(|channel| channel.density.is_some()).count() == 1;
    for (index, channel) in model.channels.iter().enumerate() {
        let (Some(components), Some(axis)) = (&channel.density, axis(channel)) else { continue };
        let unit = axis.unit().and_then(|u| Unit::parse(u).ok()).unwrap_or_default();
        let whole = (alone, &channel.name.text[..]);
        let components = components.iter().filter_map(|(name, node)| reader.component(name, node, &unit, whole));
        let components = components.flatten().collect();
        channels.push(Density { channel: index, specification: DensitySpec { components }, axis });
    }
    let parameters = reader.finish();
    if reader.found.is_empty() { Ok(Some(Densities { parameters, channels })) } else { Err(reader.found) }
}

/// The columns that arguments of a density ask for, each once, in the order of the file.
pub(crate) fn columns(density: &[(Name, Node)]) -> Vec<Written> {
    fn walk(node: &Node, found: &mut Vec<Written>) {
        for entry in node.as_map().unwrap_or_default() {
            match entry.value.as_text() {
                Some(text) if entry.key == "column" => {
                    if !found.iter().any(|known| known.text == text) {
                        found.push(Written { text: text.to_owned(), node: entry.value.clone() });
                    }
                }
                _ => walk(&entry.value, found),
            }
        }
    }
    let mut found = Vec::new();
    density.iter().for_each(|(_, node)| walk(node, &mut found));
    found
}

struct Reader<'a> {
    analysis: &'a Analysis,
    parameters: &'a [Parameter],
    /// unit of each parameter by how it is used
    units: Vec<Option<Unit>>,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.found.push(Diagnostic::new(code, message).at(&self.analysis.source, span));
    }

    /// `{yield: n, SHAPE: {argument: …}, convolve: {SHAPE: {…}}}`, or `{yield: n, one_of: {NAME: {SHAPE: {…}}, …}}`; of the
    /// channel its name and whether it is the only one.
    fn component(&mut self, name: &Name, node: &Node, unit: &Unit, channel: (bool, &str)) -> Option<Vec<ComponentSpec>> {
        let Value::Map(_) = &node.value else {
            self.report("kind", format!("expected a map, got {}", node.kind()), node.span);
            return None;
        };
        let yields = match node.get("yield") {
            Some(value) => self.argument(value, &Unit::one()),
            None => {
                let diagnostic = Diagnostic::new("key", format!("component `{}` has no `yield`", name.text))
                    .at(&self.analysis.source, name.span);
                self.found.push(diagnostic.advice("yield: the parameter that counts its events"));
                None
            }
        };
        if let Some(functions) = node.get("one_of") {
            let own = if channel.0 { name.text.clone() } else { format!("{}_{}", channel.1, name.text) };
            return self.one_of(name, node, functions, unit, own, yields);
        }
        let shape = self.shape(node, unit, name.span);
        Some(vec![ComponentSpec::new(name.text.clone(), yields?, shape?)])
    }

    /// A component for each of the functions between which an index chooses.
    fn one_of(
        &mut self,
        name: &Name,
        node: &Node,
        functions: &Node,
        unit: &Unit,
        own: String,
        yields: Option<Argument>,
    ) -> Option<Vec<ComponentSpec>> {
        let mut keys = Keys::new(&self.analysis.source, node, format!("component `{}`", name.text));
        keys.know(&["yield", "one_of"]);
        let index = keys.text("index").map_or(own, str::to_owned);
        let correction = keys.number("correction").unwrap_or(1.0);
        keys.finish(&mut self.found);
        let entries = functions.as_map().unwrap_or_default();
        if entries.is_empty() {
            self.report("kind", "`one_of` is a map of functions by name", functions.span);
        }
        if self.parameters.iter().any(|parameter| parameter.name.text == index) {
            let diagnostic = Diagnostic::new("name", format!("`{index}` is a parameter, and the index of a choice"));
            let place = node.entry("index").map_or(name.span, |entry| entry.value.span);
            self.found.push(diagnostic.at(&self.analysis.source, place).advice("name the choice otherwise with `index:`"));
        }
        let names = entries.iter().map(|entry| entry.key.clone()).collect();
        let choice = Arc::new(ChoiceSpec { name: index, functions: names, correction });
        let shapes: Vec<Option<ShapeSpec>> = entries.iter().map(|entry| self.shape(&entry.value, unit, entry.key_span)).collect();
        let yields = yields?;
        let component = |(number, (shape, entry)): (usize, (Option<ShapeSpec>, &Entry))| {
            let whole = format!("{} ({})", name.text, entry.key);
            Some(ComponentSpec::new(whole, yields.clone(), shape?).when(&choice, number))
        };
        shapes.into_iter().zip(entries).enumerate().map(component).collect()
    }

    /// The one key that is a shape, with what it is convolved with.
    fn shape(&mut self, node: &Node, unit: &Unit, span: Span) -> Option<ShapeSpec> {
        let others: Vec<_> = node.as_map()?.iter().filter(|e| !matches!(e.key.as_str(), "yield" | "convolve")).collect();
        let [entry] = others.as_slice() else {
            let message = format!("expected one density, got {}", others.len());
            let known: Vec<&str> = SHAPES.iter().map(|(name, _)| *name).collect();
            let place = others.get(1).map_or(span, |e| e.key_span);
            self.found.push(
                Diagnostic::new("key", message).at(&self.analysis.source, place).advice(format!("one of {}", known.join(", "))),
            );
            return None;
        };
        let mut arguments = Vec::new();
        for argument in entry.value.as_map().unwrap_or(&[]) {
            let role = match unit_power(&entry.key, &argument.key) {
                Some(0) => Unit::one(),
                Some(-1) => Unit::one().over(unit),
                _ => unit.clone(),
            };
            // A list (coefficients of a polynomial) gives its argument several times.
            for value in argument.value.as_list().unwrap_or(std::slice::from_ref(&argument.value)) {
                if let Some(value) = self.argument(value, &role) {
                    arguments.push((argument.key.as_str(), value));
                }
            }
        }
        let mut shape = ShapeSpec::new(entry.key.clone(), arguments);
        if let Some(with) = node.get("convolve") {
            shape = shape.convolved(self.shape(with, unit, with.span)?);
        }
        for problem in shape
            .check()
            .into_iter()
            .filter(|p| p.object.as_deref().is_none_or(|o| o.split('.').next() == Some(entry.key.as_str())))
        {
            let argument = problem.object.as_deref().and_then(|o| o.split_once('.')).and_then(|(_, a)| entry.value.entry(a));
            let place = argument.map_or(entry.key_span, |a| a.key_span);
            self.found.push(problem.at(&self.analysis.source, place));
        }
        Some(shape)
    }

    /// A parameter by name, a number in the wanted unit, or a column of the events, `{column: TEXT, times: PARAMETER}`.
    fn argument(&mut self, node: &Node, unit: &Unit) -> Option<Argument> {
        if node.as_map().is_some() {
            let mut keys = Keys::new(&self.analysis.source, node, "an argument");
            keys.required("column");
            let (column, times) = (keys.text("column").map(str::to_owned), keys.optional("times"));
            keys.finish(&mut self.found);
            let scale = match times {
                None => None,
                Some(node) => match self.argument(node, &Unit::one())? {
                    Argument::Parameter(name) => Some(name),
                    _ => {
                        self.report("kind", "`times` is a parameter; a number goes into the column's text", node.span);
                        return None;
                    }
                },
            };
            return Some(Argument::Column { name: column?, scale });
        }
        let text = node.as_text().unwrap_or("");
        if !text.is_empty() && text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            let Some(index) = self.parameters.iter().position(|p| p.name.text == text) else {
                let diagnostic = Diagnostic::new("name", format!("no parameter `{text}`")).at(&self.analysis.source, node.span);
                let names: Vec<&str> = self.parameters.iter().map(|p| p.name.text.as_str()).collect();
                self.found.push(match nearest(text, names.iter().copied()) {
                    Some(near) => diagnostic.nearest(near),
                    None => diagnostic.advice(format!("there are {}", names.join(", "))),
                });
                return None;
            };
            match &self.units[index] {
                Some(known) if !known.same_dimension(unit) => {
                    self.report("unit", format!("parameter `{text}` is used in {known} and in {unit}"), node.span);
                }
                _ => self.units[index] = Some(unit.clone()),
            }
            return Some(Argument::parameter(text));
        }
        match Quantity::read(node) {
            Err(error) => self.report("unit", error.message, node.span_in_text(error.start, error.end)),
            Ok(quantity) => match in_unit(&quantity, Some(unit)) {
                Ok(value) => return Some(Argument::Constant(value)),
                Err(message) => self.report("unit", message, node.span),
            },
        }
        None
    }

    fn finish(&mut self) -> Vec<germane_models::Parameter> {
        let mut out = Vec::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let Some(unit) = self.units[index].clone() else {
                let message = format!("no density uses parameter `{}`", parameter.name.text);
                self.report("name", message, parameter.name.span);
                continue;
            };
            let mut number = |quantity: &Quantity| match in_unit(quantity, Some(&unit)) {
                Ok(value) => value,
                Err(message) => {
                    self.report("unit", format!("`{}`: {message}", parameter.name.text), parameter.name.span);
                    f64::NAN
                }
            };
            let start = number(&parameter.value);
            let range = parameter.range.as_ref().map(|(low, high)| (number(low), number(high)));
            let mut made = germane_models::Parameter::new(parameter.name.text.clone(), start);
            if let Some((low, high)) = range {
                made = made.within(low, high);
                let inside = low <= start && start <= high || start.is_nan();
                if !inside {
                    self.report("value", format!("`{}` starts outside of its range", parameter.name.text), parameter.name.span);
                }
            }
            if unit.has_dimension() {
                made = made.unit(unit.to_string());
            }
            out.push(if parameter.fixed { made.fix() } else { made });
        }
        out
    }
}
