//! One operation on values with gradients and Hessians: sums, products and the chain rule.

use super::functions::Function;

/// Applies a function to the jets in `slots` (value, gradient, lower triangle of the Hessian, one after the other) and leaves
/// the result in the first.
pub(super) fn apply(function: Function, slots: &mut [f64], size: usize) {
    let width = 1 + size + size * (size + 1) / 2;
    let (a, rest) = slots.split_at_mut(width);
    match function {
        Function::Add => a.iter_mut().zip(rest).for_each(|(a, b)| *a += *b),
        Function::Subtract => a.iter_mut().zip(rest).for_each(|(a, b)| *a -= *b),
        Function::Multiply => multiply(a, rest, size),
        Function::Divide => {
            let inverse = 1.0 / rest[0];
            let value = a[0] / rest[0];
            chain(rest, [inverse, -inverse * inverse, 2.0 * inverse * inverse * inverse], size);
            multiply(a, rest, size);
            // The quotient is rounded once, as without derivatives.
            a[0] = value;
        }
        Function::Power => power(a, rest, size),
        Function::Choose => {
            let (yes, no) = rest.split_at(width);
            a.copy_from_slice(if a[0] != 0.0 { yes } else { no });
        }
        Function::Minimum | Function::Maximum => {
            let value = function.value(&[a[0], rest[0]]);
            if value == rest[0] && value != a[0] || rest[0].is_nan() {
                a.copy_from_slice(rest);
            }
        }
        Function::Less | Function::LessOrEqual | Function::Equal | Function::NotEqual | Function::And | Function::Or => {
            let value = function.value(&[a[0], rest[0]]);
            a.fill(0.0);
            a[0] = value;
        }
        unary => {
            let parts = unary.of_one(a[0]);
            chain(a, parts, size);
        }
    }
}

/// f(a) from the value and derivatives of f.
fn chain(a: &mut [f64], [value, first, second]: [f64; 3], size: usize) {
    let (gradient, hessian) = a[1..].split_at_mut(size);
    let mut at = 0;
    for i in 0..size {
        for j in 0..=i {
            hessian[at] = scaled(first, hessian[at]) + scaled(second, gradient[i] * gradient[j]);
            at += 1;
        }
    }
    gradient.iter_mut().for_each(|slope| *slope = scaled(first, *slope));
    a[0] = value;
}

/// A product that is 0 where the variable does not matter, also where the function has no derivative (sqrt at 0).
fn scaled(derivative: f64, inner: f64) -> f64 {
    if inner == 0.0 { 0.0 } else { derivative * inner }
}

fn multiply(a: &mut [f64], b: &[f64], size: usize) {
    let (x, y) = (a[0], b[0]);
    let mut at = 1 + size;
    for i in 0..size {
        for j in 0..=i {
            let mixed = a[1 + i] * b[1 + j] + a[1 + j] * b[1 + i];
            a[at] = a[at] * y + x * b[at] + mixed;
            at += 1;
        }
    }
    for i in 1..=size {
        a[i] = a[i] * y + x * b[i];
    }
    a[0] = x * y;
}

/// a to the power b. A constant exponent needs no logarithm, so that negative numbers have integral powers.
fn power(a: &mut [f64], b: &mut [f64], size: usize) {
    let (base, exponent) = (a[0], b[0]);
    let value = Function::Power.value(&[base, exponent]);
    if b[1..].iter().all(|derivative| *derivative == 0.0) {
        let term = |factor: f64, less: f64| {
            if factor == 0.0 { 0.0 } else { factor * Function::Power.value(&[base, exponent - less]) }
        };
        chain(a, [value, term(exponent, 1.0), term(exponent * (exponent - 1.0), 2.0)], size);
        return;
    }
    chain(a, Function::Ln.of_one(base), size);
    multiply(a, b, size);
    chain(a, [value; 3], size);
}
