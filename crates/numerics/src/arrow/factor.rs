//! Elimination of an arrow matrix, and what follows from it.

use super::columns::{COLUMNS, forms};
use super::matrix::{Arrow, scatter};
use super::shape::Shape;
use crate::dense::{Block, NotPositive, add_gram, add_scaled, dot, eliminate};
use std::sync::Arc;

/// The factor of a positive definite [`Arrow`] with its rows in the order leaves, blocks, border.
#[derive(Clone, Debug)]
pub struct Factor {
    pub(super) shape: Arc<Shape>,
    pub(super) leaves: Vec<LeafFactors>,
    /// Factors of the blocks; below them the couplings to the border that they touch, divided by the factor.
    pub(super) blocks: Vec<Vec<f64>>,
    /// Factor of what is left of the border.
    pub(super) border: Vec<f64>,
}

#[derive(Clone, Debug)]
pub(super) struct LeafFactors {
    /// L of each leaf: `width` times `width` times leaves.
    pub(super) own: Vec<f64>,
    /// L⁻¹ C: `width` times leaves times locals.
    pub(super) cross: Vec<f64>,
}

impl Factor {
    /// Eliminates `matrix` + `shift` · 1.
    ///
    /// # Errors
    /// A row at which it is not positive definite.
    pub fn new(matrix: &Arrow, shift: f64) -> Result<Self, NotPositive> {
        let shape = &matrix.shape;
        let mut blocks = matrix.blocks.clone();
        for (b, block) in blocks.iter_mut().enumerate() {
            let side = matrix.side(b);
            for at in 0..shape.components[b].rows.len() {
                block[at * side + at] += shift;
            }
        }
        let leaves: Result<Vec<LeafFactors>, _> = (0..shape.groups.len()).map(|g| leaf_factors(matrix, g, shift)).collect();
        let leaves = leaves?;
        let mut triangle = Vec::new();
        for &g in shape.order() {
            let (group, factors) = (&shape.groups[g], &leaves[g]);
            let count = group.locals.len();
            triangle.clear();
            triangle.resize(count * count, 0.0);
            let rows = group.width * group.leaves;
            add_gram(&mut triangle, count, count, Block { data: &factors.cross, stride: count }, rows, -1.0);
            let (home, places) = &shape.targets[g];
            scatter(&mut blocks[*home], matrix.side(*home), places, &triangle);
        }
        let rim = shape.border.len();
        let mut border = vec![0.0; rim * rim];
        for (at, value) in matrix.border.iter().enumerate() {
            border[at * rim + at] = value + shift;
        }
        for (component, block) in shape.components.iter().zip(&mut blocks) {
            let (rows, side) = (component.rows.len(), component.rows.len() + component.border.len());
            eliminate(block, side, rows).map_err(|error| NotPositive { index: component.rows[error.index] })?;
            for (i, &row) in component.border.iter().enumerate() {
                for (j, &column) in component.border[..=i].iter().enumerate() {
                    border[row * rim + column] += block[(rows + i) * side + rows + j];
                }
            }
        }
        eliminate(&mut border, rim, rim).map_err(|error| NotPositive { index: shape.border[error.index] })?;
        Ok(Self { shape: Arc::clone(shape), leaves, blocks, border })
    }

    /// Smallest pivot.
    pub fn smallest_pivot(&self) -> f64 {
        let mut least = f64::INFINITY;
        for (group, leaves) in self.shape.groups.iter().zip(&self.leaves) {
            for w in 0..group.width {
                for leaf in 0..group.leaves {
                    least = least.min(leaves.own[(w * group.width + w) * group.leaves + leaf]);
                }
            }
        }
        for (component, block) in self.shape.components.iter().zip(&self.blocks) {
            let side = component.rows.len() + component.border.len();
            least = (0..component.rows.len()).map(|at| block[at * side + at]).fold(least, f64::min);
        }
        let rim = self.shape.border.len();
        let least = (0..rim).map(|at| self.border[at * rim + at]).fold(least, f64::min);
        least * least
    }

