//! Text to [`Chain`]: outermost keys, names of nodes, merging.

use super::node::Node;
use super::{Chain, ChainInput, Place, Word};
use germane_texts::{Diagnostic, Entry, Keys, Node as Tree, Source, Value, parse_json, parse_yaml};

const OUTER: [&str; 4] = ["outputs", "inputs", "processors", "compat"];

/// Reads chain files, YAML or JSON by their first characters, and merges them: later files win.
///
/// ```
/// use germane_signals::chain;
/// use germane_texts::Source;
/// let source = Source::new("chain.yaml", "outputs: [twice]\nprocessors:\n  twice: baseline*2\n");
/// let chain = chain::read(&[source]).unwrap();
/// assert_eq!(chain.outputs()[0].text, "twice");
/// let wrong = Source::new("chain.yaml", "outptus: [twice]\nprocessors: {twice: baseline*2}\n");
/// let problems = chain::read(&[wrong]).unwrap_err();
/// assert_eq!(problems[0].to_string(), "chain.yaml:1:1: unknown key `outptus` of the chain; did you mean `outputs`?");
/// ```
///
/// # Errors
/// All mistakes of the texts and of their outer form. What is wrong inside a node is found by [`plan`](crate::plan::plan).
pub fn read(sources: &[Source]) -> Result<Chain, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut chain = Chain { sources: sources.to_vec(), outputs: None, inputs: Vec::new(), nodes: Vec::new() };
    for (position, source) in sources.iter().enumerate() {
        let tree = if is_json(&source.text) { parse_json(source) } else { parse_yaml(source) };
        match tree {
            Ok(tree) => Reader { chain: &mut chain, source, position, problems: &mut problems }.file(&tree),
            Err(mut found) => problems.append(&mut found),
        }
    }
    if problems.is_empty() { Ok(chain) } else { Err(problems) }
}

/// Whether a text is JSON: a brace, then a quote or a closing brace.
fn is_json(text: &str) -> bool {
    let rest = text.trim_start().strip_prefix('{').map(str::trim_start);
    rest.is_some_and(|rest| rest.starts_with('"') || rest.starts_with('}'))
}

