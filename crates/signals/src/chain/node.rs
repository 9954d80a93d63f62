//! One node: what makes one or more variables. Its form is checked when an output needs it.

use super::{Chain, Place, Word};
use germane_texts::{Diagnostic, Node as Tree, Value, nearest};
use indexmap::IndexMap;

const KEYS: [&str; 13] = [
    "function",
    "module",
    "args",
    "unit",
    "defaults",
    "init_args",
    "kwargs",
    "signature",
    "types",
    "coord_grid",
    "prereqs",
    "lh5_attrs",
    "description",
];

/// What makes one or more variables.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Variables; one without text is made by a later file.
    pub(crate) names: Vec<Word>,
    /// Positions in `names` and words of those that a later file makes.
    pub(crate) lost: Vec<(usize, String)>,
    /// The key.
    pub(crate) place: Place,
    /// What the files say, later ones win.
    layers: Vec<(usize, Tree)>,
}

/// A value of a chain file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'c> {
    pub(crate) source: usize,
    pub(crate) node: &'c Tree,
}

impl Text<'_> {
    pub(crate) fn place(&self) -> Place {
        Place { source: self.source, span: self.node.span }
    }
}

/// Units of outputs.
#[derive(Clone, Debug)]
pub(crate) enum Labels<'c> {
    None,
    One(Text<'c>),
    Each(Vec<Text<'c>>),
}

/// `signature`, `types`, `coord_grid`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shaping<'c> {
    pub(crate) types: Option<Text<'c>>,
    pub(crate) grid: Option<Text<'c>>,
}

/// What a node says.
#[derive(Clone, Debug)]
pub(crate) struct Form<'c> {
    pub(crate) function: Text<'c>,
    pub(crate) module: Option<Text<'c>>,
    pub(crate) args: Option<Vec<Text<'c>>>,
    pub(crate) labels: Labels<'c>,
    pub(crate) init: Vec<Text<'c>>,
    pub(crate) shaping: Shaping<'c>,
    pub(crate) prerequisites: Vec<Text<'c>>,
    pub(crate) attributes: IndexMap<String, String>,
}

impl Node {
    pub(crate) fn new(names: Vec<Word>, place: Place) -> Self {
        Self { names, lost: Vec::new(), place, layers: Vec::new() }
    }

    pub(crate) fn add(&mut self, source: usize, value: &Tree) {
        if value.as_map().is_none() {
            self.layers.clear();
        }
        self.layers.push((source, value.clone()));
    }

