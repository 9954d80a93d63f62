//! Fast convolution with kernels that are polynomials piece by piece: ramps, flat tops, flanks of cusps.
//!
//! On a run of `n` taps let `k[u] = sum_p c[p] C(u, p)`. Then the run adds `sum_p c[p] M[p]` to an output, where the moments
//! `M[p](s) = sum_u C(u, p) x[s - u]` follow from those before: `M[p](s) = M[p](s-1) + M[p-1](s-1) - C(n, p) x[s - n]`, and
//! `M[0]` takes `x[s]` too. An output then costs as many operations as there are pieces, not taps.
//!
//! Runs are found by fitting the taps, which are rounded numbers: each is met within [`TOLERANCE`] of itself, so that an output
//! is within that part of `sum |k[j] w[i-j]|`. What fits nowhere stays a single tap. The moments are begun again every [`TILE`]
//! outputs, so that rounding does not pile up.

use crate::lanes::{LANES, Lane, Real};

/// Largest relative distance of a polynomial from a tap: a third of 2^-22.
const TOLERANCE: f64 = 7.9e-8;
/// Largest degree.
const DEGREE: usize = 5;
/// `1 / (p + 1)`
const INVERSE: [f64; DEGREE + 1] = [1.0, 1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0, 1.0 / 5.0, 1.0 / 6.0];
/// Taps that a fit looks at.
const POINTS: usize = 64;
/// Outputs between two beginnings.
const TILE: usize = 512;
/// Waveforms that are summed together: as many as the registers hold.
const HALF: usize = 8;

/// A kernel in pieces.
#[derive(Clone, Debug)]
pub(super) struct Piecewise {
    runs: Vec<Run>,
    /// position and value of what is left
    taps: Vec<(usize, f64)>,
}

/// Taps that lie on a polynomial.
#[derive(Clone, Debug)]
struct Run {
    /// the first tap
    first: usize,
    length: usize,
    /// `c`
    differences: Vec<f64>,
    /// `C(length, p)`
    binomials: Vec<f64>,
}

impl Piecewise {
    /// Finds the runs of a kernel; `None` if the sums of its taps are as fast.
    pub(super) fn of(kernel: &[f64]) -> Option<Self> {
        if kernel.len() < 16 || kernel.iter().any(|tap| !tap.is_finite()) {
            return None;
        }
        let mut found = Self { runs: Vec::new(), taps: Vec::new() };
        let mut first = 0;
        while first < kernel.len() {
            // The run that saves most for each operation.
            let best = [0, 1, 3, DEGREE].into_iter().filter_map(|degree| longest(&kernel[first..], degree)).max_by(|a, b| {
                let gain = |run: &Run| run.length as f64 / cost(run.differences.len()) as f64;
                gain(a).total_cmp(&gain(b))
            });
            match best {
                Some(mut run) if run.length > cost(run.differences.len()) => {
                    run.first = first;
                    first += run.length;
                    found.runs.push(run);
                }
                _ => {
                    if kernel[first] != 0.0 {
                        found.taps.push((first, kernel[first]));
                    }
                    first += 1;
                }
            }
            if 2 * found.cost() > kernel.len() {
                return None;
            }
        }
        Some(found)
    }

    /// Operations for each output.
    fn cost(&self) -> usize {
        self.taps.len() + self.runs.iter().map(|run| cost(run.differences.len())).sum::<usize>()
    }

    /// Samples `start`, … of the full convolution with `w`, as many as `out` has; `room` is scratch.
    #[inline(always)]
    pub(super) fn convolve<T: Real>(&self, w: &[Lane<T>], start: usize, out: &mut [Lane<T>], room: &mut Vec<Lane<f64>>) {
        room.resize(TILE, [0.0; LANES]);
        for (tile, out) in out.chunks_mut(TILE).enumerate() {
            let start = start + tile * TILE;
            let sums = &mut room[..out.len()];
            sums.fill([0.0; LANES]);
            for run in &self.runs {
                match run.differences.len() {
                    1 => run.add::<1, T>(w, start, sums),
                    2 => run.add::<2, T>(w, start, sums),
                    4 => run.add::<4, T>(w, start, sums),
                    _ => run.add::<{ DEGREE + 1 }, T>(w, start, sums),
                }
            }
            for (position, tap) in &self.taps {
                let (low, high) = (start.max(*position), (start + sums.len()).min(position + w.len()));
                for s in low..high {
                    let (sum, sample) = (&mut sums[s - start], &w[s - position]);
                    for lane in 0..LANES {
                        sum[lane] += tap * sample[lane].widen();
                    }
                }
            }
            for (samples, sum) in out.iter_mut().zip(sums.iter()) {
                *samples = sum.map(T::narrow);
            }
        }
    }
}

