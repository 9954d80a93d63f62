//! Constants through the kernels themselves, so that a folded value has the bits of an evaluated one.

use super::column::{Column, Operand};
use super::kernels;
use crate::graph::{Constant, Op, Storage};

/// The constant that an operation on constants gives; `None` where it is left to the run.
pub(crate) fn fold(op: &Op, args: &[Constant], kinds: &[Storage], storage: Storage) -> Option<Constant> {
    let pointwise = matches!(
        op,
        Op::Negate
            | Op::Abs
            | Op::Sign
            | Op::Rounding(_)
            | Op::ToFloat
            | Op::Arithmetic(_)
            | Op::Square
            | Op::PowerInt
            | Op::Compare(_)
            | Op::Not
            | Op::And
            | Op::Or
            | Op::BitNot
            | Op::BitAnd
            | Op::BitOr
            | Op::Bit
            | Op::IsNan
            | Op::IsFinite
            | Op::Choose
            | Op::Least
            | Op::Greatest
            | Op::Clamp
            | Op::Elementary(_)
            | Op::Atan2
            | Op::Hypot
            | Op::AngleDifference
            | Op::Sqrt
            | Op::Component(_)
    );
    let plain = |kind: &Storage| matches!(kind, Storage::Bool | Storage::Int | Storage::Float);
    if !pointwise || !plain(&storage) || !kinds.iter().all(plain) || args.contains(&Constant::Null) {
        return None;
    }
    let mut out = Column::default();
    let operands: Vec<Operand<'_>> = args.iter().map(Operand::Constant).collect();
    kernels::run(op, &operands, kinds, storage, 1, &mut out);
    if out.nulls {
        return None;
    }
    Some(match storage {
        Storage::Float => Constant::float(out.floats[0]),
        Storage::Int => Constant::Int(out.ints[0]),
        _ => Constant::Bool(out.bools[0]),
    })
}
