//! The frame of a panel: border, ticks inside on four sides, numbers, axis labels.

use super::{Canvas, Placed, beside, label_of, ranges};
use crate::colour::Colour;
use crate::figure::{Axis, Layer};
use crate::scale::Scale;
use crate::scene::{Path, Rect, Stroke};
use crate::text::{Align, CAPITAL, DESCENT, Text, Weight};
use crate::ticks::{self, Ticks};

/// Width of the numbers or names at the left of a panel.
pub(super) fn y_label_width(canvas: &Canvas, placed: &Placed, width: f64) -> f64 {
    let size = canvas.tick_size();
    let exponent = if placed.y_ticks.exponent == 0 { 0.0 } else { exponent(placed.y_ticks.exponent, size).width };
    let axis = &placed.panel.axes.y;
    let names = axis.categories.iter().map(|name| Text::cut(name, size, Weight::Regular, 0.42 * width).width);
    let numbers = placed.y_ticks.labels.iter().map(|label| Text::new(label, size, Weight::Regular).width);
    names.chain(numbers).fold(exponent, f64::max)
}

fn exponent(power: i32, size: f64) -> Text {
    Text::new(&format!("$\\times 10^{{{power}}}$"), size, Weight::Regular)
}

/// Draws frame, ticks and labels.
pub(super) fn draw(canvas: &mut Canvas, placed: &Placed) {
    let x_ticks = horizontal_ticks(canvas, placed);
    draw_border(canvas, placed, &x_ticks);
    y_numbers(canvas, placed);
    top_numbers(canvas, placed);
    let mut right = placed.area.right();
    if placed.last {
        right = x_numbers(canvas, placed, &x_ticks);
    }
    labels(canvas, placed, right);
}

/// The axis at the top of a frame.
pub(super) fn top_axis(axis: &Axis, size: f64, area: Rect) -> (Scale, Ticks) {
    let (low, high) = (axis.low.unwrap_or(0.0), axis.high.unwrap_or(1.0));
    let scale = Scale::new(low, high, axis.log, area.x, area.right());
    let ticks = spaced_ticks(scale, size);
    (scale, ticks)
}

fn horizontal_ticks(canvas: &Canvas, placed: &Placed) -> Ticks {
    if placed.panel.axes.x.categories.is_empty() { spaced_ticks(placed.x, canvas.tick_size()) } else { Ticks::default() }
}

/// As many ticks as have room for their numbers.
fn spaced_ticks(scale: Scale, size: f64) -> Ticks {
    for intervals in (1..=9).rev() {
        let ticks = if scale.log {
            ticks::logarithmic_ticks(scale.low, scale.high, intervals)
        } else {
            ticks::linear_ticks(scale.low, scale.high, intervals)
        };
        let places: Vec<(f64, f64)> = ticks
            .major
            .iter()
            .zip(&ticks.labels)
            .map(|(&value, label)| (scale.at(value), Text::new(label, size, Weight::Regular).width))
            .collect();
        if places.windows(2).all(|pair| pair[1].0 - pair[0].0 > f64::midpoint(pair[0].1, pair[1].1) + 0.6 * size) {
            return ticks;
        }
    }
    Ticks::default()
}

fn draw_border(canvas: &mut Canvas, placed: &Placed, x_ticks: &Ticks) {
    let area = placed.area;
    let long = (0.46 * canvas.font).min(0.12 * area.height).min(0.12 * area.width);
    let mut path = Path::new();
    let mut fine = Path::new();
    for (values, length, thick) in [(&x_ticks.major, long, true), (&x_ticks.minor, 0.5 * long, false)] {
        for &value in values {
            let x = placed.x.at(value);
            let target = if thick { &mut path } else { &mut fine };
            target.add_segment(x, area.bottom(), x, area.bottom() - length);
            if placed.top.is_none() {
                target.add_segment(x, area.y, x, area.y + length);
            }
        }
    }
    if let Some((scale, ticks)) = &placed.top {
        for &value in &ticks.major {
            path.add_segment(scale.at(value), area.y, scale.at(value), area.y + long);
        }
        for &value in &ticks.minor {
            fine.add_segment(scale.at(value), area.y, scale.at(value), area.y + 0.5 * long);
        }
    }
    for (values, length, thick) in [(&placed.y_ticks.major, long, true), (&placed.y_ticks.minor, 0.5 * long, false)] {
        for &value in values {
            let y = placed.y.at(value);
            let target = if thick { &mut path } else { &mut fine };
            target.add_segment(area.x, y, area.x + length, y);
            target.add_segment(area.right(), y, area.right() - length, y);
        }
    }
    let width = 0.062 * canvas.font;
    canvas.path(fine, None, Some(Stroke::new(Colour::BLACK, 0.8 * width)));
    canvas.path(path, None, Some(Stroke::new(Colour::BLACK, width)));
    canvas.path(Path::rectangle(area), None, Some(Stroke::new(Colour::BLACK, width)));
}

