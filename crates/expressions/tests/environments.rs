//! Definitions, variations, names with signs, cuts.

use germane_columns::{Array, Unit};
use germane_expressions::{ColumnType, ConstantValue, Graph, Kind, Program, Schema};

fn gev(kind: Kind) -> ColumnType {
    ColumnType::new(kind).with_unit(Unit::parse("GeV").unwrap())
}

fn schema() -> Schema {
    let mut schema = Schema::default();
    for (name, column) in [
        ("q1", ColumnType::new(Kind::Int)),
        ("q2", ColumnType::new(Kind::Int)),
        ("weight", ColumnType::new(Kind::Float)),
        ("jet", ColumnType::new(Kind::Float)),
        ("jet.pt", gev(Kind::Float)),
        ("Jet.eta", ColumnType::new(Kind::Float)),
        ("pdf", ColumnType::new(Kind::List(Box::new(Kind::Float)))),
    ] {
        schema.event.insert(name.to_owned(), column);
    }
    let fields = [("pt", gev(Kind::Float)), ("eta", ColumnType::new(Kind::Float)), ("btag", ColumnType::new(Kind::Float))];
    let fields = fields.map(|(name, column)| (name.to_owned(), column));
    schema.collections.insert("Jet".to_owned(), fields.into_iter().collect());
    let met = [("pt", gev(Kind::Float)), ("phi", ColumnType::new(Kind::Float))].map(|(name, column)| (name.to_owned(), column));
    schema.objects.insert("MET".to_owned(), met.into_iter().collect());
    let barn = Unit::parse("pb").unwrap();
    schema.constants.insert("cross_section".to_owned(), ConstantValue::Float(2.5, Some(barn)));
    schema.constants.insert("kind".to_owned(), ConstantValue::Text("simulation".to_owned()));
    schema
}

/// pt, eta and btag of the jets of three events: two, none, one.
fn evaluate(graph: &Graph, node: germane_expressions::NodeId) -> Array {
    let program = Program::new(graph, &[node]);
    let lists = |values: [f64; 3]| Array::list(&[2, 0, 1], Array::from(values.to_vec()));
    let arrays: Vec<Array> = program
        .inputs()
        .iter()
        .map(|input| match (input.collection.as_deref(), input.field.as_str()) {
            (Some("Jet"), "pt") => lists([40.0, 35.0, 29.5]),
            (Some("Jet"), "eta") => lists([0.5, -3.0, 1.0]),
            (Some("Jet"), _) => lists([0.9, 0.1, 0.6]),
            (None, "q1" | "q2") => Array::from(vec![1_i32, -1, 2]),
            (None, "pdf") => Array::list(&[1, 2, 0], Array::from(vec![1.0_f32, 0.5, 0.25])),
            _ => Array::from(vec![7.0, 8.0, 9.0]),
        })
        .collect();
    program.evaluate(&arrays, 3).unwrap().remove(0)
}

#[test]
fn definitions_come_in_any_order() {
    let mut graph = Graph::new(schema());
    let texts = [("ht", "sum(jets.pt)"), ("jets", "Jet[pt > threshold]"), ("threshold", "30 GeV")];
    let environment = graph.environment(&texts, &[]).unwrap();
    let node = graph.compile(environment, "ht").unwrap();
    assert_eq!(graph.value_type(node).to_string(), "float GeV");
    assert_eq!(evaluate(&graph, node).as_f64().unwrap(), [75.0, 0.0, 0.0]);
}

#[test]
fn circles_are_refused_and_shown() {
    let mut graph = Graph::new(schema());
    let texts = [("a", "b + 1"), ("b", "c * 2"), ("c", "a - 1"), ("d", "weight")];
    let problems = graph.environment(&texts, &[]).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let (number, problem) = &problems[0];
    assert!(problem.message.contains("a → b → c → a"), "{problems:?}");
    assert_eq!((*number, problem.start, problem.end, problem.code), (0, 0, 1, "circle"));
}

#[test]
fn mistakes_of_all_definitions_are_told_with_their_numbers() {
    let mut graph = Graph::new(schema());
    let texts = [("jets", "Jet[pT > 30 GeV]"), ("ht", "sum(jets.pt)"), ("w", "wieght * 2"), ("x", "1 +")];
    let problems = graph.environment(&texts, &[("Jet.ptt", "pt"), ("Jet.pt", "eta")]).unwrap_err();
    let found: Vec<_> = problems.iter().map(|(number, problem)| (*number, problem.code, problem.nearest.as_deref())).collect();
    let unit = (5, "unit", None);
    assert_eq!(
        found,
        [(0, "name", Some("pt")), (2, "name", Some("weight")), (3, "syntax", None), (4, "field", Some("pt")), unit]
    );
}

