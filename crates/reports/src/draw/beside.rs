//! Legends beside single panels: what many lines in a flat frame are called, where no text covers them.

use super::{Canvas, Placed, legend};
use crate::colour::Colour;
use crate::figure::{Layer, Panel};
use crate::scene::Rect;
use crate::text::{Align, CAPITAL, Text, Weight};

/// Share of the picture's width that names may take.
const MOST: f64 = 0.32;
/// Smallest letters, as a share of those that have room.
const LEAST: f64 = 0.55;
/// Names that have room beside a panel of the usual height.
const NAMES: f64 = 9.0;

/// Names that stand beside a panel.
pub(super) fn entries(panel: &Panel) -> impl Iterator<Item = &String> {
    let names = panel.layers.iter().filter_map(|layer| match layer {
        Layer::Beside(beside) => Some(&beside.entries),
        _ => None,
    });
    names.flatten()
}

/// How many times higher than others a panel is, so that all its names have room.
pub(super) fn crowding(panel: &Panel) -> f64 {
    (entries(panel).count() as f64 / NAMES).max(1.0)
}

/// Size of letters, and width of the sample of a line with the gap behind it.
fn sizes(canvas: &Canvas, scale: f64) -> (f64, f64) {
    let font = 0.74 * canvas.font * scale;
    (font, 2.1 * font)
}

/// Room that the names of a panel need at its right.
pub(super) fn width(canvas: &Canvas, panel: &Panel) -> f64 {
    let (font, swatch) = sizes(canvas, 1.0);
    let widest = entries(panel).map(|name| Text::new(name, font, Weight::Regular).width).fold(0.0f64, f64::max);
    if widest > 0.0 { (0.6 * canvas.font + swatch + widest).min(MOST * canvas.bounds.width) } else { 0.0 }
}

/// Draws the names from the top of the frame downwards; letters shrink where there are many.
pub(super) fn draw(canvas: &mut Canvas, placed: &Placed) {
    let names: Vec<&String> = entries(placed.panel).collect();
    let area = placed.area;
    let natural = 1.34 * sizes(canvas, 1.0).0;
    let scale = (area.height / (names.len().max(1) as f64 * natural)).clamp(LEAST, 1.0);
    let (font, swatch) = sizes(canvas, scale);
    let left = area.right() + 0.6 * canvas.font;
    let room = (MOST * canvas.bounds.width).min(canvas.bounds.width - left) - swatch;
    for (i, name) in names.into_iter().enumerate() {
        let middle = area.y + (i as f64 + 0.5) * natural * scale;
        if middle + 0.5 * font > area.bottom() + 0.2 * canvas.font {
            canvas.warnings.push(format!("no room for the text `{name}`"));
            continue;
        }
        let found = legend::entry(canvas, placed.panel, name, font, room);
        if let Some(entry) = &found {
            let handle = Rect { x: left, y: middle - 0.36 * font, width: 0.78 * swatch, height: 0.72 * font };
            legend::draw_swatch(canvas, &entry.swatch, handle);
        }
        let text = found.map_or_else(|| Text::cut(name, font, Weight::Regular, room), |entry| entry.text);
        canvas.label(text.at(left + swatch, middle + 0.5 * CAPITAL * font, Align::Left, Colour::BLACK));
    }
}