fn y_numbers(canvas: &mut Canvas, placed: &Placed) {
    let (font, size) = (canvas.font, canvas.tick_size());
    let right = placed.area.x - 0.3 * font;
    let width = canvas.bounds.width;
    for (i, name) in placed.panel.axes.y.categories.iter().enumerate() {
        let text = Text::cut(name, size, Weight::Regular, 0.42 * width);
        canvas.label(text.at(right, placed.y.at(i as f64) + 0.36 * size, Align::Right, Colour::BLACK));
    }
    for (&value, label) in placed.y_ticks.major.iter().zip(&placed.y_ticks.labels) {
        let text = Text::new(label, size, Weight::Regular);
        canvas.text(text.at(right, placed.y.at(value) + 0.5 * CAPITAL * size, Align::Right, Colour::BLACK));
    }
    if placed.y_ticks.exponent != 0 {
        let text = exponent(placed.y_ticks.exponent, size);
        canvas.text(text.at(placed.area.x - 0.1 * font, placed.area.y - 0.42 * font, Align::Right, Colour::BLACK));
    }
}

/// Numbers and label of the axis at the top.
fn top_numbers(canvas: &mut Canvas, placed: &Placed) {
    let (Some((scale, ticks)), Some(axis)) = (&placed.top, &placed.panel.axes.top) else { return };
    let (font, size) = (canvas.font, canvas.tick_size());
    let y = placed.area.y - 0.38 * font;
    for (&value, number) in ticks.major.iter().zip(&ticks.labels) {
        let text = Text::new(number, size, Weight::Regular);
        canvas.text(text.at(scale.at(value), y, Align::Centre, Colour::BLACK));
    }
    let mut right = placed.area.right();
    let label = Text::cut(&label_of(axis), font, Weight::Regular, 0.9 * placed.area.width);
    let base = y - CAPITAL * size - 0.3 * font - label.descent;
    if ticks.exponent != 0 {
        let text = exponent(ticks.exponent, size);
        canvas.text(text.at(right, base, Align::Right, Colour::BLACK));
        right -= text.width + 0.6 * font;
    }
    canvas.label(label.at(right, base, Align::Right, Colour::BLACK));
}

/// Whether names below the frame are too long to lie, and how high the row of names is then.
pub(super) fn upright_names(axis: &Axis, size: f64, frame_width: f64, canvas_height: f64) -> Option<f64> {
    let room = 0.92 * frame_width / axis.categories.len().max(1) as f64;
    let widths = || axis.categories.iter().map(|name| Text::new(name, size, Weight::Regular).width);
    widths().any(|width| width > room).then(|| widths().fold(0.0f64, f64::max).min(0.3 * canvas_height))
}

/// Names of horizontal lines that are not in the legend stand above their right ends.
pub(super) fn line_names(canvas: &mut Canvas, placed: &Placed, legend: &[String]) {
    let size = 0.72 * canvas.font;
    let named = |name: &String| legend.contains(name) || beside::entries(placed.panel).any(|entry| entry == name);
    for layer in &placed.panel.layers {
        let Layer::Hline(line) = layer else { continue };
        if line.look.name.is_empty() || named(&line.look.name) || !placed.y.holds(line.at) {
            continue;
        }
        let text = Text::new(&line.look.name, size, Weight::Regular);
        let y = placed.y.at(line.at) - 0.25 * size;
        // At the side where nothing drawn passes through the text.
        let left = placed.area.x + 0.75 * canvas.font;
        let right = placed.area.right() - 0.75 * canvas.font - text.width;
        let crossed = |x: f64| {
            ranges::reaches(placed.panel).iter().any(|reach| {
                let (from, to) = (placed.x.at(reach.from), placed.x.at(reach.to));
                let (top, bottom) = (placed.y.at(reach.high), placed.y.at(reach.low));
                from < x + text.width && to > x && top < y + 2.0 && bottom > y - size
            })
        };
        let middle = f64::midpoint(left, right);
        let x = [right, left, middle].into_iter().find(|&x| !crossed(x)).unwrap_or(right);
        canvas.text(text.at(x, y, Align::Left, Colour::BLACK));
    }
}

