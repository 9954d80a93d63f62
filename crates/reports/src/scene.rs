//! What a picture is made of, whatever file it becomes: filled and stroked paths, runs of glyphs, clips.
//!
//! Lengths are points (1/72 inch), x to the right, y downwards, the origin top left.

use crate::colour::Colour;
use crate::font::Glyph;

/// A command of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Command {
    Move(f64, f64),
    Line(f64, f64),
    Curve((f64, f64), (f64, f64), (f64, f64)),
    Close,
}

/// Lines and cubic curves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Path {
    commands: Vec<Command>,
}

/// Control points of a quarter circle: 4/3 (sqrt 2 - 1).
const QUARTER: f64 = 0.552_284_749_830_793_4;

impl Path {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn commands(&self) -> &[Command] {
        &self.commands
    }

    pub(crate) fn move_to(&mut self, x: f64, y: f64) {
        self.commands.push(Command::Move(x, y));
    }

    pub(crate) fn line_to(&mut self, x: f64, y: f64) {
        self.commands.push(Command::Line(x, y));
    }

    pub(crate) fn curve_to(&mut self, first: (f64, f64), second: (f64, f64), end: (f64, f64)) {
        self.commands.push(Command::Curve(first, second, end));
    }

    pub(crate) fn close(&mut self) {
        self.commands.push(Command::Close);
    }

    /// The point where the last command ended.
    pub(crate) fn last(&self) -> Option<(f64, f64)> {
        self.commands.iter().rev().find_map(|command| match *command {
            Command::Move(x, y) | Command::Line(x, y) | Command::Curve(_, _, (x, y)) => Some((x, y)),
            Command::Close => None,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// A straight line.
    pub(crate) fn segment(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Self { commands: vec![Command::Move(x0, y0), Command::Line(x1, y1)] }
    }

    /// A rectangle.
    pub(crate) fn rectangle(rect: Rect) -> Self {
        Self::polygon(&[
            (rect.x, rect.y),
            (rect.x + rect.width, rect.y),
            (rect.x + rect.width, rect.y + rect.height),
            (rect.x, rect.y + rect.height),
        ])
    }

    /// A closed polygon.
    pub(crate) fn polygon(points: &[(f64, f64)]) -> Self {
        let mut path = Self::polyline(points);
        if !path.is_empty() {
            path.close();
        }
        path
    }

    /// An open line through points.
    pub(crate) fn polyline(points: &[(f64, f64)]) -> Self {
        let mut path = Self::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            if i == 0 {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
        }
        path
    }

    /// A circle.
    pub(crate) fn circle(x: f64, y: f64, r: f64) -> Self {
        let mut path = Self::new();
        path.add_circle(x, y, r);
        path
    }

    /// Appends a circle, so that many markers are one path.
    pub(crate) fn add_circle(&mut self, x: f64, y: f64, r: f64) {
        let k = r * QUARTER;
        self.move_to(x + r, y);
        self.curve_to((x + r, y + k), (x + k, y + r), (x, y + r));
        self.curve_to((x - k, y + r), (x - r, y + k), (x - r, y));
        self.curve_to((x - r, y - k), (x - k, y - r), (x, y - r));
        self.curve_to((x + k, y - r), (x + r, y - k), (x + r, y));
        self.close();
    }

    /// Appends a straight line.
    pub(crate) fn add_segment(&mut self, x0: f64, y0: f64, x1: f64, y1: f64) {
        self.move_to(x0, y0);
        self.line_to(x1, y1);
    }

    /// Appends a closed polygon.
    pub(crate) fn add_polygon(&mut self, points: &[(f64, f64)]) {
        self.commands.extend(Self::polygon(points).commands);
    }
}

/// A rectangle, `x`, `y` its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Whether two rectangles share more than their border (half a tenth of a point is forgiven).
    pub fn overlaps(&self, other: &Self) -> bool {
        const FORGIVEN: f64 = 0.05;
        self.x + FORGIVEN < other.right()
            && other.x + FORGIVEN < self.right()
            && self.y + FORGIVEN < other.bottom()
            && other.y + FORGIVEN < self.bottom()
    }
}

/// How a line is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) colour: Colour,
    pub(crate) width: f64,
    /// Lengths of dashes and gaps; empty for a full line.
    pub(crate) dash: Vec<f64>,
}

impl Stroke {
    pub(crate) fn new(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: Vec::new() }
    }
}

/// Glyphs of one size on one base line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) size: f64,
    /// Each glyph with the place of its origin.
    pub(crate) glyphs: Vec<(Glyph, f64, f64)>,
}

/// A piece of text as drawn: runs, and lines that belong to it (fraction bars, roots).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlacedText {
    /// What a screen reader says.
    pub(crate) words: String,
    /// Mistakes found in its source.
    pub(crate) warnings: Vec<String>,
    pub(crate) colour: Colour,
    pub(crate) runs: Vec<Run>,
    pub(crate) rules: Vec<Path>,
    /// Quarter turn to the left around `origin`.
    pub(crate) upright: bool,
    pub(crate) origin: (f64, f64),
    /// The box of the text on the canvas, after turning.
    pub(crate) area: Rect,
}

/// A thing in a picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Path {
        path: Path,
        fill: Option<Colour>,
        stroke: Option<Stroke>,
    },
    Text(PlacedText),
    /// Items cut to the inside of a path; `label` is said by screen readers.
    Clip {
        path: Path,
        items: Vec<Item>,
        label: Option<String>,
    },
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// What the picture shows, for screen readers.
    pub(crate) title: String,
    pub(crate) items: Vec<Item>,
}

impl Scene {
    /// Texts with their boxes, in drawing order.
    pub(crate) fn texts(&self) -> Vec<(String, Rect)> {
        fn collect(items: &[Item], out: &mut Vec<(String, Rect)>) {
            for item in items {
                match item {
                    Item::Text(text) => out.push((text.words.clone(), text.area)),
                    Item::Clip { items, .. } => collect(items, out),
                    Item::Path { .. } => {}
                }
            }
        }
        let mut out = Vec::new();
        collect(&self.items, &mut out);
        out
    }
}
