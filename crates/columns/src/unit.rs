//! Units of measurement: parsing, dimensions, exact conversion factors.
//!
//! Energies, momenta and masses share one dimension (c = 1); an area of cross sections (`pb`) is a dimension of its own.
//! Angles and `percent` are plain numbers with a scale. Exponents are rational, so `sqrt` of a quantity has a unit.
//!
//! ```
//! use germane_columns::Unit;
//! let (energy, cut) = (Unit::parse("MeV")?, Unit::parse("GeV")?);
//! assert_eq!(energy.factor_to(&cut), Some(1e-3));
//! assert_eq!(Unit::parse("mm/ns")?.times(&Unit::parse("ns")?).to_string(), "mm");
//! assert_eq!(Unit::parse("Gev").unwrap_err().nearest.as_deref(), Some("GeV"));
//! # Ok::<(), germane_columns::UnitError>(())
//! ```

use std::fmt;

/// A reduced fraction with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ratio {
    numerator: i32,
    denominator: i32,
}

impl Ratio {
    /// `numerator / denominator`, reduced; both are kept within ±1000000 by saturation.
    ///
    /// # Panics
    /// If the denominator is 0.
    pub fn new(numerator: i64, denominator: i64) -> Self {
        assert!(denominator != 0, "a fraction needs a denominator");
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i64 * denominator.signum();
        let bound = |x: i64| x.clamp(-1_000_000, 1_000_000) as i32;
        Self { numerator: bound(numerator / divisor), denominator: bound(denominator / divisor) }
    }

    fn plus(self, other: Self) -> Self {
        let (a, b) = (i64::from(self.numerator), i64::from(self.denominator));
        let (c, d) = (i64::from(other.numerator), i64::from(other.denominator));
        Self::new(a * d + c * b, b * d)
    }

    fn times(self, other: Self) -> Self {
        Self::new(
            i64::from(self.numerator) * i64::from(other.numerator),
            i64::from(self.denominator) * i64::from(other.denominator),
        )
    }

    fn value(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }
}

impl From<i32> for Ratio {
    fn from(whole: i32) -> Self {
        Self::new(i64::from(whole), 1)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            d => write!(f, "{}/{d}", self.numerator),
        }
    }
}

/// Exponents of energy, length, time, area, voltage, charge and counts of a digitizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Dimension([Ratio; DIMENSIONS]);

const DIMENSIONS: usize = 7;
/// Position in [`NAMES`] of what is a plain number.
const PLAIN: usize = DIMENSIONS;

impl Dimension {
    const NONE: Self = Self([Ratio { numerator: 0, denominator: 1 }; DIMENSIONS]);

    fn base(position: usize) -> Self {
        let mut exponents = Self::NONE;
        exponents.0[position] = Ratio::from(1);
        exponents
    }

    fn plus(self, other: Self, sign: i32) -> Self {
        let mut sum = self;
        for (mine, theirs) in sum.0.iter_mut().zip(other.0) {
            *mine = mine.plus(theirs.times(Ratio::from(sign)));
        }
        sum
    }

    fn times(self, power: Ratio) -> Self {
        Self(self.0.map(|exponent| exponent.times(power)))
    }
}

/// `mantissa * 10^exponent`, so that factors between decimal units are exact.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    mantissa: f64,
    exponent: Ratio,
}

impl Scale {
    const ONE: Self = Self { mantissa: 1.0, exponent: Ratio { numerator: 0, denominator: 1 } };

    fn times(self, other: Self) -> Self {
        Self { mantissa: self.mantissa * other.mantissa, exponent: self.exponent.plus(other.exponent) }
    }

    fn over(self, other: Self) -> Self {
        let mantissa = if self.mantissa == other.mantissa { 1.0 } else { self.mantissa / other.mantissa };
        Self { mantissa, exponent: self.exponent.plus(other.exponent.times(Ratio::from(-1))) }
    }

    fn power(self, power: Ratio) -> Self {
        let mantissa = if self.mantissa == 1.0 { 1.0 } else { libm::pow(self.mantissa, power.value()) };
        Self { mantissa, exponent: self.exponent.times(power) }
    }

