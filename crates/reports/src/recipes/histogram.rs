//! `histogram`: outlines or points of one or several histograms of the same axis.

use super::axis_label::per_width;
use super::bars::{Contents, factors, scaled};
use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Look, Panel, Steps};

/// Inputs of a `histogram` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Names and contents, all with the same edges. One that is called `Data` is drawn as points.
    pub histograms: Vec<(String, Contents)>,
    /// The quantity on the x axis.
    pub x: Quantity,
    /// What was counted; `Events` when empty.
    pub what: String,
    /// Divided by the total and the widths, so that the integral is 1; errors are scaled alike.
    pub density: bool,
    /// Logarithmic y axis.
    pub log: bool,
}

/// Contents over (total × width): the values' sum of products with the widths is 1.
pub(super) fn density(contents: &Contents) -> Contents {
    let total = contents.total();
    let factors: Vec<f64> = contents.edges.windows(2).map(|pair| 1.0 / (total * (pair[1] - pair[0]))).collect();
    let squares = |values: &Vec<f64>| values.iter().zip(&factors).map(|(v, f)| v * f * f).collect();
    Contents {
        edges: contents.edges.clone(),
        values: scaled(&contents.values, &factors),
        variances: contents.variances.as_ref().map(squares),
        unweighted: false,
    }
}

impl Recipe for Histogram {
    const KIND: &'static str = "histogram";
    const ABOUT: &'static str = "one or several histograms as outlines; data as points";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 6.5]);
        let edges = self.histograms.first().map_or(&[] as &[f64], |(_, contents)| &contents.edges);
        let mut layers = Vec::new();
        for (name, contents) in &self.histograms {
            let norm = contents.total();
            let factors = if self.density {
                contents.edges.windows(2).map(|pair| 1.0 / (norm * (pair[1] - pair[0]))).collect()
            } else {
                factors(&contents.edges)
            };
            if name.eq_ignore_ascii_case("data") {
                let mut points = contents.points("data", name);
                if self.density {
                    let bars = contents.bars();
                    points.values = scaled(&contents.values, &factors);
                    points.low = scaled(&bars.low, &factors);
                    points.high = scaled(&bars.high, &factors);
                }
                layers.push(Layer::Points(points));
            } else {
                let values = scaled(&contents.values, &factors);
                let look = Look::role("histogram").named(name);
                layers.push(Layer::Steps(Steps { look, edges: contents.edges.clone(), values, filled: false }));
            }
        }
        if self.histograms.len() > 1 {
            figure.legend = self.histograms.iter().map(|(name, _)| name.clone()).collect();
        }
        let label = if self.density {
            match &self.x.unit {
                Some(unit) => format!("Density [1/{unit}]"),
                None => "Density".to_owned(),
            }
        } else {
            let what = if self.what.is_empty() { "Events" } else { &self.what };
            per_width(what, edges, self.x.unit.as_deref())
        };
        let y = Axis { label, log: self.log, ..Axis::default() };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: self.x.axis(edges), y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn density_of_bins_of_other_widths_integrates_to_one() {
        // mplhep#742: 10, 20, 70 entries in bins of 1, 2, 7: the density is 0.1 everywhere.
        let contents = Contents::counts(&[0.0, 1.0, 3.0, 10.0], &[10.0, 20.0, 70.0]);
        let of = density(&contents);
        assert!(of.values.iter().all(|v| (v - 0.1).abs() < 1e-15));
        // Errors are scaled alike: variance n becomes n / (total × width)².
        assert!((of.variances.unwrap()[2] - 70.0 / (700.0 * 700.0)).abs() < 1e-18);
        let figure = Histogram { histograms: vec![("h".into(), contents)], density: true, ..Histogram::default() }.figure();
        let Layer::Steps(steps) = &figure.panels[0].layers[0] else { panic!() };
        assert!(steps.values.iter().all(|v| (v - 0.1).abs() < 1e-15));
    }

    #[test]
    fn bins_of_several_widths_are_shown_per_unit() {
        let contents = Contents::counts(&[0.0, 1.0, 3.0], &[4.0, 4.0]);
        let figure =
            Histogram { histograms: vec![("Data".into(), contents)], x: Quantity::new("x", Some("cm")), ..Histogram::default() }
                .figure();
        let Layer::Points(points) = &figure.panels[0].layers[0] else { panic!() };
        assert_eq!(points.values, [4.0, 2.0]);
        assert_eq!(figure.panels[0].axes.y.label, "Events / cm");
        // Garwood of 4 (mpmath): 2.085660813777117, 7.162753172260945; halved by the width of 2.
        assert!((points.low[1] - 2.085660813777117 / 2.0).abs() < 1e-12);
        assert!(points.widths);
    }
}
