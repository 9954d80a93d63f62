//! Runs typed graphs over blocks of [`LANES`](crate::LANES) waveforms side by side.
//!
//! [`Evaluator::new`] lays out memory once: each variable has a place, and samples that are no longer needed give their room to
//! others. [`Evaluator::process`] then takes rows in blocks of 16: columns are transposed into lanes, the nodes run in order,
//! and what is written is transposed back. Nothing crosses lanes, so the bits of a row depend on that row alone. Of several
//! faults, that of the first entry is told, whatever the blocks.

mod arithmetic;
mod elementwise;
mod input;
mod layout;
mod memory;
mod output;
mod positions;
mod process;
mod reduce;
mod store;

use crate::graph::{Graph, Operation, Written};
use crate::lanes::LANES;
use elementwise::Source;
use germane_columns::Array;
use input::InputColumn;
use layout::Layout;
use memory::Memory;
use output::Collector;
use process::BoundProcessor;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What went wrong, and for which event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Row of the table, if it was one row.
    pub entry: Option<u64>,
    /// The variable, column or processor.
    pub name: String,
    /// What is wrong, with the numbers.
    pub message: String,
    /// [`Node::origin`](crate::graph::Node::origin) of the node, if it was one.
    pub origin: Option<usize>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry {
            Some(entry) => write!(f, "entry {entry}: {}: {}", self.name, self.message),
            None => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// What an output became.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// A column: numbers or bools, lists of fixed length for samples, lists for ragged variables. Complex numbers are
    /// structures of `real` and `imag`. Positions and durations are times in the unit of their kind.
    Column(Array),
    /// Samples on a grid.
    Waveform {
        /// time of sample 0 (`f64`), in the unit of the period of the grid
        t0: Array,
        /// the samples
        values: Array,
    },
}

/// A graph with the memory it runs in.
#[derive(Debug)]
pub struct Evaluator {
    graph: Arc<Graph>,
    layout: Layout,
    memory: Memory,
    processors: Vec<Option<BoundProcessor>>,
    collectors: Vec<Option<Collector>>,
    clock: Option<Vec<f64>>,
}

/// The fault of the first entry so far.
#[derive(Debug, Default)]
struct FirstFault {
    found: Option<(usize, Problem)>,
}

impl FirstFault {
    /// Notes a fault of `lane` unless a lane before it, or this one in a node before, has one.
    fn note(&mut self, lane: usize, problem: impl FnOnce() -> Problem) {
        if self.found.as_ref().is_none_or(|(first, _)| lane < *first) {
            self.found = Some((lane, problem()));
        }
    }
}

