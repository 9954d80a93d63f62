//! Reading a figure: unknown keys are errors that name the nearest one, with line and column; arrays must fit together.

use germane_texts::{Diagnostic, Keys, Node, Source, Span, parse_json};

use crate::colour::Colour;
use crate::figure::{Figure, Layer, VERSION};
use crate::style::STYLES;

/// Reads a document.
///
/// # Errors
/// What is wrong, each with its place: no JSON, an unknown or missing key, a wrong kind, arrays of different lengths.
pub fn read(source: &Source) -> Result<Figure, Vec<Diagnostic>> {
    let node = parse_json(source)?;
    let mut problems = Vec::new();
    check(source, &node, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let figure: Figure = serde_json::from_str(&source.text).map_err(|e| vec![located(source, &e)])?;
    if figure.germane_figure != VERSION {
        let message = format!("version {} of the figure document is not known", figure.germane_figure);
        let span = node.get("germane_figure").map_or(node.span, |node| node.span);
        return Err(vec![
            Diagnostic::new("version", message).at(source, span).advice(format!("this program reads version {VERSION}")),
        ]);
    }
    lengths(source, &node, &figure, &mut problems);
    if problems.is_empty() { Ok(figure) } else { Err(problems) }
}

/// Reads what every look has; colours and patterns must be known ones.
fn look(keys: &mut Keys) {
    keys.know(&["role", "name"]);
    keys.choice("pattern", &["solid", "dashed", "dotted", "dashdot", "hatch"]);
    if let Some((node, text)) = keys.scalar("colour") {
        let cycle = text.strip_prefix('C').is_some_and(|number| number.parse::<usize>().is_ok());
        if !cycle && Colour::parse(text).is_none() {
            let message = format!("`{text}` is no colour");
            let problem = keys.problem("value", message, node.span).advice("`#rrggbb`, or `C0`, `C1`, … of the style's cycle");
            keys.report(problem);
        }
    }
}

/// Own keys of a layer, and whether it has a look.
fn layer_keys(kind: &str) -> Option<(&'static [&'static str], bool)> {
    Some(match kind {
        "points" => (&["edges", "x", "x_low", "x_high", "values", "low", "high", "errors", "drawn", "widths", "hollow"], true),
        "line" => (&["x", "y"], true),
        "steps" => (&["edges", "values", "filled"], true),
        "stack" => (&["edges", "samples"], false),
        "band" => (&["edges", "x", "low", "high"], true),
        "hline" | "vline" => (&["at"], true),
        "hspan" | "vspan" => (&["low", "high"], true),
        "text" => (&["lines"], false),
        "beside" => (&["entries"], false),
        "bars" => (&["values", "hollow"], true),
        "image" => (&["x_edges", "y_edges", "values", "limits", "map", "label", "texts"], false),
        _ => return None,
    })
}

const LAYERS: [&str; 12] =
    ["bars", "points", "line", "steps", "stack", "band", "hline", "vline", "hspan", "vspan", "text", "image"];

/// Reports unknown keys at every level.
fn check(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) {
    let mut keys = Keys::new(source, node, "figure");
    keys.know(&["germane_figure", "legend"]);
    // Styles are named in letters of any case.
    let known = keys.optional("style").and_then(Node::as_text);
    if !known.is_some_and(|name| STYLES.iter().any(|style| style.name.eq_ignore_ascii_case(name))) {
        keys.choice("style", &STYLES.map(|style| style.name));
    }
    keys.required("germane_figure");
    keys.required("kind");
    keys.required("size");
    let labels = keys.optional("labels");
    let provenance = keys.optional("provenance");
    let panels = keys.required("panels");
    let panel_list = if panels.is_some() { keys.list("panels") } else { None };
    keys.finish(problems);
    let mut simple = |node: Option<&Node>, what: &str, known: &[&str]| {
        if let Some(node) = node {
            let mut keys = Keys::new(source, node, what);
            keys.know(known);
            keys.finish(problems);
        }
    };
    simple(labels, "labels", &["experiment", "status", "right", "title"]);
    simple(provenance, "provenance", &["product", "key"]);
    for panel in panel_list.unwrap_or_default() {
        check_panel(source, panel, problems);
    }
}

