//! The rows of a card, and the histograms that they name.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::form::{MANY, Statistics};
use super::{Change, Column, STRENGTH, Writer, interpolated};
use crate::histogram_source::SourceHistogram;
use crate::likelihood::Constraint;

/// How a nuisance is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// trG
    Line,
    /// lnN
    Power,
    /// shape, or shape? where some columns are lnN
    Template,
}

impl Writer<'_> {
    /// Nuisances with their types: trG where all effects are lines.
    fn kinds(&mut self) -> BTreeMap<String, Kind> {
        let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
        for column in &self.columns {
            for (name, change) in &column.effects {
                let kind = match change {
                    Change::Line(_) | Change::Power { added: true, .. } => Kind::Line,
                    Change::Power { .. } => Kind::Power,
                    Change::Template { .. } => Kind::Template,
                };
                let known = kinds.entry(name.clone()).or_insert(kind);
                *known = match (*known, kind) {
                    (Kind::Template, _) | (_, Kind::Template) => Kind::Template,
                    (Kind::Line, Kind::Line) => Kind::Line,
                    _ => Kind::Power,
                };
            }
        }
        let mut messages = Vec::new();
        for column in &self.columns {
            for (name, change) in &column.effects {
                if kinds[name] != Kind::Line && !matches!(change, Change::Template { .. }) {
                    messages.push(interpolated(name));
                }
            }
        }
        messages.sort();
        messages.into_iter().for_each(|message| self.lost(message));
        kinds
    }

    /// The card; templates are in that file.
    pub(super) fn text(&mut self, file: Option<&str>) -> String {
        let kinds = self.kinds();
        self.settings();
        let mut numbers: BTreeMap<String, i64> = BTreeMap::new();
        let (mut signal, mut background) = (0, 1);
        for column in &self.columns {
            if !numbers.contains_key(&column.process) {
                let next = if column.signal { &mut signal } else { &mut background };
                numbers.insert(column.process.clone(), *next);
                *next += if column.signal { -1 } else { 1 };
            }
        }
        let mut out = String::new();
        let mut row = |head: &str, cells: Vec<String>| {
            let _ = writeln!(out, "{head} {}", cells.join(" "));
        };
        row("imax", vec![self.channels.len().to_string()]);
        row("jmax", vec!["*".into()]);
        row("kmax", vec!["*".into()]);
        row("-----", vec![]);
        if let Some(file) = file {
            for slot in &self.channels {
                let name = &slot.name;
                match slot.templates {
                    Some(_) => row(&format!("shapes * {name} {file} {name}/$PROCESS {name}/$PROCESS_$SYSTEMATIC"), vec![]),
                    None => row(&format!("shapes * {name} FAKE"), vec![]),
                }
            }
            row("-----", vec![]);
        }
        row("bin", self.channels.iter().map(|slot| slot.name.clone()).collect());
        row("observation", self.channels.iter().map(|slot| number(slot.data.iter().sum())).collect());
        row("-----", vec![]);
        row("bin", self.columns.iter().map(|column| self.channels[column.channel].name.clone()).collect());
        row("process", self.columns.iter().map(|column| column.process.clone()).collect());
        row("process", self.columns.iter().map(|column| numbers[&column.process].to_string()).collect());
        row("rate", self.columns.iter().map(|column| number(column.rate())).collect());
        row("-----", vec![]);
        for (name, kind) in &kinds {
            let cell = |column: &Column| match (column.effects.get(name), kind) {
                (None, _) => "-".to_owned(),
                (Some(Change::Template { .. }), _) => "1".to_owned(),
                (Some(Change::Line(v)), Kind::Line) => number(*v),
                (Some(change), Kind::Line) => {
                    let (low, high) = factors(change);
                    number(0.5 * (high - low))
                }
                (Some(change), _) => {
                    let (low, high) = factors(change);
                    format!("{}/{}", number(low), number(high))
                }
            };
            let moved = |column: &Column| !matches!(column.effects.get(name), None | Some(Change::Template { .. }));
            let word = match kind {
                Kind::Line => "trG",
                Kind::Power => "lnN",
                Kind::Template if self.columns.iter().any(moved) => "shape?",
                Kind::Template => "shape",
            };
            row(&format!("{name} {word}"), self.columns.iter().map(cell).collect());
        }
        let mut counted: Vec<&(String, f64)> = self.columns.iter().filter_map(|column| column.counted.as_ref()).collect();
        counted.dedup();
        for (name, count) in counted {
            let cell = |column: &Column| match &column.counted {
                Some((own, _)) if own == name => number(column.rate() / count),
                _ => "-".to_owned(),
            };
            row(&format!("{name} gmN {count}"), self.columns.iter().map(cell).collect());
        }
        for column in &self.columns {
            for factor in &column.factors {
                let known = self.parameters.iter().find(|one| self.names.get(&one.name) == Some(factor));
                let (start, range) = known.map_or((1.0, String::new()), |parameter| {
                    (parameter.start, format!(" [{},{}]", number(parameter.lower), number(parameter.upper)))
                });
                let (channel, process) = (&self.channels[column.channel].name, &column.process);
                row(&format!("{factor} rateParam {channel} {process} {}{range}", number(start)), vec![]);
            }
        }
        for (index, slot) in self.channels.iter().enumerate() {
            let mut columns = self.columns.iter().filter(|column| column.channel == index);
            let moved = columns.any(|column| column.effects.values().any(|change| matches!(change, Change::Template { .. })));
            let threshold = match slot.templates {
                None => continue,
                Some(Statistics::None) if !moved => continue,
                // No parameters of bins; the row says how templates move.
                Some(Statistics::None) => -1.0,
                Some(Statistics::Normal) => 0.0,
                Some(Statistics::Poisson) => MANY,
            };
            row(&format!("{} autoMCStats {threshold} 1 {}", slot.name, if moved { 2 } else { 1 }), vec![]);
        }
        for frozen in self.parameters.iter().filter(|parameter| parameter.fixed) {
            if let Some(name) = self.names.get(&frozen.name) {
                row(&format!("nuisance edit freeze {name}"), vec![]);
            }
        }
        let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
        lines.join("\n") + "\n"
    }

    /// What the measurement says that the card cannot.
    fn settings(&mut self) {
        let mut messages = Vec::new();
        for parameter in self.parameters {
            let vector = parameter.name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
            if self.measurement.poi.as_deref() == Some(parameter.name.as_str()) {
                if parameter.start != 1.0 {
                    messages.push(format!("the start of `{}`, which is `{STRENGTH}` on the card", parameter.name));
                }
                continue;
            }
            if let Some((name, _)) = vector {
                let own = self.measurement.parameters.iter().filter(|setting| setting.name == name);
                if own.clone().any(|one| one.auxdata.is_some() || one.sigmas.is_some() || one.factors.is_some()) {
                    messages.push(format!("auxiliary data, widths or rates of `{name}` that are not those of its bins"));
                }
                continue;
            }
            if let (Some(Constraint::Normal { centre, width }), true) = (parameter.constraint, parameter.name != "lumi")
                && (centre, width) != (0.0, 1.0)
            {
                messages.push(format!("the auxiliary datum {centre} ± {width} of `{}`: it becomes 0 ± 1", parameter.name));
            }
        }
        messages.into_iter().for_each(|message| self.lost(message));
    }

    /// The histograms that the card names: data, contents with their errors, and contents at -1 and +1.
    pub(super) fn histograms(&self) -> Vec<(String, SourceHistogram)> {
        let mut out = Vec::new();
        for (index, slot) in self.channels.iter().enumerate().filter(|(_, slot)| slot.templates.is_some()) {
            let mut add = |name: String, contents: Vec<f64>, variances: Vec<f64>| {
                let edges = vec![(0..=contents.len()).map(|edge| edge as f64).collect()];
                out.push((format!("{}/{name}", slot.name), SourceHistogram { edges, contents, variances, single: false }));
            };
            add("data_obs".to_owned(), slot.data.clone(), slot.data.clone());
            for column in self.columns.iter().filter(|column| column.channel == index) {
                let variances = column.errors.iter().map(|error| error * error).collect();
                add(column.process.clone(), column.contents.clone(), variances);
                for (name, change) in &column.effects {
                    let Change::Template { low, high } = change else { continue };
                    let zeros = vec![0.0; high.len()];
                    add(format!("{}_{name}Up", column.process), high.clone(), zeros.clone());
                    add(format!("{}_{name}Down", column.process), low.clone(), zeros);
                }
            }
        }
        out
    }
}

/// Factors at -1 and +1.
fn factors(change: &Change) -> (f64, f64) {
    match change {
        Change::Line(v) => (1.0 - v, 1.0 + v),
        Change::Power { low, high, .. } => (*low, *high),
        // These are not written as factors.
        Change::Template { .. } => (1.0, 1.0),
    }
}

/// The shortest text of a number.
fn number(value: f64) -> String {
    format!("{value}")
}
