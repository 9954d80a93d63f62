//! Activation functions of networks.

use crate::processor::{Call, Fault};
use germane_numerics::maths;

/// What is done with a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    /// 1 / (1 + exp(-x))
    Sigmoid,
    /// max(x, 0)
    Relu,
    /// x, and 0.01 x below 0
    LeakyRelu,
    /// ln(1 + exp(x)), which chains call softmax
    Softplus,
    /// tanh(x)
    Tanh,
}

impl Activation {
    /// From the letter of argument `k`.
    ///
    /// # Errors
    /// Another letter.
    pub(super) fn of(call: &Call<'_>, k: usize) -> Result<Self, Fault> {
        Ok(match call.letter(k, "srlmt")? {
            's' => Self::Sigmoid,
            'r' => Self::Relu,
            'l' => Self::LeakyRelu,
            'm' => Self::Softplus,
            _ => Self::Tanh,
        })
    }

    /// Its value.
    #[inline(always)]
    pub(super) fn value(self, x: f64) -> f64 {
        match self {
            Self::Sigmoid => 1.0 / (1.0 + maths::exp(-x)),
            Self::Relu => x * f64::from(x > 0.0),
            Self::LeakyRelu => {
                if x < 0.0 {
                    0.01 * x
                } else {
                    x
                }
            }
            Self::Softplus => x.max(0.0) + maths::log1p(maths::exp(-x.abs())),
            Self::Tanh => maths::tanh(x),
        }
    }
}
