//! Workspaces as datacards: which channels keep their bins, what is exact, and what is told to be lost.

use std::collections::BTreeMap;

use germane_models::datacard::{Card, CardOptions, FromWorkspace};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Setting, Workspace};
use germane_models::{HistogramSource, Likelihood, Model, SourceHistogram};
use germane_texts::{Diagnostic, Source};
use proptest::prelude::*;

struct Memory(BTreeMap<String, SourceHistogram>);

impl HistogramSource for Memory {
    fn histogram(&self, file: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        assert_eq!(file, "card.root");
        self.0.get(name).cloned().ok_or_else(|| Diagnostic::new("name", format!("no `{name}` in {file}")))
    }
}

fn compiled(written: &FromWorkspace) -> Model {
    let card = Card::read(&Source::new("card.txt", written.text.as_str())).unwrap();
    let histograms = Memory(written.histograms.iter().cloned().collect());
    card.model(&histograms, &CardOptions::default()).unwrap_or_else(|problems| panic!("{problems:?}\n{}", written.text))
}

fn losses(written: &FromWorkspace) -> Vec<&str> {
    written.losses.iter().map(|loss| loss.message.as_str()).collect()
}

/// A histosys that keeps the integral 100 of its sample.
fn tilt(name: &str) -> Modifier {
    Modifier::histo_sys(name, vec![25.0, 28.0, 47.0], vec![16.5, 33.25, 50.25])
}

fn background() -> Sample {
    Sample::new("background", vec![20.0, 30.0, 50.0])
}

fn signal() -> Sample {
    Sample::new("signal", vec![1.0, 4.0, 2.5]).with(Modifier::norm_factor("mu"))
}

/// All that a card says exactly: templates, errors of one template, counts of another, and a channel that needs single bins.
fn exact() -> Workspace {
    let other = Sample::new("other", vec![6.0, 7.0, 9.5]).with(Modifier::stat_error("stat", vec![1.5, 0.0, 2.0]));
    let signal_region = Channel::new("SR")
        .sample(signal().with(Modifier::lumi()).with(tilt_of_signal()))
        .sample(background().with(Modifier::norm_factor("k")).with(Modifier::lumi()).with(tilt("tilt")).with(tilt("other_tilt")))
        .sample(other.with(Modifier::norm_factor("k")));
    // 8²/2² = 16 and 12²/4² = 9 events.
    let fakes = Sample::new("fakes", vec![8.0, 12.0, 3.0]).with(Modifier::shape_sys("few", vec![2.0, 4.0, 0.0]));
    let grow = Modifier::histo_sys("grow", vec![22.0, 34.0, 61.0], vec![19.0, 25.0, 49.0]);
    let control =
        Channel::new("CR").sample(background().with(Modifier::norm_factor("k")).with(tilt("tilt")).with(grow)).sample(fakes);
    let free = Channel::new("VR").sample(Sample::new("free", vec![30.0, 40.0]).with(Modifier::shape_factor("free")));
    Workspace::new()
        .channel(signal_region, vec![25.0, 44.0, 61.0])
        .channel(control, vec![31.0, 40.0, 55.0])
        .channel(free, vec![28.0, 41.0])
        .measurement(
            Measurement::new("m", Some("mu"))
                .set(Setting::luminosity(1.1, 0.02))
                .set(Setting::new("k").within(0.25, 4.0))
                .set(Setting::new("other_tilt").fix()),
        )
}

/// The integral 7.5 of the signal stays, too.
fn tilt_of_signal() -> Modifier {
    Modifier::histo_sys("tilt", vec![1.5, 4.0, 2.0], vec![0.75, 3.5, 3.25])
}

