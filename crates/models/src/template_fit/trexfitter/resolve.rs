//! What the blocks mean together.

use super::super::{Change, Effect, Origin, Region, Sample, Template, TemplateFit, TemplateIndex, Text, Variation};
use super::blocks::Block;
use super::inputs::Cell;
use crate::templates::{Symmetry, Thresholds};
use crate::workspace::Setting;
use germane_texts::{Diagnostic, Source, Span, nearest};

/// The configuration with all rules applied; `None` if it has no job.
pub(super) fn resolve(source: &Source, blocks: &[Block], problems: &mut Vec<Diagnostic>) -> Option<TemplateFit> {
    let Some(job) = blocks.iter().find(|block| block.kind == "Job") else {
        problems.push(Diagnostic::new("key", "there is no block `Job`").at(source, Span::default()));
        return None;
    };
    let mut resolver = Resolver { source, blocks, job, problems };
    resolver.names();
    let mut fit = TemplateFit::new(source, &job.name.text, job.one("POI").map(|text| text.text.clone()));
    fit.pruning = resolver.pruning();
    let without_errors = job.word("MCstatThreshold").as_deref() == Some("NONE") || job.is_true("StatOnly");
    if !without_errors {
        fit.smallest_error = job.number("MCstatThreshold", source, resolver.problems).unwrap_or(0.0);
        if job.word("MCstatConstraint").as_deref() != Some("GAUSSIAN") {
            let message = "the constraints of statistical errors are normal, as in pyhf's workspaces; TRExFitter's are Poisson";
            let problem = Diagnostic::new("value", message).at(source, job.name.span()).warning();
            resolver.problems.push(problem.advice("`MCstatConstraint: GAUSSIAN` says that this is meant"));
        }
    }
    let only_control = resolver.fit_block("FitRegion").as_deref() == Some("CRONLY");
    for region in resolver.of("Region") {
        let kind = region.word("Type").unwrap_or_else(|| "SIGNAL".into());
        if kind != "VALIDATION" && (!only_control || kind == "CONTROL") {
            let made = resolver.region(region, &mut fit, !without_errors);
            fit.regions.push(made);
        }
    }
    fit.parameters = resolver.parameters(&fit);
    Some(fit)
}

struct Resolver<'a, 'b> {
    source: &'a Source,
    blocks: &'a [Block],
    job: &'a Block,
    problems: &'b mut Vec<Diagnostic>,
}

