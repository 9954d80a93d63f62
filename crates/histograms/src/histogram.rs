//! The histogram: axes and the cells between them.

use crate::axis::Axis;
use crate::error::Error;
use crate::storage::{Storage, StorageKind};
use germane_numerics::ExactSum;

/// Most cells that are kept densely.
pub(crate) const MOST_CELLS: usize = 1 << 31;

/// A histogram with any number of axes.
#[derive(Clone, Debug)]
pub struct Histogram {
    pub(crate) axes: Vec<Axis>,
    pub(crate) storage: Storage,
    pub(crate) entries: u64,
    pub(crate) nan: u64,
    /// Name of the histogram; empty if none was given.
    pub name: String,
    /// What a figure writes at the axis of contents; empty if none was given.
    pub label: String,
}

impl Histogram {
    /// An empty histogram. Memory is taken at the first fill, which refuses more than 2^31 cells; [`Histogram::try_new`] does
    /// so at once.
    pub fn new(axes: Vec<Axis>, storage: StorageKind) -> Self {
        let cells = cells_of(&axes);
        Self { axes, storage: Storage::new(storage, cells), entries: 0, nan: 0, name: String::new(), label: String::new() }
    }

    /// An empty histogram, refused where its cells are more than can be kept: for axes that a user or a file gives.
    pub fn try_new(axes: Vec<Axis>, storage: StorageKind) -> Result<Self, Error> {
        match cells_of(&axes) {
            cells if cells > MOST_CELLS => {
                Err(Error::value(format!("{cells} cells (with flow) are more than can be kept ({MOST_CELLS})")))
            }
            _ => Ok(Self::new(axes, storage)),
        }
    }

    /// A histogram of given contents: values and, for [`StorageKind::Weight`], variances of all cells with flow, in C order;
    /// `entries` as a file says it. Refused: arrays of another length; variances that are missing or not wanted.
    pub fn from_cells(
        axes: Vec<Axis>,
        storage: StorageKind,
        values: &[f64],
        variances: Option<&[f64]>,
        entries: u64,
    ) -> Result<Self, Error> {
        let mut histogram = Self::new(axes, storage);
        let cells = histogram.storage.cells;
        for (what, length) in [("values", Some(values.len())), ("variances", variances.map(<[f64]>::len))] {
            if let Some(length) = length
                && length != cells
            {
                return Err(Error::value(format!("{length} {what} for {cells} cells (with flow)")));
            }
        }
        if (storage == StorageKind::Weight) != variances.is_some() {
            return Err(Error::kind_of("variances go with the storage `weight`, and with no other"));
        }
        for (cell, &value) in values.iter().enumerate() {
            let exactly = |value: f64| std::iter::once(value).collect::<ExactSum>();
            let variance = variances.map(|variances| exactly(variances[cell]));
            if value != 0.0 || variances.is_some_and(|variances| variances[cell] != 0.0) {
                histogram.storage.put(cell, 0, &exactly(value), variance.as_ref());
            }
        }
        histogram.entries = entries;
        Ok(histogram)
    }

    /// A histogram of given counts of all cells with flow, in C order, as if so many entries had been filled without weights.
    pub fn from_counts(axes: Vec<Axis>, storage: StorageKind, counts: &[u64]) -> Result<Self, Error> {
        let mut histogram = Self::new(axes, storage);
        if counts.len() != histogram.storage.cells {
            return Err(Error::value(format!("{} counts for {} cells (with flow)", counts.len(), histogram.storage.cells)));
        }
        histogram.storage.plain = counts.to_vec();
        histogram.entries = counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
        Ok(histogram)
    }

    /// The axes.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Number of an axis by its name; an error with the nearest name if there is none.
    pub fn axis_number(&self, name: &str) -> Result<usize, Error> {
        self.axes.iter().position(|axis| axis.name() == name).ok_or_else(|| {
            let names: Vec<&str> = self.axes.iter().map(Axis::name).filter(|name| !name.is_empty()).collect();
            Error::missing("the histogram's list of axes", name, &names)
        })
    }

    /// What its cells keep.
    pub fn storage_kind(&self) -> StorageKind {
        self.storage.kind
    }

