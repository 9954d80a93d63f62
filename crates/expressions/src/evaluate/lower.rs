//! Graph to instructions: dead nodes left out, buffers reused as soon as nothing needs them.

use crate::graph::{Constant, Graph, Input, Node, NodeId, Op, Pack, Storage};
use std::collections::HashMap;
use std::sync::Arc;

/// Where an instruction finds an argument.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Column(usize),
    Constant(Constant),
    Code(u32),
    /// floats at positions, gathered by the operation itself
    Gathered {
        value: usize,
        index: usize,
    },
}

/// One operation on buffers.
#[derive(Debug)]
pub(crate) struct Instruction {
    pub(crate) op: Op,
    pub(crate) axes: Vec<usize>,
    pub(crate) values: Vec<Arg>,
    /// storages of the values
    pub(crate) kinds: Vec<Storage>,
    /// axis along which the result is counted; of an axis: its parent
    pub(crate) axis: usize,
    pub(crate) storage: Storage,
    /// number of the buffer, or of the axis
    pub(crate) out: usize,
    /// input that is read, and levels of lists above it
    pub(crate) input: Option<(usize, usize)>,
}

/// What becomes of a node that is asked for.
#[derive(Debug)]
pub(crate) enum Output {
    Values { arg: Arg, storage: Storage },
    Record { members: Vec<(String, Output)> },
}

/// A column that is read: levels of lists around its values.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) input: Input,
    pub(crate) depth: usize,
    pub(crate) storage: Storage,
}

/// Everything that a program needs to run.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) sources: Vec<Source>,
    pub(crate) columns: usize,
    pub(crate) axes: usize,
    pub(crate) texts: Vec<Arc<str>>,
    /// each with its axes from the outermost
    pub(crate) outputs: Vec<(Output, Vec<usize>, usize)>,
}

struct Lowering<'g> {
    graph: &'g Graph,
    out: Lowered,
    column: HashMap<NodeId, usize>,
    axis: HashMap<NodeId, usize>,
    free: HashMap<Storage, Vec<usize>>,
    uses: Vec<usize>,
    /// gathers that their one user does on the way
    fused: Vec<bool>,
}

/// Lowers the nodes that `roots` need.
pub(crate) fn lower(graph: &Graph, roots: &[NodeId]) -> Lowered {
    let needed = graph.needed(roots);
    let mut uses = vec![0; graph.nodes.len()];
    for id in &needed {
        for arg in &*graph.node(*id).args {
            uses[arg.position()] += 1;
        }
    }
    for root in roots {
        uses[root.position()] += 1;
    }
    let mut lowering = Lowering {
        graph,
        out: Lowered::default(),
        column: HashMap::new(),
        axis: HashMap::new(),
        free: HashMap::new(),
        fused: fused_gathers(graph, &needed, &uses),
        uses,
    };
    lowering.collect_inputs(&needed);
    for id in needed {
        lowering.instruction(id);
    }
    for root in roots {
        let axes = graph.axis_chain(graph.node(*root).axis);
        let output = lowering.output(*root);
        let axes: Vec<usize> = axes.iter().map(|axis| lowering.axis[axis]).collect();
        let axis = lowering.axis[&graph.node(*root).axis];
        lowering.out.outputs.push((output, axes, axis));
    }
    lowering.out.axes = lowering.axis.len();
    lowering.out
}

/// Whether no position of an index is none, whatever the data are.
fn is_total(graph: &Graph, index: NodeId) -> bool {
    let node = graph.node(index);
    match node.op {
        Op::ToParent | Op::Own | Op::Origin(_) | Op::Align => true,
        Op::Gather => node.args.iter().all(|arg| is_total(graph, *arg)),
        _ => false,
    }
}

/// Gathers of floats with one user, a sum or product along the same axis: the values need no buffer of their own.
fn fused_gathers(graph: &Graph, needed: &[NodeId], uses: &[usize]) -> Vec<bool> {
    let mut fused = vec![false; graph.nodes.len()];
    for id in needed {
        let node = graph.node(*id);
        use crate::syntax::Binary::{Add, Multiply, Subtract};
        if !matches!(node.op, Op::Arithmetic(Add | Subtract | Multiply)) || node.storage != Storage::Float {
            continue;
        }
        for arg in &*node.args {
            let held = graph.node(*arg);
            let plain = held.op == Op::Gather && held.storage == Storage::Float && uses[arg.position()] == 1;
            let columns = plain && graph.constant(held.args[0]).is_none() && held.axis == node.axis;
            fused[arg.position()] |= columns && is_total(graph, held.args[1]);
        }
    }
    fused
}

