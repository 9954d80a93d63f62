//! The values of a statistic in a range of toys.

use std::collections::BTreeMap;
use std::ops::Range;

use super::p_value::PValue;

/// Statistics that differ by less are equal: data are counts, and equal ones come in other orders of rounding.
pub(super) const TIE: f64 = 1e-9;

/// Why a toy has no statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Failure {
    /// -ln L is not finite where a fit starts.
    NotFinite,
    /// A fit ended where the gradient does not vanish.
    NoMinimum,
    /// A fit ran out of iterations.
    Iterations,
}

impl Failure {
    /// All.
    pub const ALL: [Self; 3] = [Self::NotFinite, Self::NoMinimum, Self::Iterations];

    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotFinite => "not_finite",
            Self::NoMinimum => "no_minimum",
            Self::Iterations => "iterations",
        }
    }

    /// In words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotFinite => "the likelihood is not defined at the start of a fit",
            Self::NoMinimum => "a fit ended where the gradient does not vanish",
            Self::Iterations => "a fit ran out of iterations",
        }
    }
}

/// The values of a statistic in the toys `first`, `first + 1`, ….
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Number of the first toy.
    pub first: u64,
    /// What each toy gave.
    pub toys: Vec<Result<f64, Failure>>,
}

impl Sample {
    /// Numbers of the toys.
    pub fn range(&self) -> Range<u64> {
        self.first..self.first + self.toys.len() as u64
    }

    /// Puts the toys that follow these behind them.
    ///
    /// # Errors
    /// The other sample, if it begins at another toy.
    pub fn append(&mut self, other: Self) -> Result<(), Self> {
        if other.first != self.range().end {
            return Err(other);
        }
        self.toys.extend(other.toys);
        Ok(())
    }

    /// Values of the toys that have one, in their order.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.toys.iter().filter_map(|toy| toy.ok())
    }

    /// Toys that failed, by reason.
    pub fn failures(&self) -> BTreeMap<Failure, u64> {
        let mut failures = BTreeMap::new();
        for failure in self.toys.iter().filter_map(|toy| toy.err()) {
            *failures.entry(failure).or_default() += 1;
        }
        failures
    }

    /// How many toys reach an observed value.
    pub fn p_value(&self, observed: f64) -> PValue {
        let mut p = PValue { reached: 0, toys: 0 };
        for value in self.values() {
            p.toys += 1;
            p.reached += u64::from(value >= observed - TIE);
        }
        p
    }

    /// Values that are exceeded with the given probabilities, NaN without toys: of ordered values the one at which that part of
    /// them is larger or equal.
    pub fn exceeded<const N: usize>(&self, probabilities: [f64; N]) -> [f64; N] {
        let mut values: Vec<f64> = self.values().collect();
        values.sort_by(|a, b| b.total_cmp(a));
        probabilities.map(|probability| {
            let place = (probability * values.len() as f64).ceil().max(1.0) as usize;
            values.get(place.min(values.len()).wrapping_sub(1)).copied().unwrap_or(f64::NAN)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(first: u64, values: &[f64]) -> Sample {
        Sample { first, toys: values.iter().map(|value| Ok(*value)).collect() }
    }

    #[test]
    fn ties_count_and_failures_are_kept() {
        let mut all = sample(0, &[1.0, 2.0 - 1e-12, 2.0, 3.0]);
        all.append(Sample { first: 4, toys: vec![Err(Failure::NoMinimum), Ok(0.0)] }).unwrap();
        assert_eq!(all.p_value(2.0), PValue { reached: 3, toys: 5 });
        assert_eq!(all.failures().into_iter().collect::<Vec<_>>(), [(Failure::NoMinimum, 1)]);
        assert_eq!(all.range(), 0..6);
        assert!(all.append(sample(7, &[0.0])).is_err());
    }

    #[test]
    fn exceeded_values_are_those_of_the_order() {
        let ten = sample(0, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert_eq!(ten.exceeded([0.1, 0.5, 1.0, 0.0]), [9.0, 5.0, 0.0, 9.0]);
        assert!(sample(0, &[]).exceeded([0.5])[0].is_nan());
    }
}
