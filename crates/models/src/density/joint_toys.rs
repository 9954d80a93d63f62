//! Toys and Asimov data of densities of several observables.

use super::joint::JointDensity;
use super::toys::{MOST, RULE, Table};
use crate::poisson;
use crate::toys::Stream;

/// Cells of each of two observables in Asimov data, with five points in each.
const CELLS: usize = 32;

/// Random events at one point, by number.
#[derive(Debug)]
pub(crate) struct JointToys {
    stream: Stream,
    /// Sums of the yields up to each component, and what its observables are drawn from.
    components: Vec<(f64, Vec<(usize, Table)>)>,
    given: Option<f64>,
}

impl JointDensity {
    /// The same density with weighted events at the points of a quadrature, so that sums over them are the integrals of the
    /// expectation.
    ///
    /// # Errors
    /// In words: more than two observables, an expectation that is negative or not finite.
    pub(crate) fn expecting(&self, x: &[f64]) -> Result<Self, String> {
        let [first, second] = self.events.ranges[..] else {
            return Err(format!("channel {}: Asimov data are made of two observables at most", self.name));
        };
        let points = |(low, high): (f64, f64)| {
            let cell = (high - low) / CELLS as f64;
            (0..CELLS).flat_map(move |k| RULE.map(|(at, weight)| (low + cell * (k as f64 + at), cell * weight)))
        };
        let mut model = self.clone();
        model.events.columns = vec![Vec::new(); 2];
        model.events.expected = Vec::new();
        for (a, width) in points(first) {
            for (b, height) in points(second) {
                let density = self.height(&[a, b], x);
                if !(density >= 0.0 && density.is_finite()) {
                    return Err(format!("channel {}: the density at ({a}, {b}) is {density}", self.name));
                }
                // A weight of 0 would meet the logarithm of 0.
                if density > 0.0 {
                    model.events.columns[0].push(a);
                    model.events.columns[1].push(b);
                    model.events.expected.push(density * width * height);
                }
            }
        }
        if !self.extended {
            let scale = self.entries_sum() / model.entries_sum();
            model.events.expected.iter_mut().for_each(|weight| *weight *= scale);
        }
        Ok(model)
    }

    /// Random data at `x`.
    ///
    /// # Errors
    /// In words, if a yield or density is negative or not finite.
    pub(crate) fn toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<JointToys, String> {
        let (mut sum, mut components) = (0.0, Vec::new());
        for product in self.products.iter().filter(|product| product.is_there(x)) {
            let yields = product.yields.value(x);
            if !(yields >= 0.0 && yields.is_finite()) {
                return Err(format!("channel {}: a yield is {yields}", self.name));
            }
            sum += yields;
            let mut tables = Vec::new();
            for (axis, factor) in &product.factors {
                let range = self.events.ranges[*axis];
                let table = Table::new(vec![factor.prepared(range, x)], range);
                tables.push((*axis, table.ok_or_else(|| format!("channel {}: the density is not positive", self.name))?));
            }
            components.push((sum, tables));
        }
        let given = (!self.extended).then(|| self.entries_sum().round());
        Ok(JointToys { stream: Stream::new(seed, &self.name, hypothesis), components, given })
    }

    /// Takes the events of a toy.
    ///
    /// # Errors
    /// In words, if they are too many.
    pub(crate) fn take(&mut self, toys: &JointToys, number: u64) -> Result<(), String> {
        let sum = toys.components.last().map_or(0.0, |(sum, _)| *sum);
        let total = toys.given.unwrap_or_else(|| poisson::quantile(toys.stream.uniform(0, number), sum));
        if !(total <= MOST) {
            return Err(format!("channel {}: {total} events are too many for a toy", self.name));
        }
        let dimensions = self.events.ranges.len();
        let mut columns = vec![Vec::with_capacity(total as usize); dimensions];
        for event in 0..total as usize {
            let draw = 1 + event * (dimensions + 1);
            let wanted = toys.stream.uniform(draw, number) * sum;
            let Some((_, tables)) = toys.components.iter().find(|(sum, _)| wanted <= *sum).or(toys.components.last()) else {
                break;
            };
            for (axis, table) in tables {
                let (low, high) = self.events.ranges[*axis];
                columns[*axis].push(table.place(toys.stream.uniform(draw + 1 + axis, number)).clamp(low, high));
            }
        }
        self.events.columns = columns;
        self.events.expected = Vec::new();
        Ok(())
    }
}
