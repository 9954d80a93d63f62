//! Values of all variables of one block, and what is known of NaN among them.

use super::layout::{Layout, Place};
use crate::graph::{Graph, VariableId};
use crate::lanes::{LANES, Lane, Real};
use germane_numerics::simd;

/// Beyond this a finite number is treated as if it could become infinite or NaN in sums and products.
const LARGE: f64 = 1e15;

/// A bit for each lane.
pub(super) type LaneSet = u16;

/// Values of the variables.
#[derive(Debug)]
pub(super) struct Memory {
    scalars: Vec<Lane<f64>>,
    narrow: Vec<Vec<Lane<f32>>>,
    wide: Vec<Vec<Lane<f64>>>,
    nan: Vec<LaneSet>,
    large: Vec<LaneSet>,
    column: Vec<f64>,
}

/// Room of a variable, taken out while it is written.
#[derive(Debug)]
pub(super) enum Room {
    /// a number for each lane
    Scalar(Lane<f64>),
    /// samples
    Narrow(Vec<Lane<f32>>),
    /// samples
    Wide(Vec<Lane<f64>>),
}

/// Samples of a variable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Samples<'a> {
    /// held as `f32`
    Narrow(&'a [Lane<f32>]),
    /// held as `f64`
    Wide(&'a [Lane<f64>]),
}

/// Lanes that have NaN, and lanes that have infinities or very large numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unusual {
    pub(super) nan: LaneSet,
    pub(super) large: LaneSet,
}

impl Unusual {
    /// Whether no lane has anything.
    pub(super) fn is_none(self) -> bool {
        self.nan | self.large == 0
    }

    /// Of either.
    pub(super) fn or(self, other: Self) -> Self {
        Self { nan: self.nan | other.nan, large: self.large | other.large }
    }

    /// What is unusual in one number that all lanes have.
    pub(super) fn of_constant(value: f64) -> Self {
        Self::of_lanes(&[value; LANES])
    }

    /// What is unusual in a number for each lane.
    pub(super) fn of_lanes(lanes: &Lane<f64>) -> Self {
        let mut found = Self::default();
        for (lane, value) in lanes.iter().enumerate() {
            found.nan |= LaneSet::from(value.is_nan()) << lane;
            found.large |= LaneSet::from(value.abs() > LARGE) << lane;
        }
        found
    }

    /// What is unusual in samples.
    pub(super) fn of_samples<T: Real>(samples: &[Lane<T>]) -> Self {
        simd::wide(Search(samples))
    }
}

struct Search<'a, T>(&'a [Lane<T>]);

impl<T: Real> simd::Work for Search<'_, T> {
    type Output = Unusual;

    #[inline(always)]
    fn run(self) -> Unusual {
        let (mut nan, mut large) = ([0_u32; LANES], [0_u32; LANES]);
        let (low, high) = (T::narrow(-LARGE), T::narrow(LARGE));
        for row in self.0 {
            for lane in 0..LANES {
                let value = row[lane];
                let above = u32::from(value > high);
                // Neither above nor not above: NaN.
                nan[lane] |= u32::from(!(value <= high)) & (1 - above);
                large[lane] |= above | u32::from(value < low);
            }
        }
        let set = |found: &[u32; LANES]| (0..LANES).fold(0, |set, lane| set | (found[lane] as LaneSet) << lane);
        Unusual { nan: set(&nan), large: set(&large) }
    }
}

impl Memory {
    /// Room for all variables.
    pub(super) fn new(graph: &Graph, layout: &Layout) -> Self {
        let count = graph.variables.len();
        Self {
            scalars: vec![[0.0; LANES]; count],
            narrow: layout.narrow.iter().map(|rows| vec![[0.0; LANES]; *rows]).collect(),
            wide: layout.wide.iter().map(|rows| vec![[0.0; LANES]; *rows]).collect(),
            nan: vec![0; count],
            large: vec![0; count],
            column: Vec::new(),
        }
    }

    /// Bytes of the samples.
    pub(super) fn bytes(&self) -> usize {
        let narrow: usize = self.narrow.iter().map(|slot| size_of_val(slot.as_slice())).sum();
        narrow + self.wide.iter().map(|slot| size_of_val(slot.as_slice())).sum::<usize>()
    }

    /// Room for the samples of one lane.
    pub(super) fn column(&mut self) -> &mut Vec<f64> {
        &mut self.column
    }

    /// The number of a scalar variable.
    pub(super) fn scalar(&self, id: VariableId) -> &Lane<f64> {
        &self.scalars[id.0]
    }

    /// Writes a scalar variable and what is unusual in it.
    pub(super) fn set_scalar(&mut self, id: VariableId, lanes: Lane<f64>) {
        self.scalars[id.0] = lanes;
        self.set_unusual(id, Unusual::of_lanes(&lanes));
    }

    /// Samples of a variable; `None` for scalars.
    pub(super) fn samples(&self, layout: &Layout, id: VariableId) -> Option<Samples<'_>> {
        match layout.place(id) {
            Place::Scalar => None,
            Place::Narrow { slot, start, rows } => Some(Samples::Narrow(&self.narrow[slot][start..start + rows])),
            Place::Wide { slot, start, rows } => Some(Samples::Wide(&self.wide[slot][start..start + rows])),
        }
    }

    /// What is unusual in a variable.
    pub(super) fn unusual(&self, id: VariableId) -> Unusual {
        Unusual { nan: self.nan[id.0], large: self.large[id.0] }
    }

    /// Notes what is unusual in a variable.
    pub(super) fn set_unusual(&mut self, id: VariableId, found: Unusual) {
        self.nan[id.0] = found.nan;
        self.large[id.0] = found.large;
    }

    /// Takes the room of a variable, to be given back by [`Memory::put`].
    pub(super) fn take(&mut self, layout: &Layout, id: VariableId) -> Room {
        match layout.place(id) {
            Place::Scalar => Room::Scalar([0.0; LANES]),
            Place::Narrow { slot, .. } => Room::Narrow(std::mem::take(&mut self.narrow[slot])),
            Place::Wide { slot, .. } => Room::Wide(std::mem::take(&mut self.wide[slot])),
        }
    }

    /// Gives the room of a variable back; scalars are searched for NaN, for samples the caller does it.
    pub(super) fn put(&mut self, layout: &Layout, id: VariableId, room: Room) {
        match (layout.place(id), room) {
            (Place::Scalar, Room::Scalar(lanes)) => self.set_scalar(id, lanes),
            (Place::Narrow { slot, .. }, Room::Narrow(rows)) => self.narrow[slot] = rows,
            (Place::Wide { slot, .. }, Room::Wide(rows)) => self.wide[slot] = rows,
            (place, room) => unreachable!("invariant: {room:?} was taken from {place:?}"),
        }
    }

    /// Searches the samples of a variable.
    pub(super) fn search(&mut self, layout: &Layout, id: VariableId) {
        let found = match self.samples(layout, id) {
            None => Unusual::of_lanes(self.scalar(id)),
            Some(Samples::Narrow(rows)) => Unusual::of_samples(rows),
            Some(Samples::Wide(rows)) => Unusual::of_samples(rows),
        };
        self.set_unusual(id, found);
    }
}
