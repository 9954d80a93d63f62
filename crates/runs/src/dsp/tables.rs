//! Which tables of a raw file are processed, and what the processed ones are called.

use crate::pattern;
use germane_formats::hdf5::{Attribute, Group, Node};
use germane_formats::lh5::Lh5File;
use germane_formats::{Error as FileError, Kind};
use germane_texts::{Diagnostic, nearest};

/// Tables of a file, without the first slash, in the order of the names and patterns.
///
/// `base` is the folder in which names and patterns begin; by default `raw`, if the file has it, else the root. A folder that
/// holds nothing but a table `raw` stands for that. Without names all tables of the base are meant; what is no table there is
/// told in `notes`.
///
/// # Errors
/// Names and patterns that nothing fits (code `object`), and a file that cannot be read.
pub(super) fn find(
    file: &Lh5File,
    base: Option<&str>,
    wanted: Option<&[String]>,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, Diagnostic> {
    let bad = |error: FileError| crate::inputs::file_diagnostic(&error);
    let base = match base {
        Some(base) => base.trim_matches('/').to_owned(),
        None if matches!(file.hdf5().get("/raw"), Ok(Node::Group(_))) => "raw".to_owned(),
        None => String::new(),
    };
    let root = match file.hdf5().get(&format!("/{base}")).map_err(bad)? {
        Node::Group(group) => group,
        _ => return Err(Diagnostic::new("object", format!("`{base}` is no folder")).file(file.name())),
    };
    let mut found: Vec<String> = Vec::new();
    let all = ["*".to_owned()];
    for text in wanted.unwrap_or(&all) {
        let names: Vec<&str> = text.split('/').filter(|name| !name.is_empty()).collect();
        let mut paths = Vec::new();
        expand(&root, &base, &names, &mut paths).map_err(bad)?;
        let before = found.len();
        let mut others = Vec::new();
        for path in paths {
            match table_at(file, &path).map_err(bad)? {
                Some(table) if found.contains(&table) => {}
                Some(table) => found.push(table),
                None => others.push(path),
            }
        }
        if wanted.is_none() {
            notes.extend(others.iter().map(|path| format!("{}: `{path}` is no table of events; left out", file.name())));
        } else if found.len() == before && !found.iter().any(|table| fits(text, &base, table)) {
            return Err(missing(file, &root, text, &others));
        }
    }
    if found.is_empty() {
        let place = if base.is_empty() { "the root".to_owned() } else { format!("`{base}`") };
        let message = format!("{}: there is no table in {place}", file.name());
        return Err(Diagnostic::new("object", message).file(file.name()).advice("see `germane ls FILE`; say where with --base"));
    }
    Ok(found)
}

/// The path of a processed table: the last name `raw` becomes `dsp`.
pub(super) fn output_path(table: &str) -> String {
    let mut names: Vec<&str> = table.split('/').collect();
    if let Some(raw) = names.iter_mut().rev().find(|name| **name == "raw") {
        *raw = "dsp";
    }
    names.join("/")
}

/// The channel of a table: the first name that is not `raw`; none for a table of the whole file.
pub(super) fn channel(table: &str) -> Option<&str> {
    table.split('/').find(|name| !name.is_empty() && *name != "raw")
}

/// Whether a table found before is what a pattern asks for.
fn fits(text: &str, base: &str, table: &str) -> bool {
    let whole = format!("{base}/{}", text.trim_matches('/'));
    let whole = whole.trim_matches('/');
    pattern::matches(whole, table) || pattern::matches(&format!("{whole}/raw"), table)
}

/// Paths below a group that fit names with wildcards, level by level.
fn expand(group: &Group, path: &str, names: &[&str], found: &mut Vec<String>) -> Result<(), FileError> {
    let Some((first, rest)) = names.split_first() else {
        found.push(path.to_owned());
        return Ok(());
    };
    for (name, _) in group.links()? {
        if !pattern::matches(first, &name) {
            continue;
        }
        let inside = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        if rest.is_empty() {
            found.push(inside);
        } else if let Node::Group(member) = group.get(&name)? {
            expand(&member, &inside, rest, found)?;
        }
    }
    Ok(())
}

/// The table at a path, or the one named `raw` that is alone in it.
fn table_at(file: &Lh5File, path: &str) -> Result<Option<String>, FileError> {
    let Node::Group(group) = file.hdf5().get(&format!("/{path}"))? else { return Ok(None) };
    if is_table(&group)? {
        return Ok(Some(path.to_owned()));
    }
    match &group.links()?[..] {
        [(name, _)] if name == "raw" => match group.get("raw") {
            Ok(Node::Group(raw)) if is_table(&raw)? => Ok(Some(format!("{path}/raw"))),
            Ok(_) => Ok(None),
            Err(error) if error.kind == Kind::Unknown => Ok(None),
            Err(error) => Err(error),
        },
        _ => Ok(None),
    }
}

fn is_table(group: &Group) -> Result<bool, FileError> {
    let attributes = group.attributes()?;
    let text = match attributes.get("datatype") {
        Some(Attribute::Text(text)) => text.trim(),
        _ => return Ok(false),
    };
    Ok(text.starts_with("table") || (text.starts_with("view") && attributes.contains_key("datatype")))
}

fn missing(file: &Lh5File, root: &Group, text: &str, others: &[String]) -> Diagnostic {
    let names: Vec<String> = root.links().unwrap_or_default().into_iter().map(|(name, _)| name).collect();
    if let [one] = others {
        let message = format!("{}: `{one}` is no table of events", file.name());
        return Diagnostic::new("object", message).file(file.name()).advice(format!("see `germane ls {}`", file.name()));
    }
    let diagnostic = Diagnostic::new("object", format!("{}: no table `{text}`", file.name())).file(file.name());
    match nearest(text, names.iter().map(String::as_str)) {
        Some(name) => diagnostic.nearest(name),
        None => diagnostic.advice(format!("there is {}", crate::inputs::list(&names))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_raw_becomes_dsp() {
        for (table, output) in [
            ("geds/raw", "geds/dsp"),
            ("raw/geds", "dsp/geds"),
            ("raw/raw", "raw/dsp"),
            ("ch0", "ch0"),
            ("rawish/raw", "rawish/dsp"),
        ] {
            assert_eq!(output_path(table), output);
        }
    }

    #[test]
    fn a_channel_is_the_first_name_that_is_not_raw() {
        assert_eq!(channel("ch1084803/raw"), Some("ch1084803"));
        assert_eq!(channel("raw/geds"), Some("geds"));
        assert_eq!(channel("raw"), None);
        assert_eq!(channel(""), None);
    }
}
