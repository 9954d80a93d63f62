//! Density specification → compiled channels: names become indices; all mistakes are collected.

use std::sync::Arc;

use germane_numerics::special;
use germane_texts::{Diagnostic, nearest};

use super::alternatives::Alternatives;
use super::channel::{Channel, Component, Data, Slot, Weights};
use super::model::{DensityChannel, Observations};
use super::shape::Shape;
use super::spec::{Argument, ComponentSpec, Given, Normalised, ShapeSpec};
use super::{LINE, arguments_of};
use crate::likelihood::Parameter;
use crate::{pairwise, poisson};

/// Collects mistakes, and which parameters are used.
pub(super) struct Compiler<'a> {
    pub(super) parameters: &'a [Parameter],
    pub(super) used: Vec<bool>,
    pub(super) alternatives: Alternatives,
    /// Names of the columns of the channel that is compiled.
    pub(super) columns: Vec<String>,
    pub(super) problems: Vec<Diagnostic>,
}

impl Compiler<'_> {
    pub(super) fn channel(&mut self, channel: DensityChannel) -> Option<Channel> {
        let name = channel.name;
        self.columns = match &channel.observations {
            Observations::Conditional { columns, .. } => columns.iter().map(|(column, _)| column.clone()).collect(),
            _ => Vec::new(),
        };
        let (range, data) = match channel.observations {
            Observations::Events { low, high, values } => {
                let all = values.len();
                let values: Vec<f64> = values.into_iter().filter(|value| (low..high).contains(value)).collect();
                let constant = special::ln_gamma(values.len() as f64 + 1.0);
                (
                    (low, high),
                    Data::Events { outside: all - values.len(), values, columns: Vec::new(), weights: Weights::One, constant },
                )
            }
            Observations::Weighted { low, high, values, weights } => {
                let all = values.len();
                if weights.len() != all || weights.iter().any(|weight| !weight.is_finite()) {
                    let message = format!("channel `{name}`: a finite weight for each of the {all} events is needed");
                    self.problems.push(Diagnostic::new("value", message).object(name.clone()));
                }
                let inside = |(value, _): &(f64, f64)| (low..high).contains(value);
                let (values, weights): (Vec<f64>, Vec<f64>) = values.into_iter().zip(weights).filter(inside).unzip();
                let constant = special::ln_gamma(pairwise::sum(&weights) + 1.0);
                (
                    (low, high),
                    Data::Events {
                        outside: all - values.len(),
                        values,
                        columns: Vec::new(),
                        weights: Weights::Of(weights),
                        constant,
                    },
                )
            }
            Observations::Conditional { low, high, values, columns } => {
                let all = values.len();
                let inside: Vec<usize> = (0..all).filter(|event| (low..high).contains(&values[*event])).collect();
                let mut kept = Vec::with_capacity(columns.len());
                for (column, numbers) in columns {
                    let broken = inside.iter().find(|event| !numbers.get(**event).is_some_and(|number| number.is_finite()));
                    if numbers.len() != all || broken.is_some() {
                        let at = broken.map_or(String::new(), |event| format!(" (event {event} has none)"));
                        let message =
                            format!("channel `{name}`: `{column}` needs a finite number for each of the {all} events{at}");
                        self.problems.push(Diagnostic::new("value", message).object(name.clone()));
                        return None;
                    }
                    kept.push(inside.iter().map(|event| numbers[*event]).collect());
                }
                let values: Vec<f64> = inside.iter().map(|event| values[*event]).collect();
                let constant = special::ln_gamma(values.len() as f64 + 1.0);
                (
                    (low, high),
                    Data::Events { outside: all - values.len(), values, columns: kept, weights: Weights::One, constant },
                )
            }
            Observations::Counts { edges, counts } => {
                let range = (edges.first().copied().unwrap_or(f64::NAN), edges.last().copied().unwrap_or(f64::NAN));
                let ascending = edges.windows(2).all(|pair| pair[0] < pair[1]) && edges.iter().all(|edge| edge.is_finite());
                if !ascending || edges.len() != counts.len() + 1 {
                    let message = format!("channel `{name}`: {} ascending edges are needed", counts.len() + 1);
                    self.problems.push(Diagnostic::new("value", message).object(name.clone()));
                }
                if let Some(bin) = counts.iter().position(|count| !(*count >= 0.0 && count.is_finite())) {
                    let message = format!("channel `{name}`: the count of bin {bin} is {}", counts[bin]);
                    self.problems.push(Diagnostic::new("value", message).object(name.clone()));
                }
                let least = counts.iter().map(|count| poisson::least(*count)).collect();
                (range, Data::Counts { edges, counts, least })
            }
        };
        if !(range.0 < range.1 && range.0.is_finite() && range.1.is_finite()) {
            let message = format!("channel `{name}`: [{}, {}] is no range", range.0, range.1);
            self.problems.push(Diagnostic::new("value", message).object(name.clone()));
        }
        if channel.density.components.is_empty() {
            self.problems.push(Diagnostic::new("value", format!("channel `{name}` has no component")).object(name.clone()));
        }
        let components: Vec<_> = channel.density.components.iter().map(|component| self.component(component)).collect();
        let components = components.into_iter().collect::<Option<Vec<Component>>>()?;
        let conditional: Vec<usize> = (0..components.len()).filter(|index| components[*index].is_conditional()).collect();
        Some(Channel { name, components, conditional, range, data, extended: true })
    }

    pub(super) fn component(&mut self, component: &ComponentSpec) -> Option<Component> {
        let name = component.name.clone();
        let mistakes = component.shape.check();
        let failed = !mistakes.is_empty();
        self.problems.extend(mistakes.into_iter().map(|problem| {
            let object = problem.object.clone().map_or(name.clone(), |object| format!("{name}.{object}"));
            problem.object(object)
        }));
        let yields = self.slot(Some(&component.yields), &name, "yield");
        if failed {
            return None;
        }
        let shape = &component.shape;
        let whole = component.normalised == Normalised::Line;
        if whole && (shape.convolve.is_some() || !LINE.contains(&shape.name.as_str())) {
            let message = format!("`{}` of component `{name}` cannot be normalised on the whole line", shape.name);
            let problem = Diagnostic::new("value", message).object(format!("{name}.{}", shape.name));
            self.problems.push(problem.advice(format!("one of {} can", LINE.join(", "))));
            return None;
        }
        let mut arguments = Vec::new();
        let mut add = |compiler: &mut Self, from: &ShapeSpec, argument: &str| {
            arguments.push(compiler.slot(from.argument(argument), &name, argument));
        };
        let kind = match (&shape.convolve, shape.name.as_str()) {
            (Some(with), _) => {
                let (line, resolution) = if shape.name == "breit_wigner" { (shape, &**with) } else { (&**with, shape) };
                add(self, line, "mean");
                add(self, line, "width");
                add(self, resolution, "sigma");
                add(self, resolution, "mean");
                Shape::Voigtian
            }
            (None, "voigtian") => {
                for argument in ["mean", "width", "sigma"] {
                    add(self, shape, argument);
                }
                arguments.push(Some(Slot::Constant(0.0)));
                Shape::Voigtian
            }
            (None, kind) => match &shape.given {
                Given::Kernels(kernels) => {
                    add(self, shape, "bandwidth");
                    Shape::KernelEstimate(Arc::clone(kernels))
                }
                Given::Histogram(histogram) => Shape::Histogram(Arc::clone(histogram)),
                Given::Expression(expression) => {
                    let list = shape.arguments.iter().map(|(_, argument)| argument);
                    arguments.extend(list.map(|argument| self.slot(Some(argument), &name, "argument")));
                    Shape::Expression(Arc::clone(expression))
                }
                Given::Nothing => {
                    for argument in arguments_of(kind).unwrap_or_default() {
                        let values: Vec<&Argument> =
                            shape.arguments.iter().filter(|(given, _)| given == argument).map(|(_, value)| value).collect();
                        match values.as_slice() {
                            [] => arguments.push(self.slot(None, &name, argument)),
                            _ => arguments.extend(values.into_iter().map(|value| self.slot(Some(value), &name, argument))),
                        }
                    }
                    Shape::named(kind, arguments.len())?
                }
            },
        };
        let arguments = arguments.into_iter().collect::<Option<Vec<Slot>>>()?;
        if whole && arguments.iter().any(|slot| matches!(slot, Slot::Column { .. })) {
            let message = format!("component `{name}` has a column and cannot be normalised on the whole line");
            self.problems.push(Diagnostic::new("value", message).object(name));
            return None;
        }
        let when = match &component.when {
            Some((choice, function)) => Some((self.alternatives.index(choice)?, *function)),
            None => None,
        };
        let component = Component { name, yields: yields?, shape: kind, arguments, whole, when };
        self.alternatives.note(&component);
        Some(component)
    }

    /// The number of a column of the channel's events.
    fn column(&mut self, name: &str, component: &str, what: &str) -> Option<usize> {
        let found = self.columns.iter().position(|known| known == name);
        if what == "yield" || found.is_none() {
            let message = if what == "yield" {
                format!("the yield of component `{component}` cannot be a column")
            } else {
                format!("`{what}` of component `{component}`: the events have no column `{name}`")
            };
            let mut problem = Diagnostic::new("name", message).object(format!("{component}.{what}"));
            if let Some(near) = nearest(name, self.columns.iter().map(String::as_str)).filter(|_| found.is_none()) {
                problem = problem.nearest(near);
            }
            self.problems.push(problem);
            return None;
        }
        found
    }

    /// The parameter or number behind an argument; an argument that may be left out is 0.
    fn slot(&mut self, argument: Option<&Argument>, component: &str, what: &str) -> Option<Slot> {
        let parameter = match argument {
            None => return Some(Slot::Constant(0.0)),
            Some(Argument::Constant(value)) => return Some(Slot::Constant(*value)),
            Some(Argument::Parameter(parameter)) => parameter,
            Some(Argument::Column { name, scale }) => {
                let scale = match scale {
                    Some(scale) => match self.slot(Some(&Argument::Parameter(scale.clone())), component, what)? {
                        Slot::Parameter(index) => Some(index),
                        Slot::Constant(_) | Slot::Column { .. } => None,
                    },
                    None => None,
                };
                return self.column(name, component, what).map(|column| Slot::Column { column, scale });
            }
        };
        if let Some(index) = self.parameters.iter().position(|known| known.name == *parameter) {
            self.used[index] = true;
            return Some(Slot::Parameter(index));
        }
        let message = format!("`{what}` of component `{component}`: no parameter `{parameter}`");
        let mut problem = Diagnostic::new("name", message).object(format!("{component}.{what}"));
        if let Some(near) = nearest(parameter, self.parameters.iter().map(|known| known.name.as_str())) {
            problem = problem.nearest(near);
        }
        self.problems.push(problem);
        None
    }
}
