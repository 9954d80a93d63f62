//! Step one, second half: which peaks are the lines. Polynomials through peaks and lines are tried, and the one with the
//! smallest residuals is taken, where a line without a peak counts as the largest residual that is allowed.

use super::document::{Line, Settings};
use super::scale::{Polynomial, fitted};
use super::spectrum::Spectrum;

/// Largest residual of a matched line in keV.
const TOLERANCE: f64 = 5.0;
/// The same while a straight line stands for a curved scale.
const CURVED: f64 = 15.0;

/// Places of the lines and a scale that leads to them.
pub(super) struct Matched {
    /// Peak of each line.
    pub(super) peaks: Vec<Option<f64>>,
    /// keV of a peak.
    pub(super) polynomial: Polynomial,
}

pub(super) fn matched(spectrum: &Spectrum, lines: &[Line], settings: &Settings) -> Result<Matched, String> {
    let free = usize::try_from(settings.degree.max(1)).unwrap_or(1) + usize::from(settings.degree > 0);
    let needed = free.max(2).min(lines.len());
    let mut best: Option<(f64, Matched)> = None;
    for candidate in candidates(spectrum, lines, settings.degree) {
        let Some((residual, found)) = refined(candidate, spectrum, lines, settings.degree) else { continue };
        if best.as_ref().is_none_or(|(least, _)| residual < *least) {
            best = Some((residual, found));
        }
    }
    let there = best.as_ref().map_or(0, |(_, found)| found.peaks.iter().flatten().count());
    match best {
        Some((_, found)) if there >= needed => Ok(found),
        _ => Err(format!(
            "{there} of {} lines match peaks of the spectrum, {needed} are needed ({} peaks were found)",
            lines.len(),
            spectrum.peaks.len()
        )),
    }
}

/// Scales through one or two peaks and lines.
fn candidates(spectrum: &Spectrum, lines: &[Line], degree: i32) -> Vec<Polynomial> {
    let (least, most) = (spectrum.guess / spectrum.tolerance, spectrum.guess * spectrum.tolerance);
    let mut all = Vec::new();
    let mut keep = |offset: f64, slope: f64| {
        if slope >= least && slope <= most {
            all.push(Polynomial::new(vec![offset, slope]));
        }
    };
    for (index, line) in lines.iter().enumerate() {
        for (place, &peak) in spectrum.peaks.iter().enumerate() {
            match degree {
                -1 => keep(line.energy - peak, 1.0),
                0 => keep(0.0, line.energy / peak),
                _ => {
                    for other in &lines[index + 1..] {
                        for &further in &spectrum.peaks[place + 1..] {
                            let slope = (other.energy - line.energy) / (further - peak);
                            keep(line.energy - slope * peak, slope);
                        }
                    }
                }
            }
        }
    }
    all
}

/// The peaks that a scale matches, with the scale through them; and Σ min(residual, allowed)².
fn refined(start: Polynomial, spectrum: &Spectrum, lines: &[Line], degree: i32) -> Option<(f64, Matched)> {
    let mut polynomial = start;
    let mut tolerance = if degree > 1 { CURVED } else { TOLERANCE };
    let mut peaks = nearest(&polynomial, spectrum, lines, tolerance);
    for _ in 0..4 {
        let rows: Vec<(f64, f64, f64)> =
            lines.iter().zip(&peaks).filter_map(|(line, peak)| Some(((*peak)?, line.energy, 1.0))).collect();
        // As many powers as the matched lines can tell.
        let degree = if degree > 0 { degree.min(rows.len() as i32 - 1) } else { degree };
        let next = fitted(&rows, degree).map(|solution| Polynomial::new(solution.coefficients))?;
        tolerance = (0.5 * tolerance).max(TOLERANCE);
        let again = nearest(&next, spectrum, lines, tolerance);
        let settled = again == peaks;
        (polynomial, peaks) = (next, again);
        if settled {
            break;
        }
    }
    let slopes = spectrum.peaks.iter().map(|peak| polynomial.slope(*peak));
    if slopes.fold(f64::INFINITY, f64::min) <= 0.0 {
        return None;
    }
    let residual = |(line, peak): (&Line, &Option<f64>)| {
        let distance = peak.map_or(TOLERANCE, |peak| polynomial.value(peak) - line.energy).abs();
        distance.min(TOLERANCE) * distance.min(TOLERANCE)
    };
    let sum = lines.iter().zip(&peaks).map(residual).sum();
    Some((sum, Matched { peaks, polynomial }))
}

/// The nearest peak of each line; a peak belongs to one line at most.
fn nearest(polynomial: &Polynomial, spectrum: &Spectrum, lines: &[Line], tolerance: f64) -> Vec<Option<f64>> {
    let mut taken: Vec<Option<usize>> = Vec::with_capacity(lines.len());
    let distance = |line: &Line, peak: usize| (polynomial.value(spectrum.peaks[peak]) - line.energy).abs();
    for line in lines {
        // Energies rise with the peaks: the nearest is one of the two around the line.
        let above = spectrum.peaks.partition_point(|peak| polynomial.value(*peak) < line.energy);
        let around = [above.checked_sub(1), Some(above).filter(|peak| *peak < spectrum.peaks.len())];
        let best = around.into_iter().flatten().min_by(|a, b| distance(line, *a).total_cmp(&distance(line, *b)));
        let mut best = best.filter(|peak| distance(line, *peak) < tolerance);
        if let Some(other) = taken.iter().position(|other| best.is_some() && *other == best) {
            let closer = best.is_some_and(|peak| distance(line, peak) < distance(&lines[other], peak));
            if closer {
                taken[other] = None;
            } else {
                best = None;
            }
        }
        taken.push(best);
    }
    taken.into_iter().map(|peak| peak.map(|peak| spectrum.peaks[peak])).collect()
}
