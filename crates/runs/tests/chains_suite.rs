//! Whole chains against `refs/signals/chains.json`: names, datatypes, element types, units, attributes, shapes exactly; values
//! against the truth of `hpge_truth.json` and `hpge_l200_truth.json` where there is one, else against the peer's single
//! precision. Where the peer is wrong (X2, X9) the truth counts.

#[path = "../../formats/tests/shared/mod.rs"]
mod shared;

use germane_formats::hdf5::{Hdf5File, Node, Rows, Values};
use germane_formats::lh5::{Content, Object};
use germane_formats::npz::Npz;
use germane_formats::source::LocalFile;
use germane_numerics::Inline;
use germane_runs::Progress;
use germane_runs::dsp::{Chains, Database, Input, Options, build};
use germane_texts::Source;
use serde_json::{Map, Value};
use shared::{Score, load, say, shared};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn text(path: &Path) -> Source {
    Source::new(path.display().to_string(), std::fs::read_to_string(path).unwrap())
}

fn names(value: &Value) -> Option<Vec<String>> {
    Some(value.as_array()?.iter().map(|name| name.as_str().unwrap().to_owned()).collect())
}

/// The peer's arguments as ours.
fn options(job: &Value, folder: &Path, output: &Path) -> Options {
    let at = |key: &str| job[key].as_str().map(|path| folder.join(path));
    Options {
        output: Some(vec![output.to_owned()]),
        chains: Chains::one(vec![text(&at("chain").unwrap())]).unwrap(),
        database: at("database").map(|path| Database::read(&text(&path)).unwrap()),
        tables: names(&job["tables"]),
        base_group: job["base_group"].as_str().map(str::to_owned),
        threads: 1,
        ..Options::default()
    }
}

/// Runs a chain; `Err` names processors that are not there yet.
fn run(job: &Value, folder: &Path, change: impl Fn(&mut Options)) -> Result<(tempfile::TempDir, PathBuf), String> {
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("dsp.lh5");
    let mut options = options(job, folder, &output);
    change(&mut options);
    let raw = folder.join(job["raw"].as_str().unwrap());
    match build(&[Input::File(raw)], &options, &Progress::default()) {
        Ok(outcome) => {
            assert_eq!(outcome.exit, 0);
            Ok((temporary, output))
        }
        Err(error) => {
            let missing: Vec<&str> =
                error.diagnostics.iter().filter_map(|one| one.message.strip_prefix("no processor ")).collect();
            let text = germane_texts::render(&error.diagnostics, false);
            assert_eq!(missing.len(), error.diagnostics.len(), "{}: {text}", job["name"]);
            Err(missing.join(" "))
        }
    }
}

/// Objects of a file without the root, names without the first slash.
fn objects(file: &Path) -> Map<String, Value> {
    let record = germane_formats::digest::record(file).unwrap();
    let objects = record.as_object().unwrap().iter().filter(|(path, _)| *path != "/");
    objects.map(|(path, object)| (path.trim_start_matches('/').to_owned(), object.clone())).collect()
}

fn numbers(values: &Values) -> Vec<f64> {
    let flat = Values { shape: vec![values.count()], ..values.clone() };
    let (_, column) = Object::new("array<1>{real}", Content::Array(flat)).to_column("x").unwrap();
    match column.as_numbers() {
        Some(numbers) => numbers.to_f64(),
        None => (0..column.len()).map(|i| f64::from(u8::from(column.value_text(i) == "true"))).collect(),
    }
}

/// How far numbers may be from those of the truth or the peer.
#[derive(Clone, Copy, Debug)]
struct Bound {
    absolute: f64,
    relative: f64,
}

/// Acceptance of `signals.md`, item 1, against the truth.
fn against_truth(column: &str) -> Bound {
    let relative = |relative: f64| Bound { absolute: 0.0, relative };
    match column {
        // Exact times in single precision.
        name if (name.starts_with("tp_") && name != "tp_50_l" && name != "tp_aoe_max") || name == "drift" => relative(6e-8),
        "tp_50_l" | "tp_aoe_max" => relative(4e-6),
        "bl_slope" => relative(1e-7),
        // The fit sees samples in single precision: n = 1842 errors of half a step of 2⁻⁹ at most move a slope by 3 · 2⁻¹⁰ / n.
        "pz_slope" => Bound { absolute: 1.6e-6, relative: 1e-7 },
        "QDrift" | "dt_eff" => relative(5e-6),
        "A_max" | "aoe" => relative(4e-6),
        "tail_tau" => relative(4e-6),
        _ => Bound { absolute: 5e-3, relative: 1e-6 },
    }
}

