//! Fits against the truth files of ../shared; says "not run" where they are absent. One line a file.
#![allow(clippy::print_stdout)] // the tallies are the output of this suite

mod bayes;
mod combination;
mod eft;
mod minuit;
mod random_starts;
mod suite;
mod toys;

use germane_inference::{
    Fit, FittedParameter, ImpactKind, Minos, Options, State, Yield, hypothesis, minimise, postfit_yields, prefit_yields, ranking,
};
use germane_models::density::{Argument, ComponentSpec, DensityChannel, DensityModel, DensitySpec, Observations, ShapeSpec};
use germane_models::patchset::PatchSet;
use germane_models::workspace::Workspace;
use germane_models::{Constraint, Curvature, Likelihood, Model, Parameter};
use germane_numerics::Inline;
use germane_numerics::dense::Matrix;
use germane_numerics::maths;
use germane_texts::Source;
use serde_json::Value;
use sha2::{Digest, Sha256};
use suite::{Tally, names, number, numbers, reference, relative, root, shared};

/// The model's value for each of the truth's parameters, whatever their order.
fn places(model: &Model, truth: &[&str]) -> Vec<usize> {
    truth.iter().map(|name| model.index(name).unwrap_or_else(|| panic!("no parameter {name}"))).collect()
}

/// Probe point k of make_pyhf_refs.py.
fn probe(model: &Model, places: &[usize], k: f64) -> Vec<f64> {
    let mut x = model.start();
    for (i, &place) in places.iter().enumerate() {
        let parameter = &model.parameters()[place];
        let alpha =
            matches!(parameter.constraint, Some(Constraint::Normal { centre, .. }) if centre == 0.0 && parameter.lower == -5.0);
        let amplitude = if parameter.fixed { 0.0 } else { k * if alpha { 0.9 } else { 0.06 } };
        let moved = parameter.start + amplitude * maths::sin(1.0 + 0.7 * i as f64 + k);
        let (low, high) = (parameter.start.min(parameter.lower + 1e-3), parameter.start.max(parameter.upper - 1e-3));
        x[place] = moved.clamp(low, high);
    }
    x
}

fn workspaces(tally: &mut Tally, name: &str, truth: &Value) {
    let file = format!("data/statistics/pyhf/{name}");
    let (Some(background), Some(patches)) = (shared(&format!("{file}.json")), shared(&format!("{file}.patchset.json"))) else {
        return;
    };
    let background = Source::new(format!("{name}.json"), background);
    let patches = PatchSet::read(&Source::new(format!("{name}.patchset.json"), patches)).unwrap();
    for (patch, truth) in truth.as_object().unwrap() {
        let workspace = Workspace::read(&patches.apply(&background, patch).unwrap()).unwrap();
        let model = workspace.model(None).unwrap();
        let order = names(&truth["parameters"]);
        let places = places(&model, &order);
        tally.check(format!("{patch}: number of parameters"), places.len() == model.parameters().len());
        settings(tally, patch, truth, &model, &places);
        for point in truth["probes"].as_array().unwrap() {
            derivatives(tally, patch, point, &model, &places);
        }
        fit(tally, patch, truth, &model, &order);
        hypothesis_tests(tally, patch, truth, &model);
        yield_errors(tally, patch, &truth["fit"], &model);
    }
}

fn yield_errors(tally: &mut Tally, patch: &str, truth: &Value, model: &Model) {
    let fit = minimise(model, &Options::default());
    let totals: Vec<Yield> = postfit_yields(model, &fit).unwrap().into_iter().filter(|one| one.sample.is_none()).collect();
    let ours = totals.iter().flat_map(|one| one.errors.iter().copied());
    let expected = numbers(&truth["expected"]);
    let worst = ours
        .zip(numbers(&truth["expected_error"]))
        .zip(expected)
        .map(|((ours, theirs), size)| (ours - theirs).abs() / (1e-6 * theirs.max(1e-6 * size)));
    tally.close(format!("{patch}: errors of the yields"), worst.fold(0.0, f64::max));
}

