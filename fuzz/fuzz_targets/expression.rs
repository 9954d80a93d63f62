//! Text as an expression over collections, event columns and a definition that uses it.
#![no_main]

use germane_expressions::{ColumnType, Graph, Kind, Schema};
use libfuzzer_sys::fuzz_target;

fn schema() -> Schema {
    let float = || ColumnType::new(Kind::Float);
    let fields = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), float())).collect();
    let mut schema = Schema::default();
    schema.event.insert("x".into(), float());
    schema.event.insert("n".into(), ColumnType::new(Kind::Int));
    schema.event.insert("run_name".into(), ColumnType::new(Kind::Text));
    schema.collections.insert("Jet".into(), fields(&["pt", "eta", "phi", "mass"]));
    schema.collections.insert("Muon".into(), fields(&["px", "py", "pz", "E", "charge"]));
    schema
}

fuzz_target!(|text: &str| {
    let mut graph = Graph::new(schema());
    let length = text.chars().count();
    match graph.environment(&[("a", text), ("b", "a")], &[]) {
        Ok(environment) => {
            let Ok(node) = graph.compile(environment, text) else { return };
            graph.value_type(node);
            // The text of a node is an expression again, and the same one.
            let printed = graph.text(node);
            if let Ok(again) = graph.compile(environment, &printed) {
                assert_eq!(again, node, "{printed:?}");
            }
        }
        Err(problems) => {
            for (_, problem) in problems {
                assert!(problem.start <= problem.end && problem.end <= length + 1, "{problem:?}");
            }
        }
    }
});
