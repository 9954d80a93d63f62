//! What the tiers of a file will hold, from its header and the texts of the tiers.

use super::calibrate::Compiled;
use super::detectors::{Detector, DetectorTable, Part};
use crate::analysis::{Analysis, Written};
use crate::dsp;
use crate::error::Error;
use crate::hit::{self, Configuration, Hit, Made};
use crate::inputs::{file_diagnostic, list};
use crate::pattern;
use germane_columns::Type;
use germane_formats::{File, Table};
use germane_texts::{Diagnostic, Node, Source, nearest, read_yaml};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The texts of all tiers, read once for all files.
#[derive(Default)]
pub(crate) struct Texts {
    /// how, and the texts that say it
    dsp: Option<(dsp::Options, String)>,
    hit: Option<HitTexts>,
}

struct HitTexts {
    configuration: Configuration,
    database: Option<(Source, Node)>,
}

/// What is made of one file.
pub(crate) struct FilePlan {
    /// as the user wrote it
    pub url: String,
    /// where it lies
    pub path: PathBuf,
    /// patterns of its tables
    pub patterns: String,
    /// names of detectors with their tables in the file
    pub tables: Vec<(String, String)>,
    /// processing of its waveforms
    pub dsp: Option<DspPlan>,
    /// what is made of each `dsp` table
    pub hits: Option<Vec<Made>>,
    /// everything that decides about the content of the hits, as text
    pub hit_text: String,
    /// all detectors as they are planned
    pub planned: Arc<DetectorTable>,
    /// expressions of the calibrations
    pub calibrations: Arc<[Compiled]>,
}

/// Processing of the waveforms of a file.
pub(crate) struct DspPlan {
    /// how
    pub options: dsp::Options,
    /// tables that are made, in the order of those of the file
    pub outputs: Vec<String>,
    /// everything that decides about their content, as text
    pub text: String,
}

/// Why a file has no plan.
pub(crate) enum Refusal {
    /// the file is damaged
    File(germane_formats::Error),
    /// texts are wrong
    Text(Vec<Diagnostic>),
    /// no table fits: those that are there
    NoTable(Vec<String>),
    /// something else
    Other(Error),
}

impl Texts {
    /// Reads chains, configurations and databases.
    ///
    /// # Errors
    /// All mistakes of all texts (6), else files that are not there (4).
    pub(crate) fn read(analysis: &Analysis, folder: &Path) -> Result<Self, Error> {
        let (mut wrong, mut missing) = (Vec::new(), Vec::new());
        let mut open = |written: &Written| match source(analysis, folder, written) {
            Ok(source) => Some(source),
            Err(diagnostic) => {
                missing.push(diagnostic);
                None
            }
        };
        let mut texts = Self::default();
        if let Some(tier) = &analysis.tiers.dsp {
            let sources: Vec<Source> = tier.chain.iter().filter_map(&mut open).collect();
            let database = tier.database.as_ref().and_then(&mut open);
            let text: String = sources.iter().chain(&database).map(|source| source.text.as_ref()).collect();
            let chains = dsp::Chains::one(sources).map_err(|found| wrong.extend(found)).ok();
            let database = database.and_then(|d| dsp::Database::read(&d).map_err(|found| wrong.extend(found)).ok());
            texts.dsp = chains.map(|chains| (dsp::Options { chains, database, ..dsp::Options::default() }, text));
        }
        if let Some(tier) = &analysis.tiers.hit {
            let (config, database) = (open(&tier.config), tier.database.as_ref().and_then(&mut open));
            let configuration = config.and_then(|c| Configuration::read(&c).map_err(|found| wrong.extend(found)).ok());
            let database = database.and_then(|source| {
                let reading = read_yaml(&source);
                wrong.extend(reading.problems);
                Some((source, reading.node?))
            });
            texts.hit = configuration.map(|configuration| HitTexts { configuration, database });
        }
        if !missing.is_empty() {
            return Err(Error::input(missing));
        }
        if wrong.is_empty() { Ok(texts) } else { Err(Error::text(wrong)) }
    }
}

