//! Filling: blocks of values find their cells axis by axis, then the cells are counted up.

use crate::axis::Axis;
use crate::error::Error;
use crate::histogram::{Histogram, MOST_CELLS};
use crate::remap::AxisMap;
use germane_numerics::ExactBatch;

/// Entries that are worked on together: their cells stay in the first cache.
const BLOCK: usize = 512;

/// Added for an entry that falls in no slot: larger than any cell, and small enough to be added once an axis.
const DROPPED: usize = 1 << 56;

/// The values that fill one axis: a column, or one value for all entries.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Values<'a> {
    /// Doubles.
    F64(&'a [f64]),
    /// Single precision numbers, widened exactly.
    F32(&'a [f32]),
    /// Whole numbers.
    I64(&'a [i64]),
    /// Texts.
    Text(&'a [&'a str]),
    /// One number for all entries.
    Number(f64),
    /// One whole number for all entries.
    Whole(i64),
    /// One text for all entries.
    Label(&'a str),
}

impl Values<'_> {
    /// Number of entries; nothing for one value that serves all.
    fn length(&self) -> Option<usize> {
        match self {
            Self::F64(values) => Some(values.len()),
            Self::F32(values) => Some(values.len()),
            Self::I64(values) => Some(values.len()),
            Self::Text(values) => Some(values.len()),
            Self::Number(_) | Self::Whole(_) | Self::Label(_) => None,
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Label(_))
    }
}

impl Histogram {
    /// Fills one entry for each row of the columns, of which there is one an axis, with one weight each or without weights.
    ///
    /// NaN goes to the overflow slot and is counted in [`Histogram::nan`]. An integer axis takes whole numbers, also where
    /// they come as doubles; another number is refused. Refused are also columns of different lengths and texts for
    /// numbers; then nothing was filled.
    pub fn fill(&mut self, columns: &[Values<'_>], weights: Option<&[f64]>) -> Result<(), Error> {
        let entries = self.check(columns, weights)?;
        self.grow(columns)?;
        if self.storage.cells > MOST_CELLS {
            return Err(Error::value(format!("{} cells are more than can be kept ({MOST_CELLS})", self.storage.cells)));
        }
        let strides = self.strides();
        let mut cells = [0usize; BLOCK];
        let mut wide = [0f64; BLOCK];
        // Carrying limbs away costs a pass over all cells: only for many entries a cell.
        let mut batch = (weights.is_some() && entries / 4 >= self.storage.cells).then(ExactBatch::default);
        let mut start = 0;
        while start < entries {
            let stop = (start + BLOCK).min(entries);
            let cells = &mut cells[..stop - start];
            cells.fill(0);
            let mut nan = 0;
            for ((axis, values), &stride) in self.axes.iter().zip(columns).zip(&strides) {
                nan += locate(axis, values, start..stop, stride, cells, &mut wide);
            }
            if nan > 0 && self.axes.len() > 1 {
                // An entry counts once, however many of its values are NaN.
                nan = (start..stop).filter(|&row| columns.iter().any(|values| is_nan(values, row))).count() as u64;
            }
            self.nan += nan;
            self.count(cells, weights.map(|weights| &weights[start..stop]), batch.as_mut());
            start = stop;
        }
        if let (Some(batch), Some(weighted)) = (&mut batch, &mut self.storage.weighted) {
            batch.flush(&mut weighted.parts());
        }
        Ok(())
    }

    /// Counts up the cells of a block.
    fn count(&mut self, cells: &[usize], weights: Option<&[f64]>, batch: Option<&mut ExactBatch>) {
        let limit = self.storage.cells;
        let mut dropped = 0;
        match weights {
            None => {
                let counts = self.storage.plain_mut();
                for &cell in cells {
                    match counts.get_mut(cell) {
                        Some(count) => *count += 1,
                        None => dropped += 1,
                    }
                }
            }
            Some(weights) => {
                dropped = cells.iter().filter(|&&cell| cell >= limit).count();
                if dropped < cells.len() {
                    let weighted = self.storage.weighted_mut();
                    match batch {
                        Some(batch) => batch.add(&mut weighted.parts(), cells, weights),
                        None => weighted.add(cells, weights),
                    }
                }
            }
        }
        self.entries += (cells.len() - dropped) as u64;
    }

    /// Number of entries, if all columns fit their axes.
    fn check(&self, columns: &[Values<'_>], weights: Option<&[f64]>) -> Result<usize, Error> {
        if columns.len() != self.axes.len() {
            return Err(Error::value(format!("{} columns for {} axes", columns.len(), self.axes.len())));
        }
        let lengths = columns.iter().map(Values::length).chain([weights.map(<[f64]>::len)]);
        let mut entries = None;
        for (column, length) in lengths.enumerate() {
            let Some(length) = length else { continue };
            match entries {
                Some(entries) if entries != length => {
                    let what = match columns.get(column) {
                        Some(_) => format!("column {column}"),
                        None => "the weights".to_owned(),
                    };
                    return Err(Error::value(format!("{what} has {length} entries, the columns before have {entries}")));
                }
                _ => entries = Some(length),
            }
        }
        for (axis, values) in self.axes.iter().zip(columns) {
            if values.is_text() != matches!(axis, Axis::Category(_)) {
                let (given, wanted) = if values.is_text() { ("text", "numbers") } else { ("numbers", "text") };
                return Err(Error::kind_of(format!("{} takes {wanted}, not {given}", axis.spoken())));
            }
            if matches!(axis, Axis::Integer(_))
                && let Some(value) = broken(values)
            {
                return Err(Error::kind_of(format!("{} takes whole numbers, not {value}", axis.spoken())));
            }
        }
        Ok(entries.unwrap_or(1))
    }

    /// Appends labels that growing axes do not have yet, in the order of entries.
    fn grow(&mut self, columns: &[Values<'_>]) -> Result<(), Error> {
        if !self.axes.iter().any(Axis::growth) {
            return Ok(());
        }
        let mut grown = self.axes.clone();
        for (axis, values) in grown.iter_mut().zip(columns) {
            let Axis::Category(category) = axis else { continue };
            if !category.grows() {
                continue;
            }
            let labels = match values {
                Values::Text(labels) => labels,
                Values::Label(label) => std::slice::from_ref(label),
                _ => continue,
            };
            for label in labels {
                if category.position(label).is_none() {
                    category.append(label);
                }
            }
        }
        if grown != self.axes {
            let maps: Vec<AxisMap> =
                grown.iter().zip(&self.axes).map(|(new, old)| AxisMap::identity(new.clone(), old.extent())).collect();
            *self = self.remapped(maps)?;
        }
        Ok(())
    }
}

/// The first value that is not a whole number; NaN is none either.
fn broken(values: &Values<'_>) -> Option<f64> {
    let not_whole = |value: &f64| value.fract() != 0.0 || value.is_nan();
    match values {
        Values::F64(values) => values.iter().copied().find(|value| not_whole(value)),
        Values::F32(values) => values.iter().map(|&value| f64::from(value)).find(not_whole),
        Values::Number(value) => Some(*value).filter(not_whole),
        _ => None,
    }
}

fn is_nan(values: &Values<'_>, row: usize) -> bool {
    match values {
        Values::F64(values) => values[row].is_nan(),
        Values::F32(values) => values[row].is_nan(),
        Values::Number(value) => value.is_nan(),
        _ => false,
    }
}

/// Adds the cells' offsets along one axis; returns how many values are NaN.
fn locate(
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
