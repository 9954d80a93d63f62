//! `limit`: upper limits against a mass or another parameter, with their expected bands.

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Band, Figure, Layer, Line, Look, Panel, Points};

/// Inputs of a `limit` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limit {
    /// Where limits were computed.
    pub x: Vec<f64>,
    /// Expected limits at -2, -1, 0, 1, 2 sigma.
    pub expected: [Vec<f64>; 5],
    /// Observed limits; none before the data are looked at.
    pub observed: Option<Vec<f64>>,
    /// Name and values of a prediction.
    pub theory: Option<(String, Vec<f64>)>,
    /// What is on the x axis.
    pub quantity: Quantity,
    /// What is limited.
    pub y: Quantity,
    /// Logarithmic y axis.
    pub log: bool,
}

impl Recipe for Limit {
    const KIND: &'static str = "limit";
    const ABOUT: &'static str = "observed and expected upper limits with one and two sigma bands";

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
            let look = Look::role("observed");
            layers.push(Layer::Points(Points { look, x: self.x.clone(), values: observed.clone(), ..Points::default() }));
            figure.legend.push("Observed".into());
        }
        figure.legend.extend(["Expected", "68.3 % expected", "95.4 % expected"].map(str::to_owned));
        if let Some((name, theory)) = &self.theory {
            layers.push(line(Look::role("theory").named(name).pattern("dashdot"), theory));
            figure.legend.push(name.clone());
        }
        let y = Axis { label: self.y.label.clone(), unit: self.y.unit.clone(), log: self.log, ..Axis::default() };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: self.quantity.axis(&self.x), y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_band_lies_under_the_inner_one() {
        let at = |v: f64| vec![v, v];
        let expected = [at(0.5), at(0.7), at(1.0), at(1.4), at(2.0)];
        let figure = Limit { x: vec![1.0, 2.0], expected, ..Limit::default() }.figure();
        let roles: Vec<&str> =
            figure.panels[0].layers.iter().filter_map(|l| crate::draw::look(l)).map(|l| l.role.as_str()).collect();
        assert_eq!(roles, ["two_sigma", "one_sigma", "expected"]);
    }
}
