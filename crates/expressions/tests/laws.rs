//! Laws of the language on made-up events (specification `analysis.md`, 6.13), and the expressions of the two examples against
//! loops written here.

use germane_columns::{Array, Unit};
use germane_expressions::{ColumnType, Graph, Kind, NodeId, Program, Schema};
use proptest::prelude::*;

/// px, py, pz, E, charge of the items of each event.
type Items = Vec<Vec<[f64; 5]>>;

fn schema() -> Schema {
    let mut schema = Schema::default();
    let gev = || ColumnType::new(Kind::Float).with_unit(Unit::parse("GeV").unwrap());
    for collection in ["Jet", "Muon"] {
        let mut fields: indexmap::IndexMap<String, ColumnType> =
            ["px", "py", "pz", "E"].map(|name| (name.to_owned(), gev())).into_iter().collect();
        fields.insert("charge".to_owned(), ColumnType::new(Kind::Int));
        schema.collections.insert(collection.to_owned(), fields);
    }
    for name in ["px1", "py1", "pz1", "E1", "px2", "py2", "pz2", "E2"] {
        schema.event.insert(name.to_owned(), gev());
    }
    for name in ["Q1", "Q2"] {
        schema.event.insert(name.to_owned(), ColumnType::new(Kind::Int));
    }
    schema.event.insert("EventWeight".to_owned(), ColumnType::new(Kind::Float));
    schema
}

fn evaluate(graph: &Graph, nodes: &[NodeId], jets: &Items, muons: &Items) -> Vec<Array> {
    let program = Program::new(graph, nodes);
    let arrays: Vec<Array> = program
        .inputs()
        .iter()
        .map(|input| {
            let items = if input.collection.as_deref() == Some("Jet") { jets } else { muons };
            let place = ["px", "py", "pz", "E", "charge"].iter().position(|name| *name == input.field).unwrap();
            let values: Vec<f64> = items.iter().flatten().map(|item| item[place]).collect();
            let lengths: Vec<usize> = items.iter().map(Vec::len).collect();
            let values =
                if place == 4 { Array::from(values.iter().map(|x| *x as i32).collect::<Vec<_>>()) } else { values.into() };
            Array::list(&lengths, values)
        })
        .collect();
    program.evaluate(&arrays, jets.len()).unwrap()
}

fn items() -> impl Strategy<Value = Items> {
    let momentum = -60.0..60.0_f64;
    let item = (momentum.clone(), momentum.clone(), momentum, 100.0..300.0_f64, prop::bool::ANY)
        .prop_map(|(px, py, pz, e, positive)| [px, py, pz, e, if positive { 1.0 } else { -1.0 }]);
    prop::collection::vec(prop::collection::vec(item, 0..6), 5)
}