struct Reader<'a> {
    chain: &'a mut Chain,
    source: &'a Source,
    position: usize,
    problems: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn problem(&mut self, code: &str, message: impl Into<String>, node: &Tree) -> Diagnostic {
        Diagnostic::new(code, message).at(self.source, node.span)
    }

    fn place(&self, node: &Tree) -> Place {
        Place { source: self.position, span: node.span }
    }

    fn file(&mut self, tree: &Tree) {
        let has_outer = tree.as_map().is_some_and(|map| map.iter().any(|entry| OUTER.contains(&entry.key.as_str())));
        if let (Some(nodes), false) = (tree.as_map(), has_outer) {
            self.nodes(nodes);
            return;
        }
        let mut keys = Keys::new(self.source, tree, "the chain");
        let outputs = keys.optional("outputs");
        let inputs = keys.optional("inputs");
        let processors = keys.map("processors");
        if keys.choice("compat", &["dspeed-2.4"]).is_some()
            && let Some(entry) = keys.entry("compat")
        {
            let message = "the numbers of dspeed 2.4 cannot be had yet: this version computes the documented ones";
            let problem = keys.problem("unsupported", message, entry.key_span).advice("leave `compat` out");
            keys.report(problem);
        }
        keys.finish(self.problems);
        if let Some(outputs) = outputs {
            self.chain.outputs = Some(self.words(outputs, "outputs"));
        }
        if let Some(inputs) = inputs {
            self.inputs(inputs);
        }
        if let Some(nodes) = processors {
            self.nodes(nodes);
        }
    }

    /// A list of names, or one text of names.
    fn words(&mut self, node: &Tree, what: &str) -> Vec<Word> {
        match &node.value {
            Value::List(items) => items.iter().flat_map(|item| self.words_of_text(item, what)).collect(),
            _ => self.words_of_text(node, what),
        }
    }

    fn words_of_text(&mut self, node: &Tree, what: &str) -> Vec<Word> {
        let Some(text) = node.as_text() else {
            let problem = self.problem("kind", format!("`{what}`: expected a name, got {}", node.kind()), node);
            self.problems.push(problem);
            return Vec::new();
        };
        let position = self.position;
        let words = pieces(text).into_iter().map(|(start, end, word)| Word {
            text: word.to_owned(),
            place: Place { source: position, span: node.span_in_text(start, end) },
        });
        words.collect()
    }

    fn inputs(&mut self, node: &Tree) {
        let items = match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        self.chain.inputs.clear();
        for item in items {
            let mut keys = Keys::new(self.source, item, "inputs");
            let (file, group) = (keys.required("file"), keys.required("group"));
            let (prefix, suffix) = (keys.text("prefix"), keys.text("suffix"));
            keys.finish(self.problems);
            let mut word = |node: Option<&Tree>| {
                let node = node?;
                let Some(text) = node.as_text() else {
                    let problem = self.problem("kind", format!("`inputs`: expected text, got {}", node.kind()), node);
                    self.problems.push(problem);
                    return None;
                };
                Some(Word { text: text.to_owned(), place: self.place(node) })
            };
            let (file, group) = (word(file), word(group));
            if let (Some(file), Some(group)) = (file, group) {
                let (prefix, suffix) = (prefix.unwrap_or_default().to_owned(), suffix.unwrap_or_default().to_owned());
                self.chain.inputs.push(ChainInput { file, group, prefix, suffix });
            }
        }
    }

    fn nodes(&mut self, entries: &[Entry]) {
        let mut seen: Vec<Word> = Vec::new();
        for entry in entries {
            let names = self.names(entry);
            for name in &names {
                if let Some(first) = seen.iter().find(|first| first.text == name.text) {
                    let problem = Diagnostic::new("name", format!("`{}` is made twice", name.text))
                        .at(self.source, name.place.span)
                        .also(first.place.span, "first here")
                        .advice("give one of them another name");
                    self.problems.push(problem);
                }
                seen.push(name.clone());
            }
            if !names.is_empty() {
                self.node(names, entry);
            }
        }
    }

    /// Names in a key: separated by `,` or blanks.
    fn names(&mut self, entry: &Entry) -> Vec<Word> {
        let written = self.source.slice(entry.key_span);
        let mut names = Vec::new();
        for (start, _, word) in pieces(&entry.key) {
            // Inside a quoted or plain key the word is found as it is written.
            let at = written.match_indices(word).map(|(at, _)| at).find(|at| {
                let before = written[..*at].chars().next_back();
                *at >= start && before.is_none_or(|c| !is_letter(c))
            });
            let span = at.map_or(entry.key_span, |at| {
                let from = entry.key_span.start + at;
                germane_texts::Span::new(from, from + word.len())
            });
            let name = Word { text: word.to_owned(), place: Place { source: self.position, span } };
            let is_name = word.chars().all(is_letter) && !word.starts_with(|c: char| c.is_ascii_digit());
            if !is_name {
                let message = format!("`{word}` is no name: letters, digits and `_`, no digit first");
                self.problems.push(Diagnostic::new("name", message).at(self.source, span));
                continue;
            }
            names.push(name);
        }
        if names.is_empty() && pieces(&entry.key).is_empty() {
            self.problems.push(Diagnostic::new("name", "a node needs a name").at(self.source, entry.key_span));
        }
        names
    }

    fn node(&mut self, names: Vec<Word>, entry: &Entry) {
        let same = |node: &&mut Node| node.names.iter().map(|name| &name.text).eq(names.iter().map(|name| &name.text));
        if let Some(node) = self.chain.nodes.iter_mut().find(same) {
            node.add(self.position, &entry.value);
            return;
        }
        for node in &mut self.chain.nodes {
            for (position, old) in node.names.iter_mut().enumerate() {
                let is_made_again = names.iter().any(|name| name.text == old.text);
                if old.place.source < self.position && is_made_again {
                    // A later file makes it: this node keeps the place of the output, under no name.
                    node.lost.push((position, std::mem::take(&mut old.text)));
                }
            }
        }
        let place = Place { source: self.position, span: entry.key_span };
        let mut node = Node::new(names, place);
        node.add(self.position, &entry.value);
        self.chain.nodes.push(node);
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Words between commas and blanks: first character, behind the last, word.
fn pieces(text: &str) -> Vec<(usize, usize, &str)> {
    let mut out = Vec::new();
    let (mut at, mut start) = (0, None);
    let bytes: Vec<(usize, char)> = text.char_indices().collect();
    for k in 0..=bytes.len() {
        let between = bytes.get(k).is_none_or(|(_, c)| *c == ',' || c.is_whitespace());
        let byte = bytes.get(k).map_or(text.len(), |(byte, _)| *byte);
        match (between, start) {
            (false, None) => (start, at) = (Some(k), byte),
            (true, Some(first)) => {
                out.push((first, k, &text[at..byte]));
                start = None;
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(texts: &[&str]) -> Result<Chain, Vec<String>> {
        let sources: Vec<Source> = texts.iter().enumerate().map(|(k, text)| Source::new(format!("{k}.yaml"), *text)).collect();
        read(&sources).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_of_a_key_are_separated_by_commas_and_blanks() {
        let chain = chain(&["{outputs: [a], processors: {' a ,b  c,, d ': {}}}"]).unwrap();
        let names: Vec<&str> = chain.nodes[0].names.iter().map(|name| name.text.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_mapping_without_outer_keys_is_one_of_processors() {
        let chain = chain(&["x: a + 1\n\"y, z\": {function: f}\n"]).unwrap();
        let outputs: Vec<String> = chain.outputs().into_iter().map(|word| word.text).collect();
        assert_eq!(outputs, ["x", "y", "z"]);
    }

    #[test]
    fn later_files_win() {
        let chain = chain(&["{outputs: [x], processors: {x: a, 'y, z': b}}", "{outputs: [z], processors: {z: c}}"]).unwrap();
        assert_eq!(chain.outputs()[0].text, "z");
        assert_eq!((chain.maker("y"), chain.maker("z")), (Some(1), Some(2)));
    }

    #[test]
    fn doubled_names_are_shown_twice() {
        let problems = chain(&["processors: {x: a, 'y, x': b, 2z: c}"]).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("0.yaml:1:24: `x` is made twice"), "{}", problems[0]);
    }
}
