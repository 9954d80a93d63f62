//! JSON → document, with all mistakes at once. Unknown keys are kept, not refused.

use std::borrow::Cow;

use germane_texts::{Diagnostic, Keys, Node, Source, Span, parse_json, sort_by_place};

use super::distribution::{Distribution, Function};
use super::{Analysis, Argument, Axis, Content, DataSet, Document, Domain, HistoSys, Likelihood, Named};
use super::{Point, PointParameter, Value};

/// Bins of an axis; more are no histogram of a person, and their edges would fill the memory.
const MOST_BINS: i64 = 1 << 17;

impl Document {
    /// Reads a document.
    ///
    /// ```
    /// use germane_models::hs3::Document;
    /// use germane_texts::Source;
    /// let text = r#"{"metadata": {"hs3_version": "0.2"}, "distributions": [{"name": "p", "x": "x"}]}"#;
    /// let mistakes = Document::read(&Source::new("a.json", text)).unwrap_err();
    /// assert!(mistakes[0].to_string().starts_with("a.json:1:"));
    /// assert!(mistakes[0].message.contains("`p` has no `type`"));
    /// ```
    ///
    /// # Errors
    /// All mistakes with their places: what is no JSON, of the wrong kind, without name or type, or there twice.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let root = parse_json(source)?;
        let mut reader = Reader { source, problems: Vec::new() };
        let mut keys = reader.keys(&root, "the document");
        keys.required("metadata");
        let lists = ["distributions", "functions", "data", "likelihoods", "analyses", "domains", "parameter_points"]
            .map(|key| keys.list(key).unwrap_or_default());
        keys.finish(&mut reader.problems);
        let [distributions, functions, data, likelihoods, analyses, domains, points] = lists;
        let document = Self {
            source: source.clone(),
            distributions: distributions.iter().filter_map(|node| Distribution::read(&mut reader, node)).collect(),
            functions: functions.iter().filter_map(|node| Function::read(&mut reader, node)).collect(),
            data: data.iter().filter_map(|node| reader.data(node)).collect(),
            likelihoods: likelihoods.iter().filter_map(|node| reader.likelihood(node)).collect(),
            analyses: analyses.iter().filter_map(|node| reader.analysis(node)).collect(),
            domains: domains.iter().filter_map(|node| reader.domain(node)).collect(),
            points: points.iter().filter_map(|node| reader.point(node)).collect(),
            histosys: HistoSys::default(),
            root: Node::new(germane_texts::Value::Null, Span::default()),
        };
        let mut names = std::collections::BTreeMap::new();
        let defined = document.distributions.iter().map(|one| (&one.name, one.span));
        for (name, span) in defined.chain(document.functions.iter().map(|one| (&one.name, one.span))) {
            if let Some(first) = names.insert(name, span) {
                let problem = Diagnostic::new("value", format!("`{name}` is defined twice")).at(source, span);
                reader.problems.push(problem.also(first, "first here"));
            }
        }
        if reader.problems.is_empty() {
            return Ok(Self { root, ..document });
        }
        sort_by_place(&mut reader.problems);
        Err(reader.problems)
    }
}

/// The name of an object, and where it is written.
pub(super) fn name_of(keys: &mut Keys<'_>) -> Option<Named> {
    let span = keys.required("name")?.span;
    keys.text("name").map(|name| Named { name: name.to_owned(), span })
}