fn hypothesis_tests(tally: &mut Tally, patch: &str, truth: &Value, model: &Model) {
    let (options, poi) = (Options::default(), model.poi().unwrap());
    let name = |what: &str| format!("{patch}: {what}");
    let asimov = hypothesis::without_signal(model, poi, &options).unwrap();
    let mut tests = hypothesis::Tests::new(model, &asimov, poi, &options).unwrap();
    for (value, truth) in truth["hypotest"].as_object().unwrap() {
        let tested = tests.test(value.parse().unwrap()).unwrap();
        let statistic = |ours: f64, key: &str| (ours - number(&truth[key])).abs() / (1e-7 * number(&truth[key]).max(1.0));
        tally.close(name(&format!("q~({value})")), statistic(tested.statistic, "qmu_tilde"));
        tally.close(name(&format!("Asimov q~({value})")), statistic(tested.asimov, "qmu_asimov"));
        tally.close(name(&format!("CLs({value})")), relative(tested.p.cls, number(&truth["CLs_qtilde"]), 1e-7));
        for (band, (ours, truth)) in tested.expected.iter().zip(numbers(&truth["CLs_expected"])).enumerate() {
            tally.close(name(&format!("CLs({value}) band {band} {ours:e} {truth:e}")), relative(*ours, truth, 1e-7));
        }
    }
    let discovery = hypothesis::discovery(model, poi, &options).unwrap();
    let expected = &truth["discovery"];
    for (ours, key) in [(discovery.statistic, "q0"), (discovery.expected_statistic, "q0_asimov_mu1")] {
        tally.close(name(key), (ours - number(&expected[key])).abs() / (1e-7 * number(&expected[key]).max(1.0)));
    }
    for (ours, key) in [(discovery.p, "p0"), (discovery.expected_p, "p0_expected_median")] {
        tally.close(name(key), relative(ours, number(&expected[key]), 1e-6));
    }
    let limit = hypothesis::upper_limit(&mut tests, 0.95).unwrap();
    let expected = &truth["upper_limit"];
    tally.close(name("limit"), relative(limit.observed, number(&expected["observed"]), 1e-6));
    for (band, (ours, truth)) in limit.expected.iter().zip(numbers(&expected["expected"])).enumerate() {
        tally.close(name(&format!("limit band {band} {ours} {truth}")), relative(*ours, truth, 1e-6));
    }
}

fn settings(tally: &mut Tally, patch: &str, truth: &Value, model: &Model, places: &[usize]) {
    let (init, lower, upper) = (numbers(&truth["init"]), numbers(&truth["lower"]), numbers(&truth["upper"]));
    let fixed = names(&truth["fixed"]);
    let mut good = true;
    for (i, &place) in places.iter().enumerate() {
        let parameter = &model.parameters()[place];
        good &= (parameter.start, parameter.lower, parameter.upper) == (init[i], lower[i], upper[i]);
        good &= parameter.fixed == fixed.contains(&parameter.name.as_str());
        let (value, width) = (&truth["aux_value"][i], &truth["aux_width_or_tau"][i]);
        good &= match parameter.constraint {
            None => value.is_null(),
            Some(Constraint::Normal { centre, width: sigma }) => {
                centre == number(value) && relative(sigma, number(width), 1e-14) <= 1.0
            }
            Some(Constraint::Poisson { observed, rate }) => {
                relative(observed, number(value), 1e-14) <= 1.0 && relative(rate, number(width), 1e-14) <= 1.0
            }
            _ => false,
        };
    }
    tally.check(format!("{patch}: start, bounds, constraints"), good);
}

