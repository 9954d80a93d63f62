//! Datasets: patterns → files → what is in them, from headers only.

use crate::analysis::{Analysis, Dataset, Name, Written};
use crate::converted::{Conversion, Converted, Difference};
use crate::error::Error;
use crate::pattern;
use crate::tiers::{self, FilePlan, Refusal as TierRefusal};
use germane_columns::{Field, Unit};
use germane_formats::schema::{Collections, Rules, collections};
use germane_formats::{Column, Table, TableSchema};
use germane_texts::{Diagnostic, nearest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One file of a dataset.
#[derive(Clone)]
pub struct Input {
    /// as the user wrote it, or as the pattern found it; relative to the analysis file
    pub url: String,
    /// where it lies
    pub path: PathBuf,
    /// its table
    pub table: Arc<dyn Table>,
    /// physical column of each logical one (by the index in [`Bound::columns`]), where the file has it
    pub columns: Vec<Option<usize>>,
    /// what is made of the tables of detectors first
    pub(crate) tiers: Option<Arc<FilePlan>>,
}

/// A file that was left out because it is bad.
#[derive(Clone, Debug)]
pub struct Excluded {
    /// as for [`Input`]
    pub url: String,
    /// what is wrong with it
    pub diagnostic: Diagnostic,
    /// object, branch, basket of the damage
    pub object: Option<String>,
    /// branch of the damage
    pub branch: Option<String>,
    /// basket of the damage
    pub basket: Option<usize>,
    /// entries lost, where the header still tells
    pub entries: Option<u64>,
}

/// A dataset with its files opened.
#[derive(Clone)]
pub struct Bound {
    /// index of the dataset in the analysis
    pub dataset: usize,
    /// good files, in order
    pub inputs: Vec<Input>,
    /// bad ones
    pub excluded: Vec<Excluded>,
    /// number of files in all
    pub files: usize,
    /// union of the columns of all files under the names of the analysis, in order of first appearance
    pub columns: Vec<Field>,
    /// why a column cannot be read, by logical column
    pub problems: BTreeMap<usize, String>,
    /// collections among the columns; indices are those of `columns`
    pub collections: Collections,
    /// the table's name
    pub tree: String,
    /// columns that later files have in other units than the first one
    pub conversions: Vec<Conversion>,
    /// the columns as the files describe them, under their names here
    described: Vec<Column>,
}

/// How a run treats bad files.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum BadFiles {
    /// the first one ends the run
    #[default]
    Refuse,
    /// whole files are left out, at most so many
    Allow(usize),
    /// at most this share of each dataset, in percent
    AllowPercent(f64),
}

impl BadFiles {
    /// Whether `bad` of `all` files may be left out.
    pub fn allows(self, bad: usize, all: usize) -> bool {
        match self {
            Self::Refuse => bad == 0,
            Self::Allow(limit) => bad <= limit,
            Self::AllowPercent(percent) => bad as f64 * 100.0 <= percent * all as f64,
        }
    }
}

