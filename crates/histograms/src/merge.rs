//! Adding histograms: commutative, associative and exact, or refused.

use crate::axis::Axis;
use crate::error::Error;
use crate::histogram::Histogram;
use crate::remap::AxisMap;

impl Histogram {
    /// Adds another histogram of the same storage and axes. Growing category axes get the labels that they lack, in the
    /// order of `other`. Refused, with this histogram unchanged: another storage, other edges, other labels.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.storage.kind != other.storage.kind {
            return Err(Error::kind_of(format!("{:?} and {:?} storages cannot be added", self.storage.kind, other.storage.kind)));
        }
        if self.axes.len() != other.axes.len() {
            return Err(Error::value(format!("{} axes and {} axes cannot be added", self.axes.len(), other.axes.len())));
        }
        if self.axes.iter().zip(&other.axes).all(|(own, other)| own.same_bins(other)) {
            self.add_same(other);
            return Ok(());
        }
        let unions: Vec<Axis> =
            self.axes.iter().zip(&other.axes).map(|(own, other)| union(own, other)).collect::<Result<_, _>>()?;
        let map = |histogram: &Self| {
            let maps = histogram.axes.iter().zip(&unions).map(|(own, union)| onto(own, union));
            histogram.remapped(maps.collect::<Result<_, _>>()?)
        };
        let mut sum = map(self)?;
        sum.add_same(&map(other)?);
        *self = sum;
        Ok(())
    }

    fn add_same(&mut self, other: &Self) {
        self.storage.add_cells(&other.storage, Some);
        self.entries = self.entries.saturating_add(other.entries);
        self.nan = self.nan.saturating_add(other.nan);
    }
}

/// The axis on which the contents of both can be added.
fn union(own: &Axis, other: &Axis) -> Result<Axis, Error> {
    if own.same_bins(other) {
        return Ok(own.clone());
    }
    match (own, other) {
        (Axis::Category(a), Axis::Category(b)) if a.grows() && b.grows() => {
            let mut union = a.clone();
            for label in b.labels() {
                if union.position(label).is_none() {
                    union.append(label);
                }
            }
            Ok(Axis::Category(union))
        }
        _ => Err(Error::value(format!("{} differ: {} and {}", own.spoken(), own.describe(), other.describe()))),
    }
}

/// Where the slots of an axis are on the union.
fn onto(own: &Axis, union: &Axis) -> Result<AxisMap, Error> {
    match own.labels() {
        Some(labels) if !own.same_bins(union) => {
            let slots = labels.iter().map(|label| union.position(label).map(Some)).collect::<Result<_, _>>()?;
            Ok(AxisMap { axis: Some(union.clone()), slots })
        }
        _ => Ok(AxisMap::identity(union.clone(), own.extent())),
    }
}
