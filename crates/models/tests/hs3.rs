//! HS3 documents: derivatives of what is compiled, what comes back from writing, and what is said of mistakes.

use germane_models::histfactory_xml::Convention;
use germane_models::hs3::{Compiled, Document};
use germane_models::{Curvature, Likelihood};
use germane_numerics::dense::Matrix;
use germane_numerics::maths;
use germane_texts::Source;
use proptest::prelude::*;

/// The fuzz target's first inputs, which are documents without mistakes.
fn seeds() -> Vec<&'static str> {
    include_str!("../../../fuzz/seeds/hs3_text.txt").split("===\n").collect()
}

fn read(text: &str) -> Document {
    Document::read(&Source::new("a.json", text)).unwrap()
}

fn derivatives(model: &dyn Likelihood, x: &[f64]) -> (f64, Vec<f64>, Matrix) {
    let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
    let value = model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian);
    (value, gradient, hessian)
}

#[test]
fn derivatives_through_functions_are_those_of_the_values() {
    for (number, text) in seeds().into_iter().enumerate() {
        let compiled = read(text).compile(None, Convention::Exact).unwrap();
        let model = compiled.likelihood();
        let x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
        let (value, gradient, hessian) = derivatives(model, &x);
        assert!((model.nll(&x) - value).abs() < 1e-12 * value.abs());
        let h = 1e-3;
        let is_index = |i: usize| model.choices().is_some_and(|choices| choices.is_index(i));
        for i in (0..x.len()).filter(|i| !is_index(*i)) {
            let at = |k: f64| {
                let mut moved = x.clone();
                moved[i] += k * h;
                derivatives(model, &moved)
            };
            let sides = [at(-2.0), at(-1.0), at(1.0), at(2.0)];
            // Fourth order: the error is h⁴ times a fifth derivative, below 1e-8 for these documents.
            let difference = |f: &dyn Fn(usize) -> f64| (8.0 * (f(2) - f(1)) - (f(3) - f(0))) / (12.0 * h);
            let name = &model.parameters()[i].name;
            let slope = difference(&|k| sides[k].0);
            assert!((slope - gradient[i]).abs() < 1e-7 * (1.0 + gradient[i].abs()), "{number} {name}: {slope} {}", gradient[i]);
            for j in 0..x.len() {
                let curve = difference(&|k| sides[k].1[j]);
                let truth = hessian[(i, j)];
                assert!((curve - truth).abs() < 1e-6 * (1.0 + truth.abs()), "{number} {name} {j}: {curve} {truth}");
            }
        }
    }
}

#[test]
fn a_mixture_with_a_constraint_has_the_likelihood_of_its_formulas() {
    let compiled = read(seeds()[0]).compile(None, Convention::Exact).unwrap();
    let Compiled::General(model) = &compiled else { panic!("a model of densities") };
    // By hand: f N(x; m, s) + (1 - f) Exp(x; c), both cut to [0, 10], and N(5.1; m, 0.5).
    let (f, m, s, c) = (0.4, 5.0, 1.2, 0.3 * 0.3 + 0.1 * 0.7);
    let inside = germane_numerics::special::erf(5.0 / s / 2f64.sqrt());
    let gaussian = |x: f64| maths::exp(-0.5 * (x - m) * (x - m) / (s * s)) / (s * (2.0 * std::f64::consts::PI).sqrt() * inside);
    let exponential = |x: f64| c * maths::exp(-c * x) / (1.0 - maths::exp(-c * 10.0));
    let events = [1.5, 4.5, 5.25, 7.0];
    let main: f64 = events.iter().map(|&x| -maths::ln(f * gaussian(x) + (1.0 - f) * exponential(x))).sum();
    let auxiliary = 0.5 * 0.2 * 0.2 + maths::ln(0.5) + 0.5 * maths::ln(2.0 * std::f64::consts::PI);
    let ours = model.nll(&model.start());
    assert!((ours - main - auxiliary).abs() < 1e-13 * ours.abs(), "{ours} {}", main + auxiliary);
    assert_eq!(model.parameters()[compiled.poi().unwrap()].name, "f");
    assert!((read(seeds()[0]).density("g", &[("x", 4.5)]).unwrap() - gaussian(4.5)).abs() < 1e-14);
    assert!(
        (read(seeds()[0]).density("g", &[("x", 4.5), ("m", 4.5), ("s", 0.1)]).unwrap() - 3.989_422_804_014_327).abs() < 1e-13
    );
}