fn derivatives(tally: &mut Tally, patch: &str, truth: &Value, model: &Model, places: &[usize]) {
    let k = number(&truth["k"]);
    let x = probe(model, places, k);
    let name = |what: &str| format!("{patch} probe {k}: {what}");
    tally.close(name("nll"), relative(model.nll(&x), number(&truth["nll"]), 1e-12));
    let expected = model.expected(&x).into_iter().zip(numbers(&truth["expected"]));
    tally.close(name("expected"), expected.map(|(ours, truth)| relative(ours, truth, 1e-12)).fold(0.0, f64::max));
    let size = places.len();
    let (mut gradient, mut hessian) = (vec![0.0; size], Matrix::zeros(size, size));
    model.evaluate(&x, Curvature::Exact, &mut gradient, &mut hessian);
    let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
    let size = number(&truth["gradient_norm"]);
    tally.close(name("gradient norm"), relative(norm(&gradient), size, 1e-10));
    if truth["gradient"].is_array() {
        let pairs = places.iter().zip(numbers(&truth["gradient"]));
        tally.close(
            name("gradient"),
            pairs.map(|(&place, truth)| (gradient[place] - truth).abs() / (1e-10 * size)).fold(0.0, f64::max),
        );
    }
    let trace: f64 = (0..places.len()).map(|i| hessian[(i, i)]).sum();
    tally.close(name("Hessian trace"), relative(trace, number(&truth["hessian_trace"]), 1e-10));
    tally.close(name("Hessian norm"), relative(norm(hessian.data()), number(&truth["hessian_frobenius"]), 1e-10));
}

fn fit(tally: &mut Tally, patch: &str, truth: &Value, model: &Model, order: &[&str]) {
    let poi = truth["poi"].as_str().unwrap().to_owned();
    let options = Options::default().minos(Minos::Named(vec![poi.clone()]));
    let fit = minimise(model, &options);
    let truth = &truth["fit"];
    let name = |what: &str| format!("{patch} fit: {what}");
    tally.check(name(&format!("state {} {}", fit.state.word(), fit.reason)), fit.is_valid());
    tally.close(name("nll"), (fit.nll - number(&truth["nll"])).abs() / 1e-9);
    let (x, hesse) = (numbers(&truth["x"]), numbers(&truth["hesse"]));
    let (mut shift, mut error): (f64, f64) = (0.0, 0.0);
    for (i, parameter) in order.iter().enumerate() {
        let ours = fit.parameter(parameter).unwrap();
        let scale = if hesse[i] > 0.0 { hesse[i] } else { 1.0 };
        shift = shift.max((ours.value - x[i]).abs() / (1e-5 * scale));
        if hesse[i] > 0.0 {
            error = error.max(relative(ours.error.unwrap_or(f64::NAN), hesse[i], 1e-6));
        }
    }
    tally.close(name("parameters"), shift);
    tally.close(name("errors"), error);
    let mut at_bound: Vec<&str> = fit.parameters.iter().filter(|p| p.at_bound.is_some()).map(|p| p.name.as_str()).collect();
    let mut held = names(&truth["at_bound"]);
    at_bound.sort_unstable();
    held.sort_unstable();
    tally.check(name(&format!("at bound {at_bound:?} {held:?}")), at_bound == held);
    let minos = fit.parameter(&poi).and_then(|parameter| parameter.minos).unwrap_or([None; 2]);
    for (ours, side) in minos.into_iter().zip(["down", "up"]) {
        let truth = &truth["minos_poi"][side];
        match ours {
            Some(ours) if truth.is_number() => {
                tally.close(name(&format!("{side} {ours} {truth}")), relative(ours, number(truth), 1e-6));
            }
            _ => tally.check(name(&format!("minos {side}: {ours:?} {truth}")), ours.is_none() && truth.is_null()),
        }
    }
}

#[test]
fn public_workspaces_have_the_true_values_derivatives_and_minima() {
    for name in [
        "susy-2018-04",
        "susy-2018-14",
        "susy-2018-16-ewkinos",
        "susy-2018-22-simplified",
        "susy-2018-31-A",
        "susy-2018-31-C",
        "susy-2019-09-offshell",
    ] {
        let file = format!("statistics/pyhf/{name}.json");
        let Some(truth) = reference(&file) else { return };
        let mut tally = Tally::new(&file);
        workspaces(&mut tally, name, &truth);
        tally.finish();
    }
}

