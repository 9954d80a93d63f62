//! Mistakes as a JSON document, for `--json`.

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;

/// The `germane_error` document of all errors among `problems` (warnings are left out).
///
/// ```
/// use germane_texts::{Diagnostic, to_json};
/// let document = to_json(6, &[Diagnostic::new("name", "no column `Jet_pT`").nearest("Jet_pt")]);
/// assert_eq!(document["exit"], 6);
/// assert_eq!(document["errors"][0]["advice"], "did you mean `Jet_pt`?");
/// ```
pub fn to_json(exit: i32, problems: &[Diagnostic]) -> Value {
    let errors: Vec<Value> = problems.iter().filter(|problem| problem.is_error()).map(error).collect();
    json!({"germane_error": 1, "exit": exit, "errors": errors})
}

fn error(problem: &Diagnostic) -> Value {
    let place = problem.place;
    json!({
        "code": problem.code,
        "message": problem.message,
        "file": problem.file,
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "length": place.map(|place| place.length),
        "object": problem.object,
        "byte": problem.byte,
        "nearest": problem.nearest,
        "advice": problem.advice_text(),
        "files": problem.files,
    })
}
