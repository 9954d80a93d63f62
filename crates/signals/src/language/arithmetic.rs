//! Operators: what both sides become, what comes out, which type it has.

use super::builder::{Handle, Making};
use super::constant::{Class, Constant};
use super::conversions::{in_samples, period_constant, same_grid};
use super::kinds::{combined_label, common_label};
use super::promotion::{promoted, real, with_constant};
use super::{Language, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Binary, Grid, Kind, Offset, Operand, Operation, Period, Shape, Unary};
use germane_columns::Unit;
use std::cmp::Ordering;

/// Result of [`Language::meaning`].
enum Meaning {
    /// kind and label of what the operation gives
    Of(Kind, Option<String>),
    /// nothing is left to be done
    Done(Value),
    Failed,
}

fn is_comparison(operation: Binary) -> bool {
    use Binary::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    matches!(operation, Less | LessEqual | Greater | GreaterEqual | Equal | NotEqual)
}

/// Operations whose sides and result are of one kind.
fn is_sum(operation: Binary) -> bool {
    matches!(operation, Binary::Add | Binary::Subtract | Binary::Minimum | Binary::Maximum) || is_comparison(operation)
}

fn sign(operation: Binary) -> &'static str {
    match operation {
        Binary::Add => "+",
        Binary::Subtract => "-",
        Binary::Multiply => "*",
        Binary::Divide => "/",
        Binary::FloorDivide => "//",
        Binary::Modulo => "%",
        Binary::Power => "**",
        Binary::Minimum => "min",
        Binary::Maximum => "max",
        Binary::And => "and",
        Binary::Or => "or",
        Binary::Less => "<",
        Binary::LessEqual => "<=",
        Binary::Greater => ">",
        Binary::GreaterEqual => ">=",
        Binary::Equal => "==",
        Binary::NotEqual => "!=",
    }
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Variable(handle) => handle.kind.clone(),
        _ => Kind::Plain,
    }
}

fn label_of(value: &Value) -> Option<&String> {
    match value {
        Value::Variable(handle) => handle.label.as_ref(),
        Value::Array(array) => array.label.as_ref(),
        _ => None,
    }
}

fn quantity(value: &Value) -> Option<&Constant> {
    match value {
        Value::Number(constant) if constant.unit.is_some() => Some(constant),
        _ => None,
    }
}

