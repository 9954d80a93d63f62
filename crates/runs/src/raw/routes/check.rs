//! Mistakes of a specification that show against a stream.

use super::{Routes, keys_of};
use crate::raw::specification::{DecoderSpec, Finding, KeyItem, Met, Specification, Taken};
use germane_formats::daq::{ColumnSpec, DecoderInfo, Key, TableSpec};
use germane_texts::{Diagnostic, Span, nearest};
use std::collections::{BTreeMap, HashMap};

impl Routes {
    /// Decoders and keys that the stream does not have, and two lone `*`.
    pub(super) fn check_names(&self) -> Vec<Diagnostic> {
        let Some(specification) = &self.specification else { return Vec::new() };
        let mut problems = Vec::new();
        for spec in &specification.decoders {
            let served: Vec<&DecoderInfo> = if spec.name.text == "*" {
                let named = |d: &&DecoderInfo| specification.decoders.iter().any(|s| s.name.text == d.decoder);
                self.decoders.iter().filter(|d| !named(d)).collect()
            } else {
                self.decoders.iter().filter(|d| d.decoder == spec.name.text).collect()
            };
            if served.is_empty() && spec.name.text != "*" {
                problems.push(self.unknown_decoder(specification, spec));
                continue;
            }
            problems.extend(two_stars(specification, spec));
            if !served.is_empty() {
                let items = spec.buffers.iter().flat_map(|buffer| &buffer.keys);
                problems.extend(items.filter_map(|item| unknown_key(specification, spec, item, &served)));
            }
        }
        problems
    }

    fn unknown_decoder(&self, specification: &Specification, spec: &DecoderSpec) -> Diagnostic {
        let names: Vec<&str> = self.decoders.iter().map(|d| d.decoder).collect();
        let message = format!("this stream has no decoder `{}`", spec.name.text);
        let problem = Diagnostic::new("name", message).at(&specification.source, spec.name.span);
        match nearest(&spec.name.text, names.iter().copied()) {
            Some(name) => problem.nearest(name),
            None => problem.advice(format!("it has {}", names.join(", "))),
        }
    }

    /// Two buffers that would be written to one place.
    pub(super) fn check_clashes(&self) -> Vec<Diagnostic> {
        let Some(specification) = &self.specification else { return Vec::new() };
        let mut places: HashMap<_, usize> = HashMap::new();
        let mut problems = Vec::new();
        for (i, buffer) in self.buffers.iter().enumerate() {
            let Some(&first) = places.get(&buffer.destination) else {
                places.insert(&buffer.destination, i);
                continue;
            };
            let (file, path) = (buffer.destination.file.display(), buffer.destination.path());
            let (a, b) = (self.buffers[first].decoder, buffer.decoder);
            let whose = if a == b { format!("two buffers of {a}") } else { format!("{a} and {b}") };
            let message = format!("{whose} would be written to one table, {file}:{path}");
            let problem = Diagnostic::new("name", message);
            let spec = super::spec_of(specification, b).map(|(_, spec)| spec);
            let problem = match spec {
                Some(spec) => problem.at(&specification.source, spec.name.span),
                None => problem,
            };
            problems.push(problem.advice("tell them apart with `{name}` or `{key}` in their names"));
        }
        problems
    }

