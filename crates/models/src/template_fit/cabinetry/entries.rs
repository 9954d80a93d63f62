//! The blocks of the configuration as they are written.

use super::super::Text;
use germane_texts::{Diagnostic, Keys, Node, Source, Span, nearest};

/// The whole file.
pub(super) struct Configuration {
    pub(super) general: General,
    pub(super) regions: Vec<Region>,
    pub(super) samples: Vec<Sample>,
    pub(super) factors: Vec<Factor>,
    pub(super) systematics: Vec<Systematic>,
}

pub(super) struct General {
    pub(super) measurement: String,
    pub(super) interest: Option<Text>,
    pub(super) input: Text,
    pub(super) variation: Option<Text>,
    pub(super) fixed: Vec<(Text, f64)>,
}

pub(super) struct Region {
    pub(super) name: Text,
    pub(super) variable: Option<Text>,
    pub(super) binning: Option<Vec<f64>>,
    pub(super) filter: Option<Text>,
    pub(super) path: Option<Text>,
}

pub(super) struct Sample {
    pub(super) name: Text,
    pub(super) tree: Option<Text>,
    pub(super) filter: Option<Text>,
    pub(super) weight: Option<Text>,
    pub(super) paths: Vec<Text>,
    pub(super) data: bool,
    pub(super) without_errors: bool,
    pub(super) regions: Vec<Text>,
}

pub(super) struct Factor {
    pub(super) name: Text,
    pub(super) samples: Vec<Text>,
    pub(super) regions: Vec<Text>,
    pub(super) nominal: Option<f64>,
    pub(super) bounds: Option<[f64; 2]>,
}

/// The template at one side.
#[derive(Default)]
pub(super) struct Side {
    pub(super) span: Span,
    pub(super) normalisation: Option<f64>,
    pub(super) mirrored: bool,
    pub(super) tree: Option<Text>,
    pub(super) weight: Option<Text>,
    pub(super) variable: Option<Text>,
    pub(super) filter: Option<Text>,
    pub(super) region_path: Option<Text>,
    pub(super) sample_paths: Vec<Text>,
    pub(super) variation_path: Option<Text>,
}

pub(super) struct Systematic {
    pub(super) name: Text,
    pub(super) with_shape: bool,
    pub(super) up: Side,
    pub(super) down: Side,
    pub(super) samples: Vec<Text>,
    pub(super) regions: Vec<Text>,
    pub(super) smoothing: Option<Smoothing>,
    pub(super) modifier: Option<Text>,
}

pub(super) struct Smoothing {
    pub(super) samples: Vec<Text>,
    pub(super) regions: Vec<Text>,
}

const BLOCKS: [&str; 5] = ["General", "Regions", "Samples", "NormFactors", "Systematics"];

/// What could be read, and all mistakes.
pub(super) fn read(source: &Source, node: &Node) -> (Option<Configuration>, Vec<Diagnostic>) {
    let mut reader = Reader { source, problems: Vec::new() };
    let configuration = reader.configuration(node);
    (configuration, reader.problems)
}

