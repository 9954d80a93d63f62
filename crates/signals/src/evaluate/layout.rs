//! Where variables live: scalars each for themselves, samples in slots that are used again when nobody needs them any more.

use super::Problem;
use crate::element::Element;
use crate::graph::{Graph, Kind, Node, Offset, Operand, Operation, Shape, VariableId, Written};

/// Place of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// a number for each lane, under the number of the variable
    Scalar,
    /// `f32` rows `start..start + rows` of a slot
    Narrow { slot: usize, start: usize, rows: usize },
    /// `f64` rows
    Wide { slot: usize, start: usize, rows: usize },
}

impl Place {
    /// Rows of lanes; 1 for scalars.
    pub(super) fn rows(self) -> usize {
        match self {
            Self::Scalar => 1,
            Self::Narrow { rows, .. } | Self::Wide { rows, .. } => rows,
        }
    }
}

/// Places of all variables and sizes of all slots.
#[derive(Debug)]
pub(super) struct Layout {
    places: Vec<Place>,
    pub(super) narrow: Vec<usize>,
    pub(super) wide: Vec<usize>,
    /// whose samples a variable shows, if not its own
    views: Vec<Option<VariableId>>,
    /// variables that are only read as branches of a choice, where numbers that do not fit may not be taken
    guarded: Vec<bool>,
}

/// Rows of lanes that a variable takes: complex elements take two.
pub(super) fn rows_of(graph: &Graph, id: VariableId) -> usize {
    let variable = graph.variable(id);
    let elements = match variable.shape {
        Shape::Scalar => 1,
        Shape::Samples(samples) => samples,
        Shape::Ragged { capacity, .. } => capacity,
    };
    if variable.element.is_complex() { 2 * elements } else { elements }
}

/// Variables that an operation reads, its own and those that describe them.
fn reads(graph: &Graph, node: &Node) -> Vec<VariableId> {
    let mut found = Vec::new();
    let mut operand = |operand: &Operand| {
        if let Operand::Variable(id) = operand {
            found.push(*id);
        }
    };
    match &node.operation {
        Operation::Column(_) => {}
        Operation::Process { arguments, .. } => arguments.iter().flatten().for_each(operand),
        Operation::Unary(_, x) | Operation::Cast(x) | Operation::Round(_, x, _) => operand(x),
        Operation::Binary(_, x, y) => [x, y].into_iter().for_each(operand),
        Operation::Where(operands) => operands.iter().for_each(operand),
        Operation::Slice { of, .. } | Operation::Element { of, .. } | Operation::Reduce(_, of) => found.push(*of),
        Operation::ElementAt { of, index, .. } => {
            operand(index);
            found.push(*of);
        }
        Operation::Regrid { of, from, to, .. } => {
            operand(of);
            found.extend(from.0.variable);
            found.extend(to.0.variable);
        }
    }
    for k in 0..found.len() {
        if let Shape::Ragged { length, .. } = graph.variable(found[k]).shape {
            found.push(length);
        }
    }
    found
}

/// Variables that are needed to write one.
fn written(graph: &Graph, id: VariableId) -> Vec<VariableId> {
    let variable = graph.variable(id);
    let mut found = vec![id];
    if let Shape::Ragged { length, .. } = variable.shape {
        found.push(length);
    }
    if let Kind::Waveform(grid) | Kind::Point { grid, .. } = &variable.kind {
        let Offset { variable, .. } = grid.offset;
        found.extend(variable);
    }
    found
}

/// Whether samples are held the same after a cast: floats that hold every number of the type before.
fn keeps(graph: &Graph, from: VariableId, to: VariableId) -> bool {
    let (from, to) = (graph.variable(from), graph.variable(to));
    let held = match to.element {
        Element::F32 => from.element.fits_f32(),
        Element::F64 => !from.element.fits_f32(),
        _ => false,
    };
    held && from.shape == to.shape && from.shape != Shape::Scalar && !from.element.is_complex()
}

/// Variables that are read, and only as branches of choices.
fn guarded(graph: &Graph) -> Vec<bool> {
    let count = graph.variables.len();
    let (mut chosen, mut read) = (vec![false; count], vec![false; count]);
    for node in &graph.nodes {
        if let Operation::Where([condition, branches @ ..]) = &node.operation {
            if let Operand::Variable(id) = condition {
                read[id.0] = true;
            }
            for branch in branches {
                if let Operand::Variable(id) = branch {
                    chosen[id.0] = true;
                }
            }
        } else {
            reads(graph, node).into_iter().for_each(|id| read[id.0] = true);
        }
    }
    for output in &graph.outputs {
        if let Written::Variable(id) = output.what {
            written(graph, id).into_iter().for_each(|id| read[id.0] = true);
        }
    }
    chosen.into_iter().zip(read).map(|(chosen, read)| chosen && !read).collect()
}