#[test]
fn hard_models_end_in_the_true_minimum_or_say_why_not() {
    let file = "statistics/hard.json";
    let Some(cases) = reference(file) else { return };
    let mut tally = Tally::new(file);
    for (case, content) in cases.as_object().unwrap() {
        let text = content["workspace"].to_string();
        let model = Workspace::read(&Source::new(format!("{case}.json"), text)).unwrap().model(None).unwrap();
        let fit = minimise(&model, &Options::default());
        hard(&mut tally, case, &content["truth"], &model, &fit);
    }
    tally.finish();
}

fn hard(tally: &mut Tally, case: &str, truth: &Value, model: &Model, fit: &Fit) {
    let name = |what: &str| format!("{case}: {what}");
    match case {
        "empty_bin_with_data" => {
            tally.check(name("state"), fit.state == State::NotFinite && fit.nll == f64::INFINITY);
            for word in names(&truth["error_names"]) {
                tally.check(name(&fit.reason), fit.reason.contains(word));
            }
        }
        "flat_direction" => {
            tally.check(name(fit.state.word()), fit.state == State::FlatDirections);
            tally.close(name("nll"), (fit.nll - number(&truth["nll"])).abs() / 1e-9);
            let product = fit.parameter("mu").unwrap().value * fit.parameter("k").unwrap().value;
            tally.close(name("product"), relative(product, number(&truth["product_mu_k"]), 1e-6));
            for word in names(&truth["names"]) {
                tally.check(name(&fit.reason), fit.reason.contains(word));
            }
        }
        _ => {
            // The truth adds terms n ln ν, which cancel; four units in the last place of each are its rounding.
            let terms = model.observed().iter().map(|n| if *n > 1.0 { n * maths::ln(*n) } else { 0.0 });
            let allowed = 1e-9 + 4.0 * f64::EPSILON * terms.sum::<f64>();
            tally.check(name(&format!("{} {}", fit.state.word(), fit.reason)), fit.is_valid());
            tally.close(name(&format!("nll {}", fit.nll)), (fit.nll - number(&truth["nll"])).abs() / allowed);
            let (gradient, at_bound) = (numbers(&truth["gradient"]), names(&truth["at_bound"]));
            let free = names(&truth["parameters"]).into_iter().zip(&gradient).filter(|(name, _)| !at_bound.contains(name));
            let noise = free.map(|(_, slope)| slope.abs()).fold(1e-9, f64::max);
            for (i, (parameter, x)) in names(&truth["parameters"]).into_iter().zip(numbers(&truth["x"])).enumerate() {
                let ours = fit.parameter(parameter).unwrap();
                let scale = ours.error.unwrap_or(1.0);
                tally.close(name(&format!("{parameter} {}", ours.value)), (ours.value - x).abs() / (1e-6 * scale));
                // A multiplier not above what is left of the other slopes is rounding, and the list chance.
                let held = at_bound.contains(&parameter);
                if !held || gradient[i].abs() > 10.0 * noise {
                    tally.check(name(&format!("{parameter} at bound")), ours.at_bound.is_some() == held);
                }
            }
        }
    }
}

