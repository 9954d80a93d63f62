//! Several workspaces as one, as pyhf joins them: parameters of equal names are the same.
//!
//! A map of parameters that says so for each name: [`crate::combination`].

use std::collections::BTreeMap;

use germane_texts::Diagnostic;
use serde_json::Value;

use super::write;
use super::{Channel, Measurement, Observation, Setting, Workspace};

/// What happens to channels, observations and measurements that both workspaces have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Nothing may be in both.
    None,
    /// What is in both must be equal, or, of measurements, agree.
    Outer,
    /// The first workspace wins.
    LeftOuter,
    /// The second workspace wins; its parts come first.
    RightOuter,
}

impl Workspace {
    /// This workspace and another one as one.
    ///
    /// ```
    /// use germane_models::workspace::*;
    /// let part = |name: &str| {
    ///     let sample = Sample::new("s", vec![5.0]).with(Modifier::norm_factor("mu"));
    ///     let measurement = Measurement::new(format!("of {name}"), Some("mu"));
    ///     Workspace::new().channel(Channel::new(name).sample(sample), vec![4.0]).measurement(measurement)
    /// };
    /// let both = part("A").joined(&part("B"), Join::None).unwrap();
    /// assert_eq!(both.channels.len(), 2);
    /// assert!(part("A").joined(&part("A"), Join::None).unwrap_err()[0].message.contains("channel `A`"));
    /// ```
    ///
    /// # Errors
    /// Names in both that the join does not allow, each, and what is wrong with the whole: names that mean two things.
    pub fn joined(&self, other: &Self, join: Join) -> Result<Self, Vec<Diagnostic>> {
        if self.interpolation != other.interpolation {
            return Err(vec![Diagnostic::new("value", "the workspaces have different interpolation codes")]);
        }
        let (first, second) = if join == Join::RightOuter { (other, self) } else { (self, other) };
        let mut problems = Vec::new();
        let mut joined = Self {
            channels: items(&first.channels, &second.channels, join, &mut problems),
            observations: items(&first.observations, &second.observations, join, &mut problems),
            measurements: measurements(&first.measurements, &second.measurements, join, &mut problems),
            interpolation: first.interpolation,
            ..Self::new()
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        // Places are those of two texts now.
        joined.forget_places();
        joined.checked()
    }

    fn forget_places(&mut self) {
        for channel in &mut self.channels {
            channel.span = None;
            for sample in &mut channel.samples {
                sample.span = None;
                for modifier in &mut sample.modifiers {
                    (modifier.span, modifier.data_spans) = (None, [None; 2]);
                }
            }
        }
        for observation in &mut self.observations {
            (observation.span, observation.data_span) = (None, None);
        }
        for measurement in &mut self.measurements {
            measurement.poi_span = None;
            for setting in &mut measurement.parameters {
                (setting.span, setting.spans) = (None, BTreeMap::new());
            }
        }
    }
}

/// What a list of parts is made of.
trait Named: Clone {
    const WHAT: &'static str;
    fn name(&self) -> &str;
    /// Its document, which says whether two are equal.
    fn json(&self) -> Value;
}

impl Named for Channel {
    const WHAT: &'static str = "channel";
    fn name(&self) -> &str {
        &self.name
    }
    fn json(&self) -> Value {
        write::channel(self)
    }
}

impl Named for Observation {
    const WHAT: &'static str = "observation";
    fn name(&self) -> &str {
        &self.name
    }
    fn json(&self) -> Value {
        write::observation(self)
    }
}

impl Named for Setting {
    const WHAT: &'static str = "parameter";
    fn name(&self) -> &str {
        &self.name
    }
    fn json(&self) -> Value {
        write::setting(self)
    }
}

fn clash(what: &str, name: &str, why: &str) -> Diagnostic {
    let problem = Diagnostic::new("name", format!("both workspaces have a {what} `{name}`{why}"));
    problem.advice("rename one of them, or choose another join")
}

fn items<T: Named>(first: &[T], second: &[T], join: Join, problems: &mut Vec<Diagnostic>) -> Vec<T> {
    let mut all = first.to_vec();
    for item in second {
        match (first.iter().find(|known| known.name() == item.name()), join) {
            (None, _) => all.push(item.clone()),
            (Some(_), Join::None) => problems.push(clash(T::WHAT, item.name(), "")),
            (Some(known), Join::Outer) if known.json() != item.json() => {
                problems.push(clash(T::WHAT, item.name(), ", and they differ"));
            }
            (Some(_), _) => {}
        }
    }
    all
}

fn measurements(first: &[Measurement], second: &[Measurement], join: Join, problems: &mut Vec<Diagnostic>) -> Vec<Measurement> {
    let mut all = first.to_vec();
    for item in second {
        match (all.iter_mut().find(|known| known.name == item.name), join) {
            (None, _) => all.push(item.clone()),
            (Some(_), Join::None) => problems.push(clash("measurement", &item.name, "")),
            (Some(known), Join::Outer) if known.poi != item.poi => {
                problems.push(clash("measurement", &item.name, ", with different parameters of interest"));
            }
            (Some(known), Join::Outer) => {
                known.parameters = items(&known.parameters, &item.parameters, join, problems);
            }
            (Some(_), _) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Modifier, Sample};

    /// A channel of one bin with this content, and settings of its factor.
    fn part(channel: &str, content: f64, measurement: &str, setting: Option<f64>) -> Workspace {
        let sample = Sample::new("s", vec![content]).with(Modifier::norm_factor("mu"));
        let mut asked = Measurement::new(measurement, Some("mu"));
        if let Some(start) = setting {
            asked = asked.set(Setting::new("mu").start(start));
        }
        Workspace::new().channel(Channel::new(channel).sample(sample), vec![4.0]).measurement(asked)
    }

    // What pyhf 0.7.6 does with these workspaces and joins.
    #[test]
    fn joins_are_those_of_pyhf() {
        let (one, other) = (part("A", 5.0, "m", None), part("B", 6.0, "m", Some(2.0)));
        assert!(one.joined(&other, Join::None).unwrap_err()[0].message.contains("measurement `m`"));
        let both = one.joined(&other, Join::Outer).unwrap();
        assert_eq!((both.channels.len(), both.measurements.len()), (2, 1));
        assert_eq!(both.measurements[0].parameters[0].inits, Some(vec![2.0]));
        let differs = part("A", 7.0, "m", Some(3.0));
        let problems = one.joined(&differs, Join::Outer).unwrap_err();
        assert!(problems[0].message.contains("channel `A`, and they differ"), "{problems:?}");
        assert_eq!(one.joined(&differs, Join::LeftOuter).unwrap().channels[0].samples[0].data, [5.0]);
        assert_eq!(one.joined(&differs, Join::RightOuter).unwrap().channels[0].samples[0].data, [7.0]);
        assert!(other.joined(&part("C", 1.0, "m", Some(3.0)), Join::Outer).unwrap_err()[0].message.contains("parameter `mu`"));
        let first = |joined: Workspace| joined.channels[0].name.clone();
        assert_eq!(first(one.joined(&other, Join::RightOuter).unwrap()), "B");
        assert_eq!(first(other.joined(&one, Join::LeftOuter).unwrap().sorted()), "A");
    }
}
