//! CPU time of selections on made-up events: the example `hzz` (muon pairs, jets, two regions, two variations of the jets) and
//! the hardest triple of nine jets. `cargo run --release --example selection_speed`
//!
//! Peers on real files are measured by `make bench`; this one has no reading in it.

use germane_columns::{Array, Unit};
use germane_expressions::{ColumnType, EnvironmentId, Graph, Kind, NodeId, Program, Schema};
use std::collections::HashMap;

const EVENTS: usize = 200_000;

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Time that this thread has been on a processor, so that a busy machine does not count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9
}

fn measure(name: &str, graph: &Graph, outputs: &[NodeId], jets: usize) {
    if std::env::args().nth(1).is_some_and(|only| !name.contains(&only)) {
        return;
    }
    let program = Program::new(graph, outputs);
    let mut numbers = Numbers(1);
    let mut lengths: HashMap<String, Vec<usize>> = HashMap::new();
    let mut total = 0;
    let arrays: Vec<Array> = program
        .inputs()
        .iter()
        .map(|input| {
            let Some(collection) = &input.collection else {
                return Array::from((0..EVENTS).map(|_| numbers.next() as f32).collect::<Vec<_>>());
            };
            let most = if collection == "Jet" { jets } else { 4 };
            let mine = lengths
                .entry(collection.clone())
                .or_insert_with(|| (0..EVENTS).map(|_| (numbers.next() * (most + 1) as f64) as usize).collect());
            let count: usize = mine.iter().sum();
            total += count;
            let values: Vec<f32> = match input.field.as_str() {
                "charge" => {
                    let signs = (0..count).map(|_| if numbers.next() < 0.5 { -1 } else { 1 }).collect::<Vec<i32>>();
                    return Array::list(mine, Array::from(signs));
                }
                "E" => (0..count).map(|_| 150.0 + 100.0 * numbers.next() as f32).collect(),
                "pt" | "mass" => (0..count).map(|_| 15.0 + 100.0 * numbers.next() as f32).collect(),
                "eta" | "phi" => (0..count).map(|_| 6.0 * (numbers.next() as f32 - 0.5)).collect(),
                _ => (0..count).map(|_| 160.0 * (numbers.next() as f32 - 0.5)).collect(),
            };
            Array::list(mine, Array::from(values))
        })
        .collect();
    let blocks: Vec<Vec<Array>> = (0..EVENTS)
        .step_by(4000)
        .map(|start| arrays.iter().map(|array| array.slice(start, 4000.min(EVENTS - start))).collect())
        .collect();
    let mut evaluator = program.evaluator();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = cpu_seconds();
        for block in &blocks {
            evaluator.evaluate(block, block[0].len()).unwrap();
        }
        best = best.min(cpu_seconds() - start);
    }
    let per_million = best / EVENTS as f64 * 1e6;
    eprintln!("{name}: {per_million:.3} CPU s for 1e6 events, {} operations, {} inputs", program.operations(), arrays.len());
}

fn column(kind: Kind, unit: &str) -> ColumnType {
    let column = ColumnType::new(kind);
    if unit.is_empty() { column } else { column.with_unit(Unit::parse(unit).unwrap()) }
}

fn compile(graph: &mut Graph, environments: &[EnvironmentId], texts: &[&str]) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    for environment in environments {
        nodes.extend(texts.iter().map(|text| graph.compile(*environment, text).unwrap()));
    }
    nodes
}

fn hzz() {
    let mut schema = Schema::default();
    let fields = [("px", "GeV"), ("py", "GeV"), ("pz", "GeV"), ("E", "GeV"), ("charge", "")];
    for name in ["Jet", "Muon"] {
        let fields =
            fields.map(|(name, unit)| (name.to_owned(), column(if name == "charge" { Kind::Int } else { Kind::Float }, unit)));
        schema.collections.insert(name.to_owned(), fields.into_iter().collect());
    }
    schema.event.insert("EventWeight".to_owned(), column(Kind::Float, ""));
    let mut graph = Graph::new(schema);
    let texts = [
        ("muons", "Muon[pt > 10 GeV]"),
        ("jets", "Jet[pt > 30 GeV and abs(eta) < 2.4]"),
        ("ht", "sum(jets.pt)"),
        ("z", "(pairs(muons) as (a, b))[a.charge != b.charge].best(min=abs((a + b).mass - 91.19 GeV))"),
    ];
    let scaled = |scale: &str| ["px", "py", "pz", "E"].map(|field| (format!("Jet.{field}"), format!("{field} * {scale}")));
    let mut environments = vec![graph.environment(&texts, &[]).unwrap()];
    for scale in ["1.03", "0.97"] {
        let replaced = scaled(scale);
        let replaced: Vec<(&str, &str)> = replaced.iter().map(|(target, text)| (target.as_str(), text.as_str())).collect();
        environments.push(graph.environment(&texts, &replaced).unwrap());
    }
    let wanted = ["count(muons) >= 2 and z is not null", "count(jets) <= 1", "(z.a + z.b).mass", "ht", "EventWeight"];
    let nodes = compile(&mut graph, &environments[..1], &wanted);
    measure("hzz, nominal", &graph, &nodes, 4);
    let nodes = compile(&mut graph, &environments, &wanted);
    measure("hzz, with two variations of the jets", &graph, &nodes, 4);
}

fn adl() {
    let mut schema = Schema::default();
    let fields = [("pt", "GeV"), ("eta", ""), ("phi", ""), ("mass", "GeV"), ("charge", "")];
    for name in ["Jet", "Muon", "Electron"] {
        let fields =
            fields.map(|(name, unit)| (name.to_owned(), column(if name == "charge" { Kind::Int } else { Kind::Float }, unit)));
        schema.collections.insert(name.to_owned(), fields.into_iter().collect());
    }
    let mut graph = Graph::new(schema);
    let texts = [
        ("triple", "(triples(Jet) as (a, b, c)).best(min=abs((a + b + c).mass - 172.5 GeV))"),
        ("leptons", "union(Electron, Muon)"),
    ];
    let environment = graph.environment(&texts, &[]).unwrap();
    let queries = [
        ("Q5 dimuon", "(pairs(Muon) as (a, b)).any(a.charge != b.charge and 60 GeV < (a + b).mass < 120 GeV)", 4),
        ("Q6 hardest triple, up to 4 jets", "(triple.a + triple.b + triple.c).pt", 4),
        ("Q6 hardest triple, up to 14 jets", "(triple.a + triple.b + triple.c).pt", 14),
        ("Q7 cleaning", "Jet[pt > 30 GeV and not any(dr(this, leptons[pt > 10 GeV]) < 0.4)].sum(pt)", 4),
    ];
    for (name, text, jets) in queries {
        let node = graph.compile(environment, text).unwrap();
        measure(name, &graph, &[node], jets);
    }
}

fn main() {
    hzz();
    adl();
}
