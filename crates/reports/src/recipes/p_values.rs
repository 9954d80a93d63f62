//! `p_values`: the p-value against the tested value of a parameter, with the region of those that are not excluded.

use super::{Quantity, Recipe, significant};
use crate::figure::{Axes, Axis, Band, Figure, Layer, Line, Look, Panel, Span, Straight};

/// Inputs of a `p_values` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PValues {
    /// Tested values, ascending.
    pub x: Vec<f64>,
    /// Their p-values.
    pub p: Vec<f64>,
    /// Standard deviations of these, from the number of toys; all 0 where they are exact.
    pub errors: Vec<f64>,
    /// p-value below which a value is excluded, e.g. 0.1.
    pub level: f64,
    /// Ends of the pieces of the region.
    pub region: Vec<[f64; 2]>,
    /// Best value.
    pub best: Option<f64>,
    /// The parameter.
    pub quantity: Quantity,
}

impl Recipe for PValues {
    const KIND: &'static str = "p_values";
    const ABOUT: &'static str = "p-value against the tested value of a parameter, with the confidence region";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 6.5]);
        let mut layers = Vec::new();
        let name = format!("{} % region", significant(100.0 * (1.0 - self.level), 4));
        for &[low, high] in &self.region {
            let look = Look::role("uncertainty").named(&name).colour("#c3d3f7").pattern("solid");
            layers.push(Layer::Vspan(Span { look, low, high }));
        }
        if self.errors.iter().any(|error| *error > 0.0) {
            let side = |sign: f64| self.p.iter().zip(&self.errors).map(|(p, error)| (p + sign * error).clamp(0.0, 1.0)).collect();
            let look = Look::role("one_sigma").named("Statistical error");
            layers.push(Layer::Band(Band { look, x: self.x.clone(), low: side(-1.0), high: side(1.0), ..Band::default() }));
            figure.legend.push("Statistical error".into());
        }
        layers.push(Layer::Line(Line { look: Look::role("observed").named("Observed"), x: self.x.clone(), y: self.p.clone() }));
        let look = Look::role("reference").named(&format!("p = {}", significant(self.level, 3))).pattern("dotted");
        layers.push(Layer::Hline(Straight { look, at: self.level }));
        if let Some(at) = self.best {
            layers.push(Layer::Vline(Straight { look: Look::role("reference").pattern("dashed"), at }));
        }
        figure.legend.insert(0, "Observed".into());
        if !self.region.is_empty() {
            figure.legend.push(name);
        }
        let y = Axis { label: "p-value".into(), low: Some(0.0), high: Some(1.05), ..Axis::default() };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: self.quantity.axis(&self.x), y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_shaded_and_exact_values_have_no_band() {
        let mut recipe = PValues {
            x: vec![0.0, 1.0, 2.0],
            p: vec![1.0, 0.3, 0.99],
            errors: vec![0.0, 0.01, 0.02],
            level: 0.1,
            region: vec![[0.0, 0.5], [1.5, 2.0]],
            ..PValues::default()
        };
        let layers = |recipe: &PValues| recipe.figure().panels.remove(0).layers;
        let with = layers(&recipe);
        assert_eq!(with.iter().filter(|layer| matches!(layer, Layer::Vspan(_))).count(), 2);
        let band = with.iter().find_map(|layer| match layer {
            Layer::Band(band) => Some((band.low.clone(), band.high.clone())),
            _ => None,
        });
        let (low, high) = band.unwrap();
        // Probabilities end at 1.
        assert_eq!((low, high), (vec![1.0, 0.29, 0.97], vec![1.0, 0.31, 1.0]));
        recipe.errors = vec![0.0; 3];
        assert!(!layers(&recipe).iter().any(|layer| matches!(layer, Layer::Band(_))));
        assert_eq!(recipe.figure().legend, ["Observed", "90 % region"]);
    }
}
