//! The layers of a panel: markers, lines, steps, stacks, bands, stripes, cells.

use super::{Canvas, Placed, legend, look};
use crate::colour::{Colour, diverging, sequential};
use crate::figure::{Band, Bars, Image, Layer, Line, Look, Points, Stack, Steps};
use crate::scene::{Path, Rect, Stroke};
use crate::style::stroke;
use crate::text::{Align, CAPITAL, Text, Weight};

pub(super) fn line_width(font: f64) -> f64 {
    0.095 * font
}

pub(super) fn marker_radius(font: f64) -> f64 {
    0.17 * font
}

/// Draws all layers of a panel in order.
pub(super) fn draw(canvas: &mut Canvas, placed: &Placed) {
    let total = legend::cycled(placed.panel);
    let mut index = 0;
    for layer in &placed.panel.layers {
        let colour = look(layer).map_or(Colour::BLACK, |look| canvas.style.colour(look, index, total));
        if legend::is_cycled(layer) {
            index += 1;
        }
        match layer {
            Layer::Points(points) => draw_points(canvas, placed, points, colour),
            Layer::Line(line) => draw_line(canvas, placed, line, colour),
            Layer::Steps(steps) => draw_steps(canvas, placed, steps, colour),
            Layer::Stack(stack) => draw_stack(canvas, placed, stack),
            Layer::Band(band) => draw_band(canvas, placed, band, colour),
            Layer::Hline(line) => {
                let y = placed.y.at(line.at);
                if y.is_finite() {
                    let pen = stroke(&line.look, colour, 0.7 * line_width(canvas.font));
                    canvas.path(Path::segment(placed.area.x, y, placed.area.right(), y), None, Some(pen));
                }
            }
            Layer::Vline(line) => {
                let x = placed.x.at(line.at);
                if x.is_finite() {
                    let pen = stroke(&line.look, colour, 0.7 * line_width(canvas.font));
                    canvas.path(Path::segment(x, placed.area.y, x, placed.area.bottom()), None, Some(pen));
                }
            }
            Layer::Hspan(span) => {
                let (a, b) = (placed.y.at(span.low), placed.y.at(span.high));
                if a.is_finite() && b.is_finite() {
                    let rect = Rect { x: placed.area.x, y: a.min(b), width: placed.area.width, height: (a - b).abs() };
                    area(canvas, Path::rectangle(rect), placed.area, &span.look, colour);
                }
            }
            Layer::Vspan(span) => {
                let (a, b) = (placed.x.at(span.low), placed.x.at(span.high));
                if a.is_finite() && b.is_finite() {
                    let rect = Rect { x: a.min(b), y: placed.area.y, width: (a - b).abs(), height: placed.area.height };
                    area(canvas, Path::rectangle(rect), placed.area, &span.look, colour);
                }
            }
            Layer::Bars(bars) => draw_bars(canvas, placed, bars, colour),
            Layer::Image(image) => draw_image(canvas, placed, image),
            Layer::Text(_) | Layer::Beside(_) => {}
        }
    }
}

/// Small triangles at the border for points that a flat panel cannot show.
pub(super) fn arrows(canvas: &mut Canvas, placed: &Placed) {
    if placed.panel.kind == "main" || !placed.panel.axes.y.categories.is_empty() {
        return;
    }
    let total = legend::cycled(placed.panel);
    let mut index = 0;
    for layer in &placed.panel.layers {
        let Some(look) = look(layer) else { continue };
        let colour = canvas.style.colour(look, index, total);
        if legend::is_cycled(layer) {
            index += 1;
        }
        let (edges, values, drawn) = match layer {
            Layer::Points(points) => (&points.edges, &points.values, points.drawn),
            Layer::Steps(steps) if steps.filled => (&steps.edges, &steps.values, None),
            _ => continue,
        };
        let mut path = Path::new();
        for (i, &value) in values.iter().enumerate() {
            let skipped = drawn.is_some_and(|[first, end]| i < first || i >= end);
            if value.is_nan() || skipped || placed.y.holds(value) || i + 1 >= edges.len() {
                continue;
            }
            let x = f64::midpoint(placed.x.at(edges[i]), placed.x.at(edges[i + 1]));
            let inside = x >= placed.area.x && x <= placed.area.right();
            // A point below zero on a logarithmic or empty axis is no overflow.
            if !inside || (value < placed.y.low && placed.y.log) {
                continue;
            }
            let size = 0.24 * canvas.font;
            let (tip, base) = if value > placed.y.high {
                (placed.area.y + 0.15 * size, placed.area.y + 1.6 * size)
            } else {
                (placed.area.bottom() - 0.15 * size, placed.area.bottom() - 1.6 * size)
            };
            path.add_polygon(&[(x, tip), (x + 0.75 * size, base), (x - 0.75 * size, base)]);
        }
        canvas.path(path, Some(colour), None);
    }
}

