//! Widths of constraints that follow from templates: what changes with a template beside the expectation.

use std::collections::BTreeMap;

use crate::likelihood::Constraint;

/// Where the width of a constraint comes from; contents and uncertainties are places in the templates of the model.
#[derive(Clone, Debug)]
pub(super) enum Width {
    /// σ = √(Σ δ²)/Σ nominal of the samples that share a statistical error.
    Relative { parameter: usize, terms: Vec<(usize, usize)> },
    /// τ = (nominal/δ)² of a Poisson constraint, whose datum is τ, too, unless something else has set it.
    Rate { parameter: usize, term: (usize, usize), datum: bool },
}

impl Width {
    /// Adds the bin of a sample (its nominal content and its uncertainty) to what decides about the width of a parameter.
    pub(super) fn add(all: &mut BTreeMap<usize, Self>, parameter: usize, shared: bool, term: (usize, usize)) {
        if !shared {
            all.insert(parameter, Self::Rate { parameter, term, datum: true });
            return;
        }
        let entry = all.entry(parameter).or_insert_with(|| Self::Relative { parameter, terms: Vec::new() });
        if let Self::Relative { terms, .. } = entry {
            terms.push(term);
        }
    }

    /// The auxiliary datum no longer follows.
    pub(super) fn release_datum(&mut self) {
        if let Self::Rate { datum, .. } = self {
            *datum = false;
        }
    }

    pub(super) fn parameter(&self) -> usize {
        match self {
            Self::Relative { parameter, .. } | Self::Rate { parameter, .. } => *parameter,
        }
    }

    /// σ or τ; none where a bin has no content or no uncertainty.
    pub(super) fn value(&self, templates: &[f64]) -> Option<f64> {
        match self {
            Self::Relative { terms, .. } => {
                let [content, variance] = sums(terms, templates);
                (content > 0.0 && variance > 0.0).then(|| variance.sqrt() / content)
            }
            Self::Rate { term: (nominal, uncertainty), .. } => {
                let (content, uncertainty) = (templates[*nominal], templates[*uncertainty]);
                let ratio = content / uncertainty;
                (content > 0.0 && uncertainty > 0.0).then_some(ratio * ratio)
            }
        }
    }

    /// The constraint with the width of these templates.
    pub(super) fn applied(&self, constraint: Constraint, templates: &[f64]) -> Option<Constraint> {
        let value = self.value(templates)?;
        Some(match (constraint, self) {
            (Constraint::Normal { centre, .. }, _) => Constraint::Normal { centre, width: value },
            (Constraint::Poisson { .. }, Self::Rate { datum: true, .. }) => Constraint::Poisson { observed: value, rate: value },
            (Constraint::Poisson { observed, .. }, _) => Constraint::Poisson { observed, rate: value },
            (other, _) => other,
        })
    }

    /// Adds `by_width` (and `by_datum`, where the datum follows) times the derivatives of σ or τ by contents and uncertainties.
    pub(super) fn pull_back(&self, by_width: [f64; 2], by_datum: [f64; 2], templates: &[f64], out: &mut [[f64; 2]]) {
        let mut add = |place: usize, factor: f64, by: [f64; 2]| {
            out[place][0] += factor * by[0];
            out[place][1] += factor * by[1];
        };
        match self {
            Self::Relative { terms, .. } => {
                let [content, variance] = sums(terms, templates);
                let width = variance.sqrt() / content;
                for &(nominal, uncertainty) in terms {
                    add(nominal, -width / content, by_width);
                    add(uncertainty, templates[uncertainty] / (width * content * content), by_width);
                }
            }
            Self::Rate { term: (nominal, uncertainty), datum, .. } => {
                let (content, error) = (templates[*nominal], templates[*uncertainty]);
                let by = if *datum { [by_width[0] + by_datum[0], by_width[1] + by_datum[1]] } else { by_width };
                add(*nominal, 2.0 * content / (error * error), by);
                add(*uncertainty, -2.0 * content * content / (error * error * error), by);
            }
        }
    }
}

/// Σ nominal and Σ δ².
fn sums(terms: &[(usize, usize)], templates: &[f64]) -> [f64; 2] {
    terms.iter().fold([0.0, 0.0], |[content, variance], &(nominal, uncertainty)| {
        let error = templates[uncertainty];
        [content + templates[nominal], variance + error * error]
    })
}
