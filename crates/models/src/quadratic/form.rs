//! One quadratic form of the coefficients.

/// zᵀ M z with z = (c, 1): the part of the coefficients that occur in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Coefficients that occur, ascending.
    active: Vec<usize>,
    constant: f64,
    /// 2 M[i, 1] of the active coefficients.
    linear: Vec<f64>,
    /// M of the active coefficients, all entries.
    quadratic: Vec<f64>,
}

impl Form {
    /// The form with an entry M[i, j] for `size` coefficients; index `size` stands for the constant 1.
    pub fn new(size: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let active: Vec<usize> = (0..size).filter(|&i| (0..=size).any(|j| entry(i, j) != 0.0)).collect();
        let linear = active.iter().map(|&i| 2.0 * entry(i, size)).collect();
        let quadratic = active.iter().flat_map(|&i| active.iter().map(move |&j| (i, j))).map(|(i, j)| entry(i, j)).collect();
        Self { active, constant: entry(size, size), linear, quadratic }
    }

    /// Coefficients that occur, ascending.
    pub fn active(&self) -> &[usize] {
        &self.active
    }

    /// The value at the coefficients.
    pub fn value(&self, c: &[f64]) -> f64 {
        let mut value = self.constant;
        for (row, &i) in self.active.iter().enumerate() {
            value += c[i] * (self.linear[row] + self.half_slope(row, c));
        }
        value
    }

    /// The value; writes the derivatives by the active coefficients to `slopes`.
    pub fn value_and_slopes(&self, c: &[f64], slopes: &mut Vec<f64>) -> f64 {
        slopes.clear();
        let mut value = self.constant;
        for (row, &i) in self.active.iter().enumerate() {
            let half = self.half_slope(row, c);
            value += c[i] * (self.linear[row] + half);
            slopes.push(self.linear[row] + 2.0 * half);
        }
        value
    }

    /// Second derivative by two active coefficients, by their places in [`Form::active`].
    pub fn curvature(&self, row: usize, column: usize) -> f64 {
        2.0 * self.quadratic[row * self.active.len() + column]
    }

    /// Σ_j M[i, j] c_j.
    fn half_slope(&self, row: usize, c: &[f64]) -> f64 {
        let size = self.active.len();
        let entries = &self.quadratic[row * size..(row + 1) * size];
        entries.iter().zip(&self.active).map(|(entry, &j)| entry * c[j]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_its_matrix_product() {
        // (c0, c1, c2, 1) with c1 absent.
        let m = [[2.0, 0.0, 0.5, 0.25], [0.0; 4], [0.5, 0.0, 3.0, -1.0], [0.25, 0.0, -1.0, 1.0]];
        let form = Form::new(3, |i, j| m[i][j]);
        assert_eq!(form.active(), [0, 2]);
        let c = [0.5, 9.0, -0.25];
        // 1 + 2 (0.25·0.5 + 0.25) + 2·0.25 + 3·0.0625 - 2·0.5·0.125
        assert_eq!(form.value(&c), 1.0 + 0.75 + 0.5 + 0.1875 - 0.125);
        let mut slopes = Vec::new();
        assert_eq!(form.value_and_slopes(&c, &mut slopes), form.value(&c));
        assert_eq!(slopes, [2.0 * (0.25 + 1.0 - 0.125), 2.0 * (-1.0 + 0.25 - 0.75)]);
        assert_eq!([form.curvature(0, 0), form.curvature(0, 1), form.curvature(1, 1)], [4.0, 1.0, 6.0]);
    }
}