/// Operations of a run for each output, with as many differences.
fn cost(differences: usize) -> usize {
    3 * differences + 1
}

/// The longest run of this degree at the start of `taps`.
fn longest(taps: &[f64], degree: usize) -> Option<Run> {
    let least = cost(degree + 1) + 1;
    if taps.len() < least {
        return None;
    }
    let mut best = None;
    let mut length = least;
    let (mut good, mut bad) = (0, taps.len() + 1);
    loop {
        match fit(&taps[..length], degree) {
            Some(run) => {
                good = length;
                best = Some(run);
            }
            None => bad = length,
        }
        // Twice as long, until it no longer fits; then between. A sixteenth more or less does not matter.
        length = if bad > taps.len() { (2 * good).min(taps.len()) } else { usize::midpoint(good, bad) };
        if good == 0 || length <= good || length >= bad || bad - good <= good / 64 {
            return best;
        }
    }
}

/// The polynomial of taps, if it meets each.
fn fit(taps: &[f64], degree: usize) -> Option<Run> {
    let count = degree + 1;
    let half = (taps.len() - 1) as f64 / 2.0;
    // Least squares in Chebyshev polynomials of t in [-1, 1], with weights for equal relative distances.
    let mut normal = [[0.0; DEGREE + 2]; DEGREE + 1];
    let points = taps.len().min(POINTS);
    for k in 0..points {
        let u = k * (taps.len() - 1) / (points - 1);
        if taps[u] == 0.0 {
            return None;
        }
        let t = (u as f64 - half) / half;
        let mut chebyshev = [0.0; DEGREE + 1];
        for q in 0..count {
            chebyshev[q] = match q {
                0 => 1.0,
                1 => t,
                _ => 2.0 * t * chebyshev[q - 1] - chebyshev[q - 2],
            };
        }
        let weight = 1.0 / taps[u];
        for p in 0..count {
            for q in 0..count {
                normal[p][q] += (chebyshev[p] * weight) * (chebyshev[q] * weight);
            }
            normal[p][count] += chebyshev[p] * weight;
        }
    }
    let coefficients = solve(&mut normal, count)?;
    let differences = newton(&coefficients[..count], half);
    let meets = |u: usize| {
        let mut binomial = 1.0;
        let mut value = 0.0;
        for (p, difference) in differences.iter().enumerate() {
            value += difference * binomial;
            binomial *= (u as f64 - p as f64) * INVERSE[p];
        }
        (value - taps[u]).abs() <= TOLERANCE * taps[u].abs()
    };
    // A few taps tell most misfits.
    let stride = (taps.len() / points).max(1);
    if !(0..taps.len()).step_by(stride).all(meets) || !(0..taps.len()).all(meets) {
        return None;
    }
    let mut binomials = vec![1.0];
    for p in 0..degree {
        binomials.push(binomials[p] * (taps.len() as f64 - p as f64) / (p + 1) as f64);
    }
    Some(Run { first: 0, length: taps.len(), differences, binomials })
}

/// Solves the positive definite equations with their right side in column `count`.
fn solve(equations: &mut [[f64; DEGREE + 2]; DEGREE + 1], count: usize) -> Option<[f64; DEGREE + 1]> {
    for p in 0..count {
        let pivot = equations[p][p];
        if !(pivot > 0.0) {
            return None;
        }
        for q in p + 1..count {
            let factor = equations[q][p] / pivot;
            for k in p..=count {
                equations[q][k] -= factor * equations[p][k];
            }
        }
    }
    let mut solution = [0.0; DEGREE + 1];
    for p in (0..count).rev() {
        let known: f64 = (p + 1..count).map(|q| equations[p][q] * solution[q]).sum();
        solution[p] = (equations[p][count] - known) / equations[p][p];
    }
    Some(solution)
}