/// Opens all files of all datasets.
///
/// # Errors
/// All wrong texts (no such tree) with exit 6, else all bad files with exit 4 unless they may be left out.
pub(crate) fn bind(analysis: &Analysis, folder: &Path, bad_files: BadFiles) -> Result<Vec<Bound>, Error> {
    let (mut bound, mut wrong, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    let texts = match tiers::Texts::read(analysis, folder) {
        Ok(texts) => Some(texts),
        Err(error) if error.exit == crate::error::exit::INPUT => return Err(error),
        Err(error) => {
            wrong.extend(error.diagnostics);
            None
        }
    };
    for (index, dataset) in analysis.datasets.iter().enumerate() {
        let found = match (&texts, dataset.tables.is_empty()) {
            (_, true) => bind_one(analysis, index, dataset, folder),
            (Some(texts), false) => bind_detectors(analysis, index, dataset, folder, texts),
            (None, false) => continue,
        };
        match found {
            Ok(found) => {
                if !bad_files.allows(found.excluded.len(), found.files) || (found.inputs.is_empty() && !found.excluded.is_empty())
                {
                    bad.extend(found.excluded.iter().map(|e| e.diagnostic.clone()));
                }
                bound.push(found);
            }
            Err(error) if error.exit == crate::error::exit::INPUT => bad.extend(error.diagnostics),
            Err(error) => wrong.extend(error.diagnostics),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::text(wrong));
    }
    if bad.is_empty() { Ok(bound) } else { Err(Error::input(bad)) }
}

fn bind_one(analysis: &Analysis, index: usize, dataset: &Dataset, folder: &Path) -> Result<Bound, Error> {
    let urls = resolve(analysis, dataset, folder)?;
    let rule = if dataset.schema == "nanoaod" { Rules::Nanoaod } else { Rules::Auto };
    let mut bound = Bound::new(index, urls.len(), dataset.tree.as_ref().map(|t| t.text.clone()).unwrap_or_default());
    let mut no_tree = Vec::new();
    for url in &urls {
        let path = folder.join(url);
        match open_table(&path, &mut bound.tree, rule) {
            Ok(table) => bound.add(Some(dataset), url, path, table),
            Err(Refusal::Damaged(excluded)) => bound.excluded.push(Excluded { url: url.clone(), ..*excluded }),
            Err(Refusal::NoTree { candidates }) => no_tree.push((url.clone(), candidates)),
        }
    }
    // A tree that no file has is a mistake of the text; one that some files lack makes those files bad.
    if no_tree.len() + bound.excluded.len() == urls.len()
        && let Some((url, candidates)) = no_tree.first()
    {
        return Err(Error::text(vec![no_tree_anywhere(analysis, dataset, url, candidates, urls.len())]));
    }
    for (url, candidates) in no_tree {
        let message = format!("{url}: no tree `{}`; it has {}", bound.tree, list(&candidates));
        let diagnostic = Diagnostic::new("object", message).object(&bound.tree).files(format!("1 of {}", urls.len()));
        bound.excluded.push(Excluded {
            url,
            diagnostic,
            object: Some(bound.tree.clone()),
            branch: None,
            basket: None,
            entries: None,
        });
    }
    bound.find_collections(rule);
    bound.apply_units(analysis, dataset)?;
    Ok(bound)
}

/// Files whose tables of detectors are one table each, with the columns of all tiers.
fn bind_detectors(
    analysis: &Analysis,
    index: usize,
    dataset: &Dataset,
    folder: &Path,
    texts: &tiers::Texts,
) -> Result<Bound, Error> {
    let urls = resolve(analysis, dataset, folder)?;
    let patterns: Vec<&str> = dataset.tables.iter().map(|t| t.text.as_str()).collect();
    let new = || Bound::new(index, urls.len(), patterns.join(" "));
    let (mut plans, mut excluded_files) = (Vec::new(), Vec::new());
    for url in &urls {
        match FilePlan::new(texts, url, &folder.join(url), &dataset.tables) {
            Ok(plan) => plans.push(plan),
            Err(TierRefusal::File(error)) => excluded_files.push(excluded(url, &error)),
            Err(TierRefusal::Text(found)) => return Err(Error::text(found)),
            Err(TierRefusal::Other(error)) => return Err(error),
            Err(TierRefusal::NoTable(names)) => {
                let wanted = &dataset.tables[0];
                let message = format!("no table of {url} fits `{}`", wanted.text);
                let diagnostic = Diagnostic::new("tree", message).at(&analysis.source, wanted.node.span);
                return Err(Error::text(vec![diagnostic.advice(format!("it has {}", list(&names)))]));
            }
        }
    }
    let mut bare = new();
    for plan in &plans {
        bare.add(Some(dataset), &plan.url, plan.path.clone(), plan.planned.clone());
    }
    bare.find_collections(Rules::Auto);
    bare.apply_units(analysis, dataset)?;
    let compiled = tiers::compile(analysis, &bare).map_err(Error::text)?;
    let mut bound = new();
    for mut plan in plans {
        let planned = plan.planned.with(tiers::uncalibrated(&compiled)).map_err(|e| Error::input(vec![file_diagnostic(&e)]))?;
        plan.planned = Arc::new(planned);
        plan.calibrations = compiled.clone();
        bound.add(Some(dataset), &plan.url, plan.path.clone(), plan.planned.clone());
        if let Some(input) = bound.inputs.last_mut() {
            input.tiers = Some(Arc::new(plan));
        }
    }
    bound.find_collections(Rules::Auto);
    bound.apply_units(analysis, dataset)?;
    bound.excluded = excluded_files;
    Ok(bound)
}

enum Refusal {
    Damaged(Box<Excluded>),
    NoTree { candidates: Vec<String> },
}

/// The table of a file; an empty name means the only one, and is filled in.
fn open_table(path: &Path, tree: &mut String, rule: Rules) -> Result<Arc<dyn Table>, Refusal> {
    let damaged = |error: germane_formats::Error| Refusal::Damaged(Box::new(excluded("", &error)));
    let file = germane_formats::open(path).map_err(damaged)?;
    if tree.is_empty() {
        let names = table_names(&file).map_err(damaged)?;
        let events = names.iter().find(|n| rule == Rules::Nanoaod && *n == "Events");
        match (names.len(), events) {
            (_, Some(events)) => tree.clone_from(events),
            (1, None) => tree.clone_from(&names[0]),
            _ => return Err(Refusal::NoTree { candidates: names }),
        }
    }
    match file.table(tree) {
        Ok(table) => Ok(table),
        Err(error) if error.kind == germane_formats::Kind::Unknown => {
            Err(Refusal::NoTree { candidates: error.candidates.clone() })
        }
        Err(error) => Err(damaged(error)),
    }
}

/// Paths of the tables of a file, each once.
///
/// # Errors
/// If the directory of the file is damaged.
pub(crate) fn table_names(file: &germane_formats::File) -> Result<Vec<String>, germane_formats::Error> {
    Ok(file.objects()?.into_iter().filter(|o| o.newest && o.is_table).map(|o| o.path).collect())
}

/// A bad file as the report lists it.
pub(crate) fn excluded(url: &str, error: &germane_formats::Error) -> Excluded {
    Excluded {
        url: url.to_owned(),
        diagnostic: file_diagnostic(error),
        object: error.object.clone(),
        branch: error.branch.clone(),
        basket: error.basket,
        entries: None,
    }
}

/// A format's error as a diagnostic.
pub fn file_diagnostic(error: &germane_formats::Error) -> Diagnostic {
    let mut diagnostic = Diagnostic::new("file", error.to_string());
    if let Some(object) = &error.object {
        diagnostic = diagnostic.object(object);
    }
    if let Some(byte) = error.byte {
        diagnostic = diagnostic.byte(byte);
    }
    diagnostic
}

fn no_tree_anywhere(analysis: &Analysis, dataset: &Dataset, url: &str, candidates: &[String], files: usize) -> Diagnostic {
    let Some(tree) = &dataset.tree else {
        let message = format!("dataset `{}`: {url} has {}; say which with `tree:`", dataset.name.text, list(candidates));
        return Diagnostic::new("object", message).at(&analysis.source, dataset.name.span);
    };
    let message = format!("no tree `{}` in {url}", tree.text);
    let diagnostic = Diagnostic::new("tree", message).at(&analysis.source, tree.node.span).files(format!("{files} of {files}"));
    match nearest(&tree.text, candidates.iter().map(String::as_str)) {
        Some(near) => diagnostic.nearest(near),
        None => diagnostic.advice(format!("it has {}", list(candidates))),
    }
}

/// At most eight names, then how many more.
pub(crate) fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "no table".into();
    }
    let shown: Vec<_> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
    let more = names.len().saturating_sub(8);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// Files of a dataset in the order of its list; what a pattern finds is sorted.
