//! Axes of one block: list lengths and positions; and the operations that follow positions.

use super::column::{Column, NONE, Operand, Span};
use super::program::EvaluateError;
use crate::functions::reductions::{Kernel, Reduction, Segment};
use crate::graph::{Op, Storage};

/// Elements that one axis of a block may have; more are refused before they are made.
const MOST: usize = 1 << 26;

/// Lists of one axis: element `offsets[p]..offsets[p + 1]` belong to parent `p`; positions in the axes it is made of.
#[derive(Debug, Default)]
pub(crate) struct Axis {
    pub(crate) len: usize,
    pub(crate) offsets: Vec<u32>,
    pub(crate) origins: Vec<Vec<u32>>,
    /// kept items before each item
    before: Vec<u32>,
}

impl Axis {
    fn list(&self, parent: usize) -> std::ops::Range<usize> {
        self.offsets[parent] as usize..self.offsets[parent + 1] as usize
    }

    fn parents(&self) -> usize {
        self.offsets.len() - 1
    }

    fn begin(&mut self, origins: usize) {
        self.offsets.clear();
        self.offsets.push(0);
        self.origins.resize_with(origins, Vec::new);
        self.origins.iter_mut().for_each(Vec::clear);
    }

    fn close(&mut self) -> Result<(), EvaluateError> {
        let len = self.origins.first().map_or(0, Vec::len);
        if len > MOST {
            return Err(EvaluateError::TooManyItems);
        }
        self.offsets.push(len as u32);
        self.len = len;
        Ok(())
    }
}

