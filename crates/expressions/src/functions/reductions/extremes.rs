//! `min` and `max`: null for an empty list, NaN only if there is nothing else.

use super::{Kernel, Reduction, Segment};

pub(super) static MIN: Reduction = Reduction {
    name: "min",
    doc: "least value, null if there are none, NaN only if there is nothing else; with several arguments the least of them",
    keeps_unit: true,
    nullable: true,
    float: Some(Kernel::Float(|list| extreme(list, |x, held| x < held))),
    int: Some(Kernel::Int(|list| list.present().map(|(_, x)| x).min())),
    bool: None,
};

pub(super) static MAX: Reduction = Reduction {
    name: "max",
    doc: "greatest value, null if there are none, NaN only if there is nothing else; with several arguments the greatest",
    keeps_unit: true,
    nullable: true,
    float: Some(Kernel::Float(|list| extreme(list, |x, held| x > held))),
    int: Some(Kernel::Int(|list| list.present().map(|(_, x)| x).max())),
    bool: None,
};

fn extreme(list: Segment<'_, f64>, better: fn(f64, f64) -> bool) -> Option<f64> {
    list.present().fold(None, |held, (_, x)| match held {
        Some(best) if !better(x, best) && !f64::is_nan(best) => held,
        _ => Some(x),
    })
}
