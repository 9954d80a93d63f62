//! `resolution`: widths of lines against energy, the fitted curve with its band, and where it is evaluated.

use germane_numerics::maths::log10;

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Band, Figure, Layer, Line, Look, Panel, Points, Straight, TextBlock};

/// Energy, width and its error.
pub type Width = [f64; 3];

/// Inputs of a `resolution` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolution {
    /// Lines that the curve goes through.
    pub widths: Vec<Width>,
    /// Lines that stay out of it; hollow.
    pub left_out: Vec<Width>,
    /// Energies of the curve, ascending.
    pub x: Vec<f64>,
    /// The curve and its error at each.
    pub curve: Vec<[f64; 2]>,
    /// Its form, for the legend; `Fit` when empty.
    pub name: String,
    /// Name, energy, width and its error where the curve is evaluated: `Qbb`.
    pub at: Vec<(String, Width)>,
    /// The energy.
    pub energy: Quantity,
    /// The width; `FWHM` in the unit of the energy when empty.
    pub width: Quantity,
}

impl Recipe for Resolution {
    const KIND: &'static str = "resolution";
    const ABOUT: &'static str = "widths of lines against energy, the resolution curve with its band";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 6.5]);
        let name = if self.name.is_empty() { "Fit" } else { &self.name };
        let side = |sign: f64| self.curve.iter().map(|[value, error]| value + sign * error).collect();
        let band = Look::role("uncertainty").named("68.3 %").colour("#c3d3f7").pattern("solid");
        let line = Look::role("model").named(name);
        let mut layers = vec![
            Layer::Band(Band { look: band, x: self.x.clone(), low: side(-1.0), high: side(1.0), ..Band::default() }),
            Layer::Line(Line { look: line, x: self.x.clone(), y: self.curve.iter().map(|point| point[0]).collect() }),
        ];
        figure.legend.extend(["Lines".to_owned(), name.to_owned(), "68.3 %".to_owned()]);
        let mut text = Vec::new();
        for (name, [energy, width, error]) in &self.at {
            layers.push(Layer::Vline(Straight { look: Look::role("reference").pattern("dotted"), at: *energy }));
            let unit = self.energy.unit.as_ref().map_or(String::new(), |unit| format!(" {unit}"));
            let places = if *error > 0.0 { (1.0 - log10(*error).floor()).clamp(0.0, 6.0) as usize } else { 3 };
            text.push(format!("{name}: {width:.places$} ± {error:.places$}{unit}"));
        }
        layers.push(points(&self.widths, Look::role("data").named("Lines"), false));
        if !self.left_out.is_empty() {
            layers.push(points(&self.left_out, Look::role("data").named("Left out"), true));
            figure.legend.insert(1, "Left out".to_owned());
        }
        if !text.is_empty() {
            layers.push(Layer::Text(TextBlock { lines: text }));
        }
        let energies: Vec<f64> = self.x.iter().copied().chain(self.widths.iter().chain(&self.left_out).map(|w| w[0])).collect();
        let (low, high) = energies.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), e| (a.min(*e), b.max(*e)));
        let margin = 0.04 * (high - low);
        let y = if self.width.label.is_empty() {
            Axis { label: "FWHM".into(), unit: self.energy.unit.clone(), ..Axis::default() }
        } else {
            self.width.axis(&[])
        };
        let axes = Axes { x: self.energy.axis(&[low - margin, high + margin]), y: Axis { low: Some(0.0), ..y }, top: None };
        figure.panels.push(Panel { kind: "main".into(), axes, layers });
        figure
    }
}

/// Widths with their errors.
fn points(widths: &[Width], look: Look, hollow: bool) -> Layer {
    let of = |k: usize, sign: f64| widths.iter().map(|w| w[k] + sign * w[2]).collect();
    let x = widths.iter().map(|w| w[0]).collect();
    let values = widths.iter().map(|w| w[1]).collect();
    let errors = Some("given".to_owned());
    Layer::Points(Points { look, x, values, low: of(1, -1.0), high: of(1, 1.0), errors, hollow, ..Points::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_one_error_wide_and_the_text_has_its_digits() {
        let figure = Resolution {
            widths: vec![[583.2, 1.32, 0.03], [2614.5, 2.51, 0.05]],
            left_out: vec![[2103.5, 3.3, 0.2]],
            x: vec![583.2, 2614.5],
            curve: vec![[1.3, 0.025], [2.5, 0.05]],
            at: vec![("Qbb".into(), [2039.0, 2.2341, 0.0412])],
            energy: Quantity::new("Energy", Some("keV")),
            ..Resolution::default()
        }
        .figure();
        let layers = &figure.panels[0].layers;
        let Layer::Band(band) = &layers[0] else { panic!("a band") };
        for (ours, truth) in band.low.iter().chain(&band.high).zip([1.275, 2.45, 1.325, 2.55]) {
            assert!((ours - truth).abs() < 1e-14, "{ours} {truth}");
        }
        let text = layers.iter().find_map(|layer| match layer {
            Layer::Text(text) => Some(text.lines.clone()),
            _ => None,
        });
        assert_eq!(text.unwrap(), ["Qbb: 2.234 ± 0.041 keV"]);
        let hollow: Vec<bool> = layers
            .iter()
            .filter_map(|layer| match layer {
                Layer::Points(points) => Some(points.hollow),
                _ => None,
            })
            .collect();
        assert_eq!(hollow, [false, true]);
        assert_eq!(figure.legend, ["Lines", "Left out", "Fit", "68.3 %"]);
    }
}
