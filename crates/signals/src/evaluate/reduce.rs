//! One number of the samples of each lane, as NumPy makes it; of ragged variables only the samples that are there count.

use super::FirstFault;
use super::layout::Layout;
use super::memory::{Memory, Samples};
use super::store::{Store, note_unfit};
use crate::graph::{Graph, Node, Reduction, Shape, VariableId};
use crate::lanes::{LANES, Lane, Real};
use germane_numerics::simd;

/// Reduces a variable.
pub(super) fn reduce(
    graph: &Graph,
    layout: &Layout,
    memory: &mut Memory,
    node: &Node,
    reduction: Reduction,
    of: VariableId,
    fault: &mut FirstFault,
) {
    let id = node.makes[0];
    let lengths = match graph.variable(of).shape {
        Shape::Ragged { length, .. } => Some(*memory.scalar(length)),
        _ => None,
    };
    let nan = memory.unusual(of).nan != 0;
    let mut column = std::mem::take(memory.column());
    let scalar = [*memory.scalar(of)];
    let mut found = match memory.samples(layout, of) {
        None => reduced(reduction, &scalar, lengths.as_ref(), nan, &mut column),
        Some(Samples::Narrow(rows)) => reduced(reduction, rows, lengths.as_ref(), nan, &mut column),
        Some(Samples::Wide(rows)) => reduced(reduction, rows, lengths.as_ref(), nan, &mut column),
    };
    *memory.column() = column;
    let mut bad = 0;
    Store::of(graph.variable(id).element).store(&mut found, &mut bad);
    memory.set_scalar(id, found);
    note_unfit(graph, node, id, bad, fault);
}

fn reduced<T: Real>(
    reduction: Reduction,
    rows: &[Lane<T>],
    lengths: Option<&Lane<f64>>,
    nan: bool,
    column: &mut Vec<f64>,
) -> Lane<f64> {
    if lengths.is_none() && !nan && reduction != Reduction::Median && !rows.is_empty() {
        return simd::wide(Fold(reduction, rows));
    }
    std::array::from_fn(|lane| {
        let length = lengths.map_or(rows.len(), |lengths| (lengths[lane] as usize).min(rows.len()));
        column.clear();
        column.extend(rows[..length].iter().map(|row| row[lane].widen()));
        of_column(reduction, column)
    })
}

/// Of numbers among which NaN may be, and none at all.
fn of_column(reduction: Reduction, column: &mut [f64]) -> f64 {
    let count = column.len() as f64;
    let first = |better: fn(f64, f64) -> bool| {
        let mut best: Option<(usize, f64)> = None;
        for (i, x) in column.iter().enumerate() {
            if x.is_nan() {
                return Some((i, f64::NAN));
            }
            if best.is_none_or(|(_, value)| better(*x, value)) {
                best = Some((i, *x));
            }
        }
        best
    };
    match reduction {
        Reduction::Sum => column.iter().fold(0.0, |sum, x| sum + x),
        Reduction::Mean => column.iter().fold(0.0, |sum, x| sum + x) / count,
        Reduction::Std => {
            let mean = column.iter().fold(0.0, |sum, x| sum + x) / count;
            (column.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean)) / count).sqrt()
        }
        Reduction::Max => first(|x, best| x > best).map_or(f64::NAN, |(_, value)| value),
        Reduction::Min => first(|x, best| x < best).map_or(f64::NAN, |(_, value)| value),
        Reduction::ArgMax => first(|x, best| x > best).map_or(f64::NAN, |(i, _)| i as f64),
        Reduction::ArgMin => first(|x, best| x < best).map_or(f64::NAN, |(i, _)| i as f64),
        Reduction::Median => {
            if column.is_empty() || column.iter().any(|x| x.is_nan()) {
                return f64::NAN;
            }
            column.sort_unstable_by(f64::total_cmp);
            let half = column.len() / 2;
            if column.len() % 2 == 1 { column[half] } else { 0.5 * (column[half - 1] + column[half]) }
        }
    }
}

struct Fold<'a, T>(Reduction, &'a [Lane<T>]);

impl<T: Real> simd::Work for Fold<'_, T> {
    type Output = Lane<f64>;

    #[inline(always)]
    fn run(self) -> Lane<f64> {
        let Self(reduction, rows) = self;
        let count = rows.len() as f64;
        match reduction {
            Reduction::Sum => sum(rows),
            Reduction::Mean => sum(rows).map(|sum| sum / count),
            Reduction::Std => {
                let mean = sum(rows).map(|sum| sum / count);
                let mut squares = [0.0; LANES];
                for row in rows {
                    for lane in 0..LANES {
                        let distance = row[lane].widen() - mean[lane];
                        squares[lane] += distance * distance;
                    }
                }
                squares.map(|square| (square / count).sqrt())
            }
            Reduction::Max => extreme(rows, |x, best| x > best).map(Real::widen),
            Reduction::Min => extreme(rows, |x, best| x < best).map(Real::widen),
            Reduction::ArgMax => position(rows, |x, best| x > best),
            Reduction::ArgMin => position(rows, |x, best| x < best),
            Reduction::Median => unreachable!("invariant: medians are made lane by lane"),
        }
    }
}

#[inline(always)]
fn sum<T: Real>(rows: &[Lane<T>]) -> Lane<f64> {
    let mut sum = [0.0; LANES];
    for row in rows {
        for lane in 0..LANES {
            sum[lane] += row[lane].widen();
        }
    }
    sum
}

#[inline(always)]
fn extreme<T: Real>(rows: &[Lane<T>], better: impl Fn(T, T) -> bool) -> Lane<T> {
    let mut best = rows[0];
    for row in rows {
        for lane in 0..LANES {
            best[lane] = if better(row[lane], best[lane]) { row[lane] } else { best[lane] };
        }
    }
    best
}

#[inline(always)]
fn position<T: Real>(rows: &[Lane<T>], better: impl Fn(T, T) -> bool) -> Lane<f64> {
    let (mut best, mut at) = (rows[0], [0_u32; LANES]);
    for (i, row) in rows.iter().enumerate() {
        for lane in 0..LANES {
            let is_better = better(row[lane], best[lane]);
            best[lane] = if is_better { row[lane] } else { best[lane] };
            at[lane] = if is_better { i as u32 } else { at[lane] };
        }
    }
    at.map(f64::from)
}
