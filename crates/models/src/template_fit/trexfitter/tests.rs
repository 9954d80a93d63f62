use crate::template_fit::{Change, Contents, Effect, Origin, Sample, TemplateFit};
use crate::templates::Symmetry;
use crate::workspace;
use germane_texts::Source;

const HISTOGRAMS: &str = r##"% a fit of histograms
Job: "fit"
  POI: "mu"       # the strength
  ReadFrom: HIST
  HistoPath: "in"
  HistoFile: "all"
  MCstatThreshold: 0.05
  MCstatConstraint: GAUSSIAN
  SystPruningNorm: 0.01
  SystPruningShape: 0.01

Fit: "fit"
  FitType: SPLUSB

Region: "SR"
  Type: SIGNAL
  HistoName: "mass"
  VariableTitle: "#it{m} [GeV]"

Region: "VR"
  Type: VALIDATION
  HistoName: "other"

Sample: "Data"
  Type: DATA
  HistoFile: "data"

Sample: "Signal"
  Type: SIGNAL
  HistoNameSuff: "_sig"
  NormFactor: "mu",1,0,10
  UseMCstat: FALSE

Sample: "Bkg"
  Type: BACKGROUND
  HistoNameSuff: "_bkg"
  HistoFile: bkg1, bkg2
  LumiScale: 2

NormFactor: "norm"
  Nominal: 1.1
  Min: 0.5
  Max: 2
  Samples: Bkg
  Constant: TRUE

Systematic: "lumi"
  Type: OVERALL
  OverallUp: 0.02
  OverallDown: -0.03
  Samples: *
  Exclude: Bkg

Systematic: "jes"
  Type: HISTO
  HistoNameSufUp: "_up"
  HistoNameSufDown: "_down"
  Symmetrisation: TWOSIDED
  Samples: Bkg
  NuisanceParameter: "alpha_jes"

Systematic: "model"
  HistoNameUp: "mass_alternative"
  Samples: Signal
  Symmetrisation: ONESIDED
  DropNorm: SR
"##;

fn read(text: &str) -> Result<TemplateFit, Vec<String>> {
    TemplateFit::read_trexfitter(&Source::new("fit.config", text)).map_err(|all| all.iter().map(ToString::to_string).collect())
}

fn histograms(fit: &TemplateFit, name: &str) -> Vec<String> {
    match &fit.templates.iter().find(|template| template.name == name).unwrap_or_else(|| panic!("{name}")).origin {
        Origin::Histograms(all) => all.iter().map(|(file, name)| format!("{}:{name}", file.path)).collect(),
        Origin::Events(_) => panic!(),
    }
}

#[test]
fn paths_files_and_names_are_put_together() {
    let fit = read(HISTOGRAMS).unwrap();
    assert_eq!(fit.regions.len(), 1, "regions of validation are not fitted");
    assert_eq!(histograms(&fit, "SR/Data"), ["in/data.root:mass"]);
    assert_eq!(histograms(&fit, "SR/Signal"), ["in/all.root:mass_sig"]);
    assert_eq!(histograms(&fit, "SR/Bkg"), ["in/bkg1.root:mass_bkg", "in/bkg2.root:mass_bkg"]);
    assert_eq!(histograms(&fit, "SR/Bkg/jes/Up"), ["in/bkg1.root:mass_bkg_up", "in/bkg2.root:mass_bkg_up"]);
    assert_eq!(histograms(&fit, "SR/Signal/model/Up"), ["in/all.root:mass_alternative"]);
    let scales: Vec<f64> = fit.templates.iter().map(|template| template.scale).collect();
    assert_eq!(scales.iter().filter(|scale| **scale == 2.0).count(), 3, "those of Bkg");
    assert_eq!(fit.regions[0].label, "#it{m} [GeV]");
}

