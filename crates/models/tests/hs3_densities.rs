//! Densities of HS3 documents as ROOT writes them: decays with a resolution, histograms, auxiliary data of any family.
//!
//! Numbers: mpmath 1.3, 30 digits, convolutions and norms by quadrature.

use germane_models::histfactory_xml::Convention;
use germane_models::hs3::Document;
use germane_models::{Curvature, Experiment, Likelihood};
use germane_numerics::dense::Matrix;
use germane_texts::Source;

fn text(distributions: &str, functions: &str, auxiliary: &str, parameters: &str) -> String {
    format!(
        r#"{{"metadata": {{"hs3_version": "0.2"}}, "distributions": [{distributions}], "functions": [{functions}],
        "data": [{{"name": "d", "type": "unbinned", "axes": [{{"name": "t", "min": -2, "max": 8}}], "entries": [[-0.5], [0.3], [4]]}}],
        "likelihoods": [{{"name": "L", "distributions": ["p"], "data": ["d"], "aux_distributions": [{auxiliary}]}}],
        "domains": [{{"name": "D", "axes": [{{"name": "datum", "min": 0, "max": 20}}, {{"name": "near", "min": -5, "max": 5}}]}}],
        "parameter_points": [{{"name": "default_values", "parameters": [{parameters}]}}]}}"#
    )
}

fn read(text: &str) -> Document {
    Document::read(&Source::new("a.json", text.to_owned())).unwrap()
}

fn refused(text: String) -> String {
    let read = Document::read(&Source::new("a.json", text));
    let mistakes = read.and_then(|document| document.compile(None, Convention::Exact)).unwrap_err();
    assert!(mistakes.iter().all(|mistake| mistake.to_string().starts_with("a.json:")), "{mistakes:?}");
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn decay(kind: i64, resolution: &str) -> String {
    format!(
        r#"{{"name": "p", "type": "decay_dist", "t": "t", "tau": "tau", "resolutionModel": "{resolution}", "decayType": {kind}}}"#
    )
}

const MODELS: &str = r#"{"name": "gauss", "type": "gauss_model_function", "x": "t", "mean": "m", "sigma": "s"},
    {"name": "truth", "type": "truth_model_function", "x": "t"}"#;

const POINT: &str = r#"{"name": "tau", "value": 1.5}, {"name": "m", "value": 0.1}, {"name": "s", "value": 0.4}"#;

#[test]
fn decays_are_convolved_with_their_resolution() {
    let cases = [
        (0, "gauss", [0.040036560147199119, 0.3599790067277307, 0.051583799480896273]),
        (1, "gauss", [0.26020566343214762, 0.30647512635513832, 0.029502082025434656]),
        (2, "gauss", [0.55436063383606353, 0.23499174329786399, 8.0437554748762096e-23]),
        (0, "truth", [0.0, 0.54846848044878737, 0.046547027536508783]),
        (1, "truth", [0.2758688273330388, 0.31521622212468416, 0.026751543058930548]),
        (2, "truth", [0.64867692007638538, 0.0, 0.0]),
    ];
    for (kind, resolution, truths) in cases {
        let document = read(&text(&decay(kind, resolution), MODELS, "", POINT));
        for (t, truth) in [-0.5, 0.3, 4.0].into_iter().zip(truths) {
            let ours = document.density("p", &[("t", t)]).unwrap();
            // Twenty orders below its peak a tail has fewer digits.
            let bound = if truth < 1e-10 { 1e-9 } else { 2e-13 };
            assert!((ours - truth).abs() <= bound * truth, "{kind} {resolution} {t}: {ours} {truth}");
        }
    }
}

#[test]
fn decays_have_exact_derivatives() {
    for (kind, resolution) in [(0, "gauss"), (1, "gauss"), (2, "gauss"), (1, "truth")] {
        let compiled = read(&text(&decay(kind, resolution), MODELS, "", POINT)).compile(None, Convention::Exact).unwrap();
        let model = compiled.likelihood();
        let x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
        let at = |x: &[f64]| {
            let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
            (model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian), gradient, hessian)
        };
        let (_, gradient, hessian) = at(&x);
        let h = 1e-3;
        for i in 0..x.len() {
            let sides = [-2.0, -1.0, 1.0, 2.0].map(|k| {
                let mut moved = x.clone();
                moved[i] += k * h;
                at(&moved)
            });
            // Fourth order: h⁴ times a fifth derivative; ln of the flipped tail at 4 has large ones.
            let difference = |f: &dyn Fn(usize) -> f64| (8.0 * (f(2) - f(1)) - (f(3) - f(0))) / (12.0 * h);
            let slope = difference(&|k| sides[k].0);
            assert!(
                (slope - gradient[i]).abs() < 1e-6 * (1.0 + gradient[i].abs()),
                "{kind} {resolution} {i}: {slope} {gradient:?}"
            );
            for j in 0..x.len() {
                let curve = difference(&|k| sides[k].1[j]);
                let truth = hessian[(i, j)];
                assert!((curve - truth).abs() < 1e-6 * (1.0 + truth.abs()), "{kind} {resolution} {i} {j}: {curve} {truth}");
            }
        }
    }
}

