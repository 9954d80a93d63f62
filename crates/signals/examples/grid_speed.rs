//! Time of a chain for many sets of parameters in one run, over that of a run for each.
//!
//! `grid_speed CHAIN SAMPLES DT_NS WAVEFORMS POINTS OUTPUTS [ROUNDS]`: WAVEFORMS as for `chain_speed`, POINTS a file with a JSON
//! list of the parameters of each run, OUTPUTS names separated by commas. One JSON document comes out: microseconds per waveform
//! in one run and in all runs together, after the numbers of all points were compared bit by bit.
#![allow(clippy::print_stdout)]

mod raw_rows;

use germane_columns::{Array, Data};
use germane_signals::evaluate::{Evaluator, Made};
use germane_signals::graph::Graph;
use germane_signals::{chain, plan};
use germane_texts::{Node, Source, parse_json};
use raw_rows::{ROWS, RawRows};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// Rows of a block: few, so that some blocks of a large grid are not interrupted.
const BLOCK: usize = 16;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, samples, dt, waveforms, points, outputs, rest @ ..] = arguments.as_slice() else {
        return Err("expected CHAIN SAMPLES DT_NS WAVEFORMS POINTS OUTPUTS [ROUNDS]".to_owned());
    };
    let number = |text: &String| text.parse::<f64>().map_err(|problem| format!("{text}: {problem}"));
    let (samples, rounds) = (number(samples)? as usize, rest.first().map_or(Ok(5.0), number)? as usize);
    let read = |path: &String| {
        let text = std::fs::read_to_string(path).map_err(|problem| format!("{path}: {problem}"))?;
        Ok::<_, String>(Source::new(path.clone(), text))
    };
    let shown =
        |problems: Vec<germane_texts::Diagnostic>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let chain = chain::read(&[read(path)?]).map_err(shown)?;
    let table = raw_rows::table(samples, number(dt)?)?;
    let raw = RawRows::read(waveforms, samples)?;
    let tree = parse_json(&read(points)?).map_err(shown)?;
    let points: Vec<&Node> = tree.as_list().ok_or("POINTS is no list")?.iter().collect();
    let outputs: Vec<String> = outputs.split(',').map(str::to_owned).collect();
    let options = plan::PlanOptions { outputs: Some(&outputs), ..plan::PlanOptions::default() };

    let grid = plan::plan_grid(&chain, &table, &options, &points).map_err(shown)?;
    let (together, all) = measure(grid.graph, &raw, rounds)?;
    let mut separate = 0.0;
    for (point, range) in points.iter().zip(grid.points) {
        let options = plan::PlanOptions { parameters: Some(point), ..options };
        let alone = plan::plan(&chain, &table, &options).map_err(shown)?;
        let (time, numbers) = measure(alone.graph, &raw, rounds)?;
        if numbers[..] != all[range.map_err(shown)?] {
            return Err("a point has other numbers in the grid than alone".to_owned());
        }
        separate += time;
    }
    let document = json!({
        "points": points.len(),
        "waveforms": raw.found,
        "us_per_waveform": together * 1e6,
        "separate_us_per_waveform": separate * 1e6,
        "share": together / separate,
    });
    println!("{document}");
    Ok(())
}

/// Seconds per waveform of the best block (other work on the machine only makes some slower), and the bits of all rows by output.
fn measure(graph: Graph, raw: &RawRows, rounds: usize) -> Result<(f64, Vec<Vec<u64>>), String> {
    let graph = Arc::new(graph);
    let columns = raw.columns(&graph)?;
    let mut evaluator = Evaluator::new(graph).map_err(|problem| problem.to_string())?;
    evaluator.process(&columns, ROWS, 0).map_err(|problem| problem.to_string())?;
    let numbers = evaluator.take().iter().map(bits).collect();
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        for start in (0..ROWS).step_by(BLOCK) {
            let block: Vec<Array> = columns.iter().map(|column| column.slice(start, BLOCK)).collect();
            let clock = Instant::now();
            evaluator.process(&block, BLOCK, start as u64).map_err(|problem| problem.to_string())?;
            best = best.min(clock.elapsed().as_secs_f64() / BLOCK as f64);
            evaluator.take();
        }
    }
    Ok((best, numbers))
}

/// Numbers of an output that has one for each row.
fn bits(made: &Option<Made>) -> Vec<u64> {
    match made {
        Some(Made::Column(Array { data: Data::Number(numbers), .. })) => {
            numbers.to_f64().iter().map(|value| value.to_bits()).collect()
        }
        _ => Vec::new(),
    }
}
