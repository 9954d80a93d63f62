//! Plans one dataset: compiles every text against its columns, once for each variation that reaches it.

use super::axes::axis;
use super::node_keys::NodeKeys;
use super::{DatasetPlan, Fill, NOMINAL, Purpose, Rows, Selection, chain, schema};
use crate::analysis::{Analysis, Name, Written};
use crate::content_key::{Key, node_key, pass_key};
use crate::inputs::Bound;
use germane_columns::Unit;
use germane_expressions::{EnvironmentId, Graph, Kind, NodeId, Problem, Program, ValueType};
use germane_histograms::{Axis, Histogram, StorageKind};
use germane_texts::{Diagnostic, Source, Span};
use serde_json::{Value, json};

/// A dataset's plan, and what stands against running it.
pub(super) struct Planned {
    pub(super) plan: DatasetPlan,
    /// columns that some files lack
    pub(super) missing: Vec<Diagnostic>,
}

/// # Errors
/// All mistakes in texts.
pub(super) fn plan(analysis: &Analysis, bound: Bound) -> Result<Planned, Vec<Diagnostic>> {
    let dataset = &analysis.datasets[bound.dataset];
    let schema = schema::of(analysis, dataset, &bound);
    let mut planner = Planner {
        analysis,
        graph: Graph::new(schema),
        environments: Vec::new(),
        outputs: Vec::new(),
        found: Vec::new(),
        broken: Vec::new(),
        unreadable: bound.problems.iter().map(|(index, why)| (bound.columns[*index].name.clone(), why.clone())).collect(),
        data: dataset.kind == crate::analysis::Kind::Data,
    };
    planner.hidden();
    planner.environments();
    if planner.environments.is_empty() {
        return Err(planner.found);
    }
    let mut parts = Parts::default();
    // Weights are checked even if no region uses them.
    planner.weight(0, None);
    planner.selections(&mut parts);
    planner.fills(&mut parts);
    planner.tables(&mut parts);
    planner.densities(&mut parts);
    planner.finish(parts, bound)
}

/// A variation and the environment in which its texts are compiled.
struct Environment {
    /// `nominal`, `jes_up`
    name: String,
    id: EnvironmentId,
    /// weight that is replaced, with its direction
    weight: Option<(usize, &'static str)>,
}

struct Planner<'a> {
    analysis: &'a Analysis,
    graph: Graph,
    environments: Vec<Environment>,
    outputs: Vec<NodeId>,
    found: Vec<Diagnostic>,
    /// definitions that do not hold
    broken: Vec<String>,
    /// columns of the files that cannot be read, and why
    unreadable: Vec<(String, String)>,
    /// whether the dataset is of data
    data: bool,
}

#[derive(Default)]
struct Parts {
    selections: Vec<Selected>,
    fills: Vec<Filled>,
    rows: Vec<Kept>,
}

/// A selection before its key is known.
#[derive(Clone)]
struct Selected {
    region: usize,
    variation: String,
    steps: Vec<String>,
    cuts: Vec<NodeId>,
    weight: Option<NodeId>,
}

struct Filled {
    histogram: usize,
    selection: usize,
    variation: String,
    values: Vec<NodeId>,
    factors: Vec<f64>,
    axes: Vec<Axis>,
    weight: Option<NodeId>,
}

struct Kept {
    purpose: Purpose,
    selection: usize,
    names: Vec<String>,
    columns: Vec<NodeId>,
    factors: Vec<f64>,
}