fn resolve(analysis: &Analysis, dataset: &Dataset, folder: &Path) -> Result<Vec<String>, Error> {
    let (mut urls, mut missing, mut twice) = (Vec::new(), Vec::new(), Vec::new());
    for written in &dataset.files {
        let found = if pattern::is_pattern(&written.text) && !folder.join(&written.text).exists() {
            find(folder, &written.text)
        } else if folder.join(&written.text).is_file() {
            vec![written.text.clone()]
        } else {
            Vec::new()
        };
        if found.is_empty() {
            missing.push(no_file(analysis, written, folder));
        }
        for url in found {
            if urls.contains(&url) && !dataset.duplicates {
                let message = format!("`{url}` is in dataset `{}` twice", dataset.name.text);
                let advice = "its entries would count twice; `duplicates: allow` if that is meant";
                twice.push(Diagnostic::new("duplicate", message).at(&analysis.source, written.node.span).advice(advice));
            }
            urls.push(url);
        }
    }
    if !twice.is_empty() {
        return Err(Error::text(twice));
    }
    if missing.is_empty() { Ok(urls) } else { Err(Error::input(missing)) }
}

fn no_file(analysis: &Analysis, written: &Written, folder: &Path) -> Diagnostic {
    let message = format!("no file `{}`", written.text);
    let diagnostic = Diagnostic::new("file", message).at(&analysis.source, written.node.span);
    let path = Path::new(&written.text);
    let beside = path.parent().unwrap_or(Path::new(""));
    let names = names_in(&folder.join(beside));
    let wanted = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    match nearest(wanted, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.nearest(beside.join(near).display().to_string()),
        None if names.is_empty() => diagnostic.advice(format!("the folder `{}` is empty or not there", beside.display())),
        None => diagnostic.advice("paths are relative to the analysis file"),
    }
}