#[test]
fn systematics_act_where_they_say() {
    let fit = read(HISTOGRAMS).unwrap();
    let [signal, background]: &[Sample; 2] = fit.regions[0].samples.as_slice().try_into().unwrap();
    assert_eq!((signal.errors, background.errors), (false, true));
    assert_eq!((&signal.factors[..], &background.factors[..]), (&["mu".to_owned()][..], &["norm".to_owned()][..]));
    let [lumi, model]: &[Effect; 2] = signal.effects.as_slice().try_into().unwrap();
    assert_eq!(lumi.change, Change::Norm { high: 1.02, low: 0.97 });
    let Change::Templates(model) = &model.change else { panic!() };
    assert_eq!((model.symmetry, model.norm, model.shape), (Some(Symmetry::OneSided), false, true));
    let [jes]: &[Effect; 1] = background.effects.as_slice().try_into().unwrap();
    assert_eq!(jes.parameter, "alpha_jes");
    let mu = fit.parameters.iter().find(|setting| setting.name == "mu").unwrap();
    assert_eq!((mu.inits.clone(), mu.bounds.clone()), (Some(vec![1.0]), Some(vec![[0.0, 10.0]])));
    let norm = fit.parameters.iter().find(|setting| setting.name == "norm").unwrap();
    assert_eq!((norm.inits.clone(), norm.fixed), (Some(vec![1.1]), Some(true)));
}

#[test]
fn rules_of_templates_apply_in_the_workspace() {
    let fit = read(HISTOGRAMS).unwrap();
    let values = |name: &str| match name {
        "SR/Data" => vec![40.0, 62.0],
        "SR/Signal" => vec![4.0, 4.0],
        "SR/Bkg" => vec![40.0, 60.0],
        "SR/Bkg/jes/Up" => vec![44.0, 64.0],
        "SR/Bkg/jes/Down" => vec![38.0, 56.0],
        "SR/Signal/model/Up" => vec![5.0, 4.0],
        other => panic!("{other}"),
    };
    let contents = fit.templates.iter().map(|template| {
        let values = values(&template.name);
        // Relative errors of the sum below and above the threshold of 5 %.
        Contents { edges: Vec::new(), variances: vec![1.0, 40.0], values }
    });
    let built = fit.workspace(&contents.collect::<Vec<_>>()).unwrap();
    let [signal, background] = &built.workspace.channels[0].samples[..] else { panic!() };
    let effect = |sample: &workspace::Sample, at: usize| sample.modifiers[at].effect.clone();
    let workspace::Effect::StatError(errors) = effect(background, 0) else { panic!() };
    assert_eq!(errors, [0.0, 40f64.sqrt()]);
    // By hand: halves of the differences are 3 and 4, so 43 and 64 above, 37 and 56 below: 1.07 and 0.93.
    let workspace::Effect::NormSys { high, low } = effect(background, 2) else { panic!() };
    assert!((high - 1.07).abs() < 1e-15 && (low - 0.93).abs() < 1e-15);
    // One-sided: 5, 4 and 3, 4; the yield is dropped, the shape is that of the nominal yield.
    let shapes: Vec<_> = signal.modifiers.iter().filter(|modifier| modifier.name == "model").collect();
    let [shape] = shapes.as_slice() else { panic!() };
    let workspace::Effect::HistoSys { high, low } = &shape.effect else { panic!() };
    for (found, expected) in high.iter().chain(low).zip([40.0 / 9.0, 32.0 / 9.0, 24.0 / 7.0, 32.0 / 7.0]) {
        assert!((found - expected).abs() < 1e-14);
    }
    // The shape of jes moves by 0.5 and 0.3 %: less than a hundredth.
    assert!(background.modifiers.iter().all(|modifier| !matches!(modifier.effect, workspace::Effect::HistoSys { .. })));
    let warnings: Vec<String> = built.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("the shape of `alpha_jes` on `Bkg` in region `SR` is pruned"));
    assert!(built.workspace.model(None).is_ok());
}

const EVENTS: &str = r#"
Job: "fit"
  POI: mu
  ReadFrom: NTUP
  NtuplePaths: "in"
  NtupleName: "events"
  MCweight: "w * max(a, b)"
  Selection: "n > 2 && abs(eta) < 2.5"
  Lumi: 3
  MCstatConstraint: GAUSSIAN

Region: "SR"
  Variable: "pt",4,0,100
  Selection: charge == 1
  MCweight: trigger

Sample: "Data"
  Type: DATA
  NtupleFile: data

Sample: "Signal"
  Type: SIGNAL
  NtupleFiles: sig_a,sig_b
  MCweight: k
  NormFactor: mu,1,0,10

Sample: "Fakes"
  NtupleFile: fakes
  NormalizedByTheory: FALSE
  IgnoreSelection: TRUE
  Selection: loose

