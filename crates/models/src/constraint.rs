//! -ln of the density of an auxiliary datum, as a function of the parameter that it constrains.

use germane_numerics::maths;

use crate::likelihood::Constraint;
use crate::poisson;

/// ln(2π)/2.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

impl Constraint {
    /// -ln of the density at the parameter's value `x`, with all constants.
    pub fn penalty(&self, x: f64) -> f64 {
        match *self {
            Self::Normal { centre, width } => {
                let pull = (centre - x) / width;
                0.5 * pull * pull + maths::ln(width) + HALF_LN_TWO_PI
            }
            Self::Poisson { observed, rate } => poisson::nll(observed, rate * x),
            Self::LogNormal { .. } if x <= 0.0 => f64::INFINITY,
            Self::LogNormal { centre, width } => {
                let pull = (maths::ln(x) - centre) / width;
                0.5 * pull * pull + maths::ln(x) + maths::ln(width) + HALF_LN_TWO_PI
            }
            Self::Bifurcated { centre, below, above } => {
                let pull = (x - centre) / if x < centre { below } else { above };
                0.5 * pull * pull + maths::ln(0.5 * (below + above)) + HALF_LN_TWO_PI
            }
        }
    }

    /// First and second derivative of [`Constraint::penalty`].
    pub fn slopes(&self, x: f64) -> [f64; 2] {
        match *self {
            Self::Normal { centre, width } => [(x - centre) / (width * width), 1.0 / (width * width)],
            Self::Poisson { observed, rate } => {
                let [slope, curve] = poisson::slopes(observed, rate * x);
                [slope * rate, curve * rate * rate]
            }
            Self::LogNormal { centre, width } => {
                let pull = (maths::ln(x) - centre) / (width * width);
                [(pull + 1.0) / x, (1.0 / (width * width) - pull - 1.0) / (x * x)]
            }
            Self::Bifurcated { centre, below, above } => {
                let width = if x < centre { below } else { above };
                [(x - centre) / (width * width), 1.0 / (width * width)]
            }
        }
    }
}
