//! `data_mc`: a stack of expected processes with its uncertainty, data points, and their ratio.

use super::axis_label::per_width;
use super::bars::{Contents, factors, scaled};
use super::{Quantity, Recipe};
use crate::figure::{Axes, Axis, Band, Figure, Layer, Look, Panel, Points, Sample, Stack, Steps, Straight};

/// An expected process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// Name in the legend.
    pub name: String,
    /// Expected events in each bin.
    pub values: Vec<f64>,
    /// Variances from the number of simulated events; empty for none.
    pub variances: Vec<f64>,
}

impl Process {
    fn total(&self) -> f64 {
        self.values.iter().filter(|v| v.is_finite()).sum()
    }
}

/// Inputs of a `data_mc` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataMc {
    /// Edges of all histograms.
    pub edges: Vec<f64>,
    /// From the bottom to the top if `keep_order`, else sorted: the largest on top.
    pub processes: Vec<Process>,
    /// The stack keeps the order of the processes.
    pub keep_order: bool,
    /// Signals drawn as lines over the stack, times a factor that the legend says.
    pub signals: Vec<(Process, f64)>,
    /// Systematic uncertainty of the total in each bin; empty for none.
    pub systematic: Vec<f64>,
    /// The data.
    pub data: Option<Contents>,
    /// The quantity on the x axis.
    pub x: Quantity,
    /// What was counted; `Events` when empty.
    pub what: String,
    /// Logarithmic y axis.
    pub log: bool,
    /// Divided by the bin widths even when they are equal.
    pub per_width: bool,
}

impl DataMc {
    /// Sum of the processes in each bin.
    pub fn total(&self) -> Vec<f64> {
        (0..self.bins()).map(|i| self.processes.iter().map(|p| p.values.get(i).copied().unwrap_or(0.0)).sum()).collect()
    }

    /// Uncertainty of the total: statistical and systematic in quadrature.
    pub fn uncertainty(&self) -> Vec<f64> {
        (0..self.bins())
            .map(|i| {
                let variance: f64 = self.processes.iter().map(|p| p.variances.get(i).copied().unwrap_or(0.0)).sum();
                let systematic = self.systematic.get(i).copied().unwrap_or(0.0);
                (variance + systematic * systematic).sqrt()
            })
            .collect()
    }

    /// Sum over bins of (data - total)² / (total + uncertainty²); none without data.
    pub fn chi2(&self) -> Option<f64> {
        let data = self.data.as_ref()?;
        let (total, uncertainty) = (self.total(), self.uncertainty());
        let term = |i: usize| {
            let (difference, variance) = (data.values[i] - total[i], total[i] + uncertainty[i] * uncertainty[i]);
            if variance > 0.0 { difference * difference / variance } else { 0.0 }
        };
        Some((0..self.bins().min(data.values.len())).map(term).sum())
    }

    fn bins(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }
}

impl Recipe for DataMc {
    const KIND: &'static str = "data_mc";
    const ABOUT: &'static str = "stack of expected processes with uncertainty, data points, their ratio";

