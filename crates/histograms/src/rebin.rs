//! Coarser bins on edges that the axis has already.

use crate::axis::{Axis, Grid, Regular};
use crate::error::Error;
use crate::histogram::Histogram;
use crate::remap::AxisMap;

impl Histogram {
    /// Merges `count` neighbouring bins of an axis into one; a remainder at the end goes to the overflow slot, which is added
    /// if the axis has none.
    pub fn rebin(&self, axis: usize, count: usize) -> Result<Self, Error> {
        let size = self.existing(axis)?.size();
        if count == 0 || count > size {
            return Err(Error::value(format!("{count} of {size} bins cannot be merged")));
        }
        self.regrouped(axis, &vec![count; size / count])
    }

    /// Merges bins of an axis so that it has the given edges; content below the first and above the last goes to the flow
    /// slots, which are added if they are missing. Refused if an edge is none of the axis' edges (to 1e-9 of a bin).
    pub fn rebin_to(&self, axis: usize, edges: &[f64]) -> Result<Self, Error> {
        let places = self.existing(axis)?.places_of(edges)?;
        self.between(axis, &places)
    }

    /// Merges consecutive groups of bins, given by their lengths, from the first bin on.
    pub(crate) fn regrouped(&self, axis: usize, groups: &[usize]) -> Result<Self, Error> {
        let mut places = vec![0];
        for &group in groups {
            places.push(places[places.len() - 1] + group);
        }
        self.between(axis, &places)
    }

    fn between(&self, axis: usize, places: &[usize]) -> Result<Self, Error> {
        let maps = self.axes.iter().enumerate().map(|(number, own)| {
            if number == axis { coarser(own, places) } else { Ok(AxisMap::identity(own.clone(), own.extent())) }
        });
        self.remapped(maps.collect::<Result<_, _>>()?)
    }

    fn existing(&self, axis: usize) -> Result<&Axis, Error> {
        let axes = self.axes.len();
        self.axes.get(axis).ok_or_else(|| Error::index(format!("there is no axis {axis}, there are {axes}")))
    }
}

impl Axis {
    /// Numbers of the axis' edges that have the given values (to 1e-9 of a bin), which follow each other along the axis.
    pub(crate) fn places_of(&self, edges: &[f64]) -> Result<Vec<usize>, Error> {
        if edges.len() < 2 {
            return Err(Error::value("bins need at least two edges"));
        }
        let own = self.edges();
        let width = self.widths().into_iter().fold(f64::INFINITY, f64::min);
        let mut places: Vec<usize> = Vec::with_capacity(edges.len());
        for &edge in edges {
            let place = own.iter().position(|own| (own - edge).abs() <= 1e-9 * width).ok_or_else(|| {
                let list: Vec<String> = own.iter().map(f64::to_string).collect();
                Error::value(format!("{edge} is no edge of {}, which has {}", self.spoken(), list.join(", ")))
            })?;
            if places.last().is_some_and(|&before| before >= place) {
                return Err(Error::value(format!("edges follow each other along the axis, but {edge} does not")));
            }
            places.push(place);
        }
        Ok(places)
    }
}

/// The map onto bins between the edges with the given numbers, which rise strictly.
pub(crate) fn coarser(axis: &Axis, places: &[usize]) -> Result<AxisMap, Error> {
    let (first, last) = (places[0], places[places.len() - 1]);
    if last > axis.size() {
        return Err(Error::value(format!("{last} bins are more than {} has ({})", axis.spoken(), axis.size())));
    }
    if places.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Error::value("a group of bins has at least one bin"));
    }
    // Content that is cut off stays in a flow slot.
    let categories = axis.labels().is_some();
    let underflow = axis.underflow() || (first > 0 && !categories);
    let overflow = axis.overflow() || last < axis.size() || (first > 0 && categories);
    let mut coarse = part(axis, places)?.with_flow(underflow, overflow);
    *coarse.title_mut() = axis.title().clone();
    let bins = places.len() - 1;
    let mut slots = Vec::with_capacity(axis.extent());
    for bin in -i64::from(axis.underflow())..axis.size() as i64 + i64::from(axis.overflow()) {
        let new = if bin < first as i64 && !categories {
            -1
        } else if bin >= last as i64 || bin < first as i64 {
            bins as i64
        } else {
            places.partition_point(|&place| place as i64 <= bin) as i64 - 1
        };
        slots.push(coarse.slot(new));
    }
    Ok(AxisMap { axis: Some(coarse), slots })
}

/// The axis with the edges of the given numbers, of the simplest kind.
fn part(axis: &Axis, places: &[usize]) -> Result<Axis, Error> {
    let (first, step) = (places[0], places[1] - places[0]);
    let even = places.windows(2).all(|pair| pair[1] - pair[0] == step);
    match axis {
        Axis::Regular(regular) if even => {
            let grid = regular.grid();
            let grid = Grid {
                first: grid.first.saturating_add((first as i64).saturating_mul(grid.step as i64)),
                step: grid.step.saturating_mul(step as u64),
                ..grid
            };
            Ok(Axis::Regular(Regular::on_grid(grid.reduced(places.len() - 1), places.len() - 1)?))
        }
        Axis::Integer(integer) if even && step == 1 => {
            Axis::integer(integer.lower + first as i64, integer.lower + places[places.len() - 1] as i64)
        }
        Axis::Integer(integer) if even => {
            let edge = |place: usize| (integer.lower + place as i64) as f64;
            Axis::regular(places.len() - 1, edge(first), edge(places[places.len() - 1]))
        }
        Axis::Category(category) if step == 1 && even => {
            Axis::category(category.labels()[first..places[places.len() - 1]].to_vec(), false)
        }
        Axis::Category(_) => Err(Error::value(format!("categories of {} have no edges to merge between", axis.spoken()))),
        _ => {
            let edges = axis.edges();
            let mut chosen: Vec<f64> = places.iter().map(|&place| edges[place]).collect();
            if chosen[0] > chosen[1] {
                return Err(Error::value("bins of reversed limits can only be merged evenly"));
            }
            chosen.dedup();
            Axis::variable(chosen)
        }
    }
}
