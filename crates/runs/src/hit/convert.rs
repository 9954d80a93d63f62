//! A whole `dsp` file through a configuration.

use super::{Configuration, Hit, Made, write};
use crate::error::Error;
use crate::inputs::{file_diagnostic, list, table_names};
use crate::pool::Pool;
use crate::progress::Progress;
use germane_columns::{Field, Type};
use germane_formats::Table;
use germane_texts::{Diagnostic, Node};
use std::path::Path;
use std::sync::Arc;

/// Columns of a table that can be read and have values an expression or a copy can take.
pub(crate) fn fields(table: &dyn Table) -> Vec<Field> {
    let readable = table.schema().columns.iter().filter(|c| c.problem.is_none());
    readable.map(|c| c.field.clone()).filter(|f| !matches!(f.ty, Type::Struct(_) | Type::Binary)).collect()
}

/// The path of a table in tier `hit`: the last name `dsp` becomes `hit`.
pub(crate) fn output_path(table: &str) -> String {
    let mut names: Vec<&str> = table.split('/').collect();
    match names.iter_mut().rev().find(|name| **name == "dsp") {
        Some(name) => *name = "hit",
        None => names.push("hit"),
    }
    names.join("/")
}

/// The detector of a table: the first name that is no tier.
pub(crate) fn detector_of(table: &str) -> &str {
    let mut names = table.split('/').filter(|name| !matches!(*name, "raw" | "dsp" | "hit" | ""));
    names.next().unwrap_or(table)
}

/// Writes the tables `…/dsp` of a file that have a block in the configuration as `…/hit` to a new file; `database` has the
/// parameters by detector. Returns the number of rows.
///
/// # Errors
/// All mistakes of the configuration (6), before rows are read; damage (4); a full disk (5); interruption (130).
pub fn convert(
    input: &Path,
    output: &Path,
    configuration: &Configuration,
    database: Option<&Node>,
    threads: usize,
    progress: &Progress,
) -> Result<u64, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let file = germane_formats::open(input).map_err(bad)?;
    let names = table_names(&file).map_err(bad)?;
    let (mut made, mut wrong) = (Vec::new(), Vec::new());
    for name in names.iter().map(|name| name.trim_matches('/')).filter(|name| name.split('/').any(|part| part == "dsp")) {
        let Some(block) = configuration.block(name).filter(|_| name.ends_with("dsp")) else { continue };
        let table = file.table(name).map_err(bad)?;
        let parameters = database.and_then(|root| root.get(detector_of(name)));
        match Hit::new(configuration, block, &fields(&*table), parameters) {
            Ok(hit) => made.push(Made { input: name.to_owned(), output: output_path(name), hit: Arc::new(hit) }),
            Err(found) => wrong.extend(found.into_iter().filter(|d| !wrong.contains(d)).collect::<Vec<_>>()),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::text(wrong));
    }
    if made.is_empty() {
        let message = format!("{} has no table `…/dsp` that the configuration is for", input.display());
        return Err(Error::text(vec![Diagnostic::new("object", message).advice(format!("it has {}", list(&names)))]));
    }
    write(&file, output, &made, &Pool::new(threads)?, progress)
}
