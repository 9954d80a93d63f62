//! What the blocks mean together: which sample is in which region, what acts on it, and where each template comes from.

use super::super::{Change, Effect, Events, Origin, Region, Sample, Template, TemplateFit, TemplateIndex, Text, Variation};
use super::entries::{self, Configuration, Side, Systematic};
use super::paths::Paths;
use crate::workspace::Setting;
use germane_texts::{Diagnostic, Source, Span, nearest};
use std::collections::BTreeSet;

/// The configuration with all rules applied; what stands against that is reported.
pub(super) fn resolve(source: &Source, configuration: &Configuration, problems: &mut Vec<Diagnostic>) -> TemplateFit {
    let interest = configuration.general.interest.as_ref();
    let paths = Paths { source, general: &configuration.general };
    let mut resolver = Resolver {
        source,
        configuration,
        paths,
        problems,
        fit: TemplateFit::new(source, &configuration.general.measurement, interest.map(|poi| poi.text.clone())),
        from_events: configuration.samples.iter().any(|sample| sample.tree.is_some()),
    };
    // Where a block could not be read, it is not known what it is.
    if resolver.problems.iter().all(|problem| !problem.is_error()) {
        resolver.data();
    }
    resolver.names();
    resolver.inputs();
    for region in &configuration.regions {
        resolver.region(region);
    }
    // Where a block could not be read, it is not known what acts on what.
    if resolver.problems.iter().all(|problem| !problem.is_error()) {
        resolver.parameters();
    }
    resolver.fit
}

struct Resolver<'a> {
    source: &'a Source,
    configuration: &'a Configuration,
    paths: Paths<'a>,
    problems: &'a mut Vec<Diagnostic>,
    fit: TemplateFit,
    /// Whether templates are filled from events; else they are histograms.
    from_events: bool,
}

impl<'a> Resolver<'a> {
    fn report(&mut self, code: &str, message: impl Into<String>, span: Span) -> &mut Diagnostic {
        self.problems.push(Diagnostic::new(code, message).at(self.source, span));
        self.problems.last_mut().expect("invariant: just pushed")
    }

    /// Names are unique, and those that refer to others lead somewhere.
    fn names(&mut self) {
        let configuration = self.configuration;
        let regions: Vec<&Text> = configuration.regions.iter().map(|region| &region.name).collect();
        let samples: Vec<&Text> = configuration.samples.iter().map(|sample| &sample.name).collect();
        self.unique("region", &regions);
        self.unique("sample", &samples);
        self.unique("normalisation factor", &configuration.factors.iter().map(|factor| &factor.name).collect::<Vec<_>>());
        self.unique("systematic", &configuration.systematics.iter().map(|systematic| &systematic.name).collect::<Vec<_>>());
        let mut to_regions: Vec<&Text> = configuration.samples.iter().flat_map(|sample| &sample.regions).collect();
        to_regions.extend(configuration.factors.iter().flat_map(|factor| &factor.regions));
        let mut to_samples: Vec<&Text> = configuration.factors.iter().flat_map(|factor| &factor.samples).collect();
        for systematic in &configuration.systematics {
            to_regions.extend(&systematic.regions);
            to_samples.extend(&systematic.samples);
            to_regions.extend(systematic.smoothing.iter().flat_map(|smoothing| &smoothing.regions));
            to_samples.extend(systematic.smoothing.iter().flat_map(|smoothing| &smoothing.samples));
        }
        self.lead_to("region", &to_regions, &regions);
        self.lead_to("sample", &to_samples, &samples);
    }

    fn unique(&mut self, what: &str, names: &[&Text]) {
        for (index, name) in names.iter().enumerate() {
            if let Some(first) = names[..index].iter().find(|other| other.text == name.text) {
                let problem = Diagnostic::new("duplicate", format!("{what} `{}` is there twice", name.text));
                self.problems.push(problem.at(self.source, name.span()).also(first.span(), "first here"));
            }
        }
    }

    fn lead_to(&mut self, what: &str, names: &[&Text], known: &[&Text]) {
        for name in names.iter().filter(|name| known.iter().all(|known| known.text != name.text)) {
            self.unknown(what, name, known.iter().map(|known| known.text.as_str()).collect());
        }
    }

    fn unknown(&mut self, what: &str, name: &Text, known: Vec<&str>) {
        let problem = Diagnostic::new("name", format!("no {what} `{}`", name.text)).at(self.source, name.span());
        self.problems.push(match nearest(&name.text, known.iter().copied()) {
            Some(near) => problem.nearest(near),
            None => problem.advice(format!("there are {}", known.join(", "))),
        });
    }

