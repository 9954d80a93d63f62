//! Measured text: glyphs with their places, from the embedded fonts' own metrics.

use crate::colour::Colour;
use crate::font::{self, FaceName, Glyph};
use crate::mathtext::{self, Mark, Piece, Shape};
use crate::scene::{Path, PlacedText, Rect, Run};

/// How heavy and how steep plain letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Italic,
    Bold,
}

/// Which point of the text lies at the given x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
}

/// A text of one line, laid out around the origin of its base line (y downwards).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) words: String,
    pub(crate) warnings: Vec<String>,
    pub(crate) width: f64,
    /// Highest ink above the base line.
    pub(crate) ascent: f64,
    /// Lowest ink below the base line, positive.
    pub(crate) descent: f64,
    runs: Vec<Run>,
    rules: Vec<Path>,
}

/// Height of capitals and of small letters in Heros, in parts of the font size.
pub(crate) const CAPITAL: f64 = 0.729;
/// Room that a line below the base line takes, in parts of the font size.
pub(crate) const DESCENT: f64 = 0.218;

const SCRIPT: f64 = 0.7;
const SMALLEST: f64 = 0.45;

impl Text {
    /// Lays out `source` at `size` points.
    pub(crate) fn new(source: &str, size: f64, weight: Weight) -> Self {
        let parsed = mathtext::parse(source);
        let mut layout = Layout { size, weight, ..Layout::default() };
        layout.pieces(&parsed.pieces, size, 0.0);
        Self {
            words: parsed.words,
            warnings: parsed.warnings,
            width: layout.x,
            ascent: layout.ascent,
            descent: layout.descent,
            runs: layout.runs,
            rules: layout.rules,
        }
    }

    /// Lays out `source`, smaller (down to 70 %) where it would be wider than `room`.
    pub(crate) fn fitting(source: &str, size: f64, weight: Weight, room: f64) -> Self {
        let text = Self::new(source, size, weight);
        if text.width <= room || text.width <= 0.0 {
            return text;
        }
        Self::new(source, size * (room / text.width).clamp(0.7, 1.0), weight)
    }

    /// Lays out `source` like [`Text::fitting`]; what is still too wide loses its end to an ellipsis.
    pub(crate) fn cut(source: &str, size: f64, weight: Weight, room: f64) -> Self {
        let text = Self::fitting(source, size, weight, room);
        if text.width <= room {
            return text;
        }
        let plain: Vec<char> = text.words.chars().collect();
        let (mut low, mut high) = (0, plain.len());
        while low + 1 < high {
            let middle = usize::midpoint(low, high);
            let shorter: String = plain[..middle].iter().collect::<String>() + "…";
            if Self::new(&shorter, size * 0.7, weight).width <= room { low = middle } else { high = middle }
        }
        let mut cut = Self::new(&(plain[..low].iter().collect::<String>() + "…"), size * 0.7, weight);
        cut.words = text.words;
        cut
    }

    /// Puts the text with its base line at `y`.
    pub(crate) fn at(&self, x: f64, y: f64, align: Align, colour: Colour) -> PlacedText {
        let x = x - self.before(align);
        self.place(x, y, false, colour, Rect { x, y: y - self.ascent, width: self.width, height: self.ascent + self.descent })
    }

    /// Puts the text turned by a quarter to the left: its base line is the vertical at `x`, `align` runs upwards from `y`.
    pub(crate) fn upright_at(&self, x: f64, y: f64, align: Align, colour: Colour) -> PlacedText {
        let y = y + self.before(align);
        let area = Rect { x: x - self.ascent, y: y - self.width, width: self.ascent + self.descent, height: self.width };
        self.place(x, y, true, colour, area)
    }

    fn before(&self, align: Align) -> f64 {
        match align {
            Align::Left => 0.0,
            Align::Centre => self.width / 2.0,
            Align::Right => self.width,
        }
    }

    fn place(&self, x: f64, y: f64, upright: bool, colour: Colour, area: Rect) -> PlacedText {
        PlacedText {
            words: self.words.clone(),
            warnings: self.warnings.clone(),
            colour,
            runs: self.runs.clone(),
            rules: self.rules.clone(),
            upright,
            origin: (x, y),
            area,
        }
    }
}

struct Layout {
    size: f64,
    weight: Weight,
    x: f64,
    ascent: f64,
    descent: f64,
    runs: Vec<Run>,
    rules: Vec<Path>,
    previous: Option<Glyph>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            size: 0.0,
            weight: Weight::Regular,
            x: 0.0,
            ascent: 0.0,
            descent: 0.0,
            runs: Vec::new(),
            rules: Vec::new(),
            previous: None,
        }
    }
}

