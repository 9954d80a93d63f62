//! Where a buffer is written: file, group and name, with their places filled.

use super::short;
use crate::raw::specification::{self, BufferSpec, Specification, WrittenTemplate};
use crate::raw::template::{Mistake, Word};
use germane_formats::daq::Key;
use germane_texts::{Diagnostic, nearest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// File and object that a buffer is written to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Destination {
    /// file
    pub(crate) file: PathBuf,
    /// group in it, without slashes at its ends; empty for the root
    pub(crate) group: String,
    /// name in the group; may hold slashes
    pub(crate) name: String,
}

impl Destination {
    /// Path of the object in its file.
    pub(crate) fn path(&self) -> String {
        if self.group.is_empty() { self.name.clone() } else { format!("{}/{}", self.group, self.name) }
    }
}

/// What names may be made of besides key and name.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    /// takes what names no file; relative names start in its folder
    pub(crate) output: PathBuf,
    /// words given by the caller, `file_key` among them
    pub(crate) words: BTreeMap<String, String>,
    /// variables of the environment that file names may use
    pub(crate) variables: BTreeMap<String, String>,
}

impl Surroundings {
    pub(super) fn default_destination(&self, name: &str) -> Destination {
        Destination { file: self.output.clone(), group: String::new(), name: name.to_owned() }
    }

    /// Fills the names of a buffer of `decoder`; `suffix` tells the groups of keys apart, `key` is the one it takes, if it is one.
    pub(super) fn destination(
        &self,
        specification: &Specification,
        buffer: &BufferSpec,
        is_wild: bool,
        decoder: &str,
        suffix: &str,
        key: Option<&Key>,
    ) -> Result<Destination, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let short = short(decoder);
        let whole = format!("{short}{suffix}");
        let filler = Filler { specification, surroundings: self, decoder, key };
        let name = filler.fill(&buffer.name, is_wild.then_some(whole.as_str()), &mut problems);
        let shown = if is_wild { short } else { &name };
        let out_name = match &buffer.out_name {
            Some(out_name) => filler.fill(out_name, Some(if is_wild { &whole } else { &name }), &mut problems),
            None => name.clone(),
        };
        let stream = match &buffer.out_stream {
            Some(stream) => {
                let filled = filler.fill(stream, Some(shown), &mut problems);
                filler.expand(stream, &filled, &mut problems)
            }
            None => String::new(),
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let (file, group) = stream.split_once(':').unwrap_or((&stream, ""));
        let file = if file.is_empty() { self.output.clone() } else { beside(&self.output, file) };
        let clean = |path: &str| path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        let destination = Destination { file, group: clean(group), name: clean(&out_name) };
        if destination.name.is_empty() {
            let message = "the name of this buffer is empty";
            return Err(vec![Diagnostic::new("value", message).at(&specification.source, buffer.name.node.span)]);
        }
        Ok(destination)
    }
}

fn beside(output: &Path, file: &str) -> PathBuf {
    output.parent().unwrap_or(Path::new("")).join(file)
}

struct Filler<'a> {
    specification: &'a Specification,
    surroundings: &'a Surroundings,
    decoder: &'a str,
    key: Option<&'a Key>,
}

impl Filler<'_> {
    fn fill(&self, written: &WrittenTemplate, name: Option<&str>, problems: &mut Vec<Diagnostic>) -> String {
        let word = |asked: &str| {
            // What the caller gives goes before what is known here, as with the peer.
            let given = self.surroundings.words.get(asked).cloned().map(Word::Text);
            given.or_else(|| match asked {
                "key" => self.key.map(|key| match key {
                    Key::Number(number) => Word::Integer(i128::from(*number)),
                    Key::Text(text) => Word::Text(text.clone()),
                }),
                "name" => name.map(|name| Word::Text(name.to_owned())),
                _ => None,
            })
        };
        match written.template.fill(&word) {
            Ok(text) => text,
            Err(mistake) => {
                problems.push(self.explain(written, &mistake));
                String::new()
            }
        }
    }

    fn explain(&self, written: &WrittenTemplate, mistake: &Mistake) -> Diagnostic {
        let problem = specification::at(&self.specification.source, &written.node, mistake);
        let known = self.surroundings.words.keys().map(String::as_str).chain(["key", "name"]);
        match mistake.unknown.as_deref() {
            None => problem,
            Some("key") if self.key.is_none() => problem.advice(format!(
                "put `{{key}}` into the name of the buffer as well, so that each key of {} has one",
                self.decoder
            )),
            Some(unknown) if self.surroundings.variables.contains_key(unknown) => {
                problem.advice(format!("variables of the environment are written `${unknown}`"))
            }
            Some(unknown) => match nearest(unknown, known) {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("give it with `--set {unknown}=…`")),
            },
        }
    }

    /// `$NAME` and `${NAME}` from the environment.
    fn expand(&self, written: &WrittenTemplate, text: &str, problems: &mut Vec<Diagnostic>) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let behind = &rest[at + 1..];
            let braced = behind.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let plain = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
            let (name, after) = braced.unwrap_or((&behind[..plain], &behind[plain..]));
            match self.surroundings.variables.get(name) {
                _ if name.is_empty() => out.push('$'),
                Some(value) => out.push_str(value),
                None => {
                    let message = format!("the environment has no variable `{name}`");
                    let problem = Diagnostic::new("variable", message).at(&self.specification.source, written.node.span);
                    problems.push(match nearest(name, self.surroundings.variables.keys().map(String::as_str)) {
                        Some(near) => problem.nearest(near),
                        None => problem.advice(format!("set it: `{name}=… germane raw …`")),
                    });
                }
            }
            rest = after;
        }
        out + rest
    }
}
