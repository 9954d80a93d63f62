//! Toys that are kept in a file, so that a call that was stopped, or that asks for more, throws only what is missing.
//!
//! ```json
//! {"germane_toy_values": 1, "key": "9f…", "ensembles": {"signal": {"first": 0, "toys": [1.25, 0, "no_minimum"]}}}
//! ```
//! The key is a digest of everything that decides about a toy: the model, the statistic, the tested value, the seed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use germane_inference::toys::{Failure, Sample};
use germane_models::Likelihood;
use germane_texts::{Diagnostic, Keys, Node, Source, Value, parse_json};
use serde_json::json;

use crate::content_key::{Key, key};
use crate::error::Error;

/// Toys of an ensemble between two writings of the file.
const TOGETHER: u64 = 2000;

/// A digest of what a compiled model says: parameters with their constraints, and -ln L with its slopes at three points, in which all
/// data are.
pub fn fingerprint(model: &dyn Likelihood) -> Key {
    let mut parts: Vec<u8> = Vec::new();
    let mut add = |value: f64| parts.extend(value.to_bits().to_le_bytes());
    for parameter in model.parameters() {
        let fixed = f64::from(u8::from(parameter.fixed));
        [parameter.start, parameter.lower, parameter.upper, fixed].into_iter().for_each(&mut add);
        add(parameter.constraint.map_or(0.0, |constraint| constraint.width()));
        add(parameter.constraint.map_or(0.0, |constraint| constraint.datum()));
    }
    for step in [0.0, 0.0625, 0.125] {
        let x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start + step).collect();
        let mut slopes = vec![0.0; x.len()];
        add(model.gradient(&x, &mut slopes));
        slopes.into_iter().for_each(&mut add);
    }
    let names: Vec<&str> = model.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
    key("toys of a model", &[names.join("\n").as_bytes(), &parts])
}

/// Toys by ensemble, with the file that keeps them.
#[derive(Debug)]
pub struct Kept<'a> {
    path: Option<&'a Path>,
    key: Key,
    samples: BTreeMap<String, Sample>,
}

impl<'a> Kept<'a> {
    /// The toys of a file, if there is one; none without a path. `parts` tell what decides about the toys.
    ///
    /// # Errors
    /// If the file cannot be read, is no such document, or was made for something else.
    pub fn open(path: Option<&'a Path>, parts: &[&[u8]]) -> Result<Self, Error> {
        let mut kept = Self { path, key: key("toys", parts), samples: BTreeMap::new() };
        let Some(path) = path.filter(|path| path.exists()) else { return Ok(kept) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::input(vec![Diagnostic::new("file", format!("{}: {error}", path.display()))]))?;
        let source = Source::new(path.display().to_string(), text);
        let node = parse_json(&source).map_err(Error::text)?;
        let mut problems = Vec::new();
        kept.samples = kept.read(&source, &node, &mut problems);
        if problems.is_empty() { Ok(kept) } else { Err(Error::text(problems)) }
    }

    /// The toys `0..count` of an ensemble: those that are kept, and those that `throw` gives for the missing ones.
    ///
    /// # Errors
    /// If `throw` fails, or the file cannot be written.
    pub fn collect(
        &mut self,
        ensemble: &str,
        count: u64,
        mut throw: impl FnMut(Range<u64>) -> Result<Sample, Error>,
    ) -> Result<Sample, Error> {
        loop {
            let known = self.samples.entry(ensemble.to_owned()).or_insert_with(|| Sample { first: 0, toys: Vec::new() });
            let first = known.range().end;
            if first >= count {
                let wanted = usize::try_from(count).unwrap_or(usize::MAX);
                return Ok(Sample { first: 0, toys: known.toys.iter().take(wanted).copied().collect() });
            }
            let thrown = throw(first..(first + TOGETHER).min(count))?;
            let known = self.samples.entry(ensemble.to_owned()).or_insert_with(|| Sample { first: 0, toys: Vec::new() });
            if known.append(thrown).is_err() || known.range().end == first {
                return Err(Error::internal("toys that were not asked for"));
            }
            self.write()?;
        }
    }

