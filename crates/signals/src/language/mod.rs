//! Texts of a chain to a typed graph: names, kinds, units, types.
//!
//! A text becomes a [`Script`] (syntax tree with places), a script with the variables known so far a [`Value`]: a number, an
//! array or text that is known while planning, or a variable of the [`Builder`]'s graph. What is wrong becomes a diagnostic
//! and [`Value::Failed`], about which nothing more is said.

mod arithmetic;
mod arrays;
mod builder;
mod calls;
mod constant;
mod conversions;
mod declarations;
mod exact;
mod expressions;
mod functions;
mod kinds;
mod names;
mod node;
mod numpy;
mod parameters;
mod promotion;
mod subscripts;

pub(crate) use builder::Builder;
pub(crate) use node::{Prepared, dependencies};

use crate::chain::{Chain, Place, Text};
use crate::graph::{Grid, Offset, Table};
use crate::plan::PlanOptions;
use builder::Handle;
use constant::{Constant, ConstantArray};
use germane_columns::Unit;
use germane_expressions::Problem;
use germane_expressions::syntax::{SyntaxId, Tree, parse};
use germane_texts::Diagnostic;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Samples of a waveform at most: bounds of rounding hold up to here.
pub(crate) const MOST_SAMPLES: usize = 1 << 20;

/// What a text stands for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Number(Constant),
    Array(ConstantArray),
    Text(String),
    Variable(Handle),
    /// of a waveform
    Grid(Grid),
    /// time of sample 0, in a unit
    Offset(Offset, Unit),
    /// something was wrong, and said
    Failed,
}

/// A parsed text and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Script<'a> {
    pub(crate) tree: Rc<Tree>,
    placement: Placement<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Placement<'a> {
    /// from a character of a text on
    Inside(Text<'a>, usize),
    /// in a text that is not shown, asked for here
    At(Place),
}

/// A part of a script.
#[derive(Clone, Debug)]
pub(crate) struct Expression<'a> {
    pub(crate) script: Script<'a>,
    pub(crate) id: SyntaxId,
}

impl Script<'_> {
    pub(crate) fn place(&self, id: SyntaxId) -> Place {
        self.place_of(self.tree.place(id))
    }

    pub(crate) fn place_of(&self, characters: std::ops::Range<usize>) -> Place {
        match self.placement {
            Placement::Inside(text, shift) => {
                let span = text.node.span_in_text(shift + characters.start, shift + characters.end);
                Place { source: text.source, span }
            }
            Placement::At(place) => place,
        }
    }

    /// What is written, in a line.
    pub(crate) fn written(&self, id: SyntaxId) -> String {
        let text: String = self.tree.text[self.tree.place(id)].iter().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Expression<'_> {
    pub(crate) fn place(&self) -> Place {
        self.script.place(self.id)
    }

    pub(crate) fn written(&self) -> String {
        self.script.written(self.id)
    }
}

/// What is known while the nodes of a chain are turned into a graph.
pub(crate) struct Language<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) table: &'a Table,
    pub(crate) options: &'a PlanOptions<'a>,
    pub(crate) builder: &'a mut Builder,
    pub(crate) origins: &'a mut Vec<Place>,
    /// What nodes have made so far.
    pub(crate) values: BTreeMap<String, Value>,
    pub(crate) problems: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// Parameters that were asked for, with their values and origins.
    pub(crate) parameters: BTreeMap<String, parameters::Origin>,
    /// The node that is read now.
    pub(crate) node: usize,
    /// Grid for quantities that nothing else gives one.
    pub(crate) grid: Option<Grid>,
    /// Parameters inside parameters.
    depth: u32,
}

impl<'a> Language<'a> {
    pub(crate) fn new(
        chain: &'a Chain,
        table: &'a Table,
        options: &'a PlanOptions<'a>,
        builder: &'a mut Builder,
        origins: &'a mut Vec<Place>,
    ) -> Self {
        Self {
            chain,
            table,
            options,
            builder,
            origins,
            values: BTreeMap::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
            parameters: BTreeMap::new(),
            node: 0,
            grid: None,
            depth: 0,
        }
    }

    /// Says what is wrong at a place.
    pub(crate) fn wrong(&mut self, code: &str, message: impl Into<String>, place: Place) -> Value {
        self.report(self.chain.problem(code, message, place))
    }

    /// The same with advice.
    pub(crate) fn wrong_do(&mut self, code: &str, message: impl Into<String>, place: Place, advice: &str) -> Value {
        self.report(self.chain.problem(code, message, place).advice(advice))
    }

    /// Says what is wrong, once.
    pub(crate) fn report(&mut self, problem: Diagnostic) -> Value {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        Value::Failed
    }

    pub(crate) fn warn(&mut self, problem: Diagnostic) {
        let problem = problem.warning();
        if !self.warnings.contains(&problem) {
            self.warnings.push(problem);
        }
    }

    /// The outputs of a node cannot be made.
    pub(crate) fn fail(&mut self, position: usize) {
        for name in &self.chain.nodes()[position].names {
            self.values.insert(name.text.clone(), Value::Failed);
        }
    }

    /// New nodes of the graph come from here.
    pub(crate) fn come_from(&mut self, place: Place) {
        if self.origins.last() != Some(&place) {
            self.origins.push(place);
        }
        self.builder.origin = self.origins.len() - 1;
    }

    /// The tree of a text, from a character of it on.
    pub(crate) fn script(&mut self, text: Text<'a>, shift: usize) -> Option<Script<'a>> {
        let written: String = text.node.scalar_text()?.chars().skip(shift).collect();
        self.parsed(&written, Placement::Inside(text, shift))
    }

    fn parsed(&mut self, written: &str, placement: Placement<'a>) -> Option<Script<'a>> {
        let (tree, problem) = parse(written);
        let script = Script { tree: Rc::new(tree), placement };
        if let Some(problem) = problem {
            let diagnostic = self.of_problem(&script, &problem);
            self.report(diagnostic);
            return None;
        }
        Some(script)
    }

    fn of_problem(&self, script: &Script<'_>, problem: &Problem) -> Diagnostic {
        let place = script.place_of(problem.start..problem.end);
        let mut diagnostic = self.chain.problem(problem.code, problem.message.clone(), place);
        diagnostic.nearest.clone_from(&problem.nearest);
        diagnostic.advice.clone_from(&problem.advice);
        diagnostic
    }
}