#[test]
fn an_unbinned_fit_has_the_true_values_and_intervals() {
    let file = "statistics/unbinned.json";
    let Some(truth) = reference(file) else { return };
    let mut tally = Tally::new(file);
    densities(&mut tally, &truth["densities"]);
    let truth = &truth["extended_fit"];
    let (low, high) = (number(&truth["range"][0]), number(&truth["range"][1]));
    let events = numbers(&truth["events"]);
    let constant = germane_numerics::special::ln_gamma(events.len() as f64 + 1.0);
    let p = Argument::parameter;
    let signal = ShapeSpec::new("gaussian", [("mean", p("mu")), ("sigma", p("sg"))]);
    let background = ShapeSpec::new("exponential", [("c", p("c"))]);
    let components = vec![ComponentSpec::new("s", p("ns"), signal), ComponentSpec::new("b", p("nb"), background)];
    let observations = Observations::Events { low, high, values: events };
    let channel = DensityChannel { name: "main".into(), density: DensitySpec { components }, observations };
    let point = numbers(&truth["nll_at"]["point"]);
    let order = ["ns", "nb", "mu", "sg", "c"];
    let model = |held: Option<(&str, f64)>| {
        let parameters = order.into_iter().zip(&point).map(|(name, start)| match held {
            Some((other, value)) if other == name => Parameter::new(name, value).fix(),
            _ => Parameter::new(name, *start),
        });
        DensityModel::new(parameters.collect(), vec![channel.clone()]).unwrap()
    };
    tally.close("nll", relative(model(None).nll(&point) - constant, number(&truth["nll_at"]["value"]), 1e-12));
    let fit = minimise(&model(None), &Options::default().minos(Minos::All));
    tally.check(format!("state {}", fit.reason), fit.state == State::Valid);
    // The truth's minimum is Minuit's, to its edm: that far above ours, and so many errors away.
    let edm = number(&truth["edm"]);
    let distance = number(&truth["nll"]) - (fit.nll - constant);
    tally.check(format!("nll lower by {distance:e}"), (-1e-9..=2.0 * edm + 1e-9).contains(&distance));
    let away = (4.0 * edm).sqrt().max(1e-4);
    for (name, value) in truth["values"].as_object().unwrap() {
        let ours = fit.parameter(name).unwrap();
        let error = ours.error.unwrap();
        tally.close(name, (ours.value - number(value)).abs() / (away * error));
        for (side, end) in ours.minos.unwrap().into_iter().enumerate() {
            let end = ours.value + end.unwrap();
            // By its definition: held there, and minimised from another start, -ln L is higher by 1/2.
            let rise = minimise(&model(Some((name, end))), &Options::default()).nll - fit.nll;
            tally.close(format!("rise of {name}"), (rise - 0.5).abs() / 1e-8);
            // Minuit's ends are an opinion; where it found none it left its parabolic error.
            let theirs = &truth["minos"][name][side];
            if number(theirs).abs() != number(&truth["errors"][name]) {
                tally.close(format!("minos of {name}"), (end - number(value) - number(theirs)).abs() / (1e-3 * error));
            }
        }
    }
    tally.finish();
}

/// Densities and their cumulated integrals.
fn densities(tally: &mut Tally, cases: &Value) {
    for (case, truth) in cases.as_object().unwrap() {
        let shape = match case.as_str() {
            "gauss" | "gauss_truncated" => "gaussian",
            "exponential" | "exponential_flat" => "exponential",
            "breit_wigner" => "breit_wigner",
            "voigt" => "voigtian",
            "crystalball" | "crystalball_n1" | "crystalball_right" => "crystal_ball",
            "chebyshev" => "chebychev",
            "double_crystalball" => "double_crystal_ball",
            "kde_gauss" => "kde",
            same => same,
        };
        let values = numbers(&truth["parameters"]);
        let shape = if shape == "kde" {
            ShapeSpec::kernel_estimate(values[1..].to_vec(), Argument::Constant(values[0]))
        } else {
            let arguments = germane_models::density::arguments_of(shape).unwrap();
            ShapeSpec::new(shape, arguments.into_iter().cycle().zip(values.into_iter().map(Argument::Constant)))
        };
        let component = ComponentSpec::new("all", Argument::Constant(1.0), shape);
        let (low, high) = (number(&truth["range"][0]), number(&truth["range"][1]));
        let observations = Observations::Events { low, high, values: Vec::new() };
        let channel = DensityChannel { name: case.clone(), density: DensitySpec { components: vec![component] }, observations };
        let model = DensityModel::new(Vec::new(), vec![channel]).unwrap();
        let xs = numbers(&truth["x"]);
        for (ours, truth) in model.curve(0, None, &xs, &[]).into_iter().zip(numbers(&truth["density"])) {
            tally.close(format!("{case} density"), relative(ours, truth, 1e-12));
        }
        for (&x, truth) in xs.iter().zip(numbers(&truth["cdf"])) {
            let ours = model.bin_integrals(0, None, &[low, x], &[])[0];
            tally.close(format!("{case} integral"), relative(ours, truth, 1e-12));
        }
    }
}

