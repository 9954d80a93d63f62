//! Which cells a block of values belongs to: offsets along one axis.

use crate::axis::Axis;
use crate::values::Values;

/// Entries that are worked on together: their cells stay in the first cache.
pub(crate) const BLOCK: usize = 512;

/// Added for an entry that falls in no slot: larger than any cell, and small enough to be added once an axis.
const DROPPED: usize = 1 << 56;

/// Adds the cells' offsets along one axis; returns how many values are NaN.
pub(crate) fn locate(
    axis: &Axis,
    values: &Values<'_>,
    rows: std::ops::Range<usize>,
    stride: usize,
    cells: &mut [usize],
    wide: &mut [f64; BLOCK],
) -> u64 {
    let length = cells.len();
    match (axis, values) {
        (Axis::Category(_), Values::Text(labels)) => {
            let mut last: Option<(&str, usize)> = None;
            for (cell, &label) in cells.iter_mut().zip(&labels[rows]) {
                let offset = match last {
                    Some((before, offset)) if before == label => offset,
                    _ => label_offset(axis, label, stride),
                };
                last = Some((label, offset));
                *cell += offset;
            }
            return 0;
        }
        (Axis::Category(_), Values::Label(label)) => {
            let offset = label_offset(axis, label, stride);
            for cell in cells.iter_mut() {
                *cell += offset;
            }
            return 0;
        }
        (Axis::Integer(integer), Values::I64(values)) => {
            let slots = Slots::of(axis, stride);
            if slots.underflow && slots.overflow {
                for (cell, &value) in cells.iter_mut().zip(&values[rows]) {
                    *cell += integer.natural_slot(value) * stride;
                }
            } else {
                for (cell, &value) in cells.iter_mut().zip(&values[rows]) {
                    *cell += slots.offset(integer.natural_slot(value), false);
                }
            }
            return 0;
        }
        _ => {}
    }
    let numbers: &[f64] = match values {
        Values::F64(values) => &values[rows],
        Values::F32(values) => {
            for (to, &from) in wide.iter_mut().zip(&values[rows]) {
                *to = f64::from(from);
            }
            &wide[..length]
        }
        Values::I64(values) => {
            for (to, &from) in wide.iter_mut().zip(&values[rows]) {
                *to = from as f64;
            }
            &wide[..length]
        }
        Values::Number(value) => {
            wide[..length].fill(*value);
            &wide[..length]
        }
        Values::Whole(value) => {
            wide[..length].fill(*value as f64);
            &wide[..length]
        }
        Values::Text(_) | Values::Label(_) => return 0,
    };
    let slots = Slots::of(axis, stride);
    match axis {
        Axis::Regular(regular) if regular.has_both_flows() => regular.add_slots(cells, numbers, stride),
        Axis::Regular(regular) => slots.add(cells, numbers, |x| regular.natural_slot(x)),
        Axis::Variable(variable) if axis.underflow() && axis.overflow() => variable.add_slots(cells, numbers, stride),
        Axis::Variable(variable) => slots.add(cells, numbers, |x| variable.natural_slot(x)),
        Axis::Integer(_) => slots.add(cells, numbers, |x| (axis.index(x) + 1) as usize),
        Axis::Category(_) => {}
    }
    numbers.iter().map(|x| u64::from(x.is_nan())).sum()
}

fn label_offset(axis: &Axis, label: &str, stride: usize) -> usize {
    let Axis::Category(category) = axis else { return DROPPED };
    match category.position(label) {
        Some(position) => position * stride,
        None => axis.slot(axis.size() as i64).map_or(DROPPED, |slot| slot * stride),
    }
}

/// From slots as if there were both flow slots to offsets in cells.
struct Slots {
    underflow: bool,
    overflow: bool,
    size: usize,
    stride: usize,
    /// Last edge: where there is no overflow it belongs to the last bin.
    last: f64,
}

impl Slots {
    fn of(axis: &Axis, stride: usize) -> Self {
        let last = match axis {
            Axis::Regular(axis) => axis.upper(),
            Axis::Variable(axis) => axis.edges()[axis.edges().len() - 1],
            // A whole number is never on an edge that is not its own.
            Axis::Integer(_) | Axis::Category(_) => f64::NAN,
        };
        Self { underflow: axis.underflow(), overflow: axis.overflow(), size: axis.size(), stride, last }
    }

    fn add(&self, cells: &mut [usize], numbers: &[f64], natural: impl Fn(f64) -> usize) {
        if self.underflow && self.overflow {
            for (cell, &x) in cells.iter_mut().zip(numbers) {
                *cell += natural(x) * self.stride;
            }
        } else {
            for (cell, &x) in cells.iter_mut().zip(numbers) {
                *cell += self.offset(natural(x), x == self.last);
            }
        }
    }

    fn offset(&self, natural: usize, on_last_edge: bool) -> usize {
        let shift = usize::from(!self.underflow);
        if natural == 0 && !self.underflow {
            return DROPPED;
        }
        if natural == self.size + 1 && !self.overflow {
            return if on_last_edge { (self.size - shift) * self.stride } else { DROPPED };
        }
        (natural - shift) * self.stride
    }
}
