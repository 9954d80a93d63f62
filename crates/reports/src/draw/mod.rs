//! From a figure to a scene: where panels, texts and legend stand, then what is in them.
//!
//! All text is measured with the embedded fonts before anything is placed. Margins grow to hold the labels, ticks thin
//! out, long names shrink to 70 % and then lose their end, and the vertical range is solved so that nothing that is drawn
//! reaches under the legend.

mod beside;
mod colourbar;
mod frame;
mod layers;
mod legend;
mod ranges;

use crate::colour::Colour;
use crate::figure::{Axis, Figure, Layer, Panel};
use crate::scale::Scale;
use crate::scene::{Item, Path, PlacedText, Rect, Scene, Stroke};
use crate::style::Style;
use crate::text::{Align, CAPITAL, DESCENT, Text, Weight};
use crate::ticks::{self, Ticks};

/// What a picture is being made with.
pub(crate) struct Canvas {
    pub(crate) style: Style,
    /// Font size of axis labels in points; everything else is in proportion to it.
    pub(crate) font: f64,
    pub(crate) items: Vec<Item>,
    /// What a user should know: unknown commands in texts, texts without room.
    pub(crate) warnings: Vec<String>,
    taken: Vec<Rect>,
    bounds: Rect,
}

impl Canvas {
    pub(crate) fn path(&mut self, path: Path, fill: Option<Colour>, stroke: Option<Stroke>) {
        if !path.is_empty() {
            self.items.push(Item::Path { path, fill, stroke });
        }
    }

    /// Places a text if it is inside the canvas and meets no other text.
    pub(crate) fn text(&mut self, text: PlacedText) -> bool {
        let area = text.area;
        let inside = area.x >= -0.01
            && area.y >= -0.01
            && area.right() <= self.bounds.width + 0.01
            && area.bottom() <= self.bounds.height + 0.01;
        if !inside || self.taken.iter().any(|other| other.overlaps(&area)) {
            return false;
        }
        if area.width > 0.0 {
            self.taken.push(area);
            self.items.push(Item::Text(text));
        }
        true
    }

    /// Places a text that must be seen; that it has no room is a warning.
    pub(crate) fn label(&mut self, text: PlacedText) {
        let words = text.words.clone();
        for warning in &text.warnings {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
        if !self.text(text) {
            self.warnings.push(format!("no room for the text `{words}`"));
        }
    }

    /// Draws with everything cut to the inside of `path`.
    pub(crate) fn clipped(&mut self, path: Path, label: Option<String>, draw: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.items);
        draw(self);
        let items = std::mem::replace(&mut self.items, outer);
        if !items.is_empty() {
            self.items.push(Item::Clip { path, items, label });
        }
    }

    pub(crate) fn tick_size(&self) -> f64 {
        0.86 * self.font
    }
}

/// A panel with its place and scales.
pub(crate) struct Placed<'a> {
    pub(crate) panel: &'a Panel,
    pub(crate) area: Rect,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    pub(crate) y_ticks: Ticks,
    /// The axis at the top, if it is another than the lower one.
    pub(crate) top: Option<(Scale, Ticks)>,
    pub(crate) last: bool,
}

/// Texts of a figure with their boxes in points, as they will be drawn.
pub fn text_boxes(figure: &Figure) -> Vec<(String, Rect)> {
    scene(figure).texts()
}

/// What a user should know about the picture: unknown commands in its texts, texts that found no room.
pub fn warnings(figure: &Figure) -> Vec<String> {
    drawn(figure).1
}

/// Makes the scene of a figure.
pub(crate) fn scene(figure: &Figure) -> Scene {
    drawn(figure).0
}

fn drawn(figure: &Figure) -> (Scene, Vec<String>) {
    let inches = |value: f64| if value.is_finite() { value.clamp(1.0, 400.0) } else { 8.0 };
    let (width, height) = (72.0 * inches(figure.size[0]), 72.0 * inches(figure.size[1]));
    let style = Style::named(&figure.style);
    let mut font = style.font_for(figure);
    // Rows with names decide the size of all text: a name is a little smaller than its row.
    let rows = figure.panels.iter().map(|panel| panel.axes.y.categories.len()).max().unwrap_or(0);
    if rows > 0 {
        font = font.min(0.86 * (height - 4.0 * font.min(14.0)) / rows as f64).max(4.0);
    }
    // Labels of flat panels must fit beside them.
    if figure.panels.len() > 2 {
        font = font.min(0.1 * height / figure.panels.len() as f64).max(4.0);
    }
    let bounds = Rect { x: 0.0, y: 0.0, width, height };
    let mut canvas = Canvas { style, font, items: Vec::new(), warnings: Vec::new(), taken: Vec::new(), bounds };
    let placed = place(figure, &mut canvas, width, height);
    for panel in &placed {
        let label = description(panel.panel);
        canvas.clipped(Path::rectangle(panel.area), Some(label), |canvas| layers::draw(canvas, panel));
        layers::arrows(&mut canvas, panel);
    }
    for panel in &placed {
        frame::draw(&mut canvas, panel);
        colourbar::draw(&mut canvas, panel);
        frame::line_names(&mut canvas, panel, &figure.legend);
        beside::draw(&mut canvas, panel);
    }
    if let Some(first) = placed.first() {
        top_labels(figure, &mut canvas, first.area);
        legend::draw(figure, &mut canvas, first);
    }
    (Scene { width, height, title: title(figure), items: canvas.items }, canvas.warnings)
}

