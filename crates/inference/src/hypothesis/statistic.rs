//! Test statistics of one parameter.

/// A statistic that tests a value μ of the parameter of interest. L is -ln L, minimised over the other parameters; the best
/// μ lies within the bounds of its parameter.
///
/// Source: Cowan, Cranmer, Gross, Vitells, Eur. Phys. J. C 71 (2011) 1554, section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// t(μ) = 2 [L(μ) - L(μ̂)].
    T,
    /// t~(μ): the same with the best μ that is not negative.
    TTilde,
    /// q(μ): t(μ) if μ̂ <= μ, else 0.
    Q,
    /// q~(μ): t~(μ) if μ̂ <= μ, else 0.
    QTilde,
    /// q0: 2 [L(0) - L(μ̂)] if μ̂ >= 0, else 0; the tested value is 0.
    Q0,
}

impl Statistic {
    /// All, as the command names them.
    pub const NAMES: [(&'static str, Self); 5] =
        [("q0", Self::Q0), ("t", Self::T), ("ttilde", Self::TTilde), ("q", Self::Q), ("qtilde", Self::QTilde)];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, statistic)| *statistic == self).map_or("", |(name, _)| name)
    }

    /// The tested value: 0 for q0.
    pub(crate) fn tested(self, value: f64) -> f64 {
        if self == Self::Q0 { 0.0 } else { value }
    }

    /// Whether the best μ is that of μ >= 0. A best μ below 0 makes q0 vanish, as one at 0 does.
    pub(crate) fn is_not_negative(self) -> bool {
        matches!(self, Self::TTilde | Self::QTilde | Self::Q0)
    }

    /// Whether a best value of the parameter is no evidence against the tested one.
    pub(crate) fn is_one_sided(self, best: f64, tested: f64) -> bool {
        match self {
            Self::T | Self::TTilde => false,
            Self::Q | Self::QTilde => best > tested,
            Self::Q0 => best <= 0.0,
        }
    }
}
