//! From kind to kind: quantities to samples, positions from grid to grid, constants to variables.

use super::builder::{Handle, Making, in_unit_of, same_period};
use super::constant::Constant;
use super::{Language, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Binary, Grid, Kind, Offset, Operand, Operation, Period, Rounding, Shape};
use germane_columns::Unit;

/// Powers of a period that a unit may have.
const POWERS: [i32; 6] = [1, -1, 2, -2, 3, -3];

/// The period as a constant.
pub(crate) fn period_constant(period: &Period) -> Constant {
    Constant::of_file(period.value, Some(period.unit.clone()))
}

/// A quantity over the power of the period that has its dimension; `None` where there is none.
pub(crate) fn in_samples(quantity: &Constant, period: &Period) -> Option<Constant> {
    let Some(unit) = &quantity.unit else { return Some(quantity.clone()) };
    let period = period_constant(period);
    let power = POWERS.into_iter().find(|power| {
        let powered = period.unit.as_ref().map(|unit| unit.power((*power).into()));
        powered.is_some_and(|powered| powered.same_dimension(unit))
    })?;
    let samples = quantity.over(&period.power(&Constant::int(power.into()))?);
    samples.unit.is_none().then_some(samples)
}

/// Whether a text is a unit of the dimension of a period.
pub(crate) fn is_time(text: &str, period: &Period) -> Option<Unit> {
    Unit::parse(text).ok().filter(|unit| unit.has_dimension() && unit.same_dimension(&period.unit))
}

/// Whether samples of both grids are at the same times.
pub(crate) fn same_grid(a: &Grid, b: &Grid) -> bool {
    let constant = Period { value: b.offset.constant, unit: b.period.unit.clone() };
    same_period(&a.period, &b.period)
        && a.offset.variable == b.offset.variable
        && in_unit_of(&constant, &a.period.unit) == Some(a.offset.constant)
}