impl Lowering<'_> {
    /// Inputs that are read for values, and one of each collection whose lengths are needed only.
    fn collect_inputs(&mut self, needed: &[NodeId]) {
        for id in needed {
            let node = self.graph.node(*id);
            if let Op::Input(input) = &node.op {
                let depth = self.graph.axis_chain(node.axis).len();
                self.source(input, depth, node.storage);
            }
        }
        for id in needed {
            let node = self.graph.node(*id);
            match &node.op {
                Op::InnerLists(input) => {
                    let depth = self.graph.axis_chain(node.axis).len() + 1;
                    let storage = self.leaf_storage(input);
                    self.source(input, depth, storage);
                }
                Op::Collection(name) if self.input_of(name).is_none() => {
                    let fields = self.graph.schema.fields(name).into_iter().flatten();
                    let plain = |kind: &crate::Kind| !matches!(kind, crate::Kind::List(_));
                    if let Some((field, _)) = fields.into_iter().find(|(_, column)| plain(&column.kind)) {
                        let input = Input { collection: Some(name.clone()), field: field.clone() };
                        let storage = self.leaf_storage(&input);
                        self.source(&input, 1, storage);
                    }
                }
                _ => {}
            }
        }
    }

    fn leaf_storage(&self, input: &Input) -> Storage {
        let fields = match &input.collection {
            Some(collection) => self.graph.schema.fields(collection),
            None => Some(&self.graph.schema.event),
        };
        let mut kind = fields.and_then(|fields| fields.get(&input.field)).map(|column| &column.kind);
        while let Some(crate::Kind::List(of)) = kind {
            kind = Some(of);
        }
        match kind {
            Some(crate::Kind::Bool) => Storage::Bool,
            Some(crate::Kind::Int) => Storage::Int,
            Some(crate::Kind::Text) => Storage::Text,
            _ => Storage::Float,
        }
    }

    fn source(&mut self, input: &Input, depth: usize, storage: Storage) -> usize {
        if let Some(found) = self.out.sources.iter().position(|source| source.input == *input) {
            return found;
        }
        self.out.sources.push(Source { input: input.clone(), depth, storage });
        self.out.sources.len() - 1
    }

    fn input_of(&self, collection: &str) -> Option<usize> {
        self.out.sources.iter().position(|source| source.input.collection.as_deref() == Some(collection))
    }

    fn arg(&mut self, id: NodeId) -> Arg {
        match &self.graph.node(id).op {
            Op::Constant(Constant::Text(text)) => {
                let known = self.out.texts.iter().position(|known| known == text);
                let code = known.unwrap_or_else(|| {
                    self.out.texts.push(text.clone());
                    self.out.texts.len() - 1
                });
                Arg::Code(code as u32)
            }
            Op::Constant(constant) => Arg::Constant(constant.clone()),
            Op::Gather if self.fused[id.position()] => {
                let args = &self.graph.node(id).args;
                Arg::Gathered { value: self.column[&args[0]], index: self.column[&args[1]] }
            }
            _ => Arg::Column(self.column.get(&id).copied().unwrap_or(0)),
        }
    }

    fn instruction(&mut self, id: NodeId) {
        let node: Node = self.graph.node(id).clone();
        if matches!(node.op, Op::Constant(_) | Op::Pack(_)) || self.fused[id.position()] {
            return;
        }
        let input = match &node.op {
            Op::Input(input) => self.out.sources.iter().position(|source| source.input == *input).map(|k| (k, 0)),
            Op::InnerLists(input) => {
                let depth = self.graph.axis_chain(node.axis).len();
                self.out.sources.iter().position(|source| source.input == *input).map(|k| (k, depth))
            }
            Op::Collection(name) => self.input_of(name).map(|k| (k, 0)),
            _ => None,
        };
        let (mut axes, mut values, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for arg in &*node.args {
            let kind = self.graph.node(*arg).storage;
            if kind == Storage::Axis {
                axes.push(self.axis[arg]);
            } else {
                values.push(self.arg(*arg));
                kinds.push(kind);
            }
        }
        if matches!(node.op, Op::Reduce(_) | Op::CountTrue) {
            // lists of the argument
            axes.push(self.axis[&self.graph.node(node.args[0]).axis]);
        }
        let axis = self.axis.get(&node.axis).copied().unwrap_or(0);
        let out = if node.storage == Storage::Axis {
            let number = self.axis.len();
            self.axis.insert(id, number);
            number
        } else {
            let reused = self.free.get_mut(&node.storage).and_then(Vec::pop);
            let number = reused.unwrap_or_else(|| {
                self.out.columns += 1;
                self.out.columns - 1
            });
            self.column.insert(id, number);
            number
        };
        let storage = node.storage;
        for arg in &*node.args {
            if self.fused[arg.position()] {
                let through = self.graph.node(*arg).args.clone();
                through.iter().for_each(|arg| self.release(*arg));
            } else {
                self.release(*arg);
            }
        }
        self.out.instructions.push(Instruction { op: node.op, axes, values, kinds, axis, storage, out, input });
    }

    /// One use less: the buffer is free after the last.
    fn release(&mut self, id: NodeId) {
        let uses = &mut self.uses[id.position()];
        *uses -= 1;
        if *uses == 0
            && let Some(number) = self.column.get(&id)
        {
            self.free.entry(self.graph.node(id).storage).or_default().push(*number);
        }
    }

    fn output(&mut self, id: NodeId) -> Output {
        let node = self.graph.node(id);
        let Op::Pack(pack) = &node.op else {
            return Output::Values { arg: self.arg(id), storage: node.storage };
        };
        let names: Vec<String> = match pack {
            Pack::Item { .. } => return self.output(node.args[0]),
            Pack::OfUnion { .. } => vec!["kind".to_owned(), "index".to_owned()],
            Pack::Tuple { names, .. } => names.clone(),
            Pack::Vector => ["px", "py", "pz", "E"].map(str::to_owned).to_vec(),
        };
        let args = node.args.clone();
        let members = names.into_iter().zip(&*args).map(|(name, arg)| (name, self.output(*arg))).collect();
        Output::Record { members }
    }
}
