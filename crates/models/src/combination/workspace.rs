//! A joint model of workspaces as one workspace, where pyhf's format can say it.

use std::collections::BTreeMap;

use super::joint::{Combination, Part};
use crate::likelihood::Likelihood;
use crate::workspace::{Measurement, Setting, Workspace};

/// Differences of -ln L of the joint workspace that are rounding, relative to its value.
const ROUNDING: f64 = 1e-10;

impl Combination {
    /// The joint model as one workspace: channels of all, modifiers under the names of the joint parameters, settings of the first
    /// measurement of each. `parts` are the workspaces that the models were compiled from, in their order. That the result is the
    /// same likelihood is tried at two points.
    ///
    /// # Errors
    /// In words, what the format cannot say: correlations that are partial or opposite, `lumi` of several models that differ, tied
    /// parameters of single bins, other interpolation codes.
    pub fn workspace(&self, parts: &[Workspace]) -> Result<Workspace, String> {
        if let Some(group) = self.groups.first() {
            let names: Vec<&str> = group.members.iter().map(|(index, ..)| self.parameters[*index].name.as_str()).collect();
            return Err(format!("a workspace has no partially correlated constraints ({})", names.join(", ")));
        }
        let opposite = self.parts.iter().flat_map(|part| &part.places).find(|(_, sign)| *sign < 0.0);
        if let Some((index, _)) = opposite {
            return Err(format!("a workspace has no parameters of opposite sign ({})", self.parameters[*index].name));
        }
        let mut joint = Workspace::new();
        let (mut poi, mut settings) = (None, BTreeMap::new());
        for (number, (part, workspace)) in self.parts.iter().zip(parts).enumerate() {
            if number == 0 {
                joint.interpolation = workspace.interpolation;
            } else if joint.interpolation != workspace.interpolation {
                return Err("a workspace has one interpolation code".to_owned());
            }
            self.add(part, workspace, &mut joint)?;
            if let Some(measurement) = workspace.measurements.first() {
                // A measurement may speak of parameters that no modifier has.
                if poi.is_none() {
                    poi = measurement.poi.as_deref().and_then(|name| self.joint_name(part, name).ok());
                }
                for setting in &measurement.parameters {
                    let Ok(name) = self.joint_name(part, &setting.name) else { continue };
                    settings.entry(name.clone()).or_insert_with(|| Setting { name, ..setting.clone() });
                }
            }
        }
        self.narrow(&mut settings);
        let mut measurement = Measurement::new("combination", poi.as_deref());
        measurement.parameters = settings.into_values().collect();
        let joint = joint.measurement(measurement);
        self.compare(&joint)?;
        Ok(joint)
    }

    /// The name of a modifier in the joint model.
    fn joint_name(&self, part: &Part, name: &str) -> Result<String, String> {
        let place = |wanted: &str| part.likelihood.parameters().iter().position(|parameter| parameter.name == wanted);
        let joint = |index: usize| self.parameters[part.places[index].0].name.clone();
        let entry = format!("{name}[0]");
        match (place(name), place(&entry)) {
            (Some(index), _) => Ok(joint(index)),
            // `stat[0]@B` is the first entry of `stat@B`.
            (None, Some(index)) => Ok(joint(index).replacen("[0]", "", 1)),
            (None, None) => Err(format!("model {} has no parameter `{name}`", part.name)),
        }
    }

    fn add(&self, part: &Part, workspace: &Workspace, joint: &mut Workspace) -> Result<(), String> {
        for channel in &workspace.channels {
            let mut channel = channel.clone();
            let old = channel.name.clone();
            while joint.channels.iter().any(|known| known.name == channel.name) {
                channel.name = format!("{}@{}", channel.name, part.name);
            }
            for modifier in channel.samples.iter_mut().flat_map(|sample| &mut sample.modifiers) {
                let name = self.joint_name(part, &modifier.name)?;
                if modifier.effect.type_name() == "lumi" && name != "lumi" {
                    return Err(format!("a workspace has one `lumi`, that of model {} is another one", part.name));
                }
                modifier.name = name;
            }
            let counts = workspace.observations.iter().find(|observation| observation.name == old);
            let counts = counts.map(|observation| observation.data.clone()).unwrap_or_default();
            *joint = std::mem::take(joint).channel(channel, counts);
        }
        Ok(())
    }

    /// Ranges and starts that several models have agreed upon.
    fn narrow(&self, settings: &mut BTreeMap<String, Setting>) {
        for shared in &self.shared {
            let Some(parameter) = self.parameters.iter().find(|parameter| shared.parameters.contains(&parameter.name)) else {
                continue;
            };
            let name = parameter.name.clone();
            let setting = settings.entry(name.clone()).or_insert_with(|| Setting { name, ..Setting::default() });
            setting.inits = Some(vec![parameter.start]);
            setting.bounds = Some(vec![[parameter.lower, parameter.upper]]);
        }
    }

    /// Whether a workspace is this likelihood.
    fn compare(&self, workspace: &Workspace) -> Result<(), String> {
        let model = workspace.model(None).map_err(|problems| {
            problems.first().map_or_else(|| "the joint workspace is none".to_owned(), |problem| problem.message.clone())
        })?;
        if model.parameters().len() != self.parameters.len() {
            return Err("parameters of single bins cannot be tied in a workspace".to_owned());
        }
        for step in [0.0, 0.0625] {
            let mut x = vec![0.0; self.parameters.len()];
            let mut y = x.clone();
            for (k, parameter) in self.parameters.iter().enumerate() {
                let place = model.index(&parameter.name).or_else(|| model.index(&moved_entry(&parameter.name)));
                let Some(place) = place else {
                    return Err(format!("a workspace has no parameter that is called `{}`", parameter.name));
                };
                // Another distance for each parameter, so that exchanged ones are noticed.
                let value = parameter.start + if parameter.fixed { 0.0 } else { step * (1.0 + (k % 13) as f64 / 13.0) };
                (x[k], y[place]) = (value, value);
            }
            let (ours, theirs) = (self.nll(&x), model.nll(&y));
            let both = ours.is_finite() || theirs.is_finite();
            if both && !((ours - theirs).abs() <= ROUNDING * (1.0 + ours.abs())) {
                return Err(format!("the joint workspace would be another likelihood ({theirs} instead of {ours})"));
            }
        }
        Ok(())
    }
}

/// `stat[0]@B` as a workspace calls it: `stat@B[0]`.
fn moved_entry(name: &str) -> String {
    match (name.find('['), name.find(']')) {
        (Some(open), Some(close)) if open < close => format!("{}{}{}", &name[..open], &name[close + 1..], &name[open..=close]),
        _ => name.to_owned(),
    }
}
