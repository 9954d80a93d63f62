//! Quadratic models: what is refused, and what holds for any coefficients.

use germane_models::quadratic::{
    Background, Counting, Form, Measured, Moments, Process, QuadraticModel, Scaling, Simplified, Terms,
};
use germane_models::{Curvature, Likelihood, Parameter};
use germane_numerics::dense::Matrix;
use germane_texts::Source;
use proptest::prelude::*;

const SCALING: &str = r#"[{"channel": "ch", "process": "s", "parameters": ["a[0,-5,5]", "b[0,-5,5]", "SM[1]"],
 "scaling": [[0.2, 0.05, 0.3, 0.1, -0.2, 1], [0.1, 0, 0.2, 0.3, 0.1, 1]]}]"#;
const YIELDS: &str = r#"{"channel": "ch", "signal_sm": [100, 50], "background": [20, 30], "data": [130, 90]}"#;
const MEASURED: &str =
    r#"{"observable": ["mu0", "mu1"], "bins": [0, 1], "value": [1.1, 0.9], "covariance": [[0.04, 0.01], [0.01, 0.09]]}"#;

fn read(scaling: &str, parts: &[&str], terms: &Terms) -> Result<QuadraticModel, String> {
    let parts: Vec<Source> = parts.iter().map(|text| Source::new("part.json", *text)).collect();
    QuadraticModel::read(&Source::new("scaling.json", scaling), &parts, terms)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn expectations_are_those_of_the_formula() {
    let model = read(SCALING, &[YIELDS, MEASURED], &Terms::default()).unwrap();
    // z = (0.5, -1, 1): bin 0 is 0.2/4 - 2·0.05/2 + 0.3 + 2·0.1/2 + 2·0.2 + 1
    let r = 0.05 - 0.05 + 0.3 + 0.1 + 0.4 + 1.0;
    assert!((model.predicted(&[0.5, -1.0])[0] - r).abs() < 1e-15);
    assert!((model.expected(&[0.5, -1.0])[0] - (20.0 + 100.0 * r)).abs() < 1e-12);
    let linear = read(SCALING, &[YIELDS], &Terms { linear: true, linear_in: vec![] }).unwrap();
    assert!((linear.expected(&[0.5, -1.0])[0] - (20.0 + 100.0 * 1.5)).abs() < 1e-12);
    // b enters linearly only, with a as well: 0.05 + 0.1 + 0.4 + 1.
    let mixed = read(SCALING, &[YIELDS], &Terms { linear: false, linear_in: vec!["b".into()] }).unwrap();
    assert!((mixed.expected(&[0.5, -1.0])[0] - (20.0 + 100.0 * 1.55)).abs() < 1e-12);
}

#[test]
fn mistakes_have_their_places() {
    for (from, to, wanted) in [
        ("b[0,-5,5]", "b[9,-5,5]", "scaling.json:1:64: `b[9,-5,5]` is no parameter"),
        ("SM[1]", "expr::x(\\\"@0\\\",a)", "scaling.json:1:77: `x` is a formula of coefficients"),
        ("[0.1, 0, 0.2, 0.3, 0.1, 1]", "[0.1, 0, 0.2]", "scaling.json:2:46: a bin of 3 parameters has 6 numbers"),
        ("\"process\"", "\"proces\"", "unknown key `proces` of a scaling; did you mean `process`?"),
        ("b[0,-5,5]", "a[0,-4,5]", "`a` was [0,-5,5] before"),
    ] {
        let message = read(&SCALING.replace(from, to), &[YIELDS], &Terms::default()).unwrap_err();
        assert!(message.contains(wanted), "{message}");
    }
    for (from, to, wanted) in [
        ("\"ch\"", "\"hc\"", "no forms of channel `hc`"),
        ("[130, 90]", "[130, -1]", "the count of bin 1 is -1"),
        ("[130, 90]", "[130]", "1 counts, but 2 bins of the background"),
        ("[130, 90]", "[130, null]", "part.json:1:81: `data`: expected numbers, got null"),
        ("\"background\"", "\"background_covariance\": [[1, 0], [0]], \"background\"", "expected 2 rows of 2 numbers"),
    ] {
        let message = read(SCALING, &[&YIELDS.replace(from, to)], &Terms::default()).unwrap_err();
        assert!(message.contains(wanted), "{message}");
    }
    for (from, to, wanted) in [
        (
            "[[0.04, 0.01], [0.01, 0.09]]",
            "[[0.04, 0.06], [0.06, 0.09]]",
            "the covariance is singular: no variance of mu0 − 0.67 mu1",
        ),
        ("[[0.04, 0.01], [0.01, 0.09]]", "[[0.04, 0.01], [0.02, 0.09]]", "is not symmetric"),
        ("[0, 1]", "[0, 7]", "`7` is no bin of channel `ch`, which has 2"),
    ] {
        let message = read(SCALING, &[&MEASURED.replace(from, to)], &Terms::default()).unwrap_err();
        assert!(message.contains(wanted), "{message}");
    }
    let message = read(SCALING, &[], &Terms { linear: false, linear_in: vec!["bb".into()] }).unwrap_err();
    assert!(message.contains("no coefficient `bb`"), "{message}");
}

#[test]
fn errors_and_a_correlation_are_a_covariance() {
    let (from, to) = (
        "\"covariance\": [[0.04, 0.01], [0.01, 0.09]]",
        "\"errors\": [[{\"symerror\": 0.16}, {\"asymerror\": {\"plus\": 0.14, \"minus\": -0.1}}], 0.3], \"correlation\": [[1, 0.5], [0.5, 1]]",
    );
    let one = read(SCALING, &[&MEASURED.replace(from, to)], &Terms::default()).unwrap();
    let other = MEASURED.replace("[[0.04, 0.01], [0.01, 0.09]]", "[[0.04, 0.03], [0.03, 0.09]]");
    let other = read(SCALING, &[&other], &Terms::default()).unwrap();
    assert!((one.nll(&[0.3, 0.2]) - other.nll(&[0.3, 0.2])).abs() < 1e-12);
}

/// Counts with a skewed, correlated background, and measured values.
fn skewed() -> QuadraticModel {
    let form = |a: f64, b: f64| {
        let m = [[a * a, a * b, a], [a * b, b * b, b], [a, b, 1.0]];
        Form::new(2, move |i, j| m[i][j])
    };
    let covariance = Matrix::from_rows(2, 2, vec![9.0, 2.0, 2.0, 16.0]).unwrap();
    let moments = Moments { mean: vec![40.0, 60.0], covariance, third: vec![8.0, -10.0] };
    let counting = Counting {
        name: "SR".into(),
        background: Background::Simplified(Simplified::new(&moments).unwrap()),
        processes: vec![
            Process { name: "s".into(), yields: vec![30.0, 20.0], forms: vec![form(0.3, 0.1), form(-0.2, 0.4)] },
            Process { name: "t".into(), yields: vec![5.0, 0.0], forms: vec![form(0.0, 0.7), form(0.1, 0.0)] },
        ],
        data: vec![77.0, 70.0],
    };
    let measured = Measured {
        names: vec!["x".into(), "y".into()],
        forms: vec![form(0.5, 0.0), form(0.2, -0.3)],
        values: vec![1.2, 0.8],
        covariance: Matrix::from_rows(2, 2, vec![0.02, -0.005, -0.005, 0.03]).unwrap(),
    };
    QuadraticModel::new(vec![Parameter::new("c", 0.0), Parameter::new("d", 0.0)], vec![counting], vec![measured]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn derivatives_are_those_of_the_value(x in prop::collection::vec(-1.5f64..1.5, 4)) {
        let model = skewed();
        prop_assert_eq!(model.parameters().len(), 4);
        let (mut gradient, mut hessian) = (vec![0.0; 4], Matrix::zeros(4, 4));
        let value = model.evaluate(&x, Curvature::Exact, &mut gradient, &mut hessian);
        prop_assert_eq!(value.to_bits(), model.nll(&x).to_bits());
        let step = 1e-3;
        for i in 0..4 {
            let at = |k: f64| {
                let mut moved = x.clone();
                moved[i] += k * step;
                let mut slopes = vec![0.0; 4];
                (model.gradient(&moved, &mut slopes), slopes)
            };
            let sides = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0].map(at);
            let difference = |f: &dyn Fn(usize) -> f64| (45.0 * (f(3) - f(2)) - 9.0 * (f(4) - f(1)) + (f(5) - f(0))) / (60.0 * step);
            let slope = difference(&|k| sides[k].0);
            prop_assert!((slope - gradient[i]).abs() < 1e-8 * (1.0 + gradient[i].abs()), "{} {}", slope, gradient[i]);
            for j in 0..4 {
                let curve = difference(&|k| sides[k].1[j]);
                prop_assert!((curve - hessian[(i, j)]).abs() < 1e-8 * (1.0 + hessian[(i, i)].abs()), "{} {}", curve, hessian[(i, j)]);
            }
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "[\\[\\]{}\":,0-9a-zM .eE-]{0,80}", at in 0usize..400, length in 0usize..40) {
        let _ = Scaling::read(&Source::new("scaling.json", text.clone()), &Terms::default());
        let broken = |whole: &str| {
            let mut whole = whole.to_owned();
            let (start, end) = (at.min(whole.len()), (at + length).min(whole.len()));
            whole.replace_range(start..end, &text);
            whole
        };
        for (scaling, part) in [(broken(SCALING), YIELDS.to_owned()), (SCALING.to_owned(), broken(YIELDS)), (SCALING.to_owned(), broken(MEASURED))] {
            if let Ok(model) = read(&scaling, &[&part], &Terms::default()) {
                let x = vec![0.5; model.parameters().len()];
                prop_assert!(!model.nll(&x).is_nan());
            }
        }
    }
}
