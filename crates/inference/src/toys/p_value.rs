//! p-values from counting toys.

use germane_histograms::intervals::{ONE_SIGMA, clopper_pearson};

/// How many toys have a statistic at least as large as the observed one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PValue {
    /// Toys with a statistic that is not below the observed one (ties count).
    pub reached: u64,
    /// Toys with a statistic.
    pub toys: u64,
}

impl PValue {
    /// (1 + reached)/(1 + toys): never 0, and valid as a p-value for any number of toys.
    ///
    /// Source: Davison, Hinkley, Bootstrap Methods and their Application (1997), section 4.2.
    pub fn p(self) -> f64 {
        (1 + self.reached) as f64 / (1 + self.toys) as f64
    }

    /// reached/toys, the estimate without bias; NaN without toys.
    pub fn ratio(self) -> f64 {
        self.reached as f64 / self.toys as f64
    }

    /// Central interval of one standard deviation for the probability (Clopper and Pearson); NaN without toys.
    pub fn interval(self) -> (f64, f64) {
        if self.toys == 0 {
            return (f64::NAN, f64::NAN);
        }
        clopper_pearson(self.reached as f64, self.toys as f64, ONE_SIGMA)
    }

    /// Standard deviation of [`PValue::ratio`].
    pub fn error(self) -> f64 {
        let ratio = self.ratio();
        (ratio * (1.0 - ratio) / self.toys as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_toy_above_is_no_p_value_of_zero() {
        let none = PValue { reached: 0, toys: 99 };
        assert_eq!((none.p(), none.ratio()), (0.01, 0.0));
        // (1 - upper)^99 = (1 - 0.6827)/2
        let (lower, upper) = none.interval();
        assert_eq!(lower, 0.0);
        assert!(
            (99.0 * germane_numerics::maths::ln(1.0 - upper) - germane_numerics::maths::ln(0.158_655_253_931_457)).abs() < 1e-9
        );
        assert!(PValue { reached: 0, toys: 0 }.interval().0.is_nan());
    }
}
