//! How much work Minuit does for how sure a result.

/// 0 (fast), 1 (default) or 2 (careful), with what each says about the numerical derivatives.
///
/// Source: the reference guide of Minuit2, class `MnStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// HESSE is never called by MIGRAD.
    Fast,
    /// HESSE is called where the matrix is not yet sure.
    Default,
    /// HESSE is called before and after.
    Careful,
}

/// Cycles and tolerances of a numerical derivative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refinement {
    /// Most changes of the step.
    pub(super) cycles: usize,
    /// A step that changes by less is kept.
    pub(super) step: f64,
    /// A derivative that changes by less is taken.
    pub(super) derivative: f64,
}

impl Strategy {
    /// The strategy of a number.
    ///
    /// # Errors
    /// The number, if it is not 0, 1 or 2.
    pub fn of(number: u8) -> Result<Self, u8> {
        [Self::Fast, Self::Default, Self::Careful].get(usize::from(number)).copied().ok_or(number)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self as u8
    }

    fn pick<T>(self, [fast, default, careful]: [T; 3]) -> T {
        match self {
            Self::Fast => fast,
            Self::Default => default,
            Self::Careful => careful,
        }
    }

    /// Of the gradient.
    pub(super) fn gradient(self) -> Refinement {
        Refinement { cycles: self.pick([2, 3, 5]), step: self.pick([0.5, 0.3, 0.1]), derivative: self.pick([0.1, 0.05, 0.02]) }
    }

    /// Of the diagonal of HESSE.
    pub(super) fn hessian(self) -> Refinement {
        Refinement { cycles: self.pick([3, 5, 7]), step: self.pick([0.5, 0.3, 0.1]), derivative: self.pick([0.1, 0.05, 0.02]) }
    }

    /// Cycles of the gradient that HESSE refines.
    pub(super) fn refined_gradient_cycles(self) -> usize {
        self.pick([1, 2, 6])
    }

    /// Whether MIGRAD calls HESSE, where the matrix has the given accuracy (0 is exact, 1 unknown).
    pub(super) fn verifies(self, inaccuracy: f64) -> bool {
        match self {
            Self::Fast => false,
            Self::Default => inaccuracy > 0.05,
            Self::Careful => true,
        }
    }
}
