//! Contents of bins and the bars of data points: Garwood intervals, weighted where the histogram was.

use germane_histograms::intervals::{ONE_SIGMA, garwood, garwood_weighted};

use super::axis_label::common_width;
use crate::figure::{Look, Points};

/// Contents of bins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Edges, one more than values.
    pub edges: Vec<f64>,
    /// Sums of weights, or counts.
    pub values: Vec<f64>,
    /// Sums of squared weights; none if unknown (no bars are drawn).
    pub variances: Option<Vec<f64>>,
    /// Filled without weights: values are counts, bars are Garwood intervals.
    pub unweighted: bool,
}

/// Lower and upper ends of bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// Lower ends; empty for no bars.
    pub low: Vec<f64>,
    /// Upper ends; empty for no bars.
    pub high: Vec<f64>,
    /// How they were made.
    pub errors: &'static str,
}

impl Contents {
    /// Counts of an unweighted histogram.
    pub fn counts(edges: &[f64], values: &[f64]) -> Self {
        Self { edges: edges.to_vec(), values: values.to_vec(), variances: Some(values.to_vec()), unweighted: true }
    }

    /// Sums of weights and of squared weights.
    pub fn weighted(edges: &[f64], values: &[f64], variances: &[f64]) -> Self {
        Self { edges: edges.to_vec(), values: values.to_vec(), variances: Some(variances.to_vec()), unweighted: false }
    }

    /// Sum of the values.
    pub(super) fn total(&self) -> f64 {
        self.values.iter().filter(|v| v.is_finite()).sum()
    }

    /// What a bin's content is multiplied by where it is drawn: 1, or 1/width if widths differ.
    pub(super) fn factors(&self) -> Vec<f64> {
        factors(&self.edges)
    }

    /// Bars before any scaling: Garwood for counts; for weights s Garwood(n_eff), s = sum w²/sum w, the whole
    /// histogram's s in an empty bin; the root of the variance where the sum is negative.
    pub fn bars(&self) -> Bars {
        let Some(variances) = &self.variances else { return Bars::default() };
        let mut bars = Bars { errors: if self.unweighted { "garwood" } else { "garwood_weighted" }, ..Bars::default() };
        let sum: f64 = self.values.iter().sum();
        let squares: f64 = variances.iter().sum();
        let common = if sum > 0.0 { squares / sum } else { f64::NAN };
        for (&value, &variance) in self.values.iter().zip(variances) {
            let (low, high) =
                if self.unweighted { garwood(value, ONE_SIGMA) } else { garwood_weighted(value, variance, common, ONE_SIGMA) };
            bars.low.push(low);
            bars.high.push(high);
        }
        bars
    }

    /// First filled bin and the one behind the last: empty bins outside say nothing and are not drawn.
    pub(super) fn filled(&self) -> [usize; 2] {
        let filled = |(i, &value): (usize, &f64)| (value != 0.0 && !value.is_nan()).then_some(i);
        let first = self.values.iter().enumerate().find_map(filled);
        let last = self.values.iter().enumerate().rev().find_map(filled);
        match (first, last) {
            (Some(first), Some(last)) => [first, last + 1],
            _ => [0, 0],
        }
    }

    /// Data points with bars, per width where widths differ.
    pub(super) fn points(&self, role: &str, name: &str) -> Points {
        let factors = self.factors();
        let bars = self.bars();
        let drawn = self.filled();
        Points {
            look: Look::role(role).named(name),
            edges: self.edges.clone(),
            values: scaled(&self.values, &factors),
            low: scaled(&bars.low, &factors),
            high: scaled(&bars.high, &factors),
            errors: Some(bars.errors.to_owned()).filter(|e| !e.is_empty()),
            drawn: (drawn != [0, self.values.len()]).then_some(drawn),
            widths: common_width(&self.edges).is_none(),
            ..Points::default()
        }
    }
}

/// See [`Contents::factors`].
pub(super) fn factors(edges: &[f64]) -> Vec<f64> {
    let even = common_width(edges).is_some();
    edges.windows(2).map(|pair| if even { 1.0 } else { 1.0 / (pair[1] - pair[0]) }).collect()
}

pub(super) fn scaled(values: &[f64], factors: &[f64]) -> Vec<f64> {
    values.iter().zip(factors).map(|(value, factor)| value * factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn counts_have_garwood_bars() {
        // mpmath 1.3, 40 digits: gamma quantiles (1∓CL)/2 of shape n, n+1 with CL = 0.682689492137086.
        let bars = Contents::counts(&[0.0, 1.0, 2.0], &[0.0, 147.0]).bars();
        assert!(close(bars.low[0], 0.0) && close(bars.high[0], 1.8410216450092634));
        assert!(close(bars.low[1], 147.0 - 12.110556346271153) && close(bars.high[1], 147.0 + 13.151872880494693));
        assert_eq!(bars.errors, "garwood");
    }

    #[test]
    fn weighted_empty_bins_use_the_scale_of_the_whole_histogram() {
        let bars = Contents::weighted(&[0.0, 1.0, 2.0, 3.0], &[8.0, 0.0, -1.0], &[16.0, 0.0, 3.0]).bars();
        // Sum of w 7, of w² 19.
        assert!(close(bars.high[1], 19.0 / 7.0 * 1.8410216450092634));
        assert!(close(bars.low[2], -1.0 - 3.0f64.sqrt()));
        assert!(close(bars.low[0], 2.0 * 2.085660813777117));
    }

    #[test]
    fn only_the_filled_range_is_drawn() {
        assert_eq!(Contents::counts(&[0.0, 1.0, 2.0, 3.0, 4.0], &[0.0, 2.0, 0.0, 1.0]).filled(), [1, 4]);
        assert_eq!(Contents::counts(&[0.0, 1.0], &[0.0]).filled(), [0, 0]);
    }
}
