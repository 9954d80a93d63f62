//! The map of a combination as text.
//!
//! ```yaml
//! germane: 1
//! models: {A: A.json, B: B.json}
//! rename: {B.JES: jes}                                   # as the names below have it
//! correlations:
//!   same: [[A.mu, B.mu], theory]                         # a name alone: in all models that have it
//!   different: [lumi]
//!   partial: [{pair: [A.jes, B.jes], rho: 0.5}]          # or group: [A.x, B.x, C.x], matrix: [[1, …], …]
//!   default: different                                   # of equal names that are not in the lists
//! ```

use germane_texts::{Diagnostic, Keys, Node, Source, Span, parse_yaml};

/// A map that has been read; the models are not yet known.
#[derive(Clone, Debug)]
pub struct Map {
    /// Short name and path of each model, in the order of the file.
    pub models: Vec<(String, String)>,
    pub(super) renames: Vec<(Reference, String)>,
    pub(super) same: Vec<Vec<Reference>>,
    pub(super) different: Vec<Reference>,
    pub(super) partial: Vec<Partial>,
    /// What equal names are that are in no list; none if that is a mistake.
    pub(super) default: Option<Default>,
    pub(super) source: Source,
    pub(super) span: Span,
}

/// What parameters of the same name are without a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Default {
    Same,
    Different,
}

/// A parameter of a model, or of all models that have it.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// Number of the model.
    pub(super) model: Option<usize>,
    pub(super) name: String,
    pub(super) span: Span,
}

/// Parameters whose constraints are correlated.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    pub(super) members: Vec<Reference>,
    /// Rows of the correlation matrix.
    pub(super) matrix: Vec<Vec<f64>>,
    pub(super) span: Span,
}

impl Map {
    /// Reads a map; on mistakes all of them, with their places.
    ///
    /// ```
    /// use germane_models::combination::Map;
    /// use germane_texts::Source;
    /// let text = "germane: 1\nmodels: {A: a.json, B: b.json}\ncorrelations: {same: [[A.mu, C.mu]]}\n";
    /// let mistakes = Map::read(&Source::new("map.yaml", text)).unwrap_err();
    /// assert_eq!(mistakes[0].message, "`C.mu`: no model is called `C`");
    /// ```
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let node = parse_yaml(source)?;
        let mut reader = Reader { source, models: Vec::new(), problems: Vec::new() };
        let map = reader.map(&node);
        if reader.problems.is_empty() { Ok(map) } else { Err(reader.problems) }
    }
}

