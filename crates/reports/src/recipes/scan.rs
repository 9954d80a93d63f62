//! `scan`: twice the rise of the negative log likelihood along a parameter.

use germane_numerics::maths::ln;
use germane_numerics::special::normal_quantile;

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Line, Look, Panel, Straight};

/// Inputs of a `scan` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scan {
    /// The parameter.
    pub parameter: Quantity,
    /// Its values.
    pub x: Vec<f64>,
    /// Name and 2ΔNLL of each curve.
    pub curves: Vec<(String, Vec<f64>)>,
    /// Value at the minimum.
    pub best: Option<f64>,
}

/// The rise of 2NLL that holds `probability`, for one or two parameters: quantile of χ² with that many degrees.
pub fn rise(probability: f64, parameters: usize) -> f64 {
    match parameters {
        1 => {
            let z = normal_quantile(0.5 + 0.5 * probability);
            z * z
        }
        _ => -2.0 * ln(1.0 - probability),
    }
}

impl Recipe for Scan {
    const KIND: &'static str = "scan";
    const ABOUT: &'static str = "twice the rise of the negative log likelihood along a parameter";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 6.5]);
        let level =
            |at: f64, name: &str| Layer::Hline(Straight { look: Look::role("reference").named(name).pattern("dashed"), at });
        // One and two sigma of one parameter: 1 and 4.
        let mut layers = vec![level(1.0, "68.3 %"), level(4.0, "95.4 %")];
        if let Some(best) = self.best {
            layers.push(Layer::Vline(Straight { look: Look::role("reference").pattern("dotted"), at: best }));
        }
        for (i, (name, y)) in self.curves.iter().enumerate() {
            let look = Look::role("model").named(name);
            let look = if self.curves.len() > 1 { look.colour(&format!("C{i}")) } else { look };
            layers.push(Layer::Line(Line { look, x: self.x.clone(), y: y.clone() }));
        }
        if self.curves.len() > 1 {
            figure.legend = self.curves.iter().map(|(name, _)| name.clone()).collect();
        }
        let highest = self.curves.iter().flat_map(|(_, y)| y).filter(|v| v.is_finite()).fold(0.0f64, |a, v| a.max(*v));
        // What lies far above two sigma would make the rest flat.
        let y = Axis {
            label: "$2\\,\\Delta\\mathrm{NLL}$".into(),
            low: Some(0.0),
            high: Some(highest.clamp(4.7, 10.0)),
            ..Axis::default()
        };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: self.parameter.axis(&self.x), y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_are_quantiles_of_chi_square() {
        // scipy 1.17: chi2.ppf(0.95, 1), chi2.ppf(0.95, 2).
        assert!((rise(0.95, 1) - 3.841458820694124).abs() < 1e-12);
        assert!((rise(0.95, 2) - 5.991464547107979).abs() < 1e-12);
    }
}
