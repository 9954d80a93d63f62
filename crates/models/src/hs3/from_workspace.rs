//! pyhf's workspace → HS3. Numbers stay whole or not as they are; what HS3 has no place for is kept under `misc.pyhf`.

use std::collections::BTreeMap;

use germane_texts::{Diagnostic, Source};
use serde_json::{Map, Value, json};

use super::names::{Names, valid};
use super::{Compiled, Document};
use crate::histfactory_xml::Convention;
use crate::likelihood::{Constraint, Likelihood, Parameter};
use crate::workspace::Workspace;

/// Names of the parts of the document.
const LIKELIHOOD: &str = "likelihood";
const DOMAIN: &str = "default_domain";
/// ROOT takes auxiliary data from a domain whose name ends so.
const AUXILIARY: &str = "global_observables";
const POINT: &str = "default_values";

impl Document {
    /// The document of a workspace: a distribution and data for each channel, an analysis for each measurement. Starts, bounds and
    /// constraints are those of the first measurement; [`Document::to_workspace`] gives back what was there. Names that ROOT would
    /// refuse are written with `_`, entries of vectors as `NAME_bin_0`; what they were is kept under `misc.pyhf.names`.
    ///
    /// ```
    /// use germane_models::hs3::Document;
    /// use germane_texts::Source;
    /// let text = r#"{"channels": [{"name": "SR", "samples": [{"name": "s", "data": [5], "modifiers":
    ///     [{"name": "mu", "type": "normfactor", "data": null}]}]}], "observations": [{"name": "SR", "data": [7]}],
    ///     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}], "version": "1.0.0"}"#;
    /// let document = Document::from_workspace(&Source::new("ws.json", text)).unwrap();
    /// let back: serde_json::Value = document.to_workspace().unwrap();
    /// assert_eq!(back, serde_json::from_str::<serde_json::Value>(text).unwrap());
    /// ```
    ///
    /// # Errors
    /// Mistakes of the workspace, and what HS3 cannot say: other constraints of bins than their uncertainties give.
    pub fn from_workspace(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let workspace = Workspace::read(source)?;
        let model = workspace.model(None)?;
        let parsed = serde_json::from_str::<Value>(&source.text);
        let tree = parsed.map_err(|error| vec![Diagnostic::new("json", error.to_string()).file(source.name.to_string())])?;
        let mut names = Names::default();
        for parameter in model.parameters() {
            names.add(&parameter.name);
        }
        for channel in items(&tree["channels"]) {
            let name = text(&channel["name"]);
            names.add_as(&channel_key(name), name);
            for sample in items(&channel["samples"]) {
                let name = text(&sample["name"]);
                names.add_as(&sample_key(name), name);
            }
        }
        let document = Writer { parameters: model.parameters(), names: &names, offsets: BTreeMap::new() }.document(&tree);
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        let written = Self::read(&Source::new(format!("{} as HS3", source.name), text))?;
        match written.compile(None, Convention::Exact)? {
            Compiled::Binned(twin) => match different(model.parameters(), twin.parameters(), &names) {
                None => Ok(written),
                Some(name) => {
                    let message = format!("HS3 has no place for the constraint of parameter `{name}`");
                    Err(vec![Diagnostic::new("value", message).file(source.name.to_string())])
                }
            },
            Compiled::General(_) => Err(vec![Diagnostic::new("value", "a name of the workspace means something else in HS3")]),
        }
    }
}

/// A parameter that is not the same in both lists. Bins without information have no constraint in HS3.
fn different<'a>(ours: &'a [Parameter], theirs: &[Parameter], names: &Names) -> Option<&'a str> {
    let same = |one: &&Parameter| {
        let twin = theirs.iter().find(|other| other.name == names.written(&one.name));
        twin.is_some_and(|twin| {
            let bounds = (one.start, one.lower, one.upper, one.fixed) == (twin.start, twin.lower, twin.upper, twin.fixed);
            bounds && (close(one.constraint, twin.constraint) || one.fixed && twin.constraint.is_none())
        })
    };
    ours.iter().find(|one| !same(one)).map(|parameter| parameter.name.as_str())
}

/// Whether two constraints are equal but for the rounding of a ratio.
fn close(a: Option<Constraint>, b: Option<Constraint>) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-14 * a.abs().max(b.abs());
    match (a, b) {
        (Some(Constraint::Normal { centre: a, width: v }), Some(Constraint::Normal { centre: b, width: w })) => {
            near(a, b) && near(v, w)
        }
        (Some(Constraint::Poisson { observed: a, rate: v }), Some(Constraint::Poisson { observed: b, rate: w })) => {
            near(a, b) && near(v, w)
        }
        (a, b) => a == b,
    }
}