fn draw_points(canvas: &mut Canvas, placed: &Placed, points: &Points, colour: Colour) {
    let mut bars = Path::new();
    let mut markers = Path::new();
    let binned = !points.edges.is_empty();
    let mut radius = marker_radius(canvas.font);
    if binned && points.values.len() > 1 {
        let pitch = placed.area.width / points.values.len() as f64;
        radius = radius.min(0.42 * pitch).max(0.06 * canvas.font);
    }
    for (i, &value) in points.values.iter().enumerate() {
        if points.drawn.is_some_and(|[first, end]| i < first || i >= end) {
            continue;
        }
        let centre = if binned {
            let (Some(&a), Some(&b)) = (points.edges.get(i), points.edges.get(i + 1)) else { break };
            if points.widths && placed.y.holds(value) {
                let y = placed.y.at(value);
                bars.add_segment(placed.x.at(a), y, placed.x.at(b), y);
            }
            f64::midpoint(placed.x.at(a), placed.x.at(b))
        } else {
            let Some(&x) = points.x.get(i) else { break };
            let y = placed.y.at(value);
            if let (Some(&a), Some(&b)) = (points.x_low.get(i), points.x_high.get(i))
                && a.is_finite()
                && b.is_finite()
                && y.is_finite()
            {
                bars.add_segment(placed.x.at(a), y, placed.x.at(b), y);
            }
            placed.x.at(x)
        };
        if !centre.is_finite() {
            continue;
        }
        if let (Some(&low), Some(&high)) = (points.low.get(i), points.high.get(i)) {
            let (a, b) = (placed.y.at(low), placed.y.at(high));
            if a.is_finite() && b.is_finite() {
                bars.add_segment(centre, a, centre, b);
            }
        }
        let y = placed.y.at(value);
        if y.is_finite() {
            markers.add_circle(centre, y, radius);
        }
    }
    canvas.path(bars, None, Some(Stroke::new(colour, 0.75 * line_width(canvas.font))));
    let fill = if points.hollow { Colour::WHITE } else { colour };
    let pen = points.hollow.then(|| Stroke::new(colour, 0.75 * line_width(canvas.font)));
    canvas.path(markers, Some(fill), pen);
}

