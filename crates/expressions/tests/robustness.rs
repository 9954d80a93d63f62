//! Texts and arrays from outside: no panic, bounded stack, bounded memory.

use germane_columns::Array;
use germane_expressions::{ColumnType, EvaluateError, Graph, Kind, Program, Schema};
use proptest::prelude::*;

fn graph() -> (Graph, germane_expressions::EnvironmentId) {
    let mut schema = Schema::default();
    for name in ["x", "y"] {
        schema.event.insert(name.to_owned(), ColumnType::new(Kind::Float));
    }
    schema.event.insert("n".to_owned(), ColumnType::new(Kind::Int));
    let fields = ["pt", "eta", "phi", "mass"].map(|name| (name.to_owned(), ColumnType::new(Kind::Float)));
    schema.collections.insert("Jet".to_owned(), fields.clone().into_iter().collect());
    schema.collections.insert("Muon".to_owned(), fields.into_iter().collect());
    let mut graph = Graph::new(schema);
    let environment = graph.environment(&[], &[]).unwrap();
    (graph, environment)
}

#[test]
fn deep_texts_are_refused_without_a_deep_stack() {
    let deep = 100_000;
    let texts = [
        "(".repeat(deep),
        format!("{}x{}", "(".repeat(deep), ")".repeat(deep)),
        format!("{}x", "-".repeat(deep)),
        format!("{}x", "not ".repeat(deep)),
        format!("x{}", ".pt".repeat(deep)),
        format!("x{}", "[0]".repeat(deep)),
        format!("x{}", " ** x".repeat(deep)),
        format!("{}x", "x if x > 0 else ".repeat(deep)),
        format!("{}x", "abs(".repeat(deep)),
        format!("{}x", "Jet[".repeat(deep)),
        format!("x{}", " as (a, b)".repeat(deep)),
        format!("x{}", " is null".repeat(deep)),
    ];
    for text in texts {
        let (mut graph, environment) = graph();
        let problems = graph.compile(environment, &text).unwrap_err();
        assert!(problems.iter().any(|problem| problem.code == "syntax"), "{problems:?}");
    }
}

#[test]
fn long_chains_of_operators_are_fine() {
    let (mut graph, environment) = graph();
    let text = format!("x{}", " + x * y - 1".repeat(5_000));
    let node = graph.compile(environment, &text).unwrap();
    assert_eq!(graph.value_type(node).to_string(), "float");
    assert!(graph.compile(environment, &format!("x > 0{}", " or y > 1".repeat(5_000))).is_ok());
}

#[test]
fn scopes_can_be_nested_as_deep_as_brackets() {
    let (mut graph, environment) = graph();
    let mut text = "pt > 1".to_owned();
    for k in 0..20 {
        text = format!("count({}[{text}]) > 0", if k % 2 == 0 { "Jet" } else { "Muon" });
    }
    assert!(graph.compile(environment, &text).is_ok());
}

#[test]
fn texts_that_double_with_every_level_are_refused_or_fast() {
    let (mut graph, environment) = graph();
    let pairs = format!("count({}Jet{})", "pairs(".repeat(60), ")".repeat(60));
    assert_eq!(graph.compile(environment, &pairs).unwrap_err()[0].code, "type");
    let mut index = "0".to_owned();
    for _ in 0..15 {
        index = format!("n + count(Jet[{index} + pt > 1])");
    }
    assert!(graph.compile(environment, &format!("Jet[{index}]")).is_ok());
    let doubling: Vec<(String, String)> = (0..50).map(|k| (format!("u{}", k + 1), format!("union(u{k}, u{k})"))).collect();
    let mut definitions = vec![("u0", "Jet")];
    definitions.extend(doubling.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let problems = graph.environment(&definitions, &[]).unwrap_err();
    assert!(problems.iter().any(|(_, problem)| problem.message.contains("members")), "{problems:?}");
}

#[test]
fn definitions_inside_of_definitions_have_a_bounded_stack() {
    let (mut graph, _) = graph();
    let texts: Vec<(String, String)> = (0..80)
        .map(|k| (format!("d{k}"), format!("{}d{} + x{}", "abs(".repeat(40), k + 1, ")".repeat(40))))
        .chain([("d80".to_owned(), "y".to_owned())])
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let problems = graph.environment(&texts, &[]).unwrap_err();
    assert!(problems.iter().all(|(_, problem)| problem.code == "syntax" || problem.code == "name"), "{problems:?}");
}

#[test]
fn one_event_with_too_many_combinations_is_an_error_and_not_memory() {
    let (mut graph, environment) = graph();
    let node = graph.compile(environment, "count(triples(Jet))").unwrap();
    let program = Program::new(&graph, &[node]);
    let jets = Array::list(&[3, 100_000], Array::from(vec![1.0; 100_003]));
    assert_eq!(program.evaluate(&[jets], 2), Err(EvaluateError::TooManyItems));
    let jets = Array::list(&[3, 4], Array::from(vec![1.0; 7]));
    assert_eq!(program.evaluate(&[jets], 2).unwrap()[0], Array::from(vec![1_i64, 4]));
}

/// Pieces of the language in any order.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "x",
        "y",
        "n",
        "Jet",
        "Muon",
        "pt",
        "eta",
        "this",
        "null",
        "true",
        "1",
        "2.5",
        "30 GeV",
        "3 mm/ns",
        "'a'",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "<",
        ">=",
        "==",
        "and",
        "or",
        "not",
        "in",
        "is",
        "if",
        "else",
        "as",
        "??",
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
        ":",
        "=",
        "&",
        "|",
        "~",
        "!",
        "^",
        "sum(",
        "count(",
        "max(",
        "pairs(",
        "best(max=",
        ".sort(by=",
        "dr(",
        "sqrt(",
        "union(",
        "cross(",
        "nearest(",
        "first(",
        "p4(",
        "event.",
        "column(",
        "nominal(",
        "\n",
        "#",
        "é",
        "\"",
        "mt(",
        "bit(",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.join(" "))
}