    fn value(self) -> f64 {
        let Ratio { numerator, denominator } = self.exponent;
        let ten = match (denominator, numerator) {
            // 10^22 is the largest power of ten that a double holds exactly
            (1, 0..=22) => (0..numerator).fold(1.0, |power, _| power * 10.0),
            (1, -22..0) => 1.0 / (0..-numerator).fold(1.0, |power, _| power * 10.0),
            _ => libm::pow(10.0, self.exponent.value()),
        };
        self.mantissa * ten
    }

    fn is_close(self, other: Self) -> bool {
        let (a, b) = (self.value(), other.value());
        (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
    }
}

/// Known names: dimension, mantissa, power of ten. Order decides which name a product is shown with.
const NAMES: [(&str, usize, f64, i32); 25] = [
    ("GeV", 0, 1.0, 0),
    ("MeV", 0, 1.0, -3),
    ("keV", 0, 1.0, -6),
    ("eV", 0, 1.0, -9),
    ("TeV", 0, 1.0, 3),
    ("mm", 1, 1.0, 0),
    ("cm", 1, 1.0, 1),
    ("m", 1, 1.0, 3),
    ("um", 1, 1.0, -3),
    ("nm", 1, 1.0, -6),
    ("fm", 1, 1.0, -12),
    ("ns", 2, 1.0, 0),
    ("us", 2, 1.0, 3),
    ("ms", 2, 1.0, 6),
    ("s", 2, 1.0, 9),
    ("ps", 2, 1.0, -3),
    ("pb", 3, 1.0, 0),
    ("fb", 3, 1.0, -3),
    ("nb", 3, 1.0, 3),
    ("mb", 3, 1.0, 9),
    ("barn", 3, 1.0, 12),
    ("rad", PLAIN, 1.0, 0),
    ("mrad", PLAIN, 1.0, -3),
    ("deg", PLAIN, std::f64::consts::PI / 180.0, 0),
    ("percent", PLAIN, 1.0, -2),
];

/// Names of detectors and electronics, which products are never shown with: exponents of dimensions, mantissa, power of ten.
const MORE_NAMES: [(&str, &[(usize, i32)], f64, i32); 14] = [
    ("µs", &[(2, 1)], 1.0, 3),
    ("min", &[(2, 1)], 60.0, 9),
    ("h", &[(2, 1)], 3600.0, 9),
    ("d", &[(2, 1)], 86400.0, 9),
    ("Hz", &[(2, -1)], 1.0, -9),
    ("kHz", &[(2, -1)], 1.0, -6),
    ("MHz", &[(2, -1)], 1.0, -3),
    ("GHz", &[(2, -1)], 1.0, 0),
    ("V", &[(4, 1)], 1.0, 0),
    ("mV", &[(4, 1)], 1.0, -3),
    ("uV", &[(4, 1)], 1.0, -6),
    ("C", &[(5, 1)], 1.0, 0),
    ("pF", &[(5, 1), (4, -1)], 1.0, -12),
    ("ADC", &[(6, 1)], 1.0, 0),
];

/// A unit: a text and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    text: String,
    scale: Scale,
    dimension: Dimension,
}

/// A text that is no unit.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitError {
    /// The part that is unknown.
    pub text: String,
    /// Byte position of that part in the text.
    pub position: usize,
    /// The nearest known name.
    pub nearest: Option<String>,
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no unit `{}`", self.text)?;
        self.nearest.as_ref().map_or(Ok(()), |name| write!(f, ": did you mean `{name}`?"))
    }
}

impl std::error::Error for UnitError {}

impl Default for Unit {
    fn default() -> Self {
        Self::one()
    }
}

impl Unit {
    /// The unit of plain numbers, shown as `1`.
    pub fn one() -> Self {
        Self { text: "1".to_owned(), scale: Scale::ONE, dimension: Dimension::NONE }
    }