    /// y with L y = b, in the rows of the matrix: yᵀ y = bᵀ A⁻¹ b.
    pub fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut y = b.to_vec();
        for (group, leaves) in self.shape.groups.iter().zip(&self.leaves) {
            let count = group.locals.len();
            let mut sums = vec![0.0; count];
            for leaf in 0..group.leaves {
                for w in 0..group.width {
                    let row = group.members[w * group.leaves + leaf];
                    let own = |v: usize| leaves.own[(w * group.width + v) * group.leaves + leaf];
                    let known: f64 = (0..w).map(|v| own(v) * y[group.members[v * group.leaves + leaf]]).sum();
                    y[row] = (y[row] - known) / own(w);
                    let m = w * group.leaves + leaf;
                    add_scaled(&mut sums, y[row], &leaves.cross[m * count..(m + 1) * count]);
                }
            }
            for (&row, sum) in group.locals.iter().zip(sums) {
                y[row] -= sum;
            }
        }
        for (component, block) in self.shape.components.iter().zip(&self.blocks) {
            let (rows, side) = (component.rows.len(), component.rows.len() + component.border.len());
            let mut part: Vec<f64> = component.rows.iter().map(|&row| y[row]).collect();
            for i in 0..rows {
                let row = &block[i * side..=i * side + i];
                part[i] = (part[i] - dot(&row[..i], &part[..i])) / row[i];
            }
            for (i, &at) in component.border.iter().enumerate() {
                y[self.shape.border[at]] -= dot(&block[(rows + i) * side..(rows + i) * side + rows], &part);
            }
            for (&row, value) in component.rows.iter().zip(part) {
                y[row] = value;
            }
        }
        let rim = self.shape.border.len();
        let mut part: Vec<f64> = self.shape.border.iter().map(|&row| y[row]).collect();
        for i in 0..rim {
            let row = &self.border[i * rim..=i * rim + i];
            part[i] = (part[i] - dot(&row[..i], &part[..i])) / row[i];
        }
        for (&row, value) in self.shape.border.iter().zip(part) {
            y[row] = value;
        }
        y
    }

    /// x with A x = b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.forward(b);
        let rim = self.shape.border.len();
        let mut part: Vec<f64> = self.shape.border.iter().map(|&row| x[row]).collect();
        backward(&self.border, rim, &mut part);
        for (&row, value) in self.shape.border.iter().zip(&part) {
            x[row] = *value;
        }
        for (component, block) in self.shape.components.iter().zip(&self.blocks) {
            let (rows, side) = (component.rows.len(), component.rows.len() + component.border.len());
            let mut own: Vec<f64> = component.rows.iter().map(|&row| x[row]).collect();
            for (i, &at) in component.border.iter().enumerate() {
                add_scaled(&mut own, -part[at], &block[(rows + i) * side..(rows + i) * side + rows]);
            }
            backward(block, side, &mut own);
            for (&row, value) in component.rows.iter().zip(own) {
                x[row] = value;
            }
        }
        for (group, leaves) in self.shape.groups.iter().zip(&self.leaves) {
            let count = group.locals.len();
            let at: Vec<f64> = group.locals.iter().map(|&row| x[row]).collect();
            for leaf in 0..group.leaves {
                for w in (0..group.width).rev() {
                    let m = w * group.leaves + leaf;
                    let own = |u: usize, v: usize| leaves.own[(u * group.width + v) * group.leaves + leaf];
                    let later: f64 = (w + 1..group.width).map(|u| own(u, w) * x[group.members[u * group.leaves + leaf]]).sum();
                    let known = dot(&leaves.cross[m * count..(m + 1) * count], &at);
                    let row = group.members[m];
                    x[row] = (x[row] - known - later) / own(w, w);
                }
            }
        }
        x
    }

    /// The diagonal of A⁻¹.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let mut diagonal = vec![0.0; self.shape.size];
        let rim = self.shape.border.len();
        let outer = inverse(&self.border, rim, rim);
        for (at, &row) in self.shape.border.iter().enumerate() {
            diagonal[row] = outer[at * rim + at];
        }
        // Covariance over the square of each component: its own rows, then the border that it touches.
        let squares: Vec<Vec<f64>> = self
            .shape
            .components
            .iter()
            .zip(&self.blocks)
            .map(|(component, block)| {
                let (rows, touched) = (component.rows.len(), component.border.len());
                let side = rows + touched;
                let mut square = vec![0.0; side * side];
                for (i, &row) in component.border.iter().enumerate() {
                    for (j, &column) in component.border.iter().enumerate() {
                        square[(rows + i) * side + rows + j] = outer[row * rim + column];
                    }
                }
                // Rows of Wᵀ = Z L⁻¹ with Z the couplings: one backward solution each.
                let mut weights: Vec<Vec<f64>> = Vec::with_capacity(touched);
                for i in 0..touched {
                    let mut row = block[(rows + i) * side..(rows + i) * side + rows].to_vec();
                    backward(block, side, &mut row);
                    weights.push(row);
                }
                // Σ_rb = -Σ_r Wᵀ, then Σ_b = A⁻¹ - W Σ_rb.
                for i in 0..touched {
                    let mut sum = vec![0.0; rows];
                    for (j, weight) in weights.iter().enumerate() {
                        add_scaled(&mut sum, -square[(rows + i) * side + rows + j], weight);
                    }
                    square[(rows + i) * side..(rows + i) * side + rows].copy_from_slice(&sum);
                }
                let own = inverse(block, side, rows);
                let mut update = own;
                for (i, weight) in weights.iter().enumerate() {
                    let coupled = &square[(rows + i) * side..(rows + i) * side + rows];
                    for (row, &factor) in weight.iter().enumerate() {
                        add_scaled(&mut update[row * rows..(row + 1) * rows], -factor, coupled);
                    }
                }
                for row in 0..rows {
                    square[row * side..row * side + rows].copy_from_slice(&update[row * rows..(row + 1) * rows]);
                    for i in 0..touched {
                        square[row * side + rows + i] = square[(rows + i) * side + row];
                    }
                }
                square
            })
            .collect();
        for ((component, square), _) in self.shape.components.iter().zip(&squares).zip(&self.blocks) {
            let side = component.rows.len() + component.border.len();
            for (at, &row) in component.rows.iter().enumerate() {
                diagonal[row] = square[at * side + at];
            }
        }
        for (g, (group, leaves)) in self.shape.groups.iter().zip(&self.leaves).enumerate() {
            let (home, places) = &self.shape.targets[g];
            let component = &self.shape.components[*home];
            let side = component.rows.len() + component.border.len();
            let count = group.locals.len();
            let mut local = vec![0.0; count * count];
            for (i, &row) in places.iter().enumerate() {
                for (j, &column) in places.iter().enumerate() {
                    local[i * count + j] = squares[*home][row * side + column];
                }
            }
            for w in 0..group.width {
                for first in (0..group.leaves).step_by(COLUMNS) {
                    let some = COLUMNS.min(group.leaves - first);
                    let mut direct = [0.0; COLUMNS];
                    let mut couplings = vec![[0.0; COLUMNS]; count];
                    for (k, direct) in direct[..some].iter_mut().enumerate() {
                        let leaf = first + k;
                        let own = |u: usize, v: usize| leaves.own[(u * group.width + v) * group.leaves + leaf];
                        // Column w of L⁻¹: its square is the entry of D⁻¹, its product with L⁻¹ C the coupling D⁻¹ C.
                        let mut unit = vec![0.0; group.width];
                        unit[w] = 1.0;
                        for u in 0..group.width {
                            let known: f64 = (0..u).map(|v| own(u, v) * unit[v]).sum();
                            unit[u] = (unit[u] - known) / own(u, u);
                        }
                        *direct = unit.iter().map(|value| value * value).sum();
                        for (u, value) in unit.iter().enumerate() {
                            let m = u * group.leaves + leaf;
                            for (coupling, entry) in couplings.iter_mut().zip(&leaves.cross[m * count..(m + 1) * count]) {
                                coupling[k] += value * entry;
                            }
                        }
                    }
                    let through = forms(&local, &couplings);
                    for k in 0..some {
                        diagonal[group.members[w * group.leaves + first + k]] = direct[k] + through[k];
                    }
                }
            }
        }
        diagonal
    }
}

