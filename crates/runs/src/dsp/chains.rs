//! Which chain a table runs: patterns of tables in order, and a chain for all others.

use crate::error::Error;
use crate::pattern;
use germane_signals::chain::{self, Chain};
use germane_texts::{Diagnostic, Keys, Node, Source, parse_yaml};
use std::path::Path;
use std::sync::Arc;

/// A chain and the texts it was merged from.
#[derive(Clone, Debug)]
pub struct Merged {
    /// the chain
    pub chain: Arc<Chain>,
    /// its texts
    pub sources: Vec<Source>,
}

/// Chains by patterns of tables.
#[derive(Clone, Debug, Default)]
pub struct Chains {
    /// for tables that no pattern fits; none: they are left out
    pub default: Option<Merged>,
    /// patterns of paths; the first that fits decides; a pattern without a chain leaves its tables out
    pub patterns: Vec<(String, Option<Merged>)>,
}

impl Merged {
    /// Merges texts; what a later one says wins.
    ///
    /// # Errors
    /// All mistakes of all texts.
    pub fn read(sources: Vec<Source>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self { chain: Arc::new(chain::read(&sources)?), sources })
    }
}

impl Merged {
    /// A chain that is a part of a text; places are those of the whole text.
    ///
    /// # Errors
    /// As [`Merged::read`].
    pub(crate) fn part(source: &Source, node: &Node) -> Result<Self, Vec<Diagnostic>> {
        let before = source.text[..node.span.start].chars().map(|c| if c == '\n' { '\n' } else { ' ' });
        let blank: String = before.collect();
        Self::read(vec![Source::new(source.name.to_string(), format!("{blank}{}", source.slice(node.span)))])
    }
}

impl Chains {
    /// One chain for all tables.
    ///
    /// # Errors
    /// As [`Merged::read`].
    pub fn one(sources: Vec<Source>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self { default: Some(Merged::read(sources)?), patterns: Vec::new() })
    }

    /// Reads a map from patterns to chains; a text names a file, which `open` gives.
    ///
    /// # Errors
    /// All mistakes: of the map, of the chains; files that are not there.
    pub fn read_patterns(&mut self, source: &Source, open: &dyn Fn(&Path) -> Result<Source, Error>) -> Result<(), Error> {
        let root = parse_yaml(source).map_err(Error::text)?;
        let mut problems = Vec::new();
        let keys = Keys::new(source, &root, "the chains of tables");
        let Some(entries) = root.as_map() else {
            keys.finish(&mut problems);
            return Err(Error::text(problems));
        };
        for entry in entries {
            let read = match (&entry.value, entry.value.as_text()) {
                (_, Some(path)) => Merged::read(vec![open(Path::new(path))?]),
                (node, None) if node.is_null() => {
                    self.patterns.push((entry.key.clone(), None));
                    continue;
                }
                (node, None) if node.as_map().is_some() => Merged::part(source, node),
                (node, None) => {
                    let message = format!("`{}`: expected a chain or the name of its file, got {}", entry.key, node.kind());
                    Err(vec![Diagnostic::new("kind", message).at(source, node.span)])
                }
            };
            match read {
                Ok(merged) => self.patterns.push((entry.key.clone(), Some(merged))),
                Err(wrong) => problems.extend(wrong),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::text(problems)) }
    }

    /// The chain of a table.
    pub(super) fn of(&self, table: &str) -> Option<&Merged> {
        match self.patterns.iter().find(|(text, _)| pattern::matches(text, table)) {
            Some((_, chain)) => chain.as_ref(),
            None => self.default.as_ref(),
        }
    }

    /// All texts, each once, in the order of their names.
    pub(super) fn sources(&self) -> Vec<&Source> {
        let all = self.patterns.iter().filter_map(|(_, chain)| chain.as_ref()).chain(&self.default);
        let mut sources: Vec<&Source> = all.flat_map(|merged| &merged.sources).collect();
        sources.sort_by(|a, b| (&a.name, &a.text).cmp(&(&b.name, &b.text)));
        sources.dedup();
        sources
    }
}
