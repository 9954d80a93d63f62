//! HistFactory configurations from memory: what they become, and what is said of mistakes.

use std::collections::BTreeMap;

use germane_models::histfactory_xml::{Compiled, Configuration, Convention};
use germane_models::{Curvature, HistogramSource, Likelihood, SourceHistogram};
use germane_numerics::dense::Matrix;
use germane_texts::{Diagnostic, Source};
use proptest::prelude::*;

/// The fuzz target's first inputs: a top-level file and a channel.
fn seeds() -> (&'static str, &'static str) {
    include_str!("../../../fuzz/seeds/histfactory_xml.txt").split_once("===\n").unwrap()
}

/// Histograms of two bins by name, whatever the file.
struct Memory(BTreeMap<&'static str, [f64; 2]>);

impl HistogramSource for Memory {
    fn histogram(&self, file: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        let contents = self.0.get(name).ok_or_else(|| Diagnostic::new("name", format!("no `{name}` in {file}")))?;
        let contents = contents.to_vec();
        Ok(SourceHistogram { edges: vec![vec![0.0, 1.0, 2.0]], variances: contents.clone(), contents, single: false })
    }
}

fn histograms() -> Memory {
    let all = [
        ("data", [55.0, 66.0]),
        ("signal", [5.0, 10.0]),
        ("background", [50.0, 60.0]),
        ("relative", [0.1, 0.04]),
        ("up", [55.0, 58.0]),
        ("down", [47.0, 61.0]),
    ];
    Memory(all.into_iter().collect())
}

fn compiled(top: &str, channel: &str, convention: Convention) -> Result<Compiled, Vec<Diagnostic>> {
    let file = |name: &str| match name {
        "channel.xml" => Ok(Source::new(name, channel)),
        _ => Err(Diagnostic::new("file", format!("no file `{name}`"))),
    };
    Configuration::read(&Source::new("top.xml", top), file)?.model(None, &histograms(), convention)
}

#[test]
fn every_effect_has_its_parameters_and_constraint() {
    let (top, channel) = seeds();
    let model = compiled(top, channel, Convention::Exact).unwrap().model;
    let described: Vec<String> = model
        .parameters()
        .iter()
        .map(|one| {
            let constraint = one.constraint.map(|constraint| format!("{:.4} ± {:.4}", constraint.best(), constraint.width()));
            let held = if one.fixed { " held" } else { "" };
            format!("{} {} [{}, {:.2}] {}{held}", one.name, one.start, one.lower, one.upper, constraint.unwrap_or("free".into()))
        })
        .collect();
    // By the rules of the format: ROOT's names and bounds, 1 + 5 r for the bins, held below the threshold of 5 %.
    let truth = [
        "Lumi 1 [0, 10.00] 1.0000 ± 0.1000 held",
        "alpha_syst1 0 [-5, 5.00] 0.0000 ± 1.0000 held",
        "mu 1.2 [0, 3.00] free",
        "beta_syst2 1 [0, 10.00] 1.0000 ± 0.3000",
        "alpha_syst3 0 [-5, 5.00] 0.0000 ± 1.0000",
        "gamma_shape_bin_0 1 [0, 1.50] 1.0000 ± 0.1000",
        "gamma_shape_bin_1 1 [0, 1.20] 1.0000 ± 0.0400",
        "gamma_free_bin_0 1 [0, 1000.00] free",
        "gamma_free_bin_1 1 [0, 1000.00] free",
        "gamma_stat_SR_bin_0 1 [0, 1.50] 1.0000 ± 0.1000",
        "gamma_stat_SR_bin_1 1 [0, 1.20] 1.0000 ± 0.0400 held",
    ];
    assert_eq!(described, truth);
    // The luminosity scales only what is normalised by theory, unless ROOT is asked for.
    let mut x = model.start();
    x[0] = 2.0;
    assert_eq!(model.expected(&x), [50.0 + 2.0 * 1.2 * 5.0, 60.0 + 2.0 * 1.2 * 10.0]);
    let root = compiled(top, channel, Convention::Root).unwrap().model;
    assert_eq!(root.expected(&x), [100.0 + 2.0 * 1.2 * 5.0, 120.0 + 2.0 * 1.2 * 10.0]);
}

#[test]
fn derivatives_with_roots_normalisations_are_those_of_the_values() {
    let (top, channel) = seeds();
    for convention in [Convention::Exact, Convention::Root] {
        let model = compiled(top, channel, convention).unwrap().model;
        let x: Vec<f64> = model.start().iter().enumerate().map(|(i, x)| x + 0.02 * (i as f64 - 4.0)).collect();
        let evaluate = |x: &[f64]| {
            let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
            let value = model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian);
            (value, gradient, hessian)
        };
        let (_, gradient, hessian) = evaluate(&x);
        let mut alone = vec![0.0; x.len()];
        model.gradient(&x, &mut alone);
        let h = 1e-4;
        for i in 0..x.len() {
            let at = |k: f64| {
                let mut moved = x.clone();
                moved[i] += k * h;
                evaluate(&moved)
            };
            let (below, above) = (at(-1.0), at(1.0));
            let name = &model.parameters()[i].name;
            // Second order: h² times a third derivative of at most some thousands.
            let slope = (above.0 - below.0) / (2.0 * h);
            assert!((slope - gradient[i]).abs() < 1e-4 * (1.0 + gradient[i].abs()), "{name} {slope} {}", gradient[i]);
            assert!((alone[i] - gradient[i]).abs() < 1e-12 * (1.0 + gradient[i].abs()), "{name}");
            for j in 0..x.len() {
                let curve = (above.1[j] - below.1[j]) / (2.0 * h);
                assert!((curve - hessian[(i, j)]).abs() < 1e-4 * (1.0 + hessian[(i, j)].abs()), "{name} {j}");
            }
        }
    }
}