    /// Names that products are shown with, and that are suggested for unknown ones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|known| known.0)
    }

    /// The unit of one name, e.g. `GeV`.
    pub fn named(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|known| known.0 == name).map(|&(_, position, mantissa, exponent)| {
            let dimension = if position == PLAIN { Dimension::NONE } else { Dimension::base(position) };
            (dimension, mantissa, exponent)
        });
        let more = || {
            let &(_, powers, mantissa, exponent) = MORE_NAMES.iter().find(|known| known.0 == name)?;
            let mut dimension = Dimension::NONE;
            for &(position, power) in powers {
                dimension = dimension.plus(Dimension::base(position), power);
            }
            Some((dimension, mantissa, exponent))
        };
        let (dimension, mantissa, exponent) = known.or_else(more)?;
        Some(Self { text: name.to_owned(), scale: Scale { mantissa, exponent: exponent.into() }, dimension })
    }

    /// Parses `GeV`, `mm/ns`, `GeV**2`, `GeV**1/2`, `/GeV`, `1/GeV`; the text is kept for display.
    ///
    /// # Errors
    /// [`UnitError`] with the part that is unknown, its place and the nearest name.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let mut unit = Self::one();
        let (mut rest, mut inverse) = (text, false);
        if let Some(after) = rest.strip_prefix("1/").or_else(|| rest.strip_prefix('/')) {
            (rest, inverse) = (after, true);
        } else if rest == "1" {
            return Ok(unit);
        }
        loop {
            let position = text.len() - rest.len();
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic() && c != 'µ').unwrap_or(rest.len());
            let name = &rest[..letters];
            let unknown = |text: &str| UnitError { text: text.to_owned(), position, nearest: nearest_name(text) };
            let Some(mut factor) = Self::named(name) else {
                return Err(unknown(if name.is_empty() { rest } else { name }));
            };
            rest = &rest[letters..];
            if let Some(after) = rest.strip_prefix("**") {
                let (power, after) = exponent(after).ok_or_else(|| unknown(rest))?;
                factor = factor.power(power);
                rest = after;
            }
            unit = if inverse { unit.over(&factor) } else { unit.times(&factor) };
            match rest.as_bytes().first() {
                None => break,
                Some(b'*') => inverse = false,
                Some(b'/') => inverse = true,
                Some(_) => return Err(UnitError { text: rest.to_owned(), position: text.len() - rest.len(), nearest: None }),
            }
            rest = &rest[1..];
        }
        text.clone_into(&mut unit.text);
        Ok(unit)
    }

    /// Whether quantities in this unit have a dimension.
    pub fn has_dimension(&self) -> bool {
        self.dimension != Dimension::NONE
    }

    /// Whether this is the unit of plain numbers.
    pub fn is_one(&self) -> bool {
        !self.has_dimension() && self.scale == Scale::ONE
    }

    /// Whether both measure the same kind of quantity.
    pub fn same_dimension(&self, other: &Self) -> bool {
        self.dimension == other.dimension
    }

    /// Number by which a value in this unit is multiplied to be in `other`; `None` where the dimensions differ.
    /// The factor is exact (or correctly rounded) between decimal units.
    pub fn factor_to(&self, other: &Self) -> Option<f64> {
        self.same_dimension(other).then(|| self.scale.over(other.scale).value())
    }

    /// The factor of [`Unit::factor_to`] as a fraction, where it is one of whole numbers below 2⁶³ (all but factors of angles).
    ///
    /// ```
    /// use germane_columns::Unit;
    /// let (us, ns, hour) = (Unit::parse("us")?, Unit::parse("ns")?, Unit::parse("h")?);
    /// assert_eq!(us.fraction_to(&ns), Some((1000, 1)));
    /// assert_eq!(ns.fraction_to(&hour), Some((1, 3_600_000_000_000)));
    /// # Ok::<(), germane_columns::UnitError>(())
    /// ```
    pub fn fraction_to(&self, other: &Self) -> Option<(i64, i64)> {
        if !self.same_dimension(other) {
            return None;
        }
        let Scale { mantissa, exponent } = self.scale.over(other.scale);
        let whole = |value: f64| (value.fract() == 0.0 && value.abs() < 9e15 && value != 0.0).then_some(value as i64);
        let inverse = || {
            let below = (1.0 / mantissa).round();
            (1.0 / below == mantissa).then(|| whole(below)).flatten().map(|below| (1, below))
        };
        let (above, below) = whole(mantissa).map(|above| (above, 1)).or_else(inverse)?;
        let Ratio { numerator, denominator: 1 } = exponent else { return None };
        let ten = 10_i64.checked_pow(numerator.unsigned_abs())?;
        let (above, below) = if numerator >= 0 { (above.checked_mul(ten)?, below) } else { (above, below.checked_mul(ten)?) };
        let common = gcd(above.unsigned_abs(), below.unsigned_abs()) as i64;
        Some((above / common, below / common))
    }

    /// Size of the unit in the base unit of its dimension (GeV, mm, ns, pb, plain number).
    pub fn scale(&self) -> f64 {
        self.scale.value()
    }

    /// Unit of a product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let text = match (self.text.as_str(), other.text.as_str()) {
            (_, "1") => self.text.clone(),
            ("1", _) => other.text.clone(),
            (a, b) => format!("{a}*{b}"),
        };
        Self::shown(self.scale.times(other.scale), self.dimension.plus(other.dimension, 1), text)
    }

    /// Unit of a quotient.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        let text = match (self.text.as_str(), other.text.as_str()) {
            (_, "1") => self.text.clone(),
            ("1", b) => format!("1/{b}"),
            (a, b) => format!("{a}/{b}"),
        };
        Self::shown(self.scale.over(other.scale), self.dimension.plus(other.dimension, -1), text)
    }

    /// Unit of a power.
    #[must_use]
    pub fn power(&self, power: Ratio) -> Self {
        let text = if self.has_dimension() { format!("({})**{power}", self.text) } else { "1".to_owned() };
        Self::shown(self.scale.power(power), self.dimension.times(power), text)
    }

    /// The shortest known name of what a computation gave, else the text of the computation.
    fn shown(scale: Scale, dimension: Dimension, text: String) -> Self {
        if dimension == Dimension::NONE {
            return if scale == Scale::ONE { Self::one() } else { Self { text, scale, dimension } };
        }
        let powers = [Ratio::from(1), Ratio::from(2), Ratio::from(3), Ratio::from(4), Ratio::new(1, 2)];
        for name in Self::names() {
            let known = Self::named(name).unwrap_or_default();
            for power in powers {
                if known.dimension.times(power) == dimension && known.scale.power(power).is_close(scale) {
                    let text = if power == Ratio::from(1) { name.to_owned() } else { format!("{name}**{power}") };
                    return Self { text, scale, dimension };
                }
            }
        }
        Self { text, scale, dimension }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// The exponent at the start of `text` (`2`, `-1`, `1/2`) and what follows it.
fn exponent(text: &str) -> Option<(Ratio, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let end = digits(unsigned);
    let whole: i32 = unsigned[..end].parse().ok().filter(|whole| *whole <= 100)?;
    let sign = if unsigned.len() < text.len() { -1 } else { 1 };
    let rest = &unsigned[end..];
    if let Some(after) = rest.strip_prefix('/').filter(|after| digits(after) > 0) {
        let end = digits(after);
        let below: i32 = after[..end].parse().ok().filter(|below| (1..=12).contains(below))?;
        return Some((Ratio::new(i64::from(sign * whole), i64::from(below)), &after[end..]));
    }
    Some((Ratio::from(sign * whole), rest))
}

/// Nearest name by edit distance ignoring case, at most a third of the letters away. This room knows no texts room.
fn nearest_name(word: &str) -> Option<String> {
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let wanted = lower(word);
    if wanted.len() > 64 {
        return None;
    }
    let distance = |name: &str| {
        let known = lower(name);
        let width = known.len() + 1;
        let mut table: Vec<usize> = (0..(wanted.len() + 1) * width).collect();
        for i in 0..=wanted.len() {
            for j in 0..=known.len() {
                table[i * width + j] = if i * j == 0 {
                    i + j
                } else {
                    let differs = usize::from(wanted[i - 1] != known[j - 1]);
                    let straight = table[(i - 1) * width + j - 1] + differs;
                    let swapped = i > 1 && j > 1 && wanted[i - 1] == known[j - 2] && wanted[i - 2] == known[j - 1];
                    let swap = if swapped { table[(i - 2) * width + j - 2] + 1 } else { usize::MAX };
                    straight.min(table[(i - 1) * width + j] + 1).min(table[i * width + j - 1] + 1).min(swap)
                };
            }
        }
        let only_case = known == wanted && name != word;
        table[wanted.len() * width + known.len()] * 2 + usize::from(only_case)
    };
    let (best, name) = Unit::names().map(|name| (distance(name), name)).min()?;
    (best <= 2 * (word.chars().count() / 3).max(1)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> Unit {
        Unit::parse(text).unwrap()
    }

    #[test]
    fn factors_between_decimal_units_are_exact() {
        for (from, to, factor) in [
            ("GeV", "MeV", 1000.0),
            ("MeV", "keV", 1000.0),
            ("keV", "eV", 1000.0),
            ("eV", "TeV", 1e-12),
            ("us", "ns", 1000.0),
            ("fm", "m", 1e-15),
            ("barn", "fb", 1e15),
            ("GeV**2", "MeV**2", 1e6),
            ("/GeV", "1/MeV", 1e-3),
            ("mm/ns", "m/s", 1e6),
            ("percent", "mrad", 10.0),
        ] {
            assert_eq!(unit(from).factor_to(&unit(to)), Some(factor), "{from} -> {to}");
        }
        assert_eq!(unit("deg").factor_to(&unit("rad")), Some(std::f64::consts::PI / 180.0));
        assert_eq!(unit("GeV").factor_to(&unit("mm")), None);
    }

    #[test]
    fn units_of_electronics_have_exact_factors() {
        for (from, to, factor) in [
            ("µs", "ns", (1000, 1)),
            ("min", "s", (60, 1)),
            ("d", "h", (24, 1)),
            ("s", "h", (1, 3600)),
            ("MHz", "1/us", (1, 1)),
            ("1/GHz", "ns", (1, 1)),
            ("pF*mV", "C", (1, 1_000_000_000_000_000)),
            ("ADC", "ADC", (1, 1)),
        ] {
            assert_eq!(unit(from).fraction_to(&unit(to)), Some(factor), "{from} -> {to}");
        }
        assert_eq!(unit("ADC").fraction_to(&unit("mV")), None);
        assert_eq!(unit("deg").fraction_to(&unit("rad")), None);
        assert_eq!(Unit::one().over(&unit("ns")).to_string(), "1/ns");
    }

    #[test]
    fn products_and_powers_are_shown_by_their_shortest_name() {
        assert_eq!(unit("GeV").times(&unit("GeV")).to_string(), "GeV**2");
        assert_eq!(unit("GeV").times(&unit("GeV")).power(Ratio::new(1, 2)).to_string(), "GeV");
        assert_eq!(unit("GeV").power(Ratio::new(1, 2)).to_string(), "GeV**1/2");
        assert_eq!(unit("GeV").over(&unit("MeV")).to_string(), "GeV/MeV");
        assert_eq!(unit("GeV").over(&unit("GeV")).to_string(), "1");
        assert_eq!(Unit::one().over(&unit("GeV")).to_string(), "1/GeV");
        assert_eq!(unit("m").over(&unit("s")).to_string(), "m/s");
    }

    #[test]
    fn texts_are_kept_and_read_again() {
        for text in ["GeV", "mm/ns", "GeV**2", "GeV**1/2", "/GeV", "1/GeV", "GeV*mm", "GeV**-1"] {
            assert_eq!(unit(text).to_string(), text);
        }
        assert!(unit("GeV**1/2").times(&unit("GeV**1/2")).same_dimension(&unit("GeV")));
        assert!(unit("1").is_one() && unit("rad").is_one() && !unit("deg").is_one());
    }

    #[test]
    fn unknown_names_get_the_nearest() {
        for (text, name, nearest) in
            [("Gev", "Gev", Some("GeV")), ("mm/nss", "nss", Some("ns")), ("x", "x", Some("m")), ("lightyear", "lightyear", None)]
        {
            let error = Unit::parse(text).unwrap_err();
            assert_eq!((error.text.as_str(), error.nearest.as_deref()), (name, nearest), "{text}");
        }
        for text in ["", "/", "GeV/", "GeV**", "GeV**x", "GeV mm", "GeV**2/0", "é", "GeV**999999999999"] {
            assert!(Unit::parse(text).is_err(), "{text}");
        }
    }
}