/// The peer's own distance from the truth, over all waveforms, on top of ours.
fn against_peer(column: &str, distance: &Value) -> Bound {
    let of = |key: &str| distance[column][key].as_f64();
    match (of("max_abs"), of("max_rel")) {
        (Some(absolute), Some(relative)) => {
            let own = against_truth(column);
            Bound { absolute: absolute + own.absolute, relative: relative + own.relative }
        }
        _ => match column {
            "timestamp" | "baseline" => Bound { absolute: 0.0, relative: 0.0 },
            // Positions and counts.
            name if name.starts_with("tp_") || name.starts_with("n_") || name.starts_with("trigger_") => {
                Bound { absolute: 0.0, relative: 6e-8 }
            }
            _ => Bound { absolute: 0.03, relative: 1.3e-6 },
        },
    }
}

/// The worst number in units of its bound; NaN where only one is.
fn worst(ours: &[f64], due: &[f64], bound: Bound) -> (f64, usize) {
    let mut worst = (0.0, 0);
    for (i, (a, b)) in ours.iter().zip(due).enumerate() {
        let distance = match (a.is_nan(), b.is_nan()) {
            (true, true) => 0.0,
            (false, false) if a == b => 0.0,
            (false, false) => (a - b).abs() / bound.absolute.max(bound.relative * b.abs()),
            _ => f64::INFINITY,
        };
        if distance > worst.0 {
            worst = (distance, i);
        }
    }
    worst
}

fn numpy(name: &str) -> &str {
    match name {
        "uint8" => "|u1",
        "int8" => "|i1",
        "bool" => "|b1",
        "uint16" => "<u2",
        "int16" => "<i2",
        "uint32" => "<u4",
        "int32" => "<i4",
        "uint64" => "<u8",
        "int64" => "<i8",
        "float32" => "<f4",
        "float64" => "<f8",
        other => other,
    }
}

/// Name, type, shape and attributes of one object.
fn same_form(path: &str, due: &Value, found: &Value) -> Result<(), String> {
    let mut attributes = due["attrs"].as_object().unwrap().clone();
    if path.ends_with("/is_valid") {
        // A condition has no unit (X9).
        attributes.remove("units");
    }
    if Value::Object(attributes.clone()) != found["attrs"] {
        return Err(format!("attributes {} where {} are due", found["attrs"], Value::Object(attributes)));
    }
    if let Some(dtype) = due["dtype"].as_str() {
        if found["dtype"].as_str() != Some(numpy(dtype)) {
            return Err(format!("type {} where {dtype} is due", found["dtype"]));
        }
        if found["shape"] != due["shape"] {
            return Err(format!("shape {} where {} is due", found["shape"], due["shape"]));
        }
    }
    Ok(())
}

fn read(file: &Hdf5File, path: &str) -> Vec<f64> {
    let Node::Dataset(dataset) = file.get(path).unwrap() else { panic!("{path} is no dataset") };
    numbers(&dataset.read(&Rows::All, &Inline).unwrap())
}

/// Power of some frequencies by the sum that defines it, from the smoothed samples that the chain took it of.
#[allow(clippy::disallowed_methods, reason = "a reference of its own")]
fn spectra(job: &Value, folder: &Path, table: &str) -> Result<(), String> {
    let (_kept, output) = run(job, folder, |options| {
        options.outputs = Some(vec!["wf_gaus".to_owned(), "psd".to_owned()]);
        options.count = Some(3);
    })?;
    let file = Hdf5File::open_path(&output).unwrap();
    let (samples, power) = (read(&file, &format!("{table}/dsp/wf_gaus/values")), read(&file, &format!("{table}/dsp/psd")));
    let (length, n) = (samples.len() / 3, 1024);
    for row in 0..3 {
        let wave = &samples[row * length..row * length + n];
        let of = |k: usize| {
            let turn = |i: usize| 2.0 * std::f64::consts::PI * ((i * k) % n) as f64 / n as f64;
            let (mut re, mut im) = (0.0, 0.0);
            for (i, sample) in wave.iter().enumerate() {
                re += sample * turn(i).cos();
                im -= sample * turn(i).sin();
            }
            (re * re + im * im) / n as f64
        };
        for k in [0, 1, 7, 200, 511, 512] {
            let (ours, due) = (power[row * 513 + k], of(k));
            if (ours - due).abs() > 1e-6 * due + 1e-9 {
                return Err(format!("row {row}, frequency {k}: {ours} where {due} is due"));
            }
        }
    }
    Ok(())
}

