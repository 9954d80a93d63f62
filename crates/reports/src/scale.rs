//! From the numbers of an axis to points on the canvas.

use germane_numerics::maths::log10;

/// An axis laid along the canvas; linear or logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) log: bool,
    /// Where `low` and `high` lie, in points.
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Scale {
    /// An axis from `low` to `high`; ends that are no range become 0..1.
    pub(crate) fn new(low: f64, high: f64, log: bool, from: f64, to: f64) -> Self {
        let usable = low.is_finite() && high.is_finite() && (high - low).is_finite() && low < high && (!log || low > 0.0);
        let (low, high) = if usable {
            (low, high)
        } else if log {
            (0.1, 1.0)
        } else {
            (0.0, 1.0)
        };
        Self { low, high, log, from, to }
    }

    /// The share of the way from low to high; far outside it is cut to a few lengths, NaN stays.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let share = if self.log {
            if value > 0.0 {
                (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
            } else if value.is_nan() {
                f64::NAN
            } else {
                f64::NEG_INFINITY
            }
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if share.is_nan() { share } else { share.clamp(-4.0, 5.0) }
    }

    /// The place on the canvas.
    pub(crate) fn at(&self, value: f64) -> f64 {
        self.from + self.share(value) * (self.to - self.from)
    }

    /// Whether a value lies on the axis, ends included.
    pub(crate) fn holds(&self, value: f64) -> bool {
        value >= self.low && value <= self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_map_to_ends() {
        let linear = Scale::new(60.0, 120.0, false, 10.0, 310.0);
        assert_eq!((linear.at(60.0), linear.at(90.0), linear.at(120.0)), (10.0, 160.0, 310.0));
        let log = Scale::new(1.0, 100.0, true, 100.0, 0.0);
        assert!((log.at(10.0) - 50.0).abs() < 1e-12);
        assert_eq!(log.at(0.0), 500.0);
        assert!(log.at(f64::NAN).is_nan());
    }
}
