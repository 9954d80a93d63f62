//! pyhf's JSON → workspace, with all mistakes at once.

use germane_texts::{Diagnostic, Keys, Node, Source, Span, nearest, parse_json_items, sort_by_place};

use super::{Channel, Effect, Measurement, Modifier, Observation, Sample, Setting, Workspace, check};
use crate::interpolation::Interpolation;

impl Workspace {
    /// Reads a workspace and checks it; on mistakes all of them, with their places.
    ///
    /// ```
    /// use germane_models::workspace::Workspace;
    /// use germane_texts::Source;
    /// let mistakes = Workspace::read(&Source::new("ws.json", r#"{"channels": [], "version": "2"}"#)).unwrap_err();
    /// assert!(mistakes.iter().any(|mistake| mistake.message.contains("version")));
    /// ```
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        Self::read_with(source, Interpolation::default())
    }

    /// The same for a model with other interpolation codes (code 4 needs positive factors, code 1 too).
    pub fn read_with(source: &Source, interpolation: Interpolation) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader { source, problems: Vec::new(), unread: Vec::new() };
        let mut channels = Vec::new();
        let node = parse_json_items(source, "channels", &mut |node| channels.push(reader.channel(&node)))?;
        let mut workspace = reader.workspace(&node, channels);
        workspace.interpolation = interpolation;
        let mut problems = reader.problems;
        check::all(&workspace, &reader.unread, &mut problems);
        sort_by_place(&mut problems);
        problems.dedup();
        if problems.iter().any(Diagnostic::is_error) {
            return Err(problems);
        }
        workspace.warnings = problems;
        Ok(workspace)
    }
}

struct Reader<'a> {
    source: &'a Source,
    problems: Vec<Diagnostic>,
    /// Names of modifiers that could not be read: that they are missing is not one more mistake.
    unread: Vec<String>,
}

impl<'a> Reader<'a> {
    fn report(&mut self, code: &str, message: impl Into<String>, node: &Node) {
        self.problems.push(Diagnostic::new(code, message).at(self.source, node.span));
    }

    /// The rest of the workspace: its channels, which are most of it, were read while the text was.
    fn workspace(&mut self, node: &Node, channels: Vec<Channel>) -> Workspace {
        let mut keys = Keys::new(self.source, node, "the workspace");
        keys.required("channels").and_then(|_| keys.list("channels"));
        let observations = keys.required("observations").and_then(|_| keys.list("observations")).unwrap_or_default();
        let measurements = keys.required("measurements").and_then(|_| keys.list("measurements")).unwrap_or_default();
        if let Some(version) = keys.required("version")
            && version.as_text() != Some("1.0.0")
        {
            let problem = keys.problem("value", "`version` of the workspace is not 1.0.0", version.span);
            keys.report(problem.advice("write \"1.0.0\""));
        }
        keys.finish(&mut self.problems);
        Workspace {
            channels,
            observations: observations.iter().map(|node| self.observation(node)).collect(),
            measurements: measurements.iter().map(|node| self.measurement(node)).collect(),
            interpolation: Interpolation::default(),
            source: Some(self.source.clone()),
            warnings: Vec::new(),
        }
    }

    fn channel(&mut self, node: &Node) -> Channel {
        let mut keys = Keys::new(self.source, node, "a channel");
        let (name, span) = name(&mut keys);
        let samples = keys.required("samples").and_then(|_| keys.list("samples")).unwrap_or_default();
        keys.finish(&mut self.problems);
        Channel { samples: samples.iter().map(|node| self.sample(node)).collect(), name, span }
    }

    fn sample(&mut self, node: &Node) -> Sample {
        let mut keys = Keys::new(self.source, node, "a sample");
        let (name, span) = name(&mut keys);
        let data = keys.required("data");
        let modifiers = keys.required("modifiers").and_then(|_| keys.list("modifiers")).unwrap_or_default();
        keys.finish(&mut self.problems);
        let data = data.map(|node| self.numbers(node, "`data` of a sample")).unwrap_or_default();
        Sample { modifiers: modifiers.iter().filter_map(|node| self.modifier(node)).collect(), name, data, span }
    }

    fn modifier(&mut self, node: &Node) -> Option<Modifier> {
        let mut keys = Keys::new(self.source, node, "a modifier");
        let (name, span) = name(&mut keys);
        let modifier = self.effect(node, keys, &name);
        match modifier {
            Some((effect, data_spans)) => Some(Modifier { name, effect, span, data_spans }),
            None => {
                self.unread.push(name);
                None
            }
        }
    }

