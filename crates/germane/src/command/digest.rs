//! `germane digest`.

use super::options::DigestArguments;
use super::print::{Console, Stop};
use germane_runs::{Error, file_diagnostic};
use serde_json::{Map, json};

pub(super) fn digest(console: &Console, arguments: &DigestArguments) -> Result<i32, Stop> {
    let mut files = Map::new();
    for path in &arguments.files {
        let record = germane_formats::digest::record(path).map_err(|e| Error::input(vec![file_diagnostic(&e)]))?;
        files.insert(path.display().to_string(), record);
    }
    console.document(&json!({"germane_digest": 1, "files": files}))?;
    Ok(0)
}
