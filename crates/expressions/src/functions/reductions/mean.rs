//! `mean`: null for an empty list.

use super::{Kernel, Reduction, sum};

pub(super) static MEAN: Reduction = Reduction {
    name: "mean",
    doc: "arithmetic mean, null if there are no values",
    keeps_unit: true,
    nullable: true,
    float: Some(Kernel::Float(|list| {
        let count = list.present().count();
        (count > 0).then(|| sum::total(list) / count as f64)
    })),
    int: Some(Kernel::Float(|list| {
        let (count, sum) = list.present().fold((0_u64, 0_i128), |(n, sum), (_, x)| (n + 1, sum + i128::from(x)));
        (count > 0).then(|| sum as f64 / count as f64)
    })),
    bool: None,
};
