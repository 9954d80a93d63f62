//! `efficiency`: passed over total in bins with Clopper-Pearson intervals.

use germane_histograms::intervals::{ONE_SIGMA, clopper_pearson};

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Look, Panel, Points};

/// Inputs of an `efficiency` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Efficiency {
    /// Edges of the bins.
    pub edges: Vec<f64>,
    /// Name, passed and total counts of each curve.
    pub curves: Vec<(String, Vec<f64>, Vec<f64>)>,
    /// The quantity on the x axis.
    pub x: Quantity,
}

impl Recipe for Efficiency {
    const KIND: &'static str = "efficiency";
    const ABOUT: &'static str = "passed over total with Clopper-Pearson intervals; bins without entries are not drawn";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 6.5]);
        let several = self.curves.len() > 1;
        let layers = self.curves.iter().enumerate().map(|(i, (name, passed, total))| {
            let look = if several {
                Look::role("efficiency").named(name).colour(&format!("C{i}"))
            } else {
                Look::role("data").named(name)
            };
            let mut points = Points {
                look,
                edges: self.edges.clone(),
                errors: Some("clopper_pearson".into()),
                widths: true,
                ..Points::default()
            };
            for (&k, &n) in passed.iter().zip(total) {
                let (low, high) = if n > 0.0 { clopper_pearson(k, n, ONE_SIGMA) } else { (f64::NAN, f64::NAN) };
                points.values.push(if n > 0.0 { k / n } else { f64::NAN });
                points.low.push(low);
                points.high.push(high);
            }
            Layer::Points(points)
        });
        let layers = layers.collect();
        if several {
            figure.legend = self.curves.iter().map(|(name, _, _)| name.clone()).collect();
        }
        // The end is solved with the legend when there is one, else it is a little above 1.
        let high = if several { None } else { Some(1.08) };
        let y = Axis { label: "Efficiency".into(), low: Some(0.0), high, ..Axis::default() };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: self.x.axis(&self.edges), y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_without_entries_have_no_point() {
        let curves = vec![("eff".into(), vec![25.0, 0.0], vec![27.0, 0.0])];
        let figure = Efficiency { edges: vec![0.0, 1.0, 2.0], curves, x: Quantity::default() }.figure();
        let Layer::Points(points) = &figure.panels[0].layers[0] else { panic!() };
        assert_eq!(points.values[0], 25.0 / 27.0);
        assert!(points.values[1].is_nan() && points.low[1].is_nan());
    }
}
