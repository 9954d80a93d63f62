//! The numbers that figures must draw, from `refs/histograms/figures.json` (formulas of the specification), and ticks.

#![expect(clippy::print_stdout, reason = "the line that `make refs` collects")]

use std::path::PathBuf;

use germane_reports::figure::{Figure, Layer, Points};
use germane_reports::recipes::{
    Contents, Correlation, DataMc, Efficiency, Fit, Histogram, Limit, Process, PullErrors, Pulls, Quantity, Ranking, Recipe,
    Scan, TwoDimensions, rise,
};
use germane_reports::{png, read, svg};
use germane_texts::Source;
use serde_json::Value;

fn references() -> Option<Value> {
    shared("refs/histograms/figures.json")
}

#[expect(clippy::disallowed_methods, reason = "the place of the references")]
fn shared(path: &str) -> Option<Value> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let text = std::fs::read_to_string(root.join(path)).ok()?;
    serde_json::from_str(&text).ok()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|v| v.as_str().unwrap_or_default().to_owned()).collect()
}

/// What was compared, and how far off the worst number is.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: Vec<String>,
    pending: Vec<(String, usize)>,
    worst: f64,
}

impl Tally {
    /// Relative to 1 or the number: the formulas are a few operations long, so 1e-12 is 5000 roundings.
    fn close(&mut self, what: &str, ours: &[f64], theirs: &[f64]) {
        let same = ours.len() == theirs.len();
        let mut worst = 0.0f64;
        for (a, b) in ours.iter().zip(theirs) {
            if !(a.is_nan() && b.is_nan()) {
                let error = (a - b).abs() / b.abs().max(1.0);
                worst = worst.max(if error.is_nan() { f64::INFINITY } else { error });
            }
        }
        self.worst = self.worst.max(worst);
        self.check(what, same && worst <= 1e-12);
    }

    fn check(&mut self, what: &str, passed: bool) {
        if passed { self.passed += 1 } else { self.failed.push(what.to_owned()) }
    }
}

fn points<'a>(figure: &'a Figure, panel: usize) -> &'a Points {
    let find = |layer: &'a Layer| if let Layer::Points(points) = layer { Some(points) } else { None };
    figure.panels[panel].layers.iter().find_map(find).expect("points")
}