impl Layout {
    /// Lays out pieces from the present x at `baseline` (y downwards).
    fn pieces(&mut self, pieces: &[Piece], size: f64, baseline: f64) {
        for (i, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Sign { character, shape, operator } => {
                    // A sign at the start is a sign of a number and stands close to it.
                    let room = if *operator && i > 0 && size > self.size * 0.9 { 0.22 * size } else { 0.0 };
                    self.x += room;
                    self.sign(*character, *shape, size, baseline);
                    self.x += room;
                }
                Piece::Space(width) => self.space(width * size),
                Piece::Scripts { base, above, below } => self.scripts(base, above, below, size, baseline),
                Piece::Accent { mark, base } => self.accent(*mark, base, size, baseline),
                Piece::Root(inner) => self.root(inner, size, baseline),
                Piece::Fraction { above, below } => self.fraction(above, below, size, baseline),
            }
        }
    }

    fn space(&mut self, width: f64) {
        self.x += width;
        self.previous = None;
    }

    fn sign(&mut self, character: char, shape: Shape, size: f64, baseline: f64) {
        let face = match (self.weight, shape) {
            (Weight::Bold, Shape::Italic) => FaceName::BoldItalic,
            (Weight::Bold, _) | (_, Shape::Bold) => FaceName::Bold,
            (Weight::Italic, _) | (_, Shape::Italic) => FaceName::Italic,
            (Weight::Regular, Shape::Upright) => FaceName::Regular,
        };
        // The replacement of what no face has is a question mark.
        let Some(glyph) = font::glyph(character, face).or_else(|| font::glyph('?', face)) else { return };
        if let Some(previous) = self.previous {
            self.x += font::kerning(previous, glyph) * size;
        }
        if let Some((low, high)) = font::extent(glyph) {
            self.ink(baseline - high * size);
            self.ink(baseline - low * size);
            match self.runs.last_mut() {
                Some(run) if run.size == size => run.glyphs.push((glyph, self.x, baseline)),
                _ => self.runs.push(Run { size, glyphs: vec![(glyph, self.x, baseline)] }),
            }
        }
        self.x += font::advance(glyph) * size;
        self.previous = Some(glyph);
    }

    /// Notes that something is drawn at this y.
    fn ink(&mut self, y: f64) {
        self.ascent = self.ascent.max(-y);
        self.descent = self.descent.max(y);
    }

    fn scripts(&mut self, base: &[Piece], above: &[Piece], below: &[Piece], size: f64, baseline: f64) {
        self.pieces(base, size, baseline);
        let small = (size * SCRIPT).max(self.size * SMALLEST);
        let start = self.x;
        // An italic letter leans over its right edge: what is raised moves away from it.
        let leans = matches!(base.last(), Some(Piece::Sign { shape: Shape::Italic, .. }));
        self.previous = None;
        self.x = start + if leans { 0.06 * size } else { 0.02 * size };
        self.pieces(above, small, baseline - 0.38 * size);
        let end = self.x;
        self.previous = None;
        self.x = start;
        self.pieces(below, small, baseline + 0.18 * size);
        self.x = self.x.max(if above.is_empty() { start } else { end }) + 0.03 * size;
        self.previous = None;
    }

    /// Lays out something and says how high its ink reaches and how wide it is.
    fn measured(&mut self, pieces: &[Piece], size: f64, baseline: f64) -> (f64, f64) {
        let kept = std::mem::replace(&mut self.ascent, -baseline);
        let start = self.x;
        self.previous = None;
        self.pieces(pieces, size, baseline);
        self.previous = None;
        let top = self.ascent;
        self.ascent = kept.max(top);
        (-top, self.x - start)
    }

    fn accent(&mut self, mark: Mark, base: &[Piece], size: f64, baseline: f64) {
        let start = self.x;
        let (top, width) = self.measured(base, size, baseline);
        let y = top - 0.09 * size;
        let thickness = 0.055 * size;
        let leaning = if matches!(base.last(), Some(Piece::Sign { shape: Shape::Italic, .. })) { 0.06 * size } else { 0.0 };
        let (left, right) = (start + 0.05 * size + leaning, start + width - 0.02 * size + leaning);
        let middle = f64::midpoint(left, right);
        let half = 0.17 * size;
        let line = |from: (f64, f64), to: (f64, f64)| thick_line(from, to, thickness);
        match mark {
            Mark::Bar => self.rules.push(line((left, y), (right, y))),
            Mark::Hat => {
                self.rules.push(line((middle - half, y + thickness), (middle, y - 0.1 * size)));
                self.rules.push(line((middle, y - 0.1 * size), (middle + half, y + thickness)));
            }
            Mark::Tilde => {
                self.rules.push(line((middle - half, y), (middle - 0.3 * half, y - 0.07 * size)));
                self.rules.push(line((middle - 0.3 * half, y - 0.07 * size), (middle + 0.3 * half, y)));
                self.rules.push(line((middle + 0.3 * half, y), (middle + half, y - 0.07 * size)));
            }
            Mark::Arrow => {
                self.rules.push(line((left, y), (right, y)));
                self.rules.push(line((right - 0.1 * size, y - 0.08 * size), (right, y)));
                self.rules.push(line((right - 0.1 * size, y + 0.08 * size), (right, y)));
            }
            Mark::Dot => self.rules.push(Path::circle(middle, y - 0.02 * size, 0.055 * size)),
        }
        self.ink(y - 0.13 * size);
    }

    fn root(&mut self, inner: &[Piece], size: f64, baseline: f64) {
        let start = self.x + 0.05 * size;
        self.x = start + 0.5 * size;
        let (top, width) = self.measured(inner, size, baseline);
        let (y, thickness) = (top - 0.1 * size, 0.055 * size);
        let bottom = baseline + 0.08 * size;
        let points = [
            (start, baseline - 0.3 * size),
            (start + 0.12 * size, baseline - 0.38 * size),
            (start + 0.26 * size, bottom),
            (start + 0.46 * size, y),
            (start + 0.5 * size + width + 0.04 * size, y),
        ];
        for pair in points.windows(2) {
            self.rules.push(thick_line(pair[0], pair[1], thickness));
        }
        self.x += 0.1 * size;
        self.ink(y - thickness);
        self.ink(bottom + thickness);
    }

    fn fraction(&mut self, above: &[Piece], below: &[Piece], size: f64, baseline: f64) {
        let small = (size * SCRIPT).max(self.size * SMALLEST);
        let width_of = |pieces: &[Piece]| {
            let mut layout = Layout { size: self.size, weight: self.weight, ..Self::default() };
            layout.pieces(pieces, small, 0.0);
            layout.x
        };
        let (upper, lower) = (width_of(above), width_of(below));
        let (start, width) = (self.x + 0.08 * size, upper.max(lower) + 0.1 * size);
        let axis = baseline - 0.28 * size;
        self.previous = None;
        self.x = start + (width - upper) / 2.0;
        self.pieces(above, small, axis - 0.16 * size);
        self.previous = None;
        self.x = start + (width - lower) / 2.0;
        self.pieces(below, small, axis + 0.12 * size + CAPITAL * small);
        self.previous = None;
        self.rules.push(thick_line((start, axis), (start + width, axis), 0.055 * size));
        self.x = start + width + 0.08 * size;
    }
}

