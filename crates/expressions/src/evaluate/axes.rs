//! Axes of one block: list lengths and positions, and how axes are made from others.

use super::column::{NONE, Operand, Span};
use super::program::EvaluateError;
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
    pub(super) fn list(&self, parent: usize) -> std::ops::Range<usize> {
        self.offsets[parent] as usize..self.offsets[parent + 1] as usize
    }

    pub(super) fn parents(&self) -> usize {
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
