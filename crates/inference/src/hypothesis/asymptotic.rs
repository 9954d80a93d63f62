//! p-values of the asymptotic formulae, in logarithms so that the far tails keep their digits.
//!
//! Source: Cowan, Cranmer, Gross, Vitells, Eur. Phys. J. C 71 (2011) 1554; CLs: Read, J. Phys. G 28 (2002) 2693.

use germane_numerics::maths;
use germane_numerics::special::{erfcx, normal_quantile, normal_survival, normal_survival_quantile};
use std::f64::consts::SQRT_2;

/// Expected results are listed for the background at these many standard deviations from its median.
pub const BANDS: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];

/// ln of the probability of a standard normal value above `x`.
pub(crate) fn ln_survival(x: f64) -> f64 {
    if x < 5.0 {
        return maths::ln(normal_survival(x));
    }
    maths::ln(0.5 * erfcx(x / SQRT_2)) - 0.5 * x * x
}

/// p-values of a tested value of the parameter of interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PValues {
    /// Of signal plus background (CLs+b).
    pub signal: f64,
    /// Of background alone (CLb).
    pub background: f64,
    /// Their ratio, CLs.
    pub cls: f64,
    /// ln CLs, where CLs itself would be 0.
    pub ln_cls: f64,
}

/// p-values for the statistic q~ observed and on the Asimov data of the background.
pub fn p_values(observed: f64, asimov: f64) -> PValues {
    let (q, a) = (observed.max(0.0).sqrt(), asimov.max(0.0).sqrt());
    let (signal, background) = if q <= a || a == 0.0 {
        (q, q - a)
    } else {
        // Above the Asimov value the best strength is below 0, and the distribution of q~ another one.
        let t = (observed - asimov) / (2.0 * a);
        (t + a, t)
    };
    let (ln_signal, ln_background) = (ln_survival(signal), ln_survival(background));
    let ln_cls = ln_signal - ln_background;
    PValues { signal: maths::exp(ln_signal), background: maths::exp(ln_background), cls: maths::exp(ln_cls), ln_cls }
}

/// CLs expected for background at the five [`BANDS`]: the more events, the larger.
pub fn expected_cls(asimov: f64) -> [f64; 5] {
    let a = asimov.max(0.0).sqrt();
    BANDS.map(|n| maths::exp(ln_survival(a - n) - ln_survival(-n)))
}

/// The root of the Asimov statistic at which CLs of a band reaches `alpha`.
pub(crate) fn root_at(alpha: f64, band: f64) -> f64 {
    band + normal_survival_quantile(alpha * normal_survival(-band))
}

/// Significance in standard deviations of a one-sided p-value, and the p-value of q0.
pub fn discovery_p_value(q0: f64) -> f64 {
    normal_survival(q0.max(0.0).sqrt())
}

/// One-sided significance of a p-value.
pub fn significance(p: f64) -> f64 {
    -normal_quantile(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_far_out_keep_their_digits() {
        // mpmath: log(erfc(x/sqrt(2))/2) at 50 digits
        for (x, truth) in
            [(5.0, -15.064998393988726), (10.0, -53.231285150512471), (37.0, -689.03058557689059), (60.0, -1805.0135606805671)]
        {
            assert!((ln_survival(x) - truth).abs() < 1e-13 * truth.abs(), "{x}: {}", ln_survival(x));
        }
        let far = p_values(1600.0, 2500.0);
        assert!(far.ln_cls < -800.0 && far.ln_cls.is_finite());
    }

    #[test]
    fn both_branches_meet() {
        let (below, above) = (p_values(4.0 - 1e-9, 4.0), p_values(4.0 + 1e-9, 4.0));
        assert!((below.cls - above.cls).abs() < 1e-8);
    }

    #[test]
    fn the_root_of_a_band_gives_its_level() {
        for (band, cls) in BANDS.into_iter().zip(0..5) {
            let a = root_at(0.05, band);
            assert!((expected_cls(a * a)[cls] - 0.05).abs() < 1e-14);
        }
    }
}
