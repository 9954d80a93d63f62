//! The legend and the text block, and the vertical range that leaves room for them.
//!
//! Candidates are one to four columns at the right or the left, with the text block at the other side or below. For each
//! the range is solved, not iterated: a bar of height h under a box of depth d (of a frame of height H) needs
//! high = low + (h - low) H / (H - d). The candidate with the lowest range is taken.

use germane_numerics::maths::{log10, pow};

use super::{Canvas, Placed, look, ranges};
use crate::colour::Colour;
use crate::figure::{Figure, Layer, Panel};
use crate::scale::Scale;
use crate::scene::{Path, Rect, Stroke};
use crate::style::stroke;
use crate::text::{Align, CAPITAL, Text, Weight};

/// An entry: its text and the layer it stands for.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    pub(super) text: Text,
    pub(super) swatch: Swatch<'a>,
}

#[derive(Clone)]
pub(super) enum Swatch<'a> {
    Layer(&'a Layer, Colour),
    Sample(Colour),
}

/// A block of texts with its place inside the frame.
struct Box {
    width: f64,
    height: f64,
    right: bool,
    /// Distance of its upper edge from the top of the frame.
    below: f64,
}

struct Arrangement<'a> {
    entries: Vec<Entry<'a>>,
    columns: Vec<f64>,
    rows: usize,
    legend: Box,
    lines: Vec<Text>,
    block: Box,
    sizes: Sizes,
}

#[derive(Clone, Copy)]
struct Sizes {
    font: f64,
    row: f64,
    swatch: f64,
    gap: f64,
    pad: f64,
}

/// Sizes of letters and rows; `scale` is below 1 where a legend would be too high.
fn sizes(canvas: &Canvas, scale: f64) -> Sizes {
    let font = 0.82 * canvas.font * scale;
    Sizes { font, row: 1.32 * font, swatch: 1.9 * font, gap: 0.5 * font, pad: 0.75 * canvas.font }
}

/// The upper end of the vertical range that keeps everything drawn below the legend.
pub(super) fn head_room(figure: &Figure, canvas: &Canvas, panel: &Panel, area: Rect, x: Scale, low: f64) -> f64 {
    arrange(figure, canvas, panel, area, x, low).1
}

/// Height of a legend above the frame, which panels with a row for each name have: they have no room inside.
pub(super) fn height_above(figure: &Figure, canvas: &Canvas) -> f64 {
    let Some(panel) = figure.panels.first().filter(|panel| !panel.axes.y.categories.is_empty()) else { return 0.0 };
    let (columns, entries) = above(figure, canvas, panel);
    if entries.is_empty() { 0.0 } else { entries.len().div_ceil(columns) as f64 * sizes(canvas, 1.0).row + 0.4 * canvas.font }
}

/// Entries of a legend above the frame in as many columns as have room.
fn above<'a>(figure: &Figure, canvas: &Canvas, panel: &'a Panel) -> (usize, Vec<Entry<'a>>) {
    let Sizes { font, swatch, gap, .. } = sizes(canvas, 1.0);
    let room = canvas.bounds.width - canvas.font - swatch - gap;
    let entries: Vec<Entry> = figure.legend.iter().filter_map(|name| entry(canvas, panel, name, font, room)).collect();
    let widest = entries.iter().map(|e| e.text.width).fold(0.0f64, f64::max) + swatch + gap + 1.2 * font;
    let fitting = (((canvas.bounds.width - canvas.font + 1.2 * font) / widest).floor() as usize).clamp(1, entries.len().max(1));
    // As many columns as the rows need, so that the last row is not almost empty.
    let rows = entries.len().div_ceil(fitting).max(1);
    (entries.len().div_ceil(rows).max(1), entries)
}

fn draw_above(figure: &Figure, canvas: &mut Canvas, panel: &Panel, right: f64) {
    let Sizes { font, row, swatch, gap, .. } = sizes(canvas, 1.0);
    let (columns, entries) = above(figure, canvas, panel);
    let widest = entries.iter().map(|e| e.text.width).fold(0.0f64, f64::max) + swatch + gap + 1.2 * font;
    let left = (right - columns as f64 * widest + 1.2 * font).max(0.5 * canvas.font);
    for (i, entry) in entries.iter().enumerate() {
        let x = left + (i % columns) as f64 * widest;
        let middle = 0.35 * canvas.font + ((i / columns) as f64 + 0.5) * row;
        let handle = Rect { x, y: middle - 0.36 * font, width: swatch, height: 0.72 * font };
        draw_swatch(canvas, &entry.swatch, handle);
        canvas.label(entry.text.at(x + swatch + gap, middle + 0.5 * CAPITAL * font, Align::Left, Colour::BLACK));
    }
}