#[test]
fn chains_equal_the_references() {
    let Some(root) = shared() else { return };
    let folder = root.join("refs/signals");
    let peer = Npz::open(Arc::new(LocalFile::open(&folder.join("chains.npz")).unwrap())).unwrap();
    let truths = ["hpge_truth.json", "hpge_l200_truth.json"].map(|name| (name, load(&folder.join(name))));
    let (mut score, mut worst_of_all) = (Score::default(), 0.0_f64);
    let mut truth_scores = [Score::default(), Score::default()];
    for job in load(&folder.join("chains.json")).as_array().unwrap() {
        let name = job["name"].as_str().unwrap();
        let (_temporary, output) = match run(job, &folder, |_| ()) {
            Ok(made) => made,
            Err(missing) => {
                score.wait(&missing);
                continue;
            }
        };
        let found = objects(&output);
        let file = Hdf5File::open_path(&output).unwrap();
        let due = job["objects"].as_object().unwrap();
        for extra in found.keys().filter(|path| !due.contains_key(*path)) {
            score.check(false, || format!("{name}: {extra} was made, too"));
        }
        for (path, due) in due {
            let Some(object) = found.get(path) else {
                score.check(false, || format!("{name}: no {path}"));
                continue;
            };
            let form = same_form(path, due, object);
            score.check(form.is_ok(), || format!("{name}: {path}: {}", form.clone().unwrap_err()));
            if form.is_err() || due.get("dtype").is_none() {
                continue;
            }
            let column = path.split('/').nth(2).unwrap_or("");
            let ours = read(&file, path);
            let table = path.split("/dsp").next().unwrap_or("");
            let of_table = |truth: &Value| truth["chain"] == name && truth["group"] == format!("{table}/raw");
            if let Some(k) = truths.iter().position(|(_, truth)| of_table(truth))
                && let Some(values) = truths[k].1["values"][column].as_array()
            {
                let values: Vec<f64> = values.iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect();
                let mut due = values.clone();
                if column == "tp_aoe_max" {
                    // The truth counts in samples of the upsampled current; the column is a time on its grid.
                    due = numbers(&peer.read(&format!("{name}/{path}")).unwrap());
                }
                let (distance, row) = worst(&ours, &due, against_truth(column));
                worst_of_all = worst_of_all.max(distance);
                truth_scores[k].check(distance <= 1.0, || {
                    format!("{path}: row {row}: {} where {} is due: {distance} times the bound", ours[row], due[row])
                });
            }
            if column == "psd" {
                // The peer computes it into a place that is thrown away, and writes zeros (X7).
                let sums = spectra(job, &folder, table);
                score.check(sums.is_ok(), || format!("{name}: {path}: {}", sums.clone().unwrap_err()));
                continue;
            }
            let mut theirs = numbers(&peer.read(&format!("{name}/{path}")).unwrap());
            if column == "drift" || column == "t_diff" {
                // The peer writes samples as nanoseconds (X2); its time points are right.
                let minuend = if column == "drift" { ["tp_99", "tp_0_est"] } else { ["tp_max_w", "tp_0"] };
                let [a, b] = minuend.map(|tp| numbers(&peer.read(&format!("{name}/{table}/dsp/{tp}")).unwrap()));
                theirs = a.iter().zip(&b).map(|(a, b)| a - b).collect();
            }
            let distances = &truths.iter().find(|(_, truth)| truth["chain"] == name).map_or(&truths[0].1, |(_, t)| t)["peer_float32_against_this"];
            let (distance, row) = worst(&ours, &theirs, against_peer(column, distances));
            score.check(distance <= 1.0, || {
                format!(
                    "{name}: {path}: number {row}: {} where the peer has {}: {distance} times the bound",
                    ours[row], theirs[row]
                )
            });
        }
    }
    score.report("signals/chains.json");
    for (score, (file, _)) in truth_scores.iter().zip(&truths) {
        score.report(&format!("signals/{file}"));
    }
    say(&format!("    largest distance from the truth in units of its bound: {worst_of_all:.3}"));
    assert!(score.failed.is_empty() && truth_scores.iter().all(|score| score.failed.is_empty() && score.passed > 0));
}

/// Values of all datasets of a file.
fn bits(path: &Path) -> Vec<(String, Value)> {
    objects(path).into_iter().map(|(path, object)| (path, object["sha256"].clone())).collect()
}

#[test]
fn blocks_buffers_threads_and_registers_change_no_bit() {
    let Some(root) = shared() else { return };
    let folder = root.join("refs/signals");
    let jobs = load(&folder.join("chains.json"));
    let mut wide = Vec::new();
    for job in jobs.as_array().unwrap() {
        let Ok((_kept, output)) = run(job, &folder, |_| ()) else { continue };
        let due = bits(&output);
        for (rows, threads) in [(1, 2), (7, 1), (16, 8), (64, 2), (100_000, 1)] {
            let (_kept, output) = run(job, &folder, |options| {
                options.block_rows = Some(rows);
                options.threads = threads;
            })
            .unwrap();
            assert_eq!(bits(&output), due, "{}: blocks of {rows} rows, {threads} threads", job["name"]);
        }
        wide.push((job, due));
    }
    // From here on as with GERMANE_SIMD=off; the other test of this program has the same numbers either way.
    germane_numerics::simd::use_narrow_kernels();
    for (job, due) in wide {
        let (_kept, output) = run(job, &folder, |_| ()).unwrap();
        assert_eq!(bits(&output), due, "{}: narrow registers", job["name"]);
    }
}
