//! `compatibility`: the values of a parameter in each channel, with the band of the value of all together.

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Look, Panel, Points, Span, Straight};

/// Inputs of a `compatibility` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compatibility {
    /// Names of the channels, from top to bottom.
    pub channels: Vec<String>,
    /// Value in each.
    pub values: Vec<f64>,
    /// Lower and upper end of each interval.
    pub ends: Vec<[f64; 2]>,
    /// Value of all together.
    pub common: f64,
    /// Its interval.
    pub common_ends: [f64; 2],
    /// The parameter.
    pub quantity: Quantity,
}

/// Height of a row, and of axis and label, in inches.
const ROW: f64 = 0.35;
const MARGINS: f64 = 1.2;

impl Recipe for Compatibility {
    const KIND: &'static str = "compatibility";
    const ABOUT: &'static str = "values of a parameter in each channel, with the band of all channels together";

    fn figure(&self) -> Figure {
        let rows = self.channels.len();
        let mut figure = Figure::new(Self::KIND, [7.0, ROW * rows.max(3) as f64 + MARGINS]);
        let [low, high] = self.common_ends;
        let layers = vec![
            Layer::Vspan(Span {
                look: Look::role("uncertainty").named("All channels").colour("#c3d3f7").pattern("solid"),
                low,
                high,
            }),
            Layer::Vline(Straight { look: Look::role("reference").pattern("dashed"), at: self.common }),
            Layer::Points(Points {
                look: Look::role("parameter").named("Channel"),
                x: self.values.clone(),
                x_low: self.ends.iter().map(|ends| ends[0]).collect(),
                x_high: self.ends.iter().map(|ends| ends[1]).collect(),
                values: (0..rows).map(|row| row as f64).collect(),
                errors: Some("given".into()),
                ..Points::default()
            }),
        ];
        let ends = self.ends.iter().flatten().chain(&self.common_ends).filter(|end| end.is_finite());
        let [low, high] = ends.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], end| [low.min(*end), high.max(*end)]);
        let room = 0.06 * (high - low);
        let x = self.quantity.axis(&[low - room, high + room]);
        let y = Axis { categories: self.channels.clone(), ..Axis::default() };
        figure.legend = vec!["Channel".into(), "All channels".into()];
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x, y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_that_of_all_and_every_channel_is_on_the_axis() {
        let inputs = Compatibility {
            channels: vec!["A".into(), "B".into()],
            values: vec![0.5, 2.0],
            ends: vec![[0.1, 1.0], [1.4, 2.7]],
            common: 1.1,
            common_ends: [0.8, 1.45],
            ..Compatibility::default()
        };
        let panel = inputs.figure().panels.remove(0);
        let band = panel.layers.iter().find_map(|layer| match layer {
            Layer::Vspan(span) => Some([span.low, span.high]),
            _ => None,
        });
        assert_eq!(band, Some([0.8, 1.45]));
        assert!(panel.axes.x.low.unwrap() < 0.1 && panel.axes.x.high.unwrap() > 2.7);
        assert_eq!(panel.axes.y.categories, ["A", "B"]);
    }
}
