//! The whole inverse. Each pair of rows is worked out once, from the column that is eliminated first; columns of leaves follow
//! from those of the shared rows, A⁻¹ = -(D⁻¹ C) S⁻¹, without solving.

use super::columns::{COLUMNS, Row, backward, block_backward, block_forward, forward};
use super::factor::Factor;
use super::shape::Group;
use crate::dense::{Matrix, add_scaled};
use crate::simd;
use std::ops::Range;

impl Factor {
    /// A⁻¹ with all its entries, exactly symmetric.
    pub fn inverse(&self) -> Matrix {
        let size = self.shape.size;
        let mut inverse = Matrix::zeros(size, size);
        let shared: Vec<usize> =
            self.shape.components.iter().flat_map(|component| &component.rows).chain(&self.shape.border).copied().collect();
        let among_shared = simd::widest(Shared { factor: self, rows: &shared });
        for (i, &row) in shared.iter().enumerate() {
            for (j, &column) in shared.iter().enumerate() {
                inverse[(row, column)] = among_shared[(i, j)];
            }
        }
        simd::widest(LeafColumns { factor: self, shared: &shared, among_shared: &among_shared, inverse: &mut inverse });
        inverse
    }
}

/// Works out the entries among the shared rows, which come in the order of elimination.
struct Shared<'a> {
    factor: &'a Factor,
    rows: &'a [usize],
}

impl simd::Work for Shared<'_> {
    type Output = Matrix;

    #[inline(always)]
    fn run(self) -> Matrix {
        let Self { factor, rows } = self;
        let shape = &factor.shape;
        let mut inverse = Matrix::zeros(rows.len(), rows.len());
        let mut x = vec![[0.0; COLUMNS]; shape.size];
        let rim = shape.border.len();
        let mut begin = 0;
        for c in 0..=shape.components.len() {
            let own = shape.components.get(c).map_or(rim, |component| component.rows.len());
            for first in (0..own).step_by(COLUMNS) {
                let start = begin + first;
                let some = COLUMNS.min(own - first);
                for &row in &rows[start..] {
                    x[row] = [0.0; COLUMNS];
                }
                for k in 0..some {
                    x[rows[start + k]][k] = 1.0;
                }
                let later = shape.components.iter().zip(&factor.blocks).enumerate().skip(c);
                if let Some(component) = shape.components.get(c) {
                    for &row in &shape.border {
                        x[row] = [0.0; COLUMNS];
                    }
                    block_forward(component, &shape.border, &factor.blocks[c], first, &mut x);
                }
                let before = if c == shape.components.len() { first } else { 0 };
                let mut part: Vec<Row> = shape.border.iter().map(|&row| x[row]).collect();
                forward(&factor.border, rim, before, &mut part);
                backward(&factor.border, rim, before, &mut part);
                for (&row, value) in shape.border.iter().zip(&part) {
                    x[row] = *value;
                }
                for (other, (component, block)) in later {
                    block_backward(component, &part, block, if other == c { first } else { 0 }, &mut x);
                }
                for (at, &row) in rows.iter().enumerate().skip(start) {
                    for k in 0..some.min(at - start + 1) {
                        inverse[(start + k, at)] = x[row][k];
                        inverse[(at, start + k)] = x[row][k];
                    }
                }
            }
            begin += own;
        }
        inverse
    }
}

/// The leaves of one group without the shared rows.
struct Leaves {
    /// D⁻¹: `width` times `width` times leaves.
    own: Vec<f64>,
    /// D⁻¹ C: a row of locals for each member.
    couplings: Vec<f64>,
    /// Positions of the locals among the shared rows.
    places: Vec<usize>,
}

impl Leaves {
    fn new(factor: &Factor, g: usize, position: &[usize]) -> Self {
        let (group, leaves) = (&factor.shape.groups[g], &factor.leaves[g]);
        let (width, count) = (group.width, group.locals.len());
        let place = |u: usize, v: usize, leaf: usize| (u * width + v) * group.leaves + leaf;
        let mut own = vec![0.0; leaves.own.len()];
        let mut couplings = leaves.cross.clone();
        for leaf in 0..group.leaves {
            let lower = |u: usize, v: usize| leaves.own[place(u, v, leaf)];
            for w in 0..width {
                // L⁻¹, column by column; L⁻ᵀ L⁻¹ is the inverse.
                for u in w..width {
                    let known: f64 = (w..u).map(|v| lower(u, v) * own[place(v, w, leaf)]).sum();
                    own[place(u, w, leaf)] = (f64::from(u8::from(u == w)) - known) / lower(u, u);
                }
            }
            let half: Vec<f64> = (0..width * width).map(|at| own[at * group.leaves + leaf]).collect();
            for u in 0..width {
                for v in 0..width {
                    own[place(u, v, leaf)] = (u.max(v)..width).map(|w| half[w * width + u] * half[w * width + v]).sum();
                }
            }
            for u in (0..width).rev() {
                let (before, after) = couplings.split_at_mut((u * group.leaves + leaf + 1) * count);
                let row = &mut before[(u * group.leaves + leaf) * count..];
                for v in u + 1..width {
                    let start = (v * group.leaves + leaf) * count - (u * group.leaves + leaf + 1) * count;
                    add_scaled(row, -lower(v, u), &after[start..start + count]);
                }
                let pivot = lower(u, u);
                row.iter_mut().for_each(|entry| *entry /= pivot);
            }
        }
        Self { own, couplings, places: group.locals.iter().map(|&row| position[row]).collect() }
    }