fn source(analysis: &Analysis, folder: &Path, written: &Written) -> Result<Source, Diagnostic> {
    let path = folder.join(&written.text);
    let name = path.display().to_string();
    std::fs::read_to_string(&path).map(|text| Source::new(name, text)).map_err(|error| {
        let message = format!("`{}`: {error}", written.text);
        let diagnostic = Diagnostic::new("file", message).at(&analysis.source, written.node.span);
        diagnostic.advice("paths are relative to the analysis file")
    })
}

impl FilePlan {
    /// Opens a file and plans its tiers.
    ///
    /// # Errors
    /// Damage, texts that do not fit the tables, or no table.
    pub(crate) fn new(texts: &Texts, url: &str, path: &Path, patterns: &[Written]) -> Result<Self, Refusal> {
        let file = germane_formats::open(path).map_err(Refusal::File)?;
        let names = crate::inputs::table_names(&file).map_err(Refusal::File)?;
        let mut tables: Vec<(String, String)> = Vec::new();
        for wanted in patterns {
            for name in names.iter().map(|name| name.trim_matches('/')).filter(|name| pattern::matches(&wanted.text, name)) {
                if tables.iter().all(|(_, known)| known != name) {
                    tables.push((hit::detector_of(name).to_owned(), name.to_owned()));
                }
            }
        }
        if tables.is_empty() {
            return Err(Refusal::NoTable(names));
        }
        let sources: Vec<Arc<dyn Table>> =
            tables.iter().map(|(_, table)| file.table(table)).collect::<Result<_, _>>().map_err(Refusal::File)?;
        let mut parts: Vec<Vec<Part>> = sources.iter().map(|table| vec![Part::Stored(table.clone())]).collect();
        let dsp = texts.dsp.as_ref().map(|(options, text)| plan_dsp(options, text, path, &tables, &mut parts)).transpose()?;
        let mut hit_text = String::new();
        let hits = match &texts.hit {
            Some(hit) => Some(plan_hits(hit, &tables, dsp.as_ref(), &mut parts, &mut hit_text)?),
            None => None,
        };
        let detectors = (tables.iter().zip(&sources).zip(parts))
            .map(|(((name, _), table), parts)| Detector { name: name.clone(), rows: table.schema().entries, parts })
            .collect();
        let patterns: Vec<&str> = patterns.iter().map(|p| p.text.as_str()).collect();
        let patterns = patterns.join(" ");
        let planned = Arc::new(DetectorTable::new(url, &patterns, detectors, Vec::new()).map_err(Refusal::File)?);
        let (url, path) = (url.to_owned(), path.to_owned());
        Ok(Self { url, path, patterns, tables, dsp, hits, hit_text, planned, calibrations: Arc::from([]) })
    }

    /// The detectors with the tables of the files that were made.
    ///
    /// # Errors
    /// A made file that cannot be read.
    pub(crate) fn made(&self, dsp: Option<&File>, hit: Option<&File>) -> Result<DetectorTable, germane_formats::Error> {
        let source = germane_formats::open(&self.path)?;
        let mut detectors = Vec::new();
        for (number, (name, table)) in self.tables.iter().enumerate() {
            let own = source.table(table)?;
            let rows = own.schema().entries;
            let mut parts = vec![Part::Stored(own)];
            if let (Some(file), Some(plan)) = (dsp, &self.dsp) {
                parts.insert(0, Part::Stored(file.table(&plan.outputs[number])?));
            }
            if let (Some(file), Some(plans)) = (hit, &self.hits) {
                parts.insert(0, Part::Stored(file.table(&plans[number].output)?));
            }
            detectors.push(Detector { name: name.clone(), rows, parts });
        }
        DetectorTable::new(&self.url, &self.patterns, detectors, Vec::new())
    }
}

impl FilePlan {
    /// What decides about the content of the tiers.
    pub(crate) fn document(&self) -> Value {
        let hashed = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        let mut document = Map::new();
        if let Some(dsp) = &self.dsp {
            document.insert("dsp".to_owned(), hashed(&dsp.text).into());
        }
        if self.hits.is_some() {
            document.insert("hit".to_owned(), hashed(&self.hit_text).into());
        }
        Value::Object(document)
    }