impl<'a> Resolver<'a, '_> {
    fn of(&self, kind: &'static str) -> impl Iterator<Item = &'a Block> + use<'a> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    fn fit_block(&self, key: &str) -> Option<String> {
        self.of("Fit").next()?.word(key)
    }

    fn report(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.problems.push(Diagnostic::new(code, message).at(self.source, span));
    }

    /// Names in lists lead to regions or samples.
    fn names(&mut self) {
        for block in self.blocks {
            for key in ["Samples", "Regions", "Exclude", "KeepNormForSamples"] {
                for name in block.list(key).unwrap_or_default() {
                    self.check_name(key, name);
                }
            }
        }
    }

    fn check_name(&mut self, key: &str, name: &Text) {
        let kinds: &[&str] = match key {
            "Samples" | "KeepNormForSamples" => &["Sample"],
            "Regions" => &["Region"],
            _ => &["Sample", "Region"],
        };
        let names: Vec<&str> =
            self.blocks.iter().filter(|block| kinds.contains(&block.kind)).map(|block| block.name.text.as_str()).collect();
        let word = name.text.to_lowercase();
        let summed = key == "KeepNormForSamples" && name.text.contains('+');
        if summed {
            self.report("value", "sums of samples cannot keep their yield together here", name.span());
        } else if word != "all" && word != "none" && !names.iter().any(|known| matches(&name.text, known)) {
            let problem = Diagnostic::new("name", format!("`{}` is no {}", name.text, kinds.join(" or ").to_lowercase()));
            let problem = problem.at(self.source, name.span());
            self.problems.push(match nearest(&name.text, names.iter().copied()) {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("there are {}", names.join(", "))),
            });
        }
    }

    fn pruning(&mut self) -> Option<Thresholds> {
        let mut threshold = |key: &str| self.job.number(key, self.source, self.problems);
        let (norm, shape, large) = (threshold("SystPruningNorm"), threshold("SystPruningShape"), threshold("SystLarge"));
        let any = norm.or(shape).or(large).is_some();
        any.then(|| Thresholds { norm: norm.unwrap_or(0.0), shape: shape.unwrap_or(0.0), large: large.unwrap_or(f64::INFINITY) })
    }

    fn region(&mut self, block: &'a Block, fit: &mut TemplateFit, errors: bool) -> Region {
        let from_events = self.job.word("ReadFrom").as_deref() == Some("NTUP");
        let edges = if from_events { Cell::edges(block, self.source, self.problems) } else { None };
        if from_events && block.one("Variable").is_none() {
            self.report("key", format!("region `{}` has no `Variable`", block.name.text), block.name.span());
        }
        if !from_events && let Some(binning) = block.one("Binning") {
            self.report("key", "`Binning` of histograms is not read: give them the bins of the fit", binning.span());
        }
        let label = block.one("VariableTitle").or(block.one("Variable")).map_or_else(String::new, |text| text.text.clone());
        let mut region =
            Region { name: block.name.text.clone(), label, span: block.name.span(), data: None, samples: Vec::new() };
        for sample in self.of("Sample") {
            let kind = sample.word("Type").unwrap_or_else(|| "BACKGROUND".into());
            if kind == "GHOST" || !is_in(sample, "Regions", &block.name.text) || is_out(sample, &[&block.name.text]) {
                continue;
            }
            let cell = Cell { job: self.job, region: block, sample, systematic: None };
            let Some(template) = self.template(cell, edges.as_deref(), fit) else { continue };
            if kind == "DATA" {
                region.data = Some(template);
                continue;
            }
            let factors = self.factors(block, sample);
            let effects = if self.job.is_true("StatOnly") { Vec::new() } else { self.effects(cell, edges.as_deref(), fit) };
            let errors = errors && sample.word("UseMCstat").as_deref() != Some("FALSE");
            region.samples.push(Sample { name: sample.name.text.clone(), template, errors, factors, effects });
        }
        let is_simulated = |sample: &Block| !matches!(sample.word("Type").as_deref(), Some("DATA" | "GHOST"));
        if !self.of("Sample").any(|sample| is_simulated(sample) && is_in(sample, "Regions", &block.name.text)) {
            self.report("value", format!("no sample is in region `{}`", block.name.text), block.name.span());
        }
        region
    }

    fn template(&mut self, cell: Cell<'a>, edges: Option<&[f64]>, fit: &mut TemplateFit) -> Option<TemplateIndex> {
        let from_events = self.job.word("ReadFrom").as_deref() == Some("NTUP");
        let origin: Origin = if from_events {
            cell.events(edges?.to_vec(), self.source, self.problems)?
        } else {
            cell.histograms(self.source, self.problems)?
        };
        let mut name = format!("{}/{}", cell.region.name.text, cell.sample.name.text);
        let mut span = cell.sample.name.span();
        if let Some((systematic, side)) = cell.systematic {
            name = format!("{name}/{}/{side}", systematic.name.text);
            span = systematic.name.span();
        }
        let is_data = cell.sample.word("Type").as_deref() == Some("DATA");
        let by_theory = cell.sample.word("NormalizedByTheory").as_deref() != Some("FALSE");
        let mut scale = 1.0;
        let blocks = [(cell.job, "Lumi", by_theory), (cell.job, "LumiScale", by_theory), (cell.sample, "LumiScale", true)];
        for (block, key, counts) in blocks.into_iter().filter(|_| !is_data) {
            scale *= if counts { block.number(key, self.source, self.problems).unwrap_or(1.0) } else { 1.0 };
        }
        Some(fit.template(Template { name, span, origin, scale }))
    }

    /// Names of the free factors of a sample: its own setting, and blocks that name it.
    fn factors(&self, region: &Block, sample: &Block) -> Vec<String> {
        let own = sample.one("NormFactor").map(|name| name.text.clone());
        let blocks = self.of("NormFactor").filter(|block| acts(block, region, sample)).map(|block| block.name.text.clone());
        own.into_iter().chain(blocks).collect()
    }

    fn effects(&mut self, cell: Cell<'a>, edges: Option<&[f64]>, fit: &mut TemplateFit) -> Vec<Effect> {
        let mut effects = Vec::new();
        for systematic in self.of("Systematic").filter(|block| acts(block, cell.region, cell.sample)) {
            let kind = systematic.word("Type").unwrap_or_else(|| "HISTO".into());
            let change = match kind.as_str() {
                "OVERALL" => self.overall(systematic),
                "HISTO" => self.varied(Cell { systematic: Some((systematic, "Up")), ..cell }, systematic, edges, fit),
                _ => {
                    let problem = Diagnostic::new("value", format!("systematics of type `{kind}` are not read"));
                    let span = systematic.one("Type").map_or(systematic.name.span(), Text::span);
                    self.problems.push(problem.at(self.source, span).advice("known: OVERALL, HISTO"));
                    None
                }
            };
            let parameter = systematic.one("NuisanceParameter").unwrap_or(&systematic.name).text.clone();
            effects.extend(change.map(|change| Effect { parameter, change, span: systematic.name.span() }));
        }
        effects
    }

    fn overall(&mut self, systematic: &'a Block) -> Option<Change> {
        let mut side = |key: &str| {
            let found = systematic.number(key, self.source, self.problems);
            if systematic.one(key).is_none() {
                let problem = Diagnostic::new("key", format!("`{}` has no `{key}`", systematic.name.text));
                self.problems.push(problem.at(self.source, systematic.name.span()));
            }
            found
        };
        let (high, low) = (side("OverallUp"), side("OverallDown"));
        Some(Change::Norm { high: 1.0 + high?, low: 1.0 + low? })
    }

    fn varied(&mut self, up: Cell<'a>, systematic: &'a Block, edges: Option<&[f64]>, fit: &mut TemplateFit) -> Option<Change> {
        let (region, sample) = (&up.region.name.text, &up.sample.name.text);
        let down = Cell { systematic: Some((systematic, "Down")), ..up };
        let symmetry = match systematic.word("Symmetrisation").as_deref() {
            None => None,
            Some("ONESIDED") => Some(Symmetry::OneSided),
            Some("TWOSIDED") => Some(Symmetry::TwoSided),
            Some("MAXIMUM") => Some(Symmetry::Max),
            Some("ABSMEAN") => Some(Symmetry::AbsMean),
            Some(word) => {
                let span = systematic.one("Symmetrisation").map_or(systematic.name.span(), Text::span);
                let problem = Diagnostic::new("value", format!("no symmetrisation `{word}`")).at(self.source, span);
                let known = ["ONESIDED", "TWOSIDED", "MAXIMUM", "ABSMEAN"];
                self.problems.push(match nearest(word, known) {
                    Some(near) => problem.nearest(near),
                    None => problem.advice(format!("known: {}", known.join(", "))),
                });
                return None;
            }
        };
        let sides = [up, down].map(|cell| cell.is_varied().then_some(cell));
        let one_sided = symmetry == Some(Symmetry::OneSided);
        if sides.iter().flatten().count() < if one_sided { 1 } else { 2 } {
            let message = format!("`{}` has no templates at both sides", systematic.name.text);
            let problem = Diagnostic::new("key", message).at(self.source, systematic.name.span());
            self.problems.push(problem.advice("give the other side, or write `Symmetrisation: ONESIDED`"));
            return None;
        }
        let mut indices = [None, None];
        for (index, cell) in indices.iter_mut().zip(sides) {
            if let Some(cell) = cell {
                *index = Some(self.template(cell, edges, fit)?);
            }
        }
        if one_sided && indices[0].is_some() {
            indices[1] = None;
        }
        let smooth = systematic.one("Smoothing").filter(|code| code.text != "0");
        if let Some(code) = smooth {
            let message = "smoothed by 353QH, twice; TRExFitter's own algorithms are not there";
            self.problems.push(Diagnostic::new("value", message).at(self.source, code.span()).warning());
        }
        let listed = |key: &str| {
            let names = systematic.list(key).unwrap_or_default();
            names
                .iter()
                .any(|name| name.text.eq_ignore_ascii_case("all") || matches(&name.text, region) || matches(&name.text, sample))
        };
        let norm = !listed("DropNorm") && !listed("KeepNormForSamples");
        let shape = !listed("DropShapeIn") && !listed("DropShape");
        Some(Change::Templates(Variation { high: indices[0], low: indices[1], symmetry, smooth: smooth.is_some(), norm, shape }))
    }

    fn parameters(&mut self, fit: &TemplateFit) -> Vec<Setting> {
        let samples = || fit.regions.iter().flat_map(|region| &region.samples);
        let mut used: Vec<&str> = samples().flat_map(|sample| &sample.factors).map(String::as_str).collect();
        used.extend(samples().flat_map(|sample| &sample.effects).map(|effect| effect.parameter.as_str()));
        used.sort_unstable();
        used.dedup();
        let background_only = self.fit_block("FitType").as_deref() == Some("BONLY");
        let mut settings: Vec<Setting> = Vec::new();
        let mut add = |name: &str, [start, low, high]: [Option<f64>; 3], constant: bool| {
            let mut setting = Setting::new(name).start(start.unwrap_or(1.0));
            if let (Some(low), Some(high)) = (low, high) {
                setting = setting.within(low, high);
            }
            if background_only && fit.interest.as_deref() == Some(name) {
                setting = setting.start(0.0).fix();
            }
            if used.contains(&name) && settings.iter().all(|known| known.name != name) {
                settings.push(if constant { setting.fix() } else { setting });
            }
        };
        for sample in self.of("Sample") {
            let Some([name, numbers @ ..]) = sample.list("NormFactor") else { continue };
            let mut numbers = numbers.iter().map(|text| super::settings::number(text, self.source, self.problems));
            let mut next = || numbers.next().flatten();
            add(&name.text, [next(), next(), next()], false);
        }
        for block in self.of("NormFactor") {
            let mut number = |key: &str| block.number(key, self.source, self.problems);
            add(&block.name.text, [number("Nominal"), number("Min"), number("Max")], block.is_true("Constant"));
        }
        if let Some(interest) = self.job.one("POI").filter(|interest| !used.contains(&interest.text.as_str())) {
            let problem = Diagnostic::new("name", format!("no parameter `{}`", interest.text)).at(self.source, interest.span());
            self.problems.push(match nearest(&interest.text, used.iter().copied()) {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("there are {}", used.join(", "))),
            });
        }
        settings
    }
}

/// Whether a factor or systematic acts on a sample in a region.
fn acts(block: &Block, region: &Block, sample: &Block) -> bool {
    let names = [region.name.text.as_str(), sample.name.text.as_str()];
    is_in(block, "Samples", names[1]) && is_in(block, "Regions", names[0]) && !is_out(block, &names)
}

/// Whether a list of names holds one; without the setting all are in.
fn is_in(block: &Block, key: &str, name: &str) -> bool {
    let hit = |pattern: &Text| pattern.text.eq_ignore_ascii_case("all") || matches(&pattern.text, name);
    block.list(key).is_none_or(|names| names.iter().any(hit))
}

/// Whether one of the names is excluded.
fn is_out(block: &Block, names: &[&str]) -> bool {
    block.list("Exclude").unwrap_or_default().iter().any(|pattern| names.iter().any(|name| matches(&pattern.text, name)))
}

/// Whether a pattern with `*` stands for a name.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(tail) = name.strip_prefix(head) else { return false };
    tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| matches(rest, &tail[at..]))
}
