//! Where TRExFitter finds a template: paths, files and names of job, region, sample and systematic put together.
//!
//! Each of path, file and name is that of the innermost block that has it, with the suffixes of region and sample behind it,
//! and those of the systematic behind these; several are combined in all ways and summed.

use super::super::{Events, FilePath, Origin, Text};
use super::blocks::Block;
use super::settings::number;
use germane_texts::{Diagnostic, Node, Source, Span, Value};

/// Files and names that one template may have.
const MOST: usize = 10_000;

/// What a template is made of.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) job: &'a Block,
    pub(super) region: &'a Block,
    pub(super) sample: &'a Block,
    /// the systematic with the side: `Up` or `Down`
    pub(super) systematic: Option<(&'a Block, &'static str)>,
}

impl<'a> Cell<'a> {
    fn varied(&self, key: &str) -> Option<&'a [Text]> {
        let (block, side) = self.systematic?;
        block.list(&format!("{key}{side}"))
    }

    /// Whether the systematic says anything of this side.
    pub(super) fn is_varied(&self) -> bool {
        let keys = ["HistoPath", "HistoFile", "HistoName", "NtuplePath", "NtupleFile", "NtupleName", "Weight"];
        keys.iter().any(|key| self.varied(key).is_some() || self.varied(&format!("{key}Suf")).is_some())
    }

    /// `HistoPath`, `NtupleFile`, …: the texts with all suffixes, and the place that decides them. Too many combinations: none.
    fn parts(&self, key: &str, nominal: &str) -> Vec<(String, Span)> {
        let own = self.varied(key);
        let blocks = [self.sample, self.region, self.job];
        let bases = own.or_else(|| blocks.iter().find_map(|block| block.list(key)));
        let mut parts: Vec<(String, Span)> = match bases {
            Some(texts) => texts.iter().map(|text| (text.text.clone(), text.span())).collect(),
            None => vec![(String::new(), self.sample.name.span())],
        };
        let suffixes: [&[Text]; 2] = if own.is_some() {
            [&[], &[]]
        } else {
            [self.region, self.sample].map(|block| block.list(&format!("{key}Suff")).unwrap_or_default())
        };
        for list in suffixes.into_iter().chain(self.varied(&format!("{key}Suf"))).filter(|list| !list.is_empty()) {
            let of = |(part, span): &(String, Span)| -> Vec<(String, Span)> {
                let span = if self.varied(&format!("{key}Suf")).is_some_and(|own| own == list) { list[0].span() } else { *span };
                list.iter().map(|suffix| (format!("{part}{}", suffix.text), span)).collect()
            };
            if parts.len() * list.len() > MOST {
                return Vec::new();
            }
            parts = parts.iter().flat_map(of).collect();
        }
        let is_plain = own.is_none() && self.varied(&format!("{key}Suf")).is_none();
        if is_plain {
            parts.iter_mut().for_each(|(part, _)| part.push_str(nominal));
        }
        parts
    }

    fn files(&self, kind: &str) -> Vec<FilePath> {
        let mut files: Vec<FilePath> = Vec::new();
        let (paths, names) = (self.parts(&format!("{kind}Path"), ""), self.parts(&format!("{kind}File"), ""));
        if paths.len() * names.len() > MOST {
            return files;
        }
        for (path, _) in &paths {
            for (file, span) in &names {
                let folder = if path.is_empty() || path.ends_with('/') { path.clone() } else { format!("{path}/") };
                let suffix = if file.ends_with(".root") { "" } else { ".root" };
                files.push(FilePath { path: format!("{folder}{file}{suffix}"), span: *span });
            }
        }
        files
    }

    fn too_many(&self, source: &Source, problems: &mut Vec<Diagnostic>) {
        let message = format!("more than {MOST} files and names for one template");
        problems.push(Diagnostic::new("value", message).at(source, self.sample.name.span()));
    }

    /// Histograms of the template.
    pub(super) fn histograms(&self, source: &Source, problems: &mut Vec<Diagnostic>) -> Option<Origin> {
        let nominal = self.job.one("HistoNameNominal").map_or("", |text| text.text.as_str());
        let names = self.parts("HistoName", nominal);
        let files = self.files("Histo");
        if names.len() * files.len() > MOST || names.is_empty() || files.is_empty() {
            self.too_many(source, problems);
            return None;
        }
        let unnamed = names.iter().find(|(name, _)| name.is_empty());
        let without_file = files.iter().find(|file| file.path.ends_with("/.root") || file.path == ".root");
        for (span, key) in
            unnamed.map(|(_, span)| (*span, "HistoName")).into_iter().chain(without_file.map(|file| (file.span, "HistoFile")))
        {
            let message = format!("no `{key}` of sample `{}` in region `{}`", self.sample.name.text, self.region.name.text);
            problems.push(Diagnostic::new("key", message).at(source, span));
        }
        if unnamed.is_some() || without_file.is_some() {
            return None;
        }
        let all = files.iter().flat_map(|file| {
            names.iter().map(move |(name, span)| {
                let span = if self.systematic.is_some() { *span } else { file.span };
                (FilePath { path: file.path.clone(), span }, name.clone())
            })
        });
        Some(Origin::Histograms(all.collect()))
    }

    /// Events of the template.
    pub(super) fn events(&self, edges: Vec<f64>, source: &Source, problems: &mut Vec<Diagnostic>) -> Option<Origin> {
        let (trees, files) = (self.parts("NtupleName", ""), self.files("Ntuple"));
        if trees.is_empty() || files.is_empty() {
            self.too_many(source, problems);
            return None;
        }
        let [(tree, span)] = trees.as_slice() else {
            problems.push(Diagnostic::new("value", "several trees for one template are not read").at(source, trees[1].1));
            return None;
        };
        if tree.is_empty() {
            let message = format!("no `NtupleName` of sample `{}`", self.sample.name.text);
            problems.push(Diagnostic::new("key", message).at(source, *span));
            return None;
        }
        let variable = self.region.one("Variable")?.clone();
        let is_data = self.sample.word("Type").as_deref() == Some("DATA");
        let ignores = |key: &str| self.sample.is_true(key);
        let mut filters: Vec<Text> = Vec::new();
        if !ignores("IgnoreSelection") {
            filters.extend([self.job, self.region].iter().filter_map(|block| whole(block, "Selection")));
        }
        filters.extend(whole(self.sample, "Selection"));
        let mut weights: Vec<Text> = Vec::new();
        let by_theory = self.sample.word("NormalizedByTheory").as_deref() != Some("FALSE");
        if !is_data && by_theory && !ignores("IgnoreWeight") {
            weights.extend([self.job, self.region].iter().filter_map(|block| whole(block, "MCweight")));
        }
        if !is_data {
            let side = |key: &str| self.systematic.and_then(|(block, side)| whole(block, &format!("{key}{side}")));
            weights.extend(side("Weight").or_else(|| whole(self.sample, "MCweight")));
            weights.extend(side("WeightSuf"));
        }
        let merges = self.job.word("MergeUnderOverFlow").is_none_or(|word| word == "TRUE");
        let tree = Text { text: tree.clone(), node: Node::new(Value::Text(tree.clone()), *span) };
        Some(Origin::Events(Box::new(Events { files, tree, variable, edges, filters, weights, merges_flow: merges })))
    }

    /// Edges of the region: `Binning`, or number of bins and ends behind `Variable`.
    pub(super) fn edges(region: &Block, source: &Source, problems: &mut Vec<Diagnostic>) -> Option<Vec<f64>> {
        let texts = region.list("Binning").or_else(|| region.list("Variable").and_then(|values| values.get(1..)))?;
        let numbers: Vec<f64> = texts.iter().filter_map(|text| number(text, source, problems)).collect();
        if numbers.len() < texts.len() {
            return None;
        }
        let edges = match (region.list("Binning"), numbers.as_slice()) {
            (Some(_), _) => numbers,
            (None, &[bins, low, high]) if bins >= 1.0 && bins.fract() == 0.0 && bins <= 1e6 => {
                (0..=bins as usize).map(|bin| low + (high - low) * bin as f64 / bins).collect()
            }
            _ => Vec::new(),
        };
        if edges.len() < 2 || edges.windows(2).any(|pair| pair[0] >= pair[1]) {
            let message = format!("region `{}` has no bins", region.name.text);
            let problem = Diagnostic::new("value", message).at(source, region.name.span());
            problems.push(problem.advice("write `Variable: \"pt\",10,0,200` or `Binning: 0,50,100,200`"));
            return None;
        }
        Some(edges)
    }
}

/// An expression: commas outside of brackets do not separate values here.
fn whole(block: &Block, key: &str) -> Option<Text> {
    let values = block.settings.iter().find(|setting| setting.key.text == key)?.values.as_slice();
    let text = values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(",");
    let span = values.first()?.span().to(values.last()?.span());
    (!text.is_empty()).then(|| Text { node: Node::new(Value::Text(text.clone()), span), text })
}
