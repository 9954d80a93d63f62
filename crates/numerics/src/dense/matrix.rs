//! A rectangular matrix, row by row.

use super::lanes::dot;
use std::ops::{Index, IndexMut};

/// Rows times columns doubles, row after row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, data: vec![0.0; rows * columns] }
    }

    /// The unit matrix.
    pub fn identity(size: usize) -> Self {
        let mut unit = Self::zeros(size, size);
        for index in 0..size {
            unit[(index, index)] = 1.0;
        }
        unit
    }

    /// A square matrix with the given diagonal.
    pub fn diagonal(values: &[f64]) -> Self {
        let mut matrix = Self::zeros(values.len(), values.len());
        for (index, &value) in values.iter().enumerate() {
            matrix[(index, index)] = value;
        }
        matrix
    }

    /// From rows after each other; nothing if `data` does not hold exactly rows times columns.
    pub fn from_rows(rows: usize, columns: usize, data: Vec<f64>) -> Option<Self> {
        (rows.checked_mul(columns) == Some(data.len())).then_some(Self { rows, columns, data })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.columns..(row + 1) * self.columns]
    }

    /// One row, to be changed.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.data[row * self.columns..(row + 1) * self.columns]
    }

    /// All entries, row after row.
    pub fn data(&self) -> &[f64] {
        &self.data
    }

    /// All entries, to be changed.
    pub fn data_mut(&mut self) -> &mut [f64] {
        &mut self.data
    }

    /// Sets all entries to one value.
    pub fn fill(&mut self, value: f64) {
        self.data.fill(value);
    }

    /// Rows and columns exchanged.
    pub fn transpose(&self) -> Self {
        let mut out = Self::zeros(self.columns, self.rows);
        for row in 0..self.rows {
            for column in 0..self.columns {
                out[(column, row)] = self[(row, column)];
            }
        }
        out
    }

    /// This matrix times a column vector.
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|row| dot(self.row(row), vector)).collect()
    }

    /// Product of two matrices; panics if the columns of the one are not the rows of the other.
    pub fn product(&self, other: &Self) -> Self {
        assert_eq!(self.columns, other.rows, "a product needs as many columns as the other has rows");
        let transposed = other.transpose();
        let mut out = Self::zeros(self.rows, other.columns);
        for row in 0..self.rows {
            for column in 0..other.columns {
                out[(row, column)] = dot(self.row(row), transposed.row(column));
            }
        }
        out
    }

    /// xᵀ A y.
    pub fn form(&self, x: &[f64], y: &[f64]) -> f64 {
        dot(x, &self.times(y))
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        debug_assert!(column < self.columns);
        &self.data[row * self.columns + column]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut f64 {
        debug_assert!(column < self.columns);
        &mut self.data[row * self.columns + column]
    }
}
