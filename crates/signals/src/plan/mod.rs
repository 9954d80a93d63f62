//! A chain and a table to a typed graph: which nodes are needed, in which order, what is written.

mod document;
mod grid;
mod listing;
mod order;

pub use grid::{GridPlan, plan_grid};

use crate::chain::{Chain, Place, Word};
use crate::element::Element;
use crate::graph::{Graph, Operation, Output, Table, VariableId, Written};
use crate::language::{Builder, Language, Value};
use germane_texts::{Diagnostic, Node, nearest_of_groups, sort_by_place};
use indexmap::IndexMap;

/// What a plan depends on beside chain and table.
#[derive(Clone, Copy, Default)]
pub struct PlanOptions<'a> {
    /// Names to write instead of those of the chain.
    pub outputs: Option<&'a [String]>,
    /// Leave out outputs that exist nowhere, with a warning.
    pub allow_missing_outputs: bool,
    /// Parameters of the channel: what `db.…` looks up.
    pub parameters: Option<&'a Node>,
    /// Reads arrays of files, for `loadlh5`.
    pub load: Option<&'a dyn LoadArray>,
}

impl std::fmt::Debug for PlanOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlanOptions")
            .field("outputs", &self.outputs)
            .field("allow_missing_outputs", &self.allow_missing_outputs)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// Arrays of files, for a room that knows no files.
pub trait LoadArray {
    /// Type, lengths of the axes (outermost first) and values, row by row.
    ///
    /// # Errors
    /// Why the array cannot be read, in a sentence.
    fn load(&self, file: &str, path: &str) -> Result<(Element, Vec<usize>, Vec<f64>), String>;
}

/// A chain, checked against a table.
#[derive(Debug)]
pub struct Plan {
    /// What is evaluated.
    pub graph: Graph,
    /// What is odd, in the order of places.
    pub warnings: Vec<Diagnostic>,
    /// Parameters whose values are defaults of the chain.
    pub defaults: Vec<String>,
    /// Parameters that were asked for, with their values as they are written.
    pub parameters: IndexMap<String, String>,
    /// Nodes that no output needs.
    pub pruned: Vec<String>,
    pub(crate) origins: Vec<Place>,
}

/// Plans a chain for a table.
///
/// ```
/// use germane_signals::{Element, chain, graph, plan};
/// use germane_texts::Source;
/// let column = graph::TableColumn {
///     name: "baseline".into(),
///     element: Element::U16,
///     shape: graph::ColumnShape::Scalar,
///     units: None,
///     waveform: None,
/// };
/// let table = graph::Table { columns: vec![column] };
/// let source = Source::new("chain.yaml", "outputs: [half]\nprocessors: {half: baseline/2}\n");
/// let chain = chain::read(&[source]).unwrap();
/// let plan = plan::plan(&chain, &table, &plan::PlanOptions::default()).unwrap();
/// let graph::Written::Variable(half) = plan.graph.outputs[0].what else { panic!() };
/// assert_eq!(plan.graph.variable(half).element, Element::F32);
/// ```
///
/// # Errors
/// All mistakes, in the order of places.
pub fn plan(chain: &Chain, table: &Table, options: &PlanOptions<'_>) -> Result<Plan, Vec<Diagnostic>> {
    let (mut builder, mut origins) = (Builder::default(), Vec::new());
    let planned = planned(chain, table, options, &mut builder, &mut origins);
    match planned {
        Planned { problems, .. } if !problems.is_empty() => Err(problems),
        Planned { outputs, warnings, parameters, defaults, pruned, .. } => {
            let graph = finished(builder, outputs);
            Ok(Plan { graph, warnings, defaults, parameters, pruned, origins })
        }
    }
}

impl Plan {
    /// The place in the chain of a node's [`origin`](crate::graph::Node::origin), as a message.
    pub fn problem(&self, chain: &Chain, origin: usize, code: &str, message: impl Into<String>) -> Diagnostic {
        match self.origins.get(origin) {
            Some(place) => chain.problem(code, message, *place),
            None => Diagnostic::new(code, message),
        }
    }
}

/// What planning with one set of parameters gave.
struct Planned {
    outputs: Vec<Output>,
    problems: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    parameters: IndexMap<String, String>,
    defaults: Vec<String>,
    pruned: Vec<String>,
}

fn planned(chain: &Chain, table: &Table, options: &PlanOptions<'_>, builder: &mut Builder, origins: &mut Vec<Place>) -> Planned {
    let mut language = Language::new(chain, table, options, builder, origins);
    let wanted = wanted(&mut language);
    let needed = order::needed(&mut language, &wanted);
    let mut attributes = Vec::new();
    for (position, prepared) in &needed.nodes {
        language.make(*position, prepared);
        attributes.push((*position, prepared.form.attributes.clone()));
    }
    let mut copies = Vec::new();
    let mut computed = Vec::new();
    for word in wanted {
        if let Some(maker) = chain.maker(&word.text) {
            let attributes = attributes.iter().find(|(position, _)| *position == maker);
            let attributes = attributes.map(|(_, attributes)| attributes.clone()).unwrap_or_default();
            computed.extend(written(&mut language, &word, attributes));
        } else if table.column(&word.text).is_some() {
            let what = Written::Copy(word.text.clone());
            copies.push(Output { name: word.text, what, attributes: IndexMap::new() });
        }
    }
    copies.append(&mut computed);
    let Language { mut problems, mut warnings, parameters, .. } = language;
    sort_by_place(&mut problems);
    sort_by_place(&mut warnings);
    let defaults = parameters.iter().filter(|(_, origin)| origin.is_default).map(|(name, _)| name.clone()).collect();
    let parameters = parameters.into_iter().map(|(name, origin)| (name, origin.value)).collect();
    let makes_all =
        |position: &usize| !needed.nodes.iter().any(|(needed, _)| needed == position) && !needed.failed.contains(position);
    let pruned = (0..chain.nodes().len()).filter(makes_all).map(|position| chain.nodes()[position].shown());
    let pruned = pruned.filter(|names| !names.is_empty()).collect();
    Planned { outputs: copies, problems, warnings, parameters, defaults, pruned }
}

