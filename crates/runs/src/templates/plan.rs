//! Texts of all templates of a group compiled against its columns: one program, one pass.

use super::files::Group;
use crate::content_key::{node_key, pass_key};
use crate::error::Error;
use crate::inputs::Bound;
use crate::plan::{DatasetPlan, Fill, NOMINAL, NodeKeys, Selection, column, problem_at, require_weight, schema_of};
use germane_expressions::{EnvironmentId, Graph, Kind, NodeId, Problem, Program};
use germane_histograms::Axis;
use germane_models::template_fit::{Events, Origin, TemplateFit, TemplateIndex, Text};
use germane_texts::{Diagnostic, sort_by_place};
use serde_json::json;

/// What is done with the entries of a group.
pub(super) struct Planned {
    pub(super) dataset: DatasetPlan,
}

/// # Errors
/// All mistakes in texts (exit 6), then columns that some files of a group lack (exit 4).
pub(super) fn plans(fit: &TemplateFit, groups: Vec<Group>) -> Result<Vec<Planned>, Error> {
    let (mut plans, mut wrong, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for group in groups {
        let mut planner = Planner::new(fit, &group);
        for &template in &group.templates {
            if let Origin::Events(events) = &fit.templates[template].origin {
                planner.template(template, events);
            }
        }
        match planner.finish() {
            Ok((dataset, lacking)) => {
                missing.extend(lacking);
                plans.push(Planned { dataset });
            }
            Err(found) => wrong.extend(found),
        }
    }
    // Templates share their texts: a mistake is told once, for the first tree that has it.
    sort_by_place(&mut wrong);
    wrong.dedup_by(|a, b| a.message == b.message && a.span == b.span);
    match (wrong.is_empty(), missing.is_empty()) {
        (false, _) => Err(Error::text(wrong)),
        (true, false) => Err(Error::input(missing)),
        (true, true) => Ok(plans),
    }
}

/// A mistake that was reported already.
struct Reported;

struct Filled {
    template: TemplateIndex,
    cuts: Vec<NodeId>,
    value: NodeId,
    weight: Option<NodeId>,
    axis: Axis,
}

struct Planner<'a> {
    fit: &'a TemplateFit,
    bound: Bound,
    graph: Graph,
    environment: Option<EnvironmentId>,
    fills: Vec<Filled>,
    found: Vec<Diagnostic>,
}

impl<'a> Planner<'a> {
    fn new(fit: &'a TemplateFit, group: &Group) -> Self {
        let bound = Bound::of_files(&group.tree, group.tables.clone());
        let mut graph = Graph::new(schema_of(&bound, &[])).with_numpy_names();
        let environment = graph.environment(&[], &[]).ok();
        Self { fit, bound, graph, environment, fills: Vec::new(), found: Vec::new() }
    }

    fn template(&mut self, template: TemplateIndex, events: &Events) {
        let cuts: Vec<Option<NodeId>> = events.filters.iter().map(|text| self.condition(text)).collect();
        let (value, weight) = (self.variable(&events.variable), self.weight(&events.weights));
        let axis = Axis::variable(events.edges.clone()).map_err(|error| {
            let problem = Diagnostic::new("value", error.to_string());
            self.found.push(problem.at(&self.fit.source, self.fit.templates[template].span));
        });
        if let (Some(cuts), Some(value), Ok(weight), Ok(axis)) = (cuts.into_iter().collect(), value, weight, axis) {
            self.fills.push(Filled { template, cuts, value, weight, axis });
        }
    }

    fn compile(&mut self, text: &Text) -> Option<NodeId> {
        match self.graph.compile(self.environment?, &text.text) {
            Ok(node) => Some(node),
            Err(problems) => {
                problems.iter().for_each(|problem| self.report(text, problem));
                None
            }
        }
    }

    fn report(&mut self, text: &Text, problem: &Problem) {
        let place = |start, end| text.node.span_in_text(start, end);
        let word: String = text.text.chars().skip(problem.start).take(problem.end - problem.start).collect();
        let column = self.bound.columns.iter().position(|field| field.name == word);
        let url = &self.bound.inputs[0].url;
        let found = match column.and_then(|column| self.bound.problems.get(&column)) {
            Some(why) if problem.code == "name" => Diagnostic::new("name", format!("column `{word}` cannot be read: {why}"))
                .at(&self.fit.source, place(problem.start, problem.end)),
            _ => problem_at(problem, &self.fit.source, place),
        };
        let note = format!("columns were read from {url}; `germane ls {url}:{}` lists them", self.bound.tree);
        self.found.push(if problem.code == "name" { found.note(note) } else { found });
    }