struct Reader<'a> {
    source: &'a Source,
    problems: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn configuration(&mut self, node: &'a Node) -> Option<Configuration> {
        let mut keys = Keys::new(self.source, node, "the configuration");
        // Blocks of the user's own are allowed, but not ones that look like a slip.
        for entry in node.as_map().unwrap_or_default().iter().filter(|entry| !BLOCKS.contains(&entry.key.as_str())) {
            if nearest(&entry.key, BLOCKS).is_none() {
                keys.know(&[&entry.key]);
                let message = format!("the block `{}` is not read", entry.key);
                keys.report(keys.problem("key", message, entry.key_span).warning());
            }
        }
        let general = keys.required("General");
        let mut list = |key: &str, needed: bool| {
            let found = if needed { keys.required(key) } else { keys.optional(key) };
            found.and_then(|_| keys.list(key)).unwrap_or_default()
        };
        let (regions, samples) = (list("Regions", true), list("Samples", true));
        let (factors, systematics) = (list("NormFactors", true), list("Systematics", false));
        keys.finish(&mut self.problems);
        let regions = regions.iter().filter_map(|node| self.region(node)).collect();
        let samples = samples.iter().filter_map(|node| self.sample(node)).collect();
        let factors = factors.iter().filter_map(|node| self.factor(node)).collect();
        let systematics = systematics.iter().filter_map(|node| self.systematic(node)).collect();
        let general = general.and_then(|node| self.general(node))?;
        Some(Configuration { general, regions, samples, factors, systematics })
    }

    fn general(&mut self, node: &'a Node) -> Option<General> {
        let mut keys = Keys::new(self.source, node, "General");
        keys.required("Measurement");
        let measurement = text(&mut keys, "Measurement");
        let interest = text(&mut keys, "POI").filter(|poi| !poi.text.is_empty());
        keys.required("InputPath");
        let input = text(&mut keys, "InputPath");
        // Where cabinetry keeps its templates; here nothing is written.
        keys.required("HistogramFolder");
        text(&mut keys, "HistogramFolder");
        let variation = text(&mut keys, "VariationPath");
        let fixed = keys.list("Fixed").unwrap_or_default();
        keys.finish(&mut self.problems);
        let fixed = fixed.iter().filter_map(|node| self.fixed(node)).collect();
        Some(General { measurement: measurement?.text, interest, input: input?, variation, fixed })
    }

    fn fixed(&mut self, node: &'a Node) -> Option<(Text, f64)> {
        let mut keys = Keys::new(self.source, node, "Fixed");
        keys.required("Name");
        keys.required("Value");
        let (name, value) = (text(&mut keys, "Name"), keys.number("Value"));
        keys.finish(&mut self.problems);
        Some((name?, value?))
    }

    fn region(&mut self, node: &'a Node) -> Option<Region> {
        let mut keys = Keys::new(self.source, node, "a region");
        let name = name(&mut keys);
        let variable = text(&mut keys, "Variable");
        let binning = keys.list("Binning").and_then(|nodes| binning(&mut keys, nodes));
        let (filter, path) = (text(&mut keys, "Filter"), text(&mut keys, "RegionPath"));
        keys.finish(&mut self.problems);
        Some(Region { name: name?, variable, binning, filter, path })
    }

    fn sample(&mut self, node: &'a Node) -> Option<Sample> {
        let mut keys = Keys::new(self.source, node, "a sample");
        let name = name(&mut keys);
        let sample = Sample {
            name: name.clone().unwrap_or_else(|| Text { text: String::new(), node: node.clone() }),
            tree: text(&mut keys, "Tree"),
            filter: text(&mut keys, "Filter"),
            weight: text(&mut keys, "Weight"),
            paths: texts(&mut keys, "SamplePath"),
            data: flag(&mut keys, "Data"),
            without_errors: flag(&mut keys, "DisableStaterror"),
            regions: texts(&mut keys, "Regions"),
        };
        keys.finish(&mut self.problems);
        name.map(|_| sample)
    }

    fn factor(&mut self, node: &'a Node) -> Option<Factor> {
        let mut keys = Keys::new(self.source, node, "a normalisation factor");
        let name = name(&mut keys);
        let (samples, regions) = (texts(&mut keys, "Samples"), texts(&mut keys, "Regions"));
        let nominal = keys.number("Nominal");
        let bounds = keys.list("Bounds").and_then(|nodes| {
            let numbers: Vec<f64> = nodes.iter().filter_map(Node::as_f64).collect();
            match (nodes, numbers.as_slice()) {
                ([_, _], &[low, high]) if low < high => Some([low, high]),
                _ => {
                    let span = nodes.first().map_or(node.span, |first| first.span);
                    let problem = keys.problem("value", "`Bounds` of a normalisation factor: two numbers, the lower first", span);
                    keys.report(problem.advice("write [0, 10]"));
                    None
                }
            }
        });
        keys.finish(&mut self.problems);
        Some(Factor { name: name?, samples, regions, nominal, bounds })
    }

    fn systematic(&mut self, node: &'a Node) -> Option<Systematic> {
        let mut keys = Keys::new(self.source, node, "a systematic");
        let name = name(&mut keys);
        keys.required("Type");
        let kind = keys.choice("Type", &["Normalization", "NormPlusShape"]);
        let (up, down) = (keys.required("Up"), keys.required("Down"));
        let smoothing = keys.optional("Smoothing");
        let (samples, regions) = (texts(&mut keys, "Samples"), texts(&mut keys, "Regions"));
        let modifier = text(&mut keys, "ModifierName");
        keys.finish(&mut self.problems);
        let with_shape = kind == Some("NormPlusShape");
        let up = up.map(|node| self.side(node, "Up", with_shape));
        let down = down.map(|node| self.side(node, "Down", with_shape));
        let smoothing = smoothing.map(|node| self.smoothing(node));
        kind?;
        let systematic = Systematic { name: name?, with_shape, up: up?, down: down?, samples, regions, smoothing, modifier };
        if with_shape && systematic.up.mirrored && systematic.down.mirrored {
            let message = format!("`{}`: Up and Down cannot both be the mirror image of the other", systematic.name.text);
            let problem = Diagnostic::new("value", message).at(self.source, systematic.down.span);
            self.problems.push(problem.advice("give one of them a template"));
            return None;
        }
        Some(systematic)
    }

    fn side(&mut self, node: &'a Node, what: &str, with_shape: bool) -> Side {
        let mut keys = Keys::new(self.source, node, format!("`{what}`"));
        let normalisation = if with_shape {
            keys.number("Normalization")
        } else {
            keys.required("Normalization").and_then(|_| keys.number("Normalization"))
        };
        let side = Side {
            span: node.span,
            normalisation,
            mirrored: flag(&mut keys, "Symmetrize"),
            tree: text(&mut keys, "Tree"),
            weight: text(&mut keys, "Weight"),
            variable: text(&mut keys, "Variable"),
            filter: text(&mut keys, "Filter"),
            region_path: text(&mut keys, "RegionPath"),
            sample_paths: texts(&mut keys, "SamplePath"),
            variation_path: text(&mut keys, "VariationPath"),
        };
        keys.finish(&mut self.problems);
        side
    }

    fn smoothing(&mut self, node: &'a Node) -> Smoothing {
        let mut keys = Keys::new(self.source, node, "`Smoothing`");
        keys.required("Algorithm");
        keys.choice("Algorithm", &["353QH, twice"]);
        let smoothing = Smoothing { samples: texts(&mut keys, "Samples"), regions: texts(&mut keys, "Regions") };
        keys.finish(&mut self.problems);
        smoothing
    }
}

