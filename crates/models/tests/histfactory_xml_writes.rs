//! Workspaces as HistFactory's XML: read again they are the same likelihood, and what is lost is told.

use std::collections::BTreeMap;

use germane_models::histfactory_xml::{Configuration, Convention, FromWorkspace};
use germane_models::patchset::PatchSet;
use germane_models::workspace::{Channel, Effect, Measurement, Modifier, Sample, Setting, Workspace};
use germane_models::{HistogramSource, Likelihood, Model, SourceHistogram};
use germane_texts::{Diagnostic, Source};
use proptest::prelude::*;

struct Memory(BTreeMap<String, SourceHistogram>);

impl HistogramSource for Memory {
    fn histogram(&self, file: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        assert_eq!(file, "model.root");
        self.0.get(name).cloned().ok_or_else(|| Diagnostic::new("name", format!("no `{name}` in {file}")))
    }
}

/// What was written, read again.
fn read(written: &FromWorkspace) -> (Configuration, Memory) {
    let texts = written.configuration.texts("model");
    let channels: BTreeMap<String, String> = texts.channels.into_iter().collect();
    let file = |name: &str| Ok(Source::new(name, channels[name].as_str()));
    let read = Configuration::read(&Source::new("model.xml", texts.combination), file).unwrap();
    (read, Memory(written.histograms.iter().cloned().collect()))
}

/// Numbers one after the other, scaled to a range.
struct Numbers<'a>(std::slice::Iter<'a, f64>);

impl Numbers<'_> {
    fn next(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.next().unwrap()
    }

    fn many(&mut self, count: usize, low: f64, high: f64) -> Vec<f64> {
        (0..count).map(|_| self.next(low, high)).collect()
    }
}

/// All seven modifiers in two channels; names that need to be escaped.
fn workspace(numbers: &[f64]) -> Workspace {
    let mut n = Numbers(numbers.iter());
    let signal = Sample::new("signal", n.many(2, 0.0, 20.0))
        .with(Modifier::norm_factor("mu"))
        .with(Modifier::lumi())
        .with(Modifier::norm_sys("x&y", n.next(1.0, 1.3), n.next(0.7, 1.1)))
        .with(Modifier::histo_sys("jes", n.many(2, 0.0, 30.0), n.many(2, 0.0, 30.0)));
    let background = Sample::new("t<t> \"bar\"", n.many(2, 20.0, 90.0))
        .with(Modifier::norm_sys("scale", n.next(1.0, 1.3), n.next(0.7, 1.1)))
        .with(Modifier::histo_sys("scale", n.many(2, 20.0, 90.0), n.many(2, 20.0, 90.0)))
        .with(Modifier::shape_sys("uncorr", n.many(2, 0.5, 9.0)))
        .with(Modifier::stat_error("stat", n.many(2, 0.5, 9.0)));
    let other = Sample::new("other", n.many(2, 1.0, 9.0))
        .with(Modifier::stat_error("stat", n.many(2, 0.5, 2.0)))
        .with(Modifier::norm_sys("scale", n.next(1.0, 1.3), n.next(0.7, 1.1)));
    let control = Sample::new("t<t> \"bar\"", n.many(3, 20.0, 90.0))
        .with(Modifier::norm_factor("k"))
        .with(Modifier::shape_factor("free"))
        .with(Modifier::stat_error("stat", n.many(3, 0.5, 9.0)));
    let lone = Sample::new("lone", n.many(3, 1.0, 9.0))
        .with(Modifier::lumi())
        .with(Modifier::stat_error("stat", n.many(3, 0.5, 9.0)))
        .with(Modifier::stat_error("own", n.many(3, 0.1, 2.0)));
    let lumi = |value: f64| Setting::luminosity(value, 0.02 * value);
    let first = Measurement::new("first", Some("mu"))
        .set(Setting::new("mu").within(-1.0, 5.0).start(0.5))
        .set(lumi(1.0))
        .set(Setting::new("k").fix())
        .set(Setting::new("free").start(1.25))
        .set(Setting::new("x&y").start(0.25));
    let second = Measurement::new("second", Some("x&y"))
        .set(Setting::new("mu").within(-1.0, 5.0).start(2.0))
        .set(Setting::new("scale").fix())
        .set(Setting::new("stat").fix())
        .set(lumi(1.5).fix());
    Workspace::new()
        .channel(Channel::new("SR").sample(signal).sample(background).sample(other), n.many(2, 20.0, 99.0))
        .channel(Channel::new("CR-1").sample(control).sample(lone), n.many(3, 20.0, 99.0))
        .measurement(first)
        .measurement(second)
}