/// Chebyshev series in `t = (u - half) / half` as a series in `C(u, p)`, by Clenshaw's recurrence:
/// `u C(u, p) = (p + 1) C(u, p + 1) + p C(u, p)`.
fn newton(coefficients: &[f64], half: f64) -> Vec<f64> {
    let count = coefficients.len();
    let times_t = |series: &[f64]| -> Vec<f64> {
        (0..count)
            .map(|p| {
                let below = if p > 0 { p as f64 * series[p - 1] } else { 0.0 };
                (below + (p as f64 - half) * series[p]) / half
            })
            .collect()
    };
    let (mut next, mut after) = (vec![0.0; count], vec![0.0; count]);
    for q in (1..count).rev() {
        let product = times_t(&next);
        let mut this: Vec<f64> = (0..count).map(|p| 2.0 * product[p] - after[p]).collect();
        this[0] += coefficients[q];
        (next, after) = (this, next);
    }
    let product = times_t(&next);
    let mut series: Vec<f64> = (0..count).map(|p| product[p] - after[p]).collect();
    series[0] += coefficients[0];
    series
}

impl Run {
    /// Adds what the run gives to samples `start`, … of the full convolution. `N` differences.
    #[inline(always)]
    fn add<const N: usize, T: Real>(&self, w: &[Lane<T>], start: usize, sums: &mut [Lane<f64>]) {
        let differences: [f64; N] = std::array::from_fn(|p| self.differences[p]);
        let binomials: [f64; N] = std::array::from_fn(|p| self.binomials[p]);
        let zero = [T::default(); LANES];
        // Sample t of the waveform, with zeros around.
        let at = |t: usize, back: usize| t.checked_sub(back).and_then(|t| w.get(t)).unwrap_or(&zero);
        // Where all samples are there, they are read without asking.
        let oldest = start.checked_sub(self.first + self.length);
        let inside = oldest.and_then(|oldest| w.get(oldest..oldest + self.length + sums.len()));
        for half in 0..LANES / HALF {
            let widened = |row: &Lane<T>| -> [f64; HALF] { std::array::from_fn(|lane| row[half * HALF + lane].widen()) };
            let mut moments = Moments([[0.0; HALF]; N]);
            // The moments before the first output: samples start - first - length, …, start - first - 1.
            match inside {
                Some(samples) => {
                    for row in &samples[..self.length] {
                        moments.begin(&widened(row));
                    }
                }
                None => {
                    for back in (1..=self.length).rev() {
                        moments.begin(&widened(at(start, self.first + back)));
                    }
                }
            }
            match inside {
                Some(samples) => {
                    for (sum, (old, new)) in sums.iter_mut().zip(samples.iter().zip(&samples[self.length..])) {
                        moments.step(&widened(new), &widened(old), &binomials);
                        moments.add_value(&differences, half * HALF, sum);
                    }
                }
                None => {
                    for (o, sum) in sums.iter_mut().enumerate() {
                        let new = widened(at(start + o, self.first));
                        let old = widened(at(start + o, self.first + self.length));
                        moments.step(&new, &old, &binomials);
                        moments.add_value(&differences, half * HALF, sum);
                    }
                }
            }
        }
    }
}

/// `M[p]` of some waveforms.
struct Moments<const N: usize>([[f64; HALF]; N]);

impl<const N: usize> Moments<N> {
    /// A sample comes, none goes.
    #[inline(always)]
    fn begin(&mut self, new: &[f64; HALF]) {
        for p in (1..N).rev() {
            for lane in 0..HALF {
                self.0[p][lane] += self.0[p - 1][lane];
            }
        }
        for lane in 0..HALF {
            self.0[0][lane] += new[lane];
        }
    }