impl Planner<'_> {
    fn report(&mut self, written: &Written, problem: &Problem) {
        let found = diagnostic(self.analysis, written, problem);
        let name: String = written.text.chars().skip(problem.start).take(problem.end - problem.start).collect();
        if problem.code == "name" && self.broken.contains(&name) {
            return;
        }
        let stored = name.replace('.', "_");
        if problem.code == "name"
            && let Some((_, why)) = self.unreadable.iter().find(|(column, _)| [&name, &stored].contains(&column))
        {
            let message = format!("column `{name}` cannot be read: {why}");
            let place = written.node.span_in_text(problem.start, problem.end);
            return self.found.push(Diagnostic::new(problem.code, message).at(&self.analysis.source, place));
        }
        self.found.push(match name.as_str() {
            _ if problem.code != "name" || problem.nearest.is_some() => found,
            "yes" | "on" => found.advice("texts are expressions: write `true`"),
            "no" | "off" => found.advice("texts are expressions: write `false`"),
            generator if self.data && (generator.starts_with("Gen") || generator.starts_with("LHE")) => {
                found.advice("data have no generator columns: write `… if dataset.kind == 'simulation' else …`")
            }
            _ => found,
        });
    }

    /// A definition must not stand in front of a column: everything downstream would silently change.
    fn hidden(&mut self) {
        let schema = self.graph.schema();
        let taken =
            |n: &str| schema.event.contains_key(n) || schema.collections.contains_key(n) || schema.objects.contains_key(n);
        let hiding: Vec<Name> = self.analysis.define.iter().map(|(n, _)| n).filter(|n| taken(&n.text)).cloned().collect();
        for name in hiding {
            let diagnostic = Diagnostic::new("name", format!("`{}` is a column of the files already", name.text));
            let advice = "choose another name; a column is replaced by an entry of `variations:`";
            self.found.push(diagnostic.at(&self.analysis.source, name.span).advice(advice));
        }
    }

    fn report_at(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.found.push(Diagnostic::new(code, message).at(&self.analysis.source, span));
    }

    /// Nominal first, then every direction of every variation, then those of the weights.
    fn environments(&mut self) {
        let mut definitions: Vec<(&str, &str)> =
            self.analysis.define.iter().map(|(n, w)| (n.text.as_str(), w.text.as_str())).collect();
        // A broken definition is told once; what uses it is not wrong for that, and the rest is checked all the same.
        let nominal = loop {
            match self.graph.environment(&definitions, &[]) {
                Ok(id) => break id,
                Err(problems) => {
                    let mut broken: Vec<&str> = problems.iter().filter_map(|(i, _)| definitions.get(*i)).map(|d| d.0).collect();
                    broken.dedup();
                    for (index, problem) in problems {
                        let name = definitions[index].0;
                        if let Some((_, written)) = self.analysis.define.iter().find(|(n, _)| n.text == name) {
                            self.report(&written.clone(), &problem);
                        }
                    }
                    self.broken.extend(broken.iter().map(|n| (*n).to_owned()));
                    definitions.retain(|(name, _)| !broken.contains(name));
                }
            }
        };
        if !self.broken.is_empty() {
            // Variations are checked once the definitions hold.
            self.environments.push(Environment { name: NOMINAL.into(), id: nominal, weight: None });
            return;
        }
        self.environments.push(Environment { name: NOMINAL.into(), id: nominal, weight: None });
        for variation in &self.analysis.variations {
            for (direction, replaced) in &variation.directions {
                let replacements: Vec<(&str, &str)> = replaced.iter().map(|(n, w)| (n.text.as_str(), w.text.as_str())).collect();
                match self.graph.environment(&definitions, &replacements) {
                    Ok(id) => {
                        let name = format!("{}_{direction}", variation.name.text);
                        self.environments.push(Environment { name, id, weight: None });
                    }
                    Err(problems) => {
                        for (index, problem) in problems {
                            // Indices go on from the definitions to the replacements.
                            match index.checked_sub(definitions.len()).and_then(|i| replaced.get(i)) {
                                Some((name, written)) => self.report_replacement(name, &written.clone(), &problem),
                                None => self.report(&self.analysis.define[index].1.clone(), &problem),
                            }
                        }
                    }
                }
            }
        }
        for (index, weight) in self.analysis.weights.iter().enumerate() {
            for (direction, _) in &weight.directions {
                let name = format!("{}_{direction}", weight.name.text);
                self.environments.push(Environment { name, id: nominal, weight: Some((index, direction)) });
            }
        }
    }

    fn report_replacement(&mut self, name: &Name, written: &Written, problem: &Problem) {
        // A problem with the replaced column itself has no place in the text.
        if problem.start == problem.end {
            let found = Diagnostic::new(problem.code, &problem.message).at(&self.analysis.source, name.span);
            self.found.push(with_help(found, problem));
        } else {
            self.report(written, problem);
        }
    }

    fn compile(&mut self, environment: usize, written: &Written) -> Option<NodeId> {
        match self.graph.compile(self.environments[environment].id, &written.text) {
            Ok(node) => Some(node),
            Err(problems) => {
                for problem in &problems {
                    self.report(written, problem);
                }
                None
            }
        }
    }

    /// A condition: one true, false or null per event.
    fn condition(&mut self, environment: usize, written: &Written) -> Option<NodeId> {
        let node = self.compile(environment, written)?;
        match self.graph.require_condition(node, written.text.chars().count()) {
            Ok(()) => Some(node),
            Err(problem) => {
                self.report(written, &problem);
                None
            }
        }
    }

    /// Product of all weights, with one of them replaced in its variation, and of a further factor.
    fn weight(&mut self, environment: usize, factor: Option<&Written>) -> Option<NodeId> {
        let replaced = self.environments[environment].weight;
        let mut texts = Vec::new();
        for (index, weight) in self.analysis.weights.iter().enumerate() {
            let varied =
                replaced.filter(|(i, _)| *i == index).and_then(|(_, d)| weight.directions.iter().find(|(name, _)| *name == d));
            texts.push(varied.map_or(&weight.nominal, |(_, written)| written));
        }
        texts.extend(factor);
        if texts.is_empty() {
            return None;
        }
        for written in &texts {
            let node = self.compile(environment, written)?;
            if let Err(problem) = require_weight(&self.graph.value_type(node), &written.text) {
                self.report(written, &problem);
                return None;
            }
        }
        let product = texts.iter().map(|w| format!("({})", w.text)).collect::<Vec<_>>().join(" * ");
        self.graph.compile(self.environments[environment].id, &product).ok()
    }

    fn selections(&mut self, parts: &mut Parts) {
        for region in 0..self.analysis.regions.len() {
            for environment in 0..self.environments.len() {
                self.selection(parts, region, environment);
            }
        }
    }

    /// The selection of a region in an environment; one that equals an earlier one is shared.
    fn selection(&mut self, parts: &mut Parts, region: usize, environment: usize) -> Option<usize> {
        let analysis = self.analysis;
        let written: Vec<&Written> = chain(analysis, &analysis.regions[region]).into_iter().flat_map(|r| &r.cuts).collect();
        let compiled: Vec<Option<NodeId>> = written.iter().map(|cut| self.condition(environment, cut)).collect();
        let cuts = compiled.into_iter().collect::<Option<Vec<_>>>()?;
        let weight = self.weight(environment, None);
        if let Some(index) = parts.selections.iter().position(|s| s.region == region && s.cuts == cuts && s.weight == weight) {
            return Some(index);
        }
        let steps = written.iter().map(|w| w.text.clone()).collect();
        parts.selections.push(Selected { region, variation: self.environments[environment].name.clone(), steps, cuts, weight });
        Some(parts.selections.len() - 1)
    }

    fn fills(&mut self, parts: &mut Parts) {
        let analysis = self.analysis;
        for (index, histogram) in analysis.histograms.iter().enumerate() {
            for written in &histogram.regions {
                let Some(region) = analysis.regions.iter().position(|r| r.name.text == written.text) else { continue };
                for environment in 0..self.environments.len() {
                    let Some(selection) = self.selection(parts, region, environment) else { break };
                    let Some(fill) = self.fill(index, selection, environment) else { break };
                    let nominal = parts.fills.iter().any(|f| {
                        f.histogram == index && f.selection == selection && f.values == fill.values && f.weight == fill.weight
                    });
                    if !nominal {
                        parts.fills.push(fill);
                    }
                }
            }
        }
    }

    fn fill(&mut self, index: usize, selection: usize, environment: usize) -> Option<Filled> {
        let histogram = &self.analysis.histograms[index];
        let compiled: Vec<Option<NodeId>> = histogram.fill.iter().map(|w| self.compile(environment, w)).collect();
        let values = compiled.into_iter().collect::<Option<Vec<_>>>()?;
        let (mut axes, mut factors) = (Vec::new(), Vec::new());
        for (k, (node, (binning, span))) in values.iter().zip(&histogram.axes).enumerate() {
            let filled = self.graph.value_type(*node);
            if !matches!(filled.kind, Kind::Bool | Kind::Int | Kind::Float | Kind::Text) || filled.axes.len() > 1 {
                self.report_at(
                    "type",
                    format!("{filled} cannot be filled: a histogram takes numbers or texts"),
                    histogram.fill[k].node.span,
                );
                return None;
            }
            let name = if histogram.axes.len() == 1 { histogram.name.text.clone() } else { histogram.fill[k].text.clone() };
            let label = if k == 0 { histogram.label.as_deref() } else { None };
            match axis(binning, &name, label, &filled) {
                Ok((axis, factor)) => {
                    axes.push(axis);
                    factors.push(factor);
                }
                Err(message) => {
                    self.report_at("unit", message, *span);
                    return None;
                }
            }
        }
        let first = self.graph.value_type(values[0]);
        let types: Vec<ValueType> = values.iter().map(|n| self.graph.value_type(*n)).collect();
        if let Some(k) = types.iter().position(|other| other.axes != first.axes) {
            let message = format!("filled together, but this is {}, the first is {first}", types[k]);
            self.report_at("axes", message, histogram.fill[k].node.span);
            return None;
        }
        if let Err(error) = Histogram::try_new(axes.clone(), StorageKind::Weight) {
            self.report_at("axis", error.to_string(), histogram.name.span);
            return None;
        }
        let weight = self.weight(environment, histogram.weight.as_ref());
        let variation = self.environments[environment].name.clone();
        Some(Filled { histogram: index, selection, variation, values, factors, axes, weight })
    }

    fn tables(&mut self, parts: &mut Parts) {
        let analysis = self.analysis;
        for (index, table) in analysis.tables.iter().enumerate() {
            let Some(region) = analysis.regions.iter().position(|r| r.name.text == table.region.text) else { continue };
            let Some(selection) = self.selection(parts, region, 0) else { continue };
            let compiled: Vec<Option<NodeId>> = table.columns.iter().map(|w| self.compile(0, w)).collect();
            let Some(columns) = compiled.into_iter().collect() else { continue };
            let names = table.columns.iter().map(|w| w.text.clone()).collect();
            parts.rows.push(Kept { purpose: Purpose::Table(index), selection, names, columns, factors: Vec::new() });
        }
    }

    /// Values of the densities' channels, for fits to events.
    fn densities(&mut self, parts: &mut Parts) {
        let analysis = self.analysis;
        for (index, channel) in analysis.model.iter().flat_map(|m| &m.channels).enumerate() {
            if channel.density.is_none() {
                continue;
            }
            let region = channel.region.as_ref().map_or(&channel.name.text, |r| &r.text);
            let Some(region) = analysis.regions.iter().position(|r| r.name.text == *region) else { continue };
            let Some(histogram) = analysis.histograms.iter().position(|h| h.name.text == channel.histogram.text) else {
                continue;
            };
            let Some(selection) = self.selection(parts, region, 0) else { continue };
            let Some(fill) = self.fill(histogram, selection, 0) else { continue };
            if fill.values.len() != 1 {
                self.report_at("kind", "a density has one axis", channel.name.span);
                continue;
            }
            let mut names = vec![analysis.histograms[histogram].fill[0].text.clone()];
            let (mut columns, mut factors) = (fill.values.clone(), fill.factors.clone());
            for written in channel.density.iter().flat_map(|density| crate::densities::columns(density)) {
                let Some((node, factor)) = self.column(&written, &fill) else { continue };
                names.push(written.text);
                columns.push(node);
                factors.push(factor);
            }
            parts.rows.push(Kept { purpose: Purpose::Channel(index), selection, names, columns, factors });
        }
    }

    /// Numbers beside what is filled into an axis, one a value, and their factor into the axis' unit.
    fn column(&mut self, written: &Written, fill: &Filled) -> Option<(NodeId, f64)> {
        let node = self.compile(0, written)?;
        let (own, first) = (self.graph.value_type(node), self.graph.value_type(fill.values[0]));
        if !matches!(own.kind, Kind::Int | Kind::Float) || own.axes != first.axes {
            let message = format!("a column of a density has a number for each value of its axis ({first}), this is {own}");
            self.report_at("axes", message, written.node.span);
            return None;
        }
        let axis = fill.axes[0].unit().and_then(|unit| Unit::parse(unit).ok()).unwrap_or_default();
        match own.unit.factor_to(&axis) {
            Some(factor) => Some((node, factor)),
            // A bare number is taken as it is.
            None if !own.unit.has_dimension() => Some((node, 1.0)),
            None => {
                let message = format!("the column is in {}, the axis in {axis}", own.unit);
                self.report_at("unit", message, written.node.span);
                None
            }
        }
    }

    fn output(&mut self, node: NodeId) -> usize {
        if let Some(index) = self.outputs.iter().position(|n| *n == node) {
            return index;
        }
        self.outputs.push(node);
        self.outputs.len() - 1
    }

    fn finish(mut self, parts: Parts, bound: Bound) -> Result<Planned, Vec<Diagnostic>> {
        if !self.found.is_empty() {
            return Err(self.found);
        }
        let wanted: Vec<NodeId> = parts.nodes();
        let keys = NodeKeys::new(&self.graph, &wanted);
        let selections: Vec<Selection> = parts.selections.iter().map(|s| self.selected(s, &keys)).collect();
        let fills: Vec<Fill> = parts.fills.into_iter().map(|f| self.filled(f, &parts.selections, &keys)).collect();
        let rows: Vec<Rows> = parts.rows.into_iter().map(|r| self.kept(r, &parts.selections, &keys)).collect();
        let products: Vec<Key> =
            selections.iter().map(|s| s.key).chain(fills.iter().map(|f| f.key)).chain(rows.iter().map(|r| r.key)).collect();
        let program = Program::new(&self.graph, &self.outputs);
        let (mut reads, mut missing) = (Vec::new(), Vec::new());
        for input in program.inputs() {
            match schema::column(&bound, input) {
                Ok(read) => {
                    missing.extend(schema::lacking(self.analysis, &bound, read));
                    reads.push(read);
                }
                Err(found) => self.found.push(found),
            }
        }
        if !self.found.is_empty() {
            return Err(self.found);
        }
        let nodes = self.graph.nodes_json(&self.outputs).0.iter().filter_map(|n| serde_json::from_str(n).ok()).collect();
        let pass = pass_key(&products);
        Ok(Planned { plan: DatasetPlan { bound, program, reads, selections, fills, rows, nodes, pass }, missing })
    }

    fn selected(&mut self, selected: &Selected, keys: &NodeKeys) -> Selection {
        let cuts: Vec<usize> = selected.cuts.iter().map(|n| self.output(*n)).collect();
        let weight = selected.weight.map(|n| self.output(n));
        let key = node_key(&json!({"op": "cutflow", "of": selected.keys(keys)}));
        Selection {
            region: selected.region,
            variation: selected.variation.clone(),
            steps: selected.steps.clone(),
            cuts,
            weight,
            key,
        }
    }

    fn filled(&mut self, fill: Filled, selections: &[Selected], keys: &NodeKeys) -> Fill {
        let selection = &selections[fill.selection];
        let axes: Vec<Value> = fill.axes.iter().map(Axis::to_uhi).collect();
        let factors: Vec<Value> = fill.factors.iter().map(|f| crate::content_key::float(*f)).collect();
        let key = node_key(&json!({
            "op": "fill", "axes": axes, "factors": factors, "storage": "weight", "cuts": selection.keys(keys),
            "weight": fill.weight.map(|n| keys.of(n)), "of": fill.values.iter().map(|n| keys.of(*n)).collect::<Vec<_>>(),
        }));
        let values = fill.values.iter().map(|n| self.output(*n)).collect();
        let weight = fill.weight.map(|n| self.output(n));
        Fill {
            histogram: fill.histogram,
            selection: fill.selection,
            variation: fill.variation,
            values,
            factors: fill.factors,
            axes: fill.axes,
            weight,
            key,
        }
    }

    fn kept(&mut self, rows: Kept, selections: &[Selected], keys: &NodeKeys) -> Rows {
        let key = node_key(&json!({
            "op": "rows", "cuts": selections[rows.selection].keys(keys), "factors": rows.factors,
            "of": rows.columns.iter().map(|n| keys.of(*n)).collect::<Vec<_>>(),
        }));
        let columns = rows.columns.iter().map(|n| self.output(*n)).collect();
        Rows { purpose: rows.purpose, selection: rows.selection, names: rows.names, columns, factors: rows.factors, key }
    }
}

