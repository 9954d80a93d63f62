//! Formulas of parameters, as ROOT writes them (`@0*@1/@2`, `exp(a)^2`, `x > 1 ? y : z`), with exact first and second derivatives.
//!
//! A text becomes a list of operations on a stack. Evaluation carries value, gradient and Hessian in all variables; it needs no
//! memory but the [`Stack`] that it is given.

use germane_texts::Diagnostic;
use std::ops::Range;

pub(crate) mod factory;
mod functions;
mod operations;
mod read;

use functions::Function;

/// A formula of some variables, which are numbered.
///
/// ```
/// use germane_models::formula::{Formula, Stack};
/// let formula = Formula::read("(@0*@1/delta)", &["beta", "gamma", "delta"]).unwrap();
/// let mut stack = Stack::default();
/// let found = formula.evaluate(&[64.0, 32.0, 256.0], &mut stack);
/// assert_eq!(found.value, 8.0);
/// assert_eq!(found.gradient, [0.125, 0.25, -0.03125]);
/// assert_eq!(found.second(1, 0), 1.0 / 256.0);
/// let wrong = Formula::read("@0*gama", &["beta", "gamma"]).unwrap_err();
/// assert_eq!((wrong.place, wrong.diagnostic.nearest.as_deref()), (3..7, Some("gamma")));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    operations: Vec<Operation>,
    variables: usize,
    /// Numbers on the stack at the deepest point.
    depth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Number(f64),
    Variable(usize),
    Apply(Function),
}

/// A mistake in a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct FormulaError {
    /// Bytes of the text.
    pub place: Range<usize>,
    /// What is wrong; it has no place of its own.
    pub diagnostic: Diagnostic,
}

/// Memory of evaluations.
#[derive(Clone, Debug, Default)]
pub struct Stack(Vec<f64>);

/// Value and derivatives at a point.
#[derive(Clone, Copy, Debug)]
pub struct Derivatives<'a> {
    /// The value.
    pub value: f64,
    /// First derivatives by the variables.
    pub gradient: &'a [f64],
    /// Second derivatives, lower triangle, row after row.
    pub hessian: &'a [f64],
}

impl Derivatives<'_> {
    /// A second derivative.
    pub fn second(&self, i: usize, j: usize) -> f64 {
        let (row, column) = (i.max(j), i.min(j));
        self.hessian[row * (row + 1) / 2 + column]
    }
}

/// Most operations of a formula, also after others were put into it: more is no formula of a person.
const MOST: usize = 10_000;

impl Formula {
    /// Reads a formula whose variables are `names`, or `@0`, `@1`, … in their order.
    ///
    /// Loosest first: `?:` · `||` · `&&` · `== !=` · `< <= > >=` · `+ -` · `* /` · unary `- + !` · `^` and `**` (from the right).
    /// Functions are those of C and `TMath`, constants `pi`, `PI`, `EULER`, `TRUE`, `FALSE`.
    ///
    /// # Errors
    /// The first mistake, with its place and the nearest right name.
    pub fn read(text: &str, names: &[&str]) -> Result<Self, FormulaError> {
        Self::of(read::operations(text, names)?, names.len()).ok_or_else(|| FormulaError {
            place: 0..text.len(),
            diagnostic: Diagnostic::new("formula", "the formula is too long"),
        })
    }

    /// The variable `index` of `variables` alone.
    pub fn variable(index: usize, variables: usize) -> Self {
        Self { operations: vec![Operation::Variable(index)], variables, depth: 1 }
    }

    /// A number as a formula of `variables`.
    pub fn number(value: f64, variables: usize) -> Self {
        Self { operations: vec![Operation::Number(value)], variables, depth: 1 }
    }

    fn of(operations: Vec<Operation>, variables: usize) -> Option<Self> {
        if operations.len() > MOST {
            return None;
        }
        let (mut level, mut depth) = (0_usize, 0);
        for operation in &operations {
            level = match operation {
                Operation::Number(_) | Operation::Variable(_) => level + 1,
                Operation::Apply(function) => level + 1 - function.arguments(),
            };
            depth = depth.max(level);
        }
        Some(Self { operations, variables, depth })
    }