impl Layout {
    /// Places for the variables of a graph.
    pub(super) fn new(graph: &Graph) -> Result<Self, Problem> {
        let count = graph.variables.len();
        let mut made = vec![false; count];
        let mut views: Vec<Option<VariableId>> = vec![None; count];
        let mut last = vec![0; count];
        for (k, node) in graph.nodes.iter().enumerate() {
            for id in reads(graph, node) {
                if !made[id.0] {
                    let message = "is used before it is made".to_owned();
                    return Err(Problem {
                        entry: None,
                        name: graph.variable(id).name.clone(),
                        message,
                        origin: Some(node.origin),
                    });
                }
                last[views[id.0].unwrap_or(id).0] = k;
            }
            for id in &node.makes {
                made[id.0] = true;
                last[id.0] = last[id.0].max(k);
            }
            match &node.operation {
                Operation::Slice { of, step: 1, .. } if graph.variable(*of).element == graph.variable(node.makes[0]).element => {
                    views[node.makes[0].0] = Some(views[of.0].unwrap_or(*of));
                }
                Operation::Cast(Operand::Variable(of)) if keeps(graph, *of, node.makes[0]) => {
                    views[node.makes[0].0] = Some(views[of.0].unwrap_or(*of));
                }
                Operation::Column(_) => {
                    if let Shape::Ragged { length, .. } = graph.variable(node.makes[0]).shape {
                        made[length.0] = true;
                    }
                }
                _ => {}
            }
        }
        for output in &graph.outputs {
            let Written::Variable(id) = output.what else { continue };
            for id in written(graph, id) {
                if !made[id.0] {
                    let message = "is written but never made".to_owned();
                    return Err(Problem { entry: None, name: graph.variable(id).name.clone(), message, origin: None });
                }
                last[views[id.0].unwrap_or(id).0] = usize::MAX;
            }
        }
        let guarded = guarded(graph);
        let mut layout = Self { places: vec![Place::Scalar; count], narrow: Vec::new(), wide: Vec::new(), views, guarded };
        layout.assign(graph, &last);
        Ok(layout)
    }

    fn assign(&mut self, graph: &Graph, last: &[usize]) {
        let (mut free_narrow, mut free_wide): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        // Variables in slots and the node after which the slot is free.
        let mut living: Vec<(usize, Place)> = Vec::new();
        for (k, node) in graph.nodes.iter().enumerate() {
            for id in &node.makes {
                let variable = graph.variable(*id);
                if variable.shape == Shape::Scalar && !variable.element.is_complex() {
                    continue;
                }
                let rows = rows_of(graph, *id);
                let shown = match &node.operation {
                    Operation::Slice { of, start, .. } => Some((of, *start)),
                    Operation::Cast(Operand::Variable(of)) => Some((of, 0)),
                    _ => None,
                };
                if let (Some(root), Some((of, first))) = (self.views[id.0], shown) {
                    debug_assert!(self.views[root.0].is_none());
                    let first = if variable.element.is_complex() { 2 * first } else { first };
                    self.places[id.0] = match self.places[of.0] {
                        Place::Narrow { slot, start, .. } => Place::Narrow { slot, start: start + first, rows },
                        Place::Wide { slot, start, .. } => Place::Wide { slot, start: start + first, rows },
                        Place::Scalar => Place::Scalar,
                    };
                    continue;
                }
                let place = if variable.element.fits_f32() {
                    Place::Narrow { slot: slot(&mut self.narrow, &mut free_narrow, rows), start: 0, rows }
                } else {
                    Place::Wide { slot: slot(&mut self.wide, &mut free_wide, rows), start: 0, rows }
                };
                self.places[id.0] = place;
                living.push((last[id.0], place));
            }
            living.retain(|(until, place)| {
                match place {
                    Place::Narrow { slot, .. } if *until <= k => free_narrow.push(*slot),
                    Place::Wide { slot, .. } if *until <= k => free_wide.push(*slot),
                    _ => return true,
                }
                false
            });
        }
    }

    /// Where a variable is.
    pub(super) fn place(&self, id: VariableId) -> Place {
        self.places[id.0]
    }

    /// Whether a variable is only read as a branch of choices.
    pub(super) fn is_guarded(&self, id: VariableId) -> bool {
        self.guarded[id.0]
    }

    /// Whether a variable only shows samples of another.
    pub(super) fn is_view(&self, id: VariableId) -> bool {
        self.views[id.0].is_some()
    }
}

/// The free slot that fits best, or a new one; the last freed of equals, as it is most likely in the cache.
fn slot(sizes: &mut Vec<usize>, free: &mut Vec<usize>, rows: usize) -> usize {
    let waste = |size: usize| if size >= rows { size - rows } else { 2 * (rows - size) };
    let best = (0..free.len()).rev().min_by_key(|k| waste(sizes[free[*k]]));
    if let Some(k) = best {
        let slot = free.remove(k);
        sizes[slot] = sizes[slot].max(rows);
        return slot;
    }
    sizes.push(rows);
    sizes.len() - 1
}
