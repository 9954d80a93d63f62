//! Ranges of the axes from what is drawn.

use crate::figure::{Figure, Layer, Panel};

/// A box in the axes' numbers that something drawn fills; `low` and `high` may be missing (NaN).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reach {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What the layers of a panel fill.
pub(crate) fn reaches(panel: &Panel) -> Vec<Reach> {
    let mut out = Vec::new();
    let mut binned = |edges: &[f64], i: usize, low: f64, high: f64| {
        if let (Some(&from), Some(&to)) = (edges.get(i), edges.get(i + 1)) {
            out.push(Reach { from, to, low, high });
        }
    };
    let mut others = Vec::new();
    for layer in &panel.layers {
        match layer {
            Layer::Points(points) => {
                for (i, &value) in points.values.iter().enumerate() {
                    if points.drawn.is_some_and(|[first, end]| i < first || i >= end) {
                        continue;
                    }
                    let low = points.low.get(i).copied().filter(|v| !v.is_nan()).unwrap_or(value);
                    let high = points.high.get(i).copied().filter(|v| !v.is_nan()).unwrap_or(value);
                    if points.edges.is_empty() {
                        let Some(&x) = points.x.get(i) else { continue };
                        let from = points.x_low.get(i).copied().filter(|v| !v.is_nan()).unwrap_or(x);
                        let to = points.x_high.get(i).copied().filter(|v| !v.is_nan()).unwrap_or(x);
                        others.push(Reach { from, to, low, high });
                    } else {
                        binned(&points.edges, i, low, high);
                    }
                }
            }
            Layer::Steps(steps) => {
                for (i, &value) in steps.values.iter().enumerate() {
                    binned(&steps.edges, i, value, value);
                }
            }
            Layer::Stack(stack) => {
                let bins = stack.edges.len().saturating_sub(1);
                let mut total = vec![0.0; bins];
                for sample in &stack.samples {
                    for (sum, &value) in total.iter_mut().zip(&sample.values) {
                        *sum += if value.is_finite() { value } else { 0.0 };
                    }
                }
                for (i, &value) in total.iter().enumerate() {
                    binned(&stack.edges, i, value, value);
                }
            }
            Layer::Band(band) => {
                for (i, (&low, &high)) in band.low.iter().zip(&band.high).enumerate() {
                    if band.edges.is_empty() {
                        if let Some(&x) = band.x.get(i) {
                            others.push(Reach { from: x, to: band.x.get(i + 1).copied().unwrap_or(x), low, high });
                        }
                    } else {
                        binned(&band.edges, i, low, high);
                    }
                }
            }
            Layer::Line(line) => {
                for (i, pair) in line.x.windows(2).enumerate() {
                    if let (Some(&a), Some(&b)) = (line.y.get(i), line.y.get(i + 1)) {
                        others.push(Reach { from: pair[0], to: pair[1], low: a.min(b), high: a.max(b) });
                    }
                }
            }
            Layer::Image(image) => {
                if let (Some(&from), Some(&to), Some(&low), Some(&high)) =
                    (image.x_edges.first(), image.x_edges.last(), image.y_edges.first(), image.y_edges.last())
                {
                    others.push(Reach { from, to, low, high });
                }
            }
            Layer::Hline(_)
            | Layer::Vline(_)
            | Layer::Hspan(_)
            | Layer::Vspan(_)
            | Layer::Text(_)
            | Layer::Beside(_)
            | Layer::Bars(_) => {}
        }
    }
    out.append(&mut others);
    out
}

/// Common horizontal range: given ends first, then what the layers cover.
pub(crate) fn horizontal(figure: &Figure) -> (f64, f64) {
    let axes = || figure.panels.iter().map(|panel| &panel.axes.x);
    let log = axes().any(|axis| axis.log);
    if let Some(axis) = axes().find(|axis| !axis.categories.is_empty()) {
        return (-0.5, axis.categories.len() as f64 - 0.5);
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut only_bins = true;
    for panel in &figure.panels {
        for reach in reaches(panel) {
            for end in [reach.from, reach.to] {
                if end.is_finite() && (!log || end > 0.0) {
                    low = low.min(end);
                    high = high.max(end);
                }
            }
        }
        only_bins &= !panel.layers.iter().any(|layer| matches!(layer, Layer::Points(points) if points.edges.is_empty()));
    }
    if !only_bins && high > low && !log {
        let room = 0.04 * (high - low);
        (low, high) = (low - room, high + room);
    }
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    let given_low = axes().find_map(|axis| axis.low);
    let given_high = axes().find_map(|axis| axis.high);
    (given_low.unwrap_or(low), given_high.unwrap_or(high))
}

/// Vertical range without room for a legend.
pub(crate) fn vertical(panel: &Panel) -> (f64, f64) {
    let axis = &panel.axes.y;
    let reaches = reaches(panel);
    let image = panel.layers.iter().any(|layer| matches!(layer, Layer::Image(_)));
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut smallest = f64::INFINITY;
    for reach in &reaches {
        for end in [reach.low, reach.high] {
            if end.is_finite() {
                low = low.min(end);
                high = high.max(end);
            }
        }
        if reach.high.is_finite() && reach.high > 0.0 {
            smallest = smallest.min(reach.high);
        }
    }
    if !(low <= high) {
        (low, high) = if axis.log { (0.1, 1.0) } else { (0.0, 1.0) };
    }
    if axis.log {
        let smallest = if smallest.is_finite() { smallest } else { 1.0 };
        let low = axis.low.filter(|&v| v > 0.0).unwrap_or(smallest / 3.0);
        let high = axis.high.filter(|&v| v > 0.0).unwrap_or(high.max(2.0 * low) * 1.5);
        return (low, high);
    }
    let binned = panel.layers.iter().any(|layer| match layer {
        Layer::Points(points) => !points.edges.is_empty(),
        Layer::Steps(_) | Layer::Stack(_) => true,
        _ => false,
    });
    if low >= 0.0 && (binned || low < 0.4 * high) && !image {
        low = 0.0;
    } else if !image {
        low -= 0.08 * (high - low);
    }
    if !image {
        high += 0.06 * (high - low);
    }
    (axis.low.unwrap_or(low), axis.high.unwrap_or(high))
}