/// Names in a folder, sorted; of one that cannot be read, none.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut names: Vec<String> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Files that match a pattern, segment by segment, sorted.
pub(crate) fn find(folder: &Path, wanted: &str) -> Vec<String> {
    let (root, relative) = match wanted.strip_prefix('/') {
        Some(rest) => (PathBuf::from("/"), rest),
        None => (folder.to_owned(), wanted),
    };
    let mut found = vec![PathBuf::new()];
    for segment in relative.split('/') {
        found = found
            .iter()
            .flat_map(|base| {
                let names = if pattern::is_pattern(segment) {
                    names_in(&root.join(base)).into_iter().filter(|n| pattern::matches(segment, n)).collect()
                } else {
                    vec![segment.to_owned()]
                };
                names.into_iter().map(|n| base.join(n)).filter(|p| root.join(p).exists()).collect::<Vec<_>>()
            })
            .collect();
    }
    let prefix = if wanted.starts_with('/') { "/" } else { "" };
    found.iter().filter(|p| root.join(p).is_file()).map(|p| format!("{prefix}{}", p.display())).collect()
}

impl Bound {
    fn new(dataset: usize, files: usize, tree: String) -> Self {
        Self {
            dataset,
            inputs: Vec::new(),
            excluded: Vec::new(),
            files,
            columns: Vec::new(),
            problems: BTreeMap::new(),
            collections: Collections::default(),
            tree,
            conversions: Vec::new(),
            described: Vec::new(),
        }
    }

    /// One table of one file, under its own names.
    pub fn of_table(url: &str, path: &Path, table: Arc<dyn Table>, tree: &str, rule: Rules) -> Self {
        let mut bound = Self::new(0, 1, tree.to_owned());
        bound.add(None, url, path.to_owned(), table);
        bound.find_collections(rule);
        bound
    }

    /// One table of several files, under its own names.
    pub(crate) fn of_files(tree: &str, files: Vec<(String, PathBuf, Arc<dyn Table>)>) -> Self {
        let mut bound = Self::new(0, files.len(), tree.to_owned());
        for (url, path, table) in files {
            bound.add(None, &url, path, table);
        }
        bound.find_collections(Rules::Auto);
        bound
    }

