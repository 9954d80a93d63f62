//! Tree of an analysis file → structures. The form has been checked, what is left are meanings of single values.

use super::check::check;
use super::keys::ANALYSIS;
use super::structures::{
    Analysis, Binning, Calibration, Channel, Dataset, DspTier, Figure, Fit, FitData, HitTier, Kind, Label, Model, Name,
    Parameter, Region, Table, Tiers, Variation, Weight, Written,
};
use super::{Quantity, structures};
use germane_columns::Unit;
use germane_texts::{Diagnostic, Entry, Node, Reading, Source, Span, Value, read_yaml, sort_by_place};

/// Reads an analysis file (YAML 1.2 core or JSON).
///
/// # Errors
/// All mistakes of form at once, each with its place.
pub fn read(source: &Source) -> Result<Analysis, Vec<Diagnostic>> {
    let Reading { node, problems: mut found } = read_yaml(source);
    let Some(root) = node else { return Err(found) };
    match root.get("germane") {
        Some(version) if version.as_i64() == Some(1) => {}
        // Nothing else can be judged by the rules of another version.
        Some(version) => {
            let message = "this version of germane reads `germane: 1`";
            return Err(vec![Diagnostic::new("version", message).at(source, version.span)]);
        }
        None => {
            let first = root.as_map().and_then(|m| m.first()).map_or(root.span, |e| e.key_span);
            let message = "the first key says the version of the form";
            found.push(Diagnostic::new("version", message).at(source, first).advice("begin the file with `germane: 1`"));
        }
    }
    found.extend(check(source, &root, &ANALYSIS));
    if !found.is_empty() {
        sort_by_place(&mut found);
        return Err(found);
    }
    let mut reader = Reader { source, found };
    let analysis = reader.analysis(&root);
    if reader.found.is_empty() { Ok(analysis) } else { Err(reader.found) }
}

/// Whether the second end lies above the first; a bare number takes the unit of the other.
fn rises(low: &Quantity, high: &Quantity) -> bool {
    let factor = match (&low.unit, &high.unit) {
        (Some(low), Some(high)) => high.factor_to(low).unwrap_or(1.0),
        _ => 1.0,
    };
    low.value < high.value * factor && low.value.is_finite() && high.value.is_finite()
}

struct Reader<'a> {
    source: &'a Source,
    found: Vec<Diagnostic>,
}

fn entries(node: Option<&Node>) -> &[Entry] {
    match node.map(|n| &n.value) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    }
}

fn name(entry: &Entry) -> Name {
    Name { text: entry.key.clone(), span: entry.key_span }
}

/// A scalar as the user typed it.
fn written(node: &Node) -> Written {
    let text = node.scalar_text().unwrap_or_default().to_owned();
    Written { text, node: node.clone() }
}

fn text(node: &Node, key: &str) -> Option<Written> {
    node.get(key).map(written)
}

fn plain(node: &Node, key: &str) -> Option<String> {
    text(node, key).map(|w| w.text)
}

fn list(node: Option<&Node>) -> Vec<Written> {
    match node {
        None => Vec::new(),
        Some(node) => match &node.value {
            Value::List(items) => items.iter().map(written).collect(),
            _ => vec![written(node)],
        },
    }
}

fn named_texts(node: Option<&Node>) -> Vec<(Name, Written)> {
    entries(node).iter().map(|e| (name(e), written(&e.value))).collect()
}

fn flag(node: &Node, key: &str, default: bool) -> bool {
    node.get(key).and_then(Node::as_bool).unwrap_or(default)
}

fn directions(node: &Node) -> impl Iterator<Item = (&'static str, &Node)> {
    ["up", "down"].into_iter().filter_map(|direction| node.get(direction).map(|n| (direction, n)))
}

/// `check` has accepted the value before.
fn quantity(node: &Node) -> Quantity {
    Quantity::read(node).unwrap_or(Quantity { value: f64::NAN, unit: None })
}

