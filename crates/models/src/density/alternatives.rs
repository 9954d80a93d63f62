//! Choices between functions, as the components of a model name them → what the likelihood says of them.

use std::sync::Arc;

use germane_texts::Diagnostic;

use super::channel::{Component, Slot};
use super::model::DensityChannel;
use super::spec::ChoiceSpec;
use crate::choice::{Choice, ChoiceFunction, Choices};
use crate::likelihood::Parameter;

/// The choices of a model while it is compiled.
#[derive(Debug, Default)]
pub(super) struct Alternatives {
    known: Vec<Known>,
    /// Parameters that a component without choice uses.
    always: Vec<usize>,
}

#[derive(Debug)]
struct Known {
    spec: Arc<ChoiceSpec>,
    index: usize,
    /// Of each function the parameters of its shapes, those of its yields, and whether it has a component.
    functions: Vec<(Vec<usize>, Vec<usize>, bool)>,
}

impl Alternatives {
    /// The choices of all components. An index that is no parameter yet becomes one.
    pub(super) fn new(channels: &[DensityChannel], parameters: &mut Vec<Parameter>, problems: &mut Vec<Diagnostic>) -> Self {
        let mut found = Self::default();
        let components = channels.iter().flat_map(|channel| &channel.density.components);
        for (spec, function) in components.filter_map(|component| component.when.as_ref()) {
            let problem = |message: String| Diagnostic::new("value", message).object(spec.name.clone());
            if *function >= spec.functions.len() {
                problems.push(problem(format!(
                    "`{}` has {} functions, not a number {function}",
                    spec.name,
                    spec.functions.len()
                )));
                continue;
            }
            if let Some(known) = found.known.iter().find(|known| known.spec.name == spec.name) {
                if known.spec != *spec {
                    problems.push(problem(format!("the choice `{}` is described twice, and differently", spec.name)));
                }
                continue;
            }
            if !(spec.correction.is_finite() && spec.correction >= 0.0) {
                problems.push(problem(format!("the correction of `{}` is {}", spec.name, spec.correction)));
            }
            let last = (spec.functions.len() - 1) as f64;
            let index = match parameters.iter().position(|parameter| parameter.name == spec.name) {
                Some(index) => index,
                None => {
                    parameters.push(Parameter::new(spec.name.clone(), 0.0).within(0.0, last));
                    parameters.len() - 1
                }
            };
            let functions = vec![(Vec::new(), Vec::new(), false); spec.functions.len()];
            found.known.push(Known { spec: Arc::clone(spec), index, functions });
        }
        found
    }

    /// The index of a choice.
    pub(super) fn index(&self, spec: &ChoiceSpec) -> Option<usize> {
        self.known.iter().find(|known| known.spec.name == spec.name).map(|known| known.index)
    }

    /// Whether a parameter is the index of a choice.
    pub(super) fn is_index(&self, parameter: usize) -> bool {
        self.known.iter().any(|known| known.index == parameter)
    }

    /// Takes down the parameters of a component.
    pub(super) fn note(&mut self, component: &Component) {
        let arguments = component.arguments.iter().copied().filter_map(Slot::index);
        match component.when {
            None => self.always.extend(arguments.chain(component.yields.index())),
            Some((index, function)) => {
                let known = self.known.iter_mut().find(|known| known.index == index);
                if let Some((shapes, yields, there)) = known.and_then(|known| known.functions.get_mut(function)) {
                    shapes.extend(arguments);
                    yields.extend(component.yields.index());
                    *there = true;
                }
            }
        }
    }

    /// What the likelihood says of its choices; nothing if it has none.
    pub(super) fn finish(mut self, problems: &mut Vec<Diagnostic>) -> Option<Choices> {
        if self.known.is_empty() {
            return None;
        }
        let mut all = Vec::new();
        for known in self.known {
            let name = &known.spec.name;
            if let Some(missing) = known.functions.iter().position(|(_, _, there)| !there) {
                let message = format!("function `{}` of `{name}` has no component", known.spec.functions[missing]);
                problems.push(Diagnostic::new("value", message).object(name.clone()));
            }
            // A yield that all functions have is none of theirs.
            let common = |index: &usize| known.functions.iter().all(|(_, yields, _)| yields.contains(index));
            self.always.extend(known.functions.iter().flat_map(|(_, yields, _)| yields).filter(|index| common(index)));
            let function = |(name, (shapes, yields, _)): (&String, &(Vec<usize>, Vec<usize>, bool))| {
                let own = yields.iter().filter(|index| !common(index));
                let mut parameters: Vec<usize> = shapes.iter().chain(own).copied().collect();
                parameters.sort_unstable();
                parameters.dedup();
                ChoiceFunction { name: name.clone(), parameters }
            };
            let functions = known.spec.functions.iter().zip(&known.functions).map(function).collect();
            all.push(Choice { index: known.index, functions, correction: known.spec.correction });
        }
        self.always.sort_unstable();
        self.always.dedup();
        Choices::new(all, self.always).map_err(|message| problems.push(Diagnostic::new("value", message))).ok()
    }
}
