//! `posterior`: the marginal density of a parameter, and below it medians along the chains that it comes from, on the same axis.

use super::{Contents, Histogram, Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Line, Look, Panel, Span, Straight};

/// Inputs of a `posterior` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posterior {
    /// The parameter.
    pub parameter: Quantity,
    /// Draws of each chain.
    pub chains: Vec<Vec<f64>>,
    /// Weight of each draw; none where all are equal. Weighted draws are no chain, and are not shown as one.
    pub weights: Option<Vec<Vec<f64>>>,
    /// Lower end of the interval, median, upper end.
    pub interval: Option<[f64; 3]>,
}

/// Bins of the density.
const BINS: usize = 60;
/// Stretches of a chain, of each of which the median is drawn.
const STRETCHES: usize = 40;
/// The density is shown this many deviations around the mean, as far as there are draws.
const REACH: f64 = 4.5;

impl Recipe for Posterior {
    const KIND: &'static str = "posterior";
    const ABOUT: &'static str = "marginal density of a parameter with its interval, and medians of stretches of the chains below";

    fn figure(&self) -> Figure {
        let draws: Vec<(f64, f64)> = self.weighted().filter(|(value, weight)| value.is_finite() && *weight > 0.0).collect();
        let [low, high] = range(&draws);
        let edges: Vec<f64> = (0..=BINS).map(|k| low + (high - low) * k as f64 / BINS as f64).collect();
        let mut sums = [vec![0.0; BINS], vec![0.0; BINS]];
        for (value, weight) in draws.iter().filter(|(value, _)| (low..=high).contains(value)) {
            let bin = (((value - low) / (high - low) * BINS as f64) as usize).min(BINS - 1);
            sums[0][bin] += weight;
            sums[1][bin] += weight * weight;
        }
        let contents = Contents::weighted(&edges, &sums[0], &sums[1]);
        let recipe = Histogram {
            histograms: vec![("Posterior".to_owned(), contents)],
            x: self.parameter.clone(),
            density: true,
            ..Histogram::default()
        };
        let mut figure = recipe.figure();
        Self::KIND.clone_into(&mut figure.kind);
        if let (Some(main), Some([low, median, high])) = (figure.panels.first_mut(), self.interval) {
            let stripe = Look::role("uncertainty").named("68 %").colour("#c3d3f7").pattern("solid");
            main.layers.insert(0, Layer::Vspan(Span { look: stripe, low, high }));
            main.layers
                .push(Layer::Vline(Straight { look: Look::role("reference").named("Median").pattern("dashed"), at: median }));
            figure.legend = ["Posterior", "Median", "68 %"].map(str::to_owned).to_vec();
        }
        if self.weights.is_none() && self.chains.iter().any(|chain| !chain.is_empty()) {
            figure.size = [8.0, 8.0];
            figure.panels.push(self.traces(low, high));
        }
        figure
    }
}

impl Posterior {
    fn weighted(&self) -> impl Iterator<Item = (f64, f64)> {
        let weight = |chain: usize, draw: usize| {
            self.weights
                .as_ref()
                .map_or(1.0, |weights| weights.get(chain).and_then(|weights| weights.get(draw)).copied().unwrap_or(0.0))
        };
        self.chains
            .iter()
            .enumerate()
            .flat_map(move |(chain, values)| values.iter().enumerate().map(move |(draw, value)| (*value, weight(chain, draw))))
    }

    /// The medians of stretches of the chains, from the first draw at the bottom on.
    fn traces(&self, low: f64, high: f64) -> Panel {
        let longest = self.chains.iter().map(Vec::len).max().unwrap_or(0);
        let length = longest.div_ceil(STRETCHES).max(1);
        let line = |(number, chain): (usize, &Vec<f64>)| {
            let look = Look::role("model").named(&format!("Chain {}", number + 1)).colour(&format!("C{number}"));
            let x = chain.chunks(length).map(median).collect();
            let y = chain.chunks(length).enumerate().map(|(k, part)| (k * length) as f64 + 0.5 * part.len() as f64).collect();
            Layer::Line(Line { look, x, y })
        };
        let layers = self.chains.iter().enumerate().map(line).collect();
        let y = Axis { label: "Draw".into(), low: Some(0.0), high: Some(longest as f64), ..Axis::default() };
        Panel { kind: "ratio".into(), axes: Axes { x: self.parameter.axis(&[low, high]), y, top: None }, layers }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { 0.5 * (sorted[half - 1] + sorted[half]) } else { sorted[half] }
}

/// Where the density is shown.
fn range(draws: &[(f64, f64)]) -> [f64; 2] {
    let sum: f64 = draws.iter().map(|(_, weight)| weight).sum();
    let mean = draws.iter().map(|(value, weight)| value * weight).sum::<f64>() / sum;
    let deviation = (draws.iter().map(|(value, weight)| weight * (value - mean) * (value - mean)).sum::<f64>() / sum).sqrt();
    let ends = draws.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], (v, _)| [low.min(*v), high.max(*v)]);
    let [low, high] = [ends[0].max(mean - REACH * deviation), ends[1].min(mean + REACH * deviation)];
    if low < high {
        [low, high]
    } else if low == high {
        [low - 0.5, high + 0.5]
    } else {
        [0.0, 1.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn density(figure: &Figure) -> (Vec<f64>, Vec<f64>) {
        let steps = figure.panels[0].layers.iter().find_map(|layer| match layer {
            Layer::Steps(steps) => Some((steps.edges.clone(), steps.values.clone())),
            _ => None,
        });
        steps.unwrap()
    }

    #[test]
    fn the_density_has_the_integral_one_and_every_chain_a_line() {
        let chains: Vec<Vec<f64>> = (0..3).map(|c| (0..2500).map(|k| f64::from((k * 7 + c) % 100)).collect()).collect();
        let figure = Posterior { chains, interval: Some([16.0, 50.0, 84.0]), ..Posterior::default() }.figure();
        let (edges, values) = density(&figure);
        let integral: f64 = values.iter().zip(edges.windows(2)).map(|(value, pair)| value * (pair[1] - pair[0])).sum();
        assert!((integral - 1.0).abs() < 1e-12);
        let lines: Vec<&Line> = figure.panels[1]
            .layers
            .iter()
            .filter_map(|layer| match layer {
                Layer::Line(line) => Some(line),
                _ => None,
            })
            .collect();
        // Forty stretches of 63 draws; the first chain begins with 0, 7, …, 434, hundreds taken off.
        assert_eq!(lines.iter().map(|line| line.x.len()).collect::<Vec<_>>(), [40; 3]);
        let mut first: Vec<f64> = (0..63).map(|k| f64::from(k * 7 % 100)).collect();
        first.sort_by(f64::total_cmp);
        assert_eq!((lines[0].x[0], lines[0].y[0]), (first[31], 31.5));
    }

    #[test]
    fn weights_count_and_no_draws_are_a_figure_too() {
        let weighted = Posterior { chains: vec![vec![0.0, 1.0]], weights: Some(vec![vec![3.0, 1.0]]), ..Posterior::default() };
        let figure = weighted.figure();
        let (_, values) = density(&figure);
        assert!((values[0] / values[BINS - 1] - 3.0).abs() < 1e-12 && figure.panels.len() == 1);
        assert_eq!(Posterior::default().figure().panels.len(), 1);
    }
}