    /// Adds D⁻¹ to the entries of the members from `first` on in the columns of the first `some` of them.
    fn add_direct(&self, group: &Group, first: usize, some: usize, entries: &mut [Lanes]) {
        for k in 0..some {
            let (v, leaf) = ((first + k) / group.leaves, (first + k) % group.leaves);
            for u in v..group.width {
                entries[u * group.leaves + leaf - first][k] += self.own[(u * group.width + v) * group.leaves + leaf];
            }
        }
    }

    /// D⁻¹ C of some members, side by side.
    fn couplings_of(&self, members: Range<usize>) -> Vec<Lanes> {
        let count = self.places.len();
        let mut beside = vec![[0.0; LANES]; count];
        for (k, m) in members.enumerate() {
            for (row, entry) in beside.iter_mut().zip(&self.couplings[m * count..(m + 1) * count]) {
                row[k] = *entry;
            }
        }
        beside
    }
}

/// Columns of leaves that are worked out together.
const LANES: usize = 8;

/// Entries of one row in these columns.
type Lanes = [f64; LANES];

/// Rows whose products are summed together: enough for the latency of a sum.
const TOGETHER: usize = 4;

/// Each row of a matrix times x. The sums run over x in order, however many rows go together.
#[inline(always)]
fn products(rows: &[f64], x: &[Lanes], products: &mut Vec<Lanes>) {
    products.clear();
    if x.is_empty() {
        return;
    }
    for some in rows.chunks(TOGETHER * x.len()) {
        if some.len() < TOGETHER * x.len() {
            products.extend(some.chunks_exact(x.len()).map(|row| {
                let mut sum = [0.0; LANES];
                for (entry, x) in row.iter().zip(x) {
                    add(&mut sum, *entry, x);
                }
                sum
            }));
            continue;
        }
        let (first, second) = some.split_at(2 * x.len());
        let ((a, b), (c, d)) = (first.split_at(x.len()), second.split_at(x.len()));
        let mut sums = [[0.0; LANES]; TOGETHER];
        for (x, (((a, b), c), d)) in x.iter().zip(a.iter().zip(b).zip(c).zip(d)) {
            for (sum, entry) in sums.iter_mut().zip([a, b, c, d]) {
                add(sum, *entry, x);
            }
        }
        products.extend(sums);
    }
}

#[inline(always)]
fn add(to: &mut Lanes, factor: f64, row: &Lanes) {
    for k in 0..LANES {
        to[k] += factor * row[k];
    }
}

/// Fills in the columns of the leaves and their rows.
struct LeafColumns<'a> {
    factor: &'a Factor,
    shared: &'a [usize],
    among_shared: &'a Matrix,
    inverse: &'a mut Matrix,
}

impl simd::Work for LeafColumns<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { factor, shared, among_shared, inverse } = self;
        let groups = &factor.shape.groups;
        let mut position = vec![0; factor.shape.size];
        for (at, &row) in shared.iter().enumerate() {
            position[row] = at;
        }
        let leaves: Vec<Leaves> = (0..groups.len()).map(|g| Leaves::new(factor, g, &position)).collect();
        let (mut entries, mut at_shared, mut at_leaves, mut local) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (g, (group, own)) in groups.iter().zip(&leaves).enumerate() {
            // Rows of S⁻¹ at the locals of the group.
            entries.clear();
            for at in 0..shared.len() {
                let row = among_shared.row(at);
                entries.extend(own.places.iter().map(|&place| row[place]));
            }
            for (chunk, columns) in group.members.chunks(LANES).enumerate() {
                let first = chunk * LANES;
                products(&entries, &own.couplings_of(first..first + columns.len()), &mut at_shared);
                at_shared.resize(shared.len(), [0.0; LANES]);
                for (value, &row) in at_shared.iter().zip(shared) {
                    put(inverse, row, columns, value, -1.0);
                }
                for (other, (to, rows)) in groups.iter().zip(&leaves).enumerate().skip(g) {
                    let begin = if other == g { first } else { 0 };
                    local.clear();
                    local.extend(rows.places.iter().map(|&place| at_shared[place]));
                    products(&rows.couplings[begin * local.len()..], &local, &mut at_leaves);
                    at_leaves.resize(to.members.len() - begin, [0.0; LANES]);
                    if other == g {
                        own.add_direct(group, first, columns.len(), &mut at_leaves);
                    }
                    for (value, &row) in at_leaves.iter().zip(&to.members[begin..]) {
                        put(inverse, row, columns, value, 1.0);
                    }
                }
            }
        }
    }
}

/// Writes the entries of a row at some columns, times a sign, to both their places.
#[inline(always)]
fn put(inverse: &mut Matrix, row: usize, columns: &[usize], values: &Lanes, sign: f64) {
    for (&column, &value) in columns.iter().zip(values) {
        inverse[(row, column)] = sign * value;
        inverse[(column, row)] = sign * value;
    }
}