struct Reader<'a> {
    source: &'a Source,
    models: Vec<(String, String)>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, message: impl Into<String>, span: Span, advice: &str) {
        self.problems.push(Diagnostic::new("value", message).at(self.source, span).advice(advice));
    }

    fn map(&mut self, node: &Node) -> Map {
        let mut keys = Keys::new(self.source, node, "the map");
        if let Some(version) = keys.required("germane")
            && version.as_i64() != Some(1)
        {
            let problem = keys.problem("value", "`germane` of the map is not 1", version.span);
            keys.report(problem.advice("write `germane: 1`"));
        }
        let models = keys.required("models").and_then(|_| keys.map("models")).unwrap_or_default();
        let renames = keys.map("rename").unwrap_or_default();
        let correlations = keys.optional("correlations");
        keys.finish(&mut self.problems);
        for entry in models {
            match entry.value.as_text() {
                Some(_) if entry.key.contains('.') => {
                    self.report(
                        format!("`{}`: the short name of a model has no point", entry.key),
                        entry.key_span,
                        "write `A: …`",
                    );
                }
                Some(path) => self.models.push((entry.key.clone(), path.to_owned())),
                None => self.report(
                    format!("model `{}`: expected a path, got {}", entry.key, entry.value.kind()),
                    entry.value.span,
                    "write `A: workspace.json`",
                ),
            }
        }
        if models.len() < 2 {
            self.report(format!("{} models are no combination", models.len()), node.span, "write `models: {A: …, B: …}`");
        }
        let mut map = Map {
            models: self.models.clone(),
            renames: Vec::new(),
            same: Vec::new(),
            different: Vec::new(),
            partial: Vec::new(),
            default: None,
            source: self.source.clone(),
            span: correlations.map_or(node.span, |node| node.span),
        };
        for entry in renames {
            let reference = self.name(&entry.key, entry.key_span);
            match (reference, entry.value.as_text()) {
                (Some(reference), Some(name)) if reference.model.is_some() => map.renames.push((reference, name.to_owned())),
                (Some(_), _) => {
                    self.report(format!("`{}` is renamed to no name", entry.key), entry.key_span, "write `A.old: new`");
                }
                (None, _) => {}
            }
        }
        if let Some(node) = correlations {
            self.correlations(node, &mut map);
        }
        map
    }

    fn correlations(&mut self, node: &Node, map: &mut Map) {
        let mut keys = Keys::new(self.source, node, "`correlations`");
        let same = keys.list("same").unwrap_or_default();
        let different = keys.list("different").unwrap_or_default();
        let partial = keys.list("partial").unwrap_or_default();
        map.default = keys.choice("default", &["same", "different"]).map(|word| match word {
            "same" => Default::Same,
            _ => Default::Different,
        });
        keys.finish(&mut self.problems);
        for node in same {
            let group = match node.as_list() {
                Some(list) => list.iter().filter_map(|node| self.reference(node)).collect(),
                None => self.reference(node).into_iter().collect::<Vec<_>>(),
            };
            if node.as_list().is_some_and(|list| list.len() < 2) {
                self.report("one parameter alone is the same as nothing", node.span, "write `[A.name, B.name]`");
            }
            map.same.push(group);
        }
        for node in different {
            match node.as_list() {
                Some(list) => map.different.extend(list.iter().filter_map(|node| self.reference(node))),
                None => map.different.extend(self.reference(node)),
            }
        }
        map.partial = partial.iter().filter_map(|node| self.partial(node)).collect();
    }

    fn partial(&mut self, node: &Node) -> Option<Partial> {
        let mut keys = Keys::new(self.source, node, "a partial correlation");
        let (pair, group) = (keys.list("pair"), keys.list("group"));
        let (rho, matrix) = (keys.number("rho"), keys.list("matrix"));
        keys.finish(&mut self.problems);
        let advice = "write `{pair: [A.x, B.x], rho: 0.5}`, or `group` with `matrix`";
        let (list, matrix) = match (pair, rho, group, matrix) {
            (Some(pair), Some(rho), None, None) if pair.len() == 2 => {
                if !(-1.0..=1.0).contains(&rho) {
                    self.report(format!("rho is {rho}"), node.span, "a correlation lies in [-1, 1]");
                    return None;
                }
                (pair, vec![vec![1.0, rho], vec![rho, 1.0]])
            }
            (None, None, Some(group), Some(matrix)) => (group, self.matrix(matrix, group.len(), node.span)?),
            _ => {
                self.report("a partial correlation is a pair with rho, or a group with a matrix", node.span, advice);
                return None;
            }
        };
        let members: Vec<Reference> = list.iter().filter_map(|node| self.reference(node)).collect();
        if let Some(member) = members.iter().find(|member| member.model.is_none()) {
            self.report(format!("`{}` does not say of which model", member.name), member.span, "write `A.name`");
            return None;
        }
        (members.len() == list.len()).then_some(Partial { members, matrix, span: node.span })
    }

    /// A correlation matrix of so many rows.
    fn matrix(&mut self, rows: &[Node], size: usize, span: Span) -> Option<Vec<Vec<f64>>> {
        let row = |node: &Node| node.as_list().and_then(|list| list.iter().map(Node::as_f64).collect::<Option<Vec<f64>>>());
        let matrix: Vec<Vec<f64>> = rows.iter().filter_map(row).collect();
        let square = matrix.len() == size && rows.len() == size && matrix.iter().all(|row| row.len() == size);
        let good = |i: usize, j: usize| {
            let value = matrix[i][j];
            value == matrix[j][i] && if i == j { value == 1.0 } else { value.abs() < 1.0 }
        };
        if !square || (0..size).any(|i| (0..size).any(|j| !good(i, j))) {
            let message = format!("`matrix` is no correlation of {size} parameters");
            self.report(message, span, "it is symmetric, with 1 on the diagonal and less than 1 beside it");
            return None;
        }
        Some(matrix)
    }

    fn reference(&mut self, node: &Node) -> Option<Reference> {
        match node.scalar_text() {
            Some(text) => self.name(text, node.span),
            None => {
                self.report(format!("expected a parameter, got {}", node.kind()), node.span, "write `A.name`");
                None
            }
        }
    }

    /// `A.name`, or `name`.
    fn name(&mut self, text: &str, span: Span) -> Option<Reference> {
        let Some((model, name)) = text.split_once('.') else {
            return Some(Reference { model: None, name: text.to_owned(), span });
        };
        if let Some(index) = self.models.iter().position(|(known, _)| known == model) {
            return Some(Reference { model: Some(index), name: name.to_owned(), span });
        }
        let problem = Diagnostic::new("name", format!("`{text}`: no model is called `{model}`")).at(self.source, span);
        let names: Vec<&str> = self.models.iter().map(|(name, _)| name.as_str()).collect();
        self.problems.push(match germane_texts::nearest(model, names.iter().copied()) {
            Some(near) => problem.nearest(near),
            None => problem.advice(format!("there are {}", names.join(", "))),
        });
        None
    }
}
