//! Statistics of templates (`autoMCStats`): which bin gets which parameters.
//!
//! A bin of more than the threshold of effective events has one parameter for the sum of its templates; below, each process has
//! its own: Poisson for templates of few events, normal for the others. Source: J. Conway, arXiv:1103.0354; CMS combine,
//! `CMSHistErrorPropagator`.

use germane_numerics::special;

use super::card::BinStatistics;
use crate::likelihood::{Constraint, Parameter};

/// Expected contents and error of one process in a bin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    pub(super) value: f64,
    pub(super) error: f64,
    pub(super) signal: bool,
}

/// Parameters of a bin.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum BinParameters {
    None,
    /// One for the sum of the templates.
    Total,
    /// For each process.
    Each(Vec<Own>),
}

/// The parameter of a process in a bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Own {
    None,
    /// A Poisson mean of so many effective events.
    Poisson(f64),
    /// A shift in units of the error.
    Normal,
}

/// Bounds of parameters, in standard deviations.
pub(super) const SIGMAS: f64 = 7.0;

/// Effective events of a sum of weights with an error.
fn effective(value: f64, error: f64) -> f64 {
    let ratio = value / error;
    (0.5 + ratio * ratio).floor()
}

/// The parameters of a bin whose processes have these contents.
pub(super) fn parameters(statistics: BinStatistics, contents: &[Content]) -> BinParameters {
    let counted = || contents.iter().filter(|content| statistics.signals || !content.signal);
    let value: f64 = counted().map(|content| content.value).sum();
    let error = counted().map(|content| content.error * content.error).sum::<f64>().sqrt();
    if !(error > 0.0) || statistics.threshold < 0.0 {
        return BinParameters::None;
    }
    if effective(value, error) > statistics.threshold {
        return BinParameters::Total;
    }
    let own = |content: &Content| {
        let Content { value, error, .. } = *content;
        if !(error > 0.0) || value < 0.0 {
            return Own::None;
        }
        // One event has an error of its own size, up to rounding.
        let few = value > 0.0 && value >= 0.999 * error && effective(value, error) <= statistics.threshold;
        if few { Own::Poisson(effective(value, error)) } else { Own::Normal }
    };
    BinParameters::Each(contents.iter().map(own).collect())
}

/// A shift with a normal constraint.
pub(super) fn shift(name: String) -> Parameter {
    Parameter::new(name, 0.0).within(-SIGMAS, SIGMAS).constrained(Constraint::Normal { centre: 0.0, width: 1.0 })
}

/// A Poisson mean of which `count` were seen, between the ends of its interval at seven standard deviations.
pub(super) fn poisson(name: String, count: f64) -> Parameter {
    let tail = special::normal_survival(SIGMAS);
    let (low, high) = (special::gamma_p_inverse(count, tail), special::gamma_q_inverse(count + 1.0, tail));
    Parameter::new(name, count).within(low, high).constrained(Constraint::Poisson { observed: count, rate: 1.0 })
}

/// The best shift θ of a bin in which `expected` + θ `error` are expected and `observed` seen, with θ normal around `centre`: what
/// a fit finds for the parameter of a bin when all others are held.
///
/// It is the larger root of θ² + b θ + c with b = e + n/e - centre, c = n - observed - centre n/e (R. Barlow, C. Beeston, Comput.
/// Phys. Commun. 77 (1993) 219; J. Conway, arXiv:1103.0354).
///
/// ```
/// use germane_models::datacard::best_shift;
/// assert_eq!(best_shift(10.0, 2.0, 10.0, 0.0), 0.0);
/// // 10 + 2θ - 14 ln(10 + 2θ) + θ²/2 is least where 2 - 28/(10 + 2θ) + θ = 0.
/// let theta = best_shift(10.0, 2.0, 14.0, 0.0);
/// assert!((2.0 - 28.0 / (10.0 + 2.0 * theta) + theta).abs() < 1e-14);
/// ```
pub fn best_shift(expected: f64, error: f64, observed: f64, centre: f64) -> f64 {
    let b = error + expected / error - centre;
    let c = expected - observed - expected / error * centre;
    let half = -0.5 * (b + b.signum() * (b * b - 4.0 * c).sqrt());
    half.max(c / half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(value: f64, error: f64, signal: bool) -> Content {
        Content { value, error, signal }
    }

    #[test]
    fn the_threshold_counts_effective_events_without_signals() {
        let statistics = BinStatistics { threshold: 10.0, signals: false, absolute: false };
        // (8/2)² = 16 events of background; with the signal they would be (9/5)² = 3.
        let contents = [content(1.0, 21f64.sqrt(), true), content(8.0, 2.0, false)];
        assert_eq!(parameters(statistics, &contents), BinParameters::Total);
        let with_signals = BinStatistics { signals: true, ..statistics };
        assert_eq!(parameters(with_signals, &contents), BinParameters::Each(vec![Own::Normal, Own::Normal]));
        let few = [content(3.0, 3f64.sqrt(), false), content(-0.1, 0.1, false), content(0.0, 0.3, true), content(1.0, 0.0, true)];
        let own = vec![Own::Poisson(3.0), Own::None, Own::Normal, Own::None];
        assert_eq!(parameters(statistics, &few), BinParameters::Each(own));
        assert_eq!(parameters(statistics, &[content(1.0, 0.0, false)]), BinParameters::None);
        assert_eq!(parameters(BinStatistics { threshold: -1.0, ..statistics }, &contents), BinParameters::None);
    }

    #[test]
    fn the_bounds_of_a_poisson_mean_are_seven_standard_deviations() {
        // mpmath 1.3, 40 digits: P(3, x) = erfc(7/√2)/2, Q(4, x) = erfc(7/√2)/2.
        let parameter = poisson("n".into(), 3.0);
        let close = |ours: f64, truth: f64| assert!((ours / truth - 1.0).abs() < 1e-9, "{ours} {truth}");
        close(parameter.lower, 0.00019729706533514303413);
        close(parameter.upper, 36.464937515718079187);
    }

    #[test]
    fn the_best_shift_solves_its_equation() {
        // d/dθ [n + θe - d ln(n + θe) + θ²/2] = 0.
        for (n, e, d, centre) in [(10.0, 2.0, 14.0, 0.0), (3.0, 0.5, 0.0, 0.3), (200.0, 9.0, 150.0, -1.0)] {
            let theta = best_shift(n, e, d, centre);
            let slope = e - d * e / (n + theta * e) + theta - centre;
            assert!(slope.abs() < 1e-12, "{slope}");
        }
    }
}