fn draw_line(canvas: &mut Canvas, placed: &Placed, line: &Line, colour: Colour) {
    let mut path = Path::new();
    let mut broken = true;
    for (&x, &y) in line.x.iter().zip(&line.y) {
        let (x, y) = (placed.x.at(x), placed.y.at(y));
        if x.is_finite() && y.is_finite() {
            if broken {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
            broken = false;
        } else {
            broken = true;
        }
    }
    canvas.path(path, None, Some(stroke(&line.look, colour, 1.25 * line_width(canvas.font))));
}

/// Corner points of a step function from left to right; missing values break it.
fn staircase(placed: &Placed, edges: &[f64], values: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let mut parts: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (pair, &value) in edges.windows(2).zip(values) {
        let (a, b, y) = (placed.x.at(pair[0]), placed.x.at(pair[1]), placed.y.at(value));
        if !(a.is_finite() && b.is_finite() && y.is_finite()) {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.extend([(a, y), (b, y)]);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Where bars stand: zero, or the border that is nearer to it.
fn ground(placed: &Placed) -> f64 {
    if placed.y.log { placed.y.from } else { placed.y.at(0.0f64.clamp(placed.y.low, placed.y.high)) }
}

fn draw_steps(canvas: &mut Canvas, placed: &Placed, steps: &Steps, colour: Colour) {
    let ground = ground(placed);
    for part in staircase(placed, &steps.edges, &steps.values) {
        let (first, last) = (part[0].0, part[part.len() - 1].0);
        let mut points = part;
        // Ratios are no areas: their lines end in the air.
        if steps.filled || placed.panel.kind == "main" {
            points.insert(0, (first, ground));
            points.push((last, ground));
        }
        if steps.filled {
            canvas.path(Path::polygon(&points), Some(colour), None);
        } else {
            canvas.path(Path::polyline(&points), None, Some(stroke(&steps.look, colour, line_width(canvas.font))));
        }
    }
}

fn draw_stack(canvas: &mut Canvas, placed: &Placed, stack: &Stack) {
    let bins = stack.edges.len().saturating_sub(1);
    let mut below = vec![0.0; bins];
    let ground = ground(placed);
    for (i, sample) in stack.samples.iter().enumerate() {
        let top: Vec<f64> =
            (0..bins).map(|b| below[b] + sample.values.get(b).copied().filter(|v| v.is_finite()).unwrap_or(0.0)).collect();
        let upper = staircase(placed, &stack.edges, &top).concat();
        let lower = staircase(placed, &stack.edges, &below).concat();
        if !upper.is_empty() {
            let mut outline = upper.clone();
            outline.extend(lower.iter().rev().map(|&(x, y)| (x, y.min(ground))));
            let colour = canvas.style.colour(&sample.look, i, stack.samples.len());
            canvas.path(Path::polygon(&outline), Some(colour), None);
            let mut rim = vec![(upper[0].0, ground)];
            rim.extend(&upper);
            rim.push((upper[upper.len() - 1].0, ground));
            canvas.path(Path::polyline(&rim), None, Some(Stroke::new(Colour::BLACK, 0.5 * line_width(canvas.font))));
        }
        below = top;
    }
}

fn draw_band(canvas: &mut Canvas, placed: &Placed, band: &Band, colour: Colour) {
    let parts: Vec<Vec<(f64, f64)>> = if band.edges.is_empty() {
        let line = |ys: &[f64]| -> Vec<(f64, f64)> {
            let places = band.x.iter().zip(ys).map(|(&x, &y)| (placed.x.at(x), placed.y.at(y)));
            places.filter(|p| p.0.is_finite() && p.1.is_finite()).collect()
        };
        let mut outline = line(&band.high);
        outline.extend(line(&band.low).into_iter().rev());
        vec![outline]
    } else {
        let high = staircase(placed, &band.edges, &band.high);
        let low = staircase(placed, &band.edges, &band.low);
        let join = |(high, low): (&Vec<(f64, f64)>, &Vec<(f64, f64)>)| high.iter().chain(low.iter().rev()).copied().collect();
        high.iter().zip(&low).map(join).collect()
    };
    for part in parts {
        if !part.is_empty() {
            area(canvas, Path::polygon(&part), placed.area, &band.look, colour);
        }
    }
}

/// Fills an area: plain, or hatched with lines at 45 degrees that run through `frame`.
pub(super) fn area(canvas: &mut Canvas, path: Path, frame: Rect, look: &Look, colour: Colour) {
    if look.pattern.as_deref() != Some("hatch") {
        return canvas.path(path, Some(colour), None);
    }
    let pitch = 0.34 * canvas.font;
    let pen = Stroke::new(colour, 0.5 * line_width(canvas.font));
    let mut lines = Path::new();
    // Lines stand on multiples of the pitch of the canvas, so that neighbouring areas and the legend match.
    let first = ((frame.x - frame.height) / pitch).floor() as i64;
    let last = (frame.right() / pitch).ceil() as i64;
    for i in first..=last {
        let x = i as f64 * pitch;
        lines.add_segment(x, frame.bottom(), x + frame.height, frame.y);
    }
    canvas.clipped(path, None, |canvas| canvas.path(lines, None, Some(pen)));
}

fn draw_bars(canvas: &mut Canvas, placed: &Placed, bars: &Bars, colour: Colour) {
    let scale = placed.top.as_ref().map_or(placed.x, |(scale, _)| *scale);
    let row = (placed.y.at(1.0) - placed.y.at(0.0)).abs();
    // Outlines are a little higher than filled bars, so that both are seen where they end together.
    let height = if bars.hollow { 0.74 * row } else { 0.62 * row };
    let zero = scale.at(0.0);
    let mut path = Path::new();
    for (i, &value) in bars.values.iter().enumerate() {
        let end = scale.at(value);
        if end.is_finite() && zero.is_finite() {
            let y = placed.y.at(i as f64) - 0.5 * height;
            path.add_polygon(&[(zero, y), (end, y), (end, y + height), (zero, y + height)]);
        }
    }
    if bars.hollow {
        canvas.path(path, None, Some(Stroke::new(colour, 0.7 * line_width(canvas.font))));
    } else {
        canvas.path(path, Some(colour), None);
    }
}

fn draw_image(canvas: &mut Canvas, placed: &Placed, image: &Image) {
    let rows = image.y_edges.len().saturating_sub(1);
    let size = 0.62 * canvas.font;
    for (i, x) in image.x_edges.windows(2).enumerate() {
        for (j, y) in image.y_edges.windows(2).enumerate() {
            let index = i * rows + j;
            let Some(&value) = image.values.get(index) else { continue };
            if value.is_nan() {
                continue;
            }
            let (a, b) = (placed.x.at(x[0]), placed.x.at(x[1]));
            let (c, d) = (placed.y.at(y[0]), placed.y.at(y[1]));
            if ![a, b, c, d].iter().all(|v| v.is_finite()) {
                continue;
            }
            let colour = cell_colour(image, value);
            // Cells overlap by a hair, so that no seams show between them.
            let rect = Rect { x: a.min(b), y: c.min(d), width: (b - a).abs() + 0.2, height: (d - c).abs() + 0.2 };
            canvas.path(Path::rectangle(rect), Some(colour), None);
            if let Some(text) = image.texts.get(index) {
                let dark = 0.299 * f64::from(colour.0) + 0.587 * f64::from(colour.1) + 0.114 * f64::from(colour.2) < 130.0;
                let ink = if dark { Colour::WHITE } else { Colour::BLACK };
                let text = Text::fitting(text, size.min(0.6 * rect.height), Weight::Regular, 0.9 * rect.width);
                if text.width <= rect.width {
                    let middle = rect.y + rect.height / 2.0 + 0.5 * CAPITAL * size.min(0.6 * rect.height);
                    canvas.text(text.at(rect.x + rect.width / 2.0, middle, Align::Centre, ink));
                }
            }
        }
    }
}

/// Colour of a cell.
pub(super) fn cell_colour(image: &Image, value: f64) -> Colour {
    let [low, high] = image.limits;
    let t = if high > low { (value - low) / (high - low) } else { 0.0 };
    if image.map == "diverging" { diverging(2.0 * t - 1.0) } else { sequential(t) }
}
