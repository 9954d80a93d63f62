//! Datacards: what they mean, their mistakes, and what holds for any text.

mod cards;

use cards::{Memory, check_derivatives};
use germane_models::datacard::{Card, CardOptions, Physics};
use germane_models::{Constraint, Curvature, Hessian, Likelihood, Model};
use germane_numerics::dense::Matrix;
use germane_numerics::maths;
use germane_texts::{Diagnostic, Source, render};
use proptest::prelude::*;

/// For physics models that name no file.
fn no_files(file: &str) -> Result<Source, Diagnostic> {
    Err(Diagnostic::new("file", format!("no file `{file}`")))
}

fn card(text: &str) -> Card {
    Card::read(&Source::new("card.txt", text)).unwrap_or_else(|problems| panic!("{}", render(&problems, false)))
}

fn mistakes(text: &str) -> Vec<String> {
    let problems = Card::read(&Source::new("card.txt", text)).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

/// A counting experiment of two channels with these lines below.
fn counting(lines: &str) -> String {
    format!(
        "imax 2\njmax 1\nkmax *\nbin a b\nobservation 6 9\nbin a a b b\nprocess S B S B\nprocess 0 1 0 1\nrate 1 5 2 4\n{lines}\n"
    )
}

fn compiled(text: &str) -> Model {
    let made = card(text).model(&Memory::default(), &CardOptions::default());
    made.unwrap_or_else(|problems| panic!("{}", render(&problems, false)))
}

/// The expectation with some parameters set.
fn expected(model: &Model, values: &[(&str, f64)]) -> Vec<f64> {
    let mut x = model.start();
    for (name, value) in values {
        x[model.index(name).unwrap_or_else(|| panic!("no parameter {name}"))] = *value;
    }
    model.expected(&x)
}

fn close(ours: &[f64], truth: &[f64]) {
    assert_eq!(ours.len(), truth.len());
    for (ours, truth) in ours.iter().zip(truth) {
        // A few roundings of the products.
        assert!((ours - truth).abs() <= 1e-14 * truth.abs().max(1.0), "{ours} {truth}");
    }
}

#[test]
fn effects_on_yields_are_those_of_their_formulas() {
    let model = compiled(&counting(
        "n lnN 1.2 - 1.2 -\nu lnU - 1.5 - -\ng gmN 10 - 0.5 - 0.4\nm gmM - - 0.3 -\nt trG - - - -0.2\nf unif 0.5 2 - - - 0.1\n\
         k rateParam a S 1.5 [0,3]\nprod rateParam b S (@0*k+1) n,k",
    ));
    let x = [("r", 2.0), ("n", 0.7), ("u", -0.5), ("g", 9.0), ("m", 1.1), ("t", 0.3), ("f", 1.2), ("k", 1.4)];
    let a = 2.0 * maths::pow(1.2, 0.7) * 1.4 + 0.5 * 9.0 * maths::pow(1.5, -0.5);
    let b = 2.0 * 2.0 * maths::pow(1.2, 0.7) * 1.1 * (0.7 * 1.4 + 1.0) + 0.4 * 9.0 * (1.0 - 0.2 * 0.3) * (1.0 + 0.1 * 1.2);
    close(&expected(&model, &x), &[a, b]);
    let parameter = |name: &str| &model.parameters()[model.index(name).unwrap()];
    assert_eq!((parameter("u").lower, parameter("u").upper, parameter("u").constraint), (-1.0, 1.0, None));
    assert_eq!((parameter("f").lower, parameter("f").upper, parameter("f").start), (0.5, 2.0, 1.25));
    // 1 - 0.2 θ stays positive.
    assert_eq!((parameter("t").lower, parameter("t").upper), (-7.0, 5.0));
    assert_eq!(parameter("g").constraint, Some(Constraint::Poisson { observed: 10.0, rate: 1.0 }));
    // A gamma density of relative width v has its maximum at 1 - v².
    assert!((parameter("m").constraint.unwrap().best() - 0.91).abs() < 1e-15);
}

#[test]
fn parameters_may_have_constraints_of_two_widths() {
    let model =
        compiled(&counting("k rateParam * B 1\nk param 1.0 -0.1/+0.2\nfree extArg 3 [const]\nscale rateParam a S @0^2 free"));
    let index = model.index("k").unwrap();
    assert_eq!(model.parameters()[index].constraint, Some(Constraint::Bifurcated { centre: 1.0, below: 0.1, above: 0.2 }));
    assert_eq!((model.parameters()[index].lower, model.parameters()[index].upper), (0.6, 1.8));
    assert!(model.parameters()[model.index("free").unwrap()].fixed);
    let constraint = model.parameters()[index].constraint.unwrap();
    // One standard deviation to either side costs 1/2.
    for x in [0.9, 1.2] {
        assert!((constraint.penalty(x) - constraint.penalty(1.0) - 0.5).abs() < 1e-14);
    }
    close(&expected(&model, &[("k", 2.0)]), &[9.0 + 10.0, 2.0 + 8.0]);
}

/// Templates of two bins: background 6 and 4, a shape that moves it, errors of a few events.
fn templates() -> Memory {
    Memory::default()
        .with("h.root:data_obs", &[7.0, 5.0], &[0.0, 0.0])
        .with("h.root:S", &[1.0, 3.0], &[0.5, 0.6])
        .with("h.root:B", &[6.0, 4.0], &[1.5, 1.0])
        .with("h.root:B_tiltUp", &[7.0, 3.5], &[0.0, 0.0])
        .with("h.root:B_tiltDown", &[5.0, 4.5], &[0.0, 0.0])
        .with("h.root:B_sideUp", &[6.5, 4.5], &[0.0, 0.0])
        .with("h.root:B_sideDown", &[5.5, 3.0], &[0.0, 0.0])
        .with("h.root:S_sideUp", &[1.5, 2.5], &[0.0, 0.0])
        .with("h.root:S_sideDown", &[0.5, 3.5], &[0.0, 0.0])
}

fn shapes(lines: &str) -> String {
    format!(
        "shapes * * h.root $PROCESS $PROCESS_$SYSTEMATIC\nbin a\nobservation -1\nbin a a\nprocess S B\nprocess 0 1\nrate -1 -1\n{lines}\n"
    )
}

fn shaped(text: &str) -> Model {
    let made = card(text).model(&templates(), &CardOptions::default());
    made.unwrap_or_else(|problems| panic!("{}", render(&problems, false)))
}

#[test]
fn templates_move_their_integral_and_their_fractions_apart() {
    let model = shaped(&shapes("tilt shape - 1"));
    assert_eq!(model.observed(), [7.0, 5.0]);
    // At +1 and -1 the background is the varied template.
    close(&expected(&model, &[("tilt", 1.0)]), &[1.0 + 7.0, 3.0 + 3.5]);
    close(&expected(&model, &[("tilt", -1.0)]), &[1.0 + 5.0, 3.0 + 4.5]);
    // Beyond, the integral is exponential and the fractions are linear.
    let norm = 10.0 * 1.05f64 * 1.05;
    let fraction = 0.6 + 2.0 * (7.0 / 10.5 - 0.6);
    close(&expected(&model, &[("tilt", 2.0)]), &[1.0 + norm * fraction, 3.0 + norm * (1.0 - fraction)]);
    // In logarithms the fractions are products, divided by their sum.
    let model = shaped(&shapes("tilt shapeN - 1"));
    let parts = [0.6 * (7.0 / 10.5 / 0.6) * (7.0 / 10.5 / 0.6), 0.4 * (3.5 / 10.5 / 0.4) * (3.5 / 10.5 / 0.4)];
    let sum = parts[0] + parts[1];
    close(&expected(&model, &[("tilt", 2.0)]), &[1.0 + norm * parts[0] / sum, 3.0 + norm * parts[1] / sum]);
    // Half the size is half the parameter, and a flat one has no constraint.
    let (half, whole) = (shaped(&shapes("tilt shape - 0.5")), shaped(&shapes("tilt shapeU - 1")));
    let fractions = |model: &Model, x: f64| {
        let bins = expected(model, &[("r", 0.0), ("tilt", x)]);
        bins[0] / (bins[0] + bins[1])
    };
    assert!((fractions(&half, 2.0) - fractions(&whole, 1.0)).abs() < 1e-14);
    assert_eq!(whole.parameters()[whole.index("tilt").unwrap()].constraint, None);
}

#[test]
fn columns_without_templates_of_an_optional_shape_are_log_normal() {
    let model = shaped(&shapes("tilt shape? 1.1 1"));
    close(&expected(&model, &[("tilt", 1.0)]), &[1.1 + 7.0, 3.3 + 3.5]);
}

#[test]
fn rates_of_the_card_hold_against_integrals() {
    let model = shaped(&shapes("").replace("rate -1 -1", "rate 8 -1"));
    close(&model.expected(&model.start()), &[2.0 + 6.0, 6.0 + 4.0]);
}

#[test]
fn bins_of_few_events_have_a_parameter_for_each_process() {
    // Bin 0 of B: (6/1.5)² = 16 events; bin 1: 16. Of S: 4 and 25.
    let model = shaped(&shapes("a autoMCStats 20 1"));
    // With the signal bin 0 has (7/√2.5)² = 19.6 → 20 events, bin 1 (7/√1.36)² = 36.
    let names: Vec<&str> = model.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["r", "prop_bina_bin0_S", "prop_bina_bin0_B", "prop_bina_bin1"]);
    let x = [("r", 2.0), ("prop_bina_bin0_S", 5.0), ("prop_bina_bin0_B", 12.0), ("prop_bina_bin1", 0.5)];
    let spread = (1.2f64 * 1.2 + 1.0).sqrt();
    close(&expected(&model, &x), &[2.0 * 5.0 / 4.0 + 6.0 * 12.0 / 16.0, 6.0 + 4.0 + 0.5 * spread]);
    let model = shaped(&shapes("a autoMCStats 10"));
    assert_eq!(model.parameters().len(), 3);
}

