//! What the outputs of a processor are: types, shapes, kinds, labels.

use super::super::arrays::rounded_to;
use super::super::builder::{Extent, Handle, Making};
use super::super::constant::{Constant, ConstantArray};
use super::super::conversions::is_time;
use super::super::declarations::{Counter, Declaration};
use super::super::{Language, Value};
use super::binding::Frame;
use super::dimensions::{Dimensions, dimension};
use super::process::Calling;
use crate::element::Element;
use crate::graph::{Grid, Kind, Operation, Shape};
use crate::processor::{Call, Fault, Role, constant_outputs};
use germane_columns::Unit;

impl<'a> Language<'a> {
    /// Says what a processor refuses, at the argument that it refuses.
    pub(super) fn fault(&mut self, calling: &Calling<'_, 'a>, fault: &Fault) {
        let parameters = calling.places.len();
        let at = match fault.argument {
            Some(k) if k < parameters => calling.places[k],
            Some(k) => calling.prepared.init.get(k - parameters).map_or(calling.place, |argument| argument.place),
            None => calling.place,
        };
        self.wrong("value", format!("`{}`: {}", calling.processor.name, fault.message), at);
    }

    /// Outputs of a call that does not depend on events.
    pub(super) fn constants(&mut self, calling: &Calling<'_, 'a>, call: &Call<'_>) -> Vec<(String, Value)> {
        let Calling { processor, prepared, names, declarations, .. } = calling;
        let outputs = match constant_outputs(processor, call) {
            Ok(outputs) => outputs,
            Err(fault) => {
                self.fault(calling, &fault);
                return Vec::new();
            }
        };
        let outs = processor.parameters.iter().zip(declarations).filter(|(parameter, _)| parameter.role.is_output());
        let mut made = Vec::new();
        for (k, ((parameter, declaration), values)) in outs.zip(outputs).enumerate() {
            let Some(declaration) = declaration else { continue };
            let position = self.key_position(&declaration.name).unwrap_or(k);
            let label = self.label(&prepared.form.labels, position, names.len()).map(|(label, _)| label);
            let label = label.or_else(|| declaration.label.clone()).filter(|label| !label.is_empty());
            let element = declaration.element.unwrap_or(native(parameter.role, call.wide));
            let value = match parameter.role {
                Role::SamplesOut(_) | Role::ComplexOut(_) => {
                    let values = rounded_to(element, values.iter().copied());
                    Value::Array(ConstantArray { values: values.into(), rows: None, element, label })
                }
                _ => Value::Number(Constant::float(values.first().copied().unwrap_or(f64::NAN))),
            };
            made.push((declaration.name.clone(), value));
        }
        made
    }

    /// Position of an output in the key of the node: units count there.
    fn key_position(&self, name: &str) -> Option<usize> {
        self.chain.nodes()[self.node].names.iter().position(|word| word.text == name)
    }

    /// Variables of the outputs.
    pub(super) fn results(
        &mut self,
        calling: &Calling<'_, 'a>,
        operation: Operation,
        dimensions: &Dimensions,
        frame: Frame<'_>,
    ) -> Vec<(String, Value)> {
        let Calling { processor, prepared, names, declarations, .. } = calling;
        let outs: Vec<(Role, bool, Declaration)> = processor
            .parameters
            .iter()
            .zip(declarations)
            .filter_map(|(parameter, declaration)| Some((parameter.role, parameter.no_time, declaration.clone()?)))
            .collect();
        let mut makings = Vec::new();
        for (role, _, declaration) in &outs {
            let length = role.dimensions().next().map(|letter| dimension(dimensions, letter).0);
            let extent = match (length, &declaration.counter) {
                (None, None) => Extent::Of(Shape::Scalar),
                (None, Some(_)) => {
                    let message = format!("`{}` is one number for each event, it has no `vector_len`", declaration.name);
                    self.wrong("shape", message, declaration.place);
                    return Vec::new();
                }
                (Some(length), None) => Extent::Of(Shape::Samples(length)),
                (Some(capacity), Some(Counter::Variable(length))) => Extent::Of(Shape::Ragged { capacity, length: *length }),
                (Some(capacity), Some(Counter::Output(name))) => {
                    let by = outs
                        .iter()
                        .position(|(role, _, other)| other.name == *name && matches!(role, Role::ScalarOut | Role::CountOut));
                    let Some(by) = by else {
                        let message = format!("`{name}` is no count of `{}`", processor.name);
                        self.wrong("shape", message, declaration.place);
                        return Vec::new();
                    };
                    Extent::Counted { capacity, by }
                }
            };
            // One number is rounded when it is stored; samples are converted behind the processor.
            let element = match role {
                Role::ScalarOut | Role::CountOut => declaration.element.unwrap_or(native(*role, frame.wide)),
                _ => native(*role, frame.wide),
            };
            makings.push(Making { name: declaration.name.clone(), element, extent });
        }
        let ids = self.builder.make(operation, makings);
        let mut made = Vec::new();
        for ((role, no_time, declaration), id) in outs.into_iter().zip(ids) {
            let variable = &self.builder.variables[id.0];
            let handle = Handle { id, element: variable.element, shape: variable.shape, kind: Kind::Plain, label: None };
            let position = self.key_position(&declaration.name).unwrap_or(made.len());
            let unit = self.label(&prepared.form.labels, position, names.len());
            let place = unit.as_ref().map_or(declaration.place, |(_, place)| *place);
            let label = unit.map(|(label, _)| label).or_else(|| declaration.label.clone()).filter(|label| !label.is_empty());
            let own_grid = role.dimensions().next().and_then(|letter| dimension(dimensions, letter).1);
            let point_grid = declaration.grid.as_ref().filter(|_| own_grid.is_none() && handle.is_scalar()).or(frame.grid);
            let time = point_grid.zip(label.as_deref()).and_then(|(grid, label)| Some((grid, is_time(label, &grid.period)?)));
            let time: Option<(&Grid, Unit)> = time.filter(|_| declaration.is_point != Some(false));
            if let (Some((_, unit)), true) = (&time, no_time || role == Role::CountOut) {
                let message = format!("`{}` is no time, it cannot be in {unit}", declaration.name);
                self.wrong_do("unit", message, place, "give each output its unit: [ns, ns, ADC, ADC]");
                continue;
            }
            let (kind, label) = match (time, declaration.grid.clone().or(own_grid)) {
                (Some((grid, unit)), _) => (Kind::Point { grid: grid.clone(), unit }, None),
                (None, Some(grid)) if !handle.is_scalar() => (Kind::Waveform(grid), label),
                _ => (Kind::Plain, label),
            };
            let handle = Handle { kind, label, ..handle };
            self.describe(&handle);
            let handle = match declaration.element {
                Some(element) => {
                    let cast = self.cast(&handle, element);
                    if cast.id == handle.id { handle } else { cast }
                }
                None => handle,
            };
            made.push((declaration.name, Value::Variable(handle)));
        }
        made
    }
}

/// Type of an output that declares none.
fn native(role: Role, wide: bool) -> Element {
    match role {
        Role::CountOut => Element::U32,
        Role::ComplexOut(_) if wide => Element::C128,
        Role::ComplexOut(_) => Element::C64,
        _ if wide => Element::F64,
        _ => Element::F32,
    }
}
