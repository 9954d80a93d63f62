//! Histograms of a card: which line of `shapes` says where, and what is found there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use germane_texts::Diagnostic;

use super::CardOptions;
use super::card::{Card, Origin, Shapes};
use crate::histogram_source::{HistogramSource, SourceHistogram};

/// Name of the process whose histogram is the data.
pub(super) const DATA: &str = "data_obs";

type Found = Result<Rc<SourceHistogram>, Diagnostic>;

/// The histograms of a card.
pub(super) struct Templates<'a> {
    card: &'a Card,
    options: &'a CardOptions,
    pub(super) source: &'a dyn HistogramSource,
    /// Lines share histograms; each is asked for once.
    known: RefCell<BTreeMap<(String, String), Found>>,
}

impl<'a> Templates<'a> {
    pub(super) fn new(card: &'a Card, options: &'a CardOptions, source: &'a dyn HistogramSource) -> Self {
        Self { card, options, source, known: RefCell::default() }
    }

    /// The line that says where a process (or [`DATA`]) of a channel is; nothing for a counting experiment.
    pub(super) fn line(&self, process: &str, channel: &str) -> Option<&'a Shapes> {
        self.card.shapes_of(process, channel).filter(|line| line.file != "FAKE")
    }

    /// The nominal histogram.
    ///
    /// # Errors
    /// No line, or what is wrong with the file, at `origin`.
    pub(super) fn nominal(&self, process: &str, channel: &str, origin: &Origin) -> Found {
        let line = self.needed(process, channel, origin)?;
        self.histogram(line, &line.nominal, process, channel, "").map_err(|problem| at(problem, &line.origin, origin))
    }

    /// The histogram of a nuisance, whose name ends in `Up` or `Down`.
    ///
    /// # Errors
    /// As [`Templates::nominal`]; with the code `name` if there is no such histogram.
    pub(super) fn varied(&self, process: &str, channel: &str, nuisance: &str, origin: &Origin) -> Found {
        let line = self.needed(process, channel, origin)?;
        let Some(name) = &line.systematic else {
            let problem =
                origin.problem("name", format!("no histogram `{nuisance}` of {channel}/{process}: the line `shapes` names none"));
            return Err(
                problem.advice(format!("add a fifth word to the line at {}, `$PROCESS_$SYSTEMATIC`", line.origin.words()))
            );
        };
        self.histogram(line, name, process, channel, nuisance).map_err(|problem| at(problem, &line.origin, origin))
    }

    fn needed(&self, process: &str, channel: &str, origin: &Origin) -> Result<&'a Shapes, Diagnostic> {
        self.line(process, channel).ok_or_else(|| {
            let problem = origin.problem("card", format!("no line `shapes` fits {channel}/{process}"));
            problem.advice(format!("add `shapes {process} {channel} FILE HISTOGRAM`"))
        })
    }

    /// File and name that a line says, with its keywords filled in.
    ///
    /// # Errors
    /// A keyword that nothing is known for.
    pub(super) fn place(
        &self,
        line: &Shapes,
        name: &str,
        process: &str,
        channel: &str,
        nuisance: &str,
    ) -> Result<(String, String), Diagnostic> {
        let filled = |text: &str| {
            let mut text = text.replace("$PROCESS", process).replace("$CHANNEL", channel);
            text = text.replace("$SYSTEMATIC", nuisance).replace("$MASS", &self.options.mass.to_string());
            for (keyword, value) in &self.options.keywords {
                text = text.replace(&format!("${keyword}"), value);
            }
            text
        };
        let (file, name) = (beside(&line.origin.source.name, &filled(&line.file)), filled(name));
        if let Some(start) = file.find('$').or_else(|| name.find('$')) {
            let text = if file.contains('$') { &file } else { &name };
            let word: String = text[start..].chars().take_while(|c| *c == '$' || c.is_alphanumeric() || *c == '_').collect();
            let problem = Diagnostic::new("name", format!("nothing is known for the keyword `{word}`"));
            return Err(problem.advice(format!("give it a value: `--keyword-value {}=…`", word.trim_start_matches('$'))));
        }
        Ok((file, name))
    }

    fn histogram(&self, line: &Shapes, name: &str, process: &str, channel: &str, nuisance: &str) -> Found {
        let key = self.place(line, name, process, channel, nuisance)?;
        if let Some(found) = self.known.borrow().get(&key) {
            return found.clone();
        }
        let found = self.source.histogram(&key.0, &key.1).map(Rc::new);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }
}

/// A file name relative to the folder of the card.
fn beside(card: &str, file: &str) -> String {
    match card.rsplit_once('/') {
        Some((folder, _)) if !file.starts_with('/') => format!("{folder}/{file}"),
        _ => file.to_owned(),
    }
}

/// A problem of a file, shown at the line that names the file, or at the thing that needs it where that is another text.
pub(super) fn at(problem: Diagnostic, line: &Origin, user: &Origin) -> Diagnostic {
    let mut shown = problem;
    if shown.place.is_some() {
        return shown;
    }
    if let Some(file) = shown.file.take()
        && !shown.message.contains(&file)
    {
        shown.message = format!("{file}: {}", shown.message);
    }
    let shown = shown.at(&line.source, line.span);
    if line.source == user.source { shown.also(user.span, "needed here") } else { shown }
}