pub(super) fn draw(figure: &Figure, canvas: &mut Canvas, placed: &Placed) {
    for name in &figure.legend {
        if entry(canvas, placed.panel, name, canvas.font, f64::INFINITY).is_none() {
            canvas.warnings.push(format!("no layer of the first panel is called `{name}`, which the legend names"));
        }
    }
    if !placed.panel.axes.y.categories.is_empty() {
        return draw_above(figure, canvas, placed.panel, placed.area.right());
    }
    let (arrangement, _) = arrange(figure, canvas, placed.panel, placed.area, placed.x, placed.y.low);
    let Sizes { font, row, swatch, gap, pad } = arrangement.sizes;
    let area = placed.area;
    let left = |block: &Box| if block.right { area.right() - pad - block.width } else { area.x + pad };
    let mut x = left(&arrangement.legend);
    for (column, width) in arrangement.columns.iter().enumerate() {
        for line in 0..arrangement.rows {
            let Some(entry) = arrangement.entries.get(column * arrangement.rows + line) else { break };
            let middle = area.y + arrangement.legend.below + (line as f64 + 0.5) * row;
            let handle = Rect { x, y: middle - 0.36 * font, width: swatch, height: 0.72 * font };
            draw_swatch(canvas, &entry.swatch, handle);
            canvas.label(entry.text.at(x + swatch + gap, middle + 0.5 * CAPITAL * font, Align::Left, Colour::BLACK));
        }
        x += width;
    }
    for (i, line) in arrangement.lines.iter().enumerate() {
        let y = area.y + arrangement.block.below + (i as f64 + 0.5) * row + 0.5 * CAPITAL * font;
        canvas.label(line.at(left(&arrangement.block), y, Align::Left, Colour::BLACK));
    }
}