impl Language<'_> {
    /// What stands at a place, in a short line.
    pub(crate) fn title(&self, place: Place) -> String {
        let written = self.chain.sources()[place.source].slice(place.span);
        let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(60) {
            Some((at, _)) => format!("{}…", &line[..at]),
            None => line,
        }
    }

    /// A value that takes part in arithmetic.
    fn arithmetic_value(&mut self, value: Value, place: Place) -> Value {
        match value {
            Value::Offset(Offset { variable: None, constant }, unit) => Value::Number(Constant::of_file(constant, Some(unit))),
            Value::Offset(..) | Value::Text(_) | Value::Grid(_) => {
                let title = self.title(place);
                self.variable(value, &title, place).map_or(Value::Failed, Value::Variable)
            }
            value => value,
        }
    }

    /// Result of an operator.
    pub(crate) fn binary(&mut self, operation: Binary, left: Value, right: Value, place: Place) -> Value {
        let left = self.arithmetic_value(left, place);
        let right = self.arithmetic_value(right, place);
        match (&left, &right) {
            (Value::Failed, _) | (_, Value::Failed) => Value::Failed,
            (Value::Number(a), Value::Number(b)) => self.folded(operation, a, b, place),
            (Value::Variable(_), _) | (_, Value::Variable(_)) => self.typed(operation, left, right, place),
            _ => self.folded_arrays(operation, &left, &right, place),
        }
    }

    fn folded(&mut self, operation: Binary, a: &Constant, b: &Constant, place: Place) -> Value {
        let truth = |value: bool| Some(Constant::bool(value));
        let ordered = |wanted: &[Ordering]| {
            let order = a.compare(b).ok()?;
            truth(order.is_some_and(|order| wanted.contains(&order)))
        };
        let result = match operation {
            Binary::Add => a.plus(b, 1),
            Binary::Subtract => a.plus(b, -1),
            Binary::Multiply => Some(a.times(b)),
            Binary::Divide => Some(a.over(b)),
            Binary::FloorDivide => a.floor_over(b),
            Binary::Modulo => a.modulo(b),
            Binary::Power => a.power(b),
            Binary::Minimum => {
                a.compare(b).ok().map(|order| if order == Some(Ordering::Greater) { b.clone() } else { a.clone() })
            }
            Binary::Maximum => a.compare(b).ok().map(|order| if order == Some(Ordering::Less) { b.clone() } else { a.clone() }),
            Binary::And => truth(a.value != 0.0 && b.value != 0.0),
            Binary::Or => truth(a.value != 0.0 || b.value != 0.0),
            Binary::Less => ordered(&[Ordering::Less]),
            Binary::LessEqual => ordered(&[Ordering::Less, Ordering::Equal]),
            Binary::Greater => ordered(&[Ordering::Greater]),
            Binary::GreaterEqual => ordered(&[Ordering::Greater, Ordering::Equal]),
            Binary::Equal => ordered(&[Ordering::Equal]),
            Binary::NotEqual => a.compare(b).ok().and_then(|order| truth(order != Some(Ordering::Equal))),
        };
        match result {
            Some(result) => Value::Number(result),
            None => self.unlike(operation, a, b, place),
        }
    }

    fn unlike(&mut self, operation: Binary, a: &Constant, b: &Constant, place: Place) -> Value {
        let message = format!("`{}` and `{}` do not fit together in `{}`", a.shown(), b.shown(), sign(operation));
        self.wrong("unit", message, place)
    }

    /// An operation of which one side at least is a variable.
    fn typed(&mut self, operation: Binary, mut left: Value, mut right: Value, place: Place) -> Value {
        if matches!(operation, Binary::And | Binary::Or) {
            return self.logical(operation, &left, &right, place);
        }
        let (kind, label) = match self.meaning(operation, &mut left, &mut right, place) {
            Meaning::Of(kind, label) => (kind, label),
            Meaning::Done(value) => return value,
            Meaning::Failed => return Value::Failed,
        };
        let Some(element) = self.element(operation, &left, &right, place) else { return Value::Failed };
        let Some(shape) = self.joined(Self::shape_of(&left), Self::shape_of(&right), place) else { return Value::Failed };
        let (Some(a), Some(b)) = (operand(&left), operand(&right)) else { return Value::Failed };
        self.come_from(place);
        let title = self.title(place);
        let made = self.builder.one(Operation::Binary(operation, a, b), Making::new(title, element, shape));
        let kind = if is_comparison(operation) { Kind::Plain } else { kind };
        let label = label.filter(|_| !is_comparison(operation) && matches!(kind, Kind::Plain | Kind::Waveform(_)));
        let made = Handle { kind, label, ..made };
        self.describe(&made);
        Value::Variable(made)
    }

    fn logical(&mut self, operation: Binary, left: &Value, right: &Value, place: Place) -> Value {
        for side in [left, right] {
            let element = match side {
                Value::Variable(handle) => handle.element,
                Value::Number(constant) => constant.element(),
                _ => Element::F64,
            };
            if element != Element::Bool {
                let message = format!("`{}` joins conditions, this is {element}", sign(operation));
                return self.wrong_do("type", message, place, "compare it with something");
            }
        }
        let Some(shape) = self.joined(Self::shape_of(left), Self::shape_of(right), place) else { return Value::Failed };
        let (Some(a), Some(b)) = (operand(left), operand(right)) else { return Value::Failed };
        self.come_from(place);
        let title = self.title(place);
        let made = self.builder.one(Operation::Binary(operation, a, b), Making::new(title, Element::Bool, shape));
        Value::Variable(made)
    }

    /// Type of the result; constants are weak.
    fn element(&mut self, operation: Binary, left: &Value, right: &Value, place: Place) -> Option<Element> {
        if is_comparison(operation) {
            return Some(Element::Bool);
        }
        let side = |value: &Value| match value {
            Value::Variable(handle) => Some(handle.element),
            Value::Array(array) => Some(array.element),
            _ => None,
        };
        let divides = operation == Binary::Divide;
        let strong = |element: Element| if divides { real(element) } else { element };
        let element = match (side(left), side(right)) {
            (Some(a), Some(b)) => promoted(strong(a), strong(b)),
            (Some(a), None) | (None, Some(a)) => {
                let constant = [left, right].into_iter().find_map(|value| match value {
                    Value::Number(constant) => Some(constant),
                    _ => None,
                })?;
                if let (Some((low, high)), Class::Int, false) = (a.integer_range(), constant.class, divides) {
                    let fits = constant.value >= low as f64 && constant.value <= high as f64;
                    if !fits {
                        let message = format!("{} does not fit into {a}", constant.shown());
                        self.wrong_do("type", message, place, "convert the column first: astype(x, 'i8')");
                        return None;
                    }
                }
                if divides { strong(a) } else { with_constant(a, constant) }
            }
            (None, None) => Element::F64,
        };
        if element == Element::Bool && !matches!(operation, Binary::Minimum | Binary::Maximum) {
            return Some(Element::I8);
        }
        if element.is_complex() && !matches!(operation, Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide) {
            self.wrong("type", format!("`{}` is not defined for complex numbers", sign(operation)), place);
            return None;
        }
        Some(element)
    }

    /// Brings both sides to a common kind.
    fn meaning(&mut self, operation: Binary, left: &mut Value, right: &mut Value, place: Place) -> Meaning {
        match (kind_of(left), kind_of(right)) {
            (Kind::Point { .. } | Kind::Duration { .. }, _) | (_, Kind::Point { .. } | Kind::Duration { .. })
                if !matches!(kind_of(left), Kind::Waveform(_)) && !matches!(kind_of(right), Kind::Waveform(_)) =>
            {
                if is_sum(operation) {
                    self.sum_of_times(operation, left, right, place)
                } else {
                    self.product_of_times(operation, left, right)
                }
            }
            (Kind::Waveform(a), Kind::Waveform(b)) => {
                if !same_grid(&a, &b) {
                    let message = format!("samples of {} and of {} do not belong together", shown(&a), shown(&b));
                    self.wrong_do("grid", message, place, "use times on one of them, or make both on one grid");
                    return Meaning::Failed;
                }
                self.labels(operation, Kind::Waveform(a), left, right, place)
            }
            (Kind::Waveform(grid), _) | (_, Kind::Waveform(grid)) => {
                self.labels(operation, Kind::Waveform(grid), left, right, place)
            }
            _ => self.labels(operation, Kind::Plain, left, right, place),
        }
    }

    /// Labels of plain numbers and waveforms; quantities become numbers of the label.
    fn labels(&mut self, operation: Binary, kind: Kind, left: &mut Value, right: &mut Value, place: Place) -> Meaning {
        if operation == Binary::Power {
            return Meaning::Of(kind, None);
        }
        if !is_sum(operation) {
            let text = |value: &Value| match value {
                Value::Number(constant) => constant.unit.as_ref().map(Unit::to_string),
                value => label_of(value).cloned(),
            };
            let label = combined_label(operation, text(left).as_ref(), text(right).as_ref());
            for side in [left, right] {
                if let Value::Number(constant) = side {
                    *constant = constant.bare();
                }
            }
            return Meaning::Of(kind, label);
        }
        let label = common_label(label_of(left), label_of(right));
        if let (Value::Variable(a), Value::Variable(b)) = (&*left, &*right) {
            let unit = |handle: &Handle| handle.label.as_deref().and_then(|label| Unit::parse(label).ok());
            let factor = unit(a).zip(unit(b)).and_then(|(a, b)| b.factor_to(&a)).filter(|factor| *factor != 1.0);
            if let Some(factor) = factor {
                let b = b.clone();
                *right = Value::Variable(self.scaled(&b, factor));
            }
            return Meaning::Of(kind, label);
        }
        let Some(amount) = quantity(left).or(quantity(right)).cloned() else { return Meaning::Of(kind, label) };
        let unit = label.as_deref().and_then(|label| Unit::parse(label).ok());
        let of_label = unit.and_then(|unit| amount.in_unit(&unit));
        let of_grid = || self.grid.as_ref().and_then(|grid| in_samples(&amount, &grid.period));
        let Some(number) = of_label.or_else(of_grid) else {
            let message = match &label {
                Some(label) => format!("`{}` is no number of `{label}`", amount.shown()),
                None => format!("`{}` needs a time grid or a unit on the other side", amount.shown()),
            };
            self.wrong_do("unit", message, place, "divide it by a period, or give `coord_grid: waveform`");
            return Meaning::Failed;
        };
        let side = if quantity(left).is_some() { left } else { right };
        *side = Value::Number(number);
        Meaning::Of(kind, label)
    }

    fn sum_of_times(&mut self, operation: Binary, left: &mut Value, right: &mut Value, place: Place) -> Meaning {
        let kinds = (kind_of(left), kind_of(right));
        if let (Value::Variable(_), Value::Variable(b)) = (&*left, &*right) {
            let b = b.clone();
            match &kinds {
                (Kind::Point { grid, .. }, Kind::Point { .. }) if operation != Binary::Add => {
                    let grid = grid.clone();
                    *right = Value::Variable(self.regridded(&b, &grid, None));
                }
                (Kind::Point { grid: Grid { period, .. }, .. } | Kind::Duration { period, .. }, Kind::Duration { .. }) => {
                    let period = period.clone();
                    *right = Value::Variable(self.in_period(&b, &period));
                }
                (Kind::Duration { .. }, Kind::Point { grid, .. }) => {
                    let period = grid.period.clone();
                    if let Value::Variable(a) = &*left {
                        let a = a.clone();
                        *left = Value::Variable(self.in_period(&a, &period));
                    }
                }
                _ => {}
            }
        }
        let backwards = operation == Binary::Subtract && !matches!(kinds.0, Kind::Point { .. }) && {
            let is_time = quantity(left).is_some() || matches!(kinds.0, Kind::Duration { .. });
            is_time && matches!(kinds.1, Kind::Point { .. })
        };
        if backwards {
            self.wrong("kind", "a time point cannot be taken from a duration", place);
            return Meaning::Failed;
        }
        let absolute = is_comparison(operation) || matches!(operation, Binary::Minimum | Binary::Maximum);
        for (number, time) in [(0, &kinds.1), (1, &kinds.0)] {
            let side = if number == 0 { &*left } else { &*right };
            let Some(amount) = quantity(side).cloned() else { continue };
            let converted = match time {
                Kind::Point { grid, .. } if absolute => {
                    if grid.offset.variable.is_some() {
                        return self.against_time(operation, &amount, number == 0, left, right, place);
                    }
                    let offset = Constant::of_file(grid.offset.constant, Some(grid.period.unit.clone()));
                    amount.plus(&offset, -1).and_then(|amount| in_samples(&amount, &grid.period))
                }
                Kind::Point { grid: Grid { period, .. }, .. } | Kind::Duration { period, .. } => in_samples(&amount, period),
                _ => None,
            };
            let Some(converted) = converted.filter(|_| is_length(&amount, time)) else {
                self.wrong("unit", format!("`{}` is no time", amount.shown()), place);
                return Meaning::Failed;
            };
            let side = if number == 0 { &mut *left } else { &mut *right };
            *side = Value::Number(converted);
        }
        let kind = match (&kinds.0, &kinds.1) {
            (Kind::Point { grid, unit }, Kind::Point { .. }) if operation == Binary::Subtract => {
                Kind::Duration { period: grid.period.clone(), unit: unit.clone() }
            }
            (point @ Kind::Point { .. }, _) | (_, point @ Kind::Point { .. }) => point.clone(),
            (duration @ Kind::Duration { .. }, _) | (_, duration) => duration.clone(),
        };
        Meaning::Of(kind, None)
    }

    /// A position whose grid starts elsewhere in each event, beside a time.
    fn against_time(
        &mut self,
        operation: Binary,
        amount: &Constant,
        amount_is_left: bool,
        left: &mut Value,
        right: &mut Value,
        place: Place,
    ) -> Meaning {
        let side = if amount_is_left { &*right } else { &*left };
        let Value::Variable(point) = side.clone() else { return Meaning::Failed };
        let Some(unit) = amount.unit.clone().filter(|_| is_comparison(operation)) else {
            self.wrong("kind", "the waveform starts at another time in each event: compare differences of times", place);
            return Meaning::Failed;
        };
        let Some(time) = self.over_time(&point, &Constant::one(unit)) else {
            self.wrong("unit", format!("`{}` is no time", amount.shown()), place);
            return Meaning::Failed;
        };
        let (number, time) = (Value::Number(amount.bare()), Value::Variable(time));
        (*left, *right) = if amount_is_left { (number, time) } else { (time, number) };
        Meaning::Of(Kind::Plain, None)
    }

    fn product_of_times(&mut self, operation: Binary, left: &mut Value, right: &mut Value) -> Meaning {
        let kinds = (kind_of(left), kind_of(right));
        let is_time = |kind: &Kind| !matches!(kind, Kind::Plain);
        if let (Value::Variable(time), Some(amount)) = (&*left, quantity(right).cloned()) {
            let time = time.clone();
            let amount = if operation == Binary::Multiply { Constant::int(1).over(&amount) } else { amount };
            let Some(plain) = self.over_time(&time, &amount) else { return Meaning::Of(Kind::Plain, None) };
            if matches!(operation, Binary::Divide | Binary::Multiply) {
                return Meaning::Done(Value::Variable(plain));
            }
            (*left, *right) = (Value::Variable(plain), Value::Number(Constant::int(1)));
            return Meaning::Of(Kind::Plain, None);
        }
        if let (Some(amount), Value::Variable(time)) = (quantity(left).cloned(), &*right) {
            let time = time.clone();
            let multiplies = operation == Binary::Multiply;
            let amount = if multiplies { Constant::int(1).over(&amount) } else { amount };
            let Some(plain) = self.over_time(&time, &amount) else { return Meaning::Of(Kind::Plain, None) };
            if multiplies {
                return Meaning::Done(Value::Variable(plain));
            }
            (*left, *right) = (Value::Number(Constant::int(1)), Value::Variable(plain));
            return Meaning::Of(Kind::Plain, None);
        }
        if let (Value::Variable(_), Value::Variable(b)) = (&*left, &*right)
            && let (Kind::Duration { period, .. }, Kind::Duration { .. }) = &kinds
        {
            let (period, b) = (period.clone(), b.clone());
            *right = Value::Variable(self.in_period(&b, &period));
        }
        let keeps = matches!(operation, Binary::Multiply | Binary::Divide | Binary::FloorDivide | Binary::Modulo);
        let kind = match (is_time(&kinds.0), is_time(&kinds.1)) {
            (true, false) if keeps => kinds.0,
            (false, true) if operation == Binary::Multiply => kinds.1,
            _ => Kind::Plain,
        };
        Meaning::Of(kind, None)
    }

    /// Result of an operator of one side.
    pub(crate) fn unary(&mut self, function: Unary, of: Value, place: Place) -> Value {
        let of = self.arithmetic_value(of, place);
        let handle = match of {
            Value::Number(constant) => return self.folded_unary(function, &constant, place),
            Value::Array(array) => return self.folded_array(function, &array, place),
            Value::Variable(handle) => handle,
            _ => return Value::Failed,
        };
        let element = match function {
            Unary::Negate | Unary::Abs if handle.element != Element::Bool => handle.element,
            Unary::Not if handle.element == Element::Bool => Element::Bool,
            Unary::Negate | Unary::Not => {
                let expected = if function == Unary::Not { "a condition" } else { "a number" };
                return self.wrong("type", format!("expected {expected}, this is {}", handle.element), place);
            }
            Unary::IsNan | Unary::IsFinite => Element::Bool,
            _ => real(handle.element),
        };
        if handle.element.is_complex() && function != Unary::Negate {
            return self.wrong("type", "this function is not defined for complex numbers", place);
        }
        let (kind, label) = match function {
            Unary::Negate | Unary::Abs => (handle.kind.clone(), handle.label.clone()),
            _ => (handle.waveform_grid().map_or(Kind::Plain, |grid| Kind::Waveform(grid.clone())), None),
        };
        self.come_from(place);
        let title = self.title(place);
        let made = self.builder.one(Operation::Unary(function, handle.operand()), Making::new(title, element, handle.shape));
        let made = Handle { kind, label, ..made };
        self.describe(&made);
        Value::Variable(made)
    }

    fn folded_unary(&mut self, function: Unary, of: &Constant, place: Place) -> Value {
        use germane_numerics::maths;
        let bare = |function: fn(f64) -> f64| Constant::float(function(of.value));
        if of.unit.is_some() && !matches!(function, Unary::Negate | Unary::Abs | Unary::IsNan | Unary::IsFinite | Unary::Sqrt) {
            return self.wrong("unit", format!("expected a plain number, this is `{}`", of.shown()), place);
        }
        Value::Number(match function {
            Unary::Negate => of.negated(),
            Unary::Not => Constant::bool(of.value == 0.0),
            Unary::Abs if of.value < 0.0 => of.negated(),
            Unary::Abs => of.clone(),
            Unary::Sqrt => {
                let root = germane_columns::Ratio::new(1, 2);
                Constant { unit: of.unit.as_ref().map(|unit| unit.power(root)), ..bare(f64::sqrt) }
            }
            Unary::Exp => bare(maths::exp),
            Unary::Log => bare(maths::ln),
            Unary::Log10 => bare(maths::log10),
            Unary::Sin => bare(maths::sin),
            Unary::Cos => bare(maths::cos),
            Unary::IsNan => Constant::bool(of.value.is_nan()),
            Unary::IsFinite => Constant::bool(of.value.is_finite()),
        })
    }

    /// A choice between two values.
    pub(crate) fn choose(&mut self, condition: &Value, then: Value, otherwise: Value, place: Place) -> Value {
        let condition = match condition {
            Value::Failed => return Value::Failed,
            Value::Number(constant) if constant.class == Class::Bool => {
                return if constant.value == 0.0 { otherwise } else { then };
            }
            Value::Variable(handle) if handle.element == Element::Bool => handle.clone(),
            _ => return self.wrong_do("type", "the condition is no bool", place, "compare it with something"),
        };
        let mut then = self.arithmetic_value(then, place);
        let mut otherwise = self.arithmetic_value(otherwise, place);
        if matches!(then, Value::Failed) || matches!(otherwise, Value::Failed) {
            return Value::Failed;
        }
        let numbers = matches!((&then, &otherwise), (Value::Number(_), Value::Number(_)));
        if let (Value::Number(a), Value::Number(b)) = (&then, &otherwise) {
            let unit = a.unit.clone().or_else(|| b.unit.clone());
            let (Some(x), Some(y)) = (in_common(a, unit.as_ref()), in_common(b, unit.as_ref())) else {
                return self.unlike(Binary::Add, a, b, place);
            };
            let label = Constant { unit, ..x.clone() }.label();
            let element = promoted(x.element(), y.element());
            return self.chosen(&condition, &Value::Number(x), &Value::Number(y), element, Kind::Plain, label, place);
        }
        let kinds = (kind_of(&then), kind_of(&otherwise));
        let time = |kind: &Kind| matches!(kind, Kind::Point { .. } | Kind::Duration { .. });
        let both = matches!((&then, &otherwise), (Value::Variable(_), Value::Variable(_)));
        if both && std::mem::discriminant(&kinds.0) != std::mem::discriminant(&kinds.1) && (time(&kinds.0) || time(&kinds.1)) {
            return self.wrong("kind", "a time and a number cannot be chosen from", place);
        }
        // The sum has the kinds and labels of a choice; a position minus nothing is one.
        let (kind, label) = match self.meaning(Binary::Maximum, &mut then, &mut otherwise, place) {
            Meaning::Of(kind, label) => (kind, label),
            _ => return Value::Failed,
        };
        debug_assert!(!numbers);
        let Some(element) = self.element(Binary::Maximum, &then, &otherwise, place) else { return Value::Failed };
        self.chosen(&condition, &then, &otherwise, element, kind, label, place)
    }

    #[expect(clippy::too_many_arguments, reason = "all that a choice has")]
    fn chosen(
        &mut self,
        condition: &Handle,
        then: &Value,
        otherwise: &Value,
        element: Element,
        kind: Kind,
        label: Option<String>,
        place: Place,
    ) -> Value {
        let inner = self.joined(Self::shape_of(then), Self::shape_of(otherwise), place);
        let Some(shape) = inner.and_then(|inner| self.joined(condition.shape, inner, place)) else { return Value::Failed };
        let (Some(a), Some(b)) = (operand(then), operand(otherwise)) else { return Value::Failed };
        self.come_from(place);
        let title = self.title(place);
        let operation = Operation::Where([condition.operand(), a, b]);
        let made = self.builder.one(operation, Making::new(title, element, shape));
        let made = Handle { kind, label, ..made };
        self.describe(&made);
        Value::Variable(made)
    }
}

