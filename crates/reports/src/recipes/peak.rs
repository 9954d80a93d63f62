//! `peak`: the counts of a window around a line with the fitted function, its components, and the residuals below.

use super::{Fit, Recipe};
use crate::figure::{Axis, Figure, Layer, Look, Straight};

/// Inputs of a `peak` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peak {
    /// Counts, function, components and expectation in each bin.
    pub fit: Fit,
    /// Name and place of vertical lines: the line's energy, the mode.
    pub marks: Vec<(String, f64)>,
    /// Logarithmic counts: a tail of a few percent shows.
    pub log: bool,
}

/// Range of the lower end of a logarithmic axis: below a single event, and so low that the background shows.
const FLOOR: [f64; 2] = [0.05, 0.5];

impl Recipe for Peak {
    const KIND: &'static str = "peak";
    const ABOUT: &'static str = "counts around a line with the fitted peak and its components, residuals below";

    fn figure(&self) -> Figure {
        let mut figure = self.fit.figure();
        Self::KIND.clone_into(&mut figure.kind);
        let Some(main) = figure.panels.first_mut() else { return figure };
        if self.log {
            let expected = self.fit.expected.iter().filter(|mean| **mean > 0.0);
            let floor = (0.5 * expected.fold(f64::INFINITY, |least, mean| least.min(*mean))).clamp(FLOOR[0], FLOOR[1]);
            main.axes.y = Axis { log: true, low: Some(floor), ..std::mem::take(&mut main.axes.y) };
            for layer in &mut main.layers {
                // What is far below a single event would only stretch the path of the picture.
                if let Layer::Line(line) = layer {
                    for value in line.y.iter_mut().filter(|value| **value < 0.02 * floor) {
                        *value = f64::NAN;
                    }
                }
            }
        }
        for (index, (name, at)) in self.marks.iter().enumerate() {
            let pattern = ["dotted", "dashed", "dashdot"][index % 3];
            let look = Look::role("reference").named(name).pattern(pattern);
            main.layers.insert(0, Layer::Vline(Straight { look, at: *at }));
            figure.legend.push(name.clone());
        }
        if let Some(lower) = figure.panels.get_mut(1) {
            "Residual / error".clone_into(&mut lower.axes.y.label);
        }
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Contents, Curve, Quantity};
    use super::*;

    #[test]
    fn what_is_far_below_the_floor_is_no_part_of_a_logarithmic_line() {
        let curve = Curve { name: "Signal".into(), x: vec![0.0, 1.0, 2.0], density: vec![1e-9, 30.0, 0.2] };
        let fit = Fit {
            data: Contents::counts(&[0.0, 1.0, 2.0], &[20.0, 5.0]),
            model: curve.clone(),
            components: vec![curve],
            expected: vec![15.0, 15.0],
            x: Quantity::new("Energy", Some("keV")),
            ..Fit::default()
        };
        let figure = Peak { fit, marks: vec![("2614.5 keV".into(), 1.0)], log: true }.figure();
        assert_eq!((figure.kind.as_str(), figure.panels.len()), ("peak", 2));
        let main = &figure.panels[0];
        assert!(main.axes.y.log && main.axes.y.low == Some(0.5));
        let Layer::Vline(mark) = &main.layers[0] else { panic!("the mark is behind everything") };
        assert_eq!(mark.at, 1.0);
        let Layer::Line(line) = &main.layers[1] else { panic!("a component") };
        assert!(line.y[0].is_nan() && line.y[1] == 30.0 && line.y[2] == 0.2);
        // (20 - 15) over the distance to the lower end of Garwood's interval of 20 (mpmath: 15.5655520178).
        let Layer::Steps(pulls) = &figure.panels[1].layers[2] else { panic!("residuals") };
        assert!((pulls.values[0] - 5.0 / (20.0 - 15.565_552_017_8)).abs() < 1e-8, "{}", pulls.values[0]);
    }
}
