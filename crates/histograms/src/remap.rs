//! Moving cells: slicing, summing, rebinning, picking and growing are maps from old slots to new ones, axis by axis.

use crate::axis::Axis;
use crate::error::Error;
use crate::histogram::{Histogram, MOST_CELLS, cells_of, strides_of};

/// Where the slots of one axis go, and the axis that they make; none if it goes away.
#[derive(Debug)]
pub(crate) struct AxisMap {
    pub(crate) axis: Option<Axis>,
    /// New slot for each old one, 0 where the axis goes away; none if its content is dropped.
    pub(crate) slots: Vec<Option<usize>>,
}

impl AxisMap {
    /// Slots stay where they are, on an axis that may have got more of them at its end.
    pub(crate) fn identity(axis: Axis, extent: usize) -> Self {
        Self { axis: Some(axis), slots: (0..extent).map(Some).collect() }
    }

    /// All slots are added up and the axis goes away.
    pub(crate) fn sum(extent: usize) -> Self {
        Self { axis: None, slots: vec![Some(0); extent] }
    }
}

impl Histogram {
    /// The histogram with its cells moved, one map an axis. Where entries are dropped, the count of NaN is not known any
    /// more and becomes 0.
    pub(crate) fn remapped(&self, maps: Vec<AxisMap>) -> Result<Self, Error> {
        let axes: Vec<Axis> = maps.iter().filter_map(|map| map.axis.clone()).collect();
        let cells = cells_of(&axes);
        if cells > MOST_CELLS {
            return Err(Error::value(format!("{cells} cells are more than can be kept ({MOST_CELLS})")));
        }
        let mut strides = strides_of(&axes).into_iter();
        let mut targets: Vec<Option<usize>> = vec![Some(0)];
        for map in &maps {
            let stride = if map.axis.is_some() { strides.next().unwrap_or(0) } else { 0 };
            let mut next = Vec::with_capacity(targets.len() * map.slots.len());
            for target in targets {
                next.extend(map.slots.iter().map(|slot| Some(target? + (*slot)? * stride)));
            }
            targets = next;
        }
        let mut out = Self::new(axes, self.storage.kind);
        out.storage.add_cells(&self.storage, |cell| targets[cell]);
        let dropped = (targets.iter().enumerate().filter(|(_, target)| target.is_none()))
            .fold(0u64, |sum, (cell, _)| sum.saturating_add(self.storage.entries(cell)));
        out.entries = self.entries.saturating_sub(dropped);
        out.nan = if dropped == 0 { self.nan } else { 0 };
        out.name.clone_from(&self.name);
        out.label.clone_from(&self.label);
        Ok(out)
    }

    /// The histogram on some of its axes, in the given order; the others are summed over, with flow.
    pub fn project(&self, axes: &[usize]) -> Result<Self, Error> {
        for (place, &axis) in axes.iter().enumerate() {
            if axis >= self.axes.len() {
                return Err(Error::index(format!("there is no axis {axis}, there are {}", self.axes.len())));
            }
            if axes[..place].contains(&axis) {
                return Err(Error::value(format!("axis {axis} is asked for twice")));
            }
        }
        let maps = self.axes.iter().enumerate().map(|(number, axis)| {
            if axes.contains(&number) { AxisMap::identity(axis.clone(), axis.extent()) } else { AxisMap::sum(axis.extent()) }
        });
        let kept = self.remapped(maps.collect())?;
        // Ranks of the wanted axes among those that were kept in their old order.
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        let order: Vec<usize> = axes.iter().filter_map(|axis| sorted.iter().position(|other| other == axis)).collect();
        Ok(kept.reordered(&order))
    }

    /// Axes in another order.
    fn reordered(&self, order: &[usize]) -> Self {
        if order.windows(2).all(|pair| pair[0] < pair[1]) {
            return self.clone();
        }
        let axes: Vec<Axis> = order.iter().map(|&axis| self.axes[axis].clone()).collect();
        let (old, new) = (self.strides(), strides_of(&axes));
        let mut steps = vec![0; order.len()];
        for (place, &axis) in order.iter().enumerate() {
            steps[axis] = new[place];
        }
        let mut out = Self { axes, ..Self::new(Vec::new(), self.storage.kind) };
        out.storage.cells = self.storage.cells;
        out.storage.add_cells(&self.storage, |cell| {
            Some((0..old.len()).map(|axis| cell / old[axis] % self.axes[axis].extent() * steps[axis]).sum())
        });
        (out.entries, out.nan) = (self.entries, self.nan);
        out.name.clone_from(&self.name);
        out.label.clone_from(&self.label);
        out
    }
}