/// A constant as a number of `unit`; plain numbers are taken as they are.
fn in_common(constant: &Constant, unit: Option<&Unit>) -> Option<Constant> {
    match (&constant.unit, unit) {
        (Some(_), Some(unit)) => constant.in_unit(unit),
        _ => Some(constant.bare()),
    }
}

fn operand(value: &Value) -> Option<Operand> {
    match value {
        Value::Variable(handle) => Some(handle.operand()),
        Value::Number(constant) => Some(Operand::Number(constant.value)),
        Value::Array(array) => Some(Operand::Array(array.values.clone())),
        _ => None,
    }
}

/// Whether a quantity has the dimension of the period of a time.
fn is_length(amount: &Constant, time: &Kind) -> bool {
    let period: &Period = match time {
        Kind::Point { grid, .. } => &grid.period,
        Kind::Duration { period, .. } => period,
        _ => return false,
    };
    amount.unit.as_ref().is_some_and(|unit| unit.same_dimension(&period.unit))
}

fn shown(grid: &Grid) -> String {
    let period = period_constant(&grid.period).shown();
    match grid.offset {
        Offset { variable: None, constant } => format!("{period} from {constant} {}", grid.period.unit),
        Offset { constant: 0.0, .. } => period,
        Offset { constant, .. } => format!("{period} cut at {constant} {}", grid.period.unit),
    }
}

impl Handle {
    /// Whether the samples are one for each event.
    pub(crate) fn is_scalar(&self) -> bool {
        self.shape == Shape::Scalar
    }
}