#[test]
fn minima_are_not_above_those_of_cabinetry() {
    for name in ["susy-2018-14", "susy-2018-22-simplified"] {
        let file = format!("statistics/cabinetry/{name}.json");
        let Some(truth) = reference(&file) else { return };
        let data = format!("data/statistics/pyhf/{name}");
        let (Some(background), Some(patches)) = (shared(&format!("{data}.json")), shared(&format!("{data}.patchset.json")))
        else {
            return;
        };
        let mut tally = Tally::new(&file);
        let patches = PatchSet::read(&Source::new(format!("{name}.patchset.json"), patches)).unwrap();
        let text = patches.apply(&Source::new(format!("{name}.json"), background), truth["patch"].as_str().unwrap()).unwrap();
        let model = Workspace::read(&text).unwrap().model(None).unwrap();
        let fit = minimise(&model, &Options::default());
        // Minuit stops above the minimum by its tolerance.
        let above = number(&truth["best_twice_nll"]) - 2.0 * fit.nll;
        tally.check(format!("-2 ln L {above:e}"), (-1e-9..1e-5).contains(&above));
        tally.close("p", relative(fit.goodness.as_ref().unwrap().p.unwrap(), number(&truth["goodness_of_fit_p"]), 1e-5));
        predictions(&mut tally, "prefit", &truth["prefit"], &model, &prefit_yields(&model));
        // Minuit's covariance of a parameter within its error of a bound is that of its transformation.
        let near = |one: &FittedParameter| {
            let reach = one.error.unwrap_or(f64::INFINITY);
            !one.fixed && (one.value - one.lower.unwrap() < reach || one.upper.unwrap() - one.value < reach)
        };
        if fit.parameters.iter().any(near) {
            tally.pending("peer's covariance near a bound", 1);
        } else {
            predictions(&mut tally, "postfit", &truth["postfit"], &model, &postfit_yields(&model, &fit).unwrap());
        }
        impacts(&mut tally, &truth, &model, &fit);
        peers_limit_and_significance(&mut tally, &truth, &model);
        tally.finish();
    }
}

/// Yields and errors by channel and sample, all samples together last, as cabinetry gives them.
fn predictions(tally: &mut Tally, kind: &str, truth: &Value, model: &Model, yields: &[Yield]) {
    for (c, (channel, _)) in model.channels().enumerate() {
        let mut ours: Vec<&Yield> = yields.iter().filter(|one| one.channel == channel).collect();
        ours.sort_by_key(|one| (one.sample.is_none(), one.sample.clone()));
        for (s, one) in ours.iter().enumerate() {
            let name = |what: &str| format!("{kind} {channel} {:?}: {what}", one.sample);
            let contents = truth["model_yields"][c].get(s).map(numbers);
            for (ours, theirs) in one.contents.iter().zip(contents.unwrap_or_default()) {
                // Their minimum is only within Minuit's tolerance.
                let allowed = if kind == "prefit" { 1e-6 } else { 1e-3 };
                tally.close(name(&format!("{ours} {theirs}")), relative(*ours, theirs, allowed));
            }
            for (ours, theirs) in one.errors.iter().zip(numbers(&truth["total_stdev_bins"][c][s])) {
                tally.close(name(&format!("error {ours} {theirs}")), relative(*ours, theirs, 1e-3));
            }
            tally.close(name("total error"), relative(one.total_error, number(&truth["total_stdev_channels"][c][s]), 1e-3));
        }
    }
}

