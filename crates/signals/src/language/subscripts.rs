//! `[i]`, `[low:high:step]`.

use super::builder::{Handle, Making};
use super::constant::Constant;
use super::conversions::in_samples;
use super::{Language, Script, Value};
use crate::chain::Place;
use crate::graph::{Grid, Kind, Offset, Operand, Operation, Period, Shape};
use germane_expressions::syntax::{Syntax, SyntaxId};

/// Bounds further than this from a whole number are worth a warning.
const NOT_WHOLE: f64 = 1e-4;
/// Steps are taken no further.
const FURTHEST: i64 = 1 << 40;

impl<'a> Language<'a> {
    pub(crate) fn subscript(&mut self, script: &Script<'a>, of: SyntaxId, index: SyntaxId, place: Place) -> Value {
        let of = self.value(script, of);
        let index_place = script.place(index);
        if let Syntax::Tuple(_) = script.tree.get(index) {
            return self.wrong("kind", "samples have one axis: a single index", index_place);
        }
        let index = self.value(script, index);
        if matches!(index, Value::Failed) || matches!(of, Value::Failed) {
            return Value::Failed;
        }
        let handle = match of {
            Value::Variable(handle) if !handle.is_scalar() => handle,
            Value::Array(array) if array.rows.is_none() => {
                let Some(at) = self.whole(&index, None, index_place) else { return Value::Failed };
                let length = array.values.len() as i64;
                let position = if at < 0 { at + length } else { at };
                return match usize::try_from(position).ok().and_then(|k| array.values.get(k)) {
                    Some(value) => Value::Number(Constant::float(*value)),
                    None => self.outside(at, length, index_place),
                };
            }
            Value::Text(text) => return self.wrong("kind", format!("'{text}' is text, not samples"), place),
            _ => return self.wrong("kind", "this has no samples to choose from", place),
        };
        let index = match index {
            Value::Variable(index) => return self.item_at(&handle, index, place, index_place),
            index => index,
        };
        let Some(at) = self.whole(&index, period_of(&handle), index_place) else { return Value::Failed };
        let at = match handle.shape {
            Shape::Samples(length) => {
                let position = if at < 0 { at + length as i64 } else { at };
                if !(0..length as i64).contains(&position) {
                    return self.outside(at, length as i64, index_place);
                }
                position
            }
            _ => at,
        };
        let operation = Operation::Element { of: handle.id, index: at as isize };
        self.item(&handle, operation, place)
    }

    fn outside(&mut self, at: i64, length: i64, place: Place) -> Value {
        self.wrong("shape", format!("there is no sample {at} of {length}"), place)
    }

    fn item_at(&mut self, handle: &Handle, index: Handle, place: Place, index_place: Place) -> Value {
        if !index.is_scalar() {
            return self.wrong_do(
                "shape",
                "one index for each event is expected",
                index_place,
                "use the processor multi_a_filter",
            );
        }
        let index = match (&index.kind, period_of(handle), handle.waveform_grid()) {
            (Kind::Point { .. }, _, Some(grid)) => {
                let grid = grid.clone();
                self.regridded(&index, &grid, None)
            }
            (Kind::Duration { .. }, Some(period), _) => {
                let period = period.clone();
                self.in_period(&index, &period)
            }
            _ => index,
        };
        let operation = Operation::ElementAt { of: handle.id, index: Operand::Variable(index.id), default: None };
        self.item(handle, operation, place)
    }

    fn item(&mut self, handle: &Handle, operation: Operation, place: Place) -> Value {
        self.come_from(place);
        let title = self.title(place);
        let made = self.builder.one(operation, Making::new(title, handle.element, Shape::Scalar));
        let kind = match &handle.kind {
            Kind::Waveform(_) => Kind::Plain,
            kind => kind.clone(),
        };
        let made = Handle { kind, label: handle.label.clone(), ..made };
        self.describe(&made);
        Value::Variable(made)
    }

    /// `get_default(samples, index, default)`.
    pub(crate) fn item_or(&mut self, of: Value, index: Value, default: Option<Value>, place: Place) -> Value {
        let Value::Variable(handle) = of else {
            return if matches!(of, Value::Failed) { of } else { self.wrong("kind", "expected samples", place) };
        };
        if handle.is_scalar() {
            return self.wrong("kind", "expected samples", place);
        }
        let default = match default {
            None => None,
            Some(Value::Number(constant)) => Some(constant.value),
            Some(Value::Failed) => return Value::Failed,
            Some(_) => return self.wrong("kind", "the default must be known while planning", place),
        };
        let index = match index {
            Value::Variable(index) => index.operand(),
            Value::Failed => return Value::Failed,
            index => {
                let Some(at) = self.whole(&index, period_of(&handle), place) else { return Value::Failed };
                Operand::Number(at as f64)
            }
        };
        self.item(&handle, Operation::ElementAt { of: handle.id, index, default }, place)
    }