impl Selected {
    /// Keys of its cuts and its weight.
    fn keys(&self, keys: &NodeKeys) -> Vec<String> {
        self.cuts.iter().chain(&self.weight).map(|n| keys.of(*n)).collect()
    }
}

impl Parts {
    /// Every node that a product is made of.
    fn nodes(&self) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> = self.selections.iter().flat_map(|s| s.cuts.iter().chain(&s.weight)).copied().collect();
        nodes.extend(self.fills.iter().flat_map(|f| f.values.iter().chain(&f.weight)));
        nodes.extend(self.rows.iter().flat_map(|r| &r.columns));
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }
}

/// A weight is one number without dimension per event.
pub(crate) fn require_weight(ty: &ValueType, text: &str) -> Result<(), Problem> {
    let problem = |code, message: String| Err(Problem::new(code, 0..text.chars().count(), message));
    if !ty.axes.is_empty() {
        return problem("axes", format!("a weight is one number an event, this is {ty}"));
    }
    if !matches!(ty.kind, Kind::Bool | Kind::Int | Kind::Float) {
        return problem("type", format!("a weight is a number, this is {ty}"));
    }
    if ty.unit.has_dimension() {
        return problem("unit", format!("a weight has no unit, this is in {}", ty.unit));
    }
    Ok(())
}

/// An expression's problem at its place in the file.
fn diagnostic(analysis: &Analysis, written: &Written, problem: &Problem) -> Diagnostic {
    problem_at(problem, &analysis.source, |start, end| written.node.span_in_text(start, end))
}

/// A problem of an expression in a text; `place` turns characters of the expression into a span of the text.
pub(crate) fn problem_at(problem: &Problem, source: &Source, place: impl Fn(usize, usize) -> Span) -> Diagnostic {
    with_help(Diagnostic::new(problem.code, &problem.message).at(source, place(problem.start, problem.end)), problem)
}

fn with_help(mut diagnostic: Diagnostic, problem: &Problem) -> Diagnostic {
    if let Some(near) = &problem.nearest {
        diagnostic = diagnostic.nearest(near);
    }
    match &problem.advice {
        Some(advice) => diagnostic.advice(advice),
        None => diagnostic,
    }
}
