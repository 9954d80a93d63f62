//! `pulls`: fitted nuisance parameters in units of their prior errors, one row each.

use super::Recipe;
use crate::figure::{Axes, Axis, Figure, Layer, Look, Panel, Points, Span, Straight};

/// Inputs of a `pulls` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pulls {
    /// Names of the parameters, from top to bottom.
    pub names: Vec<String>,
    /// (fitted − prior) / prior error.
    pub pulls: Vec<f64>,
    /// Fitted error / prior error.
    pub errors: Vec<f64>,
}

/// Height of a row in inches.
const ROW: f64 = 0.22;
/// Height of axis and label in inches.
const MARGINS: f64 = 0.72;

impl Recipe for Pulls {
    const KIND: &'static str = "pulls";
    const ABOUT: &'static str = "fitted nuisance parameters in units of their prior errors";

    fn figure(&self) -> Figure {
        let rows = self.names.len();
        let mut figure = Figure::new(Self::KIND, [6.0, ROW * rows.max(3) as f64 + MARGINS]);
        let ends = self.pulls.iter().zip(&self.errors).map(|(p, e)| p.abs() + e);
        let largest = ends.filter(|e| e.is_finite()).fold(0.0f64, f64::max);
        // Three sigma unless a parameter goes further.
        let end = if largest <= 2.9 { 3.0 } else { 1.08 * largest };
        let side = |sign: f64| self.pulls.iter().zip(&self.errors).map(|(p, e)| p + sign * e).collect();
        let layers = vec![
            Layer::Vspan(Span { look: Look::role("two_sigma").named("2σ").colour("#fbe3ae"), low: -2.0, high: 2.0 }),
            Layer::Vspan(Span { look: Look::role("one_sigma").named("1σ").colour("#b7cfa0"), low: -1.0, high: 1.0 }),
            Layer::Vline(Straight { look: Look::role("reference").pattern("dashed"), at: 0.0 }),
            Layer::Points(Points {
                look: Look::role("parameter").named("Fit"),
                x: self.pulls.clone(),
                x_low: side(-1.0),
                x_high: side(1.0),
                values: (0..rows).map(|row| row as f64).collect(),
                errors: Some("given".into()),
                ..Points::default()
            }),
        ];
        let x = Axis {
            label: "$(\\hat{\\theta} - \\theta_0) / \\Delta\\theta$".into(),
            low: Some(-end),
            high: Some(end),
            ..Axis::default()
        };
        let y = Axis { categories: self.names.clone(), ..Axis::default() };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x, y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_high_as_the_style_says_and_bars_are_the_errors() {
        let inputs = Pulls { names: vec!["a".into(); 10], pulls: vec![0.5; 10], errors: vec![0.25; 10] };
        let figure = inputs.figure();
        assert!((figure.size[1] - (2.2 + MARGINS)).abs() < 1e-12);
        let Layer::Points(points) = &figure.panels[0].layers[3] else { panic!() };
        assert_eq!((points.x_low[0], points.x_high[0]), (0.25, 0.75));
    }
}