impl Reader<'_> {
    fn report(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.found.push(Diagnostic::new(code, message).at(self.source, span));
    }

    fn analysis(&mut self, root: &Node) -> Analysis {
        Analysis {
            source: self.source.clone(),
            datasets: entries(root.get("datasets")).iter().map(|e| self.dataset(e)).collect(),
            luminosity: root.get("luminosity").map(|n| self.luminosity(n)),
            tiers: tiers(root.get("tiers")),
            calibrations: entries(root.get("calibrations")).iter().filter_map(|e| self.calibration(e)).collect(),
            define: named_texts(root.get("define")),
            variations: entries(root.get("variations"))
                .iter()
                .map(|e| Variation {
                    name: name(e),
                    directions: directions(&e.value).map(|(d, n)| (d, named_texts(Some(n)))).collect(),
                })
                .collect(),
            weights: entries(root.get("weights")).iter().map(weight).collect(),
            regions: entries(root.get("regions")).iter().map(region).collect(),
            histograms: entries(root.get("histograms")).iter().map(|e| self.histogram(e)).collect(),
            tables: entries(root.get("tables")).iter().filter_map(table).collect(),
            model: root.get("model").map(|n| self.model(n)),
            fits: entries(root.get("fits")).iter().map(fit).collect(),
            figures: entries(root.get("figures")).iter().filter_map(figure).collect(),
        }
    }

    /// An integrated luminosity is one over an area.
    fn luminosity(&mut self, node: &Node) -> Quantity {
        let luminosity = quantity(node);
        let inverse_area = Unit::parse("/fb").ok();
        if !inverse_area.is_some_and(|u| luminosity.unit.as_ref().is_some_and(|l| l.same_dimension(&u))) {
            let diagnostic = Diagnostic::new("unit", "a luminosity has a unit of one over an area").at(self.source, node.span);
            self.found.push(diagnostic.advice("write it with its unit, e.g. `41.5 /fb`"));
        }
        luminosity
    }

    fn dataset(&mut self, entry: &Entry) -> Dataset {
        let node = &entry.value;
        if plain(node, "kind").as_deref() == Some("data")
            && let Some(cross_section) = node.entry("cross_section")
        {
            self.report("dataset", "data have no cross section", cross_section.key_span);
        }
        let mut labels = vec![("name".to_owned(), Label::Text(entry.key.clone()))];
        for key in ["era", "process", "kind"] {
            if let Some(value) = plain(node, key) {
                labels.push((key.to_owned(), Label::Text(value)));
            }
        }
        if let Some(value) = node.get("cross_section") {
            labels.push(("cross_section".to_owned(), Label::Number(quantity(value))));
        }
        for label in entries(node.get("labels")) {
            let value = match &label.value.value {
                Value::Int(_) | Value::Float(_) => Label::Number(quantity(&label.value)),
                Value::Text(text) => Label::Text(text.clone()),
                _ => {
                    self.report("kind", "a label is a text or a number", label.value.span);
                    continue;
                }
            };
            labels.push((label.key.clone(), value));
        }
        Dataset {
            name: name(entry),
            files: list(node.get("files")),
            tree: text(node, "tree"),
            tables: list(node.get("tables")),
            kind: if plain(node, "kind").as_deref() == Some("data") { Kind::Data } else { Kind::Simulation },
            process: plain(node, "process"),
            schema: plain(node, "schema").unwrap_or_else(|| "auto".into()),
            units: named_texts(node.get("units")),
            rename: named_texts(node.get("rename")),
            missing_is_null: node.get("missing").is_some_and(|n| n.is_null() || n.scalar_text() == Some("null")),
            duplicates: plain(node, "duplicates").as_deref() == Some("allow"),
            labels,
        }
    }

    /// An energy in keV; a bare number is refused, since lines are known in more than one unit.
    fn kilo_electron_volts(&mut self, node: &Node) -> Option<f64> {
        let (energy, kev) = (quantity(node), Unit::parse("keV").ok()?);
        let factor = energy.unit.as_ref().and_then(|unit| unit.factor_to(&kev));
        match factor {
            Some(factor) if energy.value > 0.0 && energy.value.is_finite() => Some(energy.value * factor),
            Some(_) => {
                self.report("value", "an energy is positive", node.span);
                None
            }
            None => {
                let diagnostic = Diagnostic::new("unit", "an energy has a unit").at(self.source, node.span);
                self.found.push(diagnostic.advice("write it with its unit, e.g. `2614.511 keV`"));
                None
            }
        }
    }

    fn calibration(&mut self, entry: &Entry) -> Option<Calibration> {
        let node = &entry.value;
        let items = |key: &str| node.get(key).and_then(Node::as_list).unwrap_or(&[]).to_vec();
        let lines: Vec<(f64, Span)> =
            items("lines").iter().filter_map(|line| Some((self.kilo_electron_volts(line)?, line.span))).collect();
        let degree = node.get("degree").and_then(Node::as_i64).unwrap_or(1);
        let needed = if degree < 1 { 1 } else { degree as usize + 1 };
        if !(-1..=4).contains(&degree) {
            self.report("value", "the degree of a scale is -1 (a shift), 0 (a factor), or 1 to 4", entry.key_span);
        } else if lines.len() < needed && lines.len() == items("lines").len() {
            let message = format!("a scale of degree {degree} needs {needed} lines, there are {}", lines.len());
            self.report("value", message, entry.key_span);
        }
        for (number, (line, span)) in lines.iter().enumerate() {
            if lines[..number].iter().any(|(other, _)| other == line) {
                self.report("duplicate", format!("the line at {line} keV is listed twice"), *span);
            }
        }
        Some(Calibration {
            name: name(entry),
            of: text(node, "of")?,
            on: text(node, "on"),
            condition: text(node, "where"),
            shape: plain(node, "shape").unwrap_or_else(|| "hpge_peak".into()),
            lines,
            degree: degree as i32,
            window: node.get("window").and_then(|window| self.kilo_electron_volts(window)),
            quadratic: plain(node, "fwhm").as_deref() == Some("quadratic"),
            report_at: items("report_at").iter().filter_map(|energy| self.kilo_electron_volts(energy)).collect(),
        })
    }

    fn histogram(&mut self, entry: &Entry) -> structures::Histogram {
        let node = &entry.value;
        let fill = list(node.get("fill"));
        let axes: Vec<_> = match (node.get("axis"), node.get("axes")) {
            (Some(one), None) => self.binning(one).into_iter().collect(),
            (None, Some(many)) => many.as_list().unwrap_or(&[]).iter().filter_map(|n| self.binning(n)).collect(),
            _ => {
                self.report("key", "a histogram has either `axis` or `axes`", entry.key_span);
                Vec::new()
            }
        };
        if !axes.is_empty() && axes.len() != fill.len() {
            self.report("kind", format!("{} expressions are filled into {} axes", fill.len(), axes.len()), entry.key_span);
        }
        structures::Histogram {
            name: name(entry),
            fill,
            axes,
            regions: list(node.get("regions")),
            label: plain(node, "label"),
            weight: text(node, "weight"),
        }
    }

    fn binning(&mut self, node: &Node) -> Option<(Binning, Span)> {
        let binning = match &node.value {
            Value::List(items) => {
                let (bins, low, high) = self.regular(items, node.span)?;
                Binning::Regular { bins, low, high }
            }
            _ => {
                if let Some(edges) = node.get("edges") {
                    let nodes = edges.as_list().unwrap_or(&[]);
                    let edges: Vec<_> = nodes.iter().map(quantity).collect();
                    if edges.len() < 2 {
                        self.report("axis", "an axis has at least two edges", node.span);
                        return None;
                    }
                    if let Some(k) = (1..edges.len()).find(|&k| !rises(&edges[k - 1], &edges[k])) {
                        self.report(
                            "axis",
                            format!("edges rise, but {} follows {}", edges[k].value, edges[k - 1].value),
                            nodes[k].span,
                        );
                        return None;
                    }
                    Binning::Variable { edges, unit: text(node, "unit") }
                } else if let Some(range) = node.get("integer") {
                    match range.as_list().unwrap_or(&[]).iter().map(Node::as_i64).collect::<Option<Vec<_>>>().as_deref() {
                        Some(&[low, high]) if low < high => Binning::Integer { low, high },
                        _ => {
                            self.report("kind", "`integer` is `[first, end]` with first < end", range.span);
                            return None;
                        }
                    }
                } else if let Some(categories) = node.get("categories") {
                    Binning::Categories(list(Some(categories)).into_iter().map(|w| w.text).collect())
                } else {
                    self.report("key", "an axis has `edges`, `integer` or `categories`", node.span);
                    return None;
                }
            }
        };
        Some((binning, node.span))
    }

    /// `[bins, low, high]`
    fn regular(&mut self, items: &[Node], span: Span) -> Option<(u32, Quantity, Quantity)> {
        let [bins, low, high] = items else {
            self.report("kind", format!("a regular axis is `[bins, low, high]`; this list has {} items", items.len()), span);
            return None;
        };
        let Some(bins) = bins.as_i64().and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0) else {
            self.report("axis", "the number of bins is a positive whole number", bins.span);
            return None;
        };
        let ends = [quantity(low), quantity(high)];
        if !rises(&ends[0], &ends[1]) {
            self.report("axis", format!("the axis would go from {} down to {}", ends[0].value, ends[1].value), low.span);
            return None;
        }
        let [low, high] = ends;
        Some((bins, low, high))
    }

    fn model(&mut self, node: &Node) -> Model {
        let channels = entries(node.get("channels"))
            .iter()
            .filter_map(|e| {
                let bins = match e.value.get("bins") {
                    None => None,
                    Some(n) => Some(self.regular(n.as_list().unwrap_or(&[]), n.span).map(|(b, l, h)| (b, l, h, n.span))?),
                };
                Some(Channel {
                    name: name(e),
                    histogram: text(&e.value, "histogram")?,
                    region: text(&e.value, "region"),
                    bins,
                    density: e
                        .value
                        .get("density")
                        .map(|d| entries(Some(d)).iter().map(|c| (name(c), c.value.clone())).collect()),
                })
            })
            .collect();
        let parameters = entries(node.get("parameters"))
            .iter()
            .filter_map(|e| {
                let range = match e.value.get("range") {
                    None => None,
                    Some(range) => match range.as_list() {
                        Some([low, high]) => Some((quantity(low), quantity(high))),
                        _ => {
                            self.report("kind", "a range is `[lower, upper]`", range.span);
                            None
                        }
                    },
                };
                Some(Parameter {
                    name: name(e),
                    value: quantity(e.value.get("value")?),
                    range,
                    fixed: flag(&e.value, "fixed", false),
                })
            })
            .collect();
        let interest = entries(node.get("parameter_of_interest"));
        if interest.len() > 1 {
            self.report("kind", "one parameter of interest", interest[1].key_span);
        }
        Model {
            channels,
            parameters,
            parameter_of_interest: interest.first().map(|e| (name(e), written(&e.value))),
            luminosity: node.get("luminosity").map(quantity),
            normalisation: flag(node, "normalisation", true),
            span: node.span,
        }
    }
}

