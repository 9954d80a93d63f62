//! A shape whose arguments are positions in an argument list.

use std::sync::Arc;

use super::decay::Side;
use super::expression::Expression;
use super::histogram::Histogram;
use super::jet::Jet;
use super::kernel_estimate::Kernel;
use super::{
    argus, breit_wigner, count, crystal_ball, decay, double_crystal_ball, exgauss, exponential, gamma, gaussian, johnson,
    kernel_estimate, landau, linear, lognormal, novosibirsk, polynomial, relativistic_breit_wigner, step, voigtian,
};

/// A density up to its normalisation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Gaussian,
    Exponential,
    BreitWigner,
    Voigtian,
    CrystalBall,
    Lognormal,
    Johnson,
    Novosibirsk,
    Argus,
    Gamma,
    Exgauss,
    /// A Gaussian and its convolution with an exponential.
    GaussOnExgauss,
    Step,
    Uniform,
    Linear,
    /// With the number of coefficients.
    Chebychev(usize),
    Bernstein(usize),
    Powers(usize),
    DoubleCrystalBall,
    RelativisticBreitWigner,
    Landau,
    /// Of the whole number below x, or of x itself.
    Count {
        whole: bool,
    },
    /// An exponential decay, perhaps smeared by a Gaussian.
    Decay {
        side: Side,
        smeared: bool,
    },
    /// Around these points, with their widths.
    KernelEstimate(Arc<[Kernel]>),
    Histogram(Arc<Histogram>),
    Expression(Arc<Expression>),
}

impl Shape {
    /// A shape that its name alone determines, of so many values for a list.
    pub(super) fn named(name: &str, values: usize) -> Option<Self> {
        Some(match name {
            "argus" => Self::Argus,
            "bernstein" => Self::Bernstein(values),
            "breit_wigner" => Self::BreitWigner,
            "chebychev" => Self::Chebychev(values),
            "crystal_ball" => Self::CrystalBall,
            "decay" => Self::Decay { side: Side::Single, smeared: false },
            "decay_double" => Self::Decay { side: Side::Double, smeared: false },
            "decay_flipped" => Self::Decay { side: Side::Flipped, smeared: false },
            "decay_on_gauss" => Self::Decay { side: Side::Single, smeared: true },
            "decay_on_gauss_double" => Self::Decay { side: Side::Double, smeared: true },
            "decay_on_gauss_flipped" => Self::Decay { side: Side::Flipped, smeared: true },
            "double_crystal_ball" => Self::DoubleCrystalBall,
            "exgauss" => Self::Exgauss,
            "exponential" => Self::Exponential,
            "gamma" => Self::Gamma,
            "gauss_on_exgauss" => Self::GaussOnExgauss,
            "gaussian" => Self::Gaussian,
            "johnson" => Self::Johnson,
            "landau" => Self::Landau,
            "linear" => Self::Linear,
            "lognormal" => Self::Lognormal,
            "novosibirsk" => Self::Novosibirsk,
            "poisson" => Self::Count { whole: false },
            "poisson_of_whole" => Self::Count { whole: true },
            "polynomial" => Self::Powers(values),
            "relativistic_breit_wigner" => Self::RelativisticBreitWigner,
            "step" => Self::Step,
            "uniform" => Self::Uniform,
            _ => return None,
        })
    }

