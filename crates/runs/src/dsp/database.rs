//! Parameters by channel: one text for all channels, the first names of which are those of tables.

use super::tables;
use germane_texts::{Diagnostic, Node, Source, parse_yaml};
use std::collections::BTreeSet;

/// A database of parameters.
#[derive(Clone, Debug)]
pub struct Database {
    /// the text it was read from
    pub source: Source,
    root: Node,
}

impl Database {
    /// Reads JSON or YAML.
    ///
    /// # Errors
    /// A text that is neither, or no map.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let root = parse_yaml(source)?;
        if root.as_map().is_none() && !root.is_null() {
            let message = format!("a database is a map of channels, this is {}", root.kind());
            return Err(vec![Diagnostic::new("kind", message).at(source, root.span)]);
        }
        Ok(Self { source: source.clone(), root })
    }

    /// The parameters of a table; all of them for a table that is the whole file.
    pub(super) fn of(&self, table: &str) -> Option<&Node> {
        match tables::channel(table) {
            Some(channel) => self.root.get(channel),
            None => Some(&self.root),
        }
    }

    /// Channels that no table has.
    pub(super) fn unused_channels<'a>(&self, tables: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let channels: Option<BTreeSet<&str>> = tables.into_iter().map(tables::channel).collect();
        // A table of the whole file uses the whole database.
        let Some(channels) = channels else { return Vec::new() };
        let keys = self.root.as_map().unwrap_or_default().iter().map(|entry| entry.key.as_str());
        keys.filter(|key| !channels.contains(key)).map(str::to_owned).collect()
    }
}

/// Parameters of a channel that nobody asked for; who asks for a map asks for all in it.
pub(super) fn unused<'a>(parameters: &Node, asked: impl Iterator<Item = &'a String> + Clone) -> Vec<String> {
    let is_asked = |name: &str| {
        asked.clone().any(|asked| {
            let asked = asked.strip_prefix("db.").unwrap_or(asked);
            name.strip_prefix("db.")
                .and_then(|name| name.strip_prefix(asked))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    names(parameters).into_iter().filter(|name| !is_asked(name)).collect()
}

/// Names of all parameters of a channel, `db.a.b`.
fn names(parameters: &Node) -> Vec<String> {
    fn collect(node: &Node, path: &str, into: &mut Vec<String>) {
        match node.as_map() {
            Some(entries) => entries.iter().for_each(|entry| collect(&entry.value, &format!("{path}.{}", entry.key), into)),
            None => into.push(path.to_owned()),
        }
    }
    let mut found = Vec::new();
    collect(parameters, "db", &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_those_of_the_first_name_that_is_not_raw() {
        let database = Database::read(&Source::new("db.yaml", "ch0: {pz: {tau: 5*us}}\nch9: {a: 1}\n")).unwrap();
        assert_eq!(names(database.of("ch0/raw").unwrap()), ["db.pz.tau"]);
        assert!(database.of("ch1/raw").is_none());
        assert_eq!(names(database.of("raw").unwrap()), ["db.ch0.pz.tau", "db.ch9.a"]);
        assert_eq!(database.unused_channels(["raw/ch0", "ch1/raw"]), ["ch9"]);
        let asked = ["db.ch0.pz".to_owned()];
        assert_eq!(unused(database.of("raw").unwrap(), asked.iter()), ["db.ch9.a"]);
    }
}
