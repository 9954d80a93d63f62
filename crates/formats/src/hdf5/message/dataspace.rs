//! Dataspace message (1): rank and lengths of axes.
//!
//! ```text
//! 0  1  version (1, 2)
//! 1  1  rank
//! 2  1  flags: bit 0 maximum lengths follow, bit 1 a permutation follows (version 1)
//! 3  1  version 2: 0 scalar, 1 simple, 2 null;  version 1: reserved 5
//!       lengths, maximum lengths (all bits set: unlimited)
//! ```

use crate::hdf5::cursor::{Cursor, Fault, Parsed};

/// Most axes that HDF5 allows.
pub(crate) const MAX_RANK: usize = 32;

/// Extent of a dataset or attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dataspace {
    /// Lengths of axes; `None` where there are no elements at all (null dataspace).
    pub(crate) shape: Option<Vec<u64>>,
    /// Maximum lengths, `None` for unlimited; empty where none are given.
    pub(crate) max: Vec<Option<u64>>,
}

impl Dataspace {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        let version = c.version(1..=2, "a dataspace")?;
        let rank = usize::from(c.u8()?);
        if rank > MAX_RANK {
            return Err(Fault::new(c.pos - 1, format!("{rank} axes where 32 are the most")));
        }
        let flags = c.u8()?;
        let form = c.u8()?;
        c.skip(if version == 1 { 4 } else { 0 })?;
        if version == 2 && form == 2 {
            return Ok(Self { shape: None, max: Vec::new() });
        }
        let mut shape = Vec::with_capacity(rank);
        for _ in 0..rank {
            shape.push(c.length()?);
        }
        let mut max = Vec::new();
        if flags & 1 != 0 {
            let width = u32::from(c.widths.length) * 8;
            let unlimited = if width == 64 { u64::MAX } else { (1 << width) - 1 };
            for &now in &shape {
                let most = c.length()?;
                if most < now {
                    return c.fault(format!("an axis of length {now} where {most} is the most"));
                }
                max.push((most != unlimited).then_some(most));
            }
        }
        Ok(Self { shape: Some(shape), max })
    }

    /// Elements, `None` if they are more than can be counted.
    pub(crate) fn count(&self) -> Option<u64> {
        self.shape.as_ref().map_or(Some(0), |shape| shape.iter().try_fold(1_u64, |n, &axis| n.checked_mul(axis)))
    }
}
