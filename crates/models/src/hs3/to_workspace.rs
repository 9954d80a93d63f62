//! HS3 → pyhf's workspace, where that can say the same.

use germane_texts::{Diagnostic, Node, Span};
use serde_json::{Map, Value, json};

use super::Document;

impl Document {
    /// The workspace of a document of bins.
    ///
    /// Measurements are those that `misc.pyhf` keeps, or made of the analyses and the parameter points.
    ///
    /// # Errors
    /// Everything that pyhf's format cannot say, with its place: other distributions than of bins, Poisson constraints of statistical
    /// and Gaussian ones of other uncertainties, functions, several axes.
    pub fn to_workspace(&self) -> Result<Value, Vec<Diagnostic>> {
        let (workspace, losses) = self.to_workspace_with_losses();
        if losses.is_empty() { Ok(workspace) } else { Err(losses) }
    }

    /// The same without what pyhf's format cannot say, and a list of that.
    pub fn to_workspace_with_losses(&self) -> (Value, Vec<Diagnostic>) {
        let kept = self.root.get("misc").and_then(|misc| misc.get("pyhf"));
        let mut reader = Loss { document: self, kept, problems: Vec::new() };
        let workspace = reader.workspace();
        (workspace, reader.problems)
    }
}

/// Collects what would be lost.
struct Loss<'a> {
    document: &'a Document,
    /// What a workspace that became this document left behind.
    kept: Option<&'a Node>,
    problems: Vec<Diagnostic>,
}

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_list).unwrap_or_default()
}

fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_text).unwrap_or_default()
}

/// The name of the vector that `NAME[0]` or HistFactory's `NAME_bin_0` is an entry of.
fn vector(entry: &str) -> Option<&str> {
    let (name, bin) = match entry.strip_suffix(']') {
        Some(entry) => entry.rsplit_once('[')?,
        None => entry.rsplit_once("_bin_")?,
    };
    bin.bytes().all(|digit| digit.is_ascii_digit()).then_some(name)
}

/// A node with its numbers as they are written.
fn value(node: &Node) -> Value {
    use germane_texts::Value as Tree;
    match &node.value {
        Tree::Text(text) => Value::from(text.as_str()),
        Tree::List(items) => Value::Array(items.iter().map(value).collect()),
        Tree::Map(entries) => Value::Object(entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect()),
        _ => node.raw.as_deref().and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or(Value::Null),
    }
}

impl<'a> Loss<'a> {
    fn lost(&mut self, message: impl Into<String>, span: Span) {
        let problem = Diagnostic::new("loss", message).at(&self.document.source, span);
        self.problems.push(problem.advice("pyhf's workspace has no place for it"));
    }

