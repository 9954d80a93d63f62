//! Operations on one value at a time, over whole buffers.

use super::column::{Column, NONE, Operand, Span};
use super::combine::{all_there, map1, map2, map2_checked, map3, map4};
use crate::functions::elementary_kernel;
use crate::graph::{Op, Storage};
use crate::syntax::{Binary, Comparison};
use germane_numerics::maths;
use std::f64::consts::PI;

/// Runs an operation over `n` values. `kinds` are the storages of the arguments.
pub(crate) fn run(op: &Op, args: &[Operand<'_>], kinds: &[Storage], storage: Storage, n: usize, out: &mut Column) {
    match op {
        Op::And | Op::Or => return kleene(*op == Op::And, args[0], args[1], n, out),
        Op::IsNull => return is_null(args[0], kinds[0], n, out),
        Op::Default => return default(args[0], args[1], storage, n, out),
        Op::Choose => return choose([args[0], args[1], args[2]], storage, n, out),
        Op::Identity(tag) => return identity(*tag, args[0], n, out),
        _ => {}
    }
    all_there(args, n, out);
    match storage {
        Storage::Float => floats(op, args, kinds, n, out),
        Storage::Int => ints(op, args, kinds, n, out),
        _ => bools(op, args, kinds, n, out),
    }
}

fn floats(op: &Op, args: &[Operand<'_>], kinds: &[Storage], n: usize, out: &mut Column) {
    let x = args[0].floats();
    let y = args.get(1).map_or(Span::One(0.0), |arg| arg.floats());
    let to = &mut out.floats;
    match op {
        Op::ToFloat if kinds[0] == Storage::Int => map1(args[0].ints(), n, to, |x| x as f64),
        Op::ToFloat => map1(x, n, to, |x| x),
        Op::Negate => map1(x, n, to, |x| -x),
        Op::Abs => map1(x, n, to, f64::abs),
        Op::Sqrt => map1(x, n, to, f64::sqrt),
        Op::Square => map1(x, n, to, |x| x * x),
        Op::Elementary(name) => {
            let kernel = elementary_kernel(name);
            map1(x, n, to, kernel);
        }
        Op::Arithmetic(Binary::Add) => map2(x, y, n, to, |x, y| x + y),
        Op::Arithmetic(Binary::Subtract) => map2(x, y, n, to, |x, y| x - y),
        Op::Arithmetic(Binary::Multiply) => map2(x, y, n, to, |x, y| x * y),
        Op::Arithmetic(Binary::Divide) => map2(x, y, n, to, |x, y| x / y),
        Op::Arithmetic(Binary::FloorDivide) => map2(x, y, n, to, floor_divide),
        Op::Arithmetic(Binary::Modulo) => map2(x, y, n, to, modulo),
        Op::Arithmetic(_) => map2(x, y, n, to, power),
        Op::Atan2 => map2(x, y, n, to, maths::atan2),
        Op::Hypot => map2(x, y, n, to, maths::hypot),
        Op::AngleDifference => map2(x, y, n, to, angle_difference),
        Op::Least => map2(x, y, n, to, |x, y| if y < x || x.is_nan() { y } else { x }),
        Op::Greatest => map2(x, y, n, to, |x, y| if y > x || x.is_nan() { y } else { x }),
        Op::Clamp => map3((x, y, args[2].floats()), n, to, clamp),
        Op::Component("pt") => map2(x, y, n, to, |x, y| (x * x + y * y).sqrt()),
        Op::Component("p") => map3((x, y, args[2].floats()), n, to, |x, y, z| (x * x + y * y + z * z).sqrt()),
        Op::Component("mass") => map4(args, n, to, |x, y, z, e| {
            let m2 = e * e - (x * x + y * y + z * z);
            let root = m2.abs().sqrt();
            if m2 < 0.0 { -root } else { root }
        }),
        Op::Component("signed root") => map1(x, n, to, |m2| if m2 < 0.0 { -(-m2).sqrt() } else { m2.sqrt() }),
        Op::Component("eta") => map2(x, y, n, to, pseudorapidity),
        Op::Component("rapidity") => map2(x, y, n, to, rapidity),
        Op::Component("ratio or zero") => map2(x, y, n, to, |x, y| if y == 0.0 { 0.0 } else { x / y }),
        _ => map2(x, y, n, to, |x, y| if y == 0.0 { f64::INFINITY } else { x / y }),
    }
}

fn ints(op: &Op, args: &[Operand<'_>], kinds: &[Storage], n: usize, out: &mut Column) {
    let x = args[0].ints();
    let y = args.get(1).map_or(Span::One(0), |arg| arg.ints());
    match op {
        Op::Negate => map2_checked(x, Span::One(0), n, out, |x, _| x.checked_neg()),
        Op::Abs => map2_checked(x, Span::One(0), n, out, |x, _| x.checked_abs()),
        Op::Sign if kinds[0] == Storage::Int => map1(x, n, &mut out.ints, i64::signum),
        Op::Sign => from_float(args[0], n, out, |x| Some(if x > 0.0 { 1 } else { -i64::from(x < 0.0) }).filter(|_| !x.is_nan())),
        Op::Rounding("floor") => from_float(args[0], n, out, |x| whole(x.floor())),
        Op::Rounding("ceil") => from_float(args[0], n, out, |x| whole(x.ceil())),
        Op::Rounding(_) => from_float(args[0], n, out, |x| whole(x.round_ties_even())),
        Op::Arithmetic(Binary::Add) => map2_checked(x, y, n, out, i64::checked_add),
        Op::Arithmetic(Binary::Subtract) => map2_checked(x, y, n, out, i64::checked_sub),
        Op::Arithmetic(Binary::Multiply) => map2_checked(x, y, n, out, i64::checked_mul),
        Op::Arithmetic(Binary::FloorDivide) => map2_checked(x, y, n, out, |x, y| {
            let quotient = x.checked_div(y)?;
            Some(if x % y != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient })
        }),
        Op::Arithmetic(Binary::Modulo) => map2_checked(x, y, n, out, |x, y| {
            if y == -1 {
                return Some(0);
            }
            let rest = x.checked_rem(y)?;
            Some(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest })
        }),
        Op::PowerInt => map2_checked(x, y, n, out, whole_power),
        Op::BitAnd => map2(x, y, n, &mut out.ints, |x, y| x & y),
        Op::BitOr => map2(x, y, n, &mut out.ints, |x, y| x | y),
        Op::BitNot => map1(x, n, &mut out.ints, |x: i64| !x),
        Op::Least => map2(x, y, n, &mut out.ints, i64::min),
        Op::Greatest => map2(x, y, n, &mut out.ints, i64::max),
        _ => map3((x, y, args[2].ints()), n, &mut out.ints, |x, low, high| x.min(high).max(low)),
    }
}

fn bools(op: &Op, args: &[Operand<'_>], kinds: &[Storage], n: usize, out: &mut Column) {
    let to = &mut out.bools;
    match op {
        Op::Not => map1(args[0].bools(), n, to, |x: bool| !x),
        Op::IsNan => map1(args[0].floats(), n, to, f64::is_nan),
        Op::IsFinite => map1(args[0].floats(), n, to, f64::is_finite),
        Op::Bit => {
            map2(
                args[0].ints(),
                args[1].ints(),
                n,
                to,
                |x: i64, k| if (0..64).contains(&k) { x >> k & 1 == 1 } else { k > 63 && x < 0 },
            );
        }
        Op::EtaBelow { inclusive } => {
            let limit = args[2].floats().at(0);
            let sinh = maths::sinh(limit);
            // asinh is monotonic and right to far better than this, so most values are decided without it
            let (surely, hardly) = (sinh * (1.0 - 1e-9), sinh * (1.0 + 1e-9));
            map2(args[0].floats(), args[1].floats(), n, to, |pt, pz| {
                let slope = (pz / pt).abs();
                if slope < surely {
                    return true;
                }
                if slope > hardly {
                    return false;
                }
                let eta = pseudorapidity(pt, pz).abs();
                if *inclusive { eta <= limit } else { eta < limit }
            });
        }
        Op::HypotBelow { inclusive } => {
            let limit = args[2].floats().at(0);
            let (surely, hardly) = (limit * limit * (1.0 - 1e-9), limit * limit * (1.0 + 1e-9));
            map2(args[0].floats(), args[1].floats(), n, to, |x, y| {
                let square = x * x + y * y;
                if square < surely {
                    return true;
                }
                if square > hardly {
                    return false;
                }
                let length = maths::hypot(x, y);
                if *inclusive { length <= limit } else { length < limit }
            });
        }
        Op::Compare(how) => match kinds[0] {
            Storage::Float => {
                let (x, y) = (args[0].floats(), args[1].floats());
                match how {
                    Comparison::Less => map2(x, y, n, to, |x, y| x < y),
                    Comparison::LessEqual => map2(x, y, n, to, |x, y| x <= y),
                    Comparison::Greater => map2(x, y, n, to, |x, y| x > y),
                    Comparison::GreaterEqual => map2(x, y, n, to, |x, y| x >= y),
                    Comparison::Equal => map2(x, y, n, to, |x, y| x == y),
                    Comparison::NotEqual => map2(x, y, n, to, |x, y| x != y),
                }
            }
            Storage::Int => ordered(*how, args[0].ints(), args[1].ints(), n, to),
            Storage::Bool => ordered(*how, args[0].bools(), args[1].bools(), n, to),
            _ => ordered(*how, args[0].codes(), args[1].codes(), n, to),
        },
        _ => to.resize(n, false),
    }
}

fn ordered<T: Copy + Ord>(how: Comparison, x: Span<'_, T>, y: Span<'_, T>, n: usize, to: &mut Vec<bool>) {
    match how {
        Comparison::Less => map2(x, y, n, to, |x, y| x < y),
        Comparison::LessEqual => map2(x, y, n, to, |x, y| x <= y),
        Comparison::Greater => map2(x, y, n, to, |x, y| x > y),
        Comparison::GreaterEqual => map2(x, y, n, to, |x, y| x >= y),
        Comparison::Equal => map2(x, y, n, to, |x, y| x == y),
        Comparison::NotEqual => map2(x, y, n, to, |x, y| x != y),
    }
}

fn from_float(arg: Operand<'_>, n: usize, out: &mut Column, f: impl Fn(f64) -> Option<i64>) {
    let x = arg.floats();
    out.ints.clear();
    for i in 0..n {
        let value = f(x.at(i));
        out.ints.push(value.unwrap_or(0));
        if value.is_none() {
            out.lose(i, n);
        }
    }
}

/// A whole float as an integer, none outside of 64 bits.
fn whole(x: f64) -> Option<i64> {
    // -2^63 is a double, 2^63 is the first one too large
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x).then_some(x as i64)
}

fn whole_power(base: i64, exponent: i64) -> Option<i64> {
    match base {
        0 | 1 => Some(if exponent == 0 { 1 } else { base }),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

/// A power; zero to a negative power is +∞ whatever the sign of the zero.
fn power(base: f64, exponent: f64) -> f64 {
    if base == 0.0 && exponent < 0.0 { f64::INFINITY } else { maths::pow(base, exponent) }
}

/// Quotient rounded down, as Python's `//` of floats: from the rest, so that no rounding of `x / y` reaches it.
fn floor_divide(x: f64, y: f64) -> f64 {
    if y == 0.0 || x.is_infinite() {
        return if x == 0.0 { f64::NAN } else { x / y };
    }
    let rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest != 0.0 && (y < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0_f64.copysign(x / y);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

/// Rest with the sign of the divisor, as Python's `%`.
fn modulo(x: f64, y: f64) -> f64 {
    if y == 0.0 || x.is_infinite() {
        return f64::NAN;
    }
    let rest = x % y;
    if rest == 0.0 {
        return 0.0_f64.copysign(y);
    }
    if (rest < 0.0) != (y < 0.0) { rest + y } else { rest }
}

/// Difference of two angles in (-π, π], by adding or subtracting 2π as often as needed.
fn angle_difference(a: f64, b: f64) -> f64 {
    let mut difference = a - b;
    if difference.abs() > 64.0 {
        // no azimuth: bring it near in one step
        difference %= 2.0 * PI;
    }
    while difference > PI {
        difference -= 2.0 * PI;
    }
    while difference <= -PI {
        difference += 2.0 * PI;
    }
    difference
}

fn clamp(x: f64, low: f64, high: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let below = if high < x { high } else { x };
    if below > low { below } else { low }
}

fn pseudorapidity(pt: f64, pz: f64) -> f64 {
    if pt == 0.0 {
        return if pz == 0.0 { 0.0 } else { f64::INFINITY.copysign(pz) };
    }
    maths::asinh(pz / pt)
}

fn rapidity(e: f64, pz: f64) -> f64 {
    if e.abs() > pz.abs() {
        return 0.5 * maths::ln((e + pz) / (e - pz));
    }
    if pz == 0.0 { 0.0 } else { f64::INFINITY.copysign(pz) }
}

/// `and`, `or` of three values: false wins, true wins, else null if one is.
fn kleene(and: bool, a: Operand<'_>, b: Operand<'_>, n: usize, out: &mut Column) {
    let (x, y) = (a.bools(), b.bools());
    if and {
        map2(x, y, n, &mut out.bools, |x, y| x & y);
    } else {
        map2(x, y, n, &mut out.bools, |x, y| x | y);
    }
    out.nulls = false;
    let (there, other) = (a.validity(), b.validity());
    if there.is_none() && other.is_none() {
        return;
    }
    let yes = Span::One(true);
    for i in 0..n {
        let a = there.unwrap_or(yes).at(i).then(|| x.at(i));
        let b = other.unwrap_or(yes).at(i).then(|| y.at(i));
        let result = match (a, b) {
            (Some(winner), _) | (_, Some(winner)) if winner != and => Some(winner),
            (Some(_), Some(_)) => Some(and),
            _ => None,
        };
        out.bools[i] = result.unwrap_or(false);
        if result.is_none() {
            out.lose(i, n);
        }
    }
}

fn is_null(a: Operand<'_>, kind: Storage, n: usize, out: &mut Column) {
    out.nulls = false;
    if kind == Storage::Index {
        return map1(a.codes(), n, &mut out.bools, |code| code == NONE);
    }
    match a.validity() {
        None => {
            out.bools.clear();
            out.bools.resize(n, false);
        }
        Some(there) => map1(there, n, &mut out.bools, |there: bool| !there),
    }
}

fn identity(tag: u32, index: Operand<'_>, n: usize, out: &mut Column) {
    out.nulls = false;
    let codes = index.codes();
    map1(codes, n, &mut out.ints, |code| i64::from(tag) << 32 | i64::from(code));
    for i in 0..n {
        if codes.at(i) == NONE {
            out.lose(i, n);
        }
    }
}

/// The first argument, where it is missing the second.
fn default(a: Operand<'_>, b: Operand<'_>, storage: Storage, n: usize, out: &mut Column) {
    if storage == Storage::Index {
        out.nulls = true;
        return map2(a.codes(), b.codes(), n, &mut out.codes, |x, y| if x == NONE { y } else { x });
    }
    let there = a.validity().unwrap_or(Span::One(true));
    pick(|i| there.at(i), a, b, storage, n, out);
}

/// Condition, then, otherwise; a missing condition makes a missing value.
fn choose([condition, a, b]: [Operand<'_>; 3], storage: Storage, n: usize, out: &mut Column) {
    let yes = condition.bools();
    pick(|i| yes.at(i), a, b, storage, n, out);
    if let Some(there) = condition.validity() {
        for i in 0..n {
            if !there.at(i) {
                if storage == Storage::Index {
                    out.codes[i] = NONE;
                } else {
                    out.lose(i, n);
                }
            }
        }
    }
}

fn pick(first: impl Fn(usize) -> bool, a: Operand<'_>, b: Operand<'_>, storage: Storage, n: usize, out: &mut Column) {
    fn fill<T: Copy>(first: impl Fn(usize) -> bool, a: Span<'_, T>, b: Span<'_, T>, n: usize, to: &mut Vec<T>) {
        to.clear();
        to.extend((0..n).map(|i| if first(i) { a.at(i) } else { b.at(i) }));
    }
    match storage {
        Storage::Float => fill(&first, a.floats(), b.floats(), n, &mut out.floats),
        Storage::Int => fill(&first, a.ints(), b.ints(), n, &mut out.ints),
        Storage::Bool => fill(&first, a.bools(), b.bools(), n, &mut out.bools),
        _ => fill(&first, a.codes(), b.codes(), n, &mut out.codes),
    }
    out.nulls = storage == Storage::Index;
    let (there, other) = (a.validity(), b.validity());
    if storage == Storage::Index || (there.is_none() && other.is_none()) {
        return;
    }
    let yes = Span::One(true);
    for i in 0..n {
        let valid = if first(i) { there.unwrap_or(yes).at(i) } else { other.unwrap_or(yes).at(i) };
        if !valid {
            out.lose(i, n);
        }
    }
}
