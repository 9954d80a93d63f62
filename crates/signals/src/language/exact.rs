//! Numbers that are known while planning, folded exactly: `11*us` at 16 ns are 687.5 samples, not 687.4999….

use std::cmp::Ordering;

/// A fraction of whole numbers below 2¹²⁷; operations that leave them give `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    numerator: i128,
    /// positive
    denominator: i128,
}

impl Exact {
    pub(crate) const fn whole(value: i64) -> Self {
        Self { numerator: value as i128, denominator: 1 }
    }

    pub(crate) fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 || denominator == i128::MIN || numerator == i128::MIN {
            return None;
        }
        let common = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128 * denominator.signum();
        Some(Self { numerator: numerator / common, denominator: denominator / common })
    }

    /// A decimal number as it is written: `11.2`, `1e-3`, `1_000`.
    pub(crate) fn decimal(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let mut numerator: i128 = 0;
        for c in before.chars().chain(after.chars()).filter(|c| *c != '_') {
            numerator = numerator.checked_mul(10)?.checked_add(i128::from(c.to_digit(10)?))?;
        }
        let power = exponent.checked_sub(i32::try_from(after.len()).ok()?)?;
        let ten = 10_i128.checked_pow(power.unsigned_abs())?;
        let (numerator, denominator) = if power >= 0 { (numerator.checked_mul(ten)?, 1) } else { (numerator, ten) };
        Self::new(if negative { -numerator } else { numerator }, denominator)
    }

    /// The shortest decimal number that reads as `value`: what was meant where a file holds `0.1`.
    pub(crate) fn shortest(value: f64) -> Option<Self> {
        if value.is_finite() { Self::decimal(&format!("{value:e}")) } else { None }
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    pub(crate) fn negated(self) -> Self {
        Self { numerator: -self.numerator, ..self }
    }

    pub(crate) fn times(self, other: Self) -> Option<Self> {
        let numerator = self.numerator.checked_mul(other.numerator)?;
        Self::new(numerator, self.denominator.checked_mul(other.denominator)?)
    }

    pub(crate) fn over(self, other: Self) -> Option<Self> {
        if other.numerator == 0 {
            return None;
        }
        self.times(Self::new(other.denominator, other.numerator)?)
    }

    pub(crate) fn power(self, power: u32) -> Option<Self> {
        Self::new(self.numerator.checked_pow(power)?, self.denominator.checked_pow(power)?)
    }

    pub(crate) fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The nearest whole number, half to even.
    pub(crate) fn nearest(self) -> i128 {
        let floor = self.floor();
        let twice = (self.numerator - floor * self.denominator).saturating_mul(2);
        match twice.cmp(&self.denominator) {
            Ordering::Less => floor,
            Ordering::Greater => floor + 1,
            Ordering::Equal => floor + floor.rem_euclid(2),
        }
    }

    /// Whether it lies in the middle of two whole numbers.
    pub(crate) fn is_tie(self) -> bool {
        self.denominator == 2
    }

    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let left = self.numerator.checked_mul(other.denominator)?;
        Some(left.cmp(&other.numerator.checked_mul(self.denominator)?))
    }

    /// The nearest double where both parts are below 2⁵³, else within an ulp.
    pub(crate) fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The whole number, if it is one.
    pub(crate) fn as_whole(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::decimal(text).unwrap()
    }

    #[test]
    fn decimals_are_kept() {
        assert_eq!(exact("11.2"), Exact::new(56, 5).unwrap());
        assert_eq!(exact("1e-3").times(exact("1000")), Some(Exact::whole(1)));
        assert_eq!(exact("-0.5").floor(), -1);
        assert_eq!(Exact::shortest(0.1), Exact::new(1, 10));
        assert_eq!(Exact::shortest(1.6e1).unwrap(), Exact::whole(16));
        assert_eq!(Exact::decimal("1e99"), None);
        assert_eq!(Exact::shortest(f64::NAN), None);
    }

    #[test]
    fn halves_go_to_even() {
        let half = |text: &str| exact(text).nearest();
        assert_eq!((half("687.5"), half("0.5"), half("1.5"), half("-0.5"), half("-1.5")), (688, 0, 2, 0, -2));
        assert_eq!((half("0.49"), half("0.51"), half("-0.51")), (0, 1, -1));
        assert!(exact("687.5").is_tie() && !exact("687.25").is_tie());
    }

    #[test]
    fn overflow_is_nothing() {
        let large = Exact::whole(i64::MAX);
        assert!(large.times(large).and_then(|square| square.times(large)).is_none());
        assert_eq!(Exact::whole(1).over(Exact::whole(0)), None);
    }
}