/// A line as a filled polygon, so that all parts of a text are fills.
fn thick_line(from: (f64, f64), to: (f64, f64), thickness: f64) -> Path {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).sqrt().max(1e-9);
    let (nx, ny) = (-dy / length * thickness / 2.0, dx / length * thickness / 2.0);
    Path::polygon(&[(from.0 + nx, from.1 + ny), (to.0 + nx, to.1 + ny), (to.0 - nx, to.1 - ny), (from.0 - nx, from.1 - ny)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_sums_of_advances_and_kerning() {
        // fontTools 4.68, texgyreheros-regular.otf: A 667, V 667, pair -75, space 278 of 1000.
        assert!((Text::new("AV", 1000.0, Weight::Regular).width - 1259.0).abs() < 1e-6);
        assert!((Text::new("A ", 1000.0, Weight::Regular).width - 945.0).abs() < 1e-6);
    }

    #[test]
    fn scripts_are_smaller_and_make_the_text_higher() {
        let plain = Text::new("$x$", 10.0, Weight::Regular);
        let raised = Text::new("$x^2$", 10.0, Weight::Regular);
        assert!(raised.width > plain.width && raised.ascent > plain.ascent && raised.descent == plain.descent);
    }

    #[test]
    fn long_texts_shrink_and_then_lose_their_end() {
        let text = Text::cut("a very long name of a parameter that nobody can read", 10.0, Weight::Regular, 60.0);
        assert!(text.width <= 60.0);
        assert!(text.words.ends_with("read"));
    }
}
