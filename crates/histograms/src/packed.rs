//! The bytes of a histogram in a partial: equal contents give equal bytes, whatever the order of filling and merging.
//!
//! ```text
//! for each axis that grows:   varint number of labels, each varint length and text
//! for each cell, C order:     varint entries, packed sum of weights, in `Weight` packed sum of their squares
//! only if one is not 0:       varint flags (1: `Double` was filled without weights, 2: a file said the number of entries),
//!                             varint entries with NaN, with flag 2 varint entries
//! ```

use crate::axis::Axis;
use crate::histogram::Histogram;
use crate::storage::StorageKind;
use germane_numerics::varint;

impl Histogram {
    /// Appends the exact contents, without the axes (but with the labels of those that grow).
    pub fn pack(&self, out: &mut Vec<u8>) {
        for axis in self.axes.iter().filter(|axis| axis.growth()) {
            let labels = axis.labels().unwrap_or_default();
            varint::put(labels.len() as u64, out);
            for label in labels {
                varint::put(label.len() as u64, out);
                out.extend_from_slice(label.as_bytes());
            }
        }
        for cell in 0..self.storage.cells {
            varint::put(self.storage.entries(cell), out);
            self.storage.pack_sums(cell, out);
        }
        let counted = (0..self.storage.cells).fold(0u64, |sum, cell| sum.saturating_add(self.storage.entries(cell)));
        let unweighted = self.storage.kind == StorageKind::Double && self.unweighted() && counted > 0;
        let said = self.entries != counted;
        if unweighted || said || self.nan != 0 {
            varint::put(u64::from(unweighted) | u64::from(said) << 1, out);
            varint::put(self.nan, out);
            if said {
                varint::put(self.entries, out);
            }
        }
    }

    /// The histogram of packed contents, which are all of `bytes`; nothing where they are not what [`Histogram::pack`]
    /// writes for these axes and this storage.
    pub fn unpack(axes: Vec<Axis>, storage: StorageKind, bytes: &mut &[u8]) -> Option<Self> {
        let axes = axes.into_iter().map(|axis| with_labels(axis, bytes)).collect::<Option<Vec<_>>>()?;
        let mut histogram = Self::new(axes, storage);
        // A cell takes at least two bytes: no memory is asked for that the bytes do not justify.
        if histogram.storage.cells > bytes.len() {
            return None;
        }
        let weighted = histogram.storage.weighted_mut();
        for cell in 0..weighted.entries.len() {
            let entries = varint::take(bytes)?;
            weighted.entries[cell] = entries;
            weighted.sums.unpack_at(cell, bytes).ok()?;
            if let Some(squares) = &mut weighted.squares {
                squares.unpack_at(cell, bytes).ok()?;
            }
            histogram.entries = histogram.entries.checked_add(entries)?;
        }
        let mut unweighted = false;
        if !bytes.is_empty() {
            let flag = varint::take(bytes)?;
            histogram.nan = varint::take(bytes)?;
            unweighted = flag & 1 == 1;
            if flag > 3 || (flag == 0 && histogram.nan == 0) {
                return None;
            }
            if unweighted && (storage != StorageKind::Double || histogram.entries == 0) {
                return None;
            }
            if flag & 2 == 2 {
                let counted = std::mem::replace(&mut histogram.entries, varint::take(bytes)?);
                if counted == histogram.entries {
                    return None;
                }
            }
            if !bytes.is_empty() {
                return None;
            }
        }
        // In `Double`, sums that are whole numbers may come of weights: there the flag decides, except where all is empty.
        let may_be_counts = storage == StorageKind::Weight || unweighted || histogram.entries == 0;
        let counts = may_be_counts && histogram.storage.settle_counts();
        if unweighted && !counts {
            return None;
        }
        Some(histogram)
    }
}

/// A growing axis with the labels that were packed; another axis as it is.
fn with_labels(axis: Axis, bytes: &mut &[u8]) -> Option<Axis> {
    if !axis.growth() {
        return Some(axis);
    }
    let count = usize::try_from(varint::take(bytes)?).ok()?;
    if count > bytes.len() {
        return None;
    }
    let mut labels = Vec::with_capacity(count);
    for _ in 0..count {
        let length = usize::try_from(varint::take(bytes)?).ok()?;
        let (text, rest) = bytes.split_at_checked(length)?;
        labels.push(std::str::from_utf8(text).ok()?.to_owned());
        *bytes = rest;
    }
    let mut grown = Axis::category(labels, true).ok()?;
    *grown.title_mut() = axis.title().clone();
    Some(grown)
}
