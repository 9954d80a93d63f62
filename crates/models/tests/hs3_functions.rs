//! Functions of HS3 documents: interpolations and derivatives, and what `histosys` holds.
//!
//! A function is the mean of a Gaussian of width 1/2 with one event at 0 in a wide range, so that -ln L tells its square.

use germane_models::Curvature;
use germane_models::histfactory_xml::Convention;
use germane_models::hs3::{Document, HistoSys};
use germane_numerics::dense::Matrix;
use germane_numerics::maths;
use germane_texts::Source;

fn document(function: &str, parameters: &[(&str, f64)]) -> String {
    let point = |(name, value): &(&str, f64)| format!(r#"{{"name": "{name}", "value": {value}}}"#);
    let points: Vec<String> = parameters.iter().map(point).collect();
    format!(
        r#"{{"metadata": {{"hs3_version": "0.2"}},
        "distributions": [{{"name": "p", "type": "gaussian_dist", "x": "x", "mean": "m", "sigma": 0.5}}],
        "functions": [{function}],
        "data": [{{"name": "d", "type": "unbinned", "axes": [{{"name": "x", "min": -1000, "max": 1000}}], "entries": [[0]]}}],
        "likelihoods": [{{"name": "L", "distributions": ["p"], "data": ["d"]}}],
        "parameter_points": [{{"name": "default_values", "parameters": [{}]}}]}}"#,
        points.join(", ")
    )
}

/// The value of the function `m`, which is positive, and its first derivatives in the parameters.
fn value(function: &str, parameters: &[(&str, f64)]) -> (f64, Vec<(String, f64)>) {
    let document = Document::read(&Source::new("a.json", document(function, parameters))).unwrap();
    let compiled = document.compile(None, Convention::Exact).unwrap();
    let model = compiled.likelihood();
    let x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
    let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
    let nll = model.evaluate(&x, Curvature::Exact, &mut gradient, &mut hessian);
    // -ln L = m²/(2 s²) + ln(s √2π).
    let value = 0.5 * (2.0 * (nll - maths::ln(0.5 * (2.0 * std::f64::consts::PI).sqrt()))).sqrt();
    let slopes =
        model.parameters().iter().zip(gradient).map(|(parameter, slope)| (parameter.name.clone(), slope / (4.0 * value)));
    (value, slopes.collect())
}

fn refused(function: &str, parameters: &[(&str, f64)]) -> String {
    let read = Document::read(&Source::new("a.json", document(function, parameters)));
    let mistakes = read.and_then(|document| document.compile(None, Convention::Exact)).unwrap_err();
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn interpolations_of_documents_are_those_of_their_formulas() {
    // mpmath 1.3, 30 digits, from the formulas of RooFit's codes: nominal 10, high and low 13, 8.5 and 9, 12. Codes 0, 2 and 4 add;
    // 1 and 4 of `interpolation0d` multiply, and 0 there adds before the factors.
    let cases = [
        ([1.7, -0.4], [15.9, 16.305, 15.834768], [16.802588724900922, 16.7274279354311747, 16.1697168845236448]),
        ([-2.5, 0.6], [5.65, 6.655, 5.615248], [6.25306322608940521, 6.23464054213291357, 5.84984181288774938]),
        ([0.25, -1.2], [13.15, 13.109375, 13.0467971801757812], [13.2893375703264919, 13.2096257926073392, 13.3790710324427605]),
    ];
    let function = |kind: &str, codes: [i64; 2]| {
        let [a, b] = codes;
        format!(
            r#"{{"name": "m", "type": "{kind}", "nom": 10, "vars": ["a", "b"], "high": [13, 9], "low": [8.5, 12],
            "interpolationCodes": [{a}, {b}]}}"#
        )
    };
    for (at, added, multiplied) in cases {
        let parameters = [("a", at[0]), ("b", at[1])];
        let additive = [[0, 0], [2, 2], [4, 4]].map(|codes| function("interpolation", codes)).into_iter().zip(added);
        let factors = [[1, 1], [4, 4], [0, 4]].map(|codes| function("interpolation0d", codes)).into_iter().zip(multiplied);
        for (text, truth) in additive.chain(factors) {
            let (ours, _) = value(&text, &parameters);
            // The root of -ln L has half of its relative rounding, a few ulps of about 1000.
            assert!((ours / truth - 1.0).abs() < 1e-14, "{text} {at:?}: {ours} {truth}");
        }
    }
    assert!(refused(&function("interpolation", [7, 0]), &[("a", 0.5), ("b", 0.0)]).contains("code 7 is not known"));
}

