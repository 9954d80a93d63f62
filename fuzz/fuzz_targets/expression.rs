//! Text as an expression over collections, event columns and a definition that uses it: read, checked, printed, evaluated.
#![no_main]

use germane_columns::{Array, TextBuilder};
use germane_expressions::{ColumnType, Graph, Input, Kind, NodeId, Program, Schema};
use libfuzzer_sys::fuzz_target;

const EVENTS: usize = 4;
/// Items of every collection an event: none, one, several.
const ITEMS: [usize; EVENTS] = [2, 0, 1, 3];

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

/// Events `start..end` of a column; awkward values are among them.
fn column(input: &Input, start: usize, end: usize) -> Array {
    const VALUES: [f64; 6] = [30.0, -1.5, f64::NAN, 0.0, 1e300, f64::INFINITY];
    if input.collection.is_some() {
        let first: usize = ITEMS[..start].iter().sum();
        let count: usize = ITEMS[start..end].iter().sum();
        let salt = input.field.len();
        let values: Vec<f64> = (first..first + count).map(|i| VALUES[(i + salt) % VALUES.len()]).collect();
        return Array::list(&ITEMS[start..end], Array::from(values));
    }
    match input.field.as_str() {
        "n" => Array::from([1_i64, -7, i64::MAX, 0][start..end].to_vec()),
        "run_name" => {
            let mut texts = TextBuilder::default();
            ["2016", "", "é", "x"][start..end].iter().for_each(|text| texts.push(text.as_bytes()));
            texts.finish()
        }
        _ => Array::from(VALUES[start..end].to_vec()),
    }
}

/// Values of a node as text, evaluated in blocks of some size.
fn evaluated(graph: &Graph, node: NodeId, block: usize) -> Vec<String> {
    let program = Program::new(graph, &[node]);
    let mut shown = Vec::new();
    for start in (0..EVENTS).step_by(block) {
        let end = (start + block).min(EVENTS);
        let arrays: Vec<Array> = program.inputs().iter().map(|input| column(input, start, end)).collect();
        let Ok(values) = program.evaluate(&arrays, end - start) else { return vec!["refused".into()] };
        shown.extend((0..end - start).map(|i| values[0].value_text(i)));
    }
    shown
}

fuzz_target!(|text: &str| {
    let mut graph = Graph::new(schema());
    let length = text.chars().count();
    match graph.environment(&[("a", text), ("b", "a")], &[]) {
        Ok(environment) => {
            let Ok(node) = graph.compile(environment, text) else { return };
            graph.value_type(node);
            // The text of a node is an expression again, and the same one. Items alone keep the user's spelling in their type.
            let printed = graph.text(node);
            if let Ok(again) = graph.compile(environment, &printed)
                && again != node
            {
                assert!(matches!(graph.value_type(node).kind, Kind::Item(_)), "{printed:?}");
                assert_eq!(evaluated(&graph, again, EVENTS), evaluated(&graph, node, EVENTS), "{printed:?}");
            }
            // Cutting into blocks changes no value.
            assert_eq!(evaluated(&graph, node, EVENTS), evaluated(&graph, node, 1), "{text:?}");
        }
        Err(problems) => {
            for (_, problem) in problems {
                assert!(problem.start <= problem.end && problem.end <= length + 1, "{problem:?}");
            }
        }
    }
});
