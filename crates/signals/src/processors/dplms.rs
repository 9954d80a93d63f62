//! Kernel that is best for a measured noise and shape.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor, Role};
use crate::processors::fixed_kernel;

pub(super) static PROCESSOR: Processor = Processor {
    name: "dplms",
    about: "kernel of least squares for a noise matrix and a reference signal",
    formula: "(a1 N + a2 R + a3 1) x = r; R, r: mean of the outer products, sum of the pieces of the reference around its middle (ff 0: one, 1: \
              shifted by -1, 0, 1); kernel = x backwards / largest value of its convolution with the reference",
    source: "V. D'Andrea et al., EPJ C 83 (2023) 149",
    init: &[],
    parameters: &[
        Parameter::of("noise_matrix", Role::Matrix('n', 'n')),
        Parameter::array("reference", 'm'),
        Parameter::constant("a1").plain(),
        Parameter::constant("a2").plain(),
        Parameter::constant("a3").plain(),
        Parameter::integer("ff").plain(),
        Parameter::samples_out("kernel", 'n'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (noise, reference, size) = (call.array(0)?, call.array(1)?, call.length(6));
    if noise.len() != size * size {
        return Err(Fault::at(0, format!("a kernel of {size} samples takes a matrix of {size} by {size}")));
    }
    for (k, name) in [(2, "noise"), (3, "reference"), (4, "area")] {
        if !(call.number(k)? > 0.0) {
            return Err(Fault::at(k, format!("the weight of the {name} must be positive")));
        }
    }
    let (a1, a2, a3) = (call.number(2)?, call.number(3)?, call.number(4)?);
    let shifts: &[isize] = match call.count(5, 0)? {
        0 => &[0],
        1 => &[-1, 0, 1],
        other => return Err(Fault::at(5, format!("expected 0 or 1, this is {other}"))),
    };
    let spare = shifts.len() / 2;
    if reference.len() < size + 2 * spare {
        let least = size + 2 * spare;
        return Err(Fault::at(1, format!("the reference has {} samples, a kernel of {size} needs {least}", reference.len())));
    }
    let start = (reference.len() - size) / 2;
    let Some(pieces) = shifts
        .iter()
        .map(|&shift| start.checked_add_signed(shift).and_then(|at| reference.get(at..at + size)))
        .collect::<Option<Vec<_>>>()
    else {
        return Err(Fault::at(1, "the reference is too short for its shifts"));
    };
    let mut matrix = vec![0.0; size * size];
    for i in 0..size {
        for j in 0..size {
            let outer: f64 = pieces.iter().map(|piece| piece[i] * piece[j]).sum();
            matrix[i * size + j] = a1 * noise[i * size + j] + a2 * (outer / pieces.len() as f64) + a3;
        }
    }
    let right: Vec<f64> = (0..size).map(|i| pieces.iter().map(|piece| piece[i]).sum()).collect();
    let Some(mut kernel) = solve(&matrix, &right) else {
        return Err(Fault::new("the matrix of noise, reference and area is singular"));
    };
    kernel.reverse();
    let at = |s: usize| kernel.iter().enumerate().map(|(j, tap)| tap * reference[s - j]).sum::<f64>();
    let highest = (size - 1..reference.len()).map(at).fold(f64::NEG_INFINITY, f64::max);
    Ok(fixed_kernel::kernel(call, 6, kernel.iter().map(|tap| tap / highest).collect()))
}

/// Solution of `matrix x = right` by elimination with the largest pivot of each column, and one step that takes the rest away.
fn solve(matrix: &[f64], right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    let (mut lu, mut order): (Vec<f64>, Vec<usize>) = (matrix.to_vec(), (0..n).collect());
    for k in 0..n {
        let pivot = (k..n).fold(k, |best, i| if lu[i * n + k].abs() > lu[best * n + k].abs() { i } else { best });
        if !(lu[pivot * n + k].abs() > 0.0) {
            return None;
        }
        if pivot != k {
            order.swap(k, pivot);
            for j in 0..n {
                lu.swap(k * n + j, pivot * n + j);
            }
        }
        for i in k + 1..n {
            let factor = lu[i * n + k] / lu[k * n + k];
            lu[i * n + k] = factor;
            for j in k + 1..n {
                lu[i * n + j] -= factor * lu[k * n + j];
            }
        }
    }
    let apply = |right: &dyn Fn(usize) -> f64| {
        let mut x: Vec<f64> = order.iter().map(|&i| right(i)).collect();
        for i in 0..n {
            x[i] -= (0..i).map(|j| lu[i * n + j] * x[j]).sum::<f64>();
        }
        for i in (0..n).rev() {
            x[i] = (x[i] - (i + 1..n).map(|j| lu[i * n + j] * x[j]).sum::<f64>()) / lu[i * n + i];
        }
        x
    };
    let first = apply(&|i| right[i]);
    let rest = apply(&|i| right[i] - (0..n).map(|j| matrix[i * n + j] * first[j]).sum::<f64>());
    Some(first.iter().zip(&rest).map(|(x, correction)| x + correction).collect())
}