Systematic: "weights"
  WeightUp: k_up
  WeightSufDown: 0.9
  Samples: Signal

Systematic: "tree"
  NtupleNameUp: events_up
  Samples: Signal
  Symmetrisation: ONESIDED
"#;

#[test]
fn selections_and_weights_are_joined() {
    let fit = read(EVENTS).unwrap();
    let events = |name: &str| match &fit.templates.iter().find(|template| template.name == name).unwrap().origin {
        Origin::Events(events) => (**events).clone(),
        Origin::Histograms(_) => panic!(),
    };
    let texts = |texts: &[crate::template_fit::Text]| texts.iter().map(|text| text.text.clone()).collect::<Vec<_>>();
    let signal = events("SR/Signal");
    assert_eq!(signal.edges, [0.0, 25.0, 50.0, 75.0, 100.0]);
    assert_eq!(texts(&signal.filters), ["n > 2 && abs(eta) < 2.5", "charge == 1"]);
    assert_eq!(texts(&signal.weights), ["w * max(a, b)", "trigger", "k"]);
    assert_eq!(signal.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["in/sig_a.root", "in/sig_b.root"]);
    assert!(signal.merges_flow, "the default of trees");
    assert!(texts(&events("SR/Data").weights).is_empty());
    assert_eq!(texts(&events("SR/Fakes").filters), ["loose"]);
    assert!(texts(&events("SR/Fakes").weights).is_empty());
    // WeightUp stands in the place of the sample's own weight, WeightSufDown beside it.
    assert_eq!(texts(&events("SR/Signal/weights/Up").weights), ["w * max(a, b)", "trigger", "k_up"]);
    assert_eq!(texts(&events("SR/Signal/weights/Down").weights), ["w * max(a, b)", "trigger", "k", "0.9"]);
    assert_eq!(events("SR/Signal/tree/Up").tree.text, "events_up");
    let scale = |name: &str| fit.templates.iter().find(|template| template.name == name).unwrap().scale;
    assert_eq!((scale("SR/Signal"), scale("SR/Data"), scale("SR/Fakes")), (3.0, 1.0, 1.0));
}

#[test]
fn mistakes_are_told_together_with_their_places() {
    let wrong = HISTOGRAMS
        .replace("UseMCstat", "UseMCStats")
        .replace("HistoPath: \"in\"", "HistoPath \"in\"")
        .replace("  Min: 0.5\n", "  Min: 0.5\n  Min: 0.6\n");
    let found = read(&wrong).unwrap_err();
    let expected = [
        ("fit.config:5:3", "this is no setting"),
        ("fit.config:32:3", "unknown setting `UseMCStats` of a block `Sample`; did you mean `UseMCstat`?"),
        ("fit.config:43:3", "`Min` is set twice"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((place, message), line) in expected.iter().zip(&found) {
        assert!(line.starts_with(place) && line.contains(message), "{message} in {found:#?}");
    }
    let wrong = HISTOGRAMS
        .replace("Samples: Bkg\n  Constant", "Samples: Bgk\n  Constant")
        .replace("POI: \"mu\"", "POI: \"nu\"")
        .replace("TWOSIDED", "TWOSIDE")
        .replace("OverallDown: -0.03", "OverallDown: none");
    let found = read(&wrong).unwrap_err();
    for message in [
        "no parameter `nu`",
        "`Bgk` is no sample; did you mean `Bkg`",
        "did you mean `TWOSIDED`",
        "expected a number, got `none`",
    ] {
        assert!(found.iter().any(|line| line.contains(message)), "{message} in {found:#?}");
    }
}

#[test]
fn texts_that_break_off_are_answered() {
    for text in [HISTOGRAMS, EVENTS] {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            if let Err(problems) = read(&text[..end]) {
                assert!(!problems.is_empty());
            }
        }
    }
}

#[test]
fn combinations_without_end_are_refused() {
    let many = vec!["a"; 300].join(",");
    let text = HISTOGRAMS
        .replace("HistoFile: bkg1, bkg2", &format!("HistoFiles: {many}\n  HistoFileSuffs: {many}\n  HistoPathSuffs: {many}"));
    let found = read(&text).unwrap_err();
    assert!(found.iter().any(|line| line.contains("more than 10000 files and names for one template")), "{found:#?}");
}