fn title(figure: &Figure) -> String {
    let axes = figure.panels.first().map(|panel| (&panel.axes.x, &panel.axes.y));
    let mut title = format!("{} figure", figure.kind);
    if let Some((x, y)) = axes {
        let words = |axis: &Axis| Text::new(&label_of(axis), 10.0, Weight::Regular).words;
        title = match (y.label.is_empty(), x.label.is_empty()) {
            (false, false) => format!("{title}: {} against {}", words(y), words(x)),
            (true, false) => format!("{title}: {}", words(x)),
            (false, true) => format!("{title}: {}", words(y)),
            (true, true) => title,
        };
    }
    title
}

fn description(panel: &Panel) -> String {
    let mut names: Vec<&str> = Vec::new();
    for layer in &panel.layers {
        match layer {
            Layer::Stack(stack) => names.extend(stack.samples.iter().map(|sample| sample.look.name.as_str())),
            other => {
                if let Some(look) = look(other) {
                    names.push(if look.name.is_empty() { &look.role } else { &look.name });
                }
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names.dedup();
    format!("{} panel: {}", panel.kind, names.join(", "))
}

/// The look of a layer that has one.
pub(crate) fn look(layer: &Layer) -> Option<&crate::figure::Look> {
    Some(match layer {
        Layer::Points(l) => &l.look,
        Layer::Line(l) => &l.look,
        Layer::Steps(l) => &l.look,
        Layer::Band(l) => &l.look,
        Layer::Hline(l) | Layer::Vline(l) => &l.look,
        Layer::Hspan(l) | Layer::Vspan(l) => &l.look,
        Layer::Bars(l) => &l.look,
        Layer::Stack(_) | Layer::Text(_) | Layer::Beside(_) | Layer::Image(_) => return None,
    })
}

/// Label with its unit in brackets.
pub(crate) fn label_of(axis: &Axis) -> String {
    match &axis.unit {
        Some(unit) if !unit.is_empty() && !axis.label.is_empty() => format!("{} [{unit}]", axis.label),
        _ => axis.label.clone(),
    }
}

/// Decides margins, heights and ranges.
fn place<'a>(figure: &'a Figure, canvas: &mut Canvas, width: f64, height: f64) -> Vec<Placed<'a>> {
    let (font, tick) = (canvas.font, canvas.tick_size());
    let Some(first) = figure.panels.first() else { return Vec::new() };
    let x_axis = figure.panels.last().map_or(&first.axes.x, |panel| &panel.axes.x);
    let has_top = figure.labels != crate::figure::Labels::default();
    let mut top = if has_top { 1.45 * font } else { 0.55 * font };
    if let Some(axis) = &first.axes.top {
        let label = Text::new(&label_of(axis), font, Weight::Regular);
        top += 0.75 * font + CAPITAL * tick + label.ascent.max(CAPITAL * font) + label.descent.max(DESCENT * font);
    }
    top += legend::height_above(figure, canvas);
    let x_label = Text::new(&label_of(x_axis), font, Weight::Regular);
    let mut bottom = (0.38 + 0.3) * font + CAPITAL * tick;
    if x_label.width > 0.0 {
        bottom += 0.35 * font + x_label.ascent.max(CAPITAL * font) + x_label.descent.max(DESCENT * font);
    }
    let weight = |panel: &Panel| if panel.kind == "main" { 3.0 * beside::crowding(panel) } else { 1.0 };
    let total: f64 = figure.panels.iter().map(weight).sum();
    let gap = 0.42 * font;
    let (x_low, x_high) = ranges::horizontal(figure);
    let right_bar = figure.panels.iter().map(|panel| colourbar::width(panel, font)).fold(0.0f64, f64::max);
    let last_half = if x_axis.categories.is_empty() { 1.1 * tick } else { 0.0 };
    let beside = figure.panels.iter().map(|panel| beside::width(canvas, panel)).fold(0.0f64, f64::max);
    let right = (0.5 * font).max(last_half) + right_bar + beside;
    let label_room = y_label_room(figure, font);
    let mut left = label_room + 2.2 * font;
    let mut chosen = None;
    // The left margin depends on the labels, these on the range, this on the legend, this on the width of the frame:
    // the second pass uses the labels of the first, the third is there if they grew.
    for pass in 0..3 {
        let names =
            frame::upright_names(x_axis, tick, (width - left - right).max(20.0), height).map_or(0.0, |h| h - CAPITAL * tick);
        let heights = (height - top - bottom - names - gap * (figure.panels.len() - 1) as f64).max(20.0);
        let mut y = top;
        let mut placed = Vec::new();
        let frame_width = (width - left - right).max(20.0);
        for (i, panel) in figure.panels.iter().enumerate() {
            let area = Rect { x: left, y, width: frame_width, height: heights * weight(panel) / total };
            y += area.height + gap;
            let x = Scale::new(x_low, x_high, figure.panels.iter().any(|p| p.axes.x.log), area.x, area.right());
            let (y_scale, y_ticks) = vertical(figure, canvas, panel, area, x, i == 0);
            let top = panel.axes.top.as_ref().filter(|_| i == 0).map(|axis| frame::top_axis(axis, tick, area));
            placed.push(Placed { panel, area, x, y: y_scale, y_ticks, top, last: i + 1 == figure.panels.len() });
        }
        let widest = placed.iter().map(|p| frame::y_label_width(canvas, p, width)).fold(0.0f64, f64::max);
        let needed = label_room + widest + 0.55 * font;
        let exponent = placed.first().is_some_and(|p| p.y_ticks.exponent != 0);
        let settled = (needed - left).abs() < 0.01 || (pass > 0 && needed <= left);
        chosen = Some(placed);
        if settled && (!exponent || top >= 1.3 * font) {
            break;
        }
        left = if pass == 0 { needed } else { left.max(needed) };
        if exponent {
            top = top.max(1.45 * font);
        }
    }
    chosen.unwrap_or_default()
}

/// Room at the far left for the vertical labels.
fn y_label_room(figure: &Figure, font: f64) -> f64 {
    let highest = figure
        .panels
        .iter()
        .map(|panel| Text::new(&label_of(&panel.axes.y), font, Weight::Regular))
        .filter(|text| text.width > 0.0)
        .map(|text| text.ascent.max(CAPITAL * font) + text.descent.max(DESCENT * font))
        .fold(0.0f64, f64::max);
    if highest > 0.0 { highest + 0.55 * font } else { 0.25 * font }
}

/// Range and ticks of a vertical axis.
fn vertical(figure: &Figure, canvas: &Canvas, panel: &Panel, area: Rect, x: Scale, first: bool) -> (Scale, Ticks) {
    let axis = &panel.axes.y;
    if !axis.categories.is_empty() {
        let rows = axis.categories.len() as f64;
        // Names count from the top.
        return (Scale::new(-0.5, rows - 0.5, false, area.y, area.bottom()), Ticks::default());
    }
    let (mut low, mut high) = ranges::vertical(panel);
    if first && axis.high.is_none() && !panel.layers.iter().any(|layer| matches!(layer, Layer::Image(_))) {
        high = legend::head_room(figure, canvas, panel, area, x, low);
    }
    if !(high > low) {
        (low, high) = if axis.log { (low, low * 10.0) } else { (low, low + 1.0) };
    }
    let scale = Scale::new(low, high, axis.log, area.bottom(), area.y);
    let tick = canvas.tick_size();
    // Flat panels need their few numbers more than air between them.
    let spacing = if panel.kind == "pulls" { 1.2 } else { 1.7 };
    let room = (area.height / (spacing * tick)).floor().max(1.0) as usize;
    let mut ticks = if axis.log {
        ticks::logarithmic_ticks(scale.low, scale.high, room.min(10))
    } else {
        ticks::linear_ticks(scale.low, scale.high, room.min(8))
    };
    if !first && ticks.exponent != 0 {
        // A lower panel has no room for an exponent above its frame.
        let digits = (-ticks.exponent + 1).max(0) as usize;
        ticks.labels = ticks.major.iter().map(|&v| ticks::number(v, digits.min(12))).collect();
        ticks.exponent = 0;
    }
    (scale, ticks)
}

/// Experiment, status, title at the left; luminosity and energy at the right; all above the frame.
fn top_labels(figure: &Figure, canvas: &mut Canvas, area: Rect) {
    let labels = &figure.labels;
    let mut y = area.y - 0.42 * canvas.font;
    if let Some(axis) = figure.panels.first().and_then(|panel| panel.axes.top.as_ref()) {
        let label = Text::new(&label_of(axis), canvas.font, Weight::Regular);
        y -= 0.75 * canvas.font + CAPITAL * canvas.tick_size() + label.ascent + label.descent;
    }
    let text = |source: &Option<String>, size: f64, weight: Weight| Text::new(source.as_deref().unwrap_or(""), size, weight);
    let mut size = canvas.font;
    let sum = |size: f64| {
        let experiment = text(&labels.experiment, 1.12 * size, Weight::Bold).width;
        let status = text(&labels.status, size, Weight::Italic).width;
        let title = if labels.experiment.is_none() { text(&labels.title, size, Weight::Regular).width } else { 0.0 };
        experiment + status + title + text(&labels.right, 0.9 * size, Weight::Regular).width + 1.6 * size
    };
    let wanted = sum(size);
    if wanted > area.width {
        size *= (area.width / wanted).max(0.7);
    }
    let right = Text::cut(labels.right.as_deref().unwrap_or(""), 0.9 * size, Weight::Regular, 0.5 * area.width);
    canvas.label(right.at(area.right(), y, Align::Right, Colour::BLACK));
    let mut room = area.width - right.width - 0.8 * size;
    let mut x = area.x;
    let parts = [
        (&labels.experiment, 1.12, Weight::Bold),
        (&labels.status, 1.0, Weight::Italic),
        (if labels.experiment.is_none() { &labels.title } else { &None }, 1.0, Weight::Regular),
    ];
    for (source, scale, weight) in parts {
        let Some(source) = source.as_deref().filter(|source| !source.is_empty()) else { continue };
        if room < 2.0 * size {
            break;
        }
        let part = Text::cut(source, scale * size, weight, room);
        canvas.label(part.at(x, y, Align::Left, Colour::BLACK));
        x += part.width + 0.35 * size;
        room -= part.width + 0.35 * size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipes::{Contents, DataMc, Histogram, Process, Quantity, Recipe};

    /// The lowest legend text of a figure, and for each bin under the legend where its highest point is drawn.
    fn clearance(figure: &Figure) -> f64 {
        let (width, height) = (72.0 * figure.size[0], 72.0 * figure.size[1]);
        let style = Style::named(&figure.style);
        let bounds = Rect { x: 0.0, y: 0.0, width, height };
        let font = style.font_for(figure);
        let mut canvas = Canvas { style, font, items: Vec::new(), warnings: Vec::new(), taken: Vec::new(), bounds };
        let placed = place(figure, &mut canvas, width, height);
        let main = &placed[0];
        legend::draw(figure, &mut canvas, main);
        let mut least = f64::INFINITY;
        for area in &canvas.taken {
            for reach in ranges::reaches(main.panel) {
                let (from, to) = (main.x.at(reach.from), main.x.at(reach.to));
                let top = main.y.at(reach.high);
                if top.is_finite() && from < area.right() && to > area.x {
                    least = least.min(top - area.bottom());
                }
            }
        }
        least
    }

    #[test]
    fn everything_drawn_under_a_legend_stays_below_it() {
        for shape in 0..4 {
            for log in [false, true] {
                let edges: Vec<f64> = (0..=20).map(f64::from).collect();
                let height = |i: usize| match shape {
                    0 => 100.0,
                    1 => 1.0 + i as f64 * i as f64,
                    2 => 400.0 / (1.0 + i as f64),
                    _ => {
                        if i == 10 {
                            5000.0
                        } else {
                            3.0
                        }
                    }
                };
                let values: Vec<f64> = (0..20).map(height).collect();
                let processes: Vec<Process> = (0..6)
                    .map(|k| Process { name: format!("sample number {k}"), values: values.clone(), variances: values.clone() })
                    .collect();
                let total: Vec<f64> = values.iter().map(|v| 6.0 * v).collect();
                let data = Some(Contents::counts(&edges, &total));
                let recipe = DataMc { edges, processes, data, x: Quantity::new("x", None), log, ..DataMc::default() };
                assert!(clearance(&recipe.figure()) > 0.0, "shape {shape}, log {log}");
            }
        }
    }

    #[test]
    fn an_exponent_stands_above_the_frame_and_moves_no_label() {
        let histograms = vec![("h".to_owned(), Contents::counts(&[0.0, 1e6, 2e6], &[3e6, 1e6]))];
        let figure = Histogram { histograms, x: Quantity::new("energy", Some("eV")), ..Histogram::default() }.figure();
        let words: Vec<String> = text_boxes(&figure).into_iter().map(|(words, _)| words).collect();
        assert_eq!(words.iter().filter(|w| *w == "×10^6").count(), 2);
        assert!(warnings(&figure).is_empty());
    }
}