/// ROOT's name of a parameter, by hand: entries of `stat` go on from channel CR-1 (three bins) to SR.
fn root_name(name: &str) -> String {
    let entry = name.strip_suffix(']').and_then(|name| name.split_once('['));
    match (name, entry) {
        ("lumi", _) => "Lumi".to_owned(),
        ("mu" | "k", _) => name.to_owned(),
        (_, Some(("stat", bin))) => match bin.parse::<usize>().unwrap() {
            bin @ 0..3 => format!("gamma_stat_CR-1_bin_{bin}"),
            bin => format!("gamma_stat_SR_bin_{}", bin - 3),
        },
        (_, Some((vector, bin))) => format!("gamma_{vector}_bin_{bin}"),
        _ => format!("alpha_{name}"),
    }
}

/// -ln L of both models at a point near the start.
fn values(ours: &Model, theirs: &Model, steps: &[f64]) -> [f64; 2] {
    let x: Vec<f64> =
        ours.parameters().iter().zip(steps).map(|(one, step)| if one.fixed { one.start } else { one.start + step }).collect();
    let mut y = theirs.start();
    for (one, value) in ours.parameters().iter().zip(&x) {
        let name = root_name(&one.name);
        y[theirs.parameters().iter().position(|other| other.name == name).expect(&name)] = *value;
    }
    [ours.nll(&x), theirs.nll(&y)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_likelihood_is_the_same(
        numbers in proptest::collection::vec(0.0..1.0_f64, 80),
        steps in proptest::collection::vec(proptest::collection::vec(-0.4..0.4_f64, 24), 3),
    ) {
        let workspace = workspace(&numbers);
        let written = workspace.to_histfactory_xml("model.root").unwrap();
        prop_assert!(written.losses.is_empty(), "{:?}", written.losses);
        let (configuration, histograms) = read(&written);
        for name in ["first", "second"] {
            let ours = workspace.model(Some(name)).unwrap();
            let compiled = configuration.model(Some(name), &histograms, Convention::Exact).unwrap();
            prop_assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
            let theirs = compiled.model;
            prop_assert_eq!(ours.parameters().len(), theirs.parameters().len());
            for one in ours.parameters() {
                let root = root_name(&one.name);
                let other = theirs.parameters().iter().find(|other| other.name == root).expect(&root);
                prop_assert_eq!((one.start, one.fixed), (other.start, other.fixed), "{}", root);
            }
            let poi = |model: &Model| model.poi().map(|index| model.parameters()[index].name.clone());
            prop_assert_eq!(poi(&ours).map(|name| root_name(&name)), poi(&theirs));
            let first = values(&ours, &theirs, &[0.0; 24]);
            for steps in &steps {
                let at = values(&ours, &theirs, steps);
                // Widths are rounded once more as quotients; a term changes by some 1e-16 of itself.
                let difference = (at[0] - first[0]) - (at[1] - first[1]);
                prop_assert!(difference.abs() <= 1e-10 * (1.0 + (at[0] - first[0]).abs()), "{} {:?}", difference, at);
            }
        }
    }
}

#[test]
fn all_that_is_lost_is_listed() {
    let free = |name: &str| Modifier::norm_factor(name);
    let one = Sample::new("one", vec![5.0, 6.0]).with(free("mu")).with(Modifier::stat_error("a", vec![1.0, 1.0]));
    let two = Sample::new("two", vec![7.0, 8.0])
        .with(Modifier::stat_error("a", vec![1.0, 1.0]))
        .with(Modifier::stat_error("b", vec![2.0, 1.0]))
        .with(Modifier::shape_sys("c", vec![2.0, 1.0]))
        .with(Modifier::norm_sys("d e", 1.1, 0.9))
        .with(Modifier::norm_sys("f", 1.1, 0.9));
    let three = Sample::new("three", vec![7.0, 8.0])
        .with(Modifier::stat_error("a", vec![1.0, 1.0]))
        .with(Modifier::stat_error("b", vec![2.0, 1.0]));
    let list = |name: &str, change: fn(&mut Setting)| {
        let mut setting = Setting::new(name);
        change(&mut setting);
        setting
    };
    let first = Measurement::new("m", Some("d e"))
        .set(list("f", |one| (one.auxdata, one.sigmas) = (Some(vec![0.5]), Some(vec![2.0]))))
        .set(list("c", |one| one.factors = Some(vec![3.0, 4.0])))
        .set(list("d e", |one| one.inits = Some(vec![0.5])));
    let second =
        Measurement::new("n", None).set(Setting::new("mu").within(0.0, 5.0)).set(Setting::new("f").start(7.0).within(-9.0, 9.0));
    let channel = Channel::new("SR").sample(one).sample(two).sample(three);
    let workspace = Workspace::new().channel(channel, vec![20.0, 20.0]).measurement(first).measurement(second);
    let written = workspace.to_histfactory_xml("model.root").unwrap();
    let losses: Vec<&str> = written.losses.iter().map(|loss| loss.message.as_str()).collect();
    let expected = [
        "the bounds 0 and 5 of `mu` in a further measurement: they are 0 and 10 in all",
        "staterror `b` of sample `two` in channel `SR`: HistFactory has one in a channel, and it is left out",
        "staterror `b` of sample `three` in channel `SR`: HistFactory has one in a channel, and it is left out",
        "the parameter of interest `d e`: lists of names end at blanks",
        "auxiliary data, widths or rates of `c` that are not those of its histograms",
        "start 0.5 of `d e`, or that it is held: lists of names end at blanks",
        "the auxiliary datum 0.5 ± 2 of `f`: it becomes 0 ± 1",
        "the start 7 of `f`, which HistFactory keeps between -5 and 5",
    ];
    assert_eq!(losses, expected);
    let (configuration, histograms) = read(&written);
    assert!(configuration.model(None, &histograms, Convention::Exact).is_ok());
}

#[test]
fn names_that_would_be_one_are_refused() {
    let sample = Sample::new("s", vec![5.0]).with(Modifier::norm_factor("alpha_x")).with(Modifier::norm_sys("x", 1.1, 0.9));
    let workspace = Workspace::new()
        .channel(Channel::new("SR").sample(sample), vec![5.0])
        .measurement(Measurement::new("m\u{1}", Some("alpha_x")));
    let problems = workspace.to_histfactory_xml("model.root").unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    let names = "names in XML have no control characters and are not empty";
    let expected = [
        format!("a measurement called `m\\u{{1}}`: {names}"),
        "`alpha_x` and `x` would both be `alpha_x` in HistFactory".to_owned(),
    ];
    assert_eq!(messages, expected);
}

#[test]
fn histograms_have_names_of_their_own() {
    let sample = |name: &str| Sample::new(name, vec![5.0]).with(Modifier::norm_factor("mu"));
    let channel = Channel::new("a b").sample(sample("x.y")).sample(sample("x_y")).sample(sample("data"));
    let workspace = Workspace::new().channel(channel, vec![5.0]).measurement(Measurement::new("m", Some("mu")));
    let written = workspace.to_histfactory_xml("model.root").unwrap();
    let names: Vec<&str> = written.histograms.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a_b_data", "a_b_x_y", "a_b_x_y_2", "a_b_data_2"]);
}

#[allow(clippy::disallowed_methods, clippy::print_stdout)]
fn shared(file: &str) -> Option<String> {
    let root =
        std::env::var("GERMANE_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    let text = std::fs::read_to_string(format!("{root}/data/statistics/pyhf/{file}")).ok();
    if text.is_none() {
        println!("not run: {file} is absent");
    }
    text
}

/// ROOT's names by the rules of the format, for workspaces with one staterror a channel.
fn root_names(workspace: &Workspace) -> BTreeMap<String, String> {
    let (mut names, mut next) = (BTreeMap::new(), BTreeMap::<String, usize>::new());
    let mut channels: Vec<&Channel> = workspace.channels.iter().collect();
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    for channel in channels {
        let mut own = None;
        for modifier in channel.samples.iter().flat_map(|sample| &sample.modifiers) {
            let name = modifier.name.clone();
            let bins = 0..channel.bins();
            match &modifier.effect {
                Effect::NormFactor => drop(names.insert(name.clone(), name)),
                Effect::Lumi => drop(names.insert(name, "Lumi".to_owned())),
                Effect::NormSys { .. } | Effect::HistoSys { .. } => drop(names.insert(name.clone(), format!("alpha_{name}"))),
                Effect::ShapeSys(_) | Effect::ShapeFactor => {
                    names.extend(bins.map(|bin| (format!("{name}[{bin}]"), format!("gamma_{name}_bin_{bin}"))));
                }
                Effect::StatError(_) if own.as_ref() == Some(&name) => {}
                Effect::StatError(_) => {
                    assert!(own.replace(name.clone()).is_none(), "two staterrors in {}", channel.name);
                    let first = next.entry(name.clone()).or_default();
                    let entry = |bin| (format!("{name}[{}]", *first + bin), format!("gamma_stat_{}_bin_{bin}", channel.name));
                    names.extend(bins.map(entry));
                    *first += channel.bins();
                }
            }
        }
    }
    names
}

#[test]
fn published_workspaces_are_the_same_likelihood() {
    let files = ["2018-04", "2018-14", "2018-16-ewkinos", "2018-22-simplified", "2018-31-A", "2018-31-C", "2019-09-offshell"];
    for file in files {
        let [background, patches] = [".json", ".patchset.json"].map(|suffix| shared(&format!("susy-{file}{suffix}")));
        let (Some(background), Some(patches)) = (background, patches) else { return };
        let patches = PatchSet::read(&Source::new("patches.json", patches)).unwrap();
        let source = patches.apply(&Source::new("workspace.json", background), patches.names()[0]).unwrap();
        let workspace = Workspace::read(&source).unwrap();
        let written = workspace.to_histfactory_xml("model.root").unwrap();
        assert!(written.losses.is_empty(), "{file}: {:?}", written.losses);
        let (configuration, histograms) = read(&written);
        let ours = workspace.model(None).unwrap();
        let theirs = configuration.model(None, &histograms, Convention::Exact).unwrap().model;
        let names = root_names(&workspace);
        let values = |step: f64| {
            let (mut x, mut y) = (ours.start(), theirs.start());
            for (index, one) in ours.parameters().iter().enumerate().filter(|(_, one)| !one.fixed) {
                x[index] = (one.start + step * ((index % 7) as f64 - 3.0) / 3.0).clamp(one.lower, one.upper);
                y[theirs.parameters().iter().position(|other| other.name == names[&one.name]).unwrap()] = x[index];
            }
            [ours.nll(&x), theirs.nll(&y)]
        };
        let first = values(0.0);
        for step in [0.1, -0.07, 0.02] {
            let at = values(step);
            let (truth, difference) = (at[0] - first[0], (at[0] - first[0]) - (at[1] - first[1]));
            assert!(difference.abs() <= 1e-10 * (1.0 + truth.abs()), "{file}: {difference} of {truth}");
        }
    }
}