    /// Lines for a person.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, (_, table)) in self.tables.iter().enumerate() {
            let mut text = format!("  {}: {table}", self.url);
            if let Some(dsp) = &self.dsp {
                text.push_str(&format!(" → {}", dsp.outputs[number]));
            }
            if let Some(hit) = self.hits.as_ref().and_then(|hits| hits.get(number)) {
                let names: Vec<&str> = hit.hit.columns.iter().map(|c| c.field.name.as_str()).collect();
                text.push_str(&format!(" → {} ({})", hit.output, names.join(", ")));
            }
            lines.push(text);
        }
        lines
    }
}

fn plan_dsp(
    options: &dsp::Options,
    written: &str,
    path: &Path,
    tables: &[(String, String)],
    parts: &mut [Vec<Part>],
) -> Result<DspPlan, Refusal> {
    let names = tables.iter().map(|(_, table)| table.clone()).collect();
    let options = dsp::Options { tables: Some(names), base_group: Some(String::new()), ..options.clone() };
    let (listings, _) = dsp::listings(&[dsp::Input::File(path.to_owned())], &options).map_err(|error| {
        if error.exit == crate::error::exit::TEXT { Refusal::Text(error.diagnostics) } else { Refusal::Other(error) }
    })?;
    // Listings leave out long constants, so the texts themselves belong to it.
    let (mut outputs, mut text) = (Vec::new(), written.to_owned());
    for ((_, table), parts) in tables.iter().zip(parts) {
        let listing = listings.iter().find(|l| l.table.trim_matches('/') == table);
        let Some(listing) = listing else {
            return Err(Refusal::Other(Error::internal(format!("`{table}` has no chain"))));
        };
        parts.insert(0, Part::Planned(listing.fields.clone()));
        outputs.push(listing.output.clone());
        text.push_str(&format!("{table}\n{}\n", listing.listing));
    }
    Ok(DspPlan { options, outputs, text })
}

fn plan_hits(
    texts: &HitTexts,
    tables: &[(String, String)],
    dsp: Option<&DspPlan>,
    parts: &mut [Vec<Part>],
    text: &mut String,
) -> Result<Vec<Made>, Refusal> {
    let configuration = &texts.configuration;
    let (mut plans, mut wrong) = (Vec::new(), Vec::new());
    for (number, (detector, table)) in tables.iter().enumerate() {
        let input = dsp.map_or_else(|| table.clone(), |plan| plan.outputs[number].clone());
        let Some(block) = configuration.block(&input) else {
            let message = format!("no block is for `{input}`");
            let known: Vec<String> = configuration.blocks.iter().map(|(p, _)| p.clone()).collect();
            let diagnostic = Diagnostic::new("name", message).file(configuration.source.name.to_string());
            wrong.push(match nearest(detector, known.iter().map(String::as_str)) {
                Some(near) => diagnostic.nearest(near),
                None => diagnostic.advice(format!("there are {}; `*` is for all", list(&known))),
            });
            continue;
        };
        let fields = match &parts[number][0] {
            Part::Planned(fields) => fields.clone(),
            Part::Stored(table) => hit::fields(&**table),
        };
        let parameters = texts.database.as_ref().and_then(|(_, root)| root.get(detector));
        match Hit::new(configuration, block, &fields, parameters) {
            Ok(hit) => {
                let made = hit.columns.iter().map(|c| c.field.clone()).filter(|f| is_column(&f.ty)).collect();
                parts[number].insert(0, Part::Planned(made));
                let output = hit::output_path(&input);
                plans.push(Made { input, output, hit: Arc::new(hit) });
            }
            // What is wrong for all detectors is told once.
            Err(found) => wrong.extend(found.into_iter().filter(|d| !wrong.contains(d)).collect::<Vec<_>>()),
        }
    }
    *text = configuration.source.text.to_string();
    if let Some((source, _)) = &texts.database {
        text.push_str(&source.text);
    }
    if wrong.is_empty() { Ok(plans) } else { Err(Refusal::Text(wrong)) }
}

fn is_column(ty: &Type) -> bool {
    !matches!(ty, Type::Struct(_) | Type::Binary)
}

/// A file's error as a diagnostic of the analysis.
pub(crate) fn damaged(error: &germane_formats::Error) -> Error {
    Error::input(vec![file_diagnostic(error)])
}
