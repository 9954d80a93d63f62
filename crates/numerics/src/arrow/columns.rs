//! Columns of the inverse, several at a time: each entry of the factor is read once for all of them.

use super::factor::{Factor, LeafFactors};
use super::shape::{Component, Group};
use crate::simd;

/// Columns that are solved for together.
pub(super) const COLUMNS: usize = 16;

/// Entries of one row in all columns.
pub(super) type Row = [f64; COLUMNS];

/// xᵀ A x of all columns x, for a square A.
pub(super) fn forms(square: &[f64], x: &[Row]) -> Row {
    simd::widest(Forms { square, x })
}

struct Forms<'a> {
    square: &'a [f64],
    x: &'a [Row],
}

impl simd::Work for Forms<'_> {
    type Output = Row;

    #[inline(always)]
    fn run(self) -> Row {
        let mut forms = [0.0; COLUMNS];
        for (row, left) in self.square.chunks_exact(self.x.len().max(1)).zip(self.x) {
            let mut product = [0.0; COLUMNS];
            for (entry, right) in row.iter().zip(self.x) {
                subtract(&mut product, -entry, right);
            }
            for k in 0..COLUMNS {
                forms[k] += left[k] * product[k];
            }
        }
        forms
    }
}

impl Factor {
    /// Whole columns of A⁻¹.
    pub fn inverse_columns(&self, columns: &[usize]) -> Vec<Vec<f64>> {
        let mut found = Vec::with_capacity(columns.len());
        let mut x = vec![[0.0; COLUMNS]; self.shape.size];
        for some in columns.chunks(COLUMNS) {
            x.fill([0.0; COLUMNS]);
            for (k, &column) in some.iter().enumerate() {
                x[column][k] = 1.0;
            }
            simd::widest(Solve { factor: self, x: &mut x });
            found.extend((0..some.len()).map(|k| x.iter().map(|row| row[k]).collect()));
        }
        found
    }
}

/// Replaces x by A⁻¹ x.
struct Solve<'f, 'x> {
    factor: &'f Factor,
    x: &'x mut [Row],
}

impl simd::Work for Solve<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { factor, x } = self;
        let shape = &factor.shape;
        let (leaves, blocks) = (|| shape.groups.iter().zip(&factor.leaves), || shape.components.iter().zip(&factor.blocks));
        for (group, leaves) in leaves() {
            leaves_forward(group, leaves, x);
        }
        for (component, block) in blocks() {
            block_forward(component, &shape.border, block, 0, x);
        }
        let rim = shape.border.len();
        let mut part: Vec<Row> = shape.border.iter().map(|&row| x[row]).collect();
        forward(&factor.border, rim, 0, &mut part);
        backward(&factor.border, rim, 0, &mut part);
        for (&row, value) in shape.border.iter().zip(&part) {
            x[row] = *value;
        }
        for (component, block) in blocks() {
            block_backward(component, &part, block, 0, x);
        }
        for (group, leaves) in leaves() {
            leaves_backward(group, leaves, x);
        }
    }
}

/// `to -= factor * row`.
#[inline(always)]
pub(super) fn subtract(to: &mut Row, factor: f64, row: &Row) {
    for k in 0..COLUMNS {
        to[k] -= factor * row[k];
    }
}

#[inline(always)]
fn divide(row: &mut Row, divisor: f64) {
    for entry in row {
        *entry /= divisor;
    }
}

/// y with L y = x, L the leading lower triangle of a square with `stride`; x is 0 before row `first`.
#[inline(always)]
pub(super) fn forward(lower: &[f64], stride: usize, first: usize, x: &mut [Row]) {
    for i in first..x.len() {
        let (known, rest) = x.split_at_mut(i);
        let row = &lower[i * stride..=i * stride + i];
        for (entry, value) in row[first..].iter().zip(&known[first..]) {
            subtract(&mut rest[0], *entry, value);
        }
        divide(&mut rest[0], row[i]);
    }
}

