//! Operations on positions: slices, single samples, other grids.

use super::FirstFault;
use super::arithmetic::rounded;
use super::elementwise::Source;
use super::layout::Layout;
use super::memory::{Memory, Room, Samples, Unusual};
use super::output::lanes_of;
use super::store::{Store, note_unfit};
use crate::graph::{Graph, Node, Offset, Operand, Rounding, Shape, VariableId};
use crate::lanes::{LANES, Lane};

/// Samples `start`, `start + step`, …
pub(super) fn slice(graph: &Graph, layout: &Layout, memory: &mut Memory, node: &Node, of: VariableId, start: usize, step: isize) {
    let id = node.makes[0];
    if !layout.is_view(id) {
        let parts = if graph.variable(id).element.is_complex() { 2 } else { 1 };
        let rows = layout.place(id).rows();
        let mut out = memory.take(layout, id);
        let from = |i: usize| parts * (start as isize + (i / parts) as isize * step) as usize + i % parts;
        match (memory.samples(layout, of), &mut out) {
            (Some(Samples::Narrow(samples)), Room::Narrow(out)) => {
                (0..rows).for_each(|i| out[i] = samples[from(i)]);
            }
            (Some(Samples::Wide(samples)), Room::Wide(out)) => {
                (0..rows).for_each(|i| out[i] = samples[from(i)]);
            }
            (Some(Samples::Narrow(samples)), Room::Wide(out)) => {
                (0..rows).for_each(|i| out[i] = samples[from(i)].map(f64::from));
            }
            (Some(Samples::Wide(samples)), Room::Narrow(out)) => {
                (0..rows).for_each(|i| out[i] = samples[from(i)].map(|x| x as f32));
            }
            (_, Room::Scalar(_)) | (None, _) => unreachable!("invariant: slices are of samples and made of samples"),
        }
        memory.put(layout, id, out);
    }
    if memory.unusual(of).is_none() {
        memory.set_unusual(id, Unusual::default());
    } else {
        memory.search(layout, id);
    }
}

/// The sample at a position of each lane; negative positions count from the end, those of constant ones the planner has resolved.
pub(super) fn element(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    of: VariableId,
    index: &Source<'_>,
    default: Option<f64>,
    exact: bool,
    fault: &mut FirstFault,
) {
    let id = node.makes[0];
    let element = graph.variable(id).element;
    let outside = default.unwrap_or_else(|| element.integer_range().map_or(f64::NAN, |(_, highest)| highest as f64));
    let (lengths, ragged) = match graph.variable(of).shape {
        Shape::Ragged { length, .. } => (*memory.scalar(length), true),
        Shape::Samples(samples) => ([samples as f64; LANES], false),
        Shape::Scalar => ([1.0; LANES], false),
    };
    let positions = index.at(0);
    let mut found: Lane<f64> = [outside; LANES];
    let mut is_outside = [true; LANES];
    for lane in 0..LANES {
        let mut at = if exact { positions[lane] } else { positions[lane].round_ties_even() };
        if at < 0.0 && (ragged || !exact) {
            at += lengths[lane];
        }
        if at >= 0.0 && at < lengths[lane] {
            is_outside[lane] = false;
            found[lane] = match memory.samples(layout, of) {
                None => memory.scalar(of)[lane],
                Some(Samples::Narrow(rows)) => f64::from(rows[at as usize][lane]),
                Some(Samples::Wide(rows)) => rows[at as usize][lane],
            };
        }
    }
    let mut bad = 0;
    Store::of(element).store(&mut found, &mut bad);
    for lane in 0..LANES {
        // The largest 64-bit integers are beyond what fits, and meant.
        if is_outside[lane] && default.is_none() && element.is_integer() {
            found[lane] = outside;
            bad &= !(1 << lane);
        }
    }
    memory.set_scalar(id, found);
    note_unfit(graph, node, id, bad, fault);
}

/// Positions on another grid.
pub(super) fn regrid(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    of: &Operand,
    [from, to]: [(Offset, f64); 2],
    round: Option<Rounding>,
    fault: &mut FirstFault,
) {
    let id = node.makes[0];
    let before = lanes_of(memory, from.0).map(|offset| offset / from.1);
    let after = lanes_of(memory, to.0).map(|offset| offset / to.1);
    let ratio = from.1 / to.1;
    let store = Store::of(graph.variable(id).element);
    let rows = layout.place(id).rows();
    let mut out = memory.take(layout, id);
    let source = Source::of(layout, memory, of);
    let mut bad = 0;
    for i in 0..rows {
        let mut lanes = source.at(i);
        for lane in 0..LANES {
            let mut position = (lanes[lane] + before[lane]) * ratio - after[lane];
            if let Some(rounding) = round {
                position = rounded(rounding, position);
            } else if !store.is_float() {
                let whole = position.round_ties_even();
                position = if (position - whole).abs() <= 1e-5 { whole } else { f64::NAN };
            }
            lanes[lane] = position;
        }
        store.store(&mut lanes, &mut bad);
        match &mut out {
            Room::Scalar(out) => *out = lanes,
            Room::Narrow(out) => out[i] = lanes.map(|x| x as f32),
            Room::Wide(out) => out[i] = lanes,
        }
    }
    memory.put(layout, id, out);
    memory.search(layout, id);
    note_unfit(graph, node, id, bad, fault);
}
