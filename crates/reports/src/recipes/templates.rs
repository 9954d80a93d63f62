//! `templates`: a nominal template with its variations, and their ratio to it.

use super::axis_label::per_width;
use super::bars::{Contents, factors, scaled};
use super::overlay::around_one;
use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Band, Figure, Layer, Look, Panel, Steps, Straight};

/// Inputs of a `templates` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Templates {
    /// The nominal template.
    pub nominal: Contents,
    /// Name of each variation, its contents up and down; empty where there is none.
    pub variations: Vec<(String, Vec<f64>, Vec<f64>)>,
    /// The quantity on the x axis.
    pub x: Quantity,
    /// What was counted; `Events` when empty.
    pub what: String,
    /// Shown in the frame: process, region.
    pub lines: Vec<String>,
}

/// Colours of more than one variation.
const CYCLE: [&str; 6] = ["#e42536", "#3f7ff0", "#f89c20", "#964a8b", "#2a9d5c", "#7a21dd"];

impl Templates {
    /// Look of a variation: one is red up and blue down, several have a colour each and are dashed down.
    fn look(&self, index: usize, up: bool) -> Look {
        let (name, _, _) = &self.variations[index];
        let look = Look::role(if up { "up" } else { "down" }).named(&format!("{name} {}", if up { "up" } else { "down" }));
        let look = if self.variations.len() > 1 { look.colour(CYCLE[index % CYCLE.len()]) } else { look };
        if up { look } else { look.pattern("dashed") }
    }

    /// Layers of all variations after `change`.
    fn varied(&self, change: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Layer> {
        let mut layers = Vec::new();
        for (i, (_, up, down)) in self.variations.iter().enumerate() {
            for (values, is_up) in [(up, true), (down, false)] {
                if !values.is_empty() {
                    let (look, edges) = (self.look(i, is_up), self.nominal.edges.clone());
                    layers.push(Layer::Steps(Steps { look, edges, values: change(values), filled: false }));
                }
            }
        }
        layers
    }
}

impl Recipe for Templates {
    const KIND: &'static str = "templates";
    const ABOUT: &'static str = "a nominal template with its variations up and down, and their ratio to it";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 8.0]);
        let nominal = &self.nominal;
        let factors = factors(&nominal.edges);
        let errors: Vec<f64> = nominal
            .variances
            .as_ref()
            .map_or_else(|| vec![0.0; nominal.values.len()], |v| v.iter().map(|v| v.max(0.0).sqrt()).collect());
        let shifted = |sign: f64| -> Vec<f64> { nominal.values.iter().zip(&errors).map(|(v, e)| v + sign * e).collect() };
        let band = |low: Vec<f64>, high: Vec<f64>| {
            let look = Look::role("uncertainty").named("Stat. uncertainty").colour("#d5d8df");
            Layer::Band(Band { look, edges: nominal.edges.clone(), low, high, ..Band::default() })
        };
        let mut layers = vec![band(scaled(&shifted(-1.0), &factors), scaled(&shifted(1.0), &factors))];
        layers.extend(self.varied(|values| scaled(values, &factors)));
        let values = scaled(&nominal.values, &factors);
        let look = Look::role("nominal").named("Nominal");
        layers.push(Layer::Steps(Steps { look, edges: nominal.edges.clone(), values, filled: false }));
        if !self.lines.is_empty() {
            layers.push(Layer::Text(crate::figure::TextBlock { lines: self.lines.clone() }));
        }
        figure.legend.push("Nominal".into());
        for (i, (_, up, down)) in self.variations.iter().enumerate() {
            for (values, is_up) in [(up, true), (down, false)] {
                if !values.is_empty() {
                    figure.legend.push(self.look(i, is_up).name);
                }
            }
        }
        figure.legend.push("Stat. uncertainty".into());
        let what = if self.what.is_empty() { "Events" } else { &self.what };
        let y = Axis { label: per_width(what, &nominal.edges, self.x.unit.as_deref()), ..Axis::default() };
        let x = self.x.axis(&nominal.edges);
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: x.clone(), y, top: None }, layers });

        let over = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&nominal.values).map(|(v, n)| if *n == 0.0 { f64::NAN } else { v / n }).collect()
        };
        let mut layers = vec![
            band(over(&shifted(-1.0)), over(&shifted(1.0))),
            Layer::Hline(Straight { look: Look::role("nominal"), at: 1.0 }),
        ];
        let ratios = self.varied(over);
        let all: Vec<f64> =
            ratios.iter().filter_map(|l| if let Layer::Steps(s) = l { Some(s.values.clone()) } else { None }).flatten().collect();
        layers.extend(ratios);
        let (low, high) = around_one(&all);
        let y = Axis { label: "Ratio".into(), low: Some(low), high: Some(high), ..Axis::default() };
        figure.panels.push(Panel { kind: "ratio".into(), axes: Axes { x, y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_nominal_template() {
        let figure = Templates {
            nominal: Contents::weighted(&[0.0, 1.0, 2.0], &[4.0, 0.0], &[1.0, 0.0]),
            variations: vec![("jes".into(), vec![5.0, 1.0], vec![3.0, 0.0])],
            ..Templates::default()
        }
        .figure();
        let Layer::Steps(up) = &figure.panels[1].layers[2] else { panic!() };
        assert_eq!(up.values[0], 1.25);
        assert!(up.values[1].is_nan());
        let Layer::Band(band) = &figure.panels[1].layers[0] else { panic!() };
        assert_eq!((band.low[0], band.high[0]), (0.75, 1.25));
        assert_eq!(figure.legend, ["Nominal", "jes up", "jes down", "Stat. uncertainty"]);
    }
}
