//! Mixtures of products of several observables in HS3 documents.

use germane_models::histfactory_xml::Convention;
use germane_models::hs3::{Compiled, Document, Model};
use germane_models::{Curvature, Experiment, Likelihood};
use germane_numerics::dense::Matrix;
use germane_texts::Source;

const DOCUMENT: &str = r#"{
 "metadata": {"hs3_version": "0.2"},
 "distributions": [
  {"name": "sx", "type": "gaussian_dist", "x": "x", "mean": "m", "sigma": "s"},
  {"name": "sy", "type": "exponential_dist", "x": "y", "c": "k"},
  {"name": "signal", "type": "product_dist", "factors": ["sx", "sy"]},
  {"name": "bx", "type": "exponential_dist", "x": "x", "c": "c"},
  {"name": "fast", "type": "exponential_dist", "x": "y", "c": "twice"},
  {"name": "flat", "type": "uniform_dist", "x": "y"},
  {"name": "by", "type": "mixture_dist", "summands": ["fast", "flat"], "coefficients": ["f"]},
  {"name": "background", "type": "product_dist", "factors": ["bx", "by"]},
  {"name": "p", "type": "mixture_dist", "summands": ["signal", "background"], "coefficients": ["n_s", "n_b"], "extended": true}],
 "functions": [{"name": "twice", "type": "product", "factors": ["k", 2]}],
 "data": [{"name": "d", "type": "unbinned", "axes": [{"name": "y", "min": 0, "max": 4}, {"name": "x", "min": 0, "max": 10}],
  "entries": [[0.4, 5.1], [1.5, 4.2], [3.1, 7.7], [2.2, 1.2], [0.1, 5.4]]}],
 "likelihoods": [{"name": "L", "distributions": ["p"], "data": ["d"]}],
 "parameter_points": [{"name": "default_values", "parameters": [
  {"name": "n_s", "value": 3.5}, {"name": "n_b", "value": 2.5}, {"name": "m", "value": 5}, {"name": "s", "value": 0.8},
  {"name": "k", "value": 0.9}, {"name": "c", "value": 0.2}, {"name": "f", "value": 0.3}, {"name": "q", "value": 0.4}]}]
}"#;

fn read(text: &str) -> Document {
    Document::read(&Source::new("a.json", text.to_owned())).unwrap()
}

fn model(text: &str) -> Model {
    match read(text).compile(None, Convention::Exact).unwrap() {
        Compiled::General(model) => *model,
        Compiled::Binned(_) => panic!("a density of events"),
    }
}

