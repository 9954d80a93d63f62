//! A walk over a syntax tree.

use super::builder::Handle;
use super::constant::{Class, Constant};
use super::exact::Exact;
use super::parameters::parameter_name;
use super::{Language, Script, Value, names};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Binary, Kind, Period, Unary};
use germane_expressions::syntax::{self, Comparison, Literal, Syntax, SyntaxId};
use germane_texts::nearest;

/// Attributes of variables.
const ATTRIBUTES: [&str; 6] = ["period", "offset", "grid", "unit", "dtype", "shape"];

impl<'a> Language<'a> {
    /// Value of a part of a script.
    pub(crate) fn value(&mut self, script: &Script<'a>, id: SyntaxId) -> Value {
        let place = script.place(id);
        let tree = script.tree.clone();
        match tree.get(id) {
            Syntax::Number { value, unit } => number(script, id, *value, unit.as_ref()),
            Syntax::Text(text) => self.text(text, place),
            Syntax::Name(name) => self.name(name, place),
            Syntax::Bracket(of) => self.value(script, *of),
            Syntax::Unary { op, of } => {
                let value = self.value(script, *of);
                let of_bool = matches!(&value, Value::Variable(handle) if handle.element == Element::Bool)
                    || matches!(&value, Value::Number(constant) if constant.class == Class::Bool);
                match op {
                    syntax::Unary::Plus => value,
                    syntax::Unary::Negate => self.unary(Unary::Negate, value, place),
                    syntax::Unary::Not => self.unary(Unary::Not, value, place),
                    syntax::Unary::BitNot if of_bool => self.unary(Unary::Not, value, place),
                    syntax::Unary::BitNot => match value {
                        Value::Failed => value,
                        _ => self.wrong("type", "`~` turns conditions round, this is a number", place),
                    },
                }
            }
            Syntax::Binary { .. } => self.operators(script, id),
            Syntax::Compare { parts, ops } => self.comparisons(script, parts, ops, place),
            Syntax::Choose { condition, then, otherwise } => {
                let condition = self.value(script, *condition);
                let then = self.value(script, *then);
                let otherwise = self.value(script, *otherwise);
                self.choose(&condition, then, otherwise, place)
            }
            Syntax::Field { of, name } => self.field(script, id, *of, &name.text),
            Syntax::Subscript { of, index } => self.subscript(script, *of, *index, place),
            Syntax::Slice { of, low, high, step } => self.slice(script, *of, [*low, *high, *step], place),
            Syntax::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.value(script, *item)).collect();
                self.list(&items, place)
            }
            Syntax::Tuple(_) => self.wrong("kind", "several values stand here, expected one", place),
            Syntax::Call { name, args, keywords } => self.function(script, &name.text, args, keywords, place),
            Syntax::Method { of, name, args, keywords } => {
                let is_numpy = matches!(tree.get(*of), Syntax::Name(module) if module == "np" || module == "numpy");
                if is_numpy {
                    self.numpy_function(script, &name.text, args, keywords, place)
                } else {
                    let advice = "a processor has a node of its own: `name: module.function(…, name)`";
                    self.wrong_do("call", "this call cannot stand inside an expression", place, advice)
                }
            }
            Syntax::In { .. } => self.wrong_do("syntax", "`in` means nothing in a chain", place, "write `x == a or x == b`"),
            Syntax::IsNull(_) => self.wrong_do("syntax", "`is null` means nothing in a chain", place, "write `isnan(x)`"),
            Syntax::As { .. } => self.wrong("syntax", "`as` means nothing in a chain", place),
            Syntax::Hole => Value::Failed,
        }
    }

    /// A text; one that is the name of a parameter becomes its text, as in the texts of dspeed.
    fn text(&mut self, text: &str, place: Place) -> Value {
        if text.starts_with("db.") && text.split('.').all(|part| !part.is_empty()) {
            let Some((node, _)) = self.parameter(text, place) else { return Value::Failed };
            return match node.scalar_text() {
                Some(text) => Value::Text(text.to_owned()),
                None => self.wrong("kind", format!("`{text}` is {}, expected text", node.kind()), place),
            };
        }
        Value::Text(text.to_owned())
    }

    /// Operators from the left, walked in a loop.
    fn operators(&mut self, script: &Script<'a>, id: SyntaxId) -> Value {
        let tree = script.tree.clone();
        let mut chain = Vec::new();
        let mut first = id;
        while let Syntax::Binary { op, left, right, .. } = tree.get(first) {
            chain.push((first, *op, *left, *right));
            first = *left;
        }
        let mut value = self.value(script, first);
        for (whole, op, left, right) in chain.into_iter().rev() {
            let place = script.place(whole);
            if matches!(op, syntax::Binary::Multiply | syntax::Binary::Divide) {
                self.check_hidden_unit(script, left, right);
            }
            let other = self.value(script, right);
            let operation = match op {
                syntax::Binary::Add => Binary::Add,
                syntax::Binary::Subtract => Binary::Subtract,
                syntax::Binary::Multiply => Binary::Multiply,
                syntax::Binary::Divide => Binary::Divide,
                syntax::Binary::FloorDivide => Binary::FloorDivide,
                syntax::Binary::Modulo => Binary::Modulo,
                syntax::Binary::Power => Binary::Power,
                syntax::Binary::And | syntax::Binary::BitAnd => Binary::And,
                syntax::Binary::Or | syntax::Binary::BitOr => Binary::Or,
                syntax::Binary::Default => {
                    self.wrong_do("syntax", "`??` means nothing in a chain", place, "write `where(isnan(x), y, x)`");
                    value = Value::Failed;
                    continue;
                }
            };
            value = self.binary(operation, value, other, place);
        }
        value
    }

    /// `3*ns` where `ns` is a column: which is meant cannot be known.
    fn check_hidden_unit(&mut self, script: &Script<'a>, left: SyntaxId, right: SyntaxId) {
        let Syntax::Name(name) = script.tree.get(right) else { return };
        let is_number = matches!(script.tree.get(left), Syntax::Number { .. });
        if is_number && names::unit(name).is_some() && self.is_variable(name) {
            let message = format!("`{name}` is a variable here, which hides the unit");
            let advice = format!("write `({name})` for the variable, `{} {name}` for the unit", script.written(left));
            self.wrong_do("unit", message, script.place(right), &advice);
        }
    }

    fn comparisons(
        &mut self,
        script: &Script<'a>,
        parts: &[SyntaxId],
        ops: &[(Comparison, std::ops::Range<usize>)],
        place: Place,
    ) -> Value {
        let values: Vec<Value> = parts.iter().map(|part| self.value(script, *part)).collect();
        let mut all: Option<Value> = None;
        for (pair, (comparison, _)) in values.windows(2).zip(ops) {
            let operation = match comparison {
                Comparison::Less => Binary::Less,
                Comparison::LessEqual => Binary::LessEqual,
                Comparison::Greater => Binary::Greater,
                Comparison::GreaterEqual => Binary::GreaterEqual,
                Comparison::Equal => Binary::Equal,
                Comparison::NotEqual => Binary::NotEqual,
            };
            let one = self.binary(operation, pair[0].clone(), pair[1].clone(), place);
            all = Some(match all {
                Some(before) => self.binary(Binary::And, before, one, place),
                None => one,
            });
        }
        all.unwrap_or(Value::Failed)
    }

    fn field(&mut self, script: &Script<'a>, id: SyntaxId, of: SyntaxId, name: &str) -> Value {
        let place = script.place(id);
        if let Some(parameter) = parameter_name(&script.tree, id) {
            return self.parameter_value(&parameter, place, (&script.tree, id));
        }
        if let Syntax::Name(module) = script.tree.get(of)
            && matches!(module.as_str(), "np" | "numpy")
            && !self.is_variable(module)
        {
            return self.numpy_constant(name, place);
        }
        let value = self.value(script, of);
        let handle = match value {
            Value::Variable(handle) => handle,
            Value::Failed => return Value::Failed,
            Value::Grid(grid) => match name {
                "period" => return period(&grid.period),
                "offset" => return Value::Offset(grid.offset, grid.period.unit),
                _ => return self.no_attribute(name, place),
            },
            Value::Array(array) => match name {
                "shape" => return Value::Number(Constant::int(array.values.len() as i64)),
                "dtype" => return Value::Text(array.element.name().to_owned()),
                _ => return self.no_attribute(name, place),
            },
            _ => return self.no_attribute(name, place),
        };
        self.attribute(&handle, name, place)
    }

    fn attribute(&mut self, handle: &Handle, name: &str, place: Place) -> Value {
        let grid = match &handle.kind {
            Kind::Waveform(grid) | Kind::Point { grid, .. } => Some(grid),
            _ => None,
        };
        match (name, grid, &handle.kind) {
            ("period", Some(grid), _) => period(&grid.period),
            ("period", None, Kind::Duration { period: of, .. }) => period(of),
            ("offset", Some(grid), _) => Value::Offset(grid.offset, grid.period.unit.clone()),
            ("grid", Some(grid), _) => Value::Grid(grid.clone()),
            ("period" | "offset" | "grid", ..) => {
                let title = self.title(place);
                let advice = "give it one: `name(length, 'f', grid=waveform.grid)`";
                self.wrong_do("grid", format!("`{title}`: this has no time grid"), place, advice)
            }
            ("unit", _, Kind::Point { unit, .. } | Kind::Duration { unit, .. }) => Value::Text(unit.to_string()),
            ("unit", ..) => Value::Text(handle.label.clone().unwrap_or_default()),
            ("dtype", ..) => Value::Text(handle.element.name().to_owned()),
            ("shape", ..) => Value::Number(Constant::int(handle.length() as i64)),
            _ => self.no_attribute(name, place),
        }
    }

    fn no_attribute(&mut self, name: &str, place: Place) -> Value {
        let mut problem = self.chain.problem("field", format!("no attribute `{name}` here"), place);
        problem = match nearest(name, ATTRIBUTES) {
            Some(name) => problem.nearest(name),
            None => problem.advice(format!("known: {}", ATTRIBUTES.join(", "))),
        };
        self.report(problem)
    }
}

fn period(period: &Period) -> Value {
    Value::Number(Constant::of_file(period.value, Some(period.unit.clone())))
}

/// A number as it is written, exactly.
fn number(script: &Script<'_>, id: SyntaxId, literal: Literal, unit: Option<&germane_columns::Unit>) -> Value {
    let (class, value) = match literal {
        Literal::Int(value) => (Class::Int, value as f64),
        Literal::Float(value) => (Class::Float, value),
    };
    let written: String = script.tree.text[script.tree.place(id)].iter().collect();
    let end = written.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | 'e' | 'E' | '+' | '-')));
    let digits = written[..end.unwrap_or(written.len())].trim_end_matches(['e', 'E']);
    let class = if unit.is_some() && !digits.contains(['.', 'e', 'E']) { Class::Int } else { class };
    Value::Number(match Exact::decimal(digits).filter(|exact| exact.value() == value) {
        Some(exact) => Constant::exact(exact, class, unit.cloned()),
        None => match unit {
            Some(unit) => Constant::float(value).times(&Constant::one(unit.clone())),
            None => Constant::float(value),
        },
    })
}
