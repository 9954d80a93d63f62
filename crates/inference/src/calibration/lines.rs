//! Step four: the peak fit of a line, and whether its tail is supported.

use germane_models::peaks::PeakFunction;

use super::document::{Line, LineState, Peak, Tried};
use super::scale::Polynomial;
use crate::peak::{Estimate, PeakFit, PeakStart, fit_inside};

/// Least 2 Δln L by which a tail must improve a fit: 1 % of the peaks without tail pass it (χ² with two degrees of freedom).
const GAIN: f64 = 9.21;
/// Least number of signal events in units of its error.
const LEAST_SIGNAL: f64 = 3.0;

/// Least and largest width of a line in units of what the best measured line lets expect: a spike of the continuum is narrower,
/// a fit that took the continuum for a peak is wider; escape lines are twice as wide at most.
const WIDTHS: [f64; 2] = [0.6, 3.0];

/// A peak that goes into the scale.
pub(super) struct Fitted {
    pub(super) energy: f64,
    pub(super) mode: Estimate,
}

impl Fitted {
    pub(super) fn of(peak: &Peak) -> Option<Self> {
        let mode = peak.fit.as_ref().filter(|_| peak.state == LineState::Fitted)?.mode?;
        Some(Self { energy: peak.energy, mode })
    }
}

/// Fits a line in its window, which the preliminary scale takes to uncalibrated energies.
pub(super) fn fit(peak: &mut Peak, energies: &[f64], line: &Line, top: f64, preliminary: &Polynomial) {
    let ends = [line.energy - line.window[0], line.energy + line.window[1]].map(|end| preliminary.inverse(end, top));
    let ([Some(low), Some(high)], slope) = (ends, preliminary.slope(top)) else {
        return failed(peak, "the preliminary scale does not lead to its window".to_owned());
    };
    if !(low < high && slope > 0.0) {
        return failed(peak, "the preliminary scale does not rise in its window".to_owned());
    }
    let window = [low, high];
    let values: Vec<f64> = energies.iter().copied().filter(|energy| (low..high).contains(energy)).collect();
    let start = PeakStart { mu: top, sigma: sigma(&values, window, top, slope) };
    let simple = if line.function == PeakFunction::HpgePeak { PeakFunction::GaussOnStep } else { line.function };
    let plain = fit_inside(simple, values.clone(), window, start);
    if line.function == PeakFunction::HpgePeak {
        let tailed = fit_inside(line.function, values, window, refined(&plain, start));
        let gain = 2.0 * (plain.fit.nll - tailed.fit.nll);
        let verdict = if !tailed.fit.is_valid() {
            Err(format!("{}: {}", tailed.fit.state.word().replace('_', " "), tailed.fit.reason))
        } else if let Some(name) = bounded(&tailed, &["htail", "tau"]) {
            // The step and the yields may end at a bound without harm; a tail there is none that the data determine.
            Err(format!("{name} is at a bound"))
        } else if !plain.fit.is_valid() {
            Ok("the function without tail has no valid minimum".to_owned())
        } else if gain >= GAIN {
            Ok(format!("2 Δln L = {gain:.1}, at least {GAIN}"))
        } else {
            Err(format!("2 Δln L = {gain:.1} does not support a tail, below {GAIN}"))
        };
        match verdict {
            Ok(why) => {
                peak.tried.push(tried(&tailed, format!("taken: {why}")));
                return judged(peak, tailed);
            }
            Err(why) => peak.tried.push(tried(&tailed, format!("given up: {why}"))),
        }
    }
    let verdict = if plain.fit.is_valid() { "taken" } else { "given up: no valid minimum" };
    peak.tried.push(tried(&plain, verdict.to_owned()));
    judged(peak, plain);
}

/// Takes lines out whose width is none beside that of the line with the best measured width. A squared width a + b E with
/// positive a and b grows with the energy, but not faster than it.
pub(super) fn compare(peaks: &mut [Peak], preliminary: &Polynomial) {
    let width = |peak: &Peak| {
        let fit = peak.fit.as_ref().filter(|_| peak.state == LineState::Fitted)?;
        let (mode, width) = (fit.mode?, fit.fwhm?);
        Some((peak.energy, width.value * preliminary.slope(mode.value), width.error / width.value))
    };
    let best = peaks.iter().filter_map(width).min_by(|a, b| a.2.total_cmp(&b.2));
    let Some((energy, fwhm, _)) = best else { return };
    for peak in peaks {
        let Some((own, found, _)) = width(peak) else { continue };
        let growth = (own / energy).sqrt();
        let [least, most] = [WIDTHS[0] * growth.min(1.0) * fwhm, WIDTHS[1] * growth.max(1.0) * fwhm];
        if !(least..=most).contains(&found) {
            let word = if found < least { "narrower" } else { "wider" };
            let beside = format!("beside {fwhm:.2} keV of the line at {energy} keV");
            failed(peak, format!("its width of {found:.2} keV is {word} than a line can be {beside}"));
        }
    }
}

/// Start of the function with tail: that without one found position and width.
fn refined(plain: &PeakFit, start: PeakStart) -> PeakStart {
    if plain.fit.is_valid() { PeakStart { mu: plain.value("mu"), sigma: plain.value("sigma") } } else { start }
}

fn tried(fit: &PeakFit, verdict: String) -> Tried {
    Tried { function: fit.function, state: fit.fit.state, nll: fit.fit.nll, verdict }
}

/// Whether a fit can be part of the scale; a fit at a bound of position or width is none.
fn judged(peak: &mut Peak, fit: PeakFit) {
    let signal = fit.error("n_sig").map_or(0.0, |error| fit.value("n_sig") / error);
    let reason = if !fit.fit.is_valid() {
        format!("{}: {}", fit.fit.state.word().replace('_', " "), fit.fit.reason)
    } else if let Some(name) = bounded(&fit, &["mu", "sigma"]) {
        format!("{name} is at a bound")
    } else if !(signal > LEAST_SIGNAL) {
        format!("the signal is {signal:.1} of its errors, at least {LEAST_SIGNAL} are needed")
    } else if fit.mode.is_none_or(|mode| !(mode.error > 0.0)) || fit.fwhm.is_none_or(|width| !(width.error > 0.0)) {
        "position or width has no error".to_owned()
    } else {
        String::new()
    };
    peak.state = if reason.is_empty() { LineState::Fitted } else { LineState::Failed };
    peak.reason = reason;
    peak.fit = Some(fit);
}

/// The first of some parameters that a bound holds.
fn bounded(fit: &PeakFit, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|name| fit.fit.parameter(name).is_some_and(|parameter| parameter.at_bound.is_some()))
}

fn failed(peak: &mut Peak, reason: String) {
    peak.state = LineState::Failed;
    peak.reason = reason;
}

/// Standard deviation of a Gaussian with the events of the window above those of its sides, and its height.
fn sigma(values: &[f64], [low, high]: [f64; 2], top: f64, slope: f64) -> f64 {
    let kev = 1.0 / slope;
    let count = |from: f64, to: f64| values.iter().filter(|value| (from..to).contains(*value)).count() as f64;
    let side = 0.25 * (high - low);
    let background = 0.5 * (count(low, low + side) + count(high - side, high)) / side;
    let signal = (values.len() as f64 - background * (high - low)).max(1.0);
    let height = (count(top - 0.5 * kev, top + 0.5 * kev) / kev - background).max(1e-3 * signal / kev);
    (signal / height / (2.0 * std::f64::consts::PI).sqrt()).clamp(0.3 * kev, 0.2 * (high - low))
}
