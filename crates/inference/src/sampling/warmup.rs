//! What a chain learns before its draws count: the step, and the widths along its coordinates.
//!
//! Step: dual averaging, M. D. Hoffman and A. Gelman, J. Mach. Learn. Res. 15 (2014) 1593, section 3.2. Widths: from windows that
//! double, as in the reference manual of Stan.

use germane_numerics::maths;

/// Finds the step at which steps are accepted as often as is wanted.
pub(super) struct StepSearch {
    wanted: f64,
    centre: f64,
    count: f64,
    error: f64,
    ln_step: f64,
    ln_mean: f64,
}

impl StepSearch {
    pub(super) fn new(step: f64, wanted: f64) -> Self {
        let ln_step = maths::ln(step);
        Self { wanted, centre: ln_step + maths::ln(10.0), count: 0.0, error: 0.0, ln_step, ln_mean: 0.0 }
    }

    pub(super) fn learn(&mut self, acceptance: f64) {
        self.count += 1.0;
        let part = 1.0 / (self.count + 10.0);
        self.error = (1.0 - part) * self.error + part * (self.wanted - acceptance);
        self.ln_step = self.centre - self.count.sqrt() / 0.05 * self.error;
        let part = maths::exp(-0.75 * maths::ln(self.count));
        self.ln_mean = part * self.ln_step + (1.0 - part) * self.ln_mean;
    }

    /// The step to try next.
    pub(super) fn step(&self) -> f64 {
        maths::exp(self.ln_step)
    }

    /// The step that was found.
    pub(super) fn found(&self) -> f64 {
        if self.count == 0.0 { self.step() } else { maths::exp(self.ln_mean) }
    }
}

/// Ends of the windows after each of which the widths are learned, for so many draws of warm-up: the first at 100, each twice as
/// long as the one before, the last as long as what is left before the final 50.
pub(super) fn windows(warmup: usize) -> Vec<usize> {
    let last = warmup.saturating_sub(50);
    let mut ends = Vec::new();
    let (mut end, mut length) = (100, 25);
    while end < last {
        length *= 2;
        if end + length > last {
            end = last;
        }
        ends.push(end);
        end += length;
    }
    ends
}

/// Mean and variance of what was seen, one number a coordinate.
pub(super) struct Spread {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Spread {
    pub(super) fn new(size: usize) -> Self {
        Self { count: 0.0, mean: vec![0.0; size], squares: vec![0.0; size] }
    }

    pub(super) fn add(&mut self, z: &[f64]) {
        self.count += 1.0;
        for ((value, mean), squares) in z.iter().zip(&mut self.mean).zip(&mut self.squares) {
            let before = value - *mean;
            *mean += before / self.count;
            *squares += before * (value - *mean);
        }
    }

    /// Widths, drawn a little towards 1 where few draws were seen.
    pub(super) fn widths(&self) -> Vec<f64> {
        let width = |squares: &f64| {
            let variance = squares / (self.count - 1.0).max(1.0);
            ((self.count * variance + 5.0) / (self.count + 5.0)).sqrt()
        };
        self.squares.iter().map(width).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fill_the_warm_up() {
        assert_eq!(windows(1000), [100, 150, 250, 450, 950]);
        assert_eq!(windows(120), Vec::<usize>::new());
    }

    #[test]
    fn the_step_is_the_one_that_is_wanted() {
        // Acceptance 1/(1 + step²): 0.8 at a step of 1/2.
        let mut search = StepSearch::new(3.0, 0.8);
        for _ in 0..2000 {
            let step = search.step();
            search.learn(1.0 / (1.0 + step * step));
        }
        assert!((search.found() - 0.5).abs() < 0.02, "{}", search.found());
    }
}