/// The card's parameter and its value, by hand: uncertainties of 1.5/6 and 2/9.5, counts of 16 and 9.
fn on_the_card(name: &str, value: f64) -> Option<(&str, f64)> {
    Some(match name {
        "mu" => ("r", value),
        "lumi" => ("lumi", (value - 1.1) / 0.02),
        "stat[0]" => ("prop_binSR_bin0", (value - 1.0) / 0.25),
        "stat[2]" => ("prop_binSR_bin2", (value - 1.0) / (2.0 / 9.5)),
        "few[0]" => ("prop_binCR_bin0_fakes", 16.0 * value),
        "few[1]" => ("prop_binCR_bin1_fakes", 9.0 * value),
        "free[0]" => ("free_bin0", value),
        "free[1]" => ("free_bin1", value),
        "stat[1]" | "few[2]" => return None,
        name => (name, value),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_card_says_exactly_is_the_same_likelihood(steps in proptest::collection::vec(-0.45..0.45_f64, 16)) {
        let workspace = exact();
        let written = workspace.to_datacard(None, Some("card.root")).unwrap();
        prop_assert_eq!(losses(&written), Vec::<&str>::new());
        let (ours, card) = (workspace.model(None).unwrap(), compiled(&written));
        // Nuisances go beyond one standard deviation, where templates are extrapolated.
        let reach = |name: &str| if ["tilt", "grow"].contains(&name) { 4.0 } else { 1.0 };
        let moved = |(one, step): (&germane_models::Parameter, &f64)| one.start + if one.fixed { 0.0 } else { step * reach(&one.name) };
        let x: Vec<f64> = ours.parameters().iter().zip(&steps).map(moved).collect();
        let values = |x: &[f64]| {
            let mut y = card.start();
            for (one, value) in ours.parameters().iter().zip(x) {
                let Some((name, value)) = on_the_card(&one.name, *value) else { continue };
                y[card.parameters().iter().position(|other| other.name == name).expect(name)] = value;
            }
            [ours.nll(x), card.nll(&y)]
        };
        let (first, at) = (values(&ours.start()), values(&x));
        let difference = (at[0] - first[0]) - (at[1] - first[1]);
        // Some rounding of each of the sums.
        prop_assert!(difference.abs() < 1e-10 * (1.0 + (at[0] - first[0]).abs()), "{} {:?} {:?}", difference, first, at);
    }
}

#[test]
fn channels_keep_their_bins_where_templates_say_all() {
    let written = exact().to_datacard(None, Some("card.root")).unwrap();
    for row in [
        "imax 4\n",
        "shapes * SR card.root SR/$PROCESS SR/$PROCESS_$SYSTEMATIC\n",
        "shapes * VR_bin0 FAKE\n",
        "bin SR CR VR_bin0 VR_bin1\n",
        "observation 130 126 28 41\n",
        "tilt shape 1 1 - 1 - - -\n",
        "SR autoMCStats 0 1 2\n",
        "CR autoMCStats 1000000000 1 2\n",
        "nuisance edit freeze other_tilt\n",
    ] {
        assert!(written.text.contains(row), "{row}{}", written.text);
    }
    let names: Vec<&str> = written.histograms.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..4], ["SR/data_obs", "SR/signal", "SR/signal_tiltUp", "SR/signal_tiltDown"]);
    let other = &written.histograms.iter().find(|(name, _)| name == "SR/other").unwrap().1;
    assert_eq!((&other.contents[..], &other.variances[..]), (&[6.0, 7.0, 9.5][..], &[2.25, 0.0, 4.0][..]));
    // Without a file all bins are counted, as combine's rules for counts have it.
    let counted = exact().to_datacard(None, None).unwrap();
    assert!(counted.histograms.is_empty() && counted.text.contains("imax 8\n") && !counted.text.contains("shapes"));
    assert_eq!(losses(&counted).len(), 3, "{:?}", counted.losses);
}

fn single(channels: Vec<Channel>) -> Workspace {
    let mut workspace = Workspace::new();
    for channel in channels {
        let bins = channel.bins();
        workspace = workspace.channel(channel, vec![50.0; bins]);
    }
    workspace.measurement(Measurement::new("m", Some("mu")))
}