impl Language<'_> {
    /// A position on another grid, rounded or not.
    pub(crate) fn regridded(&mut self, point: &Handle, to: &Grid, round: Option<Rounding>) -> Handle {
        let Kind::Point { grid: from, unit } = &point.kind else { return point.clone() };
        let kind = Kind::Point { grid: to.clone(), unit: unit.clone() };
        if same_grid(from, to) {
            let Some(rounding) = round else { return Handle { kind, ..point.clone() } };
            return Handle { kind, ..self.rounded(point, rounding, 1.0) };
        }
        let (offset, period) = self.in_unit(to, &from.period.unit);
        let operation =
            Operation::Regrid { of: point.operand(), from: (from.offset, from.period.value), to: (offset, period), round };
        let name = self.builder.variables[point.id.0].name.clone();
        let made = self.builder.one(operation, Making::new(name, point.element, point.shape));
        let made = Handle { kind, label: None, ..made };
        self.describe(&made);
        made
    }

    pub(crate) fn rounded(&mut self, of: &Handle, rounding: Rounding, step: f64) -> Handle {
        let name = match rounding {
            Rounding::Nearest => "round",
            Rounding::Floor => "floor",
            Rounding::Ceiling => "ceil",
            Rounding::Truncate => "trunc",
        };
        let name = format!("{name}({})", self.builder.variables[of.id.0].name);
        let operation = Operation::Round(rounding, of.operand(), step);
        let made = self.builder.one(operation, Making::new(name, of.element, of.shape));
        let made = Handle { kind: of.kind.clone(), label: of.label.clone(), ..made };
        self.describe(&made);
        made
    }

    /// Offset and period of a grid as numbers of `unit`.
    fn in_unit(&mut self, grid: &Grid, unit: &Unit) -> (Offset, f64) {
        let Some(factor) = grid.period.unit.factor_to(unit).filter(|factor| *factor != 1.0) else {
            return (grid.offset, grid.period.value);
        };
        let period = in_unit_of(&grid.period, unit).unwrap_or(grid.period.value * factor);
        let constant = Period { value: grid.offset.constant, unit: grid.period.unit.clone() };
        let constant = in_unit_of(&constant, unit).unwrap_or(grid.offset.constant * factor);
        let variable = grid.offset.variable.map(|variable| {
            let operation = Operation::Binary(Binary::Multiply, Operand::Variable(variable), Operand::Number(factor));
            let name = format!("{}*{factor}", self.builder.variables[variable.0].name);
            self.builder.one(operation, Making::new(name, Element::F64, Shape::Scalar)).id
        });
        (Offset { variable, constant }, period)
    }

    /// An offset in another unit; that of `from` is in the unit of its period.
    pub(crate) fn offset_in(&mut self, from: &Grid, unit: &Unit) -> Offset {
        self.in_unit(from, unit).0
    }

    /// Time of a position, or of a difference of positions, over `quantity`: a plain number.
    pub(crate) fn over_time(&mut self, of: &Handle, quantity: &Constant) -> Option<Handle> {
        let unit = quantity.unit.clone()?;
        let plain = |made: Handle| Handle { kind: Kind::Plain, label: None, ..made };
        match &of.kind {
            Kind::Point { grid, .. } if grid.period.unit.same_dimension(&unit) => {
                let period = Period { value: quantity.value, unit };
                let to = Grid { period, offset: Offset::default() };
                Some(plain(self.regridded(of, &to, None)))
            }
            Kind::Duration { period, .. } if period.unit.same_dimension(&unit) => {
                let ratio = period_constant(period).over(quantity);
                Some(plain(self.scaled(of, ratio.value)))
            }
            _ => None,
        }
    }

    /// A variable times a number.
    pub(crate) fn scaled(&mut self, of: &Handle, factor: f64) -> Handle {
        if factor == 1.0 {
            return of.clone();
        }
        let element = super::promotion::with_constant(of.element, &Constant::float(factor));
        let name = format!("{}*{factor}", self.builder.variables[of.id.0].name);
        let operation = Operation::Binary(Binary::Multiply, of.operand(), Operand::Number(factor));
        let made = self.builder.one(operation, Making::new(name, element, of.shape));
        Handle { kind: of.kind.clone(), label: of.label.clone(), ..made }
    }

    /// A duration counted in samples of another period.
    pub(crate) fn in_period(&mut self, of: &Handle, period: &Period) -> Handle {
        let Kind::Duration { period: mine, unit } = &of.kind else { return of.clone() };
        let ratio = period_constant(mine).over(&period_constant(period));
        let kind = Kind::Duration { period: period.clone(), unit: unit.clone() };
        Handle { kind, ..self.scaled(of, ratio.value) }
    }

    /// The same numbers in another type.
    pub(crate) fn cast(&mut self, of: &Handle, element: Element) -> Handle {
        if of.element == element {
            return of.clone();
        }
        let name = self.builder.variables[of.id.0].name.clone();
        let made = self.builder.one(Operation::Cast(of.operand()), Making::new(name, element, of.shape));
        let made = Handle { kind: of.kind.clone(), label: of.label.clone(), ..made };
        self.describe(&made);
        made
    }

    /// The same numbers as a variable of their own.
    pub(crate) fn copied(&mut self, of: &Handle, name: &str) -> Handle {
        let variable = crate::graph::Variable {
            name: name.to_owned(),
            element: of.element,
            shape: of.shape,
            kind: of.kind.clone(),
            label: of.label.clone(),
        };
        let id = self.builder.another(Operation::Cast(of.operand()), variable);
        Handle { id, ..of.clone() }
    }

    /// A variable that holds the value in every event.
    pub(crate) fn variable(&mut self, value: Value, name: &str, place: Place) -> Option<Handle> {
        match value {
            Value::Variable(handle) => Some(handle),
            Value::Number(constant) => {
                let operation = Operation::Cast(Operand::Number(constant.value));
                let made = self.builder.one(operation, Making::new(name, constant.element(), Shape::Scalar));
                let made = Handle { label: constant.label(), ..made };
                self.describe(&made);
                Some(made)
            }
            Value::Array(array) => {
                if array.rows.is_some() {
                    self.wrong("kind", "a matrix cannot be a variable", place);
                    return None;
                }
                let shape = Shape::Samples(array.values.len());
                let operation = Operation::Cast(Operand::Array(array.values));
                let made = self.builder.one(operation, Making::new(name, array.element, shape));
                let made = Handle { label: array.label, ..made };
                self.describe(&made);
                Some(made)
            }
            Value::Offset(offset, unit) => self.offset_variable(offset, &unit, name),
            Value::Text(_) => {
                self.wrong("kind", "this is text, expected numbers", place);
                None
            }
            Value::Grid(_) => {
                self.wrong_do("kind", "this is a grid, expected numbers", place, "write `.period` or `.offset`");
                None
            }
            Value::Failed => None,
        }
    }

    fn offset_variable(&mut self, offset: Offset, unit: &Unit, name: &str) -> Option<Handle> {
        let label = Some(unit.to_string());
        let Some(id) = offset.variable else {
            let operation = Operation::Cast(Operand::Number(offset.constant));
            let made = self.builder.one(operation, Making::new(name, Element::F64, Shape::Scalar));
            return Some(Handle { label, ..made });
        };
        if offset.constant == 0.0 {
            return Some(Handle { id, element: Element::F64, shape: Shape::Scalar, kind: Kind::Plain, label });
        }
        let operation = Operation::Binary(Binary::Add, Operand::Variable(id), Operand::Number(offset.constant));
        let made = self.builder.one(operation, Making::new(name, Element::F64, Shape::Scalar));
        Some(Handle { label, ..made })
    }
}