/// Chooses the arrangement with the lowest vertical range and returns that range's end.
fn arrange<'a>(figure: &Figure, canvas: &Canvas, panel: &'a Panel, area: Rect, x: Scale, low: f64) -> (Arrangement<'a>, f64) {
    let mut best: Option<(f64, f64, Arrangement<'a>)> = None;
    let reaches: Vec<(f64, f64, f64)> = ranges::reaches(panel)
        .iter()
        .map(|r| (x.at(r.from), x.at(r.to), r.high))
        .filter(|r| r.2.is_finite() && r.1 >= area.x && r.0 <= area.right())
        .collect();
    let count = figure.legend.len();
    for scale in [1.0, 0.84, 0.7, 0.55, 0.42] {
        let sizes = sizes(canvas, scale);
        let natural: Vec<Entry> =
            figure.legend.iter().filter_map(|name| entry(canvas, panel, name, sizes.font, f64::INFINITY)).collect();
        let lines: Vec<Text> = panel
            .layers
            .iter()
            .filter_map(|layer| if let Layer::Text(block) = layer { Some(&block.lines) } else { None })
            .flatten()
            .map(|line| Text::cut(line, sizes.font, Weight::Regular, area.width - 2.0 * sizes.pad))
            .collect();
        for columns in 1..=count.clamp(1, 4) {
            for (right, beside) in [(true, true), (true, false), (false, true), (false, false)] {
                let Some(candidate) = candidate(figure, canvas, panel, area, (columns, right, beside), sizes, &natural, &lines)
                else {
                    continue;
                };
                let depth =
                    (candidate.legend.below + candidate.legend.height).max(candidate.block.below + candidate.block.height);
                let last_resort = scale < 0.5 && depth < 0.95 * area.height;
                if depth > 0.6 * area.height && !last_resort {
                    continue;
                }
                let high = solved(&candidate, &reaches, panel.axes.y.log, low, area, sizes.pad);
                let span = |end: f64| if panel.axes.y.log { log10(end / low) } else { end - low };
                // Equal ranges are decided by habit: few columns, at the right.
                let penalty =
                    1.0 + 0.03 * (columns - 1) as f64 + if right { 0.0 } else { 0.02 } + if beside { 0.0 } else { 0.005 };
                let score = span(high) * penalty;
                if best.as_ref().is_none_or(|(other, _, _)| score < *other) {
                    best = Some((score, high, candidate));
                }
            }
        }
        if best.is_some() {
            break;
        }
    }
    if let Some((_, high, arrangement)) = best {
        return (arrangement, high);
    }
    let nothing = Arrangement {
        entries: Vec::new(),
        columns: Vec::new(),
        rows: 0,
        legend: Box { width: 0.0, height: 0.0, right: true, below: 0.0 },
        lines: Vec::new(),
        block: Box { width: 0.0, height: 0.0, right: true, below: 0.0 },
        sizes: sizes(canvas, 1.0),
    };
    let high = solved(&nothing, &reaches, panel.axes.y.log, low, area, 0.0);
    (nothing, high)
}

fn candidate<'a>(
    figure: &Figure,
    canvas: &Canvas,
    panel: &'a Panel,
    area: Rect,
    (columns, right, beside): (usize, bool, bool),
    sizes: Sizes,
    natural: &[Entry<'a>],
    lines: &[Text],
) -> Option<Arrangement<'a>> {
    let Sizes { font, row, swatch, gap, pad } = sizes;
    let inner = area.width - 2.0 * pad;
    let rows = figure.legend.len().div_ceil(columns);
    // A column that would stay empty is no candidate.
    if columns > 1 && rows * (columns - 1) >= figure.legend.len() {
        return None;
    }
    let between = 1.2 * font;
    let widest = |entries: &[Entry]| entries.iter().map(|e| e.text.width).fold(0.0f64, f64::max);
    let needed: f64 = natural.chunks(rows.max(1)).map(|column| widest(column) + swatch + gap + between).sum::<f64>() - between;
    // All entries have one size; only a single column may be smaller, down to 70 %, and lose the ends of names.
    let entries = if needed <= inner {
        natural.to_vec()
    } else if columns == 1 {
        let room = inner - swatch - gap;
        let font = font * (room / widest(natural)).clamp(0.7, 1.0);
        figure.legend.iter().filter_map(|name| entry(canvas, panel, name, font, room)).collect()
    } else {
        return None;
    };
    let mut widths: Vec<f64> = entries.chunks(rows.max(1)).map(|column| widest(column) + swatch + gap + between).collect();
    if let Some(last) = widths.last_mut() {
        *last -= between;
    }
    let legend = Box { width: widths.iter().sum(), height: rows.min(entries.len()) as f64 * row, right, below: 0.6 * pad };
    let block_width = lines.iter().map(|line| line.width).fold(0.0f64, f64::max);
    let block_height = lines.len() as f64 * row;
    let fits = legend.width + block_width + font <= inner;
    if beside && !lines.is_empty() && !fits {
        return None;
    }
    let block = if beside {
        Box { width: block_width, height: block_height, right: !right, below: legend.below }
    } else {
        Box { width: block_width, height: block_height, right, below: legend.below + legend.height + 0.35 * row }
    };
    Some(Arrangement { entries, columns: widths, rows, legend, lines: lines.to_vec(), block, sizes })
}

/// Upper end of the axis under which nothing drawn reaches into the boxes.
fn solved(arrangement: &Arrangement, reaches: &[(f64, f64, f64)], log: bool, low: f64, area: Rect, pad: f64) -> f64 {
    let forward = |v: f64| if log { log10(v) } else { v };
    let back = |v: f64| if log { pow(10.0, v) } else { v };
    let boxes: Vec<(f64, f64, f64)> = [&arrangement.legend, &arrangement.block]
        .into_iter()
        .filter(|block| block.height > 0.0)
        .map(|block| {
            let from = if block.right { area.right() - pad - block.width } else { area.x + pad };
            (from - 0.4 * pad, from + block.width + 0.4 * pad, block.below + block.height + 0.3 * pad)
        })
        .collect();
    let bottom = if log && !(low > 0.0) { return 1.0 } else { forward(low) };
    let mut top = f64::NEG_INFINITY;
    for &(from, to, value) in reaches {
        if log && value <= 0.0 {
            continue;
        }
        let height = forward(value) - bottom;
        let mut depth = 0.06 * area.height;
        for &(left, right, below) in &boxes {
            if from < right && to > left {
                depth = depth.max(below);
            }
        }
        // A legend higher than most of the frame may cover bars: they would be too flat to read otherwise.
        let share = (1.0 - depth / area.height).max(0.3);
        top = top.max(bottom + height / share);
    }
    if top > bottom {
        back(top)
    } else if log {
        low * 10.0
    } else {
        low + 1.0
    }
}

