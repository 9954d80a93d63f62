//! The reference cases of the language: `refs/analysis/language` (README there), read from the shared folder if it is there.

mod reference;

use germane_expressions::{Graph, Program};
use reference::{Outcome, Shared, agree, arrays_of, line, schema_of, values_of};
use serde_json::Value;

/// Feature named by a problem of the compiler that says "not yet supported: FEATURE".
fn unsupported(problems: &[germane_expressions::Problem]) -> Option<String> {
    problems
        .iter()
        .find(|problem| problem.code == "unsupported")
        .map(|problem| problem.message.strip_prefix("not yet supported: ").unwrap_or(&problem.message).to_owned())
}

fn check_expression(document: &Value, case: &Value) -> Outcome {
    use Outcome::{Failed, Passed, Pending};
    let text = case["text"].as_str().unwrap();
    let mut graph = Graph::new(schema_of(&document["schema"]));
    let environment = graph.environment(&[], &[]).unwrap();
    let node = match graph.compile(environment, text) {
        Ok(node) => node,
        Err(problems) => {
            if let Some(error) = case.get("error") {
                let found = &problems[0];
                let same = found.code == error["code"]
                    && found.start as u64 == error["start"].as_u64().unwrap()
                    && found.end as u64 == error["end"].as_u64().unwrap();
                return if same { Passed(0.0) } else { Failed(format!("{text}: {problems:?}")) };
            }
            return match unsupported(&problems) {
                Some(feature) => Pending(feature),
                None => Failed(format!("{text}: {problems:?}")),
            };
        }
    };
    if case.get("error").is_some() {
        return Failed(format!("{text}: compiled, but is an error"));
    }
    let ty = graph.value_type(node).to_string();
    if ty != case["type"].as_str().unwrap() {
        return Failed(format!("{text}: type {ty}, not {}", case["type"]));
    }
    let program = Program::new(&graph, &[node]);
    let events = document["events"].as_array().unwrap();
    let expected = case["values"].as_array().unwrap();
    let tolerance = case["tolerance"].as_f64().unwrap();
    let mut worst: f64 = 0.0;
    for size in [14, 1, 3] {
        for (k, block) in events.chunks(size).enumerate() {
            let arrays = arrays_of(&program, &document["schema"], block);
            let result = match program.evaluate(&arrays, block.len()) {
                Ok(result) => result,
                Err(error) => return Failed(format!("{text}: {error}")),
            };
            let values = values_of(&result[0]);
            for (i, (ours, theirs)) in values.iter().zip(&expected[k * size..]).enumerate() {
                match agree(ours, theirs, tolerance) {
                    Ok(error) => worst = worst.max(error),
                    Err(message) => return Failed(format!("{text}: event {}: {message}", k * size + i)),
                }
            }
        }
    }
    Passed(worst)
}

#[test]
fn expressions_have_the_types_and_values_of_the_reference() {
    let Some(document) = Shared::json("refs/analysis/language/expressions.json") else { return };
    let cases = document["cases"].as_array().unwrap();
    let outcomes: Vec<_> = cases.iter().map(|case| check_expression(&document, case)).collect();
    line("refs/analysis/language/expressions.json", &outcomes);
}

#[test]
fn faulty_texts_are_answered_with_code_place_and_name() {
    use Outcome::{Failed, Passed};
    let Some(document) = Shared::json("refs/analysis/language/errors.json") else { return };
    let Some(toy) = Shared::json("refs/analysis/language/expressions.json") else { return };
    let check = |case: &Value| {
        let text = case["text"].as_str().unwrap();
        let mut graph = Graph::new(schema_of(&toy["schema"]));
        let environment = graph.environment(&[], &[]).unwrap();
        let found = graph.compile(environment, text).err().unwrap_or_default();
        let wanted = case["problems"].as_array().unwrap();
        let same = found.len() == wanted.len()
            && found.iter().zip(wanted).all(|(found, wanted)| {
                // the suggested name is what stands between the marks of the reference's advice
                let advice = wanted["advice"].as_str().unwrap();
                let named = advice.strip_prefix("did you mean `").or_else(|| advice.strip_prefix("write `"));
                let name = named.and_then(|rest| rest.split('`').next()).filter(|name| !name.is_empty());
                let ours = found.advice.as_deref().unwrap_or("");
                let suggested = |name: &str| found.nearest.as_deref() == Some(name) || ours.contains(&format!("`{name}`"));
                found.code == wanted["code"]
                    && found.start as u64 == wanted["start"].as_u64().unwrap()
                    && found.end as u64 == wanted["end"].as_u64().unwrap()
                    && name.map_or(found.nearest.is_none(), suggested)
            });
        if same { Passed(0.0) } else { Failed(format!("{text}: {found:?}, not {wanted:?}")) }
    };
    let outcomes: Vec<_> = document["cases"].as_array().unwrap().iter().map(check).collect();
    line("refs/analysis/language/errors.json", &outcomes);
}

/// The ADL queries as `refs/analysis/tasks/adl.json` has them: their types. Their values need the data file.
#[test]
fn benchmark_queries_have_the_types_of_the_reference() {
    let Some(document) = Shared::json("refs/analysis/tasks/adl.json") else { return };
    let field = |kind: &str, unit: &str| serde_json::json!({"kind": kind, "unit": unit});
    let kinematics = serde_json::json!({"pt": field("float", "GeV"), "eta": {"kind": "float"}, "phi": {"kind": "float"},
        "mass": field("float", "GeV"), "charge": {"kind": "int"}, "btag": {"kind": "float"}});
    let met = serde_json::json!({"pt": field("float", "GeV"), "phi": {"kind": "float"}});
    let table = |fields: &Value| serde_json::json!({ "fields": fields });
    let single = serde_json::json!({"single": true, "fields": met});
    let schema = serde_json::json!({"event": {}, "collections": {"Jet": table(&kinematics), "Muon": table(&kinematics),
        "Electron": table(&kinematics), "MET": single}});
    let mut graph = Graph::new(schema_of(&schema));
    let definitions: Vec<(&str, &str)> = document["definitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    let environment = graph.environment(&definitions, &[]).unwrap();
    for (name, query) in document["queries"].as_object().unwrap() {
        let node = graph.compile(environment, query["text"].as_str().unwrap()).unwrap();
        assert_eq!(graph.value_type(node).to_string(), query["type"].as_str().unwrap(), "{name}");
    }
}
