//! Operations on one element after the other: arithmetic, comparisons, choices, casts, roundings.

use super::FirstFault;
use super::arithmetic::{floor_divide, maximum, minimum, modulo, round_to, rounded};
use super::layout::Layout;
use super::memory::{LaneSet, Memory, Room, Samples, Unusual};
use super::store::{Store, note_unfit};
use crate::element::Element;
use crate::graph::{Binary, Graph, Node, Operand, Operation, Rounding, Unary};
use crate::lanes::{LANES, Lane};
use germane_numerics::{maths, simd};

/// Where an operand comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// a number for each lane, beside every sample
    Lanes(Lane<f64>),
    /// samples
    Narrow(&'a [Lane<f32>]),
    /// samples
    Wide(&'a [Lane<f64>]),
    /// the same samples in all lanes
    Array(&'a [f64]),
}

impl<'a> Source<'a> {
    /// The same number everywhere.
    pub(super) fn constant(value: f64) -> Self {
        Self::Lanes([value; LANES])
    }

    /// Of an operand.
    pub(super) fn of(layout: &Layout, memory: &'a Memory, operand: &'a Operand) -> Self {
        match operand {
            Operand::Number(value) => Self::constant(*value),
            Operand::Array(values) => Self::Array(values),
            Operand::Variable(id) => match memory.samples(layout, *id) {
                None => Self::Lanes(*memory.scalar(*id)),
                Some(Samples::Narrow(rows)) => Self::Narrow(rows),
                Some(Samples::Wide(rows)) => Self::Wide(rows),
            },
        }
    }

    /// Element `i` in all lanes.
    #[inline(always)]
    pub(super) fn at(&self, i: usize) -> Lane<f64> {
        match self {
            Self::Lanes(lanes) => *lanes,
            Self::Narrow(rows) => rows[i].map(f64::from),
            Self::Wide(rows) => rows[i],
            Self::Array(values) => [values[i]; LANES],
        }
    }
}

/// The value of a scalar operand.
pub(super) fn scalar(layout: &Layout, memory: &Memory, operand: &Operand) -> Source<'static> {
    match operand {
        Operand::Number(value) => Source::constant(*value),
        Operand::Array(values) => Source::constant(values.first().copied().unwrap_or(f64::NAN)),
        Operand::Variable(id) => match memory.samples(layout, *id) {
            None => Source::Lanes(*memory.scalar(*id)),
            Some(Samples::Narrow(rows)) => Source::Lanes(rows[0].map(f64::from)),
            Some(Samples::Wide(rows)) => Source::Lanes(rows[0]),
        },
    }
}

/// What is unusual in an operand.
fn unusual(memory: &Memory, operand: &Operand) -> Unusual {
    match operand {
        Operand::Number(value) => Unusual::of_constant(*value),
        Operand::Array(values) => values.iter().fold(Unusual::default(), |found, value| found.or(Unusual::of_constant(*value))),
        Operand::Variable(id) => memory.unusual(*id),
    }
}

/// Element `i` of the result in all lanes.
#[inline(always)]
fn element<const N: usize>(
    sources: &[Source<'_>; N],
    store: Store,
    function: &impl Fn([f64; N]) -> f64,
    i: usize,
    bad: &mut LaneSet,
) -> Lane<f64> {
    let values: [Lane<f64>; N] = std::array::from_fn(|k| sources[k].at(i));
    let mut result = [0.0; LANES];
    for lane in 0..LANES {
        result[lane] = function(std::array::from_fn(|k| values[k][lane]));
    }
    store.store(&mut result, bad);
    result
}

struct Pass<'a, 'o, F, const N: usize> {
    sources: [Source<'a>; N],
    out: &'o mut Room,
    rows: usize,
    store: Store,
    function: F,
}

impl<F: Fn([f64; N]) -> f64, const N: usize> simd::Work for Pass<'_, '_, F, N> {
    type Output = LaneSet;

    #[inline(always)]
    fn run(self) -> LaneSet {
        let mut bad = 0;
        match self.out {
            Room::Scalar(lanes) => *lanes = element(&self.sources, self.store, &self.function, 0, &mut bad),
            Room::Narrow(rows) => {
                for (i, row) in rows[..self.rows].iter_mut().enumerate() {
                    *row = element(&self.sources, self.store, &self.function, i, &mut bad).map(|x| x as f32);
                }
            }
            Room::Wide(rows) => {
                for (i, row) in rows[..self.rows].iter_mut().enumerate() {
                    *row = element(&self.sources, self.store, &self.function, i, &mut bad);
                }
            }
        }
        bad
    }
}

/// Runs a function over all elements of the variable that the node makes. `finite`: finite operands give finite results.
fn run<const N: usize>(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    operands: [&Operand; N],
    finite: bool,
    fault: &mut FirstFault,
    function: impl Fn([f64; N]) -> f64,
) {
    let id = node.makes[0];
    let store = Store::of(graph.variable(id).element);
    let store = if matches!(node.operation, Operation::Cast(_)) && layout.is_guarded(id) { store.guarded() } else { store };
    let mut out = memory.take(layout, id);
    let sources = operands.map(|operand| Source::of(layout, memory, operand));
    let usual = operands.iter().all(|operand| unusual(memory, operand).is_none());
    let rows = layout.place(id).rows();
    let bad = simd::wide(Pass { sources, out: &mut out, rows, store, function });
    memory.put(layout, id, out);
    if !store.is_float() || (usual && finite) {
        memory.set_unusual(id, Unusual::default());
    } else {
        memory.search(layout, id);
    }
    note_unfit(graph, node, id, bad, fault);
}

/// A function of one number.
pub(super) fn unary(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    function: Unary,
    x: &Operand,
    fault: &mut FirstFault,
) {
    macro_rules! with {
        ($finite:literal, $function:expr) => {
            run(graph, layout, memory, node, [x], $finite, fault, $function)
        };
    }
    let of_bool = match x {
        Operand::Variable(id) => graph.variable(*id).element == Element::Bool,
        _ => false,
    };
    match function {
        Unary::Negate => with!(true, |[x]| -x),
        Unary::Not if of_bool => with!(true, |[x]| f64::from(u8::from(x == 0.0))),
        Unary::Not => with!(true, |[x]| !(x as i64) as f64),
        Unary::Abs => with!(true, |[x]: [f64; 1]| x.abs()),
        Unary::Sqrt => with!(false, |[x]: [f64; 1]| x.sqrt()),
        Unary::Exp => with!(false, |[x]| maths::exp(x)),
        Unary::Log => with!(false, |[x]| maths::ln(x)),
        Unary::Log10 => with!(false, |[x]| maths::log10(x)),
        Unary::Sin => with!(true, |[x]| maths::sin(x)),
        Unary::Cos => with!(true, |[x]| maths::cos(x)),
        Unary::IsNan => with!(true, |[x]: [f64; 1]| f64::from(u8::from(x.is_nan()))),
        Unary::IsFinite => with!(true, |[x]: [f64; 1]| f64::from(u8::from(x.is_finite()))),
    }
}

/// A function of two numbers.
pub(super) fn binary(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    function: Binary,
    operands: [&Operand; 2],
    fault: &mut FirstFault,
) {
    macro_rules! with {
        ($finite:literal, $function:expr) => {
            run(graph, layout, memory, node, operands, $finite, fault, $function)
        };
    }
    macro_rules! compare {
        ($compare:tt) => {
            with!(true, |[x, y]| f64::from(u8::from(x $compare y)))
        };
    }
    match function {
        Binary::Add => with!(true, |[x, y]| x + y),
        Binary::Subtract => with!(true, |[x, y]| x - y),
        Binary::Multiply => with!(false, |[x, y]| x * y),
        Binary::Divide => with!(false, |[x, y]| x / y),
        Binary::FloorDivide => with!(false, |[x, y]| floor_divide(x, y)),
        Binary::Modulo => with!(false, |[x, y]| modulo(x, y)),
        Binary::Power => with!(false, |[x, y]| maths::pow(x, y)),
        Binary::Minimum => with!(true, |[x, y]| minimum(x, y)),
        Binary::Maximum => with!(true, |[x, y]| maximum(x, y)),
        Binary::And => with!(true, |[x, y]| (x as i64 & y as i64) as f64),
        Binary::Or => with!(true, |[x, y]| (x as i64 | y as i64) as f64),
        Binary::Less => compare!(<),
        Binary::LessEqual => compare!(<=),
        Binary::Greater => compare!(>),
        Binary::GreaterEqual => compare!(>=),
        Binary::Equal => compare!(==),
        Binary::NotEqual => compare!(!=),
    }
}

/// Condition, then, else.
pub(super) fn choose(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    operands: &[Operand; 3],
    fault: &mut FirstFault,
) {
    let [condition, yes, no] = operands;
    run(graph, layout, memory, node, [condition, yes, no], true, fault, |[c, yes, no]| if c != 0.0 { yes } else { no });
}

/// A C cast to the element of the variable. Where only choices read it, what does not fit is a fault only if it is chosen.
pub(super) fn cast(graph: &Graph, layout: &Layout, memory: &mut Memory, node: &Node, x: &Operand, fault: &mut FirstFault) {
    if let (true, Operand::Variable(of)) = (layout.is_view(node.makes[0]), x) {
        memory.set_unusual(node.makes[0], memory.unusual(*of));
        return;
    }
    run(graph, layout, memory, node, [x], false, fault, |[x]| x);
}

/// The nearest multiple of a step.
pub(super) fn round(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    rounding: Rounding,
    x: &Operand,
    step: f64,
    fault: &mut FirstFault,
) {
    if step == 1.0 {
        run(graph, layout, memory, node, [x], true, fault, |[x]| rounded(rounding, x));
    } else {
        run(graph, layout, memory, node, [x], false, fault, |[x]| round_to(rounding, x, step));
    }
}
