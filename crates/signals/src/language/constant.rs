//! Numbers with or without a unit that are known while planning.

use super::exact::Exact;
use crate::element::Element;
use germane_columns::Unit;
use germane_numerics::maths;
use std::cmp::Ordering;
use std::sync::Arc;

/// What a number is to Python; NumPy calls all of them weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Bool,
    Int,
    Float,
}

/// A number that is known while planning, of a unit or none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    pub(crate) value: f64,
    /// the same without rounding, where that is known
    pub(crate) exact: Option<Exact>,
    pub(crate) class: Class,
    /// `None` for plain numbers
    pub(crate) unit: Option<Unit>,
}

/// An array that is known while planning.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConstantArray {
    /// row by row
    pub(crate) values: Arc<[f64]>,
    /// rows and columns of a matrix
    pub(crate) rows: Option<usize>,
    pub(crate) element: Element,
    pub(crate) label: Option<String>,
}

impl Constant {
    pub(crate) fn exact(exact: Exact, class: Class, unit: Option<Unit>) -> Self {
        Self { value: exact.value(), exact: Some(exact), class, unit }.reduced()
    }

    pub(crate) fn int(value: i64) -> Self {
        Self { value: value as f64, exact: Some(Exact::whole(value)), class: Class::Int, unit: None }
    }

    /// A number that a computation gave.
    pub(crate) fn float(value: f64) -> Self {
        Self { value, exact: None, class: Class::Float, unit: None }
    }

    /// A number of a file, meant as the shortest decimal that reads so.
    pub(crate) fn of_file(value: f64, unit: Option<Unit>) -> Self {
        Self { value, exact: Exact::shortest(value), class: Class::Float, unit }.reduced()
    }

    pub(crate) fn bool(value: bool) -> Self {
        Self { class: Class::Bool, ..Self::int(i64::from(value)) }
    }

    /// One of a unit.
    pub(crate) fn one(unit: Unit) -> Self {
        Self { unit: Some(unit), ..Self::int(1) }.reduced()
    }

    pub(crate) fn element(&self) -> Element {
        match self.class {
            Class::Bool => Element::Bool,
            Class::Int => Element::I64,
            Class::Float => Element::F64,
        }
    }

    /// Units without dimension are numbers.
    fn reduced(mut self) -> Self {
        if let Some(unit) = self.unit.take_if(|unit| !unit.has_dimension()) {
            let one = Unit::one();
            let fraction = unit.fraction_to(&one).and_then(|(above, below)| Exact::new(above.into(), below.into()));
            if !unit.is_one() {
                self.scale(fraction, unit.scale());
            }
        }
        self
    }

    fn scale(&mut self, fraction: Option<Exact>, factor: f64) {
        self.exact = self.exact.zip(fraction).and_then(|(exact, fraction)| exact.times(fraction));
        self.value = self.exact.map_or(self.value * factor, Exact::value);
        if fraction.is_none_or(|fraction| fraction.as_whole().is_none()) {
            self.class = Class::Float;
        }
    }

    /// The number in another unit of the same dimension.
    pub(crate) fn in_unit(&self, unit: &Unit) -> Option<Self> {
        let mine = self.unit.clone().unwrap_or_default();
        let factor = mine.factor_to(unit)?;
        let fraction = mine.fraction_to(unit).and_then(|(above, below)| Exact::new(above.into(), below.into()));
        let mut converted = Self { unit: None, ..self.clone() };
        if factor != 1.0 {
            converted.scale(fraction, factor);
        }
        Some(converted)
    }

    /// The number itself, its unit forgotten.
    pub(crate) fn bare(&self) -> Self {
        Self { unit: None, ..self.clone() }
    }

    pub(crate) fn negated(&self) -> Self {
        let class = self.class.max(Class::Int);
        Self { value: -self.value, exact: self.exact.map(Exact::negated), class, unit: self.unit.clone() }
    }

