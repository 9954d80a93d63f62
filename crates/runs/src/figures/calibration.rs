//! Figures of a calibration: every line with its fitted peak, and the resolution curve, of one channel.

use crate::analysis::{Calibration, Figure as Wanted};
use crate::tiers::{Calibrations, Channel};
use germane_inference::calibration::{LineState, Peak};
use germane_models::peaks::PeakFunction;
use germane_reports::figure::Figure;
use germane_reports::recipes::{self, Contents, Curve, Quantity, Recipe};
use germane_reports::tables::measured;

/// Width of the bins of a window, keV.
const BIN: f64 = 0.5;
/// Points of a curve.
const POINTS: usize = 481;

/// The channel that a figure shows: the named one, else the first that is calibrated.
fn shown<'a>(calibrations: &'a Calibrations, wanted: &Wanted) -> Option<&'a Channel> {
    let named = wanted.channel.as_ref().map(|c| c.text.as_str());
    calibrations.channels.iter().find(|c| match named {
        Some(name) => c.name == name,
        None => c.scale().is_some(),
    })
}

/// A figure for each fitted line, with the energy behind the name.
pub(super) fn lines(calibrations: &Calibrations, wanted: &Wanted) -> Vec<(String, Figure)> {
    let Some(channel) = shown(calibrations, wanted) else { return Vec::new() };
    let Some(scale) = channel.scale() else { return Vec::new() };
    let fitted = channel.result.peaks.iter().filter(|peak| peak.state == LineState::Fitted);
    fitted
        .filter_map(|peak| {
            let name = format!("{}_{:.0}", wanted.name.text, peak.energy);
            Some((name, line(channel, peak, scale, wanted)?))
        })
        .collect()
}

fn energy_of(scale: &[f64], x: f64) -> f64 {
    scale.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// dE/dx.
fn slope_of(scale: &[f64], x: f64) -> f64 {
    scale.iter().enumerate().skip(1).rev().fold(0.0, |sum, (k, c)| sum * x + k as f64 * c)
}

fn line(channel: &Channel, peak: &Peak, scale: &[f64], wanted: &Wanted) -> Option<Figure> {
    let fit = peak.fit.as_ref()?;
    let function = PeakFunction::named(fit.function).ok()?;
    let parameters = fit.all_parameters();
    let [low, high] = fit.window;
    let width = energy_of(scale, high) - energy_of(scale, low);
    let bins = ((width / BIN).round() as usize).clamp(10, 400);
    let place = |i: usize, of: usize| low + (high - low) * i as f64 / of as f64;
    let stored: Vec<f64> = (0..=bins).map(|i| place(i, bins)).collect();
    let edges: Vec<f64> = stored.iter().map(|x| energy_of(scale, *x)).collect();
    let mut counts = vec![0.0; bins];
    for x in channel.energies.iter().filter(|x| (low..high).contains(*x)) {
        counts[(((x - low) / (high - low) * bins as f64) as usize).min(bins - 1)] += 1.0;
    }
    let cumulated = function.cdf(&stored, &parameters);
    let expected = cumulated.windows(2).map(|ends| ends[1] - ends[0]).collect();
    let at: Vec<f64> = (0..POINTS).map(|i| place(i, POINTS - 1)).collect();
    let x: Vec<f64> = at.iter().map(|x| energy_of(scale, *x)).collect();
    // Events per keV: the density per unit of the stored energy over keV per unit.
    let curve = |name: &str, left_out: &str| {
        let names = function.parameters();
        let kept: Vec<f64> =
            parameters.iter().zip(names).map(|(value, parameter)| if *parameter == left_out { 0.0 } else { *value }).collect();
        let density = function.pdf(&at, &kept);
        let density = density.iter().zip(&at).map(|(d, x)| d / slope_of(scale, *x)).collect();
        Curve { name: name.to_owned(), x: x.clone(), density }
    };
    let mut text = vec![channel.name.clone(), fit.function.replace('_', " ")];
    if let (Some(signal), Some(error)) = (fit.fit.parameter("n_sig"), fit.error("n_sig")) {
        text.push(format!("signal {}", measured(signal.value, error)));
    }
    if let Some(fwhm) = peak.fwhm_in_kev {
        text.push(format!("FWHM {} keV", measured(fwhm.value, fwhm.error)));
    }
    if let Some(p) = fit.goodness.as_ref().and_then(|g| g.p) {
        text.push(format!("p = {p:.2}"));
    }
    let inner = recipes::Fit {
        data: Contents::counts(&edges, &counts),
        model: curve("model", ""),
        components: vec![curve("signal", "n_bkg"), curve("background", "n_sig")],
        expected,
        x: Quantity::new(wanted.label.as_deref().unwrap_or("Energy"), Some("keV")),
        lines: text,
        ..recipes::Fit::default()
    };
    let marks = vec![(format!("{} keV", peak.energy), peak.energy)];
    Some(recipes::Peak { fit: inner, marks, log: wanted.log }.figure())
}

/// Widths of the lines against energy with the fitted curve.
pub(super) fn resolution(calibrations: &Calibrations, of: &Calibration, wanted: &Wanted) -> Option<Figure> {
    let channel = shown(calibrations, wanted)?;
    let curve = channel.curve(of)?;
    let width = |peak: &Peak| peak.fwhm_in_kev.map(|fwhm| [peak.energy, fwhm.value, fwhm.error]);
    let inside = |peak: &&Peak| curve.lines.contains(&peak.energy);
    let peaks = &channel.result.peaks;
    let last = peaks.iter().map(|p| p.energy).fold(0.0, f64::max);
    let x: Vec<f64> = (0..POINTS).map(|i| 1.04 * last * i as f64 / (POINTS - 1) as f64).collect();
    let estimates: Vec<(f64, [f64; 2])> =
        x.iter().filter_map(|energy| curve.fwhm(*energy).map(|fwhm| (*energy, [fwhm.value, fwhm.error]))).collect();
    let at = curve.at.iter().filter_map(|point| {
        let fwhm = point.fwhm?;
        Some((format!("{}, {}", channel.name, point.name), [point.energy, fwhm.value, fwhm.error]))
    });
    Some(
        recipes::Resolution {
            widths: peaks.iter().filter(inside).filter_map(width).collect(),
            left_out: peaks.iter().filter(|peak| !inside(peak)).filter_map(width).collect(),
            x: estimates.iter().map(|(energy, _)| *energy).collect(),
            curve: estimates.iter().map(|(_, value)| *value).collect(),
            name: if of.quadratic { "√(a + b E + c E²)".into() } else { "√(a + b E)".into() },
            at: at.collect(),
            energy: Quantity::new(wanted.label.as_deref().unwrap_or("Energy"), Some("keV")),
            ..recipes::Resolution::default()
        }
        .figure(),
    )
}
