//! `correlation`: correlations of fitted parameters as cells with numbers.

use super::Recipe;
use crate::figure::{Axes, Axis, Figure, Image, Layer, Panel};
use crate::ticks::number;

/// Inputs of a `correlation` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correlation {
    /// Names of the parameters.
    pub names: Vec<String>,
    /// Row by row, between -1 and 1.
    pub matrix: Vec<Vec<f64>>,
    /// Parameters are left out whose correlations with all others are smaller than this.
    pub prune_below: f64,
}

impl Correlation {
    /// Numbers of the parameters that are shown.
    pub fn kept(&self) -> Vec<usize> {
        let largest = |i: usize| {
            let others = self.matrix[i].iter().enumerate().filter(|(j, _)| *j != i);
            others.fold(0.0f64, |a, (_, v)| a.max(v.abs()))
        };
        (0..self.names.len().min(self.matrix.len())).filter(|&i| largest(i) >= self.prune_below).collect()
    }
}

impl Recipe for Correlation {
    const KIND: &'static str = "correlation";
    const ABOUT: &'static str = "correlations of fitted parameters as cells with numbers";

    fn figure(&self) -> Figure {
        let kept = self.kept();
        let side = (0.46 * kept.len() as f64 + 2.6).clamp(5.0, 24.0);
        let mut figure = Figure::new(Self::KIND, [side + 0.8, side]);
        let names: Vec<String> = kept.iter().map(|&i| self.names[i].clone()).collect();
        let edges: Vec<f64> = (0..=kept.len()).map(|i| i as f64 - 0.5).collect();
        let values: Vec<f64> = kept
            .iter()
            .flat_map(|&column| kept.iter().map(move |&row| (row, column)))
            .map(|(row, column)| self.matrix[row].get(column).copied().unwrap_or(f64::NAN))
            .collect();
        // More than 30 parameters leave no room for numbers.
        let texts = if kept.len() <= 30 { values.iter().map(|v| number(*v, 2)).collect() } else { Vec::new() };
        let image = Image {
            x_edges: edges.clone(),
            y_edges: edges,
            values,
            limits: [-1.0, 1.0],
            map: "diverging".into(),
            label: "Correlation".into(),
            texts,
        };
        let axis = || Axis { categories: names.clone(), ..Axis::default() };
        figure.panels.push(Panel {
            kind: "main".into(),
            axes: Axes { x: axis(), y: axis(), top: None },
            layers: vec![Layer::Image(image)],
        });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_without_correlations_are_left_out() {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        let matrix = vec![vec![1.0, 0.5, 0.1], vec![0.5, 1.0, -0.2], vec![0.1, -0.2, 1.0]];
        let recipe = Correlation { names, matrix, prune_below: 0.3 };
        assert_eq!(recipe.kept(), [0, 1]);
        let Layer::Image(image) = &recipe.figure().panels[0].layers[0] else { panic!() };
        assert_eq!(image.values, [1.0, 0.5, 0.5, 1.0]);
        assert_eq!(image.texts[1], "0.50");
    }
}
