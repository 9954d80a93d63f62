//! Which rows go where: the output specification bound to the decoders of one stream.
//!
//! Keys that a list names come first, then patterns in the order of the buffers, a lone `*` last.

mod check;
mod destination;

pub(crate) use destination::{Destination, Surroundings};

use super::specification::{BufferSpec, DecoderSpec, Process, Specification, Taken};
use germane_formats::daq::{DecoderInfo, Key, TableSpec};
use germane_texts::Diagnostic;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// One table to be written.
#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    /// decoder that fills it
    pub(crate) decoder: &'static str,
    /// where it is written
    pub(crate) destination: Destination,
    /// what is done to its rows
    pub(crate) process: Option<Arc<Process>>,
}

/// What tells the buffers of one [`BufferSpec`] apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Variant {
    Whole,
    OfKey(Option<Key>),
    OfGroup(usize),
}

/// Decoder, numbers of decoder and buffer in the specification, variant.
type InstanceId = (&'static str, (usize, usize), Variant);

/// Where there is no specification.
const DEFAULT: (usize, usize) = (usize::MAX, usize::MAX);

/// The decoders of a stream with the buffers that take from them.
pub(crate) struct Routes {
    specification: Option<Arc<Specification>>,
    surroundings: Surroundings,
    decoders: Vec<DecoderInfo>,
    pub(crate) buffers: Vec<Buffer>,
    instances: HashMap<InstanceId, usize>,
    taken: HashMap<(&'static str, Option<Key>), Vec<usize>>,
    /// references of `proc_spec`s that some table could serve, by their place
    pub(crate) served: std::collections::HashSet<germane_texts::Span>,
}

impl Routes {
    /// Binds a specification (none: every table under its default name) to what a stream offers.
    ///
    /// # Errors
    /// All mistakes that show against the stream: unknown decoders, keys, fields; buffers that clash.
    pub(crate) fn new(
        specification: Option<Arc<Specification>>,
        surroundings: Surroundings,
        decoders: &[DecoderInfo],
        tables: &[TableSpec],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut routes = Self {
            specification,
            surroundings,
            decoders: decoders.to_vec(),
            buffers: Vec::new(),
            instances: HashMap::new(),
            taken: HashMap::new(),
            served: HashSet::default(),
        };
        let mut problems = routes.check_names();
        if problems.is_empty() {
            for decoder in decoders {
                for key in keys_of(decoder) {
                    if let Err(found) = routes.route(decoder.decoder, key.as_ref()) {
                        problems.extend(found);
                    }
                }
            }
            problems.extend(routes.check_clashes());
            problems.extend(routes.check_fields(tables));
        }
        problems.dedup();
        germane_texts::sort_by_place(&mut problems);
        if problems.iter().any(Diagnostic::is_error) { Err(problems) } else { Ok(routes) }
    }

    /// The buffers that take a key of a decoder; made when first asked for.
    ///
    /// # Errors
    /// Names that cannot be made of this key, two buffers that want it.
    pub(crate) fn route(&mut self, decoder: &'static str, key: Option<&Key>) -> Result<Vec<usize>, Vec<Diagnostic>> {
        let id = (decoder, key.cloned());
        if let Some(buffers) = self.taken.get(&id) {
            return Ok(buffers.clone());
        }
        let buffers = match self.specification.clone() {
            None => vec![self.default_buffer(decoder, key)],
            Some(specification) => self.specified(&specification, decoder, key)?,
        };
        self.taken.insert(id, buffers.clone());
        Ok(buffers)
    }

    fn specified(
        &mut self,
        specification: &Specification,
        decoder: &'static str,
        key: Option<&Key>,
    ) -> Result<Vec<usize>, Vec<Diagnostic>> {
        let Some((number, spec)) = spec_of(specification, decoder) else { return Ok(Vec::new()) };
        let mut buffers = Vec::new();
        for index in takers(specification, spec, key)? {
            let buffer = self.instance(specification, spec, &spec.buffers[index], (number, index), decoder, key)?;
            if !buffers.contains(&buffer) {
                buffers.push(buffer);
            }
        }
        Ok(buffers)
    }

    fn instance(
        &mut self,
        specification: &Specification,
        spec: &DecoderSpec,
        buffer: &BufferSpec,
        id: (usize, usize),
        decoder: &'static str,
        key: Option<&Key>,
    ) -> Result<usize, Vec<Diagnostic>> {
        let is_wild = spec.name.text == "*";
        let variant = match (buffer.is_per_key(), is_wild) {
            (true, _) => Variant::OfKey(key.cloned()),
            (false, true) => self.group(decoder, key).map_or(Variant::Whole, |(variant, _)| variant),
            (false, false) => Variant::Whole,
        };
        if let Some(&index) = self.instances.get(&(decoder, id, variant.clone())) {
            return Ok(index);
        }
        let suffix = match &variant {
            Variant::Whole | Variant::OfKey(_) => String::new(),
            Variant::OfGroup(_) => self.group(decoder, key).map_or_else(String::new, |(_, suffix)| suffix),
        };
        // A buffer that takes one key alone may use it in the names of files.
        let only = match &buffer.keys[..] {
            [item] => matches!(item.taken, Taken::One(_)) || matches!(item.taken, Taken::Range(a, b) if a == b),
            _ => false,
        };
        let known = if buffer.is_per_key() || only { key } else { None };
        let destination = self.surroundings.destination(specification, buffer, is_wild, decoder, &suffix, known)?;
        let process = buffer.process.clone();
        Ok(self.add(Buffer { decoder, destination, process }, (decoder, id, variant)))
    }

    fn default_buffer(&mut self, decoder: &'static str, key: Option<&Key>) -> usize {
        let (variant, suffix) = self.group(decoder, key).unwrap_or((Variant::Whole, String::new()));
        if let Some(&index) = self.instances.get(&(decoder, DEFAULT, variant.clone())) {
            return index;
        }
        let destination = self.surroundings.default_destination(&format!("{}{suffix}", short(decoder)));
        self.add(Buffer { decoder, destination, process: None }, (decoder, DEFAULT, variant))
    }

    fn add(&mut self, buffer: Buffer, id: InstanceId) -> usize {
        self.buffers.push(buffer);
        self.instances.insert(id, self.buffers.len() - 1);
        self.buffers.len() - 1
    }

    /// Which group of keys of the decoder it is, and what its name ends in; `None` where the decoder has one group.
    fn group(&self, decoder: &str, key: Option<&Key>) -> Option<(Variant, String)> {
        let lists = &self.decoders.iter().find(|d| d.decoder == decoder)?.key_lists;
        if lists.len() < 2 {
            return None;
        }
        let key = key?;
        match lists.iter().position(|list| list.contains(key)) {
            Some(i) if lists[i].len() == 1 => Some((Variant::OfGroup(i), format!("_{key}"))),
            Some(i) => Some((Variant::OfGroup(i), format!("_{i}"))),
            // A key that the stream did not announce.
            None => Some((Variant::OfKey(Some(key.clone())), format!("_{key}"))),
        }
    }
}

/// Name of a decoder as tables are named after it.
pub(crate) fn short(decoder: &str) -> &str {
    decoder.strip_suffix("Decoder").unwrap_or(decoder)
}

/// All keys that a decoder announces; one that is `None` where it has none.
fn keys_of(decoder: &DecoderInfo) -> Vec<Option<Key>> {
    let keys: Vec<Option<Key>> = decoder.key_lists.iter().flatten().cloned().map(Some).collect();
    if keys.is_empty() { vec![None] } else { keys }
}

/// The part of the specification that serves a decoder.
fn spec_of<'a>(specification: &'a Specification, decoder: &str) -> Option<(usize, &'a DecoderSpec)> {
    let named = |name: &str| specification.decoders.iter().enumerate().find(|(_, d)| d.name.text == name);
    named(decoder).or_else(|| named("*"))
}

/// Which buffers take a key.
fn takers(specification: &Specification, spec: &DecoderSpec, key: Option<&Key>) -> Result<Vec<usize>, Vec<Diagnostic>> {
    let takes = |buffer: &BufferSpec, of: &dyn Fn(&Taken) -> bool| {
        buffer.keys.iter().find(|item| of(&item.taken) && item.taken.takes(key)).map(|item| item.span)
    };
    let with = |of: &dyn Fn(&Taken) -> bool, doubles: bool| -> Vec<(usize, germane_texts::Span)> {
        let buffers = spec.buffers.iter().enumerate().filter(|(_, b)| b.duplicate == doubles);
        buffers.filter_map(|(i, b)| takes(b, of).map(|span| (i, span))).collect()
    };
    let explicit = with(&Taken::is_explicit, false);
    if let [first, second, ..] = explicit[..] {
        let key = key.map_or_else(|| "the rows without key".into(), |key| format!("key {key}"));
        let (a, b) = (&spec.buffers[first.0].name, &spec.buffers[second.0].name);
        let names = [a, b].map(|name| name.node.scalar_text().unwrap_or(""));
        let message = format!("{key} is in two buffers, `{}` and `{}`", names[0], names[1]);
        let problem = Diagnostic::new("key", message).at(&specification.source, second.1).also(first.1, "here, too");
        return Err(vec![problem.advice("take it out of one, or say `duplicate: true` in one of them")]);
    }
    let mut takers: Vec<usize> = explicit.iter().map(|(i, _)| *i).collect();
    if takers.is_empty() {
        let patterns = with(&|taken| matches!(taken, Taken::Pattern(_)), false);
        let rest = with(&|taken| *taken == Taken::Rest, false);
        takers.extend(patterns.first().or(rest.first()).map(|(i, _)| *i));
    }
    takers.extend(with(&|_| true, true).iter().map(|(i, _)| *i));
    Ok(takers)
}