/// The factors of the leaves of a group, and L⁻¹ C.
fn leaf_factors(matrix: &Arrow, g: usize, shift: f64) -> Result<LeafFactors, NotPositive> {
    let group = &matrix.shape.groups[g];
    let (width, count) = (group.width, group.locals.len());
    let mut factors = LeafFactors { own: matrix.leaves[g].own.clone(), cross: matrix.leaves[g].cross.clone() };
    for leaf in 0..group.leaves {
        for w in 0..width {
            let place = |u: usize, v: usize| (u * width + v) * group.leaves + leaf;
            for v in 0..w {
                let known: f64 = (0..v).map(|u| factors.own[place(w, u)] * factors.own[place(v, u)]).sum();
                factors.own[place(w, v)] = (factors.own[place(w, v)] - known) / factors.own[place(v, v)];
            }
            let known: f64 = (0..w).map(|u| factors.own[place(w, u)] * factors.own[place(w, u)]).sum();
            let pivot = factors.own[place(w, w)] + shift - known;
            if !(pivot > 0.0 && pivot.is_finite()) {
                return Err(NotPositive { index: group.members[w * group.leaves + leaf] });
            }
            factors.own[place(w, w)] = pivot.sqrt();
            let m = w * group.leaves + leaf;
            let (before, rest) = factors.cross.split_at_mut(m * count);
            let row = &mut rest[..count];
            for v in 0..w {
                let other = v * group.leaves + leaf;
                add_scaled(row, -factors.own[place(w, v)], &before[other * count..(other + 1) * count]);
            }
            let scale = 1.0 / factors.own[place(w, w)];
            for entry in row {
                *entry *= scale;
            }
        }
    }
    Ok(factors)
}