    /// Fields that no table of a buffer has, as far as columns are known before records are decoded.
    pub(super) fn check_fields(&mut self, tables: &[TableSpec]) -> Vec<Diagnostic> {
        let Some(specification) = self.specification.clone() else { return Vec::new() };
        let mut findings: BTreeMap<(Span, String), Vec<Met>> = BTreeMap::new();
        for table in tables {
            let lists = self.decoders.iter().find(|d| d.decoder == table.decoder).map_or(&[][..], |d| &d.key_lists[..]);
            // The columns of the first key of a group are those of all of its keys.
            let group: Vec<Option<Key>> = match lists.iter().find(|list| table.key.as_ref().is_some_and(|key| list.contains(key)))
            {
                Some(list) => list.iter().cloned().map(Some).collect(),
                None => vec![table.key.clone()],
            };
            let mut processes = Vec::new();
            for key in &group {
                for buffer in self.taken.get(&(table.decoder, key.clone())).into_iter().flatten() {
                    if let Some(process) = &self.buffers[*buffer].process
                        && !processes.iter().any(|p| std::sync::Arc::ptr_eq(p, process))
                    {
                        processes.push(process.clone());
                    }
                }
            }
            for finding in processes.iter().flat_map(|process| process.check(&table.columns)) {
                findings.entry((finding.span, finding.text)).or_default().push(finding.met);
            }
        }
        let mut problems = Vec::new();
        for ((span, text), met) in findings {
            if met.contains(&Met::Field) {
                // Tables where it is of another kind may never get rows; they are refused when they do.
                self.served.insert(span);
            } else if let Some(first) = met.iter().find(|m| matches!(m, Met::Wrong(_))).or(met.first()) {
                problems.push(refusal(&specification, span, &text, first));
            }
        }
        problems
    }

    /// The same for a table that comes while records are decoded.
    pub(crate) fn check_table(&mut self, buffer: usize, columns: &[ColumnSpec]) -> Vec<Diagnostic> {
        let (Some(specification), Some(process)) = (self.specification.clone(), self.buffers[buffer].process.clone()) else {
            return Vec::new();
        };
        let mut problems = Vec::new();
        for Finding { span, text, met } in process.check(columns) {
            match met {
                Met::Field => {
                    self.served.insert(span);
                }
                Met::Absent(_) if self.served.contains(&span) => {}
                met => problems.push(refusal(&specification, span, &text, &met)),
            }
        }
        problems
    }
}

fn refusal(specification: &Specification, span: Span, text: &str, met: &Met) -> Diagnostic {
    let problem = |message: String| Diagnostic::new("field", message).at(&specification.source, span);
    match met {
        Met::Wrong(reason) => problem(reason.clone()),
        Met::Absent(names) => {
            let problem = problem(format!("no field `{text}` in the tables of this buffer"));
            match nearest(text, names.iter().map(String::as_str)) {
                Some(name) => problem.nearest(name),
                None => problem.advice(format!("there are {}", crate::inputs::list(names))),
            }
        }
        Met::Field => problem(format!("`{text}`")),
    }
}

fn two_stars(specification: &Specification, spec: &DecoderSpec) -> Option<Diagnostic> {
    let alone = spec.buffers.iter().filter(|b| !b.duplicate);
    let mut stars = alone.filter_map(|b| b.keys.iter().find(|item| item.taken == Taken::Rest).map(|item| item.span));
    let (first, second) = (stars.next()?, stars.next()?);
    let message = format!("two buffers of `{}` take all keys that are left", spec.name.text);
    let problem = Diagnostic::new("key", message).at(&specification.source, second).also(first, "here, too");
    Some(problem.advice("one `*` a decoder; or say `duplicate: true` in one of them"))
}

fn unknown_key(specification: &Specification, spec: &DecoderSpec, item: &KeyItem, served: &[&DecoderInfo]) -> Option<Diagnostic> {
    let keys: Vec<Option<Key>> = served.iter().flat_map(|decoder| keys_of(decoder)).collect();
    if keys.iter().any(|key| item.taken.takes(key.as_ref())) || item.taken == Taken::Rest {
        return None;
    }
    let texts: Vec<String> = keys.iter().flatten().map(Key::to_string).collect();
    let text = item.taken.text();
    let what = match &item.taken {
        Taken::Range(..) => format!("no key of {} lies in {text}", spec.name.text),
        Taken::Pattern(_) => format!("no key of {} matches `{text}`", spec.name.text),
        _ => format!("{} gives no key {text}", spec.name.text),
    };
    let problem = Diagnostic::new("key", format!("{what} in this stream")).at(&specification.source, item.span);
    Some(match nearest(&text, texts.iter().map(String::as_str)) {
        _ if texts.is_empty() => problem.advice("its rows have no keys: write [\"*\"]"),
        Some(name) => problem.nearest(name),
        None => problem.advice(format!("it gives {}", crate::inputs::list(&texts))),
    })
}