/// Builds an axis from others.
pub(crate) fn build(op: &Op, axes: &[&Axis], values: &[Operand<'_>], out: &mut Axis) -> Result<(), EvaluateError> {
    match op {
        Op::Seen | Op::Follow => seen(axes[0], axes[1], values.first().map(|map| map.codes()), out),
        Op::Filter => filter(axes[0], values[0], out),
        Op::Sort => sort(axes[0], values[0], out),
        Op::Slice { low, high } => slice(axes[0], values, *low, *high, out),
        Op::Combinations(size) => combinations(axes[0], usize::from(*size), out),
        Op::Cross => cross(axes, out),
        Op::Union => union(axes, out),
        _ => children(axes[0], axes[1], values[0], out),
    }
}

fn seen(parent: &Axis, of: &Axis, map: Option<Span<'_, u32>>, out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(1);
    for p in 0..parent.len {
        let q = map.map_or(p as u32, |map| map.at(p));
        if q != NONE {
            let list = of.list(q as usize);
            out.origins[0].extend(list.start as u32..list.end as u32);
        }
        out.close()?;
    }
    out.len = out.origins[0].len();
    Ok(())
}

fn filter(of: &Axis, condition: Operand<'_>, out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(1);
    let (keep, there) = (condition.bools(), condition.validity());
    let kept = &mut out.origins[0];
    kept.resize(of.len, 0);
    let mut n = 0;
    out.before.clear();
    // Over all items at once, written always and counted if kept: no branch, no inner loop over short lists.
    match (keep, there) {
        (Span::Slice(keep), None) => out.before.extend(keep[..of.len].iter().enumerate().map(|(i, keep)| {
            kept[n] = i as u32;
            let before = n as u32;
            n += usize::from(*keep);
            before
        })),
        _ => out.before.extend((0..of.len).map(|i| {
            kept[n] = i as u32;
            let before = n as u32;
            n += usize::from(keep.at(i) && there.is_none_or(|there| there.at(i)));
            before
        })),
    }
    out.before.push(n as u32);
    out.offsets.clear();
    out.offsets.extend(of.offsets.iter().map(|offset| out.before[*offset as usize]));
    kept.truncate(n);
    out.len = n;
    Ok(())
}

fn sort(of: &Axis, key: Operand<'_>, out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(1);
    let (floats, ints, there) = (key.floats(), key.ints(), key.validity());
    let is_int = key.len(Storage::Int) >= of.len && key.len(Storage::Float) < of.len;
    let order = &mut out.origins[0];
    order.extend(0..of.len as u32);
    let missing = |i: u32| {
        let i = i as usize;
        there.is_some_and(|there| !there.at(i)) || (!is_int && floats.at(i).is_nan())
    };
    for p in 0..of.parents() {
        let list = of.list(p);
        out.offsets.push(list.end as u32);
        order[list].sort_unstable_by(|&a, &b| {
            let by_key = match (missing(a), missing(b)) {
                (false, false) if is_int => ints.at(a as usize).cmp(&ints.at(b as usize)),
                (false, false) => floats.at(a as usize).partial_cmp(&floats.at(b as usize)).unwrap_or(std::cmp::Ordering::Equal),
                (x, y) => x.cmp(&y),
            };
            by_key.then(a.cmp(&b))
        });
    }
    out.len = of.len;
    Ok(())
}

fn slice(of: &Axis, ends: &[Operand<'_>], low: bool, high: bool, out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(1);
    let end = |k: usize, p: usize, len: usize, otherwise: usize| {
        let there = ends[k].validity().is_none_or(|there| there.at(p));
        if !there {
            return otherwise;
        }
        let value = ends[k].ints().at(p);
        let value = if value < 0 { value.saturating_add(len as i64) } else { value };
        value.clamp(0, len as i64) as usize
    };
    for p in 0..of.parents() {
        let list = of.list(p);
        let from = if low { end(0, p, list.len(), 0) } else { 0 };
        let to = if high { end(usize::from(low), p, list.len(), list.len()) } else { list.len() };
        out.origins[0].extend((list.start + from.min(to)..list.start + to).map(|i| i as u32));
        out.offsets.push(out.origins[0].len() as u32);
    }
    out.len = out.origins[0].len();
    Ok(())
}

/// How many subsets, or none where they are too many.
fn binomial(n: usize, k: usize) -> Option<usize> {
    let mut count = 1_usize;
    for i in 0..k {
        count = count.checked_mul(n.checked_sub(i)?)? / (i + 1);
        if count > MOST * 64 {
            return None;
        }
    }
    Some(count)
}

fn combinations(of: &Axis, size: usize, out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(size);
    let mut total = 0_usize;
    for p in 0..of.parents() {
        let len = of.list(p).len();
        total = if len < size { total } else { total.saturating_add(binomial(len, size).unwrap_or(usize::MAX)) };
        if total > MOST {
            return Err(EvaluateError::TooManyItems);
        }
    }
    match &mut out.origins[..] {
        [first, second] => pairs(of, total, [first, second], &mut out.offsets),
        [first, second, third] => triples(of, total, [first, second, third], &mut out.offsets),
        origins => {
            for p in 0..of.parents() {
                let list = of.list(p);
                subsets(list.start as u32, list.end as u32, size, origins);
                out.offsets.push(origins[0].len() as u32);
            }
        }
    }
    out.len = total;
    Ok(())
}

/// Pairs of lists of up to four items, eight places at a time: what is too much is overwritten by the next list.
const FIRST: [[u32; 8]; 5] = [[0; 8], [0; 8], [0; 8], [0, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 2, 0, 0]];
const SECOND: [[u32; 8]; 5] = [[0; 8], [0; 8], [1; 8], [1, 2, 2, 0, 0, 0, 0, 0], [1, 2, 3, 2, 3, 3, 0, 0]];

fn pairs(of: &Axis, total: usize, [first, second]: [&mut Vec<u32>; 2], offsets: &mut Vec<u32>) {
    first.resize(total + 8, 0);
    second.resize(total + 8, 0);
    let mut n = 0;
    for p in 0..of.parents() {
        let list = of.list(p);
        let (start, len) = (list.start as u32, list.len());
        if len < FIRST.len() {
            let (a, b) = (&mut first[n..n + 8], &mut second[n..n + 8]);
            for k in 0..8 {
                a[k] = start + FIRST[len][k];
                b[k] = start + SECOND[len][k];
            }
            n += len * len.saturating_sub(1) / 2;
        } else {
            for a in start..list.end as u32 {
                let more = (list.end as u32 - a - 1) as usize;
                first[n..n + more].fill(a);
                second[n..n + more].iter_mut().zip(a + 1..).for_each(|(place, b)| *place = b);
                n += more;
            }
        }
        offsets.push(n as u32);
    }
    first.truncate(total);
    second.truncate(total);
}

fn triples(of: &Axis, total: usize, [first, second, third]: [&mut Vec<u32>; 3], offsets: &mut Vec<u32>) {
    for column in [&mut *first, &mut *second, &mut *third] {
        column.resize(total, 0);
    }
    let mut n = 0;
    for p in 0..of.parents() {
        let list = of.list(p);
        let end = list.end as u32;
        for a in list.start as u32..end {
            for b in a + 1..end {
                let more = (end - b - 1) as usize;
                first[n..n + more].fill(a);
                second[n..n + more].fill(b);
                third[n..n + more].iter_mut().zip(b + 1..).for_each(|(place, c)| *place = c);
                n += more;
            }
        }
        offsets.push(n as u32);
    }
}

/// All subsets of `start..end`, in lexicographic order.
fn subsets(start: u32, end: u32, size: usize, out: &mut [Vec<u32>]) {
    if (end - start) < size as u32 {
        return;
    }
    let mut chosen = [0_u32; 8];
    for (k, place) in chosen[..size].iter_mut().enumerate() {
        *place = start + k as u32;
    }
    loop {
        for (column, place) in out.iter_mut().zip(chosen) {
            column.push(place);
        }
        // the last place that can still move up
        let Some(k) = (0..size).rev().find(|&k| chosen[k] + ((size - k) as u32) < end) else { return };
        chosen[k] += 1;
        for j in k + 1..size {
            chosen[j] = chosen[j - 1] + 1;
        }
    }
}

fn cross(axes: &[&Axis], out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(axes.len());
    let parents = axes[0].parents();
    let mut total = 0_usize;
    for p in 0..parents {
        let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.list(p).len()));
        total = total.saturating_add(count.unwrap_or(usize::MAX));
        if total > MOST {
            return Err(EvaluateError::TooManyItems);
        }
    }
    for p in 0..parents {
        let count: usize = axes.iter().map(|axis| axis.list(p).len()).product();
        let mut stride = count;
        for (axis, column) in axes.iter().zip(&mut out.origins) {
            let list = axis.list(p);
            stride = if list.is_empty() { 1 } else { stride / list.len() };
            column.extend((0..count).map(|k| (list.start + k / stride % list.len()) as u32));
        }
        out.close()?;
    }
    out.len = out.origins[0].len();
    Ok(())
}

fn union(axes: &[&Axis], out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(0);
    let mut len = 0;
    for p in 0..axes[0].parents() {
        len += axes.iter().map(|axis| axis.list(p).len()).sum::<usize>();
        if len > MOST {
            return Err(EvaluateError::TooManyItems);
        }
        out.offsets.push(len as u32);
    }
    out.len = len;
    Ok(())
}

/// For each item of `home` the items of `of` whose `named` is its place in the list.
fn children(home: &Axis, of: &Axis, named: Operand<'_>, out: &mut Axis) -> Result<(), EvaluateError> {
    out.begin(1);
    let (places, there) = (named.ints(), named.validity());
    for p in 0..home.parents() {
        let list = of.list(p);
        for place in 0..home.list(p).len() {
            let mine = |&i: &usize| places.at(i) == place as i64 && there.is_none_or(|there| there.at(i));
            out.origins[0].extend(list.clone().filter(mine).map(|i| i as u32));
            out.close()?;
        }
    }
    out.len = out.origins[0].len();
    Ok(())
}

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
