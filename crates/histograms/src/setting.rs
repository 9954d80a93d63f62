//! Putting contents into cells by UHI indices.

use crate::axis::Axis;
use crate::error::Error;
use crate::histogram::{Histogram, MOST_CELLS};
use crate::index::{Index, Place, Step, bin_of, end_of};
use std::ops::Range;

/// What is put into cells: one value for all, or an array with one dimension for each axis that is given a range.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// Lengths of the array's dimensions; none for one value.
    pub shape: &'a [usize],
    /// Sums of weights, in C order.
    pub values: &'a [f64],
    /// Sums of squared weights, for the storage `Weight`, and only there.
    pub variances: Option<&'a [f64]>,
}

/// Slots of one axis that an index means.
enum Reach {
    One(usize),
    /// Inner bins, and the same with the flow slots of open ends.
    Many {
        inner: Range<usize>,
        with_flow: Range<usize>,
    },
}

impl Histogram {
    /// Puts contents into the cells of `indices`: a single value into inner bins only; an array of the length of the inner bins
    /// into these, of the length with the flow slots of open ends into both; a dimension of length 1 serves all inner bins.
    ///
    /// Entries that were in these cells are not counted any more. Counts stay counts if whole numbers are put into them. Refused,
    /// with nothing changed: other lengths, steps, variances that are missing or not wanted.
    pub fn set(&mut self, indices: &[Index], contents: &Contents<'_>) -> Result<(), Error> {
        if indices.len() != self.axes.len() {
            return Err(Error::index(format!("{} indices for {} axes", indices.len(), self.axes.len())));
        }
        if self.storage.cells > MOST_CELLS {
            return Err(Error::value(format!("{} cells are more than can be kept ({MOST_CELLS})", self.storage.cells)));
        }
        let reaches = self.axes.iter().zip(indices).map(|(axis, index)| reach(axis, index)).collect::<Result<Vec<_>, _>>()?;
        let cells = self.reached(&reaches, contents)?;
        for (cell, from) in cells {
            let old = self.storage.entries(cell);
            let new = self.storage.replace(cell, contents.values[from], contents.variances.map(|variances| variances[from]));
            self.entries = self.entries.saturating_sub(old).saturating_add(new);
        }
        Ok(())
    }

    /// Cells, and for each the place of its content in the array.
    fn reached(&self, reaches: &[Reach], contents: &Contents<'_>) -> Result<Vec<(usize, usize)>, Error> {
        let many = reaches.iter().filter(|reach| matches!(reach, Reach::Many { .. })).count();
        let wanted: Option<usize> = contents.shape.iter().try_fold(1usize, |product, &length| product.checked_mul(length));
        let lengths = [Some(contents.values.len()), contents.variances.map_or(wanted, |variances| Some(variances.len()))];
        if lengths.iter().any(|&length| length != wanted) {
            return Err(Error::value(format!("{} values are no array of shape {:?}", contents.values.len(), contents.shape)));
        }
        let weight = self.storage.kind == crate::StorageKind::Weight;
        if weight != contents.variances.is_some() {
            return Err(Error::value("values with variances are put into the storage `Weight`, and into no other"));
        }
        let scalar = contents.shape.is_empty();
        if !scalar && contents.shape.len() != many || scalar && weight && many > 0 {
            return Err(Error::value(format!("an array of shape {:?} for {many} ranges of bins", contents.shape)));
        }
        let mut dimensions = contents.shape.iter();
        let mut cells = vec![(0, 0)];
        for ((reach, axis), stride) in reaches.iter().zip(&self.axes).zip(self.strides()) {
            let (slots, length) = match reach {
                Reach::One(slot) => (*slot..slot + 1, 1),
                Reach::Many { inner, .. } if scalar => (inner.clone(), 1),
                Reach::Many { inner, with_flow } => {
                    let length = dimensions.next().copied().unwrap_or(1);
                    match length {
                        length if length == inner.len() || length == 1 => (inner.clone(), length),
                        length if length == with_flow.len() => (with_flow.clone(), length),
                        _ => {
                            let (bins, spoken) = (inner.len(), axis.spoken());
                            return Err(Error::value(format!("{length} contents for {bins} bins of {spoken}")));
                        }
                    }
                }
            };
            let mut next = Vec::with_capacity(cells.len() * slots.len());
            for (cell, from) in cells {
                next.extend(slots.clone().enumerate().map(|(number, slot)| {
                    let place = if length == 1 { 0 } else { number };
                    (cell + slot * stride, from * length + place)
                }));
            }
            cells = next;
        }
        Ok(cells)
    }
}

fn reach(axis: &Axis, index: &Index) -> Result<Reach, Error> {
    match index {
        Index::Place(place) => Ok(Reach::One(bin_of(axis, place)?)),
        Index::Slice { start, stop, step: Step::Keep } => {
            let below = usize::from(axis.underflow());
            let end = |place: &Option<Place>, open: usize| place.as_ref().map_or(Ok(open), |place| end_of(axis, place));
            let (first, last) = (end(start, 0)?, end(stop, axis.size())?);
            if first >= last {
                return Err(Error::index(format!("the slice of {} from bin {first} to {last} is empty", axis.spoken())));
            }
            let inner = below + first..below + last;
            let from = if start.is_none() { 0 } else { inner.start };
            let to = if stop.is_none() { axis.extent() } else { inner.end };
            Ok(Reach::Many { with_flow: from..to, inner })
        }
        _ => Err(Error::kind_of("contents are put into single bins and plain slices, not into steps or picked bins")),
    }
}