fn band(figure: &Figure, panel: usize) -> (&[f64], &[f64]) {
    let band = figure.panels[panel].layers.iter().find_map(|l| if let Layer::Band(band) = l { Some(band) } else { None });
    band.map(|band| (band.low.as_slice(), band.high.as_slice())).expect("a band")
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Every figure is drawn, and its document read back is the same figure.
fn drawn(tally: &mut Tally, kind: &str, figure: &Figure) {
    tally.check(&format!("{kind}: svg"), svg(figure).ends_with("</svg>\n"));
    tally.check(&format!("{kind}: png"), png(figure).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG")));
    let back = read(&Source::new("figure.json", figure.to_json()));
    tally.check(&format!("{kind}: reads what it writes"), back.is_ok_and(|back| back.to_json() == figure.to_json()));
}

fn data_mc(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let edges = numbers(&input["edges"]);
    let processes = input["samples"].as_array().unwrap().iter().map(|sample| Process {
        name: sample["name"].as_str().unwrap().into(),
        values: numbers(&sample["values"]),
        variances: numbers(&sample["variances"]),
    });
    let data = numbers(&input["data"]);
    let mut recipe = DataMc {
        edges: edges.clone(),
        processes: processes.collect(),
        keep_order: true,
        systematic: numbers(&input["systematic"]),
        data: Some(Contents::counts(&edges, &data)),
        x: Quantity::new("$p_T$", Some("GeV")),
        ..DataMc::default()
    };
    // The case's bins have two widths: ours are shown per width, the plain numbers come from the same recipe's parts.
    tally.close("data_mc: total", &recipe.total(), &numbers(&expect["total"]));
    let uncertainty = recipe.uncertainty();
    let total = recipe.total();
    tally.close("data_mc: band low", &minus(&total, &uncertainty), &numbers(&expect["band_low"]));
    let high: Vec<f64> = total.iter().zip(&uncertainty).map(|(t, u)| t + u).collect();
    tally.close("data_mc: band high", &high, &numbers(&expect["band_high"]));
    let bars = recipe.data.as_ref().unwrap().bars();
    tally.close("data_mc: bars low", &minus(&data, &bars.low), &numbers(&expect["data_error_low"]));
    tally.close("data_mc: bars high", &minus(&bars.high, &data), &numbers(&expect["data_error_high"]));

    let figure = recipe.figure();
    let per = &expect["per_width"];
    let main = points(&figure, 0);
    tally.close("data_mc: data per width", &main.values, &numbers(&per["data"]));
    tally.close("data_mc: bars low per width", &minus(&main.values, &main.low), &numbers(&per["data_error_low"]));
    tally.close("data_mc: bars high per width", &minus(&main.high, &main.values), &numbers(&per["data_error_high"]));
    let Layer::Stack(stack) = &figure.panels[0].layers[0] else { panic!("a stack first") };
    let mut sum = vec![0.0; data.len()];
    for (sample, top) in stack.samples.iter().zip(expect["stack_tops"].as_array().unwrap()) {
        for (s, v) in sum.iter_mut().zip(&sample.values) {
            *s += v;
        }
        let per_width: Vec<f64> = numbers(top).iter().zip(edges.windows(2)).map(|(v, e)| v / (e[1] - e[0])).collect();
        tally.close("data_mc: top of a stack", &sum, &per_width);
    }
    tally.close("data_mc: total per width", &sum, &numbers(&per["total"]));
    let ratio = points(&figure, 1);
    tally.close("data_mc: ratio", &ratio.values, &numbers(&expect["ratio"]));
    tally.close("data_mc: ratio low", &minus(&ratio.values, &ratio.low), &numbers(&expect["ratio_error_low"]));
    tally.close("data_mc: ratio high", &minus(&ratio.high, &ratio.values), &numbers(&expect["ratio_error_high"]));
    tally.close("data_mc: ratio band low", band(&figure, 1).0, &numbers(&expect["ratio_band_low"]));
    tally.close("data_mc: ratio band high", band(&figure, 1).1, &numbers(&expect["ratio_band_high"]));
    tally.close("data_mc: chi2", &[recipe.chi2().unwrap()], &[expect["chi2"].as_f64().unwrap()]);
    tally.check("data_mc: legend", figure.legend == names(&expect["legend"]));
    drawn(tally, "data_mc", &figure);
    recipe.log = true;
    drawn(tally, "data_mc log", &recipe.figure());
}

fn pulls(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let recipe = Pulls { names: names(&input["names"]), pulls: numbers(&input["pull"]), errors: numbers(&input["uncertainty"]) };
    let figure = recipe.figure();
    let drawn_points = points(&figure, 0);
    let half: Vec<f64> = minus(&drawn_points.x_high, &drawn_points.x_low).iter().map(|w| 0.5 * w).collect();
    tally.close("pulls: point", &drawn_points.x, &numbers(&expect["point"]));
    tally.close("pulls: error", &half, &numbers(&expect["error"]));
    let bands: Vec<f64> =
        figure.panels[0].layers.iter().filter_map(|l| if let Layer::Vspan(s) = l { Some(s.high) } else { None }).collect();
    tally.check("pulls: bands", bands.iter().rev().copied().collect::<Vec<_>>() == numbers(&expect["bands"]));
    tally.check("pulls: order", figure.panels[0].axes.y.categories == names(&input["names"]));
    drawn(tally, "pulls", &figure);
}

fn pull_panel(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let data = numbers(&input["data"]);
    let edges: Vec<f64> = (0..=data.len()).map(|i| i as f64).collect();
    let recipe = Fit {
        data: Contents::counts(&edges, &data),
        expected: numbers(&input["model"]),
        expected_variances: numbers(&input["model_variances"]),
        pull_errors: PullErrors::Gaussian,
        ..Fit::default()
    };
    let figure = recipe.figure();
    let Some(Layer::Steps(steps)) = figure.panels[1].layers.iter().find(|l| matches!(l, Layer::Steps(_))) else {
        panic!("pulls")
    };
    tally.close("pull_panel: pull", &steps.values, &numbers(&expect["pull"]));
    drawn(tally, "pull_panel", &figure);
}

fn ranking(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let side = |name: &str| numbers(&input[name]);
    let recipe = Ranking {
        names: names(&input["names"]),
        pulls: side("pull"),
        errors: side("uncertainty"),
        prefit: [side("prefit_up"), side("prefit_down")],
        postfit: [side("postfit_up"), side("postfit_down")],
        ..Ranking::default()
    };
    let figure = recipe.figure();
    let axes = &figure.panels[0].axes;
    tally.check("ranking: order", axes.y.categories == names(&expect["order"]));
    tally.check("ranking: axes", axes.top.is_some() && axes.x.label.contains("theta"));
    let picked: Vec<f64> = recipe.order().iter().map(|&i| recipe.postfit[0][i]).collect();
    let bars = figure.panels[0].layers.iter().find_map(|l| if let Layer::Bars(bars) = l { Some(&bars.values) } else { None });
    tally.close("ranking: impacts", bars.unwrap(), &picked);
    drawn(tally, "ranking", &figure);
}

fn correlation(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let rows = |value: &Value| value.as_array().unwrap().clone();
    let recipe = Correlation {
        names: names(&input["names"]),
        matrix: rows(&input["matrix"]).iter().map(numbers).collect(),
        prune_below: input["prune_below"].as_f64().unwrap(),
    };
    let figure = recipe.figure();
    let Layer::Image(image) = &figure.panels[0].layers[0] else { panic!("cells") };
    tally.check("correlation: kept", figure.panels[0].axes.y.categories == names(&expect["kept"]));
    tally.close("correlation: limits", &image.limits, &numbers(&expect["colour_limits"]));
    // Ours are column by column with a typographic minus; the matrix is symmetric.
    let wanted: Vec<String> = rows(&expect["cell_text"]).iter().flat_map(names).map(|t| t.replace('-', "−")).collect();
    tally.check("correlation: texts", image.texts == wanted);
    drawn(tally, "correlation", &figure);
}

fn limit(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let at = |name: &str| numbers(&input[name]);
    let recipe = Limit {
        x: at("x"),
        expected: ["minus2", "minus1", "expected", "plus1", "plus2"].map(at),
        observed: Some(at("observed")),
        theory: Some(("Theory".into(), at("theory"))),
        log: true,
        ..Limit::default()
    };
    let figure = recipe.figure();
    let mut order = Vec::new();
    for layer in &figure.panels[0].layers {
        match layer {
            Layer::Band(band) => {
                let sigma = if band.look.role == "one_sigma" { "1" } else { "2" };
                order.push(format!("{sigma} sigma"));
                let (low, high) = (at(&format!("minus{sigma}")), at(&format!("plus{sigma}")));
                tally.close("limit: band", &[band.low.clone(), band.high.clone()].concat(), &[low, high].concat());
                let colour = expect["band_colours"][sigma].as_str().unwrap().to_lowercase();
                tally.check("limit: colour", svg(&figure).contains(&format!("fill=\"{colour}\"")));
            }
            Layer::Line(line) => {
                tally.close("limit: line", &line.y, &at(&line.look.role));
                order.push(line.look.role.clone());
            }
            _ => {}
        }
    }
    tally.check("limit: order", order == names(&expect["order"]));
    drawn(tally, "limit", &figure);
}

fn two_dimensions(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let recipe = TwoDimensions {
        x_edges: numbers(&input["x_edges"]),
        y_edges: numbers(&input["y_edges"]),
        values: input["values"].as_array().unwrap().iter().flat_map(numbers).collect(),
        ..TwoDimensions::default()
    };
    let figure = recipe.figure();
    let Layer::Image(image) = &figure.panels[0].layers[0] else { panic!("cells") };
    tally.close("two_dimensions: limits", &image.limits, &numbers(&expect["colour_limits"]));
    let rows = recipe.y_edges.len() - 1;
    let empty: Vec<Vec<f64>> = (0..image.values.len())
        .filter(|&i| image.values[i].is_nan())
        .map(|i| vec![(i / rows) as f64, (i % rows) as f64])
        .collect();
    let wanted: Vec<Vec<f64>> = expect["empty_cells"].as_array().unwrap().iter().map(numbers).collect();
    tally.check("two_dimensions: empty cells", empty == wanted);
    drawn(tally, "two_dimensions", &figure);
}

fn efficiency(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let curves = vec![("Efficiency".into(), numbers(&input["passed"]), numbers(&input["total"]))];
    let figure = Efficiency { edges: numbers(&input["edges"]), curves, x: Quantity::default() }.figure();
    let drawn_points = points(&figure, 0);
    tally.close("efficiency: value", &drawn_points.values, &numbers(&expect["value"]));
    tally.close("efficiency: low", &drawn_points.low, &numbers(&expect["low"]));
    tally.close("efficiency: high", &drawn_points.high, &numbers(&expect["high"]));
    drawn(tally, "efficiency", &figure);
}

fn scan(tally: &mut Tally, case: &Value) {
    let (input, expect) = (&case["input"], &case["expect"]);
    let curves = vec![("NLL".into(), numbers(&input["two_delta_nll"]))];
    let figure = Scan { parameter: Quantity::new("$\\mu$", None), x: numbers(&input["x"]), curves, best: None }.figure();
    let mut lines = 0;
    for layer in &figure.panels[0].layers {
        match layer {
            Layer::Hline(line) => {
                lines += 1;
                tally.close("scan: level", &[line.at], &[expect["lines"][&line.look.name].as_f64().unwrap()]);
            }
            Layer::Line(line) => tally.close("scan: curve", &line.y, &numbers(&input["two_delta_nll"])),
            _ => {}
        }
    }
    tally.check("scan: both levels", lines == 2);
    // erf(1/√2), erf(√2): the probabilities that 68.3 % and 95.4 % stand for.
    for (name, probability) in [("68.3 %", 0.6826894921370859), ("95.4 %", 0.9544997361036416), ("95 %", 0.95)] {
        let wanted = expect["contour_levels_2d"][name].as_f64().unwrap();
        tally.close("scan: contour", &[rise(probability, 2)], &[wanted]);
    }
    drawn(tally, "scan", &figure);
}

fn ticks(tally: &mut Tally, cases: &Value) {
    for case in cases.as_array().unwrap() {
        let (low, high) = (case["low"].as_f64().unwrap(), case["high"].as_f64().unwrap());
        let ours = germane_reports::ticks::linear(low, high, case["bins"].as_u64().unwrap() as usize);
        // matplotlib adds steps up, so its ticks are off by roundings; relative to the range.
        let theirs: Vec<f64> = numbers(&case["ticks"]).iter().map(|t| (t - low) / (high - low)).collect();
        // It also writes ticks beyond the ends: those within the range are compared.
        let ours: Vec<f64> = ours.iter().map(|t| (t - low) / (high - low)).collect();
        let range = (high - low).abs().max(f64::MIN_POSITIVE);
        let worst = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0f64, f64::max);
        // A double of size |high| has this spacing in parts of the range.
        let spacing = 4.0 * f64::EPSILON * high.abs().max(low.abs()) / range;
        tally.check(&format!("ticks {low} {high}"), ours.len() == theirs.len() && worst <= 1e-12f64.max(spacing));
    }
}

#[test]
fn figures_draw_the_numbers_of_the_references() {
    let Some(references) = references() else {
        println!("not run: no shared references");
        return;
    };
    let mut tally = Tally::default();
    for case in references["figures"].as_array().unwrap() {
        match case["kind"].as_str().unwrap() {
            "data_mc" => data_mc(&mut tally, case),
            "pulls" => pulls(&mut tally, case),
            "pull_panel" => pull_panel(&mut tally, case),
            "ranking" => ranking(&mut tally, case),
            "correlation" => correlation(&mut tally, case),
            "limit" => limit(&mut tally, case),
            "two_dimensions" => two_dimensions(&mut tally, case),
            "efficiency" => efficiency(&mut tally, case),
            "likelihood_scan" => scan(&mut tally, case),
            other => tally.pending.push((other.to_owned(), 1)),
        }
    }
    ticks(&mut tally, &references["ticks"]);
    let pending: Vec<String> = tally.pending.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
    let waiting = if pending.is_empty() { String::new() } else { format!(" ({})", pending.join(", ")) };
    println!(
        "\nrefs/histograms/figures.json  {} passed  {} failed  {} pending{waiting}  worst {:.1e}",
        tally.passed,
        tally.failed.len(),
        tally.pending.len(),
        tally.worst
    );
    assert!(tally.failed.is_empty(), "{:?}", tally.failed);
}

#[test]
fn the_density_of_bins_of_other_widths_is_that_of_case_f01() {
    let Some(cases) = shared("cases/expected.json") else {
        println!("not run: no shared cases");
        return;
    };
    let case = &cases["F01"];
    let contents = Contents::counts(&numbers(&case["edges"]), &numbers(&case["counts"]));
    let recipe = Histogram { histograms: vec![("Data".into(), contents)], density: true, ..Histogram::default() };
    let figure = recipe.figure();
    let drawn_points = points(&figure, 0);
    let mut tally = Tally::default();
    tally.close("F01: density", &drawn_points.values, &numbers(&case["density"]));
    let integral: f64 = drawn_points.values.iter().zip(drawn_points.edges.windows(2)).map(|(v, e)| v * (e[1] - e[0])).sum();
    tally.close("F01: integral", &[integral], &[1.0]);
    // mpmath 1.3, 40 digits: Garwood interval of 10 is 6.891305560638357 .. 14.26694976100939; the first bin has width 1 of total 100.
    tally.close("F01: bar", &[drawn_points.low[0], drawn_points.high[0]], &[0.06891305560638357, 0.1426694976100939]);
    assert!(tally.failed.is_empty(), "{:?}", tally.failed);
}