#[test]
fn mistakes_are_told_with_file_and_place() {
    let (top, channel) = seeds();
    for (from, to, words) in [
        ("LumiRelErr", "LumiRelErrr", "unknown attribute `LumiRelErrr` of `Measurement`; did you mean `LumiRelErr`"),
        ("<POI>mu", "<POI>nu", "no parameter `nu`; did you mean `mu`"),
        ("channel.xml", "chanel.xml", "top.xml:3:10: no file `chanel.xml`"),
        ("Type=\"Gamma\"", "Type=\"Gama\"", "did you mean `Gamma`"),
        ("RelativeUncertainty=\".3\"", "RelativeUncertainty=\"0\"", "must be above 0"),
        ("Val=\"1.2\"", "Val=\"12\"", "not between 0 and 3"),
        ("Val=\"1.2\"", "Val=\"x\"", "expected a number, got `x`"),
        ("</Combination>", "", "`Combination` is not closed"),
    ] {
        let changed = top.replacen(from, to, 1);
        assert_ne!(changed, top);
        let told: Vec<String> =
            compiled(&changed, channel, Convention::Exact).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|line| line.contains(words) && line.starts_with("top.xml:")), "{to}: {told:#?}");
    }
    for (from, to, words) in [
        ("HistoNameHigh=\"up\"", "HistoNameHigh=\"upp\"", "no `upp` in data.root"),
        ("HistoNameHigh=\"up\"", "HistoName=\"up\"", "unknown attribute `HistoName` of `HistoSys`"),
        ("Low=\"0.95\"/>", "Low=\"-0.95\"/>", "logarithm"),
        ("<ShapeFactor", "<ShapeFaktor", "did you mean `ShapeFactor`"),
        ("Name=\"background\"", "Name=\"signal\"", "sample `signal` appears twice"),
        ("InputFile=\"data.root\"", "", "has no `InputFile`"),
        ("Activate=\"True\"", "Activate=\"maybe\"", "expected True or False"),
        ("ConstraintType=\"Gaussian\"", "ConstraintType=\"Normal\"", "cannot be `Normal`"),
    ] {
        let changed = channel.replacen(from, to, 1);
        assert_ne!(changed, channel);
        let told: Vec<String> = compiled(top, &changed, Convention::Exact).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|line| line.contains(words) && line.starts_with("channel.xml:")), "{to}: {told:#?}");
    }
}

#[test]
fn channels_without_data_have_the_expected_ones() {
    let (top, channel) = seeds();
    let read = compiled(top, &channel.replace("<Data HistoName=\"data\"/>", ""), Convention::Exact).unwrap();
    assert_eq!(read.model.observed(), [56.0, 72.0]);
    assert!(read.warnings[0].message.contains("no data in SR"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mixed_configurations_are_read_or_refused(
        (start, length, from, taken) in (0..1200_usize, 0..30_usize, 0..1200_usize, 0..30_usize),
    ) {
        let (top, channel) = seeds();
        let piece = |text: &'static str, start: usize, length: usize| {
            let start = start % text.len();
            (start, (start + length).min(text.len()))
        };
        for (one, other) in [(top, channel), (channel, top)] {
            let ((a, b), (c, d)) = (piece(one, start, length), piece(other, from, taken));
            let text = format!("{}{}{}", &one[..a], &other[c..d], &one[b..]);
            for (top, channel) in [(text.as_str(), channel), (top, text.as_str())] {
                if let Ok(read) = compiled(top, channel, Convention::Root) {
                    prop_assert!(!read.model.nll(&read.model.start()).is_nan());
                }
            }
        }
    }
}
