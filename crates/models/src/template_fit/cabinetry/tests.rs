use crate::likelihood::Likelihood;
use crate::template_fit::{Contents, Origin, TemplateFit};
use crate::workspace::{Effect, Workspace};
use germane_texts::Source;

const CONFIGURATION: &str = r#"
General: {Measurement: m, POI: mu, InputPath: "in/{RegionPath}/{SamplePath}", HistogramFolder: h}
Regions:
  - {Name: SR, RegionPath: a, Variable: x, Binning: [0, 1, 2], Filter: x > 0}
  - {Name: CR, RegionPath: b, Variable: y, Binning: [0, 5], Filter: y > 0}
Samples:
  - {Name: data, Tree: t, SamplePath: data.root, Data: True}
  - {Name: sig, Tree: t, SamplePath: sig.root, Regions: SR, DisableStaterror: True}
  - {Name: bkg, Tree: t, SamplePath: [b1.root, b2.root], Weight: w}
NormFactors:
  - {Name: mu, Samples: sig, Bounds: [0, 5]}
Systematics:
  - {Name: up, Type: NormPlusShape, Samples: bkg, Up: {Weight: 2 * w}, Down: {Symmetrize: yes}, ModifierName: shared}
  - {Name: down, Type: NormPlusShape, Samples: sig, Up: {Symmetrize: True}, Down: {Filter: x > 0.5}}
"#;

fn read(text: &str) -> Result<TemplateFit, Vec<String>> {
    TemplateFit::read_cabinetry(&Source::new("c.yml", text)).map_err(|all| all.iter().map(ToString::to_string).collect())
}

fn contents(fit: &TemplateFit, of: &[(&str, &[f64])]) -> Vec<Contents> {
    let values = |name: &str| of.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}")).1.to_vec();
    let made = |name: &str| {
        let values = values(name);
        Contents { edges: Vec::new(), variances: values.iter().map(|value| value * 0.01).collect(), values }
    };
    fit.templates.iter().map(|template| made(&template.name)).collect()
}

fn workspace(fit: &TemplateFit) -> Workspace {
    let all: [(&str, &[f64]); 8] = [
        ("SR/data", &[12.0, 31.0]),
        ("SR/sig", &[2.0, 6.0]),
        ("SR/bkg", &[10.0, 30.0]),
        ("SR/bkg/up/Up", &[16.0, 32.0]),
        ("SR/sig/down/Down", &[1.0, 5.0]),
        ("CR/data", &[50.0]),
        ("CR/bkg", &[40.0]),
        ("CR/bkg/up/Up", &[50.0]),
    ];
    fit.workspace(&contents(fit, &all)).unwrap().workspace
}

#[test]
fn what_a_side_says_wins_over_the_sample_and_that_over_the_region() {
    let fit = read(CONFIGURATION).unwrap();
    assert_eq!(fit.templates.len(), 8, "each template once");
    let events = |name: &str| match &fit.templates.iter().find(|template| template.name == name).unwrap().origin {
        Origin::Events(events) => (**events).clone(),
        Origin::Histograms(_) => panic!(),
    };
    let files: Vec<String> = events("SR/bkg/up/Up").files.into_iter().map(|file| file.path).collect();
    assert_eq!(files, ["in/a/b1.root", "in/a/b2.root"]);
    assert_eq!(events("SR/bkg/up/Up").weights[0].text, "2 * w");
    assert_eq!(events("SR/bkg/up/Up").filters[0].text, "x > 0");
    assert_eq!(events("SR/sig/down/Down").filters[0].text, "x > 0.5");
    assert!(events("SR/sig").weights.is_empty());
}

#[test]
fn mirror_images_are_made_after_the_split_on_either_side() {
    let workspace = workspace(&read(CONFIGURATION).unwrap());
    let sample = |channel: usize, sample: usize| &workspace.channels[channel].samples[sample];
    let effects = |of: &crate::workspace::Sample| -> Vec<(String, Effect)> {
        of.modifiers.iter().map(|modifier| (modifier.name.clone(), modifier.effect.clone())).collect()
    };
    // By hand: 48 / 40 = 1.2, templates divided by it, 2 nominal - template, 2 - 1.2.
    let background = effects(sample(0, 1));
    assert_eq!(background[0], ("staterror_SR".into(), Effect::StatError(vec![0.1f64.sqrt(), 0.3f64.sqrt()])));
    let Effect::NormSys { high, low } = background[1].1 else { panic!() };
    assert!((high - 1.2).abs() < 1e-15 && (low - 0.8).abs() < 1e-15);
    let Effect::HistoSys { high, low } = &background[2].1 else { panic!() };
    for (found, expected) in high.iter().chain(low).zip([16.0 / 1.2, 32.0 / 1.2, 20.0 - 16.0 / 1.2, 60.0 - 32.0 / 1.2]) {
        assert!((found - expected).abs() < 1e-13);
    }
    assert_eq!(background[1].0, "shared");
    // The mirror image above: 6 / 8 = 0.75 below, 1.25 above.
    let signal = effects(sample(0, 0));
    assert_eq!(signal[0].1, Effect::NormFactor, "no statistical errors");
    assert_eq!(signal[1], ("down".into(), Effect::NormSys { high: 1.25, low: 0.75 }));
    // One bin has no shape.
    assert_eq!(effects(sample(1, 0)).len(), 2);
    assert!(workspace.model(None).is_ok());
}