fn tiers(node: Option<&Node>) -> Tiers {
    let database = |tier: &Node| text(tier, "database");
    Tiers {
        dsp: node.and_then(|n| n.get("dsp")).map(|tier| DspTier { chain: list(tier.get("chain")), database: database(tier) }),
        hit: node
            .and_then(|n| n.get("hit"))
            .and_then(|tier| Some(HitTier { config: text(tier, "config")?, database: database(tier) })),
    }
}

fn weight(entry: &Entry) -> Weight {
    let node = &entry.value;
    let (nominal, varied) = match node.get("nominal") {
        Some(nominal) => (written(nominal), directions(node).map(|(d, n)| (d, written(n))).collect()),
        None => (written(node), Vec::new()),
    };
    Weight { name: name(entry), nominal, directions: varied }
}

fn region(entry: &Entry) -> Region {
    let node = &entry.value;
    match &node.value {
        Value::List(_) => Region { name: name(entry), from: None, cuts: list(Some(node)) },
        _ => Region { name: name(entry), from: text(node, "from"), cuts: list(node.get("cuts")) },
    }
}

fn table(entry: &Entry) -> Option<Table> {
    let node = &entry.value;
    Some(Table { name: name(entry), region: text(node, "region")?, columns: list(node.get("columns")), to: text(node, "to")? })
}