    /// Adds a file; its values are read in the units of the files before it, but for columns whose unit the user declares.
    fn add(&mut self, dataset: Option<&Dataset>, url: &str, path: PathBuf, table: Arc<dyn Table>) {
        let (rename, declared): (&[_], &[_]) = dataset.map_or((&[], &[]), |d| (&d.rename, &d.units));
        let is_declared = |name: &str| declared.iter().any(|(pattern, _)| pattern::matches(&pattern.text, name));
        let logical = |name: &str| self.columns.iter().position(|field| field.name == logical_name(rename, name));
        let first = |name: &str| if is_declared(name) { None } else { logical(name).map(|k| &self.columns[k]) };
        let (table, differences) = Converted::to_units_of(table, first);
        for Difference { column, units, problem } in differences {
            let Some(logical) = logical(&column) else { continue };
            match problem {
                None => match self.conversions.iter_mut().find(|known| known.column == logical && known.units == units) {
                    Some(known) => known.files += 1,
                    None => self.conversions.push(Conversion { column: logical, units, url: url.to_owned(), files: 1 }),
                },
                Some(why) => {
                    let message = format!("{url} has it in {}, the first file in {}: {why}", units.0, units.1);
                    self.problems.entry(logical).or_insert(message);
                }
            }
        }
        let mut columns = vec![None; self.columns.len()];
        for (physical, column) in table.schema().columns.iter().enumerate() {
            let name = logical_name(rename, &column.field.name);
            let logical = match self.columns.iter().position(|f| f.name == name) {
                Some(logical) => logical,
                None => {
                    let field = Field { name, ..column.field.clone() };
                    let counter = column.counter.as_ref().map(|c| logical_name(rename, c));
                    self.described.push(Column { field: field.clone(), counter, ..column.clone() });
                    self.columns.push(field);
                    self.columns.len() - 1
                }
            };
            if let Some(problem) = &column.problem {
                self.problems.entry(logical).or_insert_with(|| format!("{url}: {problem}"));
            }
            columns.resize(self.columns.len(), None);
            columns[logical] = Some(physical);
        }
        self.inputs.push(Input { url: url.to_owned(), path, table, columns, tiers: None });
    }

    fn find_collections(&mut self, rule: Rules) {
        let columns = self.columns.len();
        for input in &mut self.inputs {
            input.columns.resize(columns, None);
        }
        let schema = TableSchema { columns: self.described.clone(), ..TableSchema::default() };
        self.collections = collections(&schema, rule);
        if rule == Rules::Nanoaod {
            self.apply_nanoaod_units();
        }
    }

    /// A line for each column of `read` that is converted in some files, with the first of them.
    pub(crate) fn conversion_notes(&self, read: &[usize]) -> Vec<String> {
        let of_read = self.conversions.iter().filter(|c| read.contains(&c.column));
        of_read.map(|c| c.note(&self.columns[c.column].name, self.files)).collect()
    }

    /// NanoAOD stores energies and momenta in GeV (its documentation page, "units").
    fn apply_nanoaod_units(&mut self) {
        let Ok(gev) = Unit::parse("GeV") else { return };
        for field in &mut self.columns {
            let last = field.name.rsplit('_').next().unwrap_or("").to_ascii_lowercase();
            if field.unit.is_none() && matches!(last.as_str(), "pt" | "mass" | "sumet") {
                field.unit = Some(gev.clone());
            }
        }
    }

    /// Units are declared for the names in the file.
    fn apply_units(&mut self, analysis: &Analysis, dataset: &Dataset) -> Result<(), Error> {
        let mut wrong = Vec::new();
        for (name, unit) in &dataset.units {
            let parsed = match Unit::parse(&unit.text) {
                Ok(parsed) => parsed,
                Err(error) => {
                    wrong.push(Diagnostic::new("unit", error.to_string()).at(&analysis.source, unit.node.span));
                    continue;
                }
            };
            let mut any = false;
            for input in &self.inputs {
                for (logical, physical) in input.columns.iter().enumerate() {
                    let Some(physical) = physical else { continue };
                    if pattern::matches(&name.text, &input.table.schema().columns[*physical].field.name) {
                        self.columns[logical].unit = Some(parsed.clone());
                        any = true;
                    }
                }
            }
            if !any && !self.inputs.is_empty() {
                let diagnostic =
                    Diagnostic::new("name", format!("no column matches `{}`", name.text)).at(&analysis.source, name.span);
                let names: Vec<_> = self.inputs[0].table.schema().columns.iter().map(|c| c.field.name.as_str()).collect();
                wrong.push(match nearest(&name.text, names.iter().copied()) {
                    Some(near) => diagnostic.nearest(near),
                    None => diagnostic.advice("units are declared for the names as in the file"),
                });
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::text(wrong)) }
    }
}

fn logical_name(rules: &[(Name, Written)], name: &str) -> String {
    rules.iter().find_map(|(from, to)| pattern::rename(&from.text, &to.text, name)).unwrap_or_else(|| name.to_owned())
}
