//! `contour`: closed curves in the plane of two parameters.

use super::{Quantity, Recipe};
use crate::figure::{Axes, Figure, Layer, Line, Look, Panel, Points};

/// Inputs of a `contour` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contour {
    /// The parameter along x.
    pub x: Quantity,
    /// The parameter along y.
    pub y: Quantity,
    /// Best values of both.
    pub best: [f64; 2],
    /// Name and points (x, y) of each curve; they are closed here.
    pub curves: Vec<(String, Vec<[f64; 2]>)>,
}

impl Recipe for Contour {
    const KIND: &'static str = "contour";
    const ABOUT: &'static str = "regions of two parameters at a level of confidence";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 7.0]);
        let axis =
            |k: usize| -> Vec<f64> { self.curves.iter().flat_map(|(_, points)| points.iter().map(move |p| p[k])).collect() };
        let span = |values: Vec<f64>| {
            let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
            let margin = 0.08 * (high - low);
            [low - margin, high + margin]
        };
        let mut layers = Vec::new();
        for (i, (name, points)) in self.curves.iter().enumerate() {
            let closed = || points.iter().chain(points.first());
            let look = Look::role("model").named(name).colour(&format!("C{i}"));
            layers.push(Layer::Line(Line { look, x: closed().map(|p| p[0]).collect(), y: closed().map(|p| p[1]).collect() }));
            figure.legend.push(name.clone());
        }
        let look = Look::role("observed").named("Best fit");
        layers.push(Layer::Points(Points { look, x: vec![self.best[0]], values: vec![self.best[1]], ..Points::default() }));
        figure.legend.push("Best fit".into());
        let axes = Axes { x: self.x.axis(&span(axis(0))), y: self.y.axis(&span(axis(1))), top: None };
        figure.panels.push(Panel { kind: "main".into(), axes, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_end_where_they_begin() {
        let ring = vec![[0.0, 1.0], [1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]];
        let figure = Contour { curves: vec![("68.3 %".into(), ring)], ..Contour::default() }.figure();
        let Layer::Line(line) = &figure.panels[0].layers[0] else { panic!("a line") };
        assert_eq!((line.x.len(), line.x[0], line.x[4]), (5, 0.0, 0.0));
        assert_eq!(figure.legend, ["68.3 %", "Best fit"]);
    }
}
