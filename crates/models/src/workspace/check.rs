//! What must hold in a workspace beyond its grammar; every mistake is reported with channel, sample, modifier and place.

use std::collections::{BTreeSet, HashMap};

use germane_texts::{Diagnostic, Span, nearest};

use super::{Channel, Effect, Measurement, Modifier, Sample, Setting, Workspace};

/// A parameter as the modifiers define it: what it is, how many entries it has, and where it appeared first.
struct Meaning<'a> {
    effect: &'a Effect,
    size: usize,
    channel: &'a str,
    sample: &'a str,
    span: Option<Span>,
}

/// Reports all mistakes; `unread` are names of modifiers that exist in the text but could not be read.
pub(super) fn all(workspace: &Workspace, unread: &[String], problems: &mut Vec<Diagnostic>) {
    // A list that could not be read is empty: its length is not one more mistake.
    let mut check = Check { workspace, lenient: !problems.is_empty(), problems };
    let meanings = check.channels();
    check.observations();
    check.measurements(&meanings, unread);
}

/// The mistake of asking for a measurement that does not exist.
pub(super) fn no_measurement(workspace: &Workspace, name: Option<&str>) -> Diagnostic {
    let Some(name) = name else { return Diagnostic::new("value", "the workspace has no measurement") };
    let names: Vec<&str> = workspace.measurements.iter().map(|measurement| measurement.name.as_str()).collect();
    let problem = Diagnostic::new("name", format!("the workspace has no measurement `{name}`"));
    match nearest(name, names.iter().copied()) {
        Some(near) => problem.nearest(near),
        None => problem.advice(format!("it has {}", names.join(", "))),
    }
}

struct Check<'a, 'b> {
    workspace: &'a Workspace,
    lenient: bool,
    problems: &'b mut Vec<Diagnostic>,
}