#[test]
fn what_needs_counts_of_single_bins_takes_its_templates_along() {
    let statistical = |name: &str| Modifier::stat_error(name, vec![1.0, 2.0, 3.0]);
    // Two samples share the errors of SR, so `tilt` cannot have templates in CR either; `lone` can.
    let shared = Channel::new("SR")
        .sample(signal().with(statistical("stat")))
        .sample(background().with(statistical("stat")).with(tilt("tilt")));
    let control = Channel::new("CR").sample(background().with(tilt("tilt")));
    let lone = Channel::new("VR").sample(background().with(tilt("lone")));
    let written = single(vec![shared, control, lone]).to_datacard(None, Some("card.root")).unwrap();
    assert!(written.text.contains("bin SR_bin0 SR_bin1 SR_bin2 CR_bin0 CR_bin1 CR_bin2 VR\n"), "{}", written.text);
    assert!(written.text.contains("VR autoMCStats -1 1 2\n"), "{}", written.text);
    let message = "how `tilt` is interpolated between -1 and 1: combine has another rule for lnN";
    assert_eq!(losses(&written), [message]);
    compiled(&written);
    // Fractions are kept above the least one: an empty bin is none.
    let empty = Modifier::histo_sys("empty", vec![25.0, 30.0, 0.0], vec![16.0, 30.0, 0.0]);
    let sample = Sample::new("background", vec![20.0, 30.0, 0.0]).with(empty);
    let written = single(vec![Channel::new("SR").sample(signal()).sample(sample)]).to_datacard(None, Some("card.root")).unwrap();
    assert!(written.histograms.is_empty() && written.text.contains("empty lnN"), "{}", written.text);
}

#[test]
fn factors_go_with_templates_of_other_processes() {
    let wide = Channel::new("SR").sample(signal()).sample(background().with(tilt("tilt")));
    let narrow = |modifier: Modifier| {
        let sample = Sample::new("background", vec![80.0]).with(modifier);
        single(vec![wide.clone(), Channel::new("CR").sample(sample)]).to_datacard(None, Some("card.root")).unwrap()
    };
    let factor = narrow(Modifier::norm_sys("tilt", 1.25, 0.75));
    assert!(factor.text.contains("shapes * CR FAKE\n") && factor.text.contains("tilt shape? - 1 0.75/1.25\n"), "{}", factor.text);
    assert_eq!(losses(&factor), ["how `tilt` is interpolated between -1 and 1: combine has another rule for lnN"]);
    let template = narrow(Modifier::histo_sys("tilt", vec![100.0], vec![50.0]));
    assert!(template.text.contains("tilt shape - 1 1\n") && template.losses.is_empty(), "{}", template.text);
    for (written, low) in [(&factor, 60.0), (&template, 50.0)] {
        let model = compiled(written);
        for (theta, content) in [(1.0, 100.0), (0.0, 80.0), (-1.0, low)] {
            let mut x = model.start();
            x[model.parameters().iter().position(|one| one.name == "tilt").unwrap()] = theta;
            let expected = model.expected(&x);
            assert!(expected.iter().any(|value| (value - content).abs() < 1e-12), "{theta} {expected:?}");
        }
    }
}

#[test]
fn templates_and_a_factor_of_one_nuisance_are_one_template() {
    let both = background().with(tilt("tilt")).with(Modifier::norm_sys("tilt", 1.1, 0.9));
    let written = single(vec![Channel::new("SR").sample(signal()).sample(both)]).to_datacard(None, Some("card.root")).unwrap();
    assert_eq!(losses(&written), ["how `tilt` is interpolated between -1 and 1: combine has another rule for lnN"]);
    let up = &written.histograms.iter().find(|(name, _)| name == "SR/background_tiltUp").unwrap().1;
    assert!(up.contents.iter().zip([27.5, 30.8, 51.7]).all(|(one, other)| (one - other).abs() < 1e-12), "{up:?}");
    compiled(&written);
}
