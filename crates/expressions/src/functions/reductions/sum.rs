//! `sum`: 0 for an empty list; conditions count; in the order of the items, so the same bits for any partition.

use super::{Kernel, Reduction, Segment};

pub(super) static SUM: Reduction = Reduction {
    name: "sum",
    doc: "sum of the values in the order of the items, 0 if there are none; conditions count, items add as four-vectors",
    keeps_unit: true,
    nullable: false,
    float: Some(Kernel::Float(|list| Some(total(list)))),
    int: Some(Kernel::Int(|list| list.present().try_fold(0_i64, |sum, (_, x)| sum.checked_add(x)))),
    bool: Some(Kernel::Int(|list| Some(list.present().map(|(_, x)| i64::from(x)).sum()))),
};

/// Sum of floats from first to last.
pub(super) fn total(list: Segment<'_, f64>) -> f64 {
    match list.valid {
        None => list.values.iter().fold(0.0, |sum, x| sum + x),
        Some(_) => list.present().fold(0.0, |sum, (_, x)| sum + x),
    }
}
