//! `ranking`: which nuisance parameters move the parameter of interest, with their pulls.

use super::Recipe;
use crate::figure::{Axes, Axis, Bars, Figure, Layer, Look, Panel, Points, Straight};

/// Inputs of a `ranking` figure, each list in the order of the names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Names of the parameters.
    pub names: Vec<String>,
    /// (fitted − prior) / prior error.
    pub pulls: Vec<f64>,
    /// Fitted error / prior error.
    pub errors: Vec<f64>,
    /// Change of the parameter of interest for prior errors up and down.
    pub prefit: [Vec<f64>; 2],
    /// Change of the parameter of interest for fitted errors up and down.
    pub postfit: [Vec<f64>; 2],
    /// Name of the parameter of interest.
    pub interest: String,
    /// Most rows; all when 0.
    pub most: usize,
}

impl Ranking {
    /// Numbers of the parameters from the largest impact after the fit to the smallest; equal ones as given.
    pub fn order(&self) -> Vec<usize> {
        let impact = |i: usize| self.postfit.iter().filter_map(|side| side.get(i)).fold(0.0f64, |a, v| a.max(v.abs()));
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by(|&a, &b| impact(b).total_cmp(&impact(a)));
        if self.most > 0 {
            order.truncate(self.most);
        }
        order
    }
}

impl Recipe for Ranking {
    const KIND: &'static str = "ranking";
    const ABOUT: &'static str = "impacts of nuisance parameters on the parameter of interest, and their pulls";

    fn figure(&self) -> Figure {
        let order = self.order();
        let picked = |values: &[f64]| -> Vec<f64> { order.iter().map(|&i| values.get(i).copied().unwrap_or(f64::NAN)).collect() };
        let mut figure = Figure::new(Self::KIND, [6.5, 0.27 * order.len().max(4) as f64 + 2.0]);
        let bars = |role: &str, name: &str, colour: &str, values: &[f64], hollow: bool| {
            Layer::Bars(Bars { look: Look::role(role).named(name).colour(colour), values: picked(values), hollow })
        };
        let (pulls, errors) = (picked(&self.pulls), picked(&self.errors));
        let side = |sign: f64| pulls.iter().zip(&errors).map(|(p, e)| p + sign * e).collect();
        let dashed = |at: f64| Layer::Vline(Straight { look: Look::role("reference").pattern("dashed"), at });
        let layers = vec![
            bars("postfit_up", "Post-fit, up", "#f89c20", &self.postfit[0], false),
            bars("postfit_down", "Post-fit, down", "#5790fc", &self.postfit[1], false),
            bars("prefit_up", "Pre-fit, up", "#b96b00", &self.prefit[0], true),
            bars("prefit_down", "Pre-fit, down", "#1f57c4", &self.prefit[1], true),
            dashed(-1.0),
            dashed(0.0),
            dashed(1.0),
            Layer::Points(Points {
                look: Look::role("parameter").named("Pull"),
                x: pulls.clone(),
                x_low: side(-1.0),
                x_high: side(1.0),
                values: (0..order.len()).map(|row| row as f64).collect(),
                errors: Some("given".into()),
                ..Points::default()
            }),
        ];
        figure.legend = ["Pre-fit, up", "Pre-fit, down", "Post-fit, up", "Post-fit, down", "Pull"].map(str::to_owned).to_vec();
        let ends = pulls.iter().zip(&errors).map(|(p, e)| p.abs() + e).filter(|e| e.is_finite());
        let end = ends.fold(1.9f64, f64::max) * 1.08;
        let all = self.prefit.iter().chain(&self.postfit).flat_map(|side| picked(side)).filter(|v| v.is_finite());
        let impact = all.fold(0.0f64, |a, v| a.max(v.abs()));
        let impact = if impact > 0.0 { 1.12 * impact } else { 1.0 };
        let symmetric = |label: String, end: f64| Axis { label, low: Some(-end), high: Some(end), ..Axis::default() };
        let interest = if self.interest.is_empty() { "$\\mu$" } else { &self.interest };
        let axes = Axes {
            x: symmetric("$(\\hat{\\theta} - \\theta_0) / \\Delta\\theta$".into(), end),
            y: Axis { categories: order.iter().map(|&i| self.names[i].clone()).collect(), ..Axis::default() },
            top: Some(symmetric(format!("$\\Delta$ {interest}"), impact)),
        };
        figure.panels.push(Panel { kind: "main".into(), axes, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_impact_after_the_fit_is_first() {
        let recipe = Ranking {
            names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            postfit: [vec![0.1, -0.5, 0.2], vec![-0.3, 0.1, 0.1]],
            most: 2,
            ..Ranking::default()
        };
        assert_eq!(recipe.order(), [1, 0]);
        assert_eq!(recipe.figure().panels[0].axes.y.categories, ["b", "a"]);
    }
}
