//! The PNG writer: the scene rasterised by tiny-skia. The same bytes everywhere, as no metadata is written.

use std::fmt;

use tiny_skia::{FillRule, LineCap, LineJoin, Mask, Paint, PathBuilder, Pixmap, Stroke as SkiaStroke, StrokeDash, Transform};

use crate::colour::Colour;
use crate::font;
use crate::scene::{Command, Item, Path, PlacedText, Scene};

/// Pixels an inch: twice the 96 of CSS.
const RESOLUTION: f64 = 192.0;
/// Longest side in pixels, and most pixels; larger figures get fewer pixels an inch.
const LONGEST: f64 = 16384.0;
const MOST: f64 = 3.2e7;

/// A figure that cannot become a PNG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Writes a scene.
pub(crate) fn write(scene: &Scene) -> Result<Vec<u8>, Error> {
    let full = RESOLUTION / 72.0;
    let area = scene.width * scene.height * full * full;
    let scale = full * (LONGEST / (scene.width.max(scene.height) * full)).min((MOST / area).sqrt()).min(1.0);
    let (width, height) = ((scene.width * scale).ceil(), (scene.height * scale).ceil());
    let mut pixmap = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| Error { message: format!("a picture of {width} × {height} pixels cannot be drawn") })?;
    pixmap.fill(tiny_skia::Color::WHITE);
    let transform = Transform::from_scale(scale as f32, scale as f32);
    draw(&mut pixmap, &scene.items, transform, None)?;
    pixmap.encode_png().map_err(|e| Error { message: format!("PNG: {e}") })
}

fn draw(pixmap: &mut Pixmap, items: &[Item], transform: Transform, mask: Option<&Mask>) -> Result<(), Error> {
    for item in items {
        match item {
            Item::Path { path, fill, stroke } => {
                let Some(built) = built(path) else { continue };
                if let Some(colour) = fill {
                    pixmap.fill_path(&built, &paint(*colour), FillRule::Winding, transform, mask);
                }
                if let Some(stroke) = stroke {
                    let dashes: Vec<f32> = stroke.dash.iter().map(|&d| d as f32).collect();
                    let settings = SkiaStroke {
                        width: stroke.width as f32,
                        line_cap: LineCap::Butt,
                        line_join: LineJoin::Round,
                        dash: if dashes.is_empty() { None } else { StrokeDash::new(dashes, 0.0) },
                        ..SkiaStroke::default()
                    };
                    pixmap.stroke_path(&built, &paint(stroke.colour), &settings, transform, mask);
                }
            }
            Item::Text(text) => draw_text(pixmap, text, transform, mask),
            Item::Clip { path, items, .. } => {
                let Some(built) = built(path) else { continue };
                let inner = if let Some(outer) = mask {
                    let mut inner = outer.clone();
                    inner.intersect_path(&built, FillRule::Winding, true, transform);
                    inner
                } else {
                    let mut inner = Mask::new(pixmap.width(), pixmap.height())
                        .ok_or_else(|| Error { message: "no memory for a clip".to_owned() })?;
                    inner.fill_path(&built, FillRule::Winding, true, transform);
                    inner
                };
                draw(pixmap, items, transform, Some(&inner))?;
            }
        }
    }
    Ok(())
}

fn draw_text(pixmap: &mut Pixmap, text: &PlacedText, transform: Transform, mask: Option<&Mask>) {
    let mut transform = transform.pre_translate(text.origin.0 as f32, text.origin.1 as f32);
    if text.upright {
        // A quarter to the left: x runs upwards, y to the right.
        transform = transform.pre_concat(Transform::from_row(0.0, -1.0, 1.0, 0.0, 0.0, 0.0));
    }
    let paint = paint(text.colour);
    for run in &text.runs {
        for (glyph, x, y) in &run.glyphs {
            if let Some(path) = built(&font::outline(*glyph)) {
                let at = transform.pre_translate(*x as f32, *y as f32).pre_scale(run.size as f32, -run.size as f32);
                pixmap.fill_path(&path, &paint, FillRule::Winding, at, mask);
            }
        }
    }
    for rule in &text.rules {
        if let Some(path) = built(rule) {
            pixmap.fill_path(&path, &paint, FillRule::Winding, transform, mask);
        }
    }
}

fn paint(colour: Colour) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(colour.0, colour.1, colour.2, colour.3);
    paint.anti_alias = true;
    paint
}

fn built(path: &Path) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for command in path.commands() {
        match *command {
            Command::Move(x, y) => builder.move_to(x as f32, y as f32),
            Command::Line(x, y) => builder.line_to(x as f32, y as f32),
            Command::Curve(a, b, c) => builder.cubic_to(a.0 as f32, a.1 as f32, b.0 as f32, b.1 as f32, c.0 as f32, c.1 as f32),
            Command::Close => builder.close(),
        }
    }
    builder.finish()
}