#[test]
fn definitions_add_fields_to_collections() {
    let mut graph = Graph::new(schema());
    let texts = [
        ("jets", "Jet[pt > 30 GeV]"),
        ("jets.is_b", "btag > 0.5"),
        ("jets.score", "btag * lead"),
        ("lead", "max(jets.pt) / 1 GeV"),
    ];
    let environment = graph.environment(&texts, &[]).unwrap();
    let node = graph.compile(environment, "jets.sort(by=pt)[is_b].score").unwrap();
    let lists = evaluate(&graph, node);
    let (offsets, items) = lists.as_list().unwrap();
    assert_eq!((&offsets[..], items.as_f64().unwrap()), (&[0_i64, 1, 1, 1][..], &[36.0][..]));
    assert_eq!(graph.fields_of(environment, "jets").unwrap(), ["pt", "eta", "btag", "is_b", "score"]);
    assert!(graph.fields_of(environment, "lead").unwrap().is_empty());
    let problems = graph.compile(environment, "Jet[is_b]").unwrap_err();
    assert_eq!(problems[0].code, "name");
}

#[test]
fn variations_copy_only_what_depends_on_the_replaced_column() {
    let mut graph = Graph::new(schema());
    let texts = [("jets", "Jet[pt > 30 GeV]"), ("central", "Jet.count(abs(eta) < 2.4)"), ("ht", "sum(jets.pt)")];
    let nominal = graph.environment(&texts, &[]).unwrap();
    let up = graph.environment(&texts, &[("Jet.pt", "pt * 1.03")]).unwrap();
    let nodes = |graph: &mut Graph, text| [nominal, up].map(|environment| graph.compile(environment, text).unwrap());
    let [a, b] = nodes(&mut graph, "central");
    assert_eq!(a, b, "nothing here depends on pt");
    let [a, b] = nodes(&mut graph, "ht");
    assert_ne!(a, b);
    // 29.5 * 1.03 = 30.385 passes the cut that 29.5 does not
    assert_eq!(evaluate(&graph, a).as_f64().unwrap(), [75.0, 0.0, 0.0]);
    assert_eq!(evaluate(&graph, b).as_f64().unwrap(), [40.0 * 1.03 + 35.0 * 1.03, 0.0, 29.5 * 1.03]);
    let [a, b] = nodes(&mut graph, "sum(nominal(Jet.pt))");
    assert_eq!(a, b);
}

#[test]
fn replacements_see_the_column_as_it_was_and_others_as_they_are() {
    let mut graph = Graph::new(schema());
    let replacements =
        [("MET.pt", "pt - sum(Jet.pt) + sum(nominal(Jet.pt))"), ("Jet.pt", "pt + 1 GeV"), ("Jet_btag", "btag * pt / 1 GeV")];
    let environment = graph.environment(&[] as &[(&str, &str)], &replacements).unwrap();
    let node = graph.compile(environment, "MET.pt").unwrap();
    assert_eq!(evaluate(&graph, node).as_f64().unwrap(), [5.0, 8.0, 8.0]);
    let node = graph.compile(environment, "sum(Jet.btag)").unwrap();
    assert_eq!(evaluate(&graph, node).as_f64().unwrap(), [0.9 * 40.0 + 0.1 * 35.0, 0.0, 0.6 * 29.5]);
}

/// ROOT issues 3696, 1700, uproot5 issue 282: dots in branch names.
#[test]
fn names_with_dots_are_read_where_only_one_reading_exists() {
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[], &[]).unwrap();
    let node = graph.compile(environment, "jet.pt > 7.5 GeV").unwrap();
    assert_eq!(graph.columns_of(node)[0].field, "jet.pt");
    let quoted = graph.compile(environment, "column(\"jet.pt\") > 7.5 GeV").unwrap();
    assert_eq!(node, quoted);
    let problems = graph.compile(environment, "sum(Jet.eta)").unwrap_err();
    assert!(problems[0].message.contains("two readings"), "{problems:?}");
    assert!(problems[0].advice.as_ref().unwrap().contains("column(\"Jet.eta\")"), "{problems:?}");
    assert!(graph.compile(environment, "sum((Jet).eta)").is_ok());
    assert!(graph.compile(environment, "column('Jet.eta')").is_ok());
}

/// ROOT issue 22710: an integer as a cut was true for every event.
#[test]
fn cuts_are_conditions() {
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[], &[]).unwrap();
    let problems = graph.compile(environment, "q1*q2<<0").unwrap_err();
    assert_eq!((problems[0].start, problems[0].end, problems[0].nearest.as_deref()), (5, 7, Some("<")));
    assert_eq!(problems[0].advice.as_deref(), Some("did you mean `<`?"));
    for (text, code) in [("(1)", "type"), ("q1", "type"), ("Jet.pt > 30", "axes"), ("Jet", "type"), ("Jet[0]", "type")] {
        let node = graph.compile(environment, text).unwrap();
        assert_eq!(graph.require_condition(node, text.len()).unwrap_err().code, code, "{text}");
    }
    let node = graph.compile(environment, "q1*q2<0").unwrap();
    assert_eq!(graph.require_condition(node, 7), Ok(()));
}

