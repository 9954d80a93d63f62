//! Operations that make positions, and those that follow them.

use super::axes::Axis;
use super::column::{Column, NONE, Operand, Span};
use crate::graph::{Op, Storage};

/// Positions: parents, origins, items of lists.
pub(crate) fn positions(op: &Op, axes: &[&Axis], values: &[Operand<'_>], n: usize, out: &mut Column) {
    let codes = &mut out.codes;
    codes.clear();
    out.nulls = matches!(op, Op::Pick { .. } | Op::End { .. } | Op::Best { .. });
    match op {
        Op::Own => codes.extend(0..n as u32),
        Op::ToParent => {
            for p in 0..axes[0].parents() {
                codes.extend(axes[0].list(p).map(|_| p as u32));
            }
        }
        Op::Align => {
            let map = values.first().map(|map| map.codes());
            for p in 0..axes[0].parents() {
                let q = map.map_or(p as u32, |map| map.at(p));
                let list = axes[0].list(p);
                let start = if q == NONE { 0 } else { axes[1].offsets[q as usize] };
                codes.extend((0..list.len() as u32).map(|k| start + k));
            }
        }
        Op::Pick { from_end } => {
            let (wanted, there) = (values[0].ints(), values[0].validity());
            let map = values.get(1).map(|map| map.codes());
            codes.extend((0..n).map(|r| {
                let q = map.map_or(r as u32, |map| map.at(r));
                if q == NONE || there.is_some_and(|there| !there.at(r)) {
                    return NONE;
                }
                let list = axes[0].list(q as usize);
                let wanted = wanted.at(r);
                let place = if wanted < 0 && *from_end { wanted.saturating_add(list.len() as i64) } else { wanted };
                if (0..list.len() as i64).contains(&place) { (list.start + place as usize) as u32 } else { NONE }
            }));
        }
        Op::End { last } => {
            codes.extend((0..n).map(|p| {
                let list = axes[0].list(p);
                match (list.is_empty(), last) {
                    (true, _) => NONE,
                    (false, true) => list.end as u32 - 1,
                    (false, false) => list.start as u32,
                }
            }));
        }
        Op::Best { greatest } => best(axes[0], values[0], *greatest, n, codes),
        _ => codes.resize(n, NONE),
    }
}

fn best(axis: &Axis, key: Operand<'_>, greatest: bool, n: usize, codes: &mut Vec<u32>) {
    let there = key.validity();
    let is_int = key.len(Storage::Int) >= axis.len && key.len(Storage::Float) < axis.len;
    if is_int {
        let keys = key.ints();
        return extreme(
            axis,
            n,
            codes,
            |i| there.is_none_or(|there| there.at(i)),
            |i, j| {
                if greatest { keys.at(i) > keys.at(j) } else { keys.at(i) < keys.at(j) }
            },
        );
    }
    let keys = key.floats();
    let good = |i: usize| !keys.at(i).is_nan() && there.is_none_or(|there| there.at(i));
    extreme(axis, n, codes, good, |i, j| if greatest { keys.at(i) > keys.at(j) } else { keys.at(i) < keys.at(j) });
}

fn extreme(axis: &Axis, n: usize, codes: &mut Vec<u32>, good: impl Fn(usize) -> bool, better: impl Fn(usize, usize) -> bool) {
    codes.extend((0..n).map(|p| {
        let mut held = NONE;
        for i in axis.list(p) {
            if good(i) && (held == NONE || better(i, held as usize)) {
                held = i as u32;
            }
        }
        held
    }));
}

/// Place of a position in its list.
pub(crate) fn local(index: Operand<'_>, axis: &Axis, of_events: bool, n: usize, out: &mut Column) {
    out.nulls = false;
    out.ints.clear();
    let codes = index.codes();
    for i in 0..n {
        let code = codes.at(i);
        let place = if code == NONE || of_events {
            0
        } else {
            let list = axis.offsets.partition_point(|start| *start <= code).saturating_sub(1);
            i64::from(code - axis.offsets[list])
        };
        out.ints.push(place);
        if code == NONE {
            out.lose(i, n);
        }
    }
}

/// Values at positions; none where the position is none.
pub(crate) fn gather(value: Operand<'_>, index: &Column, storage: Storage, out: &mut Column) {
    fn take<T: Copy>(from: Span<'_, T>, index: &Column, none: T, to: &mut Vec<T>) {
        to.clear();
        match from {
            Span::Slice(from) if !index.nulls => to.extend(index.codes.iter().map(|&i| from[i as usize])),
            Span::Slice(from) => to.extend(index.codes.iter().map(|&i| from.get(i as usize).copied().unwrap_or(none))),
            Span::One(one) if !index.nulls => to.resize(index.codes.len(), one),
            from => to.extend(index.codes.iter().map(|&i| if i == NONE { none } else { from.at(i as usize) })),
        }
    }
    match storage {
        Storage::Float => take(value.floats(), index, 0.0, &mut out.floats),
        Storage::Int => take(value.ints(), index, 0, &mut out.ints),
        Storage::Bool => take(value.bools(), index, false, &mut out.bools),
        _ => take(value.codes(), index, NONE, &mut out.codes),
    }
    if storage == Storage::Index {
        out.nulls = index.nulls || !matches!(value, Operand::Column(column) if !column.nulls);
        return;
    }
    let there = value.validity();
    out.nulls = there.is_some() || (index.nulls && index.codes.contains(&NONE));
    if out.nulls {
        out.valid.clear();
        out.valid.extend(index.codes.iter().map(|&i| i != NONE && there.is_none_or(|there| there.at(i as usize))));
    }
}

/// One constant for every element.
pub(crate) fn repeat(value: Operand<'_>, storage: Storage, n: usize, out: &mut Column) {
    out.clear();
    match storage {
        Storage::Float => out.floats.resize(n, value.floats().at(0)),
        Storage::Int => out.ints.resize(n, value.ints().at(0)),
        Storage::Bool => out.bools.resize(n, value.bools().at(0)),
        _ => out.codes.resize(n, value.codes().at(0)),
    }
    if value.validity().is_some() {
        out.nulls = true;
        out.valid.resize(n, false);
    }
}
