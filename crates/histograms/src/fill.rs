//! Filling: blocks of values find their cells axis by axis, then the cells are counted up.

use crate::axis::Axis;
use crate::error::Error;
use crate::histogram::{Histogram, MOST_CELLS};
use crate::locate::{BLOCK, locate};
use crate::remap::AxisMap;
use crate::values::Values;
use germane_numerics::ExactBatch;

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
                nan = (start..stop).filter(|&row| columns.iter().any(|values| values.is_nan(row))).count() as u64;
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
                && let Some(value) = values.broken()
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