    fn data(&mut self) {
        let configuration = self.configuration;
        let data: Vec<&entries::Sample> = configuration.samples.iter().filter(|sample| sample.data).collect();
        match data.as_slice() {
            [_] => {}
            [] => {
                let span = configuration.samples.first().map_or_else(Span::default, |sample| sample.name.span());
                self.problems.push(
                    Diagnostic::new("key", "no sample is data").at(self.source, span).advice("write `Data: True` in one of them"),
                );
            }
            [first, second, ..] => {
                let problem = Diagnostic::new("duplicate", "two samples are data").at(self.source, second.name.span());
                self.problems.push(problem.also(first.name.span(), "the first"));
            }
        }
    }

    /// What events need: a tree of every sample, variable and bins of every region.
    fn inputs(&mut self) {
        if !self.from_events {
            return;
        }
        let configuration = self.configuration;
        for sample in configuration.samples.iter().filter(|sample| sample.tree.is_none()) {
            let message = format!("sample `{}` has no `Tree`, others have", sample.name.text);
            self.report("key", message, sample.name.span()).advice = Some("add `Tree: …`".into());
        }
        for region in &configuration.regions {
            for (key, missing) in [("Variable", region.variable.is_none()), ("Binning", region.binning.is_none())] {
                if missing {
                    let message = format!("region `{}` has no `{key}`", region.name.text);
                    self.report("key", message, region.name.span()).advice = Some(format!("add `{key}: …`"));
                }
            }
        }
    }

    fn region(&mut self, entry: &'a entries::Region) {
        let configuration = self.configuration;
        let inside = |sample: &&entries::Sample| contains(&sample.regions, &entry.name);
        let mut region = Region {
            name: entry.name.text.clone(),
            label: entry.variable.as_ref().map_or_else(String::new, |variable| variable.text.clone()),
            span: entry.name.span(),
            data: None,
            samples: Vec::new(),
        };
        for sample in configuration.samples.iter().filter(inside) {
            let Some(template) = self.template(entry, sample, None) else { continue };
            if sample.data {
                region.data = Some(template);
                continue;
            }
            let acts = |samples: &[Text], regions: &[Text]| contains(samples, &sample.name) && contains(regions, &entry.name);
            let factors = configuration.factors.iter().filter(|factor| acts(&factor.samples, &factor.regions));
            let factors = factors.map(|factor| factor.name.text.clone()).collect();
            let mut effects = Vec::new();
            for systematic in configuration.systematics.iter().filter(|one| acts(&one.samples, &one.regions)) {
                effects.extend(self.effect(entry, sample, systematic));
            }
            let errors = !sample.without_errors;
            region.samples.push(Sample { name: sample.name.text.clone(), template, errors, factors, effects });
        }
        if !configuration.samples.iter().any(|sample| !sample.data && inside(&sample)) {
            let message = format!("no sample is in region `{}`", entry.name.text);
            self.report("value", message, entry.name.span()).advice = Some("add it to the `Regions` of a sample".into());
        }
        let data = configuration.samples.iter().find(|sample| sample.data);
        if let Some(data) = data.filter(|data| !inside(data)) {
            let message = format!("region `{}` has no data: `{}` is not in it", entry.name.text, data.name.text);
            self.report("value", message, entry.name.span());
        }
        self.fit.regions.push(region);
    }

