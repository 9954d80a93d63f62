//! Outputs as they stand among arguments: `name`, `name(shape, dtype, grid=…, unit=…, vector_len=…)`.

use super::builder::Handle;
use super::{Expression, Language, MOST_SAMPLES, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Grid, Kind, Offset, Period, Shape, VariableId};
use germane_expressions::syntax::Syntax;
use germane_texts::nearest;

const KEYWORDS: [&str; 8] = ["shape", "dtype", "grid", "unit", "period", "offset", "is_coord", "vector_len"];

/// What says how long a vector is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Counter {
    /// another output of the node
    Output(String),
    Variable(VariableId),
}

/// What is said of an output.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) length: Option<(usize, Place)>,
    pub(crate) element: Option<Element>,
    pub(crate) grid: Option<Grid>,
    /// `unit`; an empty one is none
    pub(crate) label: Option<String>,
    pub(crate) is_point: Option<bool>,
    pub(crate) counter: Option<Counter>,
}

impl Declaration {
    pub(crate) fn new(name: &str, place: Place) -> Self {
        let name = name.to_owned();
        Self { name, place, length: None, element: None, grid: None, label: None, is_point: None, counter: None }
    }
}

impl<'a> Language<'a> {
    /// The output that an argument names, if it names one of `names`; `Err` where its declaration is wrong.
    pub(crate) fn declaration(&mut self, argument: &Expression<'a>, names: &[String]) -> Option<Result<Declaration, ()>> {
        let (script, place) = (&argument.script, argument.place());
        let tree = script.tree.clone();
        let (word, args, keywords) = match tree.get(argument.id) {
            Syntax::Name(name) if names.contains(name) => return Some(Ok(Declaration::new(name, place))),
            Syntax::Call { name, args, keywords } if names.contains(&name.text) => (name, args, keywords),
            _ => return None,
        };
        let mut made = Declaration::new(&word.text, place);
        let mut given = Vec::new();
        // Arguments without a name fill shape and type in this order, as far as these are not given by name.
        let mut unnamed = KEYWORDS[..2].iter().filter(|name| keywords.iter().all(|(keyword, _)| keyword.text != **name));
        for id in args {
            match unnamed.next() {
                Some(keyword) => given.push((*keyword, *id)),
                None => {
                    let message = "an output takes two arguments without a name: shape and type";
                    self.wrong("call", message, script.place(*id));
                    return Some(Err(()));
                }
            }
        }
        let mut failed = false;
        for (keyword, id) in keywords {
            match KEYWORDS.iter().find(|known| **known == keyword.text) {
                Some(known) if given.iter().all(|(name, _)| name != known) => given.push((known, *id)),
                Some(_) => {
                    self.wrong("call", format!("`{}` is given twice", keyword.text), script.place_of(keyword.place()));
                    failed = true;
                }
                None => {
                    let place = script.place_of(keyword.place());
                    let mut problem = self.chain.problem("call", format!("an output has no `{}`", keyword.text), place);
                    problem = match nearest(&keyword.text, KEYWORDS) {
                        Some(name) => problem.nearest(name),
                        None => problem.advice(format!("known: {}", KEYWORDS.join(", "))),
                    };
                    self.report(problem);
                    failed = true;
                }
            }
        }
        let (mut period, mut offset) = (None, None);
        for (keyword, id) in given {
            let part = Expression { script: script.clone(), id };
            let fine = match keyword {
                "shape" => self.declared_length(&part).map(|length| made.length = Some(length)),
                "dtype" => {
                    let value = self.value(script, id);
                    self.element_of(&value, part.place()).map(|element| made.element = Some(element))
                }
                "unit" => self.declared_unit(&part).map(|unit| made.label = Some(unit)),
                "grid" => self.declared_grid(&part).ok().map(|grid| made.grid = grid),
                "period" => self.declared_period(&part).map(|value| period = Some(value)),
                "offset" => self.declared_offset(&part).map(|value| offset = Some(value)),
                "is_coord" => match self.value(script, id) {
                    Value::Number(constant) => {
                        made.is_point = Some(constant.value != 0.0);
                        Some(())
                    }
                    _ => None,
                },
                _ => self.counter(&part, names).map(|counter| made.counter = Some(counter)),
            };
            failed |= fine.is_none();
        }
        if let (Some(period), false) = (period, failed) {
            let offset = offset.map(|(offset, unit): (Offset, germane_columns::Unit)| {
                let from = Grid { period: Period { value: 1.0, unit }, offset };
                self.offset_in(&from, &period.unit)
            });
            made.grid = Some(Grid { period, offset: offset.unwrap_or_default() });
        } else if let (Some((offset, unit)), Some(grid)) = (offset, &mut made.grid) {
            let from = Grid { period: Period { value: 1.0, unit }, offset };
            grid.offset = self.offset_in(&from, &grid.period.unit);
        }
        Some(if failed { Err(()) } else { Ok(made) })
    }

