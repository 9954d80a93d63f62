//! Operators and functions of formulas: their names, numbers of arguments, values, and derivatives of those of one argument.

use germane_numerics::maths;

/// What an operation does with the numbers on top of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Negate,
    Not,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
    /// Condition, value if it is not 0, value if it is.
    Choose,
    Minimum,
    Maximum,
    Absolute,
    Exp,
    Ln,
    Log10,
    Sqrt,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
}

/// Functions by the names of C; `TMath::` goes before the second name.
pub(super) const FUNCTIONS: [(&str, &str, Function); 18] = [
    ("abs", "Abs", Function::Absolute),
    ("fabs", "Abs", Function::Absolute),
    ("acos", "ACos", Function::Acos),
    ("asin", "ASin", Function::Asin),
    ("atan", "ATan", Function::Atan),
    ("cos", "Cos", Function::Cos),
    ("cosh", "CosH", Function::Cosh),
    ("exp", "Exp", Function::Exp),
    ("log", "Log", Function::Ln),
    ("log10", "Log10", Function::Log10),
    ("max", "Max", Function::Maximum),
    ("min", "Min", Function::Minimum),
    ("pow", "Power", Function::Power),
    ("sin", "Sin", Function::Sin),
    ("sinh", "SinH", Function::Sinh),
    ("sqrt", "Sqrt", Function::Sqrt),
    ("tan", "Tan", Function::Tan),
    ("tanh", "TanH", Function::Tanh),
];

/// Constants by name.
pub(super) const CONSTANTS: [(&str, f64); 7] = [
    ("pi", std::f64::consts::PI),
    ("PI", std::f64::consts::PI),
    ("EULER", std::f64::consts::E),
    ("TRUE", 1.0),
    ("FALSE", 0.0),
    ("true", 1.0),
    ("false", 0.0),
];

impl Function {
    pub(super) fn arguments(self) -> usize {
        match self {
            Self::Choose => 3,
            Self::Add
            | Self::Subtract
            | Self::Multiply
            | Self::Divide
            | Self::Power
            | Self::Less
            | Self::LessOrEqual
            | Self::Equal
            | Self::NotEqual
            | Self::And
            | Self::Or
            | Self::Minimum
            | Self::Maximum => 2,
            _ => 1,
        }
    }

    pub(super) fn value(self, a: &[f64]) -> f64 {
        let truth = f64::from;
        match self {
            Self::Add => a[0] + a[1],
            Self::Subtract => a[0] - a[1],
            Self::Multiply => a[0] * a[1],
            Self::Divide => a[0] / a[1],
            Self::Power => maths::pow(a[0], a[1]),
            Self::Not => truth(a[0] == 0.0),
            Self::Less => truth(a[0] < a[1]),
            Self::LessOrEqual => truth(a[0] <= a[1]),
            Self::Equal => truth(a[0] == a[1]),
            Self::NotEqual => truth(a[0] != a[1]),
            Self::And => truth(a[0] != 0.0 && a[1] != 0.0),
            Self::Or => truth(a[0] != 0.0 || a[1] != 0.0),
            Self::Choose if a[0] != 0.0 => a[1],
            Self::Choose => a[2],
            // NaN wins, so that it is seen.
            Self::Minimum => {
                if a[1] < a[0] || a[1].is_nan() {
                    a[1]
                } else {
                    a[0]
                }
            }
            Self::Maximum => {
                if a[1] > a[0] || a[1].is_nan() {
                    a[1]
                } else {
                    a[0]
                }
            }
            unary => unary.of_one(a[0])[0],
        }
    }

    /// Value, first and second derivative of a function of one argument.
    pub(super) fn of_one(self, x: f64) -> [f64; 3] {
        match self {
            Self::Negate => [-x, -1.0, 0.0],
            Self::Absolute if x < 0.0 => [-x, -1.0, 0.0],
            Self::Absolute => [x, 1.0, 0.0],
            Self::Exp => [maths::exp(x); 3],
            Self::Ln => [maths::ln(x), 1.0 / x, -1.0 / (x * x)],
            Self::Log10 => [maths::log10(x), std::f64::consts::LOG10_E / x, -std::f64::consts::LOG10_E / (x * x)],
            Self::Sqrt => {
                let root = x.sqrt();
                [root, 0.5 / root, -0.25 / (root * x)]
            }
            Self::Sin => [maths::sin(x), maths::cos(x), -maths::sin(x)],
            Self::Cos => [maths::cos(x), -maths::sin(x), -maths::cos(x)],
            Self::Tan => {
                let tan = maths::tan(x);
                let slope = 1.0 + tan * tan;
                [tan, slope, 2.0 * tan * slope]
            }
            Self::Asin => {
                let slope = 1.0 / (1.0 - x * x).sqrt();
                [maths::asin(x), slope, x * slope * slope * slope]
            }
            Self::Acos => {
                let slope = -1.0 / (1.0 - x * x).sqrt();
                [maths::acos(x), slope, x * slope * slope * slope]
            }
            Self::Atan => {
                let slope = 1.0 / (1.0 + x * x);
                [maths::atan(x), slope, -2.0 * x * slope * slope]
            }
            Self::Sinh => [maths::sinh(x), maths::cosh(x), maths::sinh(x)],
            Self::Cosh => [maths::cosh(x), maths::sinh(x), maths::cosh(x)],
            Self::Tanh => {
                let tanh = maths::tanh(x);
                let slope = 1.0 - tanh * tanh;
                [tanh, slope, -2.0 * tanh * slope]
            }
            // Steps: flat wherever they have a derivative.
            other => [other.value(&[x]), 0.0, 0.0],
        }
    }
}
