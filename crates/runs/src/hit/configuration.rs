//! The text of a configuration: blocks of operations and aggregations, all with places.

use germane_texts::{Diagnostic, Entry, Keys, Node, Source, Span, Value, read_yaml, sort_by_place};

/// A configuration as read: blocks by the pattern of the tables they are for.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// the text
    pub source: Source,
    /// pattern and block; one block with an empty pattern is for all tables
    pub blocks: Vec<(String, Block)>,
}

/// What is computed for one table.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// names to write; `None`: all columns, then everything computed
    pub outputs: Option<Vec<(String, Span)>>,
    /// in the order of the file
    pub operations: Vec<Operation>,
    /// in the order of the file
    pub aggregations: Vec<Aggregation>,
}

/// One computed column.
#[derive(Clone, Debug)]
pub struct Operation {
    /// its name
    pub name: String,
    /// where the name stands
    pub span: Span,
    /// the expression, a scalar
    pub expression: Node,
    /// constants of the expression: numbers, or `db.a.b` of the channel's parameters
    pub parameters: Vec<Entry>,
    /// attributes of the written column
    pub attributes: Vec<(String, String)>,
}

/// Flags of several columns as bits of one number: bit i is entry i.
#[derive(Clone, Debug)]
pub struct Aggregation {
    /// its name
    pub name: String,
    /// where the name stands
    pub span: Span,
    /// columns with the places of their names
    pub flags: Vec<(String, Span)>,
}

/// Bits of the widest number.
const MOST_FLAGS: usize = 64;

impl Configuration {
    /// Reads YAML or JSON.
    ///
    /// # Errors
    /// All mistakes of form at once.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let reading = read_yaml(source);
        let mut found = reading.problems;
        let Some(root) = reading.node else { return Err(found) };
        let mut blocks = Vec::new();
        let is_block = |node: &Node| ["operations", "outputs", "aggregations"].iter().any(|key| node.get(key).is_some());
        match root.as_map() {
            Some(entries) if !is_block(&root) && entries.iter().any(|e| is_block(&e.value)) => {
                for entry in entries {
                    blocks.push((entry.key.clone(), block(source, &entry.value, &mut found)));
                }
            }
            _ => blocks.push((String::new(), block(source, &root, &mut found))),
        }
        if found.is_empty() {
            return Ok(Self { source: source.clone(), blocks });
        }
        sort_by_place(&mut found);
        Err(found)
    }

    /// The block of a table (`ch1104000/dsp`): the first whose pattern fits the path, or its first part.
    pub fn block(&self, table: &str) -> Option<&Block> {
        let first = table.split('/').next().unwrap_or(table);
        let fits = |wanted: &str| wanted.is_empty() || [table, first].iter().any(|name| crate::pattern::matches(wanted, name));
        self.blocks.iter().find(|(wanted, _)| fits(wanted)).map(|(_, block)| block)
    }
}

fn block(source: &Source, node: &Node, found: &mut Vec<Diagnostic>) -> Block {
    let mut keys = Keys::new(source, node, "the hit configuration");
    let mut of = Block { outputs: keys.list("outputs").map(|names| texts(source, names, found)), ..Block::default() };
    for entry in keys.map("operations").unwrap_or_default() {
        of.operations.extend(operation(source, entry, found));
    }
    for entry in keys.map("aggregations").unwrap_or_default() {
        of.aggregations.extend(aggregation(source, entry, found));
    }
    keys.finish(found);
    for operation in &of.operations {
        if let Some(flags) = of.aggregations.iter().find(|a| a.name == operation.name) {
            let message = format!("`{}` is an operation and an aggregation", operation.name);
            found.push(Diagnostic::new("name", message).at(source, flags.span));
        }
    }
    of
}

fn texts(source: &Source, nodes: &[Node], found: &mut Vec<Diagnostic>) -> Vec<(String, Span)> {
    let mut out = Vec::new();
    for node in nodes {
        match node.scalar_text() {
            Some(text) => out.push((text.to_owned(), node.span)),
            None => {
                let message = format!("expected the name of a column, got {}", node.kind());
                found.push(Diagnostic::new("kind", message).at(source, node.span));
            }
        }
    }
    out
}

fn operation(source: &Source, entry: &Entry, found: &mut Vec<Diagnostic>) -> Option<Operation> {
    let mut keys = Keys::new(source, &entry.value, format!("the operation `{}`", entry.key));
    let expression = keys.required("expression").cloned();
    let parameters: Vec<Entry> = keys.map("parameters").unwrap_or_default().to_vec();
    for parameter in &parameters {
        let fits = match &parameter.value.value {
            Value::Int(_) | Value::Float(_) => true,
            Value::Text(text) => text.starts_with("db."),
            _ => false,
        };
        if !fits {
            let problem = keys.problem("kind", format!("`{}` is no number", parameter.key), parameter.value.span);
            keys.report(problem.advice("write a number, or `db.NAME` for one of the channel's parameters"));
        }
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in keys.map("lgdo_attrs").unwrap_or_default() {
        match attribute.value.scalar_text() {
            Some(text) => attributes.push((attribute.key.clone(), text.to_owned())),
            None => {
                let message = format!("the attribute `{}` is a text or a number", attribute.key);
                let problem = keys.problem("kind", message, attribute.value.span);
                keys.report(problem);
            }
        }
    }
    if let Some((_, text)) = keys.scalar("description") {
        attributes.push(("description".to_owned(), text.to_owned()));
    }
    keys.finish(found);
    let expression = expression?;
    if expression.scalar_text().is_none() {
        let message = format!("an expression is a text, this is {}", expression.kind());
        found.push(Diagnostic::new("kind", message).at(source, expression.span));
        return None;
    }
    Some(Operation { name: entry.key.clone(), span: entry.key_span, expression, parameters, attributes })
}

fn aggregation(source: &Source, entry: &Entry, found: &mut Vec<Diagnostic>) -> Option<Aggregation> {
    let Some(bits) = entry.value.as_map() else {
        let message = format!("the aggregation `{}`: expected a map of bits and columns", entry.key);
        found.push(Diagnostic::new("kind", message).at(source, entry.value.span).advice("write `{bit0: a, bit1: b}`"));
        return None;
    };
    if bits.len() > MOST_FLAGS {
        let message = format!("`{}` has {} flags, a number has {MOST_FLAGS} bits", entry.key, bits.len());
        found.push(Diagnostic::new("kind", message).at(source, entry.key_span));
        return None;
    }
    let mut flags = Vec::new();
    for (place, bit) in bits.iter().enumerate() {
        // Bits are counted in the order of the file: a number that says otherwise would be believed.
        if let Some(number) = bit.key.strip_prefix("bit").and_then(|n| n.parse::<usize>().ok())
            && number != place
        {
            let message = format!("`{}` stands where bit {place} is", bit.key);
            let problem = Diagnostic::new("order", message).at(source, bit.key_span);
            found.push(problem.advice("bits count in the order of the file: put them in order"));
        }
        match bit.value.scalar_text() {
            Some(text) => flags.push((text.to_owned(), bit.value.span)),
            None => found.push(Diagnostic::new("kind", "expected the name of a column").at(source, bit.value.span)),
        }
    }
    Some(Aggregation { name: entry.key.clone(), span: entry.key_span, flags })
}
