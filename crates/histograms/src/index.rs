//! UHI indexing: single bins, slices, sums, coarser bins, picked categories.
//!
//! Contents are never lost without a word: what a slice cuts off goes to the flow slots, which are added where they are missing.

use crate::axis::Axis;
use crate::error::Error;
use crate::histogram::Histogram;
use crate::rebin::coarser;
use crate::remap::AxisMap;

/// One place on an axis.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// A bin, counted from the end if negative.
    Bin(i64),
    /// A raw bin number: -1 is underflow, the number of bins overflow.
    At(i64),
    /// So many bins after the underflow slot.
    Underflow(i64),
    /// So many bins after the overflow slot.
    Overflow(i64),
    /// So many bins after the one that holds a value.
    Loc(f64, i64),
    /// So many bins after the one of a label.
    Label(String, i64),
}

/// What becomes of the bins of a slice.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// They stay.
    #[default]
    Keep,
    /// They are added up; an end that is open takes its flow slot in.
    Sum,
    /// So many neighbours are merged; a remainder goes to the overflow slot.
    Rebin(usize),
    /// Groups of so many neighbours are merged; together they are all bins of the slice.
    Groups(Vec<usize>),
    /// Bins are merged between these edges, from the first to the last of the slice.
    Edges(Vec<f64>),
}

/// What is asked of one axis.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Index {
    /// One bin: the axis goes away.
    Place(Place),
    /// A range of bins.
    Slice {
        /// First bin; open if absent.
        start: Option<Place>,
        /// First bin after it; open if absent.
        stop: Option<Place>,
        /// What becomes of the bins.
        step: Step,
    },
    /// Some categories, in this order; the others go to the overflow slot.
    Pick(Vec<Place>),
}

impl Index {
    /// The whole axis as it is.
    pub fn all() -> Self {
        Self::Slice { start: None, stop: None, step: Step::Keep }
    }

    /// The sum over the axis with flow.
    pub fn sum() -> Self {
        Self::Slice { start: None, stop: None, step: Step::Sum }
    }

    /// The bin that holds a value.
    pub fn loc(x: f64) -> Self {
        Self::Place(Place::Loc(x, 0))
    }

    /// The bin of a label.
    pub fn label(label: &str) -> Self {
        Self::Place(Place::Label(label.to_owned(), 0))
    }
}

/// Contents of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Sum of weights.
    pub value: f64,
    /// Sum of squared weights; nothing where it is not known.
    pub variance: Option<f64>,
    /// Number of entries.
    pub entries: u64,
}

/// What indexing gives.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // one a call, never many
pub enum Indexed {
    /// Every axis was reduced to one bin.
    Cell(Cell),
    /// Some axes are left.
    Histogram(Histogram),
}

impl Histogram {
    /// Indexes every axis, in order. Refused with an index, key, value or type error: bins, labels, groups that do not exist.
    pub fn index(&self, indices: &[Index]) -> Result<Indexed, Error> {
        if indices.len() != self.axes.len() {
            return Err(Error::index(format!("{} indices for {} axes", indices.len(), self.axes.len())));
        }
        let maps = self.axes.iter().zip(indices).map(|(axis, index)| map(axis, index)).collect::<Result<Vec<_>, _>>()?;
        let result = self.remapped(maps)?;
        if !result.axes.is_empty() || self.axes.is_empty() {
            return Ok(Indexed::Histogram(result));
        }
        let storage = &result.storage;
        Ok(Indexed::Cell(Cell { value: storage.value(0), variance: storage.variance(0), entries: storage.entries(0) }))
    }
}

fn map(axis: &Axis, index: &Index) -> Result<AxisMap, Error> {
    match index {
        Index::Place(place) => {
            let slot = bin_of(axis, place)?;
            let mut slots = vec![None; axis.extent()];
            slots[slot] = Some(0);
            Ok(AxisMap { axis: None, slots })
        }
        Index::Slice { start, stop, step } => slice(axis, start.as_ref(), stop.as_ref(), step),
        Index::Pick(places) => pick(axis, places),
    }
}

/// Slot of a place.
pub(crate) fn bin_of(axis: &Axis, place: &Place) -> Result<usize, Error> {
    let bin = cell(axis, place)?;
    axis.slot(bin).ok_or_else(|| {
        let size = axis.size();
        let missing = match bin {
            -1 => "no underflow slot".to_owned(),
            bin if bin == size as i64 => "no overflow slot".to_owned(),
            _ => format!("no bin {bin}, it has {size}"),
        };
        Error::index(format!("{} has {missing}", axis.spoken()))
    })
}

/// Number of the edge at which a slice ends.
pub(crate) fn end_of(axis: &Axis, place: &Place) -> Result<usize, Error> {
    if *place == Place::Underflow(0) {
        return Err(Error::index("a slice cannot end at the underflow slot: leave the end open to take it in"));
    }
    free(axis, place).map(|bin| bin.clamp(0, axis.size() as i64) as usize)
}