    pub(crate) fn slice(&mut self, script: &Script<'a>, of: SyntaxId, bounds: [Option<SyntaxId>; 3], place: Place) -> Value {
        let of = self.value(script, of);
        let period = match &of {
            Value::Variable(handle) => period_of(handle).cloned(),
            _ => None,
        };
        let mut whole = [None; 3];
        let mut failed = matches!(of, Value::Failed);
        for (bound, id) in whole.iter_mut().zip(bounds) {
            let Some(id) = id else { continue };
            let value = self.value(script, id);
            *bound = self.whole(&value, period.as_ref(), script.place(id));
            failed |= bound.is_none();
        }
        if failed {
            return Value::Failed;
        }
        let [low, high, step] = whole;
        if step == Some(0) {
            return self.wrong("shape", "the step of a slice cannot be 0", place);
        }
        let length = match &of {
            Value::Variable(Handle { shape: Shape::Samples(length), .. }) => *length,
            Value::Variable(Handle { shape: Shape::Ragged { .. }, .. }) => {
                return self.wrong("shape", "vectors of varying length cannot be sliced", place);
            }
            Value::Array(array) if array.rows.is_none() => array.values.len(),
            _ => return self.wrong("kind", "this has no samples to slice", place),
        };
        let step = step.unwrap_or(1).clamp(-FURTHEST, FURTHEST);
        let (start, count) = range(length as i64, low, high, step);
        let handle = match of {
            Value::Array(mut array) => {
                let picked = (0..count).map(|k| array.values[(start + k * step) as usize]).collect::<Vec<_>>();
                array.values = picked.into();
                return Value::Array(array);
            }
            Value::Variable(handle) => handle,
            _ => return Value::Failed,
        };
        let shape = Shape::Samples(count as usize);
        let kind = match &handle.kind {
            Kind::Waveform(grid) if step > 0 => Kind::Waveform(cut(grid, start, step)),
            Kind::Waveform(_) => Kind::Plain,
            kind => kind.clone(),
        };
        if start == 0 && step == 1 && shape == handle.shape {
            return Value::Variable(Handle { kind, ..handle });
        }
        self.come_from(place);
        let title = self.title(place);
        let operation = Operation::Slice { of: handle.id, start: start.max(0) as usize, step: step as isize };
        let made = self.builder.one(operation, Making::new(title, handle.element, shape));
        let made = Handle { kind, label: handle.label, ..made };
        self.describe(&made);
        Value::Variable(made)
    }

    /// A bound or index: a number, or a time over the period; the nearest whole number, half to even.
    fn whole(&mut self, value: &Value, period: Option<&Period>, place: Place) -> Option<i64> {
        let constant = match value {
            Value::Number(constant) => constant,
            Value::Failed => return None,
            Value::Variable(_) => {
                self.wrong_do("kind", "bounds must be known while planning", place, "use the processor windower");
                return None;
            }
            _ => {
                self.wrong("kind", "expected a whole number", place);
                return None;
            }
        };
        let samples = match (&constant.unit, period) {
            (None, _) => Some(constant.clone()),
            (Some(_), Some(period)) => in_samples(constant, period),
            (Some(_), None) => None,
        };
        let Some(samples) = samples else {
            self.wrong("unit", format!("`{}` is no number of samples", constant.shown()), place);
            return None;
        };
        let Some((whole, away, tie)) = samples.nearest() else {
            self.wrong("shape", format!("{} is no position of a sample", samples.value), place);
            return None;
        };
        if away > NOT_WHOLE {
            let mut message = format!("{} is {} samples, taken as {whole}", self.title(place), samples.value);
            if tie {
                message += " (half to even)";
            }
            let problem = self.chain.problem("shape", message, place);
            self.warn(problem);
        }
        Some(whole)
    }
}

/// Period of the samples of a variable.
fn period_of(handle: &Handle) -> Option<&Period> {
    handle.waveform_grid().map(|grid| &grid.period)
}

/// Python's `slice(low, high, step).indices(length)`: first position and how many.
fn range(length: i64, low: Option<i64>, high: Option<i64>, step: i64) -> (i64, i64) {
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let inside = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(least, most);
    let low = low.map_or(if step > 0 { 0 } else { most }, inside);
    let high = high.map_or(if step > 0 { length } else { -1 }, inside);
    let count = if step > 0 { (high - low + step - 1).div_euclid(step) } else { (low - high - step - 1).div_euclid(-step) };
    (low, count.max(0))
}

/// Grid of every `step`th sample from `start` on.
fn cut(grid: &Grid, start: i64, step: i64) -> Grid {
    let period = super::conversions::period_constant(&grid.period).bare();
    let lost = Constant::of_file(grid.offset.constant, None).plus(&period.times(&Constant::int(start)), 1);
    let constant = lost.map_or(grid.offset.constant, |offset| offset.value);
    let value = period.times(&Constant::int(step)).value;
    let period = Period { value, unit: grid.period.unit.clone() };
    Grid { period, offset: Offset { constant, ..grid.offset } }
}

#[cfg(test)]
mod tests {
    use super::range;

    // CPython 3.11: slice(low, high, step).indices(10), len(range(…))
    #[test]
    fn bounds_are_those_of_python() {
        for (low, high, step, expected) in [
            (None, None, 1, (0, 10)),
            (Some(-3), None, 1, (7, 3)),
            (Some(5), Some(50), 1, (5, 5)),
            (Some(0), Some(9), 2, (0, 5)),
            (Some(7), Some(7), 1, (7, 0)),
            (Some(8), Some(2), 1, (8, 0)),
            (None, None, -1, (9, 10)),
            (Some(8), Some(1), -3, (8, 3)),
            (Some(-100), Some(-2), 1, (0, 8)),
        ] {
            assert_eq!(range(10, low, high, step), expected, "{low:?} {high:?} {step}");
        }
        assert_eq!(range(0, None, None, -1), (-1, 0));
    }
}
