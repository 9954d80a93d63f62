//! `overlay`: histograms on top of each other and their ratio to the first.

use super::histogram::density;
use super::{Contents, Histogram, Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Look, Panel, Points, Steps, Straight};

/// Inputs of an `overlay` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Names and contents, all with the same edges; the first is what the others are compared to.
    pub histograms: Vec<(String, Contents)>,
    /// The quantity on the x axis.
    pub x: Quantity,
    /// What was counted; `Events` when empty.
    pub what: String,
    /// Each divided by its total and the widths.
    pub density: bool,
    /// Logarithmic y axis.
    pub log: bool,
}

impl Recipe for Overlay {
    const KIND: &'static str = "overlay";
    const ABOUT: &'static str = "several histograms and their ratio to the first";

    fn figure(&self) -> Figure {
        let base = Histogram {
            histograms: self.histograms.clone(),
            x: self.x.clone(),
            what: self.what.clone(),
            density: self.density,
            log: self.log,
        };
        let mut figure = base.figure();
        Self::KIND.clone_into(&mut figure.kind);
        let Some(((first, reference), others)) = self.histograms.split_first() else { return figure };
        if others.is_empty() {
            return figure;
        }
        let normalised = |contents: &Contents| if self.density { density(contents) } else { contents.clone() };
        let below = normalised(reference);
        let mut layers = vec![Layer::Hline(Straight { look: Look::role("reference").pattern("dashed"), at: 1.0 })];
        let mut all = Vec::new();
        // The first has no ratio, but takes its colour in the cycle.
        let none = vec![f64::NAN; below.values.len()];
        layers.push(Layer::Steps(Steps { look: Look::role("ratio"), edges: below.edges.clone(), values: none, filled: false }));
        for (name, contents) in others {
            let above = normalised(contents);
            let values: Vec<f64> =
                above.values.iter().zip(&below.values).map(|(a, b)| if *b == 0.0 { f64::NAN } else { a / b }).collect();
            all.extend(values.iter().copied());
            if name.eq_ignore_ascii_case("data") {
                let bars = contents.bars();
                // Bars of data are in counts; the same factor turns counts and bars into what is compared.
                let ratio = |ends: &[f64]| -> Vec<f64> {
                    ends.iter()
                        .enumerate()
                        .map(|(i, end)| if contents.values[i] == 0.0 { f64::NAN } else { end * values[i] / contents.values[i] })
                        .collect()
                };
                layers.push(Layer::Points(Points {
                    look: Look::role("data").named(name),
                    edges: above.edges.clone(),
                    low: ratio(&bars.low),
                    high: ratio(&bars.high),
                    values,
                    errors: Some("reference without error".into()),
                    ..Points::default()
                }));
            } else {
                layers.push(Layer::Steps(Steps {
                    look: Look::role("ratio").named(name),
                    edges: above.edges.clone(),
                    values,
                    filled: false,
                }));
            }
        }
        let (low, high) = around_one(&all);
        let y = Axis { label: format!("Ratio to {first}"), low: Some(low), high: Some(high), ..Axis::default() };
        let x = self.x.axis(&below.edges);
        figure.panels.push(Panel { kind: "ratio".into(), axes: Axes { x, y, top: None }, layers });
        figure.size = [8.0, 8.0];
        figure
    }
}

/// Ends of a ratio axis: the largest deviation from 1 with some room, between 2 % and 100 %.
pub(super) fn around_one(values: &[f64]) -> (f64, f64) {
    let largest = values.iter().filter(|v| v.is_finite()).fold(0.0f64, |a, v| a.max((v - 1.0).abs()));
    let half = (1.25 * largest).clamp(0.02, 1.0);
    (1.0 - half, 1.0 + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_first_and_missing_where_it_is_empty() {
        let edges = [0.0, 1.0, 2.0];
        let histograms =
            vec![("a".into(), Contents::counts(&edges, &[4.0, 0.0])), ("b".into(), Contents::counts(&edges, &[6.0, 1.0]))];
        let figure = Overlay { histograms, ..Overlay::default() }.figure();
        let Layer::Steps(steps) = &figure.panels[1].layers[2] else { panic!() };
        assert_eq!(steps.values[0], 1.5);
        assert!(steps.values[1].is_nan());
    }
}