/// Raw bin number of a place.
fn cell(axis: &Axis, place: &Place) -> Result<i64, Error> {
    let size = axis.size() as i64;
    match place {
        Place::Bin(bin) if *bin < -size || *bin >= size => {
            Err(Error::index(format!("{} has no bin {bin}, it has {size}", axis.spoken())))
        }
        Place::Bin(bin) => Ok(if *bin < 0 { size + bin } else { *bin }),
        _ => free(axis, place),
    }
}

/// Raw bin number of a place that need not exist.
fn free(axis: &Axis, place: &Place) -> Result<i64, Error> {
    let size = axis.size() as i64;
    match place {
        Place::Bin(bin) => Ok(if *bin < 0 { bin.saturating_add(size) } else { *bin }),
        Place::At(bin) => Ok(*bin),
        Place::Underflow(offset) => Ok((-1i64).saturating_add(*offset)),
        Place::Overflow(offset) => Ok(size.saturating_add(*offset)),
        Place::Loc(x, offset) => match axis {
            Axis::Category(_) => Err(Error::kind_of(format!("{} has labels, so {x} cannot be looked up", axis.spoken()))),
            _ => Ok(axis.index(*x).saturating_add(*offset)),
        },
        Place::Label(label, offset) => Ok((axis.position(label)? as i64).saturating_add(*offset)),
    }
}

fn slice(axis: &Axis, start: Option<&Place>, stop: Option<&Place>, step: &Step) -> Result<AxisMap, Error> {
    let size = axis.size();
    let end = |place: Option<&Place>, open: usize| place.map_or(Ok(open), |place| end_of(axis, place));
    let (first, last) = (end(start, 0)?, end(stop, size)?);
    if first >= last && !(size == 0 && start.is_none() && stop.is_none()) {
        return Err(Error::index(format!("the slice of {} from bin {first} to {last} is empty", axis.spoken())));
    }
    let count = last - first;
    match step {
        Step::Keep if count == size => Ok(AxisMap::identity(axis.clone(), axis.extent())),
        Step::Keep => coarser(axis, &(first..=last).collect::<Vec<_>>()),
        Step::Sum => {
            let mut slots = vec![None; axis.extent()];
            let below = usize::from(axis.underflow());
            let from = if start.is_none() { 0 } else { below + first };
            let to = if stop.is_none() { axis.extent() } else { below + last };
            slots[from..to].fill(Some(0));
            Ok(AxisMap { axis: None, slots })
        }
        Step::Rebin(n) => {
            if *n == 0 || *n > count {
                return Err(Error::value(format!("{n} of {count} bins of {} cannot be merged", axis.spoken())));
            }
            let places: Vec<usize> = (0..=count / n).map(|group| first + group * n).collect();
            coarser(axis, &places)
        }
        Step::Groups(groups) => {
            let mut places = vec![first];
            for &group in groups {
                places.push(places[places.len() - 1].saturating_add(group));
            }
            if places[places.len() - 1] != last || places.len() < 2 {
                let total: usize = groups.iter().fold(0, |sum, &group| sum.saturating_add(group));
                return Err(Error::value(format!("the groups are {total} bins, the slice of {} is {count}", axis.spoken())));
            }
            coarser(axis, &places)
        }
        Step::Edges(edges) => {
            let places = axis.places_of(edges)?;
            if places[0] != first || places[places.len() - 1] != last {
                let own = axis.edges();
                return Err(Error::value(format!("the edges do not reach from {} to {}", own[first], own[last])));
            }
            coarser(axis, &places)
        }
    }
}

fn pick(axis: &Axis, places: &[Place]) -> Result<AxisMap, Error> {
    let Axis::Category(category) = axis else {
        return Err(Error::kind_of(format!("bins of {} cannot be picked: it has no categories", axis.spoken())));
    };
    let mut slots: Vec<Option<usize>> = vec![None; axis.extent()];
    let mut labels = Vec::with_capacity(places.len());
    for (new, place) in places.iter().enumerate() {
        let bin = cell(axis, place)?;
        let Some(label) = usize::try_from(bin).ok().and_then(|bin| category.labels().get(bin)) else {
            return Err(Error::index(format!("{} has no category {bin}", axis.spoken())));
        };
        if slots[bin as usize].is_some() {
            return Err(Error::value(format!("the category `{label}` is picked twice")));
        }
        slots[bin as usize] = Some(new);
        labels.push(label.clone());
    }
    let mut picked = Axis::category(labels, false)?;
    *picked.title_mut() = axis.title().clone();
    let complete = slots[..axis.size()].iter().all(Option::is_some);
    let picked = picked.with_flow(false, axis.overflow() || !complete);
    for slot in &mut slots {
        *slot = slot.or(Some(places.len()));
    }
    Ok(AxisMap { axis: Some(picked), slots })
}