#[test]
fn templates_of_the_second_mode_move_contents() {
    let model = shaped(&shapes("tilt shape - 1\nside shape 1 1\na autoMCStats -1 0 2"));
    // By the formula ½x[(u-d) + (u+d)h(x)] of contents: at ±1 the templates, then straight lines; the integral is free.
    close(&expected(&model, &[("tilt", 1.0)]), &[1.0 + 7.0, 3.0 + 3.5]);
    close(&expected(&model, &[("tilt", 2.0)]), &[1.0 + 8.0, 3.0 + 3.0]);
    // Half way h is (3/32 - 10/8 + 15/2)/8.
    let h = 0.79296875;
    let second = 4.0 + 0.25 * (1.5 - 0.5 * h);
    close(&expected(&model, &[("r", 0.0), ("side", 0.5)]), &[6.25, second]);
    // In logarithms nothing is left of the integral.
    let model = shaped(&shapes("tilt shapeN - 1\na autoMCStats -1 0 2"));
    close(&expected(&model, &[("tilt", 1.0)]), &[1.0 + 10.0 * 7.0 / 10.5, 3.0 + 10.0 * 3.5 / 10.5]);
    let odd = card(&shapes("tilt shape - 1\na autoMCStats -1 0 3"));
    assert!(odd.warnings[0].to_string().starts_with("card.txt:9:20: 3 is no mode of autoMCStats, and is taken for 1"));
    let model = odd.model(&templates(), &CardOptions::default()).unwrap();
    close(&expected(&model, &[("tilt", 1.0)]), &[1.0 + 7.0, 3.0 + 3.5]);
}