    /// Number of entries in cells, with flow; entries that fell in no slot are not counted. Of a histogram read from a
    /// file, what the file says; 0 if it does not.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Number of entries with a NaN among their values; they are in overflow slots.
    pub fn nan(&self) -> u64 {
        self.nan
    }

    /// Whether no weights were ever given, so that contents are counts.
    pub fn unweighted(&self) -> bool {
        self.storage.unweighted()
    }

    /// Lengths along the axes.
    pub fn shape(&self, flow: bool) -> Vec<usize> {
        self.axes.iter().map(|axis| if flow { axis.extent() } else { axis.size() }).collect()
    }

    /// Sums of weights in C order, last axis fastest, each rounded once.
    pub fn values(&self, flow: bool) -> Vec<f64> {
        self.cells(flow).into_iter().map(|cell| self.storage.value(cell)).collect()
    }

    /// Sums of squared weights in the order of [`Histogram::values`]; nothing where they are not known.
    pub fn variances(&self, flow: bool) -> Option<Vec<f64>> {
        self.cells(flow).into_iter().map(|cell| self.storage.variance(cell)).collect()
    }

    /// Effective numbers of entries, (Σw)²/Σw², in the order of [`Histogram::values`]; nothing where variances are not known.
    pub fn counts(&self, flow: bool) -> Option<Vec<f64>> {
        let variances = self.variances(flow)?;
        let effective = |(value, variance): (f64, f64)| if value == 0.0 { 0.0 } else { value * value / variance };
        Some(self.values(flow).into_iter().zip(variances).map(effective).collect())
    }

    /// Exact sum of the weights in the inner bins, or in all slots, rounded once.
    pub fn sum(&self, flow: bool) -> f64 {
        let mut total = ExactSum::new();
        for cell in self.cells(flow) {
            total.merge(&self.storage.sum(cell));
        }
        total.value()
    }

    /// Number of entries in the inner bins.
    pub fn inner_entries(&self) -> u64 {
        self.cells(false).into_iter().fold(0, |sum: u64, cell| sum.saturating_add(self.storage.entries(cell)))
    }

    /// Sets all cells to empty.
    pub fn reset(&mut self) {
        self.storage = Storage::new(self.storage.kind, self.storage.cells);
        self.entries = 0;
        self.nan = 0;
    }

    /// Steps in cells along the axes.
    pub(crate) fn strides(&self) -> Vec<usize> {
        strides_of(&self.axes)
    }

    /// Cells in C order, with or without flow.
    pub(crate) fn cells(&self, flow: bool) -> Vec<usize> {
        if flow {
            return (0..self.storage.cells).collect();
        }
        let strides = self.strides();
        let mut cells = vec![0];
        for (axis, stride) in self.axes.iter().zip(strides) {
            let first = usize::from(axis.underflow());
            let mut next = Vec::with_capacity(cells.len().saturating_mul(axis.size()));
            for cell in cells {
                next.extend((first..first + axis.size()).map(|slot| cell + slot * stride));
            }
            cells = next;
        }
        cells
    }
}

impl PartialEq for Histogram {
    /// Equal axes, kind, contents (exactly), entries and counts of NaN.
    fn eq(&self, other: &Self) -> bool {
        self.axes == other.axes
            && self.storage.kind == other.storage.kind
            && self.entries == other.entries
            && self.nan == other.nan
            && self.unweighted() == other.unweighted()
            && (0..self.storage.cells).all(|cell| {
                self.storage.sum(cell) == other.storage.sum(cell)
                    && self.storage.sum_of_squares(cell) == other.storage.sum_of_squares(cell)
            })
    }
}

pub(crate) fn cells_of(axes: &[Axis]) -> usize {
    axes.iter().fold(1, |cells: usize, axis| cells.saturating_mul(axis.extent()))
}

pub(crate) fn strides_of(axes: &[Axis]) -> Vec<usize> {
    let mut strides = vec![1usize; axes.len()];
    for index in (1..axes.len()).rev() {
        strides[index - 1] = strides[index].saturating_mul(axes[index].extent());
    }
    strides
}