#[test]
fn mistakes_are_told_with_place_and_nearest_name() {
    let text = seeds()[0];
    for (from, to, words) in [
        (r#""mean": "m""#, r#""mean": "mm""#, vec!["`mm` has no value", "did you mean `m`"]),
        (
            r#""gaussian_dist", "x": "x""#,
            r#""gausian_dist", "x": "x""#,
            vec!["type `gausian_dist`", "did you mean `gaussian_dist`"],
        ),
        ("a^2 + 0.1*b", "a^2 + 0.1*bb", vec!["bb"]),
        ("a^2 + 0.1*b", "slope + a*b", vec!["depends on itself"]),
        (r#"["g", "e"]"#, r#"["g", "p"]"#, vec!["contains itself"]),
        (r#"["g", "e"]"#, r#"["g", "ee"]"#, vec!["no distribution `ee`", "did you mean `e`"]),
        (r#""data": ["d"]"#, r#""data": ["dd"]"#, vec!["no data `dd`"]),
        (r"[[1.5], [4.5]", r"[[1.5], [4.5, 2]", vec!["2 values for 1 axes"]),
        (r"[[1.5], [4.5]", r"[[1.5], [14.5]", vec!["1 events are outside"]),
        (r#""coefficients": ["f"]"#, r#""coefficients": []"#, vec!["2 summands and 0 coefficients"]),
        (r#""sigma": 0.5"#, r#""sigma": -0.5"#, vec!["width of -0.5"]),
        (r#""parameters_of_interest": ["f"]"#, r#""parameters_of_interest": ["q"]"#, vec!["`q`", "nothing depends on it"]),
        (r#""sigma": "s""#, r#""sigmas": "s""#, vec!["`g` has no `sigma`"]),
        (r#"{"name": "f", "value": 0.4}"#, r#"{"name": "f", "value": "x"}"#, vec!["expected a number"]),
        (r#""type": "mixture_dist", "#, "", vec!["`p` has no `type`"]),
        (r#""name": "e","#, r#""name": "g","#, vec!["`g` is defined twice"]),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let source = Source::new("a.json", changed);
        let mistakes = Document::read(&source).and_then(|document| document.compile(None, Convention::Exact)).unwrap_err();
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        for word in words {
            assert!(told.iter().any(|line| line.contains(word) && line.starts_with("a.json:")), "{to}: {word}: {told:#?}");
        }
    }
}

#[test]
fn one_of_several_functions_has_its_own_likelihood_and_costs_half_a_unit_a_parameter() {
    let text = seeds()[3];
    let compiled = read(text).compile(None, Convention::Exact).unwrap();
    let model = compiled.likelihood();
    let choices = model.choices().unwrap();
    let index = choices.all()[0].index;
    let mut x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
    assert_eq!((x[index], model.parameters()[index].upper), (2.0, 2.0));
    let free = ["c", "b1", "b2", "f"].map(|name| model.parameters().iter().position(|known| known.name == name).unwrap());
    for (number, function, own) in [(0, "e", &free[..1]), (1, "b", &free[1..3]), (2, "two", &free[..])] {
        x[index] = f64::from(number);
        assert_eq!(choices.names(&x), [function]);
        // The same document with the function in the place of the choice.
        let alone = read(&text.replace(r#"["s", "u"]"#, &format!(r#"["s", "{function}"]"#)));
        let alone = alone.compile(None, Convention::Exact).unwrap();
        let inner: Vec<f64> = alone.likelihood().parameters().iter().map(|parameter| parameter.start).collect();
        let (value, gradient, _) = derivatives(model, &x);
        let truth = alone.likelihood().nll(&inner) + 0.5 * own.len() as f64;
        assert!((value - truth).abs() < 1e-13 * truth.abs() && (model.nll(&x) - truth).abs() < 1e-13 * truth.abs());
        for place in free {
            assert_eq!(gradient[place] == 0.0, !own.contains(&place), "{function} {place}");
            assert_eq!(choices.idle(&x, model.parameters()).contains(&place), !own.contains(&place));
        }
    }
    x[index] = 0.5;
    assert_eq!(model.nll(&x), f64::INFINITY);
    assert_eq!(model.complaint(&x).unwrap(), "the index pdf is 0.5, no whole number from 0 to 2");
}

#[test]
fn mistakes_of_a_choice_are_told_with_their_places() {
    let text = seeds()[3];
    for (from, to, words) in [
        (r#"["e", "b", "two"]"#, r#"["e", "bb"]"#, vec!["no distribution `bb`", "did you mean"]),
        (r#"["e", "b", "two"]"#, "[]", vec!["one_of_dist `u` has no distributions"]),
        (r#"["e", "b", "two"]"#, r#"["e", "u"]"#, vec!["contains itself"]),
        (r#""correction": 1"#, r#""correction": -1"#, vec!["is -1, below 0"]),
        (r#""correction": 1"#, r#""correction": "x""#, vec!["expected a finite number"]),
        (r#""value": 2}"#, r#""value": 3}"#, vec!["the index `pdf` is 3, no whole number from 0 to 2"]),
        (r#""index": "pdf""#, r#""index": "c""#, vec!["`c` is an index here and a parameter elsewhere"]),
        (r#""index": "pdf""#, r#""index": "w""#, vec!["`w` is an index here and a parameter elsewhere"]),
        (r#"["e", "b", "two"]"#, r#"["e", "p"]"#, vec!["contains itself"]),
        (r#""one_of_dist""#, r#""one_off_dist""#, vec!["type `one_off_dist`", "did you mean `one_of_dist`"]),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let source = Source::new("a.json", changed);
        let mistakes = Document::read(&source).and_then(|document| document.compile(None, Convention::Exact)).unwrap_err();
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        for word in words {
            assert!(told.iter().any(|line| line.contains(word) && line.starts_with("a.json:")), "{to}: {word}: {told:#?}");
        }
    }
}

#[test]
fn broken_and_deep_texts_are_refused() {
    for text in
        ["", "[]", "{}", "{\"metadata\": 1, \"data\": 3}", &"[".repeat(1_000_000), "{\"metadata\": {}, \"data\": [[[[1]]]]}"]
    {
        assert!(!Document::read(&Source::new("a.json", text)).unwrap_err().is_empty());
    }
    // Functions of functions, far more than a stack would bear.
    let link = |k: usize| format!(r#"{{"name": "f{k}", "type": "sum", "summands": ["f{}", 1]}}"#, k + 1);
    let chain: Vec<String> = (0..20_000).map(link).collect();
    let text = seeds()[0].replace("a^2 + 0.1*b\"}", &format!("f0\"}}, {}", chain.join(", ")));
    let mistakes = read(&text).compile(None, Convention::Exact).unwrap_err();
    assert!(mistakes[0].message.contains("deep"), "{}", mistakes[0]);
}

#[test]
fn names_of_root_are_written_as_the_standards() {
    let written = read(seeds()[2]).to_text();
    assert!(written.contains("\"crystalball_dist\"") && written.contains("\"bernstein_dist\"") && written.contains("\"2.0\""));
    let again = read(&written);
    let value = |document: &Document| document.density("top", &[("x", 4.5), ("y", 0.1)]).unwrap();
    assert_eq!(value(&again), value(&read(seeds()[2])));
    assert!(read(seeds()[0]).to_text().contains("\"mine\": [1.50, \"kept\"]"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A piece of one document in the place of a piece of another: read or refused, and what is read comes back from writing.
    #[test]
    fn mixed_documents_are_read_or_refused(
        (one, other) in (0..4_usize, 0..4_usize),
        (start, length, from, taken) in (0..2000_usize, 0..30_usize, 0..2000_usize, 0..30_usize),
    ) {
        let (one, other) = (seeds()[one], seeds()[other]);
        let piece = |text: &'static str, start: usize, length: usize| {
            let start = start % text.len();
            (start, (start + length).min(text.len()))
        };
        let ((a, b), (c, d)) = (piece(one, start, length), piece(other, from, taken));
        let text = format!("{}{}{}", &one[..a], &other[c..d], &one[b..]);
        if let Ok(document) = Document::read(&Source::new("a.json", text)) {
            let written = document.to_text();
            prop_assert_eq!(read(&written).to_text(), written);
            for convention in [Convention::Exact, Convention::Root] {
                if let Ok(compiled) = document.compile(None, convention) {
                    let model = compiled.likelihood();
                    let x: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
                    prop_assert!(!model.nll(&x).is_nan());
                }
            }
            // Whatever pyhf's format cannot say is told, never dropped.
            let _ = document.to_workspace();
        }
    }
}