#[test]
fn groups_are_of_parameters_that_the_model_has() {
    let text =
        shapes("tilt shape - 1\nn lnN 1.1 -\nnone lnN - -\nth group = tilt none\nth += n\nex group = none\na autoMCStats 0");
    let card = card(&text.replace("th +=", "th group +="));
    let model = card.model(&templates(), &CardOptions::default()).unwrap();
    let found = card.groups_of(&model);
    let names = |members: &[&str]| members.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(found[0], ("th".to_owned(), names(&["tilt", "n"])));
    assert_eq!(found[1], ("autoMCStats".to_owned(), names(&["prop_bina_bin0", "prop_bina_bin1"])));
    assert_eq!(found.len(), 2);
    let found = mistakes(&counting("k rateParam a S @0 r\ng group = k"));
    assert_eq!(found, ["card.txt:11:1: group `g`: `k` is a formula; name the parameters that it depends on"]);
}

#[test]
fn objects_of_workspaces_are_refused_where_they_stand() {
    let text =
        counting("k rateParam a S file.root:w\ne extArg file.root:w:RecycleConflictNodes\nx extArg 3 [0,2]\ny extArg 1 abc");
    let found = mistakes(&text);
    let starts = [
        "card.txt:10:17: functions of RooFit workspaces are not read",
        "card.txt:11:10: objects of RooFit workspaces are not read",
        "card.txt:12:10: 3 is outside the range",
        "card.txt:13:12: expected a range or [const], got `abc`",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (message, start) in found.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
}

/// Everything that a channel can have, twice: with logarithms and without, with statistics and without.
fn everything(kind: &str, statistics: &str) -> String {
    shapes(&format!(
        "tilt {kind} - 1\nside {kind} 0.7 1\nn lnN 1.2 0.8/1.3\nboth lnN 1.05 1.1\ng gmM - 0.2\nt trG 0.1 -\nk rateParam a B 1.2 [0,5]\n\
         k param 1.1 -0.3/+0.2\nmix rateParam a S exp(0.1*@0)*(1+k*k) tilt,k\n{statistics}"
    ))
}

#[test]
fn fractions_that_would_be_negative_stay_at_a_floor() {
    // At 6.5 the second bin would have 0.4 - 6.5/15 of the background.
    let norm = 10.0 * maths::pow(1.05, 6.5);
    let first = 0.6 + 6.5 / 15.0;
    let x = [("r", 1.0), ("tilt", 6.5)];
    let model = shaped(&shapes("tilt shape - 1"));
    close(&expected(&model, &x), &[1.0 + norm * first / (first + 1e-9), 3.0 + norm * 1e-9 / (first + 1e-9)]);
    check_derivatives(&model, &[1.0, 6.5]);
    // With statistics of the templates they are not divided by their sum.
    let model = shaped(&shapes("tilt shape - 1\na autoMCStats 0 1"));
    close(&expected(&model, &x), &[1.0 + norm * first, 3.0 + norm * 1e-9]);
    check_derivatives(&model, &[1.0, 6.5, 0.3, -0.2]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn derivatives_are_those_of_the_value(
        shifts in prop::collection::vec(-1.4f64..1.4, 12), r in 0.0f64..3.0, log in any::<bool>(), threshold in prop::sample::select(vec![-1.0, 0.0, 20.0, 1e6]),
    ) {
        let statistics = format!("a autoMCStats {threshold} 1");
        let model = shaped(&everything(if log { "shapeN" } else { "shape" }, &statistics));
        let mut x = model.start();
        for ((value, parameter), shift) in x.iter_mut().zip(model.parameters()).zip(shifts) {
            // Near a joint of the interpolation differences of fourth order do not see the derivatives.
            let shift = if [0.0, 0.5, 1.0, 1.0 / 0.7].iter().any(|joint| (shift.abs() - joint).abs() < 0.01) { 0.3 } else { shift };
            *value = if parameter.start == 0.0 { shift } else { parameter.start * (1.0 + 0.15 * shift + 0.01) };
        }
        x[0] = r;
        // So they do where the two halves of a constraint meet.
        let k = model.index("k").unwrap();
        prop_assume!((x[k] - 1.1).abs() > 0.01);
        prop_assume!(model.expected(&x).iter().all(|mean| *mean > 0.5));
        check_derivatives(&model, &x);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        if let Err(problems) = Card::read(&Source::new("card.txt", text)) {
            prop_assert!(!problems.is_empty());
            render(&problems, false);
        }
    }

    #[test]
    fn no_change_of_a_card_makes_the_compiler_panic(at in 0usize..700, length in 0usize..12, with in "[ \n\t0-9a-z.,*()\\[\\]@/^+-]{0,6}") {
        let text = everything("shape", "a autoMCStats 20\ngr group = tilt n\nnuisance edit drop B a n\nx edit rename S a both other");
        let start = at.min(text.len());
        let end = (start + length).min(text.len());
        let text = format!("{}{with}{}", &text[..start], &text[end..]);
        let source = Source::new("card.txt", text.clone());
        let problems = match Card::read(&source) {
            Ok(card) => card.model(&templates(), &CardOptions::default()).err(),
            Err(problems) => Some(problems),
        };
        for problem in problems.into_iter().flatten() {
            prop_assert!(problem.span.is_none_or(|span| span.start <= span.end && span.end <= text.len()), "{problem:?}");
            render(&[problem], false);
        }
    }
}

#[test]
fn mistakes_are_told_all_at_once_with_line_and_column() {
    let text = "imax 3\njmax 1\nbin a b\nobservation 6 x\nbin a a b c\nprocess S B S B\nprocess 0 1 1 one\nrate 1 5 -3 4\n";
    let found = mistakes(text);
    let starts = [
        "card.txt:4:15: ",
        "card.txt:5:11: no channel `c`",
        "card.txt:7:13: process `S` is a background here",
        "card.txt:8:10: ",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (message, start) in found.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
    let lines = "n lnN 1.1 - 1.2\nm lnM 1 1 1 1\nk rateParam c B 1\nl rateParam a B 2 [3,4]\na autoMCstats 10\nq shape 1 -1 - -\n\
                 g group = nn\nz autoMCStats 5\nf rateParam a B (@0*@2) k\nnuisance edit dropp * * n\np param 1 -0.1/0.2";
    let found = mistakes(&counting(lines));
    let starts = [
        "card.txt:10:16: 3 values for 4 columns",
        "card.txt:11:3: `lnM` is no type of nuisance; did you mean `lnN`?",
        "card.txt:12:13: no channel `c`; did you mean `a`?",
        "card.txt:13:17: 2 is outside the range",
        "card.txt:14:3: `autoMCstats` is no type of nuisance; did you mean `autoMCStats`?",
        "card.txt:15:11: -1 is negative",
        "card.txt:17:1: no channel `z`",
        "card.txt:19:15: no edit `dropp`; did you mean `drop`?",
        "card.txt:20:11: expected a positive width or -BELOW/+ABOVE",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (message, start) in found.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
    assert!(mistakes("").len() >= 3);
    assert_eq!(
        mistakes(&counting("g group = nn\nn lnN 1 1 1 1.1")),
        ["card.txt:10:1: group `g`: no nuisance `nn`; did you mean `n`?"]
    );
    assert!(
        mistakes(&counting("").replace("imax 2", "imax 3"))[0].starts_with("card.txt:1:6: imax: there are 2 channels, not 3")
    );
}

#[test]
fn mistakes_that_show_with_the_histograms_have_places_too() {
    let failed = |text: &str| -> Vec<String> {
        let problems = card(text).model(&templates(), &CardOptions::default()).unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    };
    for (lines, message) in [
        ("bend shape - 1", "card.txt:1:1: no histogram `B_bendUp` in h.root"),
        ("tilt shape - 1\nside shapeN - 1", "card.txt:9:1: a/B has nuisances of types shape and shapeN"),
        ("k rateParam a B @0+@1 tilt,nil", "card.txt:8:23: no parameter `tilt`"),
        ("k rateParam a B @0 l\nl rateParam a B @0 k", "card.txt:8:20: the formula `l` depends on itself"),
        ("k rateParam a B @0+@7 r", "card.txt:8:20: `@7` is none of the 1 arguments"),
        ("k rateParam a B @0 r\nk rateParam a S 2*@0 r", "card.txt:9:1: `k` is another formula elsewhere"),
        ("n lnN 1.1 -\nn gmN 4 - 2.5", "card.txt:9:1: `n` is declared twice"),
        ("n gmN 4 - 1", "card.txt:8:1: 4 events times 1 are not the rate 10 of a/B"),
        ("n gmM 0.2 0.3", "card.txt:8:1: `n` of type gmM has two widths"),
    ] {
        let found = failed(&shapes(lines));
        assert!(found[0].starts_with(message), "{found:#?}");
    }
    let other = shapes("").replace("observation -1", "observation 13");
    assert!(failed(&other)[0].contains("is 13, the integral of its histogram 12"));
    let missing =
        card(&shapes("").replace("$PROCESS $PROCESS_$SYSTEMATIC", "$PROCES x")).model(&templates(), &CardOptions::default());
    assert!(missing.unwrap_err()[0].message.contains("keyword `$PROCES`"));
    let options = CardOptions::default().mask("b");
    assert!(card(&shapes("")).model(&templates(), &options).unwrap_err()[0].message.contains("no channel `b` to mask"));
}

#[test]
fn what_is_odd_but_harmless_is_a_warning() {
    let warned = |lines: &str| card(&counting(lines)).warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(warned("n lnN 1.1 - - -"), Vec::<String>::new());
    assert_eq!(warned("m flatParam"), ["card.txt:10:1: no parameter `m` that could be flat"]);
    let text = counting("n lnN 1.1 - - -").replace("kmax *", "kmax 3\nimaxx 2\ndate 2011.11.18");
    let found: Vec<String> = card(&text).warnings.iter().map(ToString::to_string).collect();
    assert!(found[0].contains("`imaxx`") && found[1].contains("there are 1 nuisances, not 3"), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn edits_change_the_nuisances_above_them() {
    let model = compiled(&counting(
        "dB lnN 1.00 1.30 1.0 1.1\nnuisance edit add S * dB lnN 1.2 overwrite\nnuisance edit rename S a dB dS\nnuisance edit changepdf dS trG",
    ));
    // ln 1.2 as the slope of dS on S in a; S in b keeps 1.2.
    let x = [("dS", 0.5), ("dB", 1.0)];
    close(&expected(&model, &x), &[1.0 + 0.5 * maths::ln(1.2) + 5.0 * 1.3, 2.0 * 1.2 + 4.0 * 1.1]);
    let model = compiled(&counting(
        "n lnN 1.1 1.2 - -\nm lnN - 1.3 - -\nx edit merge B a n m\ny edit split S a n n1 n2 1.01 1.02\nz edit freeze n2",
    ));
    let both = maths::exp(maths::hypot(maths::ln(1.2), maths::ln(1.3)));
    close(&expected(&model, &[("n", 1.0), ("n1", 1.0), ("n2", 1.0)]), &[1.01 * 1.02 + 5.0 * both, 6.0]);
    assert!(model.index("m").is_none() && model.parameters()[model.index("n2").unwrap()].fixed);
    let model =
        compiled(&counting("n lnN 0.9 1.2 - -\nx edit flip * * n n2p\ny edit drop B .* n\nnuisance edit drop * c n ifexists"));
    close(&expected(&model, &[("n", 1.0)]), &[1.0 / 0.9 + 5.0, 6.0]);
    assert!(mistakes(&counting("n lnN 1.1 - - -\nx edit add S a n lnN 1.2"))[0].contains("`n` affects a/S already"));
    // A renamed shape keeps its templates.
    let model = shaped(&shapes("tilt shape - 1\nx edit rename tilt bend"));
    close(&expected(&model, &[("bend", 1.0)]), &[8.0, 6.5]);
}

#[test]
fn physics_models_scale_what_their_patterns_fit() {
    let text = counting("");
    let model = |physics: &str| {
        let options = CardOptions::default().physics(Physics::read(physics, no_files).unwrap());
        card(&text).model(&Memory::default(), &options).unwrap()
    };
    let two = model("multiSignalModel map=a/S:r_a[1,0,5] map=b/S:r_b[1,-2,5] map=b/B:0");
    assert_eq!(two.poi(), Some(0));
    close(&expected(&two, &[("r_a", 3.0), ("r_b", 4.0)]), &[3.0 + 5.0, 8.0]);
    let formula = model("multiSignalModel map=.*/S:kappa[1,0,5] map=b/S:mu=expr::mu(\"@0*@0\",kappa)");
    close(&expected(&formula, &[("kappa", 3.0)]), &[3.0 + 5.0, 18.0 + 4.0]);
    for wrong in
        ["multiSignalModel", "multiSignalModel map=a", "multiSignalModel map=(a:r[1,0,5]", "multiSignalModel map=a:r[1,5,0]", "x"]
    {
        assert!(Physics::read(wrong, no_files).is_err(), "{wrong}");
    }
}

#[test]
fn several_cards_are_one_with_shared_parameters() {
    let one = card(&shapes("tilt shape - 1\nn lnN 1.1 1.1\nall group = n"));
    let two = card(&counting("n lnN 1.2 - - -\ntilt lnN - 1.3 - -\nall group = tilt"));
    let both = Card::combine(vec![("x".to_owned(), one.clone()), ("y".to_owned(), two)]).unwrap();
    assert_eq!(both.groups[0].members, ["n", "tilt"]);
    let model = both.model(&templates(), &CardOptions::default()).unwrap();
    assert_eq!(model.channels().map(|(name, _)| name.to_owned()).collect::<Vec<_>>(), ["x", "y_a", "y_b"]);
    close(&expected(&model, &[("n", 1.0), ("tilt", 1.0)]), &[1.1 * 8.0, 1.1 * 6.5, 1.2 + 5.0 * 1.3, 6.0]);
    let masked = both.model(&templates(), &CardOptions::default().mask("x")).unwrap();
    assert_eq!(masked.observed(), [6.0, 9.0]);
    let clash = card(&counting("n gmN 5 - 1 - -"));
    let problems = Card::combine(vec![("x".to_owned(), one.clone()), ("y".to_owned(), clash)]).unwrap_err();
    assert!(problems[0].message.contains("`n` is of type gmN on this card and lnN on another"), "{problems:?}");
    assert!(Card::combine(vec![("x".to_owned(), one.clone()), ("x".to_owned(), one)]).is_err());
}

#[test]
fn toys_and_asimov_data_of_a_card_are_data_of_its_model() {
    let model = shaped(&everything("shape", "a autoMCStats 20 1"));
    let x = model.start();
    let asimov = model.with_data(&model.asimov(&x)).unwrap();
    close(asimov.observed(), &model.expected(&x));
    let toy = model.toy(&x, 7, 3);
    assert_eq!(toy, model.toy(&x, 7, 3));
    assert!(model.with_data(&toy).unwrap().nll(&x).is_finite());
}

#[test]
fn deep_and_long_texts_are_read_or_refused() {
    let deep = "(".repeat(1_000_000);
    assert!(
        Card::read(&Source::new("c", counting(&format!("k rateParam a B {deep} r"))))
            .unwrap()
            .model(&Memory::default(), &CardOptions::default())
            .is_err()
    );
    let chain = (0..3000).map(|i| format!("f{i} rateParam a B @0+1 f{}\n", i + 1)).collect::<Vec<_>>().concat();
    assert!(
        card(&counting(&format!("{chain}f3000 rateParam a B 1"))).model(&Memory::default(), &CardOptions::default()).is_err()
    );
    assert!(!mistakes(&counting("n lnN 1e999 nan inf -1")).is_empty());
    assert!(!mistakes(&counting("n gmN 99999999999999999999999999 - x - -")).is_empty());
}

/// Channels of many bins, some with a parameter of their own, some with one for each process.
#[test]
fn parameters_of_bins_are_leaves_of_the_arrow() {
    let (channels, bins) = (6, 40);
    let mut histograms = Memory::default();
    for channel in 0..channels {
        let contents =
            |scale: f64| (0..bins).map(|bin| scale * (1.0 + f64::from((bin * 7 + channel) % 11))).collect::<Vec<f64>>();
        // Every fifth bin has few events; one of ten has no error at all.
        let errors = |values: &[f64]| {
            let error = |(bin, value): (usize, &f64)| match bin % 10 {
                0 => 0.0,
                5 => 0.6 * value,
                _ => 0.1 * value,
            };
            values.iter().enumerate().map(error).collect::<Vec<f64>>()
        };
        for (name, scale) in [("data_obs", 12.0), ("S", 2.0), ("B", 9.0), ("B_tiltUp", 9.7), ("B_tiltDown", 8.5)] {
            let mut values = contents(scale);
            if name.starts_with("B_") {
                let tilt = if name.ends_with("Up") { 0.003 } else { -0.003 };
                values.iter_mut().enumerate().for_each(|(bin, value)| *value *= 1.0 + tilt * bin as f64);
            }
            histograms = histograms.with(&format!("h.root:c{channel}/{name}"), &values, &errors(&values));
        }
    }
    let names: Vec<String> = (0..channels).map(|channel| format!("c{channel}")).collect();
    let twice = |text: &str| vec![text; channels as usize].join(" ");
    let columns = names.iter().map(|name| format!("{name} {name}")).collect::<Vec<_>>().join(" ");
    let text = format!(
        "shapes * * h.root $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC\nbin {}\nobservation {}\nbin {columns}\nprocess {}\n\
         process {}\nrate {}\ntilt shape {}\nn lnN {}\nk rateParam c1 B 1.1 [0,5]\n* autoMCStats 10",
        names.join(" "),
        twice("-1"),
        twice("S B"),
        twice("0 1"),
        twice("-1 -1"),
        twice("- 1"),
        twice("1.1 1.05"),
    );
    let model = card(&text).model(&histograms, &CardOptions::default()).unwrap();
    let each = model.parameters().iter().filter(|parameter| parameter.name.ends_with("_B")).count();
    // Of 40 bins 32 have one for the sum, 4 one for each of two processes, 4 none.
    assert_eq!((model.parameters().len(), each), (4 + 6 * (32 + 8), 6 * 4));
    let mut x = model.start();
    for (index, value) in x.iter_mut().enumerate().skip(1) {
        *value += 0.02 * (index % 7) as f64 - 0.05;
    }
    let (mut gradient, mut dense) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
    let value = model.evaluate(&x, Curvature::Exact, &mut gradient, &mut dense);
    let mut hessian = model.new_hessian();
    let mut other = vec![0.0; x.len()];
    assert_eq!(model.evaluate_into(&x, Curvature::Exact, &mut other, &mut hessian), value);
    assert_eq!(gradient, other);
    let Hessian::Arrow(arrow) = hessian else { panic!("so many parameters are not dense") };
    let same = arrow.dense();
    for (ours, truth) in same.data().iter().zip(dense.data()) {
        assert!((ours - truth).abs() <= 1e-12 * truth.abs().max(1.0), "{ours} {truth}");
    }
    let few: Vec<usize> = vec![0, 1, 2, 3, 4, 5, 40, 100, 243];
    for &i in &few {
        let step = 1e-4;
        let slope = |factor: f64| {
            let mut y = x.clone();
            y[i] += factor * step;
            let mut gradient = vec![0.0; y.len()];
            model.gradient(&y, &mut gradient);
            gradient
        };
        let sides = [-2.0, -1.0, 1.0, 2.0].map(slope);
        for &j in &few {
            let difference = (sides[0][j] - 8.0 * sides[1][j] + 8.0 * sides[2][j] - sides[3][j]) / (12.0 * step);
            let scale = (dense[(i, i)].abs() * dense[(j, j)].abs()).sqrt().max(10.0);
            assert!((difference - dense[(i, j)]).abs() < 1e-6 * scale, "{i} {j}: {difference} {}", dense[(i, j)]);
        }
    }
}

/// The fuzz target's first inputs in every plain test run.
#[test]
fn seeds_of_the_fuzz_target_are_cards() {
    let seeds = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/datacard_text.txt")).unwrap();
    for text in seeds.split("===\n") {
        card(text);
    }
}