/// Texts that are sentences of the language more often than not.
fn sentences() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "x", "y", "n", "1", "0", "2.5", "Jet", "Muon", "Jet.pt", "Muon.eta", "pt", "eta", "this", "null", "true", "Jet[0]", "nan",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let op = prop::sample::select(vec!["+", "-", "*", "/", "//", "%", "**", "<", "==", "and", "or", "??", "&"]);
        let call = prop::sample::select(vec![
            "sum", "count", "max", "any", "first", "argmin", "mean", "sqrt", "abs", "floor", "pairs", "triples", "isnan", "last",
        ]);
        let two = prop::sample::select(vec!["dr", "dphi", "mt", "union", "cross", "nearest", "hypot", "min", "bit"]);
        let method = prop::sample::select(vec!["sum(", "count(", "any(", "best(max=", "sort(by=", "max("]);
        prop_oneof![
            (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (call, inner.clone()).prop_map(|(call, a)| format!("{call}({a})")),
            (two, inner.clone(), inner.clone()).prop_map(|(call, a, b)| format!("{call}({a}, {b})")),
            (inner.clone(), method, inner.clone()).prop_map(|(a, method, b)| format!("{a}.{method}{b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, c, b)| format!("({a} if {c} else {b})")),
            (inner.clone(), prop::sample::select(vec!["pt", "mass", "a", "b", "eta", "kind", "px"]))
                .prop_map(|(a, field)| format!("{a}.{field}")),
            inner.clone().prop_map(|a| format!("({a} is null)")),
            inner.prop_map(|a| format!("({a})[1:]")),
        ]
    })
}

fn run(graph: &Graph, node: germane_expressions::NodeId, lengths: &[usize], blocks: usize) -> Vec<Array> {
    let program = Program::new(graph, &[node]);
    let events = lengths.len();
    let mut out = Vec::new();
    let mut evaluator = program.evaluator();
    for start in (0..events).step_by(blocks) {
        let end = (start + blocks).min(events);
        let arrays: Vec<Array> = program
            .inputs()
            .iter()
            .enumerate()
            .map(|(k, input)| {
                let value = |i: usize| ((i * 37 + k * 11) % 13) as f64 - 3.0;
                if input.collection.is_some() {
                    let first: usize = lengths[..start].iter().sum();
                    let count: usize = lengths[start..end].iter().sum();
                    Array::list(&lengths[start..end], Array::from((first..first + count).map(value).collect::<Vec<_>>()))
                } else if input.field == "n" {
                    Array::from((start..end).map(|i| value(i) as i64).collect::<Vec<_>>())
                } else {
                    Array::from((start..end).map(value).collect::<Vec<_>>())
                }
            })
            .collect();
        out.push(evaluator.evaluate(&arrays, end - start).unwrap().remove(0));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_text_gives_a_node_or_problems_with_places_inside_it(text in prop_oneof![".{0,40}", pieces()]) {
        let (mut graph, environment) = graph();
        if let Err(problems) = graph.compile(environment, &text) {
            prop_assert!(!problems.is_empty());
            let length = text.chars().count();
            for problem in problems {
                prop_assert!(problem.start <= problem.end && problem.end <= length, "{problem:?}");
            }
        }
    }

    #[test]
    fn any_sentence_has_one_value_an_event_for_any_cut_of_the_events(
        text in sentences(),
        lengths in prop::collection::vec(0_usize..5, 1..9),
    ) {
        let (mut graph, environment) = graph();
        if let Ok(node) = graph.compile(environment, &text) {
            let whole = run(&graph, node, &lengths, lengths.len());
            prop_assert_eq!(whole[0].len(), lengths.len());
            let parts = run(&graph, node, &lengths, 2);
            prop_assert_eq!(parts.iter().map(Array::len).sum::<usize>(), lengths.len());
            let shown = |arrays: &[Array]| {
                let rows = arrays.iter().flat_map(|array| (0..array.len()).map(|i| format!("{:?}", shape(array, i))));
                rows.collect::<Vec<_>>()
            };
            prop_assert_eq!(shown(&whole), shown(&parts), "{}", text);
        }
    }
}

/// A value as text, bits of floats included.
fn shape(array: &Array, i: usize) -> String {
    use germane_columns::Data;
    if !array.is_valid(i) {
        return "null".to_owned();
    }
    match &array.data {
        Data::Bool(bits) => bits.value(i).to_string(),
        Data::Number(numbers) => match numbers.to_i64() {
            Some(values) => format!("{:?}", values[i]),
            None => format!("{:x}", numbers.get_f64(i).to_bits()),
        },
        Data::Text { .. } => array.text(i).unwrap_or("?").to_owned(),
        Data::List { offsets, items } => {
            (offsets[i]..offsets[i + 1]).map(|k| shape(items, k as usize)).collect::<Vec<_>>().join(",")
        }
        Data::Struct { fields, .. } => fields.iter().map(|(_, field)| shape(field, i)).collect::<Vec<_>>().join("|"),
        _ => String::new(),
    }
}
