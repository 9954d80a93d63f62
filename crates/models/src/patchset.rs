//! pyhf's patchset 1.0.0: signals that are added to a background workspace by JSON Patch (RFC 6902).

use germane_texts::{Diagnostic, Keys, Node, Source, Span, nearest, parse_json};
use serde_json::Value;

/// Named patches of a workspace.
#[derive(Clone, Debug)]
pub struct PatchSet {
    patches: Vec<Patch>,
    source: Source,
}

#[derive(Clone, Debug)]
struct Patch {
    name: String,
    operations: Vec<(Operation, Span)>,
}

#[derive(Clone, Debug)]
enum Operation {
    Add(String, Value),
    Remove(String),
    Replace(String, Value),
    Move(String, String),
    Copy(String, String),
    Test(String, Value),
}

impl PatchSet {
    /// Reads a patchset; on mistakes all of them.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let node = parse_json(source)?;
        let mut problems = Vec::new();
        let mut keys = Keys::new(source, &node, "the patchset");
        keys.know(&["metadata", "version"]);
        let patches = keys.required("patches").and_then(|_| keys.list("patches")).unwrap_or_default();
        keys.finish(&mut problems);
        let patches = patches.iter().filter_map(|node| patch(source, node, &mut problems)).collect();
        if problems.is_empty() { Ok(Self { patches, source: source.clone() }) } else { Err(problems) }
    }

    /// Names of the patches, in the order of the file.
    pub fn names(&self) -> Vec<&str> {
        self.patches.iter().map(|patch| patch.name.as_str()).collect()
    }

    /// The text of a workspace with a patch applied; its name says so.
    ///
    /// # Errors
    /// A patch that does not exist, or an operation that does not fit the workspace, with its place in the patchset.
    pub fn apply(&self, workspace: &Source, name: &str) -> Result<Source, Vec<Diagnostic>> {
        let Some(patch) = self.patches.iter().find(|patch| patch.name == name) else {
            let problem =
                Diagnostic::new("name", format!("the patchset has no patch `{name}`")).file(self.source.name.to_string());
            let names = self.names();
            return Err(vec![match nearest(name, names.iter().copied()) {
                Some(near) => problem.nearest(near),
                None => {
                    problem.advice(format!("it has {} patches, the first is `{}`", names.len(), names.first().unwrap_or(&"")))
                }
            }]);
        };
        // Read for its mistakes with places; the values are taken from serde_json.
        parse_json(workspace)?;
        let parsed = serde_json::from_str::<Value>(&workspace.text);
        let mut document =
            parsed.map_err(|error| vec![Diagnostic::new("json", error.to_string()).file(workspace.name.to_string())])?;
        for (operation, span) in &patch.operations {
            run(&mut document, operation).map_err(|why| {
                let message = format!("patch `{name}` does not fit {}: {why}", workspace.name);
                vec![Diagnostic::new("value", message).at(&self.source, *span)]
            })?;
        }
        Ok(Source::new(format!("{} + {name}", workspace.name), format!("{document:#}")))
    }
}

fn patch(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Patch> {
    let mut keys = Keys::new(source, node, "a patch");
    let metadata = keys.required("metadata");
    let operations = keys.required("patch").and_then(|_| keys.list("patch")).unwrap_or_default();
    keys.finish(problems);
    let mut keys = Keys::new(source, metadata?, "`metadata` of a patch");
    keys.know(&["values"]);
    let name = keys.required("name").and_then(|_| keys.text("name"));
    keys.finish(problems);
    let operations = operations.iter().filter_map(|node| Some((operation(source, node, problems)?, node.span))).collect();
    Some(Patch { name: name?.to_owned(), operations })
}

fn operation(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Operation> {
    let mut keys = Keys::new(source, node, "an operation");
    let kind = keys.required("op").and_then(|_| keys.choice("op", &["add", "remove", "replace", "move", "copy", "test"]));
    let path = keys.required("path").and_then(|_| keys.text("path")).map(str::to_owned);
    let value = keys.entry("value").map(|entry| serde_json::from_str(source.slice(entry.value.span)).unwrap_or(Value::Null));
    let from = keys.text("from").map(str::to_owned);
    let (needs_value, needs_from) = (matches!(kind, Some("add" | "replace" | "test")), matches!(kind, Some("move" | "copy")));
    for (needed, missing, key) in [(needs_value, value.is_none(), "value"), (needs_from, from.is_none(), "from")] {
        if needed && missing {
            let problem = keys.problem("key", format!("an operation has no `{key}`"), node.span);
            keys.report(problem);
        }
    }
    keys.finish(problems);
    Some(match kind? {
        "add" => Operation::Add(path?, value?),
        "remove" => Operation::Remove(path?),
        "replace" => Operation::Replace(path?, value?),
        "move" => Operation::Move(from?, path?),
        "copy" => Operation::Copy(from?, path?),
        _ => Operation::Test(path?, value?),
    })
}

fn run(document: &mut Value, operation: &Operation) -> Result<(), String> {
    match operation {
        Operation::Add(path, value) => add(document, path, value.clone()),
        Operation::Remove(path) => remove(document, path).map(|_| ()),
        Operation::Replace(path, value) => {
            *document.pointer_mut(path).ok_or_else(|| absent(path))? = value.clone();
            Ok(())
        }
        Operation::Move(from, path) => {
            if path.starts_with(&format!("{from}/")) {
                return Err(format!("{from} cannot move into itself"));
            }
            let value = remove(document, from)?;
            add(document, path, value)
        }
        Operation::Copy(from, path) => {
            let value = document.pointer(from).ok_or_else(|| absent(from))?.clone();
            add(document, path, value)
        }
        Operation::Test(path, value) => {
            let found = document.pointer(path).ok_or_else(|| absent(path))?;
            if found == value { Ok(()) } else { Err(format!("the value at {path} is another one")) }
        }
    }
}

fn absent(path: &str) -> String {
    format!("there is nothing at {path}")
}

/// The parent of a path and the unescaped last token.
fn parent<'a>(document: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let (before, last) = path.rsplit_once('/').ok_or_else(|| format!("`{path}` is no JSON pointer"))?;
    let token = last.replace("~1", "/").replace("~0", "~");
    document.pointer_mut(before).map(|parent| (parent, token)).ok_or_else(|| absent(before))
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    match parent(document, path)? {
        (Value::Array(items), token) => {
            let index = if token == "-" { Some(items.len()) } else { token.parse().ok().filter(|index| *index <= items.len()) };
            let index = index.ok_or_else(|| format!("{path}: the list has {} entries", items.len()))?;
            items.insert(index, value);
            Ok(())
        }
        (Value::Object(map), token) => {
            map.insert(token, value);
            Ok(())
        }
        _ => Err(absent(path)),
    }
}

fn remove(document: &mut Value, path: &str) -> Result<Value, String> {
    match parent(document, path)? {
        (Value::Array(items), token) => {
            let index = token.parse().ok().filter(|index: &usize| *index < items.len());
            index.map(|index| items.remove(index)).ok_or_else(|| absent(path))
        }
        (Value::Object(map), token) => map.shift_remove(&token).ok_or_else(|| absent(path)),
        _ => Err(absent(path)),
    }
}