/// The entry of a name, or of a role; `None` where no layer has it.
pub(super) fn entry<'a>(canvas: &Canvas, panel: &'a Panel, name: &str, font: f64, room: f64) -> Option<Entry<'a>> {
    let style = canvas.style;
    let text = |name: &str| {
        if room.is_finite() { Text::cut(name, font, Weight::Regular, room) } else { Text::new(name, font, Weight::Regular) }
    };
    let mut by_role = None;
    let total = cycled(panel);
    let mut index = 0;
    for layer in &panel.layers {
        if let Layer::Stack(stack) = layer {
            for (i, sample) in stack.samples.iter().enumerate() {
                if sample.look.name == name {
                    return Some(Entry {
                        text: text(name),
                        swatch: Swatch::Sample(style.colour(&sample.look, i, stack.samples.len())),
                    });
                }
            }
        }
        let Some(look) = look(layer) else { continue };
        let colour = style.colour(look, index, total);
        if is_cycled(layer) {
            index += 1;
        }
        if look.name == name {
            return Some(Entry { text: text(name), swatch: Swatch::Layer(layer, colour) });
        }
        if look.role == name && by_role.is_none() {
            let shown = if look.name.is_empty() { name } else { &look.name };
            by_role = Some(Entry { text: text(shown), swatch: Swatch::Layer(layer, colour) });
        }
    }
    by_role
}

/// Whether a layer takes a colour of the cycle when its role has none.
pub(super) fn is_cycled(layer: &Layer) -> bool {
    matches!(layer, Layer::Points(_) | Layer::Line(_) | Layer::Steps(_))
}

/// How many layers take colours of the cycle.
pub(super) fn cycled(panel: &Panel) -> usize {
    panel.layers.iter().filter(|layer| is_cycled(layer)).count()
}

pub(super) fn draw_swatch(canvas: &mut Canvas, swatch: &Swatch, handle: Rect) {
    let font = canvas.font;
    let middle = handle.y + handle.height / 2.0;
    let centre = handle.x + handle.width / 2.0;
    let line_width = super::layers::line_width(font);
    match swatch {
        Swatch::Sample(colour) => {
            canvas.path(Path::rectangle(handle), Some(*colour), Some(Stroke::new(Colour::BLACK, 0.5 * line_width)));
        }
        Swatch::Layer(layer, colour) => match layer {
            Layer::Points(points) => {
                let radius = super::layers::marker_radius(font);
                if !points.x_low.is_empty() {
                    let bar = Path::segment(handle.x, middle, handle.right(), middle);
                    canvas.path(bar, None, Some(Stroke::new(*colour, 0.75 * line_width)));
                }
                if !points.low.is_empty() {
                    let reach = 0.62 * handle.height;
                    let bar = Path::segment(centre, middle - reach, centre, middle + reach);
                    canvas.path(bar, None, Some(Stroke::new(*colour, 0.75 * line_width)));
                }
                if points.widths {
                    let bar = Path::segment(handle.x + 0.2 * handle.width, middle, handle.right() - 0.2 * handle.width, middle);
                    canvas.path(bar, None, Some(Stroke::new(*colour, 0.75 * line_width)));
                }
                let fill = if points.hollow { Colour::WHITE } else { *colour };
                canvas.path(Path::circle(centre, middle, radius), Some(fill), Some(Stroke::new(*colour, 0.5 * line_width)));
            }
            Layer::Bars(bars) if bars.hollow => {
                canvas.path(Path::rectangle(handle), None, Some(Stroke::new(*colour, 0.7 * line_width)));
            }
            Layer::Bars(_) => canvas.path(Path::rectangle(handle), Some(*colour), None),
            Layer::Steps(steps) if steps.filled => canvas.path(Path::rectangle(handle), Some(*colour), None),
            Layer::Band(band) => super::layers::area(canvas, Path::rectangle(handle), handle, &band.look, *colour),
            Layer::Hspan(_) | Layer::Vspan(_) => canvas.path(Path::rectangle(handle), Some(*colour), None),
            _ => {
                let pen = look(layer).map_or(Stroke::new(*colour, line_width), |look| stroke(look, *colour, line_width));
                canvas.path(Path::segment(handle.x, middle, handle.right(), middle), None, Some(pen));
            }
        },
    }
}