    /// Value and derivatives at `x`, up to a scale that is the same for all `x` and for [`Shape::integral`].
    pub(super) fn density(&self, x: f64, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
        match self {
            Self::Gaussian => gaussian::density(x, range, arguments, out),
            Self::Exponential => exponential::density(x, range, arguments, out),
            Self::BreitWigner => breit_wigner::density(x, arguments, out),
            Self::Voigtian => voigtian::density(x, arguments, out),
            Self::CrystalBall => crystal_ball::density(x, arguments, out),
            Self::Lognormal => lognormal::density(x, arguments, out),
            Self::Johnson => johnson::density(x, arguments, out),
            Self::Novosibirsk => novosibirsk::density(x, arguments, out),
            Self::Argus => argus::density(x, arguments, out),
            Self::Gamma => gamma::density(x, arguments, out),
            Self::Exgauss => {
                exgauss::density(x, &exgauss::alone(arguments), out);
                *out = exgauss::without_fraction(out);
            }
            Self::GaussOnExgauss => exgauss::density(x, arguments, out),
            Self::Step => step::density(x, arguments, out),
            Self::Uniform => linear::uniform(out),
            Self::Linear => linear::density(x, arguments, out),
            &Self::Chebychev(size) => polynomial::chebychev(x, range, &arguments[..size], out),
            &Self::Bernstein(size) => polynomial::bernstein(x, range, &arguments[..size], out),
            &Self::Powers(size) => polynomial::powers(x, &arguments[..size], out),
            Self::DoubleCrystalBall => double_crystal_ball::density(x, arguments, out),
            Self::RelativisticBreitWigner => relativistic_breit_wigner::density(x, arguments, out),
            Self::Landau => landau::density(x, arguments, out),
            &Self::Count { whole } => count::density(x, whole, arguments, out),
            &Self::Decay { side, smeared: false } => decay::density(x, side, range, arguments, out),
            &Self::Decay { side, smeared: true } => decay::smeared_density(x, side, arguments, out),
            Self::KernelEstimate(points) => kernel_estimate::density(x, points, arguments, out),
            Self::Histogram(histogram) => histogram.density(x, out),
            Self::Expression(expression) => expression.density(x, arguments, out),
        }
    }

    /// The value of [`Shape::density`].
    pub(super) fn value(&self, x: f64, range: (f64, f64), arguments: &[f64]) -> f64 {
        match self {
            Self::Gaussian => gaussian::value(x, range, arguments),
            Self::Exgauss => exgauss::signal(x, &exgauss::alone(arguments)),
            Self::GaussOnExgauss => exgauss::signal(x, arguments),
            Self::Histogram(histogram) => histogram.value(x),
            Self::Step => step::value(x, arguments),
            Self::Expression(expression) => expression.value(x, arguments),
            _ => {
                let mut jet = Jet::ZERO;
                self.density(x, range, arguments, &mut jet);
                jet.value
            }
        }
    }

    /// Integral over a part of the range, and its derivatives in the arguments.
    pub(super) fn integral(&self, low: f64, high: f64, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
        match self {
            Self::Gaussian => gaussian::integral(low, high, range, arguments, out),
            Self::Exponential => exponential::integral(low, high, range, arguments, out),
            Self::BreitWigner => breit_wigner::integral(low, high, arguments, out),
            Self::Voigtian => voigtian::integral(low, high, arguments, out),
            Self::CrystalBall => crystal_ball::integral(low, high, arguments, out),
            Self::Lognormal => lognormal::integral(low, high, arguments, out),
            Self::Johnson => johnson::integral(low, high, arguments, out),
            Self::Novosibirsk => novosibirsk::integral(low, high, arguments, out),
            Self::Argus => argus::integral(low, high, arguments, out),
            Self::Gamma => gamma::integral(low, high, arguments, out),
            Self::Exgauss => {
                exgauss::integral(low, high, &exgauss::alone(arguments), out);
                *out = exgauss::without_fraction(out);
            }
            Self::GaussOnExgauss => exgauss::integral(low, high, arguments, out),
            Self::Step => step::integral(low, high, arguments, out),
            Self::Uniform => linear::uniform_integral(low, high, out),
            Self::Linear => linear::integral(low, high, arguments, out),
            &Self::Chebychev(size) => polynomial::chebychev_integral(low, high, range, &arguments[..size], out),
            &Self::Bernstein(size) => polynomial::bernstein_integral(low, high, range, &arguments[..size], out),
            &Self::Powers(size) => polynomial::powers_integral(low, high, &arguments[..size], out),
            Self::DoubleCrystalBall => double_crystal_ball::integral(low, high, arguments, out),
            Self::RelativisticBreitWigner => relativistic_breit_wigner::integral(low, high, arguments, out),
            Self::Landau => landau::integral(low, high, arguments, out),
            &Self::Count { whole } => count::integral(low, high, whole, arguments, out),
            &Self::Decay { side, smeared: false } => decay::integral(low, high, side, range, arguments, out),
            &Self::Decay { side, smeared: true } => decay::smeared_integral(low, high, side, arguments, out),
            Self::KernelEstimate(points) => kernel_estimate::integral(low, high, points, arguments, out),
            Self::Histogram(histogram) => histogram.integral(low, high, out),
            Self::Expression(expression) => expression.integral(low, high, arguments, out),
        }
    }
}
