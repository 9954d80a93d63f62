//! Least-squares polynomials through neighbouring samples, by polynomials that are orthogonal over evenly spaced points.
//!
//! With `x` counted from the middle of `N` points: `P_0 = 1`, `P_{k+1} = x P_k - c_k P_{k-1}`, `c_k = k² (N² - k²) / (4 (4 k² - 1))`,
//! and the sum of the squares of `P_k` is `N c_1 … c_k` (J. P. Gram, J. reine angew. Math. 94 (1883) 41).

/// Weights of `points` samples that give the `derivative`-th derivative (per sample) at `at`, counted from the first of them, of the
/// polynomial of `degree` that comes nearest to them.
pub(super) fn weights(points: usize, degree: usize, derivative: usize, at: f64) -> Vec<f64> {
    let middle = (points as f64 - 1.0) / 2.0;
    let square = (points * points) as f64;
    let mut weights = vec![0.0; points];
    // Values of P_{k-1} and P_k at the points, and of their derivatives (0, 1, …) at `at`.
    let (mut before, mut here) = (vec![0.0; points], vec![1.0; points]);
    let (mut before_at, mut here_at) = (vec![0.0; derivative + 1], vec![0.0; derivative + 1]);
    here_at[0] = 1.0;
    let mut norm = points as f64;
    for k in 0..=degree.min(points - 1) {
        for (weight, value) in weights.iter_mut().zip(&here) {
            *weight += value * (here_at[derivative] / norm);
        }
        let step = |k: f64| k * k * (square - k * k) / (4.0 * (4.0 * k * k - 1.0));
        let c = if k > 0 { step(k as f64) } else { 0.0 };
        for (i, (before, here)) in before.iter_mut().zip(&mut here).enumerate() {
            let next = (i as f64 - middle) * *here - c * *before;
            (*before, *here) = (*here, next);
        }
        let next: Vec<f64> = (0..=derivative)
            .map(|s| {
                let lower = if s > 0 { s as f64 * here_at[s - 1] } else { 0.0 };
                (at - middle) * here_at[s] + lower - c * before_at[s]
            })
            .collect();
        (before_at, here_at) = (here_at, next);
        norm *= step(k as f64 + 1.0);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_savitzky_and_golay() {
        // Anal. Chem. 36 (1964) 1627, tables: quadratic smoothing of 5 and 7 points, first derivative of 5 points.
        let close = |ours: Vec<f64>, table: &[f64], norm: f64| {
            assert_eq!(ours.len(), table.len());
            for (a, b) in ours.iter().zip(table) {
                assert!((a - b / norm).abs() < 1e-15, "{ours:?}");
            }
        };
        close(weights(5, 2, 0, 2.0), &[-3.0, 12.0, 17.0, 12.0, -3.0], 35.0);
        close(weights(7, 3, 0, 3.0), &[-2.0, 3.0, 6.0, 7.0, 6.0, 3.0, -2.0], 21.0);
        close(weights(5, 2, 1, 2.0), &[-2.0, -1.0, 0.0, 1.0, 2.0], 10.0);
        close(weights(5, 2, 2, 2.0), &[2.0, -1.0, -2.0, -1.0, 2.0], 7.0);
    }

    #[test]
    fn polynomials_come_back_with_their_derivatives() {
        let polynomial = |x: f64| 2.0 - x + 0.5 * x * x - 0.125 * x * x * x;
        let derivatives = [polynomial, |x: f64| -1.0 + x - 0.375 * x * x, |x: f64| 1.0 - 0.75 * x, |_: f64| -0.75, |_: f64| 0.0];
        for points in [4, 6, 9, 20] {
            for at in [-1.5, 0.0, 0.3, 2.0, 3.75] {
                for (s, derivative) in derivatives.iter().enumerate() {
                    let weights = weights(points, 3, s, at);
                    let value: f64 = weights.iter().enumerate().map(|(i, w)| w * polynomial(i as f64)).sum();
                    assert!((value - derivative(at)).abs() < 1e-9, "{points} points, derivative {s} at {at}: {value}");
                }
            }
        }
    }
}
