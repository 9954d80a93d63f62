//! Lists to values: reductions, counts; and lists one behind the other.

use super::axes::Axis;
use super::column::{Column, Operand, Span};
use crate::functions::reductions::{Kernel, Reduction, Segment};
use crate::graph::Storage;

/// One value a list.
pub(crate) fn reduce(reduction: &Reduction, axis: &Axis, value: Operand<'_>, kind: Storage, n: usize, out: &mut Column) {
    fn lists<T: Copy, R: Copy>(
        axis: &Axis,
        (values, valid): (&[T], Option<&[bool]>),
        n: usize,
        kernel: fn(Segment<'_, T>) -> Option<R>,
        mut keep: impl FnMut(usize, Option<R>),
    ) {
        for p in 0..n {
            let list = axis.list(p);
            keep(p, kernel(Segment { values: &values[list.clone()], valid: valid.map(|valid| &valid[list]) }));
        }
    }
    fn by_kind<T: Copy>(kernel: &Kernel<T>, axis: &Axis, values: (&[T], Option<&[bool]>), n: usize, out: &mut Column) {
        let Column { floats, ints, bools, valid, nulls, .. } = out;
        let mut lost = |p: usize, none: bool| {
            if none && !*nulls {
                *nulls = true;
                valid.clear();
                valid.resize(n, true);
            }
            if none {
                valid[p] = false;
            }
        };
        match kernel {
            Kernel::Float(kernel) => lists(axis, values, n, *kernel, |p, value| {
                floats.push(value.unwrap_or(0.0));
                lost(p, value.is_none());
            }),
            Kernel::Int(kernel) => lists(axis, values, n, *kernel, |p, value| {
                ints.push(value.unwrap_or(0));
                lost(p, value.is_none());
            }),
            Kernel::Bool(kernel) => lists(axis, values, n, *kernel, |p, value| {
                bools.push(value.unwrap_or(false));
                lost(p, value.is_none());
            }),
        }
    }
    out.clear();
    let Operand::Column(column) = value else { return };
    let valid = column.validity();
    match kind {
        Storage::Float => {
            if let Some(kernel) = &reduction.float {
                by_kind(kernel, axis, (&column.floats, valid), n, out);
            }
        }
        Storage::Int => {
            if let Some(kernel) = &reduction.int {
                by_kind(kernel, axis, (&column.ints, valid), n, out);
            }
        }
        _ => {
            if let Some(kernel) = &reduction.bool {
                by_kind(kernel, axis, (&column.bools, valid), n, out);
            }
        }
    }
}

/// Lengths of lists, or how many of their conditions are true.
pub(crate) fn count(axis: &Axis, condition: Option<Operand<'_>>, n: usize, out: &mut Column) {
    out.nulls = false;
    out.ints.clear();
    let Some(condition) = condition else {
        out.ints.extend(axis.offsets[..=n].windows(2).map(|pair| i64::from(pair[1] - pair[0])));
        return;
    };
    let (yes, there) = (condition.bools(), condition.validity());
    out.ints
        .extend((0..n).map(|p| axis.list(p).map(|i| i64::from(yes.at(i) && there.is_none_or(|there| there.at(i)))).sum::<i64>()));
}

/// Values of several axes, list after list.
pub(crate) fn concat(axes: &[&Axis], values: &[Operand<'_>], storage: Storage, out: &mut Column) {
    fn join<'a, T: Copy + 'a>(
        axes: &[&Axis],
        values: &[Operand<'a>],
        span: impl Fn(Operand<'a>) -> Span<'a, T>,
        to: &mut Vec<T>,
    ) {
        to.clear();
        for p in 0..axes[0].parents() {
            for (axis, value) in axes.iter().zip(values) {
                let list = axis.list(p);
                match span(*value) {
                    // most lists are shorter than what a call to copy memory costs
                    Span::Slice(values) if list.len() < 8 => list.for_each(|i| to.push(values[i])),
                    Span::Slice(values) => to.extend_from_slice(&values[list]),
                    span => to.extend(list.map(|i| span.at(i))),
                }
            }
        }
    }
    match storage {
        Storage::Float => join(axes, values, Operand::floats, &mut out.floats),
        Storage::Int => join(axes, values, Operand::ints, &mut out.ints),
        Storage::Bool => join(axes, values, Operand::bools, &mut out.bools),
        _ => join(axes, values, Operand::codes, &mut out.codes),
    }
    out.nulls = values.iter().any(|value| value.validity().is_some());
    if out.nulls {
        join(axes, values, |value| value.validity().unwrap_or(Span::One(true)), &mut out.valid);
    }
}
