//! Time of a chain over waveforms in memory, and the share of each node.
//!
//! `chain_speed CHAIN SAMPLES DT_NS WAVEFORMS [ROUNDS]`: WAVEFORMS is a file of little-endian `u16` samples, row after row. One JSON
//! document comes out: milliseconds until the chain can run, microseconds per waveform (of all, and of each node), and the
//! numbers of the first rows by output. Columns that the chain copies are not made.
#![allow(clippy::print_stdout)]

mod raw_rows;

use germane_columns::{Array, Data};
use germane_signals::evaluate::{Evaluator, Made};
use germane_signals::graph::Operation;
use germane_signals::{chain, plan};
use germane_texts::Source;
use raw_rows::{ROWS, RawRows};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Instant;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, samples, dt, waveforms, rest @ ..] = arguments.as_slice() else {
        return Err("expected CHAIN SAMPLES DT_NS WAVEFORMS [ROUNDS]".to_owned());
    };
    let number = |text: &String| text.parse::<f64>().map_err(|problem| format!("{text}: {problem}"));
    let (samples, dt) = (number(samples)? as usize, number(dt)?);
    let rounds = rest.first().map_or(Ok(20.0), number)? as usize;

    let start = Instant::now();
    let text = std::fs::read_to_string(path).map_err(|problem| format!("{path}: {problem}"))?;
    let shown =
        |problems: Vec<germane_texts::Diagnostic>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let chain = chain::read(&[Source::new(path.clone(), text)]).map_err(shown)?;
    let table = raw_rows::table(samples, dt)?;
    let plan = plan::plan(&chain, &table, &plan::PlanOptions::default()).map_err(shown)?;
    let graph = Arc::new(plan.graph);
    let mut evaluator = Evaluator::new(graph.clone()).map_err(|problem| problem.to_string())?;
    let start = start.elapsed().as_secs_f64() * 1e3;

    let raw = RawRows::read(waveforms, samples)?;
    let (found, columns) = (raw.found, raw.columns(&graph)?);

    evaluator.process(&columns, ROWS, 0).map_err(|problem| problem.to_string())?;
    let mut answers = Map::new();
    for (output, made) in graph.outputs.iter().zip(evaluator.take()) {
        if let Some(Made::Column(Array { data: Data::Number(numbers), .. })) = made {
            let values: Vec<Value> = numbers.to_f64().iter().take(found).map(|value| json!(value)).collect();
            answers.insert(output.name.clone(), Value::Array(values));
        }
    }

    let mut best = f64::INFINITY;
    let mut shares: Vec<f64> = Vec::new();
    for round in 0..2 * rounds {
        // Half of the rounds without watching the nodes, which costs time of its own.
        if round == rounds {
            evaluator.watch();
        }
        let before = evaluator.seconds().to_vec();
        // The best of single blocks: other work on the machine only makes some of them slower.
        for start in (0..ROWS).step_by(32) {
            let block: Vec<Array> = columns.iter().map(|column| column.slice(start, 32)).collect();
            let clock = Instant::now();
            evaluator.process(&block, 32, start as u64).map_err(|problem| problem.to_string())?;
            if round < rounds {
                best = best.min(clock.elapsed().as_secs_f64() / 32.0);
            }
            evaluator.take();
        }
        if round > rounds {
            let spent: Vec<f64> =
                evaluator.seconds().iter().zip(&before).map(|(after, before)| (after - before) / ROWS as f64).collect();
            shares = if shares.is_empty() { spent } else { shares.iter().zip(&spent).map(|(a, b)| a.min(*b)).collect() };
        }
    }
    let nodes: Vec<Value> = shares
        .iter()
        .enumerate()
        .map(|(k, share)| {
            let (what, makes) = graph.nodes.get(k).map_or(("writing".to_owned(), Vec::new()), |node| {
                let what = match &node.operation {
                    Operation::Process { processor, .. } => processor.name.to_owned(),
                    other => format!("{other:?}").split(['(', ' ']).next().unwrap_or_default().to_lowercase(),
                };
                (what, node.makes.iter().map(|id| graph.variable(*id).name.clone()).collect())
            });
            json!({"what": what, "makes": makes, "us": share * 1e6})
        })
        .collect();
    let document = json!({
        "start_ms": start,
        "us_per_waveform": best * 1e6,
        "megabytes": evaluator.bytes() as f64 / 1e6,
        "nodes": nodes,
        "answers": answers,
    });
    println!("{document}");
    Ok(())
}
