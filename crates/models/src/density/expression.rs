//! A density that a formula of x and arguments gives, up to its normalisation.

use super::adaptive;
use super::jet::{Jet, MOST};
use crate::formula::{Formula, Stack};

/// A formula whose first variable is x; the arguments of the shape follow.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    formula: Formula,
}

impl Expression {
    /// Nothing if the formula has no x, or more than [`MOST`] arguments.
    pub(super) fn new(formula: Formula) -> Option<Self> {
        (1..=MOST + 1).contains(&formula.variables()).then_some(Self { formula })
    }

    fn arguments(&self) -> usize {
        self.formula.variables() - 1
    }

    pub(super) fn value(&self, x: f64, arguments: &[f64]) -> f64 {
        let mut variables = [0.0; MOST + 1];
        self.formula.value(self.at(x, arguments, &mut variables), &mut Stack::default())
    }

    pub(super) fn density(&self, x: f64, arguments: &[f64], out: &mut Jet) {
        self.jet(x, arguments, &mut Stack::default(), out);
    }

    pub(super) fn integral(&self, low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
        let stack = std::cell::RefCell::new(Stack::default());
        *out = adaptive::integral(low, high, self.arguments(), |x, jet| self.jet(x, arguments, &mut stack.borrow_mut(), jet));
    }

    fn at<'a>(&self, x: f64, arguments: &[f64], variables: &'a mut [f64; MOST + 1]) -> &'a [f64] {
        let size = self.arguments();
        variables[0] = x;
        variables[1..=size].copy_from_slice(&arguments[..size]);
        &variables[..=size]
    }

    fn jet(&self, x: f64, arguments: &[f64], stack: &mut Stack, out: &mut Jet) {
        let mut variables = [0.0; MOST + 1];
        let found = self.formula.evaluate(self.at(x, arguments, &mut variables), stack);
        *out = Jet::ZERO;
        out.value = found.value;
        for i in 0..self.arguments() {
            out.first[i] = found.gradient[i + 1];
            for j in 0..=i {
                out.set_second(i, j, found.second(i + 1, j + 1));
            }
        }
    }
}