    /// Sum or difference; the unit is that of the left side. `None` where the dimensions differ.
    pub(crate) fn plus(&self, other: &Self, sign: i64) -> Option<Self> {
        let other = match &self.unit {
            Some(unit) => other.in_unit(unit)?,
            None if other.unit.is_none() => other.clone(),
            None => return None,
        };
        let other = if sign < 0 { other.negated() } else { other };
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.plus(b));
        let value = exact.map_or(self.value + other.value, Exact::value);
        let class = self.class.max(other.class).max(Class::Int);
        Some(Self { value, exact, class, unit: self.unit.clone() })
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.times(b));
        let value = exact.map_or(self.value * other.value, Exact::value);
        let class = self.class.max(other.class).max(Class::Int);
        let unit = match (&self.unit, &other.unit) {
            (Some(a), Some(b)) => Some(a.times(b)),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        Self { value, exact, class, unit }.reduced()
    }

    pub(crate) fn over(&self, other: &Self) -> Self {
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.over(b));
        let value = exact.map_or(self.value / other.value, Exact::value);
        let unit = match (&self.unit, &other.unit) {
            (None, None) => None,
            (a, b) => Some(a.clone().unwrap_or_default().over(&b.clone().unwrap_or_default())),
        };
        let mut ratio = Self { value, exact, class: Class::Float, unit }.reduced();
        ratio.class = Class::Float;
        ratio
    }

    /// The ratio in numbers, rounded down; `None` where the dimensions differ.
    pub(crate) fn floor_over(&self, other: &Self) -> Option<Self> {
        let ratio = self.over(other);
        if ratio.unit.is_some() {
            return None;
        }
        let class = self.class.max(other.class).max(Class::Int);
        Some(match ratio.exact {
            Some(exact) => Self { class, ..Self::whole(exact.floor()) },
            None => Self { value: ratio.value.floor(), exact: None, class, unit: None },
        })
    }

    /// The rest of [`Constant::floor_over`], with the sign of the divisor.
    pub(crate) fn modulo(&self, other: &Self) -> Option<Self> {
        let whole = self.floor_over(other)?;
        self.plus(&whole.times(other), -1)
    }

    /// A power with a whole or, of plain numbers, any exponent.
    pub(crate) fn power(&self, power: &Self) -> Option<Self> {
        if power.unit.is_some() {
            return None;
        }
        let whole = power.exact.and_then(Exact::as_whole).and_then(|power| i32::try_from(power).ok());
        let Some(whole) = whole else {
            return self.unit.is_none().then(|| Self::float(maths::pow(self.value, power.value)));
        };
        let unit = self.unit.as_ref().map(|unit| unit.power(whole.into()));
        let exact = self.exact.and_then(|exact| exact.power(whole.unsigned_abs()));
        let exact = if whole < 0 { exact.and_then(|exact| Exact::whole(1).over(exact)) } else { exact };
        let value = exact.map_or_else(|| maths::pow(self.value, f64::from(whole)), Exact::value);
        let class = if whole < 0 { Class::Float } else { self.class.max(power.class).max(Class::Int) };
        Some(Self { value, exact, class, unit }.reduced())
    }

    /// Order of both; `Err` where the dimensions differ, `None` for NaN.
    pub(crate) fn compare(&self, other: &Self) -> Result<Option<Ordering>, ()> {
        let other = other.in_unit(&self.unit.clone().unwrap_or_default()).ok_or(())?;
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.compare(b));
        Ok(exact.or_else(|| self.value.partial_cmp(&other.value)))
    }

    fn whole(value: i128) -> Self {
        let exact = Exact::new(value, 1);
        Self { value: value as f64, exact, class: Class::Int, unit: None }
    }

    /// Nearest multiple of `step` (a plain number).
    pub(crate) fn rounded(&self, step: &Self, rounding: crate::graph::Rounding) -> Option<Self> {
        use crate::graph::Rounding;
        let step = step.in_unit(&self.unit.clone().unwrap_or_default())?;
        let ratio = self.bare().over(&step);
        let class = self.class.max(step.class);
        let whole = match ratio.exact {
            Some(exact) => {
                let negative = exact.compare(Exact::whole(0)) == Some(Ordering::Less);
                Self::whole(match rounding {
                    Rounding::Nearest => exact.nearest(),
                    Rounding::Floor => exact.floor(),
                    Rounding::Ceiling => -exact.negated().floor(),
                    Rounding::Truncate if negative => -exact.negated().floor(),
                    Rounding::Truncate => exact.floor(),
                })
            }
            None => Self::float(match rounding {
                Rounding::Nearest => ratio.value.round_ties_even(),
                Rounding::Floor => ratio.value.floor(),
                Rounding::Ceiling => ratio.value.ceil(),
                Rounding::Truncate => ratio.value.trunc(),
            }),
        };
        let mut rounded = whole.times(&step);
        (rounded.class, rounded.unit) = (class, self.unit.clone());
        Some(rounded)
    }

    /// The nearest whole number (half to even), its distance, and whether it was a tie.
    pub(crate) fn nearest(&self) -> Option<(i64, f64, bool)> {
        if let Some(exact) = self.exact {
            let whole = i64::try_from(exact.nearest()).ok()?;
            return Some((whole, (self.value - whole as f64).abs(), exact.is_tie()));
        }
        let whole = self.value.round_ties_even();
        (whole.abs() < 9e15).then(|| (whole as i64, (self.value - whole).abs(), (self.value - whole).abs() == 0.5))
    }

    /// The whole number, if it is one.
    pub(crate) fn as_whole(&self) -> Option<i64> {
        if self.unit.is_some() {
            return None;
        }
        let (whole, away, _) = self.nearest()?;
        (away == 0.0).then_some(whole)
    }

    /// Text for messages.
    pub(crate) fn shown(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} {unit}", self.value),
            None => self.value.to_string(),
        }
    }

    /// `units` when it is written, as pint abbreviates them.
    pub(crate) fn label(&self) -> Option<String> {
        let unit = self.unit.as_ref()?.to_string();
        Some(if unit == "us" { "µs".to_owned() } else { unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str, unit: &str) -> Constant {
        let unit = (!unit.is_empty()).then(|| Unit::parse(unit).unwrap());
        Constant::exact(Exact::decimal(text).unwrap(), Class::Float, unit)
    }

    #[test]
    fn times_over_a_period_are_exact() {
        let period = number("16", "ns");
        assert_eq!(number("11.2", "us").over(&period), number("700", ""));
        assert_eq!(number("11", "us").over(&period).nearest(), Some((688, 0.5, true)));
        assert_eq!(number("2", "MHz").times(&period), number("0.032", ""));
        assert_eq!(number("1", "h").over(&number("1", "min")).as_whole(), Some(60));
    }

    #[test]
    fn sums_are_in_the_unit_of_the_left_side() {
        let sum = number("128", "ns").plus(&number("2", "us"), 1).unwrap();
        assert_eq!(sum, number("2128", "ns"));
        assert_eq!(number("1", "ns").plus(&number("1", "keV"), 1), None);
        assert_eq!(number("1", "").plus(&number("1", "keV"), 1), None);
    }

    #[test]
    fn rest_has_the_sign_of_the_divisor() {
        let rest = |a: i64, b: i64| Constant::int(a).modulo(&Constant::int(b)).unwrap().as_whole();
        assert_eq!((rest(7, 3), rest(-7, 3), rest(7, -3)), (Some(1), Some(2), Some(-2)));
    }
}
