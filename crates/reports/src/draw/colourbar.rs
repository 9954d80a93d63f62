//! The colour bar at the right of cells with colours.

use super::{Canvas, Placed, layers};
use crate::colour::Colour;
use crate::figure::{Image, Layer, Panel};
use crate::scale::Scale;
use crate::scene::{Path, Rect, Stroke};
use crate::text::{Align, CAPITAL, DESCENT, Text, Weight};
use crate::ticks;

fn image(panel: &Panel) -> Option<&Image> {
    panel.layers.iter().find_map(|layer| if let Layer::Image(image) = layer { Some(image) } else { None })
}

/// Room that the bar of a panel takes at the right.
pub(super) fn width(panel: &Panel, font: f64) -> f64 {
    let Some(image) = image(panel) else { return 0.0 };
    let label = Text::new(&image.label, font, Weight::Regular);
    let label =
        if label.width > 0.0 { label.ascent.max(CAPITAL * font) + label.descent.max(DESCENT * font) + 0.4 * font } else { 0.0 };
    let size = 0.86 * font;
    let ticks = ticks::linear_ticks(image.limits[0], image.limits[1], 8);
    let numbers = ticks.labels.iter().map(|l| Text::new(l, size, Weight::Regular).width).fold(0.0f64, f64::max);
    1.5 * font + numbers + label
}

/// Draws the bar.
pub(super) fn draw(canvas: &mut Canvas, placed: &Placed) {
    const STRIPES: usize = 128;
    let Some(image) = image(placed.panel) else { return };
    let (font, size) = (canvas.font, canvas.tick_size());
    let [low, high] = image.limits;
    let bar = Rect { x: placed.area.right() + 0.5 * font, y: placed.area.y, width: 0.75 * font, height: placed.area.height };
    let stripe = bar.height / STRIPES as f64;
    for i in 0..STRIPES {
        let value = low + (high - low) * (i as f64 + 0.5) / STRIPES as f64;
        let y = bar.bottom() - (i + 1) as f64 * stripe;
        // Stripes overlap downwards, so that no seams show.
        let rect = Rect { x: bar.x, y, width: bar.width, height: (stripe + 0.3).min(bar.bottom() - y) };
        canvas.path(Path::rectangle(rect), Some(layers::cell_colour(image, value)), None);
    }
    let scale = Scale::new(low, high, false, bar.bottom(), bar.y);
    let ticks = ticks::linear_ticks(scale.low, scale.high, 8);
    let mut marks = Path::new();
    let mut numbers = 0.0f64;
    for (&value, label) in ticks.major.iter().zip(&ticks.labels) {
        let y = scale.at(value);
        marks.add_segment(bar.right(), y, bar.right() - 0.3 * bar.width, y);
        let text = Text::new(label, size, Weight::Regular);
        numbers = numbers.max(text.width);
        canvas.text(text.at(bar.right() + 0.22 * font, y + 0.5 * CAPITAL * size, Align::Left, Colour::BLACK));
    }
    let pen = Stroke::new(Colour::BLACK, 0.062 * font);
    canvas.path(marks, None, Some(pen.clone()));
    canvas.path(Path::rectangle(bar), None, Some(pen));
    let label = Text::cut(&image.label, font, Weight::Regular, bar.height);
    let x = bar.right() + 0.22 * font + numbers + 0.35 * font + label.ascent.max(CAPITAL * font);
    canvas.label(label.upright_at(x, bar.y, Align::Right, Colour::BLACK));
}