/// Reads nodes and collects mistakes.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// A reader of a map whose unknown keys are no mistakes.
    pub(super) fn keys(&self, node: &'a Node, what: impl Into<Cow<'a, str>>) -> Keys<'a> {
        let mut keys = Keys::new(self.source, node, what);
        let all: Vec<&str> = node.as_map().into_iter().flatten().map(|entry| entry.key.as_str()).collect();
        keys.know(&all);
        keys
    }

    pub(super) fn report(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.problems.push(Diagnostic::new(code, message).at(self.source, span));
    }

    /// A name, a number, or a number that is written as a text, as ROOT does.
    pub(super) fn argument(&mut self, node: &Node, what: &str) -> Option<Argument> {
        let value = match node.as_text() {
            Some(text) => match text.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => Value::Number(value),
                _ => Value::Name(text.to_owned()),
            },
            None => Value::Number(self.number(node, what)?),
        };
        Some(Argument { value, span: node.span })
    }

    pub(super) fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        let value = node.as_f64().filter(|value| value.is_finite());
        if value.is_none() {
            self.report("kind", format!("{what}: expected a finite number, got {}", node.kind()), node.span);
        }
        value
    }

    /// A list of numbers; a mistake becomes a zero, so that the length stays what the author meant.
    pub(super) fn numbers(&mut self, node: &Node, what: &str) -> Vec<f64> {
        let Some(items) = node.as_list() else {
            self.report("kind", format!("{what}: expected a list of numbers, got {}", node.kind()), node.span);
            return Vec::new();
        };
        items.iter().map(|item| self.number(item, what).unwrap_or(0.0)).collect()
    }

    /// A list of texts, or one text.
    pub(super) fn names(&mut self, node: &Node, what: &str) -> Vec<Named> {
        let single = std::slice::from_ref(node);
        let items = if node.as_text().is_some() { single } else { node.as_list().unwrap_or_default() };
        if items.is_empty() && node.as_list().is_none() {
            self.report("kind", format!("{what}: expected a list of names, got {}", node.kind()), node.span);
        }
        let mut names = Vec::new();
        for item in items {
            match item.as_text() {
                Some(text) => names.push(Named { name: text.to_owned(), span: item.span }),
                None => self.report("kind", format!("{what}: expected a name, got {}", item.kind()), item.span),
            }
        }
        names
    }

    /// Observables with ranges or bins.
    pub(super) fn axes(&mut self, nodes: &'a [Node], what: &str) -> Vec<Axis> {
        nodes.iter().filter_map(|node| self.axis(node, what)).collect()
    }

    fn axis(&mut self, node: &'a Node, what: &str) -> Option<Axis> {
        let mut keys = self.keys(node, format!("an axis of {what}"));
        let named = name_of(&mut keys);
        let (low, high) = (keys.number("min"), keys.number("max"));
        let (bins, edges) = (keys.integer("nbins"), keys.optional("edges"));
        let bins_span = keys.optional("nbins").map_or(node.span, |node| node.span);
        keys.finish(&mut self.problems);
        let name = named?.name;
        let mut edges = edges.map(|node| (self.numbers(node, "`edges` of an axis"), node.span));
        if let Some(bins) = bins {
            if !(1..=MOST_BINS).contains(&bins) {
                self.report("value", format!("axis `{name}` has {bins} bins"), bins_span);
            } else if let (Some(low), Some(high)) = (low, high) {
                let edge = |k: i64| if k == bins { high } else { low + (high - low) * (k as f64 / bins as f64) };
                edges = edges.or_else(|| Some(((0..=bins).map(edge).collect(), bins_span)));
            }
        }
        if let Some((edges, span)) = &edges
            && (edges.len() < 2 || !edges.windows(2).all(|pair| pair[0] < pair[1]))
        {
            self.report("value", format!("axis `{name}`: edges must ascend"), *span);
        }
        let edges = edges.map(|(edges, _)| edges).unwrap_or_default();
        let low = low.or(edges.first().copied()).unwrap_or(f64::NAN);
        let high = high.or(edges.last().copied()).unwrap_or(f64::NAN);
        if low > high {
            self.report("value", format!("axis `{name}`: {low} is above {high}"), node.span);
        }
        Some(Axis { name, low, high, edges })
    }

    fn data(&mut self, node: &'a Node) -> Option<DataSet> {
        let mut keys = self.keys(node, "a data set");
        let named = name_of(&mut keys);
        let kind = keys.choice("type", &["binned", "point", "unbinned"]);
        keys.required("type");
        let axes = keys.list("axes").unwrap_or_default();
        let wanted: &[&str] = match kind {
            Some("binned") => &["contents"],
            Some("unbinned") => &["entries"],
            Some("point") => &["value"],
            _ => &[],
        };
        let content = wanted.first().and_then(|key| keys.required(key));
        let weights = keys.optional("weights");
        keys.finish(&mut self.problems);
        let Named { name, span } = named?;
        let axes = self.axes(axes, &format!("data `{name}`"));
        let content = content?;
        let content = match kind? {
            "binned" => Content::Binned(self.numbers(content, &format!("`contents` of data `{name}`"))),
            "point" => {
                self.number(content, &format!("`value` of data `{name}`"))?;
                Content::Point
            }
            _ => {
                let what = format!("`entries` of data `{name}`");
                let rows = content.as_list().unwrap_or_default();
                if content.as_list().is_none() {
                    self.report("kind", format!("{what}: expected a list of lists, got {}", content.kind()), content.span);
                }
                let entries: Vec<Vec<f64>> = rows.iter().map(|row| self.numbers(row, &what)).collect();
                for (row, node) in entries.iter().zip(rows) {
                    if row.len() != axes.len() {
                        self.report("value", format!("{what}: {} values for {} axes", row.len(), axes.len()), node.span);
                    }
                }
                let weights = match weights {
                    None => Vec::new(),
                    Some(node) => {
                        let weights = self.numbers(node, &format!("`weights` of data `{name}`"));
                        if weights.len() != entries.len() {
                            let message = format!("data `{name}`: {} weights for {} entries", weights.len(), entries.len());
                            self.report("value", message, node.span);
                        }
                        weights
                    }
                };
                Content::Unbinned { entries, weights }
            }
        };
        if let Content::Binned(contents) = &content {
            let bins: usize = axes.iter().map(|axis| axis.edges.len().saturating_sub(1)).product();
            if bins != contents.len() {
                let message = format!("data `{name}` has {} contents, its axes {bins} bins", contents.len());
                self.report("value", message, span);
            }
            if let Some(bin) = contents.iter().position(|content| *content < 0.0) {
                self.report("value", format!("data `{name}`: the count of bin {bin} is negative"), span);
            }
        }
        Some(DataSet { name, span, axes, content })
    }

    fn likelihood(&mut self, node: &'a Node) -> Option<Likelihood> {
        let mut keys = self.keys(node, "a likelihood");
        let named = name_of(&mut keys);
        let lists = ["distributions", "data"].map(|key| keys.required(key));
        let auxiliary = keys.optional("aux_distributions");
        keys.finish(&mut self.problems);
        let Named { name, span } = named?;
        let mut read = |node: Option<&Node>, key: &str| {
            node.map(|node| self.names(node, &format!("`{key}` of likelihood `{name}`"))).unwrap_or_default()
        };
        let (distributions, data) = (read(lists[0], "distributions"), read(lists[1], "data"));
        let auxiliary = read(auxiliary, "aux_distributions");
        if distributions.len() != data.len() {
            let message = format!("likelihood `{name}` has {} distributions and {} data", distributions.len(), data.len());
            self.report("value", message, span);
        }
        Some(Likelihood { name, span, distributions, data, auxiliary })
    }

    fn analysis(&mut self, node: &'a Node) -> Option<Analysis> {
        let mut keys = self.keys(node, "an analysis");
        let named = name_of(&mut keys);
        let likelihood = keys.required("likelihood");
        let likelihood = keys.text("likelihood").zip(likelihood).map(|(name, node)| Named { name: name.into(), span: node.span });
        let interest = keys.optional("parameters_of_interest");
        let domains = [keys.optional("domains"), keys.optional("domain")];
        let init = keys.optional("init");
        let init = keys.text("init").zip(init).map(|(name, node)| Named { name: name.into(), span: node.span });
        keys.finish(&mut self.problems);
        let name = named?.name;
        let what = format!("`parameters_of_interest` of analysis `{name}`");
        let interest = interest.map(|node| self.names(node, &what)).unwrap_or_default();
        let what = format!("`domains` of analysis `{name}`");
        let domains = domains.into_iter().flatten().flat_map(|node| self.names(node, &what)).collect();
        Some(Analysis { name, likelihood: likelihood?, interest, domains, init })
    }

    fn domain(&mut self, node: &'a Node) -> Option<Domain> {
        let mut keys = self.keys(node, "a domain");
        let named = name_of(&mut keys);
        let axes = keys.list("axes").unwrap_or_default();
        keys.finish(&mut self.problems);
        let name = named?.name;
        let axes = self.axes(axes, &format!("domain `{name}`"));
        Some(Domain { name, axes })
    }

    fn point(&mut self, node: &'a Node) -> Option<Point> {
        let mut keys = self.keys(node, "a parameter point");
        let named = name_of(&mut keys);
        let parameters = keys.list("parameters").unwrap_or_default();
        keys.finish(&mut self.problems);
        let name = named?.name;
        let mut out = Vec::new();
        for node in parameters {
            let mut keys = self.keys(node, format!("a parameter of `{name}`"));
            let parameter = name_of(&mut keys);
            let value = keys.required("value");
            let fixed = keys.boolean("const").unwrap_or(false);
            let (low, high) = (keys.number("min"), keys.number("max"));
            keys.finish(&mut self.problems);
            let (Some(parameter), Some(value)) = (parameter, value) else { continue };
            let what = format!("`value` of parameter `{}`", parameter.name);
            let Some(Argument { value: Value::Number(value), .. }) = self.argument(value, &what) else {
                self.report("kind", format!("{what}: expected a number"), value.span);
                continue;
            };
            out.push(PointParameter { name: parameter.name, value, fixed, low, high });
        }
        Some(Point { name, parameters: out })
    }
}
