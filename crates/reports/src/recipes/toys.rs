//! `toys`: how a statistic is distributed in toys, with the observed value.

use super::{Contents, Histogram, Quantity, Recipe};
use crate::figure::{Axis, Figure, Layer, Look, Straight};

/// Inputs of a `toys` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Toys {
    /// Name and values of each ensemble.
    pub ensembles: Vec<(String, Vec<f64>)>,
    /// The statistic.
    pub statistic: Quantity,
    /// Its value in the data.
    pub observed: Option<f64>,
    /// Number of bins; 50 if 0.
    pub bins: usize,
}

impl Recipe for Toys {
    const KIND: &'static str = "toys";
    const ABOUT: &'static str = "distribution of a statistic in toys, with the observed value";

    fn figure(&self) -> Figure {
        let bins = if self.bins == 0 { 50 } else { self.bins };
        let values = self.ensembles.iter().flat_map(|(_, values)| values).chain(&self.observed);
        let (low, high) =
            values.filter(|value| value.is_finite()).fold((0.0f64, 0.0f64), |(low, high), v| (low.min(*v), high.max(*v)));
        // A little beyond, so that the largest value lies in a bin.
        let high = if high > low { high + 1e-3 * (high - low) } else { low + 1.0 };
        let edges: Vec<f64> = (0..=bins).map(|k| low + (high - low) * k as f64 / bins as f64).collect();
        let histogram = |values: &[f64]| {
            let mut counts = vec![0.0; bins];
            for value in values.iter().filter(|value| value.is_finite()) {
                let bin = ((value - low) / (high - low) * bins as f64) as usize;
                counts[bin.min(bins - 1)] += 1.0;
            }
            Contents::counts(&edges, &counts)
        };
        let histograms = self.ensembles.iter().map(|(name, values)| (name.clone(), histogram(values))).collect();
        let recipe = Histogram { histograms, x: self.statistic.clone(), what: "Toys".into(), density: false, log: true };
        let mut figure = recipe.figure();
        Self::KIND.clone_into(&mut figure.kind);
        let Some(main) = figure.panels.first_mut() else { return figure };
        main.axes.y = Axis { low: Some(0.5), ..std::mem::take(&mut main.axes.y) };
        if let Some(at) = self.observed {
            main.layers.push(Layer::Vline(Straight { look: Look::role("observed").named("Observed"), at }));
            figure.legend.push("Observed".into());
        }
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_toy_is_in_a_bin_and_the_data_are_marked() {
        let ensembles = vec![("with signal".to_owned(), vec![0.0, 0.0, 1.0, 7.5]), ("without".to_owned(), vec![9.0, f64::NAN])];
        let figure = Toys { ensembles, observed: Some(10.0), bins: 5, ..Toys::default() }.figure();
        let main = &figure.panels[0];
        let steps: Vec<&Vec<f64>> = main
            .layers
            .iter()
            .filter_map(|layer| match layer {
                Layer::Steps(steps) => Some(&steps.values),
                _ => None,
            })
            .collect();
        assert_eq!(steps.iter().map(|values| values.iter().sum::<f64>()).collect::<Vec<_>>(), [4.0, 1.0]);
        assert!(main.layers.iter().any(|layer| matches!(layer, Layer::Vline(line) if line.at == 10.0)));
        assert_eq!(figure.kind, "toys");
        // No toys at all are a figure, too.
        assert_eq!(Toys::default().figure().panels.len(), 1);
    }
}