fn name(keys: &mut Keys<'_>) -> Option<Text> {
    keys.required("Name");
    text(keys, "Name")
}

fn text(keys: &mut Keys<'_>, key: &str) -> Option<Text> {
    keys.scalar(key).map(|(node, text)| Text { text: text.to_owned(), node: node.clone() })
}

/// One text, or a list of texts; empty if the key is absent.
fn texts(keys: &mut Keys<'_>, key: &str) -> Vec<Text> {
    let Some(node) = keys.optional(key) else { return Vec::new() };
    let nodes = node.as_list().unwrap_or(std::slice::from_ref(node));
    let found: Vec<Text> =
        nodes.iter().filter_map(|node| Some(Text { text: node.scalar_text()?.to_owned(), node: node.clone() })).collect();
    if found.len() < nodes.len() || nodes.is_empty() {
        keys.report(keys.problem("kind", format!("`{key}`: expected a name or a list of names"), node.span));
    }
    found
}

/// `true` or `false`, in the words of YAML 1.1, which cabinetry reads.
fn flag(keys: &mut Keys<'_>, key: &str) -> bool {
    let word = keys.optional(key).and_then(Node::as_text).map(str::to_lowercase);
    match word.as_deref() {
        Some("yes" | "on") => true,
        Some("no" | "off") => false,
        _ => keys.boolean(key).unwrap_or(false),
    }
}

fn binning(keys: &mut Keys<'_>, nodes: &[Node]) -> Option<Vec<f64>> {
    let mut edges = Vec::new();
    for node in nodes {
        let Some(edge) = node.as_f64().filter(|edge| edge.is_finite()) else {
            keys.report(keys.problem("kind", format!("`Binning`: expected a number, got {}", node.kind()), node.span));
            return None;
        };
        if edges.last().is_some_and(|last| *last >= edge) {
            keys.report(keys.problem("value", "`Binning`: edges rise from left to right", node.span));
            return None;
        }
        edges.push(edge);
    }
    if edges.len() < 2 {
        let span = nodes.first().map(|node| node.span).unwrap_or_default();
        keys.report(keys.problem("value", "`Binning` needs two edges at least", span));
        return None;
    }
    Some(edges)
}
