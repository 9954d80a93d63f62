//! Which channels of a workspace keep their bins on a card, as templates, and which become a counting channel for each bin.
//!
//! combine's templates move contents as code 4p does, if they are told to move as they are (mode 2 of `autoMCStats`). What only a
//! count of its own can say needs channels of one bin; so does every channel whose templates would move by the nuisance of such
//! a count, since a nuisance has one type on a card.

use std::collections::{BTreeMap, BTreeSet};

use super::{ROUNDING, statistical};
use crate::workspace::{Channel, Effect, Measurement, Sample, Workspace};

/// combine keeps fractions of templates that move above this.
pub(in crate::datacard) const LEAST_FRACTION: f64 = 1e-9;
/// Most counts of a template that `autoMCStats` is told to take for few.
pub(super) const MANY: f64 = 1e9;

/// What a channel with templates says of their statistics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Statistics {
    None,
    /// One normal parameter a bin: `autoMCStats 0`.
    Normal,
    /// Poisson parameters of each process: `autoMCStats` with a threshold that no template reaches.
    Poisson,
}

/// Names of the channels that have templates.
pub(super) fn with_templates<'a>(workspace: &'a Workspace, measurement: &Measurement) -> BTreeSet<&'a str> {
    // A single bin that nothing moves needs no template.
    let has = |channel: &&Channel| {
        let single = channel.bins() == 1 && channel.samples.iter().all(|sample| moves(sample) == 0);
        !single && !needs_counting(channel, measurement)
    };
    let mut chosen: BTreeSet<&str> = workspace.channels.iter().filter(has).map(|channel| channel.name.as_str()).collect();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for channel in &workspace.channels {
        for modifier in channel.samples.iter().flat_map(|sample| &sample.modifiers) {
            if matches!(modifier.effect, Effect::HistoSys { .. }) {
                uses.entry(&modifier.name).or_default().insert(&channel.name);
            }
        }
    }
    loop {
        let mixed = uses.values().filter(|channels| !channels.is_subset(&chosen));
        let lost: BTreeSet<&str> = mixed.flatten().copied().filter(|channel| chosen.contains(channel)).collect();
        if lost.is_empty() {
            return chosen;
        }
        chosen.retain(|channel| !lost.contains(channel));
    }
}

fn is_fixed(measurement: &Measurement, name: &str) -> bool {
    measurement.parameters.iter().any(|setting| setting.name == name && setting.fixed == Some(true))
}

fn moves(sample: &Sample) -> usize {
    sample.modifiers.iter().filter(|modifier| matches!(modifier.effect, Effect::HistoSys { .. })).count()
}

/// Whether counting channels say something of a channel exactly that templates cannot.
fn needs_counting(channel: &Channel, measurement: &Measurement) -> bool {
    let (mut normal, mut poisson) = (0, 0);
    for sample in &channel.samples {
        let sum: f64 = sample.data.iter().sum();
        if !(sum > 0.0) && sample.data.iter().any(|content| *content != 0.0) {
            return true;
        }
        for modifier in &sample.modifiers {
            let alone = moves(sample) == 0 && !is_fixed(measurement, &modifier.name);
            let counted = match &modifier.effect {
                Effect::ShapeFactor => true,
                Effect::HistoSys { high, low } => !is_template(sample, sum, high, low),
                Effect::StatError(_) => {
                    normal += 1;
                    !alone
                }
                Effect::ShapeSys(errors) => {
                    poisson += 1;
                    !alone || !sample.data.iter().zip(errors).all(|(content, error)| is_count(*content, *error))
                }
                Effect::NormFactor | Effect::Lumi | Effect::NormSys { .. } => false,
            };
            if counted {
                return true;
            }
        }
        let own = sample.modifiers.iter().filter(|one| matches!(one.effect, Effect::ShapeSys(_))).count();
        if own > 1 {
            return true;
        }
    }
    normal > 1 || (normal > 0 && poisson > 0)
}

/// Whether combine's templates can say what a histosys does: no bin comes near the least fraction.
fn is_template(sample: &Sample, sum: f64, high: &[f64], low: &[f64]) -> bool {
    let filled = |contents: &[f64]| contents.iter().all(|content| *content > LEAST_FRACTION * sum);
    [sample.data.as_slice(), high, low].into_iter().all(filled)
}

/// Whether a change is the same line up and down.
pub(super) fn is_symmetric(content: f64, high: f64, low: f64) -> bool {
    (high + low - 2.0 * content).abs() <= ROUNDING * content.abs()
}

/// Whether a bin of a shapesys has no parameter, or a whole number for its Poisson datum.
fn is_count(content: f64, error: f64) -> bool {
    let ratio = content / error;
    let count = ratio * ratio;
    !(content > 0.0 && error > 0.0) || ((count - count.round()).abs() <= ROUNDING * count && (1.0..MANY / 1e3).contains(&count))
}

/// The statistics of a channel with templates, and the errors of each sample.
pub(super) fn statistics(channel: &Channel) -> (Statistics, Vec<Vec<f64>>) {
    let mut kind = Statistics::None;
    let errors = channel.samples.iter().map(|sample| {
        let mut errors = vec![0.0; sample.data.len()];
        for modifier in &sample.modifiers {
            let contents = sample.data.iter().enumerate();
            match &modifier.effect {
                Effect::StatError(_) => {
                    kind = Statistics::Normal;
                    errors = contents.map(|(bin, content)| statistical(channel, &modifier.name, bin) * content).collect();
                }
                Effect::ShapeSys(own) => {
                    kind = Statistics::Poisson;
                    errors = contents.map(|(bin, content)| if *content > 0.0 { own[bin] } else { 0.0 }).collect();
                }
                _ => {}
            }
        }
        errors
    });
    let errors = errors.collect();
    (kind, errors)
}