    /// Value of a key; the last file that has it wins.
    fn get(&self, key: &str) -> Option<Text<'_>> {
        self.layers.iter().rev().find_map(|(source, tree)| {
            let found = match &tree.value {
                Value::Map(_) => tree.get(key)?,
                _ if key == "function" => tree,
                _ => return None,
            };
            (!found.is_null()).then_some(Text { source: *source, node: found })
        })
    }

    /// The value of a parameter that the channel does not have.
    pub(crate) fn default(&self, name: &str) -> Option<Text<'_>> {
        self.layers.iter().rev().find_map(|(source, tree)| {
            let defaults = tree.get("defaults")?;
            let path = name.strip_prefix("db.").unwrap_or(name);
            let found = defaults.get(name).or_else(|| defaults.get(path)).or_else(|| super::look_up(defaults, name))?;
            Some(Text { source: *source, node: found })
        })
    }

    /// Names of parameters with defaults.
    pub(crate) fn defaults(&self) -> Vec<&str> {
        let maps = self.layers.iter().filter_map(|(_, tree)| tree.get("defaults")?.as_map());
        maps.flatten().map(|entry| entry.key.as_str()).collect()
    }

    /// What the node says, its mistakes of form put to `problems`, what is odd to `warnings`.
    pub(crate) fn form(&self, chain: &Chain, problems: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) -> Option<Form<'_>> {
        let before = problems.len();
        self.check_keys(chain, problems, warnings);
        let mut wrong = |text: Text<'_>, key: &str, expected: &str| {
            let message = format!("`{key}`: expected {expected}, got {}", text.node.kind());
            problems.push(chain.problem("kind", message, text.place()));
        };
        let mut list = |key: &str| {
            let text = self.get(key)?;
            match &text.node.value {
                Value::List(items) => Some(items.iter().map(|node| Text { source: text.source, node }).collect::<Vec<_>>()),
                // A single argument needs no brackets.
                Value::Text(_) | Value::Int(_) | Value::Float(_) => Some(vec![text]),
                _ => {
                    wrong(text, key, "a list");
                    None
                }
            }
        };
        let args = list("args");
        let init = list("init_args").unwrap_or_default();
        let prerequisites = list("prereqs").unwrap_or_default();
        let kwargs = self.get("kwargs");
        if let Some(text) = kwargs.filter(|text| text.node.as_map().is_none()) {
            wrong(text, "kwargs", "a map");
        }
        let inner = |key: &str| {
            let inside = || {
                let kwargs = kwargs?;
                Some(Text { source: kwargs.source, node: kwargs.node.get(key)? })
            };
            self.get(key).or_else(inside)
        };
        let shaping = Shaping { types: inner("types"), grid: inner("coord_grid") };
        let labels = match self.get("unit") {
            None => Labels::None,
            Some(text) => match &text.node.value {
                Value::Text(_) => Labels::One(text),
                Value::List(items) => Labels::Each(items.iter().map(|node| Text { source: text.source, node }).collect()),
                _ => {
                    wrong(text, "unit", "text");
                    Labels::None
                }
            },
        };
        let function = self.get("function");
        if let Some(text) = function.filter(|text| text.node.scalar_text().is_none()) {
            wrong(text, "function", "text");
        }
        let module = self.get("module");
        if let Some(text) = module.filter(|text| text.node.as_text().is_none()) {
            wrong(text, "module", "text");
        }
        let attributes = self.attributes(chain, problems);
        let Some(function) = function else {
            let message = format!("the node of `{}` has no `function`", self.shown());
            problems.push(chain.problem("key", message, self.place).advice("add `function: …`"));
            return None;
        };
        (problems.len() == before).then_some(Form { function, module, args, labels, init, shaping, prerequisites, attributes })
    }

    /// Names for messages.
    pub(crate) fn shown(&self) -> String {
        let names: Vec<&str> = self.names.iter().map(|name| name.text.as_str()).filter(|name| !name.is_empty()).collect();
        names.join(", ")
    }

    fn check_keys(&self, chain: &Chain, problems: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
        for (source, tree) in &self.layers {
            for entry in tree.as_map().unwrap_or_default() {
                if KEYS.contains(&entry.key.as_str()) {
                    continue;
                }
                let place = Place { source: *source, span: entry.key_span };
                let problem = chain.problem("key", format!("unknown key `{}` of the node `{}`", entry.key, self.shown()), place);
                match nearest(&entry.key, KEYS) {
                    Some(name) => problems.push(problem.nearest(name)),
                    None => warnings.push(problem.warning().advice(format!("it is not looked at; known: {}", KEYS.join(", ")))),
                }
            }
        }
    }

    fn attributes(&self, chain: &Chain, problems: &mut Vec<Diagnostic>) -> IndexMap<String, String> {
        let mut out = IndexMap::new();
        let text = |node: &Tree| node.scalar_text().map(str::to_owned);
        for (source, tree) in &self.layers {
            let Some(attributes) = tree.get("lh5_attrs") else { continue };
            let place = Place { source: *source, span: attributes.span };
            let Some(entries) = attributes.as_map() else {
                let message = format!("`lh5_attrs`: expected a map, got {}", attributes.kind());
                problems.push(chain.problem("kind", message, place));
                continue;
            };
            for entry in entries {
                match text(&entry.value) {
                    Some(value) => {
                        out.insert(entry.key.clone(), value);
                    }
                    None => problems.push(chain.problem("kind", "`lh5_attrs`: expected text or a number", place)),
                }
            }
        }
        if let Some(description) = self.get("description") {
            match text(description.node) {
                Some(value) => {
                    out.insert("description".to_owned(), value);
                }
                None => problems.push(chain.problem("kind", "`description`: expected text", description.place())),
            }
        }
        out
    }
}