struct Writer<'a> {
    parameters: &'a [Parameter],
    names: &'a Names,
    /// Entries of a staterror of several channels that earlier channels have used.
    offsets: BTreeMap<String, usize>,
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Writer<'_> {
    fn document(&mut self, tree: &Value) -> Value {
        // A vector that several channels share runs through them by name, in whatever order they are written.
        let mut by_name: Vec<&Value> = items(&tree["channels"]).iter().collect();
        by_name.sort_by_key(|channel| text(&channel["name"]));
        let written: BTreeMap<&str, Value> =
            by_name.into_iter().map(|channel| (text(&channel["name"]), self.channel(channel))).collect();
        let channels: Vec<&str> = items(&tree["channels"]).iter().map(|channel| text(&channel["name"])).collect();
        let mut distributions: Vec<Value> = channels.iter().filter_map(|name| written.get(name).cloned()).collect();
        let (mut point, mut domain, mut auxiliary, mut constraints) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for parameter in self.parameters {
            let name = self.names.written(&parameter.name);
            point.push(json!({"name": name, "value": parameter.start, "const": parameter.fixed}));
            domain.push(json!({"name": name, "min": parameter.lower, "max": parameter.upper}));
            let Some(constraint) = parameter.constraint else { continue };
            let datum = format!("nom_{name}");
            if let (Constraint::Normal { width, .. }, false) = (constraint, parameter.name.ends_with(']')) {
                distributions.push(json!({
                    "name": constraint_name(name), "type": "gaussian_dist", "x": name, "mean": datum, "sigma": width,
                }));
                if parameter.name == "lumi" {
                    // pyhs3 looks for constraints of factors nowhere else.
                    constraints.push(constraint_name(name));
                }
            }
            auxiliary.push(json!({"name": datum}));
            point.push(json!({"name": datum, "value": constraint.datum(), "const": true}));
        }
        let bins: BTreeMap<&str, usize> = items(&tree["observations"])
            .iter()
            .map(|observation| (text(&observation["name"]), items(&observation["data"]).len()))
            .collect();
        let data: Vec<Value> = items(&tree["observations"])
            .iter()
            .map(|observation| {
                let name = self.channel_name(text(&observation["name"]));
                let axes = axes(name, bins.get(text(&observation["name"])).copied().unwrap_or(0));
                json!({"name": data_name(name), "type": "binned", "axes": axes, "contents": observation["data"]})
            })
            .collect();
        let labels: Vec<&str> = channels.iter().map(|name| self.channel_name(name)).collect();
        let data_names: Vec<String> = labels.iter().map(|name| data_name(name)).collect();
        let mut analysis_names = Names::default();
        let analyses: Vec<Value> = items(&tree["measurements"])
            .iter()
            .map(|measurement| {
                let poi = text(&measurement["config"]["poi"]);
                let interest: Vec<&str> = if poi.is_empty() { Vec::new() } else { vec![self.names.written(poi)] };
                let name = analysis_names.add(text(&measurement["name"]));
                json!({
                    "name": name, "likelihood": LIKELIHOOD, "parameters_of_interest": interest,
                    "domains": [DOMAIN, AUXILIARY], "init": POINT,
                })
            })
            .collect();
        json!({
            "metadata": {"hs3_version": "0.2", "packages": [{"name": "germane", "version": env!("CARGO_PKG_VERSION")}]},
            "distributions": distributions,
            "data": data,
            "likelihoods": [{
                "name": LIKELIHOOD, "distributions": labels, "data": data_names, "aux_distributions": constraints,
            }],
            "domains": [
                {"name": DOMAIN, "type": "product_domain", "axes": domain},
                {"name": AUXILIARY, "type": "product_domain", "axes": auxiliary},
            ],
            "parameter_points": [{"name": POINT, "parameters": point}],
            "misc": {
                "pyhf": {"measurements": tree["measurements"], "version": tree["version"], "names": self.renamed(tree)},
                "ROOT_internal": internal(&analyses, &labels),
            },
            "analyses": analyses,
        })
    }

    /// Names of parameters, channels and samples that are written otherwise, by what is written.
    fn renamed(&self, tree: &Value) -> Map<String, Value> {
        let parameters = self.parameters.iter().map(|parameter| (self.names.written(&parameter.name), parameter.name.as_str()));
        let channels = items(&tree["channels"]).iter().map(|channel| text(&channel["name"]));
        let samples = items(&tree["channels"]).iter().flat_map(|channel| items(&channel["samples"]));
        let samples = samples.map(|sample| text(&sample["name"])).map(|name| (self.sample_name(name), name));
        let all = parameters.chain(channels.map(|name| (self.channel_name(name), name))).chain(samples);
        let changed = all.filter(|(written, name)| written != name);
        changed.map(|(written, name)| (written.to_owned(), json!(name))).collect()
    }

    fn channel_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.names.of(&channel_key(name)).unwrap_or(name)
    }

    fn sample_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.names.of(&sample_key(name)).unwrap_or(name)
    }

    fn channel(&mut self, channel: &Value) -> Value {
        let name = self.channel_name(text(&channel["name"])).to_owned();
        let samples = items(&channel["samples"]);
        let bins = samples.first().map_or(0, |sample| items(&sample["data"]).len());
        let statistical = samples.iter().flat_map(|sample| items(&sample["modifiers"]));
        let statistical = statistical.into_iter().any(|modifier| text(&modifier["type"]) == "staterror");
        // All samples of a channel share the entries of a staterror.
        let used = self.offsets.clone();
        let samples: Vec<Value> = samples.iter().map(|sample| self.sample(sample, bins, &used)).collect();
        let mut written = json!({"name": name, "type": "histfactory_dist", "axes": axes(&name, bins), "samples": samples});
        if statistical {
            // ROOT does not look at the modifiers for it.
            written["staterror"] = json!({"constraint_type": "Gauss", "relThreshold": 0});
        }
        written
    }

    fn sample(&mut self, sample: &Value, bins: usize, used: &BTreeMap<String, usize>) -> Value {
        let mut data = Map::new();
        data.insert("contents".into(), sample["data"].clone());
        let mut modifiers = Vec::new();
        for modifier in items(&sample["modifiers"]) {
            let (name, kind, given) = (text(&modifier["name"]), text(&modifier["type"]), &modifier["data"]);
            let entry = |bin: usize| self.names.written(&format!("{name}[{bin}]")).to_owned();
            let vector = |first: usize| (first..first + bins).map(entry).collect::<Vec<_>>();
            let parameter = self.names.written(name);
            let written = valid(name);
            modifiers.push(match kind {
                "lumi" => json!({
                    "name": parameter, "type": "normfactor", "parameter": parameter, "constraint_name": constraint_name(parameter),
                }),
                "normsys" => json!({
                    "name": parameter, "type": kind, "parameter": parameter, "data": given, "interpolation": 4,
                    "constraint_name": constraint_name(parameter),
                }),
                "histosys" => json!({
                    "name": parameter, "type": kind, "parameter": parameter, "interpolation": 4,
                    "data": {"hi": {"contents": given["hi_data"]}, "lo": {"contents": given["lo_data"]}},
                    "constraint_name": constraint_name(parameter),
                }),
                "shapefactor" => json!({"name": written, "type": kind, "parameters": vector(0)}),
                "shapesys" => {
                    let relative: Vec<f64> = items(given).iter().zip(items(&sample["data"])).map(ratio).collect();
                    // The standard has relative uncertainties, pyhf absolute ones.
                    json!({
                        "name": written, "type": kind, "parameters": vector(0), "constraint_type": "Poisson",
                        "data": {"vals": relative, "uncertainties": given},
                    })
                }
                "staterror" => {
                    let first = used.get(name).copied().unwrap_or(0);
                    self.offsets.insert(name.to_owned(), first + bins);
                    data.insert("errors".into(), given.clone());
                    json!({"name": written, "type": kind, "parameters": vector(first), "constraint_type": "Gauss"})
                }
                _ => json!({"name": parameter, "type": kind, "parameter": parameter}),
            });
        }
        json!({"name": self.sample_name(text(&sample["name"])), "data": data, "modifiers": modifiers})
    }
}