/// Numbers below the frame; returns where the label must end so that it does not meet the exponent.
fn x_numbers(canvas: &mut Canvas, placed: &Placed, ticks: &Ticks) -> f64 {
    let (font, size) = (canvas.font, canvas.tick_size());
    let y = placed.area.bottom() + 0.38 * font + CAPITAL * size;
    let categories = &placed.panel.axes.x.categories;
    let room = placed.area.width / categories.len().max(1) as f64;
    let height = upright_names(&placed.panel.axes.x, size, placed.area.width, canvas.bounds.height);
    for (i, name) in categories.iter().enumerate() {
        let x = placed.x.at(i as f64);
        if let Some(height) = height {
            let text = Text::cut(name, size.min(0.9 * room), Weight::Regular, height);
            let y = placed.area.bottom() + 0.38 * font;
            canvas.label(text.upright_at(x + 0.36 * size.min(0.9 * room), y, Align::Right, Colour::BLACK));
        } else {
            let text = Text::cut(name, size, Weight::Regular, 0.92 * room);
            canvas.label(text.at(x, y, Align::Centre, Colour::BLACK));
        }
    }
    for (&value, label) in ticks.major.iter().zip(&ticks.labels) {
        let text = Text::new(label, size, Weight::Regular);
        canvas.text(text.at(placed.x.at(value), y, Align::Centre, Colour::BLACK));
    }
    if ticks.exponent == 0 {
        return placed.area.right();
    }
    let text = exponent(ticks.exponent, size);
    let base = label_baseline(canvas, placed);
    canvas.text(text.at(placed.area.right(), base, Align::Right, Colour::BLACK));
    placed.area.right() - text.width - 0.6 * font
}

/// Base line of the label below the frame.
fn label_baseline(canvas: &Canvas, placed: &Placed) -> f64 {
    let font = canvas.font;
    let label = Text::new(&label_of(&placed.panel.axes.x), font, Weight::Regular);
    let size = canvas.tick_size();
    let names = upright_names(&placed.panel.axes.x, size, placed.area.width, canvas.bounds.height);
    let numbers = placed.area.bottom() + 0.38 * font + names.unwrap_or(CAPITAL * size);
    numbers + 0.35 * font + label.ascent.max(CAPITAL * font)
}

fn labels(canvas: &mut Canvas, placed: &Placed, right: f64) {
    let font = canvas.font;
    if placed.last {
        let label = Text::cut(&label_of(&placed.panel.axes.x), font, Weight::Regular, right - 0.25 * font);
        let y = label_baseline(canvas, placed);
        canvas.label(label.at(right, y, Align::Right, Colour::BLACK));
    }
    let source = label_of(&placed.panel.axes.y);
    if source.is_empty() {
        return;
    }
    let x = 0.3 * font + Text::new(&source, font, Weight::Regular).ascent.max(CAPITAL * font);
    if placed.panel.kind == "main" {
        // The label may run past a flat main panel downwards, but not off the canvas.
        let room = placed.area.height + if placed.last { 0.5 * font } else { 0.0 };
        let label = Text::cut(&source, font, Weight::Regular, room);
        canvas.label(label.upright_at(x, placed.area.y, Align::Right, Colour::BLACK));
    } else {
        let label = Text::cut(&source, font, Weight::Regular, placed.area.height + 2.0 * DESCENT * font);
        let middle = placed.area.y + placed.area.height / 2.0;
        canvas.label(label.upright_at(x, middle, Align::Centre, Colour::BLACK));
    }
}
