//! `two_dimensions`: a histogram of two quantities as colours; empty cells stay white.

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Image, Layer, Panel};

/// Inputs of a `two_dimensions` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TwoDimensions {
    /// Edges in x.
    pub x_edges: Vec<f64>,
    /// Edges in y.
    pub y_edges: Vec<f64>,
    /// Contents, y fastest.
    pub values: Vec<f64>,
    /// The quantity on the x axis.
    pub x: Quantity,
    /// The quantity on the y axis.
    pub y: Quantity,
    /// What was counted; `Events` when empty.
    pub what: String,
}

impl Recipe for TwoDimensions {
    const KIND: &'static str = "two_dimensions";
    const ABOUT: &'static str = "a histogram of two quantities as colours";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.5, 7.0]);
        let filled = || self.values.iter().copied().filter(|v| v.is_finite() && *v != 0.0);
        let (low, high) = filled().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let limits = if low < high {
            [low, high]
        } else if low == high {
            [low.min(0.0), high.max(0.0)]
        } else {
            [0.0, 1.0]
        };
        let image = Image {
            x_edges: self.x_edges.clone(),
            y_edges: self.y_edges.clone(),
            values: self.values.iter().map(|&v| if v == 0.0 { f64::NAN } else { v }).collect(),
            limits,
            map: "sequential".into(),
            label: if self.what.is_empty() { "Events".into() } else { self.what.clone() },
            texts: Vec::new(),
        };
        let y = Axis { label: self.y.label.clone(), unit: self.y.unit.clone(), ..self.y.axis(&self.y_edges) };
        figure.panels.push(Panel {
            kind: "main".into(),
            axes: Axes { x: self.x.axis(&self.x_edges), y, top: None },
            layers: vec![Layer::Image(image)],
        });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_are_missing_and_colours_span_the_filled_ones() {
        let recipe =
            TwoDimensions { x_edges: vec![0.0, 1.0, 2.0], y_edges: vec![0.0, 1.0], values: vec![0.0, 3.0], ..Default::default() };
        let Layer::Image(image) = &recipe.figure().panels[0].layers[0] else { panic!() };
        assert!(image.values[0].is_nan());
        assert_eq!(image.limits, [0.0, 3.0]);
    }
}
