//! Step one, first half: peaks of an uncalibrated spectrum.

use super::document::{Line, Settings};

/// Bin width of the search in keV, by the guessed scale.
const BIN: f64 = 0.5;
/// Half widths of a peak in bins for which the search looks: of usual and of bad resolution.
const HALF_WIDTHS: [usize; 2] = [3, 8];
/// Significance of a peak over its surroundings in standard deviations.
const SIGNIFICANCE: f64 = 3.5;
/// Most peaks that are kept, the most significant ones.
const MOST: usize = 60;
/// Fewest events of a spectrum.
const FEWEST: usize = 50;
/// Most bins.
const BINS: usize = 1 << 18;

/// Peaks of a spectrum.
pub(super) struct Spectrum {
    /// keV per unit.
    pub(super) guess: f64,
    /// How far the true scale may be from the guess, as a factor.
    pub(super) tolerance: f64,
    /// Places of peaks, ascending.
    pub(super) peaks: Vec<f64>,
}

impl Spectrum {
    pub(super) fn new(energies: &[f64], lines: &[Line], settings: &Settings) -> Result<Self, String> {
        let mut finite: Vec<f64> = energies.iter().copied().filter(|energy| energy.is_finite()).collect();
        if finite.len() < FEWEST {
            return Err(format!("{} events are too few for a calibration", finite.len()));
        }
        let last = lines.iter().map(|line| line.energy).fold(0.0, f64::max);
        let (guess, tolerance) = match settings.guess {
            Some(guess) => (guess, 1.1),
            None if settings.degree == -1 => (1.0, 1.001),
            None => {
                let rank = (finite.len() * 99 / 100).min(finite.len() - 1);
                let (_, top, _) = finite.select_nth_unstable_by(rank, f64::total_cmp);
                if !(*top > 0.0) {
                    return Err(format!("99 % of the energies are below {top}: there is no spectrum"));
                }
                (last / *top, 1.7)
            }
        };
        let width = BIN / guess;
        let high = 1.05 * last / guess * tolerance + 100.0 * width;
        let low = finite.iter().copied().fold(high, f64::min).max(-high);
        let bins = ((high - low) / width).ceil();
        if !(bins >= 20.0 && bins <= BINS as f64) {
            return Err(format!("the energies from {low} do not fit a scale of {guess} keV per unit"));
        }
        let mut counts = vec![0.0; bins as usize];
        for energy in finite {
            let bin = (energy - low) / width;
            if bin >= 0.0 && bin < bins {
                counts[bin as usize] += 1.0;
            }
        }
        let centre = |bin: usize| low + (bin as f64 + 0.5) * width;
        let mut found = Vec::new();
        for half in HALF_WIDTHS {
            for (bin, significance) in local_maxima(&counts, half) {
                if found.iter().all(|(other, _): &(usize, f64)| bin.abs_diff(*other) > half) {
                    found.push((bin, significance));
                }
            }
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(MOST);
        found.sort_by_key(|(bin, _)| *bin);
        let peaks = found.into_iter().map(|(bin, _)| centre(bin)).collect();
        Ok(Self { guess, tolerance, peaks })
    }
}

/// Bins in which the events of 2 half + 1 bins stand most over those of as many bins on the sides.
fn local_maxima(counts: &[f64], half: usize) -> Vec<(usize, f64)> {
    let mut sums = vec![0.0];
    for count in counts {
        sums.push(sums[sums.len() - 1] + count);
    }
    let reach = 2 * half + 1;
    let significance = |bin: usize| {
        let inside = sums[bin + half + 1] - sums[bin - half];
        let (left, right) = (bin - half - reach, bin + half + 1 + reach);
        let outside = sums[right] - sums[left] - inside;
        // As many bins inside as on each side.
        (inside - 0.5 * outside) / (inside + 0.25 * outside).max(1.0).sqrt()
    };
    let margin = half + reach + 1;
    if counts.len() <= 2 * margin {
        return Vec::new();
    }
    let all: Vec<f64> = (margin..counts.len() - margin).map(significance).collect();
    let largest = |at: usize| {
        let (from, to) = (at.saturating_sub(reach), (at + reach + 1).min(all.len()));
        // Of equal ones the first.
        all[from..at].iter().all(|other| *other < all[at]) && all[at..to].iter().all(|other| *other <= all[at])
    };
    (0..all.len()).filter(|&at| all[at] > SIGNIFICANCE && largest(at)).map(|at| (at + margin, all[at])).collect()
}