#[test]
fn derivatives_are_those_of_calculus_as_far_as_differences_go() {
    let f = r#"{"name": "f", "type": "generic_function", "expression": "exp(a*t) + b*t^3"}"#;
    let derivative = |order: u32, eps: f64| {
        format!(r#"{f}, {{"name": "m", "type": "derivative", "function": "f", "x": "t", "order": {order}, "eps": {eps}}}"#)
    };
    let (a, b, t) = (0.5, 2.0, 0.7);
    let e = maths::exp(a * t);
    let truths = [a * e + 3.0 * b * t * t, a * a * e + 6.0 * b * t, a * a * a * e + 6.0 * b];
    // The next derivative in t, and those in a and b, are derivatives of the differences.
    let slopes = [
        [a * a * e + 6.0 * b * t, (1.0 + a * t) * e, 3.0 * t * t],
        [a * a * a * e + 6.0 * b, (2.0 * a + a * a * t) * e, 6.0 * t],
        [a * a * a * a * e, (3.0 * a * a + a * a * a * t) * e, 6.0],
    ];
    // Rounding is 1e-15 over a power of the step; what Richardson leaves is the fourth power of the step times some 1e-2.
    for (order, eps, bound) in [(1, 1e-3, 1e-11), (2, 1e-2, 1e-9), (3, 1e-2, 1e-7)] {
        let (ours, gradient) = value(&derivative(order, eps), &[("a", a), ("b", b), ("t", t)]);
        let place = order as usize - 1;
        assert!((ours - truths[place]).abs() < bound, "{order}: {ours} {}", truths[place]);
        for (name, truth) in ["t", "a", "b"].into_iter().zip(slopes[place]) {
            let (_, slope) = gradient.iter().find(|(known, _)| known == name).unwrap();
            assert!((slope - truth).abs() < 20.0 * bound, "{order} {name}: {slope} {truth}");
        }
    }
    let parameters = [("a", a), ("b", b), ("t", t)];
    assert!(refused(&derivative(4, 1e-3), &parameters).contains("`order` of derivative `m` is 4"));
    assert!(refused(&derivative(1, 0.0), &parameters).contains("not positive"));
    let by_function = derivative(1, 1e-3).replace(r#""x": "t""#, r#""x": "f""#);
    assert!(refused(&by_function, &parameters).contains("the variable of a derivative is a parameter"));
    let normalised = derivative(1, 1e-3).replace(r#""order""#, r#""normalization": ["x"], "order""#);
    assert!(refused(&normalised, &parameters).contains("normalised densities"));
}

#[test]
fn histosys_holds_contents_or_on_demand_differences() {
    let text = |high: &str, low: &str| {
        format!(
            r#"{{"metadata": {{"hs3_version": "0.2"}},
            "distributions": [{{"name": "p", "type": "histfactory_dist", "axes": [{{"name": "x", "min": 0, "max": 2, "nbins": 2}}],
            "samples": [{{"name": "s", "data": {{"contents": [10, 20]}}, "modifiers": [{{"name": "h", "type": "histosys",
            "parameter": "alpha", "data": {{"hi": {{"contents": {high}}}, "lo": {{"contents": {low}}}}}}}]}}]}}],
            "data": [{{"name": "d", "type": "binned", "axes": [{{"name": "x", "min": 0, "max": 2, "nbins": 2}}], "contents": [12, 17]}}],
            "likelihoods": [{{"name": "L", "distributions": ["p"], "data": ["d"]}}],
            "parameter_points": [{{"name": "default_values", "parameters": [{{"name": "alpha", "value": 0}}]}}]}}"#
        )
    };
    let of = |text: String, histosys: HistoSys| {
        let document = Document::read(&Source::new("a.json", text)).unwrap().histosys(histosys);
        let compiled = document.compile(None, Convention::Exact).unwrap();
        [-1.0, 0.3, 2.0].map(|alpha| compiled.likelihood().nll(&[alpha]))
    };
    let contents = of(text("[11.5, 17]", "[8, 22.5]"), HistoSys::Contents);
    assert_eq!(contents, of(text("[1.5, -3]", "[-2, 2.5]"), HistoSys::Differences));
    // Poisson terms of 12 and 17 at means of 8 and 22.5, and the normal constraint at -1.
    let poisson = |n: f64, mean: f64| mean - n * maths::ln(mean) + germane_numerics::special::ln_gamma(n + 1.0);
    let truth = poisson(12.0, 8.0) + poisson(17.0, 22.5) + 0.5 + 0.5 * maths::ln(2.0 * std::f64::consts::PI);
    assert!((contents[0] - truth).abs() < 1e-13 * truth, "{} {truth}", contents[0]);
}