    /// A sample comes, one goes.
    #[inline(always)]
    fn step(&mut self, new: &[f64; HALF], old: &[f64; HALF], binomials: &[f64; N]) {
        for p in (1..N).rev() {
            for lane in 0..HALF {
                // What is added does not wait for what it is added to.
                self.0[p][lane] += self.0[p - 1][lane] - binomials[p] * old[lane];
            }
        }
        for lane in 0..HALF {
            self.0[0][lane] += new[lane] - old[lane];
        }
    }

    /// Adds `sum_p c[p] M[p]` to lanes from `first` on.
    #[inline(always)]
    fn add_value(&self, differences: &[f64; N], first: usize, sum: &mut Lane<f64>) {
        let mut value = [0.0; HALF];
        for p in 0..N {
            for lane in 0..HALF {
                value[lane] += differences[p] * self.0[p][lane];
            }
        }
        for lane in 0..HALF {
            sum[first + lane] += value[lane];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kernel of a cusp: flanks of sinh, a flat top, the decay taken away; rounded to `f32`.
    fn cusp(sigma: f64, flat: usize, decay: f64, length: usize) -> Vec<f64> {
        let flank = (length - flat) / 2;
        let sinh = germane_numerics::maths::sinh;
        let shape = |i: usize| match i {
            i if i < flank => sinh(i as f64 / sigma) / sinh(flank as f64 / sigma),
            i if i <= flank + flat => 1.0,
            i => sinh((length - i) as f64 / sigma) / sinh(flank as f64 / sigma),
        };
        let ratio = germane_numerics::maths::exp(-1.0 / decay);
        let tap = |i: usize| shape(i) - ratio * if i > 0 { shape(i - 1) } else { 0.0 };
        (0..length).map(|i| f64::from(tap(i) as f32)).collect()
    }

    fn samples(count: usize, offset: f64) -> Vec<Lane<f64>> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / 1e4 + offset
        };
        (0..count).map(|_| std::array::from_fn(|_| next())).collect()
    }

    /// Compares with the sums of the definition, within `2^-22 sum |k w|`.
    fn check(kernel: &[f64], w: &[Lane<f64>], start: usize, length: usize) {
        let pieces = Piecewise::of(kernel).expect("the kernel has pieces");
        let mut out = vec![[0.0; LANES]; length];
        pieces.convolve(w, start, &mut out, &mut Vec::new());
        for (o, found) in out.iter().enumerate() {
            for lane in [0, 5, 15] {
                let (mut sum, mut size) = (0.0, 0.0);
                for (j, tap) in kernel.iter().enumerate() {
                    if let Some(row) = (start + o).checked_sub(j).and_then(|t| w.get(t)) {
                        sum += tap * row[lane];
                        size += (tap * row[lane]).abs();
                    }
                }
                let error = (found[lane] - sum).abs();
                assert!(error <= size / 4_194_304.0, "output {o}: {} for {sum}, allowed {}", found[lane], size / 4_194_304.0);
            }
        }
    }

    #[test]
    fn cusps_are_within_the_bound_of_their_sums() {
        let kernel = cusp(1250.0, 188, 28125.0, 3192);
        check(&kernel, &samples(3492, 0.0), 3191, 301);
        check(&kernel, &samples(3492, 13_000.0), 3191, 301);
    }

    #[test]
    fn ramps_with_flat_ends_are_within_the_bound_at_all_edges() {
        let ramp = |i: usize| if i < 8 { 2.0 * (8 - i) as f64 / 72.0 } else { -1.0 / 125.0 };
        let kernel: Vec<f64> = (0..133).map(|i| f64::from(ramp(i) as f32)).collect();
        check(&kernel, &samples(1400, 100.0), 0, 1532);
    }

    #[test]
    fn noise_has_no_pieces() {
        let kernel: Vec<f64> = samples(200, 0.0).iter().map(|row| row[0]).collect();
        assert!(Piecewise::of(&kernel).is_none());
    }

    #[test]
    fn few_operations_replace_many_taps() {
        let pieces = Piecewise::of(&cusp(1250.0, 188, 28125.0, 3192)).expect("the kernel has pieces");
        assert!(pieces.cost() < 320, "{} operations, {} runs, {} taps", pieces.cost(), pieces.runs.len(), pieces.taps.len());
    }
}
