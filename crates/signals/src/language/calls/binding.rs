//! A value as a parameter takes it: in samples of the call's grid, in its precision, as text.

use super::super::builder::Handle;
use super::super::constant::{Constant, ConstantArray};
use super::super::conversions::{in_samples, is_time, period_constant};
use super::super::promotion::real;
use super::super::{Language, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Grid, Kind, Offset, Operand, Period, Rounding};
use crate::processor::{Given, Parameter, Processor, Role};
use std::sync::Arc;

/// An input of a processor.
pub(super) struct Bound {
    pub(super) operand: Operand,
    pub(super) given: Given,
    pub(super) length: usize,
}

/// What the arguments of a call have in common.
#[derive(Clone, Copy)]
pub(super) struct Frame<'f> {
    /// grid in which times count
    pub(super) grid: Option<&'f Grid>,
    /// whether samples are `f64`
    pub(super) wide: bool,
}

/// A parameter that takes a value, and where the value stands in the text.
#[derive(Clone, Copy)]
pub(super) struct Slot<'s> {
    pub(super) role: Role,
    /// whether times are taken in samples
    pub(super) in_samples: bool,
    pub(super) name: &'s str,
    pub(super) place: Place,
}

impl Language<'_> {
    /// Values of `init_args` as the factory takes them.
    pub(super) fn init_bound(
        &mut self,
        processor: &'static Processor,
        values: Vec<Option<(Value, Place)>>,
        frame: Frame<'_>,
    ) -> Option<Vec<Given>> {
        // Frequencies with units count in samples, so their sampling frequency is 1.
        let has_unit =
            |value: &Option<(Value, Place)>| matches!(value, Some((Value::Number(number), _)) if number.unit.is_some());
        let sampled = values.iter().zip(processor.init).any(|(value, parameter)| parameter.in_samples && has_unit(value));
        let one = |(value, parameter): (Option<(Value, Place)>, &Parameter)| match value {
            None if sampled && parameter.name == "f_samp" => Some(Given::Number(1.0)),
            None => Some(Given::Varying),
            Some((value, place)) => {
                let slot = Slot { role: parameter.role, in_samples: parameter.in_samples, name: "init_args", place };
                self.init_given(value, slot, frame)
            }
        };
        // All are looked at, so that all mistakes are told.
        let all: Vec<Option<Given>> = values.into_iter().zip(processor.init).map(one).collect();
        all.into_iter().collect()
    }

    /// A value of `init_args` as the factory takes it.
    fn init_given(&mut self, value: Value, slot: Slot<'_>, frame: Frame<'_>) -> Option<Given> {
        // A waveform stands for its sampling frequency.
        if let Value::Variable(handle) = &value {
            if let Some(sampled) = handle.waveform_grid() {
                let frequency = Constant::int(1).over(&period_constant(&sampled.period));
                return self.init_given(Value::Number(frequency), slot, frame);
            }
            self.wrong("kind", "expected something that is known while planning", slot.place);
            return None;
        }
        // One number stands for a list of one.
        let is_one = matches!((&value, slot.role), (Value::Number(_), Role::Array(_)));
        let role = if is_one { Role::Constant } else { slot.role };
        self.bound(value, Slot { role, ..slot }, frame).map(|bound| bound.given)
    }

    /// An argument as a parameter takes it.
    pub(super) fn bound(&mut self, value: Value, slot: Slot<'_>, frame: Frame<'_>) -> Option<Bound> {
        let Slot { role, name, place, .. } = slot;
        let value = match value {
            Value::Offset(..) => self.variable(value, name, place).map(Value::Variable)?,
            value => value,
        };
        match (role, value) {
            (Role::Letter | Role::Text, Value::Text(text)) => {
                Some(Bound { operand: Operand::Number(0.0), given: Given::Text(text.into()), length: 1 })
            }
            (Role::Letter, Value::Number(constant)) if constant.as_whole().and_then(letter_of).is_some() => {
                let text = constant.as_whole().and_then(letter_of).unwrap_or_default();
                Some(Bound { operand: Operand::Number(0.0), given: Given::Text(text.into()), length: 1 })
            }
            (Role::Letter | Role::Text, _) => {
                self.wrong_do("kind", format!("`{name}`: expected text"), place, "put it in quotes inside of quotes: \"'l'\"");
                None
            }
            (Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_), Value::Variable(handle)) => {
                self.bound_samples(&handle, slot, frame)
            }
            (Role::Array(_), Value::Number(constant)) => {
                let one = self.bound_number(&constant, slot, frame)?;
                let Given::Number(value) = one.given else { return None };
                let array = ConstantArray { values: [value].into(), rows: None, element: Element::F64, label: None };
                self.bound_array(&array, slot, frame)
            }
            (
                Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_) | Role::Array(_) | Role::Matrix(..),
                Value::Array(array),
            ) => self.bound_array(&array, slot, frame),
            (Role::Scalar | Role::Constant | Role::Integer, Value::Number(constant)) => self.bound_number(&constant, slot, frame),
            (Role::Scalar | Role::Constant | Role::Integer, Value::Variable(handle)) => self.bound_scalar(&handle, slot, frame),
            (Role::Array(_) | Role::Matrix(..), Value::Variable(_)) => {
                self.wrong("kind", format!("`{name}`: expected numbers that are known while planning"), place);
                None
            }
            (role, value) => {
                let is = match value {
                    Value::Number(_) => "a number",
                    Value::Array(_) => "a list",
                    Value::Text(_) => "text",
                    _ => "a grid",
                };
                let expected = match role {
                    Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_) => "samples",
                    Role::Array(_) => "a list of numbers",
                    Role::Matrix(..) => "a matrix",
                    _ => "a number",
                };
                self.wrong("kind", format!("`{name}`: expected {expected}, this is {is}"), place);
                None
            }
        }
    }

    fn bound_samples(&mut self, handle: &Handle, slot: Slot<'_>, frame: Frame<'_>) -> Option<Bound> {
        let Slot { role, in_samples, name, place } = slot;
        if handle.is_scalar() {
            self.wrong("shape", format!("`{name}`: expected samples, this is one number for each event"), place);
            return None;
        }
        if handle.length() == 0 {
            self.wrong("shape", format!("`{name}`: there are no samples"), place);
            return None;
        }
        let is_complex = matches!(role, Role::ComplexSamples(_));
        if is_complex != handle.element.is_complex() {
            let expected = if is_complex { "complex" } else { "real" };
            self.wrong("type", format!("`{name}`: expected {expected} numbers, this is {}", handle.element), place);
            return None;
        }
        if matches!(role, Role::IntegerSamples(_)) && !handle.element.is_integer() {
            self.wrong_do(
                "type",
                format!("`{name}`: expected integers, this is {}", handle.element),
                place,
                "write astype(x, 'i4')",
            );
            return None;
        }
        let handle = match frame.grid {
            Some(grid) if in_samples => self.on_grid(handle, grid),
            _ => handle.clone(),
        };
        let stored = match role {
            Role::ComplexSamples(_) if frame.wide => Element::C128,
            Role::ComplexSamples(_) => Element::C64,
            Role::IntegerSamples(_) => Element::F64,
            _ if frame.wide => Element::F64,
            _ => Element::F32,
        };
        let handle = if handle.element.fits_f32() == stored.fits_f32() { handle } else { self.cast(&handle, stored) };
        Some(Bound { operand: handle.operand(), given: Given::Varying, length: handle.length() })
    }

    /// Times as samples of a grid: positions, durations, and columns whose `units` are those of a time.
    fn on_grid(&mut self, handle: &Handle, grid: &Grid) -> Handle {
        let is_column = self.builder.inputs.iter().any(|input| input.variable == handle.id);
        match (&handle.kind, handle.label.as_deref().and_then(|label| is_time(label, &grid.period))) {
            (Kind::Point { .. }, _) => self.regridded(handle, grid, None),
            (Kind::Duration { .. }, _) => self.in_period(handle, &grid.period),
            (Kind::Plain, Some(unit)) if is_column => {
                let period = Period { value: 1.0, unit: unit.clone() };
                let clock = Grid { period, offset: Offset::default() };
                let times = self.cast(handle, real(handle.element));
                self.regridded(&Handle { kind: Kind::Point { grid: clock, unit }, label: None, ..times }, grid, None)
            }
            _ => handle.clone(),
        }
    }

    fn bound_array(&mut self, array: &ConstantArray, slot: Slot<'_>, frame: Frame<'_>) -> Option<Bound> {
        let Slot { role, name, place, .. } = slot;
        if array.rows.is_some() != matches!(role, Role::Matrix(..)) {
            let expected = if array.rows.is_some() { "a list of numbers, this is a matrix" } else { "a matrix, this is a list" };
            self.wrong("shape", format!("`{name}`: expected {expected}"), place);
            return None;
        }
        if array.values.is_empty() {
            self.wrong("shape", format!("`{name}`: the list is empty"), place);
            return None;
        }
        // Coefficients keep their own precision; samples have that of the call.
        let exact = frame.wide || matches!(role, Role::Array(_) | Role::Matrix(..));
        let narrow = |value: &f64| if exact { *value } else { f64::from(*value as f32) };
        let values: Arc<[f64]> = array.values.iter().map(narrow).collect();
        let length = if matches!(role, Role::ComplexSamples(_)) { values.len() / 2 } else { values.len() };
        Some(Bound { operand: Operand::Array(values.clone()), given: Given::Array(values), length })
    }

    fn bound_number(&mut self, constant: &Constant, slot: Slot<'_>, frame: Frame<'_>) -> Option<Bound> {
        let Slot { role, in_samples: as_samples, name, place } = slot;
        let plain = match (&constant.unit, frame.grid) {
            (None, _) => Some(constant.clone()),
            (Some(_), Some(grid)) if as_samples => in_samples(constant, &grid.period),
            _ => None,
        };
        let Some(plain) = plain else {
            let message = match frame.grid {
                Some(grid) if as_samples => {
                    let period = period_constant(&grid.period).shown();
                    format!("`{name}`: `{}` is no number of samples of {period}", constant.shown())
                }
                _ if as_samples => format!("`{name}`: `{}` needs a time grid, and no argument has one", constant.shown()),
                _ => format!("`{name}`: expected a plain number, this is `{}`", constant.shown()),
            };
            self.wrong_do("unit", message, place, "divide it by a period, or give `coord_grid: waveform`");
            return None;
        };
        let value = match (role, plain.nearest()) {
            (Role::Integer, Some((whole, ..))) => whole as f64,
            _ => plain.value,
        };
        Some(Bound { operand: Operand::Number(value), given: Given::Number(value), length: 1 })
    }

    fn bound_scalar(&mut self, handle: &Handle, slot: Slot<'_>, frame: Frame<'_>) -> Option<Bound> {
        let Slot { role, in_samples, name, place } = slot;
        if !handle.is_scalar() {
            self.wrong("shape", format!("`{name}`: expected one number for each event, these are samples"), place);
            return None;
        }
        if handle.element.is_complex() {
            self.wrong("type", format!("`{name}`: expected real numbers"), place);
            return None;
        }
        let handle = match frame.grid {
            Some(grid) if in_samples => self.on_grid(handle, grid),
            _ => handle.clone(),
        };
        let handle = if role == Role::Integer && !handle.element.is_integer() && handle.element != Element::Bool {
            self.rounded(&handle, Rounding::Nearest, 1.0)
        } else {
            handle
        };
        Some(Bound { operand: handle.operand(), given: Given::Varying, length: 1 })
    }
}
/// The letter that a number is the code of, as older chains write letters.
fn letter_of(code: i64) -> Option<String> {
    let letter = u8::try_from(code).ok().filter(u8::is_ascii_alphabetic)?;
    Some(char::from(letter).to_string())
}