    /// What a channel, sample or parameter was called before it became a name of HS3.
    fn called(&self, name: &'a str) -> &'a str {
        let before = self.kept.and_then(|kept| kept.get("names")).and_then(|names| names.get(name));
        before.and_then(Node::as_text).unwrap_or(name)
    }

    fn workspace(&mut self) -> Value {
        let root = &self.document.root;
        let mut channels = Vec::new();
        let constraints: Vec<&str> = list(root, "distributions")
            .iter()
            .flat_map(|node| list(node, "samples"))
            .flat_map(|sample| list(sample, "modifiers"))
            .map(|modifier| text(modifier, "constraint_name"))
            .collect();
        for node in list(root, "distributions") {
            if text(node, "type") == "histfactory_dist" {
                channels.push(self.channel(node));
            } else if !constraints.contains(&text(node, "name")) {
                self.lost(format!("distribution `{}` is not made of bins", text(node, "name")), node.span);
            }
        }
        for node in list(root, "functions") {
            self.lost(format!("function `{}`", text(node, "name")), node.span);
        }
        let observations = self.observations();
        let kept = self.kept.and_then(|kept| kept.get("measurements"));
        let measurements = match kept {
            Some(kept) => value(kept),
            None => self.measurements(),
        };
        json!({"channels": channels, "observations": observations, "measurements": measurements, "version": "1.0.0"})
    }

    fn channel(&mut self, node: &'a Node) -> Value {
        if list(node, "axes").len() != 1 {
            self.lost(format!("channel `{}` has more than one axis", text(node, "name")), node.span);
        }
        let samples: Vec<Value> = list(node, "samples").iter().map(|sample| self.sample(sample)).collect();
        json!({"name": self.called(text(node, "name")), "samples": samples})
    }

    fn sample(&mut self, node: &'a Node) -> Value {
        let data = node.get("data");
        let contents = data.and_then(|data| data.get("contents"));
        let modifiers: Vec<Value> =
            list(node, "modifiers").iter().map(|modifier| self.modifier(modifier, contents, data)).collect();
        json!({"name": self.called(text(node, "name")), "data": contents.map(value), "modifiers": modifiers})
    }

    fn modifier(&mut self, node: &'a Node, contents: Option<&Node>, sample: Option<&Node>) -> Value {
        let kind = text(node, "type");
        let data = node.get("data");
        // A vector of pyhf's names is that of its entries.
        let first = list(node, "parameters").first().and_then(Node::as_text).map(|name| self.called(name));
        let entry = first.and_then(vector);
        let parameter = node.get("parameter").and_then(Node::as_text).map(|name| self.called(name));
        let name = entry.or(parameter).unwrap_or(text(node, "name"));
        let constraint = text(node, "constraint_type");
        let (kind, data) = match kind {
            "normfactor" if node.get("constraint_name").is_none() => (kind, Value::Null),
            "normfactor" if name == "lumi" => ("lumi", Value::Null),
            "normfactor" => {
                self.lost(format!("factor `{name}` has a constraint and is not called `lumi`"), node.span);
                (kind, Value::Null)
            }
            "normsys" => {
                let side = |key: &str| data.and_then(|data| data.get(key)).map(value);
                (kind, json!({"hi": side("hi"), "lo": side("lo")}))
            }
            "histosys" => {
                let side =
                    |key: &str| data.and_then(|data| data.get(key)).map(|side| value(side.get("contents").unwrap_or(side)));
                (kind, json!({"hi_data": side("hi"), "lo_data": side("lo")}))
            }
            "shapesys" => {
                if constraint.starts_with("Gauss") {
                    self.lost(format!("shapesys `{name}` has a Gaussian constraint"), node.span);
                }
                let kept = data.and_then(|data| data.get("uncertainties")).map(value);
                let absolute = || {
                    let relative = data.map(|data| list(data, "vals")).unwrap_or_default();
                    let contents = contents.and_then(Node::as_list).unwrap_or_default();
                    let product = |(relative, content): (&Node, &Node)| Some(relative.as_f64()? * content.as_f64()?);
                    json!(relative.iter().zip(contents).map(product).collect::<Vec<_>>())
                };
                (kind, kept.unwrap_or_else(absolute))
            }
            "staterror" => {
                if constraint == "Poisson" {
                    self.lost(format!("staterror `{name}` has a Poisson constraint"), node.span);
                }
                (kind, sample.and_then(|sample| sample.get("errors")).map_or(Value::Null, value))
            }
            _ => (kind, Value::Null),
        };
        json!({"name": name, "type": kind, "data": data})
    }

    fn observations(&mut self) -> Vec<Value> {
        let document = self.document;
        let chosen = document.chosen(None).map(|(_, likelihood)| likelihood);
        let Ok(likelihood) = chosen else {
            self.lost("the document has no likelihood", Span::default());
            return Vec::new();
        };
        let pairs = || likelihood.distributions.iter().zip(&likelihood.data);
        let mut observations = Vec::new();
        for node in list(&document.root, "data") {
            let Some((distribution, _)) = pairs().find(|(_, data)| data.name == text(node, "name")) else { continue };
            match node.get("contents") {
                Some(contents) => observations.push(json!({"name": self.called(&distribution.name), "data": value(contents)})),
                None => self.lost(format!("data `{}` are no counts", text(node, "name")), node.span),
            }
        }
        observations
    }

    /// Measurements of analyses: starts, bounds and fixing of the parameters that are no vectors.
    fn measurements(&mut self) -> Value {
        let document = self.document;
        let mut parameters = Vec::new();
        for entry in document.points.first().into_iter().flat_map(|point| &point.parameters) {
            let axis = document.domains.iter().flat_map(|domain| &domain.axes).find(|axis| axis.name == entry.name);
            let vector = vector(&entry.name).is_some();
            let Some(axis) = axis.filter(|axis| axis.low.is_finite() && axis.high.is_finite() && !vector) else { continue };
            let mut setting = Map::new();
            setting.insert("name".into(), json!(entry.name));
            setting.insert("inits".into(), json!([entry.value]));
            setting.insert("bounds".into(), json!([[axis.low, axis.high]]));
            setting.insert("fixed".into(), json!(entry.fixed));
            parameters.push(Value::Object(setting));
        }
        let measurement = |analysis: &super::Analysis| {
            let poi = analysis.interest.first().map_or("", |named| named.name.as_str());
            json!({"name": analysis.name, "config": {"poi": poi, "parameters": parameters}})
        };
        Value::Array(document.analyses.iter().map(measurement).collect())
    }
}