/// y with Lᵀ y = x, from row `first` on.
#[inline(always)]
pub(super) fn backward(lower: &[f64], stride: usize, first: usize, x: &mut [Row]) {
    for i in (first..x.len()).rev() {
        let (before, rest) = x.split_at_mut(i);
        let row = &lower[i * stride..=i * stride + i];
        divide(&mut rest[0], row[i]);
        for (entry, value) in row[first..].iter().zip(&mut before[first..]) {
            subtract(value, *entry, &rest[0]);
        }
    }
}

/// Eliminates the leaves of a group.
#[inline(always)]
fn leaves_forward(group: &Group, leaves: &LeafFactors, x: &mut [Row]) {
    let count = group.locals.len();
    let mut sums = vec![[0.0; COLUMNS]; count];
    for leaf in 0..group.leaves {
        for w in 0..group.width {
            let own = |v: usize| leaves.own[(w * group.width + v) * group.leaves + leaf];
            let m = w * group.leaves + leaf;
            let mut value = x[group.members[m]];
            for v in 0..w {
                subtract(&mut value, own(v), &x[group.members[v * group.leaves + leaf]]);
            }
            divide(&mut value, own(w));
            x[group.members[m]] = value;
            // Columns of units are zero in most rows.
            if value != [0.0; COLUMNS] {
                for (sum, entry) in sums.iter_mut().zip(&leaves.cross[m * count..(m + 1) * count]) {
                    subtract(sum, *entry, &value);
                }
            }
        }
    }
    for (&row, sum) in group.locals.iter().zip(&sums) {
        subtract(&mut x[row], -1.0, sum);
    }
}

/// Puts the values of the shared rows back into the leaves of a group.
#[inline(always)]
fn leaves_backward(group: &Group, leaves: &LeafFactors, x: &mut [Row]) {
    let count = group.locals.len();
    let at: Vec<Row> = group.locals.iter().map(|&row| x[row]).collect();
    for leaf in 0..group.leaves {
        for w in (0..group.width).rev() {
            let own = |u: usize| leaves.own[(u * group.width + w) * group.leaves + leaf];
            let m = w * group.leaves + leaf;
            let mut value = x[group.members[m]];
            for (entry, row) in leaves.cross[m * count..(m + 1) * count].iter().zip(&at) {
                subtract(&mut value, *entry, row);
            }
            for u in w + 1..group.width {
                subtract(&mut value, own(u), &x[group.members[u * group.leaves + leaf]]);
            }
            divide(&mut value, own(w));
            x[group.members[m]] = value;
        }
    }
}

/// Eliminates the rows of a component, those before its row `first` being 0.
#[inline(always)]
pub(super) fn block_forward(component: &Component, border: &[usize], block: &[f64], first: usize, x: &mut [Row]) {
    let (rows, side) = (component.rows.len(), component.rows.len() + component.border.len());
    let mut part: Vec<Row> = component.rows.iter().map(|&row| x[row]).collect();
    forward(block, side, first, &mut part);
    for (i, &at) in component.border.iter().enumerate() {
        let coupling = &block[(rows + i) * side..(rows + i) * side + rows];
        let mut value = x[border[at]];
        for (entry, row) in coupling[first..].iter().zip(&part[first..]) {
            subtract(&mut value, *entry, row);
        }
        x[border[at]] = value;
    }
    for (&row, value) in component.rows.iter().zip(&part) {
        x[row] = *value;
    }
}

/// Puts the values of the border back into the rows of a component, from its row `first` on.
#[inline(always)]
pub(super) fn block_backward(component: &Component, border: &[Row], block: &[f64], first: usize, x: &mut [Row]) {
    let (rows, side) = (component.rows.len(), component.rows.len() + component.border.len());
    let mut own: Vec<Row> = component.rows.iter().map(|&row| x[row]).collect();
    for (i, &at) in component.border.iter().enumerate() {
        let coupling = &block[(rows + i) * side..(rows + i) * side + rows];
        for (value, entry) in own[first..].iter_mut().zip(&coupling[first..]) {
            subtract(value, *entry, &border[at]);
        }
    }
    backward(block, side, first, &mut own);
    for (&row, value) in component.rows.iter().zip(&own).skip(first) {
        x[row] = *value;
    }
}
