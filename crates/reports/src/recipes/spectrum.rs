//! `spectrum`: energy spectra as outlines on a logarithmic axis, with marks at lines.

use super::{Contents, Histogram, Quantity, Recipe};
use crate::figure::{Axis, Figure, Layer, Look, Straight};

/// Inputs of a `spectrum` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectrum {
    /// Names and contents, all with the same edges.
    pub spectra: Vec<(String, Contents)>,
    /// Energies of lines, as dotted marks.
    pub lines: Vec<f64>,
    /// The energy.
    pub x: Quantity,
    /// What was counted; `Events` when empty.
    pub what: String,
}

impl Recipe for Spectrum {
    const KIND: &'static str = "spectrum";
    const ABOUT: &'static str = "energy spectra as outlines on a logarithmic axis";

    fn figure(&self) -> Figure {
        let histogram =
            Histogram { histograms: self.spectra.clone(), x: self.x.clone(), what: self.what.clone(), density: false, log: true };
        let mut figure = histogram.figure();
        Self::KIND.clone_into(&mut figure.kind);
        figure.size = [10.0, 6.0];
        let Some(main) = figure.panels.first_mut() else { return figure };
        // Below a single event of the scarcest bin that is not empty.
        let least = self.spectra.iter().flat_map(|(_, contents)| &contents.values).filter(|value| **value > 0.0);
        let least = least.fold(f64::INFINITY, |least, value| least.min(*value));
        if least.is_finite() {
            main.axes.y = Axis { low: Some(0.5 * least), ..std::mem::take(&mut main.axes.y) };
        }
        for &at in self.lines.iter().rev() {
            let look = Look::role("reference").pattern("dotted").colour("#9c9ca1");
            main.layers.insert(0, Layer::Vline(Straight { look, at }));
        }
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_begins_below_a_single_event() {
        let contents = Contents::counts(&[0.0, 1.0, 2.0, 3.0], &[1000.0, 0.0, 3.0]);
        let figure = Spectrum {
            spectra: vec![("V05261B".into(), contents)],
            lines: vec![0.5, 2.5],
            x: Quantity::new("Energy", Some("keV")),
            ..Spectrum::default()
        }
        .figure();
        let main = &figure.panels[0];
        assert!(main.axes.y.log && main.axes.y.low == Some(1.5));
        assert_eq!(main.axes.y.label, "Events / keV");
        let marks: Vec<f64> = main
            .layers
            .iter()
            .filter_map(|layer| match layer {
                Layer::Vline(line) => Some(line.at),
                _ => None,
            })
            .collect();
        assert_eq!(marks, [0.5, 2.5]);
        assert!(matches!(&main.layers[2], Layer::Steps(steps) if steps.values == [1000.0, 0.0, 3.0]));
    }
}