    fn condition(&mut self, text: &Text) -> Option<NodeId> {
        let node = self.compile(text)?;
        let fits = self.graph.require_condition(node, text.text.chars().count());
        fits.map_err(|problem| self.report(text, &problem)).ok().map(|()| node)
    }

    fn variable(&mut self, text: &Text) -> Option<NodeId> {
        let node = self.compile(text)?;
        let filled = self.graph.value_type(node);
        if matches!(filled.kind, Kind::Bool | Kind::Int | Kind::Float) && filled.axes.len() <= 1 {
            return Some(node);
        }
        let length = text.text.chars().count();
        self.report(text, &Problem::new("type", 0..length, format!("{filled} cannot be filled: a template takes numbers")));
        None
    }

    /// The product of the factors; no factor: no weight.
    fn weight(&mut self, factors: &[Text]) -> Result<Option<NodeId>, Reported> {
        for text in factors {
            let node = self.compile(text).ok_or(Reported)?;
            if let Err(problem) = require_weight(&self.graph.value_type(node), &text.text) {
                self.report(text, &problem);
                return Err(Reported);
            }
        }
        let product = factors.iter().map(|text| format!("({})", text.text)).collect::<Vec<_>>().join(" * ");
        if factors.is_empty() {
            return Ok(None);
        }
        let environment = self.environment.ok_or(Reported)?;
        self.graph.compile(environment, &product).map(Some).map_err(|_| Reported)
    }

    /// The plan, and columns that some files lack.
    fn finish(self) -> Result<(DatasetPlan, Vec<Diagnostic>), Vec<Diagnostic>> {
        let Self { fit, bound, graph, fills, found, .. } = self;
        if !found.is_empty() {
            return Err(found);
        }
        let of_fill = |fill: &Filled| fill.cuts.iter().chain([&fill.value]).chain(&fill.weight).copied().collect::<Vec<_>>();
        let mut outputs: Vec<NodeId> = fills.iter().flat_map(of_fill).collect();
        outputs.sort_unstable();
        outputs.dedup();
        let keys = NodeKeys::new(&graph, &outputs);
        let output = |node: NodeId| outputs.binary_search(&node).expect("invariant: every node of a fill is an output");
        let names = |nodes: &[NodeId]| nodes.iter().map(|node| keys.of(*node)).collect::<Vec<_>>();
        let mut lists: Vec<&[NodeId]> = Vec::new();
        let (mut selections, mut planned) = (Vec::new(), Vec::new());
        for fill in &fills {
            let selection = lists.iter().position(|cuts| *cuts == fill.cuts).unwrap_or_else(|| {
                lists.push(&fill.cuts);
                let Some(Origin::Events(events)) = fit.templates.get(fill.template).map(|template| &template.origin) else {
                    return lists.len() - 1;
                };
                selections.push(Selection {
                    region: 0,
                    variation: NOMINAL.into(),
                    steps: events.filters.iter().map(|text| text.text.clone()).collect(),
                    cuts: fill.cuts.iter().map(|node| output(*node)).collect(),
                    weight: None,
                    key: node_key(&json!({"op": "cutflow", "of": names(&fill.cuts)})),
                });
                lists.len() - 1
            });
            let key = node_key(&json!({
                "op": "fill", "axes": [fill.axis.to_uhi()], "factors": [1.0], "storage": "weight", "cuts": names(&fill.cuts),
                "weight": fill.weight.map(|node| keys.of(node)), "of": [keys.of(fill.value)],
            }));
            planned.push(Fill {
                histogram: fill.template,
                selection,
                variation: NOMINAL.into(),
                values: vec![output(fill.value)],
                factors: vec![1.0],
                axes: vec![fill.axis.clone()],
                weight: fill.weight.map(output),
                key,
            });
        }
        let program = Program::new(&graph, &outputs);
        let (mut reads, mut lacking, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for input in program.inputs() {
            match column(&bound, input) {
                Ok(read) => {
                    let name = &bound.columns[read.column].name;
                    for file in bound.inputs.iter().filter(|file| file.columns[read.column].is_none()) {
                        let message = format!("{} has no column `{name}`, other files have", file.url);
                        lacking.push(Diagnostic::new("column", message).object(&bound.tree));
                    }
                    reads.push(read);
                }
                Err(problem) => wrong.push(problem),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let products: Vec<_> =
            selections.iter().map(|one: &Selection| one.key).chain(planned.iter().map(|fill| fill.key)).collect();
        let pass = pass_key(&products);
        let dataset =
            DatasetPlan { bound, program, reads, selections, fills: planned, rows: Vec::new(), nodes: Vec::new(), pass };
        Ok((dataset, lacking))
    }
}