#[test]
fn labels_of_the_dataset_are_constants() {
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[], &[]).unwrap();
    let node = graph.compile(environment, "dataset.cross_section * 2 if dataset.kind == 'simulation' else 0").unwrap();
    assert_eq!(graph.value_type(node).to_string(), "float pb");
    assert_eq!(evaluate(&graph, node).as_f64().unwrap(), [5.0; 3]);
    let problems = graph.compile(environment, "dataset.cross_sectoin").unwrap_err();
    assert_eq!(problems[0].nearest.as_deref(), Some("cross_section"));
}

#[test]
fn lists_in_one_column_are_an_axis() {
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[], &[]).unwrap();
    let node = graph.compile(environment, "sum(pdf * weight) + count(pdf)").unwrap();
    assert_eq!(evaluate(&graph, node).as_f64().unwrap(), [8.0, 8.0 * 0.75 + 2.0, 0.0]);
    let node = graph.compile(environment, "pdf").unwrap();
    assert_eq!(graph.value_type(node).to_string(), "float per pdf");
    let node = graph.compile(environment, "pdf[0] ?? 1").unwrap();
    assert_eq!(evaluate(&graph, node).as_f64().unwrap(), [1.0, 0.5, 1.0]);
}

#[test]
fn the_listing_of_a_plan_names_arguments_by_position() {
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[], &[]).unwrap();
    let node = graph.compile(environment, "sum(Jet[pt>30].pt)&&true if q1>0 else false").err();
    assert!(node.is_some());
    let node = graph.compile(environment, "sum(Jet[pt>30].pt)>100   GeV&&q1>0").err();
    assert!(node.is_some(), "three blanks are no unit");
    let node = graph.compile(environment, "sum(Jet[pt>30].pt)>100 GeV&&q1>0").unwrap();
    assert_eq!(graph.text(node), "sum(Jet[pt > 30].pt) > 100.0 GeV and q1 > 0");
    let (nodes, roots) = graph.nodes_json(&[node]);
    let nodes: Vec<serde_json::Value> = nodes.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(roots, [nodes.len() - 1]);
    for (k, node) in nodes.iter().enumerate() {
        assert!(node["of"].as_array().unwrap().iter().all(|of| (of.as_u64().unwrap() as usize) < k), "{node}");
    }
    let columns: Vec<String> = graph.columns_of(node).into_iter().map(|input| input.field).collect();
    assert_eq!(columns, ["q1", "pt"]);
}

#[test]
fn lists_of_different_lengths_in_one_collection_are_refused() {
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[], &[]).unwrap();
    let node = graph.compile(environment, "Jet.sum(pt * btag)").unwrap();
    let program = Program::new(&graph, &[node]);
    let arrays = [[2, 1], [1, 2]].map(|lengths| Array::list(&lengths, Array::from(vec![1.0, 2.0, 3.0])));
    let error = program.evaluate(&arrays, 2).unwrap_err();
    assert!(error.to_string().contains("`Jet.pt` and `Jet.btag`"), "{error}");
    assert!(program.evaluate(&arrays[..1], 2).is_err());
    assert!(program.evaluate(&arrays, 3).is_err());
}

#[test]
fn missing_values_that_the_schema_did_not_announce_stay_missing() {
    use germane_columns::buffer::NullBuffer;
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[], &[]).unwrap();
    let texts = ["pairs(Jet).sum(a.pt + b.pt)", "pairs(Jet).count(a.pt + b.pt is null)", "sum(Jet.pt * 2)", "count(Jet.pt)"];
    let nodes = texts.map(|text| graph.compile(environment, text).unwrap());
    let program = Program::new(&graph, &nodes);
    let pt = Array::from(vec![1.0, 2.0, 4.0]).with_validity(Some(NullBuffer::from(vec![true, false, true])));
    let results = program.evaluate(&[Array::list(&[3], pt)], 1).unwrap();
    assert_eq!(results[0].as_f64().unwrap(), [5.0]);
    assert_eq!(results[1], Array::from(vec![2_i64]));
    assert_eq!(results[2].as_f64().unwrap(), [10.0]);
    assert_eq!(results[3], Array::from(vec![3_i64]));
}

#[test]
fn programs_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Program>();
    shared::<Graph>();
    sent::<germane_expressions::Evaluator<'_>>();
}
