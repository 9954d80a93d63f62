//! `fit`: data points, the fitted model and its components, and the pulls below.

use super::axis_label::{common_width, per_width};
use super::bars::{Contents, factors, scaled};
use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Line, Look, Panel, Span, Steps, Straight, TextBlock};

/// A curve as expected events per unit of x.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Name in the legend.
    pub name: String,
    /// Places.
    pub x: Vec<f64>,
    /// Events per unit of x.
    pub density: Vec<f64>,
}

/// What a pull is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullErrors {
    /// The side of the data's bar that points to the model (lower where data are above), and the model's error.
    #[default]
    Poisson,
    /// The square root of the sum of both variances.
    Gaussian,
}

/// Inputs of a `fit` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fit {
    /// The data.
    pub data: Contents,
    /// The whole model.
    pub model: Curve,
    /// Its parts.
    pub components: Vec<Curve>,
    /// Expected events in each bin, for the pulls; no lower panel when empty.
    pub expected: Vec<f64>,
    /// Variances of the expectation; zero when empty.
    pub expected_variances: Vec<f64>,
    /// What pulls are divided by.
    pub pull_errors: PullErrors,
    /// The quantity on the x axis.
    pub x: Quantity,
    /// What was counted; `Events` when empty.
    pub what: String,
    /// Lines of text in the frame: parameters, goodness.
    pub lines: Vec<String>,
}

impl Fit {
    /// (data − expected) / error of each bin; NaN where the error is zero or the bin is outside the filled range.
    pub fn pulls(&self) -> Vec<f64> {
        let bars = self.data.bars();
        let drawn = self.data.filled();
        let at = |values: &[f64], i: usize| values.get(i).copied().unwrap_or(0.0);
        (0..self.data.values.len())
            .map(|i| {
                let (value, expected) = (self.data.values[i], at(&self.expected, i));
                let own = match self.pull_errors {
                    PullErrors::Gaussian => self.data.variances.as_ref().map_or(f64::NAN, |v| at(v, i)),
                    PullErrors::Poisson => {
                        let side = if value > expected { value - at(&bars.low, i) } else { at(&bars.high, i) - value };
                        side * side
                    }
                };
                let error = (own + at(&self.expected_variances, i)).sqrt();
                if error > 0.0 && i >= drawn[0] && i < drawn[1] { (value - expected) / error } else { f64::NAN }
            })
            .collect()
    }

    fn curve(&self, curve: &Curve, look: Look) -> Layer {
        let factor = common_width(&self.data.edges).unwrap_or(1.0);
        let y = curve.density.iter().map(|density| density * factor).collect();
        Layer::Line(Line { look: look.named(&curve.name), x: curve.x.clone(), y })
    }
}

impl Recipe for Fit {
    const KIND: &'static str = "fit";
    const ABOUT: &'static str = "data points, the fitted model with its components, pulls below";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 8.0]);
        let what = if self.what.is_empty() { "Events" } else { &self.what };
        let y = Axis { label: per_width(what, &self.data.edges, self.x.unit.as_deref()), ..Axis::default() };
        let x = self.x.axis(&self.data.edges);
        let mut layers = Vec::new();
        const PATTERNS: [&str; 3] = ["dashed", "dashdot", "dotted"];
        for (i, component) in self.components.iter().enumerate() {
            let colour = ["#e42536", "#f89c20", "#964a8b", "#7a21dd", "#9c9ca1"][i % 5];
            layers.push(self.curve(component, Look::role("component").pattern(PATTERNS[i % 3]).colour(colour)));
        }
        let mut model = self.model.clone();
        if model.name.is_empty() {
            "Fit".clone_into(&mut model.name);
        }
        if model.x.is_empty() && !self.expected.is_empty() {
            let factors = factors(&self.data.edges);
            let values = scaled(&self.expected, &factors);
            let look = Look::role("model").named(&model.name);
            layers.push(Layer::Steps(Steps { look, edges: self.data.edges.clone(), values, filled: false }));
        } else {
            layers.push(self.curve(&model, Look::role("model")));
        }
        layers.push(Layer::Points(self.data.points("data", "Data")));
        if !self.lines.is_empty() {
            layers.push(Layer::Text(TextBlock { lines: self.lines.clone() }));
        }
        figure.legend = std::iter::once("Data".to_owned())
            .chain(std::iter::once(model.name))
            .chain(self.components.iter().map(|c| c.name.clone()))
            .collect();
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: x.clone(), y, top: None }, layers });
        if self.expected.is_empty() {
            figure.size = [8.0, 6.5];
        } else {
            figure.panels.push(self.pulls_panel(x));
        }
        figure
    }
}

impl Fit {
    fn pulls_panel(&self, x: Axis) -> Panel {
        let pulls = self.pulls();
        let largest = pulls.iter().filter(|p| p.is_finite()).fold(0.0f64, |a, p| a.max(p.abs()));
        // Ends that leave room above the largest pull, but keep the scale of a pull readable; never just at a number.
        let end = if largest <= 3.2 { 3.5 } else { 5.4 };
        let span = |width: f64, colour: &str| {
            Layer::Hspan(Span { look: Look::role("reference").colour(colour), low: -width, high: width })
        };
        let layers = vec![
            span(2.0, "#eef0f4"),
            span(1.0, "#dde1e9"),
            Layer::Steps(Steps {
                look: Look::role("pull").named("Pull").colour("#4a5468"),
                edges: self.data.edges.clone(),
                values: pulls,
                filled: true,
            }),
            Layer::Hline(Straight { look: Look::role("reference").colour("#000000"), at: 0.0 }),
        ];
        let y = Axis { label: "Pull".into(), low: Some(-end), high: Some(end), ..Axis::default() };
        Panel { kind: "pulls".into(), axes: Axes { x, y, top: None }, layers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Fit {
        Fit {
            data: Contents::counts(&[60.0, 62.0, 64.0, 66.0], &[10.0, 0.0, 12.0]),
            model: Curve { name: String::new(), x: vec![60.0, 66.0], density: vec![4.0, 6.0] },
            expected: vec![8.0, 2.0, 20.0],
            x: Quantity::new("m", Some("GeV")),
            ..Fit::default()
        }
    }

    #[test]
    fn the_line_is_the_density_times_the_bin_width() {
        let figure = example().figure();
        let Layer::Line(line) = &figure.panels[0].layers[0] else { panic!() };
        assert_eq!(line.y, [8.0, 12.0]);
        assert_eq!(figure.panels[0].axes.y.label, "Events / 2 GeV");
    }

    #[test]
    fn pulls_are_divided_by_the_side_that_points_to_the_model() {
        // mpmath 1.3, 40 digits: Garwood interval of 10 from 6.8913055606, of 0 to 1.8410216450, of 12 to 16.5598190573.
        let pulls = example().pulls();
        let expected = [2.0 / (10.0 - 6.891305560638357), -2.0 / 1.8410216450092634, -8.0 / (16.55981905739127 - 12.0)];
        for (pull, wanted) in pulls.iter().zip(expected) {
            assert!((pull - wanted).abs() < 1e-11, "{pull} {wanted}");
        }
    }
}