    fn write(&self) -> Result<(), Error> {
        let Some(path) = self.path else { return Ok(()) };
        let toy = |toy: &Result<f64, Failure>| match toy {
            Ok(value) => json!(value),
            Err(failure) => json!(failure.word()),
        };
        let ensembles: serde_json::Map<String, serde_json::Value> = self
            .samples
            .iter()
            .map(|(name, sample)| {
                (name.clone(), json!({"first": sample.first, "toys": sample.toys.iter().map(toy).collect::<Vec<_>>()}))
            })
            .collect();
        let document = json!({"germane_toy_values": 1, "key": self.key.to_string(), "ensembles": ensembles});
        // The old file stays whole until the new one is.
        let partial = path.with_extension("partial");
        std::fs::write(&partial, format!("{document}\n"))
            .and_then(|()| std::fs::rename(&partial, path))
            .map_err(|error| Error::resources(path, &error))
    }

    fn read(&self, source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> BTreeMap<String, Sample> {
        let mut keys = Keys::new(source, node, "the toys");
        if keys.required("germane_toy_values").is_some_and(|version| version.as_i64() != Some(1)) {
            let problem = keys.problem("value", "`germane_toy_values` is not 1", node.span);
            keys.report(problem);
        }
        let known = keys.required("key");
        if let Some(known) = known
            && known.as_text() != Some(&self.key.to_string())
        {
            let problem = keys.problem("value", "these toys belong to another model, statistic, value or seed", known.span);
            keys.report(problem.advice("name another file, or ask for the same as then"));
        }
        let ensembles = keys.required("ensembles").and_then(|_| keys.map("ensembles")).unwrap_or_default();
        keys.finish(problems);
        let mut samples = BTreeMap::new();
        for entry in ensembles {
            let mut keys = Keys::new(source, &entry.value, "an ensemble");
            let first = keys.required("first").and_then(|_| keys.integer("first"));
            let toys = keys.required("toys").and_then(|_| keys.list("toys")).unwrap_or_default();
            if first != Some(0) {
                let problem = keys.problem("value", "the toys of an ensemble begin at 0", entry.value.span);
                keys.report(problem);
            }
            keys.finish(problems);
            let toys: Vec<Result<f64, Failure>> = toys.iter().filter_map(|node| toy(source, node, problems)).collect();
            samples.insert(entry.key.clone(), Sample { first: 0, toys });
        }
        samples
    }
}

fn toy(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Result<f64, Failure>> {
    let found = match &node.value {
        Value::Text(text) => Failure::ALL.into_iter().find(|failure| failure.word() == text).map(Err),
        _ => node.as_f64().filter(|value| *value >= 0.0 && value.is_finite()).map(Ok),
    };
    if found.is_none() {
        problems.push(Diagnostic::new("value", "a toy is a number that is not negative, or a reason").at(source, node.span));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(toys: Range<u64>) -> Result<Sample, Error> {
        let toy = |n: u64| if n % 7 == 3 { Err(Failure::NoMinimum) } else { Ok((n * n) as f64 / 3.0) };
        Ok(Sample { first: toys.start, toys: toys.map(toy).collect() })
    }

    #[test]
    fn only_missing_toys_are_thrown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("toys.json");
        let first = Kept::open(Some(&path), &[b"one"]).unwrap().collect("signal", 2500, squares).unwrap();
        assert_eq!(first, squares(0..2500).unwrap());
        let mut again = Kept::open(Some(&path), &[b"one"]).unwrap();
        let mut asked = 0;
        let more = again.collect("signal", 2600, |range| {
            assert_eq!(range, 2500..2600);
            asked += 1;
            squares(range)
        });
        assert_eq!((more.unwrap(), asked), (squares(0..2600).unwrap(), 1));
        let fewer = again.collect("signal", 10, |_| Err(Error::internal("none is missing"))).unwrap();
        assert_eq!(fewer, squares(0..10).unwrap());
        assert!(Kept::open(Some(&path), &[b"other"]).unwrap_err().to_string().contains("another model"));
        std::fs::write(&path, "{\"germane_toy_values\": 1, \"toys\": [-1]").unwrap();
        assert!(Kept::open(Some(&path), &[b"one"]).is_err());
    }
}