fn impacts(tally: &mut Tally, truth: &Value, model: &Model, fit: &Fit) {
    let ranking = ranking(model, model.poi().unwrap(), fit, ImpactKind::Refit, &[], &Options::default(), &Inline).unwrap();
    let place = names(&truth["labels"]).iter().position(|label| *label == ranking.poi).unwrap();
    let sigma = number(&truth["uncertainty"][place]);
    let truth = &truth["ranking"];
    for (i, label) in names(&truth["labels"]).into_iter().enumerate() {
        let ours = ranking.rows.iter().find(|row| row.name == label).unwrap();
        let pairs = [("postfit_up", ours.postfit[0]), ("postfit_down", ours.postfit[1])];
        let prefit = ours.prefit.map(|prefit| [("prefit_up", prefit[0]), ("prefit_down", prefit[1])]);
        for (key, shift) in pairs.into_iter().chain(prefit.into_iter().flatten()) {
            let theirs = number(&truth[key][i]);
            tally.close(format!("{label} {key} {shift} {theirs}"), (shift - theirs).abs() / (2e-3 * sigma));
        }
    }
}

/// cabinetry's own tolerance is 1e-2 of the CLs level and 1e-3 of the limit.
fn peers_limit_and_significance(tally: &mut Tally, truth: &Value, model: &Model) {
    let (options, poi) = (Options::default(), model.poi().unwrap());
    let asimov = hypothesis::without_signal(model, poi, &options).unwrap();
    let mut tests = hypothesis::Tests::new(model, &asimov, poi, &options).unwrap();
    let limit = hypothesis::upper_limit(&mut tests, 0.95).unwrap();
    let theirs = &truth["limit"];
    tally.close("limit", relative(limit.observed, number(&theirs["observed"]), 1e-2));
    for (ours, theirs) in limit.expected.iter().zip(numbers(&theirs["expected"])) {
        tally.close(format!("expected limit {ours} {theirs}"), relative(*ours, theirs, 1e-2));
    }
    let discovery = hypothesis::discovery(model, poi, &options).unwrap();
    for (key, ours) in [("z", discovery.significance), ("z_expected", discovery.expected_significance)] {
        let theirs = number(&truth["significance"][key]);
        tally.close(format!("{key} {ours} {theirs}"), (ours - theirs).abs() / 1e-2);
    }
}

/// The text of make_big_model.py, if there is a Python to run it.
fn big_model(size: &str) -> Option<String> {
    let script = root().join("refs/statistics/make_big_model.py");
    let output = std::process::Command::new("python3").arg(script).arg(size).output().ok()?;
    if !output.status.success() {
        println!("not run: python3 cannot make the model of {size}");
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

#[test]
fn generated_models_of_many_parameters_have_their_minima() {
    let file = "statistics/big_models.json";
    let Some(truth) = reference(file) else { return };
    let mut tally = Tally::new(file);
    for (size, truth) in truth.as_object().unwrap() {
        let Some(text) = big_model(size) else { return };
        let name = |what: &str| format!("{size}: {what}");
        let wanted = truth["sha256"].as_str().unwrap();
        let bytes = (0..32).map(|i| u8::from_str_radix(&wanted[2 * i..2 * i + 2], 16).unwrap());
        tally.check(name("text of the generator"), bytes.eq(Sha256::digest(&text).iter().copied()));
        let model = Workspace::read(&Source::new("big.json", text)).unwrap().model(None).unwrap();
        tally.check(name("parameters"), model.parameters().len() as u64 == truth["parameters"].as_u64().unwrap());
        tally.close(name("nll at the start"), relative(model.nll(&model.start()), number(&truth["nll_init"]), 1e-11));
        let fit = minimise(&model, &Options::default());
        tally.check(name(&fit.reason), fit.state == State::Valid);
        tally.close(name("nll"), (fit.nll - number(&truth["nll"])).abs() / 1e-7);
        for (parameter, value) in truth["mu"].as_object().unwrap() {
            let (value, error) = (number(&value[0]), number(&value[1]));
            let ours = fit.parameter(parameter).unwrap();
            tally.close(name(parameter), (ours.value - value).abs() / (1e-5 * error));
            tally.close(name(&format!("error of {parameter}")), relative(ours.error.unwrap(), error, 1e-5));
        }
    }
    tally.finish();
}