fn given() -> String {
    DOCUMENT.replace(r#""coefficients": ["n_s", "n_b"], "extended": true"#, r#""coefficients": ["q"]"#)
}

fn evaluate(model: &dyn Likelihood, x: &[f64], curvature: Curvature) -> (f64, Vec<f64>, Matrix) {
    let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
    let value = model.evaluate(x, curvature, &mut gradient, &mut hessian);
    (value, gradient, hessian)
}

#[test]
fn mixtures_of_products_have_the_likelihood_of_their_formulas() {
    // mpmath 1.3, 30 digits: every factor normalised on its axis, the mixture in y inside the product.
    for (text, truth) in [(DOCUMENT.to_owned(), 17.70235002576371118), (given(), 15.940357943147089022)] {
        let model = model(&text);
        let (value, ..) = evaluate(&model, &model.start(), Curvature::Exact);
        assert!((value - truth).abs() < 1e-13 * truth && (model.nll(&model.start()) - truth).abs() < 1e-13 * truth, "{value}");
    }
    let density = read(DOCUMENT).density("p", &[("x", 5.0), ("y", 1.0)]).unwrap();
    assert!((density / 0.11880415720195943602 - 1.0).abs() < 1e-13, "{density}");
}

#[test]
fn mixtures_of_products_have_exact_derivatives() {
    for text in [DOCUMENT.to_owned(), given()] {
        let model = model(&text);
        let x = model.start();
        let (_, gradient, hessian) = evaluate(&model, &x, Curvature::Exact);
        let h = 1e-3;
        for i in 0..x.len() {
            let sides = [-2.0, -1.0, 1.0, 2.0].map(|k| {
                let mut moved = x.clone();
                moved[i] += k * h;
                evaluate(&model, &moved, Curvature::Exact)
            });
            // Fourth order: h⁴ times a fifth derivative.
            let difference = |f: &dyn Fn(usize) -> f64| (8.0 * (f(2) - f(1)) - (f(3) - f(0))) / (12.0 * h);
            let slope = difference(&|k| sides[k].0);
            assert!((slope - gradient[i]).abs() < 1e-7 * (1.0 + gradient[i].abs()), "{i}: {slope} {}", gradient[i]);
            for j in 0..x.len() {
                let curve = difference(&|k| sides[k].1[j]);
                let truth = hessian[(i, j)];
                assert!((curve - truth).abs() < 1e-6 * (1.0 + truth.abs()), "{i} {j}: {curve} {truth}");
            }
        }
    }
}

#[test]
fn asimov_data_and_toys_of_products_are_theirs() {
    for text in [DOCUMENT.to_owned(), given()] {
        let model = model(&text);
        let x = model.start();
        let asimov = model.expecting(&x).unwrap();
        let (_, gradient, exact) = evaluate(&asimov, &x, Curvature::Exact);
        // Sums over the points are integrals, so that the score vanishes; 32 cells of five points leave less than 1e-9.
        assert!(gradient.iter().all(|slope| slope.abs() < 1e-9), "{gradient:?}");
        let expected = if text == DOCUMENT { 6.0 } else { 5.0 };
        assert!((asimov.entries().unwrap() - expected).abs() < 1e-9);
        assert!((0..x.len()).all(|i| exact[(i, i)] > 0.0));
        // Events of 400 toys: their mean number, and the mean of y, against the integral over Asimov's points.
        let toys = model.toys(&x, 7, 0).unwrap();
        let mut sum = 0.0;
        let mut toy = model.clone();
        for number in 0..400 {
            toy.take(&toys, number).unwrap();
            assert!(toy.nll(&x).is_finite());
            sum += toy.entries().unwrap();
        }
        // Five standard deviations of a Poisson mean; a given number is that number.
        let bound = if text == DOCUMENT { 5.0 * (6.0_f64 / 400.0).sqrt() } else { 1e-12 };
        assert!((sum / 400.0 - expected).abs() < bound, "{sum}");
    }
    // The scores of many toys have the mean 0, within five of its standard deviations, which the information gives.
    let model = model(DOCUMENT);
    let x = model.start();
    let (_, _, information) = evaluate(&model.expecting(&x).unwrap(), &x, Curvature::Exact);
    let toys = model.toys(&x, 3, 0).unwrap();
    let (mut toy, mut scores, count) = (model.clone(), vec![0.0; x.len()], 2000);
    for number in 0..count {
        toy.take(&toys, number).unwrap();
        let (_, gradient, _) = evaluate(&toy, &x, Curvature::Exact);
        scores.iter_mut().zip(gradient).for_each(|(sum, slope)| *sum += slope / count as f64);
    }
    for (i, score) in scores.iter().enumerate() {
        let bound = 5.0 * (information[(i, i)] / count as f64).sqrt();
        assert!(score.abs() < bound, "{i}: {score} {bound}");
    }
}

#[test]
fn mistakes_of_products_have_their_places() {
    let refused = |text: String| {
        let read = Document::read(&Source::new("a.json", text));
        let mistakes = read.and_then(|document| document.compile(None, Convention::Exact)).unwrap_err();
        assert!(mistakes.iter().all(|mistake| mistake.to_string().starts_with("a.json:")), "{mistakes:?}");
        mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let with = |from: &str, to: &str| {
        assert!(DOCUMENT.contains(from));
        refused(DOCUMENT.replace(from, to))
    };
    assert!(with(r#"["bx", "by"]"#, r#"["by"]"#).contains("summands of `p` have different observables"));
    assert!(with(r#"["bx", "by"]"#, r#"["bx", "sx"]"#).contains("factors of `background` share the observable `x`"));
    assert!(with(r#"["bx", "by"]"#, r#"["bx", "background"]"#).contains("contains itself"));
    assert!(with("[2.2, 1.2]", "[2.2, 11]").contains("1 events are outside of the ranges of their axes"));
    let weighted = with(r#""entries": ["#, r#""weights": [1, 2, 1, 1, 1], "entries": ["#);
    assert!(weighted.contains("a density of several observables needs events without weights"));
    let choice = DOCUMENT.replace(
        r#"{"name": "by", "type": "mixture_dist", "summands": ["fast", "flat"], "coefficients": ["f"]}"#,
        r#"{"name": "by", "type": "one_of_dist", "distributions": ["fast", "flat"]}"#,
    );
    assert!(refused(choice).contains("has a choice between functions as a factor: choose between products"));
}

#[test]
fn an_index_can_choose_between_products() {
    let text = DOCUMENT.replace(r#"["signal", "background"]"#, r#"["signal", "one"]"#).replace(
        r#"{"name": "sx","#,
        r#"{"name": "even", "type": "product_dist", "factors": ["bx", "flat"]},
           {"name": "one", "type": "one_of_dist", "distributions": ["background", "even"]}, {"name": "sx","#,
    );
    let model = model(&text);
    let choices = model.choices().unwrap();
    let index = choices.all()[0].index;
    let mut x = model.start();
    // Three parameters of the background (c, f and k), one of what is even in y.
    let of = |number: f64, x: &mut Vec<f64>| {
        x[index] = number;
        (model.nll(x), choices.penalty(x, model.parameters()))
    };
    let (first, free) = of(0.0, &mut x);
    assert!((first - 17.70235002576371118 - free).abs() < 1e-12 && free == 1.5, "{first} {free}");
    let (second, free) = of(1.0, &mut x);
    let even = read(&text.replace(r#"["signal", "one"]"#, r#"["signal", "even"]"#)).compile(None, Convention::Exact).unwrap();
    let start: Vec<f64> = even.likelihood().parameters().iter().map(|parameter| parameter.start).collect();
    assert!((second - even.likelihood().nll(&start) - free).abs() < 1e-12 && free == 0.5);
    let idle = choices.idle(&x, model.parameters());
    assert_eq!(idle.iter().map(|index| model.parameters()[*index].name.as_str()).collect::<Vec<_>>(), ["f"]);
}
