//! The entries of an arrow matrix.

use super::shape::{Place, Shape};
use crate::dense::{Matrix, add_scaled, dot};
use std::sync::Arc;

/// A symmetric matrix of a [`Shape`].
#[derive(Clone, Debug)]
pub struct Arrow {
    pub(super) shape: Arc<Shape>,
    pub(super) leaves: Vec<Leaves>,
    /// Lower triangle over the rows of each component and of the border that it touches; the border's own part counts too.
    pub(super) blocks: Vec<Vec<f64>>,
    /// Diagonal of the border, beside what the blocks hold of it.
    pub(super) border: Vec<f64>,
}

/// The leaves of one group.
#[derive(Clone, Debug)]
pub(super) struct Leaves {
    /// Among the rows of each leaf: `width` times `width` times leaves.
    pub(super) own: Vec<f64>,
    /// To the shared rows: `width` times leaves times locals.
    pub(super) cross: Vec<f64>,
}

impl Arrow {
    /// A matrix of zeros.
    pub fn zeros(shape: &Arc<Shape>) -> Self {
        let leaves = shape.groups.iter().map(|group| Leaves {
            own: vec![0.0; group.width * group.width * group.leaves],
            cross: vec![0.0; group.width * group.leaves * group.locals.len()],
        });
        let side = |component: &super::shape::Component| component.rows.len() + component.border.len();
        Self {
            leaves: leaves.collect(),
            blocks: shape.components.iter().map(|component| vec![0.0; side(component) * side(component)]).collect(),
            border: vec![0.0; shape.border.len()],
            shape: Arc::clone(shape),
        }
    }

    /// The shape.
    pub fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// Sets the entries among shared rows to 0; those of leaves are set by [`Arrow::add_group`].
    pub fn clear_shared(&mut self) {
        for block in &mut self.blocks {
            block.fill(0.0);
        }
        self.border.fill(0.0);
    }

    /// Sets the leaves of a group, and adds the lower triangle among its locals (row after row, `locals` entries each).
    ///
    /// `own` is `width` times `width` times leaves, `cross` `width` times leaves times locals.
    pub fn add_group(&mut self, group: usize, own: &[f64], cross: &[f64], locals: &[f64]) {
        self.leaves[group].own.copy_from_slice(own);
        self.leaves[group].cross.copy_from_slice(cross);
        let (home, places) = &self.shape.targets[group];
        let component = &self.shape.components[*home];
        let side = component.rows.len() + component.border.len();
        scatter(&mut self.blocks[*home], side, places, locals);
    }

    /// Adds to the diagonal.
    pub fn add_diagonal(&mut self, row: usize, value: f64) {
        *self.diagonal_mut(row) += value;
    }

    /// An entry of the diagonal.
    pub fn diagonal(&self, row: usize) -> f64 {
        match self.shape.places[row] {
            Place::Leaf(group, member) => self.leaves[group].own[self.own_place(group, member)],
            Place::Block(block, at) => self.blocks[block][at * self.side(block) + at],
            Place::Border(at) => {
                let parts = self.shape.components.iter().zip(&self.blocks).filter_map(|(component, block)| {
                    let place = component.rows.len() + component.border.binary_search(&at).ok()?;
                    Some(block[place * (component.rows.len() + component.border.len()) + place])
                });
                self.border[at] + parts.sum::<f64>()
            }
        }
    }

    fn diagonal_mut(&mut self, row: usize) -> &mut f64 {
        match self.shape.places[row] {
            Place::Leaf(group, member) => {
                let place = self.own_place(group, member);
                &mut self.leaves[group].own[place]
            }
            Place::Block(block, at) => {
                let side = self.side(block);
                &mut self.blocks[block][at * side + at]
            }
            Place::Border(at) => &mut self.border[at],
        }
    }

    fn own_place(&self, group: usize, member: usize) -> usize {
        let group = &self.shape.groups[group];
        let (w, leaf) = (member / group.leaves, member % group.leaves);
        (w * group.width + w) * group.leaves + leaf
    }

    pub(super) fn side(&self, block: usize) -> usize {
        let component = &self.shape.components[block];
        component.rows.len() + component.border.len()
    }

    /// Row of the whole matrix of each row of a block's square.
    pub(super) fn rows(&self, block: usize) -> impl Iterator<Item = usize> {
        let component = &self.shape.components[block];
        component.rows.iter().copied().chain(component.border.iter().map(|&at| self.shape.border[at]))
    }