fn same(
    graph: &mut Graph,
    environment: germane_expressions::EnvironmentId,
    texts: [&str; 2],
    jets: &Items,
    muons: &Items,
) -> bool {
    let nodes = texts.map(|text| graph.compile(environment, text).unwrap());
    let results = evaluate(graph, &nodes, jets, muons);
    results[0] == results[1]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn laws_of_filters_and_reductions_hold(jets in items(), muons in items()) {
        let mut graph = Graph::new(schema());
        let environment = graph.environment(&[], &[]).unwrap();
        for texts in [
            ["Jet[pt > 30 GeV][abs(eta) < 1].px", "Jet[pt > 30 GeV and abs(eta) < 1].px"],
            ["count(Jet[pz > 0])", "Jet.count(pz > 0)"],
            ["count(Jet[px > 0 and any(Muon.px > px)])", "Jet.count(px > 0 and Muon.any(px > 0) and any(Muon.px > px))"],
            ["sum(union(Jet, Muon).charge)", "sum(Jet.charge) + sum(Muon.charge)"],
            ["count(union(Jet, Muon))", "count(Jet) + count(Muon)"],
            ["count(pairs(Jet))", "count(Jet) * (count(Jet) - 1) // 2"],
            ["count(triples(Jet))", "count(Jet) * (count(Jet) - 1) * (count(Jet) - 2) // 6"],
            ["count(cross(Jet, Muon))", "count(Jet) * count(Muon)"],
            ["count(combinations(Jet, 4))", "(pairs(pairs(Jet)) as (x, y)).count(x.a != y.a and x.a != y.b and x.b != y.a and x.b != y.b) // 3"],
            ["Jet.sort(by=px).px[0]", "min(Jet.px)"],
            ["Jet.best(max=pt).px", "Jet[argmax(Jet.pt)].px"],
            ["Jet[0].px", "first(Jet.px)"],
            ["Jet.sort(by=-pt)[:2].px", "Jet.sort(by=-pt)[0:2].px"],
            ["any(Jet.px > 0)", "not all(not Jet.px > 0)"],
            ["Muon.count(any(dr(this, Jet) < 0.7))", "Muon.count(any(0.7 > dr(this, Jet)))"],
            ["pairs(Jet).count(dr(a, b) <= 1.5)", "pairs(Jet).count(not dr(a, b) > 1.5)"],
            ["Jet.any(Muon.any(charge * px > 0))", "any((cross(Jet, Muon) as (j, m)).m.charge * (cross(Jet, Muon) as (j, m)).m.px > 0)"],
            ["abs((Jet[0] + Jet[1]).eta) < 1.5", "-1.5 < (Jet[0] + Jet[1]).eta < 1.5"],
        ] {
            prop_assert!(same(&mut graph, environment, texts, &jets, &muons), "{:?}", texts);
        }
    }

    #[test]
    fn the_selection_of_the_example_is_what_loops_give(jets in items(), muons in items()) {
        let mut graph = Graph::new(schema());
        let texts = [
            ("muons", "Muon[pt > 10 GeV]"),
            ("jets", "Jet[pt > 30 GeV and abs(eta) < 2.4]"),
            ("ht", "sum(jets.pt)"),
            ("z", "(pairs(muons) as (a, b))[a.charge != b.charge].best(min=abs((a + b).mass - 91.19 GeV))"),
        ];
        let mut environments = vec![(1.0, graph.environment(&texts, &[]).unwrap())];
        for scale in ["1.03", "0.97"] {
            let replaced = ["px", "py", "pz", "E"].map(|field| (format!("Jet.{field}"), format!("{field} * {scale}")));
            let replaced: Vec<(&str, &str)> = replaced.iter().map(|(target, text)| (target.as_str(), text.as_str())).collect();
            environments.push((scale.parse().unwrap(), graph.environment(&texts, &replaced).unwrap()));
        }
        for (scale, environment) in environments {
            let wanted = ["count(muons) >= 2 and z is not null", "count(jets) <= 1", "(z.a + z.b).mass ?? -1", "ht"];
            let nodes = wanted.map(|text| graph.compile(environment, text).unwrap());
            let results = evaluate(&graph, &nodes, &jets, &muons);
            for event in 0..jets.len() {
                let pt = |item: &[f64; 5]| (item[0] * item[0] + item[1] * item[1]).sqrt();
                let good: Vec<&[f64; 5]> = muons[event].iter().filter(|muon| pt(muon) > 10.0).collect();
                let mut best = (f64::INFINITY, -1.0);
                for (k, a) in good.iter().enumerate() {
                    for b in good[k + 1..].iter().filter(|b| b[4] != a[4]) {
                        let sum = [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
                        let mass = (sum[3] * sum[3] - (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2])).sqrt();
                        if (mass - 91.19).abs() < best.0 {
                            best = ((mass - 91.19).abs(), mass);
                        }
                    }
                }
                let scaled = jets[event].iter().map(|jet| jet.map(|x| x * scale));
                let central = |jet: &[f64; 5]| germane_numerics::maths::asinh(jet[2] / pt(jet)).abs() < 2.4;
                let hard: Vec<[f64; 5]> = scaled.filter(|jet| pt(jet) > 30.0 && central(jet)).collect();
                let ht: f64 = hard.iter().fold(0.0, |sum, jet| sum + pt(jet));
                let selected = format!("{:?}", good.len() >= 2 && best.1 > 0.0);
                prop_assert_eq!(results[2].as_f64().unwrap()[event], best.1);
                prop_assert_eq!(results[3].as_f64().unwrap()[event], ht);
                for (result, expected) in [(0, selected), (1, format!("{:?}", hard.len() <= 1))] {
                    let germane_columns::Data::Bool(bits) = &results[result].data else { panic!("a condition") };
                    prop_assert_eq!(format!("{:?}", bits.value(event)), expected);
                }
            }
        }
    }
}

#[test]
fn the_mass_of_the_example_is_that_of_the_formula() {
    let mut graph = Graph::new(schema());
    let environment = graph.environment(&[("mass", "(p4(px1, py1, pz1, E1) + p4(px2, py2, pz2, E2)).mass")], &[]).unwrap();
    let node = graph.compile(environment, "mass").unwrap();
    assert_eq!(graph.value_type(node).to_string(), "float GeV");
    let cut = graph.compile(environment, "Q1 * Q2 < 0").unwrap();
    assert_eq!(graph.require_condition(cut, 11), Ok(()));
    let program = Program::new(&graph, &[node]);
    // two massless particles back to back: 2 E
    let value = |name: &str| match name {
        "px1" | "E1" | "E2" => 45.5,
        "px2" => -45.5,
        _ => 0.0,
    };
    let arrays: Vec<Array> = program.inputs().iter().map(|input| Array::from(vec![value(&input.field)])).collect();
    assert_eq!(program.evaluate(&arrays, 1).unwrap()[0].as_f64().unwrap(), [91.0]);
}

#[test]
fn permuting_definitions_and_adding_unused_ones_changes_no_node_and_reads_no_column() {
    let mut graph = Graph::new(schema());
    let texts = [("a", "sum(Jet.px)"), ("b", "a + 1 GeV"), ("c", "sum(Muon.py)")];
    let first = graph.environment(&texts, &[]).unwrap();
    let second = graph.environment(&[texts[2], texts[1], ("unused", "sum(Jet.E)"), texts[0]], &[]).unwrap();
    let nodes = [first, second].map(|environment| graph.compile(environment, "b > c").unwrap());
    assert_eq!(nodes[0], nodes[1]);
    assert!(graph.columns_of(nodes[1]).iter().all(|input| input.field != "E"));
}