    fn figure(&self) -> Figure {
        let mut figure = Figure::new(Self::KIND, [8.0, 8.0]);
        let factors = if self.per_width {
            self.edges.windows(2).map(|pair| 1.0 / (pair[1] - pair[0])).collect()
        } else {
            factors(&self.edges)
        };
        let mut order: Vec<(usize, &Process)> = self.processes.iter().enumerate().collect();
        if !self.keep_order {
            order.sort_by(|a, b| a.1.total().total_cmp(&b.1.total()));
        }
        let (total, uncertainty) = (self.total(), self.uncertainty());
        let sample = |&(place, process): &(usize, &Process)| Sample {
            // A process keeps its colour in all figures of an analysis, wherever it is in the stack.
            look: Look::role("process").named(&process.name).colour(&format!("C{place}")),
            values: scaled(&process.values, &factors),
        };
        let samples: Vec<Sample> = order.iter().map(sample).collect();
        let low: Vec<f64> = total.iter().zip(&uncertainty).map(|(t, u)| t - u).collect();
        let high: Vec<f64> = total.iter().zip(&uncertainty).map(|(t, u)| t + u).collect();
        let mut layers = vec![
            Layer::Stack(Stack { edges: self.edges.clone(), samples }),
            Layer::Band(Band {
                look: Look::role("uncertainty").named("Uncertainty").pattern("hatch").colour("#33363d"),
                edges: self.edges.clone(),
                low: scaled(&low, &factors),
                high: scaled(&high, &factors),
                ..Band::default()
            }),
        ];
        let mut signal_names = Vec::new();
        for (process, factor) in &self.signals {
            let name = if *factor == 1.0 {
                process.name.clone()
            } else {
                format!("{} × {}", process.name, super::axis_label::short(*factor))
            };
            let values = process.values.iter().map(|v| v * factor).collect::<Vec<_>>();
            let look = Look::role("signal").named(&name).pattern("dashed");
            layers.push(Layer::Steps(Steps {
                look,
                edges: self.edges.clone(),
                values: scaled(&values, &factors),
                filled: false,
            }));
            signal_names.push(name);
        }
        if let Some(data) = &self.data {
            figure.legend.push("Data".to_owned());
            let mut points = data.points("data", "Data");
            let bars = data.bars();
            points.values = scaled(&data.values, &factors);
            points.low = scaled(&bars.low, &factors);
            points.high = scaled(&bars.high, &factors);
            // Where something is expected an empty bin says something.
            points.drawn = None;
            layers.push(Layer::Points(points));
        }
        // Read from the top of the stack downwards, or in the order given.
        let names: Vec<String> = order.iter().map(|(_, p)| p.name.clone()).collect();
        figure.legend.extend(if self.keep_order { names } else { names.into_iter().rev().collect() });
        figure.legend.extend(signal_names);
        figure.legend.push("Uncertainty".to_owned());
        let what = if self.what.is_empty() { "Events" } else { &self.what };
        let edges: &[f64] = if self.per_width { &[] } else { &self.edges };
        let y = Axis { label: per_width(what, edges, self.x.unit.as_deref()), log: self.log, ..Axis::default() };
        let x = self.x.axis(&self.edges);
        figure.panels.push(Panel { kind: "main".into(), axes: Axes { x: x.clone(), y, top: None }, layers });
        if let Some(data) = &self.data {
            figure.panels.push(self.ratio(data, &total, &uncertainty, x));
        } else {
            figure.size = [8.0, 6.5];
        }
        figure
    }
}

impl DataMc {
    /// Data over expectation; the expectation's error is the band at 1.
    fn ratio(&self, data: &Contents, total: &[f64], uncertainty: &[f64], x: Axis) -> Panel {
        let over = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(total).map(|(v, t)| if *t > 0.0 { v / t } else { f64::NAN }).collect()
        };
        let bars = data.bars();
        let values = over(&data.values);
        let share = over(uncertainty);
        let filled = values.iter().zip(&data.values).filter(|(_, n)| **n > 0.0).map(|(r, _)| *r);
        let largest = filled.filter(|r| r.is_finite()).fold(0.0f64, |a, r| a.max((r - 1.0).abs()));
        // 0.5 to 1.5 unless the data ask for more; beyond 0 and 2 there are arrows.
        let half: f64 = if largest <= 0.5 { 0.55 } else { 1.05 };
        let layers = vec![
            Layer::Band(Band {
                look: Look::role("uncertainty").pattern("hatch").colour("#33363d"),
                edges: self.edges.clone(),
                low: share.iter().map(|s| 1.0 - s).collect(),
                high: share.iter().map(|s| 1.0 + s).collect(),
                ..Band::default()
            }),
            Layer::Hline(Straight { look: Look::role("reference").pattern("dashed"), at: 1.0 }),
            Layer::Points(Points {
                look: Look::role("data"),
                edges: self.edges.clone(),
                low: over(&bars.low),
                high: over(&bars.high),
                values,
                errors: Some("data only".to_owned()),
                widths: super::axis_label::common_width(&self.edges).is_none(),
                ..Points::default()
            }),
        ];
        let y = Axis { label: "Data / MC".into(), low: Some((1.0 - half).max(0.0)), high: Some(1.0 + half), ..Axis::default() };
        Panel { kind: "ratio".into(), axes: Axes { x, y, top: None }, layers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(name: &str, values: &[f64]) -> Process {
        Process { name: name.into(), values: values.to_vec(), variances: values.to_vec() }
    }

    #[test]
    fn the_largest_process_is_on_top_unless_the_order_is_given() {
        let processes = vec![process("large", &[9.0, 9.0]), process("small", &[1.0, 2.0])];
        let mut inputs = DataMc { edges: vec![0.0, 1.0, 2.0], processes, ..DataMc::default() };
        let order = |inputs: &DataMc| {
            let Layer::Stack(stack) = &inputs.figure().panels[0].layers[0] else { panic!() };
            stack.samples.iter().map(|s| s.look.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(order(&inputs), ["small", "large"]);
        inputs.keep_order = true;
        assert_eq!(order(&inputs), ["large", "small"]);
    }

    #[test]
    fn the_band_adds_statistics_and_systematics_in_quadrature() {
        let inputs =
            DataMc { edges: vec![0.0, 1.0], processes: vec![process("a", &[9.0])], systematic: vec![4.0], ..DataMc::default() };
        assert_eq!(inputs.uncertainty(), [5.0]);
    }
}
