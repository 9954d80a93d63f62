//! Which files are read for which templates: trees that serve the same templates are read together.

use crate::error::Error;
use crate::histogram_files::HistogramFiles;
use crate::inputs::{file_diagnostic, list, table_names};
use germane_formats::{File, Kind, Table};
use germane_models::template_fit::{Events, Origin, TemplateFit, TemplateIndex};
use germane_texts::{Diagnostic, nearest, sort_by_place};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Trees of one name that serve the same templates.
pub(super) struct Group {
    pub(super) tree: String,
    /// name for messages, path, table
    pub(super) tables: Vec<(String, PathBuf, Arc<dyn Table>)>,
    pub(super) templates: Vec<TemplateIndex>,
}

/// Opens every file once and reads its header.
///
/// # Errors
/// Trees that a file does not have, files twice (exit 6), missing and damaged files (exit 4); all at once.
pub(super) fn groups(fit: &TemplateFit, files: &HistogramFiles) -> Result<Vec<Group>, Error> {
    let mut opener = Opener { fit, files, found: BTreeMap::new(), open: BTreeMap::new(), wrong: Vec::new(), bad: Vec::new() };
    // In the order of their first use.
    let mut served: Vec<((PathBuf, String), Vec<TemplateIndex>)> = Vec::new();
    let mut place: BTreeMap<(PathBuf, String), usize> = BTreeMap::new();
    for (index, template) in fit.templates.iter().enumerate() {
        let Origin::Events(events) = &template.origin else { continue };
        for path in opener.paths(events) {
            let key = (path, events.tree.text.clone());
            if let Some(&known) = place.get(&key) {
                served[known].1.push(index);
                continue;
            }
            opener.check_tree(&key.0, events);
            place.insert(key.clone(), served.len());
            served.push((key, vec![index]));
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of: BTreeMap<(String, Vec<TemplateIndex>), usize> = BTreeMap::new();
    for ((path, tree), templates) in served {
        let Some(table) = opener.table(&path, &tree) else { continue };
        let part = (path.display().to_string(), path, table);
        let next = groups.len();
        let at = *group_of.entry((tree.clone(), templates.clone())).or_insert(next);
        if at == next {
            groups.push(Group { tree, tables: Vec::new(), templates });
        }
        groups[at].tables.push(part);
    }
    for problems in [&mut opener.wrong, &mut opener.bad] {
        sort_by_place(problems);
        problems.dedup();
    }
    match (opener.wrong.is_empty(), opener.bad.is_empty()) {
        (false, _) => Err(Error::text(opener.wrong)),
        (true, false) => Err(Error::input(opener.bad)),
        (true, true) => Ok(groups),
    }
}

struct Opener<'a> {
    fit: &'a TemplateFit,
    files: &'a HistogramFiles,
    /// What a path or pattern stands for.
    found: BTreeMap<String, Vec<PathBuf>>,
    open: BTreeMap<PathBuf, Option<File>>,
    wrong: Vec<Diagnostic>,
    bad: Vec<Diagnostic>,
}

impl Opener<'_> {
    /// Files of a template, in order.
    fn paths(&mut self, events: &Events) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for file in &events.files {
            if !self.found.contains_key(&file.path) {
                let found = self.files.matching(&file.path).unwrap_or_else(|problem| {
                    self.bad.push(problem.at(&self.fit.source, file.span));
                    Vec::new()
                });
                self.found.insert(file.path.clone(), found);
            }
            for path in &self.found[&file.path] {
                if paths.contains(path) {
                    let message = format!("{} is read twice for one template", path.display());
                    let problem = Diagnostic::new("duplicate", message).at(&self.fit.source, file.span);
                    self.wrong.push(problem.advice("its entries would count twice"));
                } else {
                    paths.push(path.clone());
                }
            }
        }
        paths
    }

    fn file(&mut self, path: &PathBuf) -> Option<&File> {
        if !self.open.contains_key(path) {
            let file = germane_formats::open(path).map_err(|error| self.bad.push(file_diagnostic(&error)));
            self.open.insert(path.clone(), file.ok());
        }
        self.open[path].as_ref()
    }

    fn check_tree(&mut self, path: &PathBuf, events: &Events) {
        let tree = &events.tree;
        let Some(file) = self.file(path) else { return };
        let Err(error) = file.table(&tree.text) else { return };
        if error.kind != Kind::Unknown {
            return self.bad.push(file_diagnostic(&error));
        }
        let names = table_names(file).unwrap_or_default();
        let message = format!("no tree `{}` in {}", tree.text, path.display());
        let problem = Diagnostic::new("tree", message).at(&self.fit.source, tree.span());
        self.wrong.push(match nearest(&tree.text, names.iter().map(String::as_str)) {
            Some(near) => problem.nearest(near),
            None => problem.advice(format!("it has {}", list(&names))),
        });
    }

    fn table(&mut self, path: &PathBuf, tree: &str) -> Option<Arc<dyn Table>> {
        // What is wrong with it was told by `check_tree`.
        self.file(path)?.table(tree).ok()
    }
}