#[test]
fn an_empty_nominal_template_takes_no_effect_and_says_so() {
    let fit = read(CONFIGURATION).unwrap();
    let mut all: Vec<Contents> = fit.templates.iter().map(|_| Contents::default()).collect();
    for (template, contents) in fit.templates.iter().zip(&mut all) {
        let bins = if template.name.starts_with("SR") { 2 } else { 1 };
        let value = if template.name == "SR/sig" { 0.0 } else { 3.0 };
        *contents = Contents { edges: Vec::new(), values: vec![value; bins], variances: vec![value; bins] };
    }
    let built = fit.workspace(&all).unwrap();
    let warnings: Vec<String> = built.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("`down` on `sig` in region `SR` is left out"), "{warnings:?}");
    assert_eq!(built.workspace.channels[0].samples[0].modifiers.len(), 1);
}

#[test]
fn mistakes_are_told_together_with_their_places() {
    let wrong = CONFIGURATION
        .replace("Samples: sig, Bounds", "Samples: sgi, Bounds")
        .replace("Up: {Symmetrize: True}, Down: {Filter: x > 0.5}", "Up: {Symmetrize: True}, Down: {Symmetrize: True}")
        .replace("Data: True", "Dat: True")
        .replace("{Name: CR, RegionPath: b,", "{Name: CR,");
    let found = read(&wrong).unwrap_err();
    let expected = [
        ("c.yml:5:12", "region `CR` has no `RegionPath`"),
        ("c.yml:7:50", "unknown key `Dat`"),
        ("c.yml:11:25", "no sample `sgi`"),
        ("c.yml:14:83", "`down`: Up and Down cannot both be the mirror image"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (place, message) in expected {
        assert!(found.iter().any(|line| line.starts_with(place) && line.contains(message)), "{message} in {found:#?}");
    }
}

#[test]
fn names_of_parameters_lead_somewhere() {
    let fixed =
        CONFIGURATION.replace("HistogramFolder: h", "HistogramFolder: h, Fixed: [{Name: up, Value: 1}, {Name: don, Value: 0}]");
    let found = read(&fixed).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("no parameter `don`; did you mean `down`"), "{found:#?}");
    let fixed = CONFIGURATION.replace("HistogramFolder: h", "HistogramFolder: h, Fixed: [{Name: up, Value: 1}]");
    let model = workspace(&read(&fixed).unwrap()).model(None).unwrap();
    let parameter = model.parameters().iter().find(|parameter| parameter.name == "shared").unwrap();
    assert!(parameter.fixed && parameter.start == 1.0, "fixed by the name of the systematic");
    let found = read(&CONFIGURATION.replace("POI: mu", "POI: mu_sig")).unwrap_err();
    assert!(found[0].starts_with("c.yml:2:32: no parameter `mu_sig`"), "{found:#?}");
}

#[test]
fn own_blocks_are_allowed_but_slips_are_not() {
    let own = format!("{CONFIGURATION}Plotting: {{colours: red}}\n");
    let warnings = read(&own).unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().contains("the block `Plotting` is not read"));
    let slip = format!("{CONFIGURATION}Systematic: []\n");
    assert!(read(&slip).unwrap_err()[0].contains("did you mean `Systematics`?"));
}

#[test]
fn texts_that_break_off_are_answered() {
    for end in (0..CONFIGURATION.len()).filter(|end| CONFIGURATION.is_char_boundary(*end)) {
        if let Err(problems) = read(&CONFIGURATION[..end]) {
            assert!(!problems.is_empty());
        }
    }
}

#[test]
fn equal_templates_are_one() {
    // The weight of the variation is that of the sample.
    let same = CONFIGURATION.replace("Up: {Weight: 2 * w}", "Up: {Weight: w}");
    assert_eq!(read(&same).unwrap().templates.len(), 6);
}

#[test]
fn merge_keys_are_those_of_yaml_1_1() {
    let merged = CONFIGURATION
        .replace("Samples:\n  - {Name: data,", "Common: &common {Tree: t, Weight: w0}\nSamples:\n  - {Name: data,")
        .replace(
            "{Name: bkg, Tree: t, SamplePath: [b1.root, b2.root], Weight: w}",
            "{<<: *common, Name: bkg, SamplePath: [b1.root, b2.root], Weight: w}",
        );
    assert!(merged.contains("<<: *common"));
    let (plain, merged) = (read(CONFIGURATION).unwrap(), read(&merged).unwrap());
    let keys = |fit: &TemplateFit| fit.templates.iter().map(crate::template_fit::Template::key).collect::<Vec<_>>();
    assert_eq!(keys(&merged), keys(&plain));
}
