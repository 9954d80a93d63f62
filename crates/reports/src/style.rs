//! Styles of the experiments: size, font size, colours. The shapes (ticks inside on four sides, labels at the axis ends)
//! are the same in all of them.

use crate::colour::{Colour, OKABE_ITO, cycle};
use crate::figure::{Figure, Look};
use crate::scene::Stroke;

/// A named look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Its name in the document.
    pub name: &'static str,
    /// Width and height in inches that the font size belongs to.
    pub size: [f64; 2],
    /// Font size in points at that size.
    pub font: f64,
    /// Colours of samples; none for the palettes of Petroff by count.
    pub cycle: Option<&'static [&'static str]>,
}

/// All styles; the first is the default.
pub const STYLES: [Style; 6] = [
    Style { name: "germane", size: [8.0, 8.0], font: 19.0, cycle: None },
    Style { name: "CMS", size: [10.0, 10.0], font: 26.0, cycle: None },
    Style { name: "ATLAS", size: [8.0, 6.0], font: 16.0, cycle: Some(&OKABE_ITO) },
    Style { name: "LHCb", size: [12.0, 9.0], font: 28.0, cycle: None },
    Style { name: "ALICE", size: [10.0, 10.0], font: 24.0, cycle: None },
    Style { name: "DUNE", size: [10.0, 10.0], font: 24.0, cycle: Some(&OKABE_ITO) },
];

impl Style {
    /// The style of that name, letters of any case; the default for an unknown one.
    pub fn named(name: &str) -> Self {
        STYLES.into_iter().find(|style| style.name.eq_ignore_ascii_case(name)).unwrap_or(STYLES[0])
    }

    /// Font size in points for a figure: in proportion to its smaller scale.
    pub(crate) fn font_for(&self, figure: &Figure) -> f64 {
        let scale = (figure.size[0] / self.size[0]).min(figure.size[1] / (0.75 * self.size[1]));
        (self.font * scale.clamp(0.3, 2.0)).max(6.0)
    }

    /// Colour of the `index`-th of `count` samples.
    pub(crate) fn sample(&self, index: usize, count: usize) -> Colour {
        let text = self.cycle.map_or_else(|| cycle(index, count), |colours| colours[index % colours.len()]);
        Colour::parse(text).unwrap_or(Colour::BLACK)
    }

    /// Colour of a layer: its own (`#rrggbb`, or `C2` for the third of the cycle), else its role's.
    pub(crate) fn colour(&self, look: &Look, index: usize, count: usize) -> Colour {
        if let Some(colour) = look.colour.as_deref().and_then(Colour::parse) {
            return colour;
        }
        if let Some(place) = look.colour.as_deref().and_then(|text| text.strip_prefix('C')?.parse().ok()) {
            return self.sample(place, count);
        }
        let text = match look.role.as_str() {
            "data" | "nominal" | "pull" | "parameter" | "observed" | "expected" | "signal" => "#000000",
            "model" | "total" => "#1845fb",
            "up" => "#e42536",
            "down" => "#3f7ff0",
            "uncertainty" => "#717581",
            "reference" => "#555a64",
            "one_sigma" => "#607641",
            "two_sigma" => "#f5bb54",
            "theory" => "#bd1f01",
            _ => return self.sample(index, count),
        };
        Colour::parse(text).unwrap_or(Colour::BLACK)
    }
}

/// Dashes of a pattern for a line of a width.
pub(crate) fn dashes(pattern: Option<&str>, width: f64) -> Vec<f64> {
    let unit = width.max(0.5);
    match pattern {
        Some("dashed") => vec![4.5 * unit, 2.2 * unit],
        Some("dotted") => vec![1.2 * unit, 1.6 * unit],
        Some("dashdot") => vec![5.5 * unit, 1.8 * unit, 1.2 * unit, 1.8 * unit],
        _ => Vec::new(),
    }
}

/// A line with the pattern of a look.
pub(crate) fn stroke(look: &Look, colour: Colour, width: f64) -> Stroke {
    Stroke { colour, width, dash: dashes(look.pattern.as_deref(), width) }
}
