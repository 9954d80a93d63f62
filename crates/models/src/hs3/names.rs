//! Names as ROOT and other readers of HS3 take them: a letter or `_`, then letters, digits and `_`.

use std::collections::{BTreeMap, BTreeSet};

/// Names by what they are called elsewhere.
#[derive(Debug, Default)]
pub(super) struct Names {
    written: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// The written name of another one, unlike all before.
    pub(super) fn add(&mut self, name: &str) -> String {
        self.add_as(name, name)
    }

    /// The same for a part that is looked up by a key: what is called the same may be two things.
    pub(super) fn add_as(&mut self, key: &str, own: &str) -> String {
        if let Some(known) = self.written.get(key) {
            return known.clone();
        }
        // Entries of vectors are called as HistFactory calls them.
        let entry = own.strip_suffix(']').and_then(|own| own.rsplit_once('['));
        let mut written = entry.map_or_else(|| valid(own), |(vector, bin)| format!("{}_bin_{bin}", valid(vector)));
        while !self.taken.insert(written.clone()) {
            written.push('_');
        }
        self.written.insert(key.to_owned(), written.clone());
        written
    }

    /// What a name is written as, if it was added.
    pub(super) fn of(&self, name: &str) -> Option<&str> {
        self.written.get(name).map(String::as_str)
    }

    /// The same; the name itself, if it was not added.
    pub(super) fn written<'a>(&'a self, name: &'a str) -> &'a str {
        self.of(name).unwrap_or(name)
    }
}

/// A name with `_` for what is not allowed.
pub(super) fn valid(name: &str) -> String {
    let mut out: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out.insert(0, '_');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_differ() {
        let mut names = Names::default();
        assert_eq!(names.add("SR-low"), "SR_low");
        assert_eq!(names.add("SR.low"), "SR_low_");
        assert_eq!(names.add("stat[10]"), "stat_bin_10");
        assert_eq!(names.add("4l"), "_4l");
        assert_eq!(names.written("SR.low"), "SR_low_");
        assert_eq!(names.add_as("channel SR.low", "SR.low"), "SR_low__");
        assert_eq!(names.of("channel SR.low"), Some("SR_low__"));
        assert_eq!(names.written("other"), "other");
    }
}