/// Uncertainty over content; 0 where there is no information.
fn ratio((uncertainty, content): (&Value, &Value)) -> f64 {
    let (uncertainty, content) = (uncertainty.as_f64().unwrap_or(0.0), content.as_f64().unwrap_or(0.0));
    if uncertainty > 0.0 && content > 0.0 { uncertainty / content } else { 0.0 }
}

/// What ROOT wants to know beyond the standard: which channels and data belong together, under the names that its own tools give.
fn internal(analyses: &[Value], channels: &[&str]) -> Value {
    let indices: Vec<usize> = (0..channels.len()).collect();
    let together = json!({"index_cat": "channelCat", "indices": indices, "labels": channels});
    let mut density = together.clone();
    density["distributions"] = json!(channels);
    let names = analyses.iter().map(|analysis| text(&analysis["name"]));
    let configurations: Map<String, Value> = names
        .enumerate()
        .map(|(index, name)| {
            let own = if index == 0 { "ModelConfig" } else { name };
            (name.to_owned(), json!({"mcName": own, "pdfName": "simPdf"}))
        })
        .collect();
    // Without the tag RooFit takes bins for events. The sum of samples has either name, with constraints or without.
    let sums = channels.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_model")]);
    let attributes: Map<String, Value> = sums.map(|name| (name, json!({"tags": ["BinnedLikelihood"]}))).collect();
    json!({
        "ModelConfigs": configurations,
        "attributes": attributes,
        "combined_datasets": {"obsData": together},
        "combined_distributions": {"simPdf": density},
    })
}

// Channels, samples and parameters may have the same name, their written ones not.
fn channel_key(name: &str) -> String {
    format!("channel {name}")
}

fn sample_key(name: &str) -> String {
    format!("sample {name}")
}

fn constraint_name(parameter: &str) -> String {
    format!("{parameter}_constraint")
}

fn data_name(channel: &str) -> String {
    format!("obsData_{channel}")
}

fn axes(channel: &str, bins: usize) -> Value {
    json!([{"name": format!("obs_{channel}"), "min": 0, "max": bins, "nbins": bins}])
}
