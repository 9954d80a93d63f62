//! `cls`: CLs against the tested value of the parameter of interest, with the bands expected without signal.

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Band, Figure, Layer, Line, Look, Panel, Straight};

/// Inputs of a `cls` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cls {
    /// Tested values, ascending.
    pub x: Vec<f64>,
    /// Expected CLs at -2, -1, 0, 1, 2 sigma.
    pub expected: [Vec<f64>; 5],
    /// Observed CLs; none before the data are looked at.
    pub observed: Option<Vec<f64>>,
    /// CLs at which a value is excluded, e.g. 0.05.
    pub level: f64,
    /// The parameter of interest.
    pub quantity: Quantity,
}

impl Recipe for Cls {
    const KIND: &'static str = "cls";
    const ABOUT: &'static str = "observed and expected CLs against the tested value, with one and two sigma bands";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 6.5]);
        let [minus2, minus1, median, plus1, plus2] = &self.expected;
        let band = |role: &str, name: &str, low: &[f64], high: &[f64]| {
            let look = Look::role(role).named(name);
            Layer::Band(Band { look, x: self.x.clone(), low: low.to_vec(), high: high.to_vec(), ..Band::default() })
        };
        let line = |look: Look, y: &[f64]| Layer::Line(Line { look, x: self.x.clone(), y: y.to_vec() });
        let mut layers = vec![
            band("two_sigma", "95.4 % expected", minus2, plus2),
            band("one_sigma", "68.3 % expected", minus1, plus1),
            line(Look::role("expected").named("Expected").pattern("dashed"), median),
        ];
        if let Some(observed) = &self.observed {
            layers.push(line(Look::role("observed").named("Observed"), observed));
            figure.legend.push("Observed".into());
        }
        figure.legend.extend(["Expected", "68.3 % expected", "95.4 % expected"].map(str::to_owned));
        let look = Look::role("reference").named(&format!("CLs = {}", super::significant(self.level, 3))).pattern("dotted");
        layers.push(Layer::Hline(Straight { look, at: self.level }));
        let y = Axis { label: "$\\mathrm{CL}_s$".into(), low: Some(0.0), high: Some(1.0), ..Axis::default() };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: self.quantity.axis(&self.x), y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_drawn_across() {
        let expected = std::array::from_fn(|_| vec![1.0, 0.1]);
        let figure = Cls { x: vec![0.0, 1.0], expected, level: 0.05, ..Cls::default() }.figure();
        let level = figure.panels[0].layers.iter().find_map(|layer| match layer {
            Layer::Hline(line) => Some(line.at),
            _ => None,
        });
        assert_eq!(level, Some(0.05));
        assert_eq!(figure.legend[0], "Expected");
    }
}
