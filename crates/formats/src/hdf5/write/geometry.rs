//! How rows of a dataset fall into chunks.
//!
//! A *band* is one step of the first axis: all chunks that hold the same rows. Its rows lie one after the other in memory.

use crate::hdf5::Filter;

/// Shape of chunks and rows. Everything but the number of rows stays as it is.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    /// Lengths of a chunk.
    pub(super) chunk: Vec<u64>,
    /// Lengths of all axes but the first.
    pub(super) inner: Vec<u64>,
    /// Bytes of an element.
    pub(super) element: usize,
    /// Bytes of a row.
    pub(super) row: usize,
    /// Bytes of a raw chunk.
    pub(super) chunk_bytes: usize,
    /// Chunks of a band along the axes but the first.
    grid: Vec<u64>,
    /// Filters in the order of writing.
    pub(super) filters: Vec<Filter>,
    /// Value of elements that were never written; `None` is zero.
    pub(super) fill: Option<Vec<u8>>,
}

impl Geometry {
    /// `None` if sizes cannot be counted.
    pub(super) fn new(shape: &[u64], chunk: &[u64], element: usize, filters: Vec<Filter>, fill: Option<Vec<u8>>) -> Option<Self> {
        let inner = shape.get(1..)?.to_vec();
        let bytes = |axes: &[u64]| axes.iter().try_fold(element, |n, &axis| n.checked_mul(usize::try_from(axis).ok()?));
        let grid = inner.iter().zip(&chunk[1..]).map(|(n, c)| n.div_ceil(*c)).collect();
        let (row, chunk_bytes) = (bytes(&inner)?, bytes(chunk)?);
        let fill = fill.filter(|fill| fill.iter().any(|&b| b != 0));
        Some(Self { chunk: chunk.to_vec(), inner, element, row, chunk_bytes, grid, filters, fill })
    }

    /// Rows of a band.
    pub(super) fn band_rows(&self) -> u64 {
        self.chunk[0]
    }

    /// Chunks of a band.
    pub(super) fn per_band(&self) -> u64 {
        self.grid.iter().product()
    }

    /// Whether a chunk holds whole rows and nothing else: its bytes are those of the rows.
    pub(super) fn whole_rows(&self) -> bool {
        self.inner.iter().zip(&self.chunk[1..]).all(|(n, c)| n == c)
    }

    /// First element along each axis of chunk `number`.
    pub(super) fn coordinates(&self, number: u64) -> Vec<u64> {
        let per_band = self.per_band().max(1);
        let mut place = self.place(number % per_band);
        place.insert(0, number / per_band);
        place.iter_mut().zip(&self.chunk).for_each(|(p, c)| *p *= c);
        place
    }

    /// The chunk that begins at these elements; `None` if none does.
    pub(super) fn number(&self, coordinates: &[u64]) -> Option<u64> {
        let mut places = coordinates.iter().zip(&self.chunk).map(|(first, c)| (first % c == 0).then_some(first / c));
        let mut number = places.next()??;
        for (place, axis) in places.zip(&self.grid) {
            let place = place.filter(|place| place < axis)?;
            number = number.checked_mul(*axis)?.checked_add(place)?;
        }
        Some(number)
    }

    /// Place of a chunk of a band along the axes but the first.
    fn place(&self, mut number: u64) -> Vec<u64> {
        let mut place = vec![0; self.grid.len()];
        for (p, &axis) in place.iter_mut().zip(&self.grid).rev() {
            *p = number % axis.max(1);
            number /= axis.max(1);
        }
        place
    }

    /// Runs of bytes that `rows` rows of a band share with its chunk `number`: offset in the rows, in the chunk, length.
    pub(super) fn runs(&self, rows: usize, number: u64, visit: &mut dyn FnMut(usize, usize, usize)) {
        if self.whole_rows() {
            return visit(0, 0, rows * self.row);
        }
        let place = self.place(number);
        let chunk_row = self.chunk_bytes / self.chunk[0] as usize;
        for row in 0..rows {
            self.inner_runs(0, &place, (row * self.row, self.row), (row * chunk_row, chunk_row), visit);
        }
    }

    /// `from` and `to`: offset and bytes of what is left of a row, in the rows and in the chunk.
    fn inner_runs(
        &self,
        axis: usize,
        place: &[u64],
        from: (usize, usize),
        to: (usize, usize),
        visit: &mut dyn FnMut(usize, usize, usize),
    ) {
        let (length, chunk) = (self.inner[axis], self.chunk[axis + 1]);
        let first = place[axis] * chunk;
        let count = chunk.min(length - first) as usize;
        let (from_step, to_step) = (from.1 / length as usize, to.1 / chunk as usize);
        let from_start = from.0 + first as usize * from_step;
        if axis + 1 == self.inner.len() {
            return visit(from_start, to.0, count * from_step);
        }
        for k in 0..count {
            self.inner_runs(axis + 1, place, (from_start + k * from_step, from_step), (to.0 + k * to_step, to_step), visit);
        }
    }

    /// Fills bytes with the value of elements that were never written.
    pub(super) fn fill(&self, bytes: &mut [u8]) {
        match &self.fill {
            Some(fill) => bytes.chunks_mut(fill.len()).for_each(|element| element.copy_from_slice(&fill[..element.len()])),
            None => bytes.fill(0),
        }
    }

    /// The raw chunk `number` of a band that begins with these rows.
    pub(super) fn gather(&self, rows: &[u8], number: u64, chunk: &mut Vec<u8>) {
        chunk.resize(self.chunk_bytes, 0);
        let there = rows.len().checked_div(self.row).unwrap_or(0);
        if there < self.chunk[0] as usize || !self.whole_rows() {
            self.fill(chunk);
        }
        self.runs(there, number, &mut |from, to, len| chunk[to..to + len].copy_from_slice(&rows[from..from + len]));
    }

    /// Puts the raw chunk `number` into the rows of its band.
    pub(super) fn scatter(&self, chunk: &[u8], number: u64, rows: &mut [u8]) {
        let there = rows.len().checked_div(self.row).unwrap_or(0);
        self.runs(there, number, &mut |from, to, len| rows[from..from + len].copy_from_slice(&chunk[to..to + len]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_a_band_hold_its_elements_and_fill_values() {
        // rows of 3 × 5 bytes in chunks of 2 × 2 × 4
        let geometry = Geometry::new(&[3, 3, 5], &[2, 2, 4], 1, Vec::new(), Some(vec![9])).unwrap();
        assert_eq!((geometry.row, geometry.chunk_bytes, geometry.per_band()), (15, 16, 4));
        let rows: Vec<u8> = (100..115).collect();
        let mut back = vec![0; 15];
        for number in 0..4 {
            let mut chunk = Vec::new();
            geometry.gather(&rows, number, &mut chunk);
            geometry.scatter(&chunk, number, &mut back);
            // the second row of the band is not there
            assert!(chunk[8..].iter().all(|&b| b == 9));
            let (y, x) = (number as usize / 2 * 2, number as usize % 2 * 4);
            for (k, &b) in chunk[..8].iter().enumerate() {
                let (y, x) = (y + k / 4, x + k % 4);
                assert_eq!(b, if y < 3 && x < 5 { (100 + 5 * y + x) as u8 } else { 9 });
            }
        }
        assert_eq!(back, rows);
        assert_eq!(geometry.coordinates(7), [2, 2, 4]);
        assert_eq!(geometry.number(&[2, 2, 4]), Some(7));
        assert_eq!(geometry.number(&[1, 2, 4]), None);
    }
}