#[test]
fn histograms_are_densities_of_their_bins() {
    let histogram = |order: &str| {
        format!(
            r#"{{"name": "p", "type": "histogram_dist", {order}
            "data": {{"axes": [{{"name": "t", "edges": [-2, 0, 4, 8]}}], "contents": [1, 6, 2]}}}}"#
        )
    };
    // Heights 1/2, 3/2 and 1/2 over widths 2, 4 and 4: an area of 9.
    let constant = read(&text(&histogram(""), "", "", ""));
    assert!((constant.density("p", &[("t", 1.0)]).unwrap() - 1.5 / 9.0).abs() < 1e-15);
    // Linear between -1, 2 and 6: 0.5 + 3 + 4 + 1.
    let linear = read(&text(&histogram(r#""order": 1,"#), "", "", ""));
    assert!((linear.density("p", &[("t", 1.0)]).unwrap() - (0.5 + 2.0 / 3.0) / 8.5).abs() < 1e-15);
    assert!(refused(text(&histogram(r#""order": 2,"#), "", "", "")).contains("`order` of histogram_dist `p` is 2"));
    assert!(refused(text(&histogram("").replace("[1, 6, 2]", "[1, 6]"), "", "", "")).contains("2 bins with 4 edges"));
    assert!(refused(text(&histogram("").replace("\"t\"", "\"u\""), "", "", "")).contains("the data have no axis `u`"));
}

#[test]
fn auxiliary_data_constrain_by_any_family() {
    let main = r#"{"name": "p", "type": "gaussian_dist", "x": "t", "mean": 1, "sigma": "theta"}"#;
    let gamma = r#"{"name": "aux", "type": "gamma_dist", "x": "datum", "gamma": 3, "beta": "theta", "mu": 0}"#;
    let values = |name: &str| format!(r#"{{"name": "theta", "value": 1.3}}, {{"name": "{name}", "value": 2.5}}"#);
    let nll = |auxiliary: &str, aux: &str, at: f64, point: &str, functions: &str| {
        let document = read(&text(&format!("{main}, {auxiliary}"), functions, aux, point));
        let compiled = document.compile(None, Convention::Exact).unwrap();
        assert_eq!(compiled.likelihood().parameters().len(), 1);
        compiled.likelihood().nll(&[at])
    };
    let point = values("datum");
    // -ln of the gamma density of 2.5 on [0, 20].
    for (theta, truth) in [(0.8, 1.3161350581679369), (1.1, 1.41922118652804766)] {
        let ours = nll(gamma, r#""aux""#, theta, &point, "") - nll(gamma, "", theta, &point, "");
        assert!((ours - truth).abs() < 1e-12, "{theta}: {ours} {truth}");
    }
    // A Gaussian around a function of the parameter, on [-5, 5].
    let square = r#"{"name": "square", "type": "generic_function", "expression": "theta^2"}"#;
    let gauss = r#"{"name": "aux", "type": "gaussian_dist", "x": "near", "mean": "square", "sigma": 0.5}"#;
    let point = r#"{"name": "theta", "value": 1.3}, {"name": "near", "value": 1.2}"#;
    let ours = nll(gauss, r#""aux""#, 1.3, point, square) - nll(gauss, "", 1.3, point, square);
    assert!((ours - 0.705991352626767489).abs() < 1e-12, "{ours}");
    // It is thrown anew in toys.
    let document = read(&text(&format!("{main}, {gauss}"), square, r#""aux""#, point));
    let germane_models::hs3::Compiled::General(model) = document.compile(None, Convention::Exact).unwrap() else { panic!() };
    let mut toy = model.clone();
    toy.take(&model.toys(&[1.3], 1, 0).unwrap(), 0).unwrap();
    assert!(toy.nll(&[1.3]).is_finite() && toy.nll(&[1.3]) != model.nll(&[1.3]));
    // Of parameters that nothing else depends on it says nothing.
    let other = gamma.replace("\"theta\"", "\"other\"");
    let point = format!(r#"{}, {{"name": "other", "value": 1}}"#, values("datum"));
    assert_eq!(nll(&other, r#""aux""#, 0.8, &point, ""), nll(&other, "", 0.8, &point, ""));
}

#[test]
fn mistakes_of_decays_and_auxiliary_data_have_their_places() {
    let of = |distribution: String| refused(text(&distribution, MODELS, "", POINT));
    assert!(of(decay(3, "gauss")).contains("0 single-sided, 1 double-sided, 2 flipped"));
    assert!(of(decay(0, "gaus")).contains("did you mean `gauss`?"));
    let other = MODELS.replace(r#""x": "t", "mean""#, r#""x": "u", "mean""#);
    assert!(refused(text(&decay(0, "gauss"), &other, "", POINT)).contains("another observable than `t`"));
    let number = r#"{"name": "p", "type": "exponential_dist", "x": "t", "c": "gauss"}"#;
    assert!(of(number.to_owned()).contains("is the resolution of decays, and no number"));
    let main = r#"{"name": "p", "type": "gaussian_dist", "x": "t", "mean": 1, "sigma": "theta"}"#;
    let gamma = r#"{"name": "aux", "type": "gamma_dist", "x": "free", "gamma": 3, "beta": "theta", "mu": 0}"#;
    let point = r#"{"name": "theta", "value": 1.3}, {"name": "free", "value": 2.5}"#;
    assert!(refused(text(&format!("{main}, {gamma}"), "", r#""aux""#, point)).contains("`free` of `aux` has no finite range"));
    let of_parameter = gamma.replace("\"free\"", "\"theta\"").replace("\"beta\": \"theta\"", "\"beta\": 2");
    assert!(
        refused(text(&format!("{main}, {of_parameter}"), "", r#""aux""#, point)).contains("`aux` cannot constrain a parameter")
    );
}