/// Solves Lᵀ x = b in place; L are the first rows of a square.
fn backward(lower: &[f64], side: usize, x: &mut [f64]) {
    for i in (0..x.len()).rev() {
        let (before, rest) = x.split_at_mut(i);
        rest[0] /= lower[i * side + i];
        add_scaled(before, -rest[0], &lower[i * side..i * side + i]);
    }
}

/// (L Lᵀ)⁻¹ of the first `rows` rows of a square, row after row.
fn inverse(lower: &[f64], side: usize, rows: usize) -> Vec<f64> {
    // Row c of `columns` is column c of L⁻¹: zero before entry c.
    let mut columns = vec![0.0; rows * rows];
    for i in 0..rows {
        let row = &lower[i * side..=i * side + i];
        for c in 0..i {
            let column = &mut columns[c * rows..(c + 1) * rows];
            column[i] = -dot(&row[c..i], &column[c..i]) / row[i];
        }
        columns[i * rows + i] = 1.0 / row[i];
    }
    let mut inverse = vec![0.0; rows * rows];
    for i in 0..rows {
        for j in 0..=i {
            let value = dot(&columns[i * rows + i..(i + 1) * rows], &columns[j * rows + i..(j + 1) * rows]);
            inverse[i * rows + j] = value;
            inverse[j * rows + i] = value;
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrow::Group;
    use crate::dense::cholesky;

    /// Two groups of channels that share rows 0 and 1, with leaves of one and of two rows.
    fn example() -> Arrow {
        let groups = vec![
            Group { members: vec![10, 11, 12], width: 1, leaves: 3, locals: vec![0, 2, 3] },
            Group { members: vec![13, 14], width: 1, leaves: 2, locals: vec![3, 4, 1, 0] },
            Group { members: vec![15, 16, 17, 18], width: 2, leaves: 2, locals: vec![1, 5, 6, 0] },
            Group { members: vec![], width: 0, leaves: 4, locals: vec![7, 6] },
        ];
        let shape = Arc::new(Shape::new(19, groups).unwrap());
        assert!(shape.blocks().0.len() > 1, "{:?}", shape.blocks());
        let mut matrix = Arrow::zeros(&shape);
        let mut state = 3u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 * f64::EPSILON - 0.5
        };
        for g in 0..4 {
            let group = &shape.groups[g];
            let (w, l, c) = (group.width, group.leaves, group.locals.len());
            let mut own = vec![0.0; w * w * l];
            for u in 0..w {
                for v in 0..=u {
                    for leaf in 0..l {
                        let value = next();
                        own[(u * w + v) * l + leaf] = value;
                        own[(v * w + u) * l + leaf] = value;
                    }
                }
            }
            let cross: Vec<f64> = (0..w * l * c).map(|_| next()).collect();
            let locals: Vec<f64> = (0..c * c).map(|_| next()).collect();
            matrix.add_group(g, &own, &cross, &locals);
        }
        for row in 0..19 {
            matrix.add_diagonal(row, 6.0);
        }
        matrix
    }

    #[test]
    fn the_factor_is_that_of_the_dense_matrix() {
        let matrix = example();
        let dense = matrix.dense();
        let b: Vec<f64> = (0..19).map(|i| 1.0 - 0.3 * f64::from(i)).collect();
        for i in 0..19 {
            assert_eq!(matrix.diagonal(i), dense[(i, i)]);
            for j in 0..19 {
                assert_eq!(dense[(i, j)], dense[(j, i)]);
            }
        }
        let factor = Factor::new(&matrix, 0.25).unwrap();
        let mut shifted = dense.clone();
        for i in 0..19 {
            shifted[(i, i)] += 0.25;
        }
        let truth = cholesky(&shifted).unwrap();
        for (ours, truth) in factor.solve(&b).iter().zip(truth.solve(&b)) {
            assert!((ours - truth).abs() < 1e-14, "{ours} {truth}");
        }
        let (ours, theirs) = (factor.forward(&b), truth.forward(&b));
        assert!((dot(&ours, &ours) - dot(&theirs, &theirs)).abs() < 1e-12);
        let inverse = truth.inverse();
        let columns = factor.inverse_columns(&(0..19).collect::<Vec<_>>());
        let whole = factor.inverse();
        for (row, value) in factor.inverse_diagonal().into_iter().enumerate() {
            assert!((value - inverse[(row, row)]).abs() < 1e-14, "{row}: {value} {}", inverse[(row, row)]);
            assert!((0..19).all(|i| (columns[row][i] - inverse[(i, row)]).abs() < 1e-14));
            assert!((0..19).all(|i| (whole[(i, row)] - inverse[(i, row)]).abs() < 1e-14), "{row}");
            assert!((0..19).all(|i| whole[(i, row)].to_bits() == whole[(row, i)].to_bits()), "{row}");
        }
        let norm = dot(dense.data(), dense.data()).sqrt();
        assert!((matrix.norm() / norm - 1.0).abs() < 0.3);
    }

    #[test]
    fn units_of_zero_take_rows_out() {
        let matrix = example();
        let mut units: Vec<f64> = (0..19).map(|i| 0.5 + 0.1 * f64::from(i)).collect();
        for row in [1, 3, 11, 16] {
            units[row] = 0.0;
        }
        let (scaled, dense) = (matrix.scaled(&units).dense(), matrix.dense());
        for i in 0..19 {
            for j in 0..19 {
                let wanted = match (units[i] == 0.0 || units[j] == 0.0, i == j) {
                    (true, true) => 1.0,
                    _ => dense[(i, j)] * (units[i] * units[j]),
                };
                assert!((scaled[(i, j)] - wanted).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn rows_in_two_leaves_have_no_arrow_shape() {
        let group = |members: Vec<usize>| Group { leaves: members.len(), members, width: 1, locals: vec![0] };
        assert!(Shape::new(4, vec![group(vec![1, 2]), group(vec![2, 3])]).is_none());
        assert!(Shape::new(3, vec![group(vec![0, 1])]).is_none());
    }
}
