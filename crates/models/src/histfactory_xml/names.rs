//! Names: those of parameters in ROOT, and those of files and objects.

use std::collections::{BTreeMap, BTreeSet};

use germane_texts::Diagnostic;

use crate::workspace::{Channel, Effect, PartKind, Workspace};

impl Workspace {
    /// Names of parameters in ROOT by those of the model; a name that two would have is a mistake.
    pub(super) fn root_names(&self) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
        let mut names = BTreeMap::new();
        let mut channels: Vec<&Channel> = self.channels.iter().collect();
        channels.sort_by(|a, b| a.name.cmp(&b.name));
        let mut used: BTreeMap<&str, usize> = BTreeMap::new();
        for channel in channels {
            let first = statistical_of(channel);
            let mut seen = BTreeSet::new();
            for modifier in channel.samples.iter().flat_map(|sample| &sample.modifiers) {
                let name = modifier.name.as_str();
                let vector = match modifier.effect {
                    Effect::NormFactor => {
                        names.insert(name.to_owned(), name.to_owned());
                        continue;
                    }
                    Effect::Lumi => {
                        names.insert(name.to_owned(), "Lumi".to_owned());
                        continue;
                    }
                    Effect::NormSys { .. } | Effect::HistoSys { .. } => {
                        names.insert(name.to_owned(), format!("alpha_{name}"));
                        continue;
                    }
                    Effect::StatError(_) if first == Some(name) => format!("stat_{}", channel.name),
                    _ => name.to_owned(),
                };
                if !seen.insert(name) {
                    continue;
                }
                // The vector of a staterror goes on from channel to channel.
                let statistical = matches!(modifier.effect, Effect::StatError(_));
                let start = if statistical { used.get(name).copied().unwrap_or(0) } else { 0 };
                for bin in 0..channel.bins() {
                    names.insert(format!("{name}[{}]", start + bin), format!("gamma_{vector}_bin_{bin}"));
                }
                used.insert(name, start + channel.bins());
            }
        }
        let mut problems = Vec::new();
        for kind in [PartKind::Channel, PartKind::Sample, PartKind::Modifier, PartKind::Measurement] {
            for name in self.names(kind) {
                if name.is_empty() || name.contains(char::is_control) {
                    let message = format!(
                        "a {} called `{}`: names in XML have no control characters and are not empty",
                        kind.word(),
                        name.escape_debug()
                    );
                    problems.push(Diagnostic::new("name", message).advice("write --rename to give it another name"));
                }
            }
        }
        let mut owners: BTreeMap<&String, &String> = BTreeMap::new();
        for (name, root) in &names {
            if let Some(other) = owners.insert(root, name) {
                let problem = Diagnostic::new("name", format!("`{other}` and `{name}` would both be `{root}` in HistFactory"));
                problems.push(problem.advice("write --rename to give one of them another name"));
            }
        }
        if problems.is_empty() { Ok(names) } else { Err(problems) }
    }
}

/// The staterror that becomes the channel's own: that of most samples.
pub(super) fn statistical_of(channel: &Channel) -> Option<&str> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for modifier in channel.samples.iter().flat_map(|sample| &sample.modifiers) {
        if matches!(modifier.effect, Effect::StatError(_)) {
            match counts.iter_mut().find(|(name, _)| *name == modifier.name) {
                Some((_, count)) => *count += 1,
                None => counts.push((&modifier.name, 1)),
            }
        }
    }
    // The first of those with the same number.
    counts.iter().rev().max_by_key(|(_, count)| *count).map(|(name, _)| *name)
}

/// A text of letters, digits and `_`, for names of files and of objects in them.
pub(super) fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// A name that is not yet there.
pub(super) fn free_name(names: &mut BTreeSet<String>, wished: String) -> String {
    let mut name = wished.clone();
    let mut number = 2;
    while !names.insert(name.clone()) {
        name = format!("{wished}_{number}");
        number += 1;
    }
    name
}