    /// The template of a sample, nominal or at one side of a systematic.
    fn template(
        &mut self,
        region: &entries::Region,
        sample: &entries::Sample,
        variation: Option<(&Systematic, &'static str)>,
    ) -> Option<TemplateIndex> {
        let side = variation.map(|(systematic, side)| if side == "Up" { &systematic.up } else { &systematic.down });
        let origin = if self.from_events {
            let files = self.paths.files(region, sample, side, self.problems)?;
            let of_side = |pick: fn(&Side) -> &Option<Text>| side.and_then(|side| pick(side).clone());
            Origin::Events(Box::new(Events {
                files,
                tree: of_side(|side| &side.tree).or_else(|| sample.tree.clone())?,
                variable: of_side(|side| &side.variable).or_else(|| region.variable.clone())?,
                edges: region.binning.clone()?,
                filters: of_side(|side| &side.filter)
                    .or_else(|| sample.filter.clone())
                    .or_else(|| region.filter.clone())
                    .into_iter()
                    .collect(),
                weights: of_side(|side| &side.weight).or_else(|| sample.weight.clone()).into_iter().collect(),
                merges_flow: false,
            }))
        } else {
            Origin::Histograms(vec![self.paths.histogram(region, sample, side, self.problems)?])
        };
        let mut name = format!("{}/{}", region.name.text, sample.name.text);
        if let Some((systematic, side)) = variation {
            name = format!("{name}/{}/{side}", systematic.name.text);
        }
        let span = side.map_or_else(|| sample.name.span(), |side| side.span);
        Some(self.fit.template(Template { name, span, origin, scale: 1.0 }))
    }

    fn effect(&mut self, region: &entries::Region, sample: &entries::Sample, systematic: &Systematic) -> Option<Effect> {
        let change = if systematic.with_shape {
            let mut side = |side: &Side, name| {
                if side.mirrored { Some(None) } else { self.template(region, sample, Some((systematic, name))).map(Some) }
            };
            let (high, low) = (side(&systematic.up, "Up")?, side(&systematic.down, "Down")?);
            let smooth = systematic.smoothing.as_ref();
            let smooth = smooth.is_some_and(|of| contains(&of.samples, &sample.name) && contains(&of.regions, &region.name));
            Change::Templates(Variation { high, low, symmetry: None, smooth, norm: true, shape: true })
        } else {
            Change::Norm { high: 1.0 + systematic.up.normalisation?, low: 1.0 + systematic.down.normalisation? }
        };
        Some(Effect { parameter: parameter(systematic).text.clone(), change, span: systematic.name.span() })
    }

    /// Settings of parameters; names that lead to none are mistakes.
    fn parameters(&mut self) {
        let configuration = self.configuration;
        let samples = || self.fit.regions.iter().flat_map(|region| &region.samples);
        let mut used: BTreeSet<String> = samples().flat_map(|sample| &sample.factors).cloned().collect();
        used.extend(samples().flat_map(|sample| &sample.effects).map(|effect| effect.parameter.clone()));
        let fixed = |names: &[&Text]| {
            configuration.general.fixed.iter().find(|(fixed, _)| names.iter().any(|name| name.text == fixed.text))
        };
        let mut settings = Vec::new();
        for factor in &configuration.factors {
            let fixed = fixed(&[&factor.name]).map(|(_, value)| *value);
            if !used.contains(&factor.name.text) {
                let message = format!("`{}` acts on no sample of any region", factor.name.text);
                self.problems.push(Diagnostic::new("value", message).at(self.source, factor.name.span()).warning());
                continue;
            }
            let mut setting = Setting::new(factor.name.text.clone());
            // As cabinetry: `Nominal` wins over the value of `Fixed`.
            if let Some(start) = factor.nominal.or(fixed) {
                setting = setting.start(start);
            }
            if let Some([low, high]) = factor.bounds {
                setting = setting.within(low, high);
            }
            settings.push(if fixed.is_some() { setting.fix() } else { setting });
        }
        for systematic in &configuration.systematics {
            let name = &parameter(systematic).text;
            let known = settings.iter().any(|setting| setting.name == *name);
            if let Some((_, value)) = fixed(&[&systematic.name, parameter(systematic)]).filter(|_| used.contains(name) && !known)
            {
                settings.push(Setting::new(name.clone()).start(*value).fix());
            }
        }
        self.fit.parameters = settings;
        let mut names: Vec<&str> = configuration.factors.iter().map(|factor| factor.name.text.as_str()).collect();
        names.extend(configuration.systematics.iter().flat_map(|one| [one.name.text.as_str(), parameter(one).text.as_str()]));
        names.sort_unstable();
        names.dedup();
        for (name, _) in configuration.general.fixed.iter().filter(|(name, _)| !names.contains(&name.text.as_str())) {
            self.unknown("parameter", name, names.clone());
        }
        if let Some(interest) = configuration.general.interest.as_ref().filter(|interest| !used.contains(&interest.text)) {
            let names = used.iter().map(String::as_str).collect();
            self.unknown("parameter", interest, names);
        }
    }
}

/// Name of the parameter of a systematic.
fn parameter(systematic: &Systematic) -> &Text {
    systematic.modifier.as_ref().unwrap_or(&systematic.name)
}

/// Whether a list of names holds one; an empty list holds all.
fn contains(names: &[Text], name: &Text) -> bool {
    names.is_empty() || names.iter().any(|known| known.text == name.text)
}
