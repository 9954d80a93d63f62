//! `any` and `all`: missing values are passed over; false and true for an empty list.

use super::{Kernel, Reduction};

pub(super) static ANY: Reduction = Reduction {
    name: "any",
    doc: "whether a condition is true for at least one item, false if there are none",
    keeps_unit: false,
    nullable: false,
    float: None,
    int: None,
    bool: Some(Kernel::Bool(|list| Some(list.present().any(|(_, x)| x)))),
};

pub(super) static ALL: Reduction = Reduction {
    name: "all",
    doc: "whether a condition is true for every item, true if there are none",
    keeps_unit: false,
    nullable: false,
    float: None,
    int: None,
    bool: Some(Kernel::Bool(|list| Some(list.present().all(|(_, x)| x)))),
};