    /// Number of variables.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// Whether a variable stands in the formula.
    pub fn uses(&self, variable: usize) -> bool {
        self.operations.contains(&Operation::Variable(variable))
    }

    /// The formula with other formulas, all of the same variables, in the place of its own; nothing if that is too long.
    pub fn with(&self, others: &[Self]) -> Option<Self> {
        let mut operations = Vec::new();
        for operation in &self.operations {
            match operation {
                Operation::Variable(index) => operations.extend_from_slice(&others.get(*index)?.operations),
                other => operations.push(*other),
            }
            if operations.len() > MOST {
                return None;
            }
        }
        Self::of(operations, others.first().map_or(0, |other| other.variables))
    }

    /// The value at `x`.
    pub fn value(&self, x: &[f64], stack: &mut Stack) -> f64 {
        stack.0.resize(self.depth.max(1), 0.0);
        let mut top = 0;
        for operation in &self.operations {
            match operation {
                Operation::Number(value) => stack.0[top] = *value,
                Operation::Variable(index) => stack.0[top] = x[*index],
                Operation::Apply(function) => {
                    let count = function.arguments();
                    top -= count;
                    stack.0[top] = function.value(&stack.0[top..top + count]);
                }
            }
            top += 1;
        }
        stack.0[0]
    }

    /// Value, gradient and Hessian at `x`.
    pub fn evaluate<'a>(&self, x: &[f64], stack: &'a mut Stack) -> Derivatives<'a> {
        let size = self.variables;
        let width = 1 + size + size * (size + 1) / 2;
        stack.0.resize(self.depth.max(1) * width, 0.0);
        let mut top = 0;
        for operation in &self.operations {
            match operation {
                Operation::Number(value) => {
                    stack.0[top * width..(top + 1) * width].fill(0.0);
                    stack.0[top * width] = *value;
                }
                Operation::Variable(index) => {
                    stack.0[top * width..(top + 1) * width].fill(0.0);
                    stack.0[top * width] = x[*index];
                    stack.0[top * width + 1 + index] = 1.0;
                }
                Operation::Apply(function) => {
                    let count = function.arguments();
                    top -= count;
                    operations::apply(*function, &mut stack.0[top * width..(top + count) * width], size);
                }
            }
            top += 1;
        }
        let (first, second) = stack.0[1..width].split_at(size);
        Derivatives { value: stack.0[0], gradient: first, hessian: second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_numerics::maths;

    #[test]
    fn derivatives_are_those_of_the_rules_of_calculus() {
        let mut stack = Stack::default();
        let power = Formula::read("x^y", &["x", "y"]).unwrap();
        let found = power.evaluate(&[2.0, 3.0], &mut stack);
        let ln = maths::ln(2.0);
        let close = |ours: f64, truth: f64| assert!((ours - truth).abs() < 1e-14 * truth.abs().max(1.0), "{ours} {truth}");
        for (ours, truth) in found.gradient.iter().zip([12.0, 8.0 * ln]) {
            close(*ours, truth);
        }
        for (ours, truth) in found.hessian.iter().zip([12.0, 4.0 + 12.0 * ln, 8.0 * ln * ln]) {
            close(*ours, truth);
        }
        // exp(-x²/2): value e, slope -x e, curvature (x² - 1) e.
        let bell = Formula::read("exp(-0.5*x*x)", &["x"]).unwrap();
        let found = bell.evaluate(&[1.5], &mut stack);
        let e = maths::exp(-1.125);
        close(found.value, e);
        close(found.gradient[0], -1.5 * e);
        close(found.second(0, 0), 1.25 * e);
    }

    #[test]
    fn a_formula_of_formulas_is_one_of_their_variables() {
        let names = ["a", "b"];
        let inner = [Formula::read("a+b", &names).unwrap(), Formula::read("a*b", &names).unwrap()];
        let outer = Formula::read("@0/@1", &["s", "p"]).unwrap().with(&inner).unwrap();
        assert_eq!(outer.value(&[2.0, 4.0], &mut Stack::default()), 0.75);
        assert!(outer.uses(1));
    }
}