fn check_panel(source: &Source, panel: &Node, problems: &mut Vec<Diagnostic>) {
    let mut keys = Keys::new(source, panel, "panel");
    keys.required("kind");
    let axes = keys.required("axes");
    let layers = if keys.required("layers").is_some() { keys.list("layers") } else { None };
    keys.finish(problems);
    if let Some(axes) = axes {
        let mut keys = Keys::new(source, axes, "axes");
        let pair = [keys.optional("x"), keys.optional("y"), keys.optional("top")];
        keys.finish(problems);
        for axis in pair.into_iter().flatten() {
            let mut keys = Keys::new(source, axis, "axis");
            keys.know(&["label", "unit", "low", "high", "log", "categories"]);
            keys.finish(problems);
        }
    }
    for layer in layers.unwrap_or_default() {
        let mut keys = Keys::new(source, layer, "layer");
        let Some(kind) = keys.choice("kind", &LAYERS) else {
            // Without its kind nothing is known of the other keys.
            let all: Vec<&str> = layer.as_map().unwrap_or_default().iter().map(|entry| entry.key.as_str()).collect();
            let nameless = layer.get("kind").is_none();
            keys.know(&all);
            keys.finish(problems);
            if nameless && layer.as_map().is_some() {
                problems.push(Diagnostic::new("missing", "layer has no `kind`").at(source, layer.span));
            }
            continue;
        };
        let Some((own, has_look)) = layer_keys(kind) else { continue };
        keys.know(own);
        if has_look {
            look(&mut keys);
        }
        if kind == "image" {
            keys.choice("map", &["sequential", "diverging"]);
        }
        let samples = if kind == "stack" { keys.list("samples") } else { None };
        keys.finish(problems);
        for sample in samples.unwrap_or_default() {
            let mut keys = Keys::new(source, sample, "sample");
            look(&mut keys);
            keys.know(&["values"]);
            keys.finish(problems);
        }
    }
}

/// A mistake that serde found, with its place.
fn located(source: &Source, error: &serde_json::Error) -> Diagnostic {
    let start: usize = source.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // serde_json counts bytes from 1 and points behind the value.
    let mut offset = (start + error.column().saturating_sub(1)).min(source.text.len());
    while offset > 0 && !source.text.is_char_boundary(offset) {
        offset -= 1;
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    Diagnostic::new("kind", format!("figure: {message}")).at(source, Span::new(offset, offset))
}

/// Arrays of a layer must belong to the same bins or points.
fn lengths(source: &Source, node: &Node, figure: &Figure, problems: &mut Vec<Diagnostic>) {
    for (p, panel) in figure.panels.iter().enumerate() {
        for (l, layer) in panel.layers.iter().enumerate() {
            if let Some(message) = misfit(layer) {
                let place = node.get("panels").and_then(|n| n.as_list()?.get(p)?.get("layers")?.as_list()?.get(l));
                problems.push(Diagnostic::new("length", message).at(source, place.map_or(node.span, |n| n.span)));
            }
        }
    }
}

fn misfit(layer: &Layer) -> Option<String> {
    let bins = |edges: &[f64]| edges.len().saturating_sub(1);
    let same = |name: &str, length: usize, wanted: usize| {
        (length != wanted).then(|| format!("`{name}` has {length} numbers, expected {wanted}"))
    };
    let none_or = |name: &str, length: usize, wanted: usize| if length == 0 { None } else { same(name, length, wanted) };
    match layer {
        Layer::Points(points) => {
            let count = points.values.len();
            let places = if points.edges.is_empty() {
                same("x", points.x.len(), count)
            } else {
                same("edges", points.edges.len(), count + 1)
            };
            places
                .or_else(|| none_or("low", points.low.len(), count))
                .or_else(|| none_or("high", points.high.len(), count))
                .or_else(|| none_or("x_low", points.x_low.len(), count))
                .or_else(|| none_or("x_high", points.x_high.len(), count))
        }
        Layer::Line(line) => same("y", line.y.len(), line.x.len()),
        Layer::Steps(steps) => same("values", steps.values.len(), bins(&steps.edges)),
        Layer::Stack(stack) => stack.samples.iter().find_map(|sample| same("values", sample.values.len(), bins(&stack.edges))),
        Layer::Band(band) => {
            let count = if band.edges.is_empty() { band.x.len() } else { bins(&band.edges) };
            same("low", band.low.len(), count).or_else(|| same("high", band.high.len(), count))
        }
        Layer::Image(image) => {
            let count = bins(&image.x_edges) * bins(&image.y_edges);
            same("values", image.values.len(), count).or_else(|| none_or("texts", image.texts.len(), count))
        }
        Layer::Hline(_)
        | Layer::Vline(_)
        | Layer::Hspan(_)
        | Layer::Vspan(_)
        | Layer::Text(_)
        | Layer::Beside(_)
        | Layer::Bars(_) => None,
    }
}