impl Evaluator {
    /// Memory and bound processors for a graph.
    ///
    /// # Errors
    /// A processor that refuses its constants, or a graph that is none: variables used before they are made.
    pub fn new(graph: Arc<Graph>) -> Result<Self, Problem> {
        let layout = Layout::new(&graph)?;
        let processors = graph.nodes.iter().map(|node| BoundProcessor::new(&graph, &layout, node));
        let processors = processors.collect::<Result<_, _>>()?;
        let collectors = graph.outputs.iter().map(|output| match &output.what {
            Written::Copy(_) => None,
            Written::Variable(id) => Some(Collector::new(&graph, *id)),
        });
        let collectors = collectors.collect();
        let memory = Memory::new(&graph, &layout);
        Ok(Self { layout, memory, processors, collectors, clock: None, graph })
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Bytes of the samples in memory.
    pub fn bytes(&self) -> usize {
        self.memory.bytes()
    }

    /// Counts the time of each node from now on, for [`Evaluator::seconds`].
    pub fn watch(&mut self) {
        self.clock = Some(vec![0.0; self.graph.nodes.len() + 1]);
    }

    /// Seconds spent in each node since [`Evaluator::watch`], and at the end in writing; empty if nobody watched.
    pub fn seconds(&self) -> &[f64] {
        self.clock.as_deref().unwrap_or_default()
    }

    /// Runs over rows: `columns` in the order of [`Graph::inputs`], each of at least `rows` rows; `first_entry` is the number of
    /// the first row in the table, for messages.
    ///
    /// # Errors
    /// Columns that are not what the plan says, and the first row that cannot be processed. What was made of this and earlier
    /// calls is then undefined.
    pub fn process(&mut self, columns: &[Array], rows: usize, first_entry: u64) -> Result<(), Problem> {
        let graph = self.graph.clone();
        assert_eq!(columns.len(), graph.inputs.len(), "one column for each input");
        // The list of opened columns is short and lives as long as the borrowed columns.
        let opened: Vec<InputColumn<'_>> = graph
            .inputs
            .iter()
            .zip(columns)
            .map(|(input, array)| InputColumn::open(&graph, input, array, rows))
            .collect::<Result<_, _>>()?;
        for collector in self.collectors.iter_mut().flatten() {
            collector.reserve(rows);
        }
        let mut start = 0;
        while start < rows {
            let count = LANES.min(rows - start);
            let mut fault = FirstFault::default();
            self.run_block(&graph, &opened, start, count, &mut fault);
            if let Some((lane, mut problem)) = fault.found {
                problem.entry = Some(first_entry + (start + lane.min(count - 1)) as u64);
                return Err(problem);
            }
            start += count;
        }
        Ok(())
    }

    fn run_block(&mut self, graph: &Graph, columns: &[InputColumn<'_>], start: usize, count: usize, fault: &mut FirstFault) {
        let mut last = self.clock.is_some().then(Instant::now);
        for k in 0..graph.nodes.len() {
            self.run_node(graph, columns, k, start, count, fault);
            if let (Some(clock), Some(before)) = (&mut self.clock, &mut last) {
                let now = Instant::now();
                clock[k] += (now - *before).as_secs_f64();
                *before = now;
            }
        }
        for collector in self.collectors.iter_mut().flatten() {
            collector.collect(graph, &self.layout, &self.memory, count, fault);
        }
        if let (Some(clock), Some(before)) = (&mut self.clock, last) {
            clock[graph.nodes.len()] += before.elapsed().as_secs_f64();
        }
    }

    fn run_node(
        &mut self,
        graph: &Graph,
        columns: &[InputColumn<'_>],
        k: usize,
        start: usize,
        count: usize,
        fault: &mut FirstFault,
    ) {
        let node = &graph.nodes[k];
        let (layout, memory) = (&self.layout, &mut self.memory);
        let makes = node.makes[0];
        match &node.operation {
            Operation::Column(n) => columns[*n].fill(graph, layout, memory, makes, start, count, fault),
            Operation::Process { .. } => {
                if let Some(processor) = &mut self.processors[k] {
                    processor.run(graph, layout, memory, node, fault);
                }
            }
            Operation::Unary(function, x) => elementwise::unary(graph, layout, memory, node, *function, x, fault),
            Operation::Binary(function, x, y) => elementwise::binary(graph, layout, memory, node, *function, [x, y], fault),
            Operation::Where(operands) => elementwise::choose(graph, layout, memory, node, operands, fault),
            Operation::Cast(x) => elementwise::cast(graph, layout, memory, node, x, fault),
            Operation::Round(rounding, x, step) => elementwise::round(graph, layout, memory, node, *rounding, x, *step, fault),
            Operation::Regrid { of, from, to, round } => {
                positions::regrid(graph, layout, memory, node, of, [*from, *to], *round, fault);
            }
            Operation::Slice { of, start, step } => positions::slice(graph, layout, memory, node, *of, *start, *step),
            Operation::Element { of, index } => {
                positions::element(graph, layout, memory, node, *of, &Source::constant(*index as f64), None, true, fault);
            }
            Operation::ElementAt { of, index, default } => {
                let index = elementwise::scalar(layout, memory, index);
                positions::element(graph, layout, memory, node, *of, &index, *default, false, fault);
            }
            Operation::Reduce(reduction, of) => reduce::reduce(graph, layout, memory, node, *reduction, *of, fault),
        }
    }

    /// What was made since the last call, in the order of [`Graph::outputs`]; `None` for copies.
    pub fn take(&mut self) -> Vec<Option<Made>> {
        self.collectors.iter_mut().map(|collector| collector.as_mut().map(Collector::take)).collect()
    }
}
