//! `waveforms`: samples against time, with marks at time points.

use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Figure, Layer, Line, Look, Panel, Straight};

/// One waveform.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Name in the legend.
    pub name: String,
    /// Time of each sample.
    pub x: Vec<f64>,
    /// The samples.
    pub y: Vec<f64>,
}

/// Inputs of a `waveforms` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waveforms {
    /// The waveforms.
    pub traces: Vec<Trace>,
    /// Time points by name, of the first waveform.
    pub marks: Vec<(String, f64)>,
    /// The time.
    pub time: Quantity,
    /// What the samples are.
    pub amplitude: Quantity,
}

/// Share of the range of the samples that stays free above and below.
const MARGIN: f64 = 0.06;

impl Recipe for Waveforms {
    const KIND: &'static str = "waveforms";
    const ABOUT: &'static str = "samples against time, with marks at time points";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [10.0, 6.0]);
        let mut layers = Vec::new();
        for (index, (name, at)) in self.marks.iter().enumerate() {
            let pattern = ["dotted", "dashed", "dashdot"][index % 3];
            layers.push(Layer::Vline(Straight { look: Look::role("reference").named(name).pattern(pattern), at: *at }));
        }
        for (index, trace) in self.traces.iter().enumerate() {
            let look = Look::role("model").named(&trace.name).colour(&format!("C{index}"));
            layers.push(Layer::Line(Line { look, x: trace.x.clone(), y: trace.y.clone() }));
        }
        let traces = self.traces.iter().map(|trace| trace.name.clone());
        figure.legend = traces.chain(self.marks.iter().map(|(name, _)| name.clone())).collect();
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
        };
        let (first, last) = ends(&mut self.traces.iter().flat_map(|t| t.x.iter().copied()));
        let (low, high) = ends(&mut self.traces.iter().flat_map(|t| t.y.iter().copied()));
        let mut y = self.amplitude.axis(&[]);
        if low < high {
            let free = MARGIN * (high - low);
            y = Axis { low: Some(low - free), high: Some(high + free), ..y };
        }
        let x = if first < last { self.time.axis(&[first, last]) } else { self.time.axis(&[]) };
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x, y, top: None }, layers });
        figure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_lie_behind_the_waveforms_and_the_axis_leaves_room() {
        let trace = Trace { name: "entry 7".into(), x: vec![0.0, 16.0, 32.0], y: vec![100.0, 200.0, 150.0] };
        let figure = Waveforms {
            traces: vec![trace],
            marks: vec![("tp_0".into(), 8.0)],
            time: Quantity::new("Time", Some("ns")),
            amplitude: Quantity::new("Amplitude", Some("ADC")),
        }
        .figure();
        let main = &figure.panels[0];
        let Layer::Vline(mark) = &main.layers[0] else { panic!("a mark") };
        assert_eq!((mark.at, figure.legend.as_slice()), (8.0, &["entry 7".to_owned(), "tp_0".to_owned()][..]));
        // 6 % of 100 below 100 and above 200.
        assert_eq!((main.axes.y.low, main.axes.y.high), (Some(94.0), Some(206.0)));
    }
}
