//! Many histograms of the same axes as one with category axes in front.

use crate::axis::Axis;
use crate::error::Error;
use crate::histogram::Histogram;

impl Histogram {
    /// One histogram of many: `cells` are in C order of the categories, the last category fastest. The category axes have no
    /// flow. Refused: another number of cells than there are combinations of labels, cells that differ in axes or storage.
    pub fn stack(categories: &[(&str, Vec<String>)], cells: &[Self]) -> Result<Self, Error> {
        let mut axes = Vec::with_capacity(categories.len());
        for (name, labels) in categories {
            axes.push(Axis::category(labels.clone(), false)?.with_flow(false, false).named(name, name, ""));
        }
        let wanted = categories.iter().fold(1usize, |count, (_, labels)| count.saturating_mul(labels.len()));
        let Some(first) = cells.first().filter(|_| wanted == cells.len()) else {
            return Err(Error::value(format!("{} histograms for {wanted} combinations of labels", cells.len())));
        };
        axes.extend(first.axes.iter().cloned());
        let mut stack = Self::new(axes, first.storage.kind);
        stack.name.clone_from(&first.name);
        stack.label.clone_from(&first.label);
        for (number, cell) in cells.iter().enumerate() {
            let same = cell.axes.len() == first.axes.len() && cell.axes.iter().zip(&first.axes).all(|(a, b)| a.same_bins(b));
            if !same || cell.storage.kind != first.storage.kind {
                return Err(Error::value(format!(
                    "histogram {number} of the stack has other axes or another storage than the first"
                )));
            }
            let offset = number * first.storage.cells;
            stack.storage.add_cells(&cell.storage, |from| Some(offset + from));
            stack.entries = stack.entries.saturating_add(cell.entries);
            stack.nan = stack.nan.saturating_add(cell.nan);
        }
        Ok(stack)
    }
}