/// Names to write that exist, each once; what exists nowhere is said.
fn wanted(language: &mut Language<'_>) -> Vec<Word> {
    let asked = match language.options.outputs {
        Some(names) => names.iter().map(|name| Word { text: name.clone(), place: Place::default() }).collect(),
        None => language.chain.outputs(),
    };
    let is_of_text = language.options.outputs.is_none();
    let mut wanted: Vec<Word> = Vec::new();
    for word in asked {
        if wanted.iter().any(|known| known.text == word.text) {
            continue;
        }
        if language.chain.maker(&word.text).is_some() || language.table.column(&word.text).is_some() {
            wanted.push(word);
            continue;
        }
        let message = format!("output `{}`: no node makes it, and no column has this name", word.text);
        let mut problem = Diagnostic::new("name", message);
        if is_of_text {
            problem = problem.at(&language.chain.sources()[word.place.source], word.place.span);
        }
        let made = language.chain.nodes().iter().flat_map(|node| &node.names).map(|word| word.text.as_str()).collect();
        let columns: Vec<&str> = language.table.columns.iter().map(|column| column.name.as_str()).collect();
        let groups: [Vec<&str>; 2] = [made, columns];
        if let Some(name) = nearest_of_groups(&word.text, groups) {
            problem = problem.nearest(name);
        }
        if language.options.allow_missing_outputs {
            language.warn(problem);
        } else {
            language.report(problem);
        }
    }
    wanted
}

/// The output of a name that a node makes.
fn written(language: &mut Language<'_>, word: &Word, attributes: IndexMap<String, String>) -> Option<Output> {
    let value = language.values.get(&word.text)?.clone();
    if matches!(value, Value::Failed) {
        return None;
    }
    let maker = language.chain.maker(&word.text)?;
    let place = language.chain.nodes()[maker].place;
    language.come_from(place);
    let mut handle = language.variable(value, &word.text, place)?;
    let shown = &language.builder.variables[handle.id.0];
    let differs = shown.kind != handle.kind || shown.label != handle.label;
    let is_taken = language.builder.written.contains(&handle.id);
    if differs && is_taken {
        // The same numbers under another unit are a variable of their own.
        handle = language.copied(&handle, &word.text);
    }
    let variable = &mut language.builder.variables[handle.id.0];
    variable.kind = handle.kind;
    variable.label = handle.label;
    language.builder.written.insert(handle.id);
    Some(Output { name: word.text.clone(), what: Written::Variable(handle.id), attributes })
}

/// The graph without what no output needs.
fn finished(builder: Builder, outputs: Vec<Output>) -> Graph {
    let Builder { variables, nodes, inputs, .. } = builder;
    let mut needed = vec![false; variables.len()];
    let mut open: Vec<VariableId> = outputs
        .iter()
        .filter_map(|output| match output.what {
            Written::Variable(id) => Some(id),
            Written::Copy(_) => None,
        })
        .collect();
    let mut maker = vec![usize::MAX; variables.len()];
    for (position, node) in nodes.iter().enumerate() {
        node.makes.iter().for_each(|id| maker[id.0] = position);
    }
    let mut kept = vec![false; nodes.len()];
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut needed[id.0], true) {
            continue;
        }
        open.extend(variables[id.0].needs());
        let position = maker[id.0];
        if let Some(node) = nodes.get(position).filter(|_| !kept[position]) {
            kept[position] = true;
            open.extend(node.operation.needs());
            open.extend(node.makes.iter().copied());
        }
    }
    // What is kept moves up.
    let mut moved = vec![VariableId(usize::MAX); variables.len()];
    for (count, (id, _)) in needed.iter().enumerate().filter(|(_, needed)| **needed).enumerate() {
        moved[id] = VariableId(count);
    }
    let new_id = |id: VariableId| moved[id.0];
    let mut new_inputs: Vec<_> = Vec::new();
    let mut input_moved = vec![usize::MAX; inputs.len()];
    for (position, input) in inputs.into_iter().enumerate() {
        if needed[input.variable.0] {
            input_moved[position] = new_inputs.len();
            new_inputs.push(crate::graph::Input { variable: new_id(input.variable), ..input });
        }
    }
    let variables = variables.into_iter().zip(&needed).filter(|(_, needed)| **needed);
    let variables = variables.map(|(variable, _)| variable.renumbered(&new_id)).collect();
    let nodes = nodes.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(mut node, _)| {
        node.makes.iter_mut().for_each(|id| *id = new_id(*id));
        node.operation.renumber(&new_id);
        if let Operation::Column(position) = &mut node.operation {
            *position = input_moved[*position];
        }
        node
    });
    let nodes = nodes.collect();
    let outputs = outputs.into_iter().map(|mut output| {
        if let Written::Variable(id) = &mut output.what {
            *id = new_id(*id);
        }
        output
    });
    Graph { variables, nodes, inputs: new_inputs, outputs: outputs.collect() }
}
