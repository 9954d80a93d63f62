//! Scaling, density and totals.

use crate::error::Error;
use crate::histogram::Histogram;
use crate::storage::{Storage, StorageKind};
use germane_numerics::ExactSum;

impl Histogram {
    /// Multiplies contents by `factor` and variances by its square, as if every entry had been filled with that weight more.
    /// Counts in `Double` become `Weight`, so that the variances, which are known, stay known.
    pub fn scale(&mut self, factor: f64) {
        let known = self.storage.kind == StorageKind::Weight || self.storage.unweighted();
        let kind = if known { StorageKind::Weight } else { StorageKind::Double };
        let mut scaled = Storage::new(kind, self.storage.cells);
        let exactly = |value: f64| std::iter::once(value).collect::<ExactSum>();
        for cell in 0..self.storage.cells {
            let entries = self.storage.entries(cell);
            let (value, variance) = (self.storage.value(cell), self.storage.variance(cell));
            if entries == 0 && value == 0.0 && variance.unwrap_or(0.0) == 0.0 {
                continue;
            }
            let variance = variance.map(|variance| exactly(factor * factor * variance));
            scaled.put(cell, entries, &exactly(factor * value), variance.as_ref());
        }
        self.storage = scaled;
    }

    /// Values of the inner bins divided by the widths (areas, volumes) of the bins, in C order. Categories have width 1.
    pub fn per_width(&self) -> Vec<f64> {
        self.values(false).iter().zip(self.volumes()).map(|(value, volume)| value / volume).collect()
    }

    /// Density: values of the inner bins divided by their sum and by the widths of the bins, so that the integral is 1.
    /// Refused where the sum is 0 or not finite.
    pub fn density(&self) -> Result<Vec<f64>, Error> {
        let total = self.sum(false);
        if total == 0.0 || !total.is_finite() {
            return Err(Error::value(format!("a density needs a finite sum that is not 0, not {total}")));
        }
        Ok(self.values(false).iter().zip(self.volumes()).map(|(value, volume)| value / (total * volume)).collect())
    }

    /// Products of the widths of the inner bins, in C order; categories have width 1.
    pub fn volumes(&self) -> Vec<f64> {
        let mut volumes = vec![1.0];
        for axis in &self.axes {
            let widths = axis.widths();
            volumes = volumes.iter().flat_map(|volume| widths.iter().map(move |width| volume * width)).collect();
        }
        volumes
    }
}