    fn declared_length(&mut self, part: &Expression<'a>) -> Option<(usize, Place)> {
        let place = part.place();
        let id = match part.script.tree.get(part.id) {
            Syntax::Tuple(items) | Syntax::List(items) if items.len() == 1 => items[0],
            Syntax::Tuple(_) | Syntax::List(_) => {
                self.wrong("shape", "an output has one axis of samples", place);
                return None;
            }
            _ => part.id,
        };
        let constant = match self.value(&part.script, id) {
            Value::Number(constant) => constant,
            Value::Failed => return None,
            Value::Variable(_) => {
                self.wrong_do("shape", "a length must be known while planning", place, "write `vector_len=n` for vectors");
                return None;
            }
            _ => {
                self.wrong("shape", "expected a length", place);
                return None;
            }
        };
        let whole = constant.nearest().filter(|_| constant.unit.is_none());
        let Some((length, away, _)) = whole else {
            self.wrong("shape", format!("`{}` is no length", constant.shown()), place);
            return None;
        };
        if away > 1e-4 {
            let problem = self.chain.problem("shape", format!("a length of {} is taken as {length}", constant.value), place);
            self.warn(problem);
        }
        match usize::try_from(length).ok().filter(|length| *length <= MOST_SAMPLES) {
            Some(length) => Some((length, place)),
            None => {
                self.wrong("shape", format!("a length of {length} is not between 0 and {MOST_SAMPLES}"), place);
                None
            }
        }
    }

    /// Text of a unit: `'ADC'`, `ns`, `waveform.unit`.
    pub(crate) fn declared_unit(&mut self, part: &Expression<'a>) -> Option<String> {
        match self.value(&part.script, part.id) {
            Value::Text(text) => Some(text),
            Value::Number(constant) if constant.value == 1.0 => {
                Some(constant.unit.map_or_else(String::new, |unit| unit.to_string()))
            }
            Value::Failed => None,
            _ => {
                self.wrong_do("unit", "expected a unit", part.place(), "e.g. unit='ADC'");
                None
            }
        }
    }

    /// Grid of a value: one, that of a waveform or time point, or of a period.
    pub(crate) fn declared_grid(&mut self, part: &Expression<'a>) -> Result<Option<Grid>, ()> {
        let place = part.place();
        if matches!(part.script.tree.get(part.id), Syntax::Name(name) if name == "None") {
            return Ok(None);
        }
        if let Syntax::List(items) | Syntax::Tuple(items) = part.script.tree.get(part.id)
            && let [period, offset] = items[..]
        {
            let period = self.declared_period(&Expression { script: part.script.clone(), id: period }).ok_or(())?;
            let (offset, unit) = self.declared_offset(&Expression { script: part.script.clone(), id: offset }).ok_or(())?;
            let from = Grid { period: Period { value: 1.0, unit }, offset };
            let offset = self.offset_in(&from, &period.unit);
            return Ok(Some(Grid { period, offset }));
        }
        match self.value(&part.script, part.id) {
            Value::Grid(grid) => Ok(Some(grid)),
            Value::Variable(Handle { kind: Kind::Waveform(grid) | Kind::Point { grid, .. }, .. }) => Ok(Some(grid)),
            Value::Number(constant) if constant.unit.is_some() => {
                let unit = constant.unit.clone().ok_or(())?;
                Ok(Some(Grid { period: Period { value: constant.value, unit }, offset: Offset::default() }))
            }
            Value::Text(text) => match germane_columns::Unit::parse(&text) {
                Ok(unit) => Ok(Some(Grid { period: Period { value: 1.0, unit }, offset: Offset::default() })),
                Err(_) => {
                    self.wrong("grid", format!("`{text}` is no unit"), place);
                    Err(())
                }
            },
            Value::Failed => Err(()),
            _ => {
                self.wrong_do("grid", "expected a grid", place, "e.g. grid=waveform.grid");
                Err(())
            }
        }
    }

    fn declared_period(&mut self, part: &Expression<'a>) -> Option<Period> {
        match self.value(&part.script, part.id) {
            Value::Number(constant) if constant.value > 0.0 && constant.value.is_finite() => {
                let value = constant.value;
                if let Some(unit) = constant.unit {
                    return Some(Period { value, unit });
                }
                self.wrong_do("grid", "a period needs a unit", part.place(), "e.g. period=waveform.period/4");
                None
            }
            Value::Failed => None,
            _ => {
                self.wrong_do("grid", "expected a period", part.place(), "e.g. period=waveform.period/4");
                None
            }
        }
    }

    fn declared_offset(&mut self, part: &Expression<'a>) -> Option<(Offset, germane_columns::Unit)> {
        let place = part.place();
        match self.value(&part.script, part.id) {
            Value::Offset(offset, unit) => Some((offset, unit)),
            Value::Number(constant) if constant.unit.is_some() || constant.value == 0.0 => {
                let unit = constant.unit.clone().or_else(|| germane_columns::Unit::named("ns"))?;
                Some((Offset { variable: None, constant: constant.value }, unit))
            }
            Value::Variable(handle) if handle.is_scalar() => {
                let unit = handle.label.as_deref().and_then(|label| germane_columns::Unit::parse(label).ok());
                let Some(unit) = unit else {
                    self.wrong("grid", "the offset of a grid is a time", place);
                    return None;
                };
                let handle = self.cast(&handle, Element::F64);
                Some((Offset { variable: Some(handle.id), constant: 0.0 }, unit))
            }
            Value::Failed => None,
            _ => {
                self.wrong_do("grid", "expected a time", place, "e.g. offset=waveform.offset");
                None
            }
        }
    }

    fn counter(&mut self, part: &Expression<'a>, names: &[String]) -> Option<Counter> {
        if let Syntax::Name(name) = part.script.tree.get(part.id)
            && names.contains(name)
        {
            return Some(Counter::Output(name.clone()));
        }
        match self.value(&part.script, part.id) {
            Value::Variable(handle) if handle.shape == Shape::Scalar => Some(Counter::Variable(handle.id)),
            Value::Failed => None,
            _ => {
                self.wrong_do("shape", "expected a count of each event", part.place(), "the name of an output of this node");
                None
            }
        }
    }
}
