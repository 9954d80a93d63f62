//! Chain files: outputs, inputs and processors, with their places.
//!
//! ```yaml
//! outputs: [trapEmax]
//! processors:
//!   wf_trap: {function: trap_norm, module: dspeed.processors, args: [waveform, 8*us, 2*us, wf_trap], unit: ADC}
//!   trapEmax: {function: amax, module: numpy, args: [wf_trap, 1, trapEmax], unit: ADC}
//! ```
//!
//! Several files are merged, later ones win: `outputs` and `inputs` as wholes, nodes key by key. What stands inside a node is
//! looked at while planning, and only if an output needs it.

mod node;
mod reader;

pub use reader::read;

pub(crate) use node::{Form, Labels, Node, Text};

use germane_texts::{Diagnostic, Node as Tree, Source, Span};

/// Merged chain files.
#[derive(Clone, Debug)]
pub struct Chain {
    sources: Vec<Source>,
    outputs: Option<Vec<Word>>,
    inputs: Vec<ChainInput>,
    nodes: Vec<Node>,
}

/// A word of a chain file and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its place.
    pub place: Place,
}

/// A stretch of one of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Position of the file among those that were merged.
    pub source: usize,
    /// Where in it.
    pub span: Span,
}

/// Columns of another table, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainInput {
    /// Path of the file; may be `db.…`.
    pub file: Word,
    /// Table in it; may be `db.…`.
    pub group: Word,
    /// Put before the names of its columns.
    pub prefix: String,
    /// Put behind them.
    pub suffix: String,
}

impl Chain {
    /// The files, in the order in which they were merged.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Names to write as the files give them; all that processors make where they give none.
    pub fn outputs(&self) -> Vec<Word> {
        match &self.outputs {
            Some(outputs) => outputs.clone(),
            None => self.nodes.iter().flat_map(|node| node.names.iter().cloned()).collect(),
        }
    }

    /// Other tables whose columns are read beside those of the table.
    pub fn inputs(&self) -> &[ChainInput] {
        &self.inputs
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether a node makes `name`.
    pub fn makes(&self, name: &str) -> bool {
        self.maker(name).is_some()
    }

    /// The node that makes `name`.
    pub(crate) fn maker(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.names.iter().any(|made| made.text == name))
    }

    /// A message at a place of the files.
    pub fn problem(&self, code: &str, message: impl Into<String>, place: Place) -> Diagnostic {
        Diagnostic::new(code, message).at(&self.sources[place.source], place.span)
    }
}

impl ChainInput {
    /// File and group, with parameters of the channel in the place of `db.…`.
    ///
    /// # Errors
    /// A parameter that does not exist or is no text.
    pub fn resolved(&self, chain: &Chain, parameters: Option<&Tree>) -> Result<(String, String), Diagnostic> {
        let value = |word: &Word| {
            let Some(path) = word.text.strip_prefix("db.") else { return Ok(word.text.clone()) };
            let found = parameters.and_then(|tree| look_up(tree, path));
            let text = found.and_then(Tree::as_text).map(str::to_owned);
            text.ok_or_else(|| chain.problem("name", format!("the parameters have no text `{}`", word.text), word.place))
        };
        Ok((value(&self.file)?, value(&self.group)?))
    }
}

/// The value at a dotted path.
pub(crate) fn look_up<'t>(tree: &'t Tree, path: &str) -> Option<&'t Tree> {
    path.split('.').try_fold(tree, |node, key| node.get(key))
}