    /// The matrix times a vector.
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.shape.size];
        for (group, leaves) in self.shape.groups.iter().zip(&self.leaves) {
            let count = group.locals.len();
            let at: Vec<f64> = group.locals.iter().map(|&row| x[row]).collect();
            let mut sums = vec![0.0; count];
            for (m, &row) in group.members.iter().enumerate() {
                let cross = &leaves.cross[m * count..(m + 1) * count];
                let (w, leaf) = (m / group.leaves, m % group.leaves);
                let mut sum = dot(cross, &at);
                for v in 0..group.width {
                    let other = group.members[v * group.leaves + leaf];
                    sum += leaves.own[(w * group.width + v) * group.leaves + leaf] * x[other];
                }
                y[row] += sum;
                add_scaled(&mut sums, x[row], cross);
            }
            for (&row, sum) in group.locals.iter().zip(sums) {
                y[row] += sum;
            }
        }
        for (b, block) in self.blocks.iter().enumerate() {
            let side = self.side(b);
            let rows: Vec<usize> = self.rows(b).collect();
            let at: Vec<f64> = rows.iter().map(|&row| x[row]).collect();
            let mut sums = vec![0.0; side];
            for i in 0..side {
                let row = &block[i * side..i * side + i];
                sums[i] += dot(row, &at[..i]) + block[i * side + i] * at[i];
                add_scaled(&mut sums[..i], at[i], row);
            }
            for (row, sum) in rows.into_iter().zip(sums) {
                y[row] += sum;
            }
        }
        for (&row, value) in self.shape.border.iter().zip(&self.border) {
            y[row] += value * x[row];
        }
        y
    }

    /// Every entry multiplied by the units of its row and column. Where a unit is 0 the row is that of the unit matrix.
    #[must_use]
    pub fn scaled(&self, units: &[f64]) -> Self {
        let leaves = self.shape.groups.iter().zip(&self.leaves).map(|(group, leaves)| {
            let at: Vec<f64> = group.locals.iter().map(|&row| units[row]).collect();
            let mut scaled = Leaves { own: leaves.own.clone(), cross: Vec::with_capacity(leaves.cross.len()) };
            for (m, &row) in group.members.iter().enumerate() {
                let cross = &leaves.cross[m * at.len()..(m + 1) * at.len()];
                scaled.cross.extend(cross.iter().zip(&at).map(|(entry, unit)| entry * (unit * units[row])));
                let (w, leaf) = (m / group.leaves, m % group.leaves);
                for v in 0..group.width {
                    let other = group.members[v * group.leaves + leaf];
                    scaled.own[(w * group.width + v) * group.leaves + leaf] *= units[row] * units[other];
                }
            }
            scaled
        });
        let blocks = self.blocks.iter().enumerate().map(|(b, block)| {
            let at: Vec<f64> = self.rows(b).map(|row| units[row]).collect();
            let mut scaled = vec![0.0; block.len()];
            for (i, own) in at.iter().enumerate() {
                let row = i * at.len()..=i * at.len() + i;
                for ((to, entry), unit) in scaled[row.clone()].iter_mut().zip(&block[row]).zip(&at) {
                    *to = entry * (unit * own);
                }
            }
            scaled
        });
        let mut scaled = Self {
            leaves: leaves.collect(),
            blocks: blocks.collect(),
            border: self.border.iter().zip(&self.shape.border).map(|(entry, &row)| entry * (units[row] * units[row])).collect(),
            shape: Arc::clone(&self.shape),
        };
        for (row, _) in units.iter().enumerate().filter(|(_, unit)| **unit == 0.0) {
            *scaled.diagonal_mut(row) = 1.0;
        }
        scaled
    }

    /// Root of the sum of the squares of all entries.
    pub fn norm(&self) -> f64 {
        let square = |values: &[f64]| dot(values, values);
        let leaves: f64 = self.leaves.iter().map(|leaves| square(&leaves.own) + 2.0 * square(&leaves.cross)).sum();
        let mut blocks = 0.0;
        for (b, block) in self.blocks.iter().enumerate() {
            let side = self.side(b);
            for i in 0..side {
                let pivot = block[i * side + i];
                blocks += 2.0 * square(&block[i * side..i * side + i]) + pivot * pivot;
            }
        }
        (leaves + blocks + square(&self.border)).sqrt()
    }

    /// The same matrix with all its zeros.
    pub fn dense(&self) -> Matrix {
        let size = self.shape.size;
        let mut dense = Matrix::zeros(size, size);
        let mut unit = vec![0.0; size];
        for column in 0..size {
            unit[column] = 1.0;
            for (row, value) in self.times(&unit).into_iter().enumerate() {
                dense[(row, column)] = value;
            }
            unit[column] = 0.0;
        }
        dense
    }
}

/// Adds the lower triangle among some rows, ascending, to the lower triangle of a square.
pub(super) fn scatter(square: &mut [f64], side: usize, places: &[usize], triangle: &[f64]) {
    let count = places.len();
    for (i, &row) in places.iter().enumerate() {
        let into = &mut square[row * side..=row * side + row];
        for (&column, value) in places[..=i].iter().zip(&triangle[i * count..=i * count + i]) {
            into[column] += value;
        }
    }
}