impl<'a> Check<'a, '_> {
    fn problem(&self, code: &str, message: String, span: Option<Span>) -> Diagnostic {
        let problem = Diagnostic::new(code, message);
        match (&self.workspace.source, span) {
            (Some(source), Some(span)) => problem.at(source, span),
            _ => problem,
        }
    }

    fn report(&mut self, code: &str, message: String, span: Option<Span>) {
        let problem = self.problem(code, message, span);
        self.problems.push(problem);
    }

    fn report_nearest<'c>(&mut self, message: String, span: Option<Span>, name: &str, known: impl Iterator<Item = &'c str>) {
        let known: Vec<&str> = known.collect();
        let mut problem = self.problem("name", message, span);
        if let Some(near) = nearest(name, known.iter().copied()) {
            problem = problem.nearest(near);
        } else if !known.is_empty() && known.len() <= 8 {
            problem = problem.advice(format!("one of {}", known.join(", ")));
        }
        self.problems.push(problem);
    }

    fn channels(&mut self) -> HashMap<&'a str, Meaning<'a>> {
        let workspace = self.workspace;
        if workspace.channels.is_empty() && !self.lenient {
            self.report("value", "the workspace has no channel".into(), None);
        }
        let mut meanings = HashMap::new();
        let mut names = BTreeSet::new();
        for channel in &workspace.channels {
            if !names.insert(&channel.name) {
                self.report("value", format!("channel `{}` appears twice", channel.name), channel.span);
            }
            if channel.bins() == 0 && !self.lenient {
                self.report("value", format!("channel `{}` has no bins", channel.name), channel.span);
            }
            let mut samples = BTreeSet::new();
            for sample in &channel.samples {
                if !samples.insert(&sample.name) {
                    let message = format!("sample `{}` appears twice in channel `{}`", sample.name, channel.name);
                    self.report("value", message, sample.span);
                }
                self.sample(channel, sample, &mut meanings);
            }
        }
        meanings
    }

    fn sample(&mut self, channel: &'a Channel, sample: &'a Sample, meanings: &mut HashMap<&'a str, Meaning<'a>>) {
        // There are very many modifiers: words are made for mistakes alone.
        let place = || format!("sample `{}` of channel `{}`", sample.name, channel.name);
        self.length(sample.data.len(), channel.bins(), &|| format!("`data` of {}", place()), sample.span);
        self.finite(&sample.data, &|| format!("`data` of {}", place()), sample.span);
        let mut seen: HashMap<(&str, &str), &Modifier> = HashMap::with_capacity(sample.modifiers.len());
        for modifier in &sample.modifiers {
            let type_name = modifier.effect.type_name();
            let what = || format!("{type_name} `{}` in {}", modifier.name, place());
            if let Some(first) = seen.get(&(type_name, modifier.name.as_str())) {
                let mut problem = self.problem("value", format!("{} appears twice", what()), modifier.span);
                if let Some(span) = first.span {
                    problem = problem.also(span, "first here");
                }
                self.problems.push(problem);
                continue;
            }
            seen.insert((type_name, &modifier.name), modifier);
            self.data(channel, modifier, &what);
            self.meaning(channel, sample, modifier, meanings);
        }
    }

    fn data(&mut self, channel: &Channel, modifier: &Modifier, what: &dyn Fn() -> String) {
        let [first, second] = modifier.data_spans;
        match &modifier.effect {
            Effect::NormFactor | Effect::ShapeFactor => {}
            Effect::Lumi if modifier.name == "lumi" => {}
            Effect::Lumi => {
                let problem = self.problem("value", format!("{}: the luminosity has another name", what()), modifier.span);
                self.problems.push(problem.advice("a lumi modifier is called `lumi`"));
            }
            Effect::NormSys { high, low } => {
                for (key, value, span) in [("hi", *high, first), ("lo", *low, second)] {
                    if value > 0.0 && value.is_finite() {
                        continue;
                    }
                    let log = if value == 0.0 { "log of 0".to_owned() } else { format!("log of {value}") };
                    let problem = self.problem("value", format!("`{key}` is {value}, which needs the {log}: {}", what()), span);
                    self.problems
                        .push(problem.advice("a factor must be above 0; a histosys may reach 0 (its interpolation adds)"));
                }
            }
            Effect::HistoSys { high, low } => {
                for (key, values, span) in [("hi_data", high, first), ("lo_data", low, second)] {
                    let what = || format!("`{key}` of {}", what());
                    self.length(values.len(), channel.bins(), &what, span);
                    self.finite(values, &what, span);
                }
            }
            Effect::ShapeSys(values) | Effect::StatError(values) => {
                self.length(values.len(), channel.bins(), what, first);
                self.finite(values, what, first);
                if let Some(bin) = values.iter().position(|value| *value < 0.0) {
                    self.report("value", format!("uncertainty of bin {bin} is negative: {}", what()), first);
                }
            }
        }
    }

    /// One name means one thing in the whole workspace.
    fn meaning(
        &mut self,
        channel: &'a Channel,
        sample: &'a Sample,
        modifier: &'a Modifier,
        meanings: &mut HashMap<&'a str, Meaning<'a>>,
    ) {
        let size = if modifier.effect.is_per_bin() { channel.bins() } else { 1 };
        let (effect, span) = (&modifier.effect, modifier.span);
        let Some(known) = meanings.get_mut(modifier.name.as_str()) else {
            meanings.insert(&modifier.name, Meaning { effect, size, channel: &channel.name, sample: &sample.name, span });
            return;
        };
        let scale = |effect: &Effect| matches!(effect, Effect::NormSys { .. } | Effect::HistoSys { .. });
        let same = known.effect.type_name() == effect.type_name() || (scale(known.effect) && scale(effect));
        let reason = match effect {
            Effect::StatError(_) if same => {
                if known.channel != channel.name {
                    // One vector, channel after channel; counted once a channel.
                    known.size += size;
                    known.channel = &channel.name;
                }
                return;
            }
            Effect::ShapeSys(_) if same => "a shapesys belongs to one sample of one channel".to_owned(),
            Effect::ShapeFactor if same && known.size != size => format!("{} bins there, {size} here", known.size),
            _ if same => return,
            _ => "one name, two meanings".to_owned(),
        };
        let here = format!("{} in sample `{}` of channel `{}`", effect.type_name(), sample.name, channel.name);
        let there = format!("{} in sample `{}` of channel `{}`", known.effect.type_name(), known.sample, known.channel);
        let first = known.span;
        let message = format!("parameter `{}` is {there}, and {here}", modifier.name);
        let mut problem = self.problem("value", message, span).advice(format!("{reason}; rename one of them"));
        if let Some(first) = first {
            problem = problem.also(first, "first here");
        }
        self.problems.push(problem);
    }

    fn observations(&mut self) {
        let workspace = self.workspace;
        let mut seen = BTreeSet::new();
        for observation in &workspace.observations {
            let name = &observation.name;
            if !seen.insert(name) {
                self.report("value", format!("observation `{name}` appears twice"), observation.span);
            }
            let Some(channel) = workspace.channels.iter().find(|channel| channel.name == *name) else {
                let names = workspace.channels.iter().map(|channel| channel.name.as_str());
                self.report_nearest(format!("observation `{name}`: no such channel"), observation.span, name, names);
                continue;
            };
            let what = || format!("`data` of observation `{name}`");
            self.length(observation.data.len(), channel.bins(), &what, observation.data_span);
            self.finite(&observation.data, &what, observation.data_span);
            if let Some(bin) = observation.data.iter().position(|value| *value < 0.0) {
                self.report("value", format!("{}: the count of bin {bin} is negative", what()), observation.data_span);
            }
        }
        for channel in &workspace.channels {
            // A misspelt observation was reported above.
            let misspelt = || seen.iter().any(|name| nearest(name, [channel.name.as_str()]).is_some());
            if !self.lenient && !seen.contains(&channel.name) && !misspelt() {
                self.report("key", format!("channel `{}` has no observation", channel.name), channel.span);
            }
        }
    }

    fn measurements(&mut self, meanings: &HashMap<&str, Meaning<'_>>, unread: &[String]) {
        let workspace = self.workspace;
        if workspace.measurements.is_empty() && !self.lenient {
            self.report("value", "the workspace has no measurement".into(), None);
        }
        let mut names = BTreeSet::new();
        for measurement in &workspace.measurements {
            if !names.insert(&measurement.name) {
                self.report("value", format!("measurement `{}` appears twice", measurement.name), measurement.poi_span);
            }
            if let Some(poi) = &measurement.poi {
                match meanings.get(poi.as_str()) {
                    Some(meaning) if meaning.effect.is_per_bin() => {
                        let message =
                            format!("parameter of interest `{poi}` has one value a bin ({})", meaning.effect.type_name());
                        self.report("value", message, measurement.poi_span);
                    }
                    None if !unread.contains(poi) => {
                        let message = format!("parameter of interest `{poi}`: no modifier has that name");
                        let problem = self.problem("name", message, measurement.poi_span);
                        let names: BTreeSet<&str> = meanings.keys().copied().collect();
                        // Published workspaces of backgrounds get their signals by patches.
                        let problem = problem.advice("there is none without a patch that brings it").warning();
                        self.problems.push(match nearest(poi, names) {
                            Some(near) => problem.nearest(near),
                            None => problem,
                        });
                    }
                    _ => {}
                }
            }
            self.settings(measurement, meanings, unread);
        }
    }

    fn settings(&mut self, measurement: &Measurement, meanings: &HashMap<&str, Meaning<'_>>, unread: &[String]) {
        let mut names = BTreeSet::new();
        for setting in &measurement.parameters {
            let name = &setting.name;
            if !names.insert(name) {
                self.report(
                    "value",
                    format!("parameter `{name}` is set twice in measurement `{}`", measurement.name),
                    setting.span,
                );
            }
            match meanings.get(name.as_str()) {
                Some(meaning) => self.setting(setting, meaning),
                None if unread.contains(name) => {}
                // Tools write it into every measurement, used or not.
                None if name == "lumi" => {}
                None => {
                    let message = format!("measurement `{}` sets `{name}`, but no modifier has that name", measurement.name);
                    let problem = self.problem("name", message, setting.span);
                    self.problems.push(match nearest(name, meanings.keys().copied()) {
                        Some(near) => problem.nearest(near),
                        // Published workspaces carry settings of parameters that were pruned.
                        None => problem.advice("the setting has no effect").warning(),
                    });
                }
            }
        }
        if let Some(lumi) = meanings.get("lumi").filter(|meaning| matches!(meaning.effect, Effect::Lumi)) {
            let setting = measurement.parameters.iter().find(|setting| setting.name == "lumi");
            let complete = setting.is_some_and(|s| {
                [&s.inits, &s.auxdata, &s.sigmas].iter().all(|list| list.as_ref().is_some_and(|list| !list.is_empty()))
                    && s.bounds.as_ref().is_some_and(|bounds| !bounds.is_empty())
            });
            if !complete && !self.lenient {
                let span = setting.map_or(lumi.span, |setting| setting.span);
                let message = format!("measurement `{}` does not say what `lumi` is", measurement.name);
                let problem = self.problem("key", message, span);
                self.problems.push(problem.advice("it needs inits, bounds, auxdata and sigmas"));
            }
        }
    }

    fn setting(&mut self, setting: &Setting, meaning: &Meaning<'_>) {
        let span = |key: &str| setting.spans.get(key).copied().or(setting.span);
        let lists = [
            ("inits", &setting.inits),
            ("auxdata", &setting.auxdata),
            ("sigmas", &setting.sigmas),
            ("factors", &setting.factors),
        ];
        for (key, list) in lists {
            let Some(list) = list else { continue };
            let what = || format!("`{key}` of parameter `{}`", setting.name);
            // One value for all entries of a vector is accepted, as pyhf's own files have it.
            if list.len() != 1 {
                self.length(list.len(), meaning.size, &what, span(key));
            }
            self.finite(list, &what, span(key));
            let free = matches!(meaning.effect, Effect::NormFactor | Effect::ShapeFactor);
            if key != "inits" && free {
                self.report("value", format!("{}: a {} has no constraint", what(), meaning.effect.type_name()), span(key));
            }
            if (key == "sigmas" || key == "factors") && list.iter().any(|value| *value <= 0.0) {
                self.report("value", format!("{} must be above 0", what()), span(key));
            }
        }
        let Some(bounds) = &setting.bounds else { return };
        let what = || format!("`bounds` of parameter `{}`", setting.name);
        if bounds.len() != 1 {
            self.length(bounds.len(), meaning.size, &what, span("bounds"));
        }
        if bounds.iter().any(|[lower, upper]| !(lower <= upper)) {
            self.report("value", format!("{}: the lower one is above the upper one", what()), span("bounds"));
        }
    }

    fn length(&mut self, length: usize, expected: usize, what: &dyn Fn() -> String, span: Option<Span>) {
        let unread = self.lenient && (length == 0 || expected == 0);
        if length != expected && !unread {
            self.report("value", format!("{} has {length} values, expected {expected}", what()), span);
        }
    }

    fn finite(&mut self, values: &[f64], what: &dyn Fn() -> String, span: Option<Span>) {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            self.report("value", format!("{}: value {index} is {}", what(), values[index]), span);
        }
    }
}
