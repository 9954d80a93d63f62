//! A call of a processor: its arguments are read, bound and measured, constants folded, its outputs made.

use super::super::builder::Handle;
use super::super::declarations::Declaration;
use super::super::node::{Argument, Prepared, What};
use super::super::promotion::casts_safely;
use super::super::{Language, Value};
use super::binding::{Bound, Frame, Slot};
use super::dimensions::dimension;
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Grid, Kind, Operation};
use crate::processor::{Call, Given, Parameter, Processor};
use germane_texts::nearest;

/// Elements of all arguments of a call that is made while planning: a text must not keep the planner busy.
const MOST_CONSTANTS: usize = 1 << 15;

/// A call whose arguments have been read: one entry for each parameter.
pub(super) struct Calling<'c, 'a> {
    pub(super) processor: &'static Processor,
    /// of the function
    pub(super) place: Place,
    pub(super) prepared: &'c Prepared<'a>,
    /// in the key of the node
    pub(super) names: &'c [String],
    /// of the arguments
    pub(super) places: Vec<Place>,
    /// what goes in
    pub(super) values: Vec<Option<Value>>,
    /// what comes out
    pub(super) declarations: Vec<Option<Declaration>>,
}

impl<'a> Language<'a> {
    /// Outputs of a call of a processor.
    pub(super) fn process(
        &mut self,
        processor: &'static Processor,
        place: Place,
        arguments: &[Argument<'a>],
        prepared: &Prepared<'a>,
        names: &[String],
    ) -> Vec<(String, Value)> {
        let Some(slots) = self.slots(processor, place, arguments) else { return Vec::new() };
        let places = slots.iter().map(|argument| argument.place).collect();
        let calling = Calling { processor, place, prepared, names, places, values: Vec::new(), declarations: Vec::new() };
        let read = self.read(calling, &slots);
        let init = self.init_values(processor, place, prepared);
        let (Some(calling), Some(init)) = (read, init) else { return Vec::new() };
        self.come_from(place);
        let grid = self.grid_of(calling.values.iter().flatten());
        let frame = Frame { grid: grid.as_ref(), wide: is_wide(&calling) };
        let bound = self.bound_all(&calling, frame);
        let init = self.init_bound(processor, init, frame);
        let (Some(bound), Some(init)) = (bound, init) else { return Vec::new() };
        self.bound_call(&calling, bound, init, frame)
    }

    /// Values of what goes in, declarations of what comes out.
    fn read<'c>(&mut self, mut calling: Calling<'c, 'a>, slots: &[Argument<'a>]) -> Option<Calling<'c, 'a>> {
        let Calling { processor, names, .. } = calling;
        let mut failed = false;
        for (parameter, argument) in processor.parameters.iter().zip(slots) {
            let declared = match &argument.what {
                What::Expression(expression) if parameter.role.is_output() => self.declaration(expression, names),
                _ => None,
            };
            let (value, declaration) = match declared {
                Some(declared) => (None, declared.ok()),
                None if parameter.role.is_output() => {
                    self.no_output(processor, parameter, argument, names);
                    (None, None)
                }
                None => (Some(self.argument_value(argument)), None),
            };
            failed |= match &value {
                Some(value) => matches!(value, Value::Failed),
                None => declaration.is_none(),
            };
            calling.values.push(value);
            calling.declarations.push(declaration);
        }
        for name in names.iter().filter(|name| !name.is_empty()) {
            if !calling.declarations.iter().flatten().any(|declaration| declaration.name == *name) && !failed {
                let message = format!("`{name}` stands in the key, but not among the arguments of `{}`", processor.name);
                self.wrong("call", message, calling.place);
                failed = true;
            }
        }
        (!failed).then_some(calling)
    }

    /// Says that an argument should be one of the outputs of the node.
    fn no_output(&mut self, processor: &Processor, parameter: &Parameter, argument: &Argument<'a>, names: &[String]) {
        let message = format!("argument `{}` of `{}` comes out: expected an output", parameter.name, processor.name);
        let mut problem = self.chain.problem("call", message, argument.place);
        if let What::Expression(expression) = &argument.what
            && let Some(name) = nearest(&expression.written(), names.iter().map(String::as_str))
        {
            problem = problem.nearest(name);
        }
        if problem.nearest.is_none() {
            problem = problem.advice(format!("outputs of this node: {}", names.join(", ")));
        }
        self.report(problem);
    }

    /// Grid of a call: `coord_grid`, else that of the first waveform, else of the first time point.
    pub(super) fn grid_of<'v>(&self, values: impl Iterator<Item = &'v Value> + Clone) -> Option<Grid> {
        let waveform = |value: &Value| match value {
            Value::Variable(handle) => handle.waveform_grid().cloned(),
            _ => None,
        };
        let point = |value: &Value| match value {
            Value::Variable(Handle { kind: Kind::Point { grid, .. }, .. }) => Some(grid.clone()),
            _ => None,
        };
        self.grid.clone().or_else(|| values.clone().find_map(waveform)).or_else(|| values.clone().find_map(point))
    }

    /// The inputs as the parameters take them.
    fn bound_all(&mut self, calling: &Calling<'_, 'a>, frame: Frame<'_>) -> Option<Vec<Option<Bound>>> {
        let (mut all, mut failed) = (Vec::new(), false);
        for ((parameter, value), place) in calling.processor.parameters.iter().zip(&calling.values).zip(&calling.places) {
            let one = value.clone().map(|value| {
                self.come_from(*place);
                let Parameter { role, in_samples, name, .. } = *parameter;
                self.bound(value, Slot { role, in_samples, name, place: *place }, frame)
            });
            failed |= matches!(one, Some(None));
            all.push(one.flatten());
        }
        self.come_from(calling.place);
        (!failed).then_some(all)
    }

    /// A call whose inputs are bound: lengths are checked, what is constant is computed at once.
    fn bound_call(
        &mut self,
        calling: &Calling<'_, 'a>,
        bound: Vec<Option<Bound>>,
        init: Vec<Given>,
        frame: Frame<'_>,
    ) -> Vec<(String, Value)> {
        let processor = calling.processor;
        let parameters = processor.parameters;
        let Some(dimensions) = self.dimensions(calling, &bound) else { return Vec::new() };
        let length = |k: usize| -> usize { parameters[k].role.dimensions().map(|d| dimension(&dimensions, d).0).product() };
        let given: Vec<Given> = bound.iter().map(|one| one.as_ref().map_or(Given::Varying, |one| one.given.clone())).collect();
        let lengths: Vec<usize> =
            (0..parameters.len()).map(|k| bound[k].as_ref().map_or_else(|| length(k), |one| one.length)).collect();
        let call = Call { wide: frame.wide, given: &given, init: &init, lengths: &lengths };
        let varies =
            parameters.iter().zip(&given).any(|(parameter, given)| parameter.role.is_constant() && *given == Given::Varying);
        if !varies && let Err(fault) = (processor.bind)(&call) {
            self.fault(calling, &fault);
            return Vec::new();
        }
        let constant = bound.iter().flatten().all(|one| one.given != Given::Varying);
        if constant {
            let total: usize = dimensions.iter().map(|(_, (length, _))| *length).sum();
            if total > MOST_CONSTANTS {
                let message = format!("`{}`: {total} numbers are too many to be computed while planning", processor.name);
                self.wrong("shape", message, calling.place);
                return Vec::new();
            }
            return self.constants(calling, &call);
        }
        let arguments = bound.into_iter().map(|one| one.map(|one| one.operand)).collect();
        let operation = Operation::Process { processor, arguments, given, init, lengths, wide: frame.wide };
        self.results(calling, operation, &dimensions, frame)
    }
}

/// Whether a call computes in `f64`: a known type that does not cast to `f32`, or an output declared wider.
fn is_wide(calling: &Calling<'_, '_>) -> bool {
    let wide = |element: Element| match element {
        Element::C64 => false,
        element => !casts_safely(element, Element::F32),
    };
    let of_value = calling.values.iter().flatten().any(|value| match value {
        Value::Variable(handle) => wide(handle.element),
        Value::Array(array) => wide(array.element),
        _ => false,
    });
    let declared = calling.declarations.iter().flatten().filter_map(|declaration| declaration.element);
    of_value || declared.into_iter().any(|element| matches!(element, Element::F64 | Element::C128))
}