    fn effect(&mut self, node: &Node, mut keys: Keys<'_>, name: &str) -> Option<(Effect, [Option<Span>; 2])> {
        let type_node = keys.required("type");
        let data = keys.entry("data").map(|entry| &entry.value);
        keys.finish(&mut self.problems);
        let type_node = type_node?;
        let Some(type_name) = type_node.as_text() else {
            self.report("kind", format!("`type` of a modifier: expected text, got {}", type_node.kind()), type_node);
            return None;
        };
        if !Effect::TYPES.contains(&type_name) {
            let message = format!("modifier `{name}` has the unknown type `{type_name}`");
            let mut problem = Diagnostic::new("name", message).at(self.source, type_node.span);
            problem = match nearest(type_name, Effect::TYPES) {
                Some(known) => problem.nearest(known),
                None => problem.advice(format!("one of {}", Effect::TYPES.join(", "))),
            };
            self.problems.push(problem);
            return None;
        }
        let Some(data) = data else {
            self.report("key", format!("modifier `{name}` has no `data`"), node);
            return None;
        };
        let what = format!("`data` of {type_name} `{name}`");
        let mut data_spans = [Some(data.span), None];
        let effect = match type_name {
            "normfactor" | "lumi" | "shapefactor" => {
                if !data.is_null() {
                    self.report("kind", format!("{what}: expected null, got {}", data.kind()), data);
                }
                match type_name {
                    "normfactor" => Effect::NormFactor,
                    "lumi" => Effect::Lumi,
                    _ => Effect::ShapeFactor,
                }
            }
            "shapesys" => Effect::ShapeSys(self.numbers(data, &what)),
            "staterror" => Effect::StatError(self.numbers(data, &what)),
            "normsys" => {
                let (high, low) = self.pair(data, &what, ["hi", "lo"])?;
                data_spans = [Some(high.span), Some(low.span)];
                Effect::NormSys { high: self.number(high, &what)?, low: self.number(low, &what)? }
            }
            _ => {
                let (high, low) = self.pair(data, &what, ["hi_data", "lo_data"])?;
                data_spans = [Some(high.span), Some(low.span)];
                Effect::HistoSys { high: self.numbers(high, &what), low: self.numbers(low, &what) }
            }
        };
        Some((effect, data_spans))
    }

    fn observation(&mut self, node: &Node) -> Observation {
        let mut keys = Keys::new(self.source, node, "an observation");
        let (name, span) = name(&mut keys);
        let data = keys.required("data");
        keys.finish(&mut self.problems);
        let counts = data.map(|node| self.numbers(node, "`data` of an observation")).unwrap_or_default();
        Observation { name, data: counts, span, data_span: data.map(|node| node.span) }
    }

    fn measurement(&mut self, node: &Node) -> Measurement {
        let mut keys = Keys::new(self.source, node, "a measurement");
        let (name, _) = name(&mut keys);
        let config = keys.required("config");
        keys.finish(&mut self.problems);
        let Some(config) = config else { return Measurement { name, ..Measurement::default() } };
        let mut keys = Keys::new(self.source, config, "`config` of a measurement");
        let poi = keys.required("poi").and_then(|node| keys.text("poi").map(|text| (text, node.span)));
        let parameters = keys.required("parameters").and_then(|_| keys.list("parameters")).unwrap_or_default();
        keys.finish(&mut self.problems);
        Measurement {
            name,
            poi: poi.map(|(text, _)| text.to_owned()).filter(|text| !text.is_empty()),
            poi_span: poi.map(|(_, span)| span),
            parameters: parameters.iter().map(|node| self.setting(node)).collect(),
        }
    }

    fn setting(&mut self, node: &Node) -> Setting {
        let mut keys = Keys::new(self.source, node, "a parameter");
        let (name, span) = name(&mut keys);
        let mut setting = Setting { name, span, fixed: keys.boolean("fixed"), ..Setting::default() };
        let lists = ["inits", "auxdata", "sigmas", "factors", "bounds"].map(|key| (key, keys.optional(key)));
        keys.finish(&mut self.problems);
        for (key, list) in lists {
            let Some(list) = list else { continue };
            setting.spans.insert(key, list.span);
            let what = format!("`{key}` of parameter `{}`", setting.name);
            if key == "bounds" {
                setting.bounds = Some(self.bounds(list, &what));
                continue;
            }
            let values = Some(self.numbers(list, &what));
            match key {
                "inits" => setting.inits = values,
                "auxdata" => setting.auxdata = values,
                "sigmas" => setting.sigmas = values,
                _ => setting.factors = values,
            }
        }
        setting
    }

    fn bounds(&mut self, node: &Node, what: &str) -> Vec<[f64; 2]> {
        let Some(items) = node.as_list() else {
            self.report("kind", format!("{what}: expected a list of [lower, upper], got {}", node.kind()), node);
            return Vec::new();
        };
        let mut bounds = Vec::new();
        for item in items {
            match self.numbers(item, what)[..] {
                [lower, upper] => bounds.push([lower, upper]),
                _ => self.report("value", format!("{what}: expected [lower, upper]"), item),
            }
        }
        bounds
    }

    /// The two values of a map that has these two keys and no others.
    fn pair<'n>(&mut self, node: &'n Node, what: &'n str, names: [&str; 2]) -> Option<(&'n Node, &'n Node)>
    where
        'a: 'n,
    {
        let mut keys = Keys::new(self.source, node, what);
        let (high, low) = (keys.required(names[0]), keys.required(names[1]));
        keys.finish(&mut self.problems);
        Some((high?, low?))
    }

    fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        let value = node.as_f64().filter(|value| value.is_finite());
        if value.is_none() {
            self.report("kind", format!("{what}: expected a finite number, got {}", node.kind()), node);
        }
        value
    }

    /// A list of finite numbers; mistakes become zeros, so that the length stays what the author meant.
    fn numbers(&mut self, node: &Node, what: &str) -> Vec<f64> {
        let Some(items) = node.as_list() else {
            self.report("kind", format!("{what}: expected a list of numbers, got {}", node.kind()), node);
            return Vec::new();
        };
        items.iter().map(|item| self.number(item, what).unwrap_or(0.0)).collect()
    }
}

/// The key `name`, and where its value is.
fn name(keys: &mut Keys<'_>) -> (String, Option<Span>) {
    let Some(node) = keys.required("name") else { return (String::new(), None) };
    (keys.text("name").unwrap_or("").to_owned(), Some(node.span))
}
