//! One parameter as several: one for each channel that depends on it.

use super::Model;
use super::card::CardFactor;
use super::plan::{ChannelPlan, Contents};

/// A parameter of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfChannel {
    /// Name of the channel.
    pub channel: String,
    /// Index of the parameter.
    pub index: usize,
}

impl Model {
    /// The same model in which each channel that depends on a parameter has one of its own, `NAME_CHANNEL`, with the same start and
    /// bounds, behind the other parameters. Nothing depends on the parameter itself any more; it is held.
    ///
    /// ```
    /// use germane_models::Likelihood;
    /// use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
    /// let channel = |name| Channel::new(name).sample(Sample::new("s", vec![10.0]).with(Modifier::norm_factor("mu")));
    /// let workspace = Workspace::new()
    ///     .channel(channel("A"), vec![8.0])
    ///     .channel(channel("B"), vec![14.0])
    ///     .measurement(Measurement::new("main", Some("mu")));
    /// let (model, own) = workspace.model(None).unwrap().by_channel(0).unwrap();
    /// assert_eq!(model.parameters().iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["mu", "mu_A", "mu_B"]);
    /// assert_eq!(model.expected(&[1.0, 0.5, 2.0]), [5.0, 20.0]);
    /// assert_eq!(own[1].index, 2);
    /// ```
    ///
    /// # Errors
    /// In words, if the parameter has a constraint.
    pub fn by_channel(&self, parameter: usize) -> Result<(Self, Vec<OfChannel>), String> {
        let name = &self.parameters[parameter].name;
        if self.parameters[parameter].constraint.is_some() {
            return Err(format!("{name} has an auxiliary measurement, which channels cannot share"));
        }
        let mut model = self.clone();
        let mut own = Vec::new();
        for channel in &mut model.channels {
            let index = model.parameters.len();
            if channel.replace(parameter, index) {
                let mut one = self.parameters[parameter].clone();
                one.name = format!("{name}_{}", channel.name);
                while model.parameters.iter().any(|known| known.name == one.name) {
                    one.name.push('\'');
                }
                model.parameters.push(one);
                own.push(OfChannel { channel: channel.name.clone(), index });
            }
        }
        model.parameters[parameter].fixed = true;
        model.pyhf_order.extend(own.iter().map(|one| one.index));
        model.shape = super::shape(model.parameters.len(), &mut model.channels);
        Ok((model, own))
    }
}

impl ChannelPlan {
    /// Puts one parameter of all bins in the place of another; false if the channel does not depend on that.
    fn replace(&mut self, old: usize, new: usize) -> bool {
        let Some(local) = self.scalars.iter().position(|&known| known == old) else { return false };
        self.scalars[local] = new;
        let replace = |parameter: &mut usize| {
            if *parameter == old {
                *parameter = new;
            }
        };
        match &mut self.contents {
            Contents::Samples(rows) => {
                for row in rows {
                    row.changes.iter_mut().for_each(|change| replace(&mut change.parameter));
                    row.factors.iter_mut().for_each(|factor| replace(&mut factor.parameter));
                }
            }
            Contents::Card(card) => {
                for process in &mut card.processes {
                    process.powers.iter_mut().for_each(|power| replace(&mut power.parameter));
                    for factor in &mut process.factors {
                        match factor {
                            CardFactor::Linear { parameter, .. } => replace(parameter),
                            CardFactor::Formula { parameters, .. } => parameters.iter_mut().for_each(replace),
                        }
                    }
                    let amplitudes = process.interference.iter_mut().flat_map(|interference| &mut interference.parameters);
                    amplitudes.for_each(replace);
                    let changes = process.morph.iter_mut().flat_map(|morph| &mut morph.changes);
                    changes.for_each(|change| replace(&mut change.parameter));
                    process.own.iter_mut().for_each(|own| replace(&mut own.parameter));
                }
            }
        }
        true
    }
}
