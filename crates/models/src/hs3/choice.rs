//! Choices between distributions: their indices, and the parameters that only some functions have.

use germane_texts::{Diagnostic, Span};

use super::distribution::OneOf;
use super::graph::{Graph, Quantity};
use super::part::Slots;
use crate::choice::{Choice, ChoiceFunction, Choices};
use crate::density::ChoiceSpec;
use crate::likelihood::Parameter;

/// A choice of the document; distributions with the same index are chosen together.
pub(super) struct GraphChoice {
    /// The parameter that is the index.
    index: usize,
    span: Span,
    correction: f64,
    /// Names and parameters of the functions; of several distributions with one index those of all.
    functions: Vec<(Vec<String>, Vec<usize>)>,
}

impl GraphChoice {
    /// A function depends on these parameters.
    pub(super) fn uses(&mut self, function: usize, parameters: impl Iterator<Item = usize>) {
        self.functions[function].1.extend(parameters);
    }

    /// The parameter that is the index.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// What a channel says of it; the correction is that of the whole model.
    pub(super) fn spec(&self, slots: &mut Slots) -> ChoiceSpec {
        let name = slots.number(&Quantity::Parameter(self.index)).to_string();
        let functions = self.functions.iter().map(|(names, _)| names.join(" + ")).collect();
        ChoiceSpec { name, functions, correction: 0.0 }
    }

    fn finished(&self) -> Choice {
        let function = |(names, parameters): &(Vec<String>, Vec<usize>)| {
            let mut parameters = parameters.clone();
            parameters.sort_unstable();
            parameters.dedup();
            ChoiceFunction { name: names.join(" + "), parameters }
        };
        let functions = self.functions.iter().map(function).collect();
        Choice { index: self.index, functions, correction: self.correction }
    }
}

impl Graph<'_> {
    /// The number of the choice of a distribution; mistakes are reported.
    pub(super) fn choice(&mut self, of: &OneOf) -> Option<usize> {
        let (name, span, count) = (&of.index.name, of.index.span, of.functions.len());
        let own = |place: usize| of.functions[place].name.clone();
        let known = self.known(name);
        if let Some(number) = self.choices.iter().position(|choice| known == Some(choice.index)) {
            let choice = &mut self.choices[number];
            if choice.functions.len() != count || choice.correction != of.correction {
                let message = format!("the index `{name}` chooses between {} functions elsewhere", choice.functions.len());
                let message = if choice.functions.len() == count {
                    format!("the index `{name}` has another correction elsewhere")
                } else {
                    message
                };
                let problem = Diagnostic::new("value", message).at(self.source(), span);
                let first = self.choices[number].span;
                self.problems.push(problem.also(first, "first here"));
                return None;
            }
            for (place, (names, _)) in choice.functions.iter_mut().enumerate() {
                if !names.contains(&own(place)) {
                    names.push(own(place));
                }
            }
            return Some(number);
        }
        if known.is_some() {
            self.report("value", format!("`{name}` is an index here and a parameter elsewhere"), span);
            return None;
        }
        let last = (count - 1) as f64;
        let mut parameter = self.described(name).unwrap_or_else(|| Parameter::new(name.clone(), 0.0));
        (parameter.lower, parameter.upper) = (0.0, last);
        if !(parameter.start.fract() == 0.0 && (0.0..=last).contains(&parameter.start)) {
            let message = format!("the index `{name}` is {}, no whole number from 0 to {last}", parameter.start);
            self.report("value", message, span);
        }
        let index = self.add(parameter);
        let functions = (0..count).map(|place| (vec![own(place)], Vec::new())).collect();
        self.choices.push(GraphChoice { index, span, correction: of.correction, functions });
        Some(self.choices.len() - 1)
    }

    /// All choices, with the parameters that other things depend on, too; mistakes are reported.
    pub(super) fn finished_choices(&mut self) -> Option<Choices> {
        let always = std::mem::take(&mut self.always);
        finished(&self.choices, always, &self.parameters).unwrap_or_else(|found| {
            found.into_iter().for_each(|(message, span)| self.report("value", message, span));
            None
        })
    }
}

/// All choices; `always` are the parameters that other things depend on, too.
///
/// # Errors
/// Mistakes in words, with their places.
pub(super) fn finished(
    choices: &[GraphChoice],
    mut always: Vec<usize>,
    parameters: &[Parameter],
) -> Result<Option<Choices>, Vec<(String, Span)>> {
    let Some(first) = choices.first() else { return Ok(None) };
    let all: Vec<Choice> = choices.iter().map(GraphChoice::finished).collect();
    always.sort_unstable();
    always.dedup();
    let functions = || all.iter().flat_map(|choice| &choice.functions);
    let depends = |index: usize| always.contains(&index) || functions().any(|function| function.parameters.contains(&index));
    let twice = choices.iter().filter(|choice| depends(choice.index));
    let message =
        |choice: &GraphChoice| format!("`{}` is an index here and a parameter elsewhere", parameters[choice.index].name);
    let found: Vec<_> = twice.map(|choice| (message(choice), choice.span)).collect();
    if found.is_empty() { Choices::new(all, always).map(Some).map_err(|message| vec![(message, first.span)]) } else { Err(found) }
}