fn fit(entry: &Entry) -> Fit {
    let node = &entry.value;
    let data = match node.get("data") {
        None => FitData::Default,
        Some(data) => match (&data.value, data.get("toy").and_then(Node::as_i64)) {
            (_, Some(seed)) => FitData::Toy(seed.unsigned_abs()),
            (Value::Text(word), None) if word == "asimov" => FitData::Asimov,
            _ => FitData::Observed,
        },
    };
    Fit { name: name(entry), data, binned: flag(node, "binned", false), minos: plain(node, "minos").as_deref() == Some("all") }
}

fn figure(entry: &Entry) -> Option<Figure> {
    let node = &entry.value;
    Some(Figure {
        name: name(entry),
        kind: plain(node, "kind")?,
        of: text(node, "of")?,
        region: text(node, "region"),
        label: plain(node, "label"),
        log: flag(node, "log", false),
        channel: text(node, "channel"),
        entries: (node.get("entries").and_then(Node::as_list).unwrap_or(&[]).iter())
            .filter_map(|n| n.as_i64().and_then(|n| u64::try_from(n).ok()))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let found = read(&Source::new("a.yaml", text)).expect_err("it holds a mistake");
        found
            .iter()
            .map(|d| format!("{}:{} {}", d.place.map_or(0, |p| p.line), d.message, d.advice_text().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn the_examples_are_read_whole() {
        let zmumu = read(&Source::new("zmumu", include_str!("../../../../examples/zmumu/analysis.yaml"))).expect("valid");
        assert_eq!(zmumu.model.expect("a model").parameters.len(), 6);
        assert!(zmumu.fits[1].binned && zmumu.fits[0].minos);
        let hzz = read(&Source::new("hzz", include_str!("../../../../examples/hzz/analysis.yaml"))).expect("valid");
        assert_eq!(hzz.variations[0].directions[1].1[3].0.text, "Jet.E");
        assert_eq!(hzz.fits[1].data, FitData::Toy(1));
        assert_eq!(hzz.weights[0].directions.len(), 2);
    }

    #[test]
    fn all_mistakes_of_form_are_told_at_once() {
        let text = "germane: 1\ndatsets: {}\nhistograms:\n  m: {fil: x, axis: [10, 0 GeV, 1 GeeV], regions: all}\n";
        assert_eq!(
            mistakes(text),
            [
                "2:unknown key `datsets` did you mean `datasets`?",
                "4:unknown key `fil` did you mean `fill`?",
                "4:no unit `GeeV` did you mean `GeV`?",
                "4:expected a list, got text write `[a, b]`, or one `- item` a line",
            ]
        );
    }

    #[test]
    fn a_key_of_a_later_version_is_refused_by_name() {
        let found = mistakes("germane: 1\ndatasets: {a: {files: x.root}}\ncorrections: {}\n");
        assert!(found[0].contains("cannot act on it yet"), "{found:?}");
    }
}
